//! A link's stream, and what was pulled for it and is not written yet.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::collections::VecDeque;
use std::io;

use bytes::{Buf as _, Bytes};
use futures_io::{AsyncBufRead, AsyncWrite, IoSlice};

/// Runs of bytes in one write: of long messages one each and what stands before it; short ones are
/// together in one.
const WRITE_RUNS: usize = 8;

/// A stream and what is to go on it.
pub(super) struct Stream<S> {
    inner: S,
    /// What was pulled and is not written. No run is empty.
    unsent: VecDeque<Bytes>,
    is_flushed: bool,
}

impl<S: AsyncBufRead + AsyncWrite + Unpin> Stream<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { inner: stream, unsent: VecDeque::new(), is_flushed: true }
    }

    /// Whether something that was pulled is not on its way.
    pub(super) fn is_behind(&self) -> bool {
        !(self.unsent.is_empty() && self.is_flushed)
    }

    /// What has arrived and is not consumed; nothing once the other end has closed the stream.
    pub(super) fn poll_arrived(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Pin::new(&mut self.inner).poll_fill_buf(cx)
    }

    /// So much of what has arrived is dealt with.
    pub(super) fn consume(&mut self, bytes: usize) {
        Pin::new(&mut self.inner).consume(bytes);
    }

    /// Writes what can be pulled, until nothing more can; ready once all of it is on its way.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        mut pull: impl FnMut() -> Option<Bytes>,
    ) -> Poll<io::Result<()>> {
        loop {
            while self.unsent.len() < WRITE_RUNS
                && let Some(run) = pull()
            {
                self.unsent.push_back(run);
            }
            if self.unsent.is_empty() {
                break;
            }
            ready!(self.poll_unsent(cx))?;
        }
        if !self.is_flushed {
            ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes once.
    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut slices = [IoSlice::new(&[]); WRITE_RUNS];
        for (slice, run) in slices.iter_mut().zip(&self.unsent) {
            *slice = IoSlice::new(run);
        }
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, &slices))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.is_flushed = false;
        let mut left = written;
        while let Some(run) = self.unsent.front_mut()
            && left > 0
        {
            let count = run.len().min(left);
            run.advance(count);
            left = left.saturating_sub(count);
            if run.is_empty() {
                self.unsent.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Closes this direction.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

#[cfg(test)]
mod tests;
