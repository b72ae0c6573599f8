//! A group lives: founded, joined, shared, closed, opened again.

use core::time::Duration;

use crate::world::{EPOCH_MS, TIMEOUT, World};
use peergroup_core::{
    ConnectFailure, ConnectionChange, ConnectionFailure, Denial, Event, EventKind, MemberChange,
    PublishError, RecordDraft, RecordUpdate, Removal, RemoveError, Role, Terms, TypeId, UnixTime,
};

const NOTE: TypeId = TypeId::from_u128(0xfeed);

fn in_an_hour(world: &World) -> UnixTime {
    UnixTime::from_millis(EPOCH_MS + world.micros / 1000 + 3_600_000)
}

fn note(world: &World, text: &str) -> RecordDraft {
    RecordDraft::new(NOTE, in_an_hour(world)).payload(text.as_bytes().to_vec())
}

#[test]
fn two_peers_found_and_join_and_see_each_other() {
    let (mut world, seats) = World::group(2, Role::Member);
    for (index, seat) in seats.iter().enumerate() {
        let status = world.node(index).status(*seat).unwrap();
        assert!(status.online && status.ready, "{index}: {status:?}");
        assert_eq!(status.neighbours, 1, "{index}");
        let members: Vec<_> = world.node(index).members(*seat).unwrap().collect();
        assert_eq!(members.len(), 2, "{index}");
        assert!(members.iter().all(peergroup_core::Member::is_online), "{index}: {members:?}");
    }
    assert!(world.agree(&seats));
}

#[test]
fn a_record_reaches_everybody_and_its_change_and_deletion_too() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (now, draft) = (world.now(), note(&world, "hello"));
    let id = world.node(1).publish(now, seats[1], draft).unwrap().value;
    world.pump();
    for (index, seat) in seats.iter().enumerate() {
        let record = world.node(index).record(*seat, id).unwrap().expect("it is there");
        assert_eq!(record.payload.as_ref(), b"hello");
    }
    world.node(1).update(now, seats[1], id, RecordUpdate::new().payload("bye")).unwrap();
    world.pump();
    let record = world.node(2).record(seats[2], id).unwrap().unwrap();
    assert_eq!(record.payload.as_ref(), b"bye");
    world.node(1).delete_record(now, seats[1], id).unwrap();
    world.pump();
    for (index, seat) in seats.iter().enumerate() {
        assert_eq!(world.node(index).record(*seat, id).unwrap(), None);
    }
    assert!(world.agree(&seats));
}

#[test]
fn r01_a_member_cannot_change_or_delete_anothers_record_and_an_admin_can() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (now, draft) = (world.now(), note(&world, "mine"));
    let id = world.node(1).publish(now, seats[1], draft).unwrap().value;
    world.pump();
    let update = RecordUpdate::new().payload("stolen");
    let refused = world.node(2).update(now, seats[2], id, update.clone());
    assert_eq!(refused.unwrap_err(), PublishError::NotAuthorized);
    assert!(world.node(2).delete_record(now, seats[2], id).is_err());
    world.node(0).update(now, seats[0], id, update).unwrap();
    world.pump();
    let record = world.node(1).record(seats[1], id).unwrap().unwrap();
    assert_eq!(record.payload.as_ref(), b"stolen");
    assert_eq!(record.creator, world.peer(1));
}

#[test]
fn what_happened_during_a_partition_is_everywhere_after_it() {
    let (mut world, seats) = World::group(3, Role::Member);
    world.deaf.insert(2);
    world.sever(0, 2);
    world.sever(1, 2);
    let now = world.now();
    let (left, right) = (note(&world, "left"), note(&world, "right"));
    world.node(0).publish(now, seats[0], left).unwrap();
    world.node(2).publish(now, seats[2], right).unwrap();
    world.run(Duration::from_secs(120));
    assert!(!world.agree(&seats));
    world.deaf.clear();
    world.run(Duration::from_secs(600));
    assert!(world.agree(&seats));
    assert_eq!(world.node(1).records(seats[1], Some(NOTE)).unwrap().count(), 2);
}

