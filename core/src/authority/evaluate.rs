//! Which statements live, and what the living grants are worth: a pure function of the set, found
//! anew only where the set changed.
//!
//! Statements go by the grant that they are signed under. What is signed under an Admin's grant
//! can only be undone by what is signed under a more senior one, a grant comes after the grant that
//! it is signed under, and an Inviter undoes only what it gave under the same grant, which comes
//! after what it signs under that; so the strata, in order, have one solution. A change goes down
//! the same way: a grant that something touched is judged once, after all that could touch it, and
//! touches only what comes later. To judge a whole set, everything is touched.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::bits::Bits;
use super::hits::{Removals, Scope};
use super::set::{Entry, News, Person, Set, Slot, Standing, Stratum};
use crate::checkpoint::Worth;
use crate::id::StatementId;
use crate::statement::{Body, Role};

/// What an evaluation found about one statement.
#[expect(clippy::struct_excessive_bools, reason = "each says something else of a statement")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) live: bool,
    /// A grant that a live Resign gave up.
    pub(super) given_up: bool,
    /// A live removal that hits this grant: of several, whichever was found.
    pub(super) removed_by: Option<Slot>,
    /// A grant that a live demotion hits, and no live removal.
    pub(super) demoted: bool,
    /// A grant that was removed before the checkpoint that counts.
    pub(super) was_removed: bool,
}

impl Verdict {
    /// What the checkpoint that counts says.
    pub(super) fn of(worth: Worth) -> Self {
        Self {
            given_up: worth == Worth::GivenUp,
            demoted: worth == Worth::Demoted,
            was_removed: worth == Worth::Removed,
            ..Self::default()
        }
    }

    /// Whether a removal ended it.
    pub(super) fn is_removed(&self) -> bool {
        self.removed_by.is_some() || self.was_removed
    }

    /// What a grant of `role` is worth.
    pub(super) fn effective(&self, role: Role) -> Option<Role> {
        let stands = self.live && !self.given_up && !self.is_removed();
        stands.then_some(if self.demoted { Role::Member } else { role })
    }
}

/// What was found so far, and what is still to be judged.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    all: Vec<Verdict>,
    /// What ends statements under a live grant, where anything does.
    ends: BTreeMap<Slot, Ends>,
    /// The order of what is signed under a live grant, where not all of it may count.
    queues: BTreeMap<Slot, Queue>,
    /// The live removals and demotions.
    removals: Removals,
    /// The live grants that no removal hits, by holder; those that a demotion hits come after those
    /// that none does.
    open: BTreeSet<(Person, bool, Slot)>,
    dirty: BTreeMap<(Stratum, Slot), Dirty>,
    /// Peers of whose grants so many were touched because of a removal, and which.
    touched: BTreeSet<(Person, Extent, Scope)>,
    /// Grants that came, and those of which, or of Resigns under which, anything else was found.
    changed: BTreeSet<Slot>,
}

/// Which grants to a peer a removal may change; each extent is within those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// Those that nothing hits.
    Unhit,
    /// Those that no removal hits.
    Open,
    All,
}

/// Anchors of a grant's subject that whatever is signed under the grant needs to be reached by.
#[derive(Clone, Debug, Default)]
struct Ends {
    /// The live removals and demotions that hit the grant.
    hits: Bits,
    /// The live Resigns under it: of what they do not reach, all but Resigns ends.
    resigns: Bits,
    /// Up to which change of the live removals of the grant's subject that is so.
    as_of: u64,
}

/// What touched a grant.
#[derive(Debug, Default)]
struct Dirty {
    /// It began or ceased to live, or covers others.
    whole: bool,
    /// A removal of its subject began or ceased to live.
    hit: bool,
    /// Statements under it that came or that other anchors reach.
    under: Vec<Slot>,
}

/// What is signed under a grant and neither pinned away nor a Resign, the least first.
#[derive(Debug, Default)]
struct Queue {
    counted: BTreeSet<Ranked>,
    waiting: BTreeSet<Ranked>,
}

