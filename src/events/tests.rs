use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::FutureExt as _;
use peergroup_core::{EventKind, SecretKey, TypeId};

use super::*;

fn events() -> (Events, UnboundedReceiver<Note>) {
    let (notes, told) = unbounded();
    (Events::new(RegistrationId::from_u64(1), notes), told)
}

fn message(connection: u64) -> Event {
    Event::Data {
        connection: ConnectionId::from_u64(connection),
        peer: SecretKey::from_bytes([1; 32]).peer(),
        type_id: TypeId::from_u128(1),
        data: bytes::Bytes::new(),
    }
}

fn told(notes: &mut UnboundedReceiver<Note>) -> Vec<String> {
    core::iter::from_fn(|| notes.try_recv().ok()).map(|note| format!("{note:?}")).collect()
}

#[test]
fn events_come_in_order_and_end_with_the_driver() {
    let (mut events, _notes) = events();
    let inbox = events.inbox();
    assert!(events.next().now_or_never().is_none());
    assert!(inbox.push(Event::PropertyChanged));
    assert!(inbox.push(message(1)));
    inbox.end();
    assert!(!inbox.push(Event::PropertyChanged), "it has ended");
    assert_eq!(events.next().now_or_never(), Some(Some(Event::PropertyChanged)));
    assert_eq!(events.try_next(), Some(message(1)));
    assert_eq!(events.next().now_or_never(), Some(None));
}

#[test]
fn one_lagged_says_how_many_events_found_no_room() {
    let (mut events, _notes) = events();
    let inbox = events.inbox();
    for _ in 0..EVENTS_MAX + 3 {
        inbox.push(Event::PropertyChanged);
    }
    inbox.push(Event::Lagged { missed: 5 });
    inbox.push(message(1));
    for _ in 0..EVENTS_MAX {
        assert_eq!(events.try_next(), Some(Event::PropertyChanged));
    }
    assert_eq!(events.try_next(), Some(message(1)), "a message is never dropped");
    assert_eq!(events.try_next(), Some(Event::Lagged { missed: 8 }));
    assert_eq!(events.try_next(), None);
    inbox.push(Event::PropertyChanged);
    assert_eq!(events.try_next(), Some(Event::PropertyChanged), "there is room again");
    assert!(Event::PropertyChanged.kind() != Some(EventKind::Data));
}

#[test]
fn a_message_counts_as_taken_once_it_is_pulled_or_can_never_be() {
    let (mut events, mut notes) = events();
    let inbox = events.inbox();
    for connection in [1, 2] {
        inbox.push(message(connection));
    }
    assert_eq!(told(&mut notes), [""; 0]);
    events.try_next();
    assert_eq!(told(&mut notes), ["Taken(ConnectionId(1))"]);
    drop(events);
    let left = ["Taken(ConnectionId(2))", "Unregister(RegistrationId(1))"];
    assert_eq!(told(&mut notes), left);
    assert!(!inbox.push(message(3)), "whoever pushes must count it as taken");
}
