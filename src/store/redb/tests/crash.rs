//! A crash at every write: nothing that was acknowledged is lost, nothing is there in part, and
//! the store opens and goes on.
#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use core::iter;
use std::collections::BTreeMap;

use super::disk::{Act, Crash, Disk, Replay, mixed};
use super::file::ENTRIES;
use super::*;

/// What is stored.
type Rows = BTreeMap<Bytes, Bytes>;

/// Draws numbers, the same from the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = mixed(self.0);
        (self.0 >> 16) % bound
    }

    fn key(&mut self) -> Vec<u8> {
        vec![b'k', u8::try_from(self.below(4)).unwrap(), u8::try_from(self.below(30)).unwrap()]
    }

    /// Mostly small values, sometimes one as large as there are.
    fn value(&mut self) -> Vec<u8> {
        let bound = if self.below(24) == 0 { 65_536 } else { 700 };
        vec![u8::try_from(self.below(256)).unwrap(); usize::try_from(self.below(bound)).unwrap()]
    }

    /// An operation that says its number.
    fn op(&mut self, number: u64) -> StoreOp {
        let mut changes = vec![put(b"n", &number.to_be_bytes())];
        for _ in 0..self.below(12) {
            changes.push(match self.below(8) {
                0 => Change::Delete { key: self.key().into() },
                1 => Change::DeletePrefix { prefix: self.key()[..2].to_vec().into() },
                _ => put(&self.key(), &self.value()),
            });
        }
        op(changes)
    }
}

fn perform(rows: &mut Rows, op: &StoreOp) {
    for change in &op.changes {
        match change {
            Change::Put { key, value } => drop(rows.insert(key.clone(), value.clone())),
            Change::Delete { key } => drop(rows.remove(key)),
            Change::DeletePrefix { prefix } => rows.retain(|key, _| !key.starts_with(prefix)),
        }
    }
}

/// The life of a store: what was done to its disk, and what it held when.
struct Life {
    acts: Vec<Act>,
    /// Where the store was created: a file has no name before.
    created: usize,
    /// What is stored after so many operations.
    states: Vec<Rows>,
    /// Where on the disk an operation was acknowledged, and its number.
    acknowledged: Vec<(usize, usize)>,
}

impl Life {
    /// Lets a store live through so many calls, some of several operations; in the middle it is
    /// closed, opened and compacted.
    fn live(seed: u64, calls: usize) -> Self {
        let (mut draw, disk) = (Draw(seed), Disk::default());
        let mut file = RedbFile::open_on(disk.clone()).unwrap();
        let (created, mut states) = (disk.position(), vec![Rows::new()]);
        let mut acknowledged = Vec::new();
        for call in 0..calls {
            let ops: Vec<_> = (0..=draw.below(3))
                .map(|_| {
                    let op = draw.op(u64::try_from(states.len()).unwrap());
                    let mut rows = states.last().unwrap().clone();
                    perform(&mut rows, &op);
                    states.push(rows);
                    op
                })
                .collect();
            file.apply_blocking(&ops).unwrap();
            acknowledged.push((disk.position(), states.len() - 1));
            if call == calls / 2 {
                drop(file);
                file = RedbFile::open_on(disk.clone()).unwrap();
                file.compact().unwrap();
            }
        }
        drop(file);
        Self { acts: disk.acts(), created, states, acknowledged }
    }

    /// Which operations the store may be behind, if it crashes here: all that it acknowledged, and
    /// those of the call that was under way, all or none.
    fn allowed(&self, position: usize) -> Vec<usize> {
        let done = self.acknowledged.iter().take_while(|(at, _)| *at <= position).count();
        let last = done.checked_sub(1).map_or(0, |last| self.acknowledged[last].1);
        let next = self.acknowledged.get(done).map(|(_, number)| *number);
        iter::once(last).chain(next).collect()
    }

    /// Opens what a crash left. Gives the disk, on which opening may have written.
    fn check(&self, image: Vec<u8>, allowed: &[usize]) -> Result<Disk, String> {
        let disk = Disk::holding(image);
        let mut file = RedbFile::open_on(disk.clone()).map_err(|error| format!("{error:?}"))?;
        let entries = file.load_blocking(&all()).map_err(|error| format!("{error:?}"))?.entries;
        let found: Rows = entries.into_iter().collect();
        let is_right = allowed.iter().any(|number| self.states[*number] == found);
        if is_right { Ok(disk) } else { Err(format!("holds {:?}", found.get(&b"n"[..]))) }
    }

    /// Opens what a crash left, goes on, closes, and opens again.
    fn check_onwards(&self, image: Vec<u8>, allowed: &[usize]) -> Result<(), String> {
        let disk = self.check(image, allowed)?;
        let failed = |failure| format!("going on: {failure:?}");
        let mut file = RedbFile::open_on(Disk::holding(disk.image()))
            .map_err(|error| format!("opened again: {error:?}"))?;
        let before = file.load_blocking(&all()).map_err(failed)?.entries.len();
        file.apply_blocking(&[op([put(b"onwards", &[7; 5000])])]).map_err(failed)?;
        let after = file.load_blocking(&all()).map_err(failed)?.entries.len();
        if after == before + 1 { Ok(()) } else { Err(format!("{before} rows became {after}")) }
    }

