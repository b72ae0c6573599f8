//! The course of a world: bad weather, things that happen, and calm after it.

use core::time::Duration;

use peergroup_core::GroupId;

use crate::host::Host;
use crate::op::Op;
use crate::rng::Rng;
use crate::weather::Weather;
use crate::world::World;

/// How long everything is well before anybody is asked whether it agrees: whoever was removed or
/// joined at the very end hears of it.
const CALM_MIN: Duration = Duration::from_secs(300);
/// How long whoever connects once more may take to hear what it missed.
const REJOIN: Duration = Duration::from_secs(60);
/// How long hosts may take to agree after that.
const CALM_MAX: Duration = Duration::from_secs(3600);
/// How long `settle` takes at most.
pub(crate) const SETTLE_MAX: Duration = CALM_MIN.saturating_add(REJOIN).saturating_add(CALM_MAX);
/// How long it takes from one op to the next when things happen.
const PAUSE: core::ops::RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(8);

impl World {
    /// The number from which everything in this world follows.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A stream of random numbers for whatever you draw in this world yourself: the same for the
    /// same seed and label.
    pub fn rng(&self, label: &str) -> Rng {
        Rng::of(self.seed, "user", &label.bytes().map(u64::from).collect::<Vec<u64>>())
    }

    /// Makes the weather bad, as the seed has it.
    pub fn turn_bad(&mut self) {
        let mut rng = Rng::of(self.seed, "weather", &[self.trace.steps()]);
        *self.weather() = Weather::draw(&mut rng);
    }

    /// Lets things happen in a group for a while, as the seed has it: members publish, edit,
    /// delete, join, leave and are removed, the network parts, hosts crash.
    pub fn stir(&mut self, group: GroupId, span: Duration) {
        let mut rng = Rng::of(self.seed, "stir", &[self.trace.steps()]);
        let (end, hosts) = (self.elapsed().saturating_add(span), self.hosts().count());
        while self.elapsed() < end {
            self.perform(group, &Op::draw(&mut rng, hosts));
            let rest = end.saturating_sub(self.elapsed());
            self.run_for(rng.span(&PAUSE).min(rest));
        }
    }

    /// Makes everything well, as `calm` does, lets everybody who is offline connect once more after
    /// a while, and demands that all honest members that the first host knows come to hold the same
    /// and that no oracle objects. Gives them.
    ///
    /// # Panics
    /// If they do not.
    pub fn settle(&mut self, group: GroupId) -> Vec<Host> {
        self.calm();
        self.run_for(CALM_MIN);
        // who left meanwhile does not know what it was given at the same time
        for host in self.hosts() {
            if self.is_running(host) {
                self.connect_all(host);
            }
        }
        self.run_for(REJOIN);
        let members = self.members(Host(0), group);
        self.demand_agreement(&members, group, CALM_MAX);
        self.judge(group, &members);
        members
    }
}
