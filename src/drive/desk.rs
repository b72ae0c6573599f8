//! The node, and who waits for it to say something.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_channel::oneshot;
#[cfg(not(feature = "recorder"))]
pub(crate) use peergroup_core::Node;
#[cfg(feature = "recorder")]
pub(crate) use peergroup_core::capture::Watched as Node;
use peergroup_core::{
    Event, Notice, Now, OpenError, ReadError, RegistrationId, Seat, StoreFailure, Ticket,
};

use super::watch::Watch;
use crate::events::{Inbox, Note};

/// Something to do with the node in the driver's next turn.
pub(crate) type Command = Box<dyn FnOnce(&mut Desk) + Send>;
/// What to do once a store operation has ended.
pub(crate) type Acknowledge = Box<dyn FnOnce(Result<(), StoreFailure>) + Send>;

/// The node, and who waits for it to say something.
pub(crate) struct Desk {
    pub(crate) node: Node,
    /// Both clocks as they were read for this turn.
    pub(crate) now: Now,
    /// Replies that are held back until what they acknowledge is durable.
    held_back: BTreeMap<Ticket, Acknowledge>,
    openings: BTreeMap<Seat, oneshot::Sender<Result<(), OpenError>>>,
    reads: BTreeMap<Ticket, oneshot::Sender<Result<Bytes, ReadError>>>,
    inboxes: BTreeMap<RegistrationId, (Seat, Arc<Inbox>)>,
    /// Groups that were closed in this turn: their last events are still to come.
    closed: Vec<Seat>,
    /// Who waits for the end. They are told by being dropped.
    last_orders: Vec<oneshot::Sender<()>>,
    pub(super) started: Option<Result<(), StoreFailure>>,
    pub(crate) watch: Watch,
}

impl Desk {
    pub(super) fn new(node: Node, now: Now) -> Self {
        Self {
            node,
            now,
            held_back: BTreeMap::new(),
            openings: BTreeMap::new(),
            reads: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            closed: Vec::new(),
            last_orders: Vec::new(),
            started: None,
            watch: Watch::default(),
        }
    }

    /// Acknowledges once the store operation has ended.
    pub(crate) fn hold_back(&mut self, ticket: Ticket, acknowledge: Acknowledge) {
        self.held_back.insert(ticket, acknowledge);
    }

    /// Answers once the group is open, or will not be.
    pub(crate) fn await_opened(
        &mut self,
        seat: Seat,
        answer: oneshot::Sender<Result<(), OpenError>>,
    ) {
        self.openings.insert(seat, answer);
    }

    /// Answers once a payload has been read.
    pub(crate) fn await_read(
        &mut self,
        ticket: Ticket,
        answer: oneshot::Sender<Result<Bytes, ReadError>>,
    ) {
        self.reads.insert(ticket, answer);
    }

    /// Puts the events of a registration there.
    pub(crate) fn deliver_to(
        &mut self,
        registration: RegistrationId,
        seat: Seat,
        inbox: Arc<Inbox>,
    ) {
        self.inboxes.insert(registration, (seat, inbox));
    }

    /// Watches a group that is open now.
    pub(crate) fn on_opened(&mut self, seat: Seat) {
        self.watch.open(&mut self.node, self.now, seat);
    }

    /// Ends the registrations of a closed group once their last events are delivered.
    pub(crate) fn on_closed(&mut self, seat: Seat) {
        self.closed.push(seat);
    }

    /// Ends the driver. `end` is dropped when it has ended.
    pub(crate) fn shut_down(&mut self, end: oneshot::Sender<()>) {
        self.last_orders.push(end);
    }

    pub(super) fn is_told_to_end(&self) -> bool {
        !self.last_orders.is_empty()
    }

    pub(super) fn on_stored(&mut self, ticket: Ticket, outcome: Result<(), StoreFailure>) {
        if let Some(acknowledge) = self.held_back.remove(&ticket) {
            acknowledge(outcome);
        }
    }

    pub(super) fn on_note(&mut self, note: Note) {
        match note {
            Note::Taken(connection) => self.node.received(self.now, connection),
            Note::Unregister(registration) => {
                self.inboxes.remove(&registration);
                self.node.unregister(self.now, registration);
            }
            Note::Abandon(seat, upload) => {
                // It fails only if the upload has found its use, or went with its group.
                self.node.abandon_upload(self.now, seat, upload).ok();
            }
            Note::Close(connection) => {
                self.node.close_connection(self.now, connection);
            }
        }
    }

    pub(super) fn on_event(&mut self, to: RegistrationId, event: Event) {
        let Some(event) = self.watch.take(to, event) else { return };
        let message_of = match &event {
            Event::Data { connection, .. } => Some(*connection),
            _ => None,
        };
        let is_taken_in = self.inboxes.get(&to).is_some_and(|(_, inbox)| inbox.push(event));
        if let (false, Some(connection)) = (is_taken_in, message_of) {
            // Nobody will ever pull it.
            self.node.received(self.now, connection);
        }
    }

    pub(super) fn on_notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Started(outcome) => self.started = Some(*outcome),
            Notice::Opened { seat, outcome } => {
                if let Some(answer) = self.openings.remove(seat) {
                    // Who dropped the future does not want to know.
                    answer.send(*outcome).ok();
                }
            }
            Notice::PayloadRead { ticket, outcome } => {
                if let Some(answer) = self.reads.remove(ticket) {
                    answer.send(outcome.clone()).ok();
                }
            }
            Notice::StrangerFaulted { link, fault } => self.watch.stranger_faulted(*link, *fault),
            _ => {}
        }
    }

    /// The outputs of the turn are all carried out.
    pub(super) fn on_drained(&mut self) {
        for seat in core::mem::take(&mut self.closed) {
            self.watch.close(seat);
            self.inboxes.retain(|_, (of, inbox)| {
                if *of == seat {
                    inbox.end();
                }
                *of != seat
            });
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        for (_, inbox) in self.inboxes.values() {
            inbox.end();
        }
    }
}
