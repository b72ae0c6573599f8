//! Verbs for tests: one call each, that panics with the host and the error if it is refused.
//!
//! They speak of the host's own identity. What they leave out is said to the node by `act`.

use core::fmt;
use core::time::Duration;

use bytes::Bytes;
use peergroup_core::{
    Charter, ConnectionId, GroupId, Invitation, Name, Properties, RecordDraft, RecordId, Role,
    Seat, Terms, Ticket, TypeId, UnixTime, limits::CONNECT_TIMEOUT,
};

use crate::host::Host;
use crate::oracle::Deed;
use crate::world::World;

/// The type of the records and messages that these verbs make.
pub const NOTE: TypeId = TypeId::from_u128(0x006e_6f74_6500);
/// How long the records live that these verbs make.
const NOTE_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// How long a host may take to join a group that is well.
const JOIN_MAX: Duration = Duration::from_secs(600);

/// How many guests of a crowd join at once for each host that is in already.
const WAVE_FACTOR: usize = 4;

/// A name, in a test.
pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// What a verb gave.
pub(super) fn sure<T, E: fmt::Display>(host: Host, verb: &str, outcome: Result<T, E>) -> T {
    outcome.unwrap_or_else(|error| panic!("{host}: {verb}: {error}"))
}

/// # Panics
/// Each of these panics if the node refuses, or is not running.
impl World {
    /// The place of the host's identity in a group.
    pub fn seat(&self, host: Host, group: GroupId) -> Seat {
        Seat { identity: self.peer(host), group }
    }

    /// The host founds a group and connects.
    pub fn create_group(&mut self, host: Host, title: &str) -> GroupId {
        let (peer, properties) = (self.peer(host), Properties::named(name(title)));
        let receipt = self
            .act(host, |node, now| node.create_group(now, peer, Charter::default(), properties));
        let receipt = sure(host, "create_group", receipt);
        let seat = receipt.value;
        self.did(host, seat, Deed::Founded, receipt.ticket);
        self.register_all(host, seat);
        self.connect(host, seat.group);
        seat.group
    }

    /// The host invites another one. What the other is handed went through bytes.
    pub fn invite(&mut self, host: Host, group: GroupId, other: Host, role: Role) -> Invitation {
        let (seat, peer) = (self.seat(host, group), self.peer(other));
        let card = self.node(other).identity_info(peer);
        let card = card.unwrap_or_else(|| panic!("{other} has no identity"));
        let receipt = self.act(host, |node, now| node.invite(now, seat, &card, Terms::role(role)));
        let receipt = sure(host, "invite", receipt);
        self.did(host, seat, Deed::Granted(peer, role), receipt.ticket);
        sure(host, "invite", Invitation::decode(&receipt.value.encode()))
    }

    /// The host joins by an invitation and connects.
    pub fn join(&mut self, host: Host, invitation: &Invitation) -> Seat {
        let receipt = self.act(host, |node, now| node.join(now, invitation));
        let receipt = sure(host, "join", receipt);
        let seat = receipt.value;
        self.did(host, seat, Deed::Joined, receipt.ticket);
        self.settle_in(host, invitation);
        seat
    }

    /// The host connects to a group that it has created or joined, and does so again after every
    /// restart.
    pub fn connect(&mut self, host: Host, group: GroupId) {
        let seat = self.seat(host, group);
        self.machine_mut(host).app.wants.insert(seat);
        let timeout = self.connect_timeout();
        let outcome = self.act(host, |node, now| node.connect(now, seat, timeout));
        sure(host, "connect", outcome);
    }

    /// A group of new hosts: the first founds it, the others join with this role, one after
    /// another. Ends a minute after all hold the same, so that they have found each other too.
    pub fn group(&mut self, count: usize, role: Role) -> (Vec<Host>, GroupId) {
        let hosts: Vec<Host> =
            (0..count).map(|number| self.add(&format!("peer {number}"))).collect();
        let Some((first, others)) = hosts.split_first() else { panic!("a group of nobody") };
        let group = self.create_group(*first, "the group");
        for other in others {
            let invitation = self.invite(*first, group, *other, role);
            let seat = self.join(*other, &invitation);
            let is_ready =
                |world: &mut Self| world.node(*other).status(seat).is_ok_and(|status| status.ready);
            assert!(self.run_until(is_ready, JOIN_MAX), "{other} finds nobody to join");
        }
        self.demand_agreement(&hosts, group, Duration::from_secs(600));
        self.run_for(Duration::from_secs(60));
        (hosts, group)
    }

