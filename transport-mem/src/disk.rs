//! A disk: what was written, and how much of it would survive a crash.

use core::ops::Bound;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use peergroup_core::{Change, Instant, StoreOp, Ticket};

/// Keys and values, in the order of the keys, and whether there are more.
pub(crate) type Answer = (Vec<(Bytes, Bytes)>, bool);

/// An ordered map from bytes to bytes that is a little behind what was written to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    durable: BTreeMap<Bytes, Bytes>,
    /// With everything that was written.
    written: BTreeMap<Bytes, Bytes>,
    pending: VecDeque<(Ticket, StoreOp)>,
    last_ticket: Option<Ticket>,
    acknowledged: Option<Ticket>,
    /// When the last operation is done.
    pub(crate) busy_until: Instant,
}

impl Disk {
    /// Writes a batch. False if a later ticket came before it.
    pub(crate) fn write(&mut self, ticket: Ticket, op: StoreOp) -> bool {
        let is_in_order = self.take_ticket(ticket);
        apply(&mut self.written, &op);
        self.pending.push_back((ticket, op));
        is_in_order
    }

    /// Tickets come in their order (C6).
    pub(crate) fn take_ticket(&mut self, ticket: Ticket) -> bool {
        self.last_ticket.replace(ticket).is_none_or(|last| last < ticket)
    }

    /// Makes everything up to a ticket durable.
    pub(crate) fn sync(&mut self, through: Ticket) {
        while self.pending.front().is_some_and(|(ticket, _)| *ticket <= through) {
            if let Some((ticket, op)) = self.pending.pop_front() {
                apply(&mut self.durable, &op);
                self.acknowledged = Some(ticket);
            }
        }
    }

    /// Says that everything up to a ticket is durable, and makes durable what is before it: the last
    /// batch waits for the next one.
    pub(crate) fn sync_late(&mut self, through: Ticket) {
        let before = self.pending.iter().map(|(ticket, _)| *ticket).filter(|it| *it < through);
        if let Some(last) = before.max() {
            self.sync(last);
        }
        self.acknowledged = Some(through);
    }

    /// What was written under keys that begin so and are greater than `after`, up to `limit` bytes.
    pub(crate) fn load(&self, prefix: &[u8], after: &[u8], limit: usize) -> Answer {
        let from = if after < prefix { Bound::Included(prefix) } else { Bound::Excluded(after) };
        let mut found = Vec::new();
        let mut bytes = 0_usize;
        for (key, value) in self.written.range::<[u8], _>((from, Bound::Unbounded)) {
            if !key.starts_with(prefix) {
                break;
            }
            bytes = bytes.saturating_add(key.len()).saturating_add(value.len());
            if bytes > limit && !found.is_empty() {
                return (found, true);
            }
            found.push((key.clone(), value.clone()));
        }
        (found, false)
    }

    /// How many batches are not acknowledged.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Whether the host was told that this is durable.
    pub(crate) fn has_acknowledged(&self, ticket: Ticket) -> bool {
        self.acknowledged.is_some_and(|last| ticket <= last)
    }

    /// Loses all but the first few of the batches that are not acknowledged.
    pub(crate) fn crash(&mut self, survivors: usize) {
        for (_, op) in self.pending.drain(..).take(survivors) {
            apply(&mut self.durable, &op);
        }
        self.written = self.durable.clone();
        self.last_ticket = None;
        self.acknowledged = None;
        self.busy_until = Instant::default();
    }
}

fn apply(map: &mut BTreeMap<Bytes, Bytes>, op: &StoreOp) {
    for change in &op.changes {
        match change {
            Change::Put { key, value } => {
                map.insert(key.clone(), value.clone());
            }
            Change::Delete { key } => {
                map.remove(key);
            }
            Change::DeletePrefix { prefix } => map.retain(|key, _| !key.starts_with(prefix)),
        }
    }
}

#[cfg(test)]
mod tests;
