//! What was announced and has not come.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::broadcast::Item;
use crate::broadcast::Stem;
use crate::broadcast::slots::{SLOTS_MAX, Slots};
use crate::limits::{AWAITED_MAX, AWAITED_PER_NEIGHBOUR_MAX};
use crate::time::Instant;

/// An item that others have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Awaited {
    pub(super) stem: Option<Stem>,
    /// Who announced it first: at most [`AWAITED_PER_NEIGHBOUR_MAX`] of each.
    charged: u8,
    /// Who has been asked last.
    pub(super) asked: Option<u8>,
    /// Who announced it and has not been asked.
    pub(super) announcers: Slots,
    due: Instant,
}

/// Announced items, at most [`AWAITED_MAX`].
#[derive(Debug, Default)]
pub(super) struct AwaitedItems {
    items: BTreeMap<Item, Awaited>,
    by_time: BTreeSet<(Instant, Item)>,
    /// How many stand for the announcements of each slot.
    charges: [usize; SLOTS_MAX as usize],
}

impl AwaitedItems {
    /// Somebody announced an item: it is to be asked for at `due`, or as was settled when the first
    /// announced it. False if that is one too many.
    pub(super) fn announce(
        &mut self,
        item: Item,
        stem: Option<Stem>,
        slot: u8,
        due: Instant,
    ) -> bool {
        if let Some(known) = self.items.get_mut(&item) {
            if known.asked != Some(slot) {
                known.announcers = known.announcers.with(Slots::one(slot));
            }
            return true;
        }
        if self.items.len() >= AWAITED_MAX || self.charge(slot) >= AWAITED_PER_NEIGHBOUR_MAX {
            return false;
        }
        self.count(slot, true);
        let announcers = Slots::one(slot);
        self.items.insert(item, Awaited { stem, charged: slot, asked: None, announcers, due });
        self.by_time.insert((due, item));
        true
    }

    /// An item came.
    pub(super) fn remove(&mut self, item: &Item) -> Option<Awaited> {
        let gone = self.items.remove(item)?;
        self.by_time.remove(&(gone.due, *item));
        self.count(gone.charged, false);
        Some(gone)
    }

    fn charge(&self, slot: u8) -> usize {
        self.charges.get(usize::from(slot)).copied().unwrap_or(usize::MAX)
    }

    fn count(&mut self, slot: u8, is_more: bool) {
        if let Some(charge) = self.charges.get_mut(usize::from(slot)) {
            *charge = if is_more { charge.saturating_add(1) } else { charge.saturating_sub(1) };
        }
    }

    /// The next that is due, and who was asked for it in vain. It is asked for again, of the next
    /// who announced it, if there is somebody, and else forgotten.
    pub(super) fn take_due(&mut self, now: Instant, again: Instant) -> Option<Due> {
        let &(due, item) = self.by_time.first().filter(|(due, _)| *due <= now)?;
        let entry = self.items.get_mut(&item)?;
        let (stem, failed) = (entry.stem, entry.asked);
        let first = Some(entry.charged).filter(|first| entry.announcers.contains(*first));
        let next = first.or_else(|| entry.announcers.first());
        if let Some(next) = next {
            entry.announcers = entry.announcers.without(Slots::one(next));
            entry.asked = Some(next);
            entry.due = again;
            self.by_time.remove(&(due, item));
            self.by_time.insert((again, item));
        } else {
            self.remove(&item);
        }
        Some(Due { item, stem, failed, next })
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.by_time.first().map(|(due, _)| *due)
    }

    /// A link is gone: who was asked over it will not answer.
    pub(super) fn cut(&mut self, gone: u8, now: Instant) {
        let concerns = |of: &Awaited| {
            of.charged == gone || of.asked == Some(gone) || of.announcers.contains(gone)
        };
        let concerned = self.items.iter().filter(|(_, of)| concerns(of));
        let concerned: Vec<Item> = concerned.map(|(item, _)| *item).collect();
        for item in concerned {
            let Some(mut entry) = self.remove(&item) else { continue };
            entry.announcers = entry.announcers.without(Slots::one(gone));
            if entry.asked == Some(gone) {
                entry.asked = None;
                entry.due = now;
            }
            if let Some(other) = entry.asked.or_else(|| entry.announcers.first()) {
                entry.charged = other;
                self.count(other, true);
                self.by_time.insert((entry.due, item));
                self.items.insert(item, entry);
            }
        }
    }

    #[cfg(any(test, feature = "simulation"))]
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }
}

/// An item whose time has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) item: Item,
    pub(super) stem: Option<Stem>,
    /// Who was asked and did not send it.
    pub(super) failed: Option<u8>,
    /// Who is to be asked now.
    pub(super) next: Option<u8>,
}
