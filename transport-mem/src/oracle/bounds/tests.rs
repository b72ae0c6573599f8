use bytes::Bytes;
use peergroup_core::{LoadQuery, StoreOp, Ticket};

use super::*;

fn see(seen: &Seen<'_>) -> Result<(), String> {
    let mut world = World::unwatched(12);
    let host = world.add("one");
    Bounds::default().see(&world, host, seen)
}

fn put(key: usize, value: usize) -> Result<(), String> {
    let change = Change::Put { key: vec![1; key].into(), value: vec![1; value].into() };
    let op = StoreOp { changes: vec![change] };
    see(&Seen::Output(&Output::Store { ticket: Ticket::from_u64(1), op }))
}

#[test]
fn reads_keys_values_and_questions_are_bounded() {
    let read = |size: usize| {
        see(&Seen::Input(&Input::Received { link: LinkId::from_u64(1), bytes: &vec![0; size] }))
    };
    assert!(read(RECEIVED_BYTES_MAX).is_ok() && read(RECEIVED_BYTES_MAX + 1).is_err());
    assert!(put(KEY_BYTES_MAX, VALUE_BYTES_MAX).is_ok());
    assert!(put(0, 1).is_err() && put(KEY_BYTES_MAX + 1, 1).is_err());
    assert!(put(1, VALUE_BYTES_MAX + 1).is_err());
    let load = |limit| {
        let query = LoadQuery { prefix: Bytes::from_static(b"x"), after: Bytes::new(), limit };
        see(&Seen::Output(&Output::Load { ticket: Ticket::from_u64(1), query }))
    };
    assert!(load(LOAD_BYTES_MAX).is_ok() && load(LOAD_BYTES_MAX + 1).is_err());
}

#[test]
fn frames_are_told_apart_in_any_split_and_bounded() {
    let frame =
        |size: usize| [&u32::try_from(size).unwrap().to_le_bytes()[..], &vec![7; size]].concat();
    let stream = [frame(1), frame(300), frame(2)].concat();
    for split in 1..stream.len() {
        let mut frames = Frames::default();
        for piece in stream.chunks(split) {
            frames.read(piece, 300).unwrap();
        }
        assert_eq!((frames.left, frames.prefix.len()), (0, 0));
    }
    assert_eq!(Frames::default().read(&stream, 299), Err(300));
    assert_eq!(Frames::default().read(&[0; 4], 300), Err(0));
}

#[test]
fn a_frame_that_is_too_long_for_its_link_is_told_of() {
    let mut world = World::unwatched(12);
    let host = world.add("one");
    let mut oracle = Bounds::default();
    let length = u32::try_from(DIRECT_FRAME_BYTES_MAX + 1).unwrap().to_le_bytes();
    let sent = Seen::Sent { link: LinkId::from_u64(9), bytes: &length };
    assert!(oracle.see(&world, host, &sent).unwrap_err().contains("65569"));
}

#[test]
fn gauges_are_looked_at_after_some_rests() {
    let mut world = World::unwatched(12);
    let host = world.add("one");
    let mut oracle = Bounds::default();
    for rests in 1..RESTS {
        oracle.at_rest(&world, host).unwrap();
        assert_eq!(oracle.hosts[&host].rests, rests);
    }
    oracle.at_rest(&world, host).unwrap();
    assert_eq!(oracle.hosts[&host].rests, 0, "it has looked");
    assert!(world.node(host).usage().gauges().count() > 10);
}
