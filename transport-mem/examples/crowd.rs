//! Many peers in one group, made at once and then left alone, and what that costs:
//! `cargo run --release -p peergroup-mem --example crowd -- [hosts] [minutes] [seed] [real]`
//!
//! With `real` the peers sign with Ed25519; without, with hashes.
#![allow(clippy::disallowed_methods, reason = "it measures itself by the clock on the wall")]

use core::time::Duration;
use std::process::ExitCode;
use std::time::Instant;

use peergroup_core::Role;
use peergroup_mem::{Host, World};

/// The first announcements hold for so long: then everybody has announced itself as one of many.
const SETTLING: Duration = Duration::from_secs(300);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| {
        arguments.get(place).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let hosts = usize::try_from(number(0, 1000)).unwrap_or(usize::MAX).max(1);
    let span = Duration::from_secs(number(1, 10).saturating_mul(60));
    let mut world = World::unwatched(number(2, 1));
    world.config().mock_identities = !arguments.iter().any(|text| text == "real");

    let begun = Meter::start(&world);
    let (hosts, group) = world.crowd(hosts, Role::Member);
    begun.report("set-up", &world, hosts.len());
    // whoever came first has not known yet how many there would be
    let begun = Meter::start(&world);
    world.run_for(SETTLING);
    begun.report("settling", &world, hosts.len());
    let begun = Meter::start(&world);
    world.run_for(span);
    begun.report("idle", &world, hosts.len());
    println!("faults                      {}", world.tally().faults);
    if let Some(peak) = peak_kib() {
        println!("peak memory                 {} MiB", peak / 1024);
    }

    let is_lonely = |host: &&Host| {
        let status = world.node(**host).status(world.seat(**host, group));
        !status.is_ok_and(|status| status.neighbours > 0)
    };
    let lonely = hosts.iter().filter(is_lonely).count();
    println!("hosts without neighbours    {lonely}");
    let neighbours: usize = hosts
        .iter()
        .filter_map(|host| world.node(*host).status(world.seat(*host, group)).ok())
        .map(|status| status.neighbours)
        .sum();
    println!("neighbours of all hosts     {neighbours}");
    let differences = world.differences(&hosts, group);
    println!("hosts that hold another set {}", differences.len());
    for difference in differences.iter().take(5) {
        println!("  {difference}");
    }
    let is_well = (lonely == 0 || hosts.len() == 1) && differences.is_empty();
    if is_well && world.tally().faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where a phase began.
struct Meter {
    wall: Instant,
    cpu: Option<Duration>,
    elapsed: Duration,
    steps: u64,
    inputs: u64,
}

impl Meter {
    fn start(world: &World) -> Self {
        Self {
            wall: Instant::now(),
            cpu: cpu_time(),
            elapsed: world.elapsed(),
            steps: world.steps(),
            inputs: world.tally().inputs,
        }
    }

    fn report(&self, phase: &str, world: &World, hosts: usize) {
        let wall = self.wall.elapsed();
        let cpu = cpu_time().zip(self.cpu).map_or(wall, |(now, then)| now.saturating_sub(then));
        let elapsed = world.elapsed().saturating_sub(self.elapsed);
        let steps = world.steps().saturating_sub(self.steps);
        let node_seconds = elapsed.as_secs().saturating_mul(u64::try_from(hosts).unwrap_or(0));
        println!("{phase}: {hosts} hosts, {elapsed:.0?} of virtual time");
        println!("  wall time                 {wall:.2?}");
        println!("  CPU time                  {cpu:.2?}");
        println!(
            "  inputs                    {}",
            world.tally().inputs.saturating_sub(self.inputs)
        );
        println!("  events                    {steps}");
        println!("  events per CPU second     {}", per_second(steps, cpu));
        println!("  node-seconds per CPU s    {}", per_second(node_seconds, cpu));
    }
}

fn per_second(count: u64, cpu: Duration) -> u128 {
    let millis = cpu.as_millis().max(1);
    u128::from(count).saturating_mul(1000).checked_div(millis).unwrap_or(0)
}

/// How long this thread has run, where the system says.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The most memory that was ever resident, where the system says.
fn peak_kib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
