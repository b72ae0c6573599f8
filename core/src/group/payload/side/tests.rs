#![allow(clippy::arithmetic_side_effects, reason = "a test")]

use super::*;
use crate::limits::{PAYLOAD_BYTES_MAX, PAYLOAD_LEAF_BYTES};

const PIECE: usize = PIECE_BYTES_MAX;

fn payload(leaves: usize) -> PayloadId {
    PayloadId::new([7; 32], u32::try_from(leaves.saturating_mul(PAYLOAD_LEAF_BYTES)).unwrap())
}

/// What a side makes of a piece; the fourth ends a leaf.
fn come(
    side: &mut Side,
    payload: PayloadId,
    part: Part,
    offset: u32,
    bytes: &[u8],
) -> Result<Option<Arrived>, Fault> {
    let voucher = (usize::try_from(offset).unwrap() == 3 * PIECE).then_some(77);
    side.on_piece(&Piece { payload, part, offset, bytes, voucher })
}

fn asking(payload: PayloadId, part: Part) -> Side {
    let mut side = Side::default();
    side.on_asked(Pull::new(payload, part, Instant::default()));
    side
}

fn offset(piece: usize) -> u32 {
    u32::try_from(piece.saturating_mul(PIECE)).unwrap()
}

#[test]
fn a_part_has_come_with_its_last_piece() {
    let (id, leaf) = (payload(2), Part::Leaf(1));
    let mut side = asking(id, leaf);
    let piece = alloc::vec![3; PIECE];
    for count in 0..3 {
        assert!(matches!(come(&mut side, id, leaf, offset(count), &piece), Ok(None)));
    }
    let arrived = come(&mut side, id, leaf, offset(3), &piece).ok().flatten().unwrap();
    assert_eq!((arrived.bytes.len(), arrived.is_void), (PAYLOAD_LEAF_BYTES, false));
    assert!(!side.owes());
}

#[test]
fn pieces_that_were_not_asked_for_are_a_fault() {
    let (id, leaf) = (payload(2), Part::Leaf(1));
    let piece = alloc::vec![3; PIECE];
    let fault = |id, part, offset, piece: &[u8]| {
        come(&mut asking(payload(2), Part::Leaf(1)), id, part, offset, piece).err()
    };
    let unexpected = Some(Fault::Unexpected);
    assert_eq!(fault(id, leaf, 0, &piece), None);
    assert_eq!(fault(payload(3), leaf, 0, &piece), unexpected, "of another payload");
    assert_eq!(fault(id, Part::Leaf(0), 0, &piece), unexpected, "of another part");
    assert_eq!(fault(id, leaf, offset(1), &piece), unexpected, "a gap");
    assert_eq!(fault(id, leaf, 0, &piece[1..]), unexpected, "shorter than it may be");
    assert_eq!(fault(id, leaf, 0, &alloc::vec![3; PIECE + 1]), unexpected, "longer");
}

#[test]
fn what_is_void_comes_to_its_end_and_takes_no_memory() {
    let (id, leaf) = (payload(1), Part::Leaf(0));
    let mut side = asking(id, leaf);
    let piece = alloc::vec![3; PIECE];
    come(&mut side, id, leaf, 0, &piece).ok().unwrap();
    side.pulls.iter_mut().for_each(Pull::drop_it);
    for count in 1..3 {
        assert!(matches!(come(&mut side, id, leaf, offset(count), &piece), Ok(None)));
    }
    let arrived = come(&mut side, id, leaf, offset(3), &piece).ok().flatten().unwrap();
    assert_eq!((arrived.bytes.len(), arrived.is_void), (0, true));
}

#[test]
fn more_parts_than_may_be_asked_for_are_a_fault() {
    let mut side = Side::default();
    for (leaf, voucher) in (0..3).zip(0..) {
        assert_eq!(side.on_pull(payload(9), Part::Leaf(leaf), voucher), Ok(()));
    }
    for voucher in 0..4 {
        let beyond = side.on_pull(payload(9), Part::Leaf(3), voucher);
        assert_eq!(beyond, Err(Fault::CreditExceeded), "{voucher}");
    }
    side.give(99);
    assert_eq!(side.on_pull(payload(9), Part::Leaf(3), 99), Ok(()), "what an answer brought");
}

#[test]
fn parts_that_cannot_be_are_not_asked_for() {
    let fault = |id, part| Side::default().on_pull(id, part, 0).err();
    let small = PayloadId::new([7; 32], 4096);
    let huge = PayloadId::new([7; 32], u32::try_from(PAYLOAD_BYTES_MAX).unwrap() + 1);
    for id in [small, huge] {
        assert_eq!(fault(id, Part::Leaf(0)), Some(Fault::Unexpected));
    }
    assert_eq!(fault(payload(2), Part::Leaf(2)), Some(Fault::Unexpected));
    assert_eq!(fault(payload(1), Part::Digests), Some(Fault::Unexpected), "the root tells");
    assert_eq!(fault(payload(2), Part::Digests), None);
}

#[test]
fn a_neighbour_is_asked_for_what_it_says_it_holds_and_for_no_more() {
    let (id, leaf) = (payload(9), Part::Leaf(0));
    let mut side = asking(id, leaf);
    assert!(side.may_hold(id, leaf), "it has not said");
    let held = Bits::below(1);
    assert_eq!(side.on_lacking(id, leaf, held.bytes(), 77), Ok(true));
    assert!(side.may_hold(id, Part::Digests) && !side.may_hold(id, leaf));
    assert!(side.may_hold(payload(8), leaf));
    assert!(side.forget_lack(id));
    assert!(side.may_hold(id, leaf));
}

#[test]
fn to_lack_what_one_says_one_holds_is_a_fault() {
    let (id, leaf) = (payload(9), Part::Leaf(0));
    let held = Bits::below(2);
    let lack = |held: &[u8]| asking(id, leaf).on_lacking(id, leaf, held, 77);
    assert_eq!(lack(held.bytes()), Err(Fault::Unexpected));
    assert_eq!(lack(Bits::below(11).bytes()), Err(Fault::Malformed), "more than there are");
    assert_eq!(Side::default().on_lacking(id, leaf, &[], 77), Err(Fault::Unexpected));
}

#[test]
fn a_voucher_comes_with_the_last_piece_and_no_earlier() {
    let (id, leaf, bytes) = (payload(1), Part::Leaf(0), alloc::vec![3; PIECE]);
    let piece = |offset, voucher| Piece { payload: id, part: leaf, offset, bytes: &bytes, voucher };
    assert!(asking(id, leaf).on_piece(&piece(0, Some(9))).is_err());
    let mut side = asking(id, leaf);
    for count in 0..3 {
        side.on_piece(&piece(offset(count), None)).ok().unwrap();
    }
    assert!(side.on_piece(&piece(offset(3), None)).is_err());
}
