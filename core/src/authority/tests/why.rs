//! Why a peer has its role: every answer follows, and what it tells can be read.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use std::format;

use super::random::World;
use super::*;
use crate::why::{Checker, Failure, Finding, GrantRule, MemberReason, Refuted};
use Role::{Admin, Inviter, Member};

pub(super) fn checker(authority: &Authority) -> Checker<'_> {
    let mut checker = Checker::new(authority.creator(), authority.statements());
    checker.bound = authority.bound;
    checker
}

/// The answer about a peer, confirmed.
pub(super) fn why(stage: &Stage, peer: usize) -> MemberReason {
    let peer = stage.peer(peer);
    let answer = stage.authority.why_member(peer, NOW);
    assert_eq!(checker(&stage.authority).confirm(peer, NOW, &answer), Ok(()), "{answer:#?}");
    assert_eq!(answer.role, stage.authority.role(peer, NOW));
    answer
}

/// Why the grants to a peer are worth what they are, the best first.
fn grant_rules(stage: &Stage, peer: usize) -> Vec<GrantRule> {
    why(stage, peer).grants.into_iter().map(|reason| reason.rule).collect()
}

/// What was found about a statement.
fn finding(answer: &MemberReason, id: StatementId) -> Finding {
    answer.steps.iter().find(|step| step.statement == id).unwrap().finding.clone()
}

/// Why what speaks for nothing against a grant or a statement does so.
fn failures(rule: &GrantRule) -> Vec<Failure> {
    match rule {
        GrantRule::Holds { despite }
        | GrantRule::Removed { despite, .. }
        | GrantRule::Demoted { despite, .. } => despite.iter().map(|it| it.fails).collect(),
        GrantRule::Dead | GrantRule::GivenUp { .. } => Vec::new(),
    }
}

#[test]
fn every_answer_in_random_worlds_is_confirmed_and_is_the_role() {
    let cast = Cast::new(10);
    let mut seen = BTreeMap::<String, usize>::new();
    for seed in 1..=5000 {
        let world = World::random(&cast, seed, 40);
        let authority = world.authority();
        let checker = checker(&authority);
        for &peer in &cast.peers[..world.peers] {
            for at in [NOW, UnixTime::from_millis(7)] {
                let answer = authority.why_member(peer, at);
                assert_eq!(checker.confirm(peer, at, &answer), Ok(()), "seed {seed}: {answer}");
                assert_eq!(answer.role, authority.role(peer, at), "seed {seed}");
                for rule in rules(&answer) {
                    *seen.entry(rule).or_default() += 1;
                }
            }
        }
    }
    assert_eq!(seen.len(), 16, "{seen:#?}");
    assert!(seen.values().all(|count| *count > 100), "{seen:#?}");
}

/// The names of the rules of an answer.
fn rules(answer: &MemberReason) -> Vec<String> {
    let grants = answer.grants.iter().map(|reason| format!("{:?}", reason.rule));
    let steps = answer.steps.iter().map(|step| format!("{:?}", step.finding));
    let objections = answer.steps.iter().flat_map(|step| match &step.finding {
        Finding::Lives { despite } => despite.clone(),
        _ => Vec::new(),
    });
    let failures = objections.map(|objection| format!("{:?}", objection.fails));
    let all = grants.chain(steps).chain(failures);
    all.map(|rule| rule.chars().take_while(|c| c.is_alphanumeric()).collect()).collect()
}

#[test]
fn an_answer_is_the_same_on_replicas_that_hold_the_same() {
    let cast = Cast::new(10);
    for seed in 1..=300 {
        let world = World::random(&cast, seed, 40);
        let mut held = world.held();
        let one = world.authority();
        held.reverse();
        let other = world.authority_of(held);
        for &peer in &cast.peers[..world.peers] {
            let (one, other) = (one.why_member(peer, NOW), other.why_member(peer, NOW));
            assert_eq!(one, other, "seed {seed}");
        }
    }
}

#[test]
fn the_creator_and_a_stranger_have_a_role_and_none_without_any_grant() {
    let stage = Stage::new();
    let (creator, stranger) = (why(&stage, 0), why(&stage, 5));
    assert_eq!((creator.role, stranger.role), (Some(Admin), None));
    assert!(creator.to_string().ends_with("is an Admin: it founded the group"));
    assert!(stranger.to_string().ends_with("is no member: nobody gave it a role"));
}

#[test]
fn each_rule_that_ends_a_grant_is_told() {
    let mut stage = Stage::new();
    let removed = stage.grant(0, None, 1, Admin);
    stage.grant(1, Some(removed), 2, Member);
    let removal = stage.remove(0, None, 1, &[]);
    let given_up = stage.grant(0, None, 3, Inviter);
    let resign = stage.say(3, Some(given_up), resign());
    stage.grant(0, None, 4, Admin);
    let body = stage.cast.demote(4, Member, &[]);
    let demotion = stage.say(0, None, body);
    let body = stage.cast.grant_in(5, Member, 3);
    stage.say(0, None, body);
    let rules: Vec<_> = (1..=5).map(|peer| grant_rules(&stage, peer)).collect();
    let expected = [
        GrantRule::Removed { by: removal, despite: vec![] },
        GrantRule::Dead,
        GrantRule::GivenUp { by: resign },
        GrantRule::Demoted { by: demotion, despite: vec![] },
        GrantRule::Holds { despite: vec![] },
    ];
    assert_eq!(rules, expected.map(|rule| vec![rule]));
    let late = why(&stage, 5);
    assert_eq!((late.role, late.grants[0].worth, late.grants[0].is_open), (None, None, false));
}

