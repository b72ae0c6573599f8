//! Direct connections: typed messages between two members, in order, on a link of their own.
//!
//! A message travels in parts of at most [`PART_BYTES`]. Every part is charged, with its header, to
//! the credit that the receiver has granted: one window, returned as the application takes
//! messages. A window holds a message of the greatest size and its headers, so a message that was
//! begun can always be ended. It opens further while the application takes a whole one in little
//! more time than it takes to return it, as far as the node's reserve goes.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::event::Seat;
use crate::id::{ConnectionId, LinkId};
use crate::input::LinkDown;
use crate::key::PeerId;
use crate::limits::{CONNECTIONS_MAX, DIRECT_FRAME_BYTES_MAX};
use crate::message::DIRECT_BYTES_MAX;
use crate::time::Instant;

pub(crate) mod carry;
mod incoming;
mod outgoing;
mod reserve;

use incoming::Incoming;
use outgoing::{Outgoing, Part};
use reserve::Reserve;

/// Bytes of a message in one part.
const PART_BYTES: usize = DIRECT_FRAME_BYTES_MAX - DIRECT_BYTES_MAX;

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

impl Connection {
    fn new(seat: Seat, peer: PeerId, nonce: u64, stage: Stage) -> Self {
        let (outgoing, incoming) = (Outgoing::new(), Incoming::new());
        Self { seat, peer, nonce, stage, outgoing, incoming }
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

    /// It is up, on this link: it took so long to hear from the peer.
    pub(crate) fn begin(&mut self, link: LinkId, now: Instant, round_trip: Duration) {
        self.stage = Stage::Up(link);
        self.incoming.begin(now, round_trip);
    }

    /// By how much its windows have grown.
    fn growth(&self) -> u32 {
        self.outgoing.growth().saturating_add(self.incoming.growth())
    }
}

/// All direct connections of a node: at most [`CONNECTIONS_MAX`].
#[derive(Debug)]
pub(crate) struct Connections {
    all: BTreeMap<ConnectionId, Connection>,
    issued: u64,
    reserve: Reserve,
}

impl Connections {
    pub(crate) fn new() -> Self {
        Self { all: BTreeMap::new(), issued: 0, reserve: Reserve::new() }
    }

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

    /// A connection, and what its windows may grow by.
    fn lend(&mut self, id: ConnectionId) -> Option<(&mut Connection, &mut Reserve)> {
        Some((self.all.get_mut(&id)?, &mut self.reserve))
    }

    /// How far a connection has come.
    pub(crate) fn set_stage(&mut self, id: ConnectionId, stage: Stage) {
        if let Some(connection) = self.all.get_mut(&id) {
            connection.stage = stage;
        }
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        let connection = self.all.remove(&id)?;
        self.reserve.give_back(connection.growth());
        Some(connection)
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
        use crate::limits::{
            CONNECTION_GROWTH_MAX, CONNECTION_QUEUE_MAX, CONNECTION_WINDOW,
            CONNECTIONS_PER_PEER_MAX,
        };
        let wide = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        usage.note("connections", self.all.len(), CONNECTIONS_MAX);
        let mut of_peers: BTreeMap<(Seat, PeerId), usize> = BTreeMap::new();
        for connection in self.all.values() {
            let count = of_peers.entry((connection.seat, connection.peer)).or_default();
            *count = count.saturating_add(1);
            let queued = connection.outgoing.queued();
            usage.note("bytes queued on one connection", queued, CONNECTION_QUEUE_MAX);
            let window = CONNECTION_WINDOW.saturating_add(connection.incoming.growth());
            let held = connection.incoming.held();
            usage.note("bytes held of one connection", held, wide(window));
        }
        let grown = self.all.values().map(Connection::growth).fold(0, u32::saturating_add);
        usage.note("growth of windows", wide(grown), wide(CONNECTION_GROWTH_MAX));
        let taken = CONNECTION_GROWTH_MAX.saturating_sub(self.reserve.left());
        debug_assert_eq!(grown, taken, "what is taken from the reserve is in windows");
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
