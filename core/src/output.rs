//! What a node wants done: the driver's other side of the door.

use alloc::vec::Vec;

use crate::address::Address;
use crate::beacon::Beacon;
use crate::event::{Event, Notice, Seat};
use crate::id::{LinkId, RegistrationId, Ticket};
use crate::storage::{LoadQuery, StoreOp};

/// What the driver is to do. Store operations are to be applied in the order of their tickets; all
/// other outputs may be carried out in any order and side by side (C6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Output {
    /// Open a link to an address; answer with `Input::LinkUp` or `Input::LinkDown`.
    Dial {
        /// The link's id from now on.
        link: LinkId,
        /// Where to.
        to: Address,
    },
    /// Bytes wait: pull them with `poll_transmit`. Raised again only after a pull returned 0.
    Transmit {
        /// The link.
        link: LinkId,
    },
    /// Close the link once its bytes are pulled and flushed.
    Hangup {
        /// The link.
        link: LinkId,
    },
    /// Make a batch of changes durable; answer with `Input::Stored`.
    Store {
        /// The operation's ticket.
        ticket: Ticket,
        /// The changes.
        op: StoreOp,
    },
    /// Read from the store, after every operation with a lower ticket; answer with
    /// `Input::Loaded`.
    Load {
        /// The question's ticket.
        ticket: Ticket,
        /// The question.
        query: LoadQuery,
    },
    /// Hand an event to whoever registered for it.
    Event {
        /// The registration.
        to: RegistrationId,
        /// The event.
        event: Event,
    },
    /// Show a beacon on the local network, in place of the seat's last one. Only a node that was
    /// told to [discover](crate::Node::discover) asks for this.
    Advertise {
        /// Whose it is.
        seat: Seat,
        /// The beacon.
        beacon: Beacon,
        /// Where this node listens.
        addresses: Vec<Address>,
    },
    /// Take the seat's beacon away.
    Conceal {
        /// Whose it was.
        seat: Seat,
    },
    /// Tell the application.
    Notice(Notice),
}

/// The value of a verb that changed something, and the store operation that makes it durable.
///
/// The value is final at once. It is *acknowledged* only once the driver has stored `ticket`; a
/// driver holds its answer to the application back until then.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Receipt<T> {
    /// What the verb gave.
    pub value: T,
    /// The store operation.
    pub ticket: Ticket,
}

impl<T> Receipt<T> {
    pub(crate) fn new(value: T, ticket: Ticket) -> Self {
        Self { value, ticket }
    }

    /// The same with another value.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Receipt<U> {
        Receipt { value: form(self.value), ticket: self.ticket }
    }
}
