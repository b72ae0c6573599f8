use core::time::Duration;

use peergroup_core::{RecordUpdate, Refuted, Terms, UnixTime, Void, Wait};

use super::*;

/// The creator has removed an Admin that changed one record of a member and deleted another.
fn scene() -> (World, Host, Seat, Vec<RecordId>) {
    let mut world = World::unwatched(5);
    let (hosts, group) = world.group(3, Role::Member);
    let seats: Vec<Seat> = hosts.iter().map(|host| world.seat(*host, group)).collect();
    let (admin, member) = (world.peer(hosts[1]), hosts[2]);
    let granted =
        world.act(hosts[0], |node, now| node.grant(now, seats[0], admin, Terms::role(Role::Admin)));
    granted.unwrap();
    let records: Vec<RecordId> =
        ["one", "two", "three"].map(|text| world.publish(member, group, text).0).to_vec();
    world.run_for(Duration::from_secs(200));
    let update = RecordUpdate::new().payload("changed");
    world.act(hosts[1], |node, now| node.update(now, seats[1], records[0], update)).unwrap();
    world.act(hosts[1], |node, now| node.delete_record(now, seats[1], records[1])).unwrap();
    world.act(hosts[2], |node, now| node.delete_record(now, seats[2], records[2])).unwrap();
    world.run_for(Duration::from_secs(5));
    world
        .act(hosts[0], |node, now| node.remove(now, seats[0], admin, peergroup_core::Removal::Keep))
        .unwrap();
    world.run_for(Duration::from_secs(5));
    (world, hosts[0], seats[0], records)
}

fn with_checker<T>(
    world: &World,
    host: Host,
    seat: Seat,
    ask: impl FnOnce(&Checker<'_>) -> T,
) -> T {
    let creator = world.node(host).genesis(seat).unwrap().creator();
    ask(&Checker::new(creator, world.node(host).statements(seat).unwrap()))
}

#[test]
fn a_node_that_tells_the_truth_is_found_good() {
    let (world, host, seat, records) = scene();
    assert_eq!(ask(&world, host, seat), Ok(()));
    let answer = world.node(host).why_record(seat, records[0]).unwrap();
    let fates: Vec<Fate> = answer.versions.iter().map(|reason| reason.fate).collect();
    assert_eq!(fates, [Fate::Void(Void::TenureEnded), Fate::Shown]);
    let text = answer.to_string();
    assert!(text.contains("does not count: its tenure has ended"), "{text}");
    assert!(text.contains("its holder was removed by removal"), "{text}");
    let deleted = world.node(host).why_record(seat, records[2]).unwrap();
    assert_eq!((deleted.shown, deleted.versions[0].fate), (None, Fate::Deletes));
    let unknown = world.node(host).why_record(seat, RecordId::from_bytes([1; 16])).unwrap();
    assert!(unknown.to_string().ends_with("is not known here"));
}

#[test]
fn a_role_that_is_not_what_the_reasons_give_is_told_of() {
    let (world, host, seat, _) = scene();
    let peer = world.peer(host);
    let answer = world.node(host).why_member(seat, peer).unwrap();
    with_checker(&world, host, seat, |checker| {
        assert_eq!(judge_role(checker, peer, Some(Role::Admin), &answer), Ok(()));
        let found = judge_role(checker, peer, Some(Role::Member), &answer).unwrap_err();
        assert!(found.contains("and says why"), "{found}");
        let mut lie = answer.clone();
        lie.role = None;
        let found = judge_role(checker, peer, None, &lie).unwrap_err();
        assert!(found.contains("the role does not follow"), "{found}");
    });
}

/// Every fate but Crowded, of which the checker can say nothing.
fn all_fates(by: VersionId) -> Vec<Fate> {
    vec![
        Fate::Shown,
        Fate::Expired,
        Fate::Outdone { by },
        Fate::Deletes,
        Fate::Deleted { by },
        Fate::Void(Void::TenureEnded),
        Fate::Void(Void::TenureCrowded),
        Fate::Void(Void::NotAllowed),
        Fate::Void(Void::AfterResign),
        Fate::Void(Void::PastWindow),
        Fate::Waits(Wait::UnknownTenure),
        Fate::Waits(Wait::UnknownCreator),
        Fate::Waits(Wait::Ahead),
    ]
}

#[test]
fn no_answer_about_a_record_that_was_tampered_with_is_confirmed() {
    let (world, host, seat, _) = scene();
    let all = held(&world, host, seat);
    let mut tried = 0;
    with_checker(&world, host, seat, |checker| {
        for (record, held) in &all {
            let honest = world.node(host).why_record(seat, *record).unwrap();
            let refuted = |why: &RecordReason| {
                checker.confirm_record(*record, honest.at, held, why).unwrap_err()
            };
            for at in 0..honest.versions.len() {
                let is_told = honest.versions[at].fate;
                for fate in all_fates(honest.versions[at].version.id) {
                    // a version may be void for more reasons than one
                    let both_void = |one, other| {
                        matches!((one, other), (Fate::Void(_), Fate::Void(Void::NotAllowed)))
                    };
                    if fate == is_told || both_void(is_told, fate) {
                        continue;
                    }
                    let mut lie = honest.clone();
                    lie.versions[at].fate = fate;
                    assert!(matches!(refuted(&lie), Refuted::Version(_)), "{lie}");
                    tried += 1;
                }
                let mut lie = honest.clone();
                lie.versions.remove(at);
                assert_eq!(refuted(&lie), Refuted::Incomplete);
                let mut lie = honest.clone();
                lie.versions[at].version.deletes ^= true;
                assert_eq!(refuted(&lie), Refuted::Incomplete);
            }
            let mut lie = honest.clone();
            lie.shown = lie.shown.xor(Some(honest.versions[0].version.id));
            assert_eq!(refuted(&lie), Refuted::Shown);
            let mut lie = honest.clone();
            lie.at = UnixTime::default();
            assert_eq!(refuted(&lie), Refuted::Question);
            for at in 0..honest.authors.len() {
                let mut lie = honest.clone();
                lie.authors[at].role = None;
                assert!(honest.authors[at].role.is_none() || refuted(&lie) == Refuted::Role);
                let mut lie = honest.clone();
                let gone = lie.authors.remove(at).peer;
                let is_needed = held.iter().any(|it| it.author == gone && it.tenure.is_some());
                assert!(!is_needed || matches!(refuted(&lie), Refuted::Version(_)));
            }
        }
    });
    assert!(tried > 40, "{tried}");
}
