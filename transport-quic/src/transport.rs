//! Sockets, limits and time-outs around QUIC.

use core::fmt;
use core::future::Future;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::pin::pin;
use core::time::Duration;
use std::io;
use std::net::UdpSocket;
use std::sync::{Arc, Weak};

use futures_util::future::{Either, select};
use peergroup_core::{Address, LinkDown};
use peergroup_tls::{Tls, address};
use quinn::{AsyncUdpSocket, Endpoint, ServerConfig};
use socket2::{Domain, Protocol, Socket, Type};

use crate::config;
use crate::link::Link;
use crate::net::Net;
use crate::trunk::CODE;

mod dial;
mod inbox;

use dial::Dialler;
pub use dial::REUSE_TIMEOUT;
use inbox::Inbox;
pub use inbox::{HALF_OPEN_MAX, TLS_TIMEOUT};

/// The scheme of this transport's addresses.
pub const SCHEME: &str = "quic";
/// What closing a transport takes at most: by then the other ends have been told, thrice.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// How often it is looked whether a socket is free.
const CLOSE_PAUSE: Duration = Duration::from_millis(1);

/// Links over QUIC: dials, and accepts if it is bound to a local address.
///
/// It dials from the address that it is bound to where that is possible, so that those whom it
/// dials see where it is reached, and links in both directions share a connection.
pub struct QuicTransport<N> {
    dialler: Arc<Dialler<N>>,
    inbox: Inbox<N>,
    local_address: Option<Address>,
    socket: Weak<dyn AsyncUdpSocket>,
}

impl<N: Net> QuicTransport<N> {
    /// A transport that accepts on a local address; port 0 lets the system choose one. `[::]` is
    /// the unspecified address of IPv4 too.
    ///
    /// It must be called where the runtime `N` can be reached.
    ///
    /// # Errors
    /// The address is in use or not this host's, or the system has no socket or no randomness to
    /// give.
    pub fn bind(local: SocketAddr) -> io::Result<Self> {
        let tls = Tls::new()?;
        let server = config::server(&tls)?;
        let (endpoint, socket) = endpoint::<N>(socket_at(local)?, Some(server))?;
        let local_address = address::of(SCHEME, endpoint.local_addr()?);
        Self::new(&tls, endpoint, socket, local_address)
    }

    /// A transport that only dials. Peers that it has reached may open links to it as long as it
    /// has one with them.
    ///
    /// It must be called where the runtime `N` can be reached.
    ///
    /// # Errors
    /// The system has no socket or no randomness to give.
    pub fn dial_only() -> io::Result<Self> {
        let (endpoint, socket) = endpoint::<N>(socket_anywhere()?, None)?;
        Self::new(&Tls::new()?, endpoint, socket, None)
    }

    fn new(
        tls: &Tls,
        endpoint: Endpoint,
        socket: Weak<dyn AsyncUdpSocket>,
        local_address: Option<Address>,
    ) -> io::Result<Self> {
        let (dialler, made) = Dialler::new(endpoint.clone(), config::client(tls)?)?;
        let dialler = Arc::new(dialler);
        let inbox = Inbox::new(endpoint, made, Arc::clone(dialler.pool()));
        Ok(Self { dialler, inbox, local_address, socket })
    }

    /// Where it accepts. If it was bound to an unspecified address (`0.0.0.0`, `[::]`), so is
    /// this, and it is of no use to others.
    pub fn local_address(&self) -> Option<&Address> {
        self.local_address.as_ref()
    }

    /// Waits for the next link that another peer dialled.
    ///
    /// Dropping the future loses nothing: handshakes go on with the next call. Peers that fail at
    /// TLS are dropped in silence.
    ///
    /// # Errors
    /// The socket has failed. Nothing more will be accepted.
    pub async fn accept(&mut self) -> io::Result<Link> {
        self.inbox.next().await
    }

    /// Dials an address, and waits no longer than [`DIAL_TIMEOUT`].
    ///
    /// Where nobody listens it finds out no sooner: an endpoint that is not there says nothing.
    ///
    /// [`DIAL_TIMEOUT`]: peergroup_core::limits::DIAL_TIMEOUT
    pub fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Link, LinkDown>> + Send + 'static + use<N> {
        dial::dial(Arc::clone(&self.dialler), to.clone())
    }

    /// Closes it with all its links, and waits until their other ends have been told and its
    /// address is free, but no longer than [`CLOSE_TIMEOUT`].
    ///
    /// Without it, links outlive their transport, and the address is free a moment after the last.
    pub async fn close(self) {
        let Self { dialler, inbox, socket, .. } = self;
        let endpoints = dialler.endpoints();
        drop((inbox, dialler));
        for endpoint in &endpoints {
            endpoint.close(CODE, &[]);
        }
        let closed = async {
            for endpoint in endpoints {
                endpoint.wait_idle().await;
            }
            while socket.strong_count() > 0 {
                N::sleep(CLOSE_PAUSE).await;
            }
        };
        within::<N, _>(CLOSE_TIMEOUT, closed).await;
    }
}

impl<N> fmt::Debug for QuicTransport<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuicTransport")
            .field("local_address", &self.local_address)
            .field("half_open", &self.inbox.half_open())
            .finish_non_exhaustive()
    }
}

/// What comes of it in that time.
async fn within<N: Net, T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(N::sleep(time))).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(((), _)) => None,
    }
}

/// An endpoint, and a look at its socket: whether it is still there.
fn endpoint<N: Net>(
    socket: UdpSocket,
    server: Option<ServerConfig>,
) -> io::Result<(Endpoint, Weak<dyn AsyncUdpSocket>)> {
    let runtime = N::runtime();
    let socket = runtime.wrap_udp_socket(socket)?;
    let look = Arc::downgrade(&socket);
    let endpoint = Endpoint::new_with_abstract_socket(config::endpoint(), server, socket, runtime)?;
    Ok((endpoint, look))
}

/// A socket that is bound there. Systems differ in what `[::]` is unless they are told.
fn socket_at(local: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    if local.is_ipv6() {
        socket.set_only_v6(!local.ip().is_unspecified())?;
    }
    socket.bind(&local.into())?;
    Ok(socket.into())
}

/// A socket from which everything can be reached that this host reaches.
fn socket_anywhere() -> io::Result<UdpSocket> {
    socket_at((Ipv6Addr::UNSPECIFIED, 0).into())
        .or_else(|_| socket_at((Ipv4Addr::UNSPECIFIED, 0).into()))
}

#[cfg(test)]
mod tests;
