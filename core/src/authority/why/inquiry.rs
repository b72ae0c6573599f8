//! One search for reasons.
//!
//! What a finding rests on is settled before it. That ends: a statement rests on the grant that it
//! is signed under, on removals senior to that grant's holder or signed under the one above it, on
//! Resigns, which rest on those two alone, and on the statements that come before it under the same
//! grant. So it also is no deeper than a few times the length of a credential chain.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::authority::Authority;
use crate::authority::set::{Entry, Set, Slot, cut_of};
use crate::checkpoint::Worth;
use crate::id::StatementId;
use crate::statement::{Body, Role};
use crate::time::UnixTime;
use crate::why::{Failure, Finding, GrantReason, GrantRule, Objection, Step};

/// The removals that a grant overcomes by citation, and by which grant and citation.
type Covered = BTreeMap<Slot, (StatementId, StatementId)>;

pub(super) struct Inquiry<'a> {
    authority: &'a Authority,
    set: &'a Set,
    settled: BTreeSet<Slot>,
    steps: Vec<Step>,
    /// Of each grant that was asked about.
    covered: BTreeMap<Slot, Covered>,
    /// Of each head that was asked about.
    closures: BTreeMap<Slot, BTreeSet<Slot>>,
    /// The Resigns under each grant that was asked about.
    resigns: BTreeMap<Slot, Vec<Slot>>,
    /// Statements that may yet be looked at.
    left: usize,
}

impl<'a> Inquiry<'a> {
    /// An inquiry that may look at `left` statements.
    pub(super) fn new(authority: &'a Authority, left: usize) -> Self {
        let (set, steps) = (&authority.set, Vec::new());
        let (settled, covered, closures) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        let resigns = BTreeMap::new();
        Self { authority, set, settled, steps, covered, closures, resigns, left }
    }

    /// How many more statements could have been looked at. If none, what was found is worthless.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// What a grant is worth at a moment, and why.
    pub(super) fn grant(&mut self, slot: Slot, at: UnixTime) -> Option<GrantReason> {
        let entry = self.set.entry(slot).filter(|_| self.left > 0)?;
        let grant = entry.statement.grant()?;
        self.settle(slot);
        let rule = self.rule(slot, entry);
        let valid = match rule {
            GrantRule::Holds { .. } => Some(grant.role),
            GrantRule::Demoted { .. } => Some(Role::Member),
            GrantRule::Dead | GrantRule::Removed { .. } | GrantRule::GivenUp { .. } => None,
        };
        let is_open = grant.window.contains(at);
        let worth = valid.filter(|_| is_open);
        Some(GrantReason { grant: entry.statement.id(), worth, is_open, rule })
    }

    fn rule(&mut self, slot: Slot, entry: &'a Entry) -> GrantRule {
        if !self.lives(slot) {
            return GrantRule::Dead;
        }
        if let Some(by) = self.last_resign(slot, entry) {
            return GrantRule::GivenUp { by };
        }
        let is_resign = |body: &Body| matches!(body, Body::Resign { .. });
        if let Some(by) = self.said(entry, Worth::Removed) {
            return GrantRule::Removed { by, despite: self.despite(slot, entry, is_resign) };
        }
        let hits = self.hits(slot, entry);
        let removal = hits.iter().find(|(_, hit)| is_removal(hit)).or(hits.first());
        let hit = removal.map(|(by, hit)| (*by, is_removal(hit), hit.statement.id()));
        self.settle_one(hit.map(|(by, ..)| by));
        let demotion = self.said(entry, Worth::Demoted);
        match hit.map(|(_, removes, by)| (removes, by)).or(demotion.map(|by| (false, by))) {
            None => GrantRule::Holds { despite: self.objections(slot, entry, None) },
            Some((true, by)) => {
                GrantRule::Removed { by, despite: self.despite(slot, entry, is_resign) }
            }
            Some((false, by)) => {
                let is_other = |body: &Body| !matches!(body, Body::Demote { .. });
                GrantRule::Demoted { by, despite: self.despite(slot, entry, is_other) }
            }
        }
    }

