//! Hosts stop, and their disks keep what they said they kept.

use core::time::Duration;

use peergroup_core::{Event, Role};

use super::common::{MINUTE, assert_role, bring_in, minutes, world};

#[test]
fn s31_a_crash_at_each_point_of_persisting_loses_nothing_that_was_acknowledged() {
    let (mut lost, mut kept_in_all) = (0, 0);
    for point in 0..24 {
        let mut world = world(31);
        let (hosts, group) = world.group(3, Role::Member);
        // nobody else may have it
        world.partition(&[&hosts[..2], &hosts[2..]]);
        let written = world.tally().batches;
        let mut notes = Vec::new();
        while world.tally().batches < written + point && notes.len() < 200 {
            notes.push(world.publish(hosts[2], group, format!("note {}", notes.len())));
            world.run_for(Duration::from_millis(2));
        }
        let kept: Vec<_> =
            notes.iter().filter(|(_, ticket)| world.is_durable(hosts[2], *ticket)).collect();
        world.crash(hosts[2]);
        world.run_for(MINUTE);
        world.restart(hosts[2]);
        world.run_for(MINUTE);
        let is_there = |note| world.read(hosts[2], group, note).is_some();
        assert!(kept.iter().all(|(note, _)| is_there(*note)), "point {point}");
        lost += notes.iter().filter(|(note, _)| !is_there(*note)).count();
        kept_in_all += kept.len();
        world.heal();
        world.demand_agreement(&hosts, group, minutes(20));
    }
    assert!(lost > 0, "no crash lost anything: this shows nothing");
    assert!(kept_in_all > 100, "{kept_in_all}");
}

#[test]
fn s31_what_was_shown_to_others_survives_its_authors_crash() {
    for seed in 0..10 {
        let mut world = world(seed);
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
fn s18_k02_an_admin_restored_from_an_old_backup_contradicts_nobody_and_loses_nothing() {
    let mut world = world(18);
    let (hosts, group) = world.group(4, Role::Admin);
    world.back_up(hosts[1]);
    let before = bring_in(&mut world, hosts[1], group, Role::Member);
    let (note, _) = world.publish(hosts[1], group, "after the backup");
    world.run_for(MINUTE);
    assert!(world.restore(hosts[1]));
    // its next act follows what its node knows: as if the last one had not been
    world.partition(&[&[hosts[1]], &[hosts[0], hosts[2], hosts[3], before]]);
    world.run_for(MINUTE);
    let newcomer = world.add("newcomer");
    super::common::grant(&mut world, hosts[1], group, newcomer, Role::Inviter).unwrap();
    world.heal();
    let all = [hosts[0], hosts[1], hosts[2], hosts[3], before];
    world.demand_agreement(&all, group, minutes(10));
    assert_role(&world, &all, group, before, Some(Role::Member));
    assert_role(&world, &all, group, newcomer, Some(Role::Inviter));
    assert_role(&world, &all, group, hosts[1], Some(Role::Admin));
    for host in all {
        assert!(world.read(host, group, note).is_some(), "{host}: others kept it");
    }
}

#[test]
fn s32_a_full_disk_closes_the_group_there_alone_and_keeps_what_was_acknowledged() {
    let mut world = world(32);
    let (hosts, group) = world.group(3, Role::Member);
    let (kept, ticket) = world.publish(hosts[1], group, "acknowledged");
    world.run_for(MINUTE);
    assert!(world.is_durable(hosts[1], ticket));
    world.fill_disk(hosts[1]);
    let (lost, ticket) = world.publish(hosts[1], group, "never acknowledged");
    world.run_for(MINUTE);
    assert!(!world.is_durable(hosts[1], ticket));
    let events = world.take_events(hosts[1]);
    let failed = |(_, event): &(_, Event)| matches!(event, Event::StoreFailed(_));
    assert!(events.iter().any(failed), "{events:?}");
    let (meanwhile, _) = world.publish(hosts[0], group, "meanwhile");
    world.demand_agreement(&[hosts[0], hosts[2]], group, minutes(5));
    assert_eq!(world.read(hosts[0], group, lost), None, "it was not shown before it was durable");
    assert!(world.mend_disk(hosts[1]));
    world.demand_agreement(&hosts, group, minutes(10));
    for host in &hosts {
        assert!(world.read(*host, group, kept).is_some(), "{host}");
        assert!(world.read(*host, group, meanwhile).is_some(), "{host}");
    }
}

#[test]
fn s33_a_damaged_disk_is_refused_by_name_or_harmless_and_others_are_not_deceived() {
    let (mut refused, mut harmless) = (0, 0);
    for pick in 0..40 {
        let mut world = world(33);
        let (hosts, group) = world.group(3, Role::Member);
        for number in 0..6 {
            world.publish(hosts[number % 3], group, format!("note {number}"));
        }
        world.demand_agreement(&hosts, group, minutes(5));
        world.crash(hosts[2]);
        assert!(world.rot(hosts[2], pick));
        world.restart(hosts[2]);
        world.run_for(minutes(2));
        let seat = world.seat(hosts[2], group);
        if world.node(hosts[2]).status(seat).is_ok() {
            harmless += 1;
            world.demand_agreement(&hosts, group, minutes(5));
        } else {
            refused += 1;
        }
        world.demand_agreement(&hosts[..2], group, minutes(5));
        assert_eq!(world.holds(hosts[0], group).1, 6, "pick {pick}");
        assert_eq!(world.tally().faults, 0, "pick {pick}");
    }
    assert!(refused > 0, "{refused} refused, {harmless} harmless");
}
