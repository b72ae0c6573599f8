//! Random groups: honest and careless authors, withheld statements, lists not known.

use super::batch::Wholeness;
use super::*;
use crate::authority::set::Slot;

/// Statements that count under one grant in these groups: few, so that the bound is met.
const BOUND: usize = 6;

pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, max: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % max
    }

    pub(super) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Withheld,
    Short,
    Full,
}

/// What an author checks before it pins or cites.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    WholeOnly,
    None,
}

/// All that was ever signed in a group, and how much of it is shown. What a statement names comes
/// before it.
#[derive(Clone)]
pub(super) struct World<'a> {
    pub(super) cast: &'a Cast,
    pub(super) peers: usize,
    pub(super) signed: Vec<(Statement, Form)>,
    /// Of the checkpoint that they are at.
    pub(super) height: u32,
    /// Statements that count under one grant.
    pub(super) bound: usize,
}

impl<'a> World<'a> {
    pub(super) fn random(cast: &'a Cast, seed: u64, max: usize) -> Self {
        let mut rng = Rng::new(seed);
        let peers = 4 + rng.below(6);
        let mut world = Self { cast, peers, signed: Vec::new(), height: 0, bound: BOUND };
        let size = 5 + rng.below(max);
        for _ in 0..4 * size {
            if world.signed.len() < size {
                world.sign_any(&mut rng, None, Care::WholeOnly);
            }
        }
        world
    }

    /// What is shown.
    pub(super) fn held(&self) -> Vec<Statement> {
        let shown = self.signed.iter().filter(|(_, form)| *form != Form::Withheld);
        shown.map(|(one, form)| Self::in_form(one, *form)).collect()
    }

    pub(super) fn in_form(one: &Statement, form: Form) -> Statement {
        if form == Form::Full { one.clone() } else { one.without_lists() }
    }

    /// A replica that holds what is shown.
    pub(super) fn authority(&self) -> Authority {
        self.authority_of(self.held())
    }

    /// A replica that was offered `statements` in this order, again and again while any entered.
    pub(super) fn authority_of(&self, mut statements: Vec<Statement>) -> Authority {
        let mut authority = self.cast.authority();
        authority.bound = self.bound;
        loop {
            let before = statements.len();
            statements.retain(|one| authority.insert(one.clone()) == Ok(Inserted::Orphan));
            if statements.len() == before {
                break;
            }
        }
        authority.evaluate();
        authority
    }

    pub(super) fn ids_by(&self, author: usize) -> Vec<StatementId> {
        let own = self.signed.iter().filter(|(one, _)| one.author() == self.cast.peers[author]);
        own.map(|(one, _)| one.id()).collect()
    }

    pub(super) fn shown_by(&self, author: usize) -> Vec<StatementId> {
        let peer = self.cast.peers[author];
        let shown = self.signed.iter().filter(|(_, form)| *form != Form::Withheld);
        shown.filter(|(one, _)| one.author() == peer).map(|(one, _)| one.id()).collect()
    }

    /// The grants to a peer, shown or not.
    pub(super) fn grants_to(&self, subject: usize) -> Vec<StatementId> {
        let peer = self.cast.peers[subject];
        let all = self.signed.iter().map(|(one, _)| one);
        let own = all.filter(|one| one.grant().is_some_and(|grant| grant.subject == peer));
        own.map(Statement::id).collect()
    }

    /// The removals and demotions of a peer that are shown.
    pub(super) fn removals_of(&self, peer: usize) -> Vec<StatementId> {
        let peer = self.cast.peers[peer];
        let shown = self.signed.iter().filter(|(_, form)| *form != Form::Withheld);
        let removals = shown.filter(|(one, _)| match one.body() {
            Body::Remove { subject, .. } | Body::Demote { subject, .. } => *subject == peer,
            _ => false,
        });
        removals.map(|(one, _)| one.id()).collect()
    }

    pub(super) fn depth(&self, id: &StatementId) -> u32 {
        self.signed.iter().find(|(one, _)| one.id() == *id).map_or(0, |(one, _)| one.depth())
    }

    /// Signs and shows; nothing if the same statement was signed before.
    pub(super) fn sign(
        &mut self,
        author: usize,
        cred: Option<StatementId>,
        act: Act,
        form: Form,
    ) -> Option<StatementId> {
        let one = self.cast.unsigned_at(self.height, author, cred, act);
        let id = one.id();
        if self.signed.iter().any(|(other, _)| other.id() == id) {
            return None;
        }
        self.signed.push((one, form));
        Some(id)
    }