#[test]
fn each_way_to_be_dead_is_told() {
    let mut stage = Stage::new();
    stage.authority.bound = 1;
    let admin = stage.grant(0, None, 1, Admin);
    let deep = stage.grant(1, Some(admin), 2, Admin);
    let deeper = stage.grant(2, Some(deep), 3, Member);
    let body = stage.cast.grant(4, Member);
    let beyond = stage.say_raw(1, Some(admin), act(9, &[], &[], body));
    let answer = why(&stage, 4);
    assert_eq!(finding(&answer, beyond), Finding::BeyondBound { before: vec![deep] });
    let removal = stage.remove(0, None, 2, &[]);
    assert_eq!(finding(&why(&stage, 3), deeper), Finding::NotPinned { by: removal });
    let resign = stage.say_raw(1, Some(admin), act(1, &[], &[], resign()));
    let answer = why(&stage, 3);
    assert_eq!(finding(&answer, deep), Finding::AfterResign { by: resign });
    assert_eq!(finding(&answer, deeper), Finding::GrantDead);
}

#[test]
fn of_what_would_count_before_a_statement_as_much_is_told_of_as_makes_room_for_it() {
    let mut stage = Stage::new();
    stage.authority.bound = 2;
    let admin = stage.grant(0, None, 1, Admin);
    let mut say = |subject, depth| {
        let body = stage.cast.grant(subject, Member);
        stage.say_raw(1, Some(admin), act(depth, &[], &[], body))
    };
    let (before, pinned) = ([say(2, 1), say(3, 2)], say(4, 3));
    stage.remove(0, None, 1, &[pinned]);
    let answer = why(&stage, 4);
    assert_eq!(answer.role, Some(Member));
    let is_told = |id: &StatementId| answer.steps.iter().any(|step| step.statement == *id);
    assert_eq!(before.iter().filter(|id| is_told(id)).count(), 1);
}

#[test]
fn what_speaks_against_a_grant_in_vain_is_told() {
    let mut stage = Stage::new();
    let one = stage.grant(0, None, 1, Admin);
    let other = stage.grant(0, None, 2, Admin);
    stage.remove(2, Some(other), 1, &[]);
    let body = stage.cast.demote(1, Inviter, &[]);
    let demotion = stage.say(0, None, body);
    let body = stage.cast.grant(1, Admin);
    stage.say_citing(0, None, &[demotion], body);
    let rules = grant_rules(&stage, 1);
    assert!(failures(&rules[0]).contains(&Failure::NotSenior));
    assert!(failures(&rules[0]).iter().any(|it| matches!(it, Failure::Cited { cite, .. }
        if *cite == demotion)));
    stage.grant(1, Some(one), 3, Member);
    stage.remove(1, Some(one), 3, &[]);
    stage.remove(0, None, 1, &[]);
    let body = stage.cast.demote(3, Inviter, &[]);
    stage.say(0, None, body);
    stage.grant(0, None, 3, Member);
    let failures = failures(&grant_rules(&stage, 3)[0]);
    assert!(failures.contains(&Failure::Dead) && failures.contains(&Failure::TooMild));
}

#[test]
fn what_an_inviter_took_back_and_what_it_could_not_is_told() {
    let mut stage = Stage::new();
    let inviter = stage.grant(0, None, 1, Inviter);
    stage.grant(1, Some(inviter), 2, Member);
    stage.grant(0, None, 2, Member);
    let removal = stage.remove(1, Some(inviter), 2, &[]);
    let mut rules = grant_rules(&stage, 2);
    rules.sort_unstable_by_key(|rule| matches!(rule, GrantRule::Holds { .. }));
    assert_eq!(rules[0], GrantRule::Removed { by: removal, despite: vec![] });
    assert_eq!(failures(&rules[1]), [Failure::NotSenior]);
    let told = why(&stage, 2).to_string();
    assert!(told.contains("takes back only what was given"), "{told}");
}

#[test]
fn what_was_not_weighed_yet_is_told_and_proves_nothing() {
    let mut stage = Stage::new();
    let body = stage.cast.grant(1, Member);
    let statement = stage.cast.signed(0, None, act(1, &[], &[], body));
    stage.authority.insert(statement.clone()).unwrap();
    let answer = stage.authority.why_member(stage.peer(1), NOW);
    assert_eq!(answer.role, None);
    assert_eq!(finding(&answer, statement.id()), Finding::Pending);
    let verdict = checker(&stage.authority).confirm(stage.peer(1), NOW, &answer);
    assert_eq!(verdict, Err(Refuted::Step(statement.id())));
}

#[test]
fn an_answer_that_would_take_too_long_tells_the_role_alone_and_proves_nothing() {
    let cast = Cast::new(10);
    let (mut whole, mut short) = (0, 0);
    for seed in 1..=300 {
        let authority = World::random(&cast, seed, 40).authority();
        for (left, &peer) in (0..60).zip(cast.peers.iter().cycle()) {
            let mut rest = left;
            let answer = authority.why_member_within(&mut rest, peer, NOW);
            let verdict = checker(&authority).confirm(peer, NOW, &answer);
            assert_eq!(answer.role, authority.role(peer, NOW));
            assert_eq!(answer.is_whole, rest > 0, "seed {seed}");
            if answer.is_whole {
                assert_eq!(verdict, Ok(()), "seed {seed}: {answer}");
                whole += 1;
            } else {
                assert_eq!(verdict, Err(Refuted::Incomplete), "seed {seed}: {answer}");
                assert!(answer.to_string().contains("too much speaks"), "{answer}");
                short += 1;
            }
        }
    }
    assert!(whole > 1_000 && short > 500, "{whole} {short}");
}
