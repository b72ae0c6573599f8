//! A link: one stream of a connection.

use core::fmt;
use core::future::ready;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io::{self, Read as _};
use std::sync::Arc;

use futures_io::{AsyncBufRead, AsyncRead, AsyncWrite};
use futures_util::future::FutureExt as _;
use peergroup_core::{Address, LinkDown};
use peergroup_tls::address;
use quinn::{RecvStream, SendStream};

use crate::arrived::Arrived;
use crate::transport::SCHEME;
use crate::trunk::{CODE, Delivery, Trunk};

/// The first byte of a link, in both directions.
pub const GREETING: u8 = 1;

/// A link that is up.
#[expect(clippy::exhaustive_structs, reason = "taken apart by whoever wraps it")]
pub struct Link {
    /// The stream, encrypted.
    pub stream: Stream,
    /// 32 bytes that both ends know, that no other link shares and that no third party can bring
    /// about: the TLS exporter.
    pub binding: [u8; 32],
    /// Where the other end is, if that is known.
    pub remote: Option<Address>,
}

impl Link {
    /// Opens a link on a connection, and waits until the other end has taken it.
    pub(crate) async fn open(trunk: Arc<Trunk>) -> Result<Self, LinkDown> {
        Self::opened(&trunk).await.ok_or_else(|| trunk.down().unwrap_or(LinkDown::Refused))
    }

    async fn opened(trunk: &Arc<Trunk>) -> Option<Self> {
        let (send, recv) = trunk.connection().open_bi().await.ok()?;
        let mut stream = Stream::new(trunk, send, recv);
        stream.greet().await?;
        stream.is_greeted().await.then_some(())?;
        stream.into_link()
    }

    /// Takes a link that the other end opened.
    pub(crate) async fn accept(
        trunk: Arc<Trunk>,
        send: SendStream,
        recv: RecvStream,
    ) -> Option<Self> {
        let mut stream = Stream::new(&trunk, send, recv);
        stream.is_greeted().await.then_some(())?;
        stream.greet().await?;
        stream.into_link()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("remote", &self.remote).finish_non_exhaustive()
    }
}

/// The stream of a link.
///
/// What is written is on its way at once; a flush waits for nothing. Reading ends with `Ok(0)` only
/// if the other end closed the stream; a stream that was merely cut off ends with an error.
pub struct Stream {
    trunk: Arc<Trunk>,
    send: SendStream,
    recv: RecvStream,
    arrived: Arrived,
    is_closed: bool,
}

impl Stream {
    fn new(trunk: &Arc<Trunk>, send: SendStream, recv: RecvStream) -> Self {
        trunk.link_begins();
        let arrived = Arrived::default();
        Self { trunk: Arc::clone(trunk), send, recv, arrived, is_closed: false }
    }

    async fn greet(&mut self) -> Option<()> {
        self.send.write_all(&[GREETING]).await.ok()
    }

    async fn is_greeted(&mut self) -> bool {
        let mut greeting = [0];
        self.recv.read_exact(&mut greeting).await.is_ok() && greeting == [GREETING]
    }

    fn into_link(self) -> Option<Link> {
        let binding = self.trunk.binding(self.recv.id()).ok()?;
        let remote = address::of(SCHEME, self.trunk.remote());
        Some(Link { stream: self, binding, remote })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let delivery: Delivery = if self.is_closed {
            Box::pin(self.send.stopped().map(drop))
        } else {
            // It fails only if the other end will not have any of it anyway.
            self.send.reset(CODE).ok();
            Box::pin(ready(()))
        };
        self.trunk.link_ends(delivery);
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(self.as_mut().poll_fill_buf(cx))?.read(buf)?;
        self.consume(count);
        Poll::Ready(Ok(count))
    }
}

impl AsyncBufRead for Stream {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let Self { recv, arrived, .. } = self.get_mut();
        arrived.poll_fill(|room| AsyncRead::poll_read(Pin::new(recv), cx, room))
    }

    fn consume(mut self: Pin<&mut Self>, bytes: usize) {
        self.arrived.consume(bytes);
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.send), cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_closed {
            self.send.finish()?;
            self.is_closed = true;
        }
        Poll::Ready(Ok(()))
    }
}
