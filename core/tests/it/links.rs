//! Links between nodes: with somebody in the middle, with oneself, twice at once, cut short, and
//! between several devices and identities.

use core::time::Duration;
use std::collections::BTreeSet;

use crate::world::{EPOCH_MS, TIMEOUT, World, name};
use peergroup_core::{Event, Node, RecordDraft, Role, Seat, SecretKey, TypeId, UnixTime};

const NOTE: TypeId = TypeId::from_u128(0xfeed);

fn publish(world: &mut World, index: usize, seat: Seat, text: &str) {
    let expires = UnixTime::from_millis(EPOCH_MS + world.micros / 1000 + 3_600_000);
    let draft = RecordDraft::new(NOTE, expires).payload(text.as_bytes().to_vec());
    world.act(index, move |node, now| node.publish(now, seat, draft.clone())).unwrap();
    world.pump();
}

fn neighbours(world: &mut World, index: usize, seat: Seat) -> usize {
    world.node(index).status(seat).unwrap().neighbours
}

fn connect(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
}

/// Closes a group and opens it again, offline.
fn reopen(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    world.act(index, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    world.register_all(index, seat);
}

fn dials(world: &World, index: usize) -> usize {
    world.hosts[index].outputs.iter().filter(|output| output.starts_with("Dial")).count()
}

#[test]
fn l01_whoever_terminates_both_sides_in_the_middle_gets_no_link_up() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    world.is_intercepted = true;
    let joined = world.join(1, &invitation);
    world.run(Duration::from_secs(120));
    assert!(dials(&world, 1) > 1, "it goes on trying");
    for (index, seat) in [(0, founded), (1, joined)] {
        let events = world.events(index);
        let is_up = |event: &Event| matches!(event, Event::NeighbourChanged { .. });
        assert!(!events.iter().any(is_up), "{index}: {events:?}");
        assert_eq!(neighbours(&mut world, index, seat), 0);
    }
    assert!(!world.node(1).status(joined).unwrap().ready);
    world.is_intercepted = false;
    connect(&mut world, 1, joined);
    world.run(Duration::from_secs(60));
    assert!(world.node(1).status(joined).unwrap().ready);
}

#[test]
fn l03_a_node_never_links_to_itself_and_tries_that_address_once() {
    let mut world = World::new(1);
    world.act(0, |node, now| node.listening_at(now, &[]));
    let seat = world.found(0);
    reopen(&mut world, 0, seat);
    world.events(0);
    let own = [World::address(0)];
    world.act(0, move |node, now| node.connect_at(now, seat, &own, TIMEOUT)).unwrap();
    world.run(Duration::from_secs(600));
    assert_eq!(dials(&world, 0), 1, "{:?}", world.hosts[0].outputs);
    let events = world.events(0);
    assert!(!events.iter().any(|event| matches!(event, Event::NeighbourChanged { .. })));
    assert_eq!(neighbours(&mut world, 0, seat), 0);
    assert!(world.node(0).connections(seat).unwrap().is_empty());
}

#[test]
fn of_two_dials_that_cross_one_link_is_left_on_both_sides() {
    let (mut world, seats) = World::group(2, Role::Member);
    for pattern in 0_u32..48 {
        for (index, seat) in seats.iter().enumerate() {
            reopen(&mut world, index, *seat);
        }
        let dialled = [dials(&world, 0), dials(&world, 1)];
        for (index, seat) in seats.iter().copied().enumerate() {
            let at = [World::address(1 - index)];
            world.act(index, move |node, now| node.connect_at(now, seat, &at, TIMEOUT)).unwrap();
        }
        // both are told to dial before either has heard of the other
        let order = pattern.wrapping_mul(0x9e37_79b9);
        for turn in 0..64 {
            let first = (order >> (turn % 32) & 1) as usize;
            if !world.step(first) {
                world.step(1 - first);
            }
        }
        world.pump();
        for (index, seat) in seats.iter().enumerate() {
            assert_eq!(dials(&world, index), dialled[index] + 1, "{pattern:b}: {index}");
            assert_eq!(neighbours(&mut world, index, *seat), 1, "{pattern:b}: {index}");
            let list = world.node(index).connections(*seat).unwrap();
            assert_eq!(list.len(), 1, "{pattern:b}: {list:?}");
        }
        publish(&mut world, 0, seats[0], "over the one that is left");
        assert!(world.agree(&seats), "{pattern:b}");
    }
}

