//! What is going to happen, in the order in which it will.

use std::collections::BTreeMap;

use bytes::Bytes;
use peergroup_core::{Instant, LinkDown, Seat, StoreFailure, Ticket};

use crate::pipe::{End, Side};

/// Something that is going to happen at a host. What happens at one moment at one host happens in
/// the order of these.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// A dial arrives; the pipe is named by the end that dialled.
    Arrive(End),
    /// A dialled link is up.
    Up(End),
    /// Bytes arrive at an end of a pipe.
    Deliver(End, Side),
    /// An end hears that its link is down.
    Down(End, LinkDown),
    /// The disk is done with everything up to a ticket.
    Stored(Ticket),
    /// The disk answers.
    Loaded { ticket: Ticket, entries: Vec<(Bytes, Bytes)>, more: bool },
    /// The disk does not do what it was asked to write.
    NotStored(Ticket, StoreFailure),
    /// The disk does not answer.
    NotLoaded(Ticket, StoreFailure),
    /// The application connects again.
    Connect(Seat),
    /// A transport gives up what it could not get to the other end of a pipe.
    GiveUp(End, Side),
    /// The network parts or joins, if it was told to do so this often.
    Flap(u64),
    /// A host crashes in the midst of writing a batch.
    Tear(Ticket),
    /// A host whose disk is damaged beyond use is replaced.
    Replace,
}

impl Happening {
    /// Its place among what happens at one moment at one host.
    fn rank(&self) -> Rank {
        let of = |kind, end: &End| (kind, end.run.host, end.link.as_u64());
        match self {
            Self::Arrive(end) => of(0, end),
            Self::Up(end) => of(1, end),
            Self::Deliver(end, _) => of(2, end),
            Self::Down(end, _) => of(3, end),
            Self::Stored(ticket) => (4, 0, ticket.as_u64()),
            Self::Loaded { ticket, .. } => (5, 0, ticket.as_u64()),
            Self::NotStored(ticket, _) => (6, 0, ticket.as_u64()),
            Self::NotLoaded(ticket, _) => (7, 0, ticket.as_u64()),
            Self::Connect(_) => (8, 0, 0),
            Self::GiveUp(end, _) => of(9, end),
            Self::Flap(number) => (10, 0, *number),
            Self::Tear(ticket) => (11, 0, ticket.as_u64()),
            Self::Replace => (12, 0, 0),
        }
    }
}

/// A kind, the host that names the pipe, and the link's or the ticket's number.
type Rank = (u8, usize, u64);

/// Orders by time, then by host, then by what it is; by the order of scheduling last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    at: Instant,
    host: usize,
    rank: Rank,
    serial: u64,
}

/// One thing that is due.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) host: usize,
    /// The run of the host's node that it is for, unless it is for whoever listens there.
    pub(crate) start: Option<u64>,
    pub(crate) what: Happening,
}

/// Everything that is going to happen.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    due: BTreeMap<Key, Due>,
    serial: u64,
}

impl Queue {
    /// Schedules something.
    pub(crate) fn push(&mut self, at: Instant, due: Due) {
        self.serial = self.serial.saturating_add(1);
        let rank = due.what.rank();
        self.due.insert(Key { at, host: due.host, rank, serial: self.serial }, due);
    }

    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.due.keys().next().map(|key| key.at)
    }

    /// Takes the next thing.
    pub(crate) fn pop(&mut self) -> Option<Due> {
        self.due.pop_first().map(|(_, due)| due)
    }
}
