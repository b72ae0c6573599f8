//! The verbs of a node: one table, of which come what is written down, what is read, and how it is
//! called.

use core::time::Duration;

use alloc::vec::Vec;
use bytes::Bytes;

use super::Watched;
use super::code::{Code, write_all};
use super::fold::Fold;
use crate::address::Address;
use crate::card::IdentityInfo;
#[cfg(feature = "password")]
use crate::error::PasswordError;
use crate::error::{
    CheckpointError, ConnectError, ConnectionError, CreateError, DeleteError, GroupError,
    IdentityError, ImportError, InviteError, JoinError, OpenError, PropertyError, ReadError,
    RegisterError, RemoveError, SendError, UploadError,
};
use crate::event::{Interest, Seat};
use crate::export::GroupExport;
use crate::genesis::Charter;
use crate::group::{Checkpointed, Removal, Removed, Terms, Withdrawn};
use crate::id::{ConnectionId, RecordId, RegistrationId, Ticket, TypeId, UploadId};
use crate::invitation::Invitation;
use crate::key::{PeerId, SecretKey};
use crate::name::Name;
use crate::node::Node;
use crate::output::Receipt;
#[cfg(feature = "password")]
use crate::password::{PasswordInvitation, PasswordSecret};
use crate::property::Properties;
use crate::record::{PayloadId, PublishError, RecordDraft, RecordUpdate};
use crate::statement::Role;
use crate::time::{Now, UnixTime};

/// What a verb takes: something of its own, something lent, or many that are lent.
macro_rules! taken {
    (own $type:ty) => {
        $type
    };
    (lent $type:ty) => {
        &$type
    };
    (many $type:ty) => {
        &[$type]
    };
}

/// The same as it is kept.
macro_rules! kept {
    (many $type:ty) => { Vec<$type> };
    ($mode:ident $type:ty) => { $type };
}

macro_rules! written {
    (own $arg:ident, $out:ident) => {
        Code::write(&$arg, $out)
    };
    (lent $arg:ident, $out:ident) => {
        Code::write($arg, $out)
    };
    (many $arg:ident, $out:ident) => {
        write_all($arg, $out)
    };
}

macro_rules! given {
    (own $arg:ident) => {
        $arg
    };
    ($mode:ident $arg:ident) => {
        &$arg
    };
}

