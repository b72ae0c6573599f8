//! TLS over any stream.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io::{self, Read as _};
use std::sync::Arc;

use futures_io::{AsyncBufRead, AsyncRead, AsyncWrite, IoSlice};
use futures_rustls::{TlsAcceptor, TlsConnector, TlsStream};
use peergroup_core::Address;
use peergroup_tls::{Tls, binding, nobody};

use crate::ahead::Ahead;
use crate::plain;

/// A link that is up.
#[expect(clippy::exhaustive_structs, reason = "taken apart by whoever wraps it")]
pub struct Link<S> {
    /// The encrypted stream.
    pub stream: Stream<S>,
    /// 32 bytes that both ends know, that no other link shares and that no third party can bring
    /// about: the TLS exporter.
    pub binding: [u8; 32],
    /// Where the other end is, if that is known.
    pub remote: Option<Address>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    /// Makes a link of a stream that this end opened.
    ///
    /// It waits for the other end as long as that takes: a time-out is the caller's.
    ///
    /// # Errors
    /// The stream failed, or the other end does not speak this TLS; the stream is gone.
    pub async fn dial(tls: &Tls, stream: S) -> io::Result<Self> {
        let connector = TlsConnector::from(Arc::clone(tls.client_config()));
        let stream = connector.connect(nobody(), Ahead::new(stream)).await?;
        let binding = binding(stream.get_ref().1)?;
        Ok(Self { stream: Stream(stream.into()), binding, remote: None })
    }

    /// Makes a link of a stream that the other end opened.
    ///
    /// It waits for the other end as long as that takes: a time-out is the caller's.
    ///
    /// # Errors
    /// The stream failed, or the other end does not speak this TLS; the stream is gone.
    pub async fn accept(tls: &Tls, stream: S) -> io::Result<Self> {
        let acceptor = TlsAcceptor::from(Arc::clone(tls.server_config()));
        let stream = acceptor.accept(Ahead::new(stream)).await?;
        let binding = binding(stream.get_ref().1)?;
        Ok(Self { stream: Stream(stream.into()), binding, remote: None })
    }
}

impl<S> fmt::Debug for Link<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("remote", &self.remote).finish_non_exhaustive()
    }
}

/// The encrypted stream of a link.
///
/// What is written is on its way only after a flush. Reading ends with `Ok(0)` only if the other
/// end closed the stream; a stream that was merely cut off ends with `UnexpectedEof`.
pub struct Stream<S>(TlsStream<Ahead<S>>);

impl<S> fmt::Debug for Stream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
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

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncBufRead for Stream<S> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        match &mut self.get_mut().0 {
            TlsStream::Client(stream) => {
                let (socket, tls) = stream.get_mut();
                plain::poll_arrived(socket, tls, cx)
            }
            TlsStream::Server(stream) => {
                let (socket, tls) = stream.get_mut();
                plain::poll_arrived(socket, tls, cx)
            }
        }
    }

    fn consume(self: Pin<&mut Self>, bytes: usize) {
        match &mut self.get_mut().0 {
            TlsStream::Client(stream) => plain::consume(stream.get_mut().1, bytes),
            TlsStream::Server(stream) => plain::consume(stream.get_mut().1, bytes),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
