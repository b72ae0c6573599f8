//! Prefixes of items: places in the trie.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// The half-bytes that the items of a place in the trie begin with: at most fifteen, below a one.
///
/// No honest trie has a node that deep: 65 items would have to agree in 60 bits of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Prefix(u64);

impl Prefix {
    /// The prefix of all items.
    pub(crate) const ROOT: Self = Self(1);

    /// Whether it is one: what comes from elsewhere may not be.
    pub(crate) const fn is_valid(self) -> bool {
        match self.0.checked_ilog2() {
            Some(bits) => bits.is_multiple_of(4),
            None => false,
        }
    }

    /// The prefix with one half-byte more; none if it would be too long.
    pub(crate) fn child(self, step: usize) -> Option<Self> {
        let step = u64::try_from(step & 15).ok()?;
        if self.0.leading_zeros() < 4 { None } else { Some(Self(self.0 << 4 | step)) }
    }

    /// The half-bytes, from the first on.
    pub(crate) fn steps(self) -> Vec<u8> {
        let count = self.0.checked_ilog2().unwrap_or_default() / 4;
        let step = |at: u32| u8::try_from(self.0 >> at.saturating_mul(4) & 15).unwrap_or_default();
        (0..count).rev().map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_grows_by_half_bytes_up_to_fifteen() {
        let mut prefix = Prefix::ROOT;
        let mut steps = Vec::new();
        while let Some(next) = prefix.child(steps.len() + 1) {
            steps.push(u8::try_from((steps.len() + 1) & 15).unwrap());
            prefix = next;
            assert!(prefix.is_valid());
            assert_eq!(prefix.steps(), steps);
        }
        assert_eq!((steps.len(), Prefix::ROOT.steps()), (15, Vec::new()));
    }

    #[test]
    fn a_word_with_bits_too_many_is_no_prefix() {
        assert!([0, 2, 5, 32, u64::MAX].iter().all(|word| !Prefix(*word).is_valid()));
        assert!([1, 16, 0x1f, 1 << 60].iter().all(|word| Prefix(*word).is_valid()));
    }
}
