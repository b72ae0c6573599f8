//! What the application does in a group: verbs, one call each.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::card::IdentityInfo;
use crate::connection::carry;
use crate::cx::Cx;
use crate::error::{
    CheckpointError, ConnectionError, GroupError, InviteError, PropertyError, RegisterError,
    RemoveError, SendError,
};
use crate::event::{ConnectionInfo, Interest, Member, Seat, Status};
use crate::group::{Checkpointed, Group, Terms};
use crate::id::{ConnectionId, RecordId, RegistrationId, Ticket, TypeId, VersionId};
use crate::invitation::Invitation;
use crate::key::PeerId;
use crate::limits::REGISTRATIONS_MAX;
use crate::node::Node;
use crate::output::Receipt;
use crate::property::Properties;
use crate::record::{PublishError, Record, RecordDraft, RecordUpdate};
use crate::search::Query;
use crate::statement::Role;
use crate::time::{Now, UnixTime};
use crate::why::{MemberReason, RecordReason};

impl Node {
    /// Registers for events of a group (`PeerGroupRegisterEvent`). Each event is handed out once
    /// for each registration that wants it.
    ///
    /// # Errors
    /// [`RegisterError`]; the node is unchanged.
    pub fn register(
        &mut self,
        now: Now,
        seat: Seat,
        interests: &[Interest],
    ) -> Result<RegistrationId, RegisterError> {
        self.enter(now);
        if !self.groups.contains_key(&seat) {
            return Err(RegisterError::NotOpen);
        }
        if self.shared.outbox.registrations() >= REGISTRATIONS_MAX {
            return Err(RegisterError::TooMany);
        }
        Ok(self.shared.outbox.register(seat, interests))
    }

    /// Ends a registration (`PeerGroupUnregisterEvent`); false if there is none such.
    pub fn unregister(&mut self, now: Now, registration: RegistrationId) -> bool {
        self.enter(now);
        self.shared.outbox.unregister(registration)
    }

    /// Invites a peer (`PeerGroupCreateInvitation`): gives it a role in the group, and a document
    /// that it needs to join.
    ///
    /// # Errors
    /// [`InviteError`]; the node is unchanged.
    pub fn invite(
        &mut self,
        now: Now,
        seat: Seat,
        card: &IdentityInfo,
        terms: Terms,
    ) -> Result<Receipt<Invitation>, InviteError> {
        self.act(now, seat, InviteError::NotOpen, |group, cx| group.invite(cx, card, terms))
            .map(|(invitation, ticket)| Receipt::new(invitation, ticket))
    }

    /// Gives a peer a role and publishes that in the group (`PeerGroupIssueCredentials` with
    /// `PEER_GROUP_STORE_CREDENTIALS`): a member with a changed role acts in it once it has
    /// connected again.
    ///
    /// # Errors
    /// [`InviteError`]; the node is unchanged.
    pub fn grant(
        &mut self,
        now: Now,
        seat: Seat,
        peer: PeerId,
        terms: Terms,
    ) -> Result<Receipt<()>, InviteError> {
        self.act(now, seat, InviteError::NotOpen, |group, cx| group.grant(cx, peer, terms))
            .map(receipt)
    }

    /// Fixes what the group's statements amount to and lets go of all that are not needed for it:
    /// those that ended, and the removals that ended them (no counterpart in Windows). Only the
    /// creator can. Whatever a member has signed and not shown yet is void: it is told, by
    /// `Event::CheckpointReached`, and can sign it again.
    ///
    /// # Errors
    /// [`CheckpointError`]; the node is unchanged.
    pub fn checkpoint(
        &mut self,
        now: Now,
        seat: Seat,
    ) -> Result<Receipt<Checkpointed>, CheckpointError> {
        self.act(now, seat, CheckpointError::NotOpen, Group::checkpoint)
            .map(|(checkpointed, ticket)| Receipt::new(checkpointed, ticket))
    }

    /// Gives up this identity's membership. The group stays online until a neighbour knows, and
    /// goes offline by itself then. Closed or offline before that, it tells when it connects again.
    ///
    /// # Errors
    /// [`RemoveError`]; the node is unchanged.
    pub fn leave(&mut self, now: Now, seat: Seat) -> Result<Receipt<()>, RemoveError> {
        self.act(now, seat, RemoveError::NotOpen, Group::leave).map(receipt)
    }

    /// Sets the group's properties (`PeerGroupSetProperties`). The creator alone may.
    ///
    /// # Errors
    /// [`PropertyError`]; the node is unchanged.
    pub fn set_properties(
        &mut self,
        now: Now,
        seat: Seat,
        properties: Properties,
    ) -> Result<Receipt<()>, PropertyError> {
        self.act(now, seat, PropertyError::NotOpen, |group, cx| {
            group.set_properties(cx, properties)
        })
        .map(receipt)
    }

