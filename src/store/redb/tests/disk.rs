//! A disk that keeps a record of every write, and what a crash at any of them may leave behind.
#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use redb::StorageBackend;

/// What a disk writes whole or not at all.
pub(super) const SECTOR: usize = 512;

/// What was done to a disk.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Write { at: usize, bytes: Vec<u8> },
    SetLength(usize),
    Sync,
}

/// A disk in memory. A clone is the same disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    image: Vec<u8>,
    acts: Vec<Act>,
    /// Whether a sync has to wait, and how many wait.
    is_held: bool,
    waiting: usize,
}

impl Disk {
    /// A disk on which this lies.
    pub(super) fn holding(image: Vec<u8>) -> Self {
        let disk = Self::default();
        disk.state().image = image;
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// What lies on it, unsynced writes included.
    pub(super) fn image(&self) -> Vec<u8> {
        self.state().image.clone()
    }

    /// What was done to it.
    pub(super) fn acts(&self) -> Vec<Act> {
        self.state().acts.clone()
    }

    /// How much was done to it.
    pub(super) fn position(&self) -> usize {
        self.state().acts.len()
    }

    pub(super) fn syncs(&self) -> usize {
        self.state().acts.iter().filter(|act| matches!(act, Act::Sync)).count()
    }

    /// Holds back every sync from now on.
    pub(super) fn hold(&self) {
        self.state().is_held = true;
    }

    /// Waits until a sync is held back.
    pub(super) fn until_held(&self) {
        let state = self.0.changed.wait_while(self.state(), |state| state.waiting == 0).unwrap();
        drop(state);
    }

    /// Lets all syncs pass.
    pub(super) fn release(&self) {
        self.state().is_held = false;
        self.0.changed.notify_all();
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(self.state().image.len()).unwrap())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let at = usize::try_from(offset).unwrap();
        let state = self.state();
        let found = state.image.get(at..).and_then(|rest| rest.get(..out.len()));
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let act = Act::SetLength(usize::try_from(len).unwrap());
        let mut state = self.state();
        perform(&mut state.image, &act);
        state.acts.push(act);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.waiting += 1;
        self.0.changed.notify_all();
        state = self.0.changed.wait_while(state, |state| state.is_held).unwrap();
        state.waiting -= 1;
        state.acts.push(Act::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let act = Act::Write { at: usize::try_from(offset).unwrap(), bytes: data.to_vec() };
        let mut state = self.state();
        assert!(state.image.len() >= data.len() + usize::try_from(offset).unwrap(), "beyond");
        perform(&mut state.image, &act);
        state.acts.push(act);
        Ok(())
    }
}

/// Performs an act; what is written beyond the end is lost, as where the file was to grow first.
fn perform(image: &mut Vec<u8>, act: &Act) {
    match act {
        Act::Write { at, bytes } => {
            let length = image.len();
            let part = bytes.len().min(length.saturating_sub(*at));
            if let Some(place) = image.get_mut(*at..).and_then(|rest| rest.get_mut(..part)) {
                place.copy_from_slice(&bytes[..part]);
            }
        }
        Act::SetLength(length) => image.resize(*length, 0),
        Act::Sync => {}
    }
}

/// What a crash does to what was written since the last sync.
#[derive(Clone, Copy, Debug)]
pub(super) enum Crash {
    /// All of it is there: the process died, the system did not.
    Killed,
    /// Nothing of it is there.
    Lost,
    /// The last write is there up to some sector, everything before it is.
    Torn(u64),
    /// Any of it is there, sector by sector, whatever was written first.
    Scattered(u64),
}

/// Goes through what was done to a disk, one act at a time, and knows what a crash would leave.
#[derive(Debug)]
pub(super) struct Replay<'a> {
    acts: &'a [Act],
    /// What is sure to be there.
    durable: Vec<u8>,
    /// Acts performed, and those of them that are sure to be there.
    position: usize,
    synced: usize,
}

impl<'a> Replay<'a> {
    /// Begins with what was there before the first act.
    pub(super) fn new(before: Vec<u8>, acts: &'a [Act]) -> Self {
        Self { acts, durable: before, position: 0, synced: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Performs one more act. False if there was none.
    pub(super) fn step(&mut self) -> bool {
        let Some(act) = self.acts.get(self.position) else { return false };
        self.position += 1;
        if matches!(act, Act::Sync) {
            for act in &self.acts[self.synced..self.position] {
                perform(&mut self.durable, act);
            }
            self.synced = self.position;
        }
        true
    }

    /// Whether anything is unsure.
    pub(super) fn is_unsure(&self) -> bool {
        self.synced < self.position
    }

    /// What a crash now would leave.
    pub(super) fn image(&self, crash: Crash) -> Vec<u8> {
        let mut image = self.durable.clone();
        let unsure = &self.acts[self.synced..self.position];
        match crash {
            Crash::Killed => {
                for act in unsure {
                    perform(&mut image, act);
                }
            }
            Crash::Lost => {}
            Crash::Torn(seed) => {
                if let Some((last, before)) = unsure.split_last() {
                    for act in before {
                        perform(&mut image, act);
                    }
                    tear(&mut image, last, seed);
                }
            }
            Crash::Scattered(seed) => scatter(&mut image, unsure, seed),
        }
        image
    }
}

fn tear(image: &mut Vec<u8>, act: &Act, seed: u64) {
    if let Act::Write { at, bytes } = act {
        let sectors = bytes.len().div_ceil(SECTOR);
        let whole = SECTOR * (usize::try_from(mixed(seed) >> 33).unwrap() % sectors.max(1));
        perform(image, &Act::Write { at: *at, bytes: bytes[..whole].to_vec() });
    }
}

fn scatter(image: &mut Vec<u8>, acts: &[Act], seed: u64) {
    let mut drawn = seed;
    // in some crashes most is there, in others little
    let of_eight = [1, 4, 7][usize::try_from(seed % 3).unwrap()];
    let mut is_there = || {
        drawn = mixed(drawn);
        (drawn >> 40) % 8 < of_eight
    };
    for act in acts {
        match act {
            Act::Write { at, bytes } => {
                for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                    if is_there() {
                        let at = at + number * SECTOR;
                        perform(image, &Act::Write { at, bytes: sector.to_vec() });
                    }
                }
            }
            Act::SetLength(_) | Act::Sync => {
                if is_there() {
                    perform(image, act);
                }
            }
        }
    }
}

/// `SplitMix64`.
pub(super) fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
