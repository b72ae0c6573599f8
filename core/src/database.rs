//! The database of a group as a file: written in pieces, read in pieces, and trusted in nothing.
//!
//! An import reads the file twice. The first time everything in it is verified and nothing is
//! changed: [`DatabaseCheck`], which needs no node. The second time, item by item, what it holds is
//! taken in as if a neighbour had sent it. So a file that is cut short, altered or forged changes
//! nothing, however large it is, and no more of it is in memory than one item, one read, and the
//! hashes of one payload's leaves.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::error::{DatabaseError, ReadError};
use crate::event::Seat;
use crate::id::{Ticket, VersionId};
use crate::key::PeerId;
use crate::record::{Checked, Part, PayloadId};
use crate::statement::Statement;

mod file;
mod parts;

pub(crate) use {
    file::{Frame, Head, Kind, Reader, Writer},
    parts::{FilePart, Parts},
};

/// How far an export or an import has come, in statements, versions of records, and parts of large
/// payloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Progress {
    /// Items done.
    pub done: u64,
    /// Items in all.
    pub of: u64,
}

impl Progress {
    pub(crate) fn new(done: u64, of: u64) -> Self {
        Self { done, of }
    }
}

/// An export under way: how far it has come in a group that must not change meanwhile.
#[derive(Debug)]
pub struct DatabaseExport {
    pub(crate) head: Head,
    /// What the group was when it began.
    pub(crate) digest: [u8; 32],
    pub(crate) writer: Writer,
    pub(crate) cursor: Cursor,
    pub(crate) parts: Parts,
    /// The part that comes next, if it is one.
    pub(crate) reading: Reading,
    pub(crate) done: u64,
    /// Written and not given yet: one item at most.
    pub(crate) pending: Vec<u8>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// The statement at this position of the arrival log, or the next one.
    Statements(u64),
    /// The version behind this one.
    Versions(Option<VersionId>),
    /// The part behind this one.
    Parts(Option<(PayloadId, Part)>),
    /// Nothing: the file is whole.
    End,
}

/// Where the part is that comes next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reading {
    /// In the store, and not asked for.
    #[default]
    Due,
    /// In the store, asked for with this ticket.
    Asked(Ticket),
    /// Here.
    Came(Bytes),
}

/// What an export gives next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know how to go on")]
pub enum Exported {
    /// The next piece of the file: so far it has come.
    Piece(Progress),
    /// Nothing yet: a part of a payload is read from the store. What
    /// [`Notice::PayloadRead`](crate::Notice) with this ticket brings is to be given to
    /// [`DatabaseExport::read`]; then it goes on.
    Reading(Ticket),
    /// Nothing: the file is whole.
    Whole,
}

impl DatabaseExport {
    /// The identity and the group.
    pub fn seat(&self) -> Seat {
        self.head.seat()
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        Progress::new(self.done, self.head.items())
    }

    /// The part for which it waits was read, or could not be. Ignored if it waits for none.
    pub fn read(&mut self, outcome: Result<Bytes, ReadError>) {
        if matches!(self.reading, Reading::Asked(_)) {
            // what is not here is asked for again, and found to be gone
            self.reading = outcome.map_or(Reading::Due, Reading::Came);
        }
    }

    /// The part that was read, once.
    pub(crate) fn take_read(&mut self) -> Option<Bytes> {
        match core::mem::take(&mut self.reading) {
            Reading::Came(bytes) => Some(bytes),
            waits => {
                self.reading = waits;
                None
            }
        }
    }

    /// What tells it from other exports of its group: what has been written of it.
    #[cfg(feature = "capture")]
    pub(crate) fn mark(&self) -> ([u8; 32], u64) {
        (self.writer.digest(), self.done)
    }

    /// Writes an item.
    pub(crate) fn put(&mut self, kind: Kind, content: &[u8]) {
        self.writer.put(kind, content, &mut self.pending);
        self.done = self.done.saturating_add(1);
    }

    /// Writes a part.
    pub(crate) fn put_part(&mut self, part: &FilePart) -> Result<(), DatabaseError> {
        // another one than was asked for: that one is gone
        if !self.parts.take(part) {
            return Err(DatabaseError::Changed);
        }
        self.cursor = Cursor::Parts(Some((part.payload, part.part)));
        self.put(Kind::Part, &part.encode());
        Ok(())
    }

