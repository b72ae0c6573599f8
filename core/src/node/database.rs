//! The database of a group, to a file and from one.

use alloc::vec::Vec;

use crate::database::{DatabaseCheck, DatabaseExport, DatabaseImport, Exported, Progress};
use crate::error::DatabaseError;
use crate::event::Seat;
use crate::limits::RECEIVED_BYTES_MAX;
use crate::node::Node;
use crate::output::Receipt;
use crate::time::Now;

impl Node {
    /// Begins to export the database of a group that is open and offline
    /// (`PeerGroupExportDatabase`): its statements and its records, to be imported by the same
    /// identity on another machine, or on this one after a loss. It takes time in proportion to
    /// what is held. Of large payloads it has what is here; what is not comes from neighbours
    /// afterwards.
    ///
    /// The file is in the clear and holds what every member may read: the records, and the secret
    /// that links begin with. Keep it as private as the group; no signing key is in it.
    ///
    /// # Errors
    /// [`DatabaseError::NotOpen`], [`DatabaseError::Connected`]; the node is unchanged.
    pub fn export_database(&mut self, seat: Seat) -> Result<DatabaseExport, DatabaseError> {
        let group = self.groups.get_mut(&seat).filter(|group| !group.has_failed());
        group.ok_or(DatabaseError::NotOpen)?.begin_export()
    }

    /// Appends the next piece of the file to `out`:
    /// [`DATABASE_PIECE_BYTES_MAX`](crate::limits::DATABASE_PIECE_BYTES_MAX) at most; or says that
    /// a part of a payload has to be read first, or that the file is whole.
    ///
    /// # Errors
    /// [`DatabaseError::NotOpen`], [`DatabaseError::Connected`], [`DatabaseError::TooMany`];
    /// [`DatabaseError::Changed`] if the group is not what it was when the export began: begin
    /// again. The node is unchanged.
    pub fn export_piece(
        &mut self,
        now: Now,
        export: &mut DatabaseExport,
        out: &mut Vec<u8>,
    ) -> Result<Exported, DatabaseError> {
        let seat = export.seat();
        self.act(now, seat, DatabaseError::NotOpen, |group, cx| group.export_piece(cx, export, out))
    }

    /// Begins to import a database into a group that is open and offline
    /// (`PeerGroupImportDatabase`): the first reading of the file, which changes nothing.
    ///
    /// # Errors
    /// [`DatabaseError::NotOpen`], [`DatabaseError::Connected`]; the node is unchanged.
    pub fn check_database(&self, seat: Seat) -> Result<DatabaseCheck, DatabaseError> {
        let group = self.groups.get(&seat).filter(|group| !group.has_failed());
        let group = group.ok_or(DatabaseError::NotOpen)?;
        group.may_move_database()?;
        Ok(DatabaseCheck::new(seat, group.genesis().creator()))
    }

    /// Takes in the next bytes of a file that was checked, [`RECEIVED_BYTES_MAX`] at most: the
    /// second reading. Every statement and version is judged as if a neighbour had sent it, and
    /// parts of payloads are taken in that something held here names; what cannot be judged or is
    /// held already is passed over. What changes is told by events as usual.
    /// The group is as ready afterwards as it was before.
    ///
    /// # Errors
    /// [`DatabaseError::NotOpen`], [`DatabaseError::Connected`], [`DatabaseError::TooMuch`]: the
    /// node is unchanged by this call. [`DatabaseError::Changed`] if it is not the file that was
    /// checked. What came before stays: all of it is signed.
    pub fn import_database(
        &mut self,
        now: Now,
        import: &mut DatabaseImport,
        bytes: &[u8],
    ) -> Result<Receipt<Progress>, DatabaseError> {
        if bytes.len() > RECEIVED_BYTES_MAX {
            return Err(DatabaseError::TooMuch);
        }
        let seat = import.seat;
        let ticket = self
            .act(now, seat, DatabaseError::NotOpen, |group, cx| group.import(cx, import, bytes))?;
        Ok(Receipt::new(import.reader.progress(), ticket))
    }
}
