//! The rule once more, for a whole set at a time and for sets of any size: what the evaluation of
//! changes is held against.
//!
//! Statements go by the grant that they are signed under. What is signed under an Admin's grant
//! can only be undone by what is signed under a more senior one, and a grant comes after the
//! grant that it is signed under; so the strata, in order, have one solution.

use alloc::collections::BTreeMap;

use block::{BLOCK, Block, each_bit};
use dag::{Dag, Marks};

use super::*;
use crate::authority::set::{Person, Stratum};
use crate::authority::tenure::continued;
use crate::checkpoint::Worth;

mod block;
mod dag;
mod whole;

pub(super) use whole::Wholeness;

/// Evaluates the set, at most `bound` statements of each grant counting.
pub(super) fn evaluate(set: &Set, bound: usize) -> Vec<Verdict> {
    let verdicts = set.entries().map(|(_, entry)| entry.said()).collect();
    let mut evaluation = Evaluation { set, dag: Dag::new(set), verdicts, bound };
    for (slot, entry) in set.entries().filter(|(_, entry)| entry.cred.is_none()) {
        evaluation.settle(slot, entry.worth() != Some(Worth::Dead));
    }
    let mut strata: BTreeMap<Stratum, Vec<Slot>> = BTreeMap::new();
    for (slot, entry) in set.entries().filter(|(_, entry)| entry.is_grant()) {
        strata.entry(entry.stratum()).or_default().push(slot);
    }
    for ((standing, _), mut live) in strata {
        live.retain(|&grant| evaluation.is_live(grant));
        evaluation.stratum(standing, &live);
    }
    for (verdict, (_, entry)) in evaluation.verdicts.iter_mut().zip(set.entries()) {
        // what is removed is not lowered besides
        verdict.demoted &= verdict.removed_by.is_none() || entry.said().demoted;
    }
    evaluation.verdicts
}

/// What the evaluation of changes found, with the most senior removal as the cause.
pub(super) fn found(authority: &Authority, slot: Slot) -> Verdict {
    let found = authority.verdict(slot);
    let removed_by = authority.verdicts.cause(&authority.set, slot);
    assert_eq!(found.removed_by.is_some(), removed_by.is_some(), "{slot:?}");
    Verdict { removed_by, ..found }
}

struct Evaluation<'a> {
    set: &'a Set,
    dag: Dag,
    /// Within a stratum a statement counts as live until something is found against it.
    verdicts: Vec<Verdict>,
    bound: usize,
}

