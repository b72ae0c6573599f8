//! Which removals pin a statement, which Resigns reach it, and which removals a grant covers.
//!
//! The removals of a peer and its Resigns are its anchors, numbered as they come. Each statement
//! bears the anchors from which it is reached over the links of its author; they sink along new
//! links and never rise. So all of it costs, over all time, one look for each anchor and statement
//! below it, and the memory of a bit: with n statements that is at worst n²/4 of them, had by
//! whoever fills half of the set with removals of one peer that pin the other half.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::bits::Bits;
use super::set::{Person, Set, Slot, cut_of};

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
        self.news.reached.extend(signed);
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

    /// Finds what a new grant covers, whose issuer has signed nothing after it: what it cites, and
    /// what the issuer's earlier grants to the subject cover. Costs a look at each removal of and
    /// each grant to the subject.
    pub(super) fn cover(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot).filter(|entry| entry.is_grant()) else { return };
        let mut cover = self.cited(slot);
        for (other, earlier) in self.earlier_grants(slot) {
            if !earlier.cover.is_empty() && self.reaches(slot, other) {
                cover.absorb(&earlier.cover);
            }
        }
        if cover != entry.cover
            && let Some(entry) = self.entry_mut(slot)
        {
            entry.cover = cover;
        }
    }

    /// Finds what the grants to these peers cover anew, after a link came late.
    pub(super) fn cover_anew(&mut self, people: &BTreeSet<Person>) {
        for &person in people {
            let grants = self.file(person).grants.clone();
            let cited: BTreeMap<Slot, Bits> =
                grants.iter().map(|&grant| (grant, self.cited(grant))).collect();
            for &grant in &grants {
                let mut cover = Bits::default();
                for (other, _) in self.earlier_grants(grant).chain(self.itself(grant)) {
                    let cited = cited.get(&other).filter(|cited| !cited.is_empty());
                    if let Some(cited) = cited.filter(|_| self.reaches(grant, other)) {
                        cover.absorb(cited);
                    }
                }
                let Some(entry) = self.entry_mut(grant) else { continue };
                if !(cover.is_within(&entry.cover) && entry.cover.is_within(&cover)) {
                    entry.cover = cover;
                    self.news.covered.insert(grant);
                }
            }
        }
    }

    /// The removals of a grant's subject in the closures of its own citations.
    fn cited(&self, grant: Slot) -> Bits {
        let mut bits = Bits::default();
        let Some(entry) = self.entry(grant).filter(|entry| !entry.cites.is_empty()) else {
            return bits;
        };
        let Some(subject) = entry.subject else { return bits };
        for (slot, removal) in self.all(&self.file(subject).removals) {
            if entry.cites.iter().any(|&cite| self.reaches(cite, slot)) {
                bits.insert(removal.anchor);
            }
            self.step();
        }
        bits
    }

    /// Other grants by the same issuer to the same subject.
    fn earlier_grants(&self, grant: Slot) -> impl Iterator<Item = (Slot, &super::set::Entry)> {
        let own = self.entry(grant).and_then(|entry| Some((entry.author, entry.subject?)));
        own.into_iter().flat_map(move |(author, subject)| {
            let grants = self.all(&self.file(subject).grants);
            grants.filter(move |(other, entry)| *other != grant && entry.author == author)
        })
    }

    fn itself(&self, slot: Slot) -> Option<(Slot, &super::set::Entry)> {
        Some((slot, self.entry(slot)?))
    }
}
