//! The public items of every crate, as they stand in the sources: `tests/api/` has a list of each,
//! so that a change of what others build on is seen as one, and named in `CHANGELOG.md`.
//!
//! A lint of the workspace (`unreachable_pub`) sees to it that what is `pub` can be reached. With
//! `PEERGROUP_WRITE_API=1` in the environment the lists are written instead of compared.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    reason = "what goes wrong here fails a test"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates, and where their sources are.
const CRATES: [(&str, &str); 7] = [
    ("peergroup", "src"),
    ("peergroup-core", "core/src"),
    ("peergroup-mdns", "discovery-mdns/src"),
    ("peergroup-mem", "transport-mem/src"),
    ("peergroup-quic", "transport-quic/src"),
    ("peergroup-tcp", "transport-tcp/src"),
    ("peergroup-tls", "transport-tls/src"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sources under a folder, tests aside, by their paths.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = ["tests", "tests.rs", "vectors", "vectors.rs"];
            if is_test.iter().any(|it| path.ends_with(it)) {
            } else if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines that say something to the compiler, attributes aside.
fn code(source: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines
        .filter(|line| {
            let trimmed = line.trim_start();
            let is_attribute = depth > 0 || trimmed.starts_with("#[") || trimmed.starts_with("#![");
            if is_attribute {
                depth += balance(line, '[', ']');
            }
            !is_attribute && !trimmed.is_empty()
        })
        .collect()
}

fn balance(line: &str, open: char, close: char) -> i32 {
    let count = |c: char| i32::try_from(line.matches(c).count()).unwrap();
    count(open) - count(close)
}

/// What is public in a source: of functions their signature, of enums and traits all of it.
fn items(source: &str) -> Vec<String> {
    let (mut items, mut of) = (Vec::new(), String::new());
    let mut lines = code(source).into_iter();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.len() == line.len() && (line.starts_with("impl") || line == "}") {
            of = implemented(line);
        }
        let is_whole = trimmed.starts_with("pub enum ")
            || trimmed.starts_with("pub trait ")
            || trimmed.starts_with("pub use ")
            || trimmed.starts_with("refusals! {");
        if is_whole || trimmed.starts_with("pub ") {
            let mut text = trimmed.to_owned();
            while !is_complete(&text, is_whole) {
                let Some(line) = lines.next() else { break };
                let between = if is_whole { "\n    " } else { " " };
                text = [&text, between, line.trim()].concat();
            }
            if !text.contains('$') {
                items.push(format!("{of}{}", tidied(&text, is_whole)));
            }
        }
    }
    items
}

/// For what a block of methods is.
fn implemented(line: &str) -> String {
    let name = line.strip_prefix("impl").map(|rest| rest.trim().trim_end_matches('{').trim());
    name.filter(|name| !name.contains(" for ")).map(|name| format!("{name}: ")).unwrap_or_default()
}

/// Whether nothing is missing: all of it, or a signature.
fn is_complete(text: &str, is_whole: bool) -> bool {
    let is_closed = balance(text, '(', ')') == 0;
    if is_whole {
        return is_closed && balance(text, '{', '}') == 0 && text.ends_with(['}', ';']);
    }
    is_closed && (text.contains('{') || text.ends_with([';', ',']))
}

fn tidied(text: &str, is_whole: bool) -> String {
    if is_whole {
        return text.to_owned();
    }
    let text = text.split(" {").next().unwrap();
    let text = text.replace("( ", "(").replace(", )", ")").replace(",)", ")");
    text.trim_end_matches([';', ',']).to_owned()
}

fn list(folder: &Path) -> String {
    let mut list = String::new();
    for path in sources(folder) {
        let items = items(&fs::read_to_string(&path).unwrap());
        if !items.is_empty() {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            list.extend(["# ", &name, "\n", &items.join("\n"), "\n\n"]);
        }
    }
    list
}

#[test]
fn what_is_public_is_what_the_lists_say() {
    for (name, sources) in CRATES {
        let list = list(&root().join(sources));
        let file = root().join("tests/api").join(name).with_extension("txt");
        if env::var_os("PEERGROUP_WRITE_API").is_some() {
            fs::write(&file, list).unwrap();
            continue;
        }
        let held = fs::read_to_string(&file).unwrap_or_default();
        let gone = held.lines().filter(|line| !list.lines().any(|it| it == *line));
        let new = list.lines().filter(|line| !held.lines().any(|it| it == *line));
        let gone: Vec<String> = gone.map(|line| format!("- {line}")).collect();
        let new: Vec<String> = new.map(|line| format!("+ {line}")).collect();
        assert!(
            held == list,
            "{name} is not what tests/api says; if that is meant: PEERGROUP_WRITE_API=1 cargo \
             test --test api\n{}\n{}",
            gone.join("\n"),
            new.join("\n")
        );
    }
}

#[test]
fn public_items_are_found_with_all_that_others_see_of_them() {
    let source = [
        "/// Doc.\n#[derive(\n    Clone,\n)]\npub struct A {\n    pub b: u8,\n    c: u8,\n}",
        "impl A {\n    pub fn d(\n        &self,\n        e: u8,\n    ) -> u8 {\n        1\n    }",
        "    pub(crate) fn f() {}\n}\npub enum G {\n    /// Doc.\n    H { i: u8 },\n}",
        "pub const J: u8 = 1;\npub trait K {\n    fn l();\n}\n",
    ];
    let expected = [
        "pub struct A",
        "pub b: u8",
        "A: pub fn d(&self, e: u8) -> u8",
        "pub enum G {\n    H { i: u8 },\n    }",
        "pub const J: u8 = 1",
        "pub trait K {\n    fn l();\n    }",
    ];
    assert_eq!(items(&source.join("\n")), expected);
}
