//! What ours runs on, and the peer that it is measured against on the same: an encrypted stream,
//! and nothing else.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_rustls::{TlsAcceptor, TlsConnector, TlsStream};
use futures_util::{AsyncRead, AsyncWrite};
use peergroup::quic::QuicTransport;
use peergroup::tcp::{TcpTransport, Tls};
use peergroup::transport::Transport;
use peergroup::{quic, tcp};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Endpoint, RecvStream, SendStream, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use crate::Failure;

/// What carries bytes.
pub(crate) trait Carrier: Sized + Send + Sync + 'static {
    /// Ours.
    type Transport: Transport;
    /// The bare peer's.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Ours, on a local address.
    fn transport() -> Result<Self::Transport, Failure>;

    /// One end of the bare peer: it dials, and others dial it.
    fn listen() -> Result<Self, Failure>;

    /// Where others dial it.
    fn address(&self) -> Result<SocketAddr, Failure>;

    /// The next stream that is dialled.
    fn accept(&self) -> impl Future<Output = Result<Self::Stream, Failure>> + Send;

    /// Opens a stream.
    fn dial(&self, to: SocketAddr) -> impl Future<Output = Result<Self::Stream, Failure>> + Send;
}

fn localhost() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// TLS over TCP; bare it is `futures-rustls`.
pub(crate) struct Tcp {
    tls: Tls,
    listener: TcpListener,
}

impl Carrier for Tcp {
    type Transport = TcpTransport<tcp::Tokio>;
    type Stream = TlsStream<Compat<TcpStream>>;

    fn transport() -> Result<Self::Transport, Failure> {
        Ok(TcpTransport::bind(localhost())?)
    }

    fn listen() -> Result<Self, Failure> {
        let listener = std::net::TcpListener::bind(localhost())?;
        listener.set_nonblocking(true)?;
        Ok(Self { tls: Tls::new()?, listener: TcpListener::from_std(listener)? })
    }

    fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(self.listener.local_addr()?)
    }

    async fn accept(&self) -> Result<Self::Stream, Failure> {
        let (stream, _) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        let acceptor = TlsAcceptor::from(Arc::clone(self.tls.server_config()));
        Ok(acceptor.accept(stream.compat()).await?.into())
    }

    async fn dial(&self, to: SocketAddr) -> Result<Self::Stream, Failure> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let connector = TlsConnector::from(Arc::clone(self.tls.client_config()));
        Ok(connector.connect(to.ip().into(), stream.compat()).await?.into())
    }
}

/// QUIC; bare it is `quinn` as it is configured by itself.
pub(crate) struct Quic {
    endpoint: Endpoint,
}

/// A stream of QUIC, in both directions.
pub(crate) struct Duplex(SendStream, RecvStream);

impl Carrier for Quic {
    type Transport = QuicTransport<quic::Tokio>;
    type Stream = Duplex;

    fn transport() -> Result<Self::Transport, Failure> {
        Ok(QuicTransport::bind(localhost())?)
    }

    fn listen() -> Result<Self, Failure> {
        let tls = Tls::new()?;
        let server = QuicServerConfig::try_from(Arc::clone(tls.server_config()))?;
        let server = ServerConfig::with_crypto(Arc::new(server));
        let mut endpoint = Endpoint::server(server, localhost())?;
        let client = QuicClientConfig::try_from(Arc::clone(tls.client_config()))?;
        endpoint.set_default_client_config(ClientConfig::new(Arc::new(client)));
        Ok(Self { endpoint })
    }

    fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(self.endpoint.local_addr()?)
    }

    async fn accept(&self) -> Result<Self::Stream, Failure> {
        let incoming = self.endpoint.accept().await.ok_or("the endpoint is closed")?;
        let (send, mut recv) = incoming.await?.accept_bi().await?;
        recv.read_exact(&mut [0]).await?;
        Ok(Duplex(send, recv))
    }

    async fn dial(&self, to: SocketAddr) -> Result<Self::Stream, Failure> {
        let (mut send, recv) = self.endpoint.connect(to, "localhost")?.await?.open_bi().await?;
        // The other end hears of a stream only when something is on it.
        send.write_all(&[0]).await?;
        Ok(Duplex(send, recv))
    }
}

impl AsyncRead for Duplex {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<std::io::Result<usize>> {
        AsyncRead::poll_read(Pin::new(&mut self.1), cx, buf)
    }
}

impl AsyncWrite for Duplex {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.0), cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.0), cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        AsyncWrite::poll_close(Pin::new(&mut self.0), cx)
    }
}
