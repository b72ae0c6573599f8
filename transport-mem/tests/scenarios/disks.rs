//! Hosts stop, and their disks keep what they said they kept.

use core::time::Duration;

use peergroup_core::Role;

use crate::common::{MINUTE, minutes, world};

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
