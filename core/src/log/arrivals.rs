//! Items in the order in which they came, each under its position.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::message::Item;

/// Positions of one run: what is taken out of it moves no other run.
const RUN: u64 = 512;

/// What came, by position. A position is given once and never again.
///
/// Items lie in runs of 512 positions. An item is found at once as long as nothing before it in
/// its run has gone; runs of which nothing is left take no room but their own three words, and
/// none at all at the front.
#[derive(Debug)]
pub(super) struct Arrivals {
    runs: VecDeque<Vec<Slot>>,
    /// The number of the first run.
    first: u64,
    next: u64,
}

#[derive(Debug)]
struct Slot {
    /// The position within the run.
    offset: u16,
    item: Item,
}

impl Arrivals {
    pub(super) const fn new() -> Self {
        Self { runs: VecDeque::new(), first: 0, next: 0 }
    }

    /// The position of the next item.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Appends an item. Gives its position.
    pub(super) fn push(&mut self, item: Item) -> u64 {
        let position = self.next;
        self.next = self.next.saturating_add(1);
        let (run, offset) = place(position);
        if self.runs.is_empty() {
            self.first = run;
        }
        let have = u64::try_from(self.runs.len()).unwrap_or(u64::MAX);
        if run >= self.first.saturating_add(have) {
            self.runs.push_back(Vec::new());
        }
        if let Some(slots) = self.runs.back_mut() {
            grow(slots);
            slots.push(Slot { offset, item });
        }
        position
    }

    /// What came at this position, if it is still here.
    pub(super) fn get(&self, position: u64) -> Option<&Item> {
        let (run, offset) = place(position);
        let slots = self.runs.get(self.index(run)?)?;
        let slot = slots.get(find(slots, offset).ok()?)?;
        Some(&slot.item)
    }

    /// Takes out what came at this position.
    pub(super) fn remove(&mut self, position: u64) {
        let (run, offset) = place(position);
        let Some(slots) = self.index(run).and_then(|index| self.runs.get_mut(index)) else {
            return;
        };
        if let Ok(at) = find(slots, offset) {
            slots.remove(at);
        }
        if slots.len() < slots.capacity() / 2 {
            slots.shrink_to_fit();
        }
        while self.runs.len() > 1 && self.runs.front().is_some_and(Vec::is_empty) {
            self.runs.pop_front();
            self.first = self.first.saturating_add(1);
        }
    }

    /// What came from this position on, in order, with its position.
    pub(super) fn since(&self, position: u64) -> impl Iterator<Item = (u64, &Item)> {
        let (run, offset) = place(position);
        let first = run.max(self.first);
        let skipped = first.saturating_sub(self.first);
        let from = if run < self.first { 0 } else { offset };
        let runs = self.runs.iter().skip(usize::try_from(skipped).unwrap_or(usize::MAX));
        runs.enumerate().flat_map(move |(index, slots)| {
            let index = u64::try_from(index).unwrap_or(u64::MAX);
            let begins = first.saturating_add(index).saturating_mul(RUN);
            let skip = if index == 0 { find(slots, from).unwrap_or_else(|at| at) } else { 0 };
            slots
                .iter()
                .skip(skip)
                .map(move |slot| (begins.saturating_add(u64::from(slot.offset)), &slot.item))
        })
    }

    fn index(&self, run: u64) -> Option<usize> {
        usize::try_from(run.checked_sub(self.first)?).ok()
    }
}

/// Room for one more: doubled as usual while a run is short, and no more than a run in the end.
fn grow(slots: &mut Vec<Slot>) {
    if slots.len() == slots.capacity() {
        let whole = usize::try_from(RUN).unwrap_or(usize::MAX);
        let more = slots.len().max(4).min(whole.saturating_sub(slots.len()));
        slots.reserve_exact(more);
    }
}

/// The run of a position, and where in it.
fn place(position: u64) -> (u64, u16) {
    let offset = u16::try_from(position % RUN).unwrap_or_default(); // less than 512
    (position / RUN, offset)
}

/// Where a position lies in its run, or would lie.
fn find(slots: &[Slot], offset: u16) -> Result<usize, usize> {
    let at = usize::from(offset);
    match slots.get(at) {
        Some(slot) if slot.offset == offset => Ok(at),
        _ => slots.binary_search_by_key(&offset, |slot| slot.offset),
    }
}
