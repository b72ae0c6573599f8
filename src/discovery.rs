//! Finding members without an address: on the local network.
//!
//! Give a driver a discovery with [`Driver::discover`](crate::Driver::discover), and every group
//! that is connected finds its members there, and is found by them. What it shows tells others
//! neither which group it is nor who is in it; [`Beacon`] says why. The feature `mdns` has one.

use core::task::{Context, Poll};

use peergroup_core::{Address, Beacon, Seat};

/// A place where nodes that are near can see each other.
pub trait Discovery: Send + 'static {
    /// Shows a seat's beacon in place of its last one, with where this node listens.
    fn advertise(&mut self, seat: Seat, beacon: Beacon, addresses: &[Address]);

    /// Takes a seat's beacon away.
    fn conceal(&mut self, seat: Seat);

    /// Waits for the next beacon, and where whoever shows it listens: hints, which are tried and
    /// not trusted. Those of this node may be among them.
    fn poll_found(&mut self, cx: &mut Context<'_>) -> Poll<(Beacon, Vec<Address>)>;
}

#[cfg(feature = "mdns")]
impl Discovery for peergroup_mdns::Mdns {
    fn advertise(&mut self, seat: Seat, beacon: Beacon, addresses: &[Address]) {
        Self::advertise(self, seat, beacon, addresses);
    }

    fn conceal(&mut self, seat: Seat) {
        Self::conceal(self, seat);
    }

    fn poll_found(&mut self, cx: &mut Context<'_>) -> Poll<(Beacon, Vec<Address>)> {
        Self::poll_found(self, cx)
    }
}
