//! What was written from the page of the protocol alone, in another language: it reads every
//! vector, and it is a member of a group beside a node of this crate.
//!
//! It needs Python 3 with the package `cryptography` (44 or later). Where that is missing these
//! tests say so and check nothing. `PEERGROUP_PYTHON` names another interpreter than `python3`.
#![cfg(all(feature = "tcp", feature = "tokio", feature = "xml"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::std_instead_of_core,
    reason = "what goes wrong here fails a test"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use peergroup::store::MemoryStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::{
    Charter, Config, Group, Handle, IdentityInfo, Invitation, PeerId, Properties, RecordDraft,
    Role, SecretKey, Terms, TypeId, runtime, unix_now,
};

const NOTE: TypeId = TypeId::from_u128(0x5f3e_8d1c_90ab_4c1e_9d52_7b0e_6a44_1c11);
const PATIENCE: Duration = Duration::from_secs(60);
const KEY: [u8; 32] = [0x2f; 32];
const KEY_IN_HEX: &str = "2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f";

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("python")
}

/// A command of the interpreter; none where it cannot run these programs.
fn python(script: &str) -> Option<Command> {
    let program = std::env::var_os("PEERGROUP_PYTHON").unwrap_or_else(|| "python3".into());
    let needs = scripts().join("needs.py");
    let probe = Command::new(&program).arg("-B").arg(needs).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no Python 3 with the package `cryptography` (44 or later) here");
        return None;
    }
    let mut command = Command::new(program);
    command.arg("-B").arg(scripts().join(script));
    Some(command)
}

#[test]
fn the_decoder_in_python_agrees_with_every_vector() {
    let Some(mut command) = python("check_vectors.py") else { return };
    let vectors = scripts().with_file_name("vectors");
    let output = command.arg(vectors).output().unwrap();
    let (said, wrong) = (output.stdout, output.stderr);
    let (said, wrong) = (String::from_utf8_lossy(&said), String::from_utf8_lossy(&wrong));
    assert!(output.status.success(), "{said}{wrong}");
}

/// A node with a group and a record in it.
async fn found() -> (Handle, Group) {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let runtime = runtime::Tokio::new();
    let (node, driver) =
        peergroup::new(Config::default(), runtime, transport, MemoryStore::new()).unwrap();
    tokio::spawn(driver.run());
    let ada = node.create_identity("Ada".parse().unwrap()).await.unwrap();
    let properties = Properties::named("Friends".parse().unwrap());
    let group = node.create_group(ada, Charter::default(), properties).await.unwrap();
    group.connect(PATIENCE).await.unwrap();
    group.publish(note("from Rust")).await.unwrap();
    (node, group)
}

fn note(payload: &str) -> RecordDraft {
    RecordDraft::new(NOTE, unix_now().after(Duration::from_secs(3600))).payload(payload.to_owned())
}

/// The invitation for the card that the program writes.
async fn invite(group: &Group, peer: PeerId) -> Invitation {
    let mut command = python("peer.py").unwrap();
    let output = command.args(["card", KEY_IN_HEX, "Pythia"]).output().unwrap();
    let card = IdentityInfo::from_xml(&output.stdout).unwrap();
    assert_eq!((card.peer, card.name.as_str()), (peer, "Pythia"));
    group.invite(card, Terms::role(Role::Member)).await.unwrap()
}

/// Ends with the test, whatever comes of it.
struct Program {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    fn join(invitation: &Path, apart: usize) -> Self {
        let mut command = python("peer.py").unwrap();
        command
            .args(["join", KEY_IN_HEX])
            .arg(invitation)
            .args(["from Python", &apart.to_string()]);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let out = child.stdout.take().map(BufReader::new);
        Self { child, out }
    }

    /// What it says up to a line that begins so; all that it says if there is none.
    async fn says_until(&mut self, begins: &'static str) -> Vec<String> {
        let mut out = self.out.take().unwrap();
        let read = move || {
            let mut said: Vec<String> = Vec::new();
            for line in out.by_ref().lines() {
                said.push(line.unwrap());
                if said.last().is_some_and(|line| line.starts_with(begins)) {
                    break;
                }
            }
            (said, out)
        };
        let (said, out) = tokio::task::spawn_blocking(read).await.unwrap();
        self.out = Some(out);
        said
    }
}

async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap()
}

/// A node, its group, and the peer that joins it.
async fn join(folder: &Path, apart: usize) -> (Handle, Group, Program) {
    let (node, group) = found().await;
    let invitation = invite(&group, SecretKey::from_bytes(KEY).peer()).await;
    let file = folder.join("invitation.xml");
    std::fs::write(&file, invitation.to_xml()).unwrap();
    (node, group, Program::join(&file, apart))
}

/// Both ends write as many records that the other does not have, after they had met. How the peer
/// learnt what the two differ in: by so many cells or as all there was.
async fn meet_again(apart: usize) -> Option<String> {
    python("peer.py")?;
    let folder = tempfile::tempdir().unwrap();
    let (node, group, mut program) = join(folder.path(), apart).await;
    let said = program.says_until("met").await;
    assert_eq!(said.last().map(String::as_str), Some("met"), "{said:#?}");
    for number in 0..apart {
        group.publish(note(&format!("written here {number}"))).await.unwrap();
    }
    let said = program.says_until("coded").await;
    let has_come = |line: &&String| line.starts_with("record Admin written here");
    assert_eq!(said.iter().filter(has_come).count(), apart, "{said:#?}");
    let records = group.records(Some(NOTE)).await.unwrap();
    let theirs = records.iter().filter(|record| record.payload.starts_with(b"written apart"));
    assert_eq!(theirs.count(), apart);
    node.shutdown().await;
    said.last().cloned()
}

#[tokio::test]
async fn a_peer_in_python_that_met_a_node_before_finds_what_differs_by_coded_symbols() {
    if let Some(told) = meet_again(3).await {
        // once in a while the first 22 cells do not tell
        assert!(["coded 22 3 3", "coded all"].contains(&told.as_str()), "{told}");
    }
}

#[tokio::test]
async fn where_the_first_symbols_do_not_tell_it_asks_for_more_or_is_sent_all() {
    if let Some(told) = meet_again(15).await {
        assert!(told == "coded all" || told.ends_with(" 15 15"), "{told}");
    }
}

#[tokio::test]
async fn a_peer_in_python_joins_by_an_invitation_and_shares_records_with_a_node() {
    if python("peer.py").is_none() {
        return;
    }
    let pythia = SecretKey::from_bytes(KEY).peer();
    let folder = tempfile::tempdir().unwrap();
    let (node, group, mut program) = join(folder.path(), 0).await;
    let said = program.says_until("published").await;
    let has = |line: &str| said.iter().any(|it| it == line);
    assert!(has("record Admin from Rust") && has("synchronised as Member"), "{said:#?}");
    let shown = until(async || {
        let records = group.records(Some(NOTE)).await.unwrap();
        records.into_iter().find(|record| record.creator == pythia)
    });
    assert_eq!(shown.await.payload.as_ref(), b"from Python");
    let is_online = async || {
        let member = group.member(pythia).await.unwrap()?;
        member.name.filter(|_| !member.instances.is_empty())
    };
    assert_eq!(until(is_online).await.as_str(), "Pythia");
    node.shutdown().await;
}
