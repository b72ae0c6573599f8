//! Payloads between this node and one neighbour.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use crate::fault::Fault;
use crate::group::payload::bits::Bits;
use crate::limits::{PAYLOADS_LACKED_MAX, PIECE_BYTES_MAX, PULLS_MAX};
use crate::record::{Digest, Part, PayloadId, digest_of};
use crate::time::Instant;

/// What is asked and answered on one link. Each part that is asked for is the credit for its pieces
/// and for nothing else (C7). Asking takes a voucher, and an answer brings one: so what waits to be
/// read at the other end has a bound, whoever is there.
#[derive(Debug)]
pub(in crate::group) struct Side {
    /// What the neighbour gave to be asked with.
    vouchers: Vec<u64>,
    /// What was given to the neighbour to ask with.
    given: BTreeSet<u64>,
    /// Asked of the neighbour, and not answered.
    pub(super) pulls: Vec<Pull>,
    /// What the neighbour holds of payloads of which it lacks something.
    lacks: BTreeMap<PayloadId, Bits>,
    /// The hashes of the leaves of the payload that the neighbour asked for last.
    pub(super) proof: Option<(PayloadId, Vec<Digest>)>,
    /// Asked by the neighbour, not looked at yet.
    pub(super) asked: VecDeque<(PayloadId, Part)>,
    /// Payloads of which the neighbour was told that something is lacking here.
    pub(super) told: BTreeSet<PayloadId>,
    /// Those that are whole here by now, of which the neighbour has yet to be told.
    pub(super) whole: BTreeSet<PayloadId>,
}

/// Vouchers that each end has when a link begins.
const FIRST_VOUCHERS: core::ops::Range<u64> = 0..PULLS_MAX as u64;

/// A piece as it arrives.
#[derive(Debug)]
pub(in crate::group) struct Piece<'a> {
    pub(in crate::group) payload: PayloadId,
    pub(in crate::group) part: Part,
    pub(in crate::group) offset: u32,
    pub(in crate::group) bytes: &'a [u8],
    pub(in crate::group) voucher: Option<u64>,
}

/// A part that was asked for.
#[derive(Debug)]
pub(super) struct Pull {
    pub(super) payload: PayloadId,
    pub(super) part: Part,
    pub(super) asked_at: Instant,
    /// What has come of it.
    bytes: Vec<u8>,
    /// How much has come.
    got: usize,
    /// It is of no use any more: its pieces are dropped as they come.
    pub(super) is_void: bool,
}

impl Pull {
    pub(super) fn new(payload: PayloadId, part: Part, asked_at: Instant) -> Self {
        Self { payload, part, asked_at, bytes: Vec::new(), got: 0, is_void: false }
    }

    /// What comes is of no use any more.
    pub(super) fn drop_it(&mut self) {
        self.is_void = true;
        self.bytes = Vec::new();
    }

    /// Takes the next piece: each is as long as it may be. True once the part has come whole.
    fn take(&mut self, offset: u32, piece: &[u8]) -> Result<bool, Fault> {
        let whole = self.payload.part_len(self.part).unwrap_or_default();
        let expected = whole.saturating_sub(self.got).min(PIECE_BYTES_MAX);
        if usize::try_from(offset) != Ok(self.got) || piece.len() != expected {
            return Err(Fault::Unexpected);
        }
        if !self.is_void {
            self.bytes.reserve_exact(whole.saturating_sub(self.bytes.len()));
            self.bytes.extend_from_slice(piece);
        }
        self.got = self.got.saturating_add(piece.len());
        Ok(self.got == whole)
    }
}

/// A part that has come whole.
pub(super) struct Arrived {
    pub(super) bytes: Vec<u8>,
    pub(super) is_void: bool,
}

impl Default for Side {
    fn default() -> Self {
        Self {
            vouchers: FIRST_VOUCHERS.collect(),
            given: FIRST_VOUCHERS.collect(),
            pulls: Vec::new(),
            lacks: BTreeMap::new(),
            proof: None,
            asked: VecDeque::new(),
            told: BTreeSet::new(),
            whole: BTreeSet::new(),
        }
    }
}

impl Side {
    /// The voucher for one more part, if there is one.
    pub(super) fn voucher(&self) -> Option<u64> {
        self.vouchers.last().copied()
    }

    /// A part was asked for with a voucher.
    pub(super) fn on_asked(&mut self, pull: Pull) {
        self.vouchers.pop();
        self.pulls.push(pull);
    }

    /// An answer gives the neighbour this voucher.
    pub(super) fn give(&mut self, voucher: u64) {
        self.given.insert(voucher);
    }

    /// Whether this very part has been asked for and has not come.
    pub(super) fn has_asked(&self, payload: PayloadId, part: Part) -> bool {
        self.pulls.iter().any(|pull| pull.payload == payload && pull.part == part)
    }

