//! Follows a derivation with nothing but the statements at hand.
//!
//! It evaluates nothing: it looks whether each step says what the rule of authority allows to say
//! about a statement, given the steps before it.

mod past;
mod record;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use past::Past;

use crate::checkpoint::Worth;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::{CHAIN_MAX, STATEMENTS_PER_GRANT_MAX};
use crate::statement::{Body, Grant, Role, Statement};
use crate::time::UnixTime;
use crate::why::read::{cut_of, exceeds, is_demotion, is_resign, stamp_of, subject_of};
use crate::why::{
    Failure, Finding, GrantReason, GrantRule, Involved, MemberReason, Objection, Refuted, Step,
};

/// Which statements live, as far as the steps so far have said.
type Facts = BTreeMap<StatementId, bool>;

/// A grant and, if that is in question, a statement under it.
type What<'s> = (&'s Statement, Option<&'s Statement>);

/// Checks answers about one group, by a set of its statements.
#[derive(Debug)]
pub struct Checker<'a> {
    creator: PeerId,
    /// Statements that count under one grant.
    pub(crate) bound: usize,
    all: BTreeMap<StatementId, &'a Statement>,
    past: Past,
    /// The grants to each peer, and its removals and demotions.
    about: BTreeMap<PeerId, Vec<&'a Statement>>,
    /// What is signed under each grant.
    under: BTreeMap<StatementId, Vec<&'a Statement>>,
}

impl<'a> Checker<'a> {
    /// For the group that `creator` founded. Statements that their authors had no right to sign
    /// are passed over.
    pub fn new(creator: PeerId, statements: impl IntoIterator<Item = &'a Statement>) -> Self {
        let (about, under) = (BTreeMap::new(), BTreeMap::new());
        let bound = STATEMENTS_PER_GRANT_MAX;
        let (all, past) = (BTreeMap::new(), Past::default());
        let mut checker = Self { creator, bound, all, past, about, under };
        for one in statements {
            let held = checker.all.entry(one.id()).or_insert(one);
            if one.lists().are_full() {
                *held = one;
            }
        }
        let chains = checker.all.iter().map(|(id, one)| (*id, checker.chain(one)));
        let lawful: BTreeSet<_> = chains.filter(|(_, it)| it.is_some()).map(|it| it.0).collect();
        checker.all.retain(|id, _| lawful.contains(id));
        checker.past = Past::of(creator, &checker.all);
        for one in checker.all.values() {
            if let Some(subject) = subject_of(one) {
                checker.about.entry(subject).or_default().push(one);
            }
            if let Some(cred) = one.cred() {
                checker.under.entry(cred).or_default().push(one);
            }
        }
        checker
    }

    /// Checks that `why` tells truly, and with good reasons, what role `peer` has at `at`.
    ///
    /// # Errors
    /// [`Refuted`]: the first thing that does not follow.
    pub fn confirm(&self, peer: PeerId, at: UnixTime, why: &MemberReason) -> Result<(), Refuted> {
        if (why.peer, why.at) != (peer, at) {
            return Err(Refuted::Question);
        }
        if !why.is_whole {
            return Err(Refuted::Incomplete);
        }
        let involved = |one: &Statement| Involved::of(one, self.signer(one));
        let named = why.named().into_iter().map(|id| self.find(&id).map(involved));
        if !named.eq(why.involved.iter().map(|one| Some(*one))) {
            return Err(Refuted::Involved);
        }
        let mut facts = Facts::new();
        for step in &why.steps {
            let fact = self.follow(step, &facts).ok_or(Refuted::Step(step.statement))?;
            facts.insert(step.statement, fact);
        }
        for reason in &why.grants {
            if self.is_worth(reason, at, &facts) != Some(true) {
                return Err(Refuted::Grant(reason.grant));
            }
        }
        let told: BTreeSet<_> = why.grants.iter().map(|reason| reason.grant).collect();
        let grants = self.about(&peer).filter(|one| one.grant().is_some());
        if !grants.map(Statement::id).eq(told) {
            return Err(Refuted::Incomplete);
        }
        let founder = (peer == self.creator).then_some(Role::Admin);
        let role = why.grants.iter().filter_map(|reason| reason.worth).chain(founder).max();
        if role == why.role { Ok(()) } else { Err(Refuted::Role) }
    }

