//! Scripts: a world's whole course as data, drawn from a seed, run, and run again.

mod shrink;
mod text;

use core::ops::RangeInclusive;
use core::time::Duration;
use std::collections::BTreeMap;

use peergroup_core::{GroupId, Role};

use crate::failure::Failure;
use crate::host::Host;
use crate::op::Op;
use crate::oracle::Coverage;
use crate::rng::Rng;
use crate::weather::Weather;
use crate::world::{SETTLE_MAX, Tally, World};

pub use shrink::Shrunk;
pub use text::{SCRIPT_BYTES_MAX, SCRIPT_SIZE_MAX, SCRIPT_STEPS_MAX, ScriptError, ScriptErrorKind};

/// How many hosts a script may have.
const HOSTS: RangeInclusive<usize> = 2..=1000;

/// How many ops a script of a campaign has, about.
const OPS: u32 = 100;
/// Inputs that every script may make.
const WORK_MIN: u64 = 100_000;
/// Inputs that a host may have a second, on an average.
const WORK_PER_SECOND: u64 = 50;

/// A world's whole course: who is there, what the network is like, and what happens when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "written by whoever tells a world what to do")]
pub struct Script {
    /// What nodes and faults draw from.
    pub seed: u64,
    /// How peers sign.
    pub signatures: Signatures,
    /// How many hosts there are: at least 2, all of them members at the beginning.
    pub hosts: usize,
    /// What the network and the disks are like at the beginning.
    pub weather: Weather,
    /// What happens, in its order.
    pub steps: Vec<Step>,
}

/// How the peers of a world sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one or the other")]
pub enum Signatures {
    /// With a stand-in that costs next to nothing and protects nothing.
    Mock,
    /// As outside of a simulation.
    Real,
}

/// One thing that happens, and how long after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Step {
    /// How much later than the step before.
    pub after: Duration,
    /// What happens.
    pub op: Op,
}

/// How to draw a script.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "three numbers")]
pub struct Size {
    /// How many hosts there are: at least 2.
    pub hosts: usize,
    /// For how long things happen.
    pub span: Duration,
    /// How long it takes from one op to the next, give or take half of it.
    pub pause: Duration,
}

/// What came of a script.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Course {
    /// The group.
    pub group: GroupId,
    /// The hosts that are honest members in the end, all of which hold the same.
    pub members: Vec<Host>,
    /// The digest of what they hold.
    pub digest: [u8; 32],
    /// How many records they see.
    pub records: usize,
    /// How long it took them to agree after everything was well again.
    pub healing: Duration,
    /// How often each op was tried, and how often it was done.
    pub ops: BTreeMap<&'static str, (u64, u64)>,
    /// How often things happened.
    pub tally: Tally,
    /// What happened, by its kind.
    pub coverage: Coverage,
    /// The hash of everything that happened.
    pub trace: [u8; 32],
}

impl Script {
    /// Draws a script in fair weather. Everything in it follows from the seed and the size.
    pub fn draw(seed: u64, size: Size) -> Self {
        let mut rng = Rng::of(seed, "script", &[]);
        let half = size.pause.checked_div(2).unwrap_or_default();
        let mut elapsed = Duration::ZERO;
        let mut steps = Vec::new();
        while elapsed < size.span {
            let after = rng.span(&(half..=size.pause.saturating_add(half)));
            elapsed = elapsed.saturating_add(after.max(Duration::from_micros(1)));
            steps.push(Step { after, op: Op::draw(&mut rng, size.hosts) });
        }
        let signatures = Signatures::Mock;
        Self { seed, signatures, hosts: size.hosts, weather: Weather::default(), steps }
    }

    /// The script of a seed in a campaign: a few hosts, bad weather, and enough ops to make some
    /// thousands of inputs. One in a hundred signs for real.
    pub fn of_seed(seed: u64) -> Self {
        let mut rng = Rng::of(seed, "campaign", &[]);
        let hosts = rng.size(&(3..=8));
        let pause = rng.span(&(Duration::from_secs(1)..=Duration::from_secs(8)));
        let span = pause.saturating_mul(OPS);
        let mut script = Self::draw(seed, Size { hosts, span, pause });
        script.weather = Weather::draw(&mut rng);
        if rng.one_in(100) {
            script.signatures = Signatures::Real;
        }
        script
    }

    /// Runs in a world of its own.
    ///
    /// # Errors
    /// The [`Failure`] of the check that failed, a panic of a node included.
    pub fn verdict(&self) -> Result<Course, Failure> {
        self.verdict_in(|_| {})
    }

    /// Runs in a world of its own that is made ready first: watched by oracles of yours, say.
    ///
    /// # Errors
    /// The [`Failure`] of the check that failed, a panic of a node included.
    pub fn verdict_in(&self, make_ready: impl FnOnce(&mut World)) -> Result<Course, Failure> {
        let mut world = World::from_seed(self.seed);
        Failure::catch(&mut world, |world| {
            make_ready(world);
            self.run(world)
        })
    }

    /// Runs in a world that was made ready: a group of all hosts is founded in fair weather; things
    /// happen; everything is well again; and all members must agree.
    ///
    /// # Panics
    /// If a check fails.
    pub fn run(&self, world: &mut World) -> Course {
        world.config().mock_identities = self.signatures == Signatures::Mock;
        world.allow(self.work_max());
        let (_, group) = world.group(self.hosts, Role::Member);
        *world.weather() = self.weather.clone();
        let mut ops: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
        for step in &self.steps {
            world.run_for(step.after);
            let (tried, done) = ops.entry(step.op.name()).or_default();
            *tried = tried.saturating_add(1);
            *done = done.saturating_add(u64::from(world.perform(group, &step.op)));
        }
        world.allow(self.work_max());
        let calm_since = world.elapsed();
        let members = world.settle(group);
        let healing = world.elapsed().saturating_sub(calm_since);
        let (digest, records) = world.holds(Host(0), group);
        let (tally, trace) = (world.tally(), world.trace_hash());
        let coverage = world.coverage();
        Course { group, members, digest, records, healing, ops, tally, coverage, trace }
    }

    /// How many inputs all hosts together may have until everything is to be well, and once more
    /// until they agree: many times what scripts of that size take.
    fn work_max(&self) -> u64 {
        let hosts = u64::try_from(self.hosts).unwrap_or(u64::MAX);
        let span: Duration =
            self.steps.iter().fold(SETTLE_MAX, |span, step| span.saturating_add(step.after));
        let seconds = span.as_secs().saturating_mul(hosts).saturating_mul(WORK_PER_SECOND);
        seconds.saturating_add(WORK_MIN)
    }
}
