use super::*;
use crate::event::Status;
use crate::frame::PREFIX_BYTES;
use crate::id::GroupId;
use crate::key::SecretKey;
use crate::message::Direct;

const LINK: LinkId = LinkId::from_u64(1);

fn seat() -> Seat {
    Seat { identity: SecretKey::from_bytes([1; 32]).peer(), group: GroupId::from_bytes([2; 32]) }
}

#[test]
fn bytes_are_announced_once_until_a_pull_found_none() {
    let mut outbox = Outbox::default();
    outbox.send(LINK, b"ab");
    outbox.send(LINK, b"c");
    assert_eq!(outbox.pop(), Some(Output::Transmit { link: LINK }));
    assert_eq!(outbox.pop(), None);
    let mut out = Vec::new();
    assert_eq!(outbox.pull(LINK, 2, &mut out), 2);
    assert_eq!(outbox.pull(LINK, 2, &mut out), 1);
    outbox.send(LINK, b"d");
    assert_eq!(outbox.pop(), None, "the edge is not armed again before a pull found nothing");
    assert_eq!(outbox.pull(LINK, 2, &mut out), 1);
    assert_eq!(outbox.pull(LINK, 2, &mut out), 0);
    outbox.send(LINK, b"e");
    assert_eq!(outbox.pop(), Some(Output::Transmit { link: LINK }));
    assert_eq!(out, b"abcd");
}

#[test]
fn many_small_frames_go_out_with_one_pull() {
    let mut outbox = Outbox::default();
    let mut expected = Vec::new();
    for number in 0..1_000_u32 {
        let head = Direct::Credit(number).encode();
        outbox.send_part(LINK, head, Bytes::from_static(b"frame"));
        crate::frame::append_frame(&mut expected, &[head.as_slice(), b"frame"].concat());
    }
    assert_eq!(outbox.pop(), Some(Output::Transmit { link: LINK }));
    assert_eq!(outbox.pop(), None, "announced once");
    let mut out = Vec::new();
    assert_eq!(outbox.pull(LINK, expected.len(), &mut out), expected.len());
    assert_eq!(out, expected);
    assert_eq!(outbox.pull(LINK, 1, &mut out), 0);
    outbox.send_frame(LINK, b"alone");
    assert_eq!(outbox.pop(), Some(Output::Transmit { link: LINK }), "it waits for no other");
}

#[test]
fn a_long_part_is_pulled_without_a_copy_and_bytes_are_announced_anew_after_the_last() {
    let mut outbox = Outbox::default();
    let long = Bytes::from(alloc::vec![7; 10_000]);
    outbox.send_part(LINK, Direct::Close.encode(), long.clone());
    assert_eq!(outbox.pop(), Some(Output::Transmit { link: LINK }));
    assert_eq!(outbox.pull_run(LINK).map(|run| run.len()), Some(PREFIX_BYTES + 1));
    outbox.send(LINK, b"more");
    assert_eq!(outbox.pull_run(LINK).map(|run| run.as_ptr()), Some(long.as_ptr()));
    assert_eq!(outbox.pull_run(LINK).as_deref(), Some(&b"more"[..]));
    assert_eq!(outbox.pop(), None);
    assert_eq!(outbox.pull_run(LINK), None);
    outbox.send(LINK, b"again");
    assert_eq!(outbox.pop(), Some(Output::Transmit { link: LINK }));
}

#[test]
fn an_event_reaches_those_who_registered_for_its_kind_in_its_group() {
    let mut outbox = Outbox::default();
    let id = outbox.register(seat(), &[EventKind::Status.into()]);
    let event = Event::StatusChanged(Status::default());
    outbox.event(seat(), event.clone());
    outbox.event(seat(), Event::PropertyChanged);
    outbox.event(Seat { group: GroupId::from_bytes([3; 32]), ..seat() }, event.clone());
    assert_eq!(outbox.pop(), Some(Output::Event { to: id, event }));
    assert_eq!(outbox.pop(), None);
    assert!(outbox.unregister(id) && !outbox.unregister(id));
    outbox.event(seat(), Event::PropertyChanged);
    assert_eq!(outbox.pop(), None);
}

#[test]
fn c2_events_nobody_polls_are_counted_and_told_once() {
    let mut outbox = Outbox::default();
    let to = outbox.register(seat(), &[EventKind::Property.into()]);
    for _ in 0..EVENTS_MAX + 3 {
        outbox.event(seat(), Event::PropertyChanged);
    }
    for _ in 0..EVENTS_MAX {
        assert_eq!(outbox.pop(), Some(Output::Event { to, event: Event::PropertyChanged }));
    }
    assert_eq!(outbox.pop(), Some(Output::Event { to, event: Event::Lagged { missed: 3 } }));
    assert_eq!(outbox.pop(), None);
    outbox.event(seat(), Event::PropertyChanged);
    assert_eq!(outbox.pop(), Some(Output::Event { to, event: Event::PropertyChanged }));
}
