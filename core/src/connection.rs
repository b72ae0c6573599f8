//! Direct connections: typed messages between two members, in order, on a link of their own.
//!
//! A message travels in parts of at most [`PART_BYTES`]. Every part is charged, with its header, to
//! the credit that the receiver has granted: one window, returned as the application takes
//! messages. A window holds a message of the greatest size and its headers, so a message that was
//! begun can always be ended.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use bytes::Bytes;

use crate::address::Address;
use crate::event::Seat;
use crate::fault::Fault;
use crate::id::{ConnectionId, LinkId, TypeId};
use crate::input::LinkDown;
use crate::key::PeerId;
use crate::limits::{CONNECTION_QUEUE_MAX, CONNECTION_WINDOW, CONNECTIONS_MAX, MESSAGE_BYTES_MAX};
use crate::message::{DIRECT_BYTES_MAX, Direct};

/// Bytes of a message in one part.
const PART_BYTES: usize = 32 * 1024;
/// What an empty message is charged to the queue, so that they too are bounded.
const MESSAGE_OVERHEAD: usize = 64;

/// A direct connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) seat: Seat,
    pub(crate) peer: PeerId,
    /// Names the connection to the peer, should it have to dial back.
    pub(crate) nonce: u64,
    pub(crate) stage: Stage,
    outgoing: Outgoing,
    incoming: Incoming,
}

/// One part of a message, ready to be sent.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) header: Vec<u8>,
    pub(crate) bytes: Bytes,
}

/// How far a connection has come.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Dialling one address after the other.
    Dialling { link: LinkId, left: Vec<Address> },
    /// The peer has been asked to dial back.
    AskedBack(LinkDown),
    /// Up.
    Up(LinkId),
}

#[derive(Debug)]
struct Outgoing {
    queue: VecDeque<(TypeId, Bytes)>,
    /// Bytes of the first message that have been sent; none if it has not been begun.
    sent: Option<usize>,
    queued: usize,
    credit: u32,
    refused: bool,
}

#[derive(Debug)]
struct Incoming {
    partial: Option<Partial>,
    /// What the peer may still send.
    credit: u32,
    /// What the part-messages of the message under way have been charged.
    charged: u32,
    /// The messages that the application has not taken yet, oldest first.
    untaken: VecDeque<Untaken>,
    /// Charges of messages that were taken and whose credit has not been returned.
    owed: u32,
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

impl Connection {
    fn new(seat: Seat, peer: PeerId, nonce: u64, stage: Stage) -> Self {
        Self {
            seat,
            peer,
            nonce,
            stage,
            outgoing: Outgoing {
                queue: VecDeque::new(),
                sent: None,
                queued: 0,
                credit: CONNECTION_WINDOW,
                refused: false,
            },
            incoming: Incoming {
                partial: None,
                credit: CONNECTION_WINDOW,
                charged: 0,
                untaken: VecDeque::new(),
                owed: 0,
            },
        }
    }

    /// The link under it, if there is one.
    pub(crate) fn link(&self) -> Option<LinkId> {
        match self.stage {
            Stage::Dialling { link, .. } | Stage::Up(link) => Some(link),
            Stage::AskedBack(_) => None,
        }
    }

    /// Whether it is up.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Up(_))
    }

    /// Queues a message; false if too much is queued. A queue takes at least one message.
    pub(crate) fn queue(&mut self, type_id: TypeId, data: Bytes) -> bool {
        let size = data.len().saturating_add(MESSAGE_OVERHEAD);
        let queued = self.outgoing.queued.saturating_add(size);
        if queued > CONNECTION_QUEUE_MAX && !self.outgoing.queue.is_empty() {
            self.outgoing.refused = true;
            return false;
        }
        self.outgoing.queued = queued;
        self.outgoing.queue.push_back((type_id, data));
        true
    }

