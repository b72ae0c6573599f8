//! Pipes: the streams between hosts, each a link at both of its ends.

use std::collections::VecDeque;

use peergroup_core::{Address, Instant, LinkId};
use sha2::{Digest, Sha256};

use crate::rng::Rng;

/// A run of a host's node: hosts start anew after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Run {
    pub(crate) host: usize,
    pub(crate) start: u64,
}

/// One end of a pipe: what a host's node calls it. The end that dialled names the pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End {
    pub(crate) run: Run,
    pub(crate) link: LinkId,
}

/// Which end: 0 dialled, 1 accepted.
pub(crate) type Side = usize;

/// The other end.
pub(crate) fn far(side: Side) -> Side {
    1_usize.saturating_sub(side)
}

/// A stream between two hosts.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) binding: [u8; 32],
    pub(crate) to: Address,
    /// The ends that are open: one until it is accepted, and one after the other hung up.
    pub(crate) ends: [Option<End>; 2],
    /// What is on its way to each end.
    pub(crate) lanes: [Lane; 2],
}

impl Pipe {
    /// The pipe that an end dials.
    pub(crate) fn new(seed: u64, dialler: End, to: Address) -> Self {
        let numbers = numbers(dialler);
        let binding = binding(seed, numbers);
        let lanes = core::array::from_fn(|side| Lane::new(seed, numbers, side));
        Self { binding, to, ends: [Some(dialler), None], lanes }
    }

    /// The lane to an end.
    pub(crate) fn lane(&mut self, side: Side) -> &mut Lane {
        let [dialler, acceptor] = &mut self.lanes;
        if side == 0 { dialler } else { acceptor }
    }

    /// The end of a side, if it is open.
    pub(crate) fn end(&self, side: Side) -> Option<End> {
        self.ends.get(side).copied().flatten()
    }

    /// Opens or closes an end.
    pub(crate) fn set_end(&mut self, side: Side, end: Option<End>) {
        if let Some(place) = self.ends.get_mut(side) {
            *place = end;
        }
    }
}

fn numbers(end: End) -> [u64; 3] {
    [u64::try_from(end.run.host).unwrap_or(u64::MAX), end.run.start, end.link.as_u64()]
}

/// What both ends know and no other pipe shares.
fn binding(seed: u64, numbers: [u64; 3]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"peergroup-mem binding");
    hasher.update(seed.to_le_bytes());
    for number in numbers {
        hasher.update(number.to_le_bytes());
    }
    hasher.finalize().into()
}

/// What is on its way to one end, in order, and what is yet to be drawn about it: each for itself,
/// so that splits move no arrivals.
#[derive(Debug)]
pub(crate) struct Lane {
    waiting: VecDeque<Parcel>,
    /// Nothing arrives earlier.
    pub(crate) last: Instant,
    pub(crate) latency: Rng,
    pub(crate) pieces: Rng,
    pub(crate) fate: Rng,
}

#[derive(Debug)]
struct Parcel {
    sent: Instant,
    due: Instant,
    bytes: Vec<u8>,
}

impl Lane {
    fn new(seed: u64, numbers: [u64; 3], side: Side) -> Self {
        let [host, start, link] = numbers;
        let numbers = [host, start, link, u64::try_from(side).unwrap_or(u64::MAX)];
        Self {
            waiting: VecDeque::new(),
            last: Instant::default(),
            latency: Rng::of(seed, "latency", &numbers),
            pieces: Rng::of(seed, "pieces", &numbers),
            fate: Rng::of(seed, "fate", &numbers),
        }
    }

    /// Adds bytes to what was sent at this very moment; gives them back if there is nothing yet.
    pub(crate) fn join(&mut self, now: Instant, bytes: Vec<u8>) -> Option<Vec<u8>> {
        match self.waiting.back_mut() {
            Some(parcel) if parcel.sent == now => {
                parcel.bytes.extend(bytes);
                None
            }
            Some(_) | None => Some(bytes),
        }
    }

    /// Sends bytes that are to arrive at `due`.
    pub(crate) fn send(&mut self, now: Instant, due: Instant, bytes: Vec<u8>) {
        self.last = due;
        self.waiting.push_back(Parcel { sent: now, due, bytes });
    }

    /// Takes what has arrived.
    pub(crate) fn arrived(&mut self, now: Instant) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.waiting.front().is_some_and(|parcel| parcel.due <= now) {
            match self.waiting.pop_front() {
                Some(parcel) if bytes.is_empty() => bytes = parcel.bytes,
                parcel => bytes.extend_from_slice(&parcel.map(|of| of.bytes).unwrap_or_default()),
            }
        }
        bytes
    }
}
