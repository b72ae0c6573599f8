//! The pulse of worlds: what each is at, for a thread that watches whether it goes on.

use std::sync::{Mutex, PoisonError};

use crate::host::Host;

/// What a world is at. Give a clone to `World::feel`, and look at it from another thread.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    beat: Mutex<Beat>,
}

/// What a world was at when its pulse was felt last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beat {
    /// The world's seed, while it is being run.
    pub(crate) seed: Option<u64>,
    /// How many calls of nodes have begun.
    pub(crate) calls: u64,
    /// Whose node was called last.
    pub(crate) host: Option<Host>,
    /// What for.
    pub(crate) doing: &'static str,
}

impl Pulse {
    /// The last beat.
    pub(crate) fn beat(&self) -> Beat {
        *self.beat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A world of this seed is being run from now on, or none.
    pub(crate) fn turn_to(&self, seed: Option<u64>) {
        self.change(|beat| *beat = Beat { seed, calls: beat.calls, ..Beat::default() });
    }

    /// A host's node is called.
    pub(crate) fn call(&self, host: Host, doing: &'static str) {
        self.change(|beat| (beat.host, beat.doing) = (Some(host), doing));
    }

    fn change(&self, change: impl FnOnce(&mut Beat)) {
        let mut beat = self.beat.lock().unwrap_or_else(PoisonError::into_inner);
        beat.calls = beat.calls.wrapping_add(1);
        change(&mut beat);
    }
}
