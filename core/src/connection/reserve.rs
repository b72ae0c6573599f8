//! What is left of the room into which the windows of direct connections grow.

use crate::limits::CONNECTION_GROWTH_MAX;

/// Bytes that windows of direct connections may still grow by, all of a node together.
#[derive(Debug)]
pub(crate) struct Reserve(u32);

impl Reserve {
    pub(super) const fn new() -> Self {
        Self(CONNECTION_GROWTH_MAX)
    }

    /// Takes so much; false if there is less.
    pub(super) const fn take(&mut self, bytes: u32) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }

    /// Takes so much, unless that is more than a part of what there is: who comes later finds
    /// something too.
    pub(super) const fn take_part(&mut self, bytes: u32) -> bool {
        bytes <= self.0 / 4 && self.take(bytes)
    }

    /// Gives back what was taken.
    pub(super) const fn give_back(&mut self, bytes: u32) {
        self.0 = self.0.saturating_add(bytes);
    }

    #[cfg(any(test, feature = "simulation"))]
    pub(super) const fn left(&self) -> u32 {
        self.0
    }
}
