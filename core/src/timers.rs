//! Every deadline of a node, in one ordered map.

use alloc::collections::{BTreeMap, BTreeSet};
use core::cmp::Ordering;

use crate::event::Seat;
use crate::id::{ConnectionId, LinkId};
use crate::time::{Deadline, Instant, Why};

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimerKey {
    /// What a link waits for, before it is established or while it closes.
    Link(LinkId, Why),
    /// What a direct connection waits for, before it is up.
    Connection(ConnectionId, Why),
    /// What a group waits for.
    Group(Seat, Why),
    /// What a neighbour owes, or when to compare with it.
    Neighbour(Seat, LinkId, Why),
}

impl TimerKey {
    /// What tells most keys apart, and the seat that tells the others: a seat is long and a node
    /// has few.
    fn order(&self) -> (u8, u64, Why, Option<&Seat>) {
        match self {
            Self::Link(link, why) => (0, link.as_u64(), *why, None),
            Self::Connection(connection, why) => (1, connection.as_u64(), *why, None),
            Self::Group(seat, why) => (2, 0, *why, Some(seat)),
            Self::Neighbour(seat, link, why) => (3, link.as_u64(), *why, Some(seat)),
        }
    }

    fn why(self) -> Why {
        match self {
            Self::Link(_, why)
            | Self::Connection(_, why)
            | Self::Group(_, why)
            | Self::Neighbour(_, _, why) => why,
        }
    }
}

impl Ord for TimerKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for TimerKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Armed deadlines: at most one for each key.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    by_time: BTreeSet<(Instant, TimerKey)>,
    by_key: BTreeMap<TimerKey, Instant>,
    /// No deadline is earlier: what most turns ask.
    quiet_until: Instant,
}

impl Timers {
    /// Sets the deadline of `key`, in place of an earlier one. The end of time never comes.
    pub(crate) fn arm(&mut self, key: TimerKey, at: Instant) {
        if self.by_key.get(&key) == Some(&at) {
            return;
        }
        self.disarm(key);
        if at == Instant::MAX {
            return;
        }
        self.by_time.insert((at, key));
        self.by_key.insert(key, at);
        self.quiet_until = self.quiet_until.min(at);
    }

    /// The deadline of `key`, if there is one.
    pub(crate) fn due(&self, key: TimerKey) -> Option<Instant> {
        self.by_key.get(&key).copied()
    }

    /// Clears the deadline of `key`.
    pub(crate) fn disarm(&mut self, key: TimerKey) {
        if let Some(at) = self.by_key.remove(&key) {
            self.by_time.remove(&(at, key));
        }
    }

    /// Clears every deadline whose key `is_gone`.
    pub(crate) fn disarm_all(&mut self, mut is_gone: impl FnMut(TimerKey) -> bool) {
        self.by_time.retain(|(_, key)| !is_gone(*key));
        self.by_key.retain(|key, _| !is_gone(*key));
    }

    /// Whether no deadline is due for certain: `pop_due` would find none.
    pub(crate) fn is_quiet(&self, now: Instant) -> bool {
        now < self.quiet_until
    }

    /// Takes the earliest deadline that is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<TimerKey> {
        let Some(&(at, key)) = self.by_time.first() else {
            self.quiet_until = Instant::MAX;
            return None;
        };
        if at > now {
            self.quiet_until = at;
            return None;
        }
        self.disarm(key);
        Some(key)
    }

    /// Counts the deadlines.
    #[cfg(feature = "simulation")]
    pub(crate) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        usage.note("deadlines", self.by_key.len(), crate::limits::TIMERS_MAX);
        debug_assert_eq!(self.by_key.len(), self.by_time.len(), "one of each");
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Deadline> {
        let &(at, key) = self.by_time.first()?;
        Some(Deadline::new(at, key.why()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: TimerKey = TimerKey::Link(LinkId::from_u64(1), Why::Handshake);

    #[test]
    fn a_key_has_one_deadline_the_last_one_set() {
        let mut timers = Timers::default();
        timers.arm(KEY, Instant::from_micros(5));
        timers.arm(KEY, Instant::from_micros(9));
        assert_eq!(timers.pop_due(Instant::from_micros(8)), None);
        assert_eq!(timers.pop_due(Instant::from_micros(9)), Some(KEY));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn the_end_of_time_never_comes() {
        let mut timers = Timers::default();
        timers.arm(KEY, Instant::MAX);
        assert_eq!(timers.pop_due(Instant::MAX), None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_cleared_deadline_never_comes() {
        let mut timers = Timers::default();
        timers.arm(KEY, Instant::from_micros(5));
        timers.disarm(KEY);
        assert_eq!(timers.pop_due(Instant::from_micros(9)), None);
    }
}
