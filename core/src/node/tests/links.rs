//! What can be done to a node before it has admitted anybody.

use super::*;
use crate::limits::{
    HALF_OPEN_MAX, HANDSHAKE_TIMEOUT, NEIGHBOURS_ACCEPTED_MAX, NEIGHBOURS_DIALLED_MIN,
    NEIGHBOURS_MAX, NEIGHBOURS_PER_SUBTREE_MAX,
};
use crate::statement::{Body, Grant, Lists};

/// One more of those that an Admin brought in.
fn sybil(rig: &Rig, admin: &Peer, number: u8) -> Peer {
    let key = SecretKey::from_bytes([number; 32]);
    let issuer = admin.grants.last().unwrap();
    let window = issuer.grant().unwrap().window;
    let grant = Grant { subject: key.peer(), role: Role::Member, window, continues: None };
    let lists = Lists::Full { prev: vec![], cites: vec![] };
    let (cred, group) = (Some(issuer.id()), rig.seat.group);
    let grant = Statement::sign(&admin.key, group, cred, 1, Body::Grant(grant), lists);
    let grants = [&admin.grants[..], &[grant]].concat();
    Peer { key, grants, instance: number.into() }
}

#[test]
fn n01_whoever_brings_in_many_takes_half_of_the_places_for_callers() {
    let mut rig = Rig::new();
    let admin = rig.peer(100, Role::Admin);
    let mut taken = 0;
    for number in 101..115 {
        let sybil = sybil(&rig, &admin, number);
        match rig.enter(&sybil, Purpose::Group).1 {
            Entry::Welcome => taken += 1,
            entry => assert!(matches!(entry, Entry::Denied(Denial::Busy, _)), "{entry:?}"),
        }
    }
    assert_eq!(taken, NEIGHBOURS_PER_SUBTREE_MAX);
    let honest = rig.peer(7, Role::Member);
    rig.neighbour(&honest);
}

#[test]
fn n02_callers_leave_places_for_those_that_the_node_dials() {
    let mut rig = Rig::new();
    let mut taken = 0;
    for number in 10..30 {
        let peer = rig.peer(number, Role::Member);
        taken += usize::from(matches!(rig.enter(&peer, Purpose::Group).1, Entry::Welcome));
    }
    assert_eq!(taken, NEIGHBOURS_ACCEPTED_MAX);
    assert_eq!(NEIGHBOURS_MAX - taken, NEIGHBOURS_DIALLED_MIN);
}

#[test]
fn l08_of_ten_thousand_half_open_links_a_few_are_kept_and_none_for_long() {
    let mut rig = Rig::new();
    for _ in 0..10_000 {
        let now = rig.now();
        rig.node.accept(now, LinkInfo { binding: &[3; 32], remote: None });
    }
    rig.drain();
    assert_eq!(rig.hung_up.len(), 10_000 - HALF_OPEN_MAX);
    rig.run(HANDSHAKE_TIMEOUT);
    assert_eq!(rig.hung_up.len(), 10_000);
    let peer = rig.peer(7, Role::Member);
    rig.run(Duration::from_secs(20));
    rig.neighbour(&peer);
}

#[test]
fn l06_whoever_knows_no_link_secret_gets_no_byte() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let (link, binding) = rig.accept();
    let (_, hello) = rig.hello(&peer, &binding);
    let mut probes = vec![vec![0; 516], vec![1; 70_000], frame(&[1; 512]), frame(&[0; 512])];
    for at in [4, 30, 60, 80, 515] {
        let mut probe = hello.clone();
        probe[at] ^= 1;
        probes.push(probe);
    }
    for probe in probes {
        let (link, _) = rig.accept();
        rig.receive(link, &probe);
        rig.run(HANDSHAKE_TIMEOUT);
        assert!(rig.hung_up.contains(&link));
        assert!(!rig.bytes.contains_key(&link), "not a byte");
    }
    assert!(!rig.bytes.contains_key(&link));
}

#[test]
fn l04_what_was_said_on_one_link_opens_no_other() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let (first, binding) = rig.accept();
    let (_, hello) = rig.hello(&peer, &binding);
    rig.receive(first, &hello);
    assert!(!rig.bodies(first).is_empty());
    let (second, _) = rig.accept();
    rig.receive(second, &hello);
    assert!(rig.bodies(second).is_empty(), "another binding");
    assert!(rig.hung_up.contains(&second));
}

#[test]
fn a01_an_ex_member_is_denied_and_shown_why() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Admin);
    let link = rig.neighbour(&peer);
    let now = rig.now();
    rig.node.remove(now, rig.seat, peer.key.peer(), crate::group::Removal::Keep).unwrap();
    rig.drain();
    assert!(rig.hung_up.contains(&link), "cut off in the same step");
    let (_, entry) = rig.enter(&peer, Purpose::Group);
    let Entry::Denied(reason, evidence) = entry else { panic!("{entry:?}") };
    assert_eq!(reason, Denial::Removed);
    let creator = rig.seat.identity;
    let shown = Statement::decode(rig.seat.group, creator, evidence.last().unwrap()).unwrap();
    assert!(matches!(shown.body(), Body::Remove { .. }));
}

#[test]
fn a04_the_puppets_of_a_removed_admin_are_refused_and_not_kept() {
    let mut rig = Rig::new();
    let admin = rig.peer(7, Role::Admin);
    let now = rig.now();
    rig.node.remove(now, rig.seat, admin.key.peer(), crate::group::Removal::Keep).unwrap();
    rig.drain();
    let held = rig.store.len();
    for number in 20..30 {
        let key = SecretKey::from_bytes([number; 32]);
        let grant = Grant {
            subject: key.peer(),
            role: Role::Member,
            window: admin.grants[0].grant().unwrap().window,
            continues: None,
        };
        let lists = Lists::Full { prev: vec![], cites: vec![] };
        let cred = admin.grants.last().map(Statement::id);
        let body = Body::Grant(grant);
        let forged = Statement::sign(&admin.key, rig.seat.group, cred, 1, body, lists);
        let grants = vec![admin.grants[0].clone(), forged];
        let puppet = Peer { key, grants, instance: number.into() };
        let (_, entry) = rig.enter(&puppet, Purpose::Group);
        assert!(matches!(entry, Entry::Denied(Denial::NotAMember, _)), "{entry:?}");
    }
    assert_eq!(rig.store.len(), held, "the set has not grown");
}

#[test]
fn a_direct_connection_that_nobody_registered_for_is_refused() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let (_, entry) = rig.enter(&peer, Purpose::Connection { nonce: 5 });
    assert!(matches!(entry, Entry::Denied(Denial::NotWanted, _)), "{entry:?}");
}
