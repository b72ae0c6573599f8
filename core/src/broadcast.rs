//! Along which links what is new goes.
//!
//! Each source that is active grows a tree over the links between neighbours: what comes along a
//! link of it is pushed along all others and announced on the links that are not of it. Who hears
//! of an item that no tree brings asks whoever announced it first, and with that the link becomes
//! one of the tree. So a tree grows where items come first, and mends itself. A link over which an
//! item comes that is here already is one too many and leaves the tree. Trees lead both ways: a
//! source near the root of one sends along it, so there are no more than a node can remember.
//!
//! After Plumtree (Leitão, Pereira, Rodrigues, *Epidemic Broadcast Trees*, 2007), with a tree for
//! each source, grown by announcements rather than by pushing to all.
//!
//! This machine keeps no items and says nothing itself: it tells where items are to go, and whom to
//! ask. Nothing that a neighbour says costs more than a look at [`TREES_MAX`] trees, or moves
//! anything but the links to that neighbour.
//!
//! [`TREES_MAX`]: crate::limits::TREES_MAX

mod arrivals;
mod awaited;
mod slots;
mod trees;

use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits::PROMISES_BROKEN_MAX;
use crate::time::Instant;
use arrivals::{Arrival, Arrivals};
use awaited::AwaitedItems;
use slots::{Neighbours, Slots};
use trees::Trees;

/// An item: its hash.
type Item = [u8; 32];

/// How long what is announced may still come along its tree before it is asked for.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long whoever is asked may take before another is.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// A tree, by the source that it was grown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TreeId(u64);

impl TreeId {
    /// The tree of a source that has this number.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    #[cfg(feature = "simulation")]
    pub(crate) const fn as_u64(self) -> u64 {
        self.0
    }
}

/// What goes with an item along a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stem {
    /// The tree.
    pub(crate) tree: TreeId,
    /// How many links the sender is away from the root, as far as it knows.
    pub(crate) hops: u8,
}

impl Stem {
    /// An item that goes along `tree`, from a sender so many links away from its root.
    #[cfg(any(test, feature = "simulation"))]
    pub const fn new(tree: TreeId, hops: u8) -> Self {
        Self { tree, hops }
    }

    fn further(self) -> Self {
        Self { hops: self.hops.saturating_add(1), ..self }
    }
}

/// Where an item is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route<K> {
    /// What goes with it; nothing if it belongs to no tree.
    pub stem: Option<Stem>,
    /// Whom to push it to.
    pub push: Vec<K>,
    /// Whom to announce it to.
    pub announce: Vec<K>,
    /// Announcements are not to wait for others: it is by them that the item travels.
    pub is_urgent: bool,
}

/// Whom to ask for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ask<K> {
    /// Whom.
    pub to: K,
    /// For what.
    pub item: Item,
    /// The link is to become one of this tree.
    pub tree: Option<TreeId>,
}

/// What one node knows of the trees that lead through it.
#[derive(Debug)]
pub struct Broadcast<K> {
    own: TreeId,
    /// Trees grow by pushing to all.
    is_small: bool,
    neighbours: Neighbours<K>,
    trees: Trees,
    arrivals: Arrivals,
    awaited: AwaitedItems,
}

impl<K: Copy + Eq> Broadcast<K> {
    /// A node without neighbours, whose own tree has this name.
    pub fn new(own: TreeId) -> Self {
        Self {
            own,
            is_small: false,
            neighbours: Neighbours::new(),
            trees: Trees::default(),
            arrivals: Arrivals::default(),
            awaited: AwaitedItems::default(),
        }
    }

    /// Whether the group is so small that a tree begins with pushing to all: faster by two thirds,
    /// and not many copies too many.
    pub fn set_small(&mut self, is_small: bool) {
        self.is_small = is_small;
    }

    /// A link to a neighbour is up. More than 32 are passed over.
    pub fn on_up(&mut self, neighbour: K) {
        self.neighbours.add(neighbour);
        // nobody is nearer to it than this node, in its own tree
        if let (Some(slot), Some(own)) =
            (self.neighbours.slot(neighbour), self.trees.get_mut(self.own))
        {
            own.branches = own.branches.with(Slots::one(slot));
        }
    }

