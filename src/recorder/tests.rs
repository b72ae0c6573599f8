//! What is sealed is opened by its key alone, in its order, and as far as it is whole.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "what goes wrong here fails a test"
)]

use std::sync::{Arc, Mutex};
use std::thread;

use futures_util::FutureExt as _;
use peergroup_core::capture::Watched;
use peergroup_core::{Input, Instant, Now, Seed, UnixTime};

use super::*;
use crate::vault::{Cost, Passphrase};

/// A file in memory that everybody sees.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn key() -> Key {
    Key::passphrase(Passphrase::new("correct horse"), Cost::LEAST)
}

fn at(millis: u64) -> Now {
    let wall = UnixTime::from_millis(1_800_000_000_000 + millis);
    Now { mono: Instant::from_micros(millis * 1000), wall }
}

fn node() -> Watched {
    Watched::logged(Config::default(), &Seed::from_bytes([9; 32]), at(0))
}

/// So many seconds of a node to which nothing happens: a chunk each, if they are recorded.
fn live(node: &mut Watched, seconds: u64, mut each: impl FnMut(&mut Watched, Instant)) {
    for second in 1..=seconds {
        while node.poll_output().is_some() {}
        node.handle_input(at(second * 1001), Input::Tick).unwrap();
        each(node, at(second * 1001).mono);
    }
}

/// A recording with so many chunks, and what came of the node.
fn recording(key: &Key, seconds: u64) -> Vec<u8> {
    let file = Shared::default();
    let mut recorder = Recorder::to(file.clone(), key).unwrap();
    let mut node = node();
    live(&mut node, seconds, |node, now| recorder.take(node, now));
    block_on(recorder.finish(&mut node));
    Arc::into_inner(file.0).map(|bytes| bytes.into_inner().unwrap()).unwrap()
}

fn block_on(task: impl Future<Output = ()>) {
    let mut task = Box::pin(task);
    while task.as_mut().now_or_never().is_none() {
        thread::yield_now();
    }
}

fn rerun(bytes: &[u8], key: &Key) -> Result<Report, CaptureError> {
    let mut capture = Capture::read(bytes, key)?;
    replay(&mut capture, |_, _| true).map(|(report, _)| report)
}

#[test]
fn a_recording_is_run_again_to_the_same_end_whatever_its_key_is() {
    for key in [key(), Key::bytes([3; 32])] {
        let report = rerun(&recording(&key, 3), &key).unwrap();
        assert_eq!((report.calls, report.ending), (4, Ending::Whole));
        assert_eq!(rerun(&recording(&key, 3), &key).unwrap(), report, "the same, twice recorded");
    }
}

