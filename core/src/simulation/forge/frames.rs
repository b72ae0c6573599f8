//! Frames of a group link: made, taken out of a stream, and told apart.

use alloc::vec::Vec;

use bytes::Bytes;

use super::SignedPresence;
use crate::message::{self, Blob, Message};
use crate::presence::Heard;

/// One of a group's two replicated sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two sets")]
pub enum ForgedSet {
    /// Statements of authority.
    Authority,
    /// Versions of records.
    Records,
}

/// A class of traffic with credit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are three classes")]
pub enum ForgedClass {
    /// Short messages.
    Control,
    /// Pages of lists.
    Lists,
    /// Statements and versions.
    Items,
}

/// Why a neighbour closes a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "what the protocol has")]
pub enum ForgedGoodbye {
    /// The group is closed there.
    Leaving,
    /// There are neighbours enough there.
    Pruned,
    /// There is another link between the two.
    Duplicate,
    /// The credentials in force there changed.
    CredentialsChanged,
    /// The receiver is no member by what is known there.
    NotAMember,
}

impl From<ForgedSet> for message::Set {
    fn from(set: ForgedSet) -> Self {
        match set {
            ForgedSet::Authority => Self::Authority,
            ForgedSet::Records => Self::Records,
        }
    }
}

impl From<ForgedClass> for message::Class {
    fn from(class: ForgedClass) -> Self {
        match class {
            ForgedClass::Control => Self::Control,
            ForgedClass::Lists => Self::Lists,
            ForgedClass::Items => Self::Items,
        }
    }
}

impl From<ForgedGoodbye> for message::Goodbye {
    fn from(reason: ForgedGoodbye) -> Self {
        match reason {
            ForgedGoodbye::Leaving => Self::Leaving,
            ForgedGoodbye::Pruned => Self::Pruned,
            ForgedGoodbye::Duplicate => Self::Duplicate,
            ForgedGoodbye::CredentialsChanged => Self::CredentialsChanged,
            ForgedGoodbye::NotAMember => Self::NotAMember,
        }
    }
}

/// The frame that brings these items: encoded statements, or versions.
pub fn items(set: ForgedSet, items: &[Vec<u8>]) -> Vec<u8> {
    let items = items.iter().map(|item| Blob(Bytes::copy_from_slice(item))).collect();
    frame(&Message::Items { set: set.into(), items })
}

/// The frame that lists these items; more pages follow unless it is the last.
pub fn list(set: ForgedSet, items: &[[u8; 32]], last: bool) -> Vec<u8> {
    frame(&Message::List { set: set.into(), items: items.to_vec(), last })
}

/// The frame that asks for these items.
pub fn want(set: ForgedSet, items: &[[u8; 32]]) -> Vec<u8> {
    frame(&Message::Want { set: set.into(), items: items.to_vec() })
}

/// The frame that says that these items are no longer there.
pub fn lacking(set: ForgedSet, items: &[[u8; 32]]) -> Vec<u8> {
    frame(&Message::Lacking { set: set.into(), items: items.to_vec() })
}

/// The frame that compares a set. `reply`: it answers a comparison. `ready`: the sender has
/// synchronised before.
pub fn compare(set: ForgedSet, root: [u8; 32], count: u32, reply: bool, ready: bool) -> Vec<u8> {
    frame(&Message::Compare { set: set.into(), reply, ready, count, root })
}

/// The frame that says who is online.
pub fn presence(announcements: &[SignedPresence]) -> Vec<u8> {
    frame(&Message::Presence(
        announcements.iter().map(|one| Heard::own(one.0.clone()).blob()).collect(),
    ))
}

/// The frame that returns credit of a class.
pub fn credit(class: ForgedClass, bytes: u32) -> Vec<u8> {
    frame(&Message::Credit { class: class.into(), bytes })
}

/// The frame that asks to dial back for the connection with this nonce.
pub fn dial_back(nonce: u64) -> Vec<u8> {
    frame(&Message::DialBack { nonce })
}

/// The frame that ends the link.
pub fn goodbye(reason: ForgedGoodbye) -> Vec<u8> {
    frame(&Message::Goodbye(reason.into()))
}

/// The frame with any body at all: empty, too long, nonsense.
pub fn raw(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes(), body].concat()
}

/// Takes the first whole frame out of a stream of bytes and gives its body; none, and nothing is
/// taken, while no frame is whole. Frames of a handshake and of a direct connection are no
/// different.
pub fn deframe(stream: &mut Vec<u8>) -> Option<Vec<u8>> {
    let (prefix, rest) = stream.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*prefix)).ok()?;
    let body = rest.get(..length)?.to_vec();
    stream.drain(..length.saturating_add(prefix.len()));
    Some(body)
}

/// Who is online, as the hash over all of them.
pub fn online(root: [u8; 32]) -> Vec<u8> {
    frame(&Message::Online { root })
}

/// What kind of message the body of a group link's frame is: `compare`, `list`, `want`, `lacking`,
/// `items`, `presence`, `credit`, `dial back`, `online`, `clock`, `goodbye`; `unknown` if it is
/// none.
pub fn kind_of(body: &[u8]) -> &'static str {
    let Ok(message) = Message::decode(body) else { return "unknown" };
    match message {
        Message::Compare { .. } => "compare",
        Message::List { .. } => "list",
        Message::Want { .. } => "want",
        Message::Lacking { .. } => "lacking",
        Message::Items { .. } => "items",
        Message::Presence(_) => "presence",
        Message::Credit { .. } => "credit",
        Message::DialBack { .. } => "dial back",
        Message::Goodbye(_) => "goodbye",
        Message::Online { .. } => "online",
        Message::Clock { .. } => "clock",
    }
}

fn frame(message: &Message) -> Vec<u8> {
    raw(&message.encode())
}
