//! No answer that was tampered with is confirmed, unless what it tells is true all the same.

use super::oracle::Oracle;
use super::random::{Rng, World};
use super::why::{checker, why};
use super::*;
use crate::why::{
    Act as Deed, Failure, Finding, GrantRule, Involved, MemberReason, Objection, Refuted,
};
use Role::{Admin, Inviter, Member};

const ROLES: [Option<Role>; 4] = [None, Some(Member), Some(Inviter), Some(Admin)];

/// Names again what an answer names, so that it is refused for what it says, not for its form.
pub(super) fn renamed(
    authority: &Authority,
    honest: &MemberReason,
    mut answer: MemberReason,
) -> MemberReason {
    let known = |id: StatementId| honest.involved.iter().find(|one| one.id == id).copied();
    let fresh = |id: StatementId| {
        let one = authority.statement(&id)?;
        let standing = match one.cred() {
            None => Some(0),
            Some(cred) => {
                let is_admin = authority.standing_of(&cred) != Standing::INFINITE;
                is_admin.then(|| u8::try_from(authority.chain(Some(&cred)).len()).unwrap())
            }
        };
        Some(Involved::of(one, standing))
    };
    answer.involved =
        answer.named().into_iter().filter_map(|id| known(id).or_else(|| fresh(id))).collect();
    answer
}

/// What an answer claims of each statement and grant.
fn is_true(oracle: &mut Oracle<'_>, held: &[Statement], answer: &MemberReason) -> bool {
    let at = |id: &StatementId| held.iter().position(|one| one.id() == *id);
    let steps = answer.steps.iter().all(|step| {
        let lives = matches!(step.finding, Finding::ByCreator | Finding::Lives { .. });
        at(&step.statement).is_some_and(|n| oracle.live(n) == lives)
    });
    steps && oracle.role(answer.peer) == answer.role
}

/// Answers about one group that are tampered with, and how many of them were refused or are true
/// all the same.
pub(super) struct Trial<'a> {
    authority: &'a Authority,
    held: &'a [Statement],
    oracle: Oracle<'a>,
    rng: Rng,
    /// What may be named in place of what an answer names.
    pub(super) ids: Vec<StatementId>,
    pub(super) refused: usize,
    pub(super) still_true: usize,
}

impl<'a> Trial<'a> {
    pub(super) fn new(authority: &'a Authority, held: &'a [Statement], rng: Rng) -> Self {
        let oracle = Oracle::new(held, authority.creator(), authority.bound);
        let ids = held.iter().map(Statement::id).collect();
        Self { authority, held, oracle, rng, ids, refused: 0, still_true: 0 }
    }

    /// Tampers with the answer about a peer, again and again: none is confirmed that is false.
    /// Gives the honest one.
    pub(super) fn tamper_with(&mut self, peer: PeerId) -> MemberReason {
        let checker = checker(self.authority);
        let honest = self.authority.why_member(peer, NOW);
        for _ in 0..40 {
            let mut answer = honest.clone();
            tamper(&mut self.rng, &self.ids, &mut answer);
            let answer = renamed(self.authority, &honest, answer);
            if answer == honest {
                continue;
            }
            if checker.confirm(peer, NOW, &answer).is_err() {
                self.refused += 1;
                continue;
            }
            self.still_true += 1;
            assert!(is_true(&mut self.oracle, self.held, &answer), "{answer:#?}");
        }
        honest
    }
}

