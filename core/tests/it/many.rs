//! A dozen nodes: more than a node has neighbours.

use core::time::Duration;

use crate::world::{EPOCH_MS, TIMEOUT, World};
use peergroup_core::limits::NEIGHBOURS_MAX;
use peergroup_core::{Config, RecordDraft, Role, TypeId, UnixTime};

const NOTE: TypeId = TypeId::from_u128(0xfeed);

#[test]
fn a_dozen_nodes_that_were_split_in_two_become_one_again() {
    let (mut world, seats) = World::group(14, Role::Member);
    world.run(Duration::from_secs(300));
    assert!(world.agree(&seats));
    // two halves that cannot dial each other
    for left in 0..7 {
        for right in 7..14 {
            world.part(left, right);
        }
    }
    for (index, seat) in seats.iter().enumerate() {
        let now = world.now();
        let expires = UnixTime::from_millis(EPOCH_MS + world.micros / 1000 + 36_000_000);
        let draft = RecordDraft::new(NOTE, expires).payload(vec![u8::try_from(index).unwrap(); 64]);
        world.node(index).publish(now, *seat, draft).unwrap();
    }
    world.run(Duration::from_secs(600));
    assert!(world.agree_among(&seats, 0..7) && world.agree_among(&seats, 7..14));
    assert!(!world.agree(&seats));
    world.mend();
    world.run(Duration::from_secs(600));
    assert!(world.agree(&seats));
    for (index, seat) in seats.iter().enumerate() {
        assert_eq!(world.node(index).records(*seat, Some(NOTE)).unwrap().count(), 14);
        let status = world.node(index).status(*seat).unwrap();
        assert!((3..=16).contains(&status.neighbours), "{index}: {status:?}");
    }
}

#[test]
fn who_finds_no_room_is_told_of_others() {
    let mut config = Config::default();
    config.neighbours = 1;
    let mut world = World::with(19, config, false);
    let seats = world.gather(Role::Member);
    world.run(Duration::from_secs(30));
    for (index, seat) in seats.iter().enumerate() {
        let status = world.node(index).status(*seat).unwrap();
        assert!(status.ready && status.neighbours >= 1, "{index}: {status:?}");
    }
}

#[test]
fn nobody_has_more_neighbours_than_it_may_have_though_it_looks_for_more() {
    let mut config = Config::default();
    config.neighbours = 1;
    let mut world = World::with(20, config, false);
    let seats = world.gather(Role::Member);
    let (now, seat) = (world.now(), seats[0]);
    world.node(0).close(now, seat).unwrap();
    world.pump();
    world.config.neighbours = 19;
    let store = world.hosts[0].store.clone();
    world.boot(0, store, 99);
    world.pump();
    world.node(0).open(now, seat).unwrap();
    world.pump();
    world.node(0).connect(now, seat, TIMEOUT).unwrap();
    let mut most = 0;
    for _ in 0..120 {
        world.run(Duration::from_secs(1));
        most = most.max(world.node(0).status(seat).unwrap().neighbours);
    }
    assert_eq!(most, NEIGHBOURS_MAX);
}