    /// Adds a record (`PeerGroupAddRecord`).
    ///
    /// # Errors
    /// [`PublishError`]; the node is unchanged.
    pub fn publish(
        &mut self,
        now: Now,
        seat: Seat,
        draft: RecordDraft,
    ) -> Result<Receipt<RecordId>, PublishError> {
        self.act(now, seat, PublishError::NotOpen, |group, cx| group.publish(cx, draft))
            .map(|(record, ticket)| Receipt::new(record, ticket))
    }

    /// Changes a record (`PeerGroupUpdateRecord`): one's own, or as an Admin anybody's.
    ///
    /// # Errors
    /// [`PublishError`]; the node is unchanged.
    pub fn update(
        &mut self,
        now: Now,
        seat: Seat,
        record: RecordId,
        update: RecordUpdate,
    ) -> Result<Receipt<()>, PublishError> {
        self.act(now, seat, PublishError::NotOpen, |group, cx| group.update(cx, record, update))
            .map(receipt)
    }

    /// Deletes a record (`PeerGroupDeleteRecord`): one's own, or as an Admin anybody's.
    ///
    /// # Errors
    /// [`PublishError`]; the node is unchanged.
    pub fn delete_record(
        &mut self,
        now: Now,
        seat: Seat,
        record: RecordId,
    ) -> Result<Receipt<()>, PublishError> {
        self.act(now, seat, PublishError::NotOpen, |group, cx| group.delete_record(cx, record))
            .map(receipt)
    }

    /// Opens a direct connection to a member (`PeerGroupOpenDirectConnection`). The id is good at
    /// once; `Event::ConnectionChanged` says when it is up, or why it is not.
    ///
    /// # Errors
    /// [`ConnectionError`]; the node is unchanged.
    pub fn open_connection(
        &mut self,
        now: Now,
        seat: Seat,
        peer: PeerId,
    ) -> Result<ConnectionId, ConnectionError> {
        self.act(now, seat, ConnectionError::NotOpen, |group, cx| group.open_connection(cx, peer))
    }

    /// Sends a typed message on a direct connection (`PeerGroupSendData`).
    ///
    /// # Errors
    /// [`SendError`]; the node is unchanged.
    pub fn send(
        &mut self,
        now: Now,
        connection: ConnectionId,
        type_id: TypeId,
        data: Bytes,
    ) -> Result<(), SendError> {
        self.enter(now);
        carry::send(&mut Cx { now: self.now, shared: &mut self.shared }, connection, type_id, data)
    }

    /// Says that the application has dealt with an `Event::Data` of a connection. Once every
    /// registration that was handed the message has, the peer may send as much more.
    pub fn received(&mut self, now: Now, connection: ConnectionId) {
        self.enter(now);
        carry::received(&mut Cx { now: self.now, shared: &mut self.shared }, connection);
    }

    /// Closes a direct connection (`PeerGroupCloseDirectConnection`); false if there is none such.
    pub fn close_connection(&mut self, now: Now, connection: ConnectionId) -> bool {
        self.enter(now);
        let seat = self.seat_of_connection(connection);
        seat.and_then(|seat| {
            self.with_group(seat, |group, cx| group.close_connection(cx, connection))
        })
        .unwrap_or(false)
    }

