//! What arrives on a direct connection: parts that become messages, and the credit for them.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;

use super::PART_BYTES;
use super::reserve::Reserve;
use crate::fault::Fault;
use crate::id::TypeId;
use crate::limits::{CONNECTION_WINDOW, CONNECTION_WINDOW_MAX, MESSAGE_BYTES_MAX};
use crate::message::DIRECT_BYTES_MAX;
use crate::time::Instant;

/// A path with a shorter round trip needs no wider window: one that never opens carries 200 MB a
/// second over it, and what waits in a wider one is only out of the caches.
const FAR_MIN: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Incoming {
    partial: Option<Partial>,
    /// What the peer may send before the application has taken it.
    window: u32,
    /// What the peer may still send.
    credit: u32,
    /// What the parts of the message under way have been charged.
    charged: u32,
    /// The messages that the application has not taken yet, oldest first.
    untaken: VecDeque<Untaken>,
    /// Charges of messages that were taken and whose credit has not been returned.
    owed: u32,
    /// How long it takes to hear from the peer.
    round_trip: Duration,
    /// Since when how much was taken: at most a window.
    since: Instant,
    taken: u32,
}

/// A message that was handed out.
#[derive(Debug)]
struct Untaken {
    charge: u32,
    /// Registrations that have not taken it.
    holders: usize,
}

