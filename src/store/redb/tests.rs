#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use bytes::Bytes;
use futures_util::future::join_all;
use peergroup_core::Change;
use redb::{Database, TableDefinition};
use tempfile::TempDir;

use super::*;
use crate::store::{BlockingStore as _, conformance};

mod crash;
mod disk;

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    (directory, path)
}

fn op(changes: impl IntoIterator<Item = Change>) -> StoreOp {
    StoreOp { changes: changes.into_iter().collect() }
}

fn put(key: &[u8], value: &[u8]) -> Change {
    Change::Put { key: Bytes::copy_from_slice(key), value: Bytes::copy_from_slice(value) }
}

fn all() -> LoadQuery {
    LoadQuery { prefix: Bytes::new(), after: Bytes::new(), limit: usize::MAX }
}

#[test]
fn a_second_store_of_the_same_file_is_refused() {
    let (_directory, path) = place();
    let first = RedbStore::open(&path).unwrap();
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::InUse));
    drop(first);
    assert!(RedbFile::open(&path).is_ok());
}

#[test]
fn creating_leaves_nothing_beside_the_file_and_ignores_what_was_cut_short() {
    let (directory, path) = place();
    std::fs::write(directory.path().join("store.new0"), b"cut short").unwrap();
    drop(RedbFile::open(&path).unwrap());
    let names = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name());
    let names: BTreeSet<_> = names.collect();
    assert_eq!(names, ["store".into(), "store.new0".into()].into());
}

#[test]
fn what_waits_while_the_disk_is_busy_is_made_durable_together() {
    let disk = disk::Disk::default();
    let file = RedbFile::open_on(disk.clone()).unwrap();
    let mut store = RedbStore::new(file).unwrap();
    let each = |number: u16| op([put(&number.to_be_bytes(), &[7; 300])]);
    let before = disk.syncs();
    for number in 1000..1200 {
        smol::block_on(store.apply(vec![each(number)])).unwrap();
    }
    let one_by_one = disk.syncs() - before;
    disk.hold();
    let first = store.apply(vec![each(1)]);
    disk.until_held();
    let waiting: Vec<_> = (2..202).map(|number| store.apply(vec![each(number)])).collect();
    let before = disk.syncs();
    disk.release();
    smol::block_on(async { (first.await.unwrap(), join_all(waiting).await) });
    // a commit waits twice for the disk, and once more where the file grows
    let syncs = disk.syncs() - before;
    println!("200 calls wait for the disk {one_by_one} times, together {syncs} times");
    assert!(syncs <= 6, "{syncs} for the first call and the 200 that waited behind it");
    assert!(one_by_one >= 400, "{one_by_one}");
    assert_eq!(smol::block_on(store.load(all())).unwrap().entries.len(), 401);
}

#[test]
fn a_file_that_is_mostly_free_space_is_compacted_when_it_is_opened_or_by_a_call() {
    let (_directory, path) = place();
    let size = || path.metadata().unwrap().len();
    let spread = |file: &mut RedbFile| {
        let puts = (0..120_u8).map(|n| put(&[n], &vec![n; 60_000]));
        file.apply_blocking(&[op(puts)]).unwrap();
        file.apply_blocking(&[op([Change::DeletePrefix { prefix: vec![b'a'].into() }])]).unwrap();
        let most = (0..119_u8).map(|n| Change::Delete { key: vec![n].into() });
        file.apply_blocking(&[op(most)]).unwrap();
    };
    let mut file = RedbFile::open(&path).unwrap();
    spread(&mut file);
    assert!(size() > 6_000_000, "{}", size());
    drop(file);
    let mut file = RedbFile::open(&path).unwrap();
    assert!(size() < 3_000_000, "opened: {}", size());
    spread(&mut file);
    assert_eq!(file.compact(), Ok(true));
    assert!(size() < 3_000_000, "by a call: {}", size());
    assert_eq!(file.compact(), Ok(false));
    assert_eq!(file.load_blocking(&all()).unwrap().entries.len(), 1);
}

#[test]
fn stores_that_create_the_same_file_at_once_end_up_with_one() {
    let (_directory, path) = place();
    let open = || {
        let mut file = RedbFile::open(&path).ok()?;
        file.apply_blocking(&[op([put(b"winner", b"")])]).unwrap();
        Some(())
    };
    let opened = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).count()
    });
    assert!(opened >= 1);
    assert_eq!(RedbFile::open(&path).unwrap().load_blocking(&all()).unwrap().entries.len(), 1);
}

