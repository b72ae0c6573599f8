//! Everything that can go wrong goes wrong, is counted, and leaves a group that agrees in the end.

mod disks;
mod hosts;
mod mixed;
mod routes;
mod streams;

use core::time::Duration;

use peergroup_core::{Event, GroupId, Notice, Role, StoreFailure};
use peergroup_mem::{Host, Mishap, Op, Tally, Weather, World};

const MINUTE: Duration = Duration::from_secs(60);

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// How often something went wrong.
fn count(tally: &Tally, mishap: Mishap) -> u64 {
    let mut counts = Mishap::ALL.iter().zip(tally.mishaps);
    counts.find(|(kind, _)| **kind == mishap).map_or(0, |(_, count)| count)
}

/// Everybody publishes now and then, for so many rounds of ten seconds.
fn work(world: &mut World, hosts: &[Host], group: GroupId, rounds: usize) {
    for round in 0..rounds {
        for host in hosts {
            world.perform(group, &Op::Publish { host: *host, size: 100 + round });
        }
        world.run_for(Duration::from_secs(10));
    }
}

/// Everything is well again, and all of these agree.
fn end_well(world: &mut World, hosts: &[Host], group: GroupId) {
    world.calm();
    world.demand_agreement(hosts, group, minutes(60));
    assert_eq!(world.tally().faults, 0, "honest nodes break no rule");
    // the weather is fair: nothing more goes wrong
    let before = world.tally();
    work(world, hosts, group, 3);
    world.demand_agreement(hosts, group, minutes(10));
    for mishap in Mishap::ALL.into_iter().filter(|mishap| *mishap != Mishap::Split) {
        assert_eq!(count(&world.tally(), mishap), count(&before, mishap), "{mishap:?} after calm");
    }
}

/// Three hosts work in this weather, which is to bring about a mishap; then all is well.
fn weathered(seed: u64, mishap: Mishap, change: impl FnOnce(&mut Weather)) -> Tally {
    let mut world = World::from_seed(seed);
    let (hosts, group) = world.group(3, Role::Member);
    let before = count(&world.tally(), mishap);
    change(world.weather());
    work(&mut world, &hosts, group, 20);
    assert!(count(&world.tally(), mishap) > before, "{mishap:?} never happened");
    let tally = world.tally();
    end_well(&mut world, &hosts, group);
    tally
}