    /// Writes the end, if as much came as the head says.
    pub(crate) fn end(&mut self) -> Result<(), DatabaseError> {
        if self.done != self.head.items() {
            return Err(DatabaseError::Changed);
        }
        self.cursor = Cursor::End;
        self.writer.end(&mut self.pending);
        Ok(())
    }
}

/// The first reading of a file: is it whole, of this group and identity, and signed throughout?
///
/// [`Node::check_database`](crate::Node::check_database) begins it; it goes on without the node.
#[derive(Debug)]
pub struct DatabaseCheck {
    seat: Seat,
    creator: PeerId,
    reader: Reader,
}

impl DatabaseCheck {
    pub(crate) fn new(seat: Seat, creator: PeerId) -> Self {
        Self { seat, creator, reader: Reader::default() }
    }

    /// Reads on: whatever part of the file comes next. It takes time in proportion to the bytes,
    /// mostly for signatures.
    ///
    /// # Errors
    /// [`DatabaseError`]: what is wrong with the file. So says every later call.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Progress, DatabaseError> {
        self.reader.push(bytes);
        while let Some(frame) = self.reader.next()? {
            if let Err(error) = self.check(&frame) {
                return Err(self.reader.fail(error));
            }
        }
        Ok(self.reader.progress())
    }

    /// The file has ended.
    ///
    /// # Errors
    /// [`DatabaseError`]: what is wrong with the file, or that it is cut short.
    pub fn finish(self) -> Result<CheckedDatabase, DatabaseError> {
        let digest = self.reader.finish()?;
        Ok(CheckedDatabase { seat: self.seat, digest, progress: self.reader.progress() })
    }

    fn check(&self, frame: &Frame) -> Result<(), DatabaseError> {
        let group = self.seat.group;
        let is_good = match frame {
            Frame::Head(head) if head.seat().group != group => {
                return Err(DatabaseError::OtherGroup);
            }
            Frame::Head(head) if head.seat() != self.seat => {
                return Err(DatabaseError::OtherIdentity);
            }
            // a part was verified as it was read
            Frame::Head(_) | Frame::Part(_) => true,
            Frame::Statement(bytes) => Statement::decode(group, self.creator, bytes).is_ok(),
            Frame::Version(bytes) => Checked::decode(group, bytes).is_ok(),
        };
        if is_good { Ok(()) } else { Err(DatabaseError::Damaged) }
    }
}

/// A file that has been read once and found good. To take in what it holds, it is read again.
#[derive(Clone, Debug)]
pub struct CheckedDatabase {
    seat: Seat,
    digest: [u8; 32],
    progress: Progress,
}

impl CheckedDatabase {
    /// The identity and the group.
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// Items in the file.
    pub fn items(&self) -> u64 {
        self.progress.of
    }

    /// Begins the second reading, from the beginning of the file.
    pub fn import(&self) -> DatabaseImport {
        let (seat, digest) = (self.seat, self.digest);
        DatabaseImport { seat, digest, reader: Reader::default() }
    }
}

/// The second reading of a file, by which what it holds is taken in.
#[derive(Debug)]
pub struct DatabaseImport {
    pub(crate) seat: Seat,
    /// Of the file that was checked.
    digest: [u8; 32],
    pub(crate) reader: Reader,
}

#[cfg(feature = "capture")]
impl DatabaseImport {
    /// What tells it from other imports: the file, what has been read of it, and how many bytes
    /// have come beyond that.
    pub(crate) fn mark(&self) -> ([u8; 32], [u8; 32], u64) {
        let (digest, unread) = self.reader.mark();
        (self.digest, digest, unread)
    }

    /// One that begins, of a file with this digest.
    pub(crate) fn again(seat: Seat, digest: [u8; 32]) -> Self {
        Self { seat, digest, reader: Reader::default() }
    }
}

impl DatabaseImport {
    /// The file has ended.
    ///
    /// # Errors
    /// [`DatabaseError::Changed`]: it is not the file that was checked.
    pub fn finish(self) -> Result<Progress, DatabaseError> {
        let is_same = self.reader.finish() == Ok(self.digest);
        if is_same { Ok(self.reader.progress()) } else { Err(DatabaseError::Changed) }
    }
}

#[cfg(test)]
mod tests;
