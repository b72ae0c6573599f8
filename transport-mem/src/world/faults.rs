//! What goes wrong with the network.

use core::time::Duration;

use peergroup_core::LinkDown;

use crate::host::Host;
use crate::mishap::Mishap;
use crate::pipe::{End, Excuse, Harm, MOMENT, Side, far};
use crate::queue::{Due, Happening};
use crate::routes::Flap;
use crate::world::World;

impl World {
    /// Cuts the network: hosts of one set reach each other, and nobody else. Hosts that are in no
    /// set make one more. Links between sets break, and dials time out.
    pub fn partition(&mut self, sets: &[&[Host]]) {
        self.routes.flap = None;
        self.part(sets, Mishap::Partition);
        self.release();
    }

    /// As `partition`, but nobody is told: links between sets stay, and what is sent on them waits
    /// until the network is whole, unless a transport gives up before.
    pub fn partition_silently(&mut self, sets: &[&[Host]]) {
        self.routes.flap = None;
        self.set_islands(sets);
        self.release();
    }

    /// The network parts, as by `partition`, and is whole again, in turn, each for a period:
    /// until it is healed or parted otherwise.
    pub fn flap(&mut self, sets: &[&[Host]], period: Duration) {
        self.routes.flaps = self.routes.flaps.saturating_add(1);
        let sets = sets.iter().map(|set| set.to_vec()).collect();
        let period = period.max(MOMENT);
        self.routes.flap = Some(Flap { sets, period, is_parted: false });
        self.flap_on(self.routes.flaps);
    }

    /// The network parts or joins, unless it has been told something else since.
    pub(super) fn flap_on(&mut self, number: u64) {
        let Some(flap) = self.routes.flap.as_mut().filter(|_| number == self.routes.flaps) else {
            return;
        };
        flap.is_parted = !flap.is_parted;
        let Flap { sets, period, is_parted } = flap.clone();
        if is_parted {
            let sets: Vec<&[Host]> = sets.iter().map(Vec::as_slice).collect();
            self.part(&sets, Mishap::Flap);
        } else {
            self.set_islands(&[]);
            self.release();
        }
        let due = Due { host: 0, start: None, what: Happening::Flap(number) };
        self.queue.push(self.now.after(period), due);
    }

    fn set_islands(&mut self, sets: &[&[Host]]) {
        for machine in &mut self.hosts {
            machine.island = sets.len();
        }
        for (island, set) in sets.iter().enumerate() {
            for host in *set {
                self.machine_mut(*host).island = island;
            }
        }
    }

    fn part(&mut self, sets: &[&[Host]], mishap: Mishap) {
        self.set_islands(sets);
        let island = |host: usize| self.hosts.get(host).map(|machine| machine.island);
        let is_cut = |[one, other]: [usize; 2]| island(one) != island(other);
        let cut: Vec<(End, usize)> = self
            .pipes
            .iter()
            .filter(|(_, pipe)| pipe.is_up() && is_cut(pipe.hosts))
            .map(|(name, pipe)| (*name, pipe.host(0)))
            .collect();
        for (name, host) in cut {
            self.befall(Host(host), mishap);
            self.break_pipe(name);
        }
    }

    /// Nothing arrives at `to` from `from` any more, the other way it does: what is sent waits
    /// until the way is free, unless a transport gives up before. Neither can dial the other.
    pub fn block(&mut self, from: Host, to: Host) {
        if from != to {
            self.routes.blocked.insert((from, to));
        }
    }

    /// Lets bytes arrive again.
    pub fn unblock(&mut self, from: Host, to: Host) {
        self.routes.blocked.remove(&(from, to));
        self.release();
    }

    /// Puts somebody in the middle of every link that one of these hosts dials at the other from
    /// now on, or takes them away: whoever ends both streams and passes every byte on.
    pub fn relay(&mut self, one: Host, other: Host, is_relayed: bool) {
        self.routes.set_relayed(one, other, is_relayed);
    }

    /// Joins the network again: everybody reaches everybody, directly, and what was held up goes
    /// on its way.
    pub fn heal(&mut self) {
        self.routes.clear();
        self.set_islands(&[]);
        self.release();
    }

    /// What keeps bytes from arriving.
    pub(super) fn in_the_way(&self, from: Host, to: Host) -> Option<Mishap> {
        let island = |host: Host| self.hosts.get(host.0).map_or(0, |machine| machine.island);
        self.routes.in_the_way((from, island(from)), (to, island(to)))
    }

    /// What is due on a lane waits for the way to be free, until whoever sent it gives up.
    pub(super) fn hold(&mut self, name: End, side: Side, mishap: Mishap) {
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        if core::mem::replace(&mut pipe.lane(side).is_held, true) {
            return;
        }
        let host = Host(pipe.host(side));
        self.routes.held.insert((name, side));
        self.excuse(name, Excuse::Held);
        self.befall(host, mishap);
        self.begin_giving_up(name, far(side));
    }

