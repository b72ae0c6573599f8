//! Payloads: what a version commits to and does not say itself.
//!
//! The root of a payload is that of a Merkle tree over its leaves, in the shape of RFC 6962, §2.1.
//! An empty payload is one empty leaf. A short payload travels inside its version. A large one lies
//! in the store by itself and travels in parts: first the hashes of all its leaves, from which the
//! root follows, then the leaves, each of which is what its hash says. So every part is verified
//! as it arrives, whoever sends it.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::{Label, hash};
use crate::limits::{PAYLOAD_BYTES_MAX, PAYLOAD_INLINE_MAX, PAYLOAD_LEAF_BYTES};

/// A hash in the tree over a payload.
pub(crate) type Digest = [u8; 32];

/// A payload that lies in the store by itself: its root and its length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PayloadId {
    root: Digest,
    len: u32,
}

/// A part of a large payload: what is asked for, verified and stored as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Part {
    /// The hashes of all leaves, in order.
    Digests,
    /// The leaf with this number, counted from 0.
    Leaf(u32),
}

impl Part {
    /// Its place among the parts of a payload.
    pub(crate) fn place(self) -> u32 {
        match self {
            Self::Digests => 0,
            Self::Leaf(leaf) => leaf.saturating_add(1),
        }
    }

    /// The part at this place.
    pub(crate) fn at(place: u32) -> Self {
        place.checked_sub(1).map_or(Self::Digests, Self::Leaf)
    }
}

impl PayloadId {
    pub(crate) fn new(root: Digest, len: u32) -> Self {
        Self { root, len }
    }

    /// The root of the tree over its leaves.
    pub const fn root(&self) -> &[u8; 32] {
        &self.root
    }

    /// How many bytes it has.
    pub const fn size(&self) -> u32 {
        self.len
    }

    /// Whether a version may name it: larger than what travels inside, within the bound.
    pub(crate) fn is_valid(&self) -> bool {
        let len = usize::try_from(self.len).unwrap_or(usize::MAX);
        is_large(self.len) && len <= PAYLOAD_BYTES_MAX
    }

    /// How many leaves it has.
    pub(crate) fn leaves(&self) -> u32 {
        self.len.div_ceil(LEAF)
    }

    /// How many parts it has.
    pub(crate) fn parts(&self) -> u32 {
        self.leaves().saturating_add(1)
    }

    /// How many bytes a part has; none if there is no such part.
    pub(crate) fn part_len(&self, part: Part) -> Option<usize> {
        let len = match part {
            Part::Digests => self.leaves().saturating_mul(32),
            Part::Leaf(leaf) => {
                let rest = self.len.saturating_sub(leaf.saturating_mul(LEAF));
                if leaf >= self.leaves() {
                    return None;
                }
                rest.min(LEAF)
            }
        };
        usize::try_from(len).ok()
    }

    /// The hashes of the leaves, from the bytes of that part; none if another root follows from
    /// them.
    pub(crate) fn digests(&self, bytes: &[u8]) -> Option<Vec<Digest>> {
        let (digests, rest) = bytes.as_chunks::<32>();
        let fits = u32::try_from(digests.len()) == Ok(self.leaves()) && rest.is_empty();
        (fits && root_over(digests) == self.root).then(|| digests.to_vec())
    }

    /// The hashes of the leaves, if the root tells: of a payload that is one leaf.
    pub(crate) fn only_digest(&self) -> Option<Vec<Digest>> {
        (self.leaves() == 1).then(|| alloc::vec![self.root])
    }
}

impl fmt::Debug for PayloadId {
    /// Enough to tell two apart in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.root.first_chunk::<4>().copied().unwrap_or_default();
        write!(f, "PayloadId({:08x}, {} bytes)", u32::from_be_bytes(head), self.len)
    }
}

/// A large payload of a record, and how much of it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LargePayload {
    /// Which.
    pub id: PayloadId,
    /// How many of its bytes are durable here.
    pub arrived: u32,
}

impl LargePayload {
    pub(crate) fn new(id: PayloadId, arrived: u32) -> Self {
        Self { id, arrived }
    }

    /// Whether all of it is here.
    pub fn is_here(&self) -> bool {
        self.arrived == self.id.len
    }
}

/// Whether a payload of so many bytes lies in the store by itself.
pub(crate) fn is_large(len: u32) -> bool {
    usize::try_from(len).is_ok_and(|len| len > PAYLOAD_INLINE_MAX)
}

/// The hash of one leaf.
pub(crate) fn leaf_digest(leaf: &[u8]) -> Digest {
    hash(Label::PayloadLeaf, &[leaf])
}

/// The hash of a leaf among those of all; none of another part.
pub(crate) fn digest_of(digests: &[Digest], part: Part) -> Option<Digest> {
    let index = part.place().checked_sub(1)?;
    digests.get(usize::try_from(index).unwrap_or(usize::MAX)).copied()
}

/// The root over this payload.
pub(crate) fn root(payload: &[u8]) -> Digest {
    let digests: Vec<Digest> = payload.chunks(PAYLOAD_LEAF_BYTES).map(leaf_digest).collect();
    root_over(&digests)
}

/// The root over leaves with these hashes.
pub(crate) fn root_over(digests: &[Digest]) -> Digest {
    // complete subtrees from left to right, each larger than the next: (leaves, root)
    let mut subtrees: Vec<(usize, Digest)> = Vec::new();
    for digest in digests {
        let mut right = (1_usize, *digest);
        while let Some(left) = subtrees.pop_if(|left| left.0 == right.0) {
            right = (left.0.saturating_add(right.0), node(&left.1, &right.1));
        }
        subtrees.push(right);
    }
    let roots = subtrees.into_iter().map(|(_, root)| root);
    roots.rev().reduce(|right, left| node(&left, &right)).unwrap_or_else(|| leaf_digest(&[]))
}

/// Bytes of a leaf, as lengths count them.
#[expect(clippy::cast_possible_truncation, reason = "64 KiB")]
const LEAF: u32 = PAYLOAD_LEAF_BYTES as u32;

fn node(left: &Digest, right: &Digest) -> Digest {
    hash(Label::PayloadNode, &[left, right])
}

#[cfg(test)]
mod tests;
