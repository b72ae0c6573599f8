//! What a neighbour can do wrong with large payloads.

use super::traffic::{Everything, NOTE};
use super::*;
use crate::limits::{ANSWER_TIMEOUT, PAYLOAD_LEAF_BYTES, PIECE_BYTES_MAX, PULL_PATIENCE};
use crate::message::{Blob, Set};
use crate::record::{Digest, Part, PayloadId, Publisher, RecordDraft, Records, leaf_digest};
use crate::record::{RecordUpdate, root_over};

/// A large payload, and what it comes in.
struct Wares {
    id: PayloadId,
    bytes: Vec<u8>,
    digests: Vec<u8>,
}

impl Wares {
    fn new(len: usize) -> Self {
        let bytes: Vec<u8> = (0..=250).cycle().take(len).collect();
        let digests: Vec<Digest> = bytes.chunks(PAYLOAD_LEAF_BYTES).map(leaf_digest).collect();
        let id = PayloadId::new(root_over(&digests), u32::try_from(len).unwrap());
        Self { id, bytes, digests: digests.concat() }
    }

    /// The header of a record that has it.
    fn header(&self, rig: &Rig, peer: &Peer) -> Message {
        let publisher = Publisher {
            key: &peer.key,
            cred: peer.grants.last().map(Statement::id),
            instance: Instance::from_u64(peer.instance),
            now: rig.now().wall,
            payload_max: u32::MAX,
            large: Some(self.id),
        };
        let mut records = Records::new(rig.seat.group);
        let draft = RecordDraft::new(NOTE, UnixTime::from_millis(WALL + 36_000_000));
        let tenures = Everything(peer.key.peer());
        let made = records.compose_add(&publisher, &tenures, draft, [7; 16]).unwrap();
        Message::Items { set: Set::Records, items: vec![Blob(made.item().into())] }
    }

    fn part(&self, part: Part) -> &[u8] {
        match part {
            Part::Digests => &self.digests,
            Part::Leaf(leaf) => {
                let leaf = usize::try_from(leaf).unwrap();
                self.bytes.chunks(PAYLOAD_LEAF_BYTES).nth(leaf).unwrap()
            }
        }
    }

    fn pieces(&self, part: Part) -> Vec<Message> {
        pieces(self.id, part, self.part(part), 9)
    }
}

/// The pieces of a part, with the voucher that the last one brings.
fn pieces(payload: PayloadId, part: Part, bytes: &[u8], voucher: u64) -> Vec<Message> {
    let count = bytes.len().div_ceil(PIECE_BYTES_MAX);
    let piece = |(number, bytes): (usize, &[u8])| Message::Piece {
        payload,
        part,
        offset: u32::try_from(number * PIECE_BYTES_MAX).unwrap(),
        bytes: Blob(Bytes::copy_from_slice(bytes)),
        voucher: (number + 1 == count).then_some(voucher),
    };
    bytes.chunks(PIECE_BYTES_MAX).enumerate().map(piece).collect()
}

/// What a message that ends an answer brings.
fn voucher_in(message: &Message) -> Option<u64> {
    match message {
        Message::Piece { voucher, .. } => *voucher,
        Message::Holding { voucher, .. } => Some(*voucher),
        _ => None,
    }
}

impl Rig {
    /// The parts that the node has asked for on a link since the last time.
    fn pulls(&mut self, link: LinkId) -> Vec<Part> {
        let bodies = self.bodies(link).into_iter();
        let pulled = bodies.filter_map(|body| match Message::decode(&body).unwrap() {
            Message::Pull { part, .. } => Some(part),
            _ => None,
        });
        pulled.collect()
    }

    fn arrived(&self) -> u32 {
        let mut records = self.node.records(self.seat, None).unwrap();
        records.next().unwrap().large.unwrap().arrived
    }

    fn give(&mut self, link: LinkId, wares: &Wares, part: Part) {
        for piece in wares.pieces(part) {
            self.say(link, &piece);
        }
    }
}

/// A node that has heard of a payload from a neighbour, and asked for its first part.
fn asked(wares: &Wares) -> (Rig, LinkId) {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let link = rig.neighbour(&peer);
    rig.pulls(link);
    let header = wares.header(&rig, &peer);
    rig.say(link, &header);
    (rig, link)
}

#[test]
fn parts_are_asked_for_as_they_are_answered_and_no_more_at_a_time_than_may_be() {
    let wares = Wares::new(5 * PAYLOAD_LEAF_BYTES);
    let (mut rig, link) = asked(&wares);
    assert_eq!(rig.pulls(link), [Part::Digests]);
    rig.give(link, &wares, Part::Digests);
    assert_eq!(rig.pulls(link), [0, 1, 2].map(Part::Leaf));
    for leaf in [1, 0, 2, 4, 3] {
        rig.give(link, &wares, Part::Leaf(leaf));
    }
    assert_eq!((rig.arrived(), rig.faults()), (wares.id.size(), vec![]));
    assert_eq!(rig.pulls(link), [3, 4].map(Part::Leaf));
}

