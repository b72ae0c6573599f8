//! TLS 1.3 over TCP for peergroup.
//!
//! What TLS gives a link, and what it does not, is said in [`peergroup_tls`].
//!
//! A [`Link`] is made of any stream of `futures-io`, in any runtime. [`TcpTransport`] adds sockets,
//! time-outs and limits; it needs a [`Net`], of which the features `tokio` and `smol` give one
//! each.
//!
//! Every link is a connection of its own: one whose reader stands still keeps no other waiting.

mod ahead;
mod net;
mod plain;
mod tls;
mod transport;

pub use net::Net;
#[cfg(any(test, feature = "smol"))]
pub use net::Smol;
#[cfg(any(test, feature = "tokio"))]
pub use net::Tokio;
pub use peergroup_tls::Tls;
pub use tls::{Link, Stream};
pub use transport::{HALF_OPEN_MAX, SCHEME, TLS_TIMEOUT, TcpTransport};
