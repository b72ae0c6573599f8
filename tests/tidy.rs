//! Style as a test: what a reviewer would otherwise have to ask for.
//!
//! Each rule is a function from text to the faults in it, one test that the repository has none,
//! and one that the rule finds a fault in a bad sample.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "what goes wrong here fails a test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 60;
const DISPATCH_LINES_MAX: usize = 100;
const DISPATCH: &str = "// dispatch: one arm per message";
const COLUMNS_MAX: usize = 100;
const README_LINES_MAX: usize = 160;
const README_RUN_BY_LINE: usize = 20;
const OWN_RUNTIME_LINES_MAX: usize = 80;
const CLAUSES: u32 = 10;
/// The attacks on credentials, on links, on authority, on records, on parsers and on storage that
/// are to be tried: so many of each.
const ATTACKS: [(char, u32); 6] = [('c', 11), ('l', 10), ('a', 10), ('r', 12), ('p', 9), ('k', 2)];

// ---- the repository ----

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file with this extension, by its path from the root, but for hidden and built ones.
fn files(extension: &str) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![root().to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                let path = path.strip_prefix(root()).unwrap();
                found.push(path.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {extension} files at all");
    found
}

/// Whether a file is a test: exempt from the rules on size and on words.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.starts_with("tests/") || path.contains("/tests/")
}

