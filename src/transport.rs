//! What carries links: a transport dials and accepts streams that are encrypted already.
//!
//! The features `tcp` and `quic` have one each for the Internet; [`MemoryNetwork`] is for tests.
//! The feature `conformance` has what every transport must do, to be held to one of your own.

use core::fmt;
use core::future::Future;
use std::io;

use futures_io::{AsyncBufRead, AsyncWrite};
use peergroup_core::{Address, LinkDown};

mod both;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod memory;
#[cfg(any(feature = "quic", feature = "tcp"))]
mod outward;
#[cfg(feature = "quic")]
mod quic;
#[cfg(feature = "tcp")]
mod tcp;

pub use both::Both;
pub use memory::{MemoryNetwork, MemoryStream, MemoryTransport};

/// A transport: it makes links, each an ordered, confidential byte stream.
///
/// Who is at the other end is not its business: the core's handshake finds out, bound to the
/// stream by [`Opened::binding`].
pub trait Transport: Send + 'static {
    /// One link's stream. Bytes written are on their way only after a flush.
    ///
    /// Closing it ends this direction and leaves the other: the other end reads what was written,
    /// and then `Ok(0)`. Dropped without that it was cut off: the other end reads what has arrived,
    /// and then an error. A reader that stands still holds its writer back, and no other stream.
    ///
    /// What has arrived is read where it is, not copied. A stream that keeps none of it by itself
    /// is wrapped in a `BufReader`.
    type Stream: AsyncBufRead + AsyncWrite + Unpin + Send + 'static;

    /// Waits for the next stream that another peer opened.
    ///
    /// Dropping the future loses nothing (it is cancel-safe), but nobody is let in while none is
    /// polled. What a single peer does wrong is not an error here. An error is final: nothing
    /// more will be accepted. A transport that does not listen never answers.
    fn accept(&mut self) -> impl Future<Output = io::Result<Opened<Self::Stream>>> + Send;

    /// Opens a stream to an address. Dropping the future gives the attempt up.
    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<Self::Stream>, LinkDown>> + Send + 'static + use<Self>;

    /// Where other peers reach this transport, as far as it can tell. Nowhere, if it only dials.
    fn listening_at(&self) -> Vec<Address> {
        Vec::new()
    }

    /// Whether this transport dials addresses of the scheme. Others are `Unsupported`.
    fn serves(&self, scheme: &str) -> bool;

    /// Closes it, and whatever streams of it are left. When the future is ready, its address is
    /// free; it takes a few seconds at most. What is dropped instead may keep its address a while.
    fn close(self) -> impl Future<Output = ()> + Send + 'static + use<Self>
    where
        Self: Sized,
    {
        drop(self);
        core::future::ready(())
    }
}

/// A stream that is open, and what the transport knows of it.
#[expect(clippy::exhaustive_structs, reason = "built by every transport")]
pub struct Opened<S> {
    /// The stream.
    pub stream: S,
    /// 32 bytes that both ends know, that no other stream shares and that no third party can
    /// bring about.
    pub binding: [u8; 32],
    /// Where the other end is, if the transport can tell.
    pub remote: Option<Address>,
}

impl<S> Opened<S> {
    /// The same, with another form of the stream.
    pub fn map<T>(self, form: impl FnOnce(S) -> T) -> Opened<T> {
        Opened { stream: form(self.stream), binding: self.binding, remote: self.remote }
    }
}

impl<S> fmt::Debug for Opened<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("remote", &self.remote).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
