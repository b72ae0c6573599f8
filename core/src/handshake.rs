//! The handshake: how the two ends of a link prove to each other which group they mean, who they
//! are and that the link is theirs.
//!
//! Four messages inside the transport's encryption, in the order of SIGMA: the initiator shows a
//! tag that only somebody told of the group can make; the responder proves who it is; then the
//! initiator does; then the responder answers. Nobody reveals anything to whoever does not know
//! the group's link secret, and every message passes one cheap check before any work with public
//! keys. The transcript covers the group, the link's binding, both version lists, nonces, roles
//! and identities, so that nothing passes on another link, in another role or in another group
//! (attacks L01 to L06).
//!
//! Each state consumes itself: a message out of turn cannot be given to it. The caller owns the
//! deadline, the framing and the decision whom to admit.

mod initiator;
pub(crate) mod keys;
pub(crate) mod party;
mod responder;
pub(crate) mod wire;

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::genesis::Genesis;
use crate::id::Instance;
use crate::key::{PeerId, SecretKey};
use crate::statement::Statement;
use crate::time::UnixTime;

pub(crate) use initiator::{Answered, AwaitAnswer, Initiator};
pub(crate) use keys::LinkKey;
pub(crate) use responder::{AwaitProof, Claim, Responder};

/// A group as one of its members enters it: what a handshake needs before anyone is revealed.
#[derive(Clone, Copy)]
pub(crate) struct Entrance<'a> {
    /// The group.
    pub(crate) genesis: &'a Genesis,
    /// Who this end is.
    pub(crate) peer: PeerId,
    /// A link secret of the group.
    pub(crate) secret: &'a [u8; 32],
}

/// A link, as one end of a handshake sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkEnd<'a> {
    /// The link's channel binding.
    pub(crate) binding: &'a [u8; 32],
    /// This running node.
    pub(crate) instance: Instance,
    /// Drawn for this handshake and no other.
    pub(crate) nonce: [u8; 32],
}

/// What an end tells of itself once it reveals itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Introduction<'a> {
    /// The secret key of the seat's peer.
    pub(crate) key: &'a SecretKey,
    /// The grants from the creator's down to its own; none for the creator.
    pub(crate) grants: &'a [Statement],
    /// Its wall clock, so that the other end can tell a wrong one.
    pub(crate) time: UnixTime,
    /// The root of its authority set.
    pub(crate) digest: [u8; 32],
}

/// What an end has learned of the other and verified: its key, its clock's reading and a chain of
/// grants that holds by itself. Whether those grants live is the caller's to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counterpart {
    /// Who it is.
    pub(crate) peer: PeerId,
    /// Which of its running nodes.
    pub(crate) instance: Instance,
    /// The grants from the creator's down to its own; none for the creator.
    pub(crate) grants: Vec<Statement>,
    /// Its wall clock.
    pub(crate) time: UnixTime,
    /// The root of its authority set.
    pub(crate) digest: [u8; 32],
}

/// What a link is for, as its initiator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// Neighbours of a group.
    Group,
    /// A direct connection.
    Connection {
        /// Drawn by whoever opened it: tells a connection dialled back which one it answers.
        nonce: u64,
    },
    /// To be admitted by a password. Whoever dials is no member yet and shows no grant.
    Password,
}

/// Which end of a link this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// It dialled.
    Initiator,
    /// It accepted.
    Responder,
}

/// A handshake that both ends have ended well.
#[derive(Debug)]
pub(crate) struct Established {
    /// Who is at the other end.
    pub(crate) counterpart: Counterpart,
    /// Which end this one is.
    pub(crate) side: Side,
    /// What the link is for.
    pub(crate) purpose: Purpose,
    /// Known to the two ends alone.
    pub(crate) key: LinkKey,
    /// The link's channel binding.
    #[cfg(feature = "password")]
    pub(crate) binding: [u8; 32],
}

/// Why a member does not admit the peer that has dialled it.
///
/// The number is stable and crosses the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Denial {
    /// A reason that this software does not know.
    Other = 0,
    /// The peer holds no live grant (`PEER_E_NOT_AUTHORIZED`).
    NotAMember = 1,
    /// The peer was removed; the statements that say so come with the answer.
    Removed = 2,
    /// The peer's membership has not begun or has ended, by the answering member's clock.
    OutsideWindow = 3,
    /// The member is not registered for direct connections.
    NotWanted = 4,
    /// The member has as many links as it can serve (`PEER_E_CONNECTION_REFUSED`).
    Busy = 5,
    /// The two nodes share a link already, and that one stays.
    Duplicate = 6,
    /// The member cannot admit by a password: it holds none, may not, or a removal has suspended
    /// it.
    NoPassword = 7,
    /// Too many wrong passwords have been tried there.
    TooManyAttempts = 8,
    /// The password is another one.
    WrongPassword = 9,
}

impl Denial {
    /// The number that crosses the wire.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The denial with this number, as far as known.
    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::NotAMember,
            2 => Self::Removed,
            3 => Self::OutsideWindow,
            4 => Self::NotWanted,
            5 => Self::Busy,
            6 => Self::Duplicate,
            7 => Self::NoPassword,
            8 => Self::TooManyAttempts,
            9 => Self::WrongPassword,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Other => "denied for an unknown reason",
            Self::NotAMember => "not a member",
            Self::Removed => "removed from the group",
            Self::OutsideWindow => "outside the membership's window",
            Self::NotWanted => "direct connections are not wanted",
            Self::Busy => "busy",
            Self::Duplicate => "linked already",
            Self::NoPassword => "does not admit by a password",
            Self::TooManyAttempts => "too many wrong passwords",
            Self::WrongPassword => "wrong password",
        })
    }
}

#[cfg(test)]
pub(crate) use tests::worked;

#[cfg(test)]
mod tests;
