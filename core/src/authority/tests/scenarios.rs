//! Histories that earlier forms of the rule judged wrongly, and the attacks by name.

use super::*;
use crate::authority::compose::Effect;
use Role::{Admin, Inviter, Member};

fn remove_all_of(stage: &Stage, subject: usize) -> Body {
    stage.cast.remove(subject, &[])
}

#[test]
fn s1_dead_statements_displace_no_pinned_ones() {
    let mut stage = Stage::new();
    stage.authority.bound = 6;
    let admin = stage.grant(0, None, 1, Admin);
    stage.grant(0, None, 2, Member);
    stage.grant(1, Some(admin), 3, Member);
    let removal = stage.remove(1, Some(admin), 2, &[]);
    stage.remove(0, None, 1, &[removal]);
    assert_eq!((stage.role(2), stage.role(3)), (None, Some(Member)));
    for millis in 0..6 {
        let body = stage.cast.grant_in(9, Member, 1 + millis);
        stage.say_raw(1, Some(admin), act(1, &[], &[], body));
    }
    assert_eq!((stage.role(2), stage.role(3)), (None, Some(Member)));
    assert_eq!(stage.role(9), None);
}

#[test]
fn s2_the_creator_is_never_mute() {
    let mut stage = Stage::new();
    stage.authority.bound = 6;
    for subject in 1..8 {
        stage.grant(0, None, subject, Member);
    }
    stage.remove(0, None, 1, &[]);
    assert_eq!((stage.role(1), stage.role(7)), (None, Some(Member)));
}

#[test]
fn s3_a_demoted_grant_counts_as_member_until_another_is_given() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let body = stage.cast.demote(1, Inviter, &[]);
    let demotion = stage.say(0, None, body);
    let dead = stage.grant(1, Some(admin), 2, Member);
    assert_eq!((stage.role(1), stage.role(2)), (Some(Member), None));
    assert!(!stage.authority.is_live(&dead));
    let body = stage.cast.grant(1, Inviter);
    let inviter = stage.say_citing(0, None, &[demotion], body);
    stage.grant(1, Some(inviter), 2, Member);
    assert_eq!((stage.role(1), stage.role(2)), (Some(Inviter), Some(Member)));
}

#[test]
fn s4_more_is_cited_by_a_sequence_of_grants() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    stage.grant(0, None, 2, Member);
    let forks: Vec<_> = (1..=3)
        .map(|depth| {
            let body = remove_all_of(&stage, 2);
            stage.say_raw(1, Some(admin), act(depth, &[], &[], body))
        })
        .collect();
    let body = stage.cast.grant(2, Member);
    stage.say_citing(0, None, &forks[..2], body.clone());
    assert_eq!(stage.role(2), None);
    stage.say_citing(0, None, &forks[2..], body);
    assert_eq!(stage.role(2), Some(Member));
}

#[test]
fn s5_what_hangs_on_a_withheld_pin_is_not_pinned() {
    let mut stage = Stage::new();
    let first = stage.grant(0, None, 1, Admin);
    let second = stage.grant(1, Some(first), 2, Admin);
    let body = stage.cast.grant(3, Admin);
    let withheld = stage.cast.signed(2, Some(second), act(1, &[], &[], body));
    let removal = stage.remove(1, Some(first), 2, &[withheld.id()]);
    let cut = stage.authority.cut(stage.peer(1));
    assert_eq!((cut.heads, cut.lost), (vec![second], vec![removal]));

    // had the creator pinned the removal, the removed could bring back a grant at will
    stage.remove(0, None, 1, &[removal]);
    assert_eq!(stage.role(3), None);
    stage.put(&withheld);
    assert_eq!(stage.role(3), Some(Admin));
}

#[test]
fn s6_a_resignation_ends_only_the_grant_it_is_signed_under() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    stage.grant(0, None, 1, Member);
    stage.grant(1, Some(admin), 2, Member);
    stage.say(1, Some(admin), resign());
    assert_eq!((stage.role(1), stage.role(2)), (Some(Member), Some(Member)));
    stage.say_raw(1, Some(admin), act(1, &[], &[], resign_at(2)));
    assert_eq!((stage.role(1), stage.role(2)), (Some(Member), None));
}

