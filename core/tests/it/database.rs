//! The database of a group as a file: from one machine to another, and nothing else.

mod payloads;

use core::time::Duration;
use std::rc::Rc;

use crate::world::{TIMEOUT, World};
use peergroup_core::limits::{DATABASE_PIECE_BYTES_MAX, RECEIVED_BYTES_MAX};
use peergroup_core::{
    CheckedDatabase, DatabaseError, DatabaseExport, Event, Exported, GroupExport, Node, Progress,
    RecordDraft, RecordId, Removal, Role, Seat, TypeId,
};

const MINUTE: Duration = Duration::from_secs(60);
const NOTE: TypeId = TypeId::from_u128(0xfeed);

fn publish(world: &mut World, index: usize, seat: Seat, size: usize) -> RecordId {
    let expires = world.now().wall.after(600 * MINUTE);
    let draft = RecordDraft::new(NOTE, expires).payload(vec![7; size]);
    let publish = move |node: &mut Node, now| node.publish(now, seat, draft.clone());
    let id = world.act(index, publish).unwrap().value;
    world.pump();
    id
}

/// Closes the group and opens it again: it is offline then.
fn go_offline(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    open(world, index, seat);
}

fn open(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
}

fn connect(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(MINUTE);
}

fn export(world: &mut World, index: usize, seat: Seat) -> Vec<u8> {
    let mut export = world.node(index).export_database(seat).unwrap();
    let (mut file, mut before) = (Vec::new(), export.progress());
    assert_eq!(before.done, 0);
    loop {
        let mut piece = Vec::new();
        match next_piece(world, index, &mut export, &mut piece).unwrap() {
            Exported::Piece(progress) => {
                assert!((1..=DATABASE_PIECE_BYTES_MAX).contains(&piece.len()), "{}", piece.len());
                assert!(progress.done >= before.done && progress.of == before.of, "{progress:?}");
                before = progress;
                file.extend(piece);
            }
            Exported::Reading(ticket) => {
                assert!(piece.is_empty());
                world.pump();
                export.read(world.answer(index, ticket));
            }
            Exported::Whole => {
                assert!(piece.is_empty());
                assert_eq!(before.done, before.of, "all of it is given");
                return file;
            }
        }
    }
}

fn next_piece(
    world: &mut World,
    index: usize,
    export: &mut DatabaseExport,
    piece: &mut Vec<u8>,
) -> Result<Exported, DatabaseError> {
    let now = world.now_at(index);
    world.node(index).export_piece(now, export, piece)
}

fn check(
    world: &mut World,
    index: usize,
    seat: Seat,
    file: &[u8],
) -> Result<CheckedDatabase, DatabaseError> {
    let mut check = world.node(index).check_database(seat)?;
    for piece in file.chunks(10_000) {
        check.read(piece)?;
    }
    check.finish()
}

/// The second reading.
fn take_in(
    world: &mut World,
    index: usize,
    checked: &CheckedDatabase,
    file: &[u8],
) -> Result<Progress, DatabaseError> {
    let mut import = checked.import();
    for piece in file.chunks(10_000) {
        let now = world.now_at(index);
        let taken = world.node(index).import_database(now, &mut import, piece);
        world.pump();
        taken?;
    }
    import.finish()
}

fn import(
    world: &mut World,
    index: usize,
    seat: Seat,
    file: &[u8],
) -> Result<Progress, DatabaseError> {
    let checked = check(world, index, seat, file)?;
    take_in(world, index, &checked, file)
}

/// Gives a host the seat of another one, opened and offline.
fn second_machine(world: &mut World, from: usize, seat: Seat, to: usize) {
    let config = world.node(from).export_group(seat).unwrap().encode();
    let config = Rc::new(GroupExport::decode(&config).unwrap());
    world.act(to, move |node, now| node.import_group(now, &config)).unwrap();
    world.pump();
    open(world, to, seat);
}

/// A founder, a member on one machine, and the same member on another, which has no database yet.
fn two_machines() -> (World, Seat, Seat) {
    let mut world = World::new(3);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    let joined = world.join(1, &invitation);
    world.run(MINUTE);
    second_machine(&mut world, 1, joined, 2);
    (world, founded, joined)
}

