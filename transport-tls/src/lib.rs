//! What transports over IP share: TLS 1.3 without identities, and addresses in numbers.
//!
//! TLS gives a link confidentiality, integrity and 32 bytes to bind a handshake to. It says
//! nothing about who is at the other end: both ends show a raw public key (RFC 7250) that is
//! drawn afresh with every [`Tls`] and stands for no identity, prove that they hold it, and
//! accept any. The core's handshake, bound to the channel, authenticates.
//!
//! No earlier version than TLS 1.3, no resumption, no early data, no server name.
//!
//! Whoever writes a transport or a driver of its own begins here. Others have no need of it.

pub mod address;
mod key;
mod tls;

pub use tls::{ALPN, BINDING_LABEL, Tls, binding, binding_context, nobody};
