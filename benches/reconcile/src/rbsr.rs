//! rbsr over the tree of rsos.

use cpu_time::ProcessTime;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rbsr::{initial_ranges, protocol_round};
use rsos::{FingerprintTreeMap, Rsos};

use crate::{Cost, Id, Pair, SINCE, id, least};

type Tree = FingerprintTreeMap<Id, ()>;

fn tree(pair: &Pair, own: &[Id]) -> Tree {
    let mut tree = Tree::new();
    for id in pair.shared.iter().chain(&pair.since).chain(own) {
        tree.insert(*id, ());
    }
    tree
}

/// What it takes.
pub fn cost(pair: &Pair) -> Cost {
    let make = || [&pair.mine, &pair.theirs].map(|own| tree(pair, own));
    let run = |[one, two]: &mut [Tree; 2]| {
        let mut rng = StdRng::seed_from_u64(42);
        let (mut local, mut remote) = (&*two, &*one);
        let mut active = initial_ranges(&*one);
        let (mut bytes, mut messages) = (0, 0);
        while !active.is_empty() {
            bytes += postcard::to_stdvec(&active).expect("it is serialisable").len();
            messages += 1;
            let (mut children, mut listed) = (Vec::new(), Vec::new());
            protocol_round(local, active, &mut children, &mut listed, &mut rng);
            // the ids of what is listed travel with the next message
            bytes += listed.iter().map(|range| local.enumerate(*range).count() * 32).sum::<usize>();
            active = children;
            std::mem::swap(&mut local, &mut remote);
        }
        (bytes, messages)
    };
    least(make, run, None)
}

/// What an item costs: when a tree comes about from nothing, when some come to one that is there,
/// and in memory.
pub fn print_upkeep(size: u32) {
    let ids: Vec<Id> = (0..size).map(id).collect();
    let more: Vec<Id> = (size..size + 10 * SINCE).map(id).collect();
    let mut kept = None;
    let began = ProcessTime::now();
    let memory = allocation_counter::measure(|| {
        let mut tree = Tree::new();
        for id in &ids {
            tree.insert(*id, ());
        }
        kept = Some(tree);
    });
    let built = began.elapsed().as_nanos() / ids.len() as u128;
    let mut tree = kept.expect("it was made");
    let began = ProcessTime::now();
    for id in &more {
        tree.insert(*id, ());
    }
    let nanos = began.elapsed().as_nanos() / more.len() as u128;
    let bytes = memory.bytes_current as f64 / f64::from(size);
    println!("  rbsr: built in {built} ns an item, later {nanos} ns, {bytes:.1} bytes");
}