    /// Crashes at every act and in every way, `scattered` times in each of the ways that depend on
    /// a seed; every `deeper`th time opening crashes too, at every act. Gives how many crashes
    /// that was.
    fn crash_everywhere(&self, scattered: u64, deeper: usize) -> Result<usize, String> {
        let mut replay = Replay::new(Vec::new(), &self.acts);
        let mut crashes = 0_usize;
        while replay.step() {
            if replay.position() < self.created {
                continue;
            }
            let allowed = self.allowed(replay.position());
            for crash in ways(&replay, scattered) {
                let image = replay.image(crash);
                crashes += 1;
                let told = |what| format!("{crash:?} at act {}: {what}", replay.position());
                if crashes.is_multiple_of(deeper) {
                    self.check_onwards(image.clone(), &allowed).map_err(told)?;
                    crashes += self.crash_while_opening(image, &allowed).map_err(told)?;
                } else {
                    self.check(image, &allowed).map_err(told)?;
                }
            }
        }
        Ok(crashes)
    }

    fn crash_while_opening(&self, image: Vec<u8>, allowed: &[usize]) -> Result<usize, String> {
        let acts = self.check(image.clone(), allowed)?.acts();
        let (mut replay, mut crashes) = (Replay::new(image, &acts), 0);
        while replay.step() {
            for crash in ways(&replay, 1) {
                crashes += 1;
                let told = |what| format!("then {crash:?} at act {}: {what}", replay.position());
                self.check(replay.image(crash), allowed).map_err(told)?;
            }
        }
        Ok(crashes)
    }
}

/// What a crash may do here.
fn ways(replay: &Replay<'_>, scattered: u64) -> Vec<Crash> {
    if !replay.is_unsure() {
        return vec![Crash::Killed];
    }
    let seed = |number: u64| mixed(u64::try_from(replay.position()).unwrap()) ^ number;
    let mut ways = vec![Crash::Killed, Crash::Lost];
    for number in 0..scattered {
        ways.extend([Crash::Torn(seed(number)), Crash::Scattered(seed(number))]);
    }
    ways
}

#[test]
fn a_crash_at_any_write_loses_nothing_that_was_acknowledged() {
    let crashes = Life::live(1, 24).crash_everywhere(2, 16).unwrap();
    println!("{crashes} crashes");
    assert!(crashes > 1500, "{crashes}");
}

#[test]
fn a_crash_on_the_way_to_another_version_is_made_good_when_the_file_is_opened_again() {
    use crate::store::redb::format::tests::LATER;
    use crate::store::redb::open::open_on;

    let disk = Disk::default();
    let mut file = RedbFile::open_on(disk.clone()).unwrap();
    file.apply_blocking(&[op([put(b"a", &[1]), put(b"b", &[1])])]).unwrap();
    drop(file);
    let before = disk.image();
    let moving = Disk::holding(before.clone());
    drop(open_on(moving.clone(), LATER).unwrap());
    let acts = moving.acts();
    let (mut replay, mut crashes) = (Replay::new(before, &acts), 0);
    while replay.step() {
        for crash in ways(&replay, 3) {
            crashes += 1;
            let after = Disk::holding(replay.image(crash));
            let opened = open_on(after.clone(), LATER);
            let database = opened.unwrap_or_else(|error| panic!("{crash:?}: {error}"));
            let rows = read_rows(&database);
            let expected = [(b"a".to_vec(), vec![1, 2, 3, 4])];
            assert_eq!(rows, expected, "{crash:?} at act {}", replay.position());
        }
    }
    assert!(crashes > 30, "{crashes}");
}

fn read_rows(database: &Database) -> Vec<(Vec<u8>, Vec<u8>)> {
    use redb::{ReadableDatabase as _, ReadableTable as _};

    let table = database.begin_read().unwrap().open_table(ENTRIES).unwrap();
    let rows = table.iter().unwrap().map(Result::unwrap);
    rows.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())).collect()
}

/// Many lives. `cargo test --release -- --ignored --nocapture every_life`
#[test]
#[ignore = "takes minutes"]
fn every_life_may_end_at_any_write() {
    let mut crashes = 0;
    for seed in 0..60 {
        let died = Life::live(seed, 40).crash_everywhere(6, 8);
        crashes += died.unwrap_or_else(|what| panic!("life {seed}: {what}"));
        println!("{crashes} crashes, none of which lost what was acknowledged");
    }
}

#[test]
fn a_disk_that_says_that_it_has_synced_and_has_not_is_found() {
    let mut life = Life::live(2, 6);
    life.acts.truncate(life.acknowledged.last().unwrap().0);
    let honest = life.crash_everywhere(1, usize::MAX);
    assert!(honest.is_ok(), "{honest:?}");
    let synced = life.acts.iter().rposition(|act| matches!(act, Act::Sync)).unwrap();
    for act in &mut life.acts[life.created..=synced] {
        if matches!(act, Act::Sync) {
            *act = Act::Write { at: 0, bytes: Vec::new() };
        }
    }
    let lied_to = life.crash_everywhere(0, usize::MAX);
    assert!(lied_to.as_ref().is_err_and(|what| what.starts_with("Lost")), "{lied_to:?}");
}

#[test]
fn a_batch_that_is_there_in_part_would_be_found() {
    let mut life = Life::live(3, 6);
    for state in &mut life.states {
        state.remove(&b"n"[..]);
    }
    assert!(life.crash_everywhere(1, usize::MAX).is_err());
}
