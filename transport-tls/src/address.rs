//! Addresses in numbers: `tcp:192.0.2.1:3587` and `quic:[2001:db8::1]:3587`.

use core::net::{IpAddr, SocketAddr};

use peergroup_core::Address;

/// Where to connect to, if the address is of the scheme, names it in numbers, and it can be
/// connected to.
///
/// Host names are refused: to resolve one blocks, and tells a third party.
pub fn socket(scheme: &str, address: &Address) -> Option<SocketAddr> {
    if address.scheme() != scheme {
        return None;
    }
    let to: SocketAddr = address.rest().parse().ok()?;
    let nobody = to.port() == 0 || to.ip().is_unspecified() || to.ip().is_multicast();
    (!nobody).then_some(to)
}

/// The address of a socket. None only if the scheme is not one.
pub fn of(scheme: &str, socket: SocketAddr) -> Option<Address> {
    format!("{scheme}:{}", plain(socket)).parse().ok()
}

/// The socket without the form in which an IPv6 socket shows an IPv4 peer.
pub fn plain(socket: SocketAddr) -> SocketAddr {
    match socket.ip().to_canonical() {
        IpAddr::V4(v4) => SocketAddr::from((v4, socket.port())),
        IpAddr::V6(_) => socket,
    }
}

#[cfg(test)]
mod tests;