#[test]
fn l10_a_removed_member_is_cut_off_at_once_and_told() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (now, gone) = (world.now(), world.peer(1));
    world.events(1);
    world.node(0).remove(now, seats[0], gone, Removal::Keep).unwrap();
    world.pump();
    assert!(world.node(0).connections(seats[0]).unwrap().iter().all(|info| info.peer != gone));
    assert!(world.node(2).connections(seats[2]).unwrap().iter().all(|info| info.peer != gone));
    world.run(Duration::from_secs(60));
    let events = world.events(1);
    assert!(events.contains(&Event::CredentialsChanged { role: None }), "{events:?}");
    assert!(!world.node(1).status(seats[1]).unwrap().online);
    let draft = note(&world, "still here?");
    assert!(world.node(1).publish(now, seats[1], draft).is_err());
}

#[test]
fn a_promoted_member_connects_again_and_may_invite() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (now, peer) = (world.now(), world.peer(1));
    assert_eq!(world.node(1).role(seats[1]).unwrap(), Some(Role::Member));
    world.node(0).grant(now, seats[0], peer, Terms::role(Role::Admin)).unwrap();
    world.run(Duration::from_secs(60));
    assert_eq!(world.node(1).role(seats[1]).unwrap(), Some(Role::Admin));
    assert_eq!(world.node(1).status(seats[1]).unwrap().neighbours, 2);
    world.boot(3, std::collections::BTreeMap::new(), 9);
    let now = world.now();
    let peer = world.node(3).create_identity(now, crate::world::name("late")).unwrap().value;
    world.hosts[3].peer = Some(peer);
    world.pump();
    let invitation = world.invite(1, seats[1], 3, Role::Member);
    let seat = world.join(3, &invitation);
    world.run(Duration::from_secs(60));
    assert!(world.node(3).status(seat).unwrap().ready);
    assert_eq!(world.node(2).members(seats[2]).unwrap().count(), 4);
}

#[test]
fn a_member_that_closed_and_opened_again_is_seen_online() {
    let (mut world, seats) = World::group(2, Role::Member);
    for _ in 0..2 {
        let now = world.now();
        world.node(1).close(now, seats[1]).unwrap();
        world.run(Duration::from_secs(1));
        let peer = world.peer(1);
        assert!(!world.node(0).member(seats[0], peer).unwrap().unwrap().is_online());
        let now = world.now();
        world.node(1).open(now, seats[1]).unwrap();
        world.pump();
        world.node(1).connect(now, seats[1], TIMEOUT).unwrap();
        world.run(Duration::from_secs(5));
        assert!(world.node(0).member(seats[0], peer).unwrap().unwrap().is_online());
    }
}

#[test]
fn a_group_opened_again_holds_what_it_held() {
    let (mut world, seats) = World::group(2, Role::Member);
    let (now, draft) = (world.now(), note(&world, "kept"));
    let id = world.node(1).publish(now, seats[1], draft).unwrap().value;
    world.pump();
    let store = world.hosts[1].store.clone();
    world.boot(1, store, 77);
    let now = world.now();
    world.node(1).open(now, seats[1]).unwrap();
    world.pump();
    assert!(world.node(1).record(seats[1], id).unwrap().is_some());
    world.node(1).connect(now, seats[1], TIMEOUT).unwrap();
    world.run(Duration::from_secs(30));
    assert!(world.agree(&seats));
    assert_eq!(world.node(1).status(seats[1]).unwrap().neighbours, 1);
}

#[test]
fn a_direct_connection_carries_messages_both_ways_and_closes() {
    let (mut world, seats) = World::group(2, Role::Member);
    let (now, peer) = (world.now(), world.peer(1));
    world.events(0);
    world.events(1);
    let here = world.node(0).open_connection(now, seats[0], peer).unwrap();
    world.pump();
    let there = world
        .events(1)
        .into_iter()
        .find_map(|event| match event {
            Event::ConnectionChanged {
                connection, change: ConnectionChange::Connected, ..
            } => Some(connection),
            _ => None,
        })
        .expect("the other side is told");
    world.node(0).send(now, here, NOTE, vec![1; 300_000].into()).unwrap();
    world.node(1).send(now, there, NOTE, b"back".to_vec().into()).unwrap();
    world.pump();
    let got = |events: Vec<Event>| -> Vec<usize> {
        events
            .into_iter()
            .filter_map(|event| match event {
                Event::Data { data, .. } => Some(data.len()),
                _ => None,
            })
            .collect()
    };
    assert_eq!(got(world.events(1)), [300_000]);
    assert_eq!(got(world.events(0)), [4]);
    assert!(world.node(1).close_connection(now, there));
    world.pump();
    assert!(world.node(0).connections(seats[0]).unwrap().iter().all(|i| i.connection.is_none()));
}

