//! Which statements are whole: everything that their meaning depends on is held.
//!
//! A node pins or cites only what is whole. Were a link missing, its author could show it later
//! and thereby change what was pinned.
//!
//! Each statement counts what it lacks: its lists, and of all that its `prev`, its credential, its
//! cut and its citations name, what is not held or not whole itself. So wholeness costs a look at
//! each name once.

use alloc::vec::Vec;

use super::set::{Set, Slot};

impl Set {
    /// Whether the statement's lists are known and so is, in turn, everything that is named by its
    /// `prev`, its credential, its cut and its citations.
    pub(super) fn is_whole(&self, slot: Slot) -> bool {
        self.entry(slot).is_some_and(|entry| entry.lacks == 0)
    }

    /// The statement has one more of the things that it lacked.
    pub(super) fn found(&mut self, slot: Slot) {
        let Some(entry) = self.entry_mut(slot) else { return };
        let lacked = entry.lacks;
        entry.lacks = lacked.saturating_sub(1);
        if lacked == 1 {
            self.note_if_whole(slot);
        }
    }

    /// Tells those that depend on a statement, if it is whole, that it now is.
    pub(super) fn note_if_whole(&mut self, slot: Slot) {
        let mut whole = Vec::from([slot]);
        whole.retain(|&slot| self.is_whole(slot));
        while let Some(slot) = whole.pop() {
            for dependent in self.dependents(slot) {
                let Some(entry) = self.entry_mut(dependent) else { continue };
                entry.lacks = entry.lacks.saturating_sub(1);
                if entry.lacks == 0 {
                    whole.push(dependent);
                }
            }
            self.step();
        }
    }

    /// Tells those that depend on a statement, if it was whole, that it no longer is.
    pub(super) fn note_not_whole(&mut self, slot: Slot) {
        let mut broken = Vec::from([slot]);
        broken.retain(|&slot| self.is_whole(slot));
        while let Some(slot) = broken.pop() {
            for dependent in self.dependents(slot) {
                let Some(entry) = self.entry_mut(dependent) else { continue };
                if entry.lacks == 0 {
                    broken.push(dependent);
                }
                entry.lacks = entry.lacks.saturating_add(1);
            }
            self.step();
        }
    }

    /// Whatever names a statement, as often as it does, and what is signed under it. Survivors
    /// depend on nothing: the checkpoint has fixed what they mean.
    fn dependents(&self, slot: Slot) -> Vec<Slot> {
        let entry = self.entry(slot).into_iter();
        let all = entry.flat_map(|entry| entry.named_by.iter().chain(&entry.under)).copied();
        all.filter(|&slot| self.entry(slot).is_some_and(|entry| entry.survivor.is_none())).collect()
    }
}