#[test]
fn a_database_moves_between_two_machines_of_one_identity_and_all_converge() {
    let (mut world, founded, joined) = two_machines();
    let notes = [(0, founded, 10), (1, joined, 4000), (1, joined, 0), (0, founded, 3000)]
        .map(|(index, seat, size)| publish(&mut world, index, seat, size));
    for _ in 0..40 {
        publish(&mut world, 1, joined, 4000);
    }
    let deleted = notes[2];
    world.act(1, move |node, now| node.delete_record(now, joined, deleted)).unwrap();
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);

    let file = export(&mut world, 1, joined);
    assert!(file.len() > 2 * DATABASE_PIECE_BYTES_MAX, "{}", file.len());
    let checked = check(&mut world, 2, joined, &file).unwrap();
    assert_eq!(checked.seat(), joined);
    assert!(world.node(2).record(joined, notes[1]).unwrap().is_none(), "only checked");
    let events = world.register_all(2, joined);
    let done = take_in(&mut world, 2, &checked, &file).unwrap();
    assert_eq!((done.done, done.of), (checked.items(), checked.items()));

    let there = world.node(1).digest(joined).unwrap();
    assert_eq!(world.node(2).digest(joined).unwrap(), there, "without any link");
    assert_eq!(world.node(2).record(joined, notes[1]).unwrap().unwrap().payload.len(), 4000);
    assert!(world.node(2).record(joined, deleted).unwrap().is_none());
    let told = world.hosts[2].events.iter().filter(|(to, _)| *to == events);
    let records = told.filter(|(_, event)| matches!(event, Event::RecordChanged { .. })).count();
    assert!(records >= 43, "events tell of {records} records");
    assert!(!world.node(2).status(joined).unwrap().ready, "as ready as before");

    let store = world.hosts[2].store.clone();
    world.boot(2, store, 77);
    open(&mut world, 2, joined);
    assert_eq!(world.node(2).digest(joined).unwrap(), there, "and durable");

    let offline = publish(&mut world, 1, joined, 5);
    connect(&mut world, 1, joined);
    connect(&mut world, 2, joined);
    assert!(world.node(2).status(joined).unwrap().ready);
    assert!(world.node(2).record(joined, offline).unwrap().is_some());
    assert!(world.agree(&[founded, joined, joined]));
}

#[test]
fn a_database_that_is_lost_comes_back_from_its_own_export() {
    let (mut world, seats) = World::group(2, Role::Member);
    let note = publish(&mut world, 1, seats[1], 100);
    world.run(MINUTE);
    go_offline(&mut world, 1, seats[1]);
    let file = export(&mut world, 1, seats[1]);
    let before = world.node(1).digest(seats[1]).unwrap();
    assert_eq!(export(&mut world, 1, seats[1]), file, "the same state is the same file");

    let config = world.node(1).export_group(seats[1]).unwrap().encode();
    let config = Rc::new(GroupExport::decode(&config).unwrap());
    world.boot(1, std::collections::BTreeMap::new(), 78);
    world.act(1, move |node, now| node.import_group(now, &config)).unwrap();
    world.pump();
    open(&mut world, 1, seats[1]);
    import(&mut world, 1, seats[1], &file).unwrap();
    assert_eq!(world.node(1).digest(seats[1]).unwrap(), before);
    assert!(world.node(1).record(seats[1], note).unwrap().is_some());
    let again = import(&mut world, 1, seats[1], &file);
    assert!(again.is_ok_and(|done| done.done == done.of), "twice is once");
    assert_eq!(world.node(1).digest(seats[1]).unwrap(), before);
}

#[test]
fn r01_an_old_database_brings_back_neither_a_removed_member_nor_a_deleted_record() {
    let (mut world, seats) = World::group(2, Role::Admin);
    let (founded, gone) = (seats[0], seats[1].identity);
    let note = publish(&mut world, 0, founded, 10);
    let theirs = publish(&mut world, 1, seats[1], 10);
    world.run(MINUTE);
    go_offline(&mut world, 0, founded);
    let old = export(&mut world, 0, founded);
    world.act(0, move |node, now| node.delete_record(now, founded, note)).unwrap();
    world.act(0, move |node, now| node.remove(now, founded, gone, Removal::Cascade)).unwrap();
    world.pump();
    let before = world.node(0).digest(founded).unwrap();
    import(&mut world, 0, founded, &old).unwrap();
    assert_eq!(world.node(0).digest(founded).unwrap(), before);
    assert!(world.node(0).record(founded, note).unwrap().is_none());
    assert!(world.node(0).record(founded, theirs).unwrap().is_none());
    assert!(world.node(0).member(founded, gone).unwrap().is_none());
}

