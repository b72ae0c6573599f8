//! Opening and creating the file, and what can be wrong with it.

use core::fmt;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{Builder, Database};

use super::format::FORMAT;
#[cfg(test)]
use super::format::Format;

/// The version of redb's own format that this code reads and writes.
const REDB_VERSION: u8 = 3;

/// Memory for pages of the file.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
/// What a file may have beyond twice of what is stored in it before opening compacts it.
const SPARE_BYTES_MAX: u64 = 3 * 1024 * 1024;

/// Why a file could not be opened. Nothing that is stored in it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process, or another store in this one, has the file open.
    InUse,
    /// The file is not a store of peergroup.
    Foreign,
    /// The file was written by a later version.
    Newer,
    /// The file is damaged: cut short, or altered.
    Damaged,
    /// The system refused.
    Io(io::ErrorKind),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InUse => "the store is in use: close the program that has it open",
            Self::Foreign => "the file is not a store of peergroup: choose another path",
            Self::Newer => "the store was written by a later version of peergroup: update",
            Self::Damaged => {
                "the store is damaged: restore it from a backup, or move it away and join again"
            }
            Self::Io(kind) => return write!(f, "the store cannot be opened: {kind}"),
        })
    }
}

impl core::error::Error for OpenError {}

/// Opens the file, or creates it if there is none.
pub(super) fn open(path: &Path) -> Result<Database, OpenError> {
    if exists(path)? { open_existing(path) } else { create(path) }
}

/// Creates a file under another name and gives it its own when it is whole, so that a file that
/// is there but empty is always a damaged one.
fn create(path: &Path) -> Result<Database, OpenError> {
    let (new, file) = create_beside(path).map_err(|error| OpenError::Io(error.kind()))?;
    let initialise = || {
        let database = builder().create_with_backend(FileBackend::new(file)?)?;
        FORMAT.begin(&database)?;
        let is_ours = name(&new, path)?;
        Ok(is_ours.then_some(database))
    };
    let created = initialise();
    std::fs::remove_file(&new).ok();
    match created.map_err(|error: redb::Error| open_error(&error))? {
        Some(database) => Ok(database),
        None => open_existing(path),
    }
}

/// Creates an empty file next to where the store will be.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut last = io::ErrorKind::AlreadyExists.into();
    // A name is taken while another store is being created, and after that was cut short.
    for number in 0..64 {
        let mut name = OsString::from(path);
        name.push(format!(".new{number}"));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&name) {
            Ok(file) => return Ok((name.into(), file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Gives the new file its name, durably, unless another one has it already.
fn name(new: &Path, path: &Path) -> io::Result<bool> {
    match std::fs::hard_link(new, path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        // There are file systems without links.
        Err(_) => std::fs::rename(new, path)?,
    }
    sync_directory(path)?;
    Ok(true)
}

fn open_existing(path: &Path) -> Result<Database, OpenError> {
    let path = path.to_owned();
    // Of a damaged file redb may panic.
    catch_unwind(move || open_unguarded(&path)).unwrap_or(Err(OpenError::Damaged))
}

fn open_unguarded(path: &PathBuf) -> Result<Database, OpenError> {
    if path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0) {
        return Err(OpenError::Damaged);
    }
    let mut database = builder().open(path).map_err(|error| open_error(&error.into()))?;
    FORMAT.bring(&database)?;
    let size = path.metadata().map_or(0, |metadata| metadata.len());
    if is_sparse(&database, size).map_err(|error| open_error(&error))? {
        database.compact().map_err(|error| open_error(&error.into()))?;
    }
    Ok(database)
}

/// Whether a file of this size is more than twice what is stored, and compacting it gains enough.
fn is_sparse(database: &Database, size: u64) -> Result<bool, redb::Error> {
    let Some(size) = size.checked_sub(SPARE_BYTES_MAX) else { return Ok(false) };
    let transaction = database.begin_write()?;
    let stats = transaction.stats()?;
    transaction.abort()?;
    let page = u64::try_from(stats.page_size()).unwrap_or(u64::MAX);
    let in_use = stats.allocated_pages().saturating_mul(page);
    Ok(size / 2 > stats.stored_bytes() && size > in_use)
}

/// Opens what lies on a simulated disk, or creates it there if the disk is empty.
#[cfg(test)]
pub(super) fn open_on(
    disk: impl redb::StorageBackend,
    format: Format,
) -> Result<Database, OpenError> {
    let open = || {
        let is_new = disk.len().is_ok_and(|length| length == 0);
        let opened = builder().create_with_backend(disk);
        let database = opened.map_err(|error| open_error(&error.into()))?;
        if is_new {
            format.begin(&database).map_err(|error| open_error(&error))?;
        }
        format.bring(&database)?;
        Ok(database)
    };
    catch_unwind(core::panic::AssertUnwindSafe(open)).unwrap_or(Err(OpenError::Damaged))
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    builder
}

fn exists(path: &Path) -> Result<bool, OpenError> {
    path.try_exists().map_err(|error| OpenError::Io(error.kind()))
}

/// Makes a new name durable.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Elsewhere a directory cannot be opened as a file.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn open_error(error: &redb::Error) -> OpenError {
    match error {
        redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => OpenError::InUse,
        redb::Error::UpgradeRequired(version) if *version > REDB_VERSION => OpenError::Newer,
        redb::Error::UpgradeRequired(_)
        | redb::Error::TableDoesNotExist(_)
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TableIsMultimap(_)
        | redb::Error::TypeDefinitionChanged { .. } => OpenError::Foreign,
        redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => OpenError::Foreign,
        redb::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            OpenError::Damaged
        }
        redb::Error::Io(error) => OpenError::Io(error.kind()),
        _ => OpenError::Damaged,
    }
}
