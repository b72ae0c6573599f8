//! What there is room for.

use super::*;
use crate::authority::set::Set;
use crate::limits::{RESIGNS_PER_GRANT_MAX, STATEMENTS_FOR_CREATOR};
use Role::{Inviter, Member};

#[test]
fn the_last_places_are_the_creators() {
    let mut stage = Stage::new();
    let inviter = stage.grant(0, None, 1, Inviter);
    stage.authority.set.capacity = STATEMENTS_FOR_CREATOR + 3;
    stage.grant(1, Some(inviter), 2, Member);
    stage.grant(1, Some(inviter), 3, Member);
    let full = |stage: &mut Stage, author, cred| {
        let body = stage.cast.grant(4, Member);
        let one = stage.cast.signed(author, cred, act(9, &[], &[], body));
        assert_eq!(stage.authority.insert(one), Ok(Inserted::Full));
    };
    full(&mut stage, 1, Some(inviter));
    stage.authority.set.capacity = 4;
    stage.grant(0, None, 5, Member);
    full(&mut stage, 0, None);
    assert_eq!(stage.authority.len(), 4);
}

/// The words that anchors take, as the bound counts them.
fn words(set: &Set) -> usize {
    let of_file = set.files.iter().map(|file| {
        let words = if file.anchors.len() > 64 { file.anchors.len().div_ceil(64) } else { 0 };
        (file.signed.len() + 3 * file.grants.len()) * words
    });
    of_file.sum()
}

#[test]
fn words_of_anchors_are_counted_with_every_statement_that_may_need_more() {
    // it is a Resign that needs another word, or a removal
    check_words(11);
    check_words(12);
}

fn check_words(resigns: u64) {
    let cast = Cast::new(4);
    let mut authority = cast.authority();
    let mut put = |author, cred, depth, body| {
        let one = cast.unsigned(author, cred, act(depth, &[], &[], body));
        let id = one.id();
        assert_eq!(authority.insert(one), Ok(Inserted::New));
        assert_eq!(authority.set.anchor_words, words(&authority.set));
        id
    };
    for round in 1..=10 {
        let grant = put(0, None, round, cast.grant(1, Inviter));
        for at in 0..resigns {
            put(1, Some(grant), round, resign_at(at));
        }
        put(1, Some(grant), round, cast.grant(2, Member));
        put(1, Some(grant), round, cast.remove(3, &[]));
        put(0, None, round, cast.remove(1, &[]));
        put(0, None, round, cast.demote(1, Member, &[]));
    }
    assert!(authority.set.anchor_words > 0);
}

/// Whether a Resign that this names stays when sixteen lesser ones come.
fn stays(names: impl FnOnce(&mut Stage, [StatementId; 2], StatementId)) -> bool {
    let mut stage = Stage::new();
    let grants = [1, 2].map(|subject| stage.grant(0, None, subject, Inviter));
    let own = stage.say_raw(1, Some(grants[0]), act(9, &[], &[], resign_at(99)));
    names(&mut stage, grants, own);
    for at in 0..RESIGNS_PER_GRANT_MAX as u64 {
        let other = stage.cast.signed(1, Some(grants[0]), act(1, &[], &[], resign_at(at)));
        stage.authority.insert(other).unwrap();
    }
    stage.authority.statement(&own).is_some()
}

#[test]
fn a_resign_stays_that_an_act_of_its_author_follows_and_no_other() {
    assert!(!stays(|_, _, _| {}));
    let grant = |stage: &Stage| stage.cast.grant(3, Member);
    assert!(stays(|stage, [mine, _], own| {
        let body = grant(stage);
        stage.say_raw(1, Some(mine), act(10, &[own], &[], body));
    }));
    assert!(!stays(|stage, [mine, _], own| {
        stage.say_raw(1, Some(mine), act(10, &[own], &[], resign_at(100)));
    }));
    assert!(!stays(|stage, [mine, _], own| {
        let body = grant(stage);
        stage.say_raw(1, Some(mine), act(10, &[], &[own], body));
    }));
    assert!(!stays(|stage, [_, theirs], own| {
        let body = grant(stage);
        stage.say_raw(2, Some(theirs), act(10, &[own], &[], body));
    }));
}

#[test]
fn a_resign_stays_that_a_removal_of_its_author_pins_and_no_other() {
    for (subject, pinned) in [(1, true), (2, false)] {
        let removed = stays(|stage, _, own| {
            stage.remove(0, None, subject, &[own]);
        });
        assert_eq!(removed, pinned);
    }
}