/// Fails with every fault that `rule` finds in the Rust files that `applies` picks.
fn check(applies: impl Fn(&str) -> bool, rule: impl Fn(&str, &str) -> Vec<String>) {
    let mut faults = Vec::new();
    for path in files("rs").iter().filter(|path| applies(path)) {
        faults.extend(rule(path, &text_of(path)).iter().map(|fault| format!("{path}: {fault}")));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

// ---- Rust, as far as we need it ----

/// The source with every comment blanked and every character of a literal replaced by `_`.
/// Characters keep their places.
fn masked(source: &str) -> Vec<char> {
    let chars: Vec<char> = source.chars().collect();
    let mut masked = Vec::with_capacity(chars.len());
    while let Some(next) = chars.get(masked.len()) {
        let follows_word = masked.last().is_some_and(|c: &char| c.is_alphanumeric());
        let rest = &chars[masked.len()..];
        let (length, mask) = opaque(rest, follows_word);
        if length == 0 {
            masked.push(*next);
        }
        masked.extend(rest[..length].iter().map(|c| if *c == '\n' { '\n' } else { mask }));
    }
    masked
}

/// How long the comment or literal is that begins here, and what to put in its place.
fn opaque(rest: &[char], follows_word: bool) -> (usize, char) {
    match rest {
        ['/', '/', ..] => (until(rest, 2, &['\n']), ' '),
        ['/', '*', ..] => (until(rest, 2, &['*', '/']), ' '),
        ['"', ..] => (escaped(rest, '"'), '_'),
        ['\'', '\\', ..] => (escaped(rest, '\''), '_'),
        ['\'', _, '\'', ..] => (3, '_'),
        ['r', '"' | '#', ..] if !follows_word => (raw(rest), '_'),
        ['b', 'r', '"' | '#', ..] if !follows_word => (1 + raw(&rest[1..]), '_'),
        _ => (0, ' '),
    }
}

/// The length up to and with the end, which is looked for from `from`.
fn until(rest: &[char], from: usize, end: &[char]) -> usize {
    let found = rest[from..].windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |at| from + at + end.len())
}

fn escaped(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// A raw string, or nothing if it is a raw identifier.
fn raw(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = ['"'].into_iter().chain(vec!['#'; hashes]).collect();
    until(rest, 2 + hashes, &end)
}

fn code(source: &str) -> String {
    masked(source).iter().collect()
}

fn code_lines(code: &str) -> usize {
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

/// The name and the place of the body, braces excluded, of each function that has one.
fn functions(code: &[char]) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for at in 0..code.len().saturating_sub(3) {
        let is_apart = at == 0 || !(code[at - 1].is_alphanumeric() || code[at - 1] == '_');
        if !is_apart || code[at..at + 3] != ['f', 'n', ' '] {
            continue;
        }
        let name = code[at + 3..].iter().take_while(|c| c.is_alphanumeric() || **c == '_');
        if let Some((start, end)) = body(code, at) {
            found.push((name.collect(), start, end));
        }
    }
    found
}

fn body(code: &[char], from: usize) -> Option<(usize, usize)> {
    let (mut nested, mut braces, mut start) = (0, 0, None);
    for (at, c) in code.iter().enumerate().skip(from) {
        match c {
            '(' | '[' => nested += 1,
            ')' | ']' => nested -= 1,
            ';' if nested == 0 && start.is_none() => return None,
            '{' => {
                start = start.or(Some(at + 1));
                braces += 1;
            }
            '}' if braces == 1 => return start.map(|start| (start, at)),
            '}' => braces -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn comments_and_literals_are_told_from_code() {
    let source = "a /* { */ b // {\n\"{\\\"{\" '{' '\\'' 'x r#\"{\"{\"# br\"{\" r#fn for\"{\" /* {";
    let code = code(source);
    assert!(!code.contains('{'), "{code}");
    assert_eq!(code.chars().count(), source.chars().count());
    assert_eq!(code.lines().count(), 2);
    assert!(code.contains("'x ") && code.contains("r#fn for"), "{code}");
}

#[test]
fn functions_are_found_with_their_bodies() {
    let code: Vec<char> =
        "fn a(x: [u8; 2]) { { } }\ntrait T { fn b(); fn c() {} } type F = fn(u8);"
            .chars()
            .collect();
    let names: Vec<String> = functions(&code).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["a", "c"]);
}

// ---- sizes ----

fn overlong_file(source: &str) -> Vec<String> {
    let lines = code_lines(&code(source));
    let faults = (lines > FILE_LINES_MAX).then(|| format!("{lines} lines of code"));
    faults.into_iter().collect()
}

fn overlong_functions(source: &str) -> Vec<String> {
    let (code, source) = (masked(source), source.chars().collect::<Vec<char>>());
    let mut faults = Vec::new();
    for (name, start, end) in functions(&code) {
        let lines = code_lines(&code[start..end].iter().collect::<String>());
        let text: String = source[start..end].iter().collect();
        let dispatches = text.trim_start().starts_with(DISPATCH);
        let max = if dispatches { DISPATCH_LINES_MAX } else { FUNCTION_LINES_MAX };
        if lines > max {
            faults.push(format!("fn {name} has {lines} lines"));
        }
    }
    faults
}

fn overlong_lines(source: &str) -> Vec<String> {
    let lines = source.lines().enumerate();
    let overlong = lines.filter(|(_, line)| line.chars().count() > COLUMNS_MAX);
    overlong.map(|(at, _)| format!("line {} exceeds {COLUMNS_MAX} columns", at + 1)).collect()
}

#[test]
fn no_file_has_more_than_400_lines_of_code() {
    check(|path| !is_test(path), |_, source| overlong_file(source));
    assert!(overlong_file(&"// note\n\nx();\n".repeat(400)).is_empty());
    assert_eq!(overlong_file(&"x();\n".repeat(401)).len(), 1);
}

#[test]
fn no_function_has_more_than_60_lines() {
    check(|path| !is_test(path), |_, source| overlong_functions(source));
    let function = |first: &str, lines| format!("fn f() {{\n{first}\n{}}}", "x();\n".repeat(lines));
    assert!(overlong_functions(&function("// why", 60)).is_empty());
    assert_eq!(overlong_functions(&function("", 61)), ["fn f has 61 lines"]);
    assert!(overlong_functions(&function(DISPATCH, 100)).is_empty());
    assert_eq!(overlong_functions(&function(DISPATCH, 101)).len(), 1);
}

#[test]
fn no_line_has_more_than_100_columns() {
    check(|_| true, |_, source| overlong_lines(source));
    assert!(overlong_lines(&"ä".repeat(100)).is_empty());
    assert_eq!(overlong_lines(&format!("\n{}", "x".repeat(101))).len(), 1);
}

// ---- words ----

/// Whether a file may hold a word.
type Allowed = fn(&str) -> bool;

/// Words that no code holds, and where they are allowed all the same.
const BANNED_IN_CODE: [(&str, Allowed); 12] = [
    ("todo!", |_| false),
    ("unimplemented!", |_| false),
    ("dbg!", |_| false),
    ("println!", is_beside_the_core),
    ("eprintln!", is_beside_the_core),
    ("HashMap", is_beside_the_core),
    ("HashSet", is_beside_the_core),
    ("thread_local!", is_beside_the_core),
    ("static mut", |_| false),
    ("f64", is_beside_the_protocol),
    ("Instant::now", is_the_edge),
    ("SystemTime::now", is_the_edge),
];

/// Words that stand nowhere, comments and literals included: what is to be done later, and places
/// and papers that only one machine knows. Put together so that they do not stand here.
const BANNED_IN_TEXT: [&str; 9] = [
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X:"),
    concat!("HA", "CK"),
    concat!("DESIGN", ".md"),
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
];

fn is_beside_the_core(path: &str) -> bool {
    !path.starts_with("core/src/")
}

/// The test vectors' serializer has to name what it refuses.
fn is_beside_the_protocol(path: &str) -> bool {
    is_beside_the_core(path) || path.starts_with("core/src/vectors/")
}

/// Where a clock is read: the runtimes, and what is no library at all.
fn is_the_edge(path: &str) -> bool {
    let outside = ["benches/", "examples/", "/examples/", "/bin/", "runtime"];
    outside.iter().any(|part| path.contains(part))
}

fn banned_words(path: &str, source: &str) -> Vec<String> {
    let code = code(source);
    let in_code = BANNED_IN_CODE.iter().filter(|(_, is_allowed)| !is_allowed(path));
    let in_code = in_code.map(|(word, _)| *word).filter(|word| has_word(&code, word));
    let in_text = BANNED_IN_TEXT.into_iter().filter(|word| source.contains(word));
    in_code.chain(in_text).map(|word| format!("holds {word}")).collect()
}

/// Whether the word stands there by itself, not as the end of another.
fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn no_code_holds_a_banned_word() {
    check(|path| !is_test(path), banned_words);
    for (word, _) in BANNED_IN_CODE {
        assert_eq!(banned_words("core/src/a.rs", word).len(), 1, "{word}");
        assert!(banned_words("core/src/a.rs", &format!("// {word}\n\"{word}\"")).is_empty());
    }
    for word in BANNED_IN_TEXT {
        assert_eq!(banned_words("src/a.rs", &format!("// {word}")).len(), 1, "{word}");
    }
    assert!(banned_words("src/a.rs", "println!").is_empty());
    assert!(banned_words("src/runtime/tokio.rs", "Instant::now").is_empty());
}

#[test]
fn no_test_and_no_page_holds_a_word_of_one_machine() {
    let rule = |text: &str| BANNED_IN_TEXT.iter().any(|word| text.contains(word));
    for path in files("rs").iter().chain(&files("md")).chain(&files("toml")) {
        assert!(!rule(&text_of(path)), "{path}");
    }
    assert!(rule(BANNED_IN_TEXT[0]));
}

// ---- dead files ----

/// The modules that a file declares in files of their own.
fn declared(source: &str) -> Vec<String> {
    let code = code(source);
    let lines = code.lines().filter_map(|line| line.trim().strip_suffix(';'));
    let names = lines.filter_map(|line| line.rsplit_once("mod "));
    let is_declaration = |before: &str| before.is_empty() || before.starts_with("pub");
    names
        .filter(|(before, name)| is_declaration(before) && !name.contains(' '))
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// The files of a crate that no `mod` line leads to.
fn unreachable_files(files: &[String], text_of: impl Fn(&str) -> String) -> Vec<String> {
    let is_root = |path: &str| {
        path.ends_with("src/lib.rs") || path.ends_with("src/main.rs") || path.contains("src/bin/")
    };
    let mut open: Vec<&str> =
        files.iter().map(String::as_str).filter(|path| is_root(path)).collect();
    let mut reached: BTreeSet<&str> = open.iter().copied().collect();
    while let Some(path) = open.pop() {
        let folder = if is_root(path) {
            Path::new(path).parent().unwrap().to_path_buf()
        } else {
            PathBuf::from(path.trim_end_matches(".rs"))
        };
        for name in declared(&text_of(path)) {
            let module = folder.join(name + ".rs");
            let known = files.iter().find(|file| Path::new(file) == module);
            open.extend(known.filter(|file| reached.insert(file)).map(String::as_str));
        }
    }
    files.iter().filter(|path| !reached.contains(path.as_str())).cloned().collect()
}

#[test]
fn every_source_file_is_part_of_its_crate() {
    let in_crates = |path: &String| path.starts_with("src/") || path.contains("/src/");
    let sources: Vec<String> = files("rs").into_iter().filter(in_crates).collect();
    assert_eq!(unreachable_files(&sources, text_of), Vec::<String>::new());

    let sample = ["src/lib.rs", "src/a.rs", "src/a/b.rs", "src/b.rs", "src/dead.rs"];
    let text = |path: &str| match path {
        "src/lib.rs" => "pub mod a;\n#[cfg(test)]\nmod c;\n// mod dead;".to_owned(),
        "src/a.rs" => "pub(crate) mod b;".to_owned(),
        _ => String::new(),
    };
    let dead = unreachable_files(&sample.map(str::to_owned), text);
    assert_eq!(dead, ["src/b.rs", "src/dead.rs"]);
}

// ---- the README and the contract ----

/// The least version of Rust that the workspace names.
fn msrv(manifest: &str) -> Option<&str> {
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \""))?;
    line.strip_suffix('"')
}

/// The code block behind a marker, as `.ci/run` reads it.
fn commands<'a>(readme: &'a str, marker: &str) -> Vec<&'a str> {
    let marker = format!("<!-- ci: {marker} -->");
    let behind = readme.lines().skip_while(|line| *line != marker);
    let block = behind.skip_while(|line| !line.starts_with("```")).skip(1);
    block.take_while(|line| !line.starts_with("```")).collect()
}

fn readme_faults(readme: &str, msrv: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = readme.lines().count();
    if lines > README_LINES_MAX {
        faults.push(format!("it has {lines} lines"));
    }
    let first_run = readme.lines().position(|line| line.contains("cargo run"));
    if first_run.is_none_or(|at| at >= README_RUN_BY_LINE) {
        faults.push(format!("no cargo run within {README_RUN_BY_LINE} lines"));
    }
    if !readme.contains(&format!("Rust {msrv}")) {
        faults.push(format!("it does not name Rust {msrv}"));
    }
    for (marker, begins) in [("test", ["cargo test", "cargo nextest"]), ("smoke", ["cargo run"; 2])]
    {
        let block = commands(readme, marker);
        if !block.iter().any(|line| begins.iter().any(|begin| line.starts_with(begin))) {
            faults.push(format!("no {} behind <!-- ci: {marker} -->", begins[0]));
        }
    }
    faults
}

fn untested_clauses(tests: &str) -> Vec<u32> {
    (1..=CLAUSES).filter(|clause| !tests.contains(&format!("\nfn c{clause}_"))).collect()
}

#[test]
fn the_readme_is_short_runs_soon_and_names_the_tests_and_the_toolchain() {
    let manifest = text_of("Cargo.toml");
    let msrv = msrv(&manifest).unwrap();
    assert_eq!(readme_faults(&text_of("README.md"), msrv), Vec::<String>::new());

    let good = "cargo run\nRust 1.90\n<!-- ci: test -->\n```sh\ncargo test\n```\n\
                <!-- ci: smoke -->\n```sh\ncargo run --example x\n```\n";
    assert_eq!(readme_faults(good, "1.90"), Vec::<String>::new());
    assert_eq!(readme_faults(good, "1.91").len(), 1);
    assert_eq!(readme_faults(&good.replace("cargo test", "make test"), "1.90").len(), 1);
    assert_eq!(readme_faults(&good.replace("smoke", "fire"), "1.90").len(), 1);
    assert_eq!(readme_faults(&("\n".repeat(20) + good), "1.90").len(), 1);
    assert_eq!(readme_faults(&(good.to_owned() + &"\n".repeat(160)), "1.90").len(), 1);
}

/// The files in which an example shows what a user may have to write.
const OWN_RUNTIME: [&str; 2] =
    ["examples/own_runtime/runtime.rs", "examples/own_runtime/sockets.rs"];

#[test]
fn a_runtime_of_ones_own_takes_80_lines_and_its_sockets_as_many() {
    for path in OWN_RUNTIME {
        let lines = text_of(path).lines().count();
        assert!(lines <= OWN_RUNTIME_LINES_MAX, "{path} has {lines} lines");
    }
}

/// The functions of a source that has tests.
fn test_names(source: &str) -> impl Iterator<Item = &str> {
    let has_tests = source.contains("#[test]");
    let names = source.lines().filter_map(|line| line.trim_start().strip_prefix("fn "));
    names.filter_map(|rest| rest.split(['(', '<']).next()).filter(move |_| has_tests)
}

/// The attacks whose number occurs in no name.
fn untried_attacks<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let tried: BTreeSet<&str> = names.flat_map(|name| name.split('_')).collect();
    let numbers = ATTACKS
        .into_iter()
        .flat_map(|(kind, count)| (1..=count).map(move |number| format!("{kind}{number:02}")));
    numbers.filter(|number| !tried.contains(number.as_str())).collect()
}