#[test]
fn what_is_not_a_store_is_named() {
    let (directory, path) = place();
    std::fs::write(&path, "a letter, and much more text than that ".repeat(500)).unwrap();
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Foreign));
    std::fs::write(&path, b"").unwrap();
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Damaged));
    assert!(matches!(RedbFile::open(directory.path()).err(), Some(OpenError::Io(_))));
    let nowhere = directory.path().join("nowhere").join("store");
    assert_eq!(RedbFile::open(nowhere).err(), Some(OpenError::Io(io::ErrorKind::NotFound)));
}

/// Writes a table as another program, or another version of this one, might have.
fn write_table<V>(path: &Path, name: &str, value: V)
where
    V: redb::Value + for<'a> core::borrow::Borrow<V::SelfType<'a>> + 'static,
{
    let database = Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    let table: TableDefinition<'_, &str, V> = TableDefinition::new(name);
    transaction.open_table(table).unwrap().insert("version", value).unwrap();
    transaction.commit().unwrap();
}

#[test]
fn a_database_of_another_program_or_a_later_version_is_named() {
    let (directory, path) = place();
    write_table(&path, "something else", 1_u32);
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Foreign));
    let path = directory.path().join("other type");
    write_table(&path, "peergroup format", 1_u64);
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Foreign));
    let path = directory.path().join("later");
    drop(RedbFile::open(&path).unwrap());
    write_table(&path, "peergroup format", 2_u32);
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Newer));
}

#[test]
fn after_a_failure_nothing_succeeds() {
    let (_directory, path) = place();
    let mut file = RedbFile::open(&path).unwrap();
    file.apply_blocking(&[op([put(b"a", b"1")])]).unwrap();
    file.panic_in_transaction();
    assert_eq!(file.apply_blocking(&[op([])]), Err(StoreFailure::Corrupt));
    assert_eq!(file.compact(), Err(StoreFailure::Corrupt));
    let store = RedbStore::new(file).unwrap();
    assert_eq!(smol::block_on(conformance::after_a_failure_nothing_succeeds(store)), Ok(()));
    let mut file = RedbFile::open(&path).unwrap();
    assert_eq!(file.load_blocking(&all()).unwrap().entries.len(), 1);
}

#[test]
fn what_was_submitted_is_stored_although_the_futures_are_dropped() {
    let (_directory, path) = place();
    let mut store = RedbStore::open(&path).unwrap();
    for n in 0..1000_u16 {
        drop(store.apply(vec![op([put(&n.to_be_bytes(), b"")])]));
    }
    drop(store);
    let mut file = RedbFile::open(&path).unwrap();
    assert_eq!(file.load_blocking(&all()).unwrap().entries.len(), 1000);
}

/// A store of a few commits, and what is in it.
fn sample(path: &Path) -> Entries {
    let mut file = RedbFile::open(path).unwrap();
    for round in 0..4_u8 {
        let puts = (0..60_u8).map(|n| put(&[round, n], &[n; 97]));
        file.apply_blocking(&[op(puts)]).unwrap();
    }
    file.apply_blocking(&[op([Change::DeletePrefix { prefix: vec![1].into() }])]).unwrap();
    file.load_blocking(&all()).unwrap()
}

/// What opening a damaged copy and reading it gives: an error, or else everything.
fn is_refused(copy: &Path, bytes: &[u8], expected: &Entries, what: &str) -> bool {
    std::fs::write(copy, bytes).unwrap();
    let Ok(mut file) = RedbFile::open(copy) else { return true };
    let found = file.load_blocking(&all());
    assert!(found.as_ref() == Ok(expected) || found.is_err(), "{what}: silent loss");
    found.is_err()
}

#[test]
fn a_file_cut_short_is_refused_or_whole() {
    let (directory, path) = place();
    let expected = sample(&path);
    let bytes = std::fs::read(&path).unwrap();
    let copy = directory.path().join("copy");
    let lengths = (0..340).step_by(17).chain((0..bytes.len()).step_by(bytes.len() / 60 + 1));
    for length in lengths {
        let cut = &bytes[..length];
        assert!(is_refused(&copy, cut, &expected, &format!("cut to {length}")), "{length}");
    }
}

#[test]
fn a_file_with_flipped_bits_is_refused_or_whole() {
    let (directory, path) = place();
    let expected = sample(&path);
    let mut bytes = std::fs::read(&path).unwrap();
    let copy = directory.path().join("copy");
    let everywhere = (0..bytes.len()).step_by(bytes.len() / 250 + 1);
    let mut refused = 0;
    for at in (0..320).step_by(2).chain([9, 11, 13]).chain(everywhere) {
        let mask = 1 << (at % 8);
        bytes[at] ^= mask;
        refused += usize::from(is_refused(&copy, &bytes, &expected, &format!("bit at {at}")));
        bytes[at] ^= mask;
    }
    assert!(refused > 30, "{refused}");
}

