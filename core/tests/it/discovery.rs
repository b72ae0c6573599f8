//! Members who find each other on a local network, and what others see there.

use core::time::Duration;
use std::collections::BTreeSet;

use crate::world::{TIMEOUT, World};
use peergroup_core::{Address, Beacon, Input, Node, Role, Seat};

const HOUR: Duration = Duration::from_secs(3600);

/// A founder that is online, and a guest that knows no address. Both discover.
fn strangers() -> (World, Seat, Seat) {
    strangers_of_whom(2)
}

/// The same, of whom so many discover.
fn strangers_of_whom(discover: usize) -> (World, Seat, Seat) {
    let mut world = World::new(2);
    for host in 0..discover {
        world.act(host, Node::discover);
    }
    world.act(0, |node, now| node.listening_at(now, &[]));
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    assert!(invitation.addresses().is_empty());
    let joined = world.act(1, move |node, now| node.join(now, &invitation)).unwrap().value;
    world.act(0, |node, now| node.listening_at(now, &[World::address(0)]));
    world.pump();
    (world, founded, joined)
}

fn connect(world: &mut World, host: usize, seat: Seat) {
    world.act(host, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.pump();
}

fn beacon_of(world: &World, host: usize, seat: Seat) -> Beacon {
    world.beacons[&(host, seat)].0
}

#[test]
fn members_who_see_each_others_beacons_meet_without_an_address() {
    let (mut world, _, joined) = strangers();
    connect(&mut world, 1, joined);
    world.look_around(1);
    world.run(TIMEOUT);
    let status = world.node(1).status(joined).unwrap();
    assert!(status.ready && status.neighbours == 1, "{status:?}");
}

#[test]
fn who_is_found_need_not_look() {
    let (mut world, founded, joined) = strangers();
    connect(&mut world, 1, joined);
    world.look_around(0);
    world.run(TIMEOUT);
    assert!(world.node(1).status(joined).unwrap().ready);
    assert_eq!(world.node(0).status(founded).unwrap().neighbours, 1);
}

#[test]
fn a_node_that_was_not_told_to_discover_shows_nothing_and_looks_at_nothing() {
    let (mut world, founded, joined) = strangers_of_whom(1);
    connect(&mut world, 1, joined);
    assert_eq!(world.beacons.keys().collect::<Vec<_>>(), [&(0, founded)]);
    world.look_around(1);
    world.run(TIMEOUT / 2);
    assert!(!world.node(1).status(joined).unwrap().ready);
}

#[test]
fn a_beacon_is_replaced_within_the_hour_and_goes_when_the_group_goes_offline() {
    let (mut world, founded, _) = strangers();
    let mut seen = BTreeSet::new();
    for _ in 0..10 {
        seen.insert(beacon_of(&world, 0, founded));
        world.run(HOUR);
    }
    assert_eq!(seen.len(), 10);
    world.act(0, move |node, now| node.close(now, founded)).unwrap();
    world.pump();
    assert!(world.beacons.is_empty());
}

#[test]
fn who_listens_nowhere_shows_nothing() {
    let (mut world, _, _) = strangers();
    world.act(0, |node, now| node.listening_at(now, &[]));
    world.pump();
    assert!(world.beacons.is_empty());
}

#[test]
fn beacons_of_two_groups_have_nothing_in_common() {
    let (mut world, first, _) = strangers();
    let second = world.found(0);
    let halves = |beacon: Beacon| {
        let bytes = *beacon.as_bytes();
        [bytes[..16].to_vec(), bytes[16..].to_vec()]
    };
    let (one, other) = (beacon_of(&world, 0, first), beacon_of(&world, 0, second));
    assert_ne!(halves(one)[0], halves(other)[0]);
    assert_ne!(halves(one)[1], halves(other)[1]);
}

#[test]
fn a_beacon_that_is_nobodys_leads_nowhere() {
    let (mut world, _, joined) = strangers();
    connect(&mut world, 1, joined);
    let addresses = [World::address(0)];
    for byte in 0..=255 {
        world.input(
            1,
            Input::Found { beacon: Beacon::from_bytes([byte; 32]), addresses: &addresses },
        );
    }
    world.run(TIMEOUT / 2);
    assert!(!world.node(1).status(joined).unwrap().ready);
}

/// Whoever hears a beacon can show it as its own, with addresses of its choice.
#[test]
fn a_copied_beacon_makes_a_node_dial_a_few_addresses_and_no_more() {
    let (mut world, founded, joined) = strangers();
    connect(&mut world, 1, joined);
    let beacon = beacon_of(&world, 0, founded);
    let before = world.hosts[1].outputs.len();
    for round in 0..1000_u32 {
        let victims: Vec<Address> = (0..100)
            .map(|host| format!("mem:{}", 1000 + round * 100 + host).parse().unwrap())
            .collect();
        world.input(1, Input::Found { beacon, addresses: &victims });
        world.run(Duration::from_millis(10));
    }
    let dials = world.hosts[1].outputs[before..].iter().filter(|it| it.starts_with("Dial")).count();
    assert!((5..=50).contains(&dials), "{dials} dials in ten seconds");
    // and the true one is found all the same
    world.look_around(1);
    world.run(10 * TIMEOUT);
    assert!(world.node(1).status(joined).unwrap().ready);
}
