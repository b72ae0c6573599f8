//! The trace: everything that happens, folded into one hash.

use core::fmt;
use core::hash::{Hash, Hasher};

use peergroup_core::Instant;
use sha2::{Digest, Sha256};

/// Folds what happens, in its order.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    hasher: Sha256,
    /// What is yet to be hashed: many short pieces cost more than one long one.
    unhashed: Vec<u8>,
    steps: u64,
}

/// Of longer parts only a sum is hashed: nobody tries to deceive the trace, and a world moves many
/// bytes.
const SHORT: usize = 64;
/// Hash as soon as so many bytes have gathered.
const GATHERED: usize = 16 * 1024;

impl Trace {
    /// Folds one step: when, at which host, what, and the bytes that belong to it.
    pub(crate) fn fold(&mut self, at: Instant, host: usize, what: &str, parts: &[&[u8]]) {
        self.begin(at, host, what);
        for part in parts {
            self.unhashed.extend_from_slice(&wide(part.len()).to_le_bytes());
            if part.len() <= SHORT {
                self.unhashed.extend_from_slice(part);
            } else {
                self.unhashed.extend_from_slice(&sum(part).to_le_bytes());
            }
        }
    }

    /// Folds one step: when, at which host, what, and a value, as it tells itself apart from all
    /// others of its type.
    pub(crate) fn fold_value(&mut self, at: Instant, host: usize, what: &str, value: &impl Hash) {
        self.begin(at, host, what);
        value.hash(&mut Folded(&mut self.unhashed));
    }

    fn begin(&mut self, at: Instant, host: usize, what: &str) {
        self.steps = self.steps.saturating_add(1);
        if self.unhashed.len() >= GATHERED {
            self.hasher.update(&self.unhashed);
            self.unhashed.clear();
        }
        self.unhashed.extend_from_slice(&at.as_micros().to_le_bytes());
        self.unhashed.extend_from_slice(&wide(host).to_le_bytes());
        self.unhashed.extend_from_slice(&wide(what.len()).to_le_bytes());
        self.unhashed.extend_from_slice(what.as_bytes());
    }

    /// The hash of all steps so far.
    pub(crate) fn hash(&self) -> [u8; 32] {
        self.hasher.clone().chain_update(&self.unhashed).finalize().into()
    }

    /// How many steps there were.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }
}

/// Takes values as bytes, the same on every machine.
struct Folded<'a>(&'a mut Vec<u8>);

impl Hasher for Folded<'_> {
    fn finish(&self) -> u64 {
        wide(self.0.len())
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn write_u16(&mut self, number: u16) {
        self.write(&number.to_le_bytes());
    }

    fn write_u32(&mut self, number: u32) {
        self.write(&number.to_le_bytes());
    }

    fn write_u64(&mut self, number: u64) {
        self.write(&number.to_le_bytes());
    }

    fn write_u128(&mut self, number: u128) {
        self.write(&number.to_le_bytes());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(wide(number));
    }

    fn write_isize(&mut self, number: isize) {
        self.write(&i64::try_from(number).unwrap_or(i64::MAX).to_le_bytes());
    }
}

/// A sum of all bytes in their places.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    words.iter().chain([&last]).fold(0, |sum: u64, word| {
        let mixed = (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 32)
    })
}

/// The same on every machine.
fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("steps", &self.steps).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(parts: &[&[u8]]) -> [u8; 32] {
        let mut trace = Trace::default();
        for part in parts {
            trace.fold(Instant::default(), 0, "part", &[part]);
        }
        trace.hash()
    }

    #[test]
    fn every_byte_of_a_long_part_counts_and_so_does_its_place() {
        let long = vec![7_u8; 200];
        let whole = hash_of(&[&long]);
        assert_eq!(whole, hash_of(&[&long]));
        for place in 0..long.len() {
            let mut other = long.clone();
            other[place] ^= 1;
            assert_ne!(hash_of(&[&other]), whole, "{place}");
            if place > 0 {
                let mut moved = other.clone();
                moved.swap(place, place - 1);
                assert_ne!(hash_of(&[&other]), hash_of(&[&moved]), "{place}");
            }
        }
        assert_ne!(hash_of(&[&long[1..]]), whole);
        assert_ne!(hash_of(&[&long, &[]]), whole);
    }

    #[test]
    fn when_what_has_gathered_is_hashed_changes_nothing_that_can_be_seen() {
        let mut trace = Trace::default();
        let mut hashes = std::collections::BTreeSet::new();
        for _ in 0..2000 {
            trace.fold(Instant::default(), 1, "step", &[b"some bytes"]);
            assert!(hashes.insert(trace.hash()), "each step has a hash of its own");
        }
        assert_eq!(trace.steps(), 2000);
    }
}