#[test]
fn no_other_key_opens_it() {
    let file = recording(&key(), 1);
    let others = [
        Key::passphrase(Passphrase::new("correct house"), Cost::LEAST),
        Key::bytes([3; 32]),
        Key::bytes(*b"correct horse\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    ];
    for other in others {
        assert_eq!(rerun(&file, &other), Err(CaptureError::WrongKey));
    }
    let given = recording(&Key::bytes([3; 32]), 1);
    assert_eq!(rerun(&given, &key()), Err(CaptureError::WrongKey));
    assert_eq!(rerun(&given, &Key::bytes([4; 32])), Err(CaptureError::WrongKey));
}

#[test]
fn a_file_cut_at_any_byte_runs_to_its_last_whole_chunk() {
    let key = Key::bytes([3; 32]);
    let file = recording(&key, 3);
    let whole = rerun(&file, &key).unwrap();
    let (mut calls, mut last) = (0, 0);
    for length in 0..file.len() {
        match rerun(&file[..length], &key) {
            Err(error) => assert_eq!(error, CaptureError::Malformed, "{length}"),
            Ok(report) => {
                assert_eq!(report.ending, Ending::Cut, "{length}");
                assert!(report.calls >= last && report.calls <= whole.calls, "{length}");
                calls += u64::from(report.calls > last);
                last = report.calls;
            }
        }
    }
    assert_eq!((calls, last), (3, whole.calls), "one chunk after the other");
    let mut longer = file.clone();
    longer.push(0);
    assert_eq!(rerun(&longer, &key).unwrap().ending, Ending::Damaged);
}

#[test]
fn no_bit_can_be_changed_unseen() {
    let key = Key::bytes([3; 32]);
    let file = recording(&key, 2);
    for bit in 0..file.len() * 8 {
        let mut other = file.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        match rerun(&other, &key) {
            Ok(report) => assert!(matches!(report.ending, Ending::Damaged | Ending::Cut), "{bit}"),
            Err(error) => assert!(!matches!(error, CaptureError::Differs { .. }), "{bit}: {error}"),
        }
    }
}

/// The header, and each chunk with its length.
fn pieces(file: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (header, mut rest) = file.split_at(chunk::HEADER_BYTES);
    let mut chunks = Vec::new();
    while let Some(length) = rest.first_chunk() {
        let length = chunk::Length::read(*length).unwrap().bytes + chunk::LENGTH_BYTES;
        chunks.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    (header.to_vec(), chunks)
}

#[test]
fn chunks_keep_their_places_and_their_file() {
    let key = Key::bytes([3; 32]);
    let (header, chunks) = pieces(&recording(&key, 3));
    let ending = |chunks: &[&Vec<u8>]| {
        let chunks: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.iter().copied()).collect();
        rerun(&[header.clone(), chunks].concat(), &key).unwrap().ending
    };
    let [first, a, b, end, last] = &chunks[..] else { panic!("{} chunks", chunks.len()) };
    assert_eq!(ending(&[first, a, b, end, last]), Ending::Whole);
    assert_eq!(ending(&[first, b, a, end, last]), Ending::Damaged, "moved");
    assert_eq!(ending(&[first, first, a, b, end, last]), Ending::Damaged, "doubled");
    assert_eq!(ending(&[first, a, end, last]), Ending::Damaged, "left out");
    assert_eq!(ending(&[first, a, last]), Ending::Damaged, "ended early");
    assert_eq!(ending(&[first, a, b]), Ending::Cut);
    let (_, others) = pieces(&recording(&key, 3));
    assert_eq!(ending(&[first, &others[1], b, end, last]), Ending::Damaged, "from another file");
}

#[test]
fn it_stops_behind_the_call_that_is_asked_for_and_gives_the_node_as_it_is_then() {
    let key = Key::bytes([3; 32]);
    let file = recording(&key, 5);
    for stop in 1..=6 {
        let mut capture = Capture::read(file.as_slice(), &key).unwrap();
        let (report, node) = replay(&mut capture, |call, _| call < stop).unwrap();
        assert_eq!((report.calls, report.ending), (stop, Ending::Stopped));
        assert_eq!(node.now(), at((stop - 1) * 1001));
    }
}

/// A file that takes nothing until it is told to.
struct Slow(Shared, Arc<Mutex<()>>);

impl io::Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _until_it_may = self.1.lock().unwrap();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_disk_that_is_too_slow_ends_the_recording_with_a_mark_and_never_holds_the_node_up() {
    let (key, file, gate) = (Key::bytes([3; 32]), Shared::default(), Arc::new(Mutex::new(())));
    let mut recorder = Recorder::to(Slow(file.clone(), Arc::clone(&gate)), &key).unwrap();
    let mut node = node();
    let shut = gate.lock().unwrap();
    let many = u64::try_from(WAITING_MAX).unwrap() + 10;
    live(&mut node, many, |node, now| recorder.take(node, now));
    assert!(!node.is_logged(), "it was given up");
    drop(shut);
    block_on(recorder.finish(&mut node));
    let report = rerun(&file.0.lock().unwrap(), &key).unwrap();
    assert_eq!(report.ending, Ending::Overrun);
    assert!(report.calls >= many - 10 && report.calls < many, "{}", report.calls);
}

/// A file on a full disk.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_disk_that_is_full_ends_the_recording_and_not_the_node() {
    let key = Key::bytes([3; 32]);
    assert_eq!(
        Recorder::to(Full(10), &key).err(),
        Some(CaptureError::Io(io::ErrorKind::StorageFull))
    );
    let mut recorder = Recorder::to(Full(200), &key).unwrap();
    let mut node = node();
    live(&mut node, 5, |node, now| recorder.take(node, now));
    block_on(recorder.finish(&mut node));
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.capture");
    let recorder = Recorder::create(&path, &key()).unwrap();
    let again = Recorder::create(&path, &key()).err();
    assert_eq!(again, Some(CaptureError::Io(io::ErrorKind::AlreadyExists)));
    drop(recorder);
}
