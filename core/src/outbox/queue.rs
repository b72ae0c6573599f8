//! Bytes that wait on a link, in the order in which they go.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::Bytes;

/// A run of bytes that is no shorter is kept as it is; shorter ones are copied together.
const RUN_BYTES_MIN: usize = 4096;
/// What stays allocated while no bytes wait.
const IDLE_BYTES: usize = 1024;

/// Bytes that wait: each is copied once, whether it comes in a short run or a long one.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// What goes first. No run is empty.
    runs: VecDeque<Bytes>,
    /// What goes after the runs.
    tail: Vec<u8>,
    length: usize,
}

impl Queue {
    /// How many bytes wait.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Makes room for so many bytes that are copied: exactly so many as long as none wait.
    pub(super) fn reserve(&mut self, bytes: usize) {
        if self.tail.is_empty() {
            self.tail.reserve_exact(bytes);
        }
    }

    /// Adds bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len());
        self.tail.extend_from_slice(bytes);
    }

    /// Adds bytes that somebody else may hold as well.
    pub(super) fn push_run(&mut self, bytes: Bytes) {
        if is_short(bytes.len()) {
            return self.push(&bytes);
        }
        self.end_tail();
        self.length = self.length.saturating_add(bytes.len());
        self.runs.push_back(bytes);
    }

    /// Moves up to `limit` bytes to the end of `out`, and gives how many.
    pub(super) fn pull(&mut self, limit: usize, out: &mut Vec<u8>) -> usize {
        let count = self.length.min(limit);
        self.length = self.length.saturating_sub(count);
        if out.is_empty() && count == self.tail.len() {
            // all that waits, if there are no runs: moved, not copied
            core::mem::swap(out, &mut self.tail);
            return count;
        }
        self.end_tail();
        out.reserve(count);
        let mut room = count;
        while let Some(run) = self.runs.front_mut()
            && room > 0
        {
            let piece = run.split_to(run.len().min(room));
            out.extend_from_slice(&piece);
            room = room.saturating_sub(piece.len());
            if run.is_empty() {
                self.runs.pop_front();
            }
        }
        count
    }

    /// Takes the next run, as long as it is.
    pub(super) fn take_run(&mut self) -> Option<Bytes> {
        let run = self.runs.pop_front().or_else(|| {
            let tail = core::mem::take(&mut self.tail);
            (!tail.is_empty()).then(|| tail.into())
        })?;
        self.length = self.length.saturating_sub(run.len());
        Some(run)
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Gives memory back that is not needed while nothing waits.
    pub(super) fn rest(&mut self) {
        if self.tail.capacity() > IDLE_BYTES {
            self.tail = Vec::new();
        }
        if self.runs.capacity() > 0 {
            self.runs = VecDeque::new();
        }
    }

    /// Whatever comes next goes behind the tail.
    fn end_tail(&mut self) {
        if !self.tail.is_empty() {
            self.runs.push_back(core::mem::take(&mut self.tail).into());
        }
    }
}

/// Whether a run of so many bytes is copied.
pub(super) const fn is_short(bytes: usize) -> bool {
    bytes < RUN_BYTES_MIN
}

#[cfg(test)]
mod tests;
