//! Scripts: a world's whole course, drawn from one number.

use core::time::Duration;
use std::collections::BTreeMap;

use peergroup_core::{GroupId, Role};

use crate::host::Host;
use crate::op::Op;
use crate::rng::Rng;
use crate::world::{Tally, World};

/// How long hosts may take to agree once everything is well again.
const CALM_MAX: Duration = Duration::from_secs(3600);

/// What to do at random, and for how long.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "four numbers")]
pub struct Script {
    /// Everything is drawn from this.
    pub seed: u64,
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
    /// The hosts that are members in the end, all of which hold the same.
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
}

impl Script {
    /// Runs in a world of its own, or one that was prepared: a group of all hosts is founded;
    /// things happen; everything is well again; and all members must agree.
    ///
    /// # Panics
    /// If they do not agree within a virtual hour, or a node breaks the contract.
    pub fn run(&self, world: &mut World) -> Course {
        let (_, group) = world.group(self.hosts, Role::Member);
        let mut rng = Rng::of(self.seed, "script", &[]);
        let end = world.elapsed().saturating_add(self.span);
        let mut ops: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
        while world.elapsed() < end {
            let half = self.pause.checked_div(2).unwrap_or_default();
            world.run_for(rng.span(&(half..=self.pause.saturating_add(half))));
            let op = Op::draw(&mut rng, self.hosts);
            let (tried, done) = ops.entry(op.name()).or_default();
            *tried = tried.saturating_add(1);
            *done = done.saturating_add(u64::from(world.perform(group, &op)));
        }
        world.calm();
        let calm_since = world.elapsed();
        // whoever was removed or joined at the very end hears of it
        world.run_for(Duration::from_secs(300));
        let members = world.members(Host(0), group);
        world.demand_agreement(&members, group, CALM_MAX);
        let healing = world.elapsed().saturating_sub(calm_since);
        let (digest, records) = world.holds(Host(0), group);
        Course { group, members, digest, records, healing, ops, tally: world.tally() }
    }
}
