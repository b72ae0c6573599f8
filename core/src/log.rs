//! The log of a replicated set: what is durable here, in the order in which it came and in the
//! order of the items themselves.

mod arrivals;
mod trie;

use alloc::vec::Vec;

pub(crate) use trie::{NodeHash, Shape, nibble};

use crate::message::Item;
use arrivals::Arrivals;
use trie::{Look, Trie};

/// The items of one set that are durable here.
///
/// The order of arrival is the order in which items are sent to others: a grant arrives here
/// before what is signed under it, so it arrives there first as well.
#[derive(Debug)]
pub(crate) struct Log {
    arrivals: Arrivals,
    trie: Trie,
}

impl Log {
    /// An empty log.
    pub(crate) fn new() -> Self {
        Self { arrivals: Arrivals::new(), trie: Trie::default() }
    }

    /// Adds an item; false if it is there already.
    pub(crate) fn insert(&mut self, item: Item) -> bool {
        self.trie.insert(&mut self.arrivals, &item)
    }

    /// Takes an item out.
    pub(crate) fn remove(&mut self, item: &Item) {
        if let Some(position) = self.trie.remove(&self.arrivals, item) {
            self.arrivals.remove(position);
        }
    }

    /// Whether the item is here.
    pub(crate) fn contains(&self, item: &Item) -> bool {
        self.position(item).is_some()
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.trie.len()
    }

    /// The position of the next item that comes.
    pub(crate) const fn next(&self) -> u64 {
        self.arrivals.next()
    }

    /// Where an item came, if it is here.
    pub(crate) fn position(&self, item: &Item) -> Option<u64> {
        self.trie.position(&self.arrivals, item)
    }

    /// What came from a position on and is still here, in order.
    pub(crate) fn since(&self, position: u64) -> impl Iterator<Item = (u64, &Item)> {
        self.arrivals.since(position)
    }

    /// Up to `max` items from `position` on, and the position to go on from, if there is more.
    pub(crate) fn page(&self, position: u64, max: usize) -> (Vec<Item>, Option<u64>) {
        let mut range = self.since(position);
        let items = range.by_ref().take(max).map(|(_, item)| *item).collect();
        (items, range.next().map(|(position, _)| position))
    }

    /// The root over all items: equal sets have equal roots.
    pub(crate) fn root(&mut self) -> NodeHash {
        self.trie.root(&self.arrivals)
    }

    /// The log as if some of its items, ascending, were not there.
    pub(crate) const fn without<'a>(&'a self, items: &'a [Item]) -> Without<'a> {
        Without { trie: &self.trie, look: Look { arrivals: &self.arrivals, without: items } }
    }
}

/// A log as if some of its items were not there. Each of them must be.
#[derive(Clone, Copy)]
pub(crate) struct Without<'a> {
    trie: &'a Trie,
    look: Look<'a>,
}

impl Without<'_> {
    /// The root over what is left.
    pub(crate) fn root(&self) -> NodeHash {
        self.trie.root_without(self.look)
    }

    /// How many items are left.
    pub(crate) fn len(&self) -> usize {
        self.trie.len().saturating_sub(self.look.without.len())
    }

    /// What is left under a prefix: its half-bytes from the first on.
    pub(crate) fn shape(&self, prefix: &[u8]) -> Shape {
        self.trie.shape(self.look, prefix)
    }

    /// About how many items there are under a prefix: never less.
    pub(crate) fn count(&self, prefix: &[u8]) -> usize {
        self.trie.count(prefix)
    }

    /// The next few items under a prefix after one of them, ascending: none if there are none left.
    pub(crate) fn page(&self, prefix: &[u8], after: Option<&Item>) -> Vec<(u64, Item)> {
        self.trie.page(self.look, prefix, after)
    }

    /// What came from a position on and is left, in order.
    pub(crate) fn since(&self, position: u64) -> impl Iterator<Item = (u64, &Item)> {
        let left = |(_, item): &(u64, &Item)| self.look.without.binary_search(item).is_err();
        self.look.arrivals.since(position).filter(left)
    }

    /// The item that came at a position, if it is left.
    pub(crate) fn at(&self, position: u64) -> Option<Item> {
        let item = self.look.arrivals.get(position)?;
        self.look.without.binary_search(item).is_err().then_some(*item)
    }
}

#[cfg(test)]
mod tests;
