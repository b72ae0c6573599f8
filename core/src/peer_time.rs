//! Peer time: the clock that the members of a group have in common.
//!
//! It is this node's calendar and an offset: the median of how far the neighbours' calendars are
//! ahead of it, its own among them, at most ten minutes. So a minority of liars moves it nowhere
//! that no honest clock shows, and whoever surrounds a node moves it by ten minutes. Whoever was
//! brought in by one and the same peer has one vote with it, so that nobody gains votes by inviting
//! its own puppets. Decides when records expire and which stamps are too far ahead, never who may
//! do what.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::id::LinkId;
use crate::key::PeerId;
use crate::limits::PEER_TIME_OFFSET_MAX;
use crate::time::{Instant, Now, UnixTime};

/// A sample that took longer to get says too little: it may be wrong by half of this.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(4);
/// Votes without which others are not believed: one more than can contradict this node alone.
const VOTES_MIN: usize = 2;
/// Unless more are heard than before, the offset changes by this part of the time that passes:
/// 500 parts in a million, less than any record notices.
const SLEW_PART: u64 = 2000;

/// The offset of one group's peer time, and what it follows from.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeerClock {
    samples: BTreeMap<LinkId, Sample>,
    /// The offset was so at the moment `since` and goes slowly to `target`; in milliseconds.
    from: i64,
    target: i64,
    since: Instant,
    /// On the word of so many the offset was set. With no more than those it changes slowly.
    agreed: usize,
    /// How far this node's calendar is off by the others, if peer time cannot follow them.
    pub(crate) off: Option<i64>,
}

/// What a neighbour's calendar showed.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// Whose vote it is.
    vote: PeerId,
    theirs: UnixTime,
    at: Instant,
}

impl PeerClock {
    /// Peer time.
    pub(crate) fn time(&self, now: Now) -> UnixTime {
        shifted(now.wall, self.offset(now.mono))
    }

    /// What peer time is when this node's calendar shows `local`.
    pub(crate) fn to_peer(&self, local: UnixTime, now: Now) -> UnixTime {
        shifted(local, self.offset(now.mono))
    }

    /// What this node's calendar shows when peer time is `peer`.
    pub(crate) fn to_local(&self, peer: UnixTime, now: Now) -> UnixTime {
        shifted(peer, self.offset(now.mono).saturating_neg())
    }

    /// A neighbour answered, to what was sent at the moment `sent`, that it is `theirs`. True if
    /// peer time was set by it.
    pub(crate) fn hear(
        &mut self,
        link: LinkId,
        vote: PeerId,
        theirs: UnixTime,
        sent: Instant,
        now: Now,
    ) -> bool {
        let round_trip = now.mono.since(sent);
        if round_trip > ROUND_TRIP_MAX {
            return false;
        }
        let half = round_trip.checked_div(2).unwrap_or_default();
        self.samples.insert(link, Sample { vote, theirs: theirs.after(half), at: now.mono });
        self.judge(now)
    }

    /// A link is gone.
    pub(crate) fn forget(&mut self, link: LinkId) {
        self.samples.remove(&link);
    }

    /// This node's calendar was set: peer time goes on as it was, as far as others bear witness to
    /// it.
    pub(crate) fn on_calendar_set(&mut self, now: Now) {
        let samples = core::mem::take(&mut self.samples);
        *self = Self { samples, since: now.mono, ..Self::default() };
        self.judge(now);
    }

    /// Finds where the offset is to go. True if it went there at once.
    fn judge(&mut self, now: Now) -> bool {
        self.from = self.offset(now.mono);
        self.since = now.mono;
        let mut votes = self.votes(now);
        if votes.len() < VOTES_MIN {
            // one alone moves nothing, but is worth a word if it could not be followed
            self.off = votes.first().copied().filter(|ahead| clamped(*ahead) != *ahead);
            return false;
        }
        votes.push(0);
        let median = median(&mut votes);
        self.target = clamped(median);
        self.off = (median != self.target).then_some(median);
        let heard = votes.len();
        if heard <= self.agreed {
            return false;
        }
        self.agreed = heard;
        let is_set = self.from != self.target;
        self.from = self.target;
        is_set
    }

    /// How far each vote's calendars are ahead of this node's.
    fn votes(&self, now: Now) -> Vec<i64> {
        let mut votes: BTreeMap<PeerId, Vec<i64>> = BTreeMap::new();
        for sample in self.samples.values() {
            let theirs = sample.theirs.after(now.mono.since(sample.at));
            votes.entry(sample.vote).or_default().push(ahead(theirs, now.wall));
        }
        votes.into_values().map(|mut of_one| median(&mut of_one)).collect()
    }

    fn offset(&self, at: Instant) -> i64 {
        let passed = at.since(self.since).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let room = i64::try_from(passed.checked_div(SLEW_PART).unwrap_or(0)).unwrap_or(i64::MAX);
        let way = self.target.saturating_sub(self.from);
        self.from.saturating_add(way.clamp(room.saturating_neg(), room))
    }
}

/// The middle; of two in the middle the one nearer to zero, which is this node's own calendar.
fn median(values: &mut [i64]) -> i64 {
    values.sort_unstable();
    let half = values.len() / 2;
    let upper = values.get(half).copied().unwrap_or_default();
    let lower = match half.checked_sub(1) {
        Some(below) if values.len().is_multiple_of(2) => values.get(below).copied(),
        Some(_) | None => None,
    };
    let lower = lower.unwrap_or(upper);
    if lower.unsigned_abs() <= upper.unsigned_abs() { lower } else { upper }
}

fn clamped(offset: i64) -> i64 {
    let most = i64::try_from(PEER_TIME_OFFSET_MAX.as_millis()).unwrap_or(i64::MAX);
    offset.clamp(most.saturating_neg(), most)
}

/// How many milliseconds `one` is after `other`.
fn ahead(one: UnixTime, other: UnixTime) -> i64 {
    let signed = |time: UnixTime| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    signed(one).saturating_sub(signed(other))
}

fn shifted(time: UnixTime, by: i64) -> UnixTime {
    if time == UnixTime::MAX {
        return time;
    }
    UnixTime::from_millis(time.as_millis().saturating_add_signed(by))
}

#[cfg(test)]
mod tests;