type Ranked = ((u32, StatementId), Slot);

impl Verdicts {
    pub(super) fn get(&self, slot: Slot) -> Verdict {
        self.all.get(slot.index()).copied().unwrap_or_default()
    }

    /// The most senior live removal that hits this grant, if it lives.
    pub(super) fn cause(&self, set: &Set, grant: Slot) -> Option<Slot> {
        let entry = set.entry(grant).filter(|_| self.get(grant).removed_by.is_some())?;
        self.removals.cause(set, entry)
    }

    /// Forgets what was found about a statement in whose place there is another.
    pub(super) fn forget(&mut self, slot: Slot) {
        if let Some(verdict) = self.all.get_mut(slot.index()) {
            *verdict = Verdict::default();
        }
    }

    /// Judges what `news` touches, at most `bound` statements of each grant counting, and what
    /// that touches in turn. Gives the grants of which anything new was found.
    pub(super) fn evaluate(&mut self, set: &Set, news: &News, bound: usize) -> BTreeSet<Slot> {
        self.all.resize(set.len(), Verdict::default());
        for (&slot, entry) in news.fresh.iter().filter_map(|slot| Some((slot, set.entry(*slot)?))) {
            self.changed.extend(entry.cred.filter(|_| entry.is_resign()));
            self.changed.extend(Some(slot).filter(|_| entry.is_grant()));
            if let Some(verdict) = self.all.get_mut(slot.index()) {
                *verdict = entry.said();
            }
            match entry.cred {
                None => self.settle(set, slot, entry.worth() != Some(Worth::Dead)),
                Some(grant) => self.touch(set, grant, |dirty| dirty.under.push(slot)),
            }
        }
        for &slot in news.reached.difference(&news.fresh) {
            if let Some(grant) = set.entry(slot).and_then(|entry| entry.cred) {
                self.touch(set, grant, |dirty| dirty.under.push(slot));
            }
        }
        for &grant in &news.covered {
            self.touch(set, grant, |dirty| dirty.whole = true);
        }
        while let Some(((_, grant), dirty)) = self.dirty.pop_first() {
            self.judge(set, grant, &dirty, bound);
        }
        self.touched.clear();
        core::mem::take(&mut self.changed)
    }

    /// The words that what was found of anchors takes.
    #[cfg(test)]
    pub(super) fn anchor_words(&self) -> usize {
        let ends = self.ends.values();
        ends.map(|ends| ends.hits.weight().saturating_add(ends.resigns.weight())).sum()
    }

    /// Touches every live grant.
    #[cfg(test)]
    pub(super) fn touch_all(&mut self, set: &Set) {
        for (slot, _) in set.entries() {
            self.touch(set, slot, |dirty| dirty.whole = true);
        }
    }

    /// Notes what touches a grant. One that does not live is judged whole once it does.
    fn touch(&mut self, set: &Set, grant: Slot, how: impl FnOnce(&mut Dirty)) {
        if let Some(entry) = set.entry(grant).filter(|_| self.get(grant).live) {
            how(self.dirty.entry((entry.stratum(), grant)).or_default());
        }
    }

    fn judge(&mut self, set: &Set, grant: Slot, dirty: &Dirty, bound: usize) {
        let Some(entry) = set.entry(grant) else { return };
        let before = self.get(grant);
        if !before.live {
            return self.end_all(set, grant, entry);
        }
        let mut ends = self.ends.remove(&grant).unwrap_or_default();
        let mut whole = dirty.whole;
        let changes = self.removals.changes(entry);
        if dirty.whole || dirty.hit || ends.as_of != changes {
            ends.as_of = changes;
            let hits = self.removals.hits(set, entry);
            whole |= hits.anchors != ends.hits;
            ends.hits = hits.anchors;
            if let Some(verdict) = self.all.get_mut(grant.index()) {
                verdict.removed_by = hits.removed_by;
                let is_lowered = hits.demoted && hits.removed_by.is_none();
                verdict.demoted = entry.said().demoted || is_lowered;
            }
            self.note_open(grant, entry, before.demoted);
        }
        whole |= set.all(&dirty.under).any(|(_, entry)| entry.is_resign());
        whole |= entry.under.len() > bound && !self.queues.contains_key(&grant);
        if whole {
            self.judge_under(set, grant, &mut ends, bound);
        } else {
            for (slot, under) in set.all(&dirty.under) {
                set.step();
                let lives = entry.carries(under) && ends.spare(set, under);
                self.count(set, (grant, under), slot, lives, bound);
            }
        }
        if let Some(verdict) = self.all.get_mut(grant.index()) {
            verdict.given_up = entry.said().given_up || !ends.resigns.is_empty();
        }
        if changes > 0 || !ends.resigns.is_empty() {
            self.ends.insert(grant, ends);
        }
        if self.get(grant) != before {
            self.changed.insert(grant);
        }
    }

