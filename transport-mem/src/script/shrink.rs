//! The shrinker: makes a script that fails as short and plain as it can, and it fails the same way.

use super::{Script, Signatures, Step};
use crate::failure::Failure;
use crate::weather::Weather;
use crate::words::Bounds;

/// A script made short.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Shrunk {
    /// The script.
    pub script: Script,
    /// How it fails: the same check as before.
    pub failure: Failure,
    /// How many runs it took.
    pub runs: u32,
}

impl Script {
    /// Looks for a shorter and plainer script that fails in the same check as this one: fewer
    /// hosts, fewer steps, fair weather, shorter pauses, smaller numbers, in this order, until
    /// nothing helps or `runs_max` scripts have been run.
    ///
    /// `run` runs a script and gives its failure: `|script| script.verdict().err()`. If it gives
    /// the same for the same script, so does this.
    pub fn shrink(
        &self,
        failure: &Failure,
        runs_max: u32,
        run: impl FnMut(&Self) -> Option<Failure>,
    ) -> Shrunk {
        let best = Shrunk { script: self.clone(), failure: failure.clone(), runs: 0 };
        let mut shrinker = Shrinker { best, runs_max, run };
        loop {
            let before = shrinker.best.script.clone();
            // first what makes all further runs cheap
            shrinker.hosts();
            shrinker.steps();
            shrinker.surroundings();
            shrinker.values();
            if shrinker.best.script == before || shrinker.is_tired() {
                return shrinker.best;
            }
        }
    }

    /// The script without some of its steps. The others happen when they did.
    fn without(&self, from: usize, to: usize) -> Self {
        let mut other = Self { steps: Vec::new(), ..self.clone() };
        let mut wait = core::time::Duration::ZERO;
        for (index, step) in self.steps.iter().enumerate() {
            wait = wait.saturating_add(step.after);
            if index < from || index >= to {
                other.steps.push(Step { after: wait, op: step.op });
                wait = core::time::Duration::ZERO;
            }
        }
        other
    }
}

struct Shrinker<F> {
    best: Shrunk,
    runs_max: u32,
    run: F,
}

impl<F: FnMut(&Script) -> Option<Failure>> Shrinker<F> {
    fn is_tired(&self) -> bool {
        self.best.runs >= self.runs_max
    }

    /// Takes the other script if it fails in the same check.
    fn attempt(&mut self, other: Script) -> bool {
        if self.is_tired() || other == self.best.script {
            return false;
        }
        self.best.runs = self.best.runs.saturating_add(1);
        let failure = (self.run)(&other).filter(|found| found.check == self.best.failure.check);
        let Some(failure) = failure else { return false };
        self.best.script = other;
        self.best.failure = failure;
        true
    }

    /// Delta debugging (Zeller and Hildebrandt, 2002): leaves out ever smaller runs of steps.
    fn steps(&mut self) {
        let mut width = self.best.script.steps.len();
        while width > 0 && !self.is_tired() {
            let mut from = 0;
            // the last ones first: most of what follows the failure has no part in it
            while from < self.best.script.steps.len() {
                let end = self.best.script.steps.len().saturating_sub(from);
                let start = end.saturating_sub(width);
                if !self.attempt(self.best.script.without(start, end)) {
                    from = from.saturating_add(width);
                }
            }
            width /= 2;
        }
    }

    /// Makes the weather fair, one setting after the other, and tries the signatures that cost
    /// less.
    fn surroundings(&mut self) {
        self.attempt(Script { signatures: Signatures::Mock, ..self.best.script.clone() });
        let bounds = Bounds { hosts: self.best.script.hosts, size: usize::MAX };
        for (name, word) in Weather::default().words() {
            let mut other = self.best.script.clone();
            if other.weather.set_word(name, &word, &bounds).is_ok() {
                self.attempt(other);
            }
        }
    }

    /// Leaves out the last host and what is said of it.
    fn hosts(&mut self) {
        while let Some(other) = fewer_hosts(&self.best.script) {
            if !self.attempt(other) {
                break;
            }
        }
    }

    /// Shortens pauses and makes what stands in ops simpler.
    fn values(&mut self) {
        for index in 0..self.best.script.steps.len() {
            while !self.is_tired() && self.simpler_step(index) {}
        }
    }

    fn simpler_step(&mut self, index: usize) -> bool {
        let Some(step) = self.best.script.steps.get(index).copied() else { return false };
        let ops = step.op.simpler().into_iter().map(|op| Step { op, ..step });
        step.simpler_pauses().chain(ops).any(|simpler| {
            let mut other = self.best.script.clone();
            if let Some(place) = other.steps.get_mut(index) {
                *place = simpler;
            }
            self.attempt(other)
        })
    }
}

/// The script with one host less, and without the steps that name it.
fn fewer_hosts(script: &Script) -> Option<Script> {
    let hosts = script.hosts.checked_sub(1).filter(|hosts| super::HOSTS.contains(hosts))?;
    let mut other = Script { hosts, ..script.clone() };
    other.steps.retain(|step| step.op.fits(Bounds { hosts, size: usize::MAX }));
    Some(other)
}

impl Step {
    fn simpler_pauses(self) -> impl Iterator<Item = Self> {
        let pauses = crate::words::Word::simpler(&self.after);
        pauses.into_iter().map(move |after| Self { after, ..self })
    }
}

#[cfg(test)]
mod tests;
