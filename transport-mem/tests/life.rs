//! Groups live in simulated worlds: founded, joined, parted, healed, crashed, left.

#![allow(clippy::arithmetic_side_effects, clippy::expect_used, reason = "a test")]

use core::time::Duration;

use peergroup_core::{
    Closed, ConnectionChange, Event, Invitation, RecordUpdate, Role, SendError, TypeId,
};
use peergroup_mem::{Host, NOTE, World};

const MINUTE: Duration = Duration::from_secs(60);

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

#[test]
fn two_hosts_found_and_join_and_hold_the_same() {
    let mut world = World::from_seed(1);
    let (hosts, group) = world.group(2, Role::Member);
    for host in hosts {
        let seat = world.seat(host, group);
        let status = world.node(host).status(seat).unwrap();
        assert!(status.online && status.ready && status.neighbours == 1, "{host}: {status:?}");
        assert_eq!(world.node(host).members(seat).unwrap().count(), 2);
    }
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn members_see_each_other_online_soon_after_one_joins() {
    // an announcement may arrive before the grant that makes its peer a member
    for seed in 0..10 {
        let mut world = World::from_seed(seed);
        let (hosts, group) = world.group(5, Role::Member);
        for host in &hosts {
            let seat = world.seat(*host, group);
            let mut members = world.node(*host).members(seat).unwrap();
            assert!(members.all(|member| member.is_online()), "seed {seed}, {host}");
        }
    }
}

#[test]
fn an_invitation_can_be_handed_over_as_xml() {
    let mut world = World::from_seed(2);
    let (first, second) = (world.add("first"), world.add("second"));
    let group = world.create_group(first, "a group");
    let invitation = world.invite(first, group, second, Role::Admin);
    let xml = invitation.to_xml();
    world.join(second, &Invitation::from_xml(&xml).unwrap());
    world.demand_agreement(&[first, second], group, MINUTE);
    let role = world.node(second).role(world.seat(second, group)).unwrap();
    assert_eq!(role, Some(Role::Admin));
}

#[test]
fn sixteen_hosts_hold_what_each_of_them_published() {
    let mut world = World::from_seed(3);
    let (hosts, group) = world.group(16, Role::Member);
    let notes: Vec<_> =
        hosts.iter().map(|host| world.publish(*host, group, format!("of {host}")).0).collect();
    world.demand_agreement(&hosts, group, minutes(10));
    for host in &hosts {
        assert!(notes.iter().all(|note| world.read(*host, group, *note).is_some()), "{host}");
    }
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn what_both_sides_of_a_partition_edit_is_one_after_it() {
    let mut world = World::from_seed(4);
    let (hosts, group) = world.group(6, Role::Admin);
    let (note, _) = world.publish(hosts[0], group, "whole");
    world.demand_agreement(&hosts, group, minutes(5));
    world.partition(&[&hosts[..3], &hosts[3..]]);
    world.run_for(MINUTE);
    for (host, text) in [(hosts[1], "left"), (hosts[4], "right")] {
        let seat = world.seat(host, group);
        let update = RecordUpdate::new().payload(text);
        world.act(host, |node, now| node.update(now, seat, note, update)).unwrap();
        world.publish(host, group, text);
        world.run_for(MINUTE);
    }
    assert!(world.agree(&hosts[..3], group), "{:?}", world.differences(&hosts[..3], group));
    assert!(world.agree(&hosts[3..], group), "{:?}", world.differences(&hosts[3..], group));
    assert!(!world.agree(&hosts, group));
    world.heal();
    world.demand_agreement(&hosts, group, minutes(30));
    assert_eq!(world.read(hosts[0], group, note).unwrap(), "right", "the later edit stands");
}

#[test]
fn a_crash_loses_nothing_that_was_acknowledged() {
    let mut lost = 0;
    for seed in 0..20 {
        let mut world = World::from_seed(seed);
        let (hosts, group) = world.group(3, Role::Member);
        // nobody else may have it
        world.partition(&[&hosts[..2], &hosts[2..]]);
        let notes: Vec<_> = (0..20)
            .map(|number| {
                world.run_for(Duration::from_millis(3));
                world.publish(hosts[2], group, format!("note {number}"))
            })
            .collect();
        let kept: Vec<_> =
            notes.iter().filter(|(_, ticket)| world.is_durable(hosts[2], *ticket)).collect();
        world.crash(hosts[2]);
        world.run_for(MINUTE);
        world.restart(hosts[2]);
        world.run_for(MINUTE);
        let there = |world: &World| {
            notes.iter().filter(|(note, _)| world.read(hosts[2], group, *note).is_some()).count()
        };
        assert!(kept.iter().all(|(note, _)| world.read(hosts[2], group, *note).is_some()));
        assert!(there(&world) >= kept.len());
        lost += notes.len() - there(&world);
        world.heal();
        world.demand_agreement(&hosts, group, minutes(20));
    }
    assert!(lost > 0, "no crash lost anything: this shows nothing");
}

#[test]
fn what_was_shown_to_others_survives_its_authors_crash() {
    for seed in 0..10 {
        let mut world = World::from_seed(seed);
        let (hosts, group) = world.group(3, Role::Member);
        let (note, _) = world.publish(hosts[1], group, "first");
        world.run_until(|world| world.read(hosts[0], group, note).is_some(), MINUTE);
        world.crash(hosts[1]);
        world.restart(hosts[1]);
        world.run_for(Duration::from_secs(2));
        assert!(world.read(hosts[1], group, note).is_some(), "C6: shown before it was durable");
    }
}

#[test]
fn a_removed_member_is_cut_off_and_told() {
    let mut world = World::from_seed(6);
    let (hosts, group) = world.group(4, Role::Member);
    let (gone, peer) = (hosts[2], world.peer(hosts[2]));
    let seat = world.seat(hosts[0], group);
    world.act(hosts[0], |node, now| node.remove(now, seat, peer, false)).unwrap();
    world.run_for(MINUTE);
    let seat = world.seat(gone, group);
    assert!(!world.node(gone).status(seat).unwrap().online);
    assert_eq!(world.node(gone).role(seat).unwrap(), None);
    let events = world.take_events(gone);
    assert!(events.contains(&(seat, Event::CredentialsChanged { role: None })), "{events:?}");
    let others = [hosts[0], hosts[1], hosts[3]];
    let (note, _) = world.publish(hosts[0], group, "without it");
    world.demand_agreement(&others, group, minutes(5));
    assert_eq!(world.read(gone, group, note), None);
    for host in others {
        let seat = world.seat(host, group);
        let linked = world.node(host).connections(seat).unwrap();
        assert!(linked.iter().all(|info| info.peer != peer), "{host} is linked to it still");
    }
}

/// Opens a connection and gives what each end calls it.
fn converse(
    world: &mut World,
    group: peergroup_core::GroupId,
    one: Host,
    other: Host,
) -> [peergroup_core::ConnectionId; 2] {
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

#[test]
fn a_direct_connection_carries_messages_both_ways_in_order_and_closes() {
    let mut world = World::from_seed(7);
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
    let mut world = World::from_seed(8);
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
