//! How long small records take while a large payload goes the same way, on a link of 100 Mbit/s and
//! 10 ms: `cargo run --release -p peergroup-mem --example large -- [MiB] [seed]`
//!
//! Small records are published one after the other, every 20 ms, without and with the transfer.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a program that measures"
)]

use core::time::Duration;
use std::process::ExitCode;

use bytes::Bytes;
use peergroup_core::limits::{PAYLOAD_BYTES_MAX, PAYLOAD_LEAF_BYTES};
use peergroup_core::{GroupId, Name, Properties, RecordDraft, RecordId, Role};
use peergroup_mem::{Host, NOTE, World};

/// Bytes a second.
const BANDWIDTH: u64 = 100_000_000 / 8;
const LATENCY: Duration = Duration::from_millis(10);
const PAUSE: Duration = Duration::from_millis(20);
const STEP: Duration = Duration::from_micros(100);
const HOUR: Duration = Duration::from_secs(3600);
/// Small records without a transfer.
const SAMPLES: usize = 500;
/// What a transfer may add to the 99th part of a hundred.
const ADDED_MAX: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| {
        arguments.get(place).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let mebibytes = usize::try_from(number(0, 60)).unwrap_or(60).clamp(1, 60);
    let mut bench = Bench::new(number(1, 1));
    let mut alone: Vec<Duration> = (0..SAMPLES).map(|count| bench.small(count)).collect();
    let (upload, began) = (bench.upload(mebibytes * 1024 * 1024), bench.world.elapsed());
    let mut beside = Vec::new();
    while !bench.has_arrived(upload) {
        beside.push(bench.small(beside.len()));
    }
    let took = bench.world.elapsed().saturating_sub(began);
    let rate = mebibytes as f64 * 8.388_608 / took.as_secs_f64();
    println!("{mebibytes} MiB in {took:.2?}: {rate:.1} Mbit/s of 100");
    let alone = report("without a transfer", &mut alone);
    let beside = report("beside a transfer", &mut beside);
    let added = beside.saturating_sub(alone);
    println!("added to the p99: {added:?}, at most {ADDED_MAX:?}");
    println!("faults: {}", bench.world.tally().faults);
    let is_good = added <= ADDED_MAX && bench.world.tally().faults == 0;
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what is to be known of some latencies, and gives their p99.
fn report(what: &str, latencies: &mut [Duration]) -> Duration {
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    let (count, p50, p99) = (latencies.len(), at(50), at(99));
    println!("{what:<20} {count:>5} small records, p50 {p50:?}, p99 {p99:?}, most {:?}", at(100));
    p99
}

struct Bench {
    world: World,
    hosts: [Host; 2],
    group: GroupId,
}

impl Bench {
    fn new(seed: u64) -> Self {
        let mut world = World::unwatched(seed);
        let (hosts, group) = world.group(2, Role::Member);
        let [one, two] = [hosts[0], hosts[1]];
        let seat = world.seat(one, group);
        let mut properties = Properties::named(Name::default());
        properties.payload_bytes_max = u32::try_from(PAYLOAD_BYTES_MAX).unwrap_or(u32::MAX);
        let is_done =
            world.act(one, |node, now| node.set_properties(now, seat, properties).is_ok());
        assert!(is_done, "the creator may");
        world.run_for(Duration::from_secs(30));
        let weather = world.weather();
        weather.latency = LATENCY..=LATENCY;
        weather.bandwidth = BANDWIDTH;
        weather.disk = Duration::from_millis(1)..=Duration::from_millis(2);
        world.run_for(Duration::from_secs(30));
        Self { world, hosts: [one, two], group }
    }

    /// How long a small record takes from being published to being seen at the other host.
    fn small(&mut self, number: usize) -> Duration {
        let [one, two] = self.hosts;
        let text = Bytes::from(format!("small record {number}"));
        let began = self.world.elapsed();
        let (record, _) = self.world.publish(one, self.group, text);
        let seat = self.world.seat(two, self.group);
        let is_seen = |world: &mut World| {
            world.node(two).record(seat, record).is_ok_and(|record| record.is_some())
        };
        while !is_seen(&mut self.world) {
            self.world.run_for(STEP);
        }
        let took = self.world.elapsed().saturating_sub(began);
        self.world.run_for(PAUSE);
        took
    }

    /// Publishes a record with a large payload.
    fn upload(&mut self, len: usize) -> RecordId {
        let [one, _] = self.hosts;
        let seat = self.world.seat(one, self.group);
        let world = &mut self.world;
        let upload = world.act(one, |node, now| node.begin_upload(now, seat)).expect("an upload");
        let upload = upload.value;
        for leaf in 0..len / PAYLOAD_LEAF_BYTES {
            let bytes = Bytes::from(vec![leaf as u8; PAYLOAD_LEAF_BYTES]);
            let given = world.act(one, |node, now| node.upload(now, seat, upload, bytes));
            given.expect("a leaf");
            world.run_for(Duration::from_millis(5));
        }
        let draft = RecordDraft::new(NOTE, world.wall_after(one, HOUR)).upload(upload);
        world.act(one, |node, now| node.publish(now, seat, draft)).expect("published").value
    }

    fn has_arrived(&self, record: RecordId) -> bool {
        let [_, two] = self.hosts;
        let seat = self.world.seat(two, self.group);
        let record = self.world.node(two).record(seat, record).ok().flatten();
        record.and_then(|record| record.large).is_some_and(|large| large.is_here())
    }
}
