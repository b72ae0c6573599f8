use core::time::Duration;

use peergroup_core::Role;

use super::*;

#[test]
fn counts_are_merged_and_what_is_missing_is_named() {
    let mut one = Coverage::default();
    one.add("op", "join", 2);
    let mut other = Coverage::default();
    other.add("op", "join", 1);
    other.add("mishap", "crash", 5);
    one.merge(&other);
    assert_eq!([one.count("op", "join"), one.count("mishap", "crash")], [3, 5]);
    let minimums = [("op", "join", 3), ("mishap", "crash", 6), ("op", "leave", 1)];
    assert_eq!(one.missing(&minimums), ["mishap: crash: 5 of 6", "op: leave: 0 of 1"]);
    assert_eq!(one.counts().count(), 2);
    assert_eq!(one.to_string().lines().count(), 2);
}

#[test]
fn a_world_counts_what_happens_in_it_unless_it_is_unwatched() {
    let mut world = World::from_seed(16);
    let (hosts, group) = world.group(2, Role::Member);
    world.publish(hosts[1], group, "one");
    world.run_for(Duration::from_secs(60));
    world.crash(hosts[1]);
    let coverage = world.coverage();
    let counts = [
        ("deed", "founded", 1),
        ("deed", "joined", 1),
        ("deed", "published", 1),
        ("mishap", "crash", 1),
        ("host", "started", 2),
        ("host", "crashed", 1),
        ("record", "added", 2),
        ("neighbour", "connected", 2),
    ];
    assert_eq!(coverage.missing(&counts), [""; 0]);
    assert_eq!(coverage.count("deed", "published"), 1);
    assert_eq!(World::unwatched(16).coverage(), Coverage::default());
}
