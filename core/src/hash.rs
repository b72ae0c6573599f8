//! Labelled hashes and signatures: no byte string means two things.
//!
//! An id is SHA-256 over `len ‖ "peergroup/1 <label>" ‖ content`; a signature covers
//! `len ‖ "peergroup/1 <label>" ‖ group id ‖ id`. All labels are in [`Label`]; the length byte
//! makes them prefix-free (as `SignWithLabel` of RFC 9420, §5.1.2).

use alloc::vec::Vec;
use core::cmp::Ordering;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// What a hash, a tag or a signature is about. Attack C07: none verifies under another's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    Genesis,
    Statement,
    StatementLists,
    StatementItem,
    RecordId,
    Version,
    VersionRest,
    PayloadLeaf,
    PayloadNode,
    Presence,
    LinkInitiator,
    LinkResponder,
    LinkTranscript,
    LinkTag,
    LinkConfirm,
    SetRoot,
    SetLeaf,
    SetNode,
    ShortNames,
    LinkKey,
    OnlineRoot,
    Entropy,
    DocumentText,
    Database,
    StoredItem,
    Beacon,
    #[cfg(feature = "password")]
    Password,
}

impl Label {
    /// Every label, for the test that none is a prefix of another.
    #[cfg(test)]
    pub(crate) const ALL: [Self; if cfg!(feature = "password") { 27 } else { 26 }] = [
        Self::Genesis,
        Self::Statement,
        Self::StatementLists,
        Self::StatementItem,
        Self::RecordId,
        Self::Version,
        Self::VersionRest,
        Self::PayloadLeaf,
        Self::PayloadNode,
        Self::Presence,
        Self::LinkInitiator,
        Self::LinkResponder,
        Self::LinkTranscript,
        Self::LinkTag,
        Self::LinkConfirm,
        Self::SetRoot,
        Self::SetLeaf,
        Self::SetNode,
        Self::ShortNames,
        Self::LinkKey,
        Self::OnlineRoot,
        Self::Entropy,
        Self::DocumentText,
        Self::Database,
        Self::StoredItem,
        Self::Beacon,
        #[cfg(feature = "password")]
        Self::Password,
    ];

    /// The length-prefixed label itself.
    pub(crate) const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Genesis => b"\x13peergroup/1 genesis",
            Self::Statement => b"\x15peergroup/1 statement",
            Self::StatementLists => b"\x1bpeergroup/1 statement-lists",
            Self::StatementItem => b"\x1apeergroup/1 statement-item",
            Self::RecordId => b"\x15peergroup/1 record-id",
            Self::Version => b"\x13peergroup/1 version",
            Self::VersionRest => b"\x18peergroup/1 version-rest",
            Self::PayloadLeaf => b"\x18peergroup/1 payload-leaf",
            Self::PayloadNode => b"\x18peergroup/1 payload-node",
            Self::Presence => b"\x14peergroup/1 presence",
            Self::LinkInitiator => b"\x1apeergroup/1 link-initiator",
            Self::LinkResponder => b"\x1apeergroup/1 link-responder",
            Self::LinkTranscript => b"\x1bpeergroup/1 link-transcript",
            Self::LinkTag => b"\x14peergroup/1 link-tag",
            Self::LinkConfirm => b"\x18peergroup/1 link-confirm",
            Self::SetRoot => b"\x14peergroup/1 set-root",
            Self::SetLeaf => b"\x14peergroup/1 set-leaf",
            Self::SetNode => b"\x14peergroup/1 set-node",
            Self::ShortNames => b"\x17peergroup/1 short-names",
            Self::LinkKey => b"\x14peergroup/1 link-key",
            Self::OnlineRoot => b"\x17peergroup/1 online-root",
            Self::Entropy => b"\x13peergroup/1 entropy",
            Self::DocumentText => b"\x19peergroup/1 document-text",
            Self::Database => b"\x14peergroup/1 database",
            Self::StoredItem => b"\x17peergroup/1 stored-item",
            Self::Beacon => b"\x12peergroup/1 beacon",
            #[cfg(feature = "password")]
            Self::Password => b"\x14peergroup/1 password",
        }
    }
}

/// The order of the bytes, compared a word at a time: keys and ids are compared more than all else.
#[inline]
pub(crate) fn order(one: &[u8; 32], other: &[u8; 32]) -> Ordering {
    words(one).cmp(&words(other))
}

#[inline]
fn words(bytes: &[u8; 32]) -> (u128, u128) {
    match bytes.as_chunks::<16>().0 {
        [first, last] => (u128::from_be_bytes(*first), u128::from_be_bytes(*last)),
        _ => (0, 0), // 32 bytes are two words
    }
}

/// SHA-256 over the label and the parts, in order. Callers keep the parts self-delimiting.
pub(crate) fn hash(label: Label, parts: &[&[u8]]) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(label.prefix());
    for part in parts {
        sha.update(part);
    }
    sha.finalize().into()
}

/// HMAC-SHA-256 (RFC 2104) over the label and the parts, in order.
pub(crate) fn mac(key: &[u8; 32], label: Label, parts: &[&[u8]]) -> [u8; 32] {
    // a key shorter than the block is padded with zeros (RFC 2104, §2)
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(label.prefix());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The bytes that a signature with this label covers.
pub(crate) fn signed_bytes(label: Label, group: &[u8; 32], id: &[u8; 32]) -> Vec<u8> {
    [label.prefix(), group, id].concat()
}

#[cfg(test)]
mod tests;
