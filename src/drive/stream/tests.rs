use core::task::Waker;

use futures_io::AsyncRead;

use super::*;

/// A stream that takes so many bytes with each write, and nothing with every other one.
#[derive(Default)]
struct Sink {
    most: usize,
    is_tired: bool,
    taken: Vec<u8>,
    writes: usize,
    flushed: usize,
}

impl AsyncRead for Sink {
    fn poll_read(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        _buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Pending
    }
}

impl AsyncBufRead for Sink {
    fn poll_fill_buf(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Pending
    }

    fn consume(self: Pin<&mut Self>, _bytes: usize) {}
}

impl AsyncWrite for Sink {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.is_tired = !self.is_tired && self.most < usize::MAX;
        if self.is_tired {
            return Poll::Pending;
        }
        let (before, most) = (self.taken.len(), self.most);
        self.taken.extend(bufs.iter().flat_map(|buf| buf.iter().copied()).take(most));
        self.writes = self.writes.saturating_add(1);
        Poll::Ready(Ok(self.taken.len().saturating_sub(before)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushed = self.taken.len();
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Writes these runs on a stream that takes so much at a time.
fn write_all(runs: &[&'static [u8]], most: usize) -> Sink {
    let mut stream = Stream::new(Sink { most, ..Sink::default() });
    let mut runs = runs.iter().map(|run| Bytes::from_static(run));
    let cx = &mut Context::from_waker(Waker::noop());
    while stream.poll_write(cx, || runs.next()).is_pending() {
        assert!(stream.is_behind());
    }
    assert!(!stream.is_behind());
    stream.inner
}

#[test]
fn what_waits_goes_in_one_write() {
    let sink = write_all(&[b"several", b"runs", b"at once"], usize::MAX);
    assert_eq!((sink.taken.as_slice(), sink.writes), (&b"severalrunsat once"[..], 1));
}

#[test]
fn a_write_goes_on_where_the_one_before_it_stopped_and_all_is_flushed_at_the_end() {
    let runs: Vec<&[u8]> = (0..3 * WRITE_RUNS).map(|_| &b"a run of bytes"[..]).collect();
    for most in [1, 2, 13, 14, 15, 100, usize::MAX] {
        let sink = write_all(&runs, most);
        assert_eq!(sink.taken, runs.concat(), "{most}");
        assert_eq!(sink.flushed, sink.taken.len(), "{most}");
    }
}

#[test]
fn a_stream_that_takes_nothing_has_failed() {
    let mut stream = Stream::new(Sink::default());
    let cx = &mut Context::from_waker(Waker::noop());
    let mut run = Some(Bytes::from_static(b"x"));
    assert!(stream.poll_write(cx, || run.take()).is_pending());
    let Poll::Ready(outcome) = stream.poll_write(cx, || run.take()) else { panic!("it is tried") };
    assert_eq!(outcome.map_err(|error| error.kind()), Err(io::ErrorKind::WriteZero));
}
