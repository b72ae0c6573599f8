//! What an author signed before the checkpoint that counts and what survived of it.
//!
//! What lay between is gone, so the survivors count as one line in the order of their rank, which
//! everything that the author signs afterwards follows. They name nothing: the checkpoint has fixed
//! what they mean. One that is dead is in no line.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::set::{Entry, Person, Set, Slot};
use super::slots::Slots;
use crate::checkpoint::Worth;
use crate::id::StatementId;

/// What survived of one author, by rank.
pub(super) type Line = Vec<((u32, StatementId), Slot)>;

impl Set {
    /// Makes a line of each author's survivors; all of them are here, and nothing else.
    pub(super) fn align(&mut self) {
        let mut lines: BTreeMap<Person, Line> = BTreeMap::new();
        for (slot, entry) in self.entries().filter(|(_, entry)| entry.is_in_line()) {
            lines.entry(entry.author).or_default().push((entry.rank(), slot));
        }
        for (author, mut line) in lines {
            line.sort_unstable();
            for ((_, before), (_, slot)) in line.iter().zip(line.iter().skip(1)) {
                self.follow(*slot, *before);
                self.enchain(*slot);
            }
            for (_, slot) in &line {
                self.sink(*slot);
            }
            if let Some(file) = self.files.get_mut(author.index()) {
                file.line = line.last().map(|last| last.1);
            }
        }
    }

    /// Registers that a new statement follows what its author's line ends with.
    pub(super) fn follow_line(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot) else { return };
        let lists = entry.statement.lists();
        let last = self.line_before(entry).and_then(|last| self.entry(last));
        let last = last.map(|last| last.statement.id()).filter(|id| !lists.prev().contains(id));
        if let Some(last) = last.and_then(|id| self.slot(&id)).and_then(|last| self.entry_mut(last))
        {
            last.named_by.push(slot);
        }
    }

    fn follow(&mut self, slot: Slot, before: Slot) {
        if let Some(entry) = self.entry_mut(slot) {
            entry.prev = Slots::from_iter([before]);
        }
        if let Some(entry) = self.entry_mut(before) {
            entry.named_by.push(slot);
        }
        self.note_no_head(before);
    }

    /// The end of the line of a statement's author, if the statement was signed afterwards.
    pub(super) fn line_before(&self, entry: &Entry) -> Option<Slot> {
        self.file(entry.author).line.filter(|_| entry.survivor.is_none())
    }
}

impl Entry {
    fn is_in_line(&self) -> bool {
        self.worth().is_some_and(|worth| worth != Worth::Dead)
    }
}
