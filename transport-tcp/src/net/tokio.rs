//! tokio's sockets and timer.

use core::future::Future;
use core::net::SocketAddr;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use super::Net;

/// tokio. Everything must happen in the context of a tokio runtime with IO and time enabled.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Tokio;

impl Net for Tokio {
    type Stream = Compat<TcpStream>;
    type Listener = TcpListener;

    fn listen(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        TcpListener::from_std(listener)
    }

    fn poll_accept(
        listener: &mut TcpListener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, SocketAddr)>> {
        let (stream, from) = ready!(listener.poll_accept(cx))?;
        // It fails only if the connection is gone already: reading will tell.
        stream.set_nodelay(true).ok();
        Poll::Ready(Ok((stream.compat(), from)))
    }

    async fn connect(to: SocketAddr) -> io::Result<Self::Stream> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(stream.compat())
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        tokio::time::sleep(time)
    }
}
