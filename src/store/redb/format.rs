//! The version of what the file's tables mean, and the way from an older one.
//!
//! It lies in the file and not among the core's rows: a step from one version to the next and the
//! new number must become durable as one, and only the store has transactions. It covers both, how
//! this file holds rows and what the core writes into them, so there is one number to look at. A
//! store in memory never meets an older version.

use redb::{
    Database, ReadableDatabase as _, StorageError, Table, TableDefinition, TableError,
    WriteTransaction,
};

use super::file::ENTRIES;
use super::open::{OpenError, open_error};

const TABLE: TableDefinition<'_, &str, u32> = TableDefinition::new("peergroup format");
/// The only key of [`TABLE`].
const KEY: &str = "version";
/// The version before there was any step.
const FIRST: u32 = 1;

/// Rewrites the rows of one version as the next one has them.
pub(super) type Step = fn(&mut Table<'_, &[u8], &[u8]>) -> Result<(), StorageError>;

/// The format that this code reads and writes.
pub(super) const FORMAT: Format = Format { steps: &[] };

/// A version of the format, as the steps that lead to it: the first from version 1 to version 2,
/// each further one from there to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub(super) steps: &'static [Step],
}

impl Format {
    fn version(self) -> u32 {
        let steps = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        FIRST.saturating_add(steps)
    }

    /// Makes a new file one of this version, without rows.
    pub(super) fn begin(self, database: &Database) -> Result<(), redb::Error> {
        change(database, |transaction| {
            transaction.open_table(ENTRIES)?;
            transaction.open_table(TABLE)?.insert(KEY, self.version())?;
            Ok(())
        })
    }

    /// Brings a file to this version, step by step. A crash in between leaves a version on the way:
    /// opening goes on from there.
    pub(super) fn bring(self, database: &Database) -> Result<(), OpenError> {
        let found = version_of(database)?;
        if found > self.version() {
            return Err(OpenError::Newer);
        }
        let behind = self.version().saturating_sub(found);
        let first = self.steps.len().saturating_sub(usize::try_from(behind).unwrap_or(usize::MAX));
        for (step, version) in self.steps.iter().skip(first).zip(found.saturating_add(1)..) {
            let stepped = change(database, |transaction| {
                step(&mut transaction.open_table(ENTRIES)?)?;
                transaction.open_table(TABLE)?.insert(KEY, version)?;
                Ok(())
            });
            stepped.map_err(|error| open_error(&error))?;
        }
        Ok(())
    }
}

/// The version of a file. A file that has the table of versions is one of ours, and damaged if
/// what belongs to it is missing.
fn version_of(database: &Database) -> Result<u32, OpenError> {
    let transaction = database.begin_read().map_err(|error| open_error(&error.into()))?;
    let table = transaction.open_table(TABLE).map_err(|error| open_error(&error.into()))?;
    let found = table.get(KEY).map_err(|error| open_error(&error.into()))?;
    match (found.map(|found| found.value()), transaction.open_table(ENTRIES)) {
        (Some(0) | None, _) | (_, Err(TableError::TableDoesNotExist(_))) => Err(OpenError::Damaged),
        (Some(version), Ok(_)) => Ok(version),
        (_, Err(error)) => Err(open_error(&error.into())),
    }
}

fn change(
    database: &Database,
    work: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    work(&transaction)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
