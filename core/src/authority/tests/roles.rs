//! Who is listed, acts and is told why not.

use super::*;
use Role::{Admin, Inviter, Member};

#[test]
fn a_role_holds_within_its_window_and_a_membership_is_listed_beyond_it() {
    let mut stage = Stage::new();
    let body = stage.cast.grant_in(1, Inviter, 5);
    let early = stage.say(0, None, body);
    stage.grant(0, None, 1, Member);
    let at = |millis| stage.authority.role(stage.peer(1), UnixTime::from_millis(millis));
    assert_eq!([at(0), at(4), at(5), at(9), at(10)], {
        [Some(Inviter), Some(Inviter), Some(Member), Some(Member), None]
    });
    let listed = stage.authority.membership(stage.peer(1)).unwrap();
    assert_eq!((listed.role, listed.grant, listed.issuer), (Inviter, Some(early), stage.peer(0)));
    assert!(stage.authority.is_member_ever(stage.peer(1)));
    assert_eq!(stage.authority.role_under(Some(early), stage.peer(1), NOW), None);
    assert_eq!(stage.authority.role_under(Some(early), stage.peer(2), UnixTime::default()), None);
}

#[test]
fn the_creator_is_listed_as_an_admin_for_ever_and_everyone_once() {
    let mut stage = Stage::new();
    for subject in [1, 2, 3, 3] {
        stage.grant(0, None, subject, Member);
        stage.grant(0, None, subject, Inviter);
    }
    stage.remove(0, None, 2, &[]);
    let listed: Vec<_> = stage.authority.members().map(|member| member.peer).collect();
    let mut expected = vec![stage.peer(0), stage.peer(1), stage.peer(3)];
    expected.sort_unstable();
    assert_eq!(listed, expected);
    let creator = stage.authority.membership(stage.peer(0)).unwrap();
    assert_eq!((creator.role, creator.window, creator.grant), (Admin, Window::INFINITE, None));
    assert_eq!(stage.authority.role(stage.peer(0), UnixTime::MAX), Some(Admin));
    assert_eq!(stage.authority.role_under(None, stage.peer(0), UnixTime::MAX), Some(Admin));
    assert_eq!(stage.authority.role_under(None, stage.peer(1), NOW), None);
}

#[test]
fn a_node_signs_under_its_most_senior_grant_that_is_worth_what_it_says() {
    let mut stage = Stage::new();
    let first = stage.grant(0, None, 1, Admin);
    stage.grant(1, Some(first), 2, Admin);
    let inviter = stage.grant(0, None, 2, Inviter);
    let senior = stage.grant(0, None, 2, Admin);
    let acting = |stage: &Stage| stage.authority.acting_grant(stage.peer(2), NOW).unwrap();
    assert_eq!((acting(&stage).cred, acting(&stage).role), (Some(senior), Admin));
    let body = stage.cast.demote(2, Inviter, &[]);
    stage.say(0, None, body);
    assert_eq!((acting(&stage).cred, acting(&stage).role), (Some(inviter), Inviter));
    assert_eq!(stage.authority.grants_to(stage.peer(2)).count(), 3);
    assert_eq!(stage.authority.standing_of(&senior), stage.authority.standing_of(&first));
    assert_eq!(stage.authority.standing_of(&inviter), Standing::INFINITE);
    assert_eq!(stage.authority.acting_grant(stage.peer(9), NOW), None);
}

#[test]
fn the_newest_properties_and_the_two_newest_link_secrets_are_in_use() {
    let mut stage = Stage::new();
    for secret in [1, 2, 3, 3] {
        let properties = Properties { link_secret: [secret; 32], ..Properties::default() };
        stage.say(0, None, Body::Property(properties));
    }
    assert_eq!(stage.authority.properties().unwrap().link_secret, [3; 32]);
    assert_eq!(stage.authority.link_secrets(), [[3; 32], [2; 32]]);
}

#[test]
fn who_is_no_member_is_shown_the_removal_and_the_right_to_it() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let inviter = stage.grant(0, None, 2, Inviter);
    stage.grant(2, Some(inviter), 3, Member);
    assert!(stage.authority.evidence(stage.peer(3)).is_empty());
    let removal = stage.remove(1, Some(admin), 2, &[]);
    for peer in [2, 3] {
        let shown = stage.authority.evidence(stage.peer(peer));
        assert!(shown.iter().map(Statement::id).eq([admin, removal]), "{peer}");
    }
    assert!(stage.authority.evidence(stage.peer(1)).is_empty());
    assert!(stage.authority.evidence(stage.peer(9)).is_empty());
    let member = stage.grant(0, None, 4, Member);
    let resignation = stage.say(4, Some(member), resign());
    let shown = stage.authority.evidence(stage.peer(4));
    assert!(shown.iter().map(Statement::id).eq([member, resignation]));
}

