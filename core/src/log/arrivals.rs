//! Items in the order in which they came, each under its position.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::message::Item;

/// Positions of one run: what is taken out of it moves no other run.
const RUN: u64 = OFFSETS as u64;
const OFFSETS: u16 = 512;

/// What came, by position. A position is given once and never again.
///
/// Items lie in runs of 512 positions. Runs of which nothing is left take no room but their own six
/// words, and none at all at the front.
#[derive(Debug)]
pub(super) struct Arrivals {
    runs: VecDeque<Run>,
    /// The number of the first run.
    first: u64,
    next: u64,
}

#[derive(Debug, Default)]
struct Run {
    /// What is still here, in order.
    items: Vec<Item>,
    /// Where in the run something has gone, ascending.
    gone: Vec<u16>,
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
        let (number, _) = place(position);
        if self.runs.is_empty() {
            self.first = number;
        }
        let have = u64::try_from(self.runs.len()).unwrap_or(u64::MAX);
        if number >= self.first.saturating_add(have) {
            self.runs.push_back(Run::default());
        }
        if let Some(run) = self.runs.back_mut() {
            run.push(item);
        }
        position
    }

    /// What came at this position, if it is still here.
    pub(super) fn get(&self, position: u64) -> Option<&Item> {
        let (number, offset) = place(position);
        self.runs.get(self.index(number)?)?.get(offset)
    }

    /// Takes out what came at this position.
    pub(super) fn remove(&mut self, position: u64) {
        let (number, offset) = place(position);
        let is_whole = number < place(self.next).0;
        let Some(run) = self.index(number).and_then(|index| self.runs.get_mut(index)) else {
            return;
        };
        run.remove(offset);
        if is_whole && run.items.is_empty() {
            *run = Run::default();
        }
        while self.runs.len() > 1 && self.runs.front().is_some_and(|run| run.items.is_empty()) {
            self.runs.pop_front();
            self.first = self.first.saturating_add(1);
        }
    }

    /// What came from this position on, in order, with its position.
    pub(super) fn since(&self, position: u64) -> impl Iterator<Item = (u64, &Item)> {
        let (number, offset) = place(position);
        let first = number.max(self.first);
        let skipped = first.saturating_sub(self.first);
        let from = if number < self.first { 0 } else { offset };
        let runs = self.runs.iter().skip(usize::try_from(skipped).unwrap_or(usize::MAX));
        (first..).zip(runs).flat_map(move |(number, run)| {
            let begins = number.saturating_mul(RUN);
            run.since(if number == first { from } else { 0 })
                .map(move |(offset, item)| (begins.saturating_add(u64::from(offset)), item))
        })
    }

    fn index(&self, run: u64) -> Option<usize> {
        usize::try_from(run.checked_sub(self.first)?).ok()
    }
}

impl Run {
    /// Appends an item. There is room for one more: doubled as usual while the run is short, and no
    /// more than a run in the end.
    fn push(&mut self, item: Item) {
        let len = self.items.len();
        if len == self.items.capacity() {
            let whole = usize::from(OFFSETS).saturating_sub(self.gone.len());
            self.items.reserve_exact(len.max(4).min(whole.saturating_sub(len)));
        }
        self.items.push(item);
    }

    fn get(&self, offset: u16) -> Option<&Item> {
        self.items.get(self.index(offset).ok()?)
    }

    fn remove(&mut self, offset: u16) {
        let Ok(at) = self.index(offset) else { return };
        if at < self.items.len() {
            self.items.remove(at);
            let before = usize::from(offset).saturating_sub(at);
            self.gone.insert(before, offset);
        }
        if self.items.len() < self.items.capacity() / 2 {
            self.items.shrink_to_fit();
        }
    }

    /// What is here from an offset on, with its offset.
    fn since(&self, offset: u16) -> impl Iterator<Item = (u16, &Item)> {
        let skipped = self.index(offset).unwrap_or_else(|next| next);
        let here = (offset..OFFSETS).filter(|offset| self.index(*offset).is_ok());
        here.zip(self.items.iter().skip(skipped))
    }

    /// Which item an offset is that of; if it has gone, which the next one is.
    fn index(&self, offset: u16) -> Result<usize, usize> {
        let before = |gone: usize| usize::from(offset).saturating_sub(gone);
        match self.gone.binary_search(&offset) {
            Ok(gone) => Err(before(gone)),
            Err(gone) => Ok(before(gone)),
        }
    }
}

/// The run of a position, and where in it.
fn place(position: u64) -> (u64, u16) {
    let offset = u16::try_from(position % RUN).unwrap_or_default(); // less than 512
    (position / RUN, offset)
}
