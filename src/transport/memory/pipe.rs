//! Two bounded buffers as a stream in both directions.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_io::{AsyncRead, AsyncWrite};

/// Bytes that wait in one direction until they are read.
const WINDOW: usize = 64 * 1024;

/// One end of a stream in memory.
pub struct MemoryStream {
    incoming: Lane,
    outgoing: Lane,
}

/// The two ends of a stream.
pub(super) fn pair() -> (MemoryStream, MemoryStream) {
    let (there, back) = (Lane::default(), Lane::default());
    let near = MemoryStream { incoming: back.clone(), outgoing: there.clone() };
    (near, MemoryStream { incoming: there, outgoing: back })
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
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut flow = self.incoming.flow();
        if flow.bytes.is_empty() && !buf.is_empty() {
            return match flow.writer {
                Writer::Closed => Poll::Ready(Ok(0)),
                Writer::Gone => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Writer::Writes => {
                    flow.wait(cx);
                    Poll::Pending
                }
            };
        }
        let count = io::Read::read(&mut flow.bytes, buf)?;
        flow.wake();
        Poll::Ready(Ok(count))
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
