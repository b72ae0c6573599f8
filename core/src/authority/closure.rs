//! Which removals pin a statement, which Resigns reach it, and which removals a grant covers.
//!
//! The removals of a peer and its Resigns are its anchors, numbered as they come. Each statement
//! bears the anchors from which it is reached over the links of its author; they sink along new
//! links and never rise. So all of it costs, over all time, one look for each anchor and statement
//! below it, and the memory of a bit. An anchor that reaches all that its peer has signed when it
//! comes, as one does that an honest node signs, costs neither: it is noted once, and reaches
//! whatever came before it. How many bits there may be of all others is bounded by what a set has
//! room for.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::bits::Bits;
use super::chains::Reach;
use super::set::{Entry, Person, Set, Slot, cut_of};
use crate::id::StatementId;
use crate::limits::CUT_MAX;

impl Set {
    /// Numbers a new removal or Resign among the anchors of whose statements it reaches.
    pub(super) fn anchor(&mut self, slot: Slot) {
        let person = self.entry(slot).and_then(Entry::anchored).map(|(person, _)| person);
        let Some(person) = person else { return };
        let Some(file) = self.files.get_mut(person.index()) else { return };
        let number = file.anchors.len();
        file.anchors.push(slot);
        if let Some(entry) = self.entry_mut(slot) {
            entry.anchor = number;
        }
    }

