//! Pipes: the streams between hosts, each a link at both of its ends.

mod lane;

use peergroup_core::{Address, LinkId};
use sha2::{Digest, Sha256};

pub(crate) use lane::{Harm, Lane, MOMENT};

use crate::middle::Passage;

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

/// What happened to a link that may make an honest end seem to break the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Excuse {
    /// Bytes came late or not at all: an end may seem silent.
    Held,
    /// Bytes were altered: an end may seem to have said anything.
    Altered,
    /// Somebody is in the middle: no handshake may succeed.
    Relayed,
}

/// A stream between two hosts.
#[derive(Debug)]
pub(crate) struct Pipe {
    /// The hosts that dialled and were dialled.
    pub(crate) hosts: [usize; 2],
    bindings: [[u8; 32]; 2],
    pub(crate) to: Address,
    /// The ends that are open: one until it is accepted, and one after the other hung up.
    ends: [Option<End>; 2],
    /// What is on its way to each end.
    lanes: [Lane; 2],
    /// Nothing arrives any more.
    pub(crate) is_dead: bool,
    pub(crate) excuse: Option<Excuse>,
    /// The way through somebody in the middle with a script.
    pub(crate) passage: Option<Passage>,
}

impl Pipe {
    /// The pipe that an end dials.
    pub(crate) fn new(seed: u64, dialler: End, host: usize, to: Address) -> Self {
        let numbers = numbers(dialler);
        let binding = binding(seed, numbers, "binding");
        Self {
            hosts: [dialler.run.host, host],
            bindings: [binding; 2],
            to,
            ends: [Some(dialler), None],
            lanes: core::array::from_fn(|side| Lane::new(seed, numbers, side)),
            is_dead: false,
            excuse: None,
            passage: None,
        }
    }

    /// Somebody in the middle ends the dialler's stream, and makes one of its own.
    pub(crate) fn relay(&mut self, seed: u64, dialler: End) {
        let [_, accepted] = &mut self.bindings;
        *accepted = binding(seed, numbers(dialler), "relay");
        self.excuse = Some(Excuse::Relayed);
    }

    /// Whether the two ends know different things of their streams.
    pub(crate) fn is_relayed(&self) -> bool {
        let [dialled, accepted] = self.bindings;
        dialled != accepted
    }

    /// What the end of a side knows of its stream, and no end of another stream does.
    pub(crate) fn binding(&self, side: Side) -> [u8; 32] {
        let [dialled, accepted] = self.bindings;
        if side == 0 { dialled } else { accepted }
    }

    /// The host of a side.
    pub(crate) fn host(&self, side: Side) -> usize {
        let [dialler, acceptor] = self.hosts;
        if side == 0 { dialler } else { acceptor }
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

    /// Whether both ends are open.
    pub(crate) fn is_up(&self) -> bool {
        self.ends.iter().all(Option::is_some)
    }

    /// Whether both ends are closed.
    pub(crate) fn is_over(&self) -> bool {
        self.ends.iter().all(Option::is_none)
    }
}

fn numbers(end: End) -> [u64; 3] {
    [u64::try_from(end.run.host).unwrap_or(u64::MAX), end.run.start, end.link.as_u64()]
}

/// What both ends of a stream know and no other stream shares.
fn binding(seed: u64, numbers: [u64; 3], label: &str) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"peergroup-mem ");
    hasher.update(label);
    hasher.update(seed.to_le_bytes());
    for number in numbers {
        hasher.update(number.to_le_bytes());
    }
    hasher.finalize().into()
}
