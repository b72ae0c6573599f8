//! How QUIC is configured: what a connection may hold, and how long it lives in silence.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use peergroup_core::limits::ANSWER_TIMEOUT;
use peergroup_tls::Tls;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{
    ClientConfig, EndpointConfig, IdleTimeout, ServerConfig, TransportConfig,
    ValidationTokenConfig, VarInt,
};

use crate::transport::HALF_OPEN_MAX;

/// Bytes of one link that wait at either end at most, to be acknowledged or to be read.
pub const LINK_WINDOW: u32 = 512 * 1024;
/// Links of a connection that the other end may have opened before this end has taken any. So such
/// a connection holds 2 MiB, and all that are half open 128 MiB.
pub const LINKS_SPARE: u32 = 4;
/// A connection on which nothing arrives for so long is gone: as long as a neighbour may take to
/// answer. The core gives a silent neighbour more time; but who is there is not silent here.
pub const IDLE_TIMEOUT: Duration = ANSWER_TIMEOUT;
/// An idle connection says so often that it is there: thrice within [`IDLE_TIMEOUT`], and before
/// the usual middlebox forgets about it, which takes 30 s or more.
pub const KEEP_ALIVE: Duration = Duration::from_secs(IDLE_TIMEOUT.as_secs() / 3);

/// How long an answer takes as long as nothing is known of a path. RFC 9002 has thrice as much; a
/// packet sent twice does less harm than waiting, and an attempt that is given up is over sooner.
const FIRST_RTT: Duration = Duration::from_millis(100);
/// Bytes of connections that nobody has begun to accept: what comes after their first packets.
const INCOMING_BYTES_MAX: u64 = 16 * 1024;

/// Bytes that a connection of so many links may hold in each direction.
pub(crate) fn window(links: u32) -> u32 {
    links_max(links).saturating_mul(LINK_WINDOW)
}

/// Links that the other end may have open on a connection that has so many. QUIC does not tell it
/// of less than an eighth more, so the room left has to grow.
pub(crate) fn links_max(links: u32) -> u32 {
    links.saturating_add(links / 4).saturating_add(LINKS_SPARE)
}

/// How this end is when it dials.
pub(crate) fn client(tls: &Tls) -> io::Result<ClientConfig> {
    let crypto = QuicClientConfig::try_from(Arc::clone(tls.client_config()));
    let mut client = ClientConfig::new(Arc::new(crypto.map_err(io::Error::other)?));
    client.transport_config(transport()?);
    Ok(client)
}

/// How this end is when it is dialled.
pub(crate) fn server(tls: &Tls) -> io::Result<ServerConfig> {
    let crypto = QuicServerConfig::try_from(Arc::clone(tls.server_config()));
    let mut server = ServerConfig::with_crypto(Arc::new(crypto.map_err(io::Error::other)?));
    server.transport_config(transport()?);
    server.max_incoming(HALF_OPEN_MAX);
    server.incoming_buffer_size(INCOMING_BYTES_MAX);
    server.incoming_buffer_size_total(INCOMING_BYTES_MAX.saturating_mul(HALF_OPEN_MAX as u64));
    // A token would tell that two connections are one peer's.
    let mut tokens = ValidationTokenConfig::default();
    tokens.sent(0);
    server.validation_token_config(tokens);
    Ok(server)
}

/// What both ends have in common.
pub(crate) fn endpoint() -> EndpointConfig {
    let mut endpoint = EndpointConfig::default();
    endpoint.supported_versions(vec![QUIC_V1]);
    endpoint
}

/// The version of RFC 9000.
const QUIC_V1: u32 = 1;

fn transport() -> io::Result<Arc<TransportConfig>> {
    let idle = IdleTimeout::try_from(IDLE_TIMEOUT).map_err(io::Error::other)?;
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(links_max(0).into())
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(LINK_WINDOW.into())
        .receive_window(window(0).into())
        .send_window(window(0).into())
        .initial_rtt(FIRST_RTT)
        .max_idle_timeout(Some(idle))
        .keep_alive_interval(Some(KEEP_ALIVE));
    Ok(Arc::new(transport))
}