impl Evaluation<'_> {
    /// Settles what is signed under the live grants of one stratum, and what these are worth.
    fn stratum(&mut self, standing: Standing, grants: &[Slot]) {
        let set = self.set;
        let mut held: BTreeMap<Person, Vec<Slot>> = BTreeMap::new();
        for (slot, grant) in set.all(grants) {
            for (under, entry) in set.all(&grant.under) {
                self.settle(under, grant.carries(entry));
            }
            if let Some(subject) = grant.subject {
                held.entry(subject).or_default().push(slot);
            }
        }
        let removals = self.removals_of(held.keys().copied(), standing);
        for chunk in removals.chunks(BLOCK) {
            self.apply_removals(&Block::new(set, chunk), &held);
        }
        let resigns: Vec<Slot> = held.values().flat_map(|grants| self.resigns(grants)).collect();
        for chunk in resigns.chunks(BLOCK) {
            self.apply_resigns(chunk);
        }
        for (_, grant) in set.all(grants) {
            self.apply_bound(grant);
        }
    }

    /// The live removals of these peers by authors senior to `standing`, and by Inviters if what
    /// they give has it.
    fn removals_of(&self, people: impl Iterator<Item = Person>, standing: Standing) -> Vec<Slot> {
        let removals = people.flat_map(|person| self.set.all(&self.set.file(person).removals));
        let apply = removals.filter(|(slot, removal)| {
            let is_over = removal.signer < standing || standing == Standing::INFINITE;
            self.is_live(*slot) && is_over
        });
        apply.map(|(slot, _)| slot).collect()
    }

    fn apply_removals(&mut self, block: &Block<'_>, held: &BTreeMap<Person, Vec<Slot>>) {
        let covered = block.covered(&self.dag);
        let pinned = block.pinned(&self.dag);
        let grants = block.subjects().filter_map(|subject| held.get(&subject)).flatten();
        for (slot, grant) in grants.filter_map(|&slot| Some((slot, self.set.entry(slot)?))) {
            let hits = block.hits(grant, covered.get(slot));
            if hits == 0 {
                continue;
            }
            let senior = |slot: &Slot| self.set.entry(*slot).map(Entry::seniority);
            let known = self.verdict(slot).removed_by;
            let removals = block.removals(hits).map(|(removal, _)| removal);
            let removed_by = removals.chain(known).min_by_key(senior);
            if let Some(verdict) = self.verdict_mut(slot) {
                verdict.removed_by = removed_by;
                verdict.demoted |= block.demotes(hits);
            }
            self.retain_marked(grant, hits, &pinned, true);
        }
    }

    /// The live Resigns under these grants.
    fn resigns(&self, grants: &[Slot]) -> Vec<Slot> {
        let under = self.set.all(grants).flat_map(|(_, grant)| self.set.all(&grant.under));
        let new = under.filter(|(_, entry)| entry.survivor.is_none());
        let resigns = new.filter(|(slot, entry)| entry.is_resign() && self.is_live(*slot));
        resigns.map(|(slot, _)| slot).collect()
    }

    /// Ends the grants that `resigns` give up, and what is signed under them and not in the
    /// closure of each. Resigns do not end each other.
    fn apply_resigns(&mut self, resigns: &[Slot]) {
        let mut closures = Marks::new(self.set);
        let mut given_up: BTreeMap<Slot, u64> = BTreeMap::new();
        let mut authors = Vec::new();
        for ((slot, resign), bit) in self.set.all(resigns).zip(each_bit()) {
            closures.add(slot, bit);
            authors.push(resign.author);
            if let Some(grant) = resign.cred {
                *given_up.entry(grant).or_default() |= bit;
            }
        }
        authors.sort_unstable();
        authors.dedup();
        for author in authors {
            closures.sink(&self.dag, author);
        }
        for (slot, bits) in given_up {
            if let Some(verdict) = self.verdict_mut(slot) {
                verdict.given_up = true;
            }
            if let Some(grant) = self.set.entry(slot) {
                self.retain_marked(grant, bits, &closures, false);
            }
        }
    }

    /// Ends what is signed under `grant` without all of `bits` on it.
    fn retain_marked(&mut self, grant: &Entry, bits: u64, marks: &Marks, resigns_too: bool) {
        for (slot, entry) in self.set.all(&grant.under) {
            if marks.get(slot) & bits != bits && (resigns_too || !entry.is_resign()) {
                self.settle(slot, false);
            }
        }
    }

    /// Ends what is signed under `grant` beyond the least that count.
    fn apply_bound(&mut self, grant: &Entry) {
        if grant.under.len() <= self.bound {
            return;
        }
        let under = self.set.all(&grant.under);
        let counted = under.filter(|(slot, entry)| !entry.is_resign() && self.is_live(*slot));
        let mut live: Vec<_> = counted.map(|(slot, entry)| (entry.rank(), slot)).collect();
        live.sort_unstable();
        for &(_, slot) in live.get(self.bound..).unwrap_or_default() {
            self.settle(slot, false);
        }
    }

    fn settle(&mut self, slot: Slot, live: bool) {
        if let Some(verdict) = self.verdict_mut(slot) {
            verdict.live = live;
        }
    }

    fn is_live(&self, slot: Slot) -> bool {
        self.verdict(slot).live
    }

    fn verdict(&self, slot: Slot) -> Verdict {
        self.verdicts.get(slot.index()).copied().unwrap_or_default()
    }

    fn verdict_mut(&mut self, slot: Slot) -> Option<&mut Verdict> {
        self.verdicts.get_mut(slot.index())
    }
}

/// The first grant of each grant's tenure.
pub(super) fn tenures(set: &Set) -> BTreeMap<Slot, Slot> {
    let mut firsts = BTreeMap::new();
    for (slot, _) in set.entries().filter(|(_, entry)| entry.is_grant()) {
        let mut first = slot;
        while let Some(before) = continued(set, first) {
            first = before;
        }
        firsts.insert(slot, first);
    }
    firsts
}
