//! What the file looks like.
//!
//! ```text
//! file  = magic (8) ‖ version (2) ‖ frame*
//! frame = length (4) ‖ kind (1) ‖ content; the length is that of kind and content
//! ```
//!
//! Numbers are big-endian. The head comes first; then the statements, each behind what it is
//! signed under; the versions of records, each with its payload; the parts of payloads that do not
//! travel with their version, by payload and by place, each with where it belongs; the end, which
//! holds a hash over everything before it.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::codec::{decode, encode};
use crate::database::{FilePart, Parts, Progress};
use crate::error::DatabaseError;
use crate::event::Seat;
use crate::hash::{Label, hash};
use crate::id::GroupId;
use crate::key::PeerId;
use crate::limits::DATABASE_FRAME_BYTES_MAX;

/// Not text in any encoding, and damaged by whatever takes it for text.
const MAGIC: [u8; 8] = *b"\x89pgdb\r\n\x1a";
/// The version of the format that this code writes, and the only one that it reads.
const VERSION: u16 = 1;
/// Bytes before the first frame.
const PREAMBLE: usize = 10;

/// What a frame holds. In a file they come in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Head = 0,
    Statement = 1,
    Version = 2,
    /// A part of a payload that does not travel with its version.
    Part = 3,
    End = 4,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        let all = [Self::Head, Self::Statement, Self::Version, Self::Part, Self::End];
        all.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// What the file is about, and how much is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) group: GroupId,
    pub(crate) identity: PeerId,
    pub(crate) statements: u64,
    pub(crate) versions: u64,
    pub(crate) parts: u64,
}

impl Head {
    pub(crate) fn seat(&self) -> Seat {
        Seat { identity: self.identity, group: self.group }
    }

    pub(crate) fn items(&self) -> u64 {
        self.statements.saturating_add(self.versions).saturating_add(self.parts)
    }
}

/// Writes a file, and hashes what it has written.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    digest: [u8; 32],
}

impl Writer {
    /// Begins a file at the end of `out`.
    pub(crate) fn begin(head: &Head, out: &mut Vec<u8>) -> Self {
        let preamble = [&MAGIC[..], &VERSION.to_be_bytes()].concat();
        out.extend_from_slice(&preamble);
        let mut writer = Self { digest: hash(Label::Database, &[&preamble]) };
        writer.put(Kind::Head, &encode(head), out);
        writer
    }

    /// Writes one frame.
    pub(crate) fn put(&mut self, kind: Kind, content: &[u8], out: &mut Vec<u8>) {
        let length = u32::try_from(content.len().saturating_add(1)).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_be_bytes());
        out.push(kind as u8);
        out.extend_from_slice(content);
        self.digest = chained(&self.digest, kind as u8, content);
    }

    /// Writes the end.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        let digest = self.digest;
        self.put(Kind::End, &digest, out);
    }
}

/// The hash over a file so far and one more frame. The length follows from the content.
fn chained(before: &[u8; 32], kind: u8, content: &[u8]) -> [u8; 32] {
    hash(Label::Database, &[before, &[kind], content])
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Head(Head),
    Statement(Vec<u8>),
    Version(Vec<u8>),
    /// One that is what the root of its payload says.
    Part(FilePart),
}

/// Reads a file from whatever pieces it comes in.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// What has come and was not read yet: one frame and one piece at most.
    buffer: Vec<u8>,
    /// How much of the buffer has been read.
    read: usize,
    digest: [u8; 32],
    head: Option<Head>,
    /// Of what kind the last frame was; none before the first.
    last: Option<Kind>,
    statements: u64,
    versions: u64,
    part_count: u64,
    parts: Parts,
    has_begun: bool,
    failed: Option<DatabaseError>,
}

#[cfg(feature = "capture")]
impl Writer {
    /// Over all that has been written.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

#[cfg(feature = "capture")]
impl Reader {
    /// Over all that has been read, and how many bytes wait.
    pub(crate) fn mark(&self) -> ([u8; 32], u64) {
        let unread = self.buffer.len().saturating_sub(self.read);
        (self.digest, u64::try_from(unread).unwrap_or(u64::MAX))
    }
}

impl Reader {
    /// Takes in what comes next.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.drain(..self.read.min(self.buffer.len()));
            self.read = 0;
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next frame, if it is there whole.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, DatabaseError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.step().map_err(|error| self.fail(error))
    }