    /// The checkpoint that counts, if that is what it says of a statement.
    fn said(&self, entry: &Entry, worth: Worth) -> Option<StatementId> {
        self.authority.horizon.checkpoint().filter(|_| entry.worth() == Some(worth))
    }

    /// Those of such a kind among what speaks in vain against a grant.
    fn despite(&mut self, slot: Slot, entry: &'a Entry, of: fn(&Body) -> bool) -> Vec<Objection> {
        let mut despite = self.objections(slot, entry, None);
        despite.retain(|it| self.set.find(&it.by).is_some_and(|(_, by)| of(by.statement.body())));
        despite
    }

    fn settle_one(&mut self, slot: Option<Slot>) {
        if let Some(slot) = slot {
            self.settle(slot);
        }
    }

    /// The live Resign under a grant that bears the greatest stamp, or if there is none any more
    /// the checkpoint that says that it was given up.
    fn last_resign(&mut self, slot: Slot, grant: &'a Entry) -> Option<StatementId> {
        let stamped = self.resigns(slot, grant).into_iter().filter_map(|(slot, under)| {
            let Body::Resign { at } = under.statement.body() else { return None };
            Some((*at, under.statement.id(), slot))
        });
        let mut stamped: Vec<_> = stamped.collect();
        stamped.sort_unstable_by(|one, other| other.cmp(one));
        let last = stamped.iter().position(|(_, _, slot)| self.lives(*slot));
        let checkpoint = self.said(grant, Worth::GivenUp);
        let by = last.and_then(|last| stamped.get(last)).map(|(_, id, _)| *id).or(checkpoint)?;
        stamped.truncate(last.map_or(usize::MAX, |last| last.saturating_add(1)));
        for &(_, _, slot) in &stamped {
            self.settle(slot);
        }
        Some(by)
    }

    /// Finds why the statement lives or is dead, unless that was done.
    fn settle(&mut self, slot: Slot) {
        if self.left == 0 || !self.settled.insert(slot) {
            return;
        }
        if let Some(entry) = self.set.entry(slot) {
            let finding = self.finding(slot, entry);
            self.steps.push(Step { statement: entry.statement.id(), finding });
        }
    }

    fn finding(&mut self, slot: Slot, entry: &'a Entry) -> Finding {
        let above = entry.cred.and_then(|cred| Some((cred, self.set.entry(cred)?)));
        let Some((cred, grant)) = above else {
            return match self.said(entry, Worth::Dead) {
                _ if self.lives(slot) => Finding::ByCreator,
                Some(by) => Finding::NotKept { by },
                None => Finding::Pending,
            };
        };
        self.settle(cred);
        let checkpoint = self.authority.horizon.checkpoint().filter(|_| !grant.carries(entry));
        if !self.lives(cred) {
            Finding::GrantDead
        } else if let Some(by) = checkpoint {
            Finding::NotKept { by }
        } else if self.lives(slot) {
            self.settle_displaced(entry, grant);
            Finding::Lives { despite: self.objections(cred, grant, Some((slot, entry))) }
        } else {
            self.end(slot, entry, (cred, grant))
        }
    }

