//! Why a verb was refused. Every error of this module means: the node is unchanged.

/// Defines an error enum with the text of each variant.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)+
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }

        impl core::error::Error for $name {}
    )+};
}
refusals! {
    /// The driver broke the contract: a mistake in the driver, never in a peer.
    DriverError {
        /// A link, or a ticket, that the node has never named.
        UnknownId => "an id that the node has never named",
        /// More than `RECEIVED_BYTES_MAX` bytes at once.
        TooMuch => "more bytes at once than one input may carry",
        /// Outputs have not been polled for far too long.
        OutputsFull => "outputs have not been polled",
    }

    /// Why a verb about identities was refused. The node is unchanged.
    IdentityError {
        /// The node has not loaded its store yet, or is shut down.
        NotStarted => "the node has not started",
        /// No such identity here (`PEER_E_NOT_FOUND`).
        NotFound => "no such identity here",
        /// The identity is here already (`PEER_E_ALREADY_EXISTS`).
        AlreadyExists => "the identity is here already",
        /// As many identities as one node holds (`PEER_E_TOO_MANY_IDENTITIES`).
        TooMany => "too many identities",
        /// The identity is in groups still (`PEER_E_GROUPS_EXIST`).
        GroupsExist => "the identity is in groups still",
    }

    /// Why a group was not created. The node is unchanged.
    CreateError {
        /// The node has not loaded its store yet, or is shut down.
        NotStarted => "the node has not started",
        /// No such identity here (`PEER_E_IDENTITY_NOT_FOUND`).
        IdentityNotFound => "no such identity here",
        /// A lifetime or a size is out of bounds (`PEER_E_INVALID_GROUP_PROPERTIES`).
        InvalidProperties => "properties out of bounds",
        /// As many groups open as one node serves.
        TooMany => "too many groups are open",
    }

    /// Why an invitation was not issued. The node is unchanged.
    InviteError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// The group has never synchronised (`PEER_E_GROUP_NOT_READY`).
        NotReady => "the group has never synchronised",
        /// The role one acts in may not give this role (`PEER_E_NOT_AUTHORIZED`).
        NotAuthorized => "the role you act in may not invite with this role",
        /// The window is empty, past, or wider than the issuer's own
        /// (`PEER_E_INVALID_TIME_PERIOD`).
        InvalidTimePeriod => "the period is empty, past, or longer than your own",
        /// The chain would be longer than allowed (`PEER_E_CHAIN_TOO_LONG`).
        ChainTooLong => "the credential chain would be too long",
        /// The invitee is the creator or the issuer (`PEER_E_CIRCULAR_CHAIN_DETECTED`).
        CircularChain => "the creator and the issuer need no invitation",
        /// No such member (`PEER_E_IDENTITY_NOT_FOUND`).
        NotFound => "no such member",
        /// The issuer's grant is full: it needs a new one.
        Full => "too many statements under one grant",
    }

    /// Why a group was not joined. The node is unchanged.
    JoinError {
        /// The node has not loaded its store yet, or is shut down.
        NotStarted => "the node has not started",
        /// The invitation is for another identity (`PEER_E_INVITATION_NOT_TRUSTED`).
        NotForYou => "the invitation is for another identity",
        /// Not yet valid or expired; often a wrong clock (`PEER_E_INVALID_TIME_PERIOD`).
        InvalidTimePeriod => "the invitation is not yet valid, or has expired; check the clock",
        /// The identity is in this group already: open it (`PEER_E_GROUP_IN_USE`).
        AlreadyJoined => "the identity is in this group already",
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// As many groups open as one node serves.
        TooMany => "too many groups are open",
    }

    /// Why a group was not opened. The node is unchanged.
    OpenError {
        /// The node has not loaded its store yet, or is shut down.
        NotStarted => "the node has not started",
        /// The identity has neither created nor joined it here (`PEER_E_NOT_FOUND`).
        NotFound => "no such group here",
        /// It is open, or being opened, already.
        AlreadyOpen => "the group is open already",
        /// As many groups open as one node serves.
        TooMany => "too many groups are open",
        /// What the store holds of the group is damaged: restore a backup, or delete the group's
        /// local data and join it again by an invitation.
        Corrupt => "the group's local data is damaged: restore a backup, or delete and join again",
        /// The store failed.
        StoreFailed => "the store failed",
    }

    /// Why a group was not exported. The node is unchanged.
    ExportError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// The identity was never a member as far as is known here (`PEER_E_NOT_AUTHORIZED`).
        NotAMember => "the identity is no member of the group",
    }

    /// Why a group was not imported. The node is unchanged.
    ImportError {
        /// The node has not loaded its store yet, or is shut down.
        NotStarted => "the node has not started",
        /// The identity is in this group here already (`PEER_E_ALREADY_EXISTS`).
        AlreadyExists => "the identity is in this group already",
        /// As many identities as one node holds (`PEER_E_TOO_MANY_IDENTITIES`).
        TooMany => "too many identities",
    }

    /// Why a database was neither exported nor imported. What else it means for the node is said
    /// by each verb; nothing is changed before a whole file has been found good.
    DatabaseError {
        /// The group is not open here, or the store has failed it (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// The group is connected, or looks for members: close it and open it again
        /// (`PEER_E_GROUP_IN_USE`).
        Connected => "the group is connected: close it and open it again",
        /// The file is no exported database at all (`PEER_E_INVALID_DATABASE`).
        NotADatabase => "the file is not an exported database",
        /// The file is of another group (`PEER_E_INVALID_DATABASE`).
        OtherGroup => "the database is of another group",
        /// The file is of another identity in this group (`PEER_E_INVALID_DATABASE`).
        OtherIdentity => "the database is of another identity",
        /// The file was written by a later version (`PEER_E_UNSUPPORTED_VERSION`).
        Newer => "the database was written by a later version of peergroup: update",
        /// The file ends too early (`PEER_E_INVALID_DATABASE`).
        Truncated => "the database is cut short",
        /// The file was altered, or holds what nobody signed (`PEER_E_INVALID_DATABASE`).
        Damaged => "the database is damaged",
        /// As many exports of this group read payloads as may do so at a time: go on later.
        TooMany => "too many exports read payloads at a time",
        /// The group changed while it was exported, or the file between its two readings.
        Changed => "it changed meanwhile: begin again",
        /// More than `RECEIVED_BYTES_MAX` bytes at once.
        TooMuch => "more bytes at once than one call may carry",
    }

    /// Why a group was not connected. The node is unchanged.
    ConnectError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// It is connected, or connecting, already (`PEER_S_ALREADY_CONNECTED`).
        AlreadyConnected => "the group is connected already",
        /// The identity was never a member as far as is known here, or the store has failed the
        /// group (`PEER_E_NOT_AUTHORIZED`). One that was removed may ask, and is told.
        NotAMember => "the identity is no member of the group",
    }

    /// Why a group is not there to be asked or closed. The node is unchanged.
    GroupError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// The group has never synchronised (`PEER_E_GROUP_NOT_READY`).
        NotReady => "the group has never synchronised",
    }

    /// Why a group's local data was not deleted. The node is unchanged.
    DeleteError {
        /// The node has not loaded its store yet, or is shut down.
        NotStarted => "the node has not started",
        /// The identity has neither created nor joined it here (`PEER_E_NOT_FOUND`).
        NotFound => "no such group here",
        /// The group is open: close it first.
        Open => "the group is open: close it first",
    }

    /// Why properties were not set. The node is unchanged.
    PropertyError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// Only the creator sets properties (`PEER_E_NOT_AUTHORIZED`).
        NotAuthorized => "only the group's creator may set its properties",
        /// A value is out of bounds (`PEER_E_INVALID_GROUP_PROPERTIES`).
        InvalidProperties => "properties out of bounds",
        /// The group holds as many statements as it may.
        Full => "too many statements",
    }

    /// Why no checkpoint was made. The node is unchanged.
    CheckpointError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// Only the creator makes checkpoints (`PEER_E_NOT_AUTHORIZED`).
        NotAuthorized => "only the group's creator makes checkpoints",
        /// The group was restored from an export and has not synchronised since with anybody who
        /// was a member before (`PEER_E_GROUP_NOT_READY`): what this node does not know of, the
        /// checkpoint would end.
        NotReady => "the group has not synchronised since it was restored",
        /// The group holds as many statements as it may, or more survive than one checkpoint names.
        Full => "too many statements",
    }

    /// Why a member was not removed or demoted, or did not leave. The node is unchanged.
    RemoveError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// The group has never synchronised (`PEER_E_GROUP_NOT_READY`).
        NotReady => "the group has never synchronised",
        /// Only Admins remove and demote, and the creator stays (`PEER_E_NOT_AUTHORIZED`).
        NotAuthorized => "the role you act in may not do this",
        /// No such member (`PEER_E_IDENTITY_NOT_FOUND`).
        NotFound => "no such member",
        /// The member is an Admin of a standing that this would not reach: ask a senior.
        Senior => "the member is an Admin whom only a more senior one can remove",
        /// Somebody else gave the member its membership, or a part of it: remove or demote it.
        NotIssuer => "the membership was given by somebody else",
        /// `to` is not lower than what the member is.
        NotLower => "the member's role is not above that",
        /// The group holds as many statements as it may.
        Full => "too many statements",
    }

    /// Why events were not registered for. The node is unchanged.
    RegisterError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// As many registrations as one node holds.
        TooMany => "too many registrations",
    }

    /// Why a direct connection was not opened. The node is unchanged.
    ConnectionError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// The group is not connected.
        NotConnected => "the group is not connected",
        /// The peer is this identity (`PEER_E_CONNECT_SELF`).
        ConnectSelf => "that is yourself",
        /// The peer is no member (`PEER_E_NODE_NOT_FOUND`).
        NotFound => "no such member",
        /// No address of the peer is known, and it is no neighbour.
        NoAddress => "no address of the member is known",
        /// As many direct connections as one node serves.
        TooMany => "too many direct connections",
    }

    /// Why a message was not queued. The node is unchanged.
    SendError {
        /// No such direct connection, or not up (`PEER_E_CONNECTION_NOT_FOUND`).
        NotFound => "no such connection",
        /// More than `MESSAGE_BYTES_MAX` bytes.
        TooLarge => "the message is too large",
        /// The type belongs to the protocol.
        ReservedType => "the type is reserved",
        /// Too much is queued: send again after `ConnectionChange::Writable`.
        Full => "too much is queued",
    }

    /// Why an upload was refused. The node is unchanged.
    UploadError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// As many uploads as may be under way.
        TooMany => "too many uploads",
        /// No such upload here: it was published or given up.
        NotFound => "no such upload",
        /// Bytes that are no leaf: each but the last has `PAYLOAD_LEAF_BYTES`, and none is empty.
        NotALeaf => "not the bytes of a leaf",
        /// More than a payload may have (`PEER_E_MAX_RECORD_SIZE_EXCEEDED`).
        TooLarge => "a payload too large",
    }

    /// Why a payload cannot be read. The node is unchanged, unless the store has failed.
    ReadError {
        /// The group is not open here, or was closed (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// It has not come yet, or was freed.
        NotHere => "not here",
        /// It has not so many bytes.
        PastTheEnd => "past the end of the payload",
        /// As many reads as may be under way.
        TooMany => "too many reads",
        /// The store failed, and the group with it.
        StoreFailed => "the store failed",
    }
}

