//! The arrival log of a replicated set: what is durable here, in the order in which it came.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec::Vec;

use crate::hash::{Label, hash};
use crate::message::Item;

/// The items of one set that are durable here. `K` is how the set itself names an item, unless that
/// is the same.
///
/// The order of arrival is the order in which items are listed to others: a grant arrives here
/// before what is signed under it, so it arrives there first as well.
#[derive(Debug)]
pub(crate) struct Log<K> {
    by_position: BTreeMap<u64, Item>,
    by_item: BTreeMap<Item, (u64, K)>,
    next: u64,
    root: Option<[u8; 32]>,
}

impl<K: Copy> Log<K> {
    /// An empty log.
    pub(crate) fn new() -> Self {
        Self { by_position: BTreeMap::new(), by_item: BTreeMap::new(), next: 0, root: None }
    }

    /// Adds an item; false if it is there already.
    pub(crate) fn insert(&mut self, item: Item, key: K) -> bool {
        let Entry::Vacant(place) = self.by_item.entry(item) else { return false };
        place.insert((self.next, key));
        self.by_position.insert(self.next, item);
        self.next = self.next.saturating_add(1);
        self.root = None;
        true
    }

    /// Takes an item out.
    pub(crate) fn remove(&mut self, item: &Item) {
        if let Some((position, _)) = self.by_item.remove(item) {
            self.by_position.remove(&position);
            self.root = None;
        }
    }

    /// How the set names this item, if it is here.
    pub(crate) fn key(&self, item: &Item) -> Option<K> {
        self.by_item.get(item).map(|(_, key)| *key)
    }

    /// Whether the item is here.
    pub(crate) fn contains(&self, item: &Item) -> bool {
        self.by_item.contains_key(item)
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.by_item.len()
    }

    /// Up to `max` items from `position` on, and the position to go on from, if there is more.
    pub(crate) fn page(&self, position: u64, max: usize) -> (Vec<Item>, Option<u64>) {
        let mut range = self.by_position.range(position..);
        let items = range.by_ref().take(max).map(|(_, item)| *item).collect();
        (items, range.next().map(|(position, _)| *position))
    }

    /// The hash over all items in ascending order: equal sets have equal roots.
    pub(crate) fn root(&mut self) -> [u8; 32] {
        if let Some(root) = self.root {
            return root;
        }
        let parts: Vec<&[u8]> = self.by_item.keys().map(Item::as_slice).collect();
        let root = hash(Label::SetRoot, &parts);
        self.root = Some(root);
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(byte: u8) -> Item {
        [byte; 32]
    }

    #[test]
    fn the_root_tells_the_set_and_not_the_order() {
        let (mut one, mut two) = (Log::new(), Log::new());
        for byte in [1, 2, 3] {
            one.insert(item(byte), byte);
        }
        for byte in [3, 1, 9, 2] {
            two.insert(item(byte), byte);
        }
        assert_ne!(one.root(), two.root());
        two.remove(&item(9));
        assert_eq!(one.root(), two.root());
    }

    #[test]
    fn pages_give_every_item_once_in_the_order_of_arrival() {
        let mut log = Log::new();
        for byte in [5, 3, 4, 1] {
            log.insert(item(byte), byte);
        }
        log.remove(&item(4));
        assert!(!log.insert(item(3), 3));
        let (first, next) = log.page(0, 2);
        assert_eq!(first, [item(5), item(3)]);
        assert_eq!(log.page(next.unwrap(), 2), (alloc::vec![item(1)], None));
    }
}
