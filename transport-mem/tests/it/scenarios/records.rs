//! What is published, deleted and counted.

use peergroup_core::limits::RECORDS_PER_CREATOR_MAX;
use peergroup_core::{Event, PublishError, RecordDraft, Role};
use peergroup_mem::NOTE;

use super::common::{DAY, HOUR, MINUTE, count, delete, minutes, publish_for, text, update, world};

#[test]
fn s24_a_peer_that_returns_after_a_tombstone_is_forgotten_brings_nothing_back() {
    let mut world = world(24);
    world.config().compare_interval = HOUR;
    world.config().maintain_interval = HOUR;
    let (hosts, group) = world.group(3, Role::Member);
    let note = publish_for(&mut world, hosts[1], group, DAY, "to be deleted");
    world.demand_agreement(&hosts, group, minutes(5));
    world.crash(hosts[2]);
    delete(&mut world, hosts[1], group, note);
    world.run_for(DAY + 2 * HOUR);
    let seat = world.seat(hosts[0], group);
    let held = world.node(hosts[0]).versions(seat).unwrap().count();
    assert_eq!(held, 0, "the tombstone is forgotten too");
    world.restart(hosts[2]);
    world.run_for(minutes(10));
    for host in &hosts {
        assert_eq!(text(&world, *host, group, note), None, "{host}");
    }
    world.demand_agreement(&hosts, group, 2 * HOUR);
    assert_eq!(world.node(hosts[0]).versions(seat).unwrap().count(), 0);
}

#[test]
fn s25_a_member_that_floods_stops_at_its_quota_and_takes_nobody_elses() {
    let mut world = world(25);
    let (hosts, group) = world.group(3, Role::Member);
    let (seat, expires) = (world.seat(hosts[1], group), world.wall_after(hosts[1], DAY));
    let mut taken = 0;
    let refusal = loop {
        let draft = RecordDraft::new(NOTE, expires).payload("flood");
        match world.act(hosts[1], |node, now| node.publish(now, seat, draft)) {
            Ok(_) => taken += 1,
            Err(refusal) => break refusal,
        }
        if taken % 100 == 0 {
            world.run_for(MINUTE / 60);
        }
    };
    assert_eq!(refusal, PublishError::QuotaExceeded);
    assert_eq!(taken, RECORDS_PER_CREATOR_MAX - RECORDS_PER_CREATOR_MAX / 16);
    let (note, _) = world.publish(hosts[2], group, "of another");
    world.demand_agreement(&hosts, group, minutes(10));
    assert_eq!(count(&world, hosts[0], group), taken + 1);
    assert!(text(&world, hosts[0], group, note).is_some());
    let usage = world.node(hosts[0]).usage();
    assert_eq!(usage.exceeded().count(), 0);
}

#[test]
fn who_deletes_frees_its_quota_only_when_the_ceiling_has_passed() {
    let mut world = world(26);
    let (hosts, group) = world.group(2, Role::Member);
    let note = publish_for(&mut world, hosts[1], group, HOUR, "short");
    delete(&mut world, hosts[1], group, note);
    world.run_for(MINUTE);
    let held = |world: &peergroup_mem::World| {
        hosts.iter().all(|host| {
            world.node(*host).versions(world.seat(*host, group)).unwrap().next().is_some()
        })
    };
    assert!(held(&world), "a tombstone stays to the ceiling");
    world.run_for(2 * HOUR + MINUTE);
    assert!(!held(&world));
}

#[test]
fn edits_made_apart_converge_and_everybody_is_told_which_one_was_lost() {
    let mut world = world(27);
    let (hosts, group) = world.group(4, Role::Admin);
    let (note, _) = world.publish(hosts[0], group, "first");
    world.demand_agreement(&hosts, group, minutes(5));
    world.partition(&[&hosts[..2], &hosts[2..]]);
    world.run_for(MINUTE);
    for edit in ["here", "here again"] {
        update(&mut world, hosts[1], group, note, edit);
        world.run_for(MINUTE);
    }
    update(&mut world, hosts[3], group, note, "there");
    world.run_for(MINUTE);
    for host in &hosts {
        world.take_events(*host);
    }
    world.heal();
    world.demand_agreement(&hosts, group, minutes(10));
    for host in &hosts {
        assert_eq!(text(&world, *host, group, note).unwrap(), "there", "{host}");
        let events = world.take_events(*host);
        let told = events.into_iter().filter_map(|(_, event)| match event {
            Event::RecordConflicted { record, kept, lost, .. } if record == note => {
                Some((kept, lost))
            }
            _ => None,
        });
        let told: Vec<_> = told.collect();
        let [(kept, lost)] = told[..] else { panic!("{host} is told {told:?}") };
        let seat = world.seat(*host, group);
        let read = |id| world.node(*host).version(seat, id).unwrap().unwrap().payload;
        assert_eq!((&read(kept)[..], &read(lost)[..]), (&b"there"[..], &b"here again"[..]));
    }
    update(&mut world, hosts[0], group, note, "merged");
    world.demand_agreement(&hosts, group, minutes(10));
    for host in &hosts {
        let again = world.take_events(*host);
        let is_conflict = |(_, event): &(_, Event)| matches!(event, Event::RecordConflicted { .. });
        assert!(!again.iter().any(is_conflict), "{host}: an edit that knew both settles it");
    }
}
