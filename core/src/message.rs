//! What travels on an established link: one postcard value in each frame, but for the bytes that
//! direct connections carry.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::broadcast::{Stem, TreeId};
use crate::codec::{decode, encode};
use crate::fault::Fault;
use crate::limits::{FRAME_BYTES_MAX, ITEMS_PER_FRAME_MAX};
use crate::reconcile::talk::{Answer, Hello, Talk};
use crate::record::{Part, PayloadId};
use crate::time::UnixTime;

mod direct;

pub(crate) use direct::{DIRECT_BYTES_MAX, Direct, Head};

/// What replicas compare and exchange: a statement with how much of it is held, or a version.
pub(crate) type Item = [u8; 32];

/// Which of a group's two replicated sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Set {
    /// Statements of authority: always exchanged first.
    Authority,
    /// Versions of records.
    Records,
}

/// A class of traffic between neighbours; each runs on credit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Class {
    /// Short messages, taken at once.
    Control,
    /// What tells two sets apart: taken as fast as it can be looked into.
    Lists,
    /// Statements and versions.
    Items,
}

/// Bytes as one run, not as a sequence of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blob(pub(crate) Bytes);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Blob;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Blob, E> {
                Ok(Blob(Bytes::copy_from_slice(bytes)))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

/// A message between neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Message {
    /// Opens the comparison of a set.
    Compare {
        set: Set,
        /// Whether the sender has ever synchronised: only then does its word make another ready.
        ready: bool,
        hello: Hello,
    },
    /// Answers it.
    Compared { set: Set, ready: bool, answer: Answer },
    /// How the two find out what they differ in.
    Talk { set: Set, talk: Talk },
    /// Items that the sender was sent and does not keep: they stay out of what the two compare.
    Declined { set: Set, items: Vec<Item> },
    /// Items that the sender has declined and may keep now.
    Reconsidered { set: Set, items: Vec<Item> },
    /// Items, asked for or new.
    Items { set: Set, items: Vec<Blob> },
    /// Who is online, as the peers themselves signed it.
    Presence(Vec<Blob>),
    /// The receiver may send this many bytes more of a class.
    Credit { class: Class, bytes: u32 },
    /// Asks the receiver to open the direct connection that the sender cannot: it names where
    /// the sender listens by its presence, and the connection by its nonce.
    DialBack { nonce: u64 },
    /// The sender closes the link.
    Goodbye(Goodbye),
    /// Says once, as a link begins, who is online as far as the sender knows. A receiver that knows
    /// otherwise tells what it knows.
    Online { root: [u8; 32] },
    /// What the sender's calendar shows.
    Clock { call: Call, time: UnixTime },
    /// Asks for a part of a large payload. Every answer brings the voucher for another pull: who
    /// does not read asks for no more.
    Pull { payload: PayloadId, part: Part, voucher: u64 },
    /// The next piece of a part that was asked for: as long as a piece may be, but for the last,
    /// which brings a voucher.
    Piece { payload: PayloadId, part: Part, offset: u32, bytes: Blob, voucher: Option<u64> },
    /// Answers for a part that the sender lacks: it holds these parts of the payload, one bit each.
    Holding { payload: PayloadId, part: Part, held: Blob, voucher: u64 },
    /// The sender, who lacked something of a payload, holds all of it now.
    Whole { payload: PayloadId },
    /// New versions, along a tree.
    Push { stem: Stem, items: Vec<Blob> },
    /// New versions that the sender has, by their ids. They came to it along a tree, or along none.
    Have { stem: Option<Stem>, items: Vec<Item> },
    /// Asks for versions that the receiver has announced.
    Fetch { items: Vec<Item> },
    /// Asks to be pushed what comes along a tree from now on.
    Graft { tree: TreeId },
    /// Asks not to be pushed it.
    Prune { tree: TreeId },
}

/// How two neighbours read each other's calendars: three messages, each an answer at once, so that
/// both ends know how long theirs was under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Call {
    /// Asks for the receiver's.
    Ask,
    /// Answers, and asks as well.
    Answer,
    /// Answers.
    Echo,
}

/// Why a neighbour closes a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Goodbye {
    /// The group is closed there.
    Leaving,
    /// There are neighbours enough there.
    Pruned,
    /// There is another link between the two.
    Duplicate,
    /// The credentials in force there changed: connect again.
    CredentialsChanged,
    /// The receiver is no member by what is known there.
    NotAMember,
}

impl Message {
    /// The class that a message is charged to; none for those that return credit, end the link or
    /// bring what was asked for part by part.
    pub(crate) fn class(&self) -> Option<Class> {
        match self {
            Self::Talk { talk, .. } => Some(talk.class()),
            Self::Items { .. } | Self::Push { .. } => Some(Class::Items),
            Self::Compare { .. }
            | Self::Compared { .. }
            | Self::Declined { .. }
            | Self::Reconsidered { .. }
            | Self::Presence(_)
            | Self::Online { .. }
            | Self::Clock { .. }
            | Self::Pull { .. }
            | Self::Whole { .. }
            | Self::Have { .. }
            | Self::Fetch { .. }
            | Self::Graft { .. }
            | Self::Prune { .. }
            | Self::DialBack { .. } => Some(Class::Control),
            Self::Piece { .. } | Self::Holding { .. } | Self::Credit { .. } | Self::Goodbye(_) => {
                None
            }
        }
    }

    /// The message in a frame's body. Lists longer than a frame may name are refused.
    pub(crate) fn decode(body: &[u8]) -> Result<Self, Fault> {
        let message: Self = decode_frame(body)?;
        let named = match &message {
            Self::Declined { items, .. }
            | Self::Reconsidered { items, .. }
            | Self::Have { items, .. }
            | Self::Fetch { items } => items.len(),
            Self::Items { .. }
            | Self::Push { .. }
            | Self::Graft { .. }
            | Self::Prune { .. }
            | Self::Presence(_)
            | Self::Online { .. }
            | Self::Clock { .. }
            | Self::Compare { .. }
            | Self::Compared { .. }
            | Self::Talk { .. }
            | Self::Credit { .. }
            | Self::DialBack { .. }
            | Self::Pull { .. }
            | Self::Piece { .. }
            | Self::Holding { .. }
            | Self::Whole { .. }
            | Self::Goodbye(_) => 0,
        };
        if named > ITEMS_PER_FRAME_MAX { Err(Fault::TooLarge) } else { Ok(message) }
    }

    /// The body of the message's frame.
    pub(crate) fn encode(&self) -> Vec<u8> {
        encode(self)
    }
}

fn decode_frame<T: Serialize + de::DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    if body.len() > FRAME_BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    decode(body).map_err(|_| Fault::Malformed)
}

#[cfg(test)]
mod tests;
