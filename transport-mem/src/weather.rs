//! What the simulated network and disks are like.

use core::ops::RangeInclusive;
use core::time::Duration;

use peergroup_core::limits::RECEIVED_BYTES_MAX;

use crate::words::words;

words! {
    /// What the network and the disks are like, for what happens from now on.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub struct Weather {
        /// How long bytes take one way: at least a microsecond. Their order is kept.
        pub latency: RangeInclusive<Duration>,
        /// How long a disk takes to make a batch durable, or to answer.
        pub disk: RangeInclusive<Duration>,
        /// How long it takes an end to hear that its link has broken.
        pub notice: RangeInclusive<Duration>,
        /// How long it takes to find out that an address cannot be reached.
        pub dial_timeout: RangeInclusive<Duration>,
        /// One out of so many deliveries breaks its link instead; 0 is none.
        pub break_one_in: u64,
        /// How many bytes are pulled from a node at once: at least one.
        pub pulled: RangeInclusive<usize>,
        /// How many bytes are handed to a node at once: at least one, at most `RECEIVED_BYTES_MAX`.
        pub handed: RangeInclusive<usize>,
        /// How many outputs of a node are carried out before it is somebody else's turn: at least
        /// one. No result depends on it.
        pub outputs_per_turn: usize,
    }
}

impl Weather {
    /// Bad weather, as the seed has it.
    pub(crate) fn draw(rng: &mut crate::rng::Rng) -> Self {
        let break_one_in = rng.between(&(200..=5000));
        Self { break_one_in, ..Self::default() }
    }
}

impl Default for Weather {
    /// Fair: 5 to 80 ms one way, disks of 1 to 20 ms, nothing breaks by itself.
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self {
            latency: ms(5)..=ms(80),
            disk: ms(1)..=ms(20),
            notice: ms(1)..=ms(20_000),
            dial_timeout: ms(3_000)..=ms(25_000),
            break_one_in: 0,
            pulled: 1..=32 * 1024,
            handed: 1..=RECEIVED_BYTES_MAX,
            outputs_per_turn: usize::MAX,
        }
    }
}