    /// A link is down.
    pub fn on_down(&mut self, neighbour: K, now: Instant) {
        let Some(slot) = self.neighbours.remove(neighbour) else { return };
        self.trees.cut(Slots::one(slot));
        self.arrivals.cut(slot);
        self.awaited.cut(slot, now);
    }

    /// Sends an item of this node's own. One that is heavy is never pushed where no tree leads.
    pub fn publish(&mut self, item: Item, is_heavy: bool, now: Instant) -> Route<K> {
        let is_own_whole = self.trees.get(self.own).is_some_and(trees::Tree::is_whole);
        let near = if is_own_whole { None } else { self.trees.nearest(now) };
        let (tree, hops) = near.unwrap_or((self.own, 0));
        let is_first_of_tree = near.is_none() && !is_own_whole;
        self.trees.touch(tree, now);
        self.arrivals.insert(
            item,
            Arrival {
                stem: Some(Stem { tree, hops }),
                first: Slots::NONE,
                holders: Slots::NONE,
                asked: None,
                is_first_of_tree,
            },
        );
        self.route(&item, Some(Stem { tree, hops }), is_first_of_tree, is_heavy)
    }

    /// Passes on an item that may be sent to others now.
    pub fn forward(&mut self, item: &Item, is_heavy: bool) -> Route<K> {
        let Some(arrival) = self.arrivals.get(item) else {
            return self.route(item, None, false, is_heavy);
        };
        let begins = arrival.is_first_of_tree;
        let stem = arrival.stem.map(Stem::further);
        self.route(item, stem, begins, is_heavy)
    }

    fn route(&mut self, item: &Item, stem: Option<Stem>, begins: bool, is_heavy: bool) -> Route<K> {
        let arrival = self.arrivals.get(item);
        let holders = arrival.map_or(Slots::NONE, |arrival| arrival.holders);
        let was_asked = arrival.is_some_and(|arrival| arrival.asked.is_some());
        let others = self.neighbours.all().without(holders);
        let tree = stem.and_then(|stem| self.trees.get_mut(stem.tree));
        let push = match tree {
            Some(tree) => {
                if begins && self.is_small && !is_heavy {
                    tree.branches = tree.branches.with(others);
                }
                tree.branches.and(others)
            }
            None => Slots::NONE,
        };
        Route {
            stem,
            push: self.neighbours.of(push),
            announce: self.neighbours.of(others.without(push)),
            is_urgent: begins || was_asked,
        }
    }

    /// An item was pushed here; `is_new` if it was not here before and is good. Gives the tree that
    /// the link is to leave, if it is one too many: the other end is to be told.
    pub fn on_pushed(
        &mut self,
        from: K,
        stem: Stem,
        item: &Item,
        is_new: bool,
        now: Instant,
    ) -> Option<TreeId> {
        let slot = self.neighbours.slot(from)?;
        let asked = self.awaited.remove(item).and_then(|awaited| awaited.asked);
        if !is_new {
            return self.refuse(slot, item, stem.tree);
        }
        self.arrive(slot, Some(stem), item, asked, now);
        None
    }

    /// An item came because it was asked for, or because two replicas were compared. As
    /// [`Self::on_pushed`].
    pub fn on_sent(&mut self, from: K, item: &Item, is_new: bool, now: Instant) -> Option<TreeId> {
        let slot = self.neighbours.slot(from)?;
        let awaited = self.awaited.remove(item);
        if !is_new {
            let arrival = self.arrivals.hold(item, Slots::one(slot))?;
            let tree = arrival.stem.filter(|_| arrival.asked == Some(slot))?.tree;
            return self.refuse(slot, item, tree);
        }
        let asked = awaited.filter(|awaited| awaited.asked == Some(slot));
        self.arrive(slot, asked.and_then(|of| of.stem), item, asked.and_then(|of| of.asked), now);
        None
    }

