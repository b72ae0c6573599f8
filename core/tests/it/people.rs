//! Identities of a node, and what keeps a group from connecting.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::world::{TIMEOUT, World, name};
use peergroup_core::{
    ConnectFailure, Denial, Event, IdentityError, Invitation, JoinError, LinkDown, MemberChange,
    Node, RecordDraft, Removal, Role, Seat, SecretKey, Terms, TypeId, limits::IDENTITIES_MAX,
};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A founder online, and another host that was invited and has joined, but is not connected.
fn invited(world: &mut World) -> (Seat, Seat, Invitation) {
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    let accepted = invitation.clone();
    let joined = world.act(1, move |node, now| node.join(now, &accepted)).unwrap().value;
    world.register_all(1, joined);
    world.pump();
    (founded, joined, invitation)
}

fn connect(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
}

/// Connects, and gives the one failure that is told, in time.
fn failure(world: &mut World, index: usize, seat: Seat) -> ConnectFailure {
    world.events(index);
    connect(world, index, seat);
    world.run(TIMEOUT + Duration::from_millis(1));
    let failures = failures(world, index);
    assert_eq!(failures.len(), 1, "told in time and once: {failures:?}");
    world.run(TIMEOUT * 4);
    assert_eq!(self::failures(world, index), [], "and never again");
    failures[0]
}

fn failures(world: &mut World, index: usize) -> Vec<ConnectFailure> {
    let events = world.events(index).into_iter();
    let failure = |event| match event {
        Event::ConnectFailed(failure) => Some(failure),
        _ => None,
    };
    events.filter_map(failure).collect()
}

/// It can be tried again, and succeeds.
fn connects_now(world: &mut World, seat: Seat) {
    assert!(!world.node(1).status(seat).unwrap().online);
    world.events(1);
    connect(world, 1, seat);
    world.run(TIMEOUT * 2);
    let status = world.node(1).status(seat).unwrap();
    assert!(status.online && status.ready && status.neighbours == 1, "{status:?}");
    assert_eq!(failures(world, 1), []);
}

#[test]
fn where_nobody_listens_no_members_are_found() {
    let mut world = World::new(2);
    let (_, joined, _) = invited(&mut world);
    world.deaf.insert(0);
    let failure = failure(&mut world, 1, joined);
    assert_eq!(failure, ConnectFailure::NoMembersFound(LinkDown::Refused));
    world.deaf.clear();
    connects_now(&mut world, joined);
}

#[test]
fn a_group_of_strangers_at_the_address_is_no_member_connection() {
    let mut world = World::new(2);
    let (founded, joined, _) = invited(&mut world);
    world.act(0, move |node, now| node.close(now, founded)).unwrap();
    world.found(0);
    let failure = failure(&mut world, 1, joined);
    assert_eq!(failure, ConnectFailure::NoMemberConnections);
    world.act(0, move |node, now| node.open(now, founded)).unwrap();
    world.pump();
    connect(&mut world, 0, founded);
    connects_now(&mut world, joined);
}

#[test]
fn a_removed_member_is_told_that_it_was_removed() {
    let mut world = World::new(2);
    let (founded, joined, _) = invited(&mut world);
    let gone = world.peer(1);
    world.act(0, move |node, now| node.remove(now, founded, gone, Removal::Cascade)).unwrap();
    world.pump();
    let failure = failure(&mut world, 1, joined);
    assert_eq!(failure, ConnectFailure::NotAuthorized(Denial::Removed));
    assert!(!world.node(1).status(joined).unwrap().online);
}

#[test]
fn an_expired_invitation_and_one_that_has_not_begun_are_refused() {
    let mut world = World::new(3);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    for (ahead, is_refused) in [(YEAR * 30, true), (Duration::ZERO, false)] {
        world.ahead.insert(1, ahead);
        let accepted = invitation.clone();
        let joined = world.act(1, move |node, now| node.join(now, &accepted).map(|_| ()));
        let refusal = if is_refused { Err(JoinError::InvalidTimePeriod) } else { Ok(()) };
        assert_eq!(joined, refusal);
    }
    world.ahead.insert(0, YEAR);
    let early = world.invite(0, founded, 2, Role::Member);
    let joined = world.act(2, move |node, now| node.join(now, &early).map(|_| ()));
    assert_eq!(joined, Err(JoinError::InvalidTimePeriod));
}

#[test]
fn a_clock_a_year_off_is_told_from_a_lost_membership() {
    let mut world = World::new(2);
    let (founded, joined, _) = invited(&mut world);
    let until = world.now().wall.after(YEAR / 2);
    let peer = world.peer(1);
    let terms = Terms::role(Role::Member).until(until);
    world.act(0, move |node, now| node.grant(now, founded, peer, terms)).unwrap();
    world.ahead.insert(0, YEAR * 30);
    let failure = failure(&mut world, 1, joined);
    assert_eq!(failure, ConnectFailure::WrongClock);
    world.ahead.clear();
    connects_now(&mut world, joined);
}

