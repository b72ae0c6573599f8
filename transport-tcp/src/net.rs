//! What a runtime gives to the transport: sockets and a timer.

use core::future::Future;
use core::net::SocketAddr;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use futures_io::{AsyncRead, AsyncWrite};

#[cfg(any(test, feature = "smol"))]
mod smol;
#[cfg(any(test, feature = "tokio"))]
mod tokio;

#[cfg(any(test, feature = "smol"))]
pub use self::smol::Smol;
#[cfg(any(test, feature = "tokio"))]
pub use self::tokio::Tokio;

/// A runtime's sockets and timer. Implement it to use another runtime than tokio and smol.
///
/// Streams have `TCP_NODELAY` set, for small frames should not wait for each other.
pub trait Net: Send + 'static {
    /// A connected socket.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// A listening socket.
    type Listener: Send + 'static;

    /// Takes a listening socket, which is non-blocking already, into the runtime.
    fn listen(listener: std::net::TcpListener) -> io::Result<Self::Listener>;

    /// Takes the next connection.
    fn poll_accept(
        listener: &mut Self::Listener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, SocketAddr)>>;

    /// Connects.
    fn connect(
        to: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::Stream>> + Send + 'static + use<Self>;

    /// Waits.
    fn sleep(time: Duration) -> impl Future<Output = ()> + Send + 'static + use<Self>;
}
