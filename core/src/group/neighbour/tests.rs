use alloc::vec;

use bytes::Bytes;

use super::*;
use crate::key::SecretKey;
use crate::limits::{CLASS_WINDOW, PROBES_PER_FRAME_MAX};
use crate::log::Log;
use crate::message::Blob;
use crate::reconcile::prefix::Prefix;
use crate::reconcile::talk::{Hello, Probe, Talk};

fn neighbour() -> Neighbour {
    let peer = SecretKey::from_bytes([1; 32]).peer();
    let (instance, now) = (Instance::from_u64(1), Instant::default());
    let (side, key) = (handshake::Side::Responder, LinkKey::from_bytes([2; 32]));
    Neighbour::new(peer, instance, Role::Member, side, key, now)
}

fn window() -> usize {
    usize::try_from(CLASS_WINDOW).unwrap()
}

#[test]
fn c7_each_class_has_a_window_of_its_own_and_more_than_it_is_a_fault() {
    let mut neighbour = neighbour();
    for class in [Class::Control, Class::Lists, Class::Items] {
        assert_eq!(neighbour.charge(class, window()), Ok(()));
        assert_eq!(neighbour.charge(class, 1), Err(Fault::CreditExceeded));
        assert!(neighbour.spend(class, window()) && !neighbour.spend(class, 1));
    }
}

#[test]
fn credit_returns_in_halves_of_a_window_and_never_beyond_it() {
    let mut neighbour = neighbour();
    assert_eq!(neighbour.on_credit(Class::Items, 0), Err(Fault::Unexpected));
    assert_eq!(neighbour.on_credit(Class::Items, CLASS_WINDOW / 2 - 1), Err(Fault::Unexpected));
    assert_eq!(neighbour.on_credit(Class::Items, CLASS_WINDOW), Err(Fault::CreditExceeded));
    assert!(neighbour.spend(Class::Items, window()));
    assert_eq!(neighbour.on_credit(Class::Items, CLASS_WINDOW / 2), Ok(()));
    assert_eq!(neighbour.room(Class::Items), window() / 2);
}

#[test]
fn items_are_not_paid_for_while_the_store_lags_behind() {
    let mut neighbour = neighbour();
    neighbour.charge(Class::Items, window()).unwrap();
    neighbour.charge(Class::Control, window()).unwrap();
    let control = Message::Credit { class: Class::Control, bytes: CLASS_WINDOW };
    assert_eq!(neighbour.repay(false), Some(control));
    assert_eq!(neighbour.repay(false), None);
    let items = Message::Credit { class: Class::Items, bytes: CLASS_WINDOW };
    assert_eq!(neighbour.repay(true), Some(items));
}

#[test]
fn lists_are_not_paid_for_while_they_wait_to_be_looked_into() {
    let (mut neighbour, log) = (neighbour(), Log::new());
    let session = &mut neighbour.records.session;
    let hello = Hello { root: [9; 32], count: 9, next: 9, since: None };
    session.on_hello(&log.without(&[]), 0, &hello, 0);
    let leaf = Probe::Leaf { prefix: Prefix::ROOT, tags: Blob(Bytes::new()) };
    let talk = Talk::Probes { answered: 0, probes: vec![leaf; PROBES_PER_FRAME_MAX] };
    session.on_talk(&log.without(&[]), talk).unwrap();
    neighbour.charge(Class::Lists, window()).unwrap();
    assert_eq!(neighbour.repay(true), None);
    while neighbour.records.session.next_talk(&log.without(&[]), true, 0).is_some() {}
    assert!(neighbour.repay(true).is_some());
}

#[test]
fn of_too_much_that_is_new_a_comparison_has_to_tell() {
    let mut neighbour = neighbour();
    let offer = Offer { set: Set::Records, item: [3; 32], stem: None };
    for _ in 0..LIVE_MAX {
        neighbour.offer(offer);
        neighbour.tell(offer.item, None);
    }
    assert!(!neighbour.is_behind);
    neighbour.offer(offer);
    assert!(core::mem::take(&mut neighbour.is_behind));
    neighbour.tell(offer.item, None);
    assert!(neighbour.is_behind);
    assert_eq!((neighbour.live.len(), neighbour.to_tell.len()), (LIVE_MAX, TO_TELL_MAX));
}

#[test]
fn who_compares_announces_but_few_items_that_came_along_no_tree() {
    let mut neighbour = neighbour();
    neighbour.side = handshake::Side::Initiator;
    for _ in 0..LIVE_MAX {
        neighbour.tell([3; 32], None);
    }
    assert!(neighbour.is_behind);
    assert_eq!(neighbour.to_tell.len(), AWAITED_PER_NEIGHBOUR_MAX);
}
