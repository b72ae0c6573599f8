//! Campaigns: the scripts of many seeds, what they went through, and the first that fails.

mod table;

use core::ops::ControlFlow;
use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::mishap::Mishap;
use crate::op::Op;
use crate::oracle::Coverage;
use crate::pool::{Pool, cores, end_stuck};
use crate::pulse::Beat;
use crate::script::{Course, Script};

pub use table::{Table, per_second};

/// How many seeds a campaign must have for each kind of mishap and each op to have happened in it.
pub const FULL_CAMPAIGN: u64 = 500;

/// Which seeds are run, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Campaign {
    /// The first seed.
    pub from: u64,
    /// How many seeds.
    pub seeds: u64,
    /// On how many threads: no result depends on it.
    pub threads: usize,
    /// The check that must fail, if one must: failures of others are counted and passed over.
    pub expect: Option<String>,
    /// How a seed is run again, said if a call of a node does not come back: what stands before the
    /// seed.
    pub replay: String,
}

/// What came of a campaign, or has come of it so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many seeds have had their verdict.
    pub seeds: u64,
    /// Inputs given to nodes.
    pub inputs: u64,
    /// Events handed to applications.
    pub events: u64,
    /// Bytes delivered.
    pub bytes: u64,
    /// What went wrong, by kind, in the order of `Mishap::ALL`.
    pub mishaps: [u64; Mishap::ALL.len()],
    /// How often each op was tried, and how often it was done.
    pub ops: BTreeMap<&'static str, (u64, u64)>,
    /// What happened, by its kind.
    pub coverage: Coverage,
    /// How often each check failed that was not expected to, if one was.
    pub others: BTreeMap<&'static str, u64>,
    /// The first seed that failed, in the check that was expected, if one was.
    pub found: Option<Found>,
    /// The hash of the traces of all seeds that held, in their order.
    pub traces: [u8; 32],
}

/// A seed that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// The check that failed, and how.
    pub failure: Failure,
}

impl Campaign {
    /// So many seeds from this one on, on all cores.
    pub fn new(from: u64, seeds: u64) -> Self {
        let replay = "cargo run --release -p peergroup-mem --example vopr -- --seed ".to_owned();
        Self { from, seeds, threads: cores(), expect: None, replay }
    }

    /// Runs the script of each seed until one fails, or all have held. `see` is shown what has come
    /// of it after each.
    ///
    /// A call of a node that does not come back for 20 seconds cannot be interrupted: the process
    /// ends then, after saying so.
    pub fn run(&self, mut see: impl FnMut(&Report)) -> Report {
        let stuck = |beat: Beat| {
            let seed = beat.seed.unwrap_or(0);
            end_stuck(beat, &format!("replay: {}{seed}", self.replay));
        };
        let mut report = Report::default();
        let mut traces = Sha256::new();
        let seeds = self.from..self.from.saturating_add(self.seeds);
        Pool::new(self.threads, &stuck).run(
            seeds,
            |seed, pulse| Script::of_seed(seed).verdict_in(|world| world.feel(Arc::clone(pulse))),
            |seed, outcome| {
                let is_over = match outcome {
                    Ok(course) => {
                        traces.update(course.trace);
                        report.add(&course);
                        false
                    }
                    Err(failure) => self.judge(&mut report, seed, failure),
                };
                report.seeds = report.seeds.saturating_add(1);
                see(&report);
                if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        report.traces = traces.finalize().into();
        report
    }

    /// Whether this failure ends the campaign.
    fn judge(&self, report: &mut Report, seed: u64, failure: Failure) -> bool {
        if self.expect.as_ref().is_some_and(|check| check != failure.check) {
            let count = report.others.entry(failure.check).or_default();
            *count = count.saturating_add(1);
            return false;
        }
        report.found = Some(Found { seed, failure });
        true
    }
}

impl Report {
    /// Adds what came of one script.
    pub fn add(&mut self, course: &Course) {
        let add = |sum: &mut u64, count: u64| *sum = sum.saturating_add(count);
        add(&mut self.inputs, course.tally.inputs);
        add(&mut self.events, course.tally.events);
        add(&mut self.bytes, course.tally.bytes);
        for (sum, count) in self.mishaps.iter_mut().zip(course.tally.mishaps) {
            add(sum, count);
        }
        self.coverage.merge(&course.coverage);
        for (name, (tried, done)) in &course.ops {
            let sums = self.ops.entry(name).or_default();
            add(&mut sums.0, *tried);
            add(&mut sums.1, *done);
        }
    }

    /// What never happened: kinds of mishap, and ops that were never done. A campaign that misses
    /// something shows nothing about it.
    pub fn missing(&self) -> Vec<&'static str> {
        let mishaps = Mishap::ALL.iter().zip(self.mishaps).filter(|(_, count)| *count == 0);
        let is_done = |name: &&str| self.ops.get(name).is_some_and(|(_, done)| *done > 0);
        let ops = Op::NAMES.iter().copied().filter(|name| !is_done(name));
        mishaps.map(|(mishap, _)| mishap.name()).chain(ops).collect()
    }
}

#[cfg(test)]
mod tests;
