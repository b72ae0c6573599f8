//! One direction of a pipe.

use core::time::Duration;
use std::collections::VecDeque;

use peergroup_core::Instant;

use crate::mishap::Mishap;
use crate::rng::{Rng, micros};
use crate::weather::Weather;

/// The least time that anything takes.
pub(crate) const MOMENT: Duration = Duration::from_micros(1);

/// What is on its way to one end, in order, and what is yet to be drawn about it: each for itself,
/// so that splits and mishaps move no arrivals.
#[derive(Debug)]
pub(crate) struct Lane {
    waiting: VecDeque<Parcel>,
    /// Nothing arrives earlier.
    pub(crate) last: Instant,
    /// When everything that was sent so far has left, on a link that carries few bytes a second.
    free_at: Instant,
    /// Behind the bytes, the end hears that the other has hung up.
    pub(crate) closes_at: Option<Instant>,
    /// What is due waits for the way to be free.
    pub(crate) is_held: bool,
    /// When whoever sends gives up.
    pub(crate) gives_up_at: Option<Instant>,
    pub(crate) latency: Rng,
    pub(crate) pieces: Rng,
    pub(crate) fate: Rng,
}

/// Bytes that were sent at one moment.
#[derive(Debug)]
pub(crate) struct Parcel {
    sent: Instant,
    due: Instant,
    pub(crate) bytes: Vec<u8>,
    pub(crate) harm: Option<Harm>,
}

/// What is to go wrong with a parcel, and a number that says how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Harm {
    pub(crate) mishap: Mishap,
    pub(crate) pick: u64,
}

/// How a parcel was sent.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    /// When it arrives, if nothing arrives then already.
    pub(crate) arrives: Option<Instant>,
    /// Earlier bytes are still leaving.
    pub(crate) is_slow: bool,
    /// It stays on the way for much longer than usual.
    pub(crate) is_stalled: bool,
    /// How long it takes.
    pub(crate) takes: Duration,
}

impl Lane {
    pub(super) fn new(seed: u64, numbers: [u64; 3], side: usize) -> Self {
        let [host, start, link] = numbers;
        let numbers = [host, start, link, u64::try_from(side).unwrap_or(u64::MAX)];
        Self {
            waiting: VecDeque::new(),
            last: Instant::default(),
            free_at: Instant::default(),
            closes_at: None,
            is_held: false,
            gives_up_at: None,
            latency: Rng::of(seed, "latency", &numbers),
            pieces: Rng::of(seed, "pieces", &numbers),
            fate: Rng::of(seed, "fate", &numbers),
        }
    }

    /// Sends bytes: behind what was sent at this very moment, or as a parcel of their own, that
    /// takes so much longer.
    pub(crate) fn send_late(
        &mut self,
        now: Instant,
        bytes: Vec<u8>,
        weather: &Weather,
        delay: Duration,
    ) -> Sending {
        let leaves = if weather.bandwidth == 0 { now } else { self.free_at.max(now) };
        self.free_at = leaves.after(span_of(bytes.len(), weather.bandwidth));
        if let Some(parcel) = self.waiting.back_mut()
            && parcel.sent == now
            && delay.is_zero()
        {
            parcel.bytes.extend(bytes);
            return Sending::default();
        }
        let is_stalled = self.fate.one_in(weather.stall_one_in);
        let stall = if is_stalled { self.fate.span(&weather.stall) } else { Duration::ZERO };
        let due = self.due(leaves.after(stall.saturating_add(delay)), weather);
        let harm = self.draw_harm(weather);
        let is_awaited = self.waiting.back().is_some_and(|parcel| parcel.due == due);
        self.waiting.push_back(Parcel { sent: now, due, bytes, harm });
        Sending {
            arrives: Some(due).filter(|_| !is_awaited),
            is_slow: leaves > now,
            is_stalled,
            takes: due.since(now),
        }
    }

    /// The end hears, behind everything that was sent, that the other has hung up. Gives when.
    pub(crate) fn close(&mut self, now: Instant, weather: &Weather) -> Instant {
        let leaves = if weather.bandwidth == 0 { now } else { self.free_at.max(now) };
        let due = self.due(leaves, weather);
        self.closes_at = Some(due);
        due
    }

    /// When something arrives that leaves at a moment: never before what was sent earlier.
    fn due(&mut self, leaves: Instant, weather: &Weather) -> Instant {
        let due = leaves.after(self.latency.span(&weather.latency).max(MOMENT));
        self.last = gathered(due.max(self.last), weather.gather);
        self.last
    }

    fn draw_harm(&mut self, weather: &Weather) -> Option<Harm> {
        let kinds = [
            (weather.break_one_in, Mishap::Reset),
            (weather.half_open_one_in, Mishap::HalfOpen),
            (weather.drop_one_in, Mishap::Drop),
            (weather.duplicate_one_in, Mishap::Duplicate),
            (weather.reorder_one_in, Mishap::Reorder),
            (weather.corrupt_one_in, Mishap::Corrupt),
            (weather.truncate_one_in, Mishap::Truncate),
        ];
        let (_, mishap) = kinds.into_iter().find(|(count, _)| self.fate.one_in(*count))?;
        Some(Harm { mishap, pick: self.fate.number() })
    }

    /// Takes the next parcel that has arrived.
    pub(crate) fn take_arrived(&mut self, now: Instant) -> Option<Parcel> {
        self.waiting.front().filter(|parcel| parcel.due <= now)?;
        self.waiting.pop_front()
    }

    /// Whether the end hears by now that the other has hung up.
    pub(crate) fn has_closed(&self, now: Instant) -> bool {
        self.waiting.is_empty() && self.closes_at.is_some_and(|at| at <= now)
    }

    /// Nothing of this arrives any more.
    pub(crate) fn cease(&mut self) {
        self.waiting.clear();
        self.closes_at = None;
        self.is_held = false;
        self.gives_up_at = None;
    }
}

impl Harm {
    /// Whether nothing more arrives on the link.
    pub(crate) fn ends_the_link(self) -> bool {
        matches!(self.mishap, Mishap::Reset | Mishap::HalfOpen)
    }

    /// Alters bytes as a network without integrity would. False if there is nothing to alter.
    pub(crate) fn alter(self, bytes: &mut Vec<u8>) -> bool {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let place =
            |bound: u64| usize::try_from(self.pick.checked_rem(bound).unwrap_or(0)).unwrap_or(0);
        match self.mishap {
            Mishap::Drop => bytes.clear(),
            Mishap::Duplicate => bytes.extend_from_within(..),
            Mishap::Reorder if length > 1 => {
                bytes.rotate_left(place(length.saturating_sub(1)).saturating_add(1));
            }
            Mishap::Truncate => bytes.truncate(place(length)),
            Mishap::Corrupt => {
                if let Some(byte) = bytes.get_mut(place(length)) {
                    *byte ^= 1 << (self.pick >> 61);
                }
            }
            _ => return false,
        }
        length > 0
    }
}

/// How long so many bytes take to leave.
fn span_of(bytes: usize, per_second: u64) -> Duration {
    let micros = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1_000_000);
    Duration::from_micros(micros.checked_div(per_second).unwrap_or(0))
}

/// The next multiple of a span, if it is any.
fn gathered(at: Instant, gather: Duration) -> Instant {
    let gather = micros(gather);
    let count = at.as_micros().checked_next_multiple_of(gather.max(1));
    if gather == 0 { at } else { Instant::from_micros(count.unwrap_or(u64::MAX)) }
}
