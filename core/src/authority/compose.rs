//! What a node needs to know to sign a statement: what came before, what a removal pins and what
//! it hits, what a grant cites.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Authority;
use super::bits::Bits;
use super::set::{Entry, File, Slot};
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::{CITES_MAX, CUT_MAX, PREV_MAX};
use crate::statement::{Role, Statement};

/// What a removal of a peer would accept of what it signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// What to pin; ascending.
    pub(crate) heads: Vec<StatementId>,
    /// What lives now and would not: it, or something that it depends on, is not held, or there
    /// were too many heads.
    pub(crate) lost: Vec<StatementId>,
}

/// What a removal or demotion would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Valid grants of the subject that it hits.
    pub(crate) hits: usize,
    /// Those that it does not.
    pub(crate) spares: usize,
    /// Whether one that it does not hit makes the subject an Admin.
    pub(crate) spares_admin: bool,
}

impl Authority {
    /// The author's own latest statements: `prev` of its next; ascending. Of more than fit, the
    /// deepest.
    pub(crate) fn heads(&self, author: PeerId) -> Vec<StatementId> {
        let mut heads: Vec<StatementId> =
            self.latest(author).into_iter().map(|(_, id)| id).collect();
        heads.sort_unstable();
        heads
    }

    /// The depth of the author's next statement.
    pub(crate) fn next_depth(&self, author: PeerId) -> u32 {
        let latest = self.latest(author).into_iter().map(|(depth, _)| depth);
        latest.max().unwrap_or_default().saturating_add(1)
    }

    /// What a removal of `subject` pins: the heads of what lives of it, as far as it is whole.
    /// Costs a look at all that it signed.
    pub(crate) fn cut(&self, subject: PeerId) -> Cut {
        let Some(file) = self.set.file_of(&subject) else { return Cut::default() };
        let mut heads = self.accepted_heads(file);
        heads.sort_unstable_by_key(|&slot| Reverse(self.set.entry(slot).map(Entry::rank)));
        heads.truncate(CUT_MAX);
        let pinned = self.below(&heads);
        let lost = self.live(&file.signed).filter(|(slot, _)| !pinned.contains(slot));
        let lost = lost.map(|(_, entry)| entry.statement.id()).collect();
        let heads = self.set.all(&heads).map(|(_, entry)| entry.statement.id());
        let mut heads: Vec<StatementId> = heads.collect();
        heads.sort_unstable();
        Cut { heads, lost }
    }

    /// What a peer signed that lives and is whole, and that nothing such of it links to, not even
    /// over others.
    fn accepted_heads(&self, file: &File) -> Vec<Slot> {
        let is_accepted = |slot: Slot| self.verdict(slot).live && self.set.is_whole(slot);
        let mut heads = Vec::new();
        let mut open: Vec<Slot> =
            file.heads.iter().filter_map(|(_, id)| self.set.slot(id)).collect();
        let mut seen: BTreeSet<Slot> = open.iter().copied().collect();
        while let Some(slot) = open.pop() {
            if is_accepted(slot) {
                heads.push(slot);
                continue;
            }
            let prev = self.set.entry(slot).into_iter().flat_map(|entry| &entry.prev);
            open.extend(prev.filter(|prev| seen.insert(**prev)));
        }
        // one that was found below a dead statement may also lie below one that is accepted
        let accepted = self.set.all(&heads);
        let below: Vec<Slot> = accepted.flat_map(|(_, entry)| &entry.prev).copied().collect();
        let below = self.below(&below);
        heads.retain(|slot| !below.contains(slot));
        heads
    }

    /// Whatever these statements link to, over others of their authors, and they themselves.
    fn below(&self, slots: &[Slot]) -> BTreeSet<Slot> {
        let mut below: BTreeSet<Slot> = slots.iter().copied().collect();
        let mut open = slots.to_vec();
        while let Some(entry) = open.pop().and_then(|slot| self.set.entry(slot)) {
            open.extend(entry.prev.iter().filter(|prev| below.insert(**prev)));
        }
        below
    }

    /// The live removals and demotions of `subject` that a grant by `issuer` needs to cite: those
    /// whole, and not covered by its earlier grants to the subject; ascending. One that another
    /// covers is left out. There may be more than one grant can cite: ask again after it.
    pub(crate) fn removals_to_cite(&self, subject: PeerId, issuer: PeerId) -> Vec<StatementId> {
        self.uncovered_removals(subject, &self.covered_by_grants(subject, issuer))
    }

    /// What a grant by `issuer` cites that needs to cite these: as far as there is room, what its
    /// earlier grants cover too, for whoever holds this one and not those; ascending.
    pub(crate) fn standing_alone(
        &self,
        subject: PeerId,
        mut cites: Vec<StatementId>,
    ) -> Vec<StatementId> {
        let all = self.uncovered_removals(subject, &Bits::default());
        let others = all.into_iter().filter(|id| !cites.contains(id)).collect::<Vec<_>>();
        cites.extend(others.into_iter().take(CITES_MAX.saturating_sub(cites.len())));
        cites.sort_unstable();
        cites
    }

