//! What names what: kept as statements come, in whatever order.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::set::{Entry, File, Person, Set, Slot, cut_of};
use super::slots::Slots;
use crate::checkpoint::Worth;
use crate::id::StatementId;
use crate::statement::Body;

impl Set {
    /// The statements of the same author that link to this one.
    pub(super) fn next(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        let namers = self.entry(slot).into_iter().flat_map(|entry| &entry.named_by);
        let own = move |namer: &&Slot| self.entry(**namer).is_some_and(|e| e.prev.contains(&slot));
        namers.filter(own).copied()
    }

    /// The grants that cite this statement.
    pub(super) fn citing(&self, slot: Slot) -> impl Iterator<Item = &Entry> {
        let namers = self.entry(slot).into_iter().flat_map(|entry| &entry.named_by);
        let namers = namers.filter_map(|&namer| self.entry(namer));
        namers.filter(move |namer| namer.cites.contains(&slot))
    }

    /// The removals and demotions whose cuts name this statement of their subject.
    pub(super) fn pinning(&self, slot: Slot) -> impl Iterator<Item = &Entry> {
        let entry = self.entry(slot).into_iter();
        entry.flat_map(move |entry| {
            let namers = entry.named_by.iter().filter_map(|&namer| self.entry(namer));
            namers.filter(|namer| pins(namer, entry))
        })
    }

    /// Connects a new statement with what it names and with what named it before it came.
    /// Whether anything did. Costs its lists and those of whatever named it.
    pub(super) fn link(&mut self, slot: Slot) -> bool {
        let Some(entry) = self.entry(slot) else { return false };
        let id = entry.statement.id();
        let (full, cred) = (entry.statement.lists().are_full(), entry.cred);
        let named: Vec<StatementId> = named(entry).copied().collect();
        let is_survivor = entry.survivor.is_some();
        let lacks_cred = cred.is_some_and(|cred| !self.is_whole(cred));
        let namers = self.awaited.remove(&id).unwrap_or_default();
        if let Some(entry) = self.entry_mut(slot) {
            let lacks = u32::from(!full).saturating_add(u32::from(lacks_cred));
            entry.lacks = if is_survivor { 0 } else { lacks };
            entry.named_by.clone_from(&namers);
        }
        for namer in &namers {
            self.resolve(*namer);
        }
        self.name(slot, &named);
        self.follow_line(slot);
        self.resolve(slot);
        self.note_head(slot);
        self.note_if_whole(slot);
        !namers.is_empty()
    }

