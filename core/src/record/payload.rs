//! The root that a version commits to: a Merkle tree over the leaves of the payload, in the shape
//! of RFC 6962, §2.1. An empty payload is one empty leaf.

use alloc::vec::Vec;

use crate::hash::{Label, hash};
use crate::limits::PAYLOAD_LEAF_BYTES;

/// The root over this payload.
pub(crate) fn root(payload: &[u8]) -> [u8; 32] {
    // complete subtrees from left to right, each larger than the next: (leaves, root)
    let mut subtrees: Vec<(usize, [u8; 32])> = Vec::new();
    for leaf in payload.chunks(PAYLOAD_LEAF_BYTES) {
        let mut right = (1_usize, hash(Label::PayloadLeaf, &[leaf]));
        while let Some(left) = subtrees.pop_if(|left| left.0 == right.0) {
            right = (left.0.saturating_add(right.0), node(&left.1, &right.1));
        }
        subtrees.push(right);
    }
    let roots = subtrees.into_iter().map(|(_, root)| root);
    roots.rev().reduce(|right, left| node(&left, &right)).unwrap_or(hash(Label::PayloadLeaf, &[]))
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    hash(Label::PayloadNode, &[left, right])
}