#[test]
fn s7_a_junior_admin_hits_an_inviters_grant_of_a_senior() {
    let mut stage = Stage::new();
    let inviter = stage.grant(0, None, 1, Inviter);
    stage.grant(1, Some(inviter), 2, Member);
    stage.grant(0, None, 1, Admin);
    let other = stage.grant(0, None, 3, Admin);
    let junior = stage.grant(3, Some(other), 4, Admin);
    let effect = stage.authority.removal_effect(stage.peer(1), None, Some(&junior));
    assert_eq!(effect, Effect { hits: 1, spares: 1, spares_admin: true });
    stage.remove(4, Some(junior), 1, &[]);
    assert_eq!((stage.role(1), stage.role(2)), (Some(Admin), None));
}

#[test]
fn s8_a_citation_reaches_no_further_than_the_links_that_are_held() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    stage.grant(0, None, 2, Member);
    let removal = stage.remove(1, Some(admin), 2, &[]);
    let body = stage.cast.grant(5, Member);
    let link = stage.cast.signed(1, Some(admin), act(2, &[removal], &[], body));
    let body = stage.cast.grant(6, Member);
    let head = stage.say_raw(1, Some(admin), act(3, &[link.id()], &[], body));
    let body = stage.cast.grant(2, Member);
    stage.say_citing(0, None, &[head], body);
    stage.remove(0, None, 1, &[removal]);
    assert_eq!(stage.role(2), None);
    assert_eq!(stage.authority.removals_to_cite(stage.peer(2), stage.peer(0)), [removal]);
    stage.put(&link);
    assert_eq!(stage.role(2), Some(Member));
}

#[test]
fn a01_a_removed_admin_changes_nothing_however_it_backdates() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    stage.grant(0, None, 2, Member);
    stage.grant(1, Some(admin), 3, Member);
    let cut = stage.authority.cut(stage.peer(1));
    assert!(cut.lost.is_empty());
    stage.remove(0, None, 1, &cut.heads);
    let body = remove_all_of(&stage, 2);
    stage.say_raw(1, Some(admin), act(1, &[], &[], body));
    let body = stage.cast.grant(4, Admin);
    stage.say_raw(1, Some(admin), act(1, &[], &[], body));
    stage.say_raw(1, Some(admin), act(1, &[], &[], resign()));
    let roles: Vec<_> = (1..5).map(|peer| stage.role(peer)).collect();
    assert_eq!(roles, [None, Some(Member), Some(Member), None]);
}

#[test]
fn a02_equal_admins_cannot_remove_each_other_and_a_senior_decides() {
    let mut stage = Stage::new();
    let one = stage.grant(0, None, 1, Admin);
    let other = stage.grant(0, None, 2, Admin);
    stage.remove(1, Some(one), 2, &[]);
    stage.remove(2, Some(other), 1, &[]);
    assert_eq!((stage.role(1), stage.role(2)), (Some(Admin), Some(Admin)));
    stage.remove(0, None, 1, &[]);
    assert_eq!((stage.role(1), stage.role(2)), (None, Some(Admin)));
}

#[test]
fn a03_an_accomplice_of_lower_standing_cannot_readmit_the_removed() {
    let mut stage = Stage::new();
    let senior = stage.grant(0, None, 1, Admin);
    let junior = stage.grant(1, Some(senior), 2, Admin);
    stage.grant(0, None, 3, Member);
    let removal = stage.remove(1, Some(senior), 3, &[]);
    let body = stage.cast.grant(3, Member);
    stage.say_citing(2, Some(junior), &[removal], body.clone());
    assert_eq!(stage.role(3), None);
    stage.say(1, Some(senior), body.clone());
    assert_eq!(stage.role(3), None, "without a citation");
    stage.say_citing(1, Some(senior), &[removal], body);
    assert_eq!(stage.role(3), Some(Member));
}

#[test]
fn a04_removals_by_a_removed_admin_are_dead() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    for subject in 2..6 {
        stage.grant(0, None, subject, Member);
    }
    stage.remove(0, None, 1, &[]);
    for subject in 2..6 {
        let removal = stage.remove(1, Some(admin), subject, &[]);
        assert!(!stage.authority.is_live(&removal));
        assert_eq!(stage.role(subject), Some(Member));
    }
}

