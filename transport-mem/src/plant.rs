//! Bugs that can be planted in what surrounds the nodes of a world: to show that checks notice
//! them, and that the script in which they do can be made short.

use crate::world::World;

/// A bug of the surroundings.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plant {
    /// Disks say of every batch that it is durable when the one before it is.
    LateDisk,
    /// The driver takes a pull of so many bytes or more for the last one: what is left in the node
    /// is never sent, for the node waits until a pull has given nothing.
    HastyDriver(usize),
}

impl World {
    /// Plants a bug.
    #[doc(hidden)]
    pub fn plant(&mut self, plant: Plant) {
        self.plant = Some(plant);
    }

    /// Whether the driver gives up after a pull of so many bytes.
    pub(crate) fn thinks_that_was_all(&self, pulled: usize) -> bool {
        matches!(self.plant, Some(Plant::HastyDriver(enough)) if pulled >= enough)
    }
}
