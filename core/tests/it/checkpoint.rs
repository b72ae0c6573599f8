//! Checkpoints: the creator lets go of what ended, and everybody follows.

use core::time::Duration;

use crate::world::{EPOCH_MS, TIMEOUT, World, name};
use peergroup_core::{
    CheckpointError, Event, GroupExport, Node, Properties, RecordDraft, Removal, Role, Seat,
    TypeId, UnixTime,
};

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

#[test]
fn who_founds_a_group_may_make_a_checkpoint_at_once() {
    let mut world = World::new(1);
    let founded = world.found(0);
    assert_eq!(checkpoint(&mut world, founded).height, 1);
}

fn backup(world: &mut World, index: usize, seat: Seat) -> Vec<u8> {
    world.node(index).export_group(seat).unwrap().encode().to_vec()
}

/// The machine is lost: its host begins again with nothing but the backup.
fn restore(world: &mut World, index: usize, backup: &[u8], seed: u8) -> Seat {
    world.boot(index, std::collections::BTreeMap::new(), seed);
    let export = std::rc::Rc::new(GroupExport::decode(backup).unwrap());
    let import = move |node: &mut Node, now| node.import_group(now, &export).map(|it| it.value);
    let seat = world.act(index, import).unwrap();
    world.pump();
    open_again(world, index, seat);
    seat
}

fn open_again(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
}

fn connect(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(MINUTE);
}

fn try_checkpoint(world: &mut World, index: usize, seat: Seat) -> Result<u32, CheckpointError> {
    let made = world.act(index, move |node, now| node.checkpoint(now, seat));
    world.run(MINUTE);
    made.map(|made| made.value.height)
}

#[test]
fn a_creator_restored_from_a_backup_makes_no_checkpoint_before_it_has_met_a_member() {
    let (mut world, seats) = World::group(3, Role::Admin);
    let creator = seats[0];
    let backup = backup(&mut world, 0, creator);
    for height in 1..=2 {
        churn(&mut world, &seats, 1);
        assert_eq!(checkpoint(&mut world, creator).height, height);
    }
    let (seat, stranger) = (seats[2], peergroup_core::SecretKey::from_bytes([77; 32]).peer());
    let terms = peergroup_core::Terms::role(Role::Member);
    world.act(2, move |node, now| node.grant(now, seat, stranger, terms)).unwrap();
    world.run(MINUTE);
    let digest = world.node(2).digest(seat);

    assert_eq!(restore(&mut world, 0, &backup, 91), creator);
    assert!(world.node(0).status(creator).unwrap().ready);
    let refused = Err(CheckpointError::NotReady);
    assert_eq!(try_checkpoint(&mut world, 0, creator), refused);
    assert_eq!(world.node(2).digest(seat), digest, "nobody lost anything");

    connect(&mut world, 0, creator);
    assert_eq!(world.node(0).digest(creator), digest);
    assert_eq!(try_checkpoint(&mut world, 0, creator), Ok(3));
    assert!(world.agree(&seats));
    let told = world.events(2);
    let reached = Event::CheckpointReached { height: 3, lost: 0 };
    assert!(told.contains(&reached), "{told:?}");
    assert!(world.node(2).member(seat, stranger).unwrap().is_some());
}

#[test]
fn whom_a_restored_creator_has_invited_itself_does_not_count_as_a_member_that_it_has_met() {
    let mut world = World::new(4);
    let creator = world.found(0);
    let invitation = world.invite(0, creator, 1, Role::Admin);
    let old = world.join(1, &invitation);
    world.run(MINUTE);
    let backup = backup(&mut world, 0, creator);
    world.part(0, 1);
    world.part(1, 2);
    world.part(1, 3);
    restore(&mut world, 0, &backup, 92);
    connect(&mut world, 0, creator);
    let invitation = world.invite(0, creator, 2, Role::Admin);
    let new = world.join(2, &invitation);
    world.run(MINUTE);
    let invitation = world.invite(2, new, 3, Role::Member);
    let newer = world.join(3, &invitation);
    world.run(MINUTE);
    assert!(world.node(3).status(newer).unwrap().ready, "whom it invites may act");
    let refused = Err(CheckpointError::NotReady);
    assert_eq!(try_checkpoint(&mut world, 0, creator), refused);

    // nor does it forget over a restart whom it has invited
    let store = world.hosts[0].store.clone();
    world.boot(0, store, 93);
    open_again(&mut world, 0, creator);
    connect(&mut world, 0, creator);
    assert!(world.agree_among(&[creator, old, new, newer], 2..4));
    assert_eq!(try_checkpoint(&mut world, 0, creator), refused);

    world.mend();
    world.run(5 * MINUTE);
    assert!(world.agree(&[creator, old, new, newer]));
    assert_eq!(try_checkpoint(&mut world, 0, creator), Ok(1));
    for (index, seat) in [(1, old), (2, new), (3, newer)] {
        assert!(world.node(index).role(seat).unwrap().is_some(), "{index}");
    }
}

#[test]
fn two_machines_restored_from_one_backup_do_not_vouch_for_each_other() {
    let (mut world, seats) = World::group(4, Role::Member);
    let creator = seats[0];
    let backup = backup(&mut world, 0, creator);
    for other in [1, 2] {
        world.part(0, other);
        world.part(3, other);
    }
    for (index, seed) in [(0, 94), (3, 95)] {
        restore(&mut world, index, &backup, seed);
    }
    for index in [0, 3] {
        connect(&mut world, index, creator);
    }
    assert_eq!(world.node(0).status(creator).unwrap().neighbours, 1, "the other one");
    let refused = Err(CheckpointError::NotReady);
    for index in [0, 3] {
        assert_eq!(try_checkpoint(&mut world, index, creator), refused);
    }
    world.mend();
    world.run(5 * MINUTE);
    assert_eq!(try_checkpoint(&mut world, 3, creator), Ok(1));
}

#[test]
fn what_a_restored_creator_signs_counts_under_the_checkpoint_that_its_backup_shows() {
    let mut world = World::new(3);
    let creator = world.found(0);
    let invitation = world.invite(0, creator, 1, Role::Admin);
    let old = world.join(1, &invitation);
    world.run(MINUTE);
    assert_eq!(checkpoint(&mut world, creator).height, 1);
    let renamed = Properties::named(name("renamed"));
    let rename = move |node: &mut Node, now| node.set_properties(now, creator, renamed.clone());
    world.act(0, rename).unwrap();
    world.run(MINUTE);
    let backup = backup(&mut world, 0, creator);
    world.part(0, 1);
    world.part(2, 1);
    restore(&mut world, 0, &backup, 96);
    connect(&mut world, 0, creator);
    let invitation = world.invite(0, creator, 2, Role::Member);
    let new = world.join(2, &invitation);
    world.run(MINUTE);
    world.mend();
    world.run(5 * MINUTE);
    assert!(world.agree(&[creator, old, new]));
    let member = world.peer(2);
    let listed = world.node(1).member(old, member).unwrap();
    assert_eq!(listed.map(|it| it.role), Some(Role::Member));
    assert_eq!(try_checkpoint(&mut world, 0, creator), Ok(2));
    assert!(world.agree(&[creator, old, new]));
}
