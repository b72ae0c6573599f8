//! Whatever changes a node is logged, and makes the same node when it is run again.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test")]

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use std::fs;
use std::path::Path;

use bytes::Bytes;

use super::code::Code;
use super::*;
use crate::config::Config;
use crate::entropy::Seed;
use crate::event::{EventKind, Interest, Seat};
use crate::fixture::{invitation, key};
use crate::genesis::Charter;
use crate::group::{Removal, Terms};
use crate::id::{ConnectionId, LinkId, RecordId, RegistrationId, Ticket, TypeId, UploadId};
use crate::input::{Input, LinkDown, LinkInfo};
use crate::output::Output;
use crate::property::Properties;
use crate::record::{Attribute, PayloadId, RecordDraft, RecordUpdate, Value};
use crate::statement::Role;
use crate::storage::{Loaded, StoreFailure};
use crate::time::{Instant, Now, UnixTime};

/// What of a node is no verb, and is logged all the same.
const DOORS: [&str; 9] = [
    "accept",
    "digest",
    "export_database",
    "export_piece",
    "handle_input",
    "import_database",
    "poll_output",
    "poll_transmit",
    "poll_transmit_run",
];

/// The names of the public methods in some source that change what they are called on.
fn changing(source: &str) -> Vec<String> {
    let head = |rest: &str| rest.split(['{', ';']).next().unwrap_or_default().into();
    let heads: Vec<String> = source.split("    pub fn ").skip(1).map(head).collect();
    let name = |head: &String| head.split(['(', '<']).next().unwrap_or_default().into();
    heads.iter().filter(|head| head.contains("&mut self")).map(name).collect()
}

#[test]
fn no_method_that_changes_a_node_is_left_out() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/node");
    let mut files: Vec<_> = fs::read_dir(&sources).unwrap().map(|it| it.unwrap().path()).collect();
    files.push(sources.with_extension("rs"));
    files.retain(|path| path.extension().is_some() && !path.ends_with("tests.rs"));
    let known: Vec<&str> = Verb::NAMES.iter().chain(&DOORS).copied().collect();
    let mut found = 0;
    for path in files {
        for name in changing(&fs::read_to_string(&path).unwrap()) {
            assert!(known.contains(&name.as_str()), "{name} of {path:?} is not recorded");
            found += 1;
        }
    }
    assert!(found >= known.len(), "{found} of {}: some name is of no method", known.len());
    assert_eq!(
        changing("    pub fn a(&self) {}\n    pub fn b<T>(\n        &mut self,\n) {"),
        ["b"]
    );
}

fn now(micros: u64) -> Now {
    Now { mono: Instant::from_micros(micros), wall: UnixTime::from_millis(1_800_000_000_000) }
}

fn logged() -> Watched {
    Watched::logged(Config::default(), &Seed::from_bytes([7; 32]), now(1))
}

/// Runs a log again: what was made, and where it differs, if it does.
fn rerun(log: &[u8]) -> Result<Replay, Differs> {
    let (mut replay, mut rest) = (Replay::new(), log);
    while !rest.is_empty() {
        let call = Call::read(&mut rest).expect("it was logged");
        replay.make(call, &mut |_| {})?;
    }
    Ok(replay)
}

/// Does everything that a node wants, as a store that forgets nothing and says so at once.
fn drain(node: &mut Watched, now: Now) {
    while let Some(output) = node.poll_output() {
        match output {
            Output::Load { ticket, .. } => {
                let outcome = Ok(Loaded { entries: &[], more: false });
                node.handle_input(now, Input::Loaded { ticket, outcome }).unwrap();
            }
            Output::Store { ticket, .. } => {
                node.handle_input(now, Input::Stored { ticket, outcome: Ok(()) }).unwrap();
            }
            Output::Transmit { link } => {
                let mut bytes = Vec::new();
                while node.poll_transmit(link, 100, &mut bytes) > 0 {}
                assert_eq!(node.poll_transmit_run(link), None);
            }
            _ => {}
        }
    }
}

/// Calls every verb and comes through every door, with whatever: mostly that is refused.
fn call_everything(node: &mut Watched) {
    let (at, ann) = (now(5), key(3).peer());
    drain(node, at);
    let me = node.create_identity(at, "Ada".parse().unwrap()).unwrap().value;
    node.import_identity(at, key(4), "Ben".parse().unwrap()).unwrap();
    node.rename_identity(at, me, &"Eve".parse().unwrap()).unwrap();
    node.set_default_identity(at, me).unwrap();
    node.delete_identity(at, key(4).peer()).unwrap();
    let properties = Properties::named("Chess".parse().unwrap());
    let seat = node.create_group(at, me, Charter::default(), properties.clone()).unwrap().value;
    drain(node, at);
    database(node, seat);
    node.listening_at(at, &["tcp:192.0.2.1:1".parse().unwrap()]);
    node.discover(at);
    let interests = [EventKind::Record.into(), Interest { kind: EventKind::Data, type_id: None }];
    let registration = node.register(at, seat, &interests).unwrap();
    node.connect_at(at, seat, &["tcp:192.0.2.2:1".parse().unwrap()], Duration::from_millis(1500))
        .unwrap();
    node.connect(at, seat, Duration::from_secs(2)).ok();
    drain(node, at);
    people(node, seat);
    records(node, seat);
    node.open_connection(at, seat, ann).ok();
    node.send(at, ConnectionId::from_u64(1), TypeId::from_u128(1), Bytes::from_static(b"x")).ok();
    node.received(at, ConnectionId::from_u64(1));
    node.close_connection(at, ConnectionId::from_u64(1));
    node.unregister(at, registration);
    node.unregister(at, RegistrationId::from_u64(99));
    inputs(node);
    node.digest(seat).unwrap();
    #[cfg(feature = "password")]
    passwords(node, seat);
    moved(node, seat);
    node.leave(at, seat).ok();
    node.shutdown(now(9));
    drain(node, now(9));
}