    /// Judges all that is signed under a grant: first by the cuts of what hits it, then by the
    /// Resigns that these spare, then by the bound.
    fn judge_under(&mut self, set: &Set, grant: Slot, ends: &mut Ends, bound: usize) {
        let Some(entry) = set.entry(grant) else { return };
        ends.resigns = Bits::default();
        for (slot, resign) in set.all(&entry.under).filter(|(_, entry)| entry.is_resign()) {
            let passes = entry.carries(resign) && set.is_reached_by(resign, &ends.hits);
            if passes && resign.survivor.is_none() {
                ends.resigns.insert(resign.anchor);
            }
            self.settle(set, slot, passes);
        }
        self.queues.remove(&grant);
        if entry.under.len() > bound {
            self.queues.insert(grant, Queue::default());
        }
        for (slot, under) in set.all(&entry.under).filter(|(_, entry)| !entry.is_resign()) {
            set.step();
            let lives = entry.carries(under) && ends.spare(set, under);
            self.count(set, (grant, under), slot, lives, bound);
        }
    }

    /// Lets a statement that nothing ends count, if it is among the least under its grant, or ends
    /// it. Costs the logarithm of how many are signed under the grant.
    fn count(&mut self, set: &Set, place: (Slot, &Entry), slot: Slot, lives: bool, bound: usize) {
        let (grant, entry) = place;
        let Some(queue) = self.queues.get_mut(&grant) else {
            return self.settle(set, slot, lives);
        };
        let ranked = (entry.rank(), slot);
        let was_counted = queue.counted.remove(&ranked);
        queue.waiting.remove(&ranked);
        if lives {
            queue.counted.insert(ranked);
        }
        let moved = if queue.counted.len() > bound {
            let last = queue.counted.pop_last();
            queue.waiting.extend(last);
            last.map(|(_, slot)| (slot, false))
        } else if was_counted && !lives {
            let next = queue.waiting.pop_first();
            queue.counted.extend(next);
            next.map(|(_, slot)| (slot, true))
        } else {
            None
        };
        let counts = queue.counted.contains(&ranked);
        for (slot, lives) in [(slot, counts)].into_iter().chain(moved) {
            self.settle(set, slot, lives);
        }
    }

    /// Ends all that is signed under a grant that lives no more.
    fn end_all(&mut self, set: &Set, grant: Slot, entry: &Entry) {
        self.ends.remove(&grant);
        self.queues.remove(&grant);
        let was_lowered = self.get(grant).demoted;
        if let Some(verdict) = self.all.get_mut(grant.index()) {
            *verdict = entry.said();
        }
        self.note_open(grant, entry, was_lowered);
        for &slot in &entry.under {
            set.step();
            self.settle(set, slot, false);
        }
    }