#[test]
fn a07_a_resignation_signed_after_the_removal_voids_nothing_that_was_pinned() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let pinned = stage.grant(1, Some(admin), 2, Member);
    stage.remove(0, None, 1, &[pinned]);
    let late = stage.say_raw(1, Some(admin), act(1, &[], &[], resign()));
    assert!(!stage.authority.is_live(&late));
    assert_eq!((stage.role(1), stage.role(2)), (None, Some(Member)));
}

#[test]
fn a08_only_the_creator_sets_properties() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let body = Body::Property(Properties::default());
    let forged = stage.cast.signed(1, Some(admin), act(1, &[], &[], body.clone()));
    assert_eq!(stage.authority.insert(forged.clone()), Err(Fault::InvalidStatement));
    let (group, creator) = (stage.authority.group(), stage.authority.creator());
    let read = Statement::decode(group, creator, &forged.encode());
    assert_eq!(read, Err(Fault::InvalidStatement));
    assert_eq!(stage.authority.properties(), None);
    stage.say(0, None, body);
    assert_eq!(stage.authority.properties(), Some(&Properties::default()));
}

#[test]
fn an_inviters_removal_takes_back_what_it_gave_under_the_same_grant_and_nothing_else() {
    let mut stage = Stage::new();
    let one = stage.grant(0, None, 1, Inviter);
    let other = stage.grant(0, None, 2, Inviter);
    let deep = stage.grant(1, Some(one), 3, Inviter);
    let pinned = stage.grant(3, Some(deep), 4, Member);
    stage.grant(3, Some(deep), 5, Member);
    for subject in [2, 4] {
        stage.remove(1, Some(one), subject, &[]);
        assert_eq!((stage.role(2), stage.role(4)), (Some(Inviter), Some(Member)), "{subject}");
    }
    stage.remove(2, Some(other), 3, &[]);
    assert_eq!(stage.role(3), Some(Inviter), "given by another");
    stage.remove(1, Some(one), 3, &[pinned]);
    let roles: Vec<_> = (3..6).map(|peer| stage.role(peer)).collect();
    assert_eq!(roles, [None, Some(Member), None]);
    let effect = stage.authority.given_by_inviter(stage.peer(3), stage.peer(1));
    assert_eq!(effect, (BTreeSet::new(), 0));
    stage.grant(0, None, 3, Member);
    assert_eq!(stage.role(3), Some(Member), "nobody else needs to cite it");
}

#[test]
fn an_inviter_gives_again_what_it_took_back_by_citing_that() {
    let mut stage = Stage::new();
    let inviter = stage.grant(0, None, 1, Inviter);
    stage.grant(1, Some(inviter), 2, Member);
    let removal = stage.remove(1, Some(inviter), 2, &[]);
    let body = stage.cast.grant_in(2, Member, 9);
    stage.say(1, Some(inviter), body.clone());
    assert_eq!(stage.role(2), None, "without a citation");
    assert_eq!(stage.authority.removals_to_cite(stage.peer(2), stage.peer(1)), [removal]);
    stage.say_citing(1, Some(inviter), &[removal], body);
    assert_eq!(stage.role(2), Some(Member));
}

#[test]
fn a_removed_inviter_takes_nothing_back() {
    let mut stage = Stage::new();
    let inviter = stage.grant(0, None, 1, Inviter);
    let given = stage.grant(1, Some(inviter), 2, Member);
    stage.remove(0, None, 1, &[given]);
    let body = remove_all_of(&stage, 2);
    let late = stage.say_raw(1, Some(inviter), act(1, &[], &[], body));
    assert!(!stage.authority.is_live(&late));
    assert_eq!((stage.role(1), stage.role(2)), (None, Some(Member)));
}

#[test]
fn a_citation_covers_nothing_that_another_author_signed() {
    let mut stage = Stage::new();
    let one = stage.grant(0, None, 1, Admin);
    let other = stage.grant(0, None, 2, Admin);
    stage.grant(0, None, 3, Member);
    let first = stage.remove(1, Some(one), 3, &[]);
    let body = remove_all_of(&stage, 3);
    let second = stage.say_raw(2, Some(other), act(2, &[first], &[], body));
    let body = stage.cast.grant(3, Member);
    stage.say_citing(0, None, &[second], body.clone());
    assert_eq!(stage.role(3), None);
    assert_eq!(stage.authority.removals_to_cite(stage.peer(3), stage.peer(0)), [first]);
    stage.say_citing(0, None, &[first], body);
    assert_eq!(stage.role(3), Some(Member));
}
