use alloc::vec;

use bytes::Bytes;

use super::*;
use crate::fault::Fault;
use crate::id::{GroupId, TypeId};
use crate::key::SecretKey;
use crate::limits::{
    CONNECTION_GROWTH_MAX, CONNECTION_WINDOW, CONNECTION_WINDOW_MAX, MESSAGE_BYTES_MAX,
};
use crate::message::Direct;

const TYPE: TypeId = TypeId::from_u128(7);
const WINDOW: usize = CONNECTION_WINDOW as usize;

fn connection() -> Connection {
    let identity = SecretKey::from_bytes([1; 32]).peer();
    let seat = Seat { identity, group: GroupId::from_bytes([2; 32]) };
    Connection::new(seat, identity, 1, Stage::Up(LinkId::from_u64(1)))
}

/// A part as the other end decodes it, and what it is charged.
fn received(part: &Part) -> (Option<(TypeId, u32)>, Bytes, usize) {
    let body = [part.head.as_slice(), &part.bytes].concat();
    let (message, bytes) = Direct::decode(&body).unwrap();
    let Direct::Part { start, .. } = message else { panic!("not a part") };
    (start, Bytes::copy_from_slice(bytes), body.len())
}

/// Carries everything that credit allows from one end to the other.
fn carry(from: &mut Connection, to: &mut Connection) -> Vec<(TypeId, Bytes)> {
    let mut arrived = Vec::new();
    while let Some(part) = from.outgoing.next_part() {
        let (start, bytes, charge) = received(&part);
        if let Some(message) = to.incoming.on_part(start, bytes, charge).unwrap() {
            to.incoming.hand_out(1);
            arrived.push(message);
        }
        repay(from, to);
    }
    arrived
}

/// Carries back the credit that is due.
fn repay(from: &mut Connection, to: &mut Connection) {
    if let Some(bytes) = to.incoming.repay() {
        from.outgoing.on_credit(bytes).unwrap();
    }
}

/// The application takes a message.
fn take(from: &mut Connection, to: &mut Connection) {
    to.incoming.take();
    repay(from, to);
}

#[test]
fn messages_arrive_in_order_and_whole() {
    let (mut from, mut to) = (connection(), connection());
    for size in [0, 1, PART_BYTES, PART_BYTES + 1, 100_000] {
        assert!(from.outgoing.queue(TYPE, vec![5; size].into()));
    }
    let sizes: Vec<usize> = carry(&mut from, &mut to).iter().map(|(_, data)| data.len()).collect();
    assert_eq!(sizes, [0, 1, PART_BYTES, PART_BYTES + 1, 100_000]);
}