/// A random change of one part of an answer.
fn tamper(rng: &mut Rng, ids: &[StatementId], answer: &mut MemberReason) {
    let any = |rng: &mut Rng| ids[rng.below(ids.len())];
    let kind = rng.below(10);
    if kind < 4 && !answer.grants.is_empty() {
        let at = rng.below(answer.grants.len());
        let (by, despite) = (any(rng), tampered_despite(rng, ids, &answer.grants[at].rule));
        let reason = &mut answer.grants[at];
        match rng.below(9) {
            8 => reason.is_open = !reason.is_open,
            0 => drop(answer.grants.remove(at)),
            1 => reason.worth = ROLES[rng.below(4)],
            2 => reason.grant = by,
            3 => reason.rule = GrantRule::Dead,
            4 => reason.rule = GrantRule::Removed { by, despite },
            5 => reason.rule = GrantRule::GivenUp { by },
            6 => reason.rule = GrantRule::Demoted { by, despite },
            _ => reason.rule = GrantRule::Holds { despite },
        }
        // as good as it gets: the rest agrees with the change
        if rng.one_in(2) {
            for reason in &mut answer.grants {
                reason.worth = match reason.rule {
                    GrantRule::Holds { .. } => reason.worth.or(Some(Admin)),
                    GrantRule::Demoted { .. } => Some(Member),
                    _ => None,
                };
            }
            answer.role = answer.grants.iter().filter_map(|reason| reason.worth).max();
        }
    } else if kind < 9 && !answer.steps.is_empty() {
        let at = rng.below(answer.steps.len());
        let (by, other) = (any(rng), rng.below(answer.steps.len()));
        let despite = match &answer.steps[at].finding {
            Finding::Lives { despite } => tamper_objections(rng, ids, despite.clone()),
            _ => Vec::new(),
        };
        match rng.below(10) {
            0 => drop(answer.steps.remove(at)),
            1 => answer.steps.swap(at, other),
            2 => answer.steps[at].statement = by,
            3 => answer.steps[at].finding = Finding::GrantDead,
            4 => answer.steps[at].finding = Finding::NotPinned { by },
            5 => answer.steps[at].finding = Finding::AfterResign { by },
            6 => answer.steps[at].finding = Finding::BeyondBound { before: vec![by] },
            7 => answer.steps[at].finding = Finding::ByCreator,
            8 => answer.steps[at].finding = Finding::NotKept { by },
            _ => answer.steps[at].finding = Finding::Lives { despite },
        }
    } else {
        answer.role = ROLES[rng.below(4)];
    }
}

fn tampered_despite(rng: &mut Rng, ids: &[StatementId], rule: &GrantRule) -> Vec<Objection> {
    match rule {
        GrantRule::Holds { despite }
        | GrantRule::Removed { despite, .. }
        | GrantRule::Demoted { despite, .. } => tamper_objections(rng, ids, despite.clone()),
        _ => Vec::new(),
    }
}

fn tamper_objections(
    rng: &mut Rng,
    ids: &[StatementId],
    mut despite: Vec<Objection>,
) -> Vec<Objection> {
    let any = |rng: &mut Rng| ids[rng.below(ids.len())];
    if despite.is_empty() {
        return despite;
    }
    let at = rng.below(despite.len());
    let fails = match rng.below(6) {
        0 => Failure::NotSenior,
        1 => Failure::TooMild,
        2 => Failure::Dead,
        3 => Failure::Cited { grant: any(rng), cite: any(rng) },
        4 => Failure::Pins { head: any(rng) },
        _ => Failure::ComesAfter,
    };
    match rng.below(6) {
        0 => drop(despite.remove(at)),
        1 => despite[at].by = any(rng),
        _ => despite[at].fails = fails,
    }
    despite
}

#[test]
fn no_answer_in_random_worlds_that_tells_what_is_false_is_confirmed() {
    let cast = Cast::new(10);
    let (mut refused, mut still_true) = (0, 0);
    for seed in 1..=1500 {
        let world = World::random(&cast, seed, 40);
        let (held, authority) = (world.held(), world.authority());
        let held: Vec<_> =
            held.into_iter().filter(|one| authority.statement(&one.id()).is_some()).collect();
        let mut trial = Trial::new(&authority, &held, Rng::new(seed ^ 0x7A3));
        for &peer in &cast.peers[1..world.peers] {
            trial.tamper_with(peer);
        }
        refused += trial.refused;
        still_true += trial.still_true;
    }
    assert!(refused > 200_000 && still_true < refused / 10, "{refused} {still_true}");
}

/// A group in which one answer has a part of nearly every kind.
fn contested() -> (Stage, MemberReason) {
    let mut stage = Stage::new();
    let one = stage.grant(0, None, 1, Admin);
    let other = stage.grant(0, None, 2, Admin);
    let member = stage.grant(1, Some(one), 3, Member);
    stage.remove(2, Some(other), 1, &[]);
    let removal = stage.remove(2, Some(other), 3, &[]);
    stage.remove(0, None, 1, &[member]);
    let body = stage.cast.grant(3, Inviter);
    stage.say_citing(0, None, &[removal], body);
    stage.remove(1, Some(one), 3, &[]);
    let answer = why(&stage, 3);
    assert_eq!((answer.role, answer.grants.len()), (Some(Inviter), 2));
    (stage, answer)
}

