//! How soon a member that dies in silence is shown offline, how often one that is there is, and
//! what presence costs: `cargo run --release -p peergroup-mem --example presence -- [seed] [hosts…]`
//!
//! What is lost on the way comes later, as on any stream: 200 ms to 1 s at 5 % of the parcels, to 3 s
//! at 20 %, where more than one try is lost.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::unchecked_time_subtraction,
    reason = "a program that measures"
)]

#[path = "meter/traffic.rs"]
mod traffic;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::{Event, GroupId, MemberChange, PeerId, Role};
use peergroup_mem::{Host, World};

use traffic::Traffic;

/// How long a group is watched that is well.
const WATCHED: Duration = Duration::from_secs(1800);
/// Members that die, and members that leave.
const VICTIMS: usize = 10;
/// From one of them to the next.
const PAUSE: Duration = Duration::from_secs(31);

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let seed = numbers.first().copied().unwrap_or(1);
    let sizes = if numbers.len() > 1 { numbers[1..].to_vec() } else { vec![50, 200] };
    println!(
        "| members | lost | offline after: p50, p99, most | false, in a peer-hour | presence of a node | of the group | left after: p50, most |"
    );
    println!("|---|---|---|---|---|---|---|");
    for hosts in sizes {
        for percent in [0, 5, 20] {
            measure(seed, usize::try_from(hosts).unwrap_or(2), percent);
        }
    }
}

fn measure(seed: u64, count: usize, percent: u64) {
    let mut world = World::unwatched(seed);
    world.config().mock_identities = true;
    let (hosts, group) = world.crowd(count, Role::Member);
    let ms = Duration::from_millis;
    world.weather().stall_one_in = 100_u64.checked_div(percent).unwrap_or(0);
    world.weather().stall = ms(200)..=ms(if percent > 5 { 3000 } else { 1000 });
    // by then everybody has announced itself as one of so many
    let lifetime = Duration::from_secs(300.max(2 * count as u64));
    world.run_for(2 * lifetime);
    let traffic = Traffic::of(&mut world);
    let mut watch = Watch { world, hosts, group, gone: BTreeSet::new() };
    watch.take();

    watch.world.run_for(WATCHED);
    let wrong = watch.take().len();
    let kinds = traffic.take();
    let presence = ["presence", "online"].map(|kind| kinds.get(kind).map_or(0, |of| of.bytes));
    let per_second = presence.iter().sum::<u64>() / WATCHED.as_secs();
    // each member is watched by all others
    let hours = (count * (count - 1)) as f64 * WATCHED.as_secs_f64() / 3600.0;

    let died = watch.lose(lifetime, |watch, host| {
        watch.gone.insert(host);
        let alone: Vec<[Host; 1]> = watch.gone.iter().map(|host| [*host]).collect();
        let sets: Vec<&[Host]> = alone.iter().map(<[Host; 1]>::as_slice).collect();
        watch.world.partition_silently(&sets);
    });
    let left = watch.lose(Duration::from_secs(20), |watch, host| {
        watch.gone.insert(host);
        let seat = watch.world.seat(host, watch.group);
        watch.world.act(host, |node, now| node.close(now, seat)).ok();
    });
    println!(
        "| {count} | {percent} % | {:.0} s, {:.0} s, {:.0} s | {:.5} | {:.0} B/s | {per_second} B/s | {:.1} s, {:.1} s |",
        at(&died, 500),
        at(&died, 990),
        at(&died, 1000),
        wrong as f64 / hours,
        per_second as f64 / count as f64,
        at(&left, 500),
        at(&left, 1000),
    );
}

struct Watch {
    world: World,
    hosts: Vec<Host>,
    group: GroupId,
    /// Who is not there any more.
    gone: BTreeSet<Host>,
}

impl Watch {
    /// Who was shown offline at each host that is there since this was last asked.
    fn take(&mut self) -> Vec<(Host, PeerId)> {
        let there = self.hosts.iter().filter(|host| !self.gone.contains(host));
        let there: Vec<Host> = there.copied().collect();
        let mut offline = Vec::new();
        for host in there {
            for (_, event) in self.world.take_events(host) {
                if let Event::MemberChanged { peer, change: MemberChange::Offline, .. } = event {
                    offline.push((host, peer));
                }
            }
        }
        offline
    }

    /// Some members go in some way, one after another. Gives how long it took every other member to
    /// show each offline, in order; no longer than `limit` and a minute.
    fn lose(&mut self, limit: Duration, mut go: impl FnMut(&mut Self, Host)) -> Vec<Duration> {
        let next = self.gone.len();
        let victims: Vec<Host> =
            self.hosts.iter().rev().skip(next).take(VICTIMS).copied().collect();
        let mut when = BTreeMap::new();
        let mut spans = Vec::new();
        let begin = self.world.elapsed();
        let end = begin + PAUSE * 10 + limit + Duration::from_secs(60);
        while self.world.elapsed() < end {
            let due = begin + PAUSE * u32::try_from(when.len()).unwrap_or(0);
            if let Some(host) = victims.get(when.len()).filter(|_| self.world.elapsed() >= due) {
                when.insert(self.world.peer(*host), self.world.elapsed());
                go(self, *host);
            }
            self.world.run_for(Duration::from_millis(200));
            let now = self.world.elapsed();
            let gone = self.take();
            spans.extend(gone.iter().filter_map(|(_, peer)| Some(now - *when.get(peer)?)));
        }
        let others = self.hosts.len() - self.gone.len();
        let missed = (VICTIMS * others).saturating_sub(spans.len());
        if missed > 0 {
            println!("shown online still: {missed} times");
        }
        spans.sort_unstable();
        spans
    }
}

/// In seconds, what so many in a thousand are within.
fn at(spans: &[Duration], part: usize) -> f64 {
    let last = spans.len().saturating_sub(1);
    spans.get(last * part / 1000).copied().unwrap_or_default().as_secs_f64()
}
