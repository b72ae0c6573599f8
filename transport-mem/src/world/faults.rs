//! What goes wrong.

use peergroup_core::LinkDown;

use crate::host::Host;
use crate::mishap::Mishap;
use crate::oracle::Seen;
use crate::pipe::End;
use crate::world::World;

impl World {
    /// Cuts the network: hosts of one set reach each other, and nobody else. Hosts that are in no
    /// set make one more. Links between sets break, and dials time out.
    pub fn partition(&mut self, sets: &[&[Host]]) {
        for machine in &mut self.hosts {
            machine.island = sets.len();
        }
        for (island, set) in sets.iter().enumerate() {
            for host in *set {
                self.machine_mut(*host).island = island;
            }
        }
        let is_cut = |end: Option<End>, other: Option<End>| {
            let island = |end: End| self.machine(Host(end.run.host)).island;
            end.zip(other).is_some_and(|(end, other)| island(end) != island(other))
        };
        let cut: Vec<End> = self
            .pipes
            .iter()
            .filter(|(_, pipe)| is_cut(pipe.end(0), pipe.end(1)))
            .map(|(name, _)| *name)
            .collect();
        for name in cut {
            self.break_pipe(name);
        }
    }

    /// Joins the network again: everybody reaches everybody.
    pub fn heal(&mut self) {
        for machine in &mut self.hosts {
            machine.island = 0;
        }
    }

    /// Breaks every link between two hosts; what is on its way is lost. Gives how many.
    pub fn break_links(&mut self, one: Host, other: Host) -> usize {
        let joins = |ends: [Option<End>; 2]| {
            let [a, b] = ends.map(|end| end.map(|end| Host(end.run.host)));
            (a, b) == (Some(one), Some(other)) || (a, b) == (Some(other), Some(one))
        };
        let broken: Vec<End> =
            self.pipes.iter().filter(|(_, pipe)| joins(pipe.ends)).map(|(name, _)| *name).collect();
        for name in &broken {
            self.break_pipe(*name);
        }
        broken.len()
    }

    /// Breaks one link of all that are up, drawn at random. False if there is none.
    pub fn break_some_link(&mut self) -> bool {
        let up =
            self.pipes.iter().filter(|(_, pipe)| pipe.end(0).is_some() && pipe.end(1).is_some());
        let names: Vec<End> = up.map(|(name, _)| *name).collect();
        let name = self.fates.pick(&names).copied();
        name.map(|name| self.break_pipe(name)).is_some()
    }

    /// What is on its way is lost; each end hears of it after a while of its own.
    pub(super) fn break_pipe(&mut self, name: End) {
        let range = self.weather.notice.clone();
        let Some(mut pipe) = self.pipes.remove(&name) else { return };
        self.tally.broken = self.tally.broken.saturating_add(1);
        for side in 0..2 {
            let after = pipe.lane(side).fate.span(&range);
            if let Some(end) = pipe.end(side) {
                self.down_later(end, after, LinkDown::Broken);
            }
        }
    }

    /// Stops a host at once. Of what its node wrote and was not told to be durable, a part that is
    /// drawn at random is lost: the latest batches, each whole. Links break.
    ///
    /// # Panics
    /// If the host is not running.
    pub fn crash(&mut self, host: Host) {
        let pending = self.machine(host).disk.pending();
        let survivors = self.fates.size(&(0..=pending));
        let machine = self.machine_mut(host);
        assert!(machine.node.take().is_some(), "{host} is not running");
        machine.disk.crash(survivors);
        machine.links.clear();
        machine.app.is_started = false;
        machine.app.registrations.clear();
        let lost = u64::try_from(pending.saturating_sub(survivors)).unwrap_or(u64::MAX);
        self.tally.crashes = self.tally.crashes.saturating_add(1);
        self.tally.lost_batches = self.tally.lost_batches.saturating_add(lost);
        self.trace.fold(self.now, host.0, "crash", &[]);
        self.befall(host, Mishap::Crash);
        self.show(host, &Seen::Crashed);
        let is_of = |end: Option<End>| end.is_some_and(|end| end.run.host == host.0);
        let broken: Vec<End> = self
            .pipes
            .iter()
            .filter(|(_, pipe)| is_of(pipe.end(0)) || is_of(pipe.end(1)))
            .map(|(name, _)| *name)
            .collect();
        for name in broken {
            self.break_pipe(name);
        }
        self.note_deadline(host, true);
    }

    /// Starts a crashed host's node again on what its disk holds. Once it has started, the groups
    /// that it was connected to are opened and connected again.
    ///
    /// # Panics
    /// If the host is running.
    pub fn restart(&mut self, host: Host) {
        assert!(!self.is_running(host), "{host} is running");
        self.boot(host);
    }

    /// Sets how far a host's calendar clock is off, in milliseconds: ahead if positive.
    pub fn skew(&mut self, host: Host, ms: i64) {
        self.machine_mut(host).skew_ms = ms;
    }
}
