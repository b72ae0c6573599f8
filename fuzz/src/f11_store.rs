//! A damaged store: it opens as something that was committed, or it does not open.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use bytes::Bytes;
use peergroup::store::{BlockingStore as _, RedbFile};
use peergroup_core::{Change, LoadQuery, StoreOp};
use tempfile::TempDir;

use crate::Tape;
use crate::rig::{Rows, apply};

/// Batches that are committed, one after the other.
const BATCHES: usize = 6;
/// More than all there is.
const ALL: usize = 1 << 24;

/// A file as it was when it was closed, and what it may be taken for.
struct File {
    bytes: Vec<u8>,
    committed: Vec<Rows>,
}

/// Damages a file of the embedded store and opens it.
pub fn f11_store(data: &[u8]) {
    let file = file();
    let mut tape = Tape::new(data);
    let mut bytes = file.bytes.clone();
    match tape.below(4) {
        0 => bytes.truncate(tape.size(3) % (bytes.len() + 1)),
        1 => bytes.extend_from_slice(tape.run()),
        _ => {}
    }
    while !tape.is_over() && !bytes.is_empty() {
        let at = tape.size(3) % bytes.len();
        let damage = tape.byte();
        if damage < 128 {
            bytes[at] ^= damage;
        } else {
            // a page that was never written, or belongs elsewhere
            let to = (at & !4095).min(bytes.len() - 1);
            let end = (to + 4096).min(bytes.len());
            let from = tape.size(3) % bytes.len();
            let from = (from & !4095).min(bytes.len() - (end - to));
            bytes.copy_within(from..from + (end - to), to);
        }
    }
    let is_whole = bytes == file.bytes;
    let path = place().join("damaged.redb");
    fs::write(&path, &bytes).expect("there is room");
    let read = open_and_read(&path);
    let found = read.as_ref().map(|rows| file.committed.iter().position(|it| it == rows));
    match found {
        Some(Some(_)) | None => assert!(!is_whole || found == Some(Some(BATCHES)), "{found:?}"),
        Some(None) => panic!("it opens as something that was never committed"),
    }
}

/// What a file holds; none if it does not open, or says that it is damaged.
fn open_and_read(path: &PathBuf) -> Option<Rows> {
    let mut store = RedbFile::open(path).ok()?;
    let everything = LoadQuery { prefix: Bytes::new(), after: Bytes::new(), limit: ALL };
    let loaded = store.load_blocking(&everything).ok()?;
    assert!(!loaded.more);
    Some(loaded.entries.into_iter().collect())
}

fn place() -> &'static std::path::Path {
    static PLACE: OnceLock<TempDir> = OnceLock::new();
    PLACE
        .get_or_init(|| {
            // where files are memory, if there is such a place
            let memory = std::path::Path::new("/dev/shm");
            let made = TempDir::new_in(memory).or_else(|_| TempDir::new());
            made.expect("a temporary directory")
        })
        .path()
}

/// The store as it is before anything is damaged.
fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| {
        let path = place().join("whole.redb");
        let mut store = RedbFile::open(&path).expect("it is made");
        let mut rows = Rows::new();
        let mut committed = vec![rows.clone()];
        for number in 0..BATCHES {
            let op = batch(u8::try_from(number).expect("a few"));
            apply(&mut rows, &op);
            store.apply_blocking(&[op]).expect("there is room");
            committed.push(rows.clone());
        }
        drop(store);
        let bytes = fs::read(&path).expect("it is there");
        File { bytes, committed }
    })
}

fn batch(number: u8) -> StoreOp {
    let row = |at: u8, size: usize| Change::Put {
        key: Bytes::from(vec![at, number / 2]),
        value: Bytes::from(vec![number; size]),
    };
    let mut changes = vec![row(1, 10), row(2, 300), row(3, 5000)];
    if number % 3 == 2 {
        changes.push(Change::DeletePrefix { prefix: Bytes::from(vec![2]) });
    }
    StoreOp { changes }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![2], vec![0, 0, 0, 0], vec![0, 0, 16, 0], vec![1, 4, 0, 1, 2, 3, 4]];
    // the header's fields, its two slots, and the pages behind them
    for at in [0_u32, 8, 9, 12, 16, 24, 64, 65, 72, 96, 128, 192, 200, 256, 320] {
        seeds.push([&[2], &at.to_le_bytes()[..3], &[1]].concat());
    }
    for page in 1..12_u32 {
        let at = (page * 4096 + 4).to_le_bytes();
        seeds.push([&[2], &at[..3], &[64]].concat());
        seeds.push([&[2], &at[..3], &[128], &(4096_u32).to_le_bytes()[..3]].concat());
    }
    seeds
}