    /// Connects a statement, held before, with what its lists name, now that they are known.
    pub(super) fn link_lists(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot) else { return };
        let lists = entry.statement.lists();
        let named: Vec<StatementId> = lists.prev().iter().chain(lists.cites()).copied().collect();
        self.name(slot, &named);
        self.resolve(slot);
        self.found(slot);
    }

    /// Takes a statement out of all connections: whatever named it awaits it again. Its place is
    /// for another.
    pub(super) fn unlink(&mut self, slot: Slot) {
        self.note_not_whole(slot);
        let Some(entry) = self.entry_mut(slot) else { return };
        let id = entry.statement.id();
        let namers = core::mem::take(&mut entry.named_by);
        let links = core::mem::take(&mut entry.prev);
        entry.cites = Slots::NONE;
        let (rank, author) = (entry.rank(), entry.author);
        let named: Vec<StatementId> = named(entry).copied().collect();
        for id in named {
            let slots = match self.slots.get(&id).copied() {
                Some(held) => self.entry_mut(held).map(|entry| &mut entry.named_by),
                None => self.awaited.get_mut(&id),
            };
            if let Some(slots) = slots {
                slots.retain(|namer| *namer != slot);
            }
            if self.awaited.get(&id).is_some_and(|slots| slots.is_empty()) {
                self.awaited.remove(&id);
            }
        }
        self.slots.remove(&id);
        for &namer in &namers {
            self.resolve(namer);
        }
        if !namers.is_empty() {
            self.awaited.insert(id, namers);
        }
        self.file_mut(author, |file| file.heads.remove(&rank));
        for &link in &links {
            if let Some(entry) = self.entry_mut(link) {
                entry.named_by.retain(|namer| *namer != slot);
            }
            self.note_head(link);
        }
    }

    /// Whether an act of its author other than a Resign, or a cut of a removal of its author,
    /// names a statement, held or not.
    pub(super) fn is_relied_on(&self, id: &StatementId, author: Person) -> bool {
        let held = self.slot(id).and_then(|slot| self.entry(slot)).map(|entry| &entry.named_by);
        let namers = held.or_else(|| self.awaited.get(id)).into_iter().flatten();
        let mut namers = namers.filter_map(|&namer| self.entry(namer));
        namers.any(|namer| {
            let is_act = namer.author == author && !namer.is_resign();
            let is_prev = is_act && namer.statement.lists().prev().contains(id);
            is_prev || (namer.subject == Some(author) && cut_of(&namer.statement).contains(id))
        })
    }

    /// Those whom a new path over this statement may concern: who has grants that reach it or cite
    /// what does, or removals and grants that it reaches; both at once, so the lesser of the two
    /// is looked for.
    pub(super) fn concerned(&self, slot: Slot) -> BTreeSet<Person> {
        let (mut above, mut below) = (Vec::from([slot]), Vec::from([slot]));
        let (mut known_above, mut known_below) = (BTreeSet::from([slot]), BTreeSet::from([slot]));
        let mut by_above = BTreeSet::new();
        let mut by_below = BTreeSet::new();
        loop {
            let Some(at) = above.pop() else { return by_above };
            by_above
                .extend(self.entry(at).filter(|entry| entry.is_grant()).and_then(|e| e.subject));
            by_above.extend(self.citing(at).filter_map(|grant| grant.subject));
            above.extend(self.next(at).filter(|next| known_above.insert(*next)));
            let Some(at) = below.pop() else { return by_below };
            let Some(entry) = self.entry(at) else { continue };
            by_below.extend(entry.subject);
            below.extend(entry.prev.iter().filter(|prev| known_below.insert(**prev)));
            self.step();
        }
    }

    /// Registers that a statement names these.
    fn name(&mut self, slot: Slot, named: &[StatementId]) {
        let mut lacks = 0_u32;
        for id in named {
            let held = self.slot(id);
            lacks = lacks.saturating_add(u32::from(held.is_none_or(|held| !self.is_whole(held))));
            match held.and_then(|held| self.entry_mut(held)) {
                Some(entry) => entry.named_by.push(slot),
                None => self.awaited.entry(*id).or_default().push(slot),
            }
        }
        if let Some(entry) = self.entry_mut(slot) {
            entry.lacks = entry.lacks.saturating_add(lacks);
        }
    }

    /// Finds the links and citations of a statement anew.
    fn resolve(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot).filter(|entry| entry.survivor.is_none()) else { return };
        let lists = entry.statement.lists();
        let held = lists.prev().iter().filter_map(|id| self.find(id));
        let own = held.filter(|(_, prev)| prev.author == entry.author);
        let mut prev: Slots = own.map(|(slot, _)| slot).collect();
        if let Some(last) = self.line_before(entry).filter(|last| !prev.contains(last)) {
            prev.push(last);
        }
        let cited = lists.cites().iter().filter(|_| entry.is_grant());
        let held_cites: Slots = cited.filter_map(|id| self.slot(id)).collect();
        for &prev in &prev {
            self.note_no_head(prev);
        }
        if let Some(entry) = self.entry_mut(slot) {
            (entry.prev, entry.cites) = (prev, held_cites);
        }
        self.step();
    }

    fn note_head(&mut self, slot: Slot) {
        let is_dead = self.entry(slot).is_none_or(|entry| entry.worth() == Some(Worth::Dead));
        if is_dead || self.next(slot).next().is_some() {
            return;
        }
        if let Some((author, rank)) = self.entry(slot).map(|entry| (entry.author, entry.rank())) {
            self.file_mut(author, |file| file.heads.insert(rank));
        }
    }

    pub(super) fn note_no_head(&mut self, slot: Slot) {
        if let Some((author, rank)) = self.entry(slot).map(|entry| (entry.author, entry.rank())) {
            self.file_mut(author, |file| file.heads.remove(&rank));
        }
    }

    fn file_mut(&mut self, person: Person, change: impl FnOnce(&mut File) -> bool) {
        if let Some(file) = self.files.get_mut(person.index()) {
            change(file);
        }
    }
}

/// Whether the cut of a removal or demotion names a statement of its subject.
pub(super) fn pins(removal: &Entry, entry: &Entry) -> bool {
    removal.subject == Some(entry.author)
        && cut_of(&removal.statement).contains(&entry.statement.id())
}

/// Whatever a statement names but the grant that it is signed under, which is always held, and the
/// one that it continues. A survivor names nothing.
fn named(entry: &Entry) -> impl Iterator<Item = &StatementId> {
    let new = Some(entry).filter(|entry| entry.survivor.is_none()).into_iter();
    new.flat_map(|entry| {
        let lists = entry.statement.lists();
        lists.prev().iter().chain(lists.cites()).chain(cut_of(&entry.statement))
    })
}

impl Entry {
    pub(super) fn is_grant(&self) -> bool {
        self.statement.grant().is_some()
    }

    /// Whether it removes or demotes.
    pub(super) fn is_removal(&self) -> bool {
        matches!(self.statement.body(), Body::Remove { .. } | Body::Demote { .. })
    }
}
