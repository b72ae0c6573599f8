//! The rule once more, top down and recursive, sharing nothing with the evaluator.

use alloc::collections::BTreeMap;

use super::*;
use crate::limits::CHAIN_MAX;

const INFINITE: u32 = u32::MAX;

/// Judges at most 128 statements.
pub(super) struct Oracle<'a> {
    all: &'a [Statement],
    creator: PeerId,
    bound: usize,
    at: BTreeMap<StatementId, usize>,
    /// The closure of each statement, as bits.
    below: Vec<u128>,
    live: BTreeMap<usize, bool>,
    passes: BTreeMap<usize, bool>,
}

impl<'a> Oracle<'a> {
    /// `all` are the statements held; what they name comes before them.
    pub(super) fn new(all: &'a [Statement], creator: PeerId, bound: usize) -> Self {
        assert!(all.len() <= 128);
        let at: BTreeMap<_, _> = all.iter().enumerate().map(|(n, one)| (one.id(), n)).collect();
        let (live, passes) = (BTreeMap::new(), BTreeMap::new());
        let mut oracle = Self { all, creator, bound, at, below: Vec::new(), live, passes };
        for (n, one) in all.iter().enumerate() {
            let prevs = one.lists().prev().iter().filter_map(|id| oracle.at.get(id));
            let own = prevs.filter(|&&prev| all[prev].author() == one.author());
            // what has no right to be signed is no link either
            let is_link = oracle.path(n).is_some();
            let bits = own.fold(1 << n, |bits, &prev| bits | oracle.below[prev]);
            oracle.below.push(if is_link { bits } else { 0 });
        }
        oracle
    }

    fn cred(&self, n: usize) -> Option<usize> {
        self.all[n].cred().and_then(|id| self.at.get(&id).copied())
    }

    /// The grants from the one that `n` is signed under up to the creator's, if all is in order.
    pub(super) fn path(&self, n: usize) -> Option<Vec<usize>> {
        let one = &self.all[n];
        if one.cred().is_none() {
            return (one.author() == self.creator).then(Vec::new);
        }
        let cred = self.cred(n)?;
        let above = self.all[cred].grant().filter(|grant| grant.subject == one.author())?;
        let allowed = match one.body() {
            Body::Grant(grant) => {
                grant.window.until <= above.window.until
                    && grant.window.from >= above.window.from
                    && (above.role == Role::Admin
                        || (above.role == Role::Inviter && grant.role < Role::Admin))
            }
            Body::Remove { .. } | Body::Demote { .. } => above.role == Role::Admin,
            Body::Resign { .. } => true,
            Body::Property(_) | Body::Checkpoint { .. } | Body::Survivors(_) => false,
        };
        let mut path = self.path(cred)?;
        path.push(cred);
        let length = path.len() + usize::from(one.grant().is_some());
        (allowed && length <= CHAIN_MAX).then_some(path)
    }

    fn signer(&self, n: usize) -> u32 {
        let Some(path) = self.path(n) else { return INFINITE };
        let Some(&cred) = path.last() else { return 0 };
        let is_admin = self.all[cred].grant().is_some_and(|grant| grant.role == Role::Admin);
        if is_admin { u32::try_from(path.len()).unwrap() } else { INFINITE }
    }

    fn reaches(&self, from: usize, to: usize) -> bool {
        self.below[from] >> to & 1 == 1
    }

    fn reaches_from(&self, from: &StatementId, to: usize) -> bool {
        self.at.get(from).is_some_and(|&from| self.reaches(from, to))
    }

    pub(super) fn applies(&self, removal: usize, n: usize) -> bool {
        let Some(grant) = self.all[n].grant() else { return false };
        let concerns = match self.all[removal].body() {
            Body::Remove { subject, .. } => *subject == grant.subject,
            Body::Demote { subject, to, .. } => *subject == grant.subject && *to < grant.role,
            _ => false,
        };
        let (true, Some(_), Some(path)) = (concerns, self.path(removal), self.path(n)) else {
            return false;
        };
        let is_admin = grant.role == Role::Admin;
        let holder = if is_admin { u32::try_from(path.len()).unwrap() + 1 } else { INFINITE };
        if self.signer(removal) >= holder {
            return false;
        }
        let earlier = (0..self.all.len()).filter(|&other| {
            let same = self.all[other].grant().is_some_and(|one| one.subject == grant.subject);
            same && self.reaches(n, other)
        });
        let mut cites = earlier.flat_map(|other| self.all[other].lists().cites());
        let is_cited = cites.any(|cite| self.reaches_from(cite, removal));
        !(is_cited && self.signer(n) <= self.signer(removal))
    }

