//! Where others reach a socket, as far as this host can tell.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::net::UdpSocket;

use peergroup_core::Address;

/// Where others reach a socket that is bound there: if that is an unspecified address, the one
/// from which this host reaches others stands for it.
pub(super) fn reachable(bound: &Address) -> Option<Address> {
    let mut socket: SocketAddr = bound.rest().parse().ok()?;
    if socket.ip().is_unspecified() {
        socket.set_ip(outward_ip(socket.is_ipv6()).or_else(|| outward_ip(false))?);
    }
    format!("{}:{socket}", bound.scheme()).parse().ok()
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
