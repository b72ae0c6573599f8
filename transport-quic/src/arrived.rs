//! What has arrived on a stream and waits to be read.

use core::task::{Poll, ready};
use std::io;

/// Room while little arrives.
const LITTLE_BYTES: usize = 2 * 1024;
/// Room while much does.
const MUCH_BYTES: usize = 16 * 1024;

/// Bytes that were read ahead. There is much room once a read has filled the little, until one
/// would not.
#[derive(Default)]
pub(crate) struct Arrived {
    room: Vec<u8>,
    /// What of the room is filled and not consumed: from here to there.
    from: usize,
    to: usize,
}

impl Arrived {
    /// What waits. If nothing does, reads once into the room.
    pub(crate) fn poll_fill(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<&[u8]>> {
        if self.from == self.to {
            let much = self.to >= LITTLE_BYTES;
            let room = if much { MUCH_BYTES } else { LITTLE_BYTES };
            if self.room.len() != room {
                self.room = vec![0; room];
            }
            let count = ready!(read(&mut self.room))?;
            (self.from, self.to) = (0, count);
        }
        Poll::Ready(Ok(self.room.get(self.from..self.to).unwrap_or_default()))
    }

    /// So much of what waits is dealt with.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.from = self.from.saturating_add(bytes).min(self.to);
    }
}

#[cfg(test)]
mod tests;
