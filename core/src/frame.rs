//! Frames: how messages are told apart on a link, which is a plain stream of bytes.
//!
//! A frame is the length of its body, four bytes little-endian, and the body, never empty. Any
//! split of the same bytes gives the same frames (contract clause C10).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::fault::Fault;
use crate::limits::{FRAME_BYTES_MAX, RECEIVED_BYTES_MAX};

/// Bytes of the length before a body.
pub(crate) const PREFIX_BYTES: usize = 4;
/// What a deframer keeps allocated while nothing waits in it.
const IDLE_BYTES: usize = 1024;

/// The frame with this body.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len().saturating_add(PREFIX_BYTES));
    append_frame(&mut out, body);
    out
}

/// Appends the frame with this body.
pub(crate) fn append_frame(out: &mut Vec<u8>, body: &[u8]) {
    out.extend_from_slice(&prefix(body.len()));
    out.extend_from_slice(body);
}

/// What stands before a body of this length in its frame.
pub(crate) fn prefix(length: usize) -> [u8; PREFIX_BYTES] {
    debug_assert!((1..=FRAME_BYTES_MAX).contains(&length), "a sender keeps the bounds");
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

/// Takes frames out of a stream of bytes.
///
/// It holds at most one frame of the greatest size and one read: whoever takes all frames before
/// the next push never meets that bound.
#[derive(Debug)]
pub(crate) struct Deframer {
    received: VecDeque<u8>,
    body_max: usize,
}

impl Deframer {
    /// A deframer that refuses bodies of more than `body_max` bytes.
    pub(crate) const fn new(body_max: usize) -> Self {
        Self { received: VecDeque::new(), body_max }
    }

    /// Changes the bound for all frames that have not been taken yet.
    pub(crate) const fn set_body_max(&mut self, body_max: usize) {
        self.body_max = body_max;
    }

    /// The greatest body that is taken.
    #[cfg(feature = "simulation")]
    pub(crate) const fn body_max(&self) -> usize {
        self.body_max
    }

    /// Bytes that wait: of frames not taken and of one not yet whole.
    #[cfg(any(test, feature = "simulation"))]
    pub(crate) fn waiting(&self) -> usize {
        self.received.len()
    }

    /// Adds what one read of the link gave. `TooLarge` if that is more than this may hold; then
    /// nothing was added.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let whole = self.body_max.saturating_add(PREFIX_BYTES);
        let room = whole.saturating_add(RECEIVED_BYTES_MAX).saturating_sub(self.received.len());
        if bytes.len() > room {
            return Err(Fault::TooLarge);
        }
        self.received.extend(bytes);
        Ok(())
    }

    /// The body of the next frame, if all of it is there. An error is for ever: nothing tells
    /// where the next frame would begin.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let Some(length) = self.length() else { return Ok(None) };
        if length == 0 {
            return Err(Fault::Malformed);
        }
        if length > self.body_max {
            return Err(Fault::TooLarge);
        }
        let end = length.saturating_add(PREFIX_BYTES);
        if self.received.len() < end {
            return Ok(None);
        }
        self.received.drain(..PREFIX_BYTES);
        Ok(Some(self.take(length)))
    }

    /// The length that the first four bytes give.
    fn length(&self) -> Option<usize> {
        let mut prefix = [0; PREFIX_BYTES];
        if self.received.len() < PREFIX_BYTES {
            return None;
        }
        for (to, from) in prefix.iter_mut().zip(&self.received) {
            *to = *from;
        }
        Some(usize::try_from(u32::from_le_bytes(prefix)).unwrap_or(usize::MAX))
    }

    /// Removes the first `length` bytes, copied once, slice by slice.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let (left, right) = self.received.as_slices();
        let mut body = Vec::with_capacity(length);
        body.extend_from_slice(left.get(..length).unwrap_or(left));
        let missing = length.saturating_sub(body.len());
        body.extend_from_slice(right.get(..missing).unwrap_or(right));
        self.received.drain(..length);
        if self.received.is_empty() {
            self.received.shrink_to(IDLE_BYTES);
        }
        body
    }
}

#[cfg(test)]
mod tests;
