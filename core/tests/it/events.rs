//! What the application is told: of what it asked for, once, and of nothing else.

use core::time::Duration;

use crate::world::{TIMEOUT, World, name};
use peergroup_core::{
    ChangeKind, ConnectionId, Event, EventKind, Interest, MemberChange, Node, PeerId, Properties,
    PropertyError, RecordDraft, RecordId, RecordUpdate, RegisterError, RegistrationId, Removal,
    Role, Seat, Terms, TypeId, UnixTime, limits::REGISTRATIONS_MAX,
};

const NOTE: TypeId = TypeId::from_u128(0xfeed);
const OTHER: TypeId = TypeId::from_u128(0xbeef);

fn publish(world: &mut World, index: usize, seat: Seat, type_id: TypeId) -> RecordId {
    publish_until(world, index, seat, type_id, world.now().wall.after(Duration::from_secs(3600)))
}

fn publish_until(
    world: &mut World,
    index: usize,
    seat: Seat,
    type_id: TypeId,
    expires: UnixTime,
) -> RecordId {
    let draft = RecordDraft::new(type_id, expires).payload("something");
    let publish = move |node: &mut Node, now| node.publish(now, seat, draft.clone());
    let id = world.act(index, publish).unwrap().value;
    world.pump();
    id
}

fn register(world: &mut World, index: usize, seat: Seat, interest: Interest) -> RegistrationId {
    world.act(index, move |node, now| node.register(now, seat, &[interest])).unwrap()
}

/// What a registration was handed since events were last taken.
fn told(world: &World, index: usize, registration: RegistrationId) -> Vec<Event> {
    let events = world.hosts[index].events.iter();
    events.filter(|(to, _)| *to == registration).map(|(_, event)| event.clone()).collect()
}

fn added(record: RecordId, type_id: TypeId) -> Event {
    Event::RecordChanged { kind: ChangeKind::Added, record, type_id }
}

fn of_member(world: &mut World, index: usize, peer: PeerId) -> Vec<MemberChange> {
    let change = |event| match event {
        Event::MemberChanged { peer: of, change } if of == peer => Some(change),
        _ => None,
    };
    world.events(index).into_iter().filter_map(change).collect()
}

#[test]
fn a_filter_by_type_passes_only_records_of_that_type() {
    let (mut world, seats) = World::group(2, Role::Member);
    let only = Interest { kind: EventKind::Record, type_id: Some(NOTE) };
    let filtered = register(&mut world, 1, seats[1], only);
    let all = register(&mut world, 1, seats[1], EventKind::Record.into());
    let members = register(&mut world, 1, seats[1], EventKind::Member.into());
    let note = publish(&mut world, 0, seats[0], NOTE);
    let other = publish(&mut world, 0, seats[0], OTHER);
    assert_eq!(told(&world, 1, filtered), [added(note, NOTE)]);
    assert_eq!(told(&world, 1, all), [added(note, NOTE), added(other, OTHER)]);
    assert_eq!(told(&world, 1, members), []);
}

