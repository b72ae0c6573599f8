//! Direct connections of a group: opening, dialling back, closing.

use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::connection::{Connection, Stage};
use crate::cx::Cx;
use crate::error::ConnectionError;
use crate::event::{Closed, ConnectionChange, ConnectionFailure, Event};
use crate::fault::Fault;
use crate::group::Group;
use crate::handshake::Purpose;
use crate::id::{ConnectionId, LinkId};
use crate::input::LinkDown;
use crate::key::PeerId;
use crate::limits::DIAL_TIMEOUT;
use crate::link::Errand;
use crate::message::{Direct, Message};
use crate::time::Why;
use crate::timers::TimerKey;

impl Group {
    /// Opens a direct connection to a member: by its addresses, or by asking it to dial back.
    pub(crate) fn open_connection(
        &mut self,
        cx: &mut Cx<'_>,
        peer: PeerId,
    ) -> Result<ConnectionId, ConnectionError> {
        if !self.is_online() {
            return Err(ConnectionError::NotConnected);
        }
        if peer == self.seat.identity {
            return Err(ConnectionError::ConnectSelf);
        }
        if self.authority.role(peer, cx.now.wall).is_none() {
            return Err(ConnectionError::NotFound);
        }
        if !cx.shared.connections.has_room() {
            return Err(ConnectionError::TooMany);
        }
        let addresses = self.addresses_of(peer);
        if addresses.is_empty() && self.link_to(peer).is_none() {
            return Err(ConnectionError::NoAddress);
        }
        let id = cx.shared.connections.issue();
        let nonce = cx.shared.entropy.connections.number();
        let stage = Stage::AskedBack(LinkDown::Unreachable);
        cx.shared.connections.insert(id, self.seat, peer, nonce, stage);
        self.try_next(cx, id, addresses, LinkDown::Unreachable);
        Ok(id)
    }

    fn addresses_of(&self, peer: PeerId) -> Vec<Address> {
        let mut addresses: Vec<Address> =
            self.presences.instances(peer).flat_map(|presence| presence.addresses()).collect();
        addresses.reverse();
        addresses
    }

    fn link_to(&self, peer: PeerId) -> Option<LinkId> {
        self.neighbours.iter().find(|(_, of)| of.peer == peer).map(|(link, _)| *link)
    }

    /// To find a peer at an address, for a connection.
    fn errand(&self, id: ConnectionId, peer: PeerId, nonce: u64, address: Address) -> Errand {
        Errand {
            seat: self.seat,
            address,
            target: Some(peer),
            purpose: Purpose::Connection { nonce },
            connection: Some(id),
        }
    }

    /// Dials the next address, or asks the peer to dial back, or gives up.
    fn try_next(
        &mut self,
        cx: &mut Cx<'_>,
        id: ConnectionId,
        mut left: Vec<Address>,
        last: LinkDown,
    ) {
        let Some((peer, nonce)) =
            cx.shared.connections.get(id).map(|connection| (connection.peer, connection.nonce))
        else {
            return;
        };
        if let Some(address) = left.pop() {
            let errand = self.errand(id, peer, nonce, address);
            if let Some(link) = cx.dial(errand) {
                cx.shared.connections.set_stage(id, Stage::Dialling { link, left });
                return;
            }
        }
        if let Some(link) = self.link_to(peer) {
            self.send_to(cx, link, &Message::DialBack { nonce });
            cx.shared.connections.set_stage(id, Stage::AskedBack(last));
            cx.arm(TimerKey::Connection(id, Why::Dial), DIAL_TIMEOUT);
            return;
        }
        self.fail_connection(cx, id, ConnectionFailure::Unreachable(last));
    }

    /// The dial for a connection failed: the next address is tried.
    pub(crate) fn on_connection_dial_failed(
        &mut self,
        cx: &mut Cx<'_>,
        id: ConnectionId,
        failure: ConnectionFailure,
    ) {
        let Some(connection) = cx.shared.connections.get_mut(id) else { return };
        let Stage::Dialling { left, .. } = &mut connection.stage else { return };
        let left = core::mem::take(left);
        match failure {
            ConnectionFailure::Unreachable(cause) => self.try_next(cx, id, left, cause),
            ConnectionFailure::Denied(_)
            | ConnectionFailure::Faulted(_)
            | ConnectionFailure::Closed => self.fail_connection(cx, id, failure),
        }
    }

    /// The peer was asked to dial back and has not.
    pub(crate) fn on_connection_timeout(&mut self, cx: &mut Cx<'_>, id: ConnectionId) {
        if let Some(Connection { stage: Stage::AskedBack(last), .. }) =
            cx.shared.connections.get(id)
        {
            let failure = ConnectionFailure::Unreachable(*last);
            self.fail_connection(cx, id, failure);
        }
    }

    fn fail_connection(&mut self, cx: &mut Cx<'_>, id: ConnectionId, failure: ConnectionFailure) {
        cx.shared.timers.disarm(TimerKey::Connection(id, Why::Dial));
        if let Some(connection) = cx.shared.connections.remove(id) {
            let change = ConnectionChange::Failed(failure);
            let peer = connection.peer;
            self.tell(Event::ConnectionChanged { connection: id, peer, change });
        }
    }

