//! How large the store's file is after a million updates of a thousand records.
//!
//! `cargo run --release -- [updates] [records] [bytes]`
//!
//! An update is what the core makes of it: one operation that puts a new version under a key of 97
//! bytes, and deletes the one before. A version has 300 bytes, unless told otherwise. As many are
//! submitted at once as one group of commits takes, and then awaited, as a driver does that is kept
//! busy.
//!
//! The limit is twice what is stored, keys and values, and 4 MiB. It fails if the file is larger
//! once it has been compacted; and if opening alone, which compacts a file that is mostly free
//! space, leaves it larger.

use std::path::Path;
use std::process::ExitCode;

use bytes::Bytes;
use peergroup::store::{BlockingStore as _, RedbFile, RedbStore, Store as _};
use peergroup::{Change, LoadQuery, StoreOp};

/// Operations submitted before any is awaited.
const AT_ONCE: u64 = 256;
/// What a file may need beyond twice its data.
const SLACK: u64 = 4 * 1024 * 1024;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u64>());
    let updates = numbers.next().transpose()?.unwrap_or(1_000_000);
    let records = numbers.next().transpose()?.unwrap_or(1_000).max(1);
    let bytes = usize::try_from(numbers.next().transpose()?.unwrap_or(300))?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store");

    let mut largest = 0;
    let mut store = RedbStore::open(&path)?;
    let mut next = 0;
    while next < updates {
        let end = updates.min(next + AT_ONCE);
        let submitted: Vec<_> =
            (next..end).map(|number| store.apply(vec![update(number, records, bytes)])).collect();
        for outcome in submitted {
            futures_executor::block_on(outcome)?;
        }
        largest = largest.max(size(&path)?);
        next = end;
    }
    drop(store);
    let closed = size(&path)?;

    let opened_at = std::fs::copy(&path, folder.path().join("copy"))?;
    let mut file = RedbFile::open(folder.path().join("copy"))?;
    let opened = size(&folder.path().join("copy"))?;
    file.compact()?;
    let (found, live) = live(&mut file)?;
    assert_eq!(found, records.min(updates), "every record is there once");
    drop(file);
    let compacted = size(&folder.path().join("copy"))?;

    let limit = 2 * live + SLACK;
    println!("{updates} updates of {records} records of {bytes} bytes");
    println!("stored, keys and values   {live:>12} bytes");
    println!("limit, twice that + 4 MiB {limit:>12} bytes");
    print("file at its largest", largest, live);
    print("file once it is closed", closed, live);
    print("file once it is opened", opened, live);
    print("file once it is compacted", compacted, live);
    assert_eq!(opened_at, closed);
    Ok(if opened.max(compacted) <= limit { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(what: &str, bytes: u64, live: u64) {
    println!(
        "{what:<25} {bytes:>12} bytes, {:.2} times what is stored",
        bytes as f64 / live as f64
    );
}

fn size(path: &Path) -> Result<u64, Failure> {
    Ok(path.metadata()?.len())
}

/// The update of this number: records take turns, in an order that is none.
fn update(number: u64, records: u64, bytes: usize) -> StoreOp {
    let (round, place) = (number / records, number % records);
    let record = mixed(place);
    let put = Change::Put { key: key(record, round), value: vec![number as u8; bytes].into() };
    let before = round.checked_sub(1).map(|before| Change::Delete { key: key(record, before) });
    StoreOp { changes: [put].into_iter().chain(before).collect() }
}

/// The key of a version: a letter, the seat, and an id that is a hash.
fn key(record: u64, round: u64) -> Bytes {
    let mut key = vec![b'r'];
    key.extend([7; 64]);
    let part = |number: u64| mixed(mixed(record ^ number) ^ round).to_be_bytes();
    key.extend((0..4).flat_map(part));
    key.into()
}

/// How many entries there are, and the bytes of all keys and values.
fn live(file: &mut RedbFile) -> Result<(u64, u64), Failure> {
    let all = LoadQuery { prefix: Bytes::new(), after: Bytes::new(), limit: usize::MAX };
    let entries = file.load_blocking(&all)?.entries;
    let bytes = entries.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
    Ok((entries.len() as u64, bytes as u64))
}

/// `SplitMix64`.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