    /// Whether the statement lives, if the step follows.
    fn follow(&self, step: &Step, facts: &Facts) -> Option<bool> {
        let one = self.find(&step.statement)?;
        let (by_creator, not_kept) = (Finding::ByCreator, |by: &StatementId| self.past.is_at(by));
        let Some(cred) = one.cred() else {
            let is_dead = self.past.said(one) == Some(Worth::Dead);
            let told = matches!(&step.finding, Finding::NotKept { by } if not_kept(by));
            let follows = if is_dead { told } else { step.finding == by_creator };
            return follows.then_some(!is_dead);
        };
        let grant = self.find(&cred)?;
        let is_kept = self.past.carries(grant, one);
        let lives = |id: &StatementId| facts.get(id) == Some(&true);
        let (follows, fact) = match &step.finding {
            Finding::Lives { despite } => {
                let against = self.against(grant, !is_resign(one));
                let stands = self.stands(against, despite, (grant, Some(one)), facts);
                (lives(&cred) && is_kept && stands && self.has_room(one, facts), true)
            }
            Finding::GrantDead => (facts.get(&cred) == Some(&false), false),
            Finding::NotPinned { by } => {
                let removal = self.find(by)?;
                let unpinned = !cut_of(removal).iter().any(|head| self.reaches(head, &one.id()));
                (lives(by) && self.hits(removal, grant) && unpinned, false)
            }
            Finding::AfterResign { by } => {
                let is_new = self.past.said(self.find(by)?).is_none();
                let ends = is_new && !is_resign(one) && !self.reaches(by, &one.id());
                (lives(by) && self.gives_up(by, &cred) && ends, false)
            }
            Finding::BeyondBound { before } => {
                let earlier: BTreeSet<_> = self.earlier(one).map(Statement::id).collect();
                let live: BTreeSet<_> = before.iter().copied().filter(lives).collect();
                let enough = live.is_subset(&earlier) && live.len() >= self.bound;
                (!is_resign(one) && enough, false)
            }
            Finding::NotKept { by } => (!is_kept && not_kept(by), false),
            Finding::ByCreator | Finding::Pending => return None,
        };
        follows.then_some(fact)
    }

    /// Whether a grant is worth what is said of it, and that follows.
    fn is_worth(&self, reason: &GrantReason, at: UnixTime, facts: &Facts) -> Option<bool> {
        let one = self.find(&reason.grant)?;
        let grant = one.grant()?;
        let lives = |id: &StatementId| facts.get(id) == Some(&true);
        let is_open = grant.window.contains(at);
        let (follows, role) = match &reason.rule {
            GrantRule::Dead => (facts.get(&reason.grant) == Some(&false), None),
            GrantRule::GivenUp { by } => {
                let last = stamp_of(self.find(by)?);
                let mut later = self.resigns(one).filter(|one| stamp_of(one) > last);
                let is_last = later.all(|one| facts.get(&one.id()) == Some(&false));
                let ends = lives(by) && self.gives_up(by, &reason.grant);
                let ended = ends || self.past.says(by, one, Worth::GivenUp);
                (lives(&reason.grant) && ended && is_last, None)
            }
            GrantRule::Removed { by, despite } => {
                let removal = self.find(by)?;
                let resigns = self.against(one, true).filter(|one| is_resign(one));
                let stands = self.stands(resigns, despite, (one, None), facts);
                let hits = lives(by) && !is_demotion(removal) && self.hits(removal, one);
                let is_hit = hits || self.past.says(by, one, Worth::Removed);
                (lives(&reason.grant) && is_hit && stands, None)
            }
            GrantRule::Demoted { by, despite } => {
                let demotion = self.find(by)?;
                let against = self.against(one, true).filter(|one| !is_demotion(one));
                let stands = self.stands(against, despite, (one, None), facts);
                let hits = lives(by) && is_demotion(demotion) && self.hits(demotion, one);
                let is_hit = hits || self.past.says(by, one, Worth::Demoted);
                (lives(&reason.grant) && is_hit && stands, Some(Role::Member))
            }
            GrantRule::Holds { despite } => {
                let stands = self.stands(self.against(one, true), despite, (one, None), facts);
                let is_full = self.past.said(one).is_none_or(|worth| worth == Worth::Full);
                (lives(&reason.grant) && is_full && stands, Some(grant.role))
            }
        };
        let worth = role.filter(|_| is_open);
        Some(follows && (worth, is_open) == (reason.worth, reason.is_open))
    }