#[test]
fn damage_to_the_last_commit_is_not_taken_for_a_torn_one() {
    let (directory, path) = place();
    sample(&path);
    let mut file = RedbFile::open(&path).unwrap();
    let value = [0xa5; 3000];
    file.apply_blocking(&[op([put(b"last", &value)])]).unwrap();
    let expected = file.load_blocking(&all()).unwrap();
    // As a crash would leave it: the file is not closed.
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(value.len()).rposition(|window| window == value).unwrap();
    let copy = directory.path().join("copy");
    assert!(!is_refused(&copy, &bytes, &expected, "as it was"));
    bytes[at] ^= 1;
    assert!(is_refused(&copy, &bytes, &expected, "last commit"));
}

/// Where the child that is going to be killed keeps its store.
const CHILD: &str = "PEERGROUP_TEST_STORE";
/// Keys that one operation of the child writes.
const KEYS_PER_OP: u8 = 3;

/// Not a test on its own: what the child process of the next test runs.
#[test]
fn child_applies_until_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut store = RedbStore::open(path).unwrap();
    let done = smol::block_on(store.load(all())).unwrap();
    let mut next = done.entries.last().map_or(0, |(key, _)| number(key).wrapping_add(1));
    loop {
        let numbers = next..next + 1 + next % 4;
        next = numbers.end;
        let submitted = numbers.map(|number| {
            let applied = store.apply(vec![child_op(number)]);
            async move {
                applied.await.unwrap();
                // in one write, which is whole or not there: a kill would split what is formatted
                let line = format!("stored {number}\n");
                io::stderr().write_all(line.as_bytes()).unwrap();
            }
        });
        smol::block_on(join_all(submitted.collect::<Vec<_>>()));
    }
}

/// Operation `n` writes its keys and removes those of the operation 40 before it.
fn child_op(number: u32) -> StoreOp {
    let puts = (0..KEYS_PER_OP).map(|part| {
        let key = [&number.to_be_bytes()[..], &[part]].concat();
        put(&key, &vec![part; 50_usize.max(number as usize % 2000)])
    });
    let prefix = number.wrapping_sub(40).to_be_bytes().to_vec().into();
    op(puts.chain([Change::DeletePrefix { prefix }]))
}

fn number(key: &[u8]) -> u32 {
    u32::from_be_bytes(key[..4].try_into().unwrap())
}

/// Starts the child, lets it store some more, kills it in the middle of something.
fn last_stored_before_kill(path: &Path, more: usize, delay_us: u64) -> Option<u32> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::redb::tests::child_applies_until_killed", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut stored = lines.map(|line| {
        let line = line.unwrap();
        line.strip_prefix("stored ").unwrap_or_else(|| panic!("{line}")).parse().unwrap()
    });
    let before = stored.by_ref().take(more).last();
    thread::sleep(core::time::Duration::from_micros(delay_us));
    child.kill().unwrap();
    child.wait().unwrap();
    stored.last().or(before)
}

#[test]
fn a_process_killed_at_any_moment_has_stored_what_it_was_told() {
    let (_directory, path) = place();
    let mut acknowledged = None;
    for round in 0..24_usize {
        // The first rounds hit the creation and the opening, the others a commit.
        let delay = u64::try_from(round * 7919 % 3000).unwrap();
        let more = if round % 6 == 0 { 0 } else { 1 + round * 5 % 17 };
        acknowledged = acknowledged.max(last_stored_before_kill(&path, more, delay));
        if acknowledged.is_none() {
            continue;
        }
        let entries = RedbFile::open(&path).unwrap().load_blocking(&all()).unwrap().entries;
        let last = number(&entries.last().unwrap().0);
        assert!(Some(last) >= acknowledged, "{last} but acknowledged {acknowledged:?}");
        let expected: Vec<_> = (last.saturating_sub(39)..=last)
            .flat_map(|number| child_op(number).changes)
            .filter_map(|change| match change {
                Change::Put { key, value } => Some((key, value)),
                Change::Delete { .. } | Change::DeletePrefix { .. } => None,
            })
            .collect();
        assert!(entries == expected, "round {round}: not what {last} operations leave");
    }
    assert!(acknowledged > Some(100), "{acknowledged:?}");
}