    /// A neighbour cannot dial this node and asks it to dial: only if connections are wanted here,
    /// and one at a time.
    pub(super) fn on_dial_back(&mut self, cx: &mut Cx<'_>, link: LinkId, nonce: u64) {
        let Some(peer) = self.neighbours.get(&link).map(|neighbour| neighbour.peer) else { return };
        let is_wanted = cx.shared.outbox.opens_door(self.seat);
        let Some(address) = self.addresses_of(peer).pop() else { return };
        let is_under_way = cx
            .shared
            .connections
            .of_seat(self.seat)
            .any(|(_, connection)| connection.peer == peer && !connection.is_up());
        if !is_wanted || is_under_way || !cx.shared.connections.has_room() {
            return;
        }
        let id = cx.shared.connections.issue();
        let errand = self.errand(id, peer, nonce, address);
        if let Some(link) = cx.dial(errand) {
            let stage = Stage::Dialling { link, left: Vec::new() };
            cx.shared.connections.insert(id, self.seat, peer, nonce, stage);
        }
    }

    /// Whether a peer that opens a connection is expected: it dials back, or connections are
    /// wanted here.
    pub(crate) fn wants_connection(&self, cx: &Cx<'_>, peer: PeerId, nonce: u64) -> bool {
        cx.shared.connections.awaiting(self.seat, peer, nonce).is_some()
            || cx.shared.outbox.opens_door(self.seat)
    }

    /// A connection's link is up: its handshake took so long to and fro. Gives the connection.
    pub(crate) fn on_connection_up(
        &mut self,
        cx: &mut Cx<'_>,
        (link, round_trip): (LinkId, Duration),
        peer: PeerId,
        nonce: u64,
        dialled: Option<ConnectionId>,
    ) -> Option<ConnectionId> {
        let waiting = dialled.or_else(|| cx.shared.connections.awaiting(self.seat, peer, nonce));
        let id = waiting.unwrap_or_else(|| {
            let id = cx.shared.connections.issue();
            cx.shared.connections.insert(id, self.seat, peer, nonce, Stage::Up(link));
            id
        });
        // one that was closed while it was being dialled stays closed
        let connection = cx.shared.connections.get_mut(id)?;
        connection.begin(link, cx.now.mono, round_trip);
        cx.shared.timers.disarm(TimerKey::Connection(id, Why::Dial));
        // at once, as its messages are: none may come before it
        let change = ConnectionChange::Connected;
        cx.event(self.seat, Event::ConnectionChanged { connection: id, peer, change });
        Some(id)
    }

    /// The peer closed a connection.
    pub(crate) fn on_connection_closed(&mut self, cx: &mut Cx<'_>, link: LinkId, id: ConnectionId) {
        self.end_connection(cx, id, Closed::There);
        cx.hang_up(link);
    }

    /// Closes a connection; false if there is none such.
    pub(crate) fn close_connection(&mut self, cx: &mut Cx<'_>, id: ConnectionId) -> bool {
        let Some(connection) = cx.shared.connections.get(id) else { return false };
        let (link, is_up) = (connection.link(), connection.is_up());
        self.end_connection(cx, id, Closed::Here);
        if let Some(link) = link {
            if is_up {
                cx.send_direct(link, &Direct::Close);
            }
            cx.hang_up(link);
        }
        true
    }

    /// Forgets a connection and tells of it.
    pub(crate) fn end_connection(&mut self, cx: &mut Cx<'_>, id: ConnectionId, closed: Closed) {
        cx.shared.timers.disarm(TimerKey::Connection(id, Why::Dial));
        let Some(connection) = cx.shared.connections.remove(id) else { return };
        let change = if connection.is_up() {
            ConnectionChange::Disconnected(closed)
        } else {
            ConnectionChange::Failed(ConnectionFailure::Closed)
        };
        let peer = connection.peer;
        self.tell(Event::ConnectionChanged { connection: id, peer, change });
    }

    /// A peer broke the protocol on a direct connection.
    pub(crate) fn fault_connection(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        id: ConnectionId,
        fault: Fault,
    ) {
        let peer = cx.shared.connections.get(id).map(|connection| connection.peer);
        self.end_connection(cx, id, Closed::Faulted(fault));
        cx.cut_off(link);
        self.tell(Event::PeerFaulted { link, peer, fault });
    }

    /// Closes the connections of those who are members no longer.
    pub(super) fn judge_connections(&mut self, cx: &mut Cx<'_>) {
        let wall = cx.now.wall;
        let lost: Vec<_> = cx
            .shared
            .connections
            .of_seat(self.seat)
            .filter(|(_, connection)| self.authority.role(connection.peer, wall).is_none())
            .map(|(id, connection)| (id, connection.link()))
            .collect();
        for (id, link) in lost {
            self.end_connection(cx, id, Closed::MembershipLost);
            if let Some(link) = link {
                cx.cut_off(link);
            }
        }
    }

    /// Closes all connections of the group.
    pub(super) fn close_connections(&mut self, cx: &mut Cx<'_>) {
        let all: Vec<ConnectionId> =
            cx.shared.connections.of_seat(self.seat).map(|(id, _)| id).collect();
        for id in all {
            self.close_connection(cx, id);
        }
    }
}
