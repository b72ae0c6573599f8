//! Store operations and load queries under way.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::event::Seat;
use crate::id::Ticket;
use crate::limits::LOAD_BYTES_MAX;
use crate::outbox::Outbox;
use crate::output::Output;
use crate::storage::{Change, LoadQuery, StoreOp};

/// Who waits for an answer of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The node's own rows.
    Node,
    /// A group's.
    Group(Seat),
    /// A group's, of a part of a payload.
    Payload(Seat),
    /// The same, for the application.
    Reader(Seat),
}

/// Hands out tickets in order and remembers who waits for each.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    issued: u64,
    owners: BTreeMap<Ticket, Owner>,
}

impl Journal {
    /// Asks for a batch of changes to be made durable.
    pub(crate) fn store(
        &mut self,
        outbox: &mut Outbox,
        owner: Owner,
        changes: Vec<Change>,
    ) -> Ticket {
        let ticket = self.issue(owner);
        outbox.push(Output::Store { ticket, op: StoreOp { changes } });
        ticket
    }

    /// Asks for the entries under a prefix.
    pub(crate) fn load(
        &mut self,
        outbox: &mut Outbox,
        owner: Owner,
        prefix: Bytes,
        after: Bytes,
    ) -> Ticket {
        let ticket = self.issue(owner);
        let query = LoadQuery { prefix, after, limit: LOAD_BYTES_MAX };
        outbox.push(Output::Load { ticket, query });
        ticket
    }

    fn issue(&mut self, owner: Owner) -> Ticket {
        self.issued = self.issued.saturating_add(1);
        let ticket = Ticket::from_u64(self.issued);
        self.owners.insert(ticket, owner);
        ticket
    }

    /// Who waited for this ticket. None if it was answered before.
    pub(crate) fn answer(&mut self, ticket: Ticket) -> Option<Owner> {
        self.owners.remove(&ticket)
    }

    /// Whether this ticket was ever handed out.
    pub(crate) fn has_issued(&self, ticket: Ticket) -> bool {
        (1..=self.issued).contains(&ticket.as_u64())
    }
}