/// The same, with the group offline on the first of the two machines, and its database.
fn two_machines_and_a_file() -> (World, Seat, Seat, Vec<u8>) {
    let (mut world, founded, joined) = two_machines();
    publish(&mut world, 0, founded, 100);
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let file = export(&mut world, 1, joined);
    (world, founded, joined, file)
}

/// A copy with these bits of one byte flipped.
fn altered(file: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut file = file.to_vec();
    file[at] ^= mask;
    file
}

#[test]
fn a_file_is_refused_for_the_right_reason_and_the_node_is_unchanged() {
    use DatabaseError::{Damaged, Newer, NotADatabase, OtherGroup, OtherIdentity, Truncated};
    let (mut world, founded, joined, file) = two_machines_and_a_file();
    go_offline(&mut world, 0, founded);
    let creators = export(&mut world, 0, founded);
    let elsewhere = world.found(1);
    go_offline(&mut world, 1, elsewhere);
    let of_another_group = export(&mut world, 1, elsewhere);
    let half = file.len() / 2;
    let cases: Vec<(&str, Vec<u8>, DatabaseError)> = vec![
        ("nothing", Vec::new(), Truncated),
        ("another kind of file", b"%PDF-1.7 and so on".to_vec(), NotADatabase),
        ("damaged by what takes it for text", altered(&file, 5, 0x0d ^ 0x0a), NotADatabase),
        ("a later version", altered(&file, 9, 2), Newer),
        ("of another group", of_another_group, OtherGroup),
        ("of another identity", creators, OtherIdentity),
        ("cut short at the end", file[..file.len() - 1].to_vec(), Truncated),
        ("cut short in the middle", file[..half].to_vec(), Truncated),
        ("cut short at the beginning", file[..5].to_vec(), Truncated),
        ("altered in the middle", altered(&file, half, 1), Damaged),
        ("altered in its last byte", altered(&file, file.len() - 1, 0x80), Damaged),
        ("with something behind it", [&file[..], b"x"].concat(), Damaged),
        ("twice in a row", [&file[..], &file[..]].concat(), Damaged),
    ];
    let before = world.node(2).digest(joined).unwrap();
    let (outputs, store) = (world.hosts[2].outputs.len(), world.hosts[2].store.clone());
    for (what, bytes, error) in cases {
        assert_eq!(import(&mut world, 2, joined, &bytes), Err(error), "{what}");
    }
    assert_eq!(world.node(2).digest(joined).unwrap(), before);
    assert_eq!(world.hosts[2].outputs.len(), outputs);
    assert_eq!(world.hosts[2].store, store);
}

#[test]
fn a_database_is_moved_only_into_a_group_that_is_open_and_offline() {
    use DatabaseError::{Connected, NotOpen};
    let (mut world, founded, joined, file) = two_machines_and_a_file();
    assert_eq!(world.node(0).export_database(founded).map(drop), Err(Connected), "an export");
    assert_eq!(check(&mut world, 0, founded, b"").map(drop), Err(Connected), "an import");
    let elsewhere = world.found(1);
    assert_eq!(import(&mut world, 2, elsewhere, &file), Err(NotOpen), "a group not known here");
    assert_eq!(world.node(2).export_database(elsewhere).map(drop), Err(NotOpen));

    let checked = check(&mut world, 2, joined, &file).unwrap();
    world.act(2, move |node, now| node.close(now, joined)).unwrap();
    world.pump();
    assert_eq!(import(&mut world, 2, joined, &file), Err(NotOpen), "closed before");
    assert_eq!(take_in(&mut world, 2, &checked, &file), Err(NotOpen), "closed in between");
    open(&mut world, 2, joined);
    world.act(2, move |node, now| node.connect(now, joined, TIMEOUT)).unwrap();
    world.pump();
    assert_eq!(take_in(&mut world, 2, &checked, &file), Err(Connected), "connected in between");
}

