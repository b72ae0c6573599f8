//! What a node said, folded into one number as it says it.

use core::fmt::{self, Write as _};
use core::hash::{Hash, Hasher};

use sha2::{Digest as _, Sha256};

use crate::node::Node;

/// Mixes a word in: odd, and its bits are spread well.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// A sum of everything in its order. It tells two nodes apart that part by accident; nobody tries
/// to deceive it, and it costs a few cycles for eight bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fold(u64);

impl Fold {
    /// The sum.
    pub(super) fn sum(self) -> u64 {
        self.0
    }

    /// The half of the sum that is compared along the way.
    pub(super) fn check(self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.0.to_le_bytes();
        [a, b, c, d]
    }

    /// Folds a value as its `Debug` shows it.
    pub(super) fn tell(&mut self, value: &impl fmt::Debug) {
        let told = write!(self, "{value:?}");
        debug_assert!(told.is_ok(), "a sum takes everything");
    }

    /// Folds an output.
    pub(super) fn output(&mut self, output: &impl Hash) {
        output.hash(self);
    }

    fn word(&mut self, word: u64) {
        self.0 = mixed(self.0, word);
    }
}

fn mixed(sum: u64, word: u64) -> u64 {
    let mixed = (sum ^ word).wrapping_mul(MIX);
    mixed ^ (mixed >> 32)
}

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.word(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        // four sums side by side: a machine mixes four words in the time of one
        let (blocks, rest) = bytes.as_chunks::<32>();
        let mut lanes = [self.0; 4];
        for block in blocks {
            for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
                *lane = mixed(*lane, u64::from_le_bytes(*word));
            }
        }
        if !blocks.is_empty() {
            for lane in lanes {
                self.word(lane);
            }
        }
        for word in rest.chunks(8) {
            let mut last = [0; 8];
            for (to, from) in last.iter_mut().zip(word) {
                *to = *from;
            }
            self.word(u64::from_le_bytes(last));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.word(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.word(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.word(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.word(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.word(u64::try_from(number).unwrap_or(u64::MAX));
    }

    fn write_isize(&mut self, number: isize) {
        self.word(i64::try_from(number).unwrap_or(i64::MAX).cast_unsigned());
    }
}

impl fmt::Write for Fold {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}

/// A hash over all that a node's `Debug` shows of it: all it holds but for secrets.
pub(super) fn state(node: &Node) -> [u8; 32] {
    struct Text(Sha256);
    impl fmt::Write for Text {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.update(text.as_bytes());
            Ok(())
        }
    }
    let mut text = Text(Sha256::new());
    let told = write!(text, "{node:?}");
    debug_assert!(told.is_ok(), "a hash takes everything");
    text.0.finalize().into()
}
