//! Where a transport reaches a peer.

use alloc::boxed::Box;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::ADDRESS_BYTES_MAX;

/// Where a transport reaches a peer: `scheme:rest`, for example `tcp:192.0.2.1:3587`.
///
/// The scheme is 1 to 16 lower-case letters and digits; the rest is 1 or more printable ASCII
/// characters without space; at most [`ADDRESS_BYTES_MAX`] bytes in all. The core hands addresses
/// on and looks inside only to tell callers from several machines apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Box<str>);

impl Address {
    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first colon: which transport it is for.
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }

    /// What stands behind the first colon: what the transport makes of it.
    pub fn rest(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, rest)| rest)
    }

    /// What is alike in the addresses of callers from one machine, who differ in their ports: the
    /// rest without what stands behind its last colon.
    pub(crate) fn host(&self) -> &str {
        self.rest().rsplit_once(':').map_or(self.rest(), |(host, _)| host)
    }

    /// The network that it is in, if it is a public IP address.
    pub(crate) fn network(&self) -> Option<Network> {
        let at = self.rest().parse::<SocketAddr>().ok()?;
        match at.ip().to_canonical() {
            IpAddr::V4(ip) if is_public(ip) => ip.octets().first_chunk().copied().map(Network::V4),
            // what is assigned to anybody in public is in 2000::/3
            IpAddr::V6(ip) if ip.octets().first().is_some_and(|first| first >> 5 == 1) => {
                ip.octets().first_chunk().copied().map(Network::V6)
            }
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        }
    }

    /// What a dial at it troubles: in public a host, at whatever port; elsewhere the address, since
    /// all members may be on one host.
    pub(crate) fn target(&self) -> &str {
        if self.network().is_some() { self.host() } else { self.as_str() }
    }
}

/// About the least that a provider of addresses holds: whoever is in many of them pays for it. Of
/// IPv4 a /16, of IPv6 a /32. Hosts on one local network are in none, so that they find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    V4([u8; 2]),
    V6([u8; 4]),
}

fn is_public(ip: Ipv4Addr) -> bool {
    // behind the network address translation of a provider: 100.64.0.0/10
    let is_shared = matches!(ip.octets(), [100, second, ..] if second >> 6 == 1);
    let is_near = ip.is_private() || ip.is_loopback() || ip.is_link_local() || is_shared;
    !(is_near || ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast())
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let (scheme, rest) = text.split_once(':').ok_or(InvalidAddress)?;
        let scheme_is_good = (1..=16).contains(&scheme.len())
            && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest_is_good = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic());
        if scheme_is_good && rest_is_good && text.len() <= ADDRESS_BYTES_MAX {
            Ok(Self(text.into()))
        } else {
            Err(InvalidAddress)
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.0)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Text that is not an address. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidAddress;

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an address of the form scheme:rest")
    }
}

impl core::error::Error for InvalidAddress {}

#[cfg(test)]
mod tests;
