//! Shows that the oracles bite: makes one deliberate mistake after another in a copy of the core
//! and runs a campaign on each, which the named check must end.
//!
//! `cargo run -p peergroup-mem --example mutants -- [name …]`
//!
//! The list is `transport-mem/mutants.txt`. The copy and what is built of it lie in
//! `target/mutants`.
#![allow(clippy::disallowed_methods, reason = "it measures itself by the clock on the wall")]

mod list;

use core::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use list::Mutant;

/// What is built of the copy.
const PACKAGE: &str = "peergroup-mem";
/// Whose own tests some are for.
const CORE: &str = "peergroup-core";
/// Seeds that a mutant may survive before it counts as a survivor.
const SEEDS: &str = "6000";
/// Seconds that it may survive a target of the fuzzer.
const FUZZ_SECONDS: &str = "120";

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    match run(&wanted) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(survivors) => {
            eprintln!("{survivors} survived");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Runs the mutants of these names, or all; gives how many survived.
fn run(wanted: &[String]) -> Result<usize, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let text = fs::read_to_string(root.join("transport-mem/mutants.txt"))?;
    let mutants = list::parse(&text).map_err(|error| format!("mutants.txt: {error}"))?;
    let home = root.join("target/mutants");
    let copy = home.join("copy");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    copy_tree(&root, &copy)?;
    println!("| mutant | caught by | how | seconds |\n|---|---|---|---|");
    let mut survivors = 0_usize;
    let is_wanted = |mutant: &&Mutant| wanted.is_empty() || wanted.contains(&mutant.name);
    for mutant in mutants.iter().filter(is_wanted) {
        let begun = Instant::now();
        let originals = mutate(&copy, mutant)?;
        let outcome = hunt(&copy, &home.join("target"), mutant)?;
        for (place, source) in originals {
            fs::write(place, source)?;
        }
        let seconds = begun.elapsed().as_secs();
        let how = outcome.as_deref().unwrap_or("SURVIVED");
        println!("| {} | {} | {how} | {seconds} |", mutant.name, mutant.check);
        survivors = survivors.saturating_add(usize::from(outcome.is_none()));
    }
    Ok(survivors)
}

/// Makes a mistake in the copy. Gives what was there before.
fn mutate(copy: &Path, mutant: &Mutant) -> Result<Vec<(PathBuf, String)>, Box<dyn Error>> {
    let mut originals = Vec::new();
    for edit in &mutant.edits {
        let place = copy.join(&edit.file);
        let source = fs::read_to_string(&place)?;
        let mutated = edit.apply(&source);
        fs::write(&place, mutated.ok_or_else(|| format!("{} does not apply", mutant.name))?)?;
        originals.push((place, source));
    }
    Ok(originals)
}

/// Runs what is to catch the mutant on the copy. Gives the line that says how it was caught.
fn hunt(copy: &Path, target: &Path, mutant: &Mutant) -> io::Result<Option<String>> {
    if let Some(name) = mutant.check.strip_prefix("fuzz ") {
        return fuzz(copy, target, name);
    }
    let test = mutant.check.strip_prefix("test ");
    let unit = mutant.check.strip_prefix("core ");
    let arguments = if let Some(name) = test {
        vec!["test", "--quiet", "--release", "-p", PACKAGE, "--test", "it", name]
    } else if let Some(name) = unit {
        vec!["test", "--quiet", "--release", "-p", CORE, "--all-features", "--lib", name]
    } else {
        let campaign = ["run", "--quiet", "--release", "-p", PACKAGE, "--example", "vopr", "--"];
        let how = ["--seeds", SEEDS, "--no-shrink", "--expect", &mutant.check];
        [campaign.as_slice(), &how].concat()
    };
    let output = Command::new(env!("CARGO"))
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target)
        // built often and run shortly
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_INCREMENTAL", "1")
        .args(arguments)
        .output()?;
    let printed = [&output.stdout[..], &output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let name = test.or(unit);
    let sign = name.map_or(format!("[{}]", mutant.check), str::to_owned);
    let said = printed.lines().find(|line| line.contains(&sign)).map(str::to_owned);
    // a test fails, and a call that never comes back ends the process
    let ends_well = name.is_none() && mutant.check != "stuck";
    let is_caught = said.filter(|_| output.status.success() == ends_well);
    if is_caught.is_none() {
        eprintln!("{}: {printed}", mutant.name);
    }
    Ok(is_caught)
}

/// Runs a target of the fuzzer on the copy until it fails. Gives how it did.
fn fuzz(copy: &Path, target: &Path, name: &str) -> io::Result<Option<String>> {
    let output = Command::new(copy.join("fuzz/run"))
        .args([name, FUZZ_SECONDS])
        .env("FUZZ_TARGET_DIR", target.join("fuzz"))
        // built often and run shortly
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_INCREMENTAL", "1")
        .output()?;
    let printed = String::from_utf8_lossy(&output.stderr);
    let said = printed.lines().skip_while(|line| !line.contains("panicked at")).nth(1);
    if output.status.success() || said.is_none() {
        eprintln!("{name}: {printed}");
        return Ok(None);
    }
    // which input it was, the corpus counted in
    let count = printed.lines().rev().find_map(|line| line.strip_prefix('#')?.split('\t').next());
    Ok(said.map(|said| format!("{said} (after {} inputs)", count.unwrap_or("its first"))))
}

/// Copies a source tree, without what git and cargo keep in it, and what the fuzzer has learned.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let (source, copy): (PathBuf, PathBuf) = (entry.path(), to.join(&name));
        if entry.file_type()?.is_dir() {
            if !["target", ".git", "found", "artifacts"].iter().any(|other| name == *other) {
                copy_tree(&source, &copy)?;
            }
        } else {
            fs::copy(source, copy)?;
        }
    }
    Ok(())
}
