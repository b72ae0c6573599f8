//! Large payloads in a database that is moved.

use peergroup_core::limits::{DATABASE_EXPORTS_MAX, PAYLOAD_LEAF_BYTES};
use peergroup_core::{LargePayload, StoreFailure};

use super::*;

const LEAF: usize = PAYLOAD_LEAF_BYTES;

fn large(world: &mut World, index: usize, seat: Seat, record: RecordId) -> LargePayload {
    world.node(index).record(seat, record).unwrap().unwrap().large.unwrap()
}

fn read_all(world: &mut World, index: usize, seat: Seat, record: RecordId) -> Vec<u8> {
    let id = large(world, index, seat, record).id;
    let mut all = Vec::new();
    while let Ok(offset) = u32::try_from(all.len())
        && offset < id.size()
    {
        let read = move |node: &mut Node, now| node.read_payload(now, seat, id, offset);
        let ticket = world.act(index, read).unwrap();
        world.pump();
        all.extend(world.answer(index, ticket).unwrap());
    }
    all
}

/// A place in a file where the content of a payload of sevens is.
fn inside_a_leaf(file: &[u8]) -> usize {
    file.windows(100).position(|bytes| bytes.iter().all(|byte| *byte == 7)).unwrap()
}

#[test]
fn large_payloads_go_with_the_database() {
    let (mut world, founded, joined) = two_machines();
    let theirs = publish(&mut world, 0, founded, 5 * LEAF + 77);
    let ours = publish(&mut world, 1, joined, 5000);
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let file = export(&mut world, 1, joined);
    assert!(file.len() > 5 * LEAF + 77 + 5000);
    world.register_all(2, joined);
    let done = import(&mut world, 2, joined, &file).unwrap();
    assert_eq!(done.done, done.of);

    assert!(large(&mut world, 2, joined, theirs).is_here());
    assert_eq!(read_all(&mut world, 2, joined, theirs), vec![7; 5 * LEAF + 77]);
    assert_eq!(read_all(&mut world, 2, joined, ours), vec![7; 5000]);
    let mut told = world.arrivals(2);
    told.sort();
    let mut both = [theirs, ours];
    both.sort();
    assert_eq!(told, both, "each once");
    assert_eq!(world.parts(2), world.parts(1));
    let store = world.hosts[2].store.clone();
    world.boot(2, store, 77);
    open(&mut world, 2, joined);
    assert_eq!(read_all(&mut world, 2, joined, theirs), vec![7; 5 * LEAF + 77], "and durable");
    assert_eq!(export(&mut world, 2, joined), file, "the same state is the same file");

    world.register_all(2, joined);
    import(&mut world, 2, joined, &file).unwrap();
    assert_eq!(world.arrivals(2), [], "twice is once");
    assert_eq!(world.parts(2), world.parts(1));
}

#[test]
fn a_payload_is_exported_as_far_as_it_is_here_and_the_rest_comes_from_neighbours() {
    let (mut world, founded, joined) = two_machines();
    world.fuse = Some(700 * 1024);
    let record = publish(&mut world, 0, founded, 16 * LEAF);
    world.fuse = None;
    go_offline(&mut world, 1, joined);
    let before = large(&mut world, 1, joined, record);
    assert!((1..before.id.size()).contains(&before.arrived), "some of it: {before:?}");
    let file = export(&mut world, 1, joined);
    import(&mut world, 2, joined, &file).unwrap();
    assert_eq!(large(&mut world, 2, joined, record), before);
    world.register_all(2, joined);
    assert_eq!(world.arrivals(2), []);

    let sent = |world: &World| world.hosts[0].sent.values().map(Vec::len).sum::<usize>();
    let until_now = sent(&world);
    connect(&mut world, 2, joined);
    assert!(large(&mut world, 2, joined, record).is_here());
    assert_eq!(world.arrivals(2), [record]);
    assert_eq!(read_all(&mut world, 2, joined, record), vec![7; 16 * LEAF]);
    let missing = usize::try_from(before.id.size() - before.arrived).unwrap();
    let more = sent(&world) - until_now;
    assert!((missing..missing + LEAF).contains(&more), "{more} bytes for {missing}");
}

