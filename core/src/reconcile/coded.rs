//! Coded symbols: what two sets differ in, for a number of cells that follows the difference alone
//! (Yang et al., "Practical Rateless Set Reconciliation", SIGCOMM 2024).
//!
//! A cell is the XOR of the names of some of a set's items, each with a check. Which cells a name
//! is in follows from the name: every name is in cell 0, about 1 in 1 + i/2 in cell i. The cells of
//! one set XOR those of another are the cells of the difference. Where one name is left in a cell,
//! its check fits; it is taken out of all its other cells, where another may be left alone then,
//! and so on. About 1.4 cells for each name in the difference are enough, 1.7 while it is small.
//!
//! No counts are kept as in the paper: whose a name is, the decoder sees by its own list.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::short::{SHORT_BITS, Short};

/// Bytes of a cell on the wire: a name, and a check of 20 bits. What several names add up to passes
/// for one of its own once in 2^20 times; a whole difference is misread once in 2^14 comparisons.
pub(crate) const CELL_BYTES: usize = 7;

/// A cell: the XOR of names, the check above each.
pub(crate) type Cell = u64;

/// The cells from `from` up to `to` of a set of names.
pub(crate) fn cells(names: impl Iterator<Item = Short>, from: usize, to: usize) -> Vec<Cell> {
    let mut cells = alloc::vec![0; to.saturating_sub(from)];
    for name in names {
        toggle(&mut cells, from, name);
    }
    cells
}

/// Cells as they travel.
pub(crate) fn to_bytes(cells: &[Cell]) -> Vec<u8> {
    cells.iter().flat_map(|cell| cell.to_le_bytes().into_iter().take(CELL_BYTES)).collect()
}

/// Cells as they came; none if that is no whole number of them.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Vec<Cell>> {
    let (cells, rest) = bytes.as_chunks::<CELL_BYTES>();
    let widen = |cell: &[u8; CELL_BYTES]| {
        cell.iter().rev().fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte))
    };
    rest.is_empty().then(|| cells.iter().map(widen).collect())
}

/// Finds out what two sets differ in, from the cells of the other's and the names of one's own.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// The names here, ascending.
    mine: Vec<Short>,
    /// What is left of the difference, cell by cell.
    cells: Vec<Cell>,
    /// Names in the difference.
    found: BTreeSet<Short>,
}

/// What two sets differ in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Names that are here alone.
    pub(crate) mine: Vec<Short>,
    /// Names that are there alone.
    pub(crate) theirs: Vec<Short>,
}

impl Decoder {
    /// A decoder for a set of names.
    pub(crate) fn new(mut mine: Vec<Short>) -> Self {
        mine.sort_unstable();
        Self { mine, cells: Vec::new(), found: BTreeSet::new() }
    }

    /// How many cells have come.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// How many names there are here.
    pub(crate) fn names(&self) -> usize {
        self.mine.len()
    }

    /// Takes in the next cells of the other set.
    pub(crate) fn extend(&mut self, theirs: &[Cell]) {
        let from = self.cells.len();
        let to = from.saturating_add(theirs.len());
        let mut next = cells(self.mine.iter().copied(), from, to);
        for (cell, theirs) in next.iter_mut().zip(theirs) {
            *cell ^= theirs;
        }
        for name in &self.found {
            toggle(&mut next, from, *name);
        }
        self.cells.append(&mut next);
        self.peel();
    }

    /// The whole difference, if the cells so far tell it.
    pub(crate) fn difference(&self) -> Option<Difference> {
        if self.cells.is_empty() || self.cells.iter().any(|cell| *cell != 0) {
            return None;
        }
        let is_mine = |name: &Short| self.mine.binary_search(name).is_ok();
        let (mine, theirs) = self.found.iter().partition(|name| is_mine(name));
        Some(Difference { mine, theirs })
    }

