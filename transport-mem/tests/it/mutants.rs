//! The list of mutants can be read, and each of them still applies to the source.

#[path = "../../examples/mutants/list.rs"]
mod list;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_mutant_still_applies_to_the_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("transport-mem/mutants.txt")).unwrap();
    let mutants = list::parse(&text).unwrap();
    assert!(mutants.len() >= 20, "{} mutants", mutants.len());
    let names: BTreeSet<_> = mutants.iter().map(|mutant| &mutant.name).collect();
    assert_eq!(names.len(), mutants.len(), "two mutants of one name");
    for mutant in &mutants {
        assert!(!mutant.check.is_empty() && !mutant.edits.is_empty(), "{mutant:?}");
        for edit in &mutant.edits {
            let source = fs::read_to_string(root.join(&edit.file)).unwrap_or_default();
            let mutated = edit.apply(&source);
            let is_changed = mutated.is_some_and(|mutated| mutated != source);
            assert!(is_changed, "{} does not apply", mutant.name);
        }
    }
}

/// All that a folder's sources say.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        if path.is_dir() { sources(&path) } else { fs::read_to_string(path).unwrap_or_default() }
    };
    entries.map(read).collect()
}

#[test]
fn every_test_that_is_to_catch_a_mutant_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("transport-mem/mutants.txt")).unwrap();
    let (simulator, core) =
        (sources(&root.join("transport-mem/tests")), sources(&root.join("core/src")));
    for mutant in list::parse(&text).unwrap() {
        let (kind, name) = mutant.check.split_once(' ').unwrap_or_default();
        let tests = match kind {
            "test" => &simulator,
            "core" => &core,
            _ => continue,
        };
        let is_named = |line: &str| line.contains("fn ") && line.contains(name);
        assert!(tests.lines().any(is_named), "{}: no {name}", mutant.name);
    }
}

#[test]
fn a_malformed_list_is_refused_with_its_line() {
    let refused = |text| list::parse(text).map(|mutants| mutants.len());
    assert_eq!(refused("# nothing\n"), Ok(0));
    assert_eq!(refused("a: b\nfile\n-x\n+y\n"), Ok(1));
    assert_eq!(
        refused("# hm\na b\n"),
        Err(list::Malformed { line: 2, reason: "no `name: check`" })
    );
    assert_eq!(refused("a: b\n-x\n"), Err(list::Malformed { line: 2, reason: "no file" }));
}
