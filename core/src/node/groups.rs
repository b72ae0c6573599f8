//! The life of groups on a node: created, joined, opened, connected, closed, deleted.

use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::beacon::Beacon;
use crate::cx::Cx;
use crate::error::{ConnectError, CreateError, DeleteError, GroupError, JoinError, OpenError};
use crate::event::{Notice, Seat};
use crate::genesis::{Charter, Genesis};
use crate::group::{Group, Me, Restoring, Step};
use crate::invitation::Invitation;
use crate::key::PeerId;
use crate::layout::{SeatRow, Table, seat_key, table_prefix};
use crate::limits::{ADDRESSES_MAX, SEATS_MAX};
use crate::node::Node;
use crate::node::verbs::receipt;
use crate::output::Receipt;
use crate::property::Properties;
use crate::storage::{Change, Loaded, StoreFailure};
use crate::time::Now;

impl Node {
    /// Founds a group (`PeerGroupCreate`): `identity` is its creator for ever. The group is open
    /// and offline.
    ///
    /// # Errors
    /// [`CreateError`]; the node is unchanged.
    pub fn create_group(
        &mut self,
        now: Now,
        identity: PeerId,
        charter: Charter,
        properties: Properties,
    ) -> Result<Receipt<Seat>, CreateError> {
        self.enter(now);
        if !self.start.is_done() {
            return Err(CreateError::NotStarted);
        }
        let me = self.me(identity).ok_or(CreateError::IdentityNotFound)?;
        if !charter.is_valid() || !properties.is_valid() {
            return Err(CreateError::InvalidProperties);
        }
        if !self.has_seat_left() {
            return Err(CreateError::TooMany);
        }
        let nonce = self.shared.entropy.groups.bytes32();
        let genesis = Genesis::found(&me.key, nonce, self.now.wall, charter);
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        let (group, ticket) = Group::found(&mut cx, me, &genesis, properties);
        Ok(Receipt::new(self.sit(group), ticket))
    }

    /// Prepares membership by an invitation (`PeerGroupJoin`). The group is open and offline; it is
    /// ready once it has connected and synchronised.
    ///
    /// # Errors
    /// [`JoinError`]; the node is unchanged.
    pub fn join(&mut self, now: Now, invitation: &Invitation) -> Result<Receipt<Seat>, JoinError> {
        self.enter(now);
        if !self.start.is_done() {
            return Err(JoinError::NotStarted);
        }
        let me = self.me(invitation.subject()).ok_or(JoinError::NotForYou)?;
        let seat = Seat { identity: invitation.subject(), group: invitation.group() };
        if self.identities.row(seat).is_some() {
            return Err(JoinError::AlreadyJoined);
        }
        if !invitation.window().contains(self.now.wall) {
            return Err(JoinError::InvalidTimePeriod);
        }
        if !self.has_seat_left() {
            return Err(JoinError::TooMany);
        }
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        let (group, ticket) = Group::join(&mut cx, me, invitation);
        Ok(Receipt::new(self.sit(group), ticket))
    }

    /// Takes in what this identity was given in a group that it is in already, and that is open:
    /// a renewal or another role, handed over as an invitation. Published as well, it comes by
    /// itself once somebody who knows it is reached. It is acted by once the group connects again.
    ///
    /// # Errors
    /// [`JoinError`]; the node is unchanged.
    pub fn take_credentials(
        &mut self,
        now: Now,
        invitation: &Invitation,
    ) -> Result<Receipt<()>, JoinError> {
        let seat = Seat { identity: invitation.subject(), group: invitation.group() };
        self.act(now, seat, JoinError::NotOpen, |group, cx| {
            if !invitation.window().contains(cx.now.wall) {
                return Err(JoinError::InvalidTimePeriod);
            }
            Ok(group.take_credentials(cx, invitation))
        })
        .map(receipt)
    }

    /// Opens a group that was created or joined here before (`PeerGroupOpen`). `Notice::Opened`
    /// says when it is open, or why it is not.
    ///
    /// # Errors
    /// [`OpenError`]; the node is unchanged.
    pub fn open(&mut self, now: Now, seat: Seat) -> Result<(), OpenError> {
        self.enter(now);
        if !self.start.is_done() {
            return Err(OpenError::NotStarted);
        }
        let row = self.identities.row(seat).cloned().ok_or(OpenError::NotFound)?;
        let me = self.me(seat.identity).ok_or(OpenError::NotFound)?;
        if self.groups.contains_key(&seat) || self.restoring.contains_key(&seat) {
            return Err(OpenError::AlreadyOpen);
        }
        if !self.has_seat_left() {
            return Err(OpenError::TooMany);
        }
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        let restoring = Restoring::begin(&mut cx, me, seat.group, row)?;
        self.restoring.insert(seat, restoring);
        Ok(())
    }

    pub(super) fn on_group_loaded(
        &mut self,
        seat: Seat,
        outcome: Result<Loaded<'_>, StoreFailure>,
    ) {
        let Some(restoring) = self.restoring.remove(&seat) else { return };
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        let outcome = match restoring.on_loaded(&mut cx, outcome) {
            Step::More(restoring) => {
                self.restoring.insert(seat, restoring);
                return;
            }
            Step::Done(group) => {
                self.sit(*group);
                Ok(())
            }
            Step::Failed(error) => Err(error),
        };
        self.shared.outbox.notice(Notice::Opened { seat, outcome });
    }