#[test]
fn what_is_here_and_what_is_imported_of_a_payload_make_it_whole() {
    let (mut world, founded, joined) = two_machines();
    let record = publish(&mut world, 0, founded, 16 * LEAF);
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let file = export(&mut world, 1, joined);
    world.fuse = Some(700 * 1024);
    world.act(2, move |node, now| node.connect(now, joined, TIMEOUT)).unwrap();
    world.run(Duration::from_secs(1));
    world.fuse = None;
    go_offline(&mut world, 2, joined);
    assert!(!large(&mut world, 2, joined, record).is_here());
    import(&mut world, 2, joined, &file).unwrap();
    assert_eq!(read_all(&mut world, 2, joined, record), vec![7; 16 * LEAF]);
}

#[test]
fn a_payload_that_nothing_names_is_passed_over() {
    let (mut world, founded, joined) = two_machines();
    let record = publish(&mut world, 0, founded, 3 * LEAF);
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let old = export(&mut world, 1, joined);
    connect(&mut world, 2, joined);
    world.act(0, move |node, now| node.delete_record(now, founded, record)).unwrap();
    world.run(MINUTE);
    go_offline(&mut world, 2, joined);
    let before = world.node(2).digest(joined).unwrap();
    let done = import(&mut world, 2, joined, &old).unwrap();
    assert_eq!((done.done, world.parts(2)), (done.of, 0));
    assert!(!world.hosts[2].store.keys().any(|key| key[0] == b'l'));
    assert_eq!(world.node(2).digest(joined).unwrap(), before);
}

#[test]
fn nothing_of_an_imported_payload_is_here_before_it_is_durable() {
    let (mut world, founded, joined) = two_machines();
    let record = publish(&mut world, 0, founded, 3 * LEAF);
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let file = export(&mut world, 1, joined);
    let checked = check(&mut world, 2, joined, &file).unwrap();
    world.hosts[2].hold_stores = true;
    take_in(&mut world, 2, &checked, &file).unwrap();
    assert_eq!(large(&mut world, 2, joined, record).arrived, 0);
    world.hosts[2].hold_stores = false;
    world.store(2);
    world.pump();
    assert!(large(&mut world, 2, joined, record).is_here());
}

#[test]
fn k01_a_database_with_large_payloads_is_refused_if_it_is_cut_or_altered_anywhere() {
    let (mut world, founded, joined) = two_machines();
    publish(&mut world, 0, founded, LEAF + 100);
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let mut file = export(&mut world, 1, joined);
    let outputs = world.hosts[2].outputs.len();
    for at in (0..file.len()).step_by(401) {
        let mask = 1 << (at % 8);
        file[at] ^= mask;
        assert!(check(&mut world, 2, joined, &file).is_err(), "bit {} of {at}", at % 8);
        file[at] ^= mask;
        let cut = check(&mut world, 2, joined, &file[..at]);
        assert_eq!(cut.map(drop), Err(DatabaseError::Truncated), "cut to {at}");
    }
    assert_eq!(world.hosts[2].outputs.len(), outputs);
    assert!(import(&mut world, 2, joined, &file).is_ok());
}

#[test]
fn a_leaf_that_is_another_one_at_the_second_reading_is_not_taken_in() {
    let (mut world, founded, joined) = two_machines();
    let record = publish(&mut world, 0, founded, 3 * LEAF);
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let file = export(&mut world, 1, joined);
    let checked = check(&mut world, 2, joined, &file).unwrap();
    let other = altered(&file, inside_a_leaf(&file) + LEAF, 1);
    assert_eq!(take_in(&mut world, 2, &checked, &other), Err(DatabaseError::Changed));
    let arrived = large(&mut world, 2, joined, record).arrived;
    assert_eq!(arrived, u32::try_from(LEAF).unwrap(), "what was true is");
    take_in(&mut world, 2, &checked, &file).unwrap();
    assert!(large(&mut world, 2, joined, record).is_here());
}

