//! Large payloads: handed over, stored, fetched, read and freed.

use std::time::Duration;

use crate::world::{EPOCH_MS, World};
use bytes::Bytes;
use peergroup_core::limits::{PAYLOAD_AT_ONCE_MAX, PAYLOAD_BYTES_MAX, PAYLOAD_LEAF_BYTES};
use peergroup_core::{
    LargePayload, Node, Now, PayloadId, Properties, PublishError, ReadError, RecordDraft, RecordId,
    RecordUpdate, Role, Seat, Subject, TypeId, UnixTime, UploadError,
};

const FILE: TypeId = TypeId::from_u128(0xf11e << 96 | 7);
const LEAF: usize = PAYLOAD_LEAF_BYTES;

/// Bytes that do not repeat with the leaves.
fn bytes(len: usize, salt: u8) -> Bytes {
    (0..=250).cycle().skip(usize::from(salt)).take(len).collect::<Vec<u8>>().into()
}

fn draft(world: &World) -> RecordDraft {
    let expires = EPOCH_MS + world.micros / 1000 + 3_600_000;
    RecordDraft::new(FILE, UnixTime::from_millis(expires))
}

fn publish(world: &mut World, index: usize, seat: Seat, payload: Bytes) -> RecordId {
    let draft = draft(world).payload(payload);
    let publish = move |node: &mut Node, now: Now| node.publish(now, seat, draft.clone());
    let record = world.act(index, publish).unwrap().value;
    world.pump();
    record
}

fn large(world: &mut World, index: usize, seat: Seat, record: RecordId) -> LargePayload {
    world.node(index).record(seat, record).unwrap().unwrap().large.unwrap()
}

fn read(world: &mut World, index: usize, seat: Seat, id: PayloadId, offset: u32) -> Option<Bytes> {
    let read = move |node: &mut Node, now: Now| node.read_payload(now, seat, id, offset);
    let asked = world.act(index, read).ok()?;
    world.pump();
    world.answer(index, asked).ok()
}

fn read_all(world: &mut World, index: usize, seat: Seat, id: PayloadId) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(next) = read(world, index, seat, id, u32::try_from(all.len()).unwrap()) {
        all.extend_from_slice(&next);
    }
    all
}

#[test]
fn a_large_payload_reaches_everybody_and_says_so_when_it_is_there() {
    let (mut world, seats) = World::group(3, Role::Member);
    let payload = bytes(5 * LEAF + 77, 0);
    let record = publish(&mut world, 1, seats[1], payload.clone());
    for (index, seat) in seats.iter().enumerate() {
        let large = large(&mut world, index, *seat, record);
        assert!(large.is_here(), "{index}: {large:?}");
        assert_eq!(read_all(&mut world, index, *seat, large.id), payload, "{index}");
    }
    assert_eq!(world.arrivals(0), [record]);
    assert_eq!(world.arrivals(1), [], "it was here all the time");
    assert_eq!(world.arrivals(2), [record]);
}

#[test]
fn every_way_to_look_at_a_record_says_what_is_here_of_its_payload() {
    let (mut world, seats) = World::group(2, Role::Member);
    let id = publish(&mut world, 0, seats[0], bytes(2 * LEAF, 0));
    for (index, &seat) in seats.iter().enumerate() {
        let node = world.node(index);
        let record = node.record(seat, id).unwrap().unwrap();
        assert!(record.large.unwrap().is_here(), "{index}");
        let query = Subject::RecordType.equal(FILE).unwrap();
        assert!(node.search(seat, &query).unwrap().eq([record.clone()]));
        assert!(node.records(seat, None).unwrap().eq([record.clone()]));
        assert_eq!(node.version(seat, record.version).unwrap(), Some(record));
    }
}

#[test]
fn what_is_larger_than_one_call_may_bring_is_uploaded_leaf_by_leaf() {
    let (mut world, seats) = World::group(2, Role::Member);
    let seat = seats[0];
    let larger = move |node: &mut Node, now: Now| {
        let mut larger = Properties::named("files".parse().unwrap());
        larger.payload_bytes_max = u32::try_from(PAYLOAD_BYTES_MAX).unwrap();
        node.set_properties(now, seat, larger).map(drop)
    };
    world.act(0, larger).unwrap();
    world.pump();
    let payload = bytes(PAYLOAD_AT_ONCE_MAX + 5 * LEAF + 1, 3);
    let at_once = draft(&world).payload(payload.clone());
    let refused = world.act(0, move |node, now| node.publish(now, seat, at_once.clone()).err());
    assert_eq!(refused, Some(PublishError::MaxRecordSizeExceeded));

    let upload = world.act(0, move |node, now| node.begin_upload(now, seat)).unwrap().value;
    for leaf in payload.chunks(LEAF) {
        let leaf = payload.slice_ref(leaf);
        let give = move |node: &mut Node, now: Now| node.upload(now, seat, upload, leaf.clone());
        world.act(0, give).unwrap();
        world.pump();
    }
    let more = move |node: &mut Node, now: Now| {
        node.upload(now, seat, upload, Bytes::from_static(b"more")).err()
    };
    assert_eq!(world.act(0, more), Some(UploadError::NotALeaf), "the last one was not full");
    let draft = draft(&world).upload(upload);
    let again = draft.clone();
    let publish = move |node: &mut Node, now: Now| node.publish(now, seat, draft.clone());
    let record = world.act(0, publish).unwrap().value;
    world.pump();
    let twice = world.act(0, move |node, now| node.publish(now, seat, again.clone()).err());
    assert_eq!(twice, Some(PublishError::UploadNotFound), "it is published");
    let large = large(&mut world, 1, seats[1], record);
    assert!(large.is_here());
    assert_eq!(read_all(&mut world, 1, seats[1], large.id), payload);
}

