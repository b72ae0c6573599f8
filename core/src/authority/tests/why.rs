//! Why a peer has its role: every answer follows, and none that was tampered with does.

use std::format;
use std::string::String;

use super::random::World;
use super::*;
use crate::why::{
    Act as Deed, Checker, Failure, Finding, GrantRule, MemberReason, Objection, Refuted, Step,
};
use Role::{Admin, Inviter, Member};

fn checker(authority: &Authority) -> Checker<'_> {
    let mut checker = Checker::new(authority.creator(), authority.statements());
    checker.bound = authority.bound;
    checker
}

/// The answer about a peer, confirmed.
fn why(stage: &Stage, peer: usize) -> MemberReason {
    let peer = stage.peer(peer);
    let answer = stage.authority.why_member(peer, NOW);
    assert_eq!(checker(&stage.authority).confirm(peer, NOW, &answer), Ok(()), "{answer:#?}");
    assert_eq!(answer.role, stage.authority.role(peer, NOW));
    answer
}

#[test]
fn every_answer_in_random_worlds_is_confirmed_and_is_the_role() {
    let cast = Cast::new(10);
    let mut seen = alloc::collections::BTreeMap::<String, usize>::new();
    for seed in 1..=3000 {
        let world = World::random(&cast, seed, 40);
        let authority = world.authority();
        let checker = checker(&authority);
        for &peer in &cast.peers[..world.peers] {
            for at in [NOW, UnixTime::from_millis(7)] {
                let answer = authority.why_member(peer, at);
                assert_eq!(checker.confirm(peer, at, &answer), Ok(()), "seed {seed}: {answer}");
                assert_eq!(answer.role, authority.role(peer, at), "seed {seed}");
                rules(&answer).into_iter().for_each(|rule| *seen.entry(rule).or_default() += 1);
            }
        }
    }
    assert_eq!(seen.len(), 17, "{seen:#?}");
    assert!(seen.values().all(|count| *count > 100), "{seen:#?}");
}

/// The names of the rules of an answer.
fn rules(answer: &MemberReason) -> Vec<String> {
    let name =
        |rule: String| -> String { rule.chars().take_while(|c| c.is_alphanumeric()).collect() };
    let mut rules = Vec::new();
    for reason in &answer.grants {
        rules.push(name(format!("{:?}", reason.rule)));
    }
    for step in &answer.steps {
        rules.push(name(format!("{:?}", step.finding)));
    }
    let objections = answer.steps.iter().flat_map(|step| match &step.finding {
        Finding::Lives { despite } => despite.clone(),
        _ => Vec::new(),
    });
    rules.extend(objections.map(|objection| name(format!("{:?}", objection.fails))));
    rules
}
