//! Fifty peers, two hundred minutes of joins, leaves, partitions, crashes and edits, in a minute at
//! most: `cargo run --release -p peergroup-mem --example soak -- [seed] [hosts] [minutes] [real]`
#![allow(clippy::disallowed_methods, reason = "it measures itself by the clock on the wall")]

use core::time::Duration;
use std::time::Instant;

use peergroup_mem::{Script, Size, World};

fn main() {
    let mut arguments = std::env::args().skip(1).map_while(|text| text.parse::<u64>().ok());
    let seed = arguments.next().unwrap_or(1);
    let hosts = arguments.next().and_then(|count| usize::try_from(count).ok()).unwrap_or(50);
    let minutes = arguments.next().unwrap_or(200);
    let span = Duration::from_secs(minutes.saturating_mul(60));
    let mut script = Script::draw(seed, Size { hosts, span, pause: Duration::from_secs(6) });
    script.weather.break_one_in = 20_000;
    let begun = Instant::now();
    let mut world = World::from_seed(seed);
    world.config().mock_identities = std::env::args().all(|text| text != "real");
    let course = script.run(&mut world);
    let took = begun.elapsed();
    let cpu = cpu_time().unwrap_or(took);
    let per_second = u128::from(world.steps()).checked_div(cpu.as_millis().max(1));
    println!("seed            {seed}");
    println!("virtual time    {:.0?}", world.elapsed());
    println!("agreed after    {:.0?} without faults", course.healing);
    println!("members         {} of {hosts} hosts", course.members.len());
    println!("records         {}", course.records);
    println!("links made      {}, broken {}", course.tally.links, course.tally.broken);
    println!("dials failed    {}", course.tally.failed_dials);
    println!("inputs          {}", course.tally.inputs);
    println!("bytes           {}", course.tally.bytes);
    println!("crashes         {}", course.tally.crashes);
    println!("faults          {}", course.tally.faults);
    for (name, (tried, done)) in &course.ops {
        println!("  {name:<12} {done:>5} of {tried}");
    }
    println!("steps           {}", world.steps());
    println!("wall time       {took:.1?}");
    println!("CPU time        {cpu:.1?}");
    println!("thousand steps per CPU second  {}", per_second.unwrap_or(0));
}

/// How long this thread has run, where the system says.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
