//! Random numbers from a seed: xoshiro256** (Blackman and Vigna, 2018), seeded by `SplitMix64`.
//!
//! Not for secrets: whoever sees a few numbers knows the rest.

use core::ops::RangeInclusive;
use core::time::Duration;

/// A stream of random numbers: the same seed gives the same stream, everywhere and for ever.
#[derive(Clone, Debug)]
pub struct Rng {
    /// What it gives first, the last one first.
    told: Vec<u64>,
    state: [u64; 4],
}

/// One step of `SplitMix64`.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Rng {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self::telling(Vec::new(), seed)
    }

    /// The stream that begins with these numbers and goes on as that of a seed: for whoever decides
    /// itself what is drawn, a fuzzer say.
    pub fn telling(mut numbers: Vec<u64>, seed: u64) -> Self {
        numbers.reverse();
        let mut state = seed;
        Self { told: numbers, state: core::array::from_fn(|_| split_mix(&mut state)) }
    }

    /// The stream of one use under a seed: a label and the numbers that tell it from others of its
    /// kind. What one use draws moves nothing in another.
    pub fn of(seed: u64, label: &str, numbers: &[u64]) -> Self {
        let mut state = seed;
        let label = label.bytes().map(u64::from);
        for part in label.chain([u64::MAX]).chain(numbers.iter().copied()) {
            state = split_mix(&mut state) ^ part;
        }
        Self::new(split_mix(&mut state))
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        if let Some(told) = self.told.pop() {
            return told;
        }
        let [a, b, c, d] = &mut self.state;
        let drawn = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        drawn
    }

    /// A number below `bound`, or 0 if that is 0. The bias is below `bound` in 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number().checked_rem(bound).unwrap_or(0)
    }

    /// A number of a range, its ends included.
    pub fn between(&mut self, range: &RangeInclusive<u64>) -> u64 {
        let width = range.end().saturating_sub(*range.start()).saturating_add(1);
        range.start().saturating_add(self.below(width))
    }

    /// A span of a range, in whole microseconds.
    pub fn span(&mut self, range: &RangeInclusive<Duration>) -> Duration {
        Duration::from_micros(self.between(&(micros(*range.start())..=micros(*range.end()))))
    }

    /// A size of a range.
    pub fn size(&mut self, range: &RangeInclusive<usize>) -> usize {
        let of = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let size = self.between(&(of(*range.start())..=of(*range.end())));
        usize::try_from(size).unwrap_or(usize::MAX)
    }

    /// True once in `count` times; never if that is 0.
    pub fn one_in(&mut self, count: u64) -> bool {
        count > 0 && self.below(count) == 0
    }

    /// One of these, if there is any.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(among.len()).unwrap_or(u64::MAX);
        among.get(usize::try_from(self.below(count)).unwrap_or(0))
    }

    /// The next 32 bytes.
    pub fn bytes32(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for eight in bytes.chunks_mut(8) {
            eight.copy_from_slice(&self.number().to_le_bytes());
        }
        bytes
    }
}

/// A span in whole microseconds.
pub(crate) fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
