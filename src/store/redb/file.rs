//! The file itself: transactions, and failing closed.

use core::fmt;
use core::ops::Bound;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;

use bytes::Bytes;
use peergroup_core::{Change, LoadQuery, StoreFailure, StoreOp};
use redb::{Database, ReadableDatabase as _, ReadableTable, StorageError, Table, TableDefinition};

use super::Job;
use super::open::{OpenError, open};
use crate::store::{BlockingStore, Entries, beginning};

/// Everything that a node stores.
pub(super) const ENTRIES: TableDefinition<'_, &[u8], &[u8]> =
    TableDefinition::new("peergroup entries");

/// A store in one redb file, used from the calling thread.
pub struct RedbFile {
    database: Database,
    /// Why it failed. Nothing is tried any more.
    failed: Option<StoreFailure>,
}

impl RedbFile {
    /// Opens the file, or creates it if there is none. The directory must exist.
    ///
    /// It reads the whole file and verifies every checksum, so that damage shows here and not in
    /// the middle of something. A file of an earlier version is brought to this one, which needs
    /// time and space for as much as it rewrites. One that is mostly free space is
    /// [compacted](Self::compact).
    ///
    /// # Errors
    /// [`OpenError`]. A file that is refused is left as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        open(path.as_ref()).map(Self::new)
    }

    fn new(database: Database) -> Self {
        Self { database, failed: None }
    }

    /// Gives free space back to the file system. True if there was any.
    ///
    /// What is changed or removed leaves free space behind, which later changes fill; so a file
    /// that is in use shrinks by itself but slowly. This moves what lies at the end of the file to
    /// the free places before it, until nothing can be moved: it reads and writes as much as is
    /// stored at most a few times, and waits for the disk about ten times. What is stored stays
    /// what it is, whenever that is interrupted.
    ///
    /// # Errors
    /// The store has failed, now or before.
    pub fn compact(&mut self) -> Result<bool, StoreFailure> {
        self.guarded(|database| Ok(database.compact()?))
    }

    /// A store on a simulated disk.
    #[cfg(test)]
    pub(super) fn open_on(disk: impl redb::StorageBackend) -> Result<Self, OpenError> {
        super::open::open_on(disk, super::format::FORMAT).map(Self::new)
    }

    /// Performs jobs in order, as one transaction. Gives the answers of the loads among them.
    pub(super) fn perform(&mut self, jobs: &[Job]) -> Result<Vec<Entries>, StoreFailure> {
        if let Some(queries) = only_loads(jobs) {
            return self.read(&queries);
        }
        self.write(|table| {
            let mut loaded = Vec::new();
            for job in jobs {
                match job {
                    Job::Apply(ops, _) => apply(table, ops)?,
                    Job::Load(query, _) => loaded.push(load(table, query)?),
                }
            }
            Ok(loaded)
        })
    }

    fn read(&mut self, queries: &[&LoadQuery]) -> Result<Vec<Entries>, StoreFailure> {
        self.guarded(|database| {
            let transaction = database.begin_read()?;
            let table = transaction.open_table(ENTRIES)?;
            Ok(queries.iter().map(|query| load(&table, query)).collect::<Result<_, _>>()?)
        })
    }

    fn write<T>(
        &mut self,
        work: impl FnOnce(&mut Table<'_, &[u8], &[u8]>) -> Result<T, StorageError>,
    ) -> Result<T, StoreFailure> {
        self.guarded(|database| {
            let mut transaction = database.begin_write()?;
            // What peers send is in the values: two phases leave them no say in what a torn
            // commit looks like, and damage to the last commit is never taken for one.
            transaction.set_two_phase_commit(true);
            let result = work(&mut transaction.open_table(ENTRIES)?)?;
            transaction.commit()?;
            Ok(result)
        })
    }

    /// Runs a transaction unless one has failed before. A panic counts as a damaged file.
    fn guarded<T>(
        &mut self,
        transaction: impl FnOnce(&mut Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreFailure> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| transaction(&mut self.database)));
        let outcome = match outcome {
            Ok(result) => result.map_err(|error| failure(&error)),
            Err(_panic) => Err(StoreFailure::Corrupt),
        };
        self.failed = outcome.as_ref().err().copied();
        outcome
    }

    /// Stands for a bug or for damage that redb notices by a panic.
    #[cfg(test)]
    pub(super) fn panic_in_transaction(&mut self) {
        let outcome = self.write(|_| -> Result<(), StorageError> { panic!("as told") });
        assert_eq!(outcome, Err(StoreFailure::Corrupt));
    }
}

impl BlockingStore for RedbFile {
    fn apply_blocking(&mut self, ops: &[StoreOp]) -> Result<(), StoreFailure> {
        self.write(|table| apply(table, ops))
    }

    fn load_blocking(&mut self, query: &LoadQuery) -> Result<Entries, StoreFailure> {
        let answers = self.read(&[query])?;
        answers.into_iter().next().ok_or(StoreFailure::Failed)
    }
}

impl fmt::Debug for RedbFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbFile").field("failed", &self.failed).finish_non_exhaustive()
    }
}

fn only_loads(jobs: &[Job]) -> Option<Vec<&LoadQuery>> {
    jobs.iter()
        .map(|job| match job {
            Job::Load(query, _) => Some(query),
            Job::Apply(..) => None,
        })
        .collect()
}

fn apply(table: &mut Table<'_, &[u8], &[u8]>, ops: &[StoreOp]) -> Result<(), StorageError> {
    for change in ops.iter().flat_map(|op| &op.changes) {
        match change {
            Change::Put { key, value } => {
                table.insert(&**key, &**value)?;
            }
            Change::Delete { key } => {
                table.remove(&**key)?;
            }
            Change::DeletePrefix { prefix } => {
                let end = end_of(prefix);
                let end = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
                table.retain_in::<&[u8], _>((Bound::Included(&**prefix), end), |_, _| false)?;
            }
        }
    }
    Ok(())
}

fn load(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    query: &LoadQuery,
) -> Result<Entries, StorageError> {
    let found = table.range::<&[u8]>((beginning(query), Bound::Unbounded))?.map(|entry| {
        let (key, value) = entry?;
        Ok((Bytes::copy_from_slice(key.value()), Bytes::copy_from_slice(value.value())))
    });
    let within = found.take_while(|entry| {
        entry.as_ref().map_or(true, |(key, _): &(Bytes, _)| key.starts_with(&query.prefix))
    });
    Entries::gather(query.limit, within)
}

/// The least bytes greater than everything that begins with the prefix, if there are any.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

fn failure(error: &redb::Error) -> StoreFailure {
    match error {
        redb::Error::Corrupted(_) => StoreFailure::Corrupt,
        redb::Error::Io(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            ) =>
        {
            StoreFailure::Full
        }
        _ => StoreFailure::Failed,
    }
}
