//! A group as the application holds it.

use core::time::Duration;

use peergroup_core::{
    Address, CheckpointError, Checkpointed, ConnectError, ConnectionInfo, Event, EventKind,
    GroupError, GroupId, IdentityInfo, Interest, Invitation, InviteError, Member, MemberReason,
    PeerId, Properties, PropertyError, PublishError, Query, Record, RecordDraft, RecordId,
    RecordReason, RecordUpdate, RegisterError, Removal, RemoveError, Removed, Role, Seat, Status,
    Terms, TypeId, UnixTime, VersionId, Withdrawn,
};

use super::Handle;
use super::begun::Begun;
use crate::drive::{Desk, Node};
use crate::error::{Error, NotConnected};
use crate::events::Events;

/// A group as seen from one identity's seat in it.
///
/// It is cheap to clone. Every clone stands for the same group: close it once, and the verbs of
/// all clones are refused until it is opened again.
#[derive(Clone, Debug)]
pub struct Group {
    pub(super) handle: Handle,
    pub(super) seat: Seat,
}

/// Where it stands.
impl Group {
    pub(super) fn new(handle: Handle, seat: Seat) -> Self {
        Self { handle, seat }
    }

    /// The identity and the group.
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// The group's id.
    pub fn id(&self) -> GroupId {
        self.seat.group
    }

    /// The identity that sits here.
    pub fn identity(&self) -> PeerId {
        self.seat.identity
    }

    /// Goes online (`PeerGroupConnect`), and waits until the group is ready: that is at once if it
    /// has synchronised before. It goes on to look for members, at every address it knows.
    ///
    /// # Errors
    /// [`NotConnected`].
    pub async fn connect(&self, timeout: Duration) -> Result<(), Error<NotConnected>> {
        self.connect_at(Vec::new(), timeout).await
    }

    /// As `connect`, and looks at these addresses besides (`PeerGroupConnectByAddress`).
    ///
    /// # Errors
    /// [`NotConnected`].
    pub async fn connect_at(
        &self,
        addresses: Vec<Address>,
        timeout: Duration,
    ) -> Result<(), Error<NotConnected>> {
        let seat = self.seat;
        let interests = [EventKind::Status, EventKind::ConnectFailed].map(Interest::from);
        let mut events = self.register(&interests).await.map_err(|error| {
            error.map(|refusal| match refusal {
                RegisterError::NotOpen => NotConnected::Refused(ConnectError::NotOpen),
                _ => NotConnected::TooManyRegistrations,
            })
        })?;
        let begin = move |desk: &mut Desk| {
            desk.node.connect_at(desk.now, seat, &addresses, timeout)?;
            desk.node.status(seat).map_err(|_| ConnectError::NotOpen)
        };
        let outcome = self.handle.try_ask(begin).await;
        let mut status = outcome.map_err(|error| error.map(NotConnected::Refused))?;
        while !status.ready {
            status = match events.next().await {
                Some(Event::StatusChanged(status)) if status.online => status,
                Some(Event::ConnectFailed(failure)) => {
                    return Err(Error::Refused(NotConnected::Failed(failure)));
                }
                Some(Event::StoreFailed(failure)) => return Err(Error::Store(failure)),
                Some(Event::StatusChanged(_)) | None => {
                    return Err(Error::Refused(NotConnected::Closed));
                }
                Some(_) => continue,
            };
        }
        Ok(())
    }

    /// Closes the group (`PeerGroupClose`): says goodbye, ends its links, connections and
    /// registrations. Its data stays.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn close(&self) -> Result<(), Error<GroupError>> {
        let seat = self.seat;
        self.handle
            .try_ask(move |desk| {
                desk.node.close(desk.now, seat)?;
                desk.on_closed(seat);
                Ok(())
            })
            .await
    }

    /// Where the group stands (`PeerGroupGetStatus`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn status(&self) -> Result<Status, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.status(seat)).await
    }

    /// Registers for events (`PeerGroupRegisterEvent`). Each event is handed out once for each
    /// registration that wants it.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn register(&self, interests: &[Interest]) -> Result<Events, Error<RegisterError>> {
        let (seat, interests) = (self.seat, interests.to_vec());
        let notes = self.handle.notes.clone();
        self.handle
            .try_ask(move |desk| {
                let registration = desk.node.register(desk.now, seat, &interests)?;
                let events = Events::new(registration, notes);
                desk.deliver_to(registration, seat, events.inbox());
                Ok(events)
            })
            .await
    }
}