#[test]
fn every_attack_of_the_catalogue_is_tried_by_a_test_that_bears_its_number() {
    // the clauses of the contract have numbers too
    let paths = files("rs").into_iter().filter(|path| path != "core/tests/it/contract.rs");
    let sources: Vec<String> = paths.map(|path| text_of(&path)).collect();
    let names = sources.iter().flat_map(|source| test_names(source));
    assert_eq!(untried_attacks(names), Vec::<String>::new());

    let sample = "#[test]\nfn c01_l10_x() {}\n    fn a02_y(\n// fn c03_z\nfn c4_w()";
    let untried = untried_attacks(test_names(sample));
    let all: u32 = ATTACKS.iter().map(|(_, count)| count).sum();
    assert_eq!(untried.len(), all as usize - 3);
    assert!(untried.contains(&"c03".to_owned()) && untried.contains(&"c04".to_owned()));
    assert_eq!(test_names("fn c01_x() {}").count(), 0);
}

/// Crates that unpack what was packed: a few bytes could become many (attack P05).
const UNPACKERS: [&str; 8] =
    ["flate2", "miniz_oxide", "zstd", "brotli", "lz4", "lz4_flex", "snap", "lzma-rs"];

/// What a lock file holds of these.
fn locked<'a>(lock: &str, crates: &[&'a str]) -> Vec<&'a str> {
    let is_there = |name: &&&str| lock.contains(&format!("\nname = \"{name}\"\n"));
    crates.iter().filter(is_there).copied().collect()
}

