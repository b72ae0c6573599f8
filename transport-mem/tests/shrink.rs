//! Bugs that were planted are found, and the scripts in which they are found become short.

#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "a test")]

#[path = "application/board.rs"]
mod board;

use board::{Boards, Bug};
use peergroup_mem::{Failure, Plant, Script, Shrunk, World};

/// How many seeds a bug may survive.
const SEEDS: u64 = 200;
/// How many scripts may be run to shrink one.
const RUNS: u32 = 1000;
/// How many steps a shrunk script may have.
const STEPS: usize = 10;

/// The first seed whose script fails in worlds made ready so, shrunk.
fn find(make_ready: impl Fn(&mut World)) -> Shrunk {
    let run = |script: &Script| script.verdict_in(&make_ready).err();
    let failing = |seed| {
        let script = Script::of_seed(seed);
        run(&script).map(|failure| (script, failure))
    };
    let (script, failure): (Script, Failure) =
        (0..SEEDS).find_map(failing).expect("no seed finds it");
    println!("found in seed {}: {failure}", script.seed);
    let shrunk = script.shrink(&failure, RUNS, run);
    println!("after {} runs: {}\n{}", shrunk.runs, shrunk.failure, shrunk.script.to_text());
    shrunk
}

/// The bug is found by this check, shrinks, and fails in the same way from the text of its script.
fn demand(check: &str, make_ready: impl Fn(&mut World)) {
    let shrunk = find(&make_ready);
    assert_eq!(shrunk.failure.check, check);
    assert!(shrunk.script.steps.len() <= STEPS, "{} steps", shrunk.script.steps.len());
    let script = Script::from_text(&shrunk.script.to_text()).unwrap();
    assert_eq!(script.verdict_in(&make_ready).unwrap_err(), shrunk.failure);
    // without the bug there is nothing wrong with it
    script.verdict().unwrap();
}

#[test]
fn a_disk_that_forgets_what_it_acknowledged_is_found() {
    demand("durability", |world| world.plant(Plant::ForgetfulDisk(10)));
}

#[test]
fn a_driver_that_stops_pulling_too_early_is_found() {
    demand("agreement", |world| world.plant(Plant::HastyDriver(1500)));
}

#[test]
fn an_application_that_keeps_what_was_deleted_is_found() {
    demand("boards", |world| world.watch(Boards::new(Bug::KeepsDeleted)));
}
