//! What goes wrong with hosts: they crash, their disks fail, their clocks are wrong.

use peergroup_core::{Input, Node, StoreFailure, Ticket};

use crate::disk::{Lie, Loss, Rows};
use crate::host::Host;
use crate::mishap::Mishap;
use crate::oracle::Seen;
use crate::pipe::End;
use crate::plant::Plant;
use crate::world::World;

/// How far a calendar clock may jump at once, and be wrong in all: ten days.
const JUMP_MAX_MS: i64 = 10 * 24 * 3600 * 1000;
/// A disk that has lied owns up at one out of so many batches that it is honest about.
const OWNS_UP_ONE_IN: u64 = 16;

impl World {
    /// Stops a host at once. Of what its node wrote and was not told to be durable, a part that is
    /// drawn at random is lost: the latest batches, each whole. What its disk lied about is lost
    /// too. Links break.
    ///
    /// # Panics
    /// If the host is not running.
    pub fn crash(&mut self, host: Host) {
        let pending = self.machine(host).disk.pending();
        let survivors = self.fates.size(&(0..=pending));
        let loss = self.stop(host, survivors, false);
        self.note_loss(host, loss);
    }

    /// The host will crash in the midst of the next batch of several changes that it writes: some
    /// of them are on the disk then, and others are not. Everything before it is durable.
    pub fn tear_next_batch(&mut self, host: Host) {
        self.machine_mut(host).is_doomed = true;
    }

    /// The host crashes in the midst of this batch.
    pub(super) fn tear(&mut self, host: Host, ticket: Ticket) {
        let before = self.machine(host).disk.pending_before(ticket);
        let loss = self.stop(host, before, true);
        if loss.is_torn {
            self.befall(host, Mishap::TornWrite);
        }
        self.note_loss(host, loss);
    }

    fn note_loss(&mut self, host: Host, loss: Loss) {
        self.tally.lost_batches = self.tally.lost_batches.saturating_add(loss.pending);
        if loss.was_lied_to {
            self.befall(host, Mishap::LostFsync);
        }
        // a store that applies a batch in part breaks its contract as one that loses what it kept
        if loss.was_lied_to || loss.is_torn {
            self.machine_mut(host).has_sound_disk = false;
        }
    }

