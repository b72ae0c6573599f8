//! What a node tells the application.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use bytes::Bytes;

use crate::address::Address;
use crate::error::{OpenError, ReadError};
use crate::fault::Fault;
use crate::handshake::Denial;
use crate::id::{ConnectionId, GroupId, Instance, LinkId, RecordId, Ticket, TypeId, VersionId};
use crate::input::LinkDown;
use crate::key::PeerId;
use crate::name::Name;
use crate::record::{ChangeKind, Equivocation};
use crate::statement::{Role, Window};
use crate::storage::StoreFailure;
use crate::time::UnixTime;

/// An identity's place in a group: what verbs about a group are addressed to (Windows: the group
/// handle).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Seat {
    /// The identity.
    pub identity: PeerId,
    /// The group.
    pub group: GroupId,
}

/// What happened in a group. Windows: `PEER_GROUP_EVENT_DATA`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The group's status changed.
    StatusChanged(Status),
    /// The first synchronisation goes on: what has arrived can be read. Comes for every hundredth
    /// part at most.
    Synchronising {
        /// Records that are here.
        here: u64,
        /// Records that there are, by what neighbours say.
        of: u64,
    },
    /// The creator changed the properties: read them again.
    PropertyChanged,
    /// A record was added, updated, deleted, or expired: fetch it.
    RecordChanged {
        /// What happened.
        kind: ChangeKind,
        /// The record.
        record: RecordId,
        /// Its type.
        type_id: TypeId,
    },
    /// The large payload of a record that can be seen has come, and can be read here.
    PayloadArrived {
        /// The record.
        record: RecordId,
        /// Its type.
        type_id: TypeId,
    },
    /// One instance signed two versions with one stamp: its key is used twice, or it lies. Of one
    /// author this is told a few times only.
    RecordEquivocated {
        /// The record.
        record: RecordId,
        /// Who signed both.
        author: PeerId,
        /// Both as they were signed: proof for third parties, that names the two versions.
        proof: Box<Equivocation>,
    },
    /// Two versions of a record met, neither made from the other. All members keep the same one;
    /// read the other by `version` before it is forgotten, to merge what is in it.
    RecordConflicted {
        /// The record.
        record: RecordId,
        /// Its type.
        type_id: TypeId,
        /// The version that stands, or the record's deletion.
        kept: VersionId,
        /// The version that is not seen.
        lost: VersionId,
    },
    /// A direct connection came up, went down, failed, or takes more again.
    ConnectionChanged {
        /// The connection.
        connection: ConnectionId,
        /// The peer at the other end.
        peer: PeerId,
        /// What happened.
        change: ConnectionChange,
    },
    /// A message arrived on a direct connection. Say `received` for each such event once it is
    /// dealt with: that lets the peer send on.
    Data {
        /// The connection.
        connection: ConnectionId,
        /// Who sent it.
        peer: PeerId,
        /// What kind of message it is.
        type_id: TypeId,
        /// The message.
        data: Bytes,
    },
    /// A neighbour came or went.
    NeighbourChanged {
        /// The link.
        link: LinkId,
        /// The neighbour.
        peer: PeerId,
        /// What happened.
        change: NeighbourChange,
    },
    /// A member joined, left, came online, went offline, or is shown otherwise.
    MemberChanged {
        /// The member.
        peer: PeerId,
        /// What happened.
        change: MemberChange,
    },
    /// This node's calendar is further from what the neighbours' show than peer time can follow:
    /// it is wrong, or theirs are.
    ClockDiffers {
        /// By so much.
        by: Duration,
        /// Whether this node's is the earlier one.
        is_behind: bool,
    },
    /// `connect` found nobody in its time.
    ConnectFailed(ConnectFailure),
    /// This identity's own role changed; what it does next it does in the new role, once it has
    /// connected again. None: it is no longer a member.
    CredentialsChanged {
        /// The new role.
        role: Option<Role>,
    },
    /// The group went on to a checkpoint of its creator's: whatever did not survive it counts no
    /// more.
    CheckpointReached {
        /// Its height: one more than that of the checkpoint before.
        height: u32,
        /// Grants in force that this identity has issued and that the creator did not know: they
        /// are void, and can be issued again.
        lost: usize,
    },
    /// This identity's own membership ends soon, and nobody has renewed it.
    MembershipEnding {
        /// When.
        until: UnixTime,
    },
    /// Three quarters of the statements that may be signed under this identity's grant have been.
    /// A renewed grant gives room for as many again.
    GrantFilling {
        /// How many more may be signed.
        left: usize,
    },
    /// Why this identity is no longer a member; comes with [`Event::CredentialsChanged`].
    MembershipEnded(Ending),
    /// A peer broke the protocol on a link of this group; the link is closed.
    PeerFaulted {
        /// The link.
        link: LinkId,
        /// The peer, if it had proved who it is.
        peer: Option<PeerId>,
        /// What it did.
        fault: Fault,
    },
    /// The store failed: the group is closed to keep what is acknowledged.
    StoreFailed(StoreFailure),
    /// This many events were dropped because they were not polled.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// What concerns the node as a whole, or answers a verb that takes time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notice {
    /// The node has read its store and takes verbs; or it could not, and never will.
    Started(Result<(), StoreFailure>),
    /// The answer to `open`.
    Opened {
        /// The seat.
        seat: Seat,
        /// Whether it is open.
        outcome: Result<(), OpenError>,
    },
    /// The answer to `read_payload`, or to [`Exported::Reading`](crate::Exported).
    PayloadRead {
        /// The ticket that it gave.
        ticket: Ticket,
        /// The bytes from the place asked for to the end of the leaf there, or what the export
        /// waits for.
        outcome: Result<Bytes, ReadError>,
    },
    /// A peer broke the protocol before it had proved membership of any group here.
    StrangerFaulted {
        /// The link.
        link: LinkId,
        /// What it did.
        fault: Fault,
    },
}