#[test]
fn a_leaf_that_is_not_what_the_root_says_is_a_fault_and_is_not_kept() {
    let wares = Wares::new(2 * PAYLOAD_LEAF_BYTES);
    let (mut rig, link) = asked(&wares);
    rig.give(link, &wares, Part::Digests);
    let mut wrong = Wares { id: wares.id, ..Wares::new(2 * PAYLOAD_LEAF_BYTES) };
    *wrong.bytes.last_mut().unwrap() ^= 1;
    rig.give(link, &wares, Part::Leaf(0));
    rig.give(link, &wrong, Part::Leaf(1));
    assert_eq!(rig.faults(), [Fault::InvalidPayload]);
    assert_eq!(rig.arrived(), 64 * 1024, "what was true is");
}

#[test]
fn hashes_from_which_another_root_follows_are_a_fault() {
    let wares = Wares::new(2 * PAYLOAD_LEAF_BYTES);
    let (mut rig, link) = asked(&wares);
    let mut wrong = Wares { id: wares.id, ..Wares::new(2 * PAYLOAD_LEAF_BYTES) };
    wrong.digests.reverse();
    rig.give(link, &wrong, Part::Digests);
    assert_eq!(rig.faults(), [Fault::InvalidPayload]);
}

#[test]
fn pieces_that_nobody_asked_for_are_a_fault() {
    let wares = Wares::new(2 * PAYLOAD_LEAF_BYTES);
    let (mut rig, link) = asked(&wares);
    rig.give(link, &wares, Part::Leaf(0));
    assert_eq!(rig.faults(), [Fault::Unexpected]);
}

#[test]
fn r09_parts_asked_for_beyond_the_credit_are_a_fault() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let link = rig.neighbour(&peer);
    let wares = Wares::new(9 * PAYLOAD_LEAF_BYTES);
    let draft = RecordDraft::new(NOTE, UnixTime::from_millis(WALL + 36_000_000));
    let (now, seat) = (rig.now(), rig.seat);
    rig.node.publish(now, seat, draft.payload(wares.bytes.clone())).unwrap();
    rig.drain();
    for (leaf, voucher) in (0..3).zip(0..) {
        rig.say(link, &Message::Pull { payload: wares.id, part: Part::Leaf(leaf), voucher });
    }
    let mut bodies = rig.bodies(link).into_iter();
    let given = bodies.find_map(|body| voucher_in(&Message::decode(&body).unwrap()));
    let pull = |voucher| Message::Pull { payload: wares.id, part: Part::Leaf(3), voucher };
    rig.say(link, &pull(given.unwrap()));
    assert_eq!((rig.faults(), rig.bodies(link).len()), (vec![], 4), "an answer was read");
    rig.say(link, &pull(given.unwrap()));
    assert_eq!(rig.faults(), [Fault::CreditExceeded], "who does not read asks for no more");
}

#[test]
fn r11_a_neighbour_that_brings_nothing_is_silent() {
    let wares = Wares::new(2 * PAYLOAD_LEAF_BYTES);
    let (mut rig, _) = asked(&wares);
    rig.run(ANSWER_TIMEOUT + Duration::from_secs(1));
    assert_eq!(rig.faults(), [Fault::Silent]);
}

#[test]
fn r11_what_one_neighbour_is_slow_to_bring_another_is_asked_for() {
    let wares = Wares::new(2 * PAYLOAD_LEAF_BYTES);
    let (mut rig, slow) = asked(&wares);
    let other = rig.peer(8, Role::Member);
    let link = rig.neighbour(&other);
    assert_eq!((rig.pulls(slow), rig.pulls(link)), (vec![Part::Digests], vec![]));
    rig.run(PULL_PATIENCE + Duration::from_secs(1));
    assert_eq!(rig.pulls(link), [Part::Digests]);
    rig.give(link, &wares, Part::Digests);
    rig.give(slow, &wares, Part::Digests);
    let pulls = [rig.pulls(link), rig.pulls(slow)].concat();
    assert_eq!(pulls.len(), 2, "each leaf once: {pulls:?}");
    assert_eq!(rig.faults(), [], "what came late was asked for");
}

#[test]
fn a_neighbour_that_lacks_a_payload_is_asked_again_once_it_says_that_it_has_it() {
    let wares = Wares::new(2 * PAYLOAD_LEAF_BYTES);
    let (mut rig, link) = asked(&wares);
    let (payload, part) = (wares.id, Part::Digests);
    rig.say(link, &Message::Holding { payload, part, held: Blob(Bytes::new()), voucher: 9 });
    rig.pulls(link);
    rig.run(Duration::from_secs(50));
    assert_eq!(rig.pulls(link), [], "it has nothing");
    rig.say(link, &Message::Whole { payload });
    assert_eq!(rig.pulls(link), [Part::Digests]);
    assert_eq!(rig.faults(), []);
}

