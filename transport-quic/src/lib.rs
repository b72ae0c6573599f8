//! QUIC for peergroup.
//!
//! What TLS gives a link, and what it does not, is said in [`peergroup_tls`]. Between two
//! endpoints there is one connection, whichever end began it, and in it one bidirectional stream
//! for each link. It is there as long as it has links, and a moment longer ([`REST_TIMEOUT`]).
//!
//! - **Binding.** The exporter's context is the number of the stream, which names its opener too:
//!   no two links have the same binding, be they of one connection or not.
//! - **Opening.** A stream shows at the other end only once something was written to it. So the end
//!   that opens one writes a byte, [`GREETING`], and the end that takes the link answers with the
//!   same. What follows is the link's.
//! - **Closing.** A stream that is closed is finished: the other end reads what was written, and
//!   then its end. A stream that is dropped without that is reset: the other end is told that it
//!   was cut off.
//! - **Apart.** A link that nobody reads holds up to [`LINK_WINDOW`] bytes and never delays
//!   another: what a connection may hold grows with its links.
//! - **Roaming.** An end that dialled may change its address: its links go on.
//! - **Off.** Early data, resumption, tokens that outlive a connection, unidirectional streams,
//!   datagrams.
//!
//! [`QuicTransport`] needs a [`Net`], of which the features `tokio` and `smol` give one each. What
//! the runtime `smol` uses of tokio is a channel, which needs no tokio runtime.

mod arrived;
mod config;
mod link;
mod net;
mod transport;
mod trunk;

pub use config::{IDLE_TIMEOUT, KEEP_ALIVE, LINK_WINDOW, LINKS_SPARE};
pub use link::{GREETING, Link, Stream};
pub use net::Net;
#[cfg(any(test, feature = "smol"))]
pub use net::Smol;
#[cfg(any(test, feature = "tokio"))]
pub use net::Tokio;
pub use transport::{
    CLOSE_TIMEOUT, HALF_OPEN_MAX, QuicTransport, REUSE_TIMEOUT, SCHEME, TLS_TIMEOUT,
};
pub use trunk::{DELIVERY_TIMEOUT, REST_TIMEOUT};
