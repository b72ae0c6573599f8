//! What a sub-machine is lent while it handles one thing.

use core::time::Duration;

use crate::config::Config;
use crate::connection::Connections;
use crate::entropy::Entropy;
use crate::event::{Event, Seat};
use crate::fault::Fault;
use crate::id::{Instance, LinkId};
use crate::journal::Journal;
use crate::limits::link_queue;
use crate::link::{Errand, Links};
use crate::message::{Direct, Message};
use crate::outbox::Outbox;
use crate::output::Output;
use crate::time::{Instant, Now, Why};
use crate::timers::{TimerKey, Timers};

/// The parts of a node that its groups share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) instance: Instance,
    pub(crate) entropy: Entropy,
    pub(crate) timers: Timers,
    pub(crate) outbox: Outbox,
    pub(crate) journal: Journal,
    pub(crate) links: Links,
    pub(crate) connections: Connections,
    /// Members are looked for on the local network.
    pub(crate) discovers: bool,
    /// Announcements of this instance: their serials grow, though groups close and open again.
    pub(crate) announcements: u32,
    /// The longest lifetime that any of them had.
    pub(crate) announced_for: Duration,
}

/// The shared parts, and the time it is.
#[derive(Debug)]
pub(crate) struct Cx<'a> {
    pub(crate) now: Now,
    pub(crate) shared: &'a mut Shared,
}

impl Cx<'_> {
    /// Tells everybody who registered for it.
    pub(crate) fn event(&mut self, seat: Seat, event: &Event) {
        self.shared.outbox.event(seat, event);
    }

    /// Sets a deadline `span` from now, at least one microsecond ahead (C3).
    pub(crate) fn arm(&mut self, key: TimerKey, span: Duration) {
        let at = self.now.mono.after(span.max(Duration::from_micros(1)));
        self.shared.timers.arm(key, at);
    }

    /// Sets a deadline, at least one microsecond ahead (C3).
    pub(crate) fn arm_at(&mut self, key: TimerKey, at: Instant) {
        let span = at.since(self.now.mono);
        self.arm(key, span);
    }

    /// This span, give or take half of it.
    pub(crate) fn jittered(&mut self, span: Duration) -> Duration {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let part = self.shared.entropy.mesh.below(micros);
        half(span).saturating_add(Duration::from_micros(part))
    }

    /// Queues a message on a group link.
    pub(crate) fn send(&mut self, link: LinkId, message: &Message) {
        self.send_body(link, &message.encode());
    }

    /// Queues a message on a direct connection's link.
    pub(crate) fn send_direct(&mut self, link: LinkId, message: &Direct) {
        self.send_body(link, &message.encode());
    }

    /// Queues a frame on a link.
    pub(crate) fn send_body(&mut self, link: LinkId, body: &[u8]) {
        self.shared.outbox.send_frame(link, &[body]);
    }

    /// The other end of a link has paid for all but so many bytes. It cannot have read them if more
    /// wait here still: then it asks for more than it takes (attack R09).
    pub(crate) fn check_paid(&self, link: LinkId, unpaid: usize) -> Result<(), Fault> {
        let is_honest = self.shared.outbox.waiting(link) <= link_queue(unpaid);
        if is_honest { Ok(()) } else { Err(Fault::CreditExceeded) }
    }

    /// Dials. None if there are as many links as a node may have.
    pub(crate) fn dial(&mut self, errand: Errand) -> Option<LinkId> {
        let to = errand.address.clone();
        let link = self.shared.links.dial(errand)?;
        self.shared.outbox.push(Output::Dial { link, to });
        self.arm(TimerKey::Link(link, Why::Dial), crate::limits::DIAL_TIMEOUT);
        Some(link)
    }

    /// Closes a link once its bytes are flushed. Whatever it was used for is over.
    pub(crate) fn hang_up(&mut self, link: LinkId) {
        if self.shared.links.close(link) {
            self.shared.timers.disarm(TimerKey::Link(link, Why::Dial));
            self.shared.timers.disarm(TimerKey::Link(link, Why::Handshake));
            self.shared.outbox.push(Output::Hangup { link });
            self.arm(TimerKey::Link(link, Why::Hangup), crate::limits::HANGUP_TIMEOUT);
        }
    }

    /// Closes a link at once: what waits on it is dropped.
    pub(crate) fn cut_off(&mut self, link: LinkId) {
        self.shared.outbox.discard(link);
        self.hang_up(link);
    }
}

/// Half a span.
pub(crate) fn half(span: Duration) -> Duration {
    span.checked_div(2).unwrap_or_default()
}
