//! The database of a group, to a file and from one, while nobody is connected.

use alloc::vec::Vec;
use core::ops::Bound;

use crate::cx::Cx;
use crate::database::{Cursor, DatabaseExport, DatabaseImport, Frame, Head, Kind, Writer};
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
            leaves: 0,
        };
        let mut pending = Vec::new();
        Ok(DatabaseExport {
            digest: self.digest(),
            writer: Writer::begin(&head, &mut pending),
            cursor: Cursor::Statements(0),
            done: 0,
            head,
            pending,
        })
    }

    /// Appends the next piece of the file. False if there is none.
    pub(crate) fn export_piece(
        &mut self,
        export: &mut DatabaseExport,
        out: &mut Vec<u8>,
    ) -> Result<bool, DatabaseError> {
        self.may_move_database()?;
        if self.digest() != export.digest {
            return Err(DatabaseError::Changed);
        }
        let mut room = DATABASE_PIECE_BYTES_MAX;
        while room > 0 {
            if export.pending.is_empty() && !self.export_item(export)? {
                break;
            }
            let part = export.pending.len().min(room);
            out.extend(export.pending.drain(..part));
            room = room.saturating_sub(part);
        }
        Ok(room < DATABASE_PIECE_BYTES_MAX)
    }

    /// Writes the next item, or the end. False if the file is whole.
    fn export_item(&self, export: &mut DatabaseExport) -> Result<bool, DatabaseError> {
        let DatabaseExport { head, writer, cursor, done, pending, .. } = export;
        loop {
            match *cursor {
                Cursor::Statements(position) => {
                    let (items, next) = self.statements.page(position, 1);
                    *cursor = next.map_or(Cursor::Versions(None), Cursor::Statements);
                    let held = items.first().and_then(|item| self.statements.key(item));
                    let Some(statement) = held.and_then(|id| self.authority.statement(&id)) else {
                        continue;
                    };
                    writer.put(Kind::Statement, &statement.encode(), pending);
                }
                Cursor::Versions(after) => {
                    let Some(id) = self.durable_versions(after).next() else {
                        if *done != head.items() {
                            return Err(DatabaseError::Changed);
                        }
                        *cursor = Cursor::End;
                        writer.end(pending);
                        return Ok(true);
                    };
                    *cursor = Cursor::Versions(Some(id));
                    let Some(item) = self.records.item_bytes(&id) else { continue };
                    writer.put(Kind::Version, &item, pending);
                }
                Cursor::End => return Ok(false),
            }
            *done = done.saturating_add(1);
            return Ok(true);
        }
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
            Frame::Statement(bytes) => self.keep_statement(&bytes).map(drop),
            Frame::Version(bytes) => {
                self.evaluate(cx);
                self.keep_version(cx, &bytes).map(drop)
            }
        };
        kept.map_err(|_| DatabaseError::Changed)
    }
}
