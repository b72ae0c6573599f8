//! Payloads too large to travel inside their records.

use bytes::Bytes;
use peergroup_core::limits::PAYLOAD_LEAF_BYTES;
use peergroup_core::{GroupId, LargePayload, RecordId, Role};
use peergroup_mem::{Host, World};

use super::common::{bring_in, delete, minutes, seconds, world};

/// So many leaves, no two alike.
fn file(leaves: u8) -> Bytes {
    (0..leaves).flat_map(|leaf| vec![leaf; PAYLOAD_LEAF_BYTES]).collect::<Vec<u8>>().into()
}

fn large(world: &World, host: Host, group: GroupId, record: RecordId) -> Option<LargePayload> {
    // a host that has just started again has not opened the group yet
    world.node(host).record(world.seat(host, group), record).ok().flatten()?.large
}

fn is_here(world: &World, host: Host, group: GroupId, record: RecordId) -> bool {
    large(world, host, group, record).is_some_and(|large| large.is_here())
}

#[test]
fn a_large_payload_comes_through_a_link_that_breaks_again_and_again() {
    let mut world = world(61);
    world.weather().bandwidth = 100_000;
    let (hosts, group) = world.group(2, Role::Member);
    let (record, _) = world.publish(hosts[0], group, file(15));
    let mut breaks = 0;
    while !is_here(&world, hosts[1], group, record) {
        world.run_for(seconds(5));
        breaks += world.break_links(hosts[0], hosts[1]);
        assert!(world.elapsed() < minutes(60), "{:?}", large(&world, hosts[1], group, record));
    }
    assert!(breaks > 1, "nine seconds are less than it takes");
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn who_joins_later_has_the_payload_from_whoever_has_it() {
    let mut world = world(62);
    let (hosts, group) = world.group(3, Role::Inviter);
    let (record, _) = world.publish(hosts[0], group, file(8));
    world.demand_agreement(&hosts, group, minutes(5));
    world.crash(hosts[0]);
    let late = bring_in(&mut world, hosts[1], group, Role::Member);
    let has_come = |world: &mut World| is_here(world, late, group, record);
    assert!(world.run_until(has_come, minutes(5)));
}

#[test]
fn a_payload_that_is_deleted_while_it_comes_is_gone_everywhere() {
    let mut world = world(63);
    world.weather().bandwidth = 50_000;
    let (hosts, group) = world.group(4, Role::Member);
    let (record, _) = world.publish(hosts[1], group, file(15));
    world.run_for(seconds(8));
    delete(&mut world, hosts[1], group, record);
    world.demand_agreement(&hosts, group, minutes(10));
    assert!(hosts.iter().all(|host| large(&world, *host, group, record).is_none()));
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn a_host_that_crashes_while_a_payload_comes_goes_on_with_it() {
    let mut world = world(64);
    world.weather().bandwidth = 100_000;
    let (hosts, group) = world.group(3, Role::Member);
    let (record, _) = world.publish(hosts[0], group, file(15));
    for _ in 0..3 {
        world.run_for(seconds(4));
        world.crash(hosts[2]);
        world.run_for(seconds(1));
        world.restart(hosts[2]);
    }
    let has_come = |world: &mut World| is_here(world, hosts[2], group, record);
    assert!(world.run_until(has_come, minutes(30)));
    world.demand_agreement(&hosts, group, minutes(10));
}