    /// Goes online (`PeerGroupConnect`): others can link to this node, and it looks for them at
    /// all addresses it knows. A change of status, or `Event::ConnectFailed` after `timeout`,
    /// follows; a group that has synchronised before goes on looking.
    ///
    /// # Errors
    /// [`ConnectError`]; the node is unchanged.
    pub fn connect(&mut self, now: Now, seat: Seat, timeout: Duration) -> Result<(), ConnectError> {
        self.connect_at(now, seat, &[], timeout)
    }

    /// As `connect`, and at these addresses besides (`PeerGroupConnectByAddress`).
    ///
    /// # Errors
    /// [`ConnectError`]; the node is unchanged.
    pub fn connect_at(
        &mut self,
        now: Now,
        seat: Seat,
        addresses: &[Address],
        timeout: Duration,
    ) -> Result<(), ConnectError> {
        self.enter(now);
        self.with_group(seat, |group, cx| group.connect(cx, addresses, timeout))
            .unwrap_or(Err(ConnectError::NotOpen))
    }

    /// Closes a group (`PeerGroupClose`): says goodbye, ends its links, connections and
    /// registrations. Its data stays.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`]; the node is unchanged.
    pub fn close(&mut self, now: Now, seat: Seat) -> Result<(), GroupError> {
        self.enter(now);
        self.with_group(seat, Group::close).ok_or(GroupError::NotOpen)?;
        if let Some(group) = self.groups.remove(&seat) {
            self.identities.seat(seat, group.row().clone());
        }
        self.shared.outbox.unregister_all(seat);
        self.shared.timers.disarm_all(|key| {
            use crate::timers::TimerKey::{Connection, Group, Link, Neighbour};
            match key {
                Group(of, _) | Neighbour(of, ..) => of == seat,
                Link(..) | Connection(..) => false,
            }
        });
        Ok(())
    }

    /// Deletes what this node holds of a group (`PeerGroupDelete`); others keep theirs.
    ///
    /// # Errors
    /// [`DeleteError`]; the node is unchanged.
    pub fn delete_group(&mut self, now: Now, seat: Seat) -> Result<Receipt<()>, DeleteError> {
        self.enter(now);
        if !self.start.is_done() {
            return Err(DeleteError::NotStarted);
        }
        if self.groups.contains_key(&seat) || self.restoring.contains_key(&seat) {
            return Err(DeleteError::Open);
        }
        if !self.identities.unseat(seat) {
            return Err(DeleteError::NotFound);
        }
        let mut changes: Vec<Change> = Table::all()
            .map(|table| Change::DeletePrefix { prefix: table_prefix(table, seat) })
            .collect();
        changes.push(Change::Delete { key: seat_key(seat) });
        Ok(Receipt::new((), self.store(changes)))
    }

    /// Ends everything (`PeerGroupShutdown`): closes every group and every link. What is left to
    /// do then is to carry out the outputs.
    pub fn shutdown(&mut self, now: Now) {
        self.enter(now);
        let seats: Vec<Seat> = self.groups.keys().copied().collect();
        for seat in seats {
            let closed = self.close(now, seat);
            debug_assert!(closed.is_ok(), "it was open");
        }
        self.restoring.clear();
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        for link in cx.shared.links.open() {
            cx.hang_up(link);
        }
    }

    /// Says where the driver listens now: that goes into invitations and is announced. At most
    /// `ADDRESSES_MAX` are kept.
    pub fn listening_at(&mut self, now: Now, addresses: &[Address]) {
        self.enter(now);
        let kept = addresses.iter().take(ADDRESSES_MAX).cloned().collect();
        self.shared.links.listen(kept);
        let seats: Vec<Seat> = self.groups.keys().copied().collect();
        for seat in seats {
            self.with_group(seat, |group, cx| {
                group.announce(cx, false);
                group.advertise(cx);
            });
        }
    }

    /// Looks for members on the local network from now on: the driver is told what to show there
    /// of each group that is online, and tells what it sees with `Input::Found`.
    pub fn discover(&mut self, now: Now) {
        self.enter(now);
        self.shared.discovers = true;
        let seats: Vec<Seat> = self.groups.keys().copied().collect();
        for seat in seats {
            self.with_group(seat, Group::advertise);
        }
    }

    pub(super) fn on_found(&mut self, beacon: Beacon, addresses: &[Address]) {
        if !self.shared.discovers {
            return;
        }
        let seats: Vec<Seat> = self.groups.keys().copied().collect();
        for seat in seats {
            self.with_group(seat, |group, cx| group.on_found(cx, beacon, addresses));
        }
    }

    pub(super) fn me(&self, identity: PeerId) -> Option<Me> {
        let known = self.identities.get(identity)?;
        let instance = self.shared.instance;
        Some(Me { key: known.key.clone(), name: known.name.clone(), instance })
    }

    pub(super) fn has_seat_left(&self) -> bool {
        self.groups.len().saturating_add(self.restoring.len()) < SEATS_MAX
    }

    pub(super) fn sit(&mut self, group: Group) -> Seat {
        let seat = group.seat();
        let row: SeatRow = group.row().clone();
        self.identities.seat(seat, row);
        self.groups.insert(seat, group);
        self.with_group(seat, |_, _| ());
        seat
    }
}
