//! Checkpoints: the creator lets go of what ended, and everybody follows.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test"
)]

mod world;

use core::time::Duration;

use peergroup_core::{
    CheckpointError, Event, Node, RecordDraft, Removal, Role, Seat, TypeId, UnixTime,
};
use world::{EPOCH_MS, TIMEOUT, World};

const NOTE: TypeId = TypeId::from_u128(0xfeed);
const MINUTE: Duration = Duration::from_secs(60);

fn checkpoint(world: &mut World, seat: Seat) -> peergroup_core::Checkpointed {
    let made = world.act(0, move |node: &mut Node, now| node.checkpoint(now, seat));
    world.pump();
    made.unwrap().value
}

fn churn(world: &mut World, seats: &[Seat], member: usize) {
    for role in [Role::Inviter, Role::Admin] {
        let (seat, peer) = (seats[0], world.peer(member));
        let terms = peergroup_core::Terms::role(role);
        world.act(0, move |node, now| node.grant(now, seat, peer, terms)).unwrap();
        world.act(0, move |node, now| node.demote(now, seat, peer, Role::Member)).unwrap();
        world.run(MINUTE);
    }
}

#[test]
fn a_checkpoint_lets_go_of_what_ended_everywhere_and_nobody_loses_anything() {
    let (mut world, seats) = World::group(4, Role::Member);
    churn(&mut world, &seats, 1);
    let removed = world.peer(2);
    let creator = seats[0];
    let draft = RecordDraft::new(NOTE, UnixTime::from_millis(EPOCH_MS + 3_600_000));
    let (seat, note) = (seats[3], draft.payload(b"kept".to_vec()));
    let kept = world.act(3, move |node, now| node.publish(now, seat, note.clone())).unwrap().value;
    world.act(0, move |node, now| node.remove(now, creator, removed, Removal::Keep)).unwrap();
    world.run(MINUTE);
    let roles = |world: &mut World| {
        let members = world.node(0).members(creator).unwrap();
        members.map(|member| (member.peer, member.role)).collect::<Vec<_>>()
    };
    let before = roles(&mut world);
    world.events(1);
    let made = checkpoint(&mut world, creator);
    world.run(MINUTE);
    assert_eq!(made.height, 1);
    assert!(made.void >= 4, "{made:?}");
    assert_eq!(roles(&mut world), before);
    for index in [0, 1, 3] {
        assert_eq!(world.node(index).digest(seats[index]), world.node(0).digest(creator));
        assert!(world.node(index).record(seats[index], kept).unwrap().is_some(), "{index}");
    }
    let events = world.events(1);
    assert!(events.contains(&Event::CheckpointReached { height: 1, lost: 0 }), "{events:?}");
    let left = |event: &Event| matches!(event, Event::CredentialsChanged { .. });
    assert!(!events.iter().any(left));
}

#[test]
fn only_the_creator_makes_checkpoints() {
    let (mut world, seats) = World::group(2, Role::Admin);
    let (now, seat) = (world.now(), seats[1]);
    assert_eq!(world.node(1).checkpoint(now, seat).unwrap_err(), CheckpointError::NotAuthorized);
}

#[test]
fn who_joins_or_comes_back_after_a_checkpoint_is_where_everybody_is() {
    let mut world = World::new(4);
    let creator = world.found(0);
    let invitation = world.invite(0, creator, 1, Role::Admin);
    let admin = world.join(1, &invitation);
    let invitation = world.invite(0, creator, 2, Role::Member);
    let away = world.join(2, &invitation);
    world.run(MINUTE);
    world.act(2, move |node, now| node.close(now, away)).unwrap();
    churn(&mut world, &[creator], 1);
    checkpoint(&mut world, creator);
    churn(&mut world, &[creator], 1);
    checkpoint(&mut world, creator);
    let invitation = world.invite(0, creator, 3, Role::Member);
    let newcomer = world.join(3, &invitation);
    world.act(2, move |node, now| node.open(now, away)).unwrap();
    world.pump();
    world.act(2, move |node, now| node.connect(now, away, TIMEOUT)).unwrap();
    world.run(5 * MINUTE);
    let digest = world.node(0).digest(creator);
    for (index, seat) in [(1, admin), (2, away), (3, newcomer)] {
        assert!(world.node(index).status(seat).unwrap().ready, "{index}");
        assert_eq!(world.node(index).digest(seat), digest, "{index}");
    }
}

#[test]
fn what_an_admin_had_not_shown_at_a_checkpoint_is_lost_and_it_is_told() {
    let (mut world, seats) = World::group(3, Role::Admin);
    world.part(1, 0);
    world.part(1, 2);
    world.run(MINUTE);
    let (seat, stranger) = (seats[1], peergroup_core::SecretKey::from_bytes([77; 32]).peer());
    let terms = peergroup_core::Terms::role(Role::Member);
    world.act(1, move |node, now| node.grant(now, seat, stranger, terms)).unwrap();
    world.pump();
    checkpoint(&mut world, seats[0]);
    world.events(1);
    world.mend();
    world.run(5 * MINUTE);
    assert!(world.events(1).contains(&Event::CheckpointReached { height: 1, lost: 1 }));
    assert!(world.agree(&seats));
    assert_eq!(world.node(1).member(seat, stranger).unwrap(), None);
    world.act(1, move |node, now| node.grant(now, seat, stranger, terms)).unwrap();
    world.run(MINUTE);
    assert!(world.node(0).member(seats[0], stranger).unwrap().is_some(), "given again");
    assert!(world.agree(&seats));
}

#[test]
fn a_checkpoint_is_still_there_after_a_restart() {
    let (mut world, seats) = World::group(2, Role::Member);
    churn(&mut world, &seats, 1);
    checkpoint(&mut world, seats[0]);
    churn(&mut world, &seats, 1);
    world.run(MINUTE);
    for index in [0, 1] {
        let seat = seats[index];
        let digest = world.node(index).digest(seat);
        let store = world.hosts[index].store.clone();
        world.boot(index, store, 90 + u8::try_from(index).unwrap());
        world.act(index, move |node, now| node.open(now, seat)).unwrap();
        world.pump();
        assert_eq!(world.node(index).digest(seat), digest, "{index}");
    }
    assert_eq!(checkpoint(&mut world, seats[0]).height, 2);
}