#[test]
fn p05_nothing_that_unpacks_is_among_the_dependencies() {
    assert_eq!(locked(&text_of("Cargo.lock"), &UNPACKERS), Vec::<&str>::new());
    assert_eq!(locked("\nname = \"snap\"\n", &UNPACKERS), ["snap"]);
}

/// The versions of a crate that a lock file holds, each as numbers that can be compared.
fn locked_versions(lock: &str, name: &str) -> Vec<Vec<u32>> {
    let before = format!("\nname = \"{name}\"\nversion = \"");
    let versions = lock.split(&before).skip(1).filter_map(|rest| rest.split('"').next());
    versions.map(|version| version.split('.').map(|part| part.parse().unwrap()).collect()).collect()
}

#[test]
fn p09_quic_is_no_earlier_than_its_last_mended_flaw() {
    let versions = locked_versions(&text_of("Cargo.lock"), "quinn-proto");
    assert!(!versions.is_empty() && versions.iter().all(|version| version >= &vec![0, 11, 15]));
    let lock = "\nname = \"a\"\nversion = \"0.11.9\"\n\nname = \"a\"\nversion = \"1.0.0\"\n";
    assert_eq!(locked_versions(lock, "a"), [[0, 11, 9], [1, 0, 0]]);
}

/// Collections whose order and cost depend on a hasher (attack P06).
const HASHED: [&str; 5] = ["HashMap", "HashSet", "hashbrown", "RandomState", "DefaultHasher"];