#[test]
fn what_is_asked_for_and_is_here_comes_in_pieces() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let link = rig.neighbour(&peer);
    let wares = Wares::new(PAYLOAD_LEAF_BYTES + 5);
    let draft = RecordDraft::new(NOTE, UnixTime::from_millis(WALL + 36_000_000));
    let (now, seat) = (rig.now(), rig.seat);
    let record = rig.node.publish(now, seat, draft.payload(wares.bytes.clone())).unwrap().value;
    rig.drain();
    rig.bodies(link);
    let parts = [Part::Digests, Part::Leaf(0), Part::Leaf(1)];
    let mut given = 0;
    for (part, voucher) in parts.into_iter().zip(0..) {
        rig.say(link, &Message::Pull { payload: wares.id, part, voucher });
        let bodies = rig.bodies(link).into_iter();
        let said: Vec<Message> = bodies.map(|body| Message::decode(&body).unwrap()).collect();
        given = said.last().and_then(voucher_in).unwrap();
        assert_eq!(said, pieces(wares.id, part, wares.part(part), given));
    }
    rig.node.update(now, seat, record, RecordUpdate::new().payload("small")).unwrap();
    rig.drain();
    rig.bodies(link);
    let (payload, part) = (wares.id, Part::Leaf(0));
    rig.say(link, &Message::Pull { payload, part, voucher: given });
    let said = Message::decode(&rig.bodies(link).pop().unwrap()).unwrap();
    let Message::Holding { held, .. } = said else { panic!("it was freed: {said:?}") };
    assert!(held.0.is_empty());
}

#[test]
fn k02_a_leaf_that_is_rotten_in_the_store_is_not_served_and_the_store_is_blamed() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let link = rig.neighbour(&peer);
    let wares = Wares::new(2 * PAYLOAD_LEAF_BYTES);
    let draft = RecordDraft::new(NOTE, UnixTime::from_millis(WALL + 36_000_000));
    let (now, seat) = (rig.now(), rig.seat);
    rig.node.publish(now, seat, draft.payload(wares.bytes.clone())).unwrap();
    rig.drain();
    let (_, leaf) = rig.store.iter_mut().rev().find(|(key, _)| key[0] == b'm').unwrap();
    let mut rotten = leaf.to_vec();
    rotten[77] ^= 1;
    *leaf = rotten.into();
    rig.bodies(link);
    rig.say(link, &Message::Pull { payload: wares.id, part: Part::Leaf(0), voucher: 0 });
    let served = rig.bodies(link);
    assert_eq!(served.len(), PAYLOAD_LEAF_BYTES / PIECE_BYTES_MAX, "the other one is sound");
    rig.say(link, &Message::Pull { payload: wares.id, part: Part::Leaf(1), voucher: 1 });
    let said = rig.bodies(link).into_iter().map(|body| Message::decode(&body).unwrap());
    let said: Vec<Message> = said.collect();
    assert!(!said.iter().any(|message| matches!(message, Message::Piece { .. })), "{said:?}");
    assert!(rig.events.contains(&Event::StoreFailed(StoreFailure::Corrupt)));
    assert_eq!(rig.faults(), []);
}

/// The most that is allocated at once while so many leaves, all alike, are fetched; what the store
/// holds is not counted.
fn memory_of_fetching(leaves: u32) -> u64 {
    let leaf = vec![7; PAYLOAD_LEAF_BYTES];
    let digests = vec![leaf_digest(&leaf); usize::try_from(leaves).unwrap()];
    let id = PayloadId::new(root_over(&digests), leaves * 64 * 1024);
    let wares = Wares { id, bytes: leaf, digests: digests.concat() };
    let mut rig = Rig::new();
    let mut properties = Properties::named(name("large"));
    properties.payload_bytes_max = id.size();
    let (now, seat) = (rig.now(), rig.seat);
    rig.node.set_properties(now, seat, properties).unwrap();
    rig.drain();
    rig.drops_parts = true;
    let peer = rig.peer(7, Role::Member);
    let link = rig.neighbour(&peer);
    let header = wares.header(&rig, &peer);
    let measured = allocation_counter::measure(|| {
        rig.say(link, &header);
        let mut pulls = rig.pulls(link);
        while let Some(part) = pulls.pop() {
            // each leaf is the first: all are alike
            let bytes = wares.part(if part == Part::Digests { part } else { Part::Leaf(0) });
            for piece in pieces(id, part, bytes, 9) {
                rig.say(link, &piece);
            }
            pulls.extend(rig.pulls(link));
        }
    });
    assert_eq!((rig.arrived(), rig.faults()), (id.size(), vec![]));
    measured.bytes_max
}

#[test]
fn r08_the_memory_of_a_transfer_is_bounded_by_a_window_and_not_by_the_payload() {
    let (small, large) = (memory_of_fetching(16), memory_of_fetching(960));
    // the hashes of its leaves are held twice at most, while they are verified
    assert!(large < small + 3 * 960 * 32, "{small} and {large} bytes");
    assert!(large < 16 * 64 * 1024, "{large} bytes");
    std::println!("1 MiB takes {small} bytes of memory, 60 MiB takes {large}");
}
