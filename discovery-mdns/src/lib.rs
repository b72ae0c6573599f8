//! Members of a group found on the local network, by multicast DNS (RFC 6762, RFC 6763).
//!
//! Each group that is online is shown as an instance of one service, under the name of its
//! [`Beacon`], which means something to members alone; the host's name is drawn from it too. What
//! is shown besides is where the node listens. Whatever is found is a hint: the core's handshake
//! finds out who is there.
//!
//! It runs on a thread of its own and under every runtime.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::BTreeMap;
use std::io;

use mdns_sd::{IfKind, ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};
use peergroup_core::limits::{ADDRESS_BYTES_MAX, ADDRESSES_MAX};
use peergroup_core::{Address, Beacon, Seat};

/// The service that is announced.
pub const SERVICE: &str = "_peergroup._udp.local.";

/// The keys of the text record: one address each, as many as a node listens at.
const KEYS: [&str; ADDRESSES_MAX] = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"];

/// What is found of others, as it comes.
type Findings = Pin<Box<dyn futures_core::Stream<Item = ServiceEvent> + Send>>;

/// The local network: what this node shows there and what it sees.
pub struct Mdns {
    daemon: ServiceDaemon,
    findings: Findings,
    /// The full names of what is shown.
    shown: BTreeMap<Seat, String>,
}

impl Mdns {
    /// On all interfaces that take part in multicast.
    ///
    /// # Errors
    /// The port of multicast DNS cannot be shared, or no thread can be started.
    pub fn new() -> io::Result<Self> {
        Self::start(ServiceDaemon::new().map_err(io::Error::other)?)
    }

    /// On the interfaces of these addresses alone.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn on(interfaces: &[IpAddr]) -> io::Result<Self> {
        let daemon = ServiceDaemon::new().map_err(io::Error::other)?;
        let named: Vec<IfKind> = interfaces.iter().copied().map(IfKind::from).collect();
        daemon.disable_interface(IfKind::All).map_err(io::Error::other)?;
        daemon.enable_interface(named).map_err(io::Error::other)?;
        Self::start(daemon)
    }

    fn start(daemon: ServiceDaemon) -> io::Result<Self> {
        let findings = browse(&daemon).map_err(io::Error::other)?;
        Ok(Self { daemon, findings, shown: BTreeMap::new() })
    }

    /// Shows a seat's beacon, in place of its last one. Addresses that name no IP address are left
    /// out, as multicast DNS has no place for them.
    ///
    /// What the daemon cannot do at the moment is dropped: the next beacon is not far.
    pub fn advertise(&mut self, seat: Seat, beacon: Beacon, addresses: &[Address]) {
        self.conceal(seat);
        let Some(service) = service(beacon, addresses) else { return };
        let name = service.get_fullname().to_owned();
        if self.daemon.register(service).is_ok() {
            self.shown.insert(seat, name);
        }
    }

    /// Takes a seat's beacon away.
    pub fn conceal(&mut self, seat: Seat) {
        if let Some(name) = self.shown.remove(&seat) {
            // if it is not told, others forget it after two minutes
            self.daemon.unregister(&name).ok();
        }
    }

    /// Waits for the next beacon, and where whoever shows it listens, as it says. Those of this
    /// node are among them. Once its thread has ended nothing more is found.
    pub fn poll_found(&mut self, cx: &mut Context<'_>) -> Poll<(Beacon, Vec<Address>)> {
        loop {
            match self.findings.as_mut().poll_next(cx) {
                Poll::Ready(Some(ServiceEvent::ServiceResolved(service))) => {
                    if let Some(found) = found(&service) {
                        return Poll::Ready(found);
                    }
                }
                Poll::Ready(Some(_)) => {}
                // it fell behind, and was dropped: what is there now is told anew
                Poll::Ready(None) => match browse(&self.daemon) {
                    Ok(findings) => self.findings = findings,
                    Err(_) => return Poll::Pending,
                },
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl Drop for Mdns {
    /// Takes everything away that is shown.
    fn drop(&mut self) {
        self.daemon.shutdown().ok();
    }
}

impl fmt::Debug for Mdns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mdns").field("shown", &self.shown.len()).finish_non_exhaustive()
    }
}

fn browse(daemon: &ServiceDaemon) -> mdns_sd::Result<Findings> {
    Ok(Box::pin(daemon.browse(SERVICE)?.into_stream()))
}

/// A beacon as a service; none if no address can be shown.
fn service(beacon: Beacon, addresses: &[Address]) -> Option<ServiceInfo> {
    let sockets: Vec<(&Address, SocketAddr)> = addresses
        .iter()
        .filter_map(|address| Some((address, address.rest().parse().ok()?)))
        .take(ADDRESSES_MAX)
        .collect();
    let (_, first) = sockets.first()?;
    let ips: Vec<IpAddr> = sockets.iter().map(|(_, socket)| socket.ip()).collect();
    let texts: Vec<(&str, &str)> =
        KEYS.into_iter().zip(sockets.iter().map(|(address, _)| address.as_str())).collect();
    let name = beacon.to_string();
    let host = format!("{name}.local.");
    ServiceInfo::new(SERVICE, &name, &host, &ips[..], first.port(), &texts[..]).ok()
}

/// What a service says, if it is a beacon.
fn found(service: &ResolvedService) -> Option<(Beacon, Vec<Address>)> {
    let name = service.get_fullname().strip_suffix(SERVICE)?.strip_suffix('.')?;
    let beacon = name.parse().ok()?;
    let addresses = KEYS
        .iter()
        .filter_map(|key| service.get_property_val_str(key))
        .filter(|text| text.len() <= ADDRESS_BYTES_MAX)
        .filter_map(|text| text.parse().ok())
        .collect();
    Some((beacon, addresses))
}

#[cfg(test)]
mod tests;
