//! The node: one door each way.

#[cfg(feature = "simulation")]
mod audit;
mod database;
mod export;
mod frames;
mod groups;
mod handshakes;
mod identities;
#[cfg(feature = "password")]
mod password;
mod payloads;
mod people;
mod start;
mod verbs;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;

use crate::config::Config;
use crate::connection::Connections;
use crate::cx::{Cx, Shared};
use crate::entropy::{Entropy, Seed};
use crate::error::DriverError;
use crate::event::Seat;
use crate::group::{Group, Restoring};
use crate::handshake::{LinkEnd, Responder};
use crate::id::{Instance, LinkId, Ticket};
use crate::input::{Input, LinkInfo};
use crate::journal::{Journal, Owner};
use crate::key::PeerId;
use crate::limits::{HANDSHAKE_TIMEOUT, OUTPUTS_MAX, RECEIVED_BYTES_MAX};
use crate::link::Links;
use crate::outbox::Outbox;
use crate::output::Output;
use crate::storage::{Loaded, StoreFailure};
use crate::time::{Deadline, Now, Why};
use crate::timers::{TimerKey, Timers};

/// A calendar that has gained or lost more than this has been set, or runs unlike the other clock.
const CALENDAR_SLACK_MS: u64 = 1000;

pub use identities::GroupInfo;

use identities::Identities;
use start::Start;

/// A peer's node: many identities, many groups, one set of links.
///
/// It is driven through one door each way (C1): inputs and verbs in, outputs, bytes and the next
/// deadline out. See the crate's documentation for the contract and the loop.
#[derive(Debug)]
pub struct Node {
    shared: Shared,
    now: Now,
    /// How far the calendar was ahead of the monotonic clock when groups last read it.
    calendar: i64,
    start: Start,
    identities: Identities,
    groups: BTreeMap<Seat, Group>,
    restoring: BTreeMap<Seat, Restoring>,
}

impl Node {
    /// A node that begins to read its store: `Notice::Started` says when it takes verbs.
    ///
    /// `seed` is a secret, fresh from the operating system at each start.
    pub fn new(config: Config, seed: &Seed, now: Now) -> Self {
        let mut entropy = Entropy::new(seed);
        let instance = Instance::from_u64(entropy.instances.number());
        let shared = Shared {
            config,
            instance,
            entropy,
            timers: Timers::default(),
            outbox: Outbox::default(),
            journal: Journal::default(),
            links: Links::default(),
            connections: Connections::new(),
            discovers: false,
            announcements: 0,
            announced_for: Duration::ZERO,
        };
        let mut node = Self {
            shared,
            now,
            calendar: calendar(now),
            start: Start::default(),
            identities: Identities::default(),
            groups: BTreeMap::new(),
            restoring: BTreeMap::new(),
        };
        node.begin_start();
        node
    }

    /// Tells the node what happened.
    ///
    /// # Errors
    /// [`DriverError`]: the driver's own mistake; the node is unchanged. A peer cannot make this
    /// fail (C4). An input for an id that has ended is ignored (C5).
    pub fn handle_input(&mut self, now: Now, input: Input<'_>) -> Result<(), DriverError> {
        if self.shared.outbox.len() >= OUTPUTS_MAX {
            return Err(DriverError::OutputsFull);
        }
        self.check(&input)?;
        self.enter(now);
        match input {
            Input::Tick => {}
            Input::LinkUp { link, info } => self.on_link_up(link, info),
            Input::Received { link, bytes } => self.on_received(link, bytes),
            Input::LinkDown { link, cause } => self.on_link_down(link, cause),
            Input::Stored { ticket, outcome } => self.on_stored(ticket, outcome),
            Input::Loaded { ticket, outcome } => self.on_loaded(ticket, outcome),
            Input::Found { beacon, addresses } => self.on_found(beacon, addresses),
        }
        Ok(())
    }

