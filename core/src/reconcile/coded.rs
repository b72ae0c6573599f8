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

use alloc::vec::Vec;

use super::short::{SHORT_BITS, Short};

/// Bytes of a cell on the wire: a name, and a check of 20 bits. What several names add up to passes
/// for one of its own once in 2^20 times; a whole difference is misread once in 2^14 comparisons.
pub(crate) const CELL_BYTES: usize = 7;

/// A cell: the XOR of names, the check above each.
pub(crate) type Cell = u64;

/// Codes a set of names: its cells, one after the other. Each name remembers the next cell that it
/// is in, so that no cell costs again what those before it have cost.
#[derive(Debug)]
pub(crate) struct Coder {
    walks: Vec<Walk>,
    coded: usize,
}

impl Coder {
    /// A coder of a set of names.
    pub(crate) fn new(names: impl Iterator<Item = Short>) -> Self {
        Self { walks: names.map(Walk::of).collect(), coded: 0 }
    }

    /// How many cells have been coded.
    pub(crate) const fn len(&self) -> usize {
        self.coded
    }

    /// The cells after those, up to a number in all.
    pub(crate) fn extend_to(&mut self, to: usize) -> Vec<Cell> {
        let from = self.coded;
        let mut cells = alloc::vec![0; to.saturating_sub(from)];
        for walk in &mut self.walks {
            while let Some(place) = walk.next_below(to) {
                if let Some(cell) = cells.get_mut(place.saturating_sub(from)) {
                    *cell ^= walk.name;
                }
            }
        }
        self.coded = from.max(to);
        cells
    }
}

/// The cells from `from` up to `to` of a set of names.
#[cfg(test)]
pub(crate) fn cells(names: impl Iterator<Item = Short>, from: usize, to: usize) -> Vec<Cell> {
    let mut coder = Coder::new(names);
    coder.extend_to(from);
    coder.extend_to(to)
}

/// Cells as they travel.
pub(crate) fn to_bytes(cells: &[Cell]) -> Vec<u8> {
    let narrow = |cell: &Cell| cell.to_le_bytes().first_chunk::<CELL_BYTES>().copied();
    cells.iter().filter_map(narrow).collect::<Vec<_>>().into_flattened()
}

/// Cells as they came; none if that is no whole number of them.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Vec<Cell>> {
    let (cells, rest) = bytes.as_chunks::<CELL_BYTES>();
    let widen =
        |&[a, b, c, d, e, f, g]: &[u8; CELL_BYTES]| Cell::from_le_bytes([a, b, c, d, e, f, g, 0]);
    rest.is_empty().then(|| cells.iter().map(widen).collect())
}

/// Finds out what two sets differ in, from the cells of the other's and the names of one's own.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// The names here, ascending.
    mine: Vec<Short>,
    /// Codes those, and what was found.
    coder: Coder,
    /// What is left of the difference, cell by cell.
    cells: Vec<Cell>,
    /// Names that were taken out of the cells. One that was put back is here twice.
    found: Vec<Short>,
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
        let coder = Coder::new(mine.iter().copied());
        Self { mine, coder, cells: Vec::new(), found: Vec::new() }
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
        let mut next = self.coder.extend_to(self.cells.len().saturating_add(theirs.len()));
        for (cell, theirs) in next.iter_mut().zip(theirs) {
            *cell ^= theirs;
        }
        self.cells.append(&mut next);
        self.peel();
    }

    /// The whole difference, if the cells so far tell it.
    pub(crate) fn difference(&self) -> Option<Difference> {
        if self.cells.is_empty() || self.cells.iter().any(|cell| *cell != 0) {
            return None;
        }
        let mut found = self.found.clone();
        found.sort_unstable();
        let once = found.chunk_by(|one, next| one == next).filter(|same| same.len() % 2 == 1);
        let is_mine = |name: &Short| self.mine.binary_search(name).is_ok();
        let (mine, theirs) = once.filter_map(|same| same.first()).partition(|name| is_mine(name));
        Some(Difference { mine, theirs })
    }

    /// Takes out of all cells whatever is left alone in one: no more names than there are cells, so
    /// cells that nobody's set has end as well.
    fn peel(&mut self) {
        let mut places = Vec::new();
        let cells = self.cells.iter().enumerate();
        let mut alone: Vec<usize> =
            cells.filter(|(_, cell)| is_alone(**cell)).map(|(at, _)| at).collect();
        while let Some(at) = alone.pop() {
            let Some(cell) = self.cells.get(at).copied().filter(|cell| is_alone(*cell)) else {
                continue;
            };
            let mut walk = Walk::of(cell & NAME);
            places.clear();
            places.extend(core::iter::from_fn(|| walk.next_below(self.cells.len())));
            if !places.contains(&at) {
                continue;
            }
            if self.found.len() >= self.cells.len() {
                break;
            }
            for place in &places {
                if let Some(left) = self.cells.get_mut(*place) {
                    *left ^= cell;
                    if is_alone(*left) {
                        alone.push(*place);
                    }
                }
            }
            self.found.push(cell & NAME);
            self.coder.walks.push(walk);
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
const fn checked(name: Short) -> Cell {
    (mix(name ^ CHECK) & 0xf_ffff) << SHORT_BITS | name
}

/// Whether a cell looks like a single name.
const fn is_alone(cell: Cell) -> bool {
    cell != 0 && checked(cell & NAME) == cell
}

/// A name on its way through the cells that it is in, ascending from 0 and without end.
#[derive(Debug)]
struct Walk {
    /// With the check above it.
    name: Cell,
    state: u64,
    place: usize,
}

impl Walk {
    const fn of(name: Short) -> Self {
        Self { name: checked(name), state: name, place: 0 }
    }

    /// The next cell that the name is in, if that is one below `end`.
    fn next_below(&mut self, end: usize) -> Option<usize> {
        let place = self.place;
        if place >= end {
            return None;
        }
        self.place = self.after()?;
        Some(place)
    }

    /// From cell i the next is the least j with (j + 3/2) ≥ (i + 3/2) / √u, for u drawn evenly out
    /// of 0 to 1. The greater of two such draws is distributed as the root of one.
    fn after(&mut self) -> Option<usize> {
        self.state = self.state.wrapping_add(STEP);
        let drawn = mix(self.state);
        let root = (drawn >> 32).max(drawn & 0xffff_ffff).saturating_add(1);
        let twice = u64::try_from(self.place).ok()?.saturating_mul(2).saturating_add(3);
        let from = twice.checked_shl(31)?.checked_div(root)?;
        let after = usize::try_from(from.saturating_sub(1)).ok()?;
        Some(after.max(self.place.saturating_add(1)))
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
