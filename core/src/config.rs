//! What a driver chooses when it makes a node.

use core::time::Duration;

use crate::limits::NEIGHBOURS_IDEAL;

/// A node's settings. The defaults suit an application with a person behind it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Whether a group connects again by itself when its own role has changed.
    pub reconnect: bool,
    /// How many neighbours to look for in each group: 1 to
    /// [`NEIGHBOURS_MAX`](crate::limits::NEIGHBOURS_MAX).
    pub neighbours: usize,
    /// How often a group looks after its neighbours, give or take half of it.
    pub maintain_interval: Duration,
    /// How often a group compares its sets with a neighbour's, give or take half of it.
    pub compare_interval: Duration,
    /// Whether the identities that the node creates are mocks, with which everybody can sign:
    /// for simulations alone.
    #[cfg(feature = "simulation")]
    pub mock_identities: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            reconnect: true,
            neighbours: NEIGHBOURS_IDEAL,
            maintain_interval: Duration::from_secs(20),
            compare_interval: Duration::from_secs(60),
            #[cfg(feature = "simulation")]
            mock_identities: false,
        }
    }
}
