//! Which statements are whole: everything that their meaning depends on is held.
//!
//! A node pins or cites only what is whole. Were a link missing, its author could show it later
//! and thereby change what was pinned.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::authority::set::{Entry, Set, Slot, cut_of};
use crate::id::StatementId;

/// What is known of the wholeness of statements.
pub(in crate::authority::tests) struct Wholeness<'a> {
    set: &'a Set,
    /// None while what the statement depends on is being looked at.
    known: BTreeMap<Slot, Option<bool>>,
}

impl<'a> Wholeness<'a> {
    pub(in crate::authority::tests) fn new(set: &'a Set) -> Self {
        Self { set, known: BTreeMap::new() }
    }

    /// Whether the statement's lists are known and so is, in turn, everything that is named by its
    /// `prev`, its credential, its cut and its citations.
    pub(in crate::authority::tests) fn is_whole(&mut self, slot: Slot) -> bool {
        let mut path = Vec::from([slot]);
        while let Some(&next) = path.last() {
            if self.known(next).is_none() {
                let pending = self.dependencies(next).filter(|slot| !self.known.contains_key(slot));
                let pending: Vec<Slot> = pending.collect();
                if !self.known.contains_key(&next) && !pending.is_empty() {
                    self.known.insert(next, None);
                    path.extend(pending);
                    continue;
                }
                let whole = self.names_only_held(next)
                    && self.dependencies(next).all(|slot| self.known(slot) == Some(true));
                self.known.insert(next, Some(whole));
            }
            path.pop();
        }
        self.known(slot) == Some(true)
    }

    fn known(&self, slot: Slot) -> Option<bool> {
        self.known.get(&slot).copied().flatten()
    }

    fn names_only_held(&self, slot: Slot) -> bool {
        let Some(entry) = self.set.entry(slot) else { return false };
        // the checkpoint has fixed what it means
        if entry.survivor.is_some() {
            return true;
        }
        let full = entry.statement.lists().are_full();
        full && named(entry).all(|id| self.set.slot(id).is_some())
    }

    /// What the statement names and is held.
    fn dependencies(&self, slot: Slot) -> impl Iterator<Item = Slot> + use<'a> {
        let set = self.set;
        let entry = set.entry(slot).filter(|entry| entry.survivor.is_none()).into_iter();
        entry.flat_map(move |entry| named(entry).filter_map(|id| set.slot(id)).chain(entry.cred))
    }
}

/// Whatever a statement names but the grant that it is signed under, which is always held.
fn named(entry: &Entry) -> impl Iterator<Item = &StatementId> {
    let lists = entry.statement.lists();
    lists.prev().iter().chain(lists.cites()).chain(cut_of(&entry.statement))
}
