//! TLS over TCP as a transport.

use core::future::Future;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io;
use std::net::UdpSocket;

use peergroup_core::{Address, LinkDown};
use peergroup_tcp::{Link, Net, Stream, TcpTransport};

use super::{Opened, Transport};

impl<N: Net> Transport for TcpTransport<N> {
    type Stream = Stream<N::Stream>;

    async fn accept(&mut self) -> io::Result<Opened<Self::Stream>> {
        Ok(opened(TcpTransport::accept(self).await))
    }

    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<Self::Stream>, LinkDown>> + Send + 'static + use<N>
    {
        let dialled = TcpTransport::dial(self, to);
        async move { dialled.await.map(opened) }
    }

    /// Bound to an unspecified address, it names the address from which this host reaches others.
    fn listening_at(&self) -> Vec<Address> {
        self.local_address().and_then(reachable).into_iter().collect()
    }

    fn serves(&self, scheme: &str) -> bool {
        scheme == peergroup_tcp::SCHEME
    }
}

fn opened<S>(link: Link<S>) -> Opened<Stream<S>> {
    Opened { stream: link.stream, binding: link.binding, remote: link.remote }
}

/// Where others reach a socket that is bound there, as far as this host can tell.
fn reachable(bound: &Address) -> Option<Address> {
    let mut socket: SocketAddr = bound.rest().parse().ok()?;
    if socket.ip().is_unspecified() {
        socket.set_ip(outward_ip(socket.is_ipv6()).or_else(|| outward_ip(false))?);
    }
    format!("{}:{socket}", peergroup_tcp::SCHEME).parse().ok()
}

/// The address from which this host would send to the world: the system's routes tell. Connecting
/// a datagram socket sends nothing, and the address it is connected to is nobody's.
fn outward_ip(is_v6: bool) -> Option<IpAddr> {
    let nobody: (IpAddr, IpAddr) = if is_v6 {
        (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into())
    } else {
        (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into())
    };
    let socket = UdpSocket::bind((nobody.0, 0)).ok()?;
    socket.connect((nobody.1, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
}
