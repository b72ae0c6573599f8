//! What enters the set and what does not.

use super::*;
use crate::limits::{CHAIN_MAX, RESIGNS_PER_GRANT_MAX};
use Role::{Admin, Inviter, Member};

fn refused(stage: &mut Stage, author: usize, cred: Option<StatementId>, body: Body) {
    let statement = stage.cast.signed(author, cred, act(1, &[], &[], body));
    let len = stage.authority.len();
    assert_eq!(stage.authority.insert(statement), Err(Fault::InvalidStatement));
    assert_eq!(stage.authority.len(), len);
}

#[test]
fn c01_what_a_credential_gives_no_right_to_is_refused() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let inviter = stage.grant(0, None, 2, Inviter);
    let member = stage.grant(0, None, 3, Member);
    let resignation = stage.say(3, Some(member), resign());
    let removal = stage.remove(0, None, 9, &[]);
    let bodies = [
        stage.cast.grant(4, Member),
        stage.cast.grant(4, Inviter),
        stage.cast.grant(4, Admin),
        stage.cast.remove(4, &[]),
        stage.cast.demote(4, Member, &[]),
        Body::Property(Properties::default()),
        resign(),
    ];
    // who, under what, and which of the bodies it may sign
    let table = [
        (1, admin, [true, true, true, true, true, false, true]),
        (2, inviter, [true, true, false, true, false, false, true]),
        (3, member, [false, false, false, false, false, false, true]),
        (4, admin, [false; 7]),
        (1, member, [false; 7]),
        (3, resignation, [false; 7]),
        (9, removal, [false; 7]),
    ];
    for (author, cred, may) in table {
        for (body, may) in bodies.iter().zip(may) {
            if may {
                let statement =
                    stage.cast.signed(author, Some(cred), act(1, &[], &[], body.clone()));
                let inserted = stage.authority.insert(statement);
                assert!(matches!(inserted, Ok(Inserted::New | Inserted::Known)), "{body:?}");
            } else {
                refused(&mut stage, author, Some(cred), body.clone());
            }
        }
    }
}

#[test]
fn c10_a_grant_wider_than_its_issuers_is_refused() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let wider = stage.cast.grant_in(2, Member, 11);
    refused(&mut stage, 1, Some(admin), wider);
    let equal = stage.cast.grant_in(2, Member, 10);
    stage.say(1, Some(admin), equal);
    let inviter = stage.grant(0, None, 3, Inviter);
    let higher = stage.cast.grant(4, Admin);
    refused(&mut stage, 3, Some(inviter), higher);
}

#[test]
fn a_chain_of_more_grants_than_allowed_is_refused() {
    let mut stage = Stage::new();
    // from the creator to 1, then to and fro between 1 and 2
    let mut cred = stage.grant(0, None, 1, Admin);
    let (mut author, mut subject) = (1, 2);
    for length in 2..=CHAIN_MAX {
        cred = stage.grant(author, Some(cred), subject, Admin);
        assert_eq!(stage.authority.chain(Some(&cred)).len(), length);
        (author, subject) = (subject, author);
    }
    let body = stage.cast.grant(subject, Member);
    refused(&mut stage, author, Some(cred), body);
    stage.remove(author, Some(cred), 5, &[]);
    assert_eq!(stage.role(author), Some(Admin));
}

#[test]
fn a_statement_waits_for_the_grant_it_is_signed_under() {
    let cast = Cast::new(4);
    let mut authority = cast.authority();
    let grant = cast.signed(0, None, act(1, &[], &[], cast.grant(1, Admin)));
    let child = cast.signed(1, Some(grant.id()), act(1, &[], &[], cast.grant(2, Member)));
    assert_eq!(authority.insert(child.clone()), Ok(Inserted::Orphan));
    assert_eq!((authority.len(), authority.evaluate()), (0, None));
    assert_eq!(authority.insert(grant.clone()), Ok(Inserted::New));
    assert_eq!(authority.insert(child.clone()), Ok(Inserted::New));
    assert_eq!(authority.insert(child.clone()), Ok(Inserted::Known));
    assert!(!authority.is_live(&child.id()), "not before the evaluation");
    assert!(authority.evaluate().is_some() && authority.evaluate().is_none());
    assert!(authority.is_live(&child.id()));
    assert!(authority.statements().map(Statement::id).eq([grant.id(), child.id()]));
}

