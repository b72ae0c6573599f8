//! Time as plain integers: the core reads no clock.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment of the driver's monotonic clock, in microseconds since any fixed start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The end of time: no moment that a clock reaches.
    pub const MAX: Self = Self(u64::MAX);

    /// The moment this many microseconds after the clock's start.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the clock's start.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// This much later, or the end of time.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// A moment of the calendar, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct UnixTime(u64);

impl UnixTime {
    /// Later than anything: what an infinite window ends at.
    pub const MAX: Self = Self(u64::MAX);

    /// The moment this many milliseconds after 1970 began.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 began.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This much later, or the end of time.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }

    /// This much earlier, or the beginning of 1970.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Both clocks, read once by the driver at the top of a turn.
///
/// Protocol timers follow `mono`; validity windows, stamps and expiry follow `wall`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "two clocks, for ever")]
pub struct Now {
    /// Never goes back.
    pub mono: Instant,
    /// May jump either way.
    pub wall: UnixTime,
}

/// When the core next wants to be called, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadline {
    /// Call `handle_input` with `Input::Tick` at this moment or soon after.
    pub at: Instant,
    /// What is due then.
    pub why: Why,
}

impl Deadline {
    pub(crate) const fn new(at: Instant, why: Why) -> Self {
        Self { at, why }
    }
}

/// What a deadline is for: one word in a log that explains a spinning driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Why {
    /// Outputs are waiting: poll them now.
    Outputs,
    /// A link must have finished its handshake by then.
    Handshake,
    /// A dialled link must be up by then.
    Dial,
    /// A closing link must have flushed by then.
    Hangup,
    /// A connect attempt ends.
    Connect,
    /// Neighbours are looked after.
    Maintain,
    /// A neighbour must have answered by then.
    Answer,
    /// A neighbour is asked whether its sets equal ours.
    Compare,
    /// Presence is announced again.
    Presence,
    /// A record expires or leaves at its ceiling.
    Expiry,
    /// A member's window begins or ends.
    Window,
    /// A membership is to be renewed, or what an Admin left is to be pinned.
    Renewal,
    /// A member's presence lapses.
    Lapse,
    /// Renewed presences are passed on.
    Relay,
    /// A neighbour must have said something by then.
    Idle,
    /// A part of a payload that has not come is asked of another neighbour.
    Pull,
    /// The beacon on the local network is replaced by a fresh one.
    Beacon,
    /// What is new is announced, or what was announced and has not come is asked for.
    Spread,
}
