//! What becomes of all that hung on a Resign once a lesser one has taken its place.

use super::survivors::{go_on, said};
use super::*;
use crate::limits::RESIGNS_PER_GRANT_MAX;
use Role::{Admin, Inviter, Member};

/// Sixteen Resigns under a grant, less than any of depth 3, after these.
fn crowd(stage: &mut Stage, author: usize, cred: StatementId, prev: &[StatementId]) {
    for at in 0..RESIGNS_PER_GRANT_MAX as u64 {
        let resign = act(2, prev, &[], resign_at(at));
        let height = stage.authority.height();
        let one = stage.cast.signed_at(height, author, Some(cred), resign);
        let inserted = stage.authority.insert(one.clone()).unwrap();
        if let Inserted::InsteadOf(displaced) = inserted {
            assert!(stage.authority.statement(&displaced).is_none());
            assert!(!stage.authority.is_live(&one.id()), "not before the evaluation");
        }
    }
    stage.authority.evaluate();
}

#[test]
fn what_a_removal_reached_over_a_displaced_resign_it_reaches_no_more() {
    let mut stage = Stage::new();
    let inviter = stage.grant(0, None, 1, Inviter);
    let given = stage.grant(1, Some(inviter), 2, Member);
    let middle = stage.say_raw(1, Some(inviter), act(50, &[given], &[], resign_at(50)));
    let last = stage.say_raw(1, Some(inviter), act(60, &[middle], &[], resign_at(60)));
    stage.remove(0, None, 1, &[last]);
    assert_eq!(stage.role(2), Some(Member));
    crowd(&mut stage, 1, inviter, &[]);
    assert!(stage.authority.statement(&middle).is_none());
    assert_eq!(stage.role(2), None);
    stage.authority.evaluate_anew();
    assert_eq!(stage.role(2), None);
}

#[test]
fn what_a_grant_covered_over_a_displaced_resign_it_covers_no_more() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let removal = stage.remove(1, Some(admin), 2, &[]);
    let resigned = stage.say_raw(1, Some(admin), act(50, &[removal], &[], resign_at(50)));
    stage.say_citing(0, None, &[resigned], stage.cast.grant(2, Member));
    assert_eq!(stage.role(2), Some(Member));
    crowd(&mut stage, 1, admin, &[removal]);
    assert!(stage.authority.statement(&resigned).is_none());
    assert_eq!(stage.role(2), None);
    stage.authority.evaluate_anew();
    assert_eq!(stage.role(2), None);
}

#[test]
fn what_others_follow_is_no_head_again() {
    let mut stage = Stage::new();
    let inviter = stage.grant(0, None, 1, Inviter);
    let before = stage.grant(1, Some(inviter), 2, Member);
    let all = said(&stage, &[]);
    go_on(&mut stage, 1, &all);
    // it follows what survived, though it does not name it
    let body = stage.cast.grant(3, Member);
    let after = stage.say_raw(1, Some(inviter), act(2, &[], &[], body));
    crowd(&mut stage, 1, inviter, &[]);
    let less = stage.cast.signed_at(1, 1, Some(inviter), act(1, &[], &[], resign_at(99)));
    assert!(matches!(stage.authority.insert(less), Ok(Inserted::InsteadOf(_))));
    let heads = &stage.authority.set.file_of(&stage.peer(1)).unwrap().heads;
    assert!(heads.iter().any(|(_, id)| *id == after));
    assert!(!heads.iter().any(|(_, id)| *id == before));
}

#[test]
fn what_came_late_is_reached_as_before() {
    let mut stage = Stage::new();
    let inviter = Some(stage.grant(0, None, 1, Inviter));
    let resigned = |depth, prev: &[StatementId]| {
        let resign = act(depth, prev, &[], resign_at(u64::from(depth)));
        stage.cast.signed(1, inviter, resign)
    };
    let given = stage.cast.signed(1, inviter, act(1, &[], &[], stage.cast.grant(2, Member)));
    let mut chain = vec![resigned(2, &[given.id()])];
    for depth in 3..17 {
        chain.push(resigned(depth, &[chain[chain.len() - 1].id()]));
    }
    let last = chain[chain.len() - 1].id();
    let (displaced, less) = (resigned(50, &[last]), resigned(1, &[given.id()]));
    let top = resigned(60, &[last, displaced.id(), less.id()]);
    let removal = stage.cast.signed(0, None, act(9, &[], &[], stage.cast.remove(1, &[top.id()])));
    // all before anything is evaluated; the grant comes when all that reaches it is here
    for one in chain.into_iter().chain([displaced.clone(), removal, top, given]) {
        assert_eq!(stage.authority.insert(one), Ok(Inserted::New));
    }
    assert_eq!(stage.authority.insert(less), Ok(Inserted::InsteadOf(displaced.id())));
    stage.authority.evaluate();
    assert_eq!([1, 2].map(|peer| stage.role(peer)), [None, Some(Member)]);
}