    /// The next part that credit allows to send.
    pub(crate) fn next_part(&mut self) -> Option<Part> {
        let Outgoing { queue, sent, queued, credit, .. } = &mut self.outgoing;
        let (type_id, data) = queue.front()?;
        let room = usize::try_from(*credit).ok()?.checked_sub(DIRECT_BYTES_MAX)?;
        let from = sent.unwrap_or(0);
        let rest = data.len().saturating_sub(from);
        let length = rest.min(PART_BYTES).min(room);
        if length == 0 && rest > 0 {
            return None;
        }
        let narrow = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let start = sent.is_none().then_some((*type_id, narrow(data.len())));
        let to = from.saturating_add(length);
        let header = Direct::Part { start, length: narrow(length) }.encode();
        *credit = credit.saturating_sub(narrow(header.len().saturating_add(length)));
        let part = Part { header, bytes: data.slice(from..to) };
        *sent = Some(to);
        if to == data.len() {
            *queued = queued.saturating_sub(data.len().saturating_add(MESSAGE_OVERHEAD));
            *sent = None;
            queue.pop_front();
        }
        Some(part)
    }

    /// Whether a refused `queue` would be taken now; said once.
    pub(crate) fn became_writable(&mut self) -> bool {
        let has_room = self.outgoing.queued <= CONNECTION_QUEUE_MAX / 2;
        has_room && core::mem::take(&mut self.outgoing.refused)
    }

    /// The peer granted more.
    pub(crate) fn on_credit(&mut self, bytes: u32) -> Result<(), Fault> {
        if bytes == 0 {
            return Err(Fault::Unexpected);
        }
        let credit = self.outgoing.credit.checked_add(bytes).ok_or(Fault::CreditExceeded)?;
        if credit > CONNECTION_WINDOW {
            return Err(Fault::CreditExceeded);
        }
        self.outgoing.credit = credit;
        Ok(())
    }

    /// Bytes that were sent and that the peer has not paid for.
    pub(crate) fn unpaid(&self) -> usize {
        let unpaid = CONNECTION_WINDOW.saturating_sub(self.outgoing.credit);
        usize::try_from(unpaid).unwrap_or(usize::MAX)
    }

    /// A part arrived, `charge` bytes in all. Gives the message if that was its last.
    pub(crate) fn on_part(
        &mut self,
        start: Option<(TypeId, u32)>,
        bytes: Bytes,
        charge: usize,
    ) -> Result<Option<(TypeId, Bytes)>, Fault> {
        let incoming = &mut self.incoming;
        let charge = u32::try_from(charge).map_err(|_| Fault::CreditExceeded)?;
        incoming.credit = incoming.credit.checked_sub(charge).ok_or(Fault::CreditExceeded)?;
        incoming.charged = incoming.charged.saturating_add(charge);
        let mut partial = match (incoming.partial.take(), start) {
            (None, Some((type_id, length))) => Partial::begin(type_id, length)?,
            (Some(partial), None) if !bytes.is_empty() => partial,
            (Some(_) | None, _) => return Err(Fault::Unexpected),
        };
        let message = match partial.length.checked_sub(partial.bytes.len()) {
            Some(rest) if bytes.len() > rest => return Err(Fault::TooLarge),
            // what comes in one part is the message as it is
            Some(rest) if bytes.len() == rest && partial.bytes.is_empty() => bytes,
            _ => {
                partial.extend(&bytes);
                if partial.bytes.len() < partial.length {
                    incoming.partial = Some(partial);
                    return Ok(None);
                }
                partial.bytes.into()
            }
        };
        let charge = core::mem::take(&mut incoming.charged);
        incoming.untaken.push_back(Untaken { charge, holders: 1 });
        Ok(Some((partial.type_id, message)))
    }

    /// The latest message went to so many registrations: each is to take it.
    pub(crate) fn hand_out(&mut self, holders: usize) {
        if let Some(latest) = self.incoming.untaken.back_mut() {
            latest.holders = holders;
        }
    }

    /// A registration took a message: as many takings as the oldest message has holders end it.
    pub(crate) fn take(&mut self) {
        let incoming = &mut self.incoming;
        let Some(oldest) = incoming.untaken.front_mut() else { return };
        oldest.holders = oldest.holders.saturating_sub(1);
        if oldest.holders == 0 {
            let charge = incoming.untaken.pop_front().map_or(0, |taken| taken.charge);
            incoming.owed = incoming.owed.saturating_add(charge);
        }
    }

    /// What the peer has been charged for messages that are not whole or not taken.
    #[cfg(feature = "simulation")]
    fn held(&self) -> usize {
        let untaken = self.incoming.untaken.iter().map(|message| message.charge);
        let charges = untaken.fold(self.incoming.charged, u32::saturating_add);
        usize::try_from(charges).unwrap_or(usize::MAX)
    }

