//! A set of small numbers: which parts of a payload there are.

use alloc::vec::Vec;

/// One bit for each number. Trailing zeros are not held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::group) struct Bits {
    bytes: Vec<u8>,
    count: u32,
}

impl Bits {
    /// The numbers below `end`.
    pub(super) fn below(end: u32) -> Self {
        let mut bits = Self::default();
        for number in 0..end {
            bits.insert(number);
        }
        bits
    }

    /// The set in these bytes; none if it holds anything from `end` on, or is written otherwise
    /// than it would be here.
    pub(super) fn read(bytes: &[u8], end: u32) -> Option<Self> {
        let count = bytes.iter().map(|byte| byte.count_ones()).fold(0, u32::saturating_add);
        let bits = Self { bytes: bytes.to_vec(), count };
        let last = bytes.last().map_or(0, |last| 8_u32.saturating_sub(last.leading_zeros()));
        let whole = u32::try_from(bytes.len().saturating_sub(1)).ok()?;
        let is_within = whole.saturating_mul(8).saturating_add(last) <= end;
        (is_within && bytes.last() != Some(&0)).then_some(bits)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn len(&self) -> u32 {
        self.count
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let (place, mask) = spot(number);
        self.bytes.get(place).is_some_and(|byte| byte & mask != 0)
    }

    /// Puts a number in; false if it is there.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        if self.contains(number) {
            return false;
        }
        let (place, mask) = spot(number);
        if self.bytes.len() <= place {
            self.bytes.resize(place.saturating_add(1), 0);
        }
        if let Some(byte) = self.bytes.get_mut(place) {
            *byte |= mask;
        }
        self.count = self.count.saturating_add(1);
        true
    }

    /// Takes a number out.
    pub(super) fn remove(&mut self, number: u32) {
        if !self.contains(number) {
            return;
        }
        let (place, mask) = spot(number);
        if let Some(byte) = self.bytes.get_mut(place) {
            *byte &= !mask;
        }
        while self.bytes.pop_if(|byte| *byte == 0).is_some() {}
        self.count = self.count.saturating_sub(1);
    }
}

/// The byte and the bit in it.
fn spot(number: u32) -> (usize, u8) {
    let place = usize::try_from(number >> 3).unwrap_or(usize::MAX);
    (place, 1 << (number & 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_there_until_it_is_taken_out() {
        let mut bits = Bits::default();
        for number in [0, 7, 8, 960] {
            assert!(bits.insert(number));
            assert!(!bits.insert(number));
        }
        assert!(bits.contains(960) && !bits.contains(959) && !bits.contains(100_000));
        bits.remove(960);
        bits.remove(960);
        assert_eq!((bits.len(), bits.bytes().len()), (3, 2));
    }

    #[test]
    fn a_set_is_read_only_as_it_is_written() {
        let bits = Bits::below(9);
        assert_eq!(Bits::read(bits.bytes(), 9), Some(bits.clone()));
        assert_eq!(Bits::read(bits.bytes(), 8), None, "a number too great");
        assert_eq!(Bits::read(&[1, 0], 100), None, "a trailing zero");
        assert_eq!(Bits::read(&[], 0), Some(Bits::default()));
    }
}