fn people(node: &mut Watched, seat: Seat) {
    let (at, ann) = (now(6), key(3).peer());
    let card = crate::card::IdentityInfo::new(ann, "Ann".parse().unwrap());
    let terms = Terms::role(Role::Admin).until(UnixTime::from_millis(1_800_000_900_000));
    node.invite(at, seat, &card, terms).unwrap();
    node.grant(at, seat, ann, Terms::role(Role::Inviter)).unwrap();
    node.renew(at, seat, ann, None).ok();
    node.invitation_for(at, seat, ann).unwrap();
    node.withdraw(at, seat, ann).ok();
    node.demote(at, seat, ann, Role::Member).ok();
    node.remove(at, seat, ann, Removal::KeepRecords).ok();
    node.checkpoint(at, seat).ok();
    node.set_properties(at, seat, Properties::named("Go".parse().unwrap())).unwrap();
    node.join(at, &invitation(2)).ok();
    node.take_credentials(at, &invitation(1)).ok();
    node.open(at, seat).ok();
    node.delete_group(at, seat).ok();
    drain(node, at);
}

fn records(node: &mut Watched, seat: Seat) {
    let (at, until) = (now(7), UnixTime::from_millis(1_800_000_100_000));
    let attribute = Attribute::new("mood", Value::Int(3)).unwrap();
    let draft =
        RecordDraft::new(TypeId::from_u128(0x5f3e_8d1c_90ab_4c1e_9d52_7b0e_6a44_1c11), until)
            .payload("e4");
    let draft = draft.attribute(attribute.clone());
    let record = node.publish(at, seat, draft.clone()).unwrap().value;
    let update = RecordUpdate::new().payload("d4").attributes(vec![attribute]);
    node.update(at, seat, record, update).unwrap();
    node.delete_record(at, seat, record).unwrap();
    node.delete_record(at, seat, RecordId::from_bytes([3; 16])).ok();
    let upload = node.begin_upload(at, seat).unwrap().value;
    node.upload(at, seat, upload, Bytes::from(vec![7; 1000])).ok();
    node.publish(at, seat, draft.upload(upload)).ok();
    node.abandon_upload(at, seat, UploadId::from_u64(5)).ok();
    node.read_payload(at, seat, PayloadId::new([1; 32], 5000), 0).ok();
    drain(node, at);
}

fn inputs(node: &mut Watched) {
    let at = now(8);
    let remote = "tcp:192.0.2.3:1".parse().unwrap();
    let link = node.accept(at, LinkInfo { binding: &[3; 32], remote: Some(&remote) });
    node.handle_input(at, Input::Received { link, bytes: &[1, 2, 3] }).unwrap();
    node.handle_input(at, Input::LinkDown { link, cause: LinkDown::Broken }).unwrap();
    let info = LinkInfo { binding: &[4; 32], remote: None };
    node.handle_input(at, Input::LinkUp { link: LinkId::from_u64(9999), info }).unwrap_err();
    let failed = Input::Stored { ticket: Ticket::from_u64(9999), outcome: Err(StoreFailure::Full) };
    node.handle_input(at, failed).unwrap_err();
    let beacon = crate::beacon::Beacon::from_bytes([5; 32]);
    node.handle_input(at, Input::Found { beacon, addresses: &[remote] }).unwrap();
    node.handle_input(at, Input::Tick).unwrap();
    drain(node, at);
}

/// The database goes out and in: two exports at once, one of which is given up.
fn database(node: &mut Watched, seat: Seat) {
    let at = now(5);
    let mut export = node.export_database(seat).unwrap();
    let mut other = node.export_database(seat).unwrap();
    let mut file = Vec::new();
    while node.export_piece(at, &mut export, &mut file).unwrap() != crate::Exported::Whole {}
    node.export_piece(at, &mut other, &mut Vec::new()).unwrap();
    let mut check = node.check_database(seat).unwrap();
    check.read(&file).unwrap();
    let mut import = check.finish().unwrap().import();
    for bytes in file.chunks(100) {
        node.import_database(at, &mut import, bytes).unwrap();
    }
    drain(node, at);
}

