//! Frames: how messages are told apart on a link, which is a plain stream of bytes.
//!
//! A frame is the length of its body, four bytes little-endian, and the body, never empty. Any
//! split of the same bytes gives the same frames (contract clause C10).

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::fault::Fault;
use crate::limits::DIRECT_FRAME_BYTES_MAX;

/// Bytes of the length before a body.
pub(crate) const PREFIX_BYTES: usize = 4;

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
    debug_assert!((1..=DIRECT_FRAME_BYTES_MAX).contains(&length), "a sender keeps the bounds");
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

/// Takes frames out of a stream of bytes.
///
/// It holds one frame that is not whole, at most. A body that arrives whole is where it arrived; of
/// others each piece is copied once, into room of the body's size.
#[derive(Debug)]
pub(crate) struct Deframer {
    prefix: [u8; PREFIX_BYTES],
    /// How much of the prefix is there.
    prefixed: usize,
    /// As much of the body as is there.
    body: Vec<u8>,
    body_max: usize,
}

impl Deframer {
    /// A deframer that refuses bodies of more than `body_max` bytes.
    pub(crate) const fn new(body_max: usize) -> Self {
        Self { prefix: [0; PREFIX_BYTES], prefixed: 0, body: Vec::new(), body_max }
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

    /// Bytes of a frame that is not whole.
    #[cfg(any(test, feature = "simulation"))]
    pub(crate) fn waiting(&self) -> usize {
        self.prefixed.saturating_add(self.body.len())
    }

    /// The body of the next frame, if all of it is there; it is taken from the front of what one
    /// read of the link gave. None if more is needed: then nothing is left of `bytes`. An error is
    /// for ever: nothing tells where the next frame would begin.
    pub(crate) fn next<'a>(
        &mut self,
        bytes: &mut &'a [u8],
    ) -> Result<Option<Cow<'a, [u8]>>, Fault> {
        let Some(length) = self.length(bytes) else { return Ok(None) };
        if length == 0 {
            return Err(Fault::Malformed);
        }
        if length > self.body_max {
            return Err(Fault::TooLarge);
        }
        let missing = length.saturating_sub(self.body.len());
        let Some((rest_of_body, rest)) = bytes.split_at_checked(missing) else {
            self.body.reserve_exact(missing);
            self.body.extend_from_slice(core::mem::take(bytes));
            return Ok(None);
        };
        *bytes = rest;
        self.prefixed = 0;
        if self.body.is_empty() {
            return Ok(Some(Cow::Borrowed(rest_of_body)));
        }
        self.body.extend_from_slice(rest_of_body);
        Ok(Some(Cow::Owned(core::mem::take(&mut self.body))))
    }

    /// The length that the first four bytes give.
    fn length(&mut self, bytes: &mut &[u8]) -> Option<usize> {
        if self.prefixed == 0
            && let Some((prefix, rest)) = bytes.split_first_chunk()
        {
            (self.prefix, self.prefixed, *bytes) = (*prefix, PREFIX_BYTES, rest);
        }
        while let Some(to) = self.prefix.get_mut(self.prefixed) {
            let (first, rest) = bytes.split_first()?;
            *to = *first;
            *bytes = rest;
            self.prefixed = self.prefixed.saturating_add(1);
        }
        Some(usize::try_from(u32::from_le_bytes(self.prefix)).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests;