    /// Whether the neighbour may hold a part, as far as it has told.
    pub(super) fn may_hold(&self, payload: PayloadId, part: Part) -> bool {
        match self.lacks.get(&payload) {
            Some(held) => held.contains(part.place()),
            None => self.lacks.len() < PAYLOADS_LACKED_MAX,
        }
    }

    /// Whether the neighbour may hold any of a payload.
    pub(super) fn may_hold_any(&self, payload: PayloadId) -> bool {
        match self.lacks.get(&payload) {
            Some(held) => held.len() > 0,
            None => self.lacks.len() < PAYLOADS_LACKED_MAX,
        }
    }

    /// A piece arrived. Gives the part that is whole with it.
    pub(super) fn on_piece(&mut self, piece: &Piece<'_>) -> Result<Option<Arrived>, Fault> {
        let index = self.find(piece.payload, piece.part)?;
        let pull = self.pulls.get_mut(index).ok_or(Fault::Unexpected)?;
        let is_whole = pull.take(piece.offset, piece.bytes)?;
        if piece.voucher.is_some() != is_whole {
            return Err(Fault::Unexpected);
        }
        if !is_whole {
            return Ok(None);
        }
        self.vouchers.extend(piece.voucher);
        let Pull { bytes, is_void, .. } = self.pulls.remove(index);
        Ok(Some(Arrived { bytes, is_void }))
    }

    /// The neighbour lacks a part that it was asked for; it holds these. Gives whether the part is
    /// still wanted.
    pub(super) fn on_lacking(
        &mut self,
        payload: PayloadId,
        part: Part,
        held: &[u8],
        voucher: u64,
    ) -> Result<bool, Fault> {
        let index = self.find(payload, part)?;
        let held = Bits::read(held, payload.parts()).ok_or(Fault::Malformed)?;
        let pull = self.pulls.remove(index);
        if held.contains(part.place()) || pull.got > 0 {
            return Err(Fault::Unexpected);
        }
        self.vouchers.push(voucher);
        self.lacks.insert(payload, held);
        Ok(!pull.is_void)
    }

    /// The neighbour holds all of a payload now, or it is all here. False if it lacked nothing.
    pub(super) fn forget_lack(&mut self, payload: PayloadId) -> bool {
        self.lacks.remove(&payload).is_some()
    }

    /// A payload is of no use any more.
    pub(super) fn forget(&mut self, payload: PayloadId) {
        self.lacks.remove(&payload);
        self.told.remove(&payload);
        self.whole.remove(&payload);
    }

    /// The neighbour asks for a part.
    pub(super) fn on_pull(
        &mut self,
        payload: PayloadId,
        part: Part,
        voucher: u64,
    ) -> Result<(), Fault> {
        let is_sensible = payload.is_valid()
            && payload.part_len(part).is_some()
            && (part != Part::Digests || payload.leaves() > 1);
        if !is_sensible {
            return Err(Fault::Unexpected);
        }
        if !self.given.remove(&voucher) {
            return Err(Fault::CreditExceeded);
        }
        self.asked.push_back((payload, part));
        Ok(())
    }

    /// What the hash of a leaf is to be that the neighbour asks for, if it is known.
    pub(super) fn digest(&self, payload: PayloadId, part: Part) -> Option<Digest> {
        let known = self.proof.as_ref().filter(|(of, _)| *of == payload);
        match known {
            Some((_, digests)) => digest_of(digests, part),
            None => digest_of(&payload.only_digest()?, part),
        }
    }

    /// The neighbour is told that something of a payload is lacking here.
    pub(super) fn tell_lack(&mut self, payload: PayloadId) {
        if self.told.len() < PAYLOADS_LACKED_MAX {
            self.told.insert(payload);
        }
    }

    /// Whether the neighbour owes an answer.
    pub(in crate::group) fn owes(&self) -> bool {
        !self.pulls.is_empty()
    }

    /// Counts what waits and what is remembered.
    #[cfg(feature = "simulation")]
    pub(in crate::group) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        let told = self.told.len().saturating_add(self.whole.len());
        usage.note("parts pulled from one neighbour", self.pulls.len(), PULLS_MAX);
        usage.note("parts asked for by one neighbour", self.asked.len(), PULLS_MAX);
        usage.note("vouchers of one neighbour", self.vouchers.len(), PULLS_MAX);
        usage.note("vouchers for one neighbour", self.given.len(), PULLS_MAX);
        usage.note("payloads one neighbour lacks", self.lacks.len(), PAYLOADS_LACKED_MAX);
        usage.note("payloads lacking for one neighbour", told, 2 * PAYLOADS_LACKED_MAX);
    }

    fn find(&self, payload: PayloadId, part: Part) -> Result<usize, Fault> {
        let mut pulls = self.pulls.iter();
        let index = pulls.position(|pull| pull.payload == payload && pull.part == part);
        index.ok_or(Fault::Unexpected)
    }
}

#[cfg(test)]
mod tests;
