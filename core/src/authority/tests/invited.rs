//! Who brought whom in, and what a peer acts under.

use super::*;
use Role::{Admin, Inviter, Member};

#[test]
fn what_a_removal_does_not_hit_is_nobodys_invitation() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    stage.grant(1, Some(admin), 2, Member);
    let is_invited =
        |stage: &Stage| stage.authority.is_invited_by(stage.peer(2), stage.peer(1), Some(&admin));
    assert!(is_invited(&stage));
    stage.grant(0, None, 2, Admin);
    assert!(is_invited(&stage), "an equal's grant it does not hit");
    stage.grant(0, None, 2, Member);
    assert!(!is_invited(&stage));
}

#[test]
fn an_inviter_gave_what_it_signed_as_an_inviter() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let inviter = stage.grant(0, None, 1, Inviter);
    let other = stage.grant(0, None, 2, Inviter);
    let given = |stage: &Stage| stage.authority.given_by_inviter(stage.peer(3), stage.peer(1));
    stage.grant(1, Some(admin), 3, Member);
    stage.grant(2, Some(other), 3, Member);
    assert_eq!(given(&stage), ([].into(), 2));
    stage.grant(1, Some(inviter), 3, Member);
    assert_eq!(given(&stage), ([inviter].into(), 2));
    assert_eq!(stage.authority.signed_under(&inviter), 1);
    stage.grant(1, Some(inviter), 4, Member);
    assert_eq!(stage.authority.signed_under(&inviter), 2);
}

#[test]
fn of_two_grants_of_one_role_the_one_that_nobody_lowered_is_acted_under() {
    let mut stage = Stage::new();
    let body = stage.cast.grant_in(1, Inviter, 20);
    let inviter = stage.say(0, None, body);
    stage.say(0, None, stage.cast.demote(1, Member, &[]));
    let acting = |stage: &Stage| stage.authority.acting_grant(stage.peer(1), NOW).unwrap().cred;
    assert_eq!(acting(&stage), Some(inviter));
    let member = stage.grant(0, None, 1, Member);
    assert_eq!(acting(&stage), Some(member), "though it ends earlier");
}

#[test]
fn an_admin_for_ever_does_not_lapse() {
    let mut stage = Stage::new();
    let subject = stage.peer(1);
    let grant = Grant { subject, role: Admin, window: Window::INFINITE, continues: None };
    stage.say(0, None, Body::Grant(grant));
    assert_eq!(stage.authority.lapsed_admins(), []);
    stage.grant(0, None, 2, Admin);
    let lapsed: Vec<PeerId> = stage.authority.lapsed_admins().iter().map(|it| it.peer).collect();
    assert_eq!(lapsed, [stage.peer(2)]);
}
