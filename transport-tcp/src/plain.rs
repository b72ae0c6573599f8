//! What TLS has decrypted, read where it is: what is copied out of it is copied once less.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io::{self, BufRead as _, ErrorKind, Read, Write};

use futures_io::{AsyncRead, AsyncWrite};
use futures_rustls::rustls::{ConnectionCommon, SideData};

/// The next of what the other end wrote; nothing once it has closed the stream.
pub(crate) fn poll_arrived<'a, S, D>(
    socket: &mut S,
    tls: &'a mut ConnectionCommon<D>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<&'a [u8]>>
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: SideData,
{
    let mut socket = Blocking { socket, cx };
    while tls.wants_read() {
        match tls.read_tls(&mut socket) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Poll::Ready(Err(error)),
        }
        if let Err(error) = tls.process_new_packets() {
            // The other end is told why, if it can be told at once.
            tls.write_tls(&mut socket).ok();
            return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, error)));
        }
    }
    match tls.reader().into_first_chunk() {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
        outcome => Poll::Ready(outcome),
    }
}

/// So much of what [`poll_arrived`] gave is dealt with.
pub(crate) fn consume<D>(tls: &mut ConnectionCommon<D>, bytes: usize) {
    tls.reader().consume(bytes);
}

/// A socket as rustls asks for it: what would wait is an error, and wakes the task later.
struct Blocking<'a, 'b, S> {
    socket: &'a mut S,
    cx: &'a mut Context<'b>,
}

fn at_once<T>(outcome: Poll<io::Result<T>>) -> io::Result<T> {
    match outcome {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}

impl<S: AsyncRead + Unpin> Read for Blocking<'_, '_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        at_once(Pin::new(&mut *self.socket).poll_read(self.cx, buf))
    }
}

impl<S: AsyncWrite + Unpin> Write for Blocking<'_, '_, S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        at_once(Pin::new(&mut *self.socket).poll_write(self.cx, buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        at_once(Pin::new(&mut *self.socket).poll_flush(self.cx))
    }
}