#[test]
fn an_export_waits_for_the_part_that_it_asked_for() {
    let (mut world, seats) = World::group(1, Role::Member);
    let record = publish(&mut world, 0, seats[0], 2 * LEAF);
    go_offline(&mut world, 0, seats[0]);
    let mut piece = Vec::new();
    let mut exports: Vec<DatabaseExport> = Vec::new();
    for _ in 0..=DATABASE_EXPORTS_MAX {
        exports.push(world.node(0).export_database(seats[0]).unwrap());
    }
    let mut asked = Vec::new();
    for export in &mut exports {
        let begun = next_piece(&mut world, 0, export, &mut piece);
        assert!(matches!(begun, Ok(Exported::Piece(_))), "{begun:?}");
        asked.push(next_piece(&mut world, 0, export, &mut piece));
    }
    assert_eq!(asked.pop(), Some(Err(DatabaseError::TooMany)));
    let Ok(Exported::Reading(ticket)) = asked[0] else { panic!("{asked:?}") };
    assert_eq!(next_piece(&mut world, 0, &mut exports[0], &mut piece), asked[0], "no other");
    world.pump();
    assert_eq!(next_piece(&mut world, 0, &mut exports[0], &mut piece), asked[0], "not given");
    exports[0].read(world.answer(0, ticket));
    let next = next_piece(&mut world, 0, &mut exports[0], &mut piece);
    assert!(matches!(next, Ok(Exported::Piece(_))), "{next:?}");
    let last = exports.last_mut().unwrap();
    assert!(matches!(next_piece(&mut world, 0, last, &mut piece), Ok(Exported::Reading(_))));

    world.pump();
    world.act(0, move |node, now| node.delete_record(now, seats[0], record)).unwrap();
    world.pump();
    let outcome = next_piece(&mut world, 0, &mut exports[0], &mut piece);
    assert_eq!(outcome, Err(DatabaseError::Changed), "it is gone");
}

#[test]
fn an_export_goes_on_if_the_group_was_closed_while_a_part_was_read() {
    let (mut world, seats) = World::group(1, Role::Member);
    let seat = seats[0];
    publish(&mut world, 0, seat, 2 * LEAF);
    go_offline(&mut world, 0, seat);
    let (mut export, mut piece) = (world.node(0).export_database(seat).unwrap(), Vec::new());
    next_piece(&mut world, 0, &mut export, &mut piece).unwrap();
    let asked = next_piece(&mut world, 0, &mut export, &mut piece);
    let Ok(Exported::Reading(ticket)) = asked else { panic!("{asked:?}") };
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    let answer = world.answer(0, ticket);
    assert!(answer.is_err());
    export.read(answer);
    let closed = next_piece(&mut world, 0, &mut export, &mut piece);
    assert_eq!(closed, Err(DatabaseError::NotOpen));
    open(&mut world, 0, seat);
    let again = next_piece(&mut world, 0, &mut export, &mut piece);
    assert!(matches!(again, Ok(Exported::Reading(other)) if other != ticket), "{again:?}");
}

#[test]
fn k02_a_leaf_that_is_rotten_in_the_store_goes_into_no_file() {
    let (mut world, seats) = World::group(1, Role::Member);
    publish(&mut world, 0, seats[0], 2 * LEAF);
    go_offline(&mut world, 0, seats[0]);
    let events = world.register_all(0, seats[0]);
    let rotten = world.hosts[0].store.iter_mut().filter(|(key, _)| key[0] == b'm').last();
    let (_, value) = rotten.unwrap();
    *value = altered(value, 5, 1).into();
    let mut export = world.node(0).export_database(seats[0]).unwrap();
    let mut piece = Vec::new();
    let outcome = loop {
        match next_piece(&mut world, 0, &mut export, &mut piece) {
            Ok(Exported::Reading(ticket)) => {
                world.pump();
                export.read(world.answer(0, ticket));
            }
            Ok(Exported::Piece(_)) => {}
            ended => break ended,
        }
    };
    assert_eq!(outcome, Err(DatabaseError::NotOpen), "the store has failed the group");
    let failed = (events, Event::StoreFailed(StoreFailure::Corrupt));
    assert!(world.hosts[0].events.contains(&failed));
}
