//! smol's sockets and timer.

use core::net::SocketAddr;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::net::{TcpListener, TcpStream};

use async_io::{Async, Timer};

use super::Net;

/// smol, by way of `async-io`, whose reactor has a thread of its own: any executor will do.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Smol;

impl Net for Smol {
    type Stream = Async<TcpStream>;
    type Listener = Async<TcpListener>;

    fn listen(listener: TcpListener) -> io::Result<Async<TcpListener>> {
        Async::new_nonblocking(listener)
    }

    fn poll_accept(
        listener: &mut Async<TcpListener>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, SocketAddr)>> {
        loop {
            match listener.get_ref().accept() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(listener.poll_readable(cx))?;
                }
                Err(error) => return Poll::Ready(Err(error)),
                Ok((stream, from)) => {
                    // It fails only if the connection is gone already: reading will tell.
                    stream.set_nodelay(true).ok();
                    return Poll::Ready(Ok((Async::new(stream)?, from)));
                }
            }
        }
    }

    async fn connect(to: SocketAddr) -> io::Result<Self::Stream> {
        let stream = Async::<TcpStream>::connect(to).await?;
        stream.get_ref().set_nodelay(true)?;
        Ok(stream)
    }

    async fn sleep(time: Duration) {
        Timer::after(time).await;
    }
}
