//! A node with real links and a store on disk, recorded and run again.

use std::path::Path;
use std::time::Duration;

use peergroup::capture::Said;
use peergroup::recorder::{Capture, Ending, Key, Recorder, Report, replay};
use peergroup::store::RedbStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::vault::{Cost, Passphrase};
use peergroup::{
    Charter, Config, Event, EventKind, Group, Handle, Interest, Output, Properties, RecordDraft,
    Removal, Role, Terms, TypeId, runtime, unix_now,
};

const NOTE: TypeId = TypeId::from_u128(0x0063_6170_7475_7265_2074_6573_7400_0001);
const PATIENCE: Duration = Duration::from_secs(20);

fn key() -> Key {
    Key::passphrase(Passphrase::new("correct horse"), Cost::LEAST)
}

/// Starts a node whose store and whose capture are in a folder.
fn start(folder: &Path) -> Handle {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let recorder = Recorder::create(folder.join("capture"), &key()).unwrap();
    let store = RedbStore::open(folder.join("store")).unwrap();
    let runtime = runtime::Tokio::new();
    let (node, driver) =
        peergroup::recorder::new(recorder, Config::default(), runtime, transport, store).unwrap();
    tokio::spawn(driver.run());
    node
}

fn rerun(folder: &Path, goes_on: impl FnMut(u64, &Said<'_>) -> bool) -> Report {
    let mut capture = Capture::open(folder.join("capture"), &key()).unwrap();
    replay(&mut capture, goes_on).unwrap().0
}

async fn found(node: &Handle) -> Group {
    let ada = node.create_identity("Ada".parse().unwrap()).await.unwrap();
    let properties = Properties::named("Chess".parse().unwrap());
    let group = node.create_group(ada, Charter::default(), properties).await.unwrap();
    group.connect(PATIENCE).await.unwrap();
    group
}

async fn enter(node: &Handle, group: &Group) -> Group {
    let ben = node.create_identity("Ben".parse().unwrap()).await.unwrap();
    let card = node.identity_info(ben).await.unwrap().unwrap();
    let invitation = group.invite(card, Terms::role(Role::Member)).await.unwrap();
    let there = node.join(invitation).await.unwrap();
    there.connect(PATIENCE).await.unwrap();
    there
}

fn note(text: &str) -> RecordDraft {
    RecordDraft::new(NOTE, unix_now().after(Duration::from_secs(3600))).payload(text.to_owned())
}

/// Records both ways, a large payload, a direct connection, the database, and the end of it all.
async fn live(a: &Handle, b: &Handle) {
    let adas = found(a).await;
    let mut data =
        adas.register(&[EventKind::Data.into(), EventKind::Connection.into()]).await.unwrap();
    let bens = enter(b, &adas).await;
    let interest = [Interest::from(EventKind::Record)];
    let (mut heard, mut told) =
        (bens.register(&interest).await.unwrap(), adas.register(&interest).await.unwrap());
    for number in 0..20 {
        adas.publish(note(&format!("from Ada, {number}"))).await.unwrap();
        bens.publish(note(&format!("from Ben, {number}"))).await.unwrap();
    }
    let large = adas.publish(note(&"x".repeat(600_000))).await.unwrap();
    let arrived =
        |event: &Event| matches!(event, Event::PayloadArrived { record, .. } if *record == large);
    while !arrived(&heard.next().await.unwrap()) {}
    let record = bens.record(large).await.unwrap().unwrap();
    assert_eq!(bens.payload(&record).await.unwrap().len(), 600_000);
    let connection = bens.open_connection(adas.identity()).await.unwrap();
    connection.send(NOTE, "psst".as_bytes().to_vec()).await.unwrap();
    while !matches!(data.next().await.unwrap(), Event::Data { .. }) {}
    connection.close().await.unwrap();
    while bens.records(None).await.unwrap().len() < 41 {
        heard.next().await.unwrap();
    }
    while adas.records(None).await.unwrap().len() < 41 {
        told.next().await.unwrap();
    }
    move_database(b, &bens).await;
    adas.remove(bens.identity(), Removal::Keep).await.unwrap();
    a.shutdown().await;
    b.shutdown().await;
}

async fn move_database(node: &Handle, group: &Group) {
    group.close().await.unwrap();
    let again = node.open(group.seat()).await.unwrap();
    let mut file = futures_util::io::Cursor::new(Vec::new());
    again.export_database(&mut file, |_| {}).await.unwrap();
    file.set_position(0);
    again.import_database(&mut file, |_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_over_tcp_is_run_again_bit_for_bit() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [a, b] = folders.each_ref().map(|folder| start(folder.path()));
    tokio::time::timeout(PATIENCE * 3, live(&a, &b)).await.unwrap();
    for folder in &folders {
        let report = rerun(folder.path(), |_, _| true);
        assert_eq!(report.ending, Ending::Whole, "it said and held the same");
        assert_eq!(rerun(folder.path(), |_, _| true), report);
        assert!(report.calls > 100, "{report:?}");
    }
    stops_at_an_event(folders[1].path());
}

fn stops_at_an_event(folder: &Path) {
    let is_it = |said: &Said<'_>| {
        let Said::Output(Output::Event { event, .. }) = said else { return false };
        matches!(event, Event::PayloadArrived { .. })
    };
    let mut at = None;
    let report = rerun(folder, |call, said| {
        at = at.or(Some(call).filter(|_| is_it(said)));
        at.is_none()
    });
    assert_eq!((Some(report.calls), report.ending), (at, Ending::Stopped));
}

#[tokio::test]
async fn a_driver_that_is_dropped_leaves_a_capture_that_runs_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let recorder = Recorder::create(folder.path().join("capture"), &key()).unwrap();
    let store = peergroup::store::MemoryStore::new();
    let (node, driver) = peergroup::recorder::new(
        recorder,
        Config::default(),
        runtime::Tokio::new(),
        transport,
        store,
    )
    .unwrap();
    let running = tokio::spawn(driver.run());
    found(&node).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    // its thread writes what it has, and ends
    let report = loop {
        let report = rerun(folder.path(), |_, _| true);
        if report.ending == Ending::Dropped {
            break report;
        }
        tokio::task::yield_now().await;
    };
    assert!(report.calls > 0);
}
