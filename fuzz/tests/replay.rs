//! Every target runs on its corpus and on whatever once failed; the corpus is what its seeds give.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::std_instead_of_core,
    reason = "what goes wrong here fails a test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use peergroup_fuzz::{TARGETS, Target};

/// What a corpus may take.
const CORPUS_BYTES_MAX: usize = 1024 * 1024;

/// The inputs of a target in a folder, and where they are, by their names.
fn inputs(folder: &str, target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target.name);
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let all = ["corpus", "regressions"].map(|folder| inputs(folder, target));
    assert!(!all[0].is_empty(), "there is no corpus");
    (target.run)(&[]);
    for (path, input) in all.iter().flatten() {
        // said only if it fails
        println!("{}", path.display());
        (target.run)(input);
    }
}

macro_rules! replayed {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { replay(stringify!($name)); })*

        #[test]
        fn no_target_is_left_out() {
            assert!(TARGETS.iter().map(|target| target.name).eq([$(stringify!($name)),*]));
        }
    };
}

replayed! {
    f01_frame,
    f02_message,
    f03_statement,
    f04_chain,
    f05_invitation,
    f06_card,
    f07_attributes,
    f08_query,
    f09_text,
    f10_vault,
    f11_store,
    f12_database,
    f13_compare,
    f14_liar,
    f15_password,
    f16_handshake,
    f17_node,
    f18_world,
    f19_authority,
    f20_records,
    f21_crash,
    f22_time,
}

#[test]
fn the_corpus_is_what_the_seeds_give() {
    for target in TARGETS {
        let written: Vec<Vec<u8>> =
            inputs("corpus", target).into_iter().map(|(_, input)| input).collect();
        let seeds = (target.seeds)();
        let size: usize = seeds.iter().map(Vec::len).sum();
        assert!(size <= CORPUS_BYTES_MAX, "{}: {size} bytes", target.name);
        assert!(written == seeds, "{}: run the program seeds", target.name);
    }
}
