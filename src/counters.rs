//! What a driver has counted.

use std::collections::BTreeMap;

use peergroup_core::Fault;

macro_rules! counters {
    ($($(#[$more:meta])* $name:ident: $help:literal,)*) => {
        /// What a driver has counted since it was made: plain numbers that only grow, for whoever
        /// watches a node. [`Handle::counters`](crate::Handle::counters) gives them.
        ///
        /// They are a copy of one moment's. `examples/metrics.rs` serves them to Prometheus.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Counters {
            $(#[doc = $help] $(#[$more])* pub $name: u64,)*
            /// Faults of peers, by what they did: each has cost a link. Of members they are counted
            /// from the moment that the group is open.
            pub faults: BTreeMap<Fault, u64>,
        }

        impl Counters {
            /// All but the faults: name, what it counts, and how much. The order is fixed; later
            /// versions may have more.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
                [$((stringify!($name), $help, self.$name),)*].into_iter()
            }
        }
    };
}

counters! {
    links_dialled: "Links that were dialled.",
    links_accepted: "Links that others opened.",
    links_up: "Links that were dialled and came up.",
    links_down: "Links that ended, failed dials among them.",
    bytes_received: "Bytes that were read from links, before whatever the transport adds.",
    bytes_sent: "Bytes that were handed to links, before whatever the transport adds.",
    neighbours_gained: "Neighbours that connected, in all groups.",
    neighbours_lost: "Neighbours that disconnected, in all groups.",
    connects_failed: "Times that connecting a group found nobody.",
    clocks_differing: "Times that this node's calendar was found to be far from its neighbours'.",
    store_operations: "Operations that the store was given.",
    store_batches: "Batches of these that the store made durable, or failed to.",
    store_failures: "Batches and questions that the store failed.",
    store_loads: "Questions that the store was asked.",
    events_told: "Events that were handed to registrations of the application.",
    commands: "Verbs that the application called.",
}

impl Counters {
    /// All faults together.
    pub fn faults_in_all(&self) -> u64 {
        self.faults.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Counts one more.
pub(crate) fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}
