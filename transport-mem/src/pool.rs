//! Seeds on all cores: handed out and handed over in their order, and watched.

use core::ops::ControlFlow;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::process;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::pulse::{Beat, Pulse};

/// How often the pulse of the worlds is felt.
const TICK: Duration = Duration::from_secs(1);
/// How many ticks a single call of a node may take.
const PATIENCE: u32 = 20;

/// How seeds are run.
pub(crate) struct Pool<'a> {
    /// How many threads run worlds: at least one.
    pub(crate) threads: usize,
    /// How often the pulse of the worlds is felt.
    pub(crate) tick: Duration,
    /// How many ticks a single call of a node may take.
    pub(crate) patience: u32,
    /// What is done if one takes longer.
    pub(crate) stuck: &'a (dyn Fn(Beat) + Sync),
}

/// How many threads are worth having.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A node does not come back from a call. Nothing in this process can stop it, so the process
/// says which it is and how to see it again, and ends.
pub(crate) fn end_stuck(beat: Beat, replay: &str) -> ! {
    let seed = beat.seed.map_or_else(String::new, |seed| format!("seed {seed}: "));
    let host = beat.host.map_or_else(String::new, |host| format!("{host}, "));
    eprintln!("{seed}[stuck] {host}in one call for {PATIENCE} s: {}\n{replay}", beat.doing);
    process::exit(1);
}

impl<'a> Pool<'a> {
    /// So many threads, and the usual patience.
    pub(crate) fn new(threads: usize, stuck: &'a (dyn Fn(Beat) + Sync)) -> Self {
        Self { threads, tick: TICK, patience: PATIENCE, stuck }
    }

    /// Runs each seed and takes what came of it, in the order of the seeds whatever the number of
    /// threads, until there are no more or `take` breaks off.
    pub(crate) fn run<T: Send>(
        &self,
        seeds: impl Iterator<Item = u64> + Send,
        work: impl Fn(u64, &Arc<Pulse>) -> T + Sync,
        mut take: impl FnMut(u64, T) -> ControlFlow<()>,
    ) {
        let desk = Desk { seeds: Mutex::new(seeds.enumerate()), is_closed: AtomicBool::new(false) };
        let pulses: Vec<Arc<Pulse>> = (0..self.threads.max(1)).map(|_| Arc::default()).collect();
        let (done, outcomes) = mpsc::channel();
        let (stop, stopped) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let (desk, work, pulses) = (&desk, &work, &pulses);
            for pulse in pulses {
                let done = done.clone();
                scope.spawn(move || desk.serve(pulse, work, &done));
            }
            drop(done);
            scope.spawn(move || self.watch(pulses, &stopped));
            let (mut early, mut next) = (BTreeMap::new(), 0);
            for (place, seed, outcome) in outcomes {
                early.insert(place, (seed, outcome));
                while let Some((seed, outcome)) = early.remove(&next) {
                    next = next.saturating_add(1);
                    if !desk.is_closed() && take(seed, outcome).is_break() {
                        desk.close();
                    }
                }
            }
            drop(stop);
        });
    }

    /// Looks on until it is told to stop: whether every world that is run goes on.
    fn watch(&self, pulses: &[Arc<Pulse>], stopped: &Receiver<()>) {
        let mut seen = vec![(Beat::default(), 0_u32); pulses.len()];
        while stopped.recv_timeout(self.tick) == Err(RecvTimeoutError::Timeout) {
            for (pulse, (last, ticks)) in pulses.iter().zip(&mut seen) {
                let beat = pulse.beat();
                *ticks = if beat == *last { ticks.saturating_add(1) } else { 0 };
                *last = beat;
                if beat.seed.is_some() && *ticks == self.patience {
                    (self.stuck)(beat);
                }
            }
        }
    }
}

/// Where threads fetch seeds.
struct Desk<I> {
    seeds: Mutex<I>,
    is_closed: AtomicBool,
}

impl<I: Iterator<Item = (usize, u64)>> Desk<I> {
    fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    fn next(&self) -> Option<(usize, u64)> {
        let mut seeds = self.seeds.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_closed() { None } else { seeds.next() }
    }

    /// Runs seeds until there are no more.
    fn serve<T>(
        &self,
        pulse: &Arc<Pulse>,
        work: impl Fn(u64, &Arc<Pulse>) -> T,
        done: &Sender<(usize, u64, T)>,
    ) {
        while let Some((place, seed)) = self.next() {
            pulse.turn_to(Some(seed));
            let outcome = work(seed, pulse);
            pulse.turn_to(None);
            if done.send((place, seed, outcome)).is_err() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests;