    /// Where a group stands (`PeerGroupGetStatus`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn status(&self, seat: Seat) -> Result<Status, GroupError> {
        self.group(seat).map(Group::status)
    }

    /// A group's properties (`PeerGroupGetProperties`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`]; [`GroupError::NotReady`] before they are known.
    pub fn properties(&self, seat: Seat) -> Result<Properties, GroupError> {
        let group = self.group(seat)?;
        if group.status().ready { Ok(group.properties()) } else { Err(GroupError::NotReady) }
    }

    /// The role this identity acts in: a newly granted one takes effect when the group connects
    /// again. None if it is no member now.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn role(&self, seat: Seat) -> Result<Option<Role>, GroupError> {
        self.group(seat).map(|group| group.acting_role(self.now.wall))
    }

    /// The members of a group as known here, in the order of their keys, this one included
    /// (`PeerGroupEnumMembers`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn members(&self, seat: Seat) -> Result<impl Iterator<Item = Member>, GroupError> {
        self.group(seat).map(|group| group.members(self.now.wall))
    }

    /// One member; none if the peer is none now.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn member(&self, seat: Seat, peer: PeerId) -> Result<Option<Member>, GroupError> {
        self.group(seat).map(|group| group.member(peer, self.now.wall))
    }

    /// Why a peer has the role that it has now, or none: the statements known here and the rule
    /// that decided. Display it, or have it checked by a [`Checker`](crate::Checker). It takes time
    /// in proportion to what is held of the peer and of those who brought it in or removed it.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn why_member(&self, seat: Seat, peer: PeerId) -> Result<MemberReason, GroupError> {
        self.group(seat).map(|group| group.why_member(peer, self.now.wall))
    }

    /// The time that the group's members have in common, by which records expire: this node's
    /// calendar, moved by at most ten minutes towards what its neighbours' show.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn peer_time(&self, seat: Seat) -> Result<UnixTime, GroupError> {
        self.group(seat).map(|group| group.peer_time(self.now))
    }

    /// Peer time when this node's calendar shows `local`, as far as is known now: for the expiry of
    /// a record (`PeerGroupUniversalTimeToPeerTime`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn to_peer_time(&self, seat: Seat, local: UnixTime) -> Result<UnixTime, GroupError> {
        self.group(seat).map(|group| group.to_peer_time(local, self.now))
    }

    /// What this node's calendar shows when peer time is `peer`, as far as is known now: to show
    /// the times of a record (`PeerGroupPeerTimeToUniversalTime`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn to_local_time(&self, seat: Seat, peer: UnixTime) -> Result<UnixTime, GroupError> {
        self.group(seat).map(|group| group.to_local_time(peer, self.now))
    }

    /// A record, if it can be seen (`PeerGroupGetRecord`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn record(&self, seat: Seat, record: RecordId) -> Result<Option<Record>, GroupError> {
        self.group(seat).map(|group| group.record(record))
    }

    /// A version of a record that counts, though it may not be the one that is seen: how to read
    /// what a `RecordConflicted` says was lost. None once it is forgotten, for a deletion, and if
    /// its author lost the right to it.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn version(&self, seat: Seat, version: VersionId) -> Result<Option<Record>, GroupError> {
        self.group(seat).map(|group| group.version(version))
    }

    /// Why a record is shown as it is, or not: the versions of it that are held here, the rule that
    /// decided on each, and what the grants of their authors are worth. It takes time in proportion
    /// to what is held of those, and to the versions of any record that cannot be judged yet.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn why_record(&self, seat: Seat, record: RecordId) -> Result<RecordReason, GroupError> {
        self.group(seat).map(|group| group.why_record(record))
    }

    /// The records that can be seen, of one type or of all, in the order of their ids
    /// (`PeerGroupEnumRecords`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn records(
        &self,
        seat: Seat,
        type_id: Option<TypeId>,
    ) -> Result<impl Iterator<Item = Record>, GroupError> {
        self.group(seat).map(|group| group.records(type_id))
    }

    /// The records that can be seen of which a query holds, in the order of their ids
    /// (`PeerGroupSearchRecords`). Each is looked for when it is asked for. Only the local copy is
    /// searched, and only as much of it as the query's attributes leave.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn search<'a>(
        &'a self,
        seat: Seat,
        query: &'a Query,
    ) -> Result<impl Iterator<Item = Record> + use<'a>, GroupError> {
        self.group(seat).map(|group| group.search(query))
    }

    /// Neighbours and direct connections of a group (`PeerGroupEnumConnections`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn connections(&self, seat: Seat) -> Result<Vec<ConnectionInfo>, GroupError> {
        self.group(seat).map(|group| group.connections(&self.shared))
    }

    /// A hash of what is durable here of a group: equal on two nodes that hold the same.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn digest(&mut self, seat: Seat) -> Result<[u8; 32], GroupError> {
        self.groups.get_mut(&seat).map(Group::digest).ok_or(GroupError::NotOpen)
    }

    pub(super) fn group(&self, seat: Seat) -> Result<&Group, GroupError> {
        self.groups.get(&seat).ok_or(GroupError::NotOpen)
    }

    pub(super) fn seat_of_connection(&self, connection: ConnectionId) -> Option<Seat> {
        self.shared.connections.get(connection).map(|connection| connection.seat)
    }

    /// A verb in an open group.
    pub(super) fn act<T, E>(
        &mut self,
        now: Now,
        seat: Seat,
        not_open: E,
        act: impl FnOnce(&mut Group, &mut Cx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.enter(now);
        if self.groups.get(&seat).is_none_or(Group::has_failed) {
            return Err(not_open);
        }
        self.with_group(seat, act).unwrap_or(Err(not_open))
    }
}

pub(super) fn receipt(ticket: Ticket) -> Receipt<()> {
    Receipt::new((), ticket)
}
