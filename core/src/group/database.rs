//! The database of a group, to a file and from one, while nobody is connected.

use alloc::vec::Vec;
use core::ops::Bound;

use crate::cx::Cx;
use crate::database::{
    Cursor, DatabaseExport, DatabaseImport, Exported, FilePart, Frame, Head, Kind, Parts, Reading,
    Writer,
};
use crate::error::DatabaseError;
use crate::group::Group;
use crate::id::{Ticket, VersionId};
use crate::limits::DATABASE_PIECE_BYTES_MAX;

impl Group {
    /// Whether the database may be moved: not while others can change it.
    pub(crate) fn may_move_database(&self) -> Result<(), DatabaseError> {
        if self.online { Err(DatabaseError::Connected) } else { Ok(()) }
    }

    /// Begins an export.
    pub(crate) fn begin_export(&mut self) -> Result<DatabaseExport, DatabaseError> {
        self.may_move_database()?;
        let count = |items: usize| u64::try_from(items).unwrap_or(u64::MAX);
        let head = Head {
            group: self.seat.group,
            identity: self.seat.identity,
            statements: count(self.statements.len()),
            versions: count(self.durable_versions(None).count()),
            parts: self.durable_parts(),
        };
        let mut pending = Vec::new();
        Ok(DatabaseExport {
            digest: self.digest(),
            writer: Writer::begin(&head, &mut pending),
            cursor: Cursor::Statements(0),
            parts: Parts::default(),
            reading: Reading::Due,
            done: 0,
            head,
            pending,
        })
    }

    /// Appends the next piece of the file, unless a part of a payload is to be read first.
    pub(crate) fn export_piece(
        &mut self,
        cx: &mut Cx<'_>,
        export: &mut DatabaseExport,
        out: &mut Vec<u8>,
    ) -> Result<Exported, DatabaseError> {
        self.may_move_database()?;
        if self.digest() != export.digest {
            return Err(DatabaseError::Changed);
        }
        let mut room = DATABASE_PIECE_BYTES_MAX;
        while room > 0 && self.export_item(export)? {
            let part = export.pending.len().min(room);
            out.extend(export.pending.drain(..part));
            room = room.saturating_sub(part);
        }
        if room < DATABASE_PIECE_BYTES_MAX {
            return Ok(Exported::Piece(export.progress()));
        }
        self.read_next_part(cx, export)
    }

    /// Sees to it that there is something to give. False if a part has to be read first, or the
    /// file is whole.
    fn export_item(&self, export: &mut DatabaseExport) -> Result<bool, DatabaseError> {
        while export.pending.is_empty() {
            match export.cursor {
                Cursor::Statements(position) => self.export_statement(export, position),
                Cursor::Versions(after) => self.export_version(export, after),
                Cursor::Parts(after) => {
                    let Some((payload, part)) = self.next_part_behind(after) else {
                        export.end()?;
                        continue;
                    };
                    let Some(bytes) = export.take_read() else { return Ok(false) };
                    export.put_part(&FilePart { payload, part, bytes })?;
                }
                Cursor::End => return Ok(false),
            }
        }
        Ok(true)
    }

    fn export_statement(&self, export: &mut DatabaseExport, position: u64) {
        let (items, next) = self.statements.page(position, 1);
        export.cursor = next.map_or(Cursor::Versions(None), Cursor::Statements);
        let held = items.first().and_then(|item| self.statement_ids.get(item));
        if let Some(statement) = held.and_then(|id| self.authority.statement(id)) {
            export.put(Kind::Statement, &statement.encode());
        }
    }

    fn export_version(&self, export: &mut DatabaseExport, after: Option<VersionId>) {
        let next = self.durable_versions(after).next();
        export.cursor = next.map_or(Cursor::Parts(None), |id| Cursor::Versions(Some(id)));
        if let Some(item) = next.and_then(|id| self.records.item_bytes(&id)) {
            export.put(Kind::Version, &item);
        }
    }

    /// Has the next part read, unless the file is whole.
    fn read_next_part(
        &mut self,
        cx: &mut Cx<'_>,
        export: &mut DatabaseExport,
    ) -> Result<Exported, DatabaseError> {
        let Cursor::Parts(after) = export.cursor else { return Ok(Exported::Whole) };
        if let Reading::Asked(ticket) = export.reading {
            return Ok(Exported::Reading(ticket));
        }
        let (payload, part) = self.next_part_behind(after).ok_or(DatabaseError::Changed)?;
        let digest = export.parts.digest(payload, part);
        let ticket = self.read_to_export(cx, payload, part, digest)?;
        export.reading = Reading::Asked(ticket);
        Ok(Exported::Reading(ticket))
    }

    /// The versions behind this one that lie in the store: those that stand, and those that may
    /// stand again.
    fn durable_versions(&self, after: Option<VersionId>) -> impl Iterator<Item = VersionId> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let held = self.records.versions.range((from, Bound::Unbounded)).map(|(id, _)| *id);
        held.filter(|id| !self.records.contains(id) || self.versions.contains(id.as_bytes()))
    }

    /// Takes in what has been read of a file, as if a neighbour had sent it.
    pub(crate) fn import(
        &mut self,
        cx: &mut Cx<'_>,
        import: &mut DatabaseImport,
        bytes: &[u8],
    ) -> Result<Ticket, DatabaseError> {
        self.may_move_database()?;
        import.reader.push(bytes);
        let mut outcome = Ok(());
        while outcome.is_ok() {
            // what was checked is not what is read now
            let frame = import.reader.next().map_err(|_| DatabaseError::Changed);
            outcome = match frame {
                Ok(Some(frame)) => self.import_frame(cx, frame),
                Ok(None) => break,
                Err(changed) => Err(changed),
            };
        }
        self.evaluate(cx);
        let ticket = self.commit_versions(cx);
        outcome.map_err(|error| import.reader.fail(error)).map(|()| ticket)
    }

    fn import_frame(&mut self, cx: &mut Cx<'_>, frame: Frame) -> Result<(), DatabaseError> {
        let kept = match frame {
            Frame::Head(head) if head.seat() != self.seat => return Err(DatabaseError::Changed),
            Frame::Head(_) => return Ok(()),
            Frame::Part(part) => {
                self.import_part(part);
                return Ok(());
            }
            Frame::Statement(bytes) => self.keep_statement(&bytes).map(drop),
            Frame::Version(bytes) => {
                self.evaluate(cx);
                self.keep_version(cx, &bytes).map(drop)
            }
        };
        kept.map_err(|_| DatabaseError::Changed)
    }
}