/// What kind of event to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// [`Event::StatusChanged`], [`Event::Synchronising`], [`Event::ClockDiffers`] and
    /// [`Event::StoreFailed`].
    Status,
    /// [`Event::PropertyChanged`].
    Property,
    /// [`Event::RecordChanged`], [`Event::RecordConflicted`], [`Event::PayloadArrived`] and
    /// [`Event::RecordEquivocated`].
    Record,
    /// [`Event::ConnectionChanged`]. Registering for it also opens the door to connections that
    /// others open.
    Connection,
    /// [`Event::ConnectionChanged`] as well, but the door stays as it is: for who only opens
    /// connections.
    OwnConnection,
    /// [`Event::Data`].
    Data,
    /// [`Event::NeighbourChanged`].
    Neighbour,
    /// [`Event::MemberChanged`].
    Member,
    /// [`Event::ConnectFailed`].
    ConnectFailed,
    /// [`Event::CredentialsChanged`], [`Event::CheckpointReached`], [`Event::MembershipEnding`],
    /// [`Event::MembershipEnded`] and [`Event::GrantFilling`].
    Credentials,
    /// [`Event::PeerFaulted`].
    Fault,
}

impl EventKind {
    /// A bit of its own.
    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The bits of the kinds of events that who registered for this one is told of.
    pub(crate) const fn covered(self) -> u16 {
        match self {
            Self::OwnConnection => self.bit() | Self::Connection.bit(),
            _ => self.bit(),
        }
    }
}

/// A kind of event, and for records and data one type if not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "as in Windows: a kind and a filter")]
pub struct Interest {
    /// The kind.
    pub kind: EventKind,
    /// Only this type of record or message; none is all.
    pub type_id: Option<TypeId>,
}

impl From<EventKind> for Interest {
    fn from(kind: EventKind) -> Self {
        Self { kind, type_id: None }
    }
}

