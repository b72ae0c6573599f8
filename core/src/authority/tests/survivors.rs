//! What a checkpoint says of what was signed before it, and what that needs.

use alloc::collections::{BTreeMap, BTreeSet};

use super::checkpoint::checkpoint;
use super::*;
use crate::authority::InUse;
use crate::checkpoint::{Survivor, Worth};
use crate::limits::STATEMENTS_MAX;
use Role::{Admin, Inviter, Member};

/// What a checkpoint made now says of each statement, with these tenures in use.
pub(super) fn said(stage: &Stage, tenures: &[StatementId]) -> BTreeMap<StatementId, (Worth, bool)> {
    let in_use = InUse { tenures: tenures.iter().copied().collect(), creators: BTreeSet::new() };
    let survivors = stage.authority.survivors(NOW, &in_use);
    survivors.into_iter().map(|it| (it.id, (it.worth, it.begins))).collect()
}

/// Goes on to a checkpoint that says this.
pub(super) fn go_on(stage: &mut Stage, height: u32, said: &BTreeMap<StatementId, (Worth, bool)>) {
    let survivors = said.iter().map(|(&id, &(worth, begins))| Survivor { id, worth, begins });
    for one in checkpoint(&stage.cast, height, &survivors.collect::<Vec<_>>(), NOW) {
        stage.put(&one);
    }
}

/// A further grant by the creator, of the tenure that another began.
fn renew(stage: &mut Stage, subject: usize, continues: StatementId) -> StatementId {
    let subject = stage.peer(subject);
    let grant =
        Grant { subject, role: Member, window: Window::INFINITE, continues: Some(continues) };
    stage.say(0, None, Body::Grant(grant))
}

#[test]
fn a_tenure_in_use_survives_with_what_gave_it_up() {
    let mut stage = Stage::new();
    let member = stage.grant(0, None, 1, Member);
    let resigned = stage.say(1, Some(member), resign());
    assert_eq!(said(&stage, &[]), BTreeMap::new());
    let expected = [(member, (Worth::GivenUp, true)), (resigned, (Worth::Full, false))];
    assert_eq!(said(&stage, &[member]), expected.into());
}

#[test]
fn what_a_tenure_began_with_survives_even_dead() {
    let mut stage = Stage::new();
    let inviter = stage.grant(0, None, 1, Inviter);
    let first = stage.grant(1, Some(inviter), 2, Member);
    let second = renew(&mut stage, 2, first);
    let alive = [(inviter, Worth::Full, true), (first, Worth::Full, true)];
    let dead = [(inviter, Worth::Removed, true), (first, Worth::Dead, true)];
    for (of_first, is_removed) in [(alive, false), (dead, true)] {
        if is_removed {
            stage.remove(0, None, 1, &[]);
        }
        let all = of_first.into_iter().chain([(second, Worth::Full, false)]);
        let expected = all.map(|(id, worth, begins)| (id, (worth, begins))).collect();
        assert_eq!(said(&stage, &[]), expected);
    }
}

#[test]
fn a_tenure_that_was_removed_before_a_checkpoint_goes_on_in_no_grant_after_it() {
    let mut stage = Stage::new();
    let first = stage.grant(0, None, 1, Member);
    stage.remove(0, None, 1, &[]);
    let all = said(&stage, &[first]);
    go_on(&mut stage, 1, &all);
    let again = renew(&mut stage, 1, first);
    assert_eq!(stage.role(1), Some(Member));
    assert_eq!(stage.authority.tenure_of(&again), again);
}

#[test]
fn a_grant_that_ends_at_a_checkpoint_has_ended() {
    for (after, survives) in [(0, false), (1, true)] {
        let mut stage = Stage::new();
        let body = stage.cast.grant_in(1, Member, NOW.as_millis() + after);
        let grant = stage.say(0, None, body);
        assert_eq!(said(&stage, &[]).contains_key(&grant), survives);
        let statement = stage.authority.statement(&grant).unwrap().clone();
        assert!(!stage.authority.is_void(&statement));
        go_on(&mut stage, 1, &BTreeMap::new());
        assert!(stage.authority.is_void(&statement));
        let void = stage.authority.take_void();
        assert!(void.iter().map(|void| void.mattered).eq([survives]));
    }
}

#[test]
fn what_a_checkpoint_keeps_has_room_in_a_full_set() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let body = stage.cast.grant(2, Member);
    let late = stage.cast.signed(1, Some(admin), act(1, &[], &[], body));
    let body = stage.cast.grant(3, Member);
    let other = stage.cast.signed(1, Some(admin), act(1, &[], &[], body));
    // of so few places none is for others than the creator
    stage.authority.set.capacity = 10;
    let kept = [admin, late.id()].map(|id| (id, (Worth::Full, true)));
    go_on(&mut stage, 1, &kept.into());
    assert_eq!(stage.authority.insert(other), Ok(Inserted::Full));
    stage.put(&late);
    assert_eq!(stage.authority.height(), 1);
    assert_eq!([1, 2].map(|peer| stage.role(peer)), [Some(Admin), Some(Member)]);
}

#[test]
fn what_a_greater_checkpoint_waits_with_outlives_a_lesser_one() {
    let mut stage = Stage::new();
    let [one, two] = [1, 2].map(|subject| stage.grant(0, None, subject, Member));
    let body = stage.cast.grant(3, Member);
    let missing = stage.cast.signed(0, None, act(9, &[], &[], body));
    go_on(&mut stage, 2, &[two, missing.id()].map(|id| (id, (Worth::Full, true))).into());
    assert_eq!(stage.authority.height(), 0);
    go_on(&mut stage, 1, &[(one, (Worth::Full, true))].into());
    assert_eq!(stage.authority.height(), 1);
    assert_eq!([1, 2].map(|peer| stage.role(peer)), [Some(Member), None]);
    // until then nothing rests on what waits
    let resign = stage.cast.signed_at(1, 2, Some(two), act(1, &[], &[], resign()));
    assert_eq!(stage.authority.insert(resign), Ok(Inserted::Orphan));
    let renewal = renew(&mut stage, 2, two);
    assert_eq!(stage.authority.tenure_of(&renewal), renewal);
    stage.put(&missing);
    assert_eq!(stage.authority.height(), 2);
    assert_eq!([1, 2, 3].map(|peer| stage.role(peer)), [None, Some(Member), Some(Member)]);
}

#[test]
fn who_was_removed_before_a_checkpoint_is_shown_what_ended_the_grant_above() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let member = stage.grant(1, Some(admin), 2, Member);
    stage.remove(0, None, 2, &[]);
    let all = said(&stage, &[member]);
    go_on(&mut stage, 1, &all);
    assert!(stage.authority.evidence(stage.peer(2)).is_empty(), "the removal is not held");
    let removal = stage.remove(0, None, 1, &[member]);
    let shown = stage.authority.evidence(stage.peer(2));
    assert!(shown.iter().map(Statement::id).eq([removal]));
}

#[test]
fn a_checkpoint_is_made_as_long_as_there_is_room_for_its_parts() {
    let mut stage = Stage::new();
    stage.grant(0, None, 1, Member);
    assert!(stage.authority.has_room(STATEMENTS_MAX - 1));
    assert!(!stage.authority.has_room(STATEMENTS_MAX));
}
