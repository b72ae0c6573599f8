//! A group's database as a file, through handles.

use core::time::Duration;
use std::io::ErrorKind;

use futures_util::io::{AllowStdIo, Cursor};
use peergroup::store::{MemoryStore, RedbStore, Store};
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::vault::{Cost, Passphrase};
use peergroup::{
    Charter, Config, DatabaseError, Error, Event, EventKind, Group, Handle, Interest, NotMoved,
    Progress, Properties, RecordDraft, TypeId, runtime, unix_now,
};

const NOTE: TypeId = TypeId::from_u128(0x0064_6174_6162_6173_6500_0000_0000_0001);
const PATIENCE: Duration = Duration::from_secs(20);

fn start() -> Handle {
    start_on(MemoryStore::new())
}

fn start_on(store: impl Store) -> Handle {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (node, driver) =
        peergroup::new(Config::default(), runtime::Tokio::new(), transport, store).unwrap();
    tokio::spawn(driver.run());
    node
}

/// A group that is offline, with so many records of 4,000 bytes.
async fn founded(records: usize) -> (Handle, Group) {
    let node = start();
    let peer = node.create_identity("Ada".parse().unwrap()).await.unwrap();
    let properties = Properties::named("Friends".parse().unwrap());
    let group = node.create_group(peer, Charter::default(), properties).await.unwrap();
    for _ in 0..records {
        let in_an_hour = unix_now().after(Duration::from_secs(3600));
        let draft = RecordDraft::new(NOTE, in_an_hour).payload(vec![7; 4000]);
        group.publish(draft).await.unwrap();
    }
    (node, group)
}

/// The same seat on another node.
async fn second_node(group: &Group) -> (Handle, Group) {
    let node = start();
    let there = second_group(group, &node).await;
    (node, there)
}

async fn second_group(group: &Group, node: &Handle) -> Group {
    let words = || Passphrase::new("correct horse battery staple");
    let sealed = group.export(words(), Cost::LEAST).await.unwrap();
    let seat = node.import_group(sealed, words()).await.unwrap();
    node.open(seat).await.unwrap()
}

async fn exported(group: &Group) -> Vec<u8> {
    let mut file = Vec::new();
    group.export_database(&mut file, |_| {}).await.unwrap();
    file
}

#[tokio::test]
async fn a_database_goes_through_a_file_and_tells_how_far_it_has_come() {
    let (_node, group) = founded(100).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("database");
    let mut given: Vec<Progress> = Vec::new();
    let file = std::fs::File::create(&path).unwrap();
    group.export_database(AllowStdIo::new(file), |progress| given.push(progress)).await.unwrap();
    assert!(given.len() > 5, "{given:?}");
    assert!(given.is_sorted_by_key(|progress| progress.done));
    let all = given.last().unwrap().of;
    assert_eq!(given.last().unwrap().done, all);

    let (_there, second) = second_node(&group).await;
    let (mut taken, file) = (Vec::new(), std::fs::File::open(&path).unwrap());
    let told = |progress: Progress| taken.push((progress.done, progress.of));
    second.import_database(AllowStdIo::new(file), told).await.unwrap();
    assert_eq!(taken.iter().filter(|told| **told == (all, all)).count(), 2, "{taken:?}");
    assert_eq!(second.records(Some(NOTE)).await.unwrap().len(), 100);
    let (ours, theirs) = (group.records(None).await.unwrap(), second.records(None).await.unwrap());
    assert_eq!(ours, theirs);
}

