//! What the mesh of a group comes to look like by itself, and how soon what is new crosses it:
//! `cargo run --release -p peergroup-mem --example overlay -- [hosts] [seed]`
//!
//! The same peers join once all at the same time and once one after another, each at some peer that
//! is in already. A minute after the last has synchronised it is looked how many neighbours each
//! has, and how far they are from each other; then peers drawn at random publish, one every 5 s.
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
use std::collections::{BTreeMap, VecDeque};

use peergroup_core::{GroupId, Invitation, PeerId, Role};
use peergroup_mem::{Host, World};

use traffic::Traffic;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// From one peer that joins to the next, if they do not join together.
const STAGGER: Duration = Duration::from_secs(2);
/// From one publication to the next.
const PAUSE: Duration = Duration::from_secs(5);
const PUBLICATIONS: usize = 40;

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let number = |place: usize, default: u64| numbers.get(place).copied().unwrap_or(default);
    let count = usize::try_from(number(0, 200)).unwrap_or(2).max(2);
    let seed = number(1, 1);
    let staggered = report("one after another", seed, count, STAGGER);
    let at_once = report("all at once", seed, count, Duration::ZERO);
    println!("all at once / one after another: {:.2}", at_once / staggered);
}

/// Prints what came of one way to join. Gives the mean time to everybody, in milliseconds.
fn report(way: &str, seed: u64, count: usize, stagger: Duration) -> f64 {
    let mut mesh = Mesh::grow(seed, count, stagger);
    println!("{count} peers that joined {way}, ready after {:.0?}", mesh.grown);
    mesh.world.run_for(Duration::from_secs(60));
    mesh.report_shape();
    let traffic = Traffic::of(&mut mesh.world);
    let minutes = 2;
    mesh.world.run_for(Duration::from_secs(60 * minutes));
    print!("  messages of a node in a minute:");
    let each = |number: u64| number as f64 / count as f64 / minutes as f64;
    let kinds = traffic.take();
    for (kind, of) in &kinds {
        print!(" {kind} {:.2},", each(of.messages));
    }
    println!(" {:.0} bytes in all", each(kinds.values().map(|of| of.bytes).sum()));
    let mut times: Vec<f64> = (0..PUBLICATIONS).map(|round| mesh.publish(round)).collect();
    let kinds = traffic.take();
    let copies: u64 =
        ["push", "items"].iter().filter_map(|kind| kinds.get(kind)).map(|of| of.messages).sum();
    let wanted = (PUBLICATIONS * (count - 1)) as f64;
    let half = times.split_off(PUBLICATIONS / 2);
    println!(
        "  to everybody: {:.0} ms (mean of the first {}), {:.0} ms (of the rest); copies for each: {:.3}",
        mean(&times),
        times.len(),
        mean(&half),
        copies as f64 / wanted
    );
    assert_eq!(mesh.world.tally().faults, 0, "nobody does wrong");
    mean(&half)
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len().max(1) as f64
}

struct Mesh {
    world: World,
    hosts: Vec<Host>,
    group: GroupId,
    grown: Duration,
}

impl Mesh {
    fn grow(seed: u64, count: usize, stagger: Duration) -> Self {
        let mut world = World::unwatched(seed);
        world.config().mock_identities = true;
        let ms = Duration::from_millis;
        world.weather().latency = ms(10)..=ms(50);
        let hosts: Vec<Host> =
            (0..count).map(|number| world.add(&format!("peer {number}"))).collect();
        let group = world.create_group(hosts[0], "the group");
        let invitations: Vec<Invitation> = hosts[1..]
            .iter()
            .map(|host| world.invite(hosts[0], group, *host, Role::Member))
            .collect();
        let mut rng = world.rng("where to join");
        let begin = world.elapsed();
        for (number, invitation) in (1..).zip(&invitations) {
            // all at once: the creator alone is in
            let inside = if stagger.is_zero() { 1 } else { number };
            let host = hosts[rng.size(&(0..=inside - 1))];
            join(&mut world, hosts[number], invitation, host);
            world.run_for(stagger);
        }
        let mut mesh = Self { world, hosts, group, grown: Duration::ZERO };
        while !mesh.hosts.iter().all(|host| mesh.is_ready(*host)) {
            mesh.world.run_for(Duration::from_secs(1));
            assert!(mesh.world.elapsed() < DAY, "everybody gets in");
        }
        mesh.grown = mesh.world.elapsed() - begin;
        mesh
    }

