//! Bugs that were planted are found, and the scripts in which they are found become short.

use core::time::Duration;

use peergroup_mem::{Plant, Script, Size, World};

use crate::board::{Boards, Bug};

/// Small worlds in fair weather: it is the bug that makes them fail.
const SIZE: Size = Size { hosts: 3, span: Duration::from_secs(200), pause: Duration::from_secs(4) };
/// How many seeds a bug may survive, or fail in another check.
const SEEDS: u64 = 200;
/// How many scripts may be run to shrink one.
const RUNS: u32 = 300;
/// How many steps a shrunk script may have.
const STEPS: usize = 10;

/// The bug is found by this check in one of the seeds; its script becomes short, and fails in the
/// same way when it is read from its text.
fn demand(check: &str, make_ready: impl Fn(&mut World)) {
    let run = |script: &Script| script.verdict_in(&make_ready).err();
    let failing = |seed| {
        let script = Script::draw(seed, SIZE);
        let failure = run(&script).filter(|failure| failure.check == check)?;
        Some((script, failure))
    };
    let (script, failure) = (0..SEEDS).find_map(failing).expect("no seed finds it");
    let shrunk = script.shrink(&failure, RUNS, run);
    println!("after {} runs: {}\n{}", shrunk.runs, shrunk.failure, shrunk.script.to_text());
    assert_eq!(shrunk.failure.check, check);
    assert!(shrunk.script.steps.len() <= STEPS, "{} steps", shrunk.script.steps.len());
    let script = Script::from_text(&shrunk.script.to_text()).unwrap();
    assert_eq!(run(&script), Some(shrunk.failure));
    // without the bug there is nothing wrong with it
    script.verdict().unwrap();
}

#[test]
fn a_disk_that_acknowledges_too_early_is_found() {
    demand("durability", |world| world.plant(Plant::LateDisk));
}

#[test]
fn a_driver_that_keeps_answers_of_the_store_to_itself_is_found() {
    demand("agreement", |world| world.plant(Plant::LostAnswer));
}

#[test]
fn an_application_that_keeps_what_was_deleted_is_found() {
    demand("boards", |world| world.watch(Boards::new(Bug::KeepsDeleted)));
}
