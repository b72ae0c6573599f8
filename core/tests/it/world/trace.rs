//! What was said to one node, to be said again to another one in another manner.

use bytes::Bytes;
use peergroup_core::{
    Config, Input, LinkDown, LinkId, LinkInfo, Loaded, Node, Now, Output, Seed, StoreFailure,
    Ticket,
};
use std::collections::{BTreeMap, BTreeSet};

/// A verb, as often as needed.
type Verb = Box<dyn Fn(&mut Node, Now)>;

/// One call of a node.
pub struct Call {
    pub now: Now,
    pub what: What,
}

/// What a node was told.
pub enum What {
    Tick,
    LinkUp(LinkId, [u8; 32]),
    Received(LinkId, Vec<u8>),
    LinkDown(LinkId, LinkDown),
    Stored(Ticket, Result<(), StoreFailure>),
    Loaded(Ticket, Vec<(Bytes, Bytes)>, bool),
    Accepted([u8; 32]),
    Verb(Verb),
}

impl What {
    pub fn of(input: Input<'_>) -> Self {
        match input {
            Input::Tick => Self::Tick,
            Input::LinkUp { link, info } => Self::LinkUp(link, *info.binding),
            Input::Received { link, bytes } => Self::Received(link, bytes.to_vec()),
            Input::LinkDown { link, cause } => Self::LinkDown(link, cause),
            Input::Stored { ticket, outcome } => Self::Stored(ticket, outcome),
            Input::Loaded { ticket, outcome } => {
                let loaded = outcome.expect("this store reads");
                Self::Loaded(ticket, loaded.entries.to_vec(), loaded.more)
            }
            _ => panic!("an input nobody knows"),
        }
    }
}

/// How a node is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polling {
    /// After each call until nothing is left, and at most so many bytes at once.
    Eager(usize),
    /// After each call once; the rest follows the last call.
    OneByOne,
    /// Only after the last call.
    Late,
}

/// How the bytes that arrived are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// As they arrived.
    Asis,
    /// In pieces of this size.
    Every(usize),
    /// In pieces of sizes that follow from this number.
    Random(u64),
}

/// What came out of a node.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// Outputs but for `Transmit` edges, in order.
    pub outputs: Vec<String>,
    /// Every byte, by link.
    pub bytes: BTreeMap<LinkId, Vec<u8>>,
    /// Links that are not closed in the end.
    pub open: BTreeSet<LinkId>,
    /// Transmit edges.
    pub edges: usize,
}

/// The next number of a simple generator.
pub fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// Says to a fresh node with this seed what was said to another one.
pub fn replay(calls: &[Call], seed: u8, polling: Polling, parting: Parting) -> Transcript {
    let start = calls.first().expect("something was said").now;
    let mut node = Node::new(Config::default(), &Seed::from_bytes([seed; 32]), start);
    let mut transcript = Transcript::default();
    for call in calls {
        say(&mut node, call, parting, &mut transcript);
        match polling {
            Polling::Eager(limit) => while poll(&mut node, limit, &mut transcript) {},
            Polling::OneByOne => {
                poll(&mut node, 1000, &mut transcript);
            }
            Polling::Late => {}
        }
    }
    while poll(&mut node, 1 << 20, &mut transcript) {}
    transcript
}

fn say(node: &mut Node, call: &Call, parting: Parting, transcript: &mut Transcript) {
    let now = call.now;
    let input = match &call.what {
        What::Tick => Input::Tick,
        What::LinkUp(link, binding) => {
            transcript.open.insert(*link);
            Input::LinkUp { link: *link, info: LinkInfo { binding, remote: None } }
        }
        What::Received(link, bytes) => return receive(node, now, *link, bytes, parting),
        What::LinkDown(link, cause) => {
            transcript.open.remove(link);
            Input::LinkDown { link: *link, cause: *cause }
        }
        What::Stored(ticket, outcome) => Input::Stored { ticket: *ticket, outcome: *outcome },
        What::Loaded(ticket, entries, more) => {
            Input::Loaded { ticket: *ticket, outcome: Ok(Loaded { entries, more: *more }) }
        }
        What::Accepted(binding) => {
            transcript.open.insert(node.accept(now, LinkInfo { binding, remote: None }));
            return;
        }
        What::Verb(verb) => return verb(node, now),
    };
    node.handle_input(now, input).expect("the driver made no mistake the first time");
}

fn receive(node: &mut Node, now: Now, link: LinkId, mut bytes: &[u8], parting: Parting) {
    let mut seed = match parting {
        Parting::Random(seed) => seed ^ (bytes.len() as u64) << 20 | 1,
        Parting::Asis | Parting::Every(_) => 1,
    };
    while !bytes.is_empty() {
        let size = match parting {
            Parting::Asis => bytes.len(),
            Parting::Every(size) => size,
            Parting::Random(_) => usize::try_from(next(&mut seed) % 3000).unwrap() + 1,
        };
        let (piece, rest) = bytes.split_at(size.min(bytes.len()));
        node.handle_input(now, Input::Received { link, bytes: piece }).expect("only bytes");
        bytes = rest;
    }
}

fn poll(node: &mut Node, limit: usize, transcript: &mut Transcript) -> bool {
    let Some(output) = node.poll_output() else { return false };
    if let Output::Transmit { link } = output {
        transcript.edges += 1;
        let bytes = transcript.bytes.entry(link).or_default();
        while node.poll_transmit(link, limit, bytes) > 0 {}
    } else {
        transcript.outputs.push(format!("{output:?}"));
    }
    true
}
