//! A capture of a live node, and what the example says of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use peergroup::capture::Said;
use peergroup::recorder::{Capture, Key, Recorder, Report, replay};
use peergroup::store::MemoryStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::vault::{Cost, Passphrase};
use peergroup::{
    Charter, Config, Event, EventKind, Handle, Output, Properties, RecordDraft, Role, Terms,
    TypeId, runtime, unix_now,
};

use crate::program::{Program, example, run};

const NOTE: TypeId = TypeId::from_u128(0x0072_6570_6c61_7920_7465_7374_0000_0001);
const PATIENCE: Duration = Duration::from_secs(20);
/// Records that Ben takes in: many chunks of a capture.
const RECORDS: u8 = 12;
const BYTES: [u8; 32] = [0xa5; 32];

fn start(key: Option<(&Path, &Key)>) -> Handle {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (config, runtime, store) = (Config::default(), runtime::Tokio::new(), MemoryStore::new());
    let (node, driver) = match key {
        Some((file, key)) => {
            let recorder = Recorder::create(file, key).unwrap();
            peergroup::recorder::new(recorder, config, runtime, transport, store).unwrap()
        }
        None => peergroup::new(config, runtime, transport, store).unwrap(),
    };
    tokio::spawn(driver.run());
    node
}

/// Ben joins Ada's group and takes her records in, and all that happens to him is recorded.
async fn live(file: &Path, key: &Key) {
    let [a, b] = [start(None), start(Some((file, key)))];
    let ada = a.create_identity("Ada".parse().unwrap()).await.unwrap();
    let properties = Properties::named("Chess".parse().unwrap());
    let adas = a.create_group(ada, Charter::default(), properties).await.unwrap();
    adas.connect(PATIENCE).await.unwrap();
    let ben = b.create_identity("Ben".parse().unwrap()).await.unwrap();
    let card = b.identity_info(ben).await.unwrap().unwrap();
    let invitation = adas.invite(card, Terms::role(Role::Member)).await.unwrap();
    let bens = b.join(invitation).await.unwrap();
    bens.connect(PATIENCE).await.unwrap();
    let mut heard = bens.register(&[EventKind::Record.into()]).await.unwrap();
    for number in 0..RECORDS {
        let draft = RecordDraft::new(NOTE, unix_now().after(PATIENCE * 100));
        let record = adas.publish(draft.payload(vec![number; 30_000])).await.unwrap();
        loop {
            match heard.next().await.unwrap() {
                Event::RecordChanged { record: new, .. } if new == record => break,
                _ => {}
            }
        }
    }
    b.shutdown().await;
    a.shutdown().await;
}

fn recorded(file: &Path, key: &Key) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE * 2, live(file, key)).await }).unwrap();
}

fn replays(file: &Path, more: &[&str]) -> Command {
    let mut command = example("replay");
    command.arg(file).args(["--key", &hex(&BYTES)]).args(more);
    command
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// What the library itself makes of a capture, as the example has to say it.
fn expected(file: &Path, goes_on: impl FnMut(u64, &Said<'_>) -> bool) -> (u64, String) {
    let mut capture = Capture::open(file, &Key::bytes(BYTES)).unwrap();
    let (Report { calls, outputs, state, .. }, _) = replay(&mut capture, goes_on).unwrap();
    (calls, format!("{calls} calls, outputs {outputs:016x}, state {}\n", hex(&state)))
}

#[test]
fn a_capture_is_run_again_to_the_same_outputs_and_state_and_stops_where_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ben.capture");
    recorded(&file, &Key::bytes(BYTES));
    let (calls, sum) = expected(&file, |_, _| true);
    assert_eq!(
        run(&mut replays(&file, &[])),
        sum + "whole: the node said and held the same as then\n"
    );

    let mut at = 0;
    let (stopped, sum) = expected(&file, |call, said| {
        let is_it =
            matches!(said, Said::Output(Output::Event { event: Event::RecordChanged { .. }, .. }));
        at = if is_it && at == 0 { call } else { at };
        at == 0
    });
    let ending = sum + "stopped there; it said the same as then\n";
    let said = run(&mut replays(&file, &["--event", "RecordChanged"]));
    assert!(said.starts_with(&format!("{at}: said Event")) && said.ends_with(&ending), "{said}");
    let all = run(&mut replays(&file, &["--at", &at.to_string()]));
    let shown = said.strip_suffix(&ending).unwrap();
    assert!(all.starts_with(&format!("{at}: called ")) && all.contains(shown), "{all}");
    assert!(all.ends_with(&ending), "the same call, and the same state: {all}");
    assert!(stopped == at && at < calls, "{stopped}, {at} of {calls}");
    is_cut(&file, calls);
}

/// A process that died while it wrote: what it wrote is run as far as it is whole.
fn is_cut(file: &Path, calls: u64) {
    let bytes = fs::read(file).unwrap();
    let cut: PathBuf = file.with_extension("cut");
    fs::write(&cut, bytes.split_at(bytes.len() / 2).0).unwrap();
    let (there, sum) = expected(&cut, |_, _| true);
    assert!(1 < there && there < calls, "{there} of {calls}");
    let ending = "cut off; as far as it goes, it said the same as then\n";
    assert_eq!(run(&mut replays(&cut, &[])), sum + ending);
}

#[test]
fn a_capture_is_opened_by_its_passphrase_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ben.capture");
    recorded(&file, &Key::passphrase(Passphrase::new("correct horse"), Cost::LEAST));
    let start = || {
        let mut command = example("replay");
        command.arg(&file);
        Program::start(command)
    };
    let mut right = start();
    right.is_told("correct horse");
    right.says("whole: ");
    right.ends();
    let mut wrong = start();
    wrong.is_told("correct house");
    wrong.fails("wrong key or passphrase");
    let output = replays(&file, &[]).output().unwrap();
    assert!(!output.status.success(), "32 bytes are no passphrase");
}
