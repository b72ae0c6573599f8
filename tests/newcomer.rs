//! Whoever clones the repository and does what the README says, in its order, gets what it
//! promises.
//!
//! It clones the last commit, so what is not committed is not tried. Cloning and building takes
//! minutes: `cargo test --test newcomer -- --ignored`, as `.ci/run` does. What was built for the
//! tests is built on, as far as it is the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::std_instead_of_core,
    reason = "what goes wrong here fails a test"
)]

#[path = "examples/program.rs"]
#[allow(dead_code, reason = "the examples' own test uses all of it")]
mod program;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Program, run};

/// The commands in the code blocks that follow this marker, in their order.
fn blocks(readme: &str, marker: &str) -> Vec<Vec<String>> {
    let marker = format!("<!-- {marker} -->\n```sh\n");
    let found = readme.split(&marker).skip(1).map(|rest| rest.split("```").next().unwrap());
    found.map(|block| block.lines().map(str::to_owned).collect()).collect()
}

/// A shell in the clone. It builds where the tests were built.
fn shell(clone: &Path, command: &str) -> Command {
    let mut shell = Command::new("sh");
    // what the test itself was run with is not what a newcomer has
    for (name, _) in env::vars().filter(|(name, _)| {
        name.starts_with("CARGO_PKG") || name.starts_with("CARGO_MANIFEST") || name == "CARGO"
    }) {
        shell.env_remove(name);
    }
    shell.env("CARGO_TARGET_DIR", target()).current_dir(clone).args(["-euc", command]);
    shell
}

fn target() -> PathBuf {
    let program = env::current_exe().unwrap();
    // target/debug/deps/newcomer-…
    program.ancestors().nth(3).unwrap().to_owned()
}

fn clone(into: &Path) -> PathBuf {
    let clone = into.join("peergroup");
    let mut git = Command::new("git");
    let here = env!("CARGO_MANIFEST_DIR");
    run(git.args(["clone", "--quiet", "--depth", "1"]).arg(format!("file://{here}")).arg(&clone));
    clone
}

#[test]
#[ignore = "builds a clone, which takes minutes"]
fn the_commands_of_the_readme_succeed_in_their_order_in_a_fresh_clone() {
    let folder = tempfile::tempdir().unwrap();
    let clone = clone(folder.path());
    let readme = fs::read_to_string(clone.join("README.md")).unwrap();
    let steps = blocks(&readme, "newcomer").concat();
    assert!(steps.len() >= 5, "{steps:?}");
    for step in &steps {
        println!("$ {step}");
        println!("{}", run(&mut shell(&clone, step)));
    }
    let talks = blocks(&readme, "newcomer: talk").concat();
    let talks = talks.iter().map(|step| Program::start(shell(&clone, &format!("exec {step}"))));
    let [mut ada, mut ben] = talks.collect::<Vec<_>>().try_into().ok().unwrap();
    ada.says("* you are in \"Friends\"");
    ben.says("* you are in \"Friends\"");
    ben.is_told("hello from a newcomer");
    ada.says("ben: hello from a newcomer");
    ada.is_told("welcome");
    ben.says("ada: welcome");
    ben.ends();
    ada.ends();
}

#[test]
fn the_readme_has_the_blocks_that_a_newcomer_follows() {
    let readme = include_str!("../README.md");
    assert_eq!(blocks(readme, "newcomer").len(), 2);
    assert_eq!(blocks(readme, "newcomer: talk")[0].len(), 2);
    let sample = "<!-- a -->\n```sh\none\ntwo\n```\n<!-- b -->\n```sh\nthree\n```\n";
    assert_eq!(blocks(sample, "a"), [["one", "two"]]);
}