#[test]
fn p06_the_core_keeps_nothing_in_the_order_of_a_hasher() {
    let rule = |source: &str| HASHED.into_iter().filter(|it| has_word(&code(source), it)).collect();
    for path in files("rs").iter().filter(|path| path.starts_with("core/src/")) {
        let found: Vec<&str> = rule(&text_of(path));
        assert_eq!(found, Vec::<&str>::new(), "{path}");
    }
    assert_eq!(rule("use std::collections::HashMap;"), ["HashMap"]);
}

/// Words that reach below what a signing key checks by itself (attacks C05 and C08).
const HAZARDS: [&str; 4] = ["hazmat", "ExpandedSecretKey", "raw_sign", "legacy_compatibility"];

fn hazards(source: &str) -> Vec<&str> {
    HAZARDS.into_iter().filter(|word| source.contains(word)).collect()
}

#[test]
fn c08_no_source_and_no_manifest_reaches_below_the_signing_key() {
    let paths = files("rs").into_iter().chain(files("toml"));
    for path in paths.filter(|path| path != "tests/tidy.rs" && path != "deny.toml") {
        assert_eq!(hazards(&text_of(&path)), Vec::<&str>::new(), "{path}");
    }
    assert_eq!(hazards("use ed25519_dalek::hazmat::raw_sign;"), ["hazmat", "raw_sign"]);
}

#[test]
fn every_clause_of_the_contract_has_a_test() {
    assert_eq!(untested_clauses(&text_of("core/tests/it/contract.rs")), Vec::<u32>::new());
    assert_eq!(untested_clauses("\nfn c2_x() {}\n// fn c3_\nfn c10_y").len(), 8);
}

/// Relative links in a page that lead nowhere, as seen from a folder.
fn broken_links(page: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let links = page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let local = links.filter(|link| !link.is_empty() && !link.contains(':'));
    local.filter(|link| !exists(link)).map(str::to_owned).collect()
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    for path in files("md") {
        let folder = root().join(&path).parent().unwrap().to_path_buf();
        let broken = broken_links(&text_of(&path), |link| folder.join(link).exists());
        assert_eq!(broken, Vec::<String>::new(), "{path}");
    }
    let page = "[a](a.md) [b](b.md#x) [c](https://c) [d](#d)";
    assert_eq!(broken_links(page, |link| link == "a.md"), ["b.md"]);
}
