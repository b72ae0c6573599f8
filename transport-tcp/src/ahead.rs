//! Reading ahead of TLS, which asks its socket for 4 KiB at a time.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io::{self, Read as _};

use futures_io::{AsyncRead, AsyncWrite, IoSlice};

/// Bytes that are asked for at once while many arrive.
const AHEAD_BYTES: usize = 64 * 1024;

/// A stream that is read ahead once a read has found as much as it asked for, until one finds less.
/// It holds no memory while little arrives.
pub(crate) struct Ahead<S> {
    stream: S,
    /// Room for what is read ahead; none while nothing is.
    buffer: Vec<u8>,
    /// What of the room is filled and not taken: from here to there.
    from: usize,
    to: usize,
}

impl<S> Ahead<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new(), from: 0, to: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Ahead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, buffer, from, to } = &mut *self;
        if buffer.is_empty() {
            let count = ready!(Pin::new(stream).poll_read(cx, buf))?;
            if count == buf.len() {
                buffer.resize(AHEAD_BYTES, 0);
            }
            return Poll::Ready(Ok(count));
        }
        if from == to {
            let count = ready!(Pin::new(stream).poll_read(cx, buffer))?;
            (*from, *to) = (0, count);
        }
        let mut ahead = buffer.get(*from..*to).unwrap_or_default();
        let count = ahead.read(buf)?;
        *from = from.saturating_add(count);
        if from == to && *to < buf.len() {
            *buffer = Vec::new();
            (*from, *to) = (0, 0);
        }
        Poll::Ready(Ok(count))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Ahead<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

#[cfg(test)]
mod tests;
