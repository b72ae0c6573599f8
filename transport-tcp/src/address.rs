//! `tcp:192.0.2.1:3587` and `tcp:[2001:db8::1]:3587`.

use core::net::{IpAddr, SocketAddr};

use peergroup_core::Address;

/// The scheme of this transport's addresses.
pub const SCHEME: &str = "tcp";

/// Where to connect to, if the address names it in numbers and it can be connected to.
///
/// Host names are refused: to resolve one blocks, and tells a third party.
pub(crate) fn parse(address: &Address) -> Option<SocketAddr> {
    if address.scheme() != SCHEME {
        return None;
    }
    let to: SocketAddr = address.rest().parse().ok()?;
    let nobody = to.port() == 0 || to.ip().is_unspecified() || to.ip().is_multicast();
    (!nobody).then_some(to)
}

/// The address of a socket.
pub(crate) fn format(socket: SocketAddr) -> Option<Address> {
    let plain = match socket.ip().to_canonical() {
        IpAddr::V4(v4) => SocketAddr::from((v4, socket.port())),
        IpAddr::V6(_) => socket,
    };
    format!("{SCHEME}:{plain}").parse().ok()
}

#[cfg(test)]
mod tests;
