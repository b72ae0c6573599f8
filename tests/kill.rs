//! A process is killed between any two operations: what it was told is done, is there afterwards.
//!
//! The test runs itself again as the process that is killed.
#![cfg(all(feature = "tcp", feature = "tokio", feature = "redb"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    reason = "what goes wrong here fails a test"
)]

use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use peergroup::store::RedbStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::{
    Charter, Config, Group, Handle, Properties, RecordDraft, RecordId, RecordUpdate, Seat, TypeId,
    runtime, unix_now,
};

const NOTE: TypeId = TypeId::from_u128(0x006b_696c_6c20_6d65_2069_6600_0000_0001);
const FILE: &str = "PEERGROUP_KILL_TEST_FILE";
const PATIENCE: Duration = Duration::from_secs(20);
/// How many times the process is killed.
const DEATHS: usize = 4;

/// What the process says once it is durable: one line each.
#[derive(Debug)]
enum Said {
    Published(RecordId),
    Updated(RecordId),
    Deleted(RecordId),
}

impl Said {
    fn read(line: &str) -> Option<Self> {
        let (verb, id) = line.split_once(' ')?;
        let id = id.parse().ok()?;
        match verb {
            "published" => Some(Self::Published(id)),
            "updated" => Some(Self::Updated(id)),
            "deleted" => Some(Self::Deleted(id)),
            _ => None,
        }
    }

    fn as_published(&self) -> Option<RecordId> {
        if let Self::Published(id) = self { Some(*id) } else { None }
    }

    fn as_deleted(&self) -> Option<RecordId> {
        if let Self::Deleted(id) = self { Some(*id) } else { None }
    }
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    if let Ok(file) = env::var(FILE) {
        run(async move { publish_until_killed(Path::new(&file)).await });
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("killed.redb");
    for death in 0..DEATHS {
        let said = kill_after(&file, 20 + 17 * death);
        run(check(file.clone(), said));
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async { tokio::time::timeout(PATIENCE, work).await.unwrap() })
}

/// Runs the process, kills it once it has said so much, and gives all that it has said.
fn kill_after(file: &Path, lines: usize) -> Vec<Said> {
    let mut child: Child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "what_was_acknowledged_before_a_kill_is_there_after_it", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = Vec::new();
    for line in stdout.lines().map_while(Result::ok) {
        said.extend(Said::read(&line));
        if said.len() == lines {
            // SIGKILL: nothing in the process has a say in it. What it still wrote counts too.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(said.len() >= lines, "the process ended before it was killed");
    said
}

fn start(file: &Path) -> Handle {
    let store = RedbStore::open(file).unwrap();
    let transport = TcpTransport::<Tokio>::dial_only().unwrap();
    let runtime = runtime::Tokio::new();
    let (node, driver) = peergroup::new(Config::default(), runtime, transport, store).unwrap();
    tokio::spawn(driver.run());
    node
}

async fn seat(node: &Handle) -> Option<Seat> {
    let identity = node.default_identity().await.unwrap()?;
    node.groups(identity).await.unwrap().first().map(|group| group.seat)
}

async fn publish_until_killed(file: &Path) {
    let node = start(file);
    let group = if let Some(seat) = seat(&node).await {
        node.open(seat).await.unwrap()
    } else {
        let identity = node.create_identity("Killed".parse().unwrap()).await.unwrap();
        let properties = Properties::named("Killed".parse().unwrap());
        node.create_group(identity, Charter::default(), properties).await.unwrap()
    };
    for number in 0_u32.. {
        let kept = publish(&group, number).await;
        let doomed = publish(&group, number).await;
        group.update(kept, RecordUpdate::new().payload("updated")).await.unwrap();
        say("updated", kept);
        group.delete(doomed).await.unwrap();
        say("deleted", doomed);
    }
}

async fn publish(group: &Group, number: u32) -> RecordId {
    let expires = unix_now().after(Duration::from_secs(3600));
    let draft = RecordDraft::new(NOTE, expires).payload(number.to_be_bytes().to_vec());
    let id = group.publish(draft).await.unwrap();
    say("published", id);
    id
}

fn say(verb: &str, id: RecordId) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{verb} {id}").unwrap();
    stdout.flush().unwrap();
}

async fn check(file: PathBuf, said: Vec<Said>) {
    let node = start(&file);
    let seat = seat(&node).await.unwrap();
    let group = node.open(seat).await.unwrap();
    assert_eq!(group.properties().await.unwrap().name.as_str(), "Killed");
    let deleted: Vec<RecordId> = said.iter().filter_map(Said::as_deleted).collect();
    // What it was about when it was killed is done or not: the last deletion may have been too
    // quick to be told of.
    let last = said.iter().rev().find_map(Said::as_published);
    for said in &said {
        match said {
            Said::Published(id) => {
                let is_there = group.record(*id).await.unwrap().is_some();
                assert!(is_there || deleted.contains(id) || last == Some(*id), "{id}");
            }
            Said::Updated(id) => {
                let record = group.record(*id).await.unwrap().unwrap();
                assert_eq!(&record.payload[..], b"updated", "{id}");
            }
            Said::Deleted(id) => assert!(group.record(*id).await.unwrap().is_none(), "{id}"),
        }
    }
    node.shutdown().await;
}