    /// Lets the anchors of whatever links to or pins a statement sink to it, and what it anchors
    /// itself to what that pins or links to.
    pub(super) fn sink(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot) else { return };
        let mut bits = Bits::default();
        for next in self.next(slot).filter_map(|next| self.entry(next)) {
            bits.absorb(&self.anchors_of(next));
        }
        for removal in self.pinning(slot) {
            bits.insert(removal.anchor);
        }
        let mut reached = Vec::new();
        // what was evaluated before may count with it as reaching less than it does now
        let is_full = self.news.fresh.contains(&slot) && self.is_full(slot);
        if let Some((person, number)) = entry.anchored().filter(|_| is_full) {
            if let Some(file) = self.files.get_mut(person.index()) {
                file.full.insert(number);
            }
        } else if entry.is_resign() {
            bits.insert(entry.anchor);
        } else if entry.is_removal() {
            let mut own = Bits::default();
            own.insert(entry.anchor);
            let pinned = cut_of(&entry.statement).iter().filter_map(|id| self.find(id));
            let pinned = pinned.filter(|(_, head)| Some(head.author) == entry.subject);
            reached.extend(pinned.map(|(head, _)| (head, own.clone())));
        }
        reached.push((slot, bits));
        for (slot, bits) in reached {
            self.spread(slot, &bits);
        }
        // links that are new may lead from what bore its anchors before
        self.spread_on(Vec::from([slot]));
    }

    /// Anchors all that a peer signed anew, after a link of it was taken out.
    pub(super) fn sink_anew(&mut self, person: Person) {
        let signed = self.file(person).signed.clone();
        for &slot in &signed {
            if let Some(entry) = self.entry_mut(slot) {
                entry.anchors = Bits::default();
            }
        }
        if let Some(file) = self.files.get_mut(person.index()) {
            file.full = Bits::default();
        }
        for &slot in &signed {
            self.sink(slot);
        }
        self.news.reached.extend(signed.iter());
    }

    /// Whether an anchor reaches all that is held of what its peer signed, and nothing of that came
    /// later than it.
    pub(super) fn is_full(&self, slot: Slot) -> bool {
        let Some(entry) = self.entry(slot) else { return false };
        let Some((person, number)) = entry.anchored() else { return false };
        let file = self.file(person);
        // whatever is no head lies below one, and a head below nothing
        let is_itself = |id: &StatementId| entry.is_resign() && *id == entry.statement.id();
        let is_pinned = |id: &StatementId| cut_of(&entry.statement).contains(id);
        let last = file.signed.last().and_then(|last| self.entry(*last));
        last.is_none_or(|last| last.born as usize <= number)
            && file.heads.len() <= CUT_MAX
            && file.heads.iter().all(|(_, id)| is_itself(id) || is_pinned(id))
    }

    /// Whether all these anchors of its author reach a statement.
    pub(super) fn is_reached_by(&self, entry: &Entry, anchors: &Bits) -> bool {
        let full = &self.file(entry.author).full;
        anchors.is_within_either(&entry.anchors, full, entry.born as usize)
    }

    /// The anchors that reach a statement.
    fn anchors_of(&self, entry: &Entry) -> Bits {
        let mut anchors = entry.anchors.clone();
        anchors.absorb_from(&self.file(entry.author).full, entry.born as usize);
        anchors
    }

    fn spread(&mut self, slot: Slot, bits: &Bits) {
        if self.absorb(slot, bits) {
            self.spread_on(Vec::from([slot]));
        }
    }

    fn spread_on(&mut self, mut open: Vec<Slot>) {
        while let Some(slot) = open.pop() {
            self.step();
            let Some(entry) = self.entry(slot) else { continue };
            let bits = self.anchors_of(entry);
            if bits.is_empty() {
                continue;
            }
            for link in entry.prev.clone().iter().copied() {
                if self.absorb(link, &bits) {
                    open.push(link);
                }
            }
        }
    }

    /// Lets anchors reach a statement; says whether any is new to it.
    fn absorb(&mut self, slot: Slot, bits: &Bits) -> bool {
        let Some(entry) = self.entry(slot) else { return false };
        let full = &self.file(entry.author).full;
        let new = bits.beyond(&entry.anchors, full, entry.born as usize);
        if new.is_empty() {
            return false;
        }
        if let Some(entry) = self.entry_mut(slot) {
            entry.anchors.absorb(&new);
        }
        self.news.reached.insert(slot);
        true
    }

    /// Finds what a grant covers: what its issuer's earlier grants to the subject cover, and what
    /// it cites beyond that. Costs a look at the last of those and at each removal that is new.
    pub(super) fn cover(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot).filter(|entry| entry.is_grant()) else { return };
        let Some(subject) = entry.subject else { return };
        let mut cover = Bits::default();
        if self.file(subject).grants.len() > 1 {
            cover = self.covered_within(&self.reach([slot]), subject, Some(slot));
        }
        let cited = self.reach(entry.cites.iter().copied());
        for chain in cited.of(&self.removals_at, subject) {
            // what covers one of a chain covers those before it
            for (_, removal) in chain.filter_map(|slot| Some((slot, self.entry(slot)?))) {
                self.step();
                if !cover.insert(removal.anchor) {
                    break;
                }
            }
        }
        self.cover_also(slot, &cover);
    }

    /// Lets grants cover more, after a statement came late or its lists did: whatever reaches it
    /// now also reaches what it links to. Costs a look at the removals of and grants to each peer
    /// that is concerned.
    pub(super) fn cover_more(&mut self, slot: Slot) {
        let people = self.concerned(slot);
        let reach = self.reach([slot]);
        for &person in &people {
            let gained = self.removals_within(&reach, person);
            if !gained.is_empty() {
                self.cover_by_citing(slot, person, &gained);
            }
        }
        self.cover(slot);
        let Some(author) = self.entry(slot).map(|entry| entry.author) else { return };
        for &person in &people {
            let gained = self.covered_within(&reach, person, None);
            if gained.is_empty() {
                continue;
            }
            let grants = self.grants_by(author, person);
            let above: Vec<Slot> = grants.filter(|grant| self.reaches(*grant, slot)).collect();
            for grant in above {
                self.cover_also(grant, &gained);
            }
        }
    }

    /// Lets the grants to a peer that cite what reaches a statement, and later ones by the same
    /// issuers, cover these removals.
    fn cover_by_citing(&mut self, slot: Slot, person: Person, gained: &Bits) {
        let grants = self.file(person).grants.clone();
        let citing = self.all(&grants).filter(|(_, grant)| {
            self.step();
            grant.cites.iter().any(|&cite| self.reaches(cite, slot))
        });
        let firsts = self.firsts(citing.map(|(grant, _)| grant));
        if firsts.is_empty() {
            return;
        }
        for &grant in &grants {
            if self.reach([grant]).meets(&firsts) {
                self.cover_also(grant, gained);
            }
        }
    }

    fn cover_also(&mut self, grant: Slot, more: &Bits) {
        if self.entry_mut(grant).is_some_and(|entry| entry.cover.absorb(more)) {
            self.news.covered.insert(grant);
        }
    }

    /// Finds what the grants to these peers cover anew, after a link was taken out.
    pub(super) fn cover_anew(&mut self, people: &BTreeSet<Person>) {
        for &person in people {
            let grants = self.file(person).grants.clone();
            let cited = self.all(&grants).map(|(slot, grant)| (slot, self.cited(grant, person)));
            let cited: Vec<(Slot, Bits)> = cited.filter(|(_, bits)| !bits.is_empty()).collect();
            for &grant in &grants {
                let reach = self.reach([grant]);
                let mut cover = Bits::default();
                for (_, bits) in cited.iter().filter(|(other, _)| self.is_in(&reach, *other)) {
                    self.step();
                    cover.absorb(bits);
                }
                if let Some(entry) = self.entry_mut(grant).filter(|entry| entry.cover != cover) {
                    entry.cover = cover;
                    self.news.covered.insert(grant);
                }
            }
        }
    }

    /// The removals of a grant's subject in the closures of its own citations.
    fn cited(&self, grant: &Entry, subject: Person) -> Bits {
        if grant.cites.is_empty() {
            return Bits::default();
        }
        self.removals_within(&self.reach(grant.cites.iter().copied()), subject)
    }

    fn removals_within(&self, reach: &Reach, subject: Person) -> Bits {
        let mut bits = Bits::default();
        for removal in reach.of(&self.removals_at, subject).flatten() {
            self.step();
            if let Some(removal) = self.entry(removal) {
                bits.insert(removal.anchor);
            }
        }
        bits
    }

    /// What an issuer's grants to a subject cover that are within reach, but for one: of each chain
    /// the last covers what those before it do.
    fn covered_within(&self, reach: &Reach, subject: Person, but: Option<Slot>) -> Bits {
        let mut bits = Bits::default();
        for mut chain in reach.of(&self.grants_at, subject) {
            self.step();
            if let Some(grant) = chain.find(|slot| Some(*slot) != but).and_then(|it| self.entry(it))
            {
                bits.absorb(&grant.cover);
            }
        }
        bits
    }

    fn grants_by(&self, author: Person, subject: Person) -> impl Iterator<Item = Slot> {
        let grants = self.all(&self.file(subject).grants);
        let own = grants.filter(move |(_, grant)| {
            self.step();
            grant.author == author
        });
        own.map(|(slot, _)| slot)
    }
}

impl Entry {
    /// Of whose statements it is an anchor, and its number among these.
    fn anchored(&self) -> Option<(Person, usize)> {
        let subject = self.subject.filter(|_| self.is_removal());
        let person = subject.or_else(|| self.is_resign().then_some(self.author))?;
        Some((person, self.anchor))
    }
}