#[test]
fn a_transfer_goes_on_where_a_lost_link_ended_it() {
    let (mut world, seats) = World::group(2, Role::Member);
    let payload = bytes(16 * LEAF, 0);
    world.fuse = Some(700 * 1024);
    let record = publish(&mut world, 0, seats[0], payload.clone());
    let before = large(&mut world, 1, seats[1], record);
    assert!((1..before.id.size()).contains(&before.arrived), "some of it: {before:?}");
    let sent = |world: &World| world.hosts[0].sent.values().map(Vec::len).sum::<usize>();
    let sent_before = sent(&world);
    world.run(Duration::from_secs(60));
    let after = large(&mut world, 1, seats[1], record);
    assert!(after.is_here(), "{after:?}");
    assert_eq!(read_all(&mut world, 1, seats[1], after.id), payload);
    let rest = usize::try_from(before.id.size() - before.arrived).unwrap();
    let resent = sent(&world) - sent_before;
    assert!(resent < rest + 64 * 1024, "{resent} bytes for {rest}");
}

#[test]
fn a_transfer_goes_on_where_a_crash_ended_it() {
    let (mut world, seats) = World::group(2, Role::Member);
    let payload = bytes(16 * LEAF, 0);
    world.fuse = Some(700 * 1024);
    let record = publish(&mut world, 0, seats[0], payload.clone());
    let before = large(&mut world, 1, seats[1], record).arrived;
    let store = world.hosts[1].store.clone();
    world.part(0, 1);
    world.boot(1, store, 77);
    let seat = seats[1];
    world.act(1, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    assert_eq!(large(&mut world, 1, seat, record).arrived, before);
    world.mend();
    world.act(1, move |node, now| node.connect(now, seat, crate::world::TIMEOUT)).unwrap();
    world.run(Duration::from_secs(60));
    let large = large(&mut world, 1, seat, record);
    assert!(large.is_here(), "{large:?}");
    assert_eq!(read_all(&mut world, 1, seat, large.id), payload);
}

#[test]
fn whoever_was_told_that_something_is_lacking_is_told_when_it_is_there() {
    // the third host knows the second alone, which gets the payload later than the header
    let (mut world, seats) = World::group(3, Role::Member);
    world.part(0, 2);
    world.fuse = Some(200 * 1024);
    let record = publish(&mut world, 0, seats[0], bytes(9 * LEAF, 0));
    assert!(!large(&mut world, 1, seats[1], record).is_here());
    world.run(Duration::from_secs(120));
    let large = large(&mut world, 2, seats[2], record);
    assert!(large.is_here(), "{large:?}");
}

#[test]
fn a_payload_is_freed_with_the_last_version_that_names_it() {
    let (mut world, seats) = World::group(2, Role::Member);
    let (seat, payload) = (seats[0], bytes(2 * LEAF, 0));
    let one = publish(&mut world, 0, seat, payload.clone());
    let two = publish(&mut world, 0, seat, payload);
    assert_eq!([world.parts(0), world.parts(1)], [3, 3], "once, with the hashes of its leaves");

    let small = RecordUpdate::new().payload("small");
    world.act(0, move |node, now| node.update(now, seat, one, small.clone()).map(drop)).unwrap();
    world.pump();
    assert_eq!([world.parts(0), world.parts(1)], [3, 3], "the other still names it");
    world.act(0, move |node, now| node.delete_record(now, seat, two).map(drop)).unwrap();
    world.pump();
    assert_eq!([world.parts(0), world.parts(1)], [0, 0]);
}

#[test]
fn what_lies_under_anothers_deletion_is_freed() {
    let (mut world, seats) = World::group(2, Role::Admin);
    let record = publish(&mut world, 1, seats[1], bytes(3 * LEAF, 0));
    let seat = seats[0];
    world.act(0, move |node, now| node.delete_record(now, seat, record).map(drop)).unwrap();
    world.pump();
    assert_eq!([world.parts(0), world.parts(1)], [0, 0]);
}

#[test]
fn a_record_that_is_changed_otherwise_keeps_its_payload() {
    let (mut world, seats) = World::group(2, Role::Admin);
    let payload = bytes(2 * LEAF, 0);
    let record = publish(&mut world, 1, seats[1], payload.clone());
    let (seat, until) = (seats[0], draft(&world).expires.after(Duration::from_secs(60)));
    let later = move |node: &mut Node, now: Now| {
        node.update(now, seat, record, RecordUpdate::new().expires(until)).map(drop)
    };
    world.act(0, later).unwrap();
    world.pump();
    for (index, seat) in seats.iter().enumerate() {
        let large = large(&mut world, index, *seat, record);
        assert!(large.is_here());
        assert_eq!(read_all(&mut world, index, *seat, large.id), payload);
    }
}

#[test]
fn what_is_left_of_an_upload_is_freed_when_it_is_given_up_or_the_group_is_opened_again() {
    let mut world = World::new(1);
    let seat = world.found(0);
    let begin = move |node: &mut Node, now: Now| {
        let upload = node.begin_upload(now, seat).unwrap().value;
        node.upload(now, seat, upload, bytes(LEAF, 0)).unwrap();
        upload
    };
    let upload = world.act(0, begin);
    world.pump();
    assert_eq!(world.parts(0), 1);
    let abandon = move |node: &mut Node, now: Now| node.abandon_upload(now, seat, upload).map(drop);
    world.act(0, abandon).unwrap();
    world.pump();
    assert_eq!(world.parts(0), 0);

    world.act(0, begin);
    world.pump();
    let store = world.hosts[0].store.clone();
    world.boot(0, store, 9);
    world.act(0, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    assert_eq!(world.parts(0), 0);
    assert!(!world.hosts[0].store.keys().any(|key| key[0] == b'l'));
}

#[test]
fn a_deleted_group_leaves_no_part_behind() {
    let mut world = World::new(1);
    let seat = world.found(0);
    publish(&mut world, 0, seat, bytes(2 * LEAF, 0));
    assert_eq!(world.parts(0), 3);
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    world.act(0, move |node, now| node.delete_group(now, seat).map(drop)).unwrap();
    world.pump();
    assert_eq!(world.parts(0), 0);
}

#[test]
fn a_read_says_why_it_gives_nothing() {
    let mut world = World::new(1);
    let seat = world.found(0);
    let record = publish(&mut world, 0, seat, bytes(LEAF + 5, 0));
    let id = large(&mut world, 0, seat, record).id;
    assert_eq!(read(&mut world, 0, seat, id, 65_530).map(|bytes| bytes.len()), Some(6));
    assert_eq!(read(&mut world, 0, seat, id, 65_536).map(|bytes| bytes.len()), Some(5));
    let refusal = |world: &mut World, offset| {
        let read = move |node: &mut Node, now: Now| node.read_payload(now, seat, id, offset).err();
        world.act(0, read)
    };
    assert_eq!(refusal(&mut world, 65_541), Some(ReadError::PastTheEnd));
    world.act(0, move |node, now| node.delete_record(now, seat, record).map(drop)).unwrap();
    world.pump();
    assert_eq!(refusal(&mut world, 0), Some(ReadError::NotHere));
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    assert_eq!(refusal(&mut world, 0), Some(ReadError::NotOpen));
}

#[test]
fn nothing_of_a_payload_is_served_before_it_is_durable() {
    let (mut world, seats) = World::group(2, Role::Member);
    world.hosts[0].hold_stores = true;
    let record = publish(&mut world, 0, seats[0], bytes(3 * LEAF, 0));
    assert_eq!(world.node(1).record(seats[1], record).unwrap(), None);
    assert_eq!(large(&mut world, 0, seats[0], record).arrived, 0);
    world.hosts[0].hold_stores = false;
    world.store(0);
    world.pump();
    assert!(large(&mut world, 1, seats[1], record).is_here());
}

#[test]
fn a_property_says_which_payloads_are_fetched_and_headers_come_all_the_same() {
    let (mut world, seats) = World::group(2, Role::Member);
    let record = publish(&mut world, 1, seats[1], bytes(2 * LEAF, 0));
    world.part(0, 1);
    let seat = seats[0];
    let limit = |bytes: u32| {
        move |node: &mut Node, now: Now| {
            let mut properties = Properties::named("small".parse().unwrap());
            properties.payload_bytes_max = bytes;
            node.set_properties(now, seat, properties).map(drop)
        }
    };
    world.act(0, limit(64 * 1024)).unwrap();
    let later = publish(&mut world, 1, seats[1], bytes(2 * LEAF, 1));
    world.mend();
    world.run(Duration::from_secs(60));
    assert!(large(&mut world, 0, seat, record).is_here(), "what is here stays");
    assert_eq!(large(&mut world, 0, seat, later).arrived, 0);
    let draft = draft(&world).payload(bytes(2 * LEAF, 2));
    let refused = world.act(0, move |node, now| node.publish(now, seat, draft.clone()).err());
    assert_eq!(refused, Some(PublishError::MaxRecordSizeExceeded));
    world.act(0, limit(1024 * 1024)).unwrap();
    world.run(Duration::from_secs(60));
    assert!(large(&mut world, 0, seat, later).is_here());
}