    /// Signs by the creator after all that it signed.
    pub(super) fn sign_as_creator(&mut self, cites: &[StatementId], body: Body) -> StatementId {
        let own = self.ids_by(0);
        let depth = 1 + own.iter().map(|id| self.depth(id)).max().unwrap_or(0);
        let prev: Vec<_> = own.into_iter().rev().take(40).collect();
        self.sign(0, None, act(depth, &prev, cites, body), Form::Full).unwrap()
    }

    /// One random act of one of `authors`, or of anyone.
    pub(super) fn sign_any(&mut self, rng: &mut Rng, authors: Option<&[usize]>, care: Care) {
        let author = match authors {
            Some(all) => all[rng.below(all.len())],
            None => rng.below(self.peers),
        };
        let grants = self.grants_to(author);
        let cred = match (author, grants.len()) {
            (0, _) => None,
            (_, 0) => return,
            (_, count) => Some(grants[rng.below(count)]),
        };
        let own = if author == 0 { self.shown_by(0) } else { self.ids_by(author) };
        let mut prev = Vec::new();
        for _ in 0..2 {
            if !own.is_empty() && !rng.one_in(4) {
                prev.push(own[own.len() - 1 - rng.below(own.len().min(3))]);
            }
        }
        if rng.one_in(8) && !self.signed.is_empty() {
            // another's statement is no link, whatever it names
            prev.push(self.signed[rng.below(self.signed.len())].0.id());
        }
        let mut depth = 1 + prev.iter().map(|id| self.depth(id)).max().unwrap_or(0);
        if author != 0 && rng.one_in(6) {
            // a claim that nobody checks
            depth = 1 + u32::try_from(rng.below(9)).unwrap();
        }
        let (body, cites) = self.random_body(rng, care);
        let has_bad_form = match &body {
            Body::Grant(grant) => grant.subject == self.cast.peers[author],
            Body::Resign { .. } => author == 0,
            Body::Remove { .. }
            | Body::Demote { .. }
            | Body::Property(_)
            | Body::Checkpoint { .. }
            | Body::Survivors(_) => false,
        };
        if has_bad_form {
            return;
        }
        let form = match (author, authors.is_none(), rng.below(12)) {
            (1.., true, 0 | 1) => Form::Withheld,
            (_, true, 2) => Form::Short,
            _ => Form::Full,
        };
        self.sign(author, cred, act(depth, &prev, &cites, body), form);
    }

    fn random_body(&self, rng: &mut Rng, care: Care) -> (Body, Vec<StatementId>) {
        let subject = 1 + rng.below(self.peers - 1);
        let fit = |ids: Vec<StatementId>| match care {
            Care::None => ids,
            Care::WholeOnly => self.whole(ids),
        };
        let cut = |rng: &mut Rng| {
            let some = 1 + rng.below(4);
            let mut ids = fit(self.ids_by(subject));
            ids.retain(|_| rng.one_in(some));
            ids
        };
        let body = match rng.below(12) {
            0..=5 => {
                let all = rng.one_in(3);
                let mut cites = fit(self.removals_of(subject));
                cites.retain(|_| all || rng.one_in(2));
                let roles = [Role::Member, Role::Inviter, Role::Inviter, Role::Admin];
                let role = roles[rng.below(6).min(3)];
                let until = if rng.one_in(8) { 6 } else { 10 };
                return (self.cast.grant_in(subject, role, until), cites);
            }
            6..=8 => self.cast.remove(subject, &cut(rng)),
            9 | 10 => {
                let to = if rng.one_in(2) { Role::Member } else { Role::Inviter };
                self.cast.demote(subject, to, &cut(rng))
            }
            _ => resign_at(1 + rng.below(9) as u64),
        };
        (body, Vec::new())
    }

    /// Those whose whole closure is shown.
    fn whole(&self, mut ids: Vec<StatementId>) -> Vec<StatementId> {
        if ids.is_empty() {
            return ids;
        }
        let mut authority = self.cast.authority();
        for one in self.held() {
            let _ = authority.insert(one);
        }
        let mut wholeness = Wholeness::new(&authority.set);
        let slot = |id: &StatementId| -> Option<Slot> { authority.set.slot(id) };
        ids.retain(|id| slot(id).is_some_and(|slot| wholeness.is_whole(slot)));
        ids
    }
}
