//! Scripts: a world's whole course as data, drawn from a seed, run, and run again.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::BTreeMap;
use std::panic::catch_unwind;

use peergroup_core::{GroupId, Role};

use crate::failure::Failure;
use crate::host::Host;
use crate::op::Op;
use crate::rng::Rng;
use crate::weather::Weather;
use crate::world::{Tally, World};

/// How long hosts may take to agree once everything is well again.
const CALM_MAX: Duration = Duration::from_secs(3600);
/// How long everything is well before anybody is asked whether it agrees: whoever was removed or
/// joined at the very end hears of it.
const CALM_MIN: Duration = Duration::from_secs(300);

/// A world's whole course: who is there, what the network is like, and what happens when.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written by whoever tells a world what to do")]
pub struct Script {
    /// What nodes and faults draw from.
    pub seed: u64,
    /// How many hosts there are: at least 2, all of them members at the beginning.
    pub hosts: usize,
    /// What the network and the disks are like at the beginning.
    pub weather: Weather,
    /// What happens, in its order.
    pub steps: Vec<Step>,
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
    /// The hash of everything that happened.
    pub trace: [u8; 32],
}

impl Script {
    /// Draws a script. Everything in it follows from the seed and the size.
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
        Self { seed, hosts: size.hosts, weather: Weather::default(), steps }
    }

    /// Runs in a world of its own.
    ///
    /// # Errors
    /// The [`Failure`] of the check that failed, a panic of a node included.
    pub fn verdict(&self) -> Result<Course, Failure> {
        let mut world = World::from_seed(self.seed);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.run(&mut world)));
        outcome.map_err(|payload| Failure::of_panic(&world, payload.as_ref()))
    }

    /// Runs in a world that was prepared: a group of all hosts is founded; things happen;
    /// everything is well again; and all members must agree.
    ///
    /// # Panics
    /// If a check fails.
    pub fn run(&self, world: &mut World) -> Course {
        *world.weather() = self.weather.clone();
        let (_, group) = world.group(self.hosts, Role::Member);
        let mut ops: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
        for step in &self.steps {
            world.run_for(step.after);
            let (tried, done) = ops.entry(step.op.name()).or_default();
            *tried = tried.saturating_add(1);
            *done = done.saturating_add(u64::from(world.perform(group, &step.op)));
        }
        world.calm();
        let calm_since = world.elapsed();
        world.run_for(CALM_MIN);
        let members = world.members(Host(0), group);
        world.demand_agreement(&members, group, CALM_MAX);
        world.judge(group, &members);
        let healing = world.elapsed().saturating_sub(calm_since);
        let (digest, records) = world.holds(Host(0), group);
        let (tally, trace) = (world.tally(), world.trace_hash());
        Course { group, members, digest, records, healing, ops, tally, trace }
    }
}
