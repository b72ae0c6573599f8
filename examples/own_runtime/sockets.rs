//! Sockets for links over TCP, looked at once a frame.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures_channel::oneshot;
use futures_io::{AsyncRead, AsyncWrite};
use peergroup::runtime::Runtime as _;
use peergroup::tcp::Net;

use super::runtime::{Frames, in_the_next_frame};

type Reply<T> = Poll<io::Result<T>>;

fn reply<T>(cx: &Context<'_>, outcome: io::Result<T>) -> Reply<T> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::WouldBlock => in_the_next_frame(cx),
        outcome => Poll::Ready(outcome),
    }
}

pub(crate) struct Socket(TcpStream);

impl Socket {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self(stream))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut [u8]) -> Reply<usize> {
        reply(cx, self.0.read(to))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Reply<usize> {
        reply(cx, self.0.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Reply<()> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Reply<()> {
        Poll::Ready(self.0.shutdown(Shutdown::Write))
    }
}

impl Net for Frames {
    type Stream = Socket;
    type Listener = TcpListener;

    fn listen(listener: TcpListener) -> io::Result<TcpListener> {
        Ok(listener)
    }

    fn poll_accept(at: &mut TcpListener, cx: &mut Context<'_>) -> Reply<(Socket, SocketAddr)> {
        reply(cx, at.accept().and_then(|(stream, from)| Ok((Socket::new(stream)?, from))))
    }

    /// Elsewhere, for it may take longer than a frame.
    async fn connect(to: SocketAddr) -> io::Result<Socket> {
        let (answer, answered) = oneshot::channel();
        thread::spawn(move || answer.send(TcpStream::connect(to).and_then(Socket::new)));
        answered.await.map_err(io::Error::other)?
    }

    async fn sleep(time: Duration) {
        let clock = Frames::new();
        clock.sleep_until(clock.now().mono.after(time)).await;
    }
}
