use alloc::vec;

use super::*;
use crate::id::GroupId;
use crate::key::SecretKey;

const TYPE: TypeId = TypeId::from_u128(7);

fn connection() -> Connection {
    let identity = SecretKey::from_bytes([1; 32]).peer();
    let seat = Seat { identity, group: GroupId::from_bytes([2; 32]) };
    Connection::new(seat, identity, 1, Stage::Up(LinkId::from_u64(1)))
}

/// A part as the other end decodes it, and what it is charged.
fn received(part: Part) -> (Option<(TypeId, u32)>, Bytes, usize) {
    let body = [part.header, part.bytes.to_vec()].concat();
    let (message, bytes) = Direct::decode(&body).unwrap();
    let Direct::Part { start, .. } = message else { panic!("not a part") };
    (start, Bytes::copy_from_slice(bytes), body.len())
}

/// Carries everything that credit allows from one end to the other.
fn carry(from: &mut Connection, to: &mut Connection) -> Vec<(TypeId, Bytes)> {
    let mut arrived = Vec::new();
    while let Some(part) = from.next_part() {
        let (start, bytes, charge) = received(part);
        arrived.extend(to.on_part(start, bytes, charge).unwrap());
        repay(from, to);
    }
    arrived
}

/// Carries back the credit that is due.
fn repay(from: &mut Connection, to: &mut Connection) {
    if let Some(Direct::Credit(bytes)) = to.repay() {
        from.on_credit(bytes).unwrap();
    }
}

/// The application takes a message.
fn take(from: &mut Connection, to: &mut Connection) {
    to.take();
    repay(from, to);
}

#[test]
fn messages_arrive_in_order_and_whole() {
    let (mut from, mut to) = (connection(), connection());
    for size in [0, 1, PART_BYTES, PART_BYTES + 1, 100_000] {
        assert!(from.queue(TYPE, vec![5; size].into()));
    }
    let sizes: Vec<usize> = carry(&mut from, &mut to).iter().map(|(_, data)| data.len()).collect();
    assert_eq!(sizes, [0, 1, PART_BYTES, PART_BYTES + 1, 100_000]);
}

#[test]
fn c7_what_nobody_takes_stops_at_one_window_and_goes_on_when_it_is_taken() {
    let (mut from, mut to) = (connection(), connection());
    let data = Bytes::from(vec![1; MESSAGE_BYTES_MAX]);
    for _ in 0..3 {
        assert!(from.queue(TYPE, data.clone()));
    }
    assert_eq!(carry(&mut from, &mut to).len(), 1, "the second is stuck half-way");
    take(&mut from, &mut to);
    assert_eq!(carry(&mut from, &mut to).len(), 1);
    take(&mut from, &mut to);
    assert_eq!(carry(&mut from, &mut to).len(), 1);
}

#[test]
fn c7_more_than_the_credit_is_a_fault() {
    let mut to = connection();
    let part = Bytes::from(vec![0; PART_BYTES]);
    to.on_part(Some((TYPE, u32::MAX)), part.clone(), part.len()).unwrap_err();
    let mut to = connection();
    let length = u32::try_from(MESSAGE_BYTES_MAX).unwrap();
    let mut outcome = to.on_part(Some((TYPE, length)), part.clone(), part.len());
    for _ in 0..40 {
        if outcome.is_ok() {
            outcome = to.on_part(None, part.clone(), PART_BYTES * 2);
        }
    }
    assert_eq!(outcome, Err(Fault::CreditExceeded));
}

#[test]
fn room_is_made_for_what_arrived_and_not_for_what_is_declared() {
    let mut to = connection();
    let length = u32::try_from(MESSAGE_BYTES_MAX).unwrap();
    to.on_part(Some((TYPE, length)), Bytes::from_static(b"x"), 30).unwrap();
    let room = |to: &Connection| to.incoming.partial.as_ref().unwrap().bytes.capacity();
    assert!(room(&to) <= 2, "{}", room(&to));
    let part = Bytes::from(vec![0; PART_BYTES]);
    to.on_part(None, part, PART_BYTES + 5).unwrap();
    assert!(room(&to) <= 2 * (PART_BYTES + 1), "{}", room(&to));
}

#[test]
fn parts_out_of_turn_are_faults() {
    assert_eq!(connection().on_part(None, Bytes::from_static(b"x"), 9), Err(Fault::Unexpected));
    let mut to = connection();
    to.on_part(Some((TYPE, 5)), Bytes::from_static(b"x"), 9).unwrap();
    assert_eq!(to.on_part(Some((TYPE, 5)), Bytes::from_static(b"x"), 9), Err(Fault::Unexpected));
    let mut to = connection();
    to.on_part(Some((TYPE, 5)), Bytes::from_static(b"x"), 9).unwrap();
    assert_eq!(to.on_part(None, Bytes::from_static(b""), 9), Err(Fault::Unexpected));
    let mut to = connection();
    assert_eq!(to.on_part(Some((TYPE, 1)), Bytes::from_static(b"xy"), 9), Err(Fault::TooLarge));
    let reserved = TypeId::from_u128(1 << 96);
    assert_eq!(
        connection().on_part(Some((reserved, 1)), Bytes::from_static(b"x"), 9),
        Err(Fault::Unexpected)
    );
}

#[test]
fn credit_that_was_never_spent_is_a_fault() {
    assert_eq!(connection().on_credit(1), Err(Fault::CreditExceeded));
    assert_eq!(connection().on_credit(0), Err(Fault::Unexpected));
}

#[test]
fn a_full_queue_refuses_and_says_when_it_takes_more() {
    let (mut from, mut to) = (connection(), connection());
    let data = Bytes::from(vec![1; MESSAGE_BYTES_MAX]);
    while from.queue(TYPE, data.clone()) {}
    assert!(!from.became_writable());
    for _ in 0..3 {
        carry(&mut from, &mut to);
        take(&mut from, &mut to);
    }
    carry(&mut from, &mut to);
    assert!(from.became_writable());
    assert!(!from.became_writable(), "said once");
}

#[test]
fn a_message_handed_to_two_is_credited_once_both_have_taken_it() {
    let (mut from, mut to) = (connection(), connection());
    let most = usize::try_from(CONNECTION_WINDOW / 2).unwrap();
    assert!(from.queue(TYPE, vec![5; most].into()));
    carry(&mut from, &mut to);
    to.hand_out(2);
    to.take();
    assert_eq!(to.repay(), None, "one of the two has not");
    to.take();
    assert!(matches!(to.repay(), Some(Direct::Credit(_))));
    to.take();
    assert_eq!(to.repay(), None, "all is taken");
}

#[test]
fn credit_for_a_flood_of_small_messages_returns_once_in_half_a_window() {
    let (mut from, mut to) = (connection(), connection());
    let mut returns = 0;
    for _ in 0..20_000 {
        assert!(from.queue(TYPE, vec![5; 100].into()));
        let Some(part) = from.next_part() else { panic!("credit has run out") };
        let (start, bytes, charge) = received(part);
        assert!(to.on_part(start, bytes, charge).unwrap().is_some());
        to.take();
        if let Some(Direct::Credit(bytes)) = to.repay() {
            from.on_credit(bytes).unwrap();
            returns += 1;
        }
    }
    assert!((1..=8).contains(&returns), "{returns}");
}
