//! The rule once more, top down and recursive, sharing nothing with the evaluator.

use alloc::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::checkpoint::Worth;
use crate::limits::CHAIN_MAX;

const INFINITE: u32 = u32::MAX;

/// Judges at most 128 statements.
pub(super) struct Oracle<'a> {
    all: &'a [Statement],
    creator: PeerId,
    bound: usize,
    /// Where those are that are not void.
    at: BTreeMap<StatementId, usize>,
    /// What the checkpoint that counts says of those signed before it.
    said: Vec<Option<Worth>>,
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
        let (said, below) = (vec![None; all.len()], Vec::new());
        let mut oracle = Self { all, creator, bound, at, said, below, live, passes };
        oracle.look_back();
        for (n, one) in all.iter().enumerate() {
            let lists = if oracle.said[n].is_none() { one.lists().prev() } else { &[] };
            let prevs = lists.iter().filter_map(|id| oracle.at.get(id));
            let own = prevs.filter(|&&prev| all[prev].author() == one.author());
            // what has no right to be signed is no link either
            let is_link = oracle.path(n).is_some();
            let bits = own.fold(1 << n, |bits, &prev| bits | oracle.below[prev]);
            oracle.below.push(if is_link { bits | oracle.line(n) } else { 0 });
        }
        oracle
    }

    /// Finds the checkpoint that counts: the greatest of which every part and every survivor is
    /// held, and with each survivor the grant that it is signed under is one. Of what was signed
    /// before it all but the survivors is void, and of what was signed under a checkpoint that is
    /// not held, all but that checkpoint.
    fn look_back(&mut self) {
        let lawful: BTreeSet<StatementId> =
            (0..self.all.len()).filter(|&n| self.path(n).is_some()).map(|n| self.id(n)).collect();
        let manifests = self.all.iter().filter_map(|one| {
            let Body::Checkpoint { parts, .. } = one.body() else { return None };
            let mut manifest = BTreeMap::new();
            for part in parts {
                let part = &self.all[*self.at.get(part)?];
                let Body::Survivors(named) = part.body() else { return None };
                let is_part = part.height() == one.height();
                manifest.extend(is_part.then_some(named)?.iter().map(|it| (it.id, it.worth)));
            }
            let is_whole = manifest.keys().all(|id| {
                let cred = self.at.get(id).and_then(|&n| self.all[n].cred());
                lawful.contains(id) && cred.is_none_or(|cred| manifest.contains_key(&cred))
            });
            is_whole.then_some((one.height(), one.id(), manifest))
        });
        let greatest = manifests.max_by_key(|(height, id, _)| (*height, *id));
        let (now, manifest) =
            greatest.map_or_else(Default::default, |(height, _, manifest)| (height, manifest));
        for (n, one) in self.all.iter().enumerate() {
            let is_its = matches!(one.body(), Body::Checkpoint { .. } | Body::Survivors(_));
            let worth = manifest.get(&one.id());
            if one.height() < now && worth.is_some() {
                let gave_up = one.cred().and_then(|cred| manifest.get(&cred));
                let survives = match one.body() {
                    Body::Grant(_) | Body::Property(_) => true,
                    Body::Resign { .. } => gave_up == Some(&Worth::GivenUp),
                    _ => false,
                };
                self.said[n] = if survives { worth.copied() } else { Some(Worth::Dead) };
            } else if one.height() < now || one.height() > now && !is_its {
                self.at.remove(&one.id());
            }
        }
    }

    fn id(&self, n: usize) -> StatementId {
        self.all[n].id()
    }

    /// Survivors of one author that are not dead follow each other by what they claim, and whatever
    /// it signs since follows them all.
    fn line(&self, n: usize) -> u128 {
        if self.said[n] == Some(Worth::Dead) {
            return 0;
        }
        let rank = |n: usize| (self.all[n].depth(), self.id(n));
        let others = (0..self.all.len()).filter(|&other| {
            let in_line = self.said[other].is_some_and(|worth| worth != Worth::Dead);
            let is_before = self.said[n].is_none() || rank(other) < rank(n);
            let same = self.all[other].author() == self.all[n].author();
            in_line && is_before && same && self.path(other).is_some()
        });
        others.fold(0, |bits, other| bits | 1 << other)
    }

    fn cred(&self, n: usize) -> Option<usize> {
        self.all[n].cred().and_then(|id| self.at.get(&id).copied())
    }

    /// Whether a checkpoint lets a statement live under a grant.
    fn carries(&self, grant: usize, n: usize) -> bool {
        match (self.said[n], self.said[grant]) {
            (Some(worth), _) => worth != Worth::Dead,
            (None, Some(worth)) => worth == Worth::Full,
            (None, None) => true,
        }
    }

    /// The grants from the one that `n` is signed under up to the creator's, if all is in order.
    pub(super) fn path(&self, n: usize) -> Option<Vec<usize>> {
        let one = &self.all[n];
        if !self.at.contains_key(&one.id()) {
            return None;
        }
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
            Body::Remove { .. } => above.role != Role::Member,
            Body::Demote { .. } => above.role == Role::Admin,
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
        let signer = self.signer(removal);
        let is_withdrawal = signer == INFINITE && self.cred(removal) == self.cred(n);
        if signer >= holder && !is_withdrawal {
            return false;
        }
        let earlier = (0..self.all.len()).filter(|&other| {
            let same = self.all[other].grant().is_some_and(|one| one.subject == grant.subject);
            same && self.reaches(n, other)
        });
        let new = earlier.filter(|&other| self.said[other].is_none());
        let mut cites = new.flat_map(|other| self.all[other].lists().cites());
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
                None => self.said[n] != Some(Worth::Dead),
                Some(grant) => {
                    self.live(grant)
                        && self.carries(grant, n)
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

    /// The Resigns under a grant that no checkpoint has weighed.
    pub(super) fn resigns(&mut self, grant: usize) -> Vec<usize> {
        let new = (0..self.all.len()).filter(|&n| self.said[n].is_none());
        let under = new.filter(|&n| self.cred(n) == Some(grant));
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
        if matches!(self.said[n], Some(Worth::Removed | Worth::GivenUp | Worth::Dead)) {
            return None;
        }
        if !self.live(n) || !self.resigns(n).is_empty() || self.is_removed(n) {
            return None;
        }
        let is_lowered = self.said[n] == Some(Worth::Demoted) || !self.hits(n).is_empty();
        Some(if is_lowered { Role::Member } else { role })
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
