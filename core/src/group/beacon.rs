//! Members of the group on the local network.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::address::Address;
use crate::beacon::{Beacon, PERIOD};
use crate::cx::{Cx, half};
use crate::group::Group;
use crate::limits::{ADDRESSES_MAX, BEACONS_MAX};
use crate::output::Output;
use crate::time::Why;
use crate::timers::TimerKey;

/// Beacons of other members that were seen, the last one last, and where whoever shows them says
/// that it listens.
///
/// Only members can make beacons. A copy with other addresses takes the place of the one that it
/// copies, and no more.
#[derive(Debug, Default)]
pub(super) struct Near {
    seen: VecDeque<(Beacon, Vec<Address>)>,
}

impl Near {
    fn saw(&mut self, beacon: Beacon, addresses: &[Address]) {
        self.seen.retain(|(seen, _)| *seen != beacon);
        if self.seen.len() >= BEACONS_MAX {
            self.seen.pop_front();
        }
        self.seen.push_back((beacon, addresses.iter().take(ADDRESSES_MAX).cloned().collect()));
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.seen.iter().flat_map(|(_, addresses)| addresses)
    }

    /// Counts the beacons.
    #[cfg(feature = "simulation")]
    pub(super) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        usage.note("beacons seen of one group", self.seen.len(), BEACONS_MAX);
    }
}

impl Group {
    /// Shows a fresh beacon if the group is online, and another one before this is too old.
    pub(crate) fn advertise(&mut self, cx: &mut Cx<'_>) {
        if !cx.shared.discovers || !self.is_online() {
            return;
        }
        let addresses = cx.shared.links.own_addresses().to_vec();
        if addresses.is_empty() {
            return self.advertise_no_more(cx);
        }
        let nonce = cx.shared.entropy.beacons.bytes16();
        let beacon = Beacon::new(&self.link_secret(), self.seat.group, cx.now.wall, nonce);
        self.beacon = Some(beacon);
        cx.shared.outbox.push(Output::Advertise { seat: self.seat, beacon, addresses });
        // beacons of several groups that always change together would tell that they are one node's
        let wait = cx.jittered(half(PERIOD));
        cx.arm(TimerKey::Group(self.seat, Why::Beacon), wait);
    }

    /// Takes the beacon away, if one is shown.
    pub(super) fn advertise_no_more(&mut self, cx: &mut Cx<'_>) {
        cx.shared.timers.disarm(TimerKey::Group(self.seat, Why::Beacon));
        if self.beacon.take().is_some() {
            cx.shared.outbox.push(Output::Conceal { seat: self.seat });
        }
    }

    /// A beacon was seen. If it is another member's, its addresses are worth a try when neighbours
    /// are looked after next, and not at once: a copied beacon is no way to make others dial whom
    /// one likes as often as one likes.
    pub(crate) fn on_found(&mut self, cx: &Cx<'_>, beacon: Beacon, addresses: &[Address]) {
        let is_own = self.beacon == Some(beacon);
        let is_of = |secret: &[u8; 32]| beacon.is_of(secret, self.seat.group, cx.now.wall);
        if is_own || !self.is_online() || !self.link_secrets().iter().any(is_of) {
            return;
        }
        self.near.saw(beacon, addresses);
    }
}
