//! The contract of the core: one test for each clause, by its number.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::world::tamper::{DAMAGES, Tamper};
use crate::world::trace::{Parting, Polling, Transcript, next, replay};
use crate::world::{EPOCH_MS, TIMEOUT, World, name};
use peergroup_core::{
    ConnectionId, DriverError, Event, Input, Instant, LinkDown, LinkId, LinkInfo, Loaded, Node,
    Notice, Now, Output, RecordDraft, RecordId, Removal, Role, Seat, StoreFailure, Ticket, TypeId,
    UnixTime, limits,
};

const NOTE: TypeId = TypeId::from_u128(0xfeed);
const MARK: &[u8] = b"a payload that nothing else resembles";

fn draft(world: &World, payload: &[u8]) -> RecordDraft {
    let expires = UnixTime::from_millis(EPOCH_MS + world.micros / 1000 + 36_000_000);
    RecordDraft::new(NOTE, expires).payload(payload.to_vec())
}

fn publish(world: &mut World, index: usize, seat: Seat, payload: &[u8]) -> RecordId {
    let draft = draft(world, payload);
    world.act(index, move |node, now| node.publish(now, seat, draft.clone())).unwrap().value
}

fn has(world: &mut World, index: usize, seat: Seat, record: RecordId) -> bool {
    world.node(index).record(seat, record).unwrap().is_some()
}