    /// Takes out of all cells whatever is left alone in one. Every name is taken out once, and no
    /// more names than there are cells: cells that nobody's set has end as well.
    fn peel(&mut self) {
        let mut alone: Vec<usize> = (0..self.cells.len()).collect();
        while let Some(at) = alone.pop() {
            let Some(cell) = self.cells.get(at).copied() else { continue };
            let name = cell & NAME;
            let is_alone = cell != 0 && checked(name) == cell && is_in(name, at);
            if !is_alone || self.found.len() >= self.cells.len() || !self.found.insert(name) {
                continue;
            }
            for index in Places::of(name) {
                let Some(cell) = self.cells.get_mut(index) else { break };
                *cell ^= checked(name);
                if *cell != 0 {
                    alone.push(index);
                }
            }
        }
    }
}

/// How many names two sets differ in, about: each set is cast into 128 counters, every name adding
/// or taking one in a single one of them. What two sets share falls out; the squares of the rest
/// add up to the difference, within an eighth as a rule (Alon, Matias, Szegedy, STOC 1996).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally([i8; COUNTERS]);

/// Counters of a tally. Of 8,192 names each holds a few dozens at most.
const COUNTERS: usize = 128;

impl Tally {
    /// The tally of a set of names.
    pub(crate) fn of(names: impl Iterator<Item = Short>) -> Self {
        let mut counters = [0_i8; COUNTERS];
        for name in names {
            let drawn = mix(name ^ TALLY);
            let at = usize::try_from(drawn & 127).unwrap_or_default();
            if let Some(counter) = counters.get_mut(at) {
                let step = if drawn & 128 == 0 { 1 } else { -1 };
                *counter = counter.wrapping_add(step);
            }
        }
        Self(counters)
    }

    /// How many names this set and another differ in, about.
    pub(crate) fn apart(&self, other: &Self) -> usize {
        let differ = self.0.iter().zip(&other.0);
        let squares = differ.map(|(one, other)| {
            let apart = usize::from(one.wrapping_sub(*other).unsigned_abs());
            apart.saturating_mul(apart)
        });
        squares.fold(0, usize::saturating_add)
    }

    /// The tally as it travels.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().map(|counter| counter.cast_unsigned()).collect()
    }

    /// The tally as it came; none if it has another size.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; COUNTERS] = bytes.try_into().ok()?;
        Some(Self(bytes.map(u8::cast_signed)))
    }
}

/// The bits of a name in a cell.
const NAME: u64 = (1 << SHORT_BITS) - 1;

/// A name with its check above it.
fn checked(name: Short) -> Cell {
    (mix(name ^ CHECK) & 0xf_ffff) << SHORT_BITS | name
}

/// Puts a name into those of the cells from `from` on that it is in, or takes it out.
fn toggle(cells: &mut [Cell], from: usize, name: Short) {
    for index in Places::of(name) {
        let Some(at) = index.checked_sub(from) else { continue };
        let Some(cell) = cells.get_mut(at) else { break };
        *cell ^= checked(name);
    }
}

fn is_in(name: Short, cell: usize) -> bool {
    Places::of(name).take_while(|index| *index <= cell).any(|index| index == cell)
}

/// The cells that a name is in, ascending from 0 and without end.
struct Places {
    state: u64,
    next: usize,
}

impl Places {
    const fn of(name: Short) -> Self {
        Self { state: name, next: 0 }
    }
}

impl Iterator for Places {
    type Item = usize;

    /// From cell i the next is the least j with (j + 3/2) ≥ (i + 3/2) / √u, for u drawn evenly out
    /// of 0 to 1. The greater of two such draws is distributed as the root of one.
    fn next(&mut self) -> Option<usize> {
        let place = self.next;
        self.state = self.state.wrapping_add(STEP);
        let drawn = mix(self.state);
        let root = (drawn >> 32).max(drawn & 0xffff_ffff).saturating_add(1);
        let twice = u64::try_from(place).ok()?.saturating_mul(2).saturating_add(3);
        let from = twice.checked_shl(32)?.checked_div(root)?;
        let after = usize::try_from(from.saturating_sub(2) / 2).ok()?;
        self.next = after.max(place.saturating_add(1));
        Some(place)
    }
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const CHECK: u64 = 0x6a09_e667_f3bc_c908;
const TALLY: u64 = 0xbb67_ae85_84ca_a73b;

/// Spreads the bits of a word (the finaliser of `SplitMix64`). Names are keyed: nobody who could
/// gain by it chooses what comes in here.
const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests;
