//! What the simulated network and disks are like.

mod draw;

use core::ops::RangeInclusive;
use core::time::Duration;

use peergroup_core::limits::RECEIVED_BYTES_MAX;

use crate::words::words;

words! {
    /// What the network and the disks are like, for what happens from now on.
    ///
    /// A count `…_one_in` says how often something goes wrong: one out of so many times, never if
    /// it is 0. What one kind of mishap draws moves nothing but the mishaps of its own stream.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub struct Weather {
        /// How long bytes take one way: at least a microsecond. Their order is kept.
        pub latency: RangeInclusive<Duration>,
        /// One out of so many parcels stays on the way for `stall` longer, and what follows it too.
        pub stall_one_in: u64,
        /// How much longer a parcel takes that stalls.
        pub stall: RangeInclusive<Duration>,
        /// How many bytes a link carries one way in a second: more wait. 0 is no limit.
        pub bandwidth: u64,
        /// Parcels are held back to the next multiple of this: several arrive as one. Zero is none.
        pub gather: Duration,
        /// How long a disk takes to make a batch durable, or to answer.
        pub disk: RangeInclusive<Duration>,
        /// How long it takes an end to hear that its link has broken.
        pub notice: RangeInclusive<Duration>,
        /// How long it takes to find out that an address cannot be reached.
        pub dial_timeout: RangeInclusive<Duration>,
        /// How long a transport tries to get bytes across before it gives its link up.
        pub give_up: RangeInclusive<Duration>,
        /// One out of so many parcels breaks its link instead.
        pub break_one_in: u64,
        /// One out of so many parcels leaves its link half open: nothing ever arrives again, and
        /// one end is told so, or neither.
        pub half_open_one_in: u64,
        /// One out of so many parcels is lost.
        pub drop_one_in: u64,
        /// One out of so many parcels arrives twice.
        pub duplicate_one_in: u64,
        /// The two parts of one out of so many parcels change places.
        pub reorder_one_in: u64,
        /// A bit of one out of so many parcels is flipped.
        pub corrupt_one_in: u64,
        /// The end of one out of so many parcels is cut off.
        pub truncate_one_in: u64,
        /// Whether links notice that bytes are not as they were sent, as TLS does, and break. If
        /// not, nodes are handed what arrives.
        pub integrity: bool,
        /// One out of so many dials reaches somebody in the middle, who passes every byte on.
        pub relay_one_in: u64,
        /// One out of so many batches is said to be durable while it is not yet; or later ones
        /// reach the disk before it. The first host is spared: it is the one to keep the group.
        pub lost_fsync_one_in: u64,
        /// How many bytes are pulled from a node at once: at least one.
        pub pulled: RangeInclusive<usize>,
        /// How many bytes are handed to a node at once: at least one, at most `RECEIVED_BYTES_MAX`.
        pub handed: RangeInclusive<usize>,
        /// How many outputs of a node are carried out before it is somebody else's turn: at least
        /// one. No result depends on it.
        pub outputs_per_turn: usize,
    }
}

impl Default for Weather {
    fn default() -> Self {
        Self::fair()
    }
}

impl Weather {
    /// 5 to 80 ms one way, disks of 1 to 20 ms, nothing breaks by itself.
    pub fn fair() -> Self {
        let ms = Duration::from_millis;
        Self {
            latency: ms(5)..=ms(80),
            stall_one_in: 0,
            stall: ms(1_000)..=ms(30_000),
            bandwidth: 0,
            gather: Duration::ZERO,
            disk: ms(1)..=ms(20),
            notice: ms(1)..=ms(20_000),
            dial_timeout: ms(3_000)..=ms(25_000),
            give_up: ms(30_000)..=ms(900_000),
            break_one_in: 0,
            half_open_one_in: 0,
            drop_one_in: 0,
            duplicate_one_in: 0,
            reorder_one_in: 0,
            corrupt_one_in: 0,
            truncate_one_in: 0,
            integrity: true,
            relay_one_in: 0,
            lost_fsync_one_in: 0,
            pulled: 1..=32 * 1024,
            handed: 1..=RECEIVED_BYTES_MAX,
            outputs_per_turn: usize::MAX,
        }
    }
}
