//! The trace: everything that happens, folded into one hash.

use core::fmt;

use peergroup_core::Instant;
use sha2::{Digest, Sha256};

/// Folds what happens, in its order.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    hasher: Sha256,
    steps: u64,
}

impl Trace {
    /// Folds one step: when, at which host, what, and the bytes that belong to it.
    pub(crate) fn fold(&mut self, at: Instant, host: usize, what: &str, parts: &[&[u8]]) {
        self.steps = self.steps.saturating_add(1);
        self.hasher.update(at.as_micros().to_le_bytes());
        self.hasher.update(wide(host).to_le_bytes());
        for part in core::iter::once(what.as_bytes()).chain(parts.iter().copied()) {
            self.hasher.update(wide(part.len()).to_le_bytes());
            self.hasher.update(part);
        }
    }

    /// The hash of all steps so far.
    pub(crate) fn hash(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }

    /// How many steps there were.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }
}

/// The same on every machine.
fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("steps", &self.steps).finish_non_exhaustive()
    }
}