    /// Sets whether a statement lives, and touches what depends on it.
    fn settle(&mut self, set: &Set, slot: Slot, live: bool) {
        let Some(entry) = set.entry(slot) else { return };
        let Some(verdict) = self.all.get_mut(slot.index()).filter(|verdict| verdict.live != live)
        else {
            return;
        };
        verdict.live = live;
        if entry.is_grant() {
            self.changed.insert(slot);
            self.dirty.entry((entry.stratum(), slot)).or_default().whole = true;
        }
        self.changed.extend(entry.cred.filter(|_| entry.is_resign()));
        let subject = entry.subject.filter(|_| entry.is_removal());
        let Some(subject) = subject else { return };
        self.removals.note(subject, (slot, entry), live);
        self.touch_grants(set, subject, (slot, entry), live);
    }

    /// Touches the grants to a peer that a removal may change now that it lives, or no longer.
    /// Those come after all that is judged until then, so it is done once, however many removals
    /// change.
    fn touch_grants(&mut self, set: &Set, subject: Person, removal: (Slot, &Entry), live: bool) {
        let scope = removal.1.scope();
        let extent = if live { extent_of(set, removal) } else { Extent::All };
        let wider = [Extent::Unhit, Extent::Open, Extent::All].into_iter();
        let mut wider = wider.filter(|it| *it >= extent);
        if wider.any(|it| self.were_touched(subject, it, scope)) {
            return;
        }
        self.touched.insert((subject, extent, scope));
        let grants: Vec<Slot> = if extent == Extent::All {
            set.file(subject).grants.to_vec()
        } else {
            let (first, last) = (Slot::new(0), Slot::new(usize::MAX));
            let is_lowered = extent == Extent::Open;
            let open = self.open.range((subject, false, first)..=(subject, is_lowered, last));
            open.map(|&(.., grant)| grant).collect()
        };
        for (grant, entry) in set.all(&grants) {
            set.step();
            if scope.includes(entry) {
                self.touch(set, grant, |dirty| dirty.hit = true);
            }
        }
    }

    /// Whether as many of a peer's grants were touched already as far as a removal may hit them.
    fn were_touched(&self, subject: Person, extent: Extent, scope: Scope) -> bool {
        let widest = Scope::JuniorTo(Standing::CREATOR);
        let mut known = self.touched.range((subject, extent, widest)..=(subject, extent, scope));
        // the first is the widest, the last that very one if it is there
        let ends = [known.next(), known.next_back()];
        ends.into_iter().flatten().any(|(.., known)| known.covers(scope))
    }

    /// Notes whether a grant is among those that a further removal may change.
    fn note_open(&mut self, grant: Slot, entry: &Entry, was_lowered: bool) {
        let Some(subject) = entry.subject else { return };
        let Verdict { live, removed_by, demoted, .. } = self.get(grant);
        let is_open = live && removed_by.is_none();
        if !is_open || was_lowered != demoted {
            self.open.remove(&(subject, was_lowered, grant));
        }
        if is_open {
            self.open.insert((subject, demoted, grant));
        }
    }
}

/// Which grants to its subject a removal or demotion may change that begins to live. If it pins all
/// that its subject has signed, it ends nothing under a grant that it does not lessen, and those
/// that another one hits already are worth no less for it.
fn extent_of(set: &Set, (slot, removal): (Slot, &Entry)) -> Extent {
    match removal.statement.body() {
        _ if !set.is_full(slot) => Extent::All,
        Body::Demote { .. } => Extent::Unhit,
        _ => Extent::Open,
    }
}

impl Ends {
    /// Whether a statement that is no Resign is reached by all that it needs.
    fn spare(&self, set: &Set, entry: &Entry) -> bool {
        set.is_reached_by(entry, &self.hits) && set.is_reached_by(entry, &self.resigns)
    }
}

impl Entry {
    /// What the checkpoint that counts says of it.
    pub(super) fn said(&self) -> Verdict {
        self.worth().map(Verdict::of).unwrap_or_default()
    }

    /// Whether a statement under this grant can live: one that survived a checkpoint does, and
    /// whatever is new under a grant that had not ended by then.
    pub(super) fn carries(&self, under: &Self) -> bool {
        match under.worth() {
            Some(worth) => worth != Worth::Dead,
            None => self.worth().is_none_or(|worth| worth == Worth::Full),
        }
    }
}
