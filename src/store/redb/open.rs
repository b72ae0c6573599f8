//! Opening and creating the file, and what can be wrong with it.

use core::fmt;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{Builder, Database, ReadableDatabase as _, TableDefinition};

use super::file::ENTRIES;

/// The format of the file: the version of what the tables mean.
const FORMAT: TableDefinition<'_, &str, u32> = TableDefinition::new("peergroup format");
/// The only key of [`FORMAT`].
const FORMAT_KEY: &str = "version";
/// The version that this code writes, and the only one that it reads.
const FORMAT_VERSION: u32 = 1;
/// The version of redb's own format that this code reads and writes.
const REDB_VERSION: u8 = 3;

/// Memory for pages of the file.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

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
        let mut transaction = database.begin_write()?;
        transaction.set_two_phase_commit(true);
        transaction.open_table(FORMAT)?.insert(FORMAT_KEY, FORMAT_VERSION)?;
        transaction.open_table(ENTRIES)?;
        transaction.commit()?;
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
    let open = || {
        let database = builder().open(path)?;
        let transaction = database.begin_read()?;
        let version = transaction.open_table(FORMAT)?.get(FORMAT_KEY)?.map(|found| found.value());
        if version == Some(FORMAT_VERSION) {
            transaction.open_table(ENTRIES)?;
        }
        Ok((database, version))
    };
    match open().map_err(|error: redb::Error| open_error(&error))? {
        (database, Some(FORMAT_VERSION)) => Ok(database),
        (_, Some(version)) if version > FORMAT_VERSION => Err(OpenError::Newer),
        _ => Err(OpenError::Foreign),
    }
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

fn open_error(error: &redb::Error) -> OpenError {
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