#[test]
fn without_an_address_there_is_nothing_to_try() {
    let mut world = World::new(2);
    world.act(0, |node, now| node.listening_at(now, &[]));
    let (_, joined, invitation) = invited(&mut world);
    assert!(invitation.addresses().is_empty());
    assert_eq!(failure(&mut world, 1, joined), ConnectFailure::NoAddresses);
    let at = [World::address(0)];
    world.act(1, move |node, now| node.connect_at(now, joined, &at, TIMEOUT)).unwrap();
    world.run(TIMEOUT);
    assert!(world.node(1).status(joined).unwrap().ready);
}

#[test]
fn who_was_ready_before_goes_on_looking_after_a_failure() {
    let (mut world, seats) = World::group(2, Role::Member);
    let seat = seats[1];
    world.act(1, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    world.act(1, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    world.register_all(1, seat);
    world.deaf.insert(0);
    let failure = failure(&mut world, 1, seat);
    assert_eq!(failure, ConnectFailure::NoMembersFound(LinkDown::Refused));
    let status = world.node(1).status(seat).unwrap();
    assert!(status.online && status.ready, "{status:?}");
    world.deaf.clear();
    world.run(Duration::from_secs(600));
    assert_eq!(world.node(1).status(seat).unwrap().neighbours, 1);
}

#[test]
fn identities_are_created_imported_listed_renamed_and_deleted() {
    let mut world = World::new(1);
    let first = world.peer(0);
    let key = SecretKey::from_bytes([9; 32]);
    let (second, again) = (key.peer(), key.clone());
    let import = move |node: &mut Node, now| node.import_identity(now, key.clone(), name("second"));
    assert_eq!(world.act(0, import).unwrap().value, second);
    let twice = move |node: &mut Node, now| node.import_identity(now, again.clone(), name("twice"));
    assert_eq!(world.act(0, twice).unwrap_err(), IdentityError::AlreadyExists);
    world.pump();
    let mut known = [first, second];
    known.sort_unstable();
    assert_eq!(world.node(0).identities().map(|card| card.peer).collect::<Vec<_>>(), known);
    assert_eq!(world.node(0).default_identity(), Some(first));
    world.act(0, move |node, now| node.set_default_identity(now, second)).unwrap();
    world.act(0, move |node, now| node.rename_identity(now, second, &name("new"))).unwrap();
    world.pump();
    let store = world.hosts[0].store.clone();
    world.boot(0, store, 55);
    assert_eq!(world.node(0).default_identity(), Some(second));
    assert_eq!(world.node(0).identity_info(second).unwrap().name, name("new"));
    assert_eq!(*world.node(0).identity_key(second).unwrap().expose(), [9; 32]);
    world.act(0, move |node, now| node.delete_identity(now, second)).unwrap();
    assert_eq!(world.node(0).default_identity(), Some(first));
    world.act(0, move |node, now| node.delete_identity(now, first)).unwrap();
    world.pump();
    assert_eq!(world.node(0).default_identity(), None);
    let gone = world.act(0, move |node, now| node.set_default_identity(now, first).map(|_| ()));
    assert_eq!(gone, Err(IdentityError::NotFound));
    let gone = world.act(0, move |node, now| node.delete_identity(now, first).map(|_| ()));
    assert_eq!(gone, Err(IdentityError::NotFound));
    let gone = world
        .act(0, move |node, now| node.rename_identity(now, first, &name("nobody")).map(|_| ()));
    assert_eq!(gone, Err(IdentityError::NotFound));
    let store = world.hosts[0].store.clone();
    world.boot(0, store, 56);
    assert_eq!(world.node(0).identities().count(), 0);
}

#[test]
fn a_new_name_is_seen_by_others() {
    let (mut world, seats) = World::group(2, Role::Member);
    let peer = world.peer(1);
    world.events(0);
    world.act(1, move |node, now| node.rename_identity(now, peer, &name("new"))).unwrap();
    world.pump();
    let member = world.node(0).member(seats[0], peer).unwrap().unwrap();
    assert_eq!(member.name, Some(name("new")));
    let change = MemberChange::Updated;
    assert_eq!(world.events(0), [Event::MemberChanged { peer, change }]);
}

#[test]
fn an_identity_stays_while_it_is_in_a_group_open_or_not() {
    let mut world = World::new(1);
    let (seat, peer) = (world.found(0), world.peer(0));
    let delete = move |node: &mut Node, now| node.delete_identity(now, peer).map(|_| ());
    assert_eq!(world.act(0, delete), Err(IdentityError::GroupsExist));
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    assert_eq!(world.act(0, delete), Err(IdentityError::GroupsExist));
    let store = world.hosts[0].store.clone();
    world.boot(0, store, 57);
    assert_eq!(world.act(0, delete), Err(IdentityError::GroupsExist));
    world.act(0, move |node, now| node.delete_group(now, seat)).unwrap();
    assert_eq!(world.act(0, delete), Ok(()));
    world.pump();
    assert_eq!(world.hosts[0].store, BTreeMap::new(), "nothing stays behind");
}

#[test]
fn a_node_holds_only_so_many_identities() {
    let mut world = World::new(1);
    let create = |node: &mut Node, now| node.create_identity(now, name("one of many")).map(|_| ());
    for _ in 1..IDENTITIES_MAX {
        assert_eq!(world.act(0, create), Ok(()));
    }
    assert_eq!(world.act(0, create), Err(IdentityError::TooMany));
    let one = world.peer(0);
    world.act(0, move |node, now| node.delete_identity(now, one)).unwrap();
    assert_eq!(world.act(0, create), Ok(()));
}

#[test]
fn an_invitation_says_whom_it_is_for_by_whom_and_as_what() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let peer = world.peer(1);
    world.act(1, move |node, now| node.rename_identity(now, peer, &name("renamed"))).unwrap();
    let invitation = world.invite(0, founded, 1, Role::Inviter);
    assert_eq!(*invitation.subject_name(), name("renamed"));
    assert_eq!((invitation.subject(), invitation.role()), (peer, Role::Inviter));
    assert_eq!(invitation.issuer(), world.peer(0));
}

#[test]
fn a_first_synchronisation_that_does_not_end_in_time_is_told_and_tried_again() {
    let mut world = World::new(2);
    let (founded, joined, _) = invited(&mut world);
    connect(&mut world, 1, joined);
    while world.node(1).status(joined).unwrap().neighbours == 0 {
        assert!(world.step(0) || world.step(1), "a link comes up");
    }
    world.mute.insert(1);
    world.run(TIMEOUT + Duration::from_millis(1));
    assert_eq!(failures(&mut world, 1), [ConnectFailure::NotSynchronised]);
    world.mute.clear();
    world.run(TIMEOUT);
    assert_eq!(world.node(0).status(founded).unwrap().neighbours, 0);
    connects_now(&mut world, joined);
}

#[test]
fn what_came_while_the_clock_was_days_behind_is_there_soon_after_it_is_set() {
    let (mut world, seats) = World::group(2, Role::Member);
    let now = world.now();
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), now.wall.after(YEAR / 2));
    let founded = seats[0];
    // host 1 is a week behind
    world.ahead.insert(0, Duration::from_secs(7 * 24 * 3600));
    let publish = move |node: &mut Node, now| node.publish(now, founded, draft.clone());
    let id = world.act(0, publish).unwrap().value;
    world.run(Duration::from_secs(120));
    assert!(world.node(1).record(seats[1], id).unwrap().is_none(), "it waits for its time");
    world.ahead.insert(1, Duration::from_secs(7 * 24 * 3600));
    world.run(Duration::from_secs(60));
    assert!(world.node(1).record(seats[1], id).unwrap().is_some());
}