#[track_caller]
fn refused(stage: &Stage, answer: &MemberReason, by: Refuted) {
    assert_eq!(checker(&stage.authority).confirm(stage.peer(3), NOW, answer), Err(by));
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let (stage, answer) = contested();
    let later = UnixTime::from_millis(6);
    let checker = checker(&stage.authority);
    assert_eq!(checker.confirm(stage.peer(2), NOW, &answer), Err(Refuted::Question));
    assert_eq!(checker.confirm(stage.peer(3), later, &answer), Err(Refuted::Question));
    let mut other = answer.clone();
    other.peer = stage.peer(2);
    assert_eq!(checker.confirm(stage.peer(2), NOW, &other), Err(Refuted::Incomplete));
}

#[test]
fn an_answer_that_gives_a_statement_another_author_rank_or_act_is_refused() {
    let (stage, answer) = contested();
    for at in 0..answer.involved.len() {
        let changes: [fn(&mut Involved); 5] = [
            |one| one.author = SecretKey::from_bytes([99; 32]).peer(),
            |one| one.under = one.under.xor(Some(one.id)),
            |one| one.standing = one.standing.map_or(Some(3), |_| None),
            |one| {
                one.act = if one.act == Deed::Resign { Deed::SetProperties } else { Deed::Resign }
            },
            |one| one.id = StatementId::from_bytes([7; 32]),
        ];
        for change in changes {
            let mut other = answer.clone();
            change(&mut other.involved[at]);
            refused(&stage, &other, Refuted::Involved);
        }
        let mut other = answer.clone();
        other.involved.remove(at);
        refused(&stage, &other, Refuted::Involved);
    }
}

#[test]
fn an_answer_with_another_role_or_worth_or_without_a_grant_is_refused() {
    let (stage, answer) = contested();
    for role in ROLES.into_iter().filter(|role| *role != answer.role) {
        let mut other = answer.clone();
        other.role = role;
        refused(&stage, &other, Refuted::Role);
    }
    for at in 0..answer.grants.len() {
        for worth in ROLES.into_iter().filter(|worth| *worth != answer.grants[at].worth) {
            let mut other = answer.clone();
            other.grants[at].worth = worth;
            refused(&stage, &other, Refuted::Grant(answer.grants[at].grant));
        }
        let mut other = answer.clone();
        other.grants.remove(at);
        let other = renamed(&stage.authority, &answer, other);
        refused(&stage, &other, Refuted::Incomplete);
    }
}

#[test]
fn an_answer_that_passes_over_an_objection_is_refused() {
    let (stage, answer) = contested();
    let mut tried = 0;
    for at in 0..answer.grants.len() {
        let mut other = answer.clone();
        let GrantRule::Holds { despite } = &mut other.grants[at].rule else { continue };
        despite.pop().unwrap();
        let other = renamed(&stage.authority, &answer, other);
        refused(&stage, &other, Refuted::Grant(answer.grants[at].grant));
        tried += 1;
    }
    for at in 0..answer.steps.len() {
        let mut other = answer.clone();
        let Finding::Lives { despite } = &mut other.steps[at].finding else { continue };
        if despite.pop().is_none() {
            continue;
        }
        let other = renamed(&stage.authority, &answer, other);
        refused(&stage, &other, Refuted::Step(answer.steps[at].statement));
        tried += 1;
    }
    assert!(tried >= 2, "{tried}");
}

#[test]
fn a_step_without_what_it_rests_on_is_refused() {
    let (stage, answer) = contested();
    let mut tried = 0;
    for at in 1..answer.steps.len() {
        if answer.steps[at].finding == Finding::ByCreator {
            continue;
        }
        let mut other = answer.clone();
        other.steps.drain(..at);
        let other = renamed(&stage.authority, &answer, other);
        refused(&stage, &other, Refuted::Step(answer.steps[at].statement));
        tried += 1;
    }
    assert!(tried >= 3, "{tried}");
}