/// Declares verbs: the number under which each is written down, which is never given to another,
/// and the method of [`Node`] as it is declared there.
macro_rules! verbs {
    ($(
        $(#[$meta:meta])*
        $number:literal $variant:ident = $verb:ident($($mode:ident $arg:ident: $type:ty),*)
            -> $value:ty;
    )+) => {
        /// A verb, and what it was called with: the method of [`Node`] of that name.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum Verb {
            $(
                $(#[$meta])*
                #[doc = concat!("[`Node::", stringify!($verb), "`].")]
                $variant { $(#[doc = "As the verb takes it."] $arg: kept!($mode $type)),* },
            )+
        }

        impl Verb {
            /// The names of all methods of a node that are written down as verbs.
            #[cfg(test)]
            pub(super) const NAMES: &[&str] = &[$($(#[$meta])* stringify!($verb)),+];

            /// Takes what a verb of this number was called with from the front.
            pub(super) fn read(number: u8, from: &mut &[u8]) -> Option<Self> {
                Some(match number {
                    $(
                        $(#[$meta])*
                        $number => Self::$variant { $($arg: Code::read(from)?),* },
                    )+
                    _ => return None,
                })
            }

            /// Calls it again.
            pub(super) fn call(self, node: &mut Node, now: Now, fold: &mut Fold) {
                match self {
                    $(
                        $(#[$meta])*
                        Self::$variant { $($arg),* } => {
                            fold.tell(&node.$verb(now, $(given!($mode $arg)),*));
                        }
                    )+
                }
            }
        }

        /// The verbs.
        impl Watched {
            $(
                $(#[$meta])*
                #[doc = concat!("[`Node::", stringify!($verb), "`].")]
                pub fn $verb(&mut self, now: Now, $($arg: taken!($mode $type)),*) -> $value {
                    if let Some(out) = self.begin(Some(now), $number) {
                        $(written!($mode $arg, out);)*
                        let _ = out;
                    }
                    let value = self.node_mut().$verb(now, $($arg),*);
                    self.tell(&value);
                    value
                }
            )+
        }
    };
}

verbs! {
    32 CreateIdentity = create_identity(own name: Name) -> Result<Receipt<PeerId>, IdentityError>;
    33 ImportIdentity = import_identity(own key: SecretKey, own name: Name)
        -> Result<Receipt<PeerId>, IdentityError>;
    34 SetDefaultIdentity = set_default_identity(own peer: PeerId)
        -> Result<Receipt<()>, IdentityError>;
    35 RenameIdentity = rename_identity(own peer: PeerId, lent name: Name)
        -> Result<Receipt<()>, IdentityError>;
    36 DeleteIdentity = delete_identity(own peer: PeerId) -> Result<Receipt<()>, IdentityError>;

    40 CreateGroup = create_group(own identity: PeerId, own charter: Charter,
        own properties: Properties) -> Result<Receipt<Seat>, CreateError>;
    41 Join = join(lent invitation: Invitation) -> Result<Receipt<Seat>, JoinError>;
    42 TakeCredentials = take_credentials(lent invitation: Invitation)
        -> Result<Receipt<()>, JoinError>;
    43 Open = open(own seat: Seat) -> Result<(), OpenError>;
    44 Connect = connect(own seat: Seat, own timeout: Duration) -> Result<(), ConnectError>;
    45 ConnectAt = connect_at(own seat: Seat, many addresses: Address, own timeout: Duration)
        -> Result<(), ConnectError>;
    46 Close = close(own seat: Seat) -> Result<(), GroupError>;
    47 DeleteGroup = delete_group(own seat: Seat) -> Result<Receipt<()>, DeleteError>;
    48 Shutdown = shutdown() -> ();
    49 ListeningAt = listening_at(many addresses: Address) -> ();
    50 Discover = discover() -> ();
    51 ImportGroup = import_group(lent export: GroupExport) -> Result<Receipt<Seat>, ImportError>;
    52 Register = register(own seat: Seat, many interests: Interest)
        -> Result<RegistrationId, RegisterError>;
    53 Unregister = unregister(own registration: RegistrationId) -> bool;

    60 Invite = invite(own seat: Seat, lent card: IdentityInfo, own terms: Terms)
        -> Result<Receipt<Invitation>, InviteError>;
    61 Grant = grant(own seat: Seat, own peer: PeerId, own terms: Terms)
        -> Result<Receipt<()>, InviteError>;
    62 Renew = renew(own seat: Seat, own peer: PeerId, own until: Option<UnixTime>)
        -> Result<Receipt<()>, InviteError>;
    63 Withdraw = withdraw(own seat: Seat, own peer: PeerId)
        -> Result<Receipt<Withdrawn>, RemoveError>;
    64 InvitationFor = invitation_for(own seat: Seat, own peer: PeerId)
        -> Result<Invitation, InviteError>;
    65 Remove = remove(own seat: Seat, own peer: PeerId, own mode: Removal)
        -> Result<Receipt<Removed>, RemoveError>;
    66 Demote = demote(own seat: Seat, own peer: PeerId, own to: Role)
        -> Result<Receipt<Removed>, RemoveError>;
    67 Leave = leave(own seat: Seat) -> Result<Receipt<()>, RemoveError>;
    68 Checkpoint = checkpoint(own seat: Seat) -> Result<Receipt<Checkpointed>, CheckpointError>;
    69 SetProperties = set_properties(own seat: Seat, own properties: Properties)
        -> Result<Receipt<()>, PropertyError>;

    80 Publish = publish(own seat: Seat, own draft: RecordDraft)
        -> Result<Receipt<RecordId>, PublishError>;
    81 Update = update(own seat: Seat, own record: RecordId, own update: RecordUpdate)
        -> Result<Receipt<()>, PublishError>;
    82 DeleteRecord = delete_record(own seat: Seat, own record: RecordId)
        -> Result<Receipt<()>, PublishError>;
    83 BeginUpload = begin_upload(own seat: Seat) -> Result<Receipt<UploadId>, UploadError>;
    84 Upload = upload(own seat: Seat, own upload: UploadId, own leaf: Bytes)
        -> Result<Receipt<()>, UploadError>;
    85 AbandonUpload = abandon_upload(own seat: Seat, own upload: UploadId)
        -> Result<Receipt<()>, UploadError>;
    86 ReadPayload = read_payload(own seat: Seat, own payload: PayloadId, own offset: u32)
        -> Result<Ticket, ReadError>;

    100 OpenConnection = open_connection(own seat: Seat, own peer: PeerId)
        -> Result<ConnectionId, ConnectionError>;
    101 Send = send(own connection: ConnectionId, own type_id: TypeId, own data: Bytes)
        -> Result<(), SendError>;
    102 Received = received(own connection: ConnectionId) -> ();
    103 CloseConnection = close_connection(own connection: ConnectionId) -> bool;

    #[cfg(feature = "password")]
    120 SetPassword = set_password(own seat: Seat, own secret: PasswordSecret, own role: Role)
        -> Result<Receipt<()>, PasswordError>;
    #[cfg(feature = "password")]
    121 HoldPassword = hold_password(own seat: Seat, own secret: PasswordSecret)
        -> Result<Receipt<()>, PasswordError>;
    #[cfg(feature = "password")]
    122 ForgetPassword = forget_password(own seat: Seat) -> Result<Receipt<()>, PasswordError>;
    #[cfg(feature = "password")]
    123 PasswordInvitation = password_invitation(own seat: Seat, own until: UnixTime)
        -> Result<PasswordInvitation, PasswordError>;
    #[cfg(feature = "password")]
    124 JoinWithPassword = join_with_password(own identity: PeerId,
        lent invitation: PasswordInvitation, own secret: PasswordSecret)
        -> Result<Receipt<Seat>, JoinError>;
    #[cfg(feature = "password")]
    125 RetryPassword = retry_password(own seat: Seat, own secret: PasswordSecret)
        -> Result<Receipt<()>, PasswordError>;
}
