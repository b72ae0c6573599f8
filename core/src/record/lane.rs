//! What one author made of one record under one tenure.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use crate::authority::Tenure;
use crate::id::VersionId;
use crate::record::version::Checked;
use crate::stamp::Stamp;

/// Holds at most three versions: the least tombstone, the greatest version that counts and the
/// greatest that does not.
///
/// If any tombstone counts, so does the least: all that speaks against one speaks against the
/// later ones. A counting tombstone of the record's creator ends the lane, and the payloads in it
/// are freed. Another's may itself find no place, and then what it hid must be there again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    tombstone: Option<Box<Checked>>,
    counting: Option<Box<Checked>>,
    waiting: Option<Box<Checked>>,
    /// Whether the tombstone counts.
    deletes: bool,
}

impl Lane {
    /// Sorts what is held, and one more version, by what the tenure supports now. Gives what is no
    /// longer held.
    pub(crate) fn settle(&mut self, tenure: &Tenure, more: Option<Box<Checked>>) -> Vec<Checked> {
        let held = mem::take(self);
        let all = [held.tombstone, held.counting, held.waiting, more];
        let mut dropped = Vec::new();
        for version in all.into_iter().flatten() {
            let counts = tenure.supports(version.version());
            let loser = match (version.is_tombstone(), counts) {
                (true, _) => keep(&mut self.tombstone, version, |new, old| new < old),
                (false, true) => keep(&mut self.counting, version, |new, old| new > old),
                (false, false) => keep(&mut self.waiting, version, |new, old| new > old),
            };
            dropped.extend(loser.map(|version| *version));
        }
        let counting = self.tombstone.as_ref().filter(|it| tenure.supports(it.version()));
        self.deletes = counting.is_some();
        if counting.is_some_and(|tombstone| tombstone.version().is_by_creator()) {
            dropped.extend(self.counting.take().map(|version| *version));
            dropped.extend(self.waiting.take().map(|version| *version));
        }
        dropped
    }

    /// What counts: the tombstone, if it does, and the greatest other version that does.
    pub(crate) fn offers(&self) -> impl Iterator<Item = &Checked> {
        let tombstone = self.tombstone.as_ref().filter(|_| self.deletes);
        tombstone.into_iter().chain(&self.counting).map(Box::as_ref)
    }

    pub(crate) fn held(&self) -> impl Iterator<Item = &Checked> {
        [&self.tombstone, &self.counting, &self.waiting].into_iter().flatten().map(Box::as_ref)
    }

    pub(crate) fn into_held(self) -> impl Iterator<Item = Checked> {
        [self.tombstone, self.counting, self.waiting].into_iter().flatten().map(|version| *version)
    }

    /// Forgets a version that does not stand.
    pub(crate) fn forget(&mut self, id: VersionId) {
        for slot in [&mut self.tombstone, &mut self.counting, &mut self.waiting] {
            let _ = slot.take_if(|version| version.id() == id);
        }
        self.deletes &= self.tombstone.is_some();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held().next().is_none()
    }
}

/// Puts `version` in the slot if it is free or `wins` over what is there. Gives the loser.
fn keep(
    slot: &mut Option<Box<Checked>>,
    version: Box<Checked>,
    wins: fn((Stamp, VersionId), (Stamp, VersionId)) -> bool,
) -> Option<Box<Checked>> {
    match slot {
        Some(old) if !wins(version.order(), old.order()) => Some(version),
        Some(_) | None => slot.replace(version),
    }
}
