//! Stamps: the hybrid logical clock that orders versions (Kulkarni et al., 2014).

use serde::{Deserialize, Serialize};

use crate::id::Instance;
use crate::time::UnixTime;

/// When a version was made: peer time, a counter within the millisecond, and the instance.
///
/// Compared in that order. Two stamps are equal only if one instance made both.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[non_exhaustive]
pub struct Stamp {
    /// Peer time when it was made, or a little later.
    pub time: UnixTime,
    /// Tells stamps within one millisecond apart.
    pub count: u32,
    /// The instance that made it.
    pub instance: u64,
}

impl Stamp {
    /// The least stamp of `instance` that is later than `last` and no earlier than `now`.
    #[must_use]
    pub(crate) fn following(last: Self, now: UnixTime, instance: Instance) -> Self {
        let instance = instance.as_u64();
        if now > last.time {
            return Self { time: now, count: 0, instance };
        }
        match last.count.checked_add(1) {
            Some(count) => Self { time: last.time, count, instance },
            None => Self {
                time: UnixTime::from_millis(last.time.as_millis().saturating_add(1)),
                count: 0,
                instance,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANCE: Instance = Instance::from_u64(7);

    #[test]
    fn a_stamp_follows_the_clock_or_else_the_last_stamp() {
        let first = Stamp::following(Stamp::default(), UnixTime::from_millis(5), INSTANCE);
        let second = Stamp::following(first, UnixTime::from_millis(5), INSTANCE);
        let third = Stamp::following(second, UnixTime::from_millis(1), INSTANCE);
        assert!(first < second && second < third);
        assert_eq!((third.time, third.count), (UnixTime::from_millis(5), 2));
    }

    #[test]
    fn a_full_counter_carries_into_the_time() {
        let last = Stamp { time: UnixTime::from_millis(5), count: u32::MAX, instance: 0 };
        let next = Stamp::following(last, UnixTime::from_millis(5), INSTANCE);
        assert_eq!((next.time, next.count), (UnixTime::from_millis(6), 0));
    }
}
