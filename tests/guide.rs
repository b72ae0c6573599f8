//! The guides are complete: every capability of Windows Peer Grouping has its row, and every fault,
//! refusal and failure of the code is explained, none beside them.
//!
//! That what they name exists is checked by the documentation, which has no broken links, and by
//! its examples, which compile.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    reason = "what goes wrong here fails a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The sections of the Windows system's capabilities, and how many each has: 88 in all.
const CAPABILITIES: [(&str, usize); 7] =
    [("I", 11), ("G", 22), ("C", 16), ("M", 9), ("D", 9), ("R", 18), ("E", 3)];

/// What can go wrong and is no error by itself.
const BESIDE_ERRORS: [&str; 5] = ["Denial", "Closed", "Ending", "LinkDown", "SheetError"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

/// The cells of each row of a table, but for its head.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("|---"));
    lines.map(|line| line[1..].trim_end_matches('|').split(" | ").map(str::trim).collect())
}

// ---- from Windows ----

fn capabilities() -> Vec<String> {
    let all = CAPABILITIES.iter();
    all.flat_map(|(section, count)| (1..=*count).map(move |at| format!("{section}{at}"))).collect()
}

/// The numbers behind lines of code.
fn shown(text: &str) -> BTreeSet<&str> {
    let code = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    let comments = code.filter_map(|line| line.split_once(" // "));
    comments.flat_map(|(_, comment)| comment.split(", ")).collect()
}

#[test]
fn every_capability_of_the_windows_system_has_its_row_and_its_code() {
    let page = page("from-windows.md");
    let table: Vec<Vec<&str>> = rows(&page).filter(|row| row[0] != "#").collect();
    let numbers: Vec<&str> = table.iter().map(|row| row[0]).collect();
    assert_eq!(numbers, capabilities());
    assert_eq!(numbers.len(), 88);
    let shown = shown(&page);
    for row in &table {
        let [number, .., here] = row.as_slice() else { panic!("{row:?}") };
        assert_eq!(row.len(), 4, "{number}");
        let by_itself = here.contains("not offered: ") || here.contains("by itself");
        assert!(here.contains("[`") || by_itself, "{number} names nothing and does not say why");
        assert!(shown.contains(number) || by_itself, "{number} has no code");
    }
    let known: BTreeSet<String> = capabilities().into_iter().collect();
    let unknown: Vec<_> = shown.iter().filter(|number| !known.contains(**number)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

// ---- faults ----

/// The sources of the crates that an application sees.
fn sources() -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join("core/src"), root().join("src")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let is_test = ["tests", "tests.rs", "vectors"].iter().any(|it| path.ends_with(it));
            if path.is_dir() && !is_test {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") && !is_test {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// What stands between these braces, without comments and attributes.
fn body(text: &str) -> String {
    let mut depth = 0;
    let end = text.char_indices().find(|(_, c)| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth == 0 && *c == '}'
    });
    let inner = &text[1..end.unwrap().0];
    let code = inner.lines().map(str::trim).filter(|line| !line.starts_with(['/', '#']));
    code.collect::<Vec<_>>().join("\n")
}

/// The names at the outermost level: of an enum's variants.
fn variants(body: &str) -> Vec<String> {
    let mut depth = 0;
    let flat = body.chars().filter(|c| {
        depth += i32::from("({".contains(*c)) - i32::from(")}".contains(*c));
        depth == 0
    });
    let flat: String = flat.collect();
    let names = flat.split(",\n").map(str::trim).filter(|name| !name.is_empty());
    let word = |name: &str| name.chars().take_while(|c| c.is_alphanumeric()).collect();
    names.map(word).collect()
}

/// What can go wrong, by name: an enum's variants, or nothing of a struct.
fn errors() -> BTreeMap<String, Vec<String>> {
    let sources = sources();
    let mut found = BTreeMap::new();
    for source in &sources {
        let errors = source.match_indices("core::error::Error for ");
        let named = errors.map(|(at, matched)| &source[at + matched.len()..]);
        let named = named.filter_map(|rest| rest.split([' ', '<']).next());
        for name in named.chain(BESIDE_ERRORS).filter(|name| *name != "$name") {
            let declared = [format!("pub enum {name} {{"), format!("pub enum {name}<E> {{")];
            let at = declared.iter().find_map(|it| Some(source.find(it)? + it.len() - 1));
            let page_name = if source.contains("redb") && name == "OpenError" {
                format!("store::{name}")
            } else {
                name.to_owned()
            };
            match at {
                Some(at) => found.insert(page_name, variants(&body(&source[at..]))),
                None if source.contains(&format!("pub struct {name}")) => {
                    found.insert(page_name, Vec::new())
                }
                None => None,
            };
        }
        found.extend(source.split("\nrefusals! ").skip(1).flat_map(refusals));
    }
    found
}

/// The enums of the one macro that makes many: `Name { Variant => "text", … }`.
fn refusals(text: &str) -> Vec<(String, Vec<String>)> {
    let body = body(text);
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for line in body.lines() {
        if let Some(name) = line.strip_suffix(" {") {
            found.push((name.to_owned(), Vec::new()));
        } else if let Some((variant, _)) = line.split_once(" => ") {
            found.last_mut().unwrap().1.push(variant.to_owned());
        }
    }
    found
}

/// What the page explains, in the same form.
fn explained(page: &str) -> BTreeMap<String, Vec<String>> {
    let (enums, structs) = page.split_once("## Of one reason").unwrap();
    let names = |text: &str| -> Vec<String> {
        let rows = rows(text).filter(|row| row[0] != "name");
        rows.map(|row| row[0].trim_matches('`').to_owned()).collect()
    };
    let sections = enums.split("\n### `").skip(1).map(|section| {
        let (name, rest) = section.split_once('`').unwrap();
        (name.to_owned(), names(rest))
    });
    sections.chain(names(structs).into_iter().map(|name| (name, Vec::new()))).collect()
}

#[test]
fn every_fault_refusal_and_failure_is_explained_and_none_besides() {
    let (code, page) = (errors(), explained(&page("faults.md")));
    assert_eq!(code.keys().collect::<Vec<_>>(), page.keys().collect::<Vec<_>>());
    for (name, variants) in &code {
        assert_eq!(variants, &page[name], "{name}");
    }
    assert!(code["Fault"].len() == 14 && code["ConnectError"].len() == 3, "found by the names");
}

#[test]
fn every_explanation_says_what_it_means_and_mostly_what_to_do() {
    for row in rows(&page("faults.md")) {
        assert!(row.len() == 3 && !row[1].is_empty(), "{row:?}");
        let refers = row[1].starts_with("see the");
        assert!(refers || !row[2].is_empty(), "{row:?}");
    }
}
