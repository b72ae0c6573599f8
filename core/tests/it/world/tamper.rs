//! Somebody between two hosts who damages what passes.

use super::trace::next;

/// What is done to the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// One bit is another one.
    Flip,
    /// Nothing comes behind them.
    Truncate,
    /// Some are missing.
    Drop,
    /// Others come before them.
    Insert,
    /// They come twice.
    Duplicate,
    /// They come behind those that follow them.
    Reorder,
}

pub const DAMAGES: [Damage; 6] = [
    Damage::Flip,
    Damage::Truncate,
    Damage::Drop,
    Damage::Insert,
    Damage::Duplicate,
    Damage::Reorder,
];

/// Damages once what one host sends to another, `at` bytes from now on.
#[derive(Clone, Debug)]
pub struct Tamper {
    pub from: usize,
    pub to: usize,
    pub damage: Damage,
    /// Bytes that pass unharmed before.
    pub at: usize,
    pub seed: u64,
    /// Whether it has been done.
    pub is_done: bool,
    held: Vec<u8>,
}

impl Tamper {
    pub fn new(from: usize, to: usize, damage: Damage, at: usize, seed: u64) -> Self {
        Self { from, to, damage, at, seed: seed | 1, is_done: false, held: Vec::new() }
    }

    /// The bytes as they arrive.
    pub fn pass(&mut self, from: usize, to: usize, mut bytes: Vec<u8>) -> Vec<u8> {
        if (from, to) != (self.from, self.to) {
            return bytes;
        }
        if self.is_done {
            if self.damage == Damage::Truncate {
                return Vec::new();
            }
            bytes.append(&mut self.held);
            return bytes;
        }
        if bytes.len() <= self.at {
            self.at -= bytes.len();
            return bytes;
        }
        self.is_done = true;
        let mut tail = bytes.split_off(self.at);
        let size = usize::try_from(next(&mut self.seed) % 100).unwrap() + 1;
        let size = size.min(tail.len());
        match self.damage {
            Damage::Flip => tail[0] ^= 1 << (next(&mut self.seed) % 8),
            Damage::Truncate => tail.clear(),
            Damage::Drop => drop(tail.drain(..size)),
            Damage::Insert => {
                bytes.extend((0..size).map(|_| next(&mut self.seed).to_le_bytes()[0]));
            }
            Damage::Duplicate => bytes.extend_from_slice(&tail[..size]),
            Damage::Reorder => self.held = tail.drain(..size).collect(),
        }
        bytes.extend(tail);
        bytes
    }
}