    /// From now on the file is refused for this reason.
    pub(crate) fn fail(&mut self, error: DatabaseError) -> DatabaseError {
        self.buffer = Vec::new();
        self.read = 0;
        *self.failed.insert(error)
    }

    /// The file has ended: the hash over it.
    pub(crate) fn finish(&self) -> Result<[u8; 32], DatabaseError> {
        match (self.failed, self.last) {
            (Some(error), _) => Err(error),
            (None, Some(Kind::End)) => Ok(self.digest),
            (None, _) => Err(DatabaseError::Truncated),
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        let of = self.head.as_ref().map_or(0, Head::items);
        let done = self.statements.saturating_add(self.versions).saturating_add(self.part_count);
        Progress::new(done, of)
    }

    fn step(&mut self) -> Result<Option<Frame>, DatabaseError> {
        if !self.has_begun && !self.begin()? {
            return Ok(None);
        }
        let rest = self.buffer.get(self.read..).unwrap_or_default();
        if self.last == Some(Kind::End) {
            return if rest.is_empty() { Ok(None) } else { Err(DatabaseError::Damaged) };
        }
        let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > DATABASE_FRAME_BYTES_MAX {
            return Err(DatabaseError::Damaged);
        }
        let Some(frame) = rest.get(..length) else { return Ok(None) };
        let (kind, content) = frame.split_first().ok_or(DatabaseError::Damaged)?;
        let (digest, kind) = (chained(&self.digest, *kind, content), *kind);
        // a later version may know more kinds, and says so by its number
        let kind = Kind::of(kind).ok_or(DatabaseError::Damaged)?;
        let content = content.to_vec();
        self.read = self.read.saturating_add(4).saturating_add(length);
        self.take(kind, content, digest)
    }

    /// Reads what comes before the first frame. False if it is not there whole.
    fn begin(&mut self) -> Result<bool, DatabaseError> {
        let begun = self.buffer.get(..PREAMBLE.min(self.buffer.len())).unwrap_or_default();
        let is_ours = begun.iter().zip(&MAGIC).all(|(one, other)| one == other);
        if !is_ours {
            return Err(DatabaseError::NotADatabase);
        }
        let Some(version) = begun.get(MAGIC.len()..PREAMBLE) else { return Ok(false) };
        if version != VERSION.to_be_bytes() {
            return Err(DatabaseError::Newer);
        }
        self.digest = hash(Label::Database, &[begun]);
        self.read = PREAMBLE;
        self.has_begun = true;
        Ok(true)
    }

    /// Takes a frame in its place.
    fn take(
        &mut self,
        kind: Kind,
        content: Vec<u8>,
        digest: [u8; 32],
    ) -> Result<Option<Frame>, DatabaseError> {
        let is_in_order = match self.last {
            None => kind == Kind::Head,
            Some(last) => kind > Kind::Head && kind >= last,
        };
        if !is_in_order {
            return Err(DatabaseError::Damaged);
        }
        let frame = match kind {
            Kind::Head => {
                let head: Head = decode(&content).map_err(|_| DatabaseError::Damaged)?;
                self.head = Some(head);
                Some(Frame::Head(head))
            }
            Kind::Statement => {
                self.statements = self.statements.saturating_add(1);
                Some(Frame::Statement(content))
            }
            Kind::Version => {
                self.versions = self.versions.saturating_add(1);
                Some(Frame::Version(content))
            }
            Kind::Part => {
                self.part_count = self.part_count.saturating_add(1);
                let part = self.parts.read(content).ok_or(DatabaseError::Damaged)?;
                Some(Frame::Part(part))
            }
            Kind::End if content == self.digest && self.is_complete() => None,
            Kind::End => return Err(DatabaseError::Damaged),
        };
        self.digest = digest;
        self.last = Some(kind);
        // what stands behind the end is found here
        if frame.is_none() { self.step() } else { Ok(frame) }
    }

    /// Whether as much has come as the head says.
    fn is_complete(&self) -> bool {
        self.head.as_ref().is_some_and(|head| {
            let counted = (self.statements, self.versions, self.part_count);
            (head.statements, head.versions, head.parts) == counted
        })
    }
}
