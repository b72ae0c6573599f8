//! A third store, as somebody else would write it, held to what every store must do: a file to
//! which batches are appended, and a map of what it says.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use peergroup::store::{BlockingStore, Entries, MemoryStore, conformance};
use peergroup::{Change, LoadQuery, StoreFailure, StoreOp};

/// A log of batches. Each begins with its length; one that is cut short was never acknowledged.
struct LogStore {
    log: File,
    map: MemoryStore,
    has_failed: bool,
}

impl LogStore {
    fn open(path: &Path) -> std::io::Result<Self> {
        let mut log = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let (mut bytes, mut map) = (Vec::new(), MemoryStore::new());
        log.read_to_end(&mut bytes)?;
        let mut rest = &bytes[..];
        while let Some(batch) = part(&mut rest).and_then(changes) {
            map.apply_blocking(&[StoreOp { changes: batch }]).ok();
        }
        log.set_len(u64::try_from(bytes.len() - rest.len()).unwrap())?;
        Ok(Self { log, map, has_failed: false })
    }

    fn append(&mut self, batch: &[u8]) -> std::io::Result<()> {
        let mut framed = Vec::new();
        push(&mut framed, batch);
        self.log.write_all(&framed)?;
        self.log.sync_data()
    }
}

impl BlockingStore for LogStore {
    fn apply_blocking(&mut self, ops: &[StoreOp]) -> Result<(), StoreFailure> {
        let mut batch = Vec::new();
        for change in ops.iter().flat_map(|op| &op.changes) {
            let (kind, key, value): (u8, _, &[u8]) = match change {
                Change::Put { key, value } => (0, key, value),
                Change::Delete { key } => (1, key, &[]),
                Change::DeletePrefix { prefix } => (2, prefix, &[]),
            };
            batch.push(kind);
            push(&mut batch, key);
            push(&mut batch, value);
        }
        self.has_failed = self.has_failed || self.append(&batch).is_err();
        if self.has_failed { Err(StoreFailure::Failed) } else { self.map.apply_blocking(ops) }
    }

    fn load_blocking(&mut self, query: &LoadQuery) -> Result<Entries, StoreFailure> {
        if self.has_failed { Err(StoreFailure::Failed) } else { self.map.load_blocking(query) }
    }
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
    bytes.extend(part);
}

/// Takes a part off the front, if it is whole.
fn part<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (part, rest) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
    *bytes = rest;
    Some(part)
}

fn changes(mut batch: &[u8]) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    while let Some((kind, rest)) = batch.split_first() {
        batch = rest;
        let (key, value) = (part(&mut batch)?.to_vec().into(), part(&mut batch)?.to_vec().into());
        changes.push(match kind {
            0 => Change::Put { key, value },
            1 => Change::Delete { key },
            _ => Change::DeletePrefix { prefix: key },
        });
    }
    Some(changes)
}

#[test]
fn a_store_of_somebody_else_conforms() {
    let directory = tempfile::tempdir().unwrap();
    let (path, number) = (RefCell::new(PathBuf::new()), RefCell::new(0_u32..));
    let fresh = || {
        let name = number.borrow_mut().next().unwrap().to_string();
        path.replace(directory.path().join(name));
        LogStore::open(&path.borrow()).unwrap()
    };
    conformance::run_blocking(fresh, |store| {
        drop(store);
        LogStore::open(&path.borrow()).unwrap()
    });
}

#[test]
fn a_store_of_somebody_else_fails_closed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    std::fs::write(&path, "").unwrap();
    let log = File::open(&path).unwrap(); // for reading only
    let mut store = LogStore { log, map: MemoryStore::new(), has_failed: false };
    let changes = vec![Change::Delete { key: Vec::new().into() }];
    assert_eq!(store.apply_blocking(&[StoreOp { changes }]), Err(StoreFailure::Failed));
    let all = LoadQuery { prefix: Vec::new().into(), after: Vec::new().into(), limit: 1 };
    assert_eq!(store.load_blocking(&all), Err(StoreFailure::Failed));
}
