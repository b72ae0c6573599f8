//! TLS 1.3 over TCP for peergroup.
//!
//! TLS gives a link confidentiality, integrity and 32 bytes to bind a handshake to. It says
//! nothing about who is at the other end: both ends show a raw public key (RFC 7250) that is
//! drawn afresh with every [`Tls`] and stands for no identity, prove that they hold it, and
//! accept any. The core's handshake, bound to the channel by [`Link::binding`], authenticates.
//!
//! [`Tls`] works on any stream of `futures-io`, in any runtime. [`TcpTransport`] adds sockets,
//! time-outs and limits; it needs a [`Net`], of which the features `tokio` and `smol` give one
//! each.
//!
//! No earlier version than TLS 1.3, no resumption, no early data, no server name.

mod address;
mod key;
mod net;
mod tls;
mod transport;

pub use address::SCHEME;
pub use net::Net;
#[cfg(any(test, feature = "smol"))]
pub use net::Smol;
#[cfg(any(test, feature = "tokio"))]
pub use net::Tokio;
pub use tls::{Link, Stream, Tls, binding};
pub use transport::{HALF_OPEN_MAX, TLS_TIMEOUT, TcpTransport};
