//! How long a newcomer takes to have what a group has, by how many neighbours it looks for:
//! `cargo run --release -p peergroup-mem --example newcomer -- [records] [seed]`
//!
//! Each link carries 1 MB a second each way; the others have been in the group for a while.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::unchecked_time_subtraction,
    reason = "a program that measures"
)]

use core::time::Duration;

use peergroup_core::{Event, Role};
use peergroup_mem::World;

/// Those that are in already.
const HOSTS: usize = 9;
/// Bytes of a record's payload.
const PAYLOAD: usize = 300;
const MEGABYTE: u64 = 1_000_000;
const HOUR: Duration = Duration::from_secs(3600);

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let records = numbers.first().copied().unwrap_or(20_000);
    let seed = numbers.get(1).copied().unwrap_or(1);
    println!(
        "| neighbours wanted | first record | all {records} | bytes for each record, of all hosts | told of progress |"
    );
    println!("|---|---|---|---|---|");
    for neighbours in [1, 2, 4, 8] {
        join(seed, records, neighbours);
    }
}

fn join(seed: u64, records: u64, neighbours: usize) {
    let mut world = World::unwatched(seed);
    world.config().mock_identities = true;
    let (hosts, group) = world.group(HOSTS, Role::Member);
    for number in 0..records {
        let by = hosts[usize::try_from(number).unwrap_or(0) % HOSTS];
        world.publish(by, group, vec![7; PAYLOAD]);
        if number % 100 == 0 {
            world.run_for(Duration::from_secs(1));
        }
    }
    world.demand_agreement(&hosts, group, HOUR);
    world.run_for(Duration::from_secs(60));
    world.weather().bandwidth = MEGABYTE;
    world.config().neighbours = neighbours;
    let guest = world.add("newcomer");
    let invitation = world.invite(hosts[0], group, guest, Role::Member);
    let (begin, before) = (world.elapsed(), world.tally().bytes);
    let seat = world.join(guest, &invitation);
    let (mut first, mut told) = (None, 0);
    while !world.node(guest).status(seat).is_ok_and(|status| status.ready) {
        world.run_for(Duration::from_millis(10));
        for (_, event) in world.take_events(guest) {
            match event {
                Event::RecordChanged { .. } => {
                    first.get_or_insert(world.elapsed());
                }
                Event::Synchronising { .. } => told += 1,
                _ => {}
            }
        }
        assert!(world.elapsed() - begin < HOUR, "it gets in");
    }
    let span = |until: Duration| (until - begin).as_secs_f64();
    let bytes = world.tally().bytes - before;
    println!(
        "| {neighbours} | {:.2} s | {:.2} s | {:.0} | {told} times |",
        span(first.unwrap_or(begin)),
        span(world.elapsed()),
        bytes as f64 / records as f64
    );
}
