//! A disk: what was written, how much of it would survive a crash, and what is wrong with it.

use core::ops::Bound;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use peergroup_core::{Change, Instant, StoreFailure, StoreOp, Ticket};

use crate::rng::Rng;

/// Keys and values, in the order of the keys, and whether there are more.
pub(crate) type Answer = (Vec<(Bytes, Bytes)>, bool);

/// What lies on a disk.
pub(crate) type Rows = BTreeMap<Bytes, Bytes>;

/// An ordered map from bytes to bytes that is a little behind what was written to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    /// What would survive a crash, but for `adrift`.
    durable: Rows,
    /// With everything that was written.
    written: Rows,
    pending: VecDeque<(Ticket, StoreOp)>,
    /// What the host was told to be durable since the disk first lied to it.
    adrift: Vec<Adrift>,
    /// How it first lied.
    lie: Option<Lie>,
    last_ticket: Option<Ticket>,
    acknowledged: Option<Ticket>,
    /// When the last operation is done.
    pub(crate) busy_until: Instant,
    /// What every operation comes to.
    pub(crate) failure: Option<StoreFailure>,
}

/// A batch that was said to be durable, and whether it would survive a crash.
#[derive(Clone, Debug)]
struct Adrift {
    op: StoreOp,
    survives: bool,
}

/// How a disk lies when it says that a batch is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Neither this batch nor any later one is, for a while.
    Late,
    /// This batch is not, for a while; later ones are.
    Reordered,
}

/// What was lost in a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Batches that nobody was told to be durable.
    pub(crate) pending: u64,
    /// A batch was applied in part.
    pub(crate) is_torn: bool,
    /// Something was lost that was said to be durable.
    pub(crate) was_lied_to: bool,
}

impl Disk {
    /// Writes a batch. False if a later ticket came before it.
    pub(crate) fn write(&mut self, ticket: Ticket, op: StoreOp) -> bool {
        let is_in_order = self.take_ticket(ticket);
        apply(&mut self.written, &op.changes);
        self.pending.push_back((ticket, op));
        is_in_order
    }

    /// Tickets come in their order (C6).
    pub(crate) fn take_ticket(&mut self, ticket: Ticket) -> bool {
        self.last_ticket.replace(ticket).is_none_or(|last| last < ticket)
    }

    /// Makes everything up to a ticket durable, or only says so.
    pub(crate) fn sync(&mut self, through: Ticket, lie: Option<Lie>) {
        while self.pending.front().is_some_and(|(ticket, _)| *ticket <= through) {
            if let Some((ticket, op)) = self.pending.pop_front() {
                self.acknowledged = Some(ticket);
                self.settle(op, lie);
            }
        }
    }

    fn settle(&mut self, op: StoreOp, lie: Option<Lie>) {
        self.lie = self.lie.or(lie);
        match self.lie {
            None => apply(&mut self.durable, &op.changes),
            Some(kind) => {
                let survives = kind == Lie::Reordered && lie.is_none();
                self.adrift.push(Adrift { op, survives });
            }
        }
    }

    /// Makes everything durable that was ever said to be.
    pub(crate) fn own_up(&mut self) {
        self.lie = None;
        for batch in core::mem::take(&mut self.adrift) {
            apply(&mut self.durable, &batch.op.changes);
        }
    }

    /// Whether the disk has lied and not owned up.
    pub(crate) fn is_lying(&self) -> bool {
        self.lie.is_some()
    }