    fn arrive(
        &mut self,
        slot: u8,
        stem: Option<Stem>,
        item: &Item,
        asked: Option<u8>,
        now: Instant,
    ) {
        let first = Slots::one(slot);
        let is_first_of_tree = stem.is_some_and(|stem| self.trees.get(stem.tree).is_none());
        if let Some(stem) = stem
            && let Some(tree) = self.trees.touch(stem.tree, now)
        {
            tree.attach(first, stem.hops.saturating_add(1));
        }
        let holders = first;
        self.arrivals.insert(*item, Arrival { stem, first, holders, asked, is_first_of_tree });
        self.neighbours.note(slot, true);
    }

    /// What came is here already: the link leaves the tree, unless there is no other.
    fn refuse(&mut self, slot: u8, item: &Item, tree: TreeId) -> Option<TreeId> {
        let who = Slots::one(slot);
        if self.arrivals.hold(item, who)?.first == who {
            return None;
        }
        if let Some(known) = self.trees.get_mut(tree) {
            if known.is_torn() {
                let depth = known.depth;
                known.attach(who, depth);
                return None;
            }
            known.branches = known.branches.without(who);
        }
        Some(tree)
    }

    /// A neighbour has an item; `is_here` if it is here as well. False if it is one more than is
    /// remembered of this neighbour: whether anything is lacking, a comparison has to tell.
    pub fn on_announced(
        &mut self,
        from: K,
        stem: Option<Stem>,
        item: &Item,
        is_here: bool,
        now: Instant,
    ) -> bool {
        let Some(slot) = self.neighbours.slot(from) else { return true };
        if self.arrivals.hold(item, Slots::one(slot)).is_some() || is_here {
            return true;
        }
        if self.neighbours.broken(slot) >= PROMISES_BROKEN_MAX {
            return true;
        }
        let tree = stem.and_then(|stem| self.trees.get(stem.tree));
        let comes = tree.is_some_and(trees::Tree::is_whole);
        let wait = if comes { PATIENCE } else { Duration::ZERO };
        self.awaited.announce(*item, stem, slot, now.after(wait))
    }

    /// A neighbour wants to be pushed what comes along a tree. Of one that is not known here it is
    /// pushed nothing.
    pub fn on_graft(&mut self, from: K, tree: TreeId) {
        if let (Some(slot), Some(tree)) = (self.neighbours.slot(from), self.trees.get_mut(tree)) {
            tree.branches = tree.branches.with(Slots::one(slot));
        }
    }

    /// A neighbour does not want to be pushed what comes along a tree.
    pub fn on_prune(&mut self, from: K, tree: TreeId) {
        if let (Some(slot), Some(tree)) = (self.neighbours.slot(from), self.trees.get_mut(tree)) {
            tree.branches = tree.branches.without(Slots::one(slot));
        }
    }

    /// Whom to ask now for what has not come. Call it until it gives nothing.
    pub fn take_due(&mut self, now: Instant) -> Option<Ask<K>> {
        loop {
            let due = self.awaited.take_due(now, now.after(ANSWER_PATIENCE))?;
            if let Some(failed) = due.failed {
                self.neighbours.note(failed, false);
            }
            if let Some(to) = due.next.and_then(|slot| self.neighbours.at(slot)) {
                return Some(Ask { to, item: due.item, tree: due.stem.map(|stem| stem.tree) });
            }
        }
    }

    /// When to call [`Self::take_due`] next.
    pub fn next_due(&self) -> Option<Instant> {
        self.awaited.next_due()
    }

    /// Whether it is remembered how an item came.
    pub fn remembers(&self, item: &Item) -> bool {
        self.arrivals.get(item).is_some()
    }

    /// Whether a neighbour is known to have an item that came of late.
    pub fn is_held_by(&self, neighbour: K, item: &Item) -> bool {
        let slot = self.neighbours.slot(neighbour);
        slot.zip(self.arrivals.get(item)).is_some_and(|(slot, of)| of.holders.contains(slot))
    }

    /// How many trees are known here, items that came of late are remembered, and announced items
    /// are awaited.
    #[cfg(any(test, feature = "simulation"))]
    pub fn held(&self) -> [usize; 3] {
        [self.trees.len(), self.arrivals.len(), self.awaited.len()]
    }
}

#[cfg(test)]
mod tests;