    /// The live and whole removals of `subject` not in `covered` that no other such covers.
    /// Costs, for each of them, a look at each of the same author.
    fn uncovered_removals(&self, subject: PeerId, covered: &Bits) -> Vec<StatementId> {
        let Some(file) = self.set.file_of(&subject) else { return Vec::new() };
        let open = self.live(&file.removals).filter(|(slot, removal)| {
            !covered.contains(removal.anchor) && self.set.is_whole(*slot)
        });
        let open: Vec<(Slot, &Entry)> = open.collect();
        let is_below = |slot: Slot| {
            let mut others = open.iter().filter(|(other, _)| *other != slot);
            others.any(|&(other, _)| self.set.reaches(other, slot))
        };
        let cites = open.iter().filter(|(slot, _)| !is_below(*slot));
        let mut cites: Vec<_> = cites.map(|(_, entry)| entry.seniority()).collect();
        cites.sort_unstable();
        cites.truncate(CITES_MAX);
        let mut cites: Vec<StatementId> = cites.into_iter().map(|(_, id)| id).collect();
        cites.sort_unstable();
        cites
    }

    /// What a removal of `subject`, or its demotion `to` a role, would do, signed under `cred`
    /// (none: by the creator).
    pub(crate) fn removal_effect(
        &self,
        subject: PeerId,
        to: Option<Role>,
        cred: Option<&StatementId>,
    ) -> Effect {
        let standing = self.standing_under(cred);
        let mut effect = Effect::default();
        for valid in self.valid_grants(subject) {
            let is_junior = standing < valid.entry.holder();
            if is_junior && to.is_none_or(|to| to < valid.grant.role) {
                effect.hits = effect.hits.saturating_add(1);
            } else {
                effect.spares = effect.spares.saturating_add(1);
                effect.spares_admin |= valid.role == Role::Admin;
            }
        }
        effect
    }

    /// The same set with these statements too, evaluated: what would be.
    pub(crate) fn with(&self, statements: &[Statement]) -> Self {
        let mut after = Self::new(self.genesis.clone());
        after.bound = self.bound;
        after.trust(self.height());
        for known in self.statements().chain(statements) {
            after.insert(known.clone()).ok();
        }
        after.evaluate();
        after
    }

    /// How many statements held here were signed under this grant.
    pub(crate) fn signed_under(&self, cred: &StatementId) -> usize {
        let grant = self.set.slot(cred).and_then(|slot| self.set.entry(slot));
        grant.map_or(0, |grant| grant.under.len())
    }

    /// What this author signed and lives, in the order of ids.
    pub(crate) fn live_by(&self, author: PeerId) -> BTreeSet<StatementId> {
        let file = self.set.file_of(&author);
        let signed = file.into_iter().flat_map(|file| self.live(&file.signed));
        signed.map(|(_, entry)| entry.statement.id()).collect()
    }

    /// Whether a valid grant of `member` rests on a grant that `issuer` gave, to it or to somebody
    /// between them.
    pub(crate) fn was_brought_in_by(&self, member: PeerId, issuer: PeerId) -> bool {
        self.valid_grants(member).any(|valid| {
            let chain = self.chain(Some(&valid.entry.statement.id()));
            chain.iter().any(|grant| grant.author() == issuer)
        })
    }

    /// Whether a statement is another one or links to it over those of its author, as far as these
    /// are held.
    pub(crate) fn follows(&self, later: &StatementId, earlier: &StatementId) -> bool {
        let (later, earlier) = (self.set.slot(later), self.set.slot(earlier));
        later.zip(earlier).is_some_and(|(later, earlier)| self.set.reaches(later, earlier))
    }

    /// The author's statements that no other of its own names, the deepest few of them.
    fn latest(&self, author: PeerId) -> Vec<(u32, StatementId)> {
        let file = self.set.file_of(&author).into_iter();
        file.flat_map(|file| file.heads.iter().rev().take(PREV_MAX)).copied().collect()
    }

    /// What the issuer's next grant to the subject covers without citing anything.
    fn covered_by_grants(&self, subject: PeerId, issuer: PeerId) -> Bits {
        let mut covered = Bits::default();
        let heads = self.latest(issuer);
        let heads: Vec<Slot> = heads.iter().filter_map(|(_, id)| self.set.slot(id)).collect();
        let grants = self.set.file_of(&subject).map_or(&[][..], |file| &file.grants);
        for (slot, grant) in self.set.all(grants).filter(|(_, grant)| !grant.cover.is_empty()) {
            if heads.iter().any(|&head| self.set.reaches(head, slot)) {
                covered.absorb(&grant.cover);
            }
        }
        covered
    }
}
