//! The same seed leaves the same trace, in whatever process it is run.

use std::env;
use std::process::Command;

use peergroup_mem::Script;

/// The seed that another process is to run.
const VARIABLE: &str = "PEERGROUP_TRACE_OF";
/// What stands before the trace in what it prints.
const MARK: &str = "the trace is ";

fn trace(seed: u64) -> String {
    format!("{:?}", Script::of_seed(seed).verdict().unwrap().trace)
}

#[test]
fn a_seed_leaves_the_same_trace_twice_and_in_another_process() {
    if let Ok(seed) = env::var(VARIABLE) {
        println!("{MARK}{}", trace(seed.parse().unwrap()));
        return;
    }
    let own = trace(5);
    assert_eq!(trace(5), own);
    assert_ne!(trace(6), own);
    let name = "traces::a_seed_leaves_the_same_trace_twice_and_in_another_process";
    let mut other = Command::new(env::current_exe().unwrap());
    let output = other.args(["--exact", name, "--nocapture"]).env(VARIABLE, "5").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let theirs = printed.lines().find_map(|line| line.split_once(MARK)).unwrap().1;
    assert_eq!(theirs, own, "{printed}");
}
