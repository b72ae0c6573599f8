//! Links and direct connections.

use core::time::Duration;

use bytes::Bytes;
use peergroup_core::{
    Closed, ConnectionChange, ConnectionId, Event, GroupId, NeighbourChange, Node, Role, SendError,
    TypeId,
};
use peergroup_mem::{Host, NOTE, World};

use super::common::{MINUTE, minutes, seconds, world};

/// Opens a connection and gives what each end calls it.
fn converse(world: &mut World, group: GroupId, one: Host, other: Host) -> [ConnectionId; 2] {
    world.take_events(other);
    let here = world.open_connection(one, group, other);
    world.run_for(Duration::from_secs(30));
    let there = world.take_events(other).into_iter().find_map(|(_, event)| match event {
        Event::ConnectionChanged { connection, change: ConnectionChange::Connected, .. } => {
            Some(connection)
        }
        _ => None,
    });
    [here, there.expect("the other end is told")]
}

fn data(world: &mut World, host: Host) -> Vec<(TypeId, Vec<u8>)> {
    let events = world.take_events(host).into_iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Data { type_id, data, .. } => Some((type_id, data.to_vec())),
            _ => None,
        })
        .collect()
}

/// What arrived on which connection.
fn heard(world: &mut World, host: Host) -> Vec<(ConnectionId, Vec<u8>)> {
    let events = world.take_events(host).into_iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Data { connection, data, .. } => Some((connection, data.to_vec())),
            _ => None,
        })
        .collect()
}

#[test]
fn in_fair_weather_no_link_is_lost_and_nobody_finds_fault_with_anybody() {
    let mut world = world(20);
    let (hosts, group) = world.group(24, Role::Member);
    for host in &hosts {
        world.publish(*host, group, format!("of {host}"));
        world.run_for(minutes(1));
    }
    world.demand_agreement(&hosts, group, minutes(5));
    assert_eq!(world.tally().faults, 0);
    let is_loss = |event: &Event| {
        matches!(
            event,
            Event::NeighbourChanged {
                change: NeighbourChange::Disconnected(Closed::Lost(_) | Closed::Faulted(_)),
                ..
            }
        )
    };
    for host in hosts {
        let lost = world.take_events(host).into_iter().find(|(_, event)| is_loss(event));
        assert_eq!(lost, None, "{host}");
    }
}

#[test]
fn s37_messages_arrive_on_their_own_connection_alone_and_ids_mean_nothing_elsewhere() {
    let mut world = world(37);
    let (hosts, group) = world.group(3, Role::Member);
    let first = converse(&mut world, group, hosts[0], hosts[1]);
    let second = converse(&mut world, group, hosts[0], hosts[1]);
    let crossing = converse(&mut world, group, hosts[1], hosts[0]);
    let third = converse(&mut world, group, hosts[2], hosts[1]);
    let at_one = [first[1], second[1], crossing[0], third[1]];
    for (number, (host, connection)) in
        [(0, first[0]), (0, second[0]), (0, crossing[1]), (2, third[0])].into_iter().enumerate()
    {
        world.send(hosts[host], connection, vec![u8::try_from(number).unwrap(); 10]);
    }
    world.run_for(MINUTE);
    let mut arrived = heard(&mut world, hosts[1]);
    arrived.sort();
    let mut expected: Vec<_> =
        at_one.iter().zip(0_u8..).map(|(id, number)| (*id, vec![number; 10])).collect();
    expected.sort();
    assert_eq!(arrived, expected);
    // what is open at one host is nothing at another, and what was closed is nothing any more
    let foreign = at_one.into_iter().find(|id| *id != third[0]).unwrap();
    let misused = world.act(hosts[2], |node, now| node.send(now, foreign, NOTE, "x".into()));
    assert_eq!(misused, Err(SendError::NotFound));
    assert!(!world.act(hosts[2], |node, now| node.close_connection(now, foreign)));
    assert!(world.act(hosts[1], |node, now| node.close_connection(now, first[1])));
    world.run_for(MINUTE);
    for (host, id) in [(hosts[0], first[0]), (hosts[1], first[1])] {
        let stale = world.act(host, |node, now| node.send(now, id, NOTE, "x".into()));
        assert_eq!(stale, Err(SendError::NotFound), "{host}");
    }
    world.send(hosts[0], second[0], "still open");
    world.run_for(MINUTE);
    assert_eq!(heard(&mut world, hosts[1]), [(second[1], b"still open".to_vec())]);
}

