//! Which removals pin a statement, which Resigns reach it, and which removals a grant covers.
//!
//! The removals of a peer and its Resigns are its anchors, numbered as they come. Each statement
//! bears the anchors from which it is reached over the links of its author; they sink along new
//! links and never rise. So all of it costs, over all time, one look for each anchor and statement
//! below it, and the memory of a bit: with n statements that is at worst n²/4 of them, had by
//! whoever fills half of the set with removals of one peer that pin the other half: 128 MiB of a
//! set that is full.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::bits::Bits;
use super::chains::Reach;
use super::set::{Entry, Person, Set, Slot, cut_of};

impl Set {
    /// Numbers a new removal or Resign among the anchors of whose statements it reaches.
    pub(super) fn anchor(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot) else { return };
        let person = match entry.subject {
            Some(subject) if entry.is_removal() => subject,
            None if entry.is_resign() => entry.author,
            _ => return,
        };
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
        if entry.is_resign() {
            bits.insert(entry.anchor);
        }
        for next in self.next(slot).filter_map(|next| self.entry(next)) {
            bits.absorb(&next.anchors);
        }
        for removal in self.pinning(slot) {
            bits.insert(removal.anchor);
        }
        let mut reached = Vec::new();
        if entry.is_removal() {
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
        for &slot in &signed {
            self.sink(slot);
        }
        self.news.reached.extend(signed.iter());
    }

    fn spread(&mut self, slot: Slot, bits: &Bits) {
        let Some(entry) = self.entry_mut(slot) else { return };
        if entry.anchors.absorb(bits) {
            self.news.reached.insert(slot);
            self.spread_on(Vec::from([slot]));
        }
    }

    fn spread_on(&mut self, mut open: Vec<Slot>) {
        while let Some(slot) = open.pop() {
            self.step();
            let Some(entry) = self.entry_mut(slot) else { continue };
            if entry.anchors.is_empty() {
                continue;
            }
            let bits = core::mem::take(&mut entry.anchors);
            let prev = core::mem::take(&mut entry.prev);
            for &link in &prev {
                if self.entry_mut(link).is_some_and(|entry| entry.anchors.absorb(&bits)) {
                    self.news.reached.insert(link);
                    open.push(link);
                }
            }
            if let Some(entry) = self.entry_mut(slot) {
                (entry.anchors, entry.prev) = (bits, prev);
            }
        }
    }

    /// Finds what a grant covers: what it cites, and what its issuer's earlier grants to the
    /// subject cover. Costs a look at each removal of and each grant to the subject.
    pub(super) fn cover(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot).filter(|entry| entry.is_grant()) else { return };
        let Some(subject) = entry.subject else { return };
        let mut cover = self.cited(entry, subject);
        let others = self.grants_by(entry.author, subject).filter(|other| *other != slot);
        let others: Vec<Slot> = others.collect();
        if !others.is_empty() {
            cover.absorb(&self.covered_within(&self.reach([slot]), others.into_iter()));
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
            let gained = self.covered_within(&reach, self.grants_by(author, person));
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
        for (slot, removal) in self.all(&self.file(subject).removals) {
            self.step();
            if self.is_in(reach, slot) {
                bits.insert(removal.anchor);
            }
        }
        bits
    }

    /// What those of an issuer's grants to a subject cover that are within reach: of each chain the
    /// last covers what those before it do.
    fn covered_within(&self, reach: &Reach, grants: impl Iterator<Item = Slot>) -> Bits {
        let mut bits = Bits::default();
        let lasts = self.lasts(grants.filter(|&grant| self.is_in(reach, grant)));
        for (_, grant) in self.all(&lasts) {
            bits.absorb(&grant.cover);
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