#[test]
fn a_connection_is_told_of_before_its_messages_however_slow_the_disk() {
    let (mut world, seats) = World::group(2, Role::Member);
    let (now, peer) = (world.now(), world.peer(1));
    world.events(1);
    world.hosts[1].hold_stores = true;
    let draft = note(&world, "on its way to the disk");
    world.node(1).publish(now, seats[1], draft).unwrap();
    let here = world.node(0).open_connection(now, seats[0], peer).unwrap();
    world.pump();
    world.node(0).send(now, here, NOTE, b"hello".to_vec().into()).unwrap();
    world.pump();
    let events = world.events(1);
    assert!(
        matches!(
            events[..],
            [
                Event::ConnectionChanged { change: ConnectionChange::Connected, .. },
                Event::Data { .. }
            ]
        ),
        "{events:?}"
    );
}

#[test]
fn who_only_opens_connections_opens_no_door() {
    let mut world = World::new(2);
    let seat = world.found(0);
    let invitation = world.invite(0, seat, 1, Role::Member);
    let (now, peers) = (world.now(), [world.peer(0), world.peer(1)]);
    let joined = world.node(1).join(now, &invitation).unwrap().value;
    world.node(1).connect(now, joined, TIMEOUT).unwrap();
    world.run(Duration::from_secs(5));
    let own = world.node(1).register(now, joined, &[EventKind::OwnConnection.into()]).unwrap();
    let now = world.now();
    let refused = world.node(0).open_connection(now, seat, peers[1]).unwrap();
    world.pump();
    let denial = ConnectionChange::Failed(ConnectionFailure::Denied(Denial::NotWanted));
    assert!(world.events(0).iter().any(|event| matches!(
        event,
        Event::ConnectionChanged { connection, change, .. }
            if *connection == refused && *change == denial
    )));
    let opened = world.node(1).open_connection(now, joined, peers[0]).unwrap();
    world.pump();
    let change = ConnectionChange::Connected;
    let event = Event::ConnectionChanged { connection: opened, peer: peers[0], change };
    assert!(world.hosts[1].events.contains(&(own, event)), "{:?}", world.hosts[1].events);
}

#[test]
fn members_come_and_go_and_everybody_is_told() {
    let (mut world, seats) = World::group(2, Role::Member);
    world.events(0);
    let (now, peer) = (world.now(), world.peer(1));
    world.node(1).close(now, seats[1]).unwrap();
    world.pump();
    let events = world.events(0);
    let change = MemberChange::Offline;
    assert!(events.contains(&Event::MemberChanged { peer, change }), "{events:?}");
    assert!(world.node(1).status(seats[1]).is_err());
}

#[test]
fn who_leaves_is_no_member_and_what_it_published_stays() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (now, draft, gone) = (world.now(), note(&world, "remember me"), world.peer(1));
    let id = world.node(1).publish(now, seats[1], draft).unwrap().value;
    world.pump();
    world.node(1).leave(now, seats[1]).unwrap();
    world.run(Duration::from_secs(10));
    for index in [0, 2] {
        assert_eq!(world.node(index).member(seats[index], gone).unwrap(), None, "{index}");
        assert!(world.node(index).record(seats[index], id).unwrap().is_some(), "{index}");
        assert!(
            world.node(index).connections(seats[index]).unwrap().iter().all(|i| i.peer != gone)
        );
    }
    assert!(!world.node(1).status(seats[1]).unwrap().online);
}

#[test]
fn who_was_removed_can_be_invited_again_and_comes_back() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (now, peer) = (world.now(), world.peer(1));
    world.node(0).remove(now, seats[0], peer, Removal::Cascade).unwrap();
    world.run(Duration::from_secs(60));
    assert!(!world.node(1).status(seats[1]).unwrap().online);
    let now = world.now();
    world.node(1).close(now, seats[1]).unwrap();
    world.node(1).delete_group(now, seats[1]).unwrap();
    let invitation = world.invite(0, seats[0], 1, Role::Inviter);
    let seat = world.join(1, &invitation);
    world.run(Duration::from_secs(60));
    assert!(world.node(1).status(seat).unwrap().ready);
    assert_eq!(world.node(2).member(seats[2], peer).unwrap().unwrap().role, Role::Inviter);
    assert!(world.agree(&seats));
}

