//! The peer that ours is measured against: TLS on a socket, and nothing else.

use std::net::SocketAddr;

use peergroup::tcp::{self, Stream, Tls};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use crate::Failure;

/// An encrypted stream.
pub(crate) type Link = Stream<Compat<TcpStream>>;

/// What one end listens at, and how both encrypt.
pub(crate) struct Bare {
    tls: Tls,
    listener: TcpListener,
}

impl Bare {
    pub(crate) async fn listen() -> Result<Self, Failure> {
        Ok(Self { tls: Tls::new()?, listener: TcpListener::bind("127.0.0.1:0").await? })
    }

    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(self.listener.local_addr()?)
    }

    pub(crate) fn tls(&self) -> Tls {
        self.tls.clone()
    }

    /// The next stream that is dialled.
    pub(crate) async fn accept(&self) -> Result<Link, Failure> {
        let (stream, _) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(tcp::Link::accept(&self.tls, stream.compat()).await?.stream)
    }
}

/// Opens a stream.
pub(crate) async fn dial(tls: &Tls, to: SocketAddr) -> Result<Link, Failure> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(tcp::Link::dial(tls, stream.compat()).await?.stream)
}
