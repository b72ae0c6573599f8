//! Members that come and go for years: what is held follows who is there, not who was.

use super::checkpoint::go_on;
use super::*;
use Role::{Admin, Member};
use std::println;

/// Everybody but the creator and an Admin.
const MEMBERS: usize = 100;
/// Between two checkpoints.
const CYCLES_APART: usize = 1_000;
/// Statements for each live member that are held after a checkpoint, at most.
const MULTIPLE: usize = 3;

/// Lets members come, be renewed, and leave again, so often. Gives how many statements were held
/// at most after a checkpoint.
fn churn(cycles: usize) -> usize {
    let cast = Cast::new(2 + u8::try_from(MEMBERS).unwrap());
    let mut stage = Stage { authority: cast.authority(), cast };
    let admin = stage.grant(0, None, 1, Admin);
    let mut grants = vec![Vec::new(); MEMBERS];
    let mut most = 0;
    let mut checkpoint = Vec::new();
    for cycle in 1..=cycles {
        let place = cycle % MEMBERS;
        let member = 2 + place;
        for grant in core::mem::take(&mut grants[place]) {
            stage.say(member, Some(grant), resign());
        }
        assert_eq!(stage.role(member), None);
        let first = stage.grant(1, Some(admin), member, Member);
        let window = Window { from: UnixTime::default(), until: UnixTime::from_millis(11) };
        let peer = stage.peer(member);
        let renewal = Grant { subject: peer, role: Member, window, continues: Some(first) };
        let renewal = stage.say(0, None, Body::Grant(renewal));
        grants[place] = vec![first, renewal];
        if cycle % CYCLES_APART == 0 {
            checkpoint = go_on(&mut stage);
            stage.authority.take_void();
            most = most.max(stage.authority.len());
        }
    }
    verify_as_newcomer(&stage, &checkpoint);
    let bytes: usize = stage.authority.statements().map(|one| one.encode().len()).sum();
    println!(
        "{cycles} cycles, {} statements, {MEMBERS} members: {most} statements held at most after a \
         checkpoint, {bytes} bytes at the end",
        4 * cycles - 2 * MEMBERS,
    );
    most
}

/// Who comes now takes in what is held, in an order that nobody chose, and sees what all see.
fn verify_as_newcomer(stage: &Stage, checkpoint: &[Statement]) {
    let mut newcomer = stage.cast.authority();
    let mut all: Vec<Statement> = stage.authority.statements().cloned().collect();
    all.sort_unstable_by_key(Statement::id);
    assert!(checkpoint.iter().all(|part| all.contains(part)), "it is held with what it names");
    let mut before = usize::MAX;
    while before != all.len() {
        before = all.len();
        all.retain(|one| newcomer.insert(one.clone()) == Ok(Inserted::Orphan));
        newcomer.evaluate();
    }
    let roles = |authority: &Authority| -> Vec<Option<Role>> {
        stage.cast.peers.iter().map(|&peer| authority.role(peer, NOW)).collect()
    };
    assert_eq!(roles(&newcomer), roles(&stage.authority));
    assert_eq!(newcomer.len(), stage.authority.len());
}

#[test]
fn what_is_held_of_four_thousand_comings_and_goings_is_a_small_multiple_of_who_is_there() {
    assert!(churn(4_000) <= MULTIPLE * MEMBERS);
}

#[test]
#[ignore = "minutes, optimised"]
fn what_is_held_of_a_million_comings_and_goings_is_a_small_multiple_of_who_is_there() {
    assert!(churn(1_000_000) <= MULTIPLE * MEMBERS);
}