    fn stop(&mut self, host: Host, survivors: usize, tears: bool) -> Loss {
        let machine = self.machine_mut(host);
        assert!(machine.node.take().is_some(), "{host} is not running");
        let fate = &mut machine.disk_fate;
        let loss = machine.disk.crash(survivors, tears.then_some(fate));
        let links = core::mem::take(&mut machine.links);
        machine.app.is_started = false;
        machine.app.registrations.clear();
        self.tally.crashes = self.tally.crashes.saturating_add(1);
        self.trace.fold(self.now, host.0, "crash", &[]);
        self.befall(host, Mishap::Crash);
        self.show(host, &Seen::Crashed);
        let mut names: Vec<End> = links.into_values().map(|(name, _)| name).collect();
        names.sort_unstable();
        for name in names {
            self.break_pipe(name);
        }
        self.machine_mut(host).excuses.clear();
        self.note_deadline(host, true);
        loss
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

    /// The disk is done with everything up to a ticket, or says so.
    pub(super) fn stored(&mut self, host: Host, ticket: Ticket) {
        self.tally.batches = self.tally.batches.saturating_add(1);
        let is_late = self.plant == Some(Plant::LateDisk);
        let lies = if host == Host(0) { 0 } else { self.weather.lost_fsync_one_in };
        let machine = self.machine_mut(host);
        let lie = machine
            .disk_fate
            .one_in(lies)
            .then(|| if machine.disk_fate.one_in(2) { Lie::Late } else { Lie::Reordered });
        if is_late {
            machine.disk.sync_late(ticket);
        } else {
            machine.disk.sync(ticket, lie);
        }
        let is_lying = lie.is_none() && machine.disk.is_lying();
        if is_lying && machine.disk_fate.one_in(OWNS_UP_ONE_IN) {
            machine.disk.own_up();
        }
        if !self.loses_answers(host) {
            self.input(host, Input::Stored { ticket, outcome: Ok(()) });
        }
    }

    /// Flips a bit of something that the host's disk holds. Whoever reads it next sees it. False if
    /// it holds nothing.
    pub fn rot(&mut self, host: Host, pick: u64) -> bool {
        let machine = self.machine_mut(host);
        let has_rotted = machine.disk.rot(pick);
        if has_rotted {
            machine.has_sound_disk = false;
            self.befall(host, Mishap::BitRot);
        }
        has_rotted
    }

    /// Keeps a copy of what the host's disk holds, in place of an earlier one.
    pub fn back_up(&mut self, host: Host) {
        let machine = self.machine_mut(host);
        machine.backup = Some(machine.disk.copy());
    }

    /// Starts the host on the copy of its disk that was kept last. False if there is none.
    pub fn restore(&mut self, host: Host) -> bool {
        let Some(rows) = self.machine(host).backup.clone() else { return false };
        self.befall(host, Mishap::OldBackup);
        self.start_on(host, rows);
        true
    }

    /// A host whose disk is damaged beyond use is replaced: the new one has nothing. The identity
    /// is lost, so it joins no group any more.
    pub(super) fn replace(&mut self, host: Host) {
        self.start_on(host, Rows::new());
    }

    fn start_on(&mut self, host: Host, rows: Rows) {
        if self.is_running(host) {
            self.crash(host);
        }
        let machine = self.machine_mut(host);
        machine.has_sound_disk = false;
        machine.disk.replace(rows);
        self.boot(host);
    }

    /// The host's disk takes no more from now on. What it holds can be read.
    pub fn fill_disk(&mut self, host: Host) {
        self.machine_mut(host).disk.failure = Some(StoreFailure::Full);
    }

    /// The host's disk neither takes anything nor can be read from now on.
    pub fn fail_disk(&mut self, host: Host) {
        self.machine_mut(host).disk.failure = Some(StoreFailure::Failed);
    }

    /// Mends a disk that is full or has failed, and starts the host again: a node does nothing
    /// more with a group whose store has failed. False if there was nothing to mend.
    pub fn mend_disk(&mut self, host: Host) -> bool {
        let was_bad = self.machine_mut(host).disk.failure.take().is_some();
        if was_bad {
            if self.is_running(host) {
                self.crash(host);
            }
            self.restart(host);
        }
        was_bad
    }

    /// Sets how far a host's calendar clock is off, in milliseconds: ahead if positive.
    pub fn skew(&mut self, host: Host, ms: i64) {
        let now = self.now;
        let clock = &mut self.machine_mut(host).clock;
        let changes = clock.skew(now) != ms;
        clock.set_skew(now, ms);
        if changes && ms != 0 {
            self.befall(host, Mishap::ClockSkew);
        }
    }

    /// A host's calendar clock jumps by so many milliseconds, forth or back, at most by ten days
    /// and to ten days from the truth.
    pub fn jump(&mut self, host: Host, ms: i64) {
        let now = self.now;
        let clock = &mut self.machine_mut(host).clock;
        let least = JUMP_MAX_MS.saturating_neg();
        let before = clock.skew(now);
        let after = before.saturating_add(ms.clamp(least, JUMP_MAX_MS)).clamp(least, JUMP_MAX_MS);
        clock.set_skew(now, after);
        if before != after {
            self.befall(host, Mishap::ClockJump);
        }
    }

    /// Sets by how many millionths both clocks of a host are fast, or slow if negative: at most a
    /// tenth.
    pub fn drift(&mut self, host: Host, ppm: i64) {
        let now = self.now;
        let deadline = self.machine(host).node.as_ref().and_then(Node::poll_timeout);
        let clock = &mut self.machine_mut(host).clock;
        let changes = clock.drift() != ppm;
        clock.set_drift(now, ppm);
        // its own clock comes to the deadline at another time now
        self.note_wake(host, deadline.map(|deadline| deadline.at));
        if changes && ppm != 0 {
            self.befall(host, Mishap::ClockDrift);
        }
    }

    /// Sets the host's clocks right, lets its disk own up, and lets nothing go wrong that was about
    /// to.
    pub(crate) fn make_sound(&mut self, host: Host) {
        self.drift(host, 0);
        self.skew(host, 0);
        let machine = self.machine_mut(host);
        machine.is_doomed = false;
        machine.disk.own_up();
    }
}
