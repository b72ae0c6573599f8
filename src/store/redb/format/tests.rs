use std::path::{Path, PathBuf};

use bytes::Bytes;
use peergroup_core::{Change, LoadQuery, StoreOp};
use redb::ReadableTable as _;

use super::*;
use crate::store::{BlockingStore as _, RedbFile};

/// Three steps that tell of themselves: what is stored shows which were taken, in which order.
pub(in crate::store::redb) const LATER: Format = Format {
    steps: &[
        |rows| append(rows, 2),
        |rows| {
            rows.remove(&b"b"[..])?;
            append(rows, 3)
        },
        |rows| append(rows, 4),
    ],
};

fn append(rows: &mut Table<'_, &[u8], &[u8]>, byte: u8) -> Result<(), StorageError> {
    let key = &b"a"[..];
    let mut value = rows.get(key)?.map(|found| found.value().to_vec()).unwrap_or_default();
    value.push(byte);
    rows.insert(key, &*value)?;
    Ok(())
}

/// A file as this code writes it, and then said to be of another version.
fn fixture(version: u32) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut file = RedbFile::open(&path).unwrap();
    let put = |key: &'static [u8]| Change::Put { key: key.into(), value: vec![1].into() };
    file.apply_blocking(&[StoreOp { changes: vec![put(b"a"), put(b"b")] }]).unwrap();
    drop(file);
    say_version(&path, Some(version));
    (directory, path)
}

fn say_version(path: &Path, version: Option<u32>) {
    let said = change(&Database::open(path).unwrap(), |transaction| {
        let mut table = transaction.open_table(TABLE)?;
        match version {
            Some(version) => table.insert(KEY, version)?,
            None => table.remove(KEY)?,
        };
        Ok(())
    });
    said.unwrap();
}

/// The version of a file, and its rows.
fn held(path: &Path) -> (u32, Vec<(Bytes, Bytes)>) {
    let version = version_of(&Database::open(path).unwrap()).unwrap();
    say_version(path, Some(FORMAT.version()));
    let all = LoadQuery { prefix: Bytes::new(), after: Bytes::new(), limit: usize::MAX };
    let entries = RedbFile::open(path).unwrap().load_blocking(&all).unwrap().entries;
    (version, entries)
}

type Row = (&'static [u8], &'static [u8]);

fn rows(rows: &[Row]) -> Vec<(Bytes, Bytes)> {
    rows.iter().map(|(key, value)| (Bytes::from_static(key), Bytes::from_static(value))).collect()
}

#[test]
fn an_older_file_is_brought_to_this_version_step_by_step() {
    let ways: [(u32, &[Row]); 4] = [
        (1, &[(b"a", &[1, 2, 3, 4])]),
        (2, &[(b"a", &[1, 3, 4])]),
        (3, &[(b"a", &[1, 4]), (b"b", &[1])]),
        (4, &[(b"a", &[1]), (b"b", &[1])]),
    ];
    for (version, expected) in ways {
        let (_directory, path) = fixture(version);
        LATER.bring(&Database::open(&path).unwrap()).unwrap();
        assert_eq!(held(&path), (4, rows(expected)), "from {version}");
    }
}

#[test]
fn a_file_that_is_of_this_version_is_not_written_to() {
    let (_directory, path) = fixture(4);
    let database = Database::open(&path).unwrap();
    let before = std::fs::read(&path).unwrap();
    LATER.bring(&database).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_step_that_fails_leaves_the_version_before_it() {
    const STUMBLES: Format = Format {
        steps: &[
            |rows| append(rows, 2),
            |rows| {
                append(rows, 3)?;
                Err(StorageError::Corrupted("as told".into()))
            },
        ],
    };
    let (_directory, path) = fixture(1);
    let outcome = STUMBLES.bring(&Database::open(&path).unwrap());
    assert_eq!(outcome, Err(OpenError::Damaged));
    assert_eq!(version_of(&Database::open(&path).unwrap()), Ok(2));
    LATER.bring(&Database::open(&path).unwrap()).unwrap();
    assert_eq!(held(&path), (4, rows(&[(b"a", &[1, 2, 3, 4])])), "it goes on from there");
}

#[test]
fn a_newer_file_is_refused_and_left_as_it_is() {
    let (_directory, path) = fixture(5);
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Newer));
    assert_eq!(LATER.bring(&Database::open(&path).unwrap()), Err(OpenError::Newer));
    assert_eq!(held(&path), (5, rows(&[(b"a", &[1]), (b"b", &[1])])));
}

#[test]
fn a_file_without_its_version_or_without_its_rows_is_damaged() {
    let (_directory, path) = fixture(0);
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Damaged));
    say_version(&path, None);
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Damaged));
    say_version(&path, Some(FORMAT.version()));
    let removed = change(&Database::open(&path).unwrap(), |transaction| {
        transaction.delete_table(ENTRIES)?;
        Ok(())
    });
    removed.unwrap();
    assert_eq!(RedbFile::open(&path).err(), Some(OpenError::Damaged));
}