    /// A group of new hosts, made at once: the first founds it and invites everybody, then the
    /// others join with this role, each wave four times as many as are in already, and fetch the
    /// whole set. Ends a minute after all hold the same. Nobody's events and notices are kept.
    pub fn crowd(&mut self, count: usize, role: Role) -> (Vec<Host>, GroupId) {
        let hosts: Vec<Host> =
            (0..count).map(|number| self.add(&format!("peer {number}"))).collect();
        let Some((first, others)) = hosts.split_first() else { panic!("a group of nobody") };
        let group = self.create_group(*first, "the crowd");
        let invitations: Vec<Invitation> =
            others.iter().map(|other| self.invite(*first, group, *other, role)).collect();
        let mut guests = others.iter().zip(&invitations);
        let mut inside = 1_usize;
        while inside < count {
            let wave: Vec<Host> = guests
                .by_ref()
                .take(inside.saturating_mul(WAVE_FACTOR))
                .map(|(guest, invitation)| {
                    self.join_among(*guest, invitation, inside);
                    *guest
                })
                .collect();
            inside = inside.saturating_add(wave.len());
            self.await_ready(&wave, group);
        }
        self.demand_agreement(&hosts, group, Duration::from_secs(600));
        self.run_for(Duration::from_secs(60));
        for host in &hosts {
            self.take_events(*host);
            self.take_notices(*host);
        }
        (hosts, group)
    }

    /// Joins and connects at the invitation's addresses and at that of one of the first hosts.
    fn join_among(&mut self, guest: Host, invitation: &Invitation, inside: usize) {
        let receipt = self.act(guest, |node, now| node.join(now, invitation));
        let seat = sure(guest, "join", receipt).value;
        self.register_all(guest, seat);
        self.machine_mut(guest).app.wants.insert(seat);
        let at = Host(guest.0.checked_rem(inside).unwrap_or_default()).address();
        let outcome =
            self.act(guest, |node, now| node.connect_at(now, seat, &[at], CONNECT_TIMEOUT));
        sure(guest, "connect_at", outcome);
    }

    /// Lets time pass until all of these hosts have synchronised.
    fn await_ready(&mut self, hosts: &[Host], group: GroupId) {
        let deadline = self.elapsed().saturating_add(JOIN_MAX);
        let mut waiting = hosts.to_vec();
        loop {
            waiting.retain(|host| {
                let status = self.node(*host).status(self.seat(*host, group));
                !status.is_ok_and(|status| status.ready)
            });
            for host in hosts {
                self.take_events(*host);
            }
            let Some(first) = waiting.first() else { return };
            assert!(self.elapsed() < deadline, "{first} finds nobody to join");
            self.run_for(Duration::from_secs(1));
        }
    }

    /// A moment of the host's calendar, from now.
    pub fn wall_after(&self, host: Host, span: Duration) -> UnixTime {
        self.now(host).wall.after(span)
    }

    /// The host publishes a note that lives for a day. Gives its id, and the ticket on whose
    /// being durable it is acknowledged.
    pub fn publish(
        &mut self,
        host: Host,
        group: GroupId,
        text: impl Into<Bytes>,
    ) -> (RecordId, Ticket) {
        let seat = self.seat(host, group);
        let draft = RecordDraft::new(NOTE, self.wall_after(host, NOTE_LIFETIME)).payload(text);
        let receipt = self.act(host, |node, now| node.publish(now, seat, draft));
        let receipt = sure(host, "publish", receipt);
        self.did(host, seat, Deed::Published(receipt.value), receipt.ticket);
        (receipt.value, receipt.ticket)
    }

    /// Whether the host's node has been told that an operation of its present run is durable.
    pub fn is_durable(&self, host: Host, ticket: Ticket) -> bool {
        self.machine(host).disk.has_acknowledged(ticket)
    }

    /// What is in a record, as the host sees it.
    pub fn read(&self, host: Host, group: GroupId, record: RecordId) -> Option<Bytes> {
        let record = self.node(host).record(self.seat(host, group), record);
        sure(host, "record", record).map(|record| record.payload)
    }

    /// The host opens a direct connection to another one.
    pub fn open_connection(&mut self, host: Host, group: GroupId, to: Host) -> ConnectionId {
        let (seat, peer) = (self.seat(host, group), self.peer(to));
        let outcome = self.act(host, |node, now| node.open_connection(now, seat, peer));
        sure(host, "open_connection", outcome)
    }

    /// The host sends a message on a direct connection.
    pub fn send(&mut self, host: Host, connection: ConnectionId, data: impl Into<Bytes>) {
        let data = data.into();
        let outcome = self.act(host, |node, now| node.send(now, connection, NOTE, data));
        sure(host, "send", outcome);
    }
}
