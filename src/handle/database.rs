//! The database of a group, to a file and from one.

use core::fmt;
use std::io::{self, SeekFrom};

use bytes::Bytes;
use futures_channel::oneshot;
use futures_io::{AsyncRead, AsyncSeek, AsyncWrite};
use futures_util::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use peergroup_core::limits::RECEIVED_BYTES_MAX;
use peergroup_core::{DatabaseError, DatabaseExport, Exported, Progress, ReadError};

use super::Group;
use crate::drive::Desk;
use crate::error::Error;

/// Why a database was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotMoved {
    /// The node refused, or the file is not what it should be.
    Refused(DatabaseError),
    /// The file could not be read or written.
    Io(io::ErrorKind),
}

impl fmt::Display for NotMoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Io(kind) => write!(f, "the file: {kind}"),
        }
    }
}

impl core::error::Error for NotMoved {}

/// The database as a file.
impl Group {
    /// Writes the database to a file (`PeerGroupExportDatabase`), for the same identity to import
    /// on another machine. The group must be offline: close it and open it again. `told` hears how
    /// far it has come. The file is flushed and not closed. Of large payloads it has what is here;
    /// what is not comes from neighbours afterwards. However large they are, a leaf of 64 KiB and
    /// a piece of the file are in memory.
    ///
    /// The file is in the clear and holds what every member may read: the records, and the secret
    /// that links begin with. Keep it as private as the group; no signing key is in it.
    ///
    /// # Errors
    /// [`DatabaseError::NotOpen`], [`DatabaseError::Connected`], [`DatabaseError::TooMany`],
    /// [`DatabaseError::Changed`] if the group changed meanwhile, [`NotMoved::Io`]. What is in the
    /// file then is not whole, and would be refused.
    pub async fn export_database<W: AsyncWrite + Unpin>(
        &self,
        mut file: W,
        mut told: impl FnMut(Progress),
    ) -> Result<(), Error<NotMoved>> {
        let seat = self.seat;
        let begun = self.handle.try_ask(move |desk| desk.node.export_database(seat)).await;
        let mut export = begun.map_err(|error| error.map(NotMoved::Refused))?;
        loop {
            let (going_on, given) = self.next_of(export).await?;
            export = going_on;
            match given {
                Given::Piece(piece, progress) => {
                    file.write_all(&piece).await.map_err(of_file)?;
                    told(progress);
                }
                Given::Part(read) => export.read(read.await.map_err(|_| Error::Stopped)?),
                Given::Whole => break,
            }
        }
        file.flush().await.map_err(of_file)
    }

    async fn next_of(
        &self,
        mut export: DatabaseExport,
    ) -> Result<(DatabaseExport, Given), Error<NotMoved>> {
        let next = move |desk: &mut Desk| {
            let mut piece = Vec::new();
            let given = match desk.node.export_piece(desk.now, &mut export, &mut piece)? {
                Exported::Piece(progress) => Given::Piece(piece, progress),
                Exported::Reading(ticket) => {
                    let (answer, answered) = oneshot::channel();
                    desk.await_read(ticket, answer);
                    Given::Part(answered)
                }
                Exported::Whole => Given::Whole,
            };
            Ok((export, given))
        };
        self.handle.try_ask(next).await.map_err(|error| error.map(NotMoved::Refused))
    }

    /// Takes in a database that the same identity exported from this group
    /// (`PeerGroupImportDatabase`). The group must be offline, as after it was opened. `told` hears
    /// how far it has come, twice from the beginning.
    ///
    /// The file is read twice, from where it stands: first all of it is checked, on the task that
    /// awaits this; then what it holds is taken in as if a neighbour had sent it, every piece
    /// durable before the next. The group is as ready afterwards as it was before.
    ///
    /// # Errors
    /// [`DatabaseError`] says what is wrong with the file, or that the group is not open or not
    /// offline: nothing has changed. [`DatabaseError::Changed`] if the file was another one at the
    /// second reading, and whatever else comes then ([`NotMoved::Io`], [`Error::Store`], the group
    /// closed or connected): what came before stays, and the same import makes it whole.
    pub async fn import_database<R: AsyncRead + AsyncSeek + Unpin>(
        &self,
        mut file: R,
        mut told: impl FnMut(Progress),
    ) -> Result<(), Error<NotMoved>> {
        let seat = self.seat;
        let beginning = file.stream_position().await.map_err(of_file)?;
        let begun = self.handle.try_ask(move |desk| desk.node.check_database(seat)).await;
        let mut check = begun.map_err(|error| error.map(NotMoved::Refused))?;
        while let Some(bytes) = next_bytes(&mut file).await? {
            told(check.read(&bytes).map_err(refused)?);
        }
        let mut import = check.finish().map_err(refused)?.import();
        file.seek(SeekFrom::Start(beginning)).await.map_err(of_file)?;
        while let Some(bytes) = next_bytes(&mut file).await? {
            let taken = self.handle.change(move |node, now| {
                let receipt = node.import_database(now, &mut import, &bytes)?;
                Ok(receipt.map(|progress| (progress, import)))
            });
            let (progress, going_on) = taken.await.map_err(|error| error.map(NotMoved::Refused))?;
            import = going_on;
            told(progress);
        }
        import.finish().map(drop).map_err(refused)
    }
}

/// What the node gives of an export.
enum Given {
    Piece(Vec<u8>, Progress),
    /// A part of a payload, once it has been read.
    Part(oneshot::Receiver<Result<Bytes, ReadError>>),
    Whole,
}

/// What a read gives; none at the end of the file.
async fn next_bytes<R: AsyncRead + Unpin>(
    file: &mut R,
) -> Result<Option<Vec<u8>>, Error<NotMoved>> {
    let mut bytes = vec![0; RECEIVED_BYTES_MAX];
    let length = file.read(&mut bytes).await.map_err(of_file)?;
    bytes.truncate(length);
    Ok((length > 0).then_some(bytes))
}

fn refused(error: DatabaseError) -> Error<NotMoved> {
    Error::Refused(NotMoved::Refused(error))
}

#[expect(clippy::needless_pass_by_value, reason = "what a failed call gives")]
fn of_file(error: io::Error) -> Error<NotMoved> {
    Error::Refused(NotMoved::Io(error.kind()))
}
