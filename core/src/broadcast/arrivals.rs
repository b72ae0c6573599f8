//! What came of late, and over which links.

use alloc::collections::{BTreeMap, VecDeque};

use crate::broadcast::Item;
use crate::broadcast::Stem;
use crate::broadcast::slots::Slots;
use crate::limits::ARRIVALS_MAX;

/// How an item came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// The tree that it came along, and how far; none if it came along none.
    pub(super) stem: Option<Stem>,
    /// Over which link it came first: none if it is this node's own.
    pub(super) first: Slots,
    /// Who is known to have it.
    pub(super) holders: Slots,
    /// Who was asked for it.
    pub(super) asked: Option<u8>,
    /// It is the first of its tree here.
    pub(super) is_first_of_tree: bool,
}

/// The last [`ARRIVALS_MAX`] items that came.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    items: BTreeMap<Item, Arrival>,
    order: VecDeque<Item>,
}

impl Arrivals {
    /// Remembers an item that came.
    pub(super) fn insert(&mut self, item: Item, arrival: Arrival) {
        if self.items.insert(item, arrival).is_some() {
            return;
        }
        if self.order.len() >= ARRIVALS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.items.remove(&oldest);
        }
        self.order.push_back(item);
    }

    pub(super) fn get(&self, item: &Item) -> Option<&Arrival> {
        self.items.get(item)
    }

    /// Somebody has an item. Gives how it came here, if it did.
    pub(super) fn hold(&mut self, item: &Item, who: Slots) -> Option<&Arrival> {
        let arrival = self.items.get_mut(item)?;
        arrival.holders = arrival.holders.with(who);
        Some(arrival)
    }

    /// A link is gone. Costs a look at each.
    pub(super) fn cut(&mut self, gone: u8) {
        for arrival in self.items.values_mut() {
            arrival.first = arrival.first.without(Slots::one(gone));
            arrival.holders = arrival.holders.without(Slots::one(gone));
            arrival.asked = arrival.asked.filter(|asked| *asked != gone);
        }
    }

    #[cfg(any(test, feature = "simulation"))]
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }
}
