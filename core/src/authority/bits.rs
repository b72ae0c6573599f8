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
        Self(Words::One(0))
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
    /// Adds a number; says whether it was missing.
    pub(super) fn insert(&mut self, number: usize) -> bool {
        let (at, bit) = place(number);
        self.grow(at.saturating_add(1));
        let Some(word) = self.words_mut().get_mut(at) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Takes a number away; says whether it was there.
    pub(super) fn remove(&mut self, number: usize) -> bool {
        let (at, bit) = place(number);
        let Some(word) = self.words_mut().get_mut(at) else { return false };
        let was_there = *word & bit != 0;
        *word &= !bit;
        was_there
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

    /// Whether `other` has all that is here.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let others = other.words().iter().copied().chain(core::iter::repeat(0));
        self.words().iter().zip(others).all(|(word, other)| word & !other == 0)
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

fn place(number: usize) -> (usize, u64) {
    (number / WORD, 1 << (number % WORD))
}