impl Event {
    /// The kind under which it is registered for; none for `Lagged`, which every registration
    /// gets.
    pub fn kind(&self) -> Option<EventKind> {
        Some(match self {
            Self::StatusChanged(_)
            | Self::Synchronising { .. }
            | Self::ClockDiffers { .. }
            | Self::StoreFailed(_) => EventKind::Status,
            Self::PropertyChanged => EventKind::Property,
            Self::RecordChanged { .. }
            | Self::RecordConflicted { .. }
            | Self::PayloadArrived { .. }
            | Self::RecordEquivocated { .. } => EventKind::Record,
            Self::ConnectionChanged { .. } => EventKind::Connection,
            Self::Data { .. } => EventKind::Data,
            Self::NeighbourChanged { .. } => EventKind::Neighbour,
            Self::MemberChanged { .. } => EventKind::Member,
            Self::ConnectFailed(_) => EventKind::ConnectFailed,
            Self::CredentialsChanged { .. }
            | Self::CheckpointReached { .. }
            | Self::MembershipEnding { .. }
            | Self::GrantFilling { .. }
            | Self::MembershipEnded(_) => EventKind::Credentials,
            Self::PeerFaulted { .. } => EventKind::Fault,
            Self::Lagged { .. } => return None,
        })
    }

    /// The type that a filter looks at.
    pub(crate) fn type_id(&self) -> Option<TypeId> {
        match self {
            Self::RecordChanged { type_id, .. }
            | Self::RecordConflicted { type_id, .. }
            | Self::PayloadArrived { type_id, .. }
            | Self::Data { type_id, .. } => Some(*type_id),
            Self::StatusChanged(_)
            | Self::Synchronising { .. }
            | Self::ClockDiffers { .. }
            | Self::PropertyChanged
            | Self::RecordEquivocated { .. }
            | Self::ConnectionChanged { .. }
            | Self::NeighbourChanged { .. }
            | Self::MemberChanged { .. }
            | Self::ConnectFailed(_)
            | Self::CredentialsChanged { .. }
            | Self::CheckpointReached { .. }
            | Self::MembershipEnding { .. }
            | Self::GrantFilling { .. }
            | Self::MembershipEnded(_)
            | Self::PeerFaulted { .. }
            | Self::StoreFailed(_)
            | Self::Lagged { .. } => None,
        }
    }
}

/// Where a group stands on this node. Windows: `PEER_GROUP_STATUS`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Status {
    /// `connect` was called and the group is not closed.
    pub online: bool,
    /// The local copy has been synchronised once; one can publish.
    pub ready: bool,
    /// Others can link to this node.
    pub listening: bool,
    /// How many neighbours there are.
    pub neighbours: usize,
}

/// What happened to a direct connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionChange {
    /// It is up.
    Connected,
    /// It went down.
    Disconnected(Closed),
    /// It could not be opened.
    Failed(ConnectionFailure),
    /// `send` was refused because too much was queued, and would be taken now.
    Writable,
}

/// Why a direct connection could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// The peer did not answer at any address known of it.
    Unreachable(LinkDown),
    /// The peer refused.
    Denied(Denial),
    /// The peer broke the protocol.
    Faulted(Fault),
    /// The group was closed or the membership lost.
    Closed,
}

impl fmt::Display for ConnectionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(cause) => write!(f, "the peer cannot be reached: {cause}"),
            Self::Denied(denial) => write!(f, "the peer refused: {denial}"),
            Self::Faulted(fault) => write!(f, "the peer broke the protocol: {fault}"),
            Self::Closed => f.write_str("the group was closed"),
        }
    }
}

impl core::error::Error for ConnectionFailure {}

/// What happened to a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NeighbourChange {
    /// The link is up.
    Connected,
    /// The link went down.
    Disconnected(Closed),
}

/// Why a link to a member ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Closed {
    /// This side closed it: the group is closed, or the application asked.
    Here,
    /// The other side closed it properly.
    There,
    /// The transport lost it.
    Lost(LinkDown),
    /// The peer is no longer a member, or this identity is not.
    MembershipLost,
    /// The peer's role changed, or this identity's: both connect again.
    CredentialsChanged,
    /// A second link to the same instance; the other one stays.
    Duplicate,
    /// There are neighbours enough.
    Pruned,
    /// The peer broke the protocol.
    Faulted(Fault),
}