#[test]
fn lists_that_become_known_count_from_then_on() {
    let mut stage = Stage::new();
    stage.grant(0, None, 1, Member);
    let removal = stage.remove(0, None, 1, &[]);
    let body = stage.cast.grant(1, Member);
    let whole = stage.cast.signed(0, None, act(3, &[removal], &[removal], body));
    let short = whole.without_lists();
    assert_eq!(short.id(), whole.id());
    stage.put(&short);
    assert_eq!(stage.role(1), None);
    assert_eq!(stage.authority.insert(whole.clone()), Ok(Inserted::Upgraded));
    assert_eq!(stage.authority.insert(short), Ok(Inserted::Known));
    stage.authority.evaluate();
    assert_eq!(stage.role(1), Some(Member));
}

#[test]
fn of_a_members_resigns_the_least_are_held() {
    let mut stage = Stage::new();
    let member = stage.grant(0, None, 1, Member);
    let resigns: Vec<_> = (0..RESIGNS_PER_GRANT_MAX as u64 + 8)
        .map(|at| stage.cast.signed(1, Some(member), act(1, &[], &[], resign_at(at))))
        .collect();
    let hold = |order: &mut dyn Iterator<Item = &Statement>| {
        let mut authority = stage.cast.authority();
        authority.insert(stage.authority.statement(&member).unwrap().clone()).unwrap();
        for resign in order {
            authority.insert(resign.clone()).unwrap();
        }
        authority.evaluate();
        assert!(!authority.is_member_ever(stage.peer(1)));
        assert!(authority.statements().all(|one| authority.is_live(&one.id())));
        let held: Vec<_> = authority.statements().map(Statement::id).collect();
        assert_eq!(held.len(), authority.len());
        sorted(&held)
    };
    let upwards = hold(&mut resigns.iter());
    assert_eq!(upwards.len(), 1 + RESIGNS_PER_GRANT_MAX);
    assert_eq!(upwards, hold(&mut resigns.iter().rev()));
}

#[test]
fn a_resign_that_a_removal_pins_is_not_displaced() {
    let mut stage = Stage::new();
    let member = stage.grant(0, None, 1, Member);
    let own = stage.say_raw(1, Some(member), act(9, &[], &[], resign_at(99)));
    stage.remove(0, None, 1, &[own]);
    let mut full = 0;
    for at in 0..2 * RESIGNS_PER_GRANT_MAX as u64 {
        let late = stage.cast.signed(1, Some(member), act(1, &[], &[], resign_at(at)));
        full += u32::from(stage.authority.insert(late) == Ok(Inserted::Full));
    }
    assert!(full > 0);
    stage.authority.evaluate();
    assert!(stage.authority.is_live(&own));
    assert_eq!(stage.authority.len(), 3 + RESIGNS_PER_GRANT_MAX);
}

#[test]
fn a_resign_that_a_removal_pins_enters_after_any_number_of_others() {
    let mut stage = Stage::new();
    let member = stage.grant(0, None, 1, Member);
    let own = stage.cast.signed(1, Some(member), act(9, &[], &[], resign_at(99)));
    for at in 0..2 * RESIGNS_PER_GRANT_MAX as u64 {
        let other = stage.cast.signed(1, Some(member), act(1, &[], &[], resign_at(at)));
        stage.authority.insert(other).unwrap();
    }
    assert_eq!(stage.authority.insert(own.clone()), Ok(Inserted::Full));
    stage.remove(0, None, 1, &[own.id()]);
    stage.put(&own);
    assert!(stage.authority.is_live(&own.id()));
}
