//! Bugs that can be planted in what surrounds the nodes of a world: to show that checks notice
//! them, and that the script in which they do can be made short.

use crate::host::Host;
use crate::world::World;

/// A bug of the surroundings.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plant {
    /// Disks say of every batch that it is durable when the one before it is.
    LateDisk,
    /// The driver does not tell a node that has started again when its batches are durable.
    LostAnswer,
}

impl World {
    /// Plants a bug.
    #[doc(hidden)]
    pub fn plant(&mut self, plant: Plant) {
        self.plant = Some(plant);
    }

    /// Whether the host's driver keeps to itself that a batch is durable.
    pub(crate) fn loses_answers(&self, host: Host) -> bool {
        self.plant == Some(Plant::LostAnswer) && self.machine(host).start > 1
    }
}