#[test]
fn two_devices_of_a_member_are_both_listed_and_hold_the_same() {
    let mut world = World::new(3);
    let key = SecretKey::from_bytes([42; 32]);
    let peer = key.peer();
    for index in [1, 2] {
        let key = key.clone();
        let import = move |node: &mut Node, now| node.import_identity(now, key.clone(), name("me"));
        world.act(index, import).unwrap();
        world.hosts[index].peer = Some(peer);
        world.pump();
    }
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    let seats = [founded, world.join(1, &invitation), world.join(2, &invitation)];
    world.run(Duration::from_secs(60));
    publish(&mut world, 1, seats[1], "from the one");
    publish(&mut world, 2, seats[2], "from the other");
    for (index, seat) in seats.into_iter().enumerate() {
        assert!(world.node(index).status(seat).unwrap().ready, "{index}");
        let member = world.node(index).member(seat, peer).unwrap().unwrap();
        let instances: BTreeSet<_> = member.instances.iter().map(|it| it.instance).collect();
        assert_eq!(instances.len(), 2, "{index}: {member:?}");
        assert_eq!(world.node(index).members(seat).unwrap().count(), 2);
        assert_eq!(world.node(index).records(seat, Some(NOTE)).unwrap().count(), 2);
    }
    assert!(world.agree(&seats));
    // a device alone finds the other one, and only one of them goes
    world.act(0, move |node, now| node.close(now, founded)).unwrap();
    world.run(Duration::from_secs(60));
    assert_eq!(neighbours(&mut world, 1, seats[1]), 1);
    world.act(2, move |node, now| node.close(now, seats[2])).unwrap();
    world.run(Duration::from_secs(5));
    assert_eq!(world.node(1).member(seats[1], peer).unwrap().unwrap().instances.len(), 1);
}

#[test]
fn two_identities_of_one_node_in_one_group_both_become_ready_and_hold_the_same() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let first = world.peer(1);
    let second = world.act(1, |node, now| node.create_identity(now, name("other"))).unwrap().value;
    world.pump();
    let invitation = world.invite(0, founded, 1, Role::Member);
    let one = world.join(1, &invitation);
    world.hosts[1].peer = Some(second);
    let invitation = world.invite(0, founded, 1, Role::Member);
    let other = world.join(1, &invitation);
    world.run(Duration::from_secs(60));
    assert_eq!((one.identity, other.identity), (first, second));
    publish(&mut world, 1, one, "by the first");
    publish(&mut world, 1, other, "by the second");
    let digest = world.node(0).digest(founded).unwrap();
    for seat in [one, other] {
        let status = world.node(1).status(seat).unwrap();
        assert!(status.ready && status.neighbours == 1, "{status:?}");
        assert_eq!(world.node(1).digest(seat).unwrap(), digest);
        let members: Vec<_> = world.node(1).members(seat).unwrap().collect();
        assert_eq!(members.len(), 3);
        assert!(members.iter().all(peergroup_core::Member::is_online), "{members:?}");
    }
    assert_eq!(neighbours(&mut world, 0, founded), 2);
    // each is found again at the one address they share
    for seat in [one, other] {
        reopen(&mut world, 1, seat);
    }
    for seat in [one, other] {
        connect(&mut world, 1, seat);
    }
    world.run(Duration::from_secs(60));
    assert_eq!(neighbours(&mut world, 0, founded), 2);
}

#[test]
fn a_link_that_breaks_at_any_byte_leaves_nothing_behind() {
    for step in 0..24 {
        let mut world = World::new(2);
        let founded = world.found(0);
        for index in 0..20 {
            publish(&mut world, 0, founded, &format!("{index} {}", "x".repeat(600)));
        }
        let invitation = world.invite(0, founded, 1, Role::Member);
        world.chunk = 97;
        world.fuse = Some(1 + step * step * 60);
        let joined = world.join(1, &invitation);
        if step == 0 {
            assert!(world.fuse.is_none(), "it burned down in the handshake");
        }
        world.run(Duration::from_secs(60));
        assert!(world.fuse.is_none() || step > 18, "{step}: it burned down");
        assert!(world.agree(&[founded, joined]), "{step}");
        for (index, seat) in [(0, founded), (1, joined)] {
            assert_eq!(neighbours(&mut world, index, seat), 1, "{step}: {index}");
            let list = world.node(index).connections(seat).unwrap();
            assert_eq!(list.len(), 1, "{step}: {list:?}");
            assert!(world.node(index).status(seat).unwrap().ready, "{step}: {index}");
        }
    }
}

#[test]
fn l08_a_handshake_that_does_not_go_on_ends_at_its_deadline() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    world.mute.insert(0);
    let invited = invitation.clone();
    let joined = world.act(1, move |node, now| node.join(now, &invited)).unwrap().value;
    connect(&mut world, 1, joined);
    world.pump();
    let ends = |world: &World, index: usize| {
        world.hosts[index].outputs.iter().filter(|output| output.starts_with("Hangup")).count()
    };
    world.run(Duration::from_millis(9_900));
    assert_eq!((dials(&world, 1), ends(&world, 1), ends(&world, 0)), (1, 0, 0));
    world.run(Duration::from_millis(200));
    assert!(ends(&world, 1) + ends(&world, 0) >= 1, "the deadline closes it");
    assert_eq!(world.streams(), 0);
    world.mute.clear();
    world.run(Duration::from_secs(60));
    assert!(world.node(1).status(joined).unwrap().ready);
}