#[test]
fn a_direct_connection_carries_messages_both_ways_in_order_and_closes() {
    let mut world = world(7);
    let (hosts, group) = world.group(3, Role::Member);
    let [here, there] = converse(&mut world, group, hosts[1], hosts[2]);
    for number in 0..50_u8 {
        world.send(hosts[1], here, vec![number; 1000]);
        world.send(hosts[2], there, vec![number; 10]);
    }
    world.run_for(MINUTE);
    for (host, length) in [(hosts[2], 1000), (hosts[1], 10)] {
        let expected: Vec<_> = (0..50_u8).map(|number| (NOTE, vec![number; length])).collect();
        assert_eq!(data(&mut world, host), expected);
    }
    assert!(world.act(hosts[2], |node, now| node.close_connection(now, there)));
    world.run_for(MINUTE);
    let events = world.take_events(hosts[1]);
    let ended = events.iter().any(|(_, event)| {
        let change = ConnectionChange::Disconnected(Closed::There);
        matches!(event, Event::ConnectionChanged { change: is, .. } if *is == change)
    });
    assert!(ended, "{events:?}");
}

#[test]
fn ten_megabytes_flow_at_the_pace_of_the_reader() {
    let mut world = world(8);
    let (hosts, group) = world.group(2, Role::Member);
    let [here, there] = converse(&mut world, group, hosts[0], hosts[1]);
    world.reads(hosts[1], false);
    let message = |number: u32| [&number.to_le_bytes()[..], &vec![7; 250_000]].concat();
    let (mut sent, mut got) = (0_u32, 0_u32);
    let mut was_full = false;
    while got < 40 {
        while sent < 40 {
            let outcome =
                world.act(hosts[0], |node, now| node.send(now, here, NOTE, message(sent).into()));
            match outcome {
                Ok(()) => sent += 1,
                Err(SendError::Full) => {
                    was_full = true;
                    break;
                }
                Err(error) => panic!("{error}"),
            }
        }
        world.run_for(Duration::from_secs(10));
        let arrived = data(&mut world, hosts[1]);
        assert!(!arrived.is_empty() && arrived.len() <= 5, "{} without credit", arrived.len());
        for (_, bytes) in arrived {
            assert_eq!(bytes, message(got));
            got += 1;
            world.act(hosts[1], |node, now| node.received(now, there));
        }
    }
    assert!(was_full);
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn whoever_starts_anew_is_linked_once_though_its_last_life_is_still_thought_to_be_online() {
    for seed in 40..44 {
        let mut world = world(seed);
        let (hosts, _) = world.group(2, Role::Member);
        world.crash(hosts[0]);
        world.restart(hosts[0]);
        world.run_for(seconds(30));
        world.take_events(hosts[1]);
        world.run_for(minutes(10));
        let events = world.take_events(hosts[1]).into_iter().map(|(_, event)| event);
        let changes: Vec<_> =
            events.filter(|event| matches!(event, Event::NeighbourChanged { .. })).collect();
        assert!(changes.is_empty(), "{seed}: {} changes: {:?}", changes.len(), changes.first());
    }
}

#[test]
fn a_window_opens_until_a_long_path_carries_several_of_them_in_a_round_trip() {
    let mut world = world(41);
    let delay = Duration::from_millis(50);
    world.weather().latency = delay..=delay;
    let (hosts, group) = world.group(2, Role::Member);
    let [here, _] = converse(&mut world, group, hosts[0], hosts[1]);
    let message = Bytes::from(vec![7; 64 * 1024]);
    let mut carried = Vec::new();
    for _ in 0..3 {
        let mut messages = 0_usize;
        for _ in 0..10 {
            let send = |node: &mut Node, now| node.send(now, here, NOTE, message.clone());
            while world.act(hosts[0], send).is_ok() {}
            world.run_for(2 * delay);
            messages += data(&mut world, hosts[1]).len();
        }
        carried.push(messages);
    }
    // a window of a MiB that stood still would carry 16 messages in each round trip
    assert!(carried[2] > 3 * 160, "{carried:?}");
    assert_eq!(world.tally().faults, 0);
}