/// Members and what they may.
impl Group {
    /// The members as known here, this identity included, in the order of their keys
    /// (`PeerGroupEnumMembers`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn members(&self) -> Result<Vec<Member>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| Ok(desk.node.members(seat)?.collect())).await
    }

    /// One member; none if the peer is none now.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn member(&self, peer: PeerId) -> Result<Option<Member>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.member(seat, peer)).await
    }

    /// The role this identity acts in: a newly granted one takes effect when the group connects
    /// again. None if it is no member now.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn role(&self) -> Result<Option<Role>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.role(seat)).await
    }

    /// The group's properties (`PeerGroupGetProperties`).
    ///
    /// # Errors
    /// [`GroupError`].
    pub async fn properties(&self) -> Result<Properties, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.properties(seat)).await
    }

    /// Sets the group's properties (`PeerGroupSetProperties`). The creator alone may.
    ///
    /// # Errors
    /// [`PropertyError`].
    pub async fn set_properties(&self, properties: Properties) -> Result<(), Error<PropertyError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.set_properties(now, seat, properties)).await
    }

    /// Invites a peer (`PeerGroupCreateInvitation`): gives it a role in the group, and a document
    /// that it needs to join.
    ///
    /// # Errors
    /// [`InviteError`].
    pub async fn invite(
        &self,
        card: IdentityInfo,
        terms: Terms,
    ) -> Result<Invitation, Error<InviteError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.invite(now, seat, &card, terms)).await
    }

    /// Gives a peer a role and publishes that in the group (`PeerGroupIssueCredentials`): a member
    /// with a changed role acts in it once it has connected again.
    ///
    /// # Errors
    /// [`InviteError`].
    pub async fn grant(&self, peer: PeerId, terms: Terms) -> Result<(), Error<InviteError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.grant(now, seat, peer, terms)).await
    }

    /// Whom this identity has invited and who has not come yet, as far as is known here.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn invitations(&self) -> Result<Vec<Member>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| Ok(desk.node.invitations(seat)?.collect())).await
    }

    /// Withdraws an invitation of this identity, used or not: see
    /// [`Node::withdraw`](crate::Node::withdraw).
    ///
    /// # Errors
    /// [`RemoveError`].
    pub async fn withdraw(&self, peer: PeerId) -> Result<Withdrawn, Error<RemoveError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.withdraw(now, seat, peer)).await
    }

    /// The document for what a peer has been given already: an invitation that was lost, or what
    /// was granted or renewed, for [`Handle::take_credentials`](crate::Handle::take_credentials).
    ///
    /// # Errors
    /// [`InviteError`].
    pub async fn invitation_for(&self, peer: PeerId) -> Result<Invitation, Error<InviteError>> {
        let seat = self.seat;
        let document = move |desk: &mut Desk| desk.node.invitation_for(desk.now, seat, peer);
        self.handle.try_ask(document).await
    }

    /// Renews a membership in the role that it has: for as long as its present window is, or until
    /// then.
    ///
    /// # Errors
    /// [`InviteError`].
    pub async fn renew(
        &self,
        peer: PeerId,
        until: Option<UnixTime>,
    ) -> Result<(), Error<InviteError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.renew(now, seat, peer, until)).await
    }

    /// Removes a member. Its own records are void, and so are its changes to those of others.
    ///
    /// # Errors
    /// [`RemoveError`].
    pub async fn remove(&self, peer: PeerId, mode: Removal) -> Result<Removed, Error<RemoveError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.remove(now, seat, peer, mode)).await
    }

    /// What [`Group::remove`] would do, without doing it.
    ///
    /// # Errors
    /// [`RemoveError`].
    pub async fn removal_report(
        &self,
        peer: PeerId,
        mode: Removal,
    ) -> Result<Removed, Error<RemoveError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.removal_report(seat, peer, mode)).await
    }

    /// Lowers a member's role. What it signed and is held here stays.
    ///
    /// # Errors
    /// [`RemoveError`].
    pub async fn demote(&self, peer: PeerId, to: Role) -> Result<Removed, Error<RemoveError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.demote(now, seat, peer, to)).await
    }

    /// Fixes what the group's statements amount to and lets go of all that are not needed for it.
    /// Only the creator can. Whatever a member has signed and not shown yet is void: it is told, by
    /// `Event::CheckpointReached`, and can sign it again.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub async fn checkpoint(&self) -> Result<Checkpointed, Error<CheckpointError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.checkpoint(now, seat)).await
    }

    /// Why a peer has the role it has, or none: the statements, and the rule that decided.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn why_member(&self, peer: PeerId) -> Result<MemberReason, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.why_member(seat, peer)).await
    }

    /// Gives up this identity's membership. The group stays online until a neighbour knows, and
    /// goes offline by itself then. Closed or offline before that, it tells when it connects again.
    ///
    /// # Errors
    /// [`RemoveError`].
    pub async fn leave(&self) -> Result<(), Error<RemoveError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.leave(now, seat)).await
    }
}

