//! What a node names in what it signs.

use super::*;
use crate::authority::compose::Effect;
use crate::limits::{CITES_MAX, CUT_MAX, PREV_MAX};
use Role::{Admin, Inviter, Member};

#[test]
fn the_next_statement_names_the_deepest_of_its_authors_heads() {
    let mut stage = Stage::new();
    assert_eq!(
        (stage.authority.heads(stage.peer(0)), stage.authority.next_depth(stage.peer(0))),
        { (vec![], 1) }
    );
    let first = stage.grant(0, None, 1, Admin);
    assert_eq!(stage.authority.heads(stage.peer(0)), [first]);
    let mut forks = Vec::new();
    for depth in 2..8 {
        let body = stage.cast.grant(2, Member);
        forks.push(stage.say_raw(0, None, act(depth, &[first], &[], body)));
    }
    let heads = stage.authority.heads(stage.peer(0));
    assert_eq!(heads, sorted(&forks[6 - PREV_MAX..]));
    assert_eq!(stage.authority.next_depth(stage.peer(0)), 8);
    let body = stage.cast.grant(3, Member);
    stage.say_raw(0, None, act(u32::MAX, &[], &[], body));
    assert_eq!(stage.authority.next_depth(stage.peer(0)), u32::MAX);
}

#[test]
fn a_cut_pins_what_is_whole_and_tells_what_is_lost() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let one = stage.grant(1, Some(admin), 2, Member);
    let body = stage.cast.grant(3, Member);
    let missing = stage.cast.signed(1, Some(admin), act(2, &[one], &[], body));
    let body = stage.cast.grant(4, Member);
    let tail = stage.say_raw(1, Some(admin), act(3, &[one, missing.id()], &[], body));
    let cut = stage.authority.cut(stage.peer(1));
    assert_eq!((cut.heads, cut.lost), (vec![one], vec![tail]));
    stage.put(&missing);
    let cut = stage.authority.cut(stage.peer(1));
    assert_eq!((cut.heads, cut.lost), (vec![tail], vec![]));
    assert_eq!(stage.authority.cut(stage.peer(9)), Cut::default());
}

#[test]
fn a_cut_pins_nothing_under_a_grant_whose_lists_are_not_known() {
    let mut stage = Stage::new();
    let whole = stage.cast.signed(0, None, act(1, &[], &[], stage.cast.grant(1, Admin)));
    let short = whole.without_lists();
    let admin = stage.put(&short);
    let act = stage.grant(1, Some(admin), 2, Member);
    assert_eq!(stage.authority.cut(stage.peer(1)), Cut { heads: vec![], lost: vec![act] });
    assert_eq!(stage.authority.insert(whole), Ok(Inserted::Upgraded));
    stage.authority.evaluate();
    assert_eq!(stage.authority.cut(stage.peer(1)), Cut { heads: vec![act], lost: vec![] });
}

#[test]
fn of_more_forks_than_a_cut_holds_the_deepest_are_pinned() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    for depth in 1..=u32::try_from(CUT_MAX).unwrap() + 2 {
        let body = stage.cast.grant(2, Member);
        stage.say_raw(1, Some(admin), act(depth, &[], &[], body));
    }
    let cut = stage.authority.cut(stage.peer(1));
    assert_eq!((cut.heads.len(), cut.lost.len()), (CUT_MAX, 2));
    let depth = |id| stage.authority.statement(id).unwrap().depth();
    assert_eq!(cut.lost.iter().map(depth).max(), Some(2));
    assert_eq!(cut.heads, sorted(&cut.heads));
}

#[test]
fn a_sequence_of_grants_cites_every_removal_once() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    stage.grant(0, None, 2, Member);
    let chained = stage.remove(1, Some(admin), 2, &[]);
    let after = stage.remove(1, Some(admin), 2, &[admin]);
    let mut forks: Vec<_> = (1..=u32::try_from(CITES_MAX).unwrap() + 3)
        .map(|depth| {
            let body = stage.cast.remove(2, &[]);
            stage.say_raw(1, Some(admin), act(depth + 9, &[], &[], body))
        })
        .collect();
    forks.push(after);
    let mut all = Vec::new();
    loop {
        let cites = stage.authority.removals_to_cite(stage.peer(2), stage.peer(0));
        if cites.is_empty() {
            break;
        }
        assert_eq!(stage.role(2), None);
        all.extend(cites.iter().copied());
        let body = stage.cast.grant(2, Member);
        stage.say_citing(0, None, &cites, body);
    }
    assert_eq!(stage.role(2), Some(Member));
    assert!(!all.contains(&chained), "the removal after it covers it");
    assert_eq!((sorted(&all), all.len()), (sorted(&forks), forks.len()));
}

#[test]
fn a_removal_tells_what_it_would_not_hit() {
    let mut stage = Stage::new();
    let one = stage.grant(0, None, 1, Admin);
    let other = stage.grant(0, None, 2, Admin);
    stage.grant(0, None, 2, Inviter);
    let effect = |to, cred| stage.authority.removal_effect(stage.peer(2), to, cred);
    assert_eq!(effect(None, Some(&one)), Effect { hits: 1, spares: 1, spares_admin: true });
    assert_eq!(effect(None, None), Effect { hits: 2, spares: 0, spares_admin: false });
    assert_eq!(effect(Some(Inviter), None), Effect { hits: 1, spares: 1, spares_admin: false });
    assert_eq!(
        effect(Some(Member), Some(&other)),
        Effect { hits: 1, spares: 1, spares_admin: true }
    );
}

#[test]
fn what_one_admin_signs_beyond_the_bound_displaces_only_its_own() {
    let mut stage = Stage::new();
    stage.authority.bound = 6;
    let one = stage.grant(0, None, 1, Admin);
    let other = stage.grant(0, None, 2, Admin);
    let again = stage.grant(0, None, 1, Admin);
    let kept = [stage.grant(2, Some(other), 3, Member), stage.grant(1, Some(again), 4, Member)];
    let mut own: Vec<_> = (1..=8)
        .map(|until| {
            let body = stage.cast.grant_in(5, Member, until);
            stage.say(1, Some(one), body)
        })
        .collect();
    let dead = own.split_off(6);
    assert!(own.iter().chain(&kept).all(|id| stage.authority.is_live(id)));
    assert!(dead.iter().all(|id| !stage.authority.is_live(id)));
    stage.say(1, Some(one), resign());
    assert!(own.iter().all(|id| stage.authority.is_live(id)), "a Resign is outside the count");
}