#[test]
fn who_was_taken_in_again_is_a_member_by_the_last_invitation_alone() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (founded, seat, gone) = (seats[0], seats[2], world.peer(2));
    world.act(0, move |node, now| node.remove(now, founded, gone, Removal::Keep)).unwrap();
    world.run(Duration::from_secs(30));
    assert_eq!(world.node(1).member(seats[1], gone), Ok(None));
    // the one between them knows the removal and nothing that came after it
    world.part(0, 1);
    world.invite(0, founded, 2, Role::Member);
    let invitation = world.invite(0, founded, 2, Role::Member);
    world.act(2, move |node, now| node.close(now, seat)).unwrap();
    world.act(2, move |node, now| node.delete_group(now, seat)).unwrap();
    world.run(Duration::from_secs(5));
    world.part(0, 2);
    world.act(2, move |node, now| node.join(now, &invitation)).unwrap();
    let there = [World::address(1)];
    world.act(2, move |node, now| node.connect_at(now, seat, &there, TIMEOUT)).unwrap();
    world.run(Duration::from_secs(60));
    assert_eq!(world.node(2).role(seat), Ok(Some(Role::Member)));
    assert!(world.node(2).status(seat).unwrap().ready, "the one between them lets it in");
    assert!(world.node(1).member(seats[1], gone).unwrap().is_some());
}
