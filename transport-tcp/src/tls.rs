//! TLS over any stream.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use futures_io::{AsyncRead, AsyncWrite, IoSlice};
use futures_rustls::{TlsAcceptor, TlsConnector, TlsStream};
use peergroup_core::Address;
use rustls::client::{AlwaysResolvesClientRawPublicKeys, Resumption};
use rustls::pki_types::ServerName;
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};
use rustls::{ClientConfig, ClientConnection, ConnectionCommon, ServerConfig, ServerConnection};

use crate::key::{AnyKey, ephemeral};

/// What both ends must speak inside TLS.
const ALPN: &[u8] = b"pg/1";
/// The exporter's label.
const BINDING_LABEL: &[u8] = b"EXPORTER-peergroup-link-v1";
/// The exporter's context: the number of the stream within its connection. Here there is one.
const BINDING_CONTEXT: [u8; 8] = 0_u64.to_be_bytes();

/// Makes links of streams. Cheap to clone; clones show the same key.
#[derive(Clone)]
pub struct Tls {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Tls {
    /// Draws a key from the operating system. It fails only if that has no randomness to give.
    pub fn new() -> io::Result<Self> {
        Self::configure().map_err(io::Error::other)
    }

    fn configure() -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = ephemeral(&provider)?;
        let any_key = Arc::new(AnyKey::new(&provider));
        let versions = [&rustls::version::TLS13];

        let mut client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&any_key) as _)
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(
                Arc::clone(&key),
            )));
        client.alpn_protocols = vec![ALPN.to_vec()];
        client.enable_sni = false;
        client.resumption = Resumption::disabled();

        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)?
            .with_client_cert_verifier(any_key)
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(key)));
        server.alpn_protocols = vec![ALPN.to_vec()];
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;

        Ok(Self { client: Arc::new(client), server: Arc::new(server) })
    }

    /// TLS without any stream, for a driver that moves the bytes itself: as the end that dials.
    pub fn client(&self) -> Result<ClientConnection, rustls::Error> {
        ClientConnection::new(Arc::clone(&self.client), nobody())
    }

    /// TLS without any stream, for a driver that moves the bytes itself: as the end that accepts.
    pub fn server(&self) -> Result<ServerConnection, rustls::Error> {
        ServerConnection::new(Arc::clone(&self.server))
    }

    /// Makes a link of a stream that this end opened.
    ///
    /// It waits for the other end as long as that takes: a time-out is the caller's.
    pub async fn dial<S>(&self, stream: S) -> io::Result<Link<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = TlsConnector::from(Arc::clone(&self.client)).connect(nobody(), stream).await?;
        let binding = binding(stream.get_ref().1)?;
        Ok(Link { stream: Stream(stream.into()), binding, remote: None })
    }

    /// Makes a link of a stream that the other end opened.
    ///
    /// It waits for the other end as long as that takes: a time-out is the caller's.
    pub async fn accept<S>(&self, stream: S) -> io::Result<Link<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = TlsAcceptor::from(Arc::clone(&self.server)).accept(stream).await?;
        let binding = binding(stream.get_ref().1)?;
        Ok(Link { stream: Stream(stream.into()), binding, remote: None })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// Not sent, and not compared with anything: a client must name some server.
fn nobody() -> ServerName<'static> {
    ServerName::from(IpAddr::from(Ipv4Addr::UNSPECIFIED))
}

/// Exports the channel binding of a connection that is up and speaks the right protocol.
pub fn binding<Data>(connection: &ConnectionCommon<Data>) -> io::Result<[u8; 32]> {
    // A client that offers no protocol at all passes TLS.
    if connection.alpn_protocol() != Some(ALPN) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a peergroup link"));
    }
    connection
        .export_keying_material([0; 32], BINDING_LABEL, Some(&BINDING_CONTEXT))
        .map_err(io::Error::other)
}

/// A link that is up.
#[expect(clippy::exhaustive_structs, reason = "taken apart by whoever wraps it")]
pub struct Link<S> {
    /// The encrypted stream.
    pub stream: Stream<S>,
    /// 32 bytes that both ends know, that no other link shares and that no third party can bring
    /// about: the TLS exporter.
    pub binding: [u8; 32],
    /// Where the other end is, if that is known.
    pub remote: Option<Address>,
}

impl<S> fmt::Debug for Link<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("remote", &self.remote).finish_non_exhaustive()
    }
}

/// The encrypted stream of a link.
///
/// What is written is on its way only after a flush. Reading ends with `Ok(0)` only if the other
/// end closed the stream; a stream that was merely cut off ends with `UnexpectedEof`.
pub struct Stream<S>(TlsStream<S>);

impl<S> fmt::Debug for Stream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