    /// What was held up goes on its way, where the way is free.
    fn release(&mut self) {
        for (name, side) in self.routes.held.clone() {
            let Some(pipe) = self.pipes.get(&name) else { continue };
            let (from, to) = (Host(pipe.host(far(side))), Host(pipe.host(side)));
            if self.in_the_way(from, to).is_some() {
                continue;
            }
            self.routes.held.remove(&(name, side));
            let Some(pipe) = self.pipes.get_mut(&name) else { continue };
            let end = pipe.end(side);
            let lane = pipe.lane(side);
            lane.is_held = false;
            lane.gives_up_at = None;
            let at = self.now.after(lane.fate.span(&self.weather.latency).max(MOMENT));
            let Some(end) = end else { continue };
            let what = Happening::Deliver(name, side);
            self.queue.push(at, Due { host: end.run.host, start: Some(end.run.start), what });
        }
    }

    /// An end sends what does not arrive: it gives up after a while.
    pub(super) fn begin_giving_up(&mut self, name: End, side: Side) {
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let Some(end) = pipe.end(side) else { return };
        let lane = pipe.lane(far(side));
        if lane.gives_up_at.is_some() {
            return;
        }
        let at = self.now.after(lane.fate.span(&self.weather.give_up).max(MOMENT));
        lane.gives_up_at = Some(at);
        let what = Happening::GiveUp(name, side);
        self.queue.push(at, Due { host: end.run.host, start: Some(end.run.start), what });
    }

    /// An end gives up, unless what it sent has arrived meanwhile. The other end is not told.
    pub(super) fn give_up(&mut self, name: End, side: Side) {
        let now = self.now;
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        if pipe.lane(far(side)).gives_up_at != Some(now) {
            return;
        }
        let end = pipe.end(side);
        self.kill_pipe(name);
        if let Some(end) = end {
            self.down(Host(end.run.host), end, LinkDown::TimedOut);
        }
    }

    /// Nothing arrives on a pipe any more.
    fn kill_pipe(&mut self, name: End) {
        self.excuse(name, Excuse::Held);
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        pipe.is_dead = true;
        for side in 0..2 {
            pipe.lane(side).cease();
            self.routes.held.remove(&(name, side));
        }
    }

    /// What was to happen to a parcel ends its link: it breaks, or is half open from now on.
    pub(super) fn harm(&mut self, host: Host, name: End, harm: Harm) {
        if !self.pipes.contains_key(&name) {
            return;
        }
        self.befall(host, harm.mishap);
        if harm.mishap != Mishap::HalfOpen {
            return self.break_pipe(name);
        }
        self.kill_pipe(name);
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        // one end is told, or the other, or neither
        let side = usize::try_from(harm.pick.checked_rem(3).unwrap_or(0)).unwrap_or(2);
        if let Some(end) = pipe.end(side) {
            let after = pipe.lane(side).fate.span(&self.weather.notice);
            self.down_later(end, after, LinkDown::Broken);
        }
    }

    /// Breaks every link between two hosts; what is on its way is lost. Gives how many.
    pub fn break_links(&mut self, one: Host, other: Host) -> usize {
        let joins = |hosts: [usize; 2]| hosts == [one.0, other.0] || hosts == [other.0, one.0];
        let up = self.pipes.iter().filter(|(_, pipe)| pipe.is_up() && joins(pipe.hosts));
        let broken: Vec<End> = up.map(|(name, _)| *name).collect();
        for name in &broken {
            self.befall(one, Mishap::Reset);
            self.break_pipe(*name);
        }
        broken.len()
    }

    /// Breaks one link of all that are up, drawn at random. False if there is none.
    pub fn break_some_link(&mut self) -> bool {
        let up = self.pipes.iter().filter(|(_, pipe)| pipe.is_up());
        let names: Vec<End> = up.map(|(name, _)| *name).collect();
        let Some(name) = self.fates.pick(&names).copied() else { return false };
        self.befall(Host(name.run.host), Mishap::Reset);
        self.break_pipe(name);
        true
    }

    /// Breaks every link that is half open, or on which bytes were altered.
    pub(crate) fn break_bad_links(&mut self) {
        let is_bad = |excuse: Option<Excuse>| excuse > Some(Excuse::Held);
        let bad = self.pipes.iter().filter(|(_, pipe)| pipe.is_dead || is_bad(pipe.excuse));
        for name in bad.map(|(name, _)| *name).collect::<Vec<End>>() {
            self.break_pipe(name);
        }
    }

    /// What is on its way is lost; each end hears of it after a while of its own.
    pub(super) fn break_pipe(&mut self, name: End) {
        self.excuse(name, Excuse::Held);
        let Some(mut pipe) = self.end_pipe(name) else { return };
        self.tally.broken = self.tally.broken.saturating_add(1);
        for side in 0..2 {
            let after = pipe.lane(side).fate.span(&self.weather.notice);
            if let Some(end) = pipe.end(side) {
                self.down_later(end, after, LinkDown::Broken);
            }
        }
    }

    /// Whoever is at the ends of a pipe may seem to break the protocol.
    pub(super) fn excuse(&mut self, name: End, excuse: Excuse) {
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let excuse = pipe.excuse.map_or(excuse, |known| known.max(excuse));
        pipe.excuse = Some(excuse);
        for end in [pipe.end(0), pipe.end(1)].into_iter().flatten() {
            let machine = self.hosts.get_mut(end.run.host);
            if let Some(machine) = machine.filter(|machine| machine.start == end.run.start) {
                machine.excuses.insert(end.link, excuse);
            }
        }
    }
}