#[test]
fn who_was_removed_by_somebody_whose_acts_are_void_is_let_in_when_it_connects() {
    let mut world = World::new(3);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Admin);
    let usurper = world.join(1, &invitation);
    let invitation = world.invite(0, founded, 2, Role::Member);
    let seat = world.join(2, &invitation);
    world.run(Duration::from_secs(60));
    let removed = world.peer(2);
    world.act(1, move |node, now| node.remove(now, usurper, removed, Removal::Keep)).unwrap();
    world.run(Duration::from_secs(60));
    assert!(!world.node(2).status(seat).unwrap().online);
    let connect = move |node: &mut peergroup_core::Node, now| node.connect(now, seat, TIMEOUT);
    world.act(2, connect).unwrap();
    world.run(Duration::from_secs(60));
    assert!(!world.node(2).status(seat).unwrap().online, "it is told that it is removed still");
    let usurper = world.peer(1);
    world.act(0, move |node, now| node.remove(now, founded, usurper, Removal::Cascade)).unwrap();
    world.run(Duration::from_secs(60));
    assert!(!world.node(2).status(seat).unwrap().online, "nobody tells it");
    world.act(2, connect).unwrap();
    world.run(Duration::from_secs(60));
    assert!(world.node(2).status(seat).unwrap().online);
    assert_eq!(world.node(2).role(seat).unwrap(), Some(Role::Member));
    assert_eq!(world.node(2).digest(seat), world.node(0).digest(founded));
}

#[test]
fn a_demoted_admin_acts_as_a_member() {
    let (mut world, seats) = World::group(3, Role::Admin);
    let (now, peer) = (world.now(), world.peer(1));
    let other = world.peer(2);
    assert!(world.node(2).remove(now, seats[2], peer, Removal::Keep).is_err(), "equals");
    world.node(0).demote(now, seats[0], peer, Role::Member).unwrap();
    world.run(Duration::from_secs(60));
    assert_eq!(world.node(1).role(seats[1]).unwrap(), Some(Role::Member));
    assert!(world.node(1).remove(now, seats[1], other, Removal::Keep).is_err());
    assert!(world.agree(&seats));
    assert_eq!(world.node(1).status(seats[1]).unwrap().neighbours, 2);
}

#[test]
fn who_leaves_while_nobody_is_reachable_is_gone_once_somebody_is() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (seat, gone) = (seats[1], world.peer(1));
    world.part(1, 0);
    world.part(1, 2);
    world.events(1);
    world.act(1, move |node, now| node.leave(now, seat)).unwrap();
    world.run(Duration::from_secs(60));
    assert!(world.events(1).contains(&Event::CredentialsChanged { role: None }));
    assert!(world.node(1).status(seat).unwrap().online, "it has somebody to tell yet");
    let draft = note(&world, "no member");
    assert!(world.act(1, move |node, now| node.publish(now, seat, draft.clone())).is_err());
    assert!(world.node(0).member(seats[0], gone).unwrap().is_some());
    world.mend();
    world.run(Duration::from_secs(300));
    for index in [0, 2] {
        assert_eq!(world.node(index).member(seats[index], gone).unwrap(), None, "{index}");
    }
    assert!(!world.node(1).status(seat).unwrap().online);
    let credentials = |event: &Event| matches!(event, Event::CredentialsChanged { .. });
    assert!(!world.events(1).iter().any(credentials), "it was told once");
}