    /// Credit to return now: once half a window is owed, so that returning it costs little; or all
    /// that is owed once nothing else waits for the application, if the message under way needs it
    /// to be ended. So there is at most one return for half a window or for one message.
    pub(crate) fn repay(&mut self) -> Option<Direct> {
        let incoming = &mut self.incoming;
        let is_much = incoming.owed >= CONNECTION_WINDOW / 2;
        let is_needed = incoming.untaken.is_empty()
            && incoming.partial.as_ref().is_some_and(|partial| {
                let rest = partial.length.saturating_sub(partial.bytes.len());
                let headers = (rest >> 8).saturating_add(64);
                let needed = u32::try_from(rest.saturating_add(headers)).unwrap_or(u32::MAX);
                needed > incoming.credit
            });
        if incoming.owed == 0 || !(is_much || is_needed) {
            return None;
        }
        let bytes = core::mem::take(&mut incoming.owed);
        incoming.credit = incoming.credit.saturating_add(bytes);
        Some(Direct::Credit(bytes))
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
    fn extend(&mut self, bytes: &[u8]) {
        let there = self.bytes.len().saturating_add(bytes.len());
        if there > self.bytes.capacity() {
            let room = self.length.min(there.saturating_mul(2));
            self.bytes.reserve_exact(room.saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(bytes);
    }
}

/// All direct connections of a node: at most [`CONNECTIONS_MAX`].
#[derive(Debug, Default)]
pub(crate) struct Connections {
    all: BTreeMap<ConnectionId, Connection>,
    issued: u64,
}

impl Connections {
    /// Whether there is room for one more.
    pub(crate) fn has_room(&self) -> bool {
        self.all.len() < CONNECTIONS_MAX
    }

    /// The id of the next connection.
    pub(crate) fn issue(&mut self) -> ConnectionId {
        self.issued = self.issued.saturating_add(1);
        ConnectionId::from_u64(self.issued)
    }

    /// Adds a connection.
    pub(crate) fn insert(
        &mut self,
        id: ConnectionId,
        seat: Seat,
        peer: PeerId,
        nonce: u64,
        stage: Stage,
    ) {
        self.all.insert(id, Connection::new(seat, peer, nonce, stage));
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.all.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.all.get_mut(&id)
    }

    /// How far a connection has come.
    pub(crate) fn set_stage(&mut self, id: ConnectionId, stage: Stage) {
        if let Some(connection) = self.all.get_mut(&id) {
            connection.stage = stage;
        }
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        self.all.remove(&id)
    }

    /// The connections of a seat.
    pub(crate) fn of_seat(&self, seat: Seat) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.all
            .iter()
            .filter(move |(_, connection)| connection.seat == seat)
            .map(|(id, connection)| (*id, connection))
    }

    /// Counts the connections and what waits on them.
    #[cfg(feature = "simulation")]
    pub(crate) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        use crate::limits::CONNECTIONS_PER_PEER_MAX;
        usage.note("connections", self.all.len(), CONNECTIONS_MAX);
        let mut of_peers: BTreeMap<(Seat, PeerId), usize> = BTreeMap::new();
        for connection in self.all.values() {
            let count = of_peers.entry((connection.seat, connection.peer)).or_default();
            *count = count.saturating_add(1);
            let queued = connection.outgoing.queued;
            usage.note("bytes queued on one connection", queued, CONNECTION_QUEUE_MAX);
            let window = usize::try_from(CONNECTION_WINDOW).unwrap_or(usize::MAX);
            usage.note("bytes held of one connection", connection.held(), window);
        }
        let most = of_peers.into_values().max().unwrap_or_default();
        usage.note("connections with one peer", most, CONNECTIONS_PER_PEER_MAX);
    }

    /// The connection that awaits a peer's dialling back with this nonce.
    pub(crate) fn awaiting(&self, seat: Seat, peer: PeerId, nonce: u64) -> Option<ConnectionId> {
        self.of_seat(seat)
            .find(|(_, connection)| {
                connection.peer == peer
                    && connection.nonce == nonce
                    && matches!(connection.stage, Stage::AskedBack(_))
            })
            .map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests;