/// Records.
impl Group {
    /// Adds a record (`PeerGroupAddRecord`). A payload that is too large for one call is uploaded.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn publish(&self, mut draft: RecordDraft) -> Result<RecordId, Error<PublishError>> {
        let uploaded = self.upload_large(&draft.payload).await?;
        draft.upload = uploaded.as_ref().map(Begun::what).or(draft.upload);
        let seat = self.seat;
        let published = self.handle.change(move |node, now| node.publish(now, seat, draft)).await?;
        uploaded.map(Begun::keep);
        Ok(published)
    }

    /// Changes a record (`PeerGroupUpdateRecord`): one's own, or as an Admin anybody's.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn update(
        &self,
        record: RecordId,
        mut update: RecordUpdate,
    ) -> Result<(), Error<PublishError>> {
        let uploaded = match &update.payload {
            Some(payload) => self.upload_large(payload).await?,
            None => None,
        };
        update.upload = uploaded.as_ref().map(Begun::what).or(update.upload);
        let seat = self.seat;
        let change = move |node: &mut Node, now| node.update(now, seat, record, update);
        self.handle.change(change).await?;
        uploaded.map(Begun::keep);
        Ok(())
    }

    /// Deletes a record (`PeerGroupDeleteRecord`): one's own, or as an Admin anybody's.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn delete(&self, record: RecordId) -> Result<(), Error<PublishError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.delete_record(now, seat, record)).await
    }

    /// Peer time when this node's calendar shows `local`, as far as is known now
    /// (`PeerGroupUniversalTimeToPeerTime`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn to_peer_time(&self, local: UnixTime) -> Result<UnixTime, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.to_peer_time(seat, local)).await
    }

    /// What this node's calendar shows when peer time is `peer`, as far as is known now
    /// (`PeerGroupPeerTimeToUniversalTime`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn to_local_time(&self, peer: UnixTime) -> Result<UnixTime, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.to_local_time(seat, peer)).await
    }

    /// A record, if it can be seen (`PeerGroupGetRecord`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn record(&self, record: RecordId) -> Result<Option<Record>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.record(seat, record)).await
    }

    /// A version of a record that counts, though it may not be the one that is seen: how to read
    /// what an `Event::RecordConflicted` says was lost. None once it is forgotten.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn version(&self, version: VersionId) -> Result<Option<Record>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.version(seat, version)).await
    }

    /// Why a record is seen as it is, or not at all: its versions, and the rule that decided.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn why_record(&self, record: RecordId) -> Result<RecordReason, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.why_record(seat, record)).await
    }

    /// The records that can be seen, of one type or of all, in the order of their ids
    /// (`PeerGroupEnumRecords`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn records(&self, type_id: Option<TypeId>) -> Result<Vec<Record>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| Ok(desk.node.records(seat, type_id)?.collect())).await
    }

    /// The records that can be seen of which a query holds, in the order of their ids
    /// (`PeerGroupSearchRecords`): from the local copy.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn search(&self, query: Query) -> Result<Vec<Record>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| Ok(desk.node.search(seat, &query)?.collect())).await
    }

    /// Neighbours and direct connections (`PeerGroupEnumConnections`).
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn connections(&self) -> Result<Vec<ConnectionInfo>, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.connections(seat)).await
    }

    /// A hash of what is durable here of the group: equal on two nodes that hold the same.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn digest(&self) -> Result<[u8; 32], Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.digest(seat)).await
    }
}
