//! A host's clocks: both may run fast or slow, and the calendar may be wrong besides.

use peergroup_core::{Instant, Now, UnixTime};

use crate::world::EPOCH_MS;

/// How fast a clock may be, in millionths, either way: a tenth.
pub(crate) const DRIFT_MAX_PPM: i64 = 100_000;
const MILLION: i64 = 1_000_000;

/// Both clocks of a host, as functions of the world's time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// Since when it runs as fast as it does, in the world's time and in its own.
    since: (Instant, Instant),
    /// By how many millionths it is fast; slow if negative.
    ppm: i64,
    /// What the calendar is ahead of what its own time says, in milliseconds.
    ahead_ms: i64,
}

impl Clock {
    /// What the clocks show.
    pub(crate) fn now(&self, at: Instant) -> Now {
        let mono = self.mono(at);
        let wall = EPOCH_MS.saturating_add(millis(mono)).saturating_add_signed(self.ahead_ms);
        Now { mono, wall: UnixTime::from_millis(wall) }
    }

    fn mono(&self, at: Instant) -> Instant {
        let (world, own) = self.since;
        let passed = at.as_micros().saturating_sub(world.as_micros());
        let passed = if self.ppm == 0 { passed } else { scale(passed, self.rate(), MILLION) };
        Instant::from_micros(own.as_micros().saturating_add(passed))
    }

    fn rate(&self) -> i64 {
        MILLION.saturating_add(self.ppm)
    }

    /// The world's time at which the host's own time has come to a moment.
    pub(crate) fn when(&self, mono: Instant) -> Instant {
        let (world, own) = self.since;
        let passed = mono.as_micros().saturating_sub(own.as_micros());
        let guess = if self.ppm == 0 { passed } else { scale(passed, MILLION, self.rate()) };
        let mut at = Instant::from_micros(world.as_micros().saturating_add(guess));
        // rounding loses a microsecond or two
        while self.mono(at) < mono && at < Instant::MAX {
            at = Instant::from_micros(at.as_micros().saturating_add(1));
        }
        at
    }

    /// Sets how far the calendar is off, in milliseconds: ahead if positive.
    pub(crate) fn set_skew(&mut self, at: Instant, ms: i64) {
        let lead = i128::from(millis(self.mono(at))).saturating_sub(i128::from(millis(at)));
        self.ahead_ms = ms.saturating_sub(i64::try_from(lead).unwrap_or(0));
    }

    /// How far the calendar is off, in milliseconds.
    pub(crate) fn skew(&self, at: Instant) -> i64 {
        let right = EPOCH_MS.saturating_add(millis(at));
        let shown = self.now(at).wall.as_millis();
        let off = i128::from(shown).saturating_sub(i128::from(right));
        i64::try_from(off).unwrap_or(0)
    }

    /// Sets how fast both clocks run from now on, in millionths, at most a tenth either way.
    pub(crate) fn set_drift(&mut self, at: Instant, ppm: i64) {
        self.since = (at, self.mono(at));
        self.ppm = ppm.clamp(DRIFT_MAX_PPM.saturating_neg(), DRIFT_MAX_PPM);
    }

    /// By how many millionths both clocks are fast.
    pub(crate) fn drift(&self) -> i64 {
        self.ppm
    }
}

fn millis(at: Instant) -> u64 {
    at.as_micros().checked_div(1000).unwrap_or(0)
}

/// A span times a fraction, rounded down.
fn scale(span: u64, by: i64, of: i64) -> u64 {
    let scaled = i128::from(span).saturating_mul(i128::from(by)).checked_div(i128::from(of));
    scaled.and_then(|scaled| u64::try_from(scaled).ok()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
