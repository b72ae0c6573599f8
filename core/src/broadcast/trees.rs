//! The trees that lead through this node.

use alloc::vec::Vec;
use core::time::Duration;

use crate::broadcast::TreeId;
use crate::broadcast::slots::Slots;
use crate::limits::{TREES_FOUNDED_MAX, TREES_MAX};
use crate::time::Instant;

/// A tree that nothing came along for so long does not count among those there are.
const TREE_FRESH: Duration = Duration::from_secs(10 * 60);
/// A source so near to the root of a tree sends along it instead of growing one of its own: that
/// takes an item two links further, where the first item of a tree takes three times as long.
const NEAR: u8 = 2;

/// What this node knows of one tree: the links of it that it holds.
#[derive(Debug)]
pub(super) struct Tree {
    id: TreeId,
    /// Links over which items go, either way.
    pub(super) branches: Slots,
    /// The link over which the last item came.
    trunk: Slots,
    /// How many links away its root is, as was last said.
    pub(super) depth: u8,
    used: Instant,
    /// The link over which items came is gone.
    is_torn: bool,
}

impl Tree {
    /// Whether the link over which items came is gone.
    pub(super) const fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// Whether items are likely to come along it.
    pub(super) fn is_whole(&self) -> bool {
        !self.branches.is_empty() && !self.is_torn
    }

    /// An item came over a link of it.
    pub(super) fn attach(&mut self, from: Slots, depth: u8) {
        // a source that sends along it from afar does not move the root away
        self.depth = if self.is_whole() { self.depth.min(depth) } else { depth };
        self.branches = self.branches.with(from);
        self.trunk = from;
        self.is_torn = false;
    }
}

/// Trees, at most [`TREES_MAX`].
#[derive(Debug, Default)]
pub(super) struct Trees(Vec<Tree>);

impl Trees {
    pub(super) fn get(&self, id: TreeId) -> Option<&Tree> {
        self.0.iter().find(|tree| tree.id == id)
    }

    pub(super) fn get_mut(&mut self, id: TreeId) -> Option<&mut Tree> {
        self.0.iter_mut().find(|tree| tree.id == id)
    }

    /// A tree that is used now. One that is new takes the place of the one that was used longest
    /// ago.
    pub(super) fn touch(&mut self, id: TreeId, now: Instant) -> Option<&mut Tree> {
        if self.get(id).is_none() {
            if self.0.len() >= TREES_MAX {
                let used = |of: &(usize, &Tree)| (of.1.used, of.1.id);
                let oldest = self.0.iter().enumerate().min_by_key(used).map(|(at, _)| at);
                oldest.map(|at| self.0.swap_remove(at));
            }
            let (branches, trunk) = (Slots::NONE, Slots::NONE);
            self.0.push(Tree { id, branches, trunk, depth: 0, used: now, is_torn: false });
        }
        let tree = self.get_mut(id)?;
        tree.used = now;
        Some(tree)
    }

    /// The tree that a source which has none of its own had best send along: the one whose root is
    /// nearest, unless it is better to grow one more.
    pub(super) fn nearest(&self, now: Instant) -> Option<(TreeId, u8)> {
        let is_fresh = |tree: &&Tree| now.since(tree.used) < TREE_FRESH;
        let fresh = || self.0.iter().filter(is_fresh);
        let whole = fresh().filter(|tree| tree.is_whole());
        let (depth, id) = whole.map(|tree| (tree.depth, tree.id)).min()?;
        let is_near = depth <= NEAR || fresh().count() >= TREES_FOUNDED_MAX;
        is_near.then_some((id, depth))
    }

    /// A link is gone.
    pub(super) fn cut(&mut self, gone: Slots) {
        for tree in &mut self.0 {
            tree.branches = tree.branches.without(gone);
            tree.is_torn |= tree.trunk == gone;
        }
    }

    #[cfg(any(test, feature = "simulation"))]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
