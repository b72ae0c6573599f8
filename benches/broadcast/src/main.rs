//! What it costs and how long it takes that everybody has what is new: our machine, and that of
//! `iroh-gossip` as published, in one run in virtual time. Each link takes 10 to 50 ms, always the
//! same. Means are over all rounds named; `redundancy` is of copies that came where the item was
//! already, for each node that should have it; `control` are messages of a node in a minute that
//! bring no item.

mod cost;
mod ours;
mod overlay;
mod round;
mod theirs;

use std::collections::BTreeSet;

use rand::rngs::ChaCha12Rng;
use rand::{RngExt, SeedableRng};

use round::{Group, Round, print, print_degrees};

/// A round is as long, in microseconds.
const SPAN: u64 = 5_000_000;
/// After so long a link to the dead is found to be down.
const NOTICE: u64 = 500_000;

fn rounds(group: &mut impl Group, count: usize, mut source: impl FnMut() -> u32) -> Vec<Round> {
    (0..count).map(|_| group.round(source(), SPAN)).collect()
}

fn print_halves(who: &str, all: &[Round]) {
    let (first, second) = all.split_at(all.len() / 2);
    print(&format!("{who}, first round"), &all[..1], SPAN);
    print(&format!("{who}, first half"), first, SPAN);
    print(&format!("{who}, second half"), second, SPAN);
}

fn changing(who: &str, group: &mut impl Group, nodes: u32, count: usize, seed: u64) {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    print_degrees(who, group);
    let all = rounds(group, count, || rng.random_range(0..nodes));
    print_halves(who, &all);
}

fn dying(who: &str, group: &mut impl Group, nodes: u32, count: usize, seed: u64) {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    rounds(group, count / 2, || rng.random_range(0..nodes));
    let dead: BTreeSet<u32> = (0..nodes).filter(|_| rng.random_bool(0.3)).collect();
    group.kill(&dead, NOTICE);
    let alive: Vec<u32> = (0..nodes).filter(|node| !dead.contains(node)).collect();
    let all = rounds(group, count, || alive[rng.random_range(0..alive.len())]);
    print(&format!("{who}, 10 rounds after"), &all[..10], SPAN);
    print(&format!("{who}, 10 more"), &all[10..20], SPAN);
    print(&format!("{who}, second half"), &all[count / 2..], SPAN);
}

fn our_staggered(nodes: u32, seed: u64) -> ours::World {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    ours::World::new(overlay::staggered(nodes, &mut rng), seed)
}

fn our_mass(nodes: u32, seed: u64) -> ours::World {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    ours::World::new(overlay::random(nodes, &mut rng), seed)
}

/// Both machines in a mesh that its nodes joined one after another, or all at once.
fn changing_both(nodes: u32, at_once: bool, [ours, theirs]: [usize; 2], seed: u64) {
    let how = if at_once { " that joined at once" } else { "" };
    println!("{nodes} nodes{how}, changing sources, seed {seed}");
    let mut world = if at_once { our_mass(nodes, seed) } else { our_staggered(nodes, seed) };
    changing("ours", &mut world, nodes, ours, seed);
    changing("theirs", &mut theirs::World::new(nodes, at_once, seed), nodes, theirs, seed);
}

fn main() {
    let seeds: u64 = std::env::args().nth(1).map_or(1, |seeds| seeds.parse().expect("a number"));
    println!("one node of ours");
    cost::print();
    for seed in 1..=seeds {
        changing_both(1000, false, [200, 200], seed);
        println!("1000 nodes, one source, seed {seed}");
        print_halves("ours", &rounds(&mut our_staggered(1000, seed), 20, || 500));
        print_halves("theirs", &rounds(&mut theirs::World::new(1000, false, seed), 20, || 500));
        changing_both(1000, true, [200, 200], seed);
        println!("1000 nodes of which 30 % die at once, changing sources, seed {seed}");
        dying("ours", &mut our_staggered(1000, seed), 1000, 100, seed);
        dying("theirs", &mut theirs::World::new(1000, false, seed), 1000, 100, seed);
        changing_both(10_000, false, [120, 40], seed);
        changing_both(10_000, true, [120, 40], seed);
    }
}