    /// Says that everything up to a ticket is durable, and makes durable what is before it: the
    /// last batch waits for the next one.
    pub(crate) fn sync_late(&mut self, through: Ticket) {
        let before = self.pending.iter().map(|(ticket, _)| *ticket).filter(|it| *it < through);
        if let Some(last) = before.max() {
            self.sync(last, None);
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

    /// How many batches before this one are not acknowledged.
    pub(crate) fn pending_before(&self, ticket: Ticket) -> usize {
        self.pending.iter().filter(|(other, _)| *other < ticket).count()
    }

    /// Whether the host was told that this is durable.
    pub(crate) fn has_acknowledged(&self, ticket: Ticket) -> bool {
        self.acknowledged.is_some_and(|last| ticket <= last)
    }

    /// Loses all but the first few of the batches that are not acknowledged, and whatever the disk
    /// lied about. If it tears, some changes of the first lost batch, if it has several, are on
    /// the disk all the same.
    pub(crate) fn crash(&mut self, survivors: usize, mut tears: Option<&mut Rng>) -> Loss {
        let mut loss = Loss::default();
        self.lie = None;
        for batch in core::mem::take(&mut self.adrift) {
            loss.was_lied_to |= !batch.survives;
            if batch.survives {
                apply(&mut self.durable, &batch.op.changes);
            }
        }
        let pending = core::mem::take(&mut self.pending);
        for (number, (_, op)) in pending.into_iter().enumerate() {
            if number < survivors {
                apply(&mut self.durable, &op.changes);
                continue;
            }
            loss.pending = loss.pending.saturating_add(1);
            if let Some(rng) = tears.take() {
                self.tear(&op, rng, &mut loss);
            }
        }
        self.begin_again();
        loss
    }

    /// Applies some changes of a batch: at least one, and not all.
    fn tear(&mut self, op: &StoreOp, rng: &mut Rng, loss: &mut Loss) {
        let Some(last) = op.changes.len().checked_sub(1).filter(|last| *last > 0) else { return };
        let missing = rng.size(&(0..=last));
        let there = if missing == last { 0 } else { last };
        let is_there = |place: usize| place == there || (place != missing && rng.one_in(2));
        let chosen: Vec<bool> = (0..=last).map(is_there).collect();
        let part: Vec<Change> = op
            .changes
            .iter()
            .zip(chosen)
            .filter(|(_, is_there)| *is_there)
            .map(|(change, _)| change.clone())
            .collect();
        loss.is_torn = true;
        apply(&mut self.durable, &part);
    }

    /// Flips one bit of one of the values, if there is any: each byte of all of them alike.
    pub(crate) fn rot(&mut self, pick: u64) -> bool {
        self.own_up();
        let size = |value: &Bytes| u64::try_from(value.len()).unwrap_or(u64::MAX);
        let total = self.durable.values().map(size).fold(0, u64::saturating_add);
        let Some(mut place) = pick.checked_rem(total) else { return false };
        for (key, value) in &mut self.durable {
            if place >= size(value) {
                place = place.saturating_sub(size(value));
                continue;
            }
            let mut bytes = value.to_vec();
            if let Some(byte) = bytes.get_mut(usize::try_from(place).unwrap_or(0)) {
                *byte ^= 1 << (pick >> 61);
            }
            let was = core::mem::replace(value, bytes.into());
            // what was written over it since will be over it on the disk too
            if let Some(written) = self.written.get_mut(key).filter(|written| **written == was) {
                *written = value.clone();
            }
            return true;
        }
        false
    }

    /// A copy of everything that is durable.
    pub(crate) fn copy(&mut self) -> Rows {
        self.own_up();
        self.durable.clone()
    }

    /// Holds nothing but these rows.
    pub(crate) fn replace(&mut self, rows: Rows) {
        self.durable = rows;
        self.pending.clear();
        self.adrift.clear();
        self.lie = None;
        self.failure = None;
        self.begin_again();
    }

    /// For a node that has just started: it reads what is durable.
    fn begin_again(&mut self) {
        self.written = self.durable.clone();
        self.last_ticket = None;
        self.acknowledged = None;
        self.busy_until = Instant::default();
    }
}

fn apply(rows: &mut Rows, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Put { key, value } => {
                rows.insert(key.clone(), value.clone());
            }
            Change::Delete { key } => {
                rows.remove(key);
            }
            Change::DeletePrefix { prefix } => rows.retain(|key, _| !key.starts_with(prefix)),
        }
    }
}

#[cfg(test)]
mod tests;
