//! Frames of a group link: made, taken out of a stream, and told apart.

use alloc::vec::Vec;

use bytes::Bytes;

use super::SignedPresence;
use crate::broadcast::{Stem, TreeId};
use crate::group::tree_of;
use crate::key::PeerId;
use crate::limits::LEAF_ITEMS_MAX;
use crate::message::{self, Blob, Message};
use crate::presence::Heard;
use crate::reconcile::prefix::Prefix;
use crate::reconcile::talk::{Answer, Hello, How, Probe, Talk};

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
    /// What tells two sets apart.
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

/// The frame that pushes these versions along a tree, as if from so many links away from its root.
pub fn push(tree: u64, hops: u8, items: &[Vec<u8>]) -> Vec<u8> {
    let items = items.iter().map(|item| Blob(Bytes::copy_from_slice(item))).collect();
    frame(&Message::Push { stem: stem(tree, hops), items })
}

/// The frame that announces versions as if they had come along a tree.
pub fn have(tree: u64, hops: u8, items: &[[u8; 32]]) -> Vec<u8> {
    frame(&Message::Have { stem: Some(stem(tree, hops)), items: items.to_vec() })
}

/// The frame that asks for versions.
pub fn fetch(items: &[[u8; 32]]) -> Vec<u8> {
    frame(&Message::Fetch { items: items.to_vec() })
}

/// The frame that asks to be pushed what comes along a tree.
pub fn graft(tree: u64) -> Vec<u8> {
    frame(&Message::Graft { tree: TreeId::from_u64(tree) })
}

/// The frame that asks not to be pushed what comes along a tree.
pub fn prune(tree: u64) -> Vec<u8> {
    frame(&Message::Prune { tree: TreeId::from_u64(tree) })
}

/// The tree of a peer.
pub fn tree(of: PeerId) -> u64 {
    tree_of(of).as_u64()
}

fn stem(tree: u64, hops: u8) -> Stem {
    Stem { tree: TreeId::from_u64(tree), hops }
}

/// The frame that opens a comparison of a set. `ready`: the sender has synchronised before.
pub fn compare(set: ForgedSet, root: [u8; 32], count: u64, ready: bool) -> Vec<u8> {
    let hello = Hello { root, count, next: count, since: None };
    frame(&Message::Compare { set: set.into(), ready, hello })
}

/// The frame that answers a comparison: the sender has so many items, and none of the receiver's.
pub fn compared(set: ForgedSet, count: u64, ready: bool) -> Vec<u8> {
    let root = Probe::Leaf { prefix: Prefix::ROOT, tags: blob(&[]) };
    let answer = Answer { next: count, how: How::Descent { count, root } };
    frame(&Message::Compared { set: set.into(), ready, answer })
}

/// The frame that tells of a place with these items alone for every 64 of these tags: whatever else
/// the receiver has it is to send, and is to ask for what it lacks.
pub fn probes(set: ForgedSet, tags: &[[u8; 4]]) -> Vec<u8> {
    let place = |tags: &[[u8; 4]]| Probe::Leaf { prefix: Prefix::ROOT, tags: blob(tags) };
    let probes = tags.chunks(LEAF_ITEMS_MAX).map(place).collect();
    talk(set, Talk::Probes { answered: 0, probes })
}

/// The frame that asks for the items with these tags.
pub fn want(set: ForgedSet, tags: &[[u8; 4]]) -> Vec<u8> {
    talk(set, Talk::Want { under: Some(Prefix::ROOT), tags: blob(tags) })
}

/// The frame that says that no items with these tags are there.
pub fn lacking(set: ForgedSet, tags: &[[u8; 4]]) -> Vec<u8> {
    talk(set, Talk::Lacking { tags: blob(tags) })
}

fn talk(set: ForgedSet, talk: Talk) -> Vec<u8> {
    frame(&Message::Talk { set: set.into(), talk })
}

fn blob(tags: &[[u8; 4]]) -> Blob {
    Blob(Bytes::copy_from_slice(tags.as_flattened()))
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

/// What kind of message the body of a group link's frame is: `compare`, `compared`, `more`,
/// `cells`, `all`, `probes`, `want`, `lacking`, `done`, `declined`, `reconsidered`, `items`,
/// `presence`, `credit`, `dial back`, `online`, `clock`, `goodbye`, `pull`, `piece`, `holding`,
/// `whole`, `push`, `have`, `fetch`, `graft`, `prune`; `unknown` if it is none.
pub fn kind_of(body: &[u8]) -> &'static str {
    let Ok(message) = Message::decode(body) else { return "unknown" };
    match message {
        Message::Compare { .. } => "compare",
        Message::Compared { .. } => "compared",
        Message::Talk { talk, .. } => match talk {
            Talk::More { .. } => "more",
            Talk::Cells { .. } => "cells",
            Talk::All => "all",
            Talk::Probes { .. } => "probes",
            Talk::Want { .. } => "want",
            Talk::Lacking { .. } => "lacking",
            Talk::Done { .. } => "done",
        },
        Message::Declined { .. } => "declined",
        Message::Reconsidered { .. } => "reconsidered",
        Message::Items { .. } => "items",
        Message::Presence(_) => "presence",
        Message::Credit { .. } => "credit",
        Message::DialBack { .. } => "dial back",
        Message::Goodbye(_) => "goodbye",
        Message::Online { .. } => "online",
        Message::Clock { .. } => "clock",
        Message::Pull { .. } => "pull",
        Message::Piece { .. } => "piece",
        Message::Holding { .. } => "holding",
        Message::Whole { .. } => "whole",
        Message::Push { .. } => "push",
        Message::Have { .. } => "have",
        Message::Fetch { .. } => "fetch",
        Message::Graft { .. } => "graft",
        Message::Prune { .. } => "prune",
    }
}

fn frame(message: &Message) -> Vec<u8> {
    raw(&message.encode())
}
