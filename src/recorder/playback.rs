//! A capture, and how it is run again.

use core::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use peergroup_core::capture::{Call, Replay, Said};

use super::chunk::{HEADER_BYTES, LENGTH_BYTES, Length, Seal};
use super::key::{CaptureError, Key};

/// All that is in the last chunk of a recording for which the disk was too slow.
pub(super) const OVERRUN: u8 = 1;

/// A capture that is read from its beginning to its end, or to where it was cut off.
pub struct Capture<R = BufReader<File>> {
    file: R,
    seal: Seal,
    ending: Option<Ending>,
}

/// How a capture ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// The node ended, and said and held the same then.
    Whole,
    /// The disk was too slow, and the recording was given up.
    Overrun,
    /// The driver was dropped, and nothing is said of the state in which the node was.
    Dropped,
    /// The file ends in the middle: the machine or the process did.
    Cut,
    /// The file goes on with something that was not written there.
    Damaged,
    /// It was not read to the end.
    Stopped,
}

/// What came of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Calls that acted: making the node, its inputs, its verbs.
    pub calls: u64,
    /// A sum of all that the node said, in its order.
    pub outputs: u64,
    /// A hash over all that the node held at the end.
    pub state: [u8; 32],
    /// How the capture ends.
    pub ending: Ending,
}

impl Capture {
    /// Opens a capture.
    ///
    /// # Errors
    /// [`CaptureError`].
    pub fn open(path: impl AsRef<Path>, key: &Key) -> Result<Self, CaptureError> {
        Capture::read(BufReader::new(File::open(path)?), key)
    }
}

impl<R: Read> Capture<R> {
    /// Reads a capture.
    ///
    /// # Errors
    /// [`CaptureError`].
    pub fn read(mut file: R, key: &Key) -> Result<Self, CaptureError> {
        let mut header = [0; HEADER_BYTES];
        if fill(&mut file, &mut header)? < HEADER_BYTES {
            return Err(CaptureError::Malformed);
        }
        Ok(Self { file, seal: Seal::of(&header, key)?, ending: None })
    }

    /// The next entries, whole ones; none at the end.
    fn next(&mut self) -> Result<Option<Vec<u8>>, CaptureError> {
        if self.ending.is_some() {
            return Ok(None);
        }
        let mut length = [0; LENGTH_BYTES];
        if fill(&mut self.file, &mut length)? < LENGTH_BYTES {
            return Ok(self.end(Ending::Cut));
        }
        let Some(Length { bytes, is_last }) = Length::read(length) else {
            return Ok(self.end(Ending::Damaged));
        };
        let mut chunk = Vec::new();
        let limit = u64::try_from(bytes).unwrap_or(u64::MAX);
        (&mut self.file).take(limit).read_to_end(&mut chunk)?;
        if chunk.len() < bytes {
            return Ok(self.end(Ending::Cut));
        }
        match self.seal.open(chunk, is_last) {
            None => Ok(self.end(Ending::Damaged)),
            Some(chunk) if !is_last => Ok(Some(chunk)),
            Some(chunk) if fill(&mut self.file, &mut [0])? > 0 || chunk.len() > 1 => {
                Ok(self.end(Ending::Damaged))
            }
            Some(chunk) if chunk == [OVERRUN] => Ok(self.end(Ending::Overrun)),
            Some(_) => Ok(self.end(Ending::Dropped)),
        }
    }

    fn end<T>(&mut self, ending: Ending) -> Option<T> {
        self.ending = Some(ending);
        None
    }
}

impl<R> fmt::Debug for Capture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("ending", &self.ending).finish_non_exhaustive()
    }
}

/// Makes all calls of a capture again. `goes_on` is told of each before it is made, and of all that
/// the node says to it, with its number, counted from 1; the replay ends behind the one to which it
/// says no, and behind all that the node says to that. Gives a report, and the node as it is then.
///
/// # Errors
/// [`CaptureError::Differs`], [`CaptureError::Incomprehensible`], [`CaptureError::Io`]. A capture
/// that was cut off or damaged is run as far as it is whole: [`Report::ending`] says so.
pub fn replay<R: Read>(
    capture: &mut Capture<R>,
    mut goes_on: impl FnMut(u64, &Said<'_>) -> bool,
) -> Result<(Report, Replay), CaptureError> {
    let mut replay = Replay::new();
    let (mut has_ended, mut is_enough) = (false, false);
    while let Some(chunk) = capture.next()? {
        let mut rest = chunk.as_slice();
        while !rest.is_empty() {
            let call = Call::read(&mut rest).ok_or(CaptureError::Incomprehensible)?;
            if is_enough && !tells(&call) {
                capture.ending = Some(Ending::Stopped);
                break;
            }
            has_ended = matches!(call, Call::End { .. });
            let number = replay.calls().saturating_add(u64::from(call.acts()));
            let made = replay.make(call, &mut |said| is_enough |= !goes_on(number, &said));
            made.map_err(|differs| CaptureError::Differs { call: differs.call })?;
        }
    }
    let ending = match capture.ending {
        Some(Ending::Dropped) if has_ended => Ending::Whole,
        ending => ending.unwrap_or(Ending::Cut),
    };
    let state = replay.state().unwrap_or_default();
    Ok((Report { calls: replay.calls(), outputs: replay.sum(), state, ending }, replay))
}

/// Whether it is what the node says to the call before.
fn tells(call: &Call) -> bool {
    matches!(call, Call::Poll { .. } | Call::Pull { .. } | Call::PullRun { .. })
}

/// Reads until it is full or the file ends: so many bytes.
fn fill(file: &mut impl Read, out: &mut [u8]) -> Result<usize, CaptureError> {
    let mut filled = 0;
    while let Some(room) = out.get_mut(filled..).filter(|room| !room.is_empty()) {
        match file.read(room)? {
            0 => break,
            count => filled = filled.saturating_add(count),
        }
    }
    Ok(filled)
}