fn carries(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A life of three hosts with all that happens in one, written down.
fn a_traced_life() -> World {
    let mut world = World::traced(3);
    let seats = world.gather(Role::Member);
    let first = publish(&mut world, 1, seats[1], MARK);
    publish(&mut world, 2, seats[2], &[7; 30_000]);
    world.pump();
    let (zero, peer, gone) = (seats[0], world.peer(1), world.peer(2));
    let here = world.act(0, move |node, now| node.open_connection(now, zero, peer)).unwrap();
    world.pump();
    let data = vec![5; 200_000];
    world.act(0, move |node, now| node.send(now, here, NOTE, data.clone().into())).unwrap();
    world.pump();
    world.act(0, move |node, now| node.delete_record(now, zero, first)).unwrap();
    world.run(Duration::from_secs(200));
    world.act(0, move |node, now| node.remove(now, zero, gone, Removal::Keep)).unwrap();
    world.run(Duration::from_secs(100));
    world.act(0, move |node, now| node.close(now, zero)).unwrap();
    world.run(Duration::from_secs(30));
    world
}

#[test]
fn c1_a_life_goes_through_the_one_door_each_way() {
    let world = a_traced_life();
    let mut seen = BTreeSet::new();
    for host in &world.hosts {
        for output in &host.outputs {
            seen.insert(output.split([' ', '(']).next().unwrap().to_owned());
        }
        assert!(host.sent.values().all(|bytes| !bytes.is_empty()));
    }
    let all = ["Dial", "Event", "Hangup", "Load", "Notice", "Store"].map(str::to_owned);
    assert_eq!(seen, BTreeSet::from(all));
    // what came out follows from what went in, and from nothing else
    let again = replay(&world.hosts[1].trace, 2, Polling::Eager(1 << 20), Parting::Asis);
    assert_eq!(again.outputs, world.hosts[1].outputs);
}

/// One step of somebody who calls whatever there is, in any order.
fn call_anything(world: &mut World, seats: &[Seat], seed: &mut u64) {
    let index = (next(seed) % 3) as usize;
    let (now, peer) = (world.now(), world.peer((next(seed) % 3) as usize));
    let seat = Seat { identity: world.peer((next(seed) % 3) as usize), group: seats[0].group };
    let record = RecordId::from_bytes([next(seed) as u8; 16]);
    let connection = ConnectionId::from_u64(next(seed) % 9);
    let link = LinkId::from_u64(next(seed) % 40);
    let draft = draft(world, &next(seed).to_le_bytes());
    let bytes: Vec<u8> = (0..next(seed) % 90).map(|_| next(seed) as u8).collect();
    let binding = [next(seed) as u8; 32];
    let info = LinkInfo { binding: &binding, remote: None };
    let node = world.node(index);
    let refused = match next(seed) % 28 {
        0 => node.handle_input(now, Input::LinkUp { link, info }).err(),
        1 => node.handle_input(now, Input::Received { link, bytes: &bytes }).err(),
        2 => node.handle_input(now, Input::LinkDown { link, cause: LinkDown::Broken }).err(),
        3 => node.handle_input(now, Input::Tick).err(),
        4 => {
            let mut out = Vec::new();
            node.poll_transmit(LinkId::from_u64(999), 10, &mut out);
            None
        }
        choice => {
            any_verb(node, now, choice, (seat, peer, record, connection), draft);
            None
        }
    };
    assert!(matches!(refused, None | Some(DriverError::UnknownId)), "{refused:?}");
}

fn any_verb(
    node: &mut Node,
    now: Now,
    choice: u64,
    (seat, peer, record, connection): (Seat, peergroup_core::PeerId, RecordId, ConnectionId),
    draft: RecordDraft,
) {
    match choice {
        5..=9 => drop(node.publish(now, seat, draft)),
        10 => drop(node.connect(now, seat, TIMEOUT)),
        11 => drop(node.open(now, seat)),
        12 => drop(node.open_connection(now, seat, peer)),
        13 => drop(node.close_connection(now, connection)),
        14 => drop(node.send(now, connection, NOTE, vec![1; 5000].into())),
        15 => node.received(now, connection),
        16 => drop(node.delete_record(now, seat, record)),
        17 => drop(node.status(seat)),
        18 => drop(node.members(seat).map(Iterator::count)),
        19 => drop(node.records(seat, None).map(Iterator::count)),
        20 => drop(node.connections(seat)),
        21 => drop(node.digest(seat)),
        22 => drop(node.rename_identity(now, peer, &name("anew"))),
        23 => drop(node.delete_group(now, seat)),
        24 => drop(node.delete_identity(now, peer)),
        25 => drop(node.register(now, seat, &[peergroup_core::EventKind::Data.into()])),
        26 => drop(node.grant(now, seat, peer, peergroup_core::Terms::role(Role::Member))),
        _ => node.listening_at(now, &[]),
    }
}

#[test]
fn c2_any_call_is_legal_at_any_time_and_ends_well() {
    for seed in 1..=6_u64 {
        let (mut world, seats) = World::group(3, Role::Member);
        let mut seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for _ in 0..400 {
            call_anything(&mut world, &seats, &mut seed);
            match next(&mut seed) % 20 {
                0 => world.pump(),
                1 => world.run(Duration::from_millis(next(&mut seed) % 3000)),
                2..=9 => drop(world.step((next(&mut seed) % 3) as usize)),
                _ => {}
            }
        }
        world.pump();
        for (index, seat) in seats.iter().enumerate() {
            let (now, seat) = (world.now(), *seat);
            world.node(index).listening_at(now, &[World::address(index)]);
            let _ = world.node(index).connect(now, seat, TIMEOUT);
        }
        world.run(Duration::from_secs(900));
        assert!(world.agree(&seats), "seed {seed}");
        assert!(world.node(2).records(seats[2], Some(NOTE)).unwrap().count() > 10);
    }
}

#[test]
fn c2_outputs_accumulate_up_to_their_caps() {
    let (mut world, seats) = World::group(2, Role::Member);
    let now = world.now();
    // events: the rest is counted
    let addresses = [World::address(0)];
    for round in 0..limits::EVENTS_MAX + 10 {
        world.node(0).listening_at(now, &addresses[..round % 2]);
    }
    world.events(0);
    world.pump();
    let events = world.events(0);
    let missed = events.iter().find_map(|event| match event {
        Event::Lagged { missed } => Some(*missed),
        _ => None,
    });
    let heard = events.len() as u64 - 1;
    assert_eq!(heard + missed.unwrap(), limits::EVENTS_MAX as u64 + 10);
    // all outputs: then no input is taken, and nothing has happened to the node
    let before = world.node(1).digest(seats[1]).unwrap();
    let info = LinkInfo { binding: &[1; 32], remote: None };
    for _ in 0..limits::OUTPUTS_MAX + 100 {
        world.node(1).accept(now, info);
    }
    let refused = world.node(1).handle_input(now, Input::Tick);
    assert_eq!(refused, Err(DriverError::OutputsFull));
    assert_eq!(world.node(1).digest(seats[1]).unwrap(), before);
    let mut waiting = 0;
    while world.node(1).poll_output().is_some() {
        waiting += 1;
    }
    assert!(waiting <= limits::OUTPUTS_MAX + 100, "{waiting}");
    assert_eq!(world.node(1).handle_input(now, Input::Tick), Ok(()));
    world.run(Duration::from_secs(60));
    assert!(world.agree(&seats));
}

#[test]
fn c3_queued_means_now_and_drained_means_later() {
    // the harness looks before and after every single output
    let (mut world, seats) = World::group(4, Role::Member);
    for hour in 0..6_u8 {
        for (index, seat) in seats.iter().enumerate() {
            publish(&mut world, index, *seat, &[hour; 50]);
        }
        world.sever(0, usize::from(hour % 3) + 1);
        world.run(Duration::from_secs(3600));
    }
    assert!(world.agree(&seats));
    assert!(world.timeouts_checked > 10_000, "{}", world.timeouts_checked);
}

#[test]
fn c3_the_end_of_time_is_no_moment_at_which_anything_is_due() {
    let (mut world, seats) = World::group(2, Role::Member);
    let end = Now { mono: Instant::from_micros(u64::MAX), wall: UnixTime::MAX };
    let _ = world.node(0).handle_input(end, Input::Tick);
    while world.node(0).poll_output().is_some() {}
    assert_eq!(world.node(0).poll_timeout(), None);
    assert!(world.node(0).status(seats[0]).is_ok());
}

/// Damages what host 1 sends to host 0 while `what` happens, and demands that nothing else breaks.
fn damage(world: &mut World, seats: &[Seat], tamper: Tamper, what: impl FnOnce(&mut World)) {
    let case = format!("{tamper:?}");
    world.tamper = Some(tamper);
    what(world);
    let note = publish(world, 1, seats[1], case.as_bytes());
    let other = publish(world, 0, seats[0], case.as_bytes());
    // long enough to ask over it for what the damaged one does not bring
    world.run(Duration::from_secs(1));
    assert!(has(world, 2, seats[2], other), "the other link works on: {case}");
    assert!(has(world, 2, seats[2], note), "the other link works on: {case}");
    world.tamper = None;
    world.run(Duration::from_secs(400));
    assert!(world.agree(seats), "all is well again: {case}");
}

fn faults(world: &mut World) -> usize {
    let notices = world.hosts.iter_mut().flat_map(|host| core::mem::take(&mut host.notices));
    let of_strangers =
        notices.filter(|notice| matches!(notice, Notice::StrangerFaulted { .. })).count();
    let events = (0..3).flat_map(|index| world.events(index)).collect::<Vec<_>>();
    let of_peers = events.iter().filter(|event| matches!(event, Event::PeerFaulted { .. }));
    of_strangers + of_peers.count()
}

#[test]
fn c4_damaged_bytes_on_a_group_link_close_that_link_alone() {
    let (mut world, seats) = World::group(3, Role::Member);
    world.run(Duration::from_secs(120));
    let (mut found, mut done) = (0, 0);
    for seed in 1..=8_u64 {
        for kind in DAMAGES {
            let at = (seed * 37 % 300) as usize;
            let tamper = Tamper::new(1, 0, kind, at, seed * 77);
            damage(&mut world, &seats, tamper, |_| {});
            done += 1;
            found += faults(&mut world).min(1);
        }
    }
    assert!(found * 3 > done, "most damage is seen as such: {found} of {done}");
}

#[test]
fn c4_damaged_bytes_in_a_handshake_close_that_link_alone() {
    let (mut world, seats) = World::group(3, Role::Member);
    world.run(Duration::from_secs(120));
    let (mut found, mut done) = (0, 0);
    for seed in 1..=6_u64 {
        for kind in DAMAGES {
            let at = (next(&mut (seed * 991)) % 1500) as usize;
            let tamper = Tamper::new(1, 0, kind, at, seed * 77);
            damage(&mut world, &seats, tamper, |world| {
                world.sever(0, 1);
                world.run(Duration::from_secs(30));
            });
            done += 1;
            found += faults(&mut world).min(1);
        }
    }
    assert!(found * 2 > done, "most damage is seen as such: {found} of {done}");
}

#[test]
fn c4_damaged_bytes_on_a_direct_connection_close_that_connection_alone() {
    let (mut world, seats) = World::group(3, Role::Member);
    world.run(Duration::from_secs(120));
    for seed in 1..=4_u64 {
        for kind in DAMAGES {
            let at = (seed * 1777 % 5000) as usize;
            let mut tamper = Tamper::new(1, 0, kind, at, seed);
            tamper.at += 2500;
            damage(&mut world, &seats, tamper, |world| {
                let (now, peer, seat) = (world.now(), world.peer(0), seats[1]);
                let here = world.node(1).open_connection(now, seat, peer).unwrap();
                world.pump();
                for size in [10, 3000, 40_000] {
                    let _ = world.node(1).send(now, here, NOTE, vec![1; size].into());
                    world.pump();
                }
                world.node(1).close_connection(now, here);
                world.pump();
            });
        }
    }
}

#[test]
fn c5_an_id_that_has_ended_is_ignored_and_one_never_issued_refused() {
    let (mut world, seats) = World::group(2, Role::Member);
    let mut links = BTreeSet::new();
    for _ in 0..5 {
        let now = world.now();
        let info = LinkInfo { binding: &[9; 32], remote: None };
        let link = world.node(0).accept(now, info);
        assert!(links.insert(link), "no id comes twice");
        world.input(0, Input::LinkDown { link, cause: LinkDown::Closed });
        world.pump();
        let digest = world.node(0).digest(seats[0]).unwrap();
        world.input(0, Input::Received { link, bytes: b"late" });
        world.input(0, Input::LinkUp { link, info });
        world.input(0, Input::LinkDown { link, cause: LinkDown::Broken });
        world.input(0, Input::Stored { ticket: Ticket::from_u64(1), outcome: Ok(()) });
        let failed = Err(StoreFailure::Failed);
        world.input(0, Input::Stored { ticket: Ticket::from_u64(2), outcome: failed });
        let loaded = Ok(Loaded { entries: &[], more: true });
        world.input(0, Input::Loaded { ticket: Ticket::from_u64(1), outcome: loaded });
        assert_eq!(world.node(0).poll_output(), None, "nothing follows");
        assert_eq!(world.node(0).digest(seats[0]).unwrap(), digest);
    }
    let (now, link, ticket) = (world.now(), LinkId::from_u64(u64::MAX), Ticket::from_u64(1 << 40));
    let (binding, cause) = ([1; 32], LinkDown::Closed);
    let info = LinkInfo { binding: &binding, remote: None };
    let never = [
        Input::LinkUp { link, info },
        Input::Received { link, bytes: b"x" },
        Input::LinkDown { link, cause },
        Input::LinkDown { link: LinkId::from_u64(0), cause },
        Input::Stored { ticket, outcome: Ok(()) },
        Input::Loaded { ticket, outcome: Err(StoreFailure::Failed) },
    ];
    for input in never {
        let refused = world.node(0).handle_input(now, input);
        assert_eq!(refused, Err(DriverError::UnknownId), "{input:?}");
    }
    assert_eq!(world.node(0).poll_output(), None);
    // a link that is up already is not up again
    let up: Vec<LinkId> = links_of(&mut world, 0, seats[0]);
    world.input(0, Input::LinkUp { link: up[0], info });
    assert_eq!(world.node(0).poll_output(), None);
    assert_eq!(world.node(0).status(seats[0]).unwrap().neighbours, 1);
}

fn links_of(world: &mut World, index: usize, seat: Seat) -> Vec<LinkId> {
    let connections = world.node(index).connections(seat).unwrap();
    connections.into_iter().filter_map(|info| info.link).collect()
}

#[test]
fn c6_nothing_that_is_not_durable_leaves_the_node() {
    let (mut world, seats) = World::group(2, Role::Member);
    let before = world.node(1).digest(seats[1]).unwrap();
    world.hosts[0].hold_stores = true;
    world.events(0);
    let note = publish(&mut world, 0, seats[0], MARK);
    // the node itself may be asked at once; nobody is told
    assert!(has(&mut world, 0, seats[0], note));
    world.run(Duration::from_secs(600));
    assert!(!has(&mut world, 1, seats[1], note));
    assert_eq!(world.node(1).digest(seats[1]).unwrap(), before);
    assert_eq!(world.node(0).digest(seats[0]).unwrap(), before, "it is not listed");
    let sent = &world.hosts[0].sent;
    assert!(sent.values().all(|bytes| !carries(bytes, MARK)));
    let told = |events: Vec<Event>| {
        events.iter().any(|event| matches!(event, Event::RecordChanged { .. }))
    };
    assert!(!told(world.events(0)));
    world.hosts[0].hold_stores = false;
    world.store(0);
    world.pump();
    assert!(told(world.events(0)));
    assert!(has(&mut world, 1, seats[1], note));
}

#[test]
fn c6_what_is_not_durable_is_not_passed_on() {
    let (mut world, seats) = World::group(3, Role::Member);
    world.part(0, 2);
    world.hosts[1].hold_stores = true;
    world.events(1);
    let note = publish(&mut world, 0, seats[0], MARK);
    world.run(Duration::from_secs(300));
    assert!(!has(&mut world, 2, seats[2], note), "the one between has not stored it");
    assert!(world.hosts[1].sent.values().all(|bytes| !carries(bytes, MARK)));
    world.hosts[1].hold_stores = false;
    world.store(1);
    world.pump();
    assert!(has(&mut world, 2, seats[2], note));
    assert!(!world.events(1).is_empty());
}

#[test]
fn c6_a_store_failure_closes_the_group_that_it_concerns() {
    let mut world = World::new(2);
    let one = world.found(0);
    let other = world.found(0);
    world.events(0);
    world.hosts[0].hold_stores = true;
    publish(&mut world, 0, one, MARK);
    world.pump();
    world.fail_store(0, StoreFailure::Full);
    world.hosts[0].hold_stores = false;
    world.pump();
    let failed: Vec<Event> = world
        .events(0)
        .into_iter()
        .filter(|event| matches!(event, Event::StoreFailed(_) | Event::RecordChanged { .. }))
        .collect();
    assert_eq!(failed, [Event::StoreFailed(StoreFailure::Full)]);
    assert!(!world.node(0).status(one).unwrap().online);
    let draft = draft(&world, MARK);
    let now = world.now();
    assert!(world.node(0).publish(now, one, draft).is_err(), "it does nothing more");
    publish(&mut world, 0, other, MARK);
    world.pump();
    let changed = |event: &Event| matches!(event, Event::RecordChanged { .. });
    assert!(world.events(0).iter().any(changed), "the other group goes on");
    world.run(Duration::from_secs(3600));
    let now = world.now();
    world.node(0).close(now, one).unwrap();
    world.node(0).open(now, one).unwrap();
    world.pump();
    assert_eq!(world.node(0).records(one, None).unwrap().count(), 0, "as it was stored");
}

#[test]
fn c7_an_input_takes_no_more_than_its_bound() {
    let (mut world, seats) = World::group(2, Role::Member);
    let link = links_of(&mut world, 0, seats[0])[0];
    let digest = world.node(0).digest(seats[0]).unwrap();
    let now = world.now();
    let bytes = vec![0; limits::RECEIVED_BYTES_MAX + 1];
    let refused = world.node(0).handle_input(now, Input::Received { link, bytes: &bytes });
    assert_eq!(refused, Err(DriverError::TooMuch));
    assert_eq!(world.node(0).poll_output(), None, "the node is unchanged");
    assert_eq!(world.node(0).digest(seats[0]).unwrap(), digest);
    // one byte less is the peer's own affair
    let bytes = &bytes[1..];
    assert_eq!(world.node(0).handle_input(now, Input::Received { link, bytes }), Ok(()));
    assert!(matches!(world.node(0).poll_output(), Some(Output::Hangup { .. })));
}

/// The bytes of links that are open in the end are the same; of a closed link what was not pulled
/// in time may be missing.
fn assert_same_bytes(one: &Transcript, other: &Transcript, case: &str) {
    let none = Vec::new();
    for (link, bytes) in &one.bytes {
        let others = other.bytes.get(link).unwrap_or(&none);
        if one.open.contains(link) {
            assert!(bytes == others, "{case}: {link} differs");
        } else {
            let alike = bytes.starts_with(others) || others.starts_with(bytes);
            assert!(alike, "{case}: {link} differs");
        }
    }
}

#[test]
fn c8_how_a_node_is_polled_changes_nothing() {
    let world = a_traced_life();
    for (index, host) in world.hosts.iter().enumerate() {
        let seed = index as u8 + 1;
        let base = replay(&host.trace, seed, Polling::Eager(1 << 20), Parting::Asis);
        assert_eq!(base.outputs, host.outputs, "host {index}");
        let sent = Transcript { bytes: host.sent.clone(), ..Transcript::default() };
        assert_same_bytes(&base, &sent, &format!("host {index}, in the world"));
        for limit in [1, 7, 1000] {
            let other = replay(&host.trace, seed, Polling::Eager(limit), Parting::Asis);
            assert_eq!(other, base, "host {index}, {limit} bytes at once");
        }
        for polling in [Polling::OneByOne, Polling::Late] {
            let other = replay(&host.trace, seed, polling, Parting::Asis);
            assert_eq!(other.outputs, base.outputs, "host {index}, {polling:?}");
            assert_same_bytes(&base, &other, &format!("host {index}, {polling:?}"));
        }
    }
}

#[test]
fn c9_idle_polls_do_nothing() {
    let (mut world, seats) = World::group(3, Role::Member);
    let links = links_of(&mut world, 0, seats[0]);
    let due = world.node(0).poll_timeout();
    let mut out = Vec::new();
    for _ in 0..1000 {
        let node = world.node(0);
        assert_eq!(node.poll_output(), None);
        for link in &links {
            assert_eq!(node.poll_transmit(*link, 1 << 16, &mut out), 0);
        }
        assert_eq!(node.poll_transmit(LinkId::from_u64(77_777), 1 << 16, &mut out), 0);
        assert_eq!(node.poll_timeout(), due);
    }
    assert_eq!(out.capacity(), 0, "not even the caller's buffer");
}

#[test]
fn c10_any_split_of_the_same_bytes_has_the_same_result() {
    let world = a_traced_life();
    for (index, host) in world.hosts.iter().enumerate() {
        let seed = index as u8 + 1;
        let base = replay(&host.trace, seed, Polling::Eager(1 << 20), Parting::Asis);
        let partings = [1, 2, 7, 4096].map(Parting::Every);
        for parting in partings.into_iter().chain([11, 12, 13].map(Parting::Random)) {
            let other = replay(&host.trace, seed, Polling::Eager(1 << 20), parting);
            assert_eq!(other.outputs, base.outputs, "host {index}, {parting:?}");
            assert_eq!(other.bytes, base.bytes, "host {index}, {parting:?}");
        }
    }
    // and for all together
    let mut ends = BTreeMap::new();
    for chunk in [1, 2, 7, 65_536] {
        let mut world = World::new(2);
        world.chunk = chunk;
        let seats = world.gather(Role::Member);
        publish(&mut world, 1, seats[1], MARK);
        world.run(Duration::from_secs(100));
        assert!(world.agree(&seats));
        ends.insert(world.node(0).digest(seats[0]).unwrap(), chunk);
    }
    assert_eq!(ends.len(), 1);
}
