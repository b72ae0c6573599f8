//! What this end sends on a direct connection: a queue, and the credit for it.

use alloc::collections::VecDeque;

use bytes::Bytes;

use super::PART_BYTES;
use super::reserve::Reserve;
use crate::fault::Fault;
use crate::id::TypeId;
use crate::limits::{CONNECTION_QUEUE_MAX, CONNECTION_WINDOW, CONNECTION_WINDOW_MAX};
use crate::message::{DIRECT_BYTES_MAX, Direct, Head};

/// What an empty message is charged to the queue, so that they too are bounded.
const MESSAGE_OVERHEAD: usize = 64;

/// One part of a message, ready to be sent.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) head: Head,
    pub(crate) bytes: Bytes,
}

#[derive(Debug)]
pub(super) struct Outgoing {
    queue: VecDeque<(TypeId, Bytes)>,
    /// Bytes of the first message that have been sent; none if it has not been begun.
    sent: Option<usize>,
    queued: usize,
    credit: u32,
    /// How far the window is that the peer has opened.
    opened: u32,
    /// As much of it as this end uses: what it has room for.
    window: u32,
    refused: bool,
}

impl Outgoing {
    pub(super) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            sent: None,
            queued: 0,
            credit: CONNECTION_WINDOW,
            opened: CONNECTION_WINDOW,
            window: CONNECTION_WINDOW,
            refused: false,
        }
    }

    /// Queues a message; false if too much is queued. A queue takes at least one message.
    pub(super) fn queue(&mut self, type_id: TypeId, data: Bytes) -> bool {
        let size = data.len().saturating_add(MESSAGE_OVERHEAD);
        let queued = self.queued.saturating_add(size);
        if queued > CONNECTION_QUEUE_MAX && !self.queue.is_empty() {
            self.refused = true;
            return false;
        }
        self.queued = queued;
        self.queue.push_back((type_id, data));
        true
    }

    /// The head of a message of this length that is sent without being queued: nothing waits, it
    /// goes in one part, and there is credit for it.
    pub(super) fn go_at_once(&mut self, type_id: TypeId, length: usize) -> Option<Head> {
        if length > PART_BYTES || !self.queue.is_empty() {
            return None;
        }
        self.charge(Some((type_id, narrow(length))), length)
    }

    /// The head of a part, which is charged to the credit; none if that is not enough for the
    /// greatest head.
    fn charge(&mut self, start: Option<(TypeId, u32)>, length: usize) -> Option<Head> {
        if self.credit < narrow(length.saturating_add(DIRECT_BYTES_MAX)) {
            return None;
        }
        let head = Direct::Part { start, length: narrow(length) }.encode();
        let charge = head.as_slice().len().saturating_add(length);
        self.credit = self.credit.saturating_sub(narrow(charge));
        Some(head)
    }

    /// The next part, if there is credit for all of it. A part is as long as one may be, unless it
    /// is the last of its message.
    pub(super) fn next_part(&mut self) -> Option<Part> {
        let (type_id, data) = self.queue.front()?;
        let from = self.sent.unwrap_or(0);
        let length = data.len().saturating_sub(from).min(PART_BYTES);
        let start = self.sent.is_none().then_some((*type_id, narrow(data.len())));
        let to = from.saturating_add(length);
        let is_last = to == data.len();
        let head = self.charge(start, length)?;
        if !is_last {
            self.sent = Some(to);
            let (_, data) = self.queue.front()?;
            return Some(Part { head, bytes: data.slice(from..to) });
        }
        self.sent = None;
        self.queued = self.queued.saturating_sub(to.saturating_add(MESSAGE_OVERHEAD));
        let (_, mut data) = self.queue.pop_front()?;
        Some(Part { head, bytes: data.split_off(from) })
    }

    /// Whether a refused `queue` would be taken now; said once.
    pub(super) fn became_writable(&mut self) -> bool {
        let has_room = self.queued <= CONNECTION_QUEUE_MAX / 2;
        has_room && core::mem::take(&mut self.refused)
    }

    /// The peer granted more.
    pub(super) fn on_credit(&mut self, bytes: u32) -> Result<(), Fault> {
        if bytes == 0 {
            return Err(Fault::Unexpected);
        }
        let credit = self.credit.checked_add(bytes).ok_or(Fault::CreditExceeded)?;
        if credit > self.window {
            return Err(Fault::CreditExceeded);
        }
        self.credit = credit;
        Ok(())
    }

    /// The peer opened its window further. This end uses that if it has room for it.
    pub(super) fn on_widened(&mut self, bytes: u32, reserve: &mut Reserve) -> Result<(), Fault> {
        if bytes < CONNECTION_WINDOW {
            return Err(Fault::Unexpected);
        }
        let opened = self.opened.checked_add(bytes).ok_or(Fault::CreditExceeded)?;
        if opened > CONNECTION_WINDOW_MAX {
            return Err(Fault::CreditExceeded);
        }
        self.opened = opened;
        if reserve.take(bytes) {
            self.window = self.window.saturating_add(bytes);
            self.credit = self.credit.saturating_add(bytes);
        }
        Ok(())
    }

    /// By how much the window in use has grown.
    pub(super) fn growth(&self) -> u32 {
        self.window.saturating_sub(CONNECTION_WINDOW)
    }

    /// Bytes that were sent and that the peer has not paid for.
    pub(super) fn unpaid(&self) -> usize {
        usize::try_from(self.window.saturating_sub(self.credit)).unwrap_or(usize::MAX)
    }

    #[cfg(feature = "simulation")]
    pub(super) fn queued(&self) -> usize {
        self.queued
    }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