#[test]
fn c7_what_nobody_takes_stops_at_one_window_and_goes_on_when_it_is_taken() {
    let (mut from, mut to) = (connection(), connection());
    let data = Bytes::from(vec![1; MESSAGE_BYTES_MAX]);
    for _ in 0..3 {
        assert!(from.outgoing.queue(TYPE, data.clone()));
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
    to.incoming.on_part(Some((TYPE, u32::MAX)), part.clone(), part.len()).unwrap_err();
    let mut to = connection();
    let length = u32::try_from(MESSAGE_BYTES_MAX).unwrap();
    let mut outcome = to.incoming.on_part(Some((TYPE, length)), part.clone(), part.len());
    for _ in 0..40 {
        if outcome.is_ok() {
            outcome = to.incoming.on_part(None, part.clone(), PART_BYTES * 2);
        }
    }
    assert_eq!(outcome, Err(Fault::CreditExceeded));
}

#[test]
fn room_is_made_for_what_arrived_and_not_for_what_is_declared() {
    let mut to = connection();
    let length = u32::try_from(MESSAGE_BYTES_MAX).unwrap();
    to.incoming.on_part(Some((TYPE, length)), Bytes::from_static(b"x"), 30).unwrap();
    assert!(to.incoming.room() <= 2, "{}", to.incoming.room());
    let part = Bytes::from(vec![0; PART_BYTES]);
    to.incoming.on_part(None, part, PART_BYTES + 5).unwrap();
    assert!(to.incoming.room() <= 2 * (PART_BYTES + 1), "{}", to.incoming.room());
}

#[test]
fn parts_out_of_turn_are_faults() {
    assert_eq!(
        connection().incoming.on_part(None, Bytes::from_static(b"x"), 9),
        Err(Fault::Unexpected)
    );
    let mut to = connection();
    to.incoming.on_part(Some((TYPE, 5)), Bytes::from_static(b"x"), 9).unwrap();
    assert_eq!(
        to.incoming.on_part(Some((TYPE, 5)), Bytes::from_static(b"x"), 9),
        Err(Fault::Unexpected)
    );
    let mut to = connection();
    to.incoming.on_part(Some((TYPE, 5)), Bytes::from_static(b"x"), 9).unwrap();
    assert_eq!(to.incoming.on_part(None, Bytes::from_static(b""), 9), Err(Fault::Unexpected));
    let mut to = connection();
    assert_eq!(
        to.incoming.on_part(Some((TYPE, 1)), Bytes::from_static(b"xy"), 9),
        Err(Fault::TooLarge)
    );
    let reserved = TypeId::from_u128(1 << 96);
    assert_eq!(
        connection().incoming.on_part(Some((reserved, 1)), Bytes::from_static(b"x"), 9),
        Err(Fault::Unexpected)
    );
}

#[test]
fn credit_that_was_never_spent_is_a_fault() {
    assert_eq!(connection().outgoing.on_credit(1), Err(Fault::CreditExceeded));
    assert_eq!(connection().outgoing.on_credit(0), Err(Fault::Unexpected));
}

#[test]
fn a_full_queue_refuses_and_says_when_it_takes_more() {
    let (mut from, mut to) = (connection(), connection());
    let data = Bytes::from(vec![1; MESSAGE_BYTES_MAX]);
    while from.outgoing.queue(TYPE, data.clone()) {}
    assert!(!from.outgoing.became_writable());
    for _ in 0..3 {
        carry(&mut from, &mut to);
        take(&mut from, &mut to);
    }
    carry(&mut from, &mut to);
    assert!(from.outgoing.became_writable());
    assert!(!from.outgoing.became_writable(), "said once");
}

#[test]
fn a_message_handed_to_two_is_credited_once_both_have_taken_it() {
    let (mut from, mut to) = (connection(), connection());
    for _ in 0..=WINDOW / 2 / PART_BYTES {
        assert!(from.outgoing.queue(TYPE, vec![5; PART_BYTES].into()));
        let (start, bytes, charge) = received(&from.outgoing.next_part().unwrap());
        assert!(to.incoming.on_part(start, bytes, charge).unwrap().is_some());
        to.incoming.hand_out(2);
        to.incoming.take();
    }
    assert_eq!(to.incoming.repay(), None, "one of the two has taken half of them");
    for _ in 0..=WINDOW / 2 / PART_BYTES {
        to.incoming.take();
    }
    assert!(to.incoming.repay().is_some());
    to.incoming.take();
    assert_eq!(to.incoming.repay(), None, "all is taken");
}

#[test]
fn a_part_is_as_long_as_may_be_or_waits_for_credit() {
    let (mut from, mut to) = (connection(), connection());
    for _ in 0..2 {
        assert!(from.outgoing.queue(TYPE, vec![5; MESSAGE_BYTES_MAX].into()));
    }
    let mut sizes = Vec::new();
    while let Some(part) = from.outgoing.next_part() {
        sizes.push(part.bytes.len());
    }
    assert_eq!(sizes, vec![PART_BYTES; MESSAGE_BYTES_MAX / PART_BYTES]);
    from.outgoing.on_credit(u32::try_from(PART_BYTES / 2).unwrap()).unwrap();
    assert!(from.outgoing.next_part().is_none());
    from.outgoing.on_credit(u32::try_from(PART_BYTES).unwrap()).unwrap();
    assert_eq!(from.outgoing.next_part().map(|part| part.bytes.len()), Some(PART_BYTES));
    assert_eq!(carry(&mut from, &mut to).len(), 0);
}

#[test]
fn credit_for_a_flood_of_small_messages_returns_once_in_half_a_window() {
    let (mut from, mut to) = (connection(), connection());
    let mut returns = 0;
    for _ in 0..20_000 {
        assert!(from.outgoing.queue(TYPE, vec![5; 100].into()));
        let Some(part) = from.outgoing.next_part() else { panic!("credit has run out") };
        let (start, bytes, charge) = received(&part);
        assert!(to.incoming.on_part(start, bytes, charge).unwrap().is_some());
        to.incoming.hand_out(1);
        to.incoming.take();
        if let Some(bytes) = to.incoming.repay() {
            from.outgoing.on_credit(bytes).unwrap();
            returns += 1;
        }
    }
    assert!((1..=8).contains(&returns), "{returns}");
}

/// Carries twenty windows, each of which is taken in this time. Gives how often the window opened.
fn widenings(
    to: &mut Connection,
    reserve: &mut Reserve,
    round_trip: Duration,
    time: Duration,
) -> usize {
    let mut now = Instant::default();
    let mut count = 0_usize;
    to.incoming.begin(now, round_trip);
    for _ in 0..20 {
        now = now.after(time);
        let mut left = CONNECTION_WINDOW.saturating_add(to.incoming.growth());
        while left > 0 {
            let size = left.min(CONNECTION_WINDOW / 20);
            let charge = usize::try_from(size).unwrap();
            let bytes = Bytes::from_static(b"x");
            to.incoming.on_part(Some((TYPE, 1)), bytes, charge).unwrap().unwrap();
            to.incoming.hand_out(0);
            left = left.saturating_sub(size);
            if to.incoming.repay().is_some() && to.incoming.widen(now, reserve).is_some() {
                count = count.saturating_add(1);
            }
        }
    }
    count
}

const ROUND_TRIP: Duration = Duration::from_millis(100);

#[test]
fn a_window_opens_while_a_whole_one_is_taken_in_two_round_trips() {
    let mut reserve = Reserve::new();
    let mut to = connection();
    assert_eq!(widenings(&mut to, &mut reserve, ROUND_TRIP, ROUND_TRIP * 3), 0);
    let short = Duration::from_millis(4);
    assert_eq!(widenings(&mut to, &mut reserve, short, short), 0, "a window is enough");
    assert_eq!(
        widenings(&mut to, &mut reserve, ROUND_TRIP, ROUND_TRIP),
        4,
        "it doubles, up to a bound"
    );
    assert_eq!(CONNECTION_WINDOW + to.growth(), CONNECTION_WINDOW_MAX);
    assert_eq!(reserve.left() + to.growth(), CONNECTION_GROWTH_MAX);
}

#[test]
fn windows_open_within_the_reserve_and_leave_something_to_those_who_come_later() {
    let mut reserve = Reserve::new();
    let mut all: Vec<Connection> = (0..20).map(|_| connection()).collect();
    for to in &mut all {
        widenings(to, &mut reserve, ROUND_TRIP, ROUND_TRIP);
    }
    let growth: Vec<u32> = all.iter().map(Connection::growth).collect();
    assert_eq!(growth.iter().sum::<u32>() + reserve.left(), CONNECTION_GROWTH_MAX);
    assert!(growth.is_sorted_by(|earlier, later| earlier >= later), "{growth:?}");
    assert!(growth.iter().filter(|growth| **growth > 0).count() > 4, "{growth:?}");
}

#[test]
fn what_a_connection_took_from_the_reserve_returns_with_its_end() {
    let mut connections = Connections::new();
    let id = connections.issue();
    let Connection { seat, peer, .. } = connection();
    connections.insert(id, seat, peer, 1, Stage::Up(LinkId::from_u64(1)));
    let (connection, reserve) = connections.lend(id).unwrap();
    widenings(connection, reserve, ROUND_TRIP, ROUND_TRIP);
    connection.outgoing.on_widened(CONNECTION_WINDOW, reserve).unwrap();
    assert!(reserve.left() < CONNECTION_GROWTH_MAX);
    connections.remove(id);
    assert_eq!(connections.reserve.left(), CONNECTION_GROWTH_MAX);
}

#[test]
fn a_window_that_the_peer_opens_is_used_as_far_as_the_reserve_goes() {
    let mut from = connection();
    let mut reserve = Reserve::new();
    assert!(reserve.take(CONNECTION_GROWTH_MAX - CONNECTION_WINDOW));
    for _ in 0..3 {
        from.outgoing.on_widened(CONNECTION_WINDOW, &mut reserve).unwrap();
    }
    assert_eq!((reserve.left(), from.growth()), (0, CONNECTION_WINDOW));
    assert_eq!(from.outgoing.unpaid(), 0);
}

#[test]
fn a_peer_that_leaves_unused_what_a_window_opens_further_is_not_held_up() {
    for size in [100, 60_000, MESSAGE_BYTES_MAX] {
        let (mut from, mut to) = (connection(), connection());
        let mut reserve = Reserve::new();
        to.incoming.begin(Instant::default(), ROUND_TRIP);
        for number in 0..40 * WINDOW / size {
            assert!(from.outgoing.queue(TYPE, vec![1; size].into()));
            assert_eq!(carry(&mut from, &mut to).len(), 1, "number {number} of {size} bytes");
            take(&mut from, &mut to);
            to.incoming.widen(Instant::default(), &mut reserve);
        }
        assert_eq!(CONNECTION_WINDOW + to.growth(), CONNECTION_WINDOW_MAX);
    }
}

#[test]
fn c7_a_window_that_opens_too_far_or_hardly_at_all_is_a_fault() {
    let mut from = connection();
    let mut reserve = Reserve::new();
    let outgoing = &mut from.outgoing;
    assert_eq!(outgoing.on_widened(1, &mut reserve), Err(Fault::Unexpected));
    let most = CONNECTION_WINDOW_MAX - CONNECTION_WINDOW;
    assert_eq!(outgoing.on_widened(most + 1, &mut reserve), Err(Fault::CreditExceeded));
    outgoing.on_widened(most, &mut reserve).unwrap();
    assert_eq!(outgoing.on_widened(CONNECTION_WINDOW, &mut reserve), Err(Fault::CreditExceeded));
}
