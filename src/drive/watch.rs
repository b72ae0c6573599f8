//! What happens at the driver's edges, counted, and told to `tracing` where it is wanted.
//!
//! Nothing here decides anything, and the core knows nothing of it.

use std::collections::BTreeMap;

use peergroup_core::{
    Address, Event, EventKind, Fault, Interest, LinkDown, LinkId, NeighbourChange, Now, PeerId,
    RegistrationId, Seat, StoreFailure,
};

use super::desk::Node;
use crate::counters::{Counters, count};

/// Tells `tracing`; nothing without the feature, except that what would be told is used.
macro_rules! tell {
    ($level:ident, $($field:ident = $value:expr),* ; $text:literal) => {{
        #[cfg(feature = "tracing")]
        tracing::event!(target: "peergroup", tracing::Level::$level, $($field = %$value,)* $text);
        #[cfg(not(feature = "tracing"))]
        let _ = ($(&$value,)*);
    }};
}

/// What is looked at in every open group.
const KINDS: [EventKind; 4] =
    [EventKind::Status, EventKind::Neighbour, EventKind::ConnectFailed, EventKind::Fault];

/// Counts what happens, and tells of it.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) counters: Counters,
    /// The registrations by which open groups are watched.
    groups: BTreeMap<RegistrationId, Seat>,
}

impl Watch {
    /// Watches an open group, unless there are registrations enough already.
    pub(super) fn open(&mut self, node: &mut Node, now: Now, seat: Seat) {
        if let Some(before) = self.registration(seat) {
            self.groups.remove(&before);
            node.unregister(now, before);
        }
        if let Ok(registration) = node.register(now, seat, &KINDS.map(Interest::from)) {
            self.groups.insert(registration, seat);
            tell!(INFO, group = seat.group, identity = seat.identity; "open");
        }
    }

    pub(super) fn close(&mut self, seat: Seat) {
        if let Some(registration) = self.registration(seat) {
            self.groups.remove(&registration);
            tell!(INFO, group = seat.group, identity = seat.identity; "closed");
        }
    }

    fn registration(&self, seat: Seat) -> Option<RegistrationId> {
        self.groups.iter().find(|(_, of)| **of == seat).map(|(registration, _)| *registration)
    }

    pub(super) fn dial(&mut self, link: LinkId, to: &Address) {
        count(&mut self.counters.links_dialled);
        tell!(DEBUG, link = link, to = to; "dial");
    }

    pub(super) fn up(&mut self, link: LinkId) {
        count(&mut self.counters.links_up);
        tell!(DEBUG, link = link; "link up");
    }

    pub(super) fn accepted(&mut self, link: LinkId, from: Option<&Address>) {
        count(&mut self.counters.links_accepted);
        let from = from.map_or_else(|| "an unknown address".to_owned(), ToString::to_string);
        tell!(DEBUG, link = link, from = from; "link accepted");
    }

    pub(super) fn down(&mut self, link: LinkId, cause: LinkDown) {
        count(&mut self.counters.links_down);
        tell!(DEBUG, link = link, cause = cause; "link down");
    }

    pub(super) fn received(&mut self, bytes: usize) {
        add(&mut self.counters.bytes_received, bytes);
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        add(&mut self.counters.bytes_sent, bytes);
    }

    pub(super) fn stored(&mut self, operations: usize, outcome: Result<(), StoreFailure>) {
        add(&mut self.counters.store_operations, operations);
        count(&mut self.counters.store_batches);
        tell!(TRACE, operations = operations; "stored");
        self.store_ended(outcome);
    }

    pub(super) fn loaded(&mut self, outcome: Result<(), StoreFailure>) {
        count(&mut self.counters.store_loads);
        self.store_ended(outcome);
    }

    fn store_ended(&mut self, outcome: Result<(), StoreFailure>) {
        if let Err(failure) = outcome {
            count(&mut self.counters.store_failures);
            tell!(ERROR, failure = failure; "the store failed");
        }
    }

    pub(super) fn stranger_faulted(&mut self, link: LinkId, fault: Fault) {
        self.faulted(fault);
        tell!(WARN, link = link, fault = fault; "a stranger broke the protocol");
    }

    fn faulted(&mut self, fault: Fault) {
        count(self.counters.faults.entry(fault).or_default());
    }

    /// Takes an event that is for the watch alone. Gives it back if it is the application's.
    pub(super) fn take(&mut self, to: RegistrationId, event: Event) -> Option<Event> {
        let Some(seat) = self.groups.get(&to) else {
            count(&mut self.counters.events_told);
            return Some(event);
        };
        let group = seat.group;
        match event {
            Event::NeighbourChanged { peer, change, .. } => self.neighbour(peer, change),
            Event::ConnectFailed(failure) => {
                count(&mut self.counters.connects_failed);
                tell!(WARN, group = group, failure = failure; "not connected");
            }
            Event::ClockDiffers { by, .. } => {
                count(&mut self.counters.clocks_differing);
                tell!(WARN, group = group, seconds = by.as_secs(); "the clock differs");
            }
            Event::PeerFaulted { link, fault, .. } => {
                self.faulted(fault);
                tell!(WARN, group = group, link = link, fault = fault; "a peer broke the protocol");
            }
            Event::StatusChanged(status) => {
                tell!(INFO, group = group, online = status.online, ready = status.ready,
                    neighbours = status.neighbours; "status");
            }
            _ => {}
        }
        None
    }

    fn neighbour(&mut self, peer: PeerId, change: NeighbourChange) {
        let counter = match change {
            NeighbourChange::Connected => &mut self.counters.neighbours_gained,
            _ => &mut self.counters.neighbours_lost,
        };
        count(counter);
        let what = format!("{change:?}");
        tell!(INFO, peer = peer, what = what; "neighbour");
    }
}

fn add(counter: &mut u64, count: usize) {
    *counter = counter.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
}