    /// What the driver is to do next; none when nothing is left to do now.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.shared.outbox.pop()
    }

    /// Moves up to `limit` bytes that wait on a link to the end of `out`. Gives how many; 0 says
    /// that `Output::Transmit` will announce the next ones.
    pub fn poll_transmit(&mut self, link: LinkId, limit: usize, out: &mut Vec<u8>) -> usize {
        self.shared.outbox.pull(link, limit, out)
    }

    /// The next run of bytes that waits on a link, for a driver that writes several at once: what
    /// was sent in one piece and is long is not copied. None says what 0 says above; either way of
    /// pulling goes on where the other stopped.
    pub fn poll_transmit_run(&mut self, link: LinkId) -> Option<Bytes> {
        self.shared.outbox.pull_run(link)
    }

    /// When to call `handle_input` with `Input::Tick` at the latest. While outputs wait it is the
    /// last `now`; once they are drained it is later than that, or never (C3).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Deadline> {
        if self.shared.outbox.is_empty() {
            self.shared.timers.next()
        } else {
            Some(Deadline::new(self.now.mono, Why::Outputs))
        }
    }

    /// Takes in a link that a transport accepted. Gives its id; if there is no room for all that
    /// have not proved who they are, `Output::Hangup` follows at once for it or for another one.
    pub fn accept(&mut self, now: Now, info: LinkInfo<'_>) -> LinkId {
        self.enter(now);
        let nonce = self.shared.entropy.handshakes.bytes32();
        let end = LinkEnd { binding: info.binding, instance: self.shared.instance, nonce };
        let remote = info.remote.cloned();
        let (link, displaced) = self.shared.links.accept(Responder::new(end), remote);
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        cx.arm(TimerKey::Link(link, Why::Handshake), HANDSHAKE_TIMEOUT);
        if let Some(displaced) = displaced {
            // forgotten before it is down: what is being closed takes no room either
            cx.shared.links.remove(displaced);
            cx.shared.outbox.forget(displaced);
            cx.shared.timers.disarm(TimerKey::Link(displaced, Why::Handshake));
            cx.shared.outbox.push(Output::Hangup { link: displaced });
        }
        link
    }

    /// This running node: drawn afresh at each start.
    pub fn instance(&self) -> Instance {
        self.shared.instance
    }

    /// Refuses what only a driver in error would say.
    fn check(&self, input: &Input<'_>) -> Result<(), DriverError> {
        let is_known = match input {
            Input::Tick | Input::Found { .. } => true,
            Input::Received { bytes, .. } if bytes.len() > RECEIVED_BYTES_MAX => {
                return Err(DriverError::TooMuch);
            }
            Input::LinkUp { link, .. }
            | Input::Received { link, .. }
            | Input::LinkDown { link, .. } => self.shared.links.has_issued(*link),
            Input::Stored { ticket, .. } | Input::Loaded { ticket, .. } => {
                self.shared.journal.has_issued(*ticket)
            }
        };
        if is_known { Ok(()) } else { Err(DriverError::UnknownId) }
    }

    /// Begins every turn: what is due by now happens first. Each deadline is later than the turn
    /// that sets it, so this ends. A clock that goes back stands still. At the moment of the last
    /// turn nothing more is due.
    #[inline]
    fn enter(&mut self, now: Now) {
        if now == self.now {
            return;
        }
        self.now = Now { mono: now.mono.max(self.now.mono), wall: now.wall };
        let is_quiet = self.shared.timers.is_quiet(self.now.mono);
        if !is_quiet || calendar(self.now).abs_diff(self.calendar) > CALENDAR_SLACK_MS {
            self.begin_turn();
        }
    }

    #[cold]
    fn begin_turn(&mut self) {
        while let Some(key) = self.shared.timers.pop_due(self.now.mono) {
            self.on_timer(key);
        }
        if calendar(self.now).abs_diff(self.calendar) > CALENDAR_SLACK_MS {
            self.calendar = calendar(self.now);
            self.on_calendar_changed();
        }
    }

    /// The calendar is not what the deadlines were set by: what it decides is judged anew.
    fn on_calendar_changed(&mut self) {
        let seats: Vec<Seat> = self.groups.keys().copied().collect();
        for seat in seats {
            self.with_group(seat, Group::on_calendar_changed);
        }
    }

    fn on_timer(&mut self, key: TimerKey) {
        match key {
            TimerKey::Link(link, why) => self.on_link_timer(link, why),
            TimerKey::Connection(id, _) => {
                let seat = self.shared.connections.get(id).map(|connection| connection.seat);
                if let Some(seat) = seat {
                    self.with_group(seat, |group, cx| group.on_connection_timeout(cx, id));
                }
            }
            TimerKey::Neighbour(seat, link, why) => {
                self.with_group(seat, |group, cx| group.on_neighbour_timer(cx, link, why));
            }
            TimerKey::Group(seat, why) => {
                self.with_group(seat, |group, cx| group.on_timer(cx, why));
            }
        }
    }

    /// Does something with a group, if it is open, and settles it.
    fn with_group<T>(
        &mut self,
        seat: Seat,
        act: impl FnOnce(&mut Group, &mut Cx<'_>) -> T,
    ) -> Option<T> {
        let group = self.groups.get_mut(&seat)?;
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        let value = act(group, &mut cx);
        group.settle(&mut cx);
        Some(value)
    }

    fn on_stored(&mut self, ticket: Ticket, outcome: Result<(), StoreFailure>) {
        if let Some(Owner::Group(seat)) = self.shared.journal.answer(ticket) {
            self.with_group(seat, |group, cx| group.on_stored(cx, ticket, outcome));
        }
    }

    fn on_loaded(&mut self, ticket: Ticket, outcome: Result<Loaded<'_>, StoreFailure>) {
        match self.shared.journal.answer(ticket) {
            Some(Owner::Node) => self.on_start_loaded(outcome),
            Some(Owner::Group(seat)) => self.on_group_loaded(seat, outcome),
            Some(Owner::Payload(seat)) => {
                self.with_group(seat, |group, cx| group.on_part_loaded(cx, ticket, outcome));
            }
            Some(Owner::Reader(seat)) => self.on_payload_read(seat, ticket, outcome),
            None => {}
        }
    }

    /// Whether an identity sits in any group, open or not.
    fn sits_anywhere(&self, identity: PeerId) -> bool {
        self.identities.seats_of(identity).next().is_some()
    }
}

/// How many milliseconds the calendar is ahead of the monotonic clock.
fn calendar(now: Now) -> i64 {
    let millis = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mono = now.mono.as_micros().checked_div(1000).unwrap_or(0);
    millis(now.wall.as_millis()).saturating_sub(millis(mono))
}

#[cfg(test)]
mod tests;
