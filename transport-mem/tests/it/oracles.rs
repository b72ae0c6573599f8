//! The oracles watch random worlds, in which much happens, and find nothing amiss.
//!
//! That each of them finds what it is there to find is shown beside it, and by the mutants.

use core::time::Duration;
use std::thread;

use peergroup_mem::{Coverage, Rng, Script, Size, World};

/// How many worlds.
const WORLDS: u64 = 300;

/// What is to happen in all of them together, at least so often.
const MINIMUMS: [(&str, &str, u64); 30] = [
    ("deed", "deleted", 300),
    ("deed", "demoted", 30),
    ("deed", "founded", WORLDS),
    ("deed", "granted", 500),
    ("deed", "joined", 500),
    ("deed", "left", 50),
    ("deed", "made a checkpoint", 30),
    ("deed", "published", 1000),
    ("deed", "removed", 50),
    ("deed", "updated", 1000),
    ("event", "connection", 100),
    ("event", "credentials", 50),
    ("event", "data", 30),
    ("host", "crashed", 100),
    ("host", "started", 1000),
    ("input", "link up", 1000),
    ("input", "loaded", 1000),
    ("input", "received", 10_000),
    ("input", "stored", 10_000),
    ("input", "tick", 1000),
    ("link down", "broken", 100),
    ("link down", "closed", 100),
    ("link down", "refused", 10),
    ("link down", "timed out", 10),
    ("member", "role changed", 30),
    ("mishap", "crash", 100),
    ("neighbour", "credentials changed", 10),
    ("neighbour", "lost", 100),
    ("neighbour", "membership lost", 10),
    ("record", "deleted", 300),
];

fn drawn(seed: u64) -> Script {
    let mut rng = Rng::of(seed, "size", &[]);
    let hosts = rng.size(&(2..=5));
    let seconds = |count| Duration::from_secs(count);
    let size = Size { hosts, span: seconds(60), pause: seconds(rng.between(&(1..=2))) };
    let mut script = Script::draw(seed, size);
    script.weather.break_one_in = *rng.pick(&[0, 300, 1000]).unwrap();
    script
}

/// Runs every fourth world from this one on.
fn quarter(first: u64) -> Coverage {
    let mut coverage = Coverage::default();
    for seed in (first..WORLDS).step_by(4) {
        let mut world = World::from_seed(seed);
        world.config().mock_identities = true;
        drawn(seed).run(&mut world);
        coverage.merge(&world.coverage());
    }
    coverage
}

#[test]
fn random_worlds_are_as_they_must_be_and_much_happens_in_them() {
    let mut coverage = Coverage::default();
    thread::scope(|scope| {
        let quarters = [0, 1, 2, 3].map(|first| scope.spawn(move || quarter(first)));
        for quarter in quarters {
            coverage.merge(&quarter.join().unwrap());
        }
    });
    let missing = coverage.missing(&MINIMUMS);
    assert!(missing.is_empty(), "{}\n{coverage}", missing.join("\n"));
}
