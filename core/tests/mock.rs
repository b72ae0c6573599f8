//! Nodes whose identities are mocks.
#![cfg(feature = "simulation")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod world;

use peergroup_core::{Config, RecordDraft, Role, SecretKey, TypeId, UnixTime};
use world::{EPOCH_MS, World, name};

fn mocks(count: usize) -> World {
    let mut config = Config::default();
    config.mock_identities = true;
    World::with(count, config, false)
}

#[test]
fn a_node_with_mock_identities_founds_a_group_and_another_joins_and_publishes() {
    let mut world = mocks(3);
    let seats = world.gather(Role::Admin);
    assert!(seats.iter().all(|seat| seat.identity.is_mock()));
    let (now, expires) = (world.now(), UnixTime::from_millis(EPOCH_MS + 3_600_000));
    let draft = RecordDraft::new(TypeId::from_u128(1), expires).payload(b"hello".to_vec());
    let id = world.node(1).publish(now, seats[1], draft).unwrap().value;
    world.pump();
    assert!(world.node(2).record(seats[2], id).unwrap().is_some());
    world.node(0).remove(now, seats[0], seats[2].identity, false).unwrap();
    world.pump();
    assert_eq!(world.node(1).members(seats[1]).unwrap().count(), 2);
    assert!(world.agree_among(&seats, 0..2));
}

#[test]
fn a_group_of_mock_identities_is_opened_again_from_its_store() {
    let mut world = mocks(2);
    let seats = world.gather(Role::Member);
    let store = world.hosts[1].store.clone();
    world.boot(1, store, 77);
    world.pump();
    let now = world.now();
    world.node(1).open(now, seats[1]).unwrap();
    world.pump();
    assert_eq!(world.node(1).members(seats[1]).unwrap().count(), 2);
}

#[test]
fn a_real_key_and_a_mock_one_sit_in_one_group() {
    let mut world = World::new(2);
    let (now, key) = (world.now(), SecretKey::mock(5));
    let mock = world.node(1).import_identity(now, key, name("mock")).unwrap().value;
    world.hosts[1].peer = Some(mock);
    world.pump();
    let seats = world.gather(Role::Member);
    assert!(seats[1].identity.is_mock() && !seats[0].identity.is_mock());
    assert!(world.agree(&seats));
}

#[test]
fn identities_are_real_unless_mocks_are_asked_for_and_the_draws_are_the_same() {
    let (real, mock) = (World::new(1), mocks(1));
    assert!(!real.peer(0).is_mock() && mock.peer(0).is_mock());
    let again = |mut world: World| {
        let now = world.now();
        let key = world.node(0).create_identity(now, name("second")).unwrap().value;
        key.is_mock()
    };
    assert_eq!((again(real), again(mock)), (false, true));
}
