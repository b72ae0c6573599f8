//! Two bounded buffers as a stream in both directions.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
use std::collections::VecDeque;
use std::io::{self, Read as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_io::{AsyncBufRead, AsyncRead, AsyncWrite};

/// Bytes that wait in one direction until they are read.
const WINDOW: usize = 64 * 1024;

/// One end of a stream in memory.
pub struct MemoryStream {
    incoming: Lane,
    outgoing: Lane,
    /// What was taken out of the lane and is not consumed.
    arrived: VecDeque<u8>,
}

/// The two ends of a stream.
pub(super) fn pair() -> (MemoryStream, MemoryStream) {
    let (there, back) = (Lane::default(), Lane::default());
    (MemoryStream::of(back.clone(), there.clone()), MemoryStream::of(there, back))
}

/// One direction.
#[derive(Clone, Default)]
struct Lane(Arc<Mutex<Flow>>);

#[derive(Default)]
struct Flow {
    bytes: VecDeque<u8>,
    writer: Writer,
    reader_is_gone: bool,
    /// Whoever waits: the reader for bytes, or the writer for room. Never both.
    waiting: Option<Waker>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Writer {
    #[default]
    Writes,
    Closed,
    Gone,
}

impl Lane {
    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flow {
    fn wake(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }

    fn wait(&mut self, cx: &Context<'_>) {
        self.waiting = Some(cx.waker().clone());
    }
}

impl MemoryStream {
    fn of(incoming: Lane, outgoing: Lane) -> Self {
        Self { incoming, outgoing, arrived: VecDeque::new() }
    }

    /// Takes all that waits in the lane, if nothing is left of what was taken before.
    fn poll_take(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        if !self.arrived.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let mut flow = self.incoming.flow();
        if flow.bytes.is_empty() {
            return match flow.writer {
                Writer::Closed => Poll::Ready(Ok(())),
                Writer::Gone => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Writer::Writes => {
                    flow.wait(cx);
                    Poll::Pending
                }
            };
        }
        self.arrived = core::mem::take(&mut flow.bytes);
        flow.wake();
        Poll::Ready(Ok(()))
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        let mut outgoing = self.outgoing.flow();
        if outgoing.writer == Writer::Writes {
            outgoing.writer = Writer::Gone;
        }
        outgoing.wake();
        drop(outgoing);
        let mut incoming = self.incoming.flow();
        incoming.reader_is_gone = true;
        incoming.bytes = VecDeque::new();
        incoming.wake();
    }
}

impl fmt::Debug for MemoryStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStream").finish_non_exhaustive()
    }
}

impl AsyncRead for MemoryStream {
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

impl AsyncBufRead for MemoryStream {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        ready!(this.poll_take(cx))?;
        Poll::Ready(Ok(this.arrived.as_slices().0))
    }

    fn consume(mut self: Pin<&mut Self>, bytes: usize) {
        let count = bytes.min(self.arrived.len());
        self.arrived.drain(..count);
    }
}

impl AsyncWrite for MemoryStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut flow = self.outgoing.flow();
        if flow.reader_is_gone || flow.writer != Writer::Writes {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = WINDOW.saturating_sub(flow.bytes.len());
        if room == 0 {
            flow.wait(cx);
            return Poll::Pending;
        }
        let taken = buf.get(..room).unwrap_or(buf);
        flow.bytes.extend(taken);
        flow.wake();
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut flow = self.outgoing.flow();
        flow.writer = Writer::Closed;
        flow.wake();
        Poll::Ready(Ok(()))
    }
}
