//! Sets of small numbers.

use alloc::vec::Vec;

/// A set of numbers, as long as the greatest that was ever in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Adds a number; says whether it was missing.
    pub(super) fn insert(&mut self, number: usize) -> bool {
        let (at, bit) = place(number);
        if self.0.len() <= at {
            self.0.resize(at.saturating_add(1), 0);
        }
        let Some(word) = self.0.get_mut(at) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Takes a number away; says whether it was there.
    pub(super) fn remove(&mut self, number: usize) -> bool {
        let (at, bit) = place(number);
        let Some(word) = self.0.get_mut(at) else { return false };
        let was_there = *word & bit != 0;
        *word &= !bit;
        was_there
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        let (at, bit) = place(number);
        self.0.get(at).is_some_and(|word| word & bit != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Adds all of `other`; says whether any was missing.
    pub(super) fn absorb(&mut self, other: &Self) -> bool {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut grew = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            grew |= more & !*word != 0;
            *word |= more;
        }
        grew
    }

    /// Whether `other` has all that is here.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let others = other.0.iter().copied().chain(core::iter::repeat(0));
        self.0.iter().zip(others).all(|(word, other)| word & !other == 0)
    }

    /// The numbers, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        let words = (0_usize..).step_by(WORD).zip(&self.0);
        words.flat_map(|(first, &word)| {
            let numbers = (first..first.saturating_add(WORD)).zip(0_u32..);
            numbers.filter(move |(_, shift)| word >> shift & 1 == 1).map(|(number, _)| number)
        })
    }
}

const WORD: usize = u64::BITS as usize;

fn place(number: usize) -> (usize, u64) {
    (number / WORD, 1 << (number % WORD))
}
