//! What a node needs to know to sign a statement: what came before, what a removal pins and what
//! it hits, what a grant cites.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Authority;
use super::dag::{Dag, Marks};
use super::set::Slot;
use super::whole::Wholeness;
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
    pub(crate) fn cut(&self, subject: PeerId) -> Cut {
        let Some(person) = self.set.person(&subject) else { return Cut::default() };
        let dag = Dag::new(&self.set);
        let mut wholeness = Wholeness::new(&self.set);
        let mut reached = Marks::new(&self.set);
        let mut heads: Vec<Slot> = Vec::new();
        for &slot in dag.heads_first(person) {
            let accepted = self.verdict(slot).live && wholeness.is_whole(slot);
            if accepted && reached.get(slot) == 0 {
                heads.push(slot);
                reached.add(slot, 1);
            }
            for &prev in dag.prev(slot) {
                reached.add(prev, reached.get(slot));
            }
        }
        let mut heads: Vec<_> =
            self.set.all(&heads).map(|(slot, entry)| (Reverse(entry.rank()), slot)).collect();
        heads.sort_unstable();
        heads.truncate(CUT_MAX);
        let mut pinned = Marks::new(&self.set);
        for &(_, slot) in &heads {
            pinned.add(slot, 1);
        }
        pinned.sink(&dag, person);
        let signed = self.live(&self.set.file(person).signed);
        let lost = signed.filter(|(slot, _)| pinned.get(*slot) == 0);
        let lost = lost.map(|(_, entry)| entry.statement.id()).collect();
        let mut heads: Vec<StatementId> =
            heads.into_iter().map(|(Reverse((_, id)), _)| id).collect();
        heads.sort_unstable();
        Cut { heads, lost }
    }

    /// The live removals and demotions of `subject` that a grant by `issuer` needs to cite: those
    /// whole, and not covered by its earlier grants to the subject; ascending. One that another
    /// covers is left out. There may be more than one grant can cite: ask again after it.
    pub(crate) fn removals_to_cite(&self, subject: PeerId, issuer: PeerId) -> Vec<StatementId> {
        let dag = Dag::new(&self.set);
        let covered = self.covered_by_grants(subject, issuer, &dag);
        self.uncovered_removals(subject, covered, &dag)
    }

    /// What a grant by `issuer` cites that needs to cite these: as far as there is room, what its
    /// earlier grants cover too, for whoever holds this one and not those; ascending.
    pub(crate) fn standing_alone(
        &self,
        subject: PeerId,
        mut cites: Vec<StatementId>,
    ) -> Vec<StatementId> {
        let all = self.uncovered_removals(subject, Marks::new(&self.set), &Dag::new(&self.set));
        let others = all.into_iter().filter(|id| !cites.contains(id)).collect::<Vec<_>>();
        cites.extend(others.into_iter().take(CITES_MAX.saturating_sub(cites.len())));
        cites.sort_unstable();
        cites
    }

    fn uncovered_removals(
        &self,
        subject: PeerId,
        mut covered: Marks,
        dag: &Dag,
    ) -> Vec<StatementId> {
        let Some(file) = self.set.file_of(&subject) else { return Vec::new() };
        let mut wholeness = Wholeness::new(&self.set);
        let removals = self.live(&file.removals);
        let mut open: Vec<Slot> = removals.map(|(slot, _)| slot).collect();
        open.retain(|&slot| covered.get(slot) == 0 && wholeness.is_whole(slot));
        let authors: BTreeSet<_> = self.set.all(&open).map(|(_, entry)| entry.author).collect();
        let mut cites = Vec::new();
        for author in authors {
            for &slot in dag.heads_first(author) {
                if covered.get(slot) == 0 && open.contains(&slot) {
                    cites.push(slot);
                    covered.add(slot, 1);
                }
                for &prev in dag.prev(slot) {
                    covered.add(prev, covered.get(slot));
                }
            }
        }
        let mut cites: Vec<_> = self.set.all(&cites).map(|(_, entry)| entry.seniority()).collect();
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

    /// The same set with one more statement, evaluated: what would be.
    pub(crate) fn with(&self, statement: Statement) -> Self {
        let mut after = Self::new(self.genesis.clone());
        after.bound = self.bound;
        for known in self.statements() {
            after.insert(known.clone()).ok();
        }
        after.insert(statement).ok();
        after.evaluate();
        after
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

    /// The author's statements that no other of its own names, the deepest few of them.
    fn latest(&self, author: PeerId) -> Vec<(u32, StatementId)> {
        let Some(file) = self.set.file_of(&author) else { return Vec::new() };
        let signed = self.set.all(&file.signed);
        let prevs = signed.clone().flat_map(|(_, entry)| entry.statement.lists().prev());
        let named: BTreeSet<&StatementId> = prevs.collect();
        let heads = signed.map(|(_, entry)| entry.rank()).filter(|(_, id)| !named.contains(id));
        let mut heads: Vec<_> = heads.collect();
        heads.sort_unstable_by_key(|&head| Reverse(head));
        heads.truncate(PREV_MAX);
        heads
    }

    /// Marks what the issuer's grants to the subject cite, with all that it covers.
    fn covered_by_grants(&self, subject: PeerId, issuer: PeerId, dag: &Dag) -> Marks {
        let mut own = Marks::new(&self.set);
        let mut covered = Marks::new(&self.set);
        let Some(person) = self.set.person(&issuer) else { return covered };
        for (_, head) in self.latest(issuer) {
            if let Some(slot) = self.set.slot(&head) {
                own.add(slot, 1);
            }
        }
        own.sink(dag, person);
        let mut authors = BTreeSet::new();
        let grants = self.set.file_of(&subject).map_or(&[][..], |file| &file.grants);
        for &grant in grants.iter().filter(|grant| own.get(**grant) != 0) {
            for (slot, cited) in self.set.all(dag.cites(grant)) {
                covered.add(slot, 1);
                authors.insert(cited.author);
            }
        }
        for author in authors {
            covered.sink(dag, author);
        }
        covered
    }
}
