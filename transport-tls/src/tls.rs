//! How both ends are configured, and what binds a link.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use std::io;
use std::sync::Arc;

use rustls::client::{AlwaysResolvesClientRawPublicKeys, Resumption};
use rustls::pki_types::ServerName;
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};
use rustls::{ClientConfig, ClientConnection, ConnectionCommon, ServerConfig, ServerConnection};

use crate::key::{AnyKey, ephemeral};

/// What both ends must speak inside TLS.
pub const ALPN: &[u8] = b"pg/1";
/// The exporter's label.
pub const BINDING_LABEL: &[u8] = b"EXPORTER-peergroup-link-v1";

/// Both ends of TLS. Cheap to clone; clones show the same key.
#[derive(Clone)]
pub struct Tls {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Tls {
    /// Draws a key from the operating system.
    ///
    /// # Errors
    /// That has no randomness to give.
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

    /// The configuration of the end that dials, for a library that runs TLS.
    pub fn client_config(&self) -> &Arc<ClientConfig> {
        &self.client
    }

    /// The configuration of the end that accepts, for a library that runs TLS.
    pub fn server_config(&self) -> &Arc<ServerConfig> {
        &self.server
    }

    /// TLS without any stream, for a driver that moves the bytes itself: as the end that dials.
    ///
    /// # Errors
    /// What rustls says; with this configuration it does not.
    pub fn client(&self) -> Result<ClientConnection, rustls::Error> {
        ClientConnection::new(Arc::clone(&self.client), nobody())
    }

    /// TLS without any stream, for a driver that moves the bytes itself: as the end that accepts.
    ///
    /// # Errors
    /// What rustls says; with this configuration it does not.
    pub fn server(&self) -> Result<ServerConnection, rustls::Error> {
        ServerConnection::new(Arc::clone(&self.server))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// Not sent, and not compared with anything: a client must name some server.
pub fn nobody() -> ServerName<'static> {
    ServerName::from(IpAddr::from(Ipv4Addr::UNSPECIFIED))
}

/// The exporter's context: the number of the stream within its connection.
pub fn binding_context(stream: u64) -> [u8; 8] {
    stream.to_be_bytes()
}

/// Exports the channel binding of a connection that is up, speaks the right protocol, and is one
/// stream: number 0.
///
/// # Errors
/// The connection is not up, or agreed on another protocol than this.
pub fn binding<Data>(connection: &ConnectionCommon<Data>) -> io::Result<[u8; 32]> {
    // A client that offers no protocol at all passes TLS.
    if connection.alpn_protocol() != Some(ALPN) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a peergroup link"));
    }
    connection
        .export_keying_material([0; 32], BINDING_LABEL, Some(&binding_context(0)))
        .map_err(io::Error::other)
}