/// What happened to a member. Windows: `PEER_MEMBER_CHANGE_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MemberChange {
    /// Its membership became known.
    Joined,
    /// Its membership ended.
    Left,
    /// Its role changed.
    RoleChanged,
    /// Its first instance came online.
    Online,
    /// Its last instance went offline.
    Offline,
    /// Its instances, name or addresses changed.
    Updated,
}

/// Why a membership ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// The member was removed.
    Removed {
        /// By whom.
        by: PeerId,
    },
    /// Whoever brought it in, directly or not, lost the standing to do so, and what that peer had
    /// done was not kept. Nobody removed the member itself: another Admin can invite it.
    IssuerFell {
        /// Who lost its standing.
        issuer: PeerId,
        /// Who removed that one; none if it resigned.
        by: Option<PeerId>,
    },
    /// The member resigned.
    Left,
    /// The window passed and nobody renewed it, or it has not begun.
    Expired,
}

/// Why `connect` found nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// No address to try is known.
    NoAddresses,
    /// Nobody of the group answered at any address (`PEER_E_NO_MEMBERS_FOUND`).
    NoMembersFound(LinkDown),
    /// Somebody answered, and none took us in (`PEER_E_NO_MEMBER_CONNECTIONS`).
    NoMemberConnections,
    /// A member says that this identity is no member (`PEER_E_NOT_AUTHORIZED`).
    NotAuthorized(Denial),
    /// The clocks differ so much that one finds the other's credentials invalid.
    WrongClock,
    /// Connected, but the first synchronisation did not end in time.
    NotSynchronised,
    /// Members answered, and none of them can admit by the password: none holds it, may admit, or
    /// a removal has suspended it.
    NobodyAdmits,
    /// Too many wrong passwords have been tried at the members that could admit: wait.
    TooManyAttempts,
    /// A member says that the password is another one (`PEER_GROUP_EVENT_AUTHENTICATION_FAILED`).
    WrongPassword,
}

impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddresses => f.write_str("no address to try is known"),
            Self::NoMembersFound(cause) => write!(f, "no member answered: {cause}"),
            Self::NoMemberConnections => f.write_str("somebody answered, but no member took us in"),
            Self::NotAuthorized(denial) => write!(f, "a member refused: {denial}"),
            Self::WrongClock => f.write_str("the clocks differ too much"),
            Self::NotSynchronised => f.write_str("the first synchronisation did not end in time"),
            Self::NobodyAdmits => f.write_str("no member in reach can admit by the password"),
            Self::TooManyAttempts => f.write_str("too many wrong passwords have been tried"),
            Self::WrongPassword => f.write_str("the password is wrong"),
        }
    }
}

impl core::error::Error for ConnectFailure {}

/// A member as it is listed. Windows: `PEER_MEMBER` and `PEER_CREDENTIAL_INFO`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Member {
    /// The member's key.
    pub peer: PeerId,
    /// Its friendly name, if it has been online, or was invited here, since this node started.
    /// Nobody else vouches for it.
    pub name: Option<Name>,
    /// Its role.
    pub role: Role,
    /// Whether it founded the group.
    pub is_creator: bool,
    /// Who issued its membership; the creator's own is its own.
    pub issuer: PeerId,
    /// When the membership holds.
    pub window: Window,
    /// Whether it has come since it became a member, as far as is known here: it has been online,
    /// or signed something that counts. If not, its invitation is open still.
    pub has_joined: bool,
    /// Its instances that are online; none if it is offline.
    pub instances: Vec<MemberInstance>,
}

impl Member {
    /// Whether it is online.
    pub fn is_online(&self) -> bool {
        !self.instances.is_empty()
    }
}

/// A running node of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MemberInstance {
    /// Which.
    pub instance: Instance,
    /// Where it may be reached.
    pub addresses: Vec<Address>,
}

/// A direct connection or a neighbour as it is listed. Windows: `PEER_CONNECTION_INFO`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The direct connection; none for a neighbour.
    pub connection: Option<ConnectionId>,
    /// The link under it, once there is one.
    pub link: Option<LinkId>,
    /// The peer at the other end.
    pub peer: PeerId,
    /// Whether it is up.
    pub is_up: bool,
}
