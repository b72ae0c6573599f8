//! Sets of small numbers.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// A set of numbers, as long as the greatest that was ever in it. Numbers below 64, as nearly all
/// are, take no memory of their own.
#[derive(Clone, Debug)]
pub(super) struct Bits(Words);

#[derive(Clone, Debug)]
enum Words {
    One(u64),
    Many(Box<[u64]>),
}

impl Default for Bits {
    fn default() -> Self {
        Self::NONE
    }
}

impl PartialEq for Bits {
    /// Whether the same numbers are in both.
    fn eq(&self, other: &Self) -> bool {
        self.is_within(other) && other.is_within(self)
    }
}

impl Eq for Bits {}

impl Bits {
    /// No numbers.
    pub(super) const NONE: Self = Self(Words::One(0));

    /// Adds a number; says whether it was missing.
    pub(super) fn insert(&mut self, number: usize) -> bool {
        let (at, bit) = place(number);
        self.grow(at.saturating_add(1));
        let Some(word) = self.words_mut().get_mut(at) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Takes a number away.
    pub(super) fn remove(&mut self, number: usize) {
        let (at, bit) = place(number);
        if let Some(word) = self.words_mut().get_mut(at) {
            *word &= !bit;
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        let (at, bit) = place(number);
        self.words().get(at).is_some_and(|word| word & bit != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words().iter().all(|word| *word == 0)
    }

    /// Adds all of `other`; says whether any was missing.
    pub(super) fn absorb(&mut self, other: &Self) -> bool {
        self.grow(other.words().len());
        let mut grew = false;
        for (word, more) in self.words_mut().iter_mut().zip(other.words()) {
            grew |= more & !*word != 0;
            *word |= more;
        }
        grew
    }

    /// Takes all of `other` away.
    pub(super) fn subtract(&mut self, other: &Self) {
        for (word, less) in self.words_mut().iter_mut().zip(other.words()) {
            *word &= !less;
        }
    }

    /// Those of these numbers that are neither in `some` nor, from `first` on, in `others`.
    pub(super) fn beyond(&self, some: &Self, others: &Self, first: usize) -> Self {
        let mut rest = self.clone();
        rest.subtract(some);
        let words = rest.words_mut().iter_mut().zip(others.words()).enumerate();
        for (at, (word, less)) in words {
            *word &= !(less & from(first, at));
        }
        rest
    }

    /// Adds those of `other` from `first` on.
    pub(super) fn absorb_from(&mut self, other: &Self, first: usize) {
        self.grow(other.words().len());
        for (at, (word, more)) in self.words_mut().iter_mut().zip(other.words()).enumerate() {
            *word |= more & from(first, at);
        }
    }

    /// Whether each number is in `some` or, from `first` on, in `others`.
    pub(super) fn is_within_either(&self, some: &Self, others: &Self, first: usize) -> bool {
        let word_at = |bits: &Self, at: usize| bits.words().get(at).copied().unwrap_or_default();
        self.words().iter().enumerate().all(|(at, word)| {
            word & !word_at(some, at) & !(word_at(others, at) & from(first, at)) == 0
        })
    }

    /// The least number.
    pub(super) fn first(&self) -> Option<usize> {
        let (at, word) = self.words().iter().enumerate().find(|(_, word)| **word != 0)?;
        let bit = usize::try_from(word.trailing_zeros()).ok()?;
        Some(at.saturating_mul(WORD).saturating_add(bit))
    }

    /// Whether `other` has all that is here.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let others = other.words().iter().copied().chain(core::iter::repeat(0));
        self.words().iter().zip(others).all(|(word, other)| word & !other == 0)
    }

    /// Words of memory beyond what every set takes.
    #[cfg(test)]
    pub(super) fn weight(&self) -> usize {
        match &self.0 {
            Words::One(_) => 0,
            Words::Many(words) => words.len(),
        }
    }

    fn words(&self) -> &[u64] {
        match &self.0 {
            Words::One(word) => core::slice::from_ref(word),
            Words::Many(words) => words,
        }
    }

    fn words_mut(&mut self) -> &mut [u64] {
        match &mut self.0 {
            Words::One(word) => core::slice::from_mut(word),
            Words::Many(words) => words,
        }
    }

    /// Makes room for so many words.
    fn grow(&mut self, length: usize) {
        if self.words().len() < length {
            let mut words = Vec::with_capacity(length);
            words.extend_from_slice(self.words());
            words.resize(length, 0);
            self.0 = Words::Many(words.into_boxed_slice());
        }
    }
}

const WORD: usize = u64::BITS as usize;

/// Of the bits of one word those of numbers not below `first`.
fn from(first: usize, at: usize) -> u64 {
    match first.saturating_sub(at.saturating_mul(WORD)) {
        below @ 0..WORD => u64::MAX << below,
        _ => 0,
    }
}

fn place(number: usize) -> (usize, u64) {
    (number / WORD, 1 << (number % WORD))
}

#[cfg(test)]
mod tests;