#[test]
fn who_left_offline_tells_when_it_connects_again() {
    for restarts in [false, true] {
        let (mut world, seats) = World::group(3, Role::Member);
        let (seat, gone) = (seats[1], world.peer(1));
        world.act(1, move |node, now| node.close(now, seat)).unwrap();
        world.pump();
        world.act(1, move |node, now| node.open(now, seat)).unwrap();
        world.pump();
        world.act(1, move |node, now| node.leave(now, seat)).unwrap();
        world.pump();
        assert!(!world.node(1).status(seat).unwrap().online);
        if restarts {
            let store = world.hosts[1].store.clone();
            world.boot(1, store, 99);
            world.act(1, move |node, now| node.open(now, seat)).unwrap();
            world.pump();
        }
        world.act(1, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
        world.run(Duration::from_secs(30));
        for index in [0, 2] {
            assert_eq!(world.node(index).member(seats[index], gone).unwrap(), None, "{index}");
        }
        assert!(!world.node(1).status(seat).unwrap().online);
        // once more: a member says so
        let registered = world.register_all(1, seat);
        world.events(1);
        world.act(1, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
        world.run(Duration::from_secs(60));
        let denied = ConnectFailure::NotAuthorized(Denial::Removed);
        let events = world.events(1);
        let failures = events.iter().filter(|event| matches!(event, Event::ConnectFailed(_)));
        assert_eq!(failures.collect::<Vec<_>>(), [&Event::ConnectFailed(denied)]);
        assert!(!world.node(1).status(seat).unwrap().online);
        world.act(1, move |node, now| node.unregister(now, registered));
    }
}

#[test]
fn who_left_tells_whoever_can_be_reached_though_somebody_says_that_it_knows() {
    let (mut world, seats) = World::group(3, Role::Member);
    let (seat, gone) = (seats[1], world.peer(1));
    world.part(1, 0);
    world.part(2, 0);
    world.run(Duration::from_secs(60));
    world.act(1, move |node, now| node.leave(now, seat)).unwrap();
    world.run(Duration::from_secs(60));
    assert!(!world.node(1).status(seat).unwrap().online, "all it can reach know");
    assert_eq!(world.node(2).member(seats[2], gone).unwrap(), None);
    world.mend();
    world.part(2, 0);
    assert!(world.node(0).member(seats[0], gone).unwrap().is_some());
    let both = [World::address(0), World::address(2)];
    world.act(1, move |node, now| node.connect_at(now, seat, &both, TIMEOUT)).unwrap();
    // the one that knows is the first to answer
    while world.step(1) || world.step(2) {}
    assert!(world.node(1).status(seat).unwrap().online, "there is another one to tell");
    world.run(Duration::from_secs(10));
    assert_eq!(world.node(0).member(seats[0], gone).unwrap(), None);
    assert!(!world.node(1).status(seat).unwrap().online);
}

#[test]
fn a_resignation_that_was_not_stored_yet_is_no_resignation() {
    let (mut world, seats) = World::group(2, Role::Member);
    let (seat, peer) = (seats[1], world.peer(1));
    world.hosts[1].hold_stores = true;
    world.act(1, move |node, now| node.leave(now, seat)).unwrap();
    world.run(Duration::from_secs(10));
    assert!(world.node(0).member(seats[0], peer).unwrap().is_some(), "nobody has heard of it");
    let store = world.hosts[1].store.clone();
    world.boot(1, store, 88);
    world.act(1, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    world.act(1, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(Duration::from_secs(10));
    assert_eq!(world.node(1).role(seat).unwrap(), Some(Role::Member));
    assert_eq!(world.node(0).status(seats[0]).unwrap().neighbours, 1);
    world.act(1, move |node, now| node.leave(now, seat)).unwrap();
    let again = world.act(1, move |node, now| node.leave(now, seat).map(|_| ()));
    assert_eq!(again, Err(RemoveError::NotFound));
    world.run(Duration::from_secs(10));
    assert_eq!(world.node(0).member(seats[0], peer).unwrap(), None);
}

#[test]
fn who_leaves_before_it_was_ever_ready_is_told_that_it_is_no_member() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    world.deaf.insert(0);
    let seat = world.join(1, &invitation);
    world.events(1);
    world.hosts[1].hold_stores = true;
    world.act(1, move |node, now| node.leave(now, seat)).unwrap();
    world.run(TIMEOUT);
    assert!(!world.node(1).status(seat).unwrap().online, "connecting took too long");
    world.hosts[1].hold_stores = false;
    world.store(1);
    world.pump();
    assert!(world.events(1).contains(&Event::CredentialsChanged { role: None }));
    world.deaf.clear();
    world.act(1, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(TIMEOUT);
    assert_eq!(world.node(0).members(founded).unwrap().count(), 1);
    assert!(!world.node(1).status(seat).unwrap().online);
}

#[test]
fn who_was_always_dialled_finds_the_others_when_it_is_back_elsewhere() {
    let (mut world, seats) = World::group(2, Role::Member);
    world.run(Duration::from_secs(60));
    world.block(1, 0);
    let store = world.hosts[0].store.clone();
    world.boot(0, store, 55);
    let founder = seats[0];
    world.act(0, move |node, now| node.open(now, founder)).unwrap();
    world.pump();
    world.act(0, move |node, now| node.connect(now, founder, TIMEOUT)).unwrap();
    world.run(TIMEOUT);
    assert_eq!(world.node(0).status(founder).unwrap().neighbours, 1);
}
