//! Who is linked with whom, drawn as the mesh of a group draws it, and how long each link takes.

use rand::RngExt;
use rand::rngs::ChaCha12Rng;
use rand::seq::IndexedRandom;

/// Links that each node dials.
const DIALLED: usize = 4;
/// Links that each node accepts.
const ACCEPTED_MAX: usize = 8;

/// Links that each node has at most.
pub const LINKS_MAX: usize = DIALLED + ACCEPTED_MAX;

/// Neighbours of each node, each with the microseconds one way.
pub type Overlay = Vec<Vec<(u32, u64)>>;

/// How long a link takes one way, in microseconds: 10 to 50 ms, always the same.
pub fn latency(rng: &mut ChaCha12Rng) -> u64 {
    rng.random_range(10_000..=50_000)
}

/// Nodes that come one after the other, each dialling some of those that are there.
pub fn staggered(nodes: u32, rng: &mut ChaCha12Rng) -> Overlay {
    let mut overlay: Overlay = vec![Vec::new(); nodes as usize];
    let mut accepted = vec![0; nodes as usize];
    let mut open: Vec<u32> = Vec::new();
    for node in 0..nodes {
        for _ in 0..DIALLED.min(open.len()) {
            let free = |other: &u32| !overlay[node as usize].iter().any(|(of, _)| of == other);
            let candidates: Vec<u32> = (0..16).filter_map(|_| open.choose(rng).copied()).collect();
            let Some(other) = candidates.into_iter().find(free) else { continue };
            let latency = latency(rng);
            overlay[node as usize].push((other, latency));
            overlay[other as usize].push((node, latency));
            accepted[other as usize] += 1;
            if accepted[other as usize] == ACCEPTED_MAX {
                open.retain(|of| *of != other);
            }
        }
        open.push(node);
    }
    overlay
}

/// Nodes that all know of each other before they dial.
pub fn random(nodes: u32, rng: &mut ChaCha12Rng) -> Overlay {
    let mut overlay: Overlay = vec![Vec::new(); nodes as usize];
    let mut accepted = vec![0; nodes as usize];
    for node in 0..nodes {
        let mut dialled = 0;
        while dialled < DIALLED {
            let other = rng.random_range(0..nodes);
            let is_known = overlay[node as usize].iter().any(|(of, _)| *of == other);
            if other == node || is_known || accepted[other as usize] >= ACCEPTED_MAX {
                continue;
            }
            let latency = latency(rng);
            overlay[node as usize].push((other, latency));
            overlay[other as usize].push((node, latency));
            accepted[other as usize] += 1;
            dialled += 1;
        }
    }
    overlay
}
