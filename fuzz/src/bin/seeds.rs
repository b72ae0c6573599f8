//! Writes the corpus: for each target the inputs that it begins with, one file each, by their
//! numbers. The same ones every time.
//!
//! `cargo run -p peergroup-fuzz --bin seeds`
#![allow(clippy::std_instead_of_core, reason = "a program")]

use std::error::Error;
use std::fs;
use std::path::Path;

use peergroup_fuzz::TARGETS;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        let place = corpus.join(target.name);
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        fs::create_dir_all(&place)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(place.join(format!("{number:03}")), seed)?;
        }
    }
    Ok(())
}
