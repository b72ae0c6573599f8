//! Follows a derivation with nothing but the statements at hand.
//!
//! It evaluates nothing: it looks whether each step says what the rule of authority allows to say
//! about a statement, given the steps before it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::{CHAIN_MAX, STATEMENTS_PER_GRANT_MAX};
use crate::statement::{Body, Grant, Role, Statement};
use crate::time::UnixTime;
use crate::why::read::{cut_of, is_resign, subject_of};
use crate::why::{
    Failure, Finding, GrantReason, GrantRule, Involved, MemberReason, Objection, Refuted, Step,
};

/// Which statements live, as far as the steps so far have said.
type Facts = BTreeMap<StatementId, bool>;

/// Checks answers about one group, by a set of its statements.
#[derive(Debug)]
pub struct Checker<'a> {
    creator: PeerId,
    /// Statements that count under one grant.
    pub(crate) bound: usize,
    all: BTreeMap<StatementId, &'a Statement>,
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
        let mut checker = Self { creator, bound, all: BTreeMap::new(), about, under };
        for one in statements {
            let held = checker.all.entry(one.id()).or_insert(one);
            if one.lists().are_full() {
                *held = one;
            }
        }
        let chains = checker.all.iter().map(|(id, one)| (*id, checker.chain(one)));
        let lawful: BTreeSet<_> = chains.filter(|(_, it)| it.is_some()).map(|it| it.0).collect();
        checker.all.retain(|id, _| lawful.contains(id));
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

    /// Checks that `answer` tells truly, and with good reasons, what role `peer` has at `at`.
    ///
    /// # Errors
    /// [`Refuted`]: the first thing that does not follow.
    pub fn confirm(
        &self,
        peer: PeerId,
        at: UnixTime,
        answer: &MemberReason,
    ) -> Result<(), Refuted> {
        if (answer.peer, answer.at) != (peer, at) {
            return Err(Refuted::Question);
        }
        let named = answer.named().into_iter().map(|id| self.involved(id));
        if !named.eq(answer.involved.iter().map(|one| Some(*one))) {
            return Err(Refuted::Involved);
        }
        let mut facts = Facts::new();
        for step in &answer.steps {
            let fact = self.follow(step, &facts).ok_or(Refuted::Step(step.statement))?;
            facts.insert(step.statement, fact);
        }
        for reason in &answer.grants {
            let worth = self.worth(reason, at, &facts).ok_or(Refuted::Grant(reason.grant))?;
            if worth != reason.worth {
                return Err(Refuted::Grant(reason.grant));
            }
        }
        let told: BTreeSet<_> = answer.grants.iter().map(|reason| reason.grant).collect();
        let grants = self.about(&peer).filter(|one| one.grant().is_some());
        if !grants.map(Statement::id).eq(told) {
            return Err(Refuted::Incomplete);
        }
        let founder = (peer == self.creator).then_some(Role::Admin);
        let role = answer.grants.iter().filter_map(|reason| reason.worth).chain(founder).max();
        if role == answer.role { Ok(()) } else { Err(Refuted::Role) }
    }

    /// Whether the statement lives, if the step follows.
    fn follow(&self, step: &Step, facts: &Facts) -> Option<bool> {
        let one = self.find(&step.statement)?;
        let Some(cred) = one.cred() else {
            return (step.finding == Finding::ByCreator).then_some(true);
        };
        let grant = self.find(&cred)?;
        let lives = |id: &StatementId| facts.get(id) == Some(&true);
        let (follows, fact) = match &step.finding {
            Finding::Lives { despite } => {
                let against = self.against(grant, !is_resign(one));
                let stands = self.stands(against, despite, (grant, Some(one)), facts);
                (lives(&cred) && stands && self.has_room(one, facts), true)
            }
            Finding::GrantDead => (facts.get(&cred) == Some(&false), false),
            Finding::NotPinned { by } => {
                let removal = self.find(by)?;
                let unpinned = !cut_of(removal).iter().any(|head| self.reaches(head, &one.id()));
                (lives(by) && self.hits(removal, grant) && unpinned, false)
            }
            Finding::AfterResign { by } => {
                let resign = self.find(by)?;
                let of_grant = is_resign(resign) && resign.cred() == Some(cred);
                let ends = !is_resign(one) && !self.reaches(by, &one.id());
                (lives(by) && of_grant && ends, false)
            }
            Finding::BeyondBound { before } => {
                let count = before.iter().collect::<BTreeSet<_>>().len();
                let earlier: BTreeSet<_> = self.earlier(one).map(Statement::id).collect();
                let all = before.iter().all(|id| lives(id) && earlier.contains(id));
                (!is_resign(one) && all && count >= self.bound, false)
            }
            Finding::ByCreator | Finding::Pending => return None,
        };
        follows.then_some(fact)
    }

    /// What a grant is worth, if what is said of it follows.
    fn worth(&self, reason: &GrantReason, at: UnixTime, facts: &Facts) -> Option<Option<Role>> {
        let one = self.find(&reason.grant)?;
        let grant = one.grant()?;
        let lives = |id: &StatementId| facts.get(id) == Some(&true);
        let is_open = lives(&one.id()) && grant.window.contains(at);
        let (follows, worth) = match &reason.rule {
            GrantRule::Dead => (facts.get(&reason.grant) == Some(&false), None),
            GrantRule::Removed { by } => {
                let removal = self.find(by)?;
                let removes = matches!(removal.body(), Body::Remove { .. });
                (lives(by) && removes && self.hits(removal, one), None)
            }
            GrantRule::GivenUp { by } => {
                let resign = self.find(by)?;
                (lives(by) && is_resign(resign) && resign.cred() == Some(reason.grant), None)
            }
            GrantRule::OutsideWindow => (!grant.window.contains(at), None),
            GrantRule::Demoted { by, despite } => {
                let demotion = self.find(by)?;
                let demotes = matches!(demotion.body(), Body::Demote { .. });
                let ends = |one: &&Statement| !matches!(one.body(), Body::Demote { .. });
                let against = self.against(one, true).filter(ends);
                let stands = self.stands(against, despite, (one, None), facts);
                let is_hit = lives(by) && demotes && self.hits(demotion, one);
                (is_open && is_hit && stands, Some(Role::Member))
            }
            GrantRule::Holds { despite } => {
                let stands = self.stands(self.against(one, true), despite, (one, None), facts);
                (is_open && stands, Some(grant.role))
            }
        };
        follows.then_some(worth)
    }

    /// The removals and demotions of a grant's holder, and the Resigns under it.
    fn against(&self, grant: &Statement, resigns: bool) -> impl Iterator<Item = &'a Statement> {
        let holder = subject_of(grant).unwrap_or(self.creator);
        let removals = self.about(&holder).filter(|one| one.grant().is_none());
        let under = self.under.get(&grant.id()).into_iter().flatten().copied();
        removals.chain(under.filter(move |one| resigns && is_resign(one)))
    }

    /// Whether `despite` is all that speaks `against` a grant, or a statement under it, in vain.
    fn stands(
        &self,
        against: impl Iterator<Item = &'a Statement>,
        despite: &[Objection],
        what: (&Statement, Option<&Statement>),
        facts: &Facts,
    ) -> bool {
        let against: BTreeSet<_> = against.map(Statement::id).collect();
        let fails = |it: &Objection| self.fails(it, what, facts) == Some(true);
        despite.iter().map(|it| it.by).eq(against) && despite.iter().all(fails)
    }

    fn fails(
        &self,
        objection: &Objection,
        (grant, one): (&Statement, Option<&Statement>),
        facts: &Facts,
    ) -> Option<bool> {
        let by = self.find(&objection.by)?;
        Some(match objection.fails {
            Failure::NotSenior => !is_resign(by) && !self.is_senior(by, grant),
            Failure::TooMild => !exceeds(grant.grant()?.role, by.body()),
            Failure::Dead => facts.get(&objection.by) == Some(&false),
            Failure::Cited { grant: citing, cite } => {
                let other = self.find(&citing)?;
                let cites = other.lists().cites().contains(&cite) && self.reaches(&cite, &by.id());
                let same = subject_of(other) == subject_of(grant);
                cites && same && self.reaches(&grant.id(), &citing) && self.may_overcome(grant, by)
            }
            Failure::Pins { head } => cut_of(by).contains(&head) && self.reaches(&head, &one?.id()),
            Failure::ComesAfter => is_resign(by) && self.reaches(&objection.by, &one?.id()),
        })
    }

    /// Whether a removal or demotion hits a grant, if it lives.
    fn hits(&self, removal: &Statement, grant: &Statement) -> bool {
        let concerns = grant.grant().is_some_and(|grant| exceeds(grant.role, removal.body()))
            && subject_of(removal) == subject_of(grant);
        let earlier = self.closure(&grant.id()).into_iter().filter_map(|id| self.find(&id));
        let mut citing = earlier.filter(|one| subject_of(one) == subject_of(grant));
        let covers = |one: &Statement| {
            one.lists().cites().iter().any(|cite| self.reaches(cite, &removal.id()))
        };
        concerns
            && self.is_senior(removal, grant)
            && !(self.may_overcome(grant, removal) && citing.any(covers))
    }

    fn is_senior(&self, removal: &Statement, grant: &Statement) -> bool {
        let is_admin = grant.grant().is_some_and(|grant| grant.role == Role::Admin);
        let holder = self.chain(grant).filter(|_| is_admin).map(|chain| chain.saturating_add(1));
        self.signer(removal).is_some_and(|signer| holder.is_none_or(|holder| signer < holder))
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
                let prev = one.lists().prev().iter().filter_map(|id| self.find(id));
                next.extend(prev.filter(|prev| prev.author() == one.author()));
            }
        }
        reached
    }

    fn involved(&self, id: StatementId) -> Option<Involved> {
        let one = self.find(&id)?;
        Some(Involved::of(one, self.signer(one)))
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
            let (from, until) = (other.window.from, other.window.until);
            let is_within = grant.window.from <= from && until <= grant.window.until;
            let may_give = grant.role > Role::Member && other.role < Role::Admin;
            is_within && (may_give || grant.role == Role::Admin)
        }
        Body::Remove { .. } | Body::Demote { .. } => grant.role == Role::Admin,
        Body::Resign { .. } => true,
        Body::Property(_) => false,
    };
    may && grant.subject == one.author()
}

/// Whether a removal or demotion is about so great a role.
fn exceeds(role: Role, removal: &Body) -> bool {
    match removal {
        Body::Remove { .. } => true,
        Body::Demote { to, .. } => role > *to,
        Body::Grant(_) | Body::Resign { .. } | Body::Property(_) => false,
    }
}
