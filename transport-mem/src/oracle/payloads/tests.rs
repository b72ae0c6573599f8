use core::time::Duration;

use peergroup_core::Role;

use super::*;

/// What two hosts hold of a payload of three leaves.
fn scene() -> [Rows; 2] {
    let mut world = World::unwatched(9);
    let (hosts, group) = world.group(2, Role::Member);
    world.publish(hosts[0], group, vec![7; 3 * PAYLOAD_LEAF_BYTES]);
    world.run_for(Duration::from_secs(10));
    [0, 1].map(|host| Rows::of(&world, hosts[host], world.seat(hosts[host], group)))
}

#[test]
fn what_is_fetched_is_all_there_and_nothing_else() {
    for rows in scene() {
        assert_eq!(rows.check(), Ok(()));
        assert_eq!(rows.parts.values().copied().collect::<Vec<_>>(), [4]);
    }
}

#[test]
fn parts_that_are_left_or_lacking_are_found() {
    let broken = |harm: fn(&mut Rows)| {
        let [_, mut rows] = scene();
        harm(&mut rows);
        rows.check().unwrap_err()
    };
    assert!(broken(|rows| rows.payloads.clear()).contains("parts of no payload"));
    assert!(broken(|rows| rows.named.clear()).contains("no version names"));
    let lacking = broken(|rows| rows.parts.values_mut().for_each(|count| *count -= 1));
    assert!(lacking.contains("said to be here"));
}