#[cfg(feature = "password")]
refusals! {
    /// Why something about a group's password was refused. The node is unchanged.
    PasswordError {
        /// The group is not open here (`PEER_E_INVALID_GROUP`).
        NotOpen => "the group is not open here",
        /// The group has never synchronised (`PEER_E_GROUP_NOT_READY`).
        NotReady => "the group has never synchronised",
        /// The creator sets the password; Admins and Inviters admit by it
        /// (`PEER_E_NOT_AUTHORIZED`).
        NotAuthorized => "the role you act in may not do this",
        /// Nobody becomes an Admin by knowing a password.
        InvalidRole => "a password never makes an Admin",
        /// The creator has set no password, or a removal has suspended it until it sets a new one.
        NoPassword => "the group has no password in force",
        /// That is the password that this node held before.
        Unchanged => "that is the old password",
        /// The invitation would expire before it begins (`PEER_E_INVALID_TIME_PERIOD`).
        InvalidTimePeriod => "the period is past",
        /// The identity is a member, or joined by an invitation of its own.
        NotJoining => "the identity is not joining by a password",
        /// The group holds as many statements as it may.
        Full => "too many statements",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_in_words_what_is_wrong() {
        assert_eq!(alloc::format!("{}", OpenError::NotFound), "no such group here");
    }
}