/// A seat goes out and in.
fn moved(node: &mut Watched, seat: Seat) {
    let at = now(8);
    let group = node.export_group(seat).unwrap();
    node.import_group(at, &group).ok();
    node.export_database(seat).unwrap_err();
    node.close(at, seat).unwrap();
    drain(node, at);
    node.delete_group(at, seat).unwrap();
    node.import_group(at, &group).unwrap();
    drain(node, at);
    node.open(at, seat).unwrap();
    drain(node, at);
}

#[cfg(feature = "password")]
fn passwords(node: &mut Watched, seat: Seat) {
    use crate::password::PasswordSecret;
    let at = now(8);
    let secret = || PasswordSecret::from_bytes([8; 32]);
    node.set_password(at, seat, secret(), Role::Member).ok();
    node.hold_password(at, seat, secret()).ok();
    let until = UnixTime::from_millis(1_800_000_100_000);
    if let Ok(invitation) = node.password_invitation(at, seat, until) {
        node.join_with_password(at, seat.identity, &invitation, secret()).ok();
    }
    node.retry_password(at, seat, secret()).ok();
    node.forget_password(at, seat).ok();
    drain(node, at);
}

#[test]
fn every_verb_and_every_door_is_run_again_to_the_same_end() {
    let mut node = logged();
    call_everything(&mut node);
    let log = node.end_log().unwrap();
    let replay = rerun(&log).unwrap();
    assert_eq!(replay.state(), rerun(&log).unwrap().state());
    let mut names = Verb::NAMES.to_vec();
    let mut rest = log.as_slice();
    while !rest.is_empty() {
        if let Call::Verb(verb) = Call::read(&mut rest).unwrap() {
            let shown = alloc::format!("{verb:?}").to_lowercase();
            let called = |name: &&str| !is_called(&shown, name);
            names.retain(called);
        }
    }
    assert!(names.is_empty(), "never called: {names:?}");
}

/// Whether a verb that is shown so, in lower case, is the one of this name.
fn is_called(shown: &str, name: &str) -> bool {
    let name = name.replace('_', "");
    let shown = shown.split([' ', '{']).next().unwrap_or_default();
    shown == name
}

#[test]
fn what_is_not_logged_is_the_same_node() {
    let mut plain = Watched::new(Config::default(), &Seed::from_bytes([7; 32]), now(1));
    let mut node = logged();
    call_everything(&mut plain);
    call_everything(&mut node);
    assert!(!plain.is_logged() && node.is_logged() && plain.end_log().is_none());
    assert_eq!(fold::state(&plain), fold::state(&node));
}

#[test]
fn a_log_that_says_anything_else_differs_where_it_does() {
    let mut node = logged();
    call_everything(&mut node);
    let log = node.end_log().unwrap();
    let calls = rerun(&log).unwrap().calls();
    let mut caught = 0;
    for place in (1..log.len()).step_by(61) {
        let mut other = log.clone();
        other[place] ^= 1;
        let (mut replay, mut rest) = (Replay::new(), other.as_slice());
        let outcome = loop {
            let Some(call) = Some(rest).filter(|rest| !rest.is_empty()) else { break Ok(()) };
            let mut left = call;
            let Some(call) = Call::read(&mut left) else { break Err(0) };
            rest = left;
            if let Err(differs) = replay.make(call, &mut |_| {}) {
                break Err(differs.call);
            }
        };
        caught += usize::from(outcome.is_err());
        assert!(outcome.is_ok() || outcome.unwrap_err() <= calls + 1);
    }
    assert!(caught * 100 > log.len() / 61 * 80, "{caught} of {}", log.len() / 61);
}

#[test]
fn a_log_is_taken_in_whole_entries() {
    let mut node = logged();
    let mut whole = node.take_log(1, || b"what was there".to_vec()).unwrap();
    assert_eq!(node.take_log(1, Vec::new), None);
    drain(&mut node, now(2));
    node.create_identity(now(3), "Ada".parse().unwrap()).unwrap();
    let part = node.take_log(10, Vec::new).unwrap();
    let mut rest = part.as_slice();
    while !rest.is_empty() {
        Call::read(&mut rest).unwrap();
    }
    whole.extend(part);
    whole.extend(node.end_log().unwrap());
    assert_eq!(rerun(&whole).unwrap().calls(), 5, "made, thrice loaded, and asked");
}

#[test]
fn numbers_have_one_encoding_and_what_is_none_is_refused() {
    for number in [0, 1, 127, 128, 1 << 20, u64::MAX] {
        let mut bytes = Vec::new();
        number.write(&mut bytes);
        let mut rest = bytes.as_slice();
        assert_eq!(u64::read(&mut rest), Some(number));
        assert!(rest.is_empty());
        assert_eq!(u64::read(&mut &bytes[..bytes.len() - 1]), None);
    }
    assert_eq!(Bytes::read(&mut [2, 7, 8, 9].as_slice()), Some(Bytes::from_static(&[7, 8])));
    assert_eq!(u64::read(&mut [0xff; 11].as_slice()), None);
    assert_eq!(<Option<u8>>::read(&mut [2, 0].as_slice()), None);
    assert_eq!(Vec::<Bytes>::read(&mut [0xff, 0xff, 0xff, 0xff, 1].as_slice()), None);
    assert!(Call::read(&mut [31].as_slice()).is_none(), "no call has that number");
}