#[test]
fn a_filter_by_type_passes_only_messages_of_that_type() {
    let (mut world, seats) = World::group(2, Role::Member);
    let only = Interest { kind: EventKind::Data, type_id: Some(NOTE) };
    let filtered = register(&mut world, 1, seats[1], only);
    let (seat, peer) = (seats[0], world.peer(1));
    let connection: ConnectionId =
        world.act(0, move |node, now| node.open_connection(now, seat, peer)).unwrap();
    world.pump();
    for type_id in [OTHER, NOTE, OTHER] {
        let data = type_id.as_bytes().to_vec();
        let send =
            move |node: &mut Node, now| node.send(now, connection, type_id, data.clone().into());
        world.act(0, send).unwrap();
    }
    world.pump();
    let told = told(&world, 1, filtered);
    let [Event::Data { type_id, data, peer, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((*type_id, data.as_ref(), *peer), (NOTE, &NOTE.as_bytes()[..], world.peer(0)));
}

#[test]
fn each_registration_gets_one_copy_until_it_ends() {
    let (mut world, seats) = World::group(2, Role::Member);
    let twice =
        [EventKind::Record.into(), Interest { kind: EventKind::Record, type_id: Some(NOTE) }];
    let seat = seats[1];
    let one = world.act(1, move |node, now| node.register(now, seat, &twice)).unwrap();
    let two = register(&mut world, 1, seat, EventKind::Record.into());
    let first = publish(&mut world, 0, seats[0], NOTE);
    assert_eq!(told(&world, 1, one), [added(first, NOTE)], "one copy for two interests");
    assert_eq!(told(&world, 1, two), [added(first, NOTE)]);
    assert!(world.act(1, move |node, now| node.unregister(now, one)));
    assert!(!world.act(1, move |node, now| node.unregister(now, one)), "it ended");
    world.events(1);
    let second = publish(&mut world, 0, seats[0], NOTE);
    assert_eq!(told(&world, 1, one), []);
    assert_eq!(told(&world, 1, two), [added(second, NOTE)]);
}

#[test]
fn a_node_holds_only_so_many_registrations_and_a_closed_group_takes_its_own_along() {
    let mut world = World::new(1);
    let seat = world.found(0);
    let one = |node: &mut Node, now, seat| node.register(now, seat, &[EventKind::Status.into()]);
    for _ in 1..REGISTRATIONS_MAX {
        world.act(0, move |node, now| one(node, now, seat)).unwrap();
    }
    let refused = world.act(0, move |node, now| one(node, now, seat));
    assert_eq!(refused, Err(RegisterError::TooMany));
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    let refused = world.act(0, move |node, now| one(node, now, seat));
    assert_eq!(refused, Err(RegisterError::NotOpen));
    world.act(0, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    world.act(0, move |node, now| one(node, now, seat)).unwrap();
}

#[test]
fn what_happens_in_one_group_is_told_in_no_other() {
    let (mut world, seats) = World::group(2, Role::Member);
    let apart = world.found(1);
    world.run(Duration::from_secs(1));
    let here = register(&mut world, 1, seats[1], EventKind::Record.into());
    let there = register(&mut world, 1, apart, EventKind::Record.into());
    let one = publish(&mut world, 1, seats[1], NOTE);
    let other = publish(&mut world, 1, apart, NOTE);
    assert_eq!(told(&world, 1, here), [added(one, NOTE)]);
    assert_eq!(told(&world, 1, there), [added(other, NOTE)]);
    assert_eq!(world.node(0).records(seats[0], None).unwrap().count(), 1);
    assert_eq!(world.node(1).record(apart, one).unwrap(), None);
}

#[test]
fn properties_spread_and_only_the_creator_sets_them() {
    let (mut world, seats) = World::group(3, Role::Admin);
    let registered =
        [1, 2].map(|at| register(&mut world, at, seats[at], EventKind::Property.into()));
    let (creator, admin) = (seats[0], seats[1]);
    let mut properties = Properties::named(name("renamed"));
    properties.comment = "what we do here".parse().unwrap();
    properties.payload_bytes_max = 100;
    let wanted = properties.clone();
    let set = move |node: &mut Node, now, seat| {
        node.set_properties(now, seat, properties.clone()).map(|_| ())
    };
    let by = set.clone();
    assert_eq!(
        world.act(1, move |node, now| by(node, now, admin)),
        Err(PropertyError::NotAuthorized)
    );
    let by = set.clone();
    world.act(0, move |node, now| by(node, now, creator)).unwrap();
    world.run(Duration::from_secs(1));
    for (index, seat) in seats.iter().copied().enumerate() {
        let properties = world.node(index).properties(seat).unwrap();
        assert_eq!(properties.name, wanted.name, "{index}");
        assert_eq!(properties.comment, wanted.comment, "{index}");
        let listed = world.node(index).groups(seat.identity).next().unwrap();
        assert_eq!(listed.name, wanted.name, "{index}");
        let expires = world.now().wall.after(Duration::from_secs(60));
        for (size, fits) in [(100, true), (101, false)] {
            let draft = RecordDraft::new(NOTE, expires).payload(vec![0; size]);
            let published = world
                .act(index, move |node, now| node.publish(now, seat, draft.clone()).map(|_| ()));
            assert_eq!(published.is_ok(), fits, "{index}: {published:?}");
        }
    }
    assert_eq!(told(&world, 1, registered[0]), [Event::PropertyChanged]);
    assert_eq!(told(&world, 2, registered[1]), [Event::PropertyChanged]);
    world.events(1);
    world.act(0, move |node, now| set(node, now, creator)).unwrap();
    world.run(Duration::from_secs(1));
    assert_eq!(told(&world, 1, registered[0]), [], "nothing changed");
    let mut wrong = Properties::named(name("wrong"));
    wrong.payload_bytes_max = u32::MAX;
    let refused =
        world.act(0, move |node, now| node.set_properties(now, creator, wrong.clone()).map(|_| ()));
    assert_eq!(refused, Err(PropertyError::InvalidProperties));
}

#[test]
fn of_a_member_that_comes_changes_and_goes_each_step_is_told_once() {
    let mut world = World::new(3);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    let watching = world.join(1, &invitation);
    let peer = world.peer(2);
    for index in [0, 1] {
        world.events(index);
    }
    let everywhere = |world: &mut World, changes: &[MemberChange]| {
        for index in [0, 1] {
            assert_eq!(of_member(world, index, peer), changes, "{index}");
        }
    };
    let invitation = world.invite(0, founded, 2, Role::Member);
    everywhere(&mut world, &[MemberChange::Joined]);
    let joined = world.join(2, &invitation);
    world.run(Duration::from_secs(30));
    everywhere(&mut world, &[MemberChange::Online]);
    world.act(2, move |node, now| node.close(now, joined)).unwrap();
    world.run(Duration::from_secs(1));
    everywhere(&mut world, &[MemberChange::Offline]);
    let terms = Terms::role(Role::Admin);
    world.act(0, move |node, now| node.grant(now, founded, peer, terms)).unwrap();
    world.run(Duration::from_secs(1));
    everywhere(&mut world, &[MemberChange::RoleChanged]);
    world.act(2, move |node, now| node.open(now, joined)).unwrap();
    world.pump();
    world.act(2, move |node, now| node.connect(now, joined, TIMEOUT)).unwrap();
    world.run(Duration::from_secs(30));
    everywhere(&mut world, &[MemberChange::Online]);
    world.act(0, move |node, now| node.remove(now, founded, peer, Removal::Keep)).unwrap();
    world.run(Duration::from_secs(60));
    everywhere(&mut world, &[MemberChange::Left]);
    assert_eq!(world.node(1).member(watching, peer).unwrap(), None);
}

#[test]
fn a_record_expires_at_its_time_and_everybody_is_told_once() {
    let (mut world, seats) = World::group(2, Role::Member);
    let (seat, expires) = (seats[1], world.now().wall.after(Duration::from_secs(100)));
    let record = publish_until(&mut world, 1, seat, NOTE, expires);
    let update = RecordUpdate::new().expires(expires.before(Duration::from_secs(1)));
    let earlier =
        world.act(1, move |node, now| node.update(now, seat, record, update.clone()).map(|_| ()));
    assert_eq!(earlier, Err(peergroup_core::PublishError::InvalidRecordExpiration));
    let later = expires.after(Duration::from_secs(50));
    let update = RecordUpdate::new().expires(later);
    world.act(1, move |node, now| node.update(now, seat, record, update.clone())).unwrap();
    world.pump();
    let registered = [0, 1].map(|at| register(&mut world, at, seats[at], EventKind::Record.into()));
    world.run(Duration::from_millis(149_900));
    assert!(world.now().wall < later);
    for (index, seat) in seats.iter().enumerate() {
        assert!(world.node(index).record(*seat, record).unwrap().is_some(), "{index}");
        assert_eq!(told(&world, index, registered[index]), [], "{index}");
    }
    world.run(Duration::from_millis(200));
    for (index, seat) in seats.iter().enumerate() {
        assert_eq!(world.node(index).record(*seat, record).unwrap(), None, "{index}");
        let event = Event::RecordChanged { kind: ChangeKind::Expired, record, type_id: NOTE };
        assert_eq!(told(&world, index, registered[index]), [event], "{index}");
    }
    world.run(Duration::from_secs(3600));
    assert_eq!(told(&world, 0, registered[0]).len(), 1);
    assert!(world.agree(&seats));
}
