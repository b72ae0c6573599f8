//! The network falls apart and joins again.

use peergroup_core::Role;

use super::common::{
    MINUTE, assert_role, bring_in, delete, demote, grant, minutes, text, update, world,
};

#[test]
fn s06_what_both_sides_of_a_partition_edit_is_one_after_it() {
    let mut world = world(6);
    let (hosts, group) = world.group(6, Role::Admin);
    let (note, _) = world.publish(hosts[0], group, "whole");
    world.demand_agreement(&hosts, group, minutes(5));
    world.partition(&[&hosts[..3], &hosts[3..]]);
    world.run_for(MINUTE);
    for (host, text) in [(hosts[1], "left"), (hosts[4], "right")] {
        update(&mut world, host, group, note, text);
        world.publish(host, group, text);
        world.run_for(MINUTE);
    }
    assert!(world.agree(&hosts[..3], group), "{:?}", world.differences(&hosts[..3], group));
    assert!(world.agree(&hosts[3..], group), "{:?}", world.differences(&hosts[3..], group));
    assert!(!world.agree(&hosts, group));
    world.heal();
    world.demand_agreement(&hosts, group, minutes(30));
    assert_eq!(text(&world, hosts[0], group, note).unwrap(), "right", "the later edit stands");
}

#[test]
fn s07_a_deletion_on_one_side_wins_over_later_edits_on_the_other() {
    let mut world = world(7);
    let (hosts, group) = world.group(6, Role::Admin);
    let (note, _) = world.publish(hosts[4], group, "whole");
    world.demand_agreement(&hosts, group, minutes(5));
    world.partition(&[&hosts[..3], &hosts[3..]]);
    delete(&mut world, hosts[1], group, note);
    for number in 0..3 {
        world.run_for(MINUTE);
        update(&mut world, hosts[4], group, note, &format!("edit {number}"));
    }
    assert!(text(&world, hosts[0], group, note).is_none());
    assert!(text(&world, hosts[3], group, note).is_some());
    world.heal();
    world.demand_agreement(&hosts, group, minutes(30));
    for host in &hosts {
        assert_eq!(text(&world, *host, group, note), None, "{host}");
    }
}

#[test]
fn s08_whom_a_demoted_admin_promoted_unseen_is_what_it_was_before() {
    let mut world = world(8);
    let (mut hosts, group) = world.group(3, Role::Admin);
    for _ in 0..2 {
        hosts.push(bring_in(&mut world, hosts[0], group, Role::Member));
    }
    world.demand_agreement(&hosts, group, minutes(5));
    world.partition(&[&[hosts[0], hosts[3]], &[hosts[1], hosts[2], hosts[4]]]);
    world.run_for(MINUTE);
    demote(&mut world, hosts[0], group, hosts[1], Role::Member).unwrap();
    grant(&mut world, hosts[1], group, hosts[4], Role::Admin).unwrap();
    grant(&mut world, hosts[2], group, hosts[3], Role::Inviter).unwrap();
    world.run_for(MINUTE);
    assert_role(&world, &hosts[1..3], group, hosts[4], Some(Role::Admin));
    world.heal();
    world.demand_agreement(&hosts, group, minutes(30));
    assert_role(&world, &hosts, group, hosts[1], Some(Role::Member));
    assert_role(&world, &hosts, group, hosts[4], Some(Role::Member));
    assert_role(&world, &hosts, group, hosts[3], Some(Role::Inviter));
}