    fn pins(&self, removal: usize, n: usize) -> bool {
        let (Body::Remove { cut, .. } | Body::Demote { cut, .. }) = self.all[removal].body() else {
            return false;
        };
        cut.iter().any(|head| self.reaches_from(head, n))
    }

    fn passes(&mut self, n: usize) -> bool {
        if let Some(&known) = self.passes.get(&n) {
            return known;
        }
        let passes = self.path(n).is_some()
            && match self.cred(n) {
                None => true,
                Some(grant) => {
                    self.live(grant)
                        && (0..self.all.len()).all(|removal| {
                            !self.applies(removal, grant)
                                || self.pins(removal, n)
                                || !self.live(removal)
                        })
                }
            };
        self.passes.insert(n, passes);
        passes
    }

    fn is_resign(&self, n: usize) -> bool {
        matches!(self.all[n].body(), Body::Resign { .. })
    }

    pub(super) fn resigns(&mut self, grant: usize) -> Vec<usize> {
        let under = (0..self.all.len()).filter(|&n| self.cred(n) == Some(grant));
        let all: Vec<_> = under.filter(|&n| self.is_resign(n)).collect();
        all.into_iter().filter(|&n| self.passes(n)).collect()
    }

    fn is_eligible(&mut self, n: usize) -> bool {
        self.passes(n)
            && match self.cred(n) {
                None => true,
                Some(grant) => {
                    let resigns = self.resigns(grant);
                    resigns.into_iter().all(|resign| self.reaches(resign, n))
                }
            }
    }

    pub(super) fn live(&mut self, n: usize) -> bool {
        if let Some(&known) = self.live.get(&n) {
            return known;
        }
        let live = if self.is_resign(n) {
            self.passes(n)
        } else {
            self.is_eligible(n) && self.cred(n).is_none_or(|grant| self.is_least(n, grant))
        };
        self.live.insert(n, live);
        live
    }

    fn is_least(&mut self, n: usize, grant: usize) -> bool {
        let order = |one: &Statement| (one.depth(), one.id());
        let others = (0..self.all.len()).filter(|&other| {
            self.cred(other) == Some(grant)
                && !self.is_resign(other)
                && order(&self.all[other]) < order(&self.all[n])
        });
        let others: Vec<_> = others.collect();
        others.into_iter().filter(|&other| self.is_eligible(other)).count() < self.bound
    }

    /// The live removals and demotions that hit a grant.
    fn hits(&mut self, grant: usize) -> Vec<usize> {
        let apply = (0..self.all.len()).filter(|&removal| self.applies(removal, grant));
        let apply: Vec<_> = apply.collect();
        apply.into_iter().filter(|&removal| self.live(removal)).collect()
    }

    pub(super) fn is_removed(&mut self, grant: usize) -> bool {
        let hits = self.hits(grant);
        hits.into_iter().any(|hit| matches!(self.all[hit].body(), Body::Remove { .. }))
    }

    fn worth(&mut self, n: usize) -> Option<Role> {
        let role = self.all[n].grant()?.role;
        if !self.live(n) || !self.resigns(n).is_empty() || self.is_removed(n) {
            return None;
        }
        Some(if self.hits(n).is_empty() { role } else { Role::Member })
    }

    pub(super) fn role(&mut self, peer: PeerId) -> Option<Role> {
        if peer == self.creator {
            return Some(Role::Admin);
        }
        let grants: Vec<_> = (0..self.all.len())
            .filter(|&n| self.all[n].grant().is_some_and(|grant| grant.subject == peer))
            .collect();
        grants.into_iter().filter_map(|n| self.worth(n)).max()
    }
}

#[test]
fn the_evaluator_agrees_with_a_recursive_oracle_on_random_sets() {
    let cast = Cast::new(10);
    let mut live = 0;
    let mut dead = 0;
    for seed in 1..=900 {
        let world = random::World::random(&cast, seed, 40);
        let held = world.held();
        let authority = world.authority();
        let mut oracle = Oracle::new(&held, authority.creator(), authority.bound);
        for (n, one) in held.iter().enumerate() {
            let entered = authority.statement(&one.id()).is_some();
            assert_eq!(entered, oracle.path(n).is_some(), "seed {seed}: {one:?}");
            assert_eq!(authority.is_live(&one.id()), oracle.live(n), "seed {seed}: {one:?}");
            *(if oracle.live(n) { &mut live } else { &mut dead }) += 1;
        }
        for &peer in &cast.peers {
            assert_eq!(authority.role(peer, NOW), oracle.role(peer), "seed {seed}: {peer}");
        }
    }
    assert!(live > 7_000 && dead > 4_000, "{live} live, {dead} dead");
}