/// Grants by the creator that say which tenure they continue.
fn renew(
    stage: &mut Stage,
    cites: &[StatementId],
    from: u64,
    continues: Option<StatementId>,
) -> StatementId {
    let window =
        Window { from: UnixTime::from_millis(from), until: UnixTime::from_millis(from + 10) };
    let subject = stage.peer(1);
    let body = Body::Grant(Grant { subject, role: Member, window, continues });
    stage.say_citing(0, None, cites, body)
}

#[test]
fn a_renewal_continues_the_tenure_over_both_windows() {
    let mut stage = Stage::new();
    let first = renew(&mut stage, &[], 0, None);
    let second = renew(&mut stage, &[], 5, Some(first));
    let third = renew(&mut stage, &[], 9, Some(second));
    let other = stage.grant(0, None, 2, Member);
    let wrong = renew(&mut stage, &[], 0, Some(other));
    let of = |grant| stage.authority.tenure_of(&grant);
    assert_eq!([of(first), of(second), of(third), of(wrong)], [first, first, first, wrong]);
    let tenure = stage.authority.tenure(&first).unwrap();
    assert_eq!((tenure.window.from, tenure.window.until), {
        (UnixTime::default(), UnixTime::from_millis(19))
    });
    assert!(tenure.live && tenure.counts && !tenure.admin && tenure.resigned.is_none());
    assert_eq!(tenure.holder, stage.peer(1));
    assert_eq!(stage.authority.tenure(&second), None);
}

#[test]
fn readmission_begins_a_new_tenure_and_revives_nothing() {
    let mut stage = Stage::new();
    let first = renew(&mut stage, &[], 0, None);
    let removal = stage.remove(0, None, 1, &[]);
    let again = renew(&mut stage, &[removal], 0, Some(first));
    assert_eq!(stage.authority.tenure_of(&again), again);
    assert!(!stage.authority.tenure(&first).unwrap().live);
    assert!(stage.authority.tenure(&again).unwrap().live);
    assert_eq!(stage.authority.tenure(&first).unwrap().resigned, None);
}

#[test]
fn a_resigned_tenure_is_told_from_a_removed_one() {
    let mut stage = Stage::new();
    let first = renew(&mut stage, &[], 0, None);
    let resignation = stage.say(1, Some(first), resign_at(7));
    let stamp = Stamp { time: UnixTime::from_millis(7), ..Stamp::default() };
    let tenure = stage.authority.tenure(&first).unwrap();
    assert_eq!((tenure.live, tenure.counts, tenure.resigned), (false, true, Some(stamp)));
    // a senior that accepts the resignation changes nothing, one that does not ends the tenure
    stage.remove(0, None, 1, &[resignation]);
    assert_eq!(stage.authority.tenure(&first).unwrap().resigned, Some(stamp));
    stage.remove(0, None, 1, &[]);
    assert_eq!(stage.authority.tenure(&first).unwrap().resigned, None);
}

#[test]
fn only_the_least_of_a_peers_live_tenures_count() {
    let mut stage = Stage::new();
    let firsts: Vec<_> = (0..6).map(|from| renew(&mut stage, &[], from, None)).collect();
    let count = |stage: &Stage, id| stage.authority.tenure(id).unwrap().counts;
    let counted: Vec<_> = firsts.iter().map(|id| count(&stage, id)).collect();
    assert_eq!(counted, [true, true, true, true, false, false]);
    stage.say(1, Some(firsts[0]), resign());
    let counted: Vec<_> = firsts.iter().map(|id| count(&stage, id)).collect();
    assert_eq!(counted, [false, true, true, true, true, false]);
}

#[test]
fn a_tenure_that_moves_with_lists_that_become_known_is_told_of() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 2, Admin);
    let first = renew(&mut stage, &[], 0, None);
    let removal = stage.remove(2, Some(admin), 1, &[]);
    // without effect: it dies with the right to it
    stage.remove(0, None, 2, &[]);
    let window = Window::INFINITE;
    let grant = Grant { subject: stage.peer(1), role: Member, window, continues: Some(first) };
    let whole = stage.cast.signed(0, None, act(9, &[], &[removal], Body::Grant(grant)));
    stage.put(&whole.without_lists());
    assert_eq!(stage.authority.tenure_of(&whole.id()), first);
    assert_eq!(stage.authority.insert(whole.clone()), Ok(Inserted::Upgraded));
    assert!(stage.authority.evaluate().unwrap().peers.contains(&stage.peer(1)));
    assert_eq!(stage.authority.tenure_of(&whole.id()), whole.id());
    // lists that say nothing new of it are told of nobody
    let grant = Grant { window: Window { until: UnixTime::from_millis(99), ..window }, ..grant };
    let other = stage.cast.signed(0, None, act(9, &[first], &[], Body::Grant(grant)));
    stage.put(&other.without_lists());
    assert_eq!(stage.authority.insert(other), Ok(Inserted::Upgraded));
    assert!(stage.authority.evaluate().unwrap().peers.is_empty());
}
