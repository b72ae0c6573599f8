//! Every example runs as its page says: those that end by themselves, and those that people talk
//! to.
//!
//! `cargo test` builds the examples before it runs this; `cargo test --test examples` alone does
//! not, and tries those that were built last.
#![cfg(all(
    feature = "redb",
    feature = "smol",
    feature = "tcp",
    feature = "tokio",
    feature = "xml"
))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::panic,
    clippy::std_instead_of_core,
    reason = "what goes wrong here fails a test"
)]

#[path = "examples/program.rs"]
mod program;
#[cfg(feature = "recorder")]
#[path = "examples/replay.rs"]
mod replay;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use program::{Program, example, run};

/// Two folders of one group: the one founded it, the other was invited.
fn two_friends(name: &str, folder: &Path) {
    let at_home = |who: &'static str| {
        let mut command = example(name);
        command.current_dir(folder).args([who, "--listen", &free_address()]);
        command
    };
    run(at_home("ada").args(["create", "Friends"]));
    fs::write(folder.join("ben.xml"), run(at_home("ben").arg("card"))).unwrap();
    // where it listens now is where it will be found
    let mut invite = example(name);
    let invite = invite.current_dir(folder).args(["ada", "invite", "ben.xml"]);
    fs::write(folder.join("for-ben.xml"), run(invite)).unwrap();
    run(at_home("ben").args(["join", "for-ben.xml"]));
}

/// Where nobody listens. It is still free after a program has listened there and before the next
/// one does: the system gives such ports only to whoever names them, and no two tests name one.
fn free_address() -> String {
    static NAMED: AtomicU32 = AtomicU32::new(0);
    const OF_ONE_PROCESS: u32 = 12;
    let first = 20_000 + std::process::id() % 1_000 * OF_ONE_PROCESS;
    let next = |_| first + NAMED.fetch_add(1, Relaxed) % OF_ONE_PROCESS;
    let mut addresses = (0..OF_ONE_PROCESS).map(next).map(|port| format!("127.0.0.1:{port}"));
    addresses.find(|address| TcpListener::bind(address).is_ok()).unwrap()
}

fn start(name: &str, folder: &Path, words: &[&str]) -> Program {
    let mut command = example(name);
    command.current_dir(folder).args(words);
    Program::start(command)
}

#[test]
fn the_programs_that_need_nobody_end_well() {
    for name in ["tour", "own_runtime", "blocking", "metrics"] {
        assert!(!run(&mut example(name)).is_empty(), "{name} says nothing");
    }
}

#[cfg(all(feature = "password", feature = "vault"))]
#[test]
fn the_flows_of_the_windows_pages_end_well() {
    assert!(!run(&mut example("from_windows")).is_empty());
}

#[test]
fn two_friends_chat_and_the_picture_shows_who_is_there_what_is_kept_and_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    two_friends("chat", folder.path());
    let mut ada = start("chat", folder.path(), &["ada", "talk", "--picture", "chat.svg"]);
    ada.says("* you are in \"Friends\"");
    let mut ben = start("chat", folder.path(), &["ben", "talk"]);
    ben.says("* you are in \"Friends\"");
    ada.says("* ben is here");
    ada.is_told("hello <ben>");
    ben.says("ada: hello <ben>");
    ben.is_told("/whisper ada psst");
    ada.says("ben whispers: psst");
    ben.is_told("/who");
    ben.says("* ada: creator, online");
    ben.is_told("bye");
    ada.says("ben: bye");
    ada.ends();
    ben.says("* ada has gone");
    ben.is_told("/quit");
    ben.ends();
    let picture = fs::read_to_string(folder.path().join("chat.svg")).unwrap();
    let shown = ["Friends", "members", "records", "log", "hello &lt;ben>", "ben whispers", "bye"];
    for shown in shown.iter().chain(&["creator", "Inviter", "3 B", "neighbour", "online, ready"]) {
        assert!(picture.contains(shown), "no {shown} in\n{picture}");
    }
}

#[test]
fn a_list_is_shared_and_found_by_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    two_friends("todo", folder.path());
    let mut ada = start("todo", folder.path(), &["ada", "open"]);
    ada.says("* online");
    ada.is_told("add buy milk @ben !2 due:3");
    let milk = ada.says("+ ")[2..].to_owned();
    ada.is_told("add mow the lawn @ada");
    ada.says("+ ");
    let mut ben = start("todo", folder.path(), &["ben", "open"]);
    ben.says("* online");
    ben.is_told("find @ben due:7 buy*");
    ben.says("<peersearch");
    ben.says(&format!("{milk} [ ] buy milk @ben !2 due:3 (ada)"));
    ben.says("= 1");
    let clause = "<clause attrib='priority' type='int' compare='less'>2</clause>";
    ben.is_told(&format!("xml <peersearch>{clause}</peersearch>"));
    assert!(ben.says_line_with("mow the lawn").ends_with("@ada (ada)"));
    ben.says("= 1");
    ben.is_told(&format!("done {milk}"));
    ben.is_told("find done");
    ben.says(&format!("{milk} [x] buy milk @ben !2 due:3 (ben)"));
    ben.ends();
    ada.ends();
}

#[test]
fn a_note_that_is_written_here_is_in_the_folder_there() {
    let folder = tempfile::tempdir().unwrap();
    two_friends("notes", folder.path());
    let file = |of: &str, name: &str| folder.path().join(of).join("notes").join(name);
    let mut ada = start("notes", folder.path(), &["ada", "share"]);
    ada.says("sharing ");
    let long = "all the verses\n".repeat(1000);
    fs::write(file("ada", "song.txt"), &long).unwrap();
    ada.says("> song.txt, 15000 bytes");
    let mut ben = start("notes", folder.path(), &["ben", "share"]);
    ben.says("< song.txt, 15000 bytes");
    assert_eq!(fs::read_to_string(file("ben", "song.txt")).unwrap(), long);
    fs::write(file("ben", "song.txt"), "one verse").unwrap();
    ada.says("< song.txt, 9 bytes");
    assert_eq!(fs::read_to_string(file("ada", "song.txt")).unwrap(), "one verse");
    fs::remove_file(file("ada", "song.txt")).unwrap();
    ben.says("< song.txt is gone");
    assert!(!file("ben", "song.txt").exists());
    ben.ends();
    ada.ends();
}
