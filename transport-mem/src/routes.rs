//! Who reaches whom.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::host::Host;
use crate::middle::Middle;
use crate::mishap::Mishap;
use crate::pipe::{End, Side};

/// What is in the way between hosts, besides the islands that they are on.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    /// Nothing arrives at the second from the first.
    pub(crate) blocked: BTreeSet<(Host, Host)>,
    /// Whoever dials from the one to the other, the lesser first, reaches somebody in the middle.
    relayed: BTreeSet<(Host, Host)>,
    /// The same, with a script.
    middles: BTreeMap<(Host, Host), Middle>,
    /// Lanes on which something waits for the way to be free.
    pub(crate) held: BTreeSet<(End, Side)>,
    /// The network parts and joins by itself.
    pub(crate) flap: Option<Flap>,
    /// How often it was told to.
    pub(crate) flaps: u64,
}

/// Sets of hosts that part and join.
#[derive(Clone, Debug)]
pub(crate) struct Flap {
    pub(crate) sets: Vec<Vec<Host>>,
    pub(crate) period: Duration,
    pub(crate) is_parted: bool,
}

impl Routes {
    /// What keeps bytes from arriving, if the hosts are on these islands.
    pub(crate) fn in_the_way(&self, from: (Host, usize), to: (Host, usize)) -> Option<Mishap> {
        if from.1 != to.1 {
            let flaps = self.flap.is_some();
            return Some(if flaps { Mishap::Flap } else { Mishap::Partition });
        }
        let is_blocked = !self.blocked.is_empty() && self.blocked.contains(&(from.0, to.0));
        is_blocked.then_some(Mishap::OneWay)
    }

    /// Whether somebody is in the middle of whatever one dials at the other.
    pub(crate) fn is_relayed(&self, one: Host, other: Host) -> bool {
        self.relayed.contains(&pair(one, other))
    }

    /// Puts somebody in the middle, or takes them away.
    pub(crate) fn set_relayed(&mut self, one: Host, other: Host, is_relayed: bool) {
        if is_relayed {
            self.relayed.insert(pair(one, other));
        } else {
            self.relayed.remove(&pair(one, other));
        }
    }

    /// Who is in the middle of whatever one dials at the other, and has a script.
    pub(crate) fn middle(&self, one: Host, other: Host) -> Option<&Middle> {
        self.middles.get(&pair(one, other))
    }

    /// Puts somebody with a script in the middle, or takes them away.
    pub(crate) fn set_middle(&mut self, one: Host, other: Host, middle: Option<Middle>) {
        match middle {
            Some(middle) => drop(self.middles.insert(pair(one, other), middle)),
            None => drop(self.middles.remove(&pair(one, other))),
        }
    }

    /// Nobody is in the middle of anything, and nothing is in the way but the islands.
    pub(crate) fn clear(&mut self) {
        self.middles.clear();
        self.blocked.clear();
        self.relayed.clear();
        self.flap = None;
    }
}

fn pair(one: Host, other: Host) -> (Host, Host) {
    (one.min(other), one.max(other))
}