/// Moves a payload of five mebibytes, by a file and as the only one who has it.
async fn move_large_payload(from: &Handle, to: &Handle) {
    let peer = from.create_identity("Ada".parse().unwrap()).await.unwrap();
    let mut properties = Properties::named("Files".parse().unwrap());
    properties.payload_bytes_max = 5 * 1024 * 1024;
    let group = from.create_group(peer, Charter::default(), properties).await.unwrap();
    let payload: Vec<u8> = (0..=250).cycle().take(5 * 1024 * 1024).collect();
    let in_an_hour = unix_now().after(Duration::from_secs(3600));
    let draft = RecordDraft::new(NOTE, in_an_hour).payload(payload.clone());
    let record = group.publish(draft).await.unwrap();

    let (mut file, mut given) = (Vec::new(), Vec::new());
    group.export_database(&mut file, |progress| given.push(progress)).await.unwrap();
    let all = given.last().unwrap().of;
    assert!(all > 80, "80 leaves, their hashes and more: {all}");
    assert!(given.is_sorted_by_key(|progress| progress.done) && given.len() > 80);
    let second = second_group(&group, to).await;
    let mut events = second.register(&[Interest::from(EventKind::Record)]).await.unwrap();
    let mut taken = Vec::new();
    second.import_database(Cursor::new(&file), |progress| taken.push(progress)).await.unwrap();
    assert_eq!(taken.iter().filter(|told| (told.done, told.of) == (all, all)).count(), 2);
    let arrived = loop {
        if let Event::PayloadArrived { record, .. } = events.next().await.unwrap() {
            break record;
        }
    };
    assert_eq!(arrived, record);
    let record = second.record(record).await.unwrap().unwrap();
    assert!(second.payload(&record).await.unwrap() == payload, "not what was published");
}

#[tokio::test]
async fn a_payload_of_five_mebibytes_goes_through_a_file_from_memory_to_memory() {
    move_large_payload(&start(), &start()).await;
}

#[tokio::test]
async fn a_payload_of_five_mebibytes_goes_through_a_file_from_disk_to_disk() {
    let directory = tempfile::tempdir().unwrap();
    let on_disk = |name| start_on(RedbStore::open(directory.path().join(name)).unwrap());
    let (from, to) = (on_disk("from.redb"), on_disk("to.redb"));
    move_large_payload(&from, &to).await;
    from.shutdown().await;
    to.shutdown().await;
}

#[tokio::test]
async fn a_file_is_read_from_where_it_stands() {
    let (_node, group) = founded(1).await;
    let file = [b"before it", &exported(&group).await[..]].concat();
    let (_there, second) = second_node(&group).await;
    let mut file = Cursor::new(file);
    file.set_position(9);
    second.import_database(&mut file, |_| {}).await.unwrap();
    assert_eq!(second.records(Some(NOTE)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_told_and_nothing_is_changed() {
    let (_node, group) = founded(20).await;
    let file = exported(&group).await;
    let (_there, second) = second_node(&group).await;
    let refused = |error| Err(Error::Refused(NotMoved::Refused(error)));
    let cut = second.import_database(Cursor::new(&file[..file.len() - 1]), |_| {}).await;
    assert_eq!(cut, refused(DatabaseError::Truncated));
    let mut altered = file.clone();
    altered[40_000] ^= 1;
    let outcome = second.import_database(Cursor::new(&altered), |_| {}).await;
    assert_eq!(outcome, refused(DatabaseError::Damaged));
    let (_other, elsewhere) = founded(0).await;
    let outcome = elsewhere.import_database(Cursor::new(&file), |_| {}).await;
    assert_eq!(outcome, refused(DatabaseError::OtherGroup));
    assert_eq!(second.records(None).await.unwrap(), []);

    second.connect(PATIENCE).await.unwrap();
    let outcome = second.import_database(Cursor::new(&file), |_| {}).await;
    assert_eq!(outcome, refused(DatabaseError::Connected));
    let outcome = second.export_database(Vec::new(), |_| {}).await;
    assert_eq!(outcome, refused(DatabaseError::Connected));
    second.close().await.unwrap();
    let outcome = second.import_database(Cursor::new(&file), |_| {}).await;
    assert_eq!(outcome, refused(DatabaseError::NotOpen));
    let full = group.export_database(Cursor::new(&mut [0; 100][..]), |_| {}).await;
    assert_eq!(full, Err(Error::Refused(NotMoved::Io(ErrorKind::WriteZero))));
}