    /// The removals and demotions of a grant's holder, and the Resigns under it but those that a
    /// checkpoint has weighed.
    fn against(&self, grant: &Statement, resigns: bool) -> impl Iterator<Item = &'a Statement> {
        let holder = subject_of(grant).unwrap_or(self.creator);
        let removals = self.about(&holder).filter(|one| one.grant().is_none());
        let new = self.resigns(grant).filter(|one| self.past.said(one).is_none());
        removals.chain(new.filter(move |_| resigns))
    }

    fn resigns(&self, grant: &Statement) -> impl Iterator<Item = &'a Statement> {
        let under = self.under.get(&grant.id()).into_iter().flatten().copied();
        under.filter(|one| is_resign(one))
    }

    /// Whether `despite` is all that speaks `against` a grant, or a statement under it, in vain.
    fn stands(
        &self,
        against: impl Iterator<Item = &'a Statement>,
        despite: &[Objection],
        what: What<'_>,
        facts: &Facts,
    ) -> bool {
        let against: BTreeSet<_> = against.map(Statement::id).collect();
        let fails = |it: &Objection| self.fails(it, what, facts) == Some(true);
        despite.iter().map(|it| it.by).eq(against) && despite.iter().all(fails)
    }

    fn fails(&self, it: &Objection, (grant, one): What<'_>, facts: &Facts) -> Option<bool> {
        let by = self.find(&it.by)?;
        Some(match it.fails {
            Failure::Dead => facts.get(&it.by) == Some(&false),
            Failure::ComesAfter => is_resign(by) && self.reaches(&it.by, &one?.id()),
            _ if is_resign(by) => false,
            Failure::NotSenior => !self.has_right(by, grant),
            Failure::TooMild => !exceeds(grant.grant()?.role, by.body()),
            Failure::Cited { grant: citing, cite } => {
                let other = self.find(&citing)?;
                let cites = self.cites(other).contains(&cite) && self.reaches(&cite, &by.id());
                let same = subject_of(other) == subject_of(grant);
                cites && same && self.reaches(&grant.id(), &citing) && self.may_overcome(grant, by)
            }
            Failure::Pins { head } => cut_of(by).contains(&head) && self.reaches(&head, &one?.id()),
        })
    }

    /// Whether a removal or demotion hits a grant, if it lives.
    fn hits(&self, removal: &Statement, grant: &Statement) -> bool {
        let exceeds = grant.grant().is_some_and(|grant| exceeds(grant.role, removal.body()));
        let concerns = exceeds && subject_of(removal) == subject_of(grant);
        let earlier = self.closure(&grant.id()).into_iter().filter_map(|id| self.find(&id));
        let citing = earlier.filter(|one| subject_of(one) == subject_of(grant));
        let mut cites = citing.flat_map(|one| self.cites(one));
        let is_cited = cites.any(|cite| self.reaches(cite, &removal.id()));
        concerns
            && self.has_right(removal, grant)
            && !(is_cited && self.may_overcome(grant, removal))
    }

    /// What a statement cites, unless a checkpoint has weighed that.
    fn cites(&self, one: &'a Statement) -> &'a [StatementId] {
        if self.past.said(one).is_none() { one.lists().cites() } else { &[] }
    }

    fn gives_up(&self, resign: &StatementId, grant: &StatementId) -> bool {
        let resign = self.find(resign).filter(|one| is_resign(one));
        resign.is_some_and(|one| one.cred() == Some(*grant))
    }

    /// Whether an Admin's removal is senior to a grant; an Inviter's, by the grant's own issuer.
    fn has_right(&self, removal: &Statement, grant: &Statement) -> bool {
        let Some(signer) = self.signer(removal) else { return removal.cred() == grant.cred() };
        let is_admin = grant.grant().is_some_and(|grant| grant.role == Role::Admin);
        let holder = self.chain(grant).filter(|_| is_admin).map(|chain| chain.saturating_add(1));
        holder.is_none_or(|holder| signer < holder)
    }

    fn may_overcome(&self, grant: &Statement, removal: &Statement) -> bool {
        let (issuer, remover) = (self.signer(grant), self.signer(removal));
        remover.is_none_or(|remover| issuer.is_some_and(|issuer| issuer <= remover))
    }

    /// The standing that a statement is signed with; none is that of whoever is no Admin.
    fn signer(&self, one: &Statement) -> Option<u8> {
        let Some(cred) = one.cred() else { return Some(0) };
        let role = self.find(&cred)?.grant()?.role;
        self.chain(one).filter(|_| role == Role::Admin)
    }

    /// How many grants are in the chain that a statement is signed under, if that gives the right.
    fn chain(&self, one: &Statement) -> Option<u8> {
        let (mut length, mut at) = (0_usize, one);
        while let Some(cred) = at.cred() {
            let above = self.find(&cred)?;
            if length > CHAIN_MAX || !allows(above.grant()?, at) {
                return None;
            }
            length = length.saturating_add(1);
            at = above;
        }
        let own = usize::from(one.grant().is_some());
        let is_good = at.author() == self.creator && length.saturating_add(own) <= CHAIN_MAX;
        u8::try_from(length).ok().filter(|_| is_good)
    }

    /// Whether there is room for a statement beside those before it that were not shown dead.
    fn has_room(&self, one: &Statement, facts: &Facts) -> bool {
        let open = self.earlier(one).filter(|other| facts.get(&other.id()) != Some(&false));
        is_resign(one) || open.take(self.bound).count() < self.bound
    }

    /// The statements under the same grant, but for Resigns, that count before this one.
    fn earlier(&self, one: &Statement) -> impl Iterator<Item = &'a Statement> {
        let order = (one.depth(), one.id());
        let under = one.cred().and_then(|cred| self.under.get(&cred)).into_iter().flatten();
        under.copied().filter(move |one| !is_resign(one) && (one.depth(), one.id()) < order)
    }

    fn reaches(&self, from: &StatementId, to: &StatementId) -> bool {
        self.closure(from).contains(to)
    }

    /// The statement and what its author signed before it, as far as that is held.
    fn closure(&self, from: &StatementId) -> BTreeSet<StatementId> {
        let (mut reached, mut next) = (BTreeSet::new(), Vec::from_iter(self.find(from)));
        while let Some(one) = next.pop() {
            if reached.insert(one.id()) {
                let new = self.past.said(one).is_none();
                let prev = one.lists().prev().iter().filter(|_| new).copied();
                let held = prev.chain(self.past.before(one)).filter_map(|id| self.find(&id));
                next.extend(held.filter(|prev| prev.author() == one.author()));
            }
        }
        reached
    }

    fn about(&self, peer: &PeerId) -> impl Iterator<Item = &'a Statement> + use<'a> {
        self.about.get(peer).cloned().into_iter().flatten()
    }

    fn find(&self, id: &StatementId) -> Option<&'a Statement> {
        self.all.get(id).copied()
    }
}

/// Whether the holder of `grant` may sign `one`.
fn allows(grant: &Grant, one: &Statement) -> bool {
    let may = match one.body() {
        Body::Grant(other) => {
            let (outer, inner) = (grant.window, other.window);
            let may_give = grant.role > Role::Member && other.role < Role::Admin;
            outer.from <= inner.from
                && inner.until <= outer.until
                && (may_give || grant.role == Role::Admin)
        }
        Body::Remove { .. } => grant.role > Role::Member,
        Body::Demote { .. } => grant.role == Role::Admin,
        Body::Resign { .. } => true,
        _ => false,
    };
    may && grant.subject == one.author()
}
