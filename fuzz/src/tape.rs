//! Decisions read from bytes.

/// Bytes that decide things, one after the other. Behind their end everything is 0.
#[derive(Clone, Debug)]
pub struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    /// A tape of these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `bound`, or 0 if that is 0: of one byte.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()).checked_rem(bound).unwrap_or(0)
    }

    /// Whether the next byte is odd.
    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number of so many bytes, the least significant first: at most eight.
    pub fn number(&mut self, bytes: usize) -> u64 {
        (0..bytes.min(8)).fold(0, |sum, at| sum | u64::from(self.byte()) << (8 * at))
    }

    /// The same as a size: of eight bytes at most where a size has as many.
    pub fn size(&mut self, bytes: usize) -> usize {
        usize::try_from(self.number(bytes)).unwrap_or(usize::MAX)
    }

    /// A run of bytes behind its length, which is two bytes: as many of them as are left.
    pub fn run(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()) | usize::from(self.byte()) << 8;
        let (run, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        run
    }

    /// Whatever is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

/// A run of bytes as [`Tape::run`] reads it.
pub(crate) fn run(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a seed is short");
    [&length.to_le_bytes(), bytes].concat()
}