#[derive(Debug)]
struct Partial {
    type_id: TypeId,
    length: usize,
    bytes: Vec<u8>,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self {
            partial: None,
            window: CONNECTION_WINDOW,
            credit: CONNECTION_WINDOW,
            charged: 0,
            untaken: VecDeque::new(),
            owed: 0,
            round_trip: Duration::ZERO,
            since: Instant::default(),
            taken: 0,
        }
    }

    /// The connection is up: it took so long to hear from the peer.
    pub(super) fn begin(&mut self, now: Instant, round_trip: Duration) {
        self.since = now;
        self.round_trip = round_trip;
    }

    /// A part arrived, `charge` bytes in all. Gives the message if that was its last.
    pub(super) fn on_part(
        &mut self,
        start: Option<(TypeId, u32)>,
        bytes: Bytes,
        charge: usize,
    ) -> Result<Option<(TypeId, Bytes)>, Fault> {
        let charge = u32::try_from(charge).map_err(|_| Fault::CreditExceeded)?;
        self.credit = self.credit.checked_sub(charge).ok_or(Fault::CreditExceeded)?;
        self.charged = self.charged.saturating_add(charge);
        match (&self.partial, start) {
            (None, Some((type_id, length))) => {
                let partial = Partial::begin(type_id, length)?;
                if partial.length == bytes.len() {
                    // what comes in one part is the message as it is
                    return Ok(Some((type_id, bytes)));
                }
                self.partial = Some(partial);
            }
            (Some(_), None) if !bytes.is_empty() => {}
            (Some(_) | None, _) => return Err(Fault::Unexpected),
        }
        let Some(partial) = &mut self.partial else { return Ok(None) };
        partial.extend(&bytes)?;
        if !partial.is_whole() {
            return Ok(None);
        }
        let whole = self.partial.take();
        Ok(whole.map(|partial| (partial.type_id, partial.bytes.into())))
    }

    /// The message that is whole went to so many registrations: each is to take it. If there are
    /// none it is taken.
    pub(super) fn hand_out(&mut self, holders: usize) {
        let charge = core::mem::take(&mut self.charged);
        if holders > 0 {
            self.untaken.push_back(Untaken { charge, holders });
        } else {
            self.pay(charge);
        }
    }

    /// A registration took a message: as many takings as the oldest message has holders end it.
    pub(super) fn take(&mut self) {
        let Some(oldest) = self.untaken.front_mut() else { return };
        oldest.holders = oldest.holders.saturating_sub(1);
        if oldest.holders == 0 {
            let charge = oldest.charge;
            self.untaken.pop_front();
            self.pay(charge);
        }
    }

    fn pay(&mut self, charge: u32) {
        self.owed = self.owed.saturating_add(charge);
        self.taken = self.taken.saturating_add(charge);
    }

    /// Credit to return now: once half of the first window is owed, so that returning it costs
    /// little; or all that is owed once nothing else waits for the application, if the message
    /// under way needs it to be ended. So there is at most one return for half a window or for one
    /// message. The first window counts, since the peer may leave unused what came on top of it.
    pub(super) fn repay(&mut self) -> Option<u32> {
        if !self.is_due() {
            return None;
        }
        let bytes = core::mem::take(&mut self.owed);
        self.credit = self.credit.saturating_add(bytes);
        Some(bytes)
    }

    /// Whether credit is to be returned now.
    pub(super) fn is_due(&self) -> bool {
        self.owed >= CONNECTION_WINDOW / 2 || (self.owed > 0 && self.is_needed())
    }

    /// Whether the message under way cannot be ended with the credit that the peer has for certain,
    /// and nothing but that waits.
    fn is_needed(&self) -> bool {
        let Some(partial) = &self.partial else { return false };
        let rest = partial.length.saturating_sub(partial.bytes.len());
        let parts = (rest / PART_BYTES).saturating_add(1);
        let needed = rest.saturating_add(parts.saturating_mul(DIRECT_BYTES_MAX));
        let certain = self.credit.saturating_sub(self.growth());
        self.untaken.is_empty() && u32::try_from(needed).unwrap_or(u32::MAX) > certain
    }

    /// By how much the window opens further: on a long path it doubles if a whole one was taken
    /// within two round trips, for then the peer waits for credit most of the time, and not for the
    /// application.
    pub(super) fn widen(&mut self, now: Instant, reserve: &mut Reserve) -> Option<u32> {
        if self.taken < self.window {
            return None;
        }
        let took = now.since(self.since);
        (self.taken, self.since) = (0, now);
        let bytes = self.window;
        let is_short = took <= self.round_trip.saturating_mul(2);
        let has_room = self.window.saturating_add(bytes) <= CONNECTION_WINDOW_MAX;
        let is_far = self.round_trip >= FAR_MIN;
        if !(is_far && is_short && has_room && reserve.take_part(bytes)) {
            return None;
        }
        self.window = self.window.saturating_add(bytes);
        self.credit = self.credit.saturating_add(bytes);
        Some(bytes)
    }

    /// By how much the window has grown.
    pub(super) fn growth(&self) -> u32 {
        self.window.saturating_sub(CONNECTION_WINDOW)
    }

    /// What the peer has been charged for messages that are not whole or not taken.
    #[cfg(feature = "simulation")]
    pub(super) fn held(&self) -> usize {
        let untaken = self.untaken.iter().map(|message| message.charge);
        let charges = untaken.fold(self.charged, u32::saturating_add);
        usize::try_from(charges).unwrap_or(usize::MAX)
    }

    /// Room that is made for the message under way.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.bytes.capacity())
    }
}

impl Partial {
    fn begin(type_id: TypeId, length: u32) -> Result<Self, Fault> {
        let length = usize::try_from(length).map_err(|_| Fault::TooLarge)?;
        if length > MESSAGE_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        if type_id.is_reserved() {
            return Err(Fault::Unexpected);
        }
        Ok(Self { type_id, length, bytes: Vec::new() })
    }

    /// Room is made as parts arrive, not for what is declared: for twice as much as is there, and
    /// never for more than the whole.
    fn extend(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let there = self.bytes.len().saturating_add(bytes.len());
        if there > self.length {
            return Err(Fault::TooLarge);
        }
        if there > self.bytes.capacity() {
            let room = self.length.min(there.saturating_mul(2));
            self.bytes.reserve_exact(room.saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.bytes.len() == self.length
    }
}