#[test]
fn a_file_that_is_another_one_at_its_second_reading_is_refused() {
    use DatabaseError::{Changed, TooMuch};
    let (mut world, _, joined, file) = two_machines_and_a_file();
    let half = file.len() / 2;
    let checked = check(&mut world, 2, joined, &file).unwrap();
    let before = world.node(2).digest(joined).unwrap();
    let (now, much) = (world.now_at(2), vec![0; RECEIVED_BYTES_MAX + 1]);
    let too_much = world.node(2).import_database(now, &mut checked.import(), &much);
    assert_eq!(too_much.map(drop), Err(TooMuch));
    let other = altered(&file, 20, 1);
    assert_eq!(take_in(&mut world, 2, &checked, &other), Err(Changed), "of another group");
    assert_eq!(world.node(2).digest(joined).unwrap(), before);
    let other = altered(&file, half, 1);
    assert_eq!(take_in(&mut world, 2, &checked, &other), Err(Changed), "altered");
    assert_eq!(take_in(&mut world, 2, &checked, &file[..half]), Err(Changed), "cut short");
    assert!(take_in(&mut world, 2, &checked, &file).is_ok(), "and this is the one");
}

#[test]
fn k01_a_database_in_which_any_bit_is_flipped_is_refused() {
    let (mut world, seats) = World::group(2, Role::Member);
    publish(&mut world, 1, seats[1], 3);
    world.run(MINUTE);
    go_offline(&mut world, 1, seats[1]);
    let mut file = export(&mut world, 1, seats[1]);
    let before = world.node(1).digest(seats[1]).unwrap();
    for at in 0..file.len() {
        let mask = 1 << (at % 8);
        file[at] ^= mask;
        assert!(import(&mut world, 1, seats[1], &file).is_err(), "bit {} of {at}", at % 8);
        file[at] ^= mask;
    }
    for length in 0..file.len() {
        assert!(check(&mut world, 1, seats[1], &file[..length]).is_err(), "cut to {length}");
    }
    assert_eq!(world.node(1).digest(seats[1]).unwrap(), before);
    assert!(import(&mut world, 1, seats[1], &file).is_ok());
}

#[test]
fn a_group_that_changes_while_it_is_exported_is_exported_anew() {
    let (mut world, seats) = World::group(2, Role::Member);
    for _ in 0..40 {
        publish(&mut world, 1, seats[1], 4000);
    }
    go_offline(&mut world, 1, seats[1]);
    let mut export = world.node(1).export_database(seats[1]).unwrap();
    let mut piece = Vec::new();
    let begun = next_piece(&mut world, 1, &mut export, &mut piece);
    assert!(matches!(begun, Ok(Exported::Piece(_))), "{begun:?}");
    publish(&mut world, 1, seats[1], 1);
    let outcome = next_piece(&mut world, 1, &mut export, &mut piece);
    assert_eq!(outcome, Err(DatabaseError::Changed));
    connect(&mut world, 1, seats[1]);
    let outcome = next_piece(&mut world, 1, &mut export, &mut piece);
    assert_eq!(outcome, Err(DatabaseError::Connected));
}

#[test]
fn an_import_that_is_given_up_halfway_is_made_whole_by_the_next_one() {
    let (mut world, _, joined) = two_machines();
    for _ in 0..15 {
        publish(&mut world, 1, joined, 4000);
    }
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let file = export(&mut world, 1, joined);
    let checked = check(&mut world, 2, joined, &file).unwrap();
    let mut halfway = checked.import();
    let now = world.now_at(2);
    world.node(2).import_database(now, &mut halfway, &file[..40_000]).unwrap();
    world.pump();
    drop(halfway);
    import(&mut world, 2, joined, &file).unwrap();
    let there = world.node(1).digest(joined).unwrap();
    assert_eq!(world.node(2).digest(joined).unwrap(), there);
}

#[test]
fn nothing_of_an_import_is_said_to_be_done_before_it_is_durable() {
    let (mut world, _, joined) = two_machines();
    publish(&mut world, 1, joined, 100);
    world.run(MINUTE);
    go_offline(&mut world, 1, joined);
    let file = export(&mut world, 1, joined);
    let checked = check(&mut world, 2, joined, &file).unwrap();
    let before = world.node(2).digest(joined).unwrap();
    world.hosts[2].hold_stores = true;
    take_in(&mut world, 2, &checked, &file).unwrap();
    assert_eq!(world.node(2).digest(joined).unwrap(), before, "its receipts are not stored");
    world.hosts[2].hold_stores = false;
    while !world.hosts[2].held.is_empty() {
        world.store(2);
    }
    world.pump();
    let there = world.node(1).digest(joined).unwrap();
    assert_eq!(world.node(2).digest(joined).unwrap(), there);
}