    fn is_ready(&self, host: Host) -> bool {
        let seat = self.world.seat(host, self.group);
        self.world.node(host).status(seat).is_ok_and(|status| status.ready)
    }

    /// The neighbours of each host.
    fn links(&self) -> BTreeMap<Host, Vec<Host>> {
        let by_peer: BTreeMap<PeerId, Host> =
            self.hosts.iter().map(|host| (self.world.peer(*host), *host)).collect();
        let of = |host: &Host| {
            let seat = self.world.seat(*host, self.group);
            let infos = self.world.node(*host).connections(seat).unwrap_or_default();
            let up = infos.iter().filter(|info| info.is_up && info.connection.is_none());
            (*host, up.filter_map(|info| by_peer.get(&info.peer).copied()).collect())
        };
        self.hosts.iter().map(of).collect()
    }

    fn report_shape(&self) {
        let links = self.links();
        let mut degrees: BTreeMap<usize, usize> = BTreeMap::new();
        for others in links.values() {
            *degrees.entry(others.len()).or_default() += 1;
        }
        println!("  neighbours: hosts with as many: {degrees:?}");
        let sample = self.hosts.iter().step_by(self.hosts.len().div_ceil(50));
        let distances: Vec<Vec<usize>> = sample.map(|host| distances(&links, *host)).collect();
        let all: Vec<f64> = distances.iter().flatten().map(|links| *links as f64).collect();
        let farthest = distances.iter().flatten().max().copied().unwrap_or(0);
        let lost = distances.iter().filter(|of| of.len() < self.hosts.len()).count();
        println!(
            "  links from one to another: {:.2} (mean), {farthest} (most); cut off: {lost}",
            mean(&all)
        );
    }

    /// Somebody publishes. Gives how long it takes until everybody has it, in milliseconds.
    fn publish(&mut self, round: usize) -> f64 {
        let mut rng = self.world.rng(&format!("round {round}"));
        let by = self.hosts[rng.size(&(0..=self.hosts.len() - 1))];
        let begin = self.world.elapsed();
        let (note, _) = self.world.publish(by, self.group, format!("note {round}"));
        let mut waiting = self.hosts.clone();
        while !waiting.is_empty() {
            self.world.run_for(Duration::from_millis(2));
            waiting.retain(|host| self.world.read(*host, self.group, note).is_none());
        }
        let took = self.world.elapsed() - begin;
        for host in self.hosts.clone() {
            self.world.take_events(host);
        }
        self.world.run_for(PAUSE.saturating_sub(took));
        took.as_secs_f64() * 1000.0
    }
}

/// Joins and connects once, at the invitation's addresses and another host's.
fn join(world: &mut World, guest: Host, invitation: &Invitation, at: Host) {
    let joined =
        world.act(guest, |node, now| node.join(now, invitation)).map(|receipt| receipt.value);
    let outcome = joined
        .map(|seat| world.act(guest, |node, now| node.connect_at(now, seat, &[at.address()], DAY)));
    assert!(matches!(outcome, Ok(Ok(()))), "{guest} joins: {outcome:?}");
}

/// How many links each host is from one that it can be reached from.
fn distances(links: &BTreeMap<Host, Vec<Host>>, from: Host) -> Vec<usize> {
    let mut seen = BTreeMap::from([(from, 0)]);
    let mut next = VecDeque::from([from]);
    while let Some(host) = next.pop_front() {
        let distance = seen[&host] + 1;
        for other in links.get(&host).into_iter().flatten() {
            if !seen.contains_key(other) {
                seen.insert(*other, distance);
                next.push_back(*other);
            }
        }
    }
    seen.into_values().collect()
}
