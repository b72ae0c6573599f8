//! Random worlds end well, and the same way every time.

use core::time::Duration;
use std::collections::BTreeMap;

use peergroup_core::Role;
use peergroup_mem::{Course, Script, Size, World};

fn run(mut script: Script, outputs_per_turn: usize) -> Course {
    script.weather.break_one_in = 2000;
    script.weather.outputs_per_turn = outputs_per_turn;
    script.verdict().unwrap_or_else(|failure| panic!("{failure}"))
}

fn long(seed: u64) -> Script {
    let span = Duration::from_secs(20 * 60);
    Script::draw(seed, Size { hosts: 8, span, pause: Duration::from_secs(5) })
}

fn short(seed: u64) -> Script {
    let span = Duration::from_secs(6 * 60);
    Script::draw(seed, Size { hosts: 5, span, pause: Duration::from_secs(3) })
}

#[test]
fn whatever_happens_all_members_hold_the_same_in_the_end() {
    let mut ops: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..3 {
        let course = run(long(seed), usize::MAX);
        assert_eq!(course.tally.faults, 0, "seed {seed}: honest nodes break no rule");
        assert!(course.members.len() >= 2, "seed {seed}: {:?}", course.members);
        for (name, (_, done)) in course.ops {
            *ops.entry(name).or_default() += done;
        }
    }
    // what never happened was not tested
    let common = ["Publish", "Edit", "Delete", "Join", "Leave", "Promote", "Demote", "Remove"];
    let others = ["Open", "Send", "Partition", "Silence", "Block", "Heal", "Break", "Crash"];
    for name in common.into_iter().chain(others).chain(["Restart", "Skew", "Weather"]) {
        assert!(ops.get(name).is_some_and(|done| *done > 0), "{name}: {ops:?}");
    }
}

#[test]
fn c8_the_same_seed_gives_the_same_trace_and_another_one_another() {
    let first = run(short(11), usize::MAX);
    let again = run(short(11), usize::MAX);
    assert_eq!(first.trace, again.trace);
    assert_eq!(first.digest, again.digest);
    assert_eq!(first.tally, again.tally);
    let other = run(short(12), usize::MAX);
    assert_ne!(first.trace, other.trace);
}

#[test]
fn c8_how_many_outputs_are_polled_at_once_changes_nothing() {
    let whole = run(short(13), usize::MAX);
    for limit in [1, 3] {
        let split = run(short(13), limit);
        assert_eq!(split.digest, whole.digest, "{limit} at once");
        assert_eq!(split.members, whole.members);
        assert_eq!(split.tally, whole.tally);
    }
}

#[test]
fn c10_how_bytes_are_split_changes_nothing() {
    let digest = |handed| {
        let mut world = World::from_seed(14);
        world.weather().handed = handed;
        world.weather().pulled = 1..=7;
        let (hosts, group) = world.group(3, Role::Member);
        for host in &hosts {
            world.publish(*host, group, vec![1; 5000]);
        }
        world.demand_agreement(&hosts, group, Duration::from_secs(600));
        world.holds(hosts[0], group)
    };
    let whole = digest(65_536..=65_536);
    assert_eq!(digest(1..=1), whole);
    assert_eq!(digest(1..=300), whole);
}