    /// What ended a dead statement under a live grant.
    fn end(&mut self, slot: Slot, entry: &'a Entry, (cred, grant): (Slot, &'a Entry)) -> Finding {
        for (removal, hit) in self.hits(cred, grant) {
            if self.left > 0 && self.pin(hit, slot).is_none() {
                self.settle(removal);
                return Finding::NotPinned { by: hit.statement.id() };
            }
        }
        if entry.is_resign() {
            return Finding::Pending;
        }
        let mut resigns = self.resigns(cred, grant);
        resigns.retain(|&(resign, it)| it.survivor.is_none() && self.lives(resign));
        for (resign, given_up) in resigns {
            if !self.reaches(resign, slot) {
                self.settle(resign);
                return Finding::AfterResign { by: given_up.statement.id() };
            }
        }
        let mut before = self.earlier(entry, grant);
        before.retain(|&(_, earlier)| self.lives(earlier));
        if before.len() < self.authority.bound {
            return Finding::Pending;
        }
        before.truncate(self.authority.bound);
        for &(_, earlier) in &before {
            self.settle(earlier);
        }
        Finding::BeyondBound { before: before.into_iter().map(|((_, id), _)| id).collect() }
    }

    /// Settles as many dead statements before a live one under the same grant as make room for it.
    fn settle_displaced(&mut self, entry: &Entry, grant: &'a Entry) {
        if grant.under.len() <= self.authority.bound {
            return;
        }
        let before = self.earlier(entry, grant);
        let room = self.authority.bound.saturating_sub(1);
        let surplus = before.len().saturating_sub(room);
        let dead = before.into_iter().filter(|&(_, earlier)| !self.lives(earlier));
        let dead: Vec<_> = dead.take(surplus).collect();
        for (_, earlier) in dead {
            self.settle(earlier);
        }
    }

    /// What counts before a statement under the same grant, if it lives; none before a Resign.
    fn earlier(&mut self, entry: &Entry, grant: &'a Entry) -> Vec<((u32, StatementId), Slot)> {
        if entry.is_resign() {
            return Vec::new();
        }
        self.spend(grant.under.len());
        let under = self.set.all(&grant.under).filter(|(_, other)| !other.is_resign());
        let ranked = under.map(|(slot, other)| (other.rank(), slot));
        let mut before: Vec<_> = ranked.filter(|(rank, _)| *rank < entry.rank()).collect();
        before.sort_unstable();
        before
    }

    /// The live removals and demotions that hit a grant, the most senior first.
    fn hits(&mut self, slot: Slot, grant: &'a Entry) -> Vec<(Slot, &'a Entry)> {
        let mut hits = self.removals(grant);
        hits.retain(|&(removal, hit)| self.miss((removal, hit), slot, grant).is_none());
        hits.sort_unstable_by_key(|(_, hit)| hit.seniority());
        hits
    }

    /// The Resigns under a grant, live or not, in the order of their ids.
    fn resigns(&mut self, slot: Slot, grant: &'a Entry) -> Vec<(Slot, &'a Entry)> {
        if !self.resigns.contains_key(&slot) {
            self.spend(grant.under.len());
            let under = self.set.all(&grant.under).filter(|(_, under)| under.is_resign());
            let mut resigns: Vec<_> =
                under.map(|(slot, resign)| (resign.statement.id(), slot)).collect();
            resigns.sort_unstable();
            self.resigns.insert(slot, resigns.into_iter().map(|(_, slot)| slot).collect());
        }
        let resigns = self.resigns.get(&slot).into_iter().flatten();
        resigns.filter_map(|&slot| Some((slot, self.set.entry(slot)?))).collect()
    }

    /// The removals and demotions of a grant's holder, in the order of their ids.
    fn removals(&mut self, grant: &'a Entry) -> Vec<(Slot, &'a Entry)> {
        let file = grant.subject.map(|subject| self.set.file(subject));
        let all = file.into_iter().flat_map(|file| self.set.all(&file.removals));
        let mut removals: Vec<_> = all.take(self.left).collect();
        self.spend(removals.len());
        removals.sort_unstable_by_key(|(_, removal)| removal.statement.id());
        removals
    }

    /// All that speaks in vain against a grant, or against one statement under it.
    fn objections(
        &mut self,
        slot: Slot,
        grant: &'a Entry,
        one: Option<(Slot, &Entry)>,
    ) -> Vec<Objection> {
        let mut objections = Vec::new();
        for (removal, hit) in self.removals(grant) {
            let missed = self.miss((removal, hit), slot, grant);
            let pinned = || {
                let head = one.and_then(|(one, _)| self.pin(hit, one))?;
                Some(Failure::Pins { head })
            };
            let Some(fails) = missed.or_else(pinned) else { continue };
            if fails == Failure::Dead {
                self.settle(removal);
            }
            objections.push(Objection { by: hit.statement.id(), fails });
        }
        let resigns_count = one.is_none_or(|(_, one)| !one.is_resign());
        let mut resigns = if resigns_count { self.resigns(slot, grant) } else { Vec::new() };
        resigns.retain(|(_, resign)| resign.survivor.is_none());
        for (resign, given_up) in resigns {
            let fails = if self.lives(resign) { Failure::ComesAfter } else { Failure::Dead };
            if fails == Failure::Dead {
                self.settle(resign);
            }
            objections.push(Objection { by: given_up.statement.id(), fails });
        }
        objections.sort_unstable_by_key(|objection| objection.by);
        objections
    }

    /// Why a removal or demotion does not hit a grant; none if it does.
    fn miss(
        &mut self,
        (removal, hit): (Slot, &Entry),
        slot: Slot,
        grant: &Entry,
    ) -> Option<Failure> {
        let role = grant.statement.grant().map(|grant| grant.role);
        let too_mild = match hit.statement.body() {
            Body::Demote { to, .. } => role <= Some(*to),
            _ => false,
        };
        if !hit.scope().includes(grant) {
            Some(Failure::NotSenior)
        } else if too_mild {
            Some(Failure::TooMild)
        } else if !self.lives(removal) {
            Some(Failure::Dead)
        } else if grant.signer <= hit.signer {
            let by = self.covered(slot).get(&removal).copied();
            by.map(|(grant, cite)| Failure::Cited { grant, cite })
        } else {
            None
        }
    }

    /// What a grant overcomes by citation.
    fn covered(&mut self, slot: Slot) -> &Covered {
        if !self.covered.contains_key(&slot) {
            let covered = self.find_covered(slot);
            self.covered.insert(slot, covered);
        }
        self.covered.entry(slot).or_default()
    }

    fn find_covered(&mut self, slot: Slot) -> Covered {
        let mut covered = Covered::new();
        let subject = self.set.entry(slot).and_then(|grant| grant.subject);
        let closure: Vec<Slot> = self.closure(slot).iter().copied().collect();
        let new = self.set.all(&closure).filter(|(_, other)| other.survivor.is_none());
        for (_, grant) in new.filter(|(_, other)| other.subject == subject) {
            for cite in grant.statement.lists().cites() {
                let by = (grant.statement.id(), *cite);
                let Some(cited) = self.set.slot(cite).filter(|_| self.left > 0) else { continue };
                let reached = self.closure(cited).len();
                self.spend(reached);
                for &removal in self.closure(cited) {
                    let first = covered.entry(removal).or_insert(by);
                    *first = by.min(*first);
                }
            }
        }
        covered
    }

    /// The head by which a removal or demotion pins a statement.
    fn pin(&mut self, removal: &Entry, slot: Slot) -> Option<StatementId> {
        let heads = cut_of(&removal.statement).iter();
        let set = self.set;
        let mut held = heads.filter_map(|id| Some((*id, set.slot(id)?)));
        held.find(|(_, head)| self.reaches(*head, slot)).map(|(id, _)| id)
    }

    fn reaches(&mut self, from: Slot, to: Slot) -> bool {
        self.closure(from).contains(&to)
    }

    /// The statement and what its author signed before it, as far as that is held.
    fn closure(&mut self, from: Slot) -> &BTreeSet<Slot> {
        if !self.closures.contains_key(&from) {
            let closure = self.find_closure(from);
            self.closures.insert(from, closure);
        }
        self.closures.entry(from).or_default()
    }

    fn find_closure(&mut self, from: Slot) -> BTreeSet<Slot> {
        let (mut reached, mut next) = (BTreeSet::new(), Vec::from([from]));
        while let Some(slot) = next.pop().filter(|_| self.left > 0) {
            let Some(entry) = self.set.entry(slot).filter(|_| reached.insert(slot)) else {
                continue;
            };
            self.spend(1);
            next.extend(&entry.prev);
        }
        reached
    }

    fn spend(&mut self, statements: usize) {
        self.left = self.left.saturating_sub(statements);
    }

    fn lives(&self, slot: Slot) -> bool {
        self.authority.live(&[slot]).next().is_some()
    }
}

fn is_removal(entry: &Entry) -> bool {
    matches!(entry.statement.body(), Body::Remove { .. })
}
