//! Ops: what can happen in a group, as data, so that a script can be drawn, kept and run again.

mod perform;

use peergroup_core::{GroupId, Removal, Role, Status, Terms};

use crate::host::Host;
use crate::oracle::Deed;
use crate::rng::Rng;
use crate::weather::Weather;
use crate::words::words;
use crate::world::World;

words! {
    /// Something that happens in a world: a verb of one host, or a fault.
    ///
    /// `pick` chooses among whatever there is to choose from when it happens: a record, a peer, a
    /// side.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    #[expect(missing_docs, reason = "a field says what it is: who, which, how much")]
    pub enum Op {
        /// A member who may invites a host that is none, the first from `host` on, which joins.
        Join { host: Host, pick: u64 },
        /// A member leaves.
        Leave { host: Host },
        /// A host publishes a record.
        Publish { host: Host, size: usize },
        /// A host updates a record.
        Edit { host: Host, pick: u64 },
        /// A host deletes a record.
        Delete { host: Host, pick: u64 },
        /// A host makes another member an Admin.
        Promote { host: Host, pick: u64 },
        /// A host makes an Admin a Member.
        Demote { host: Host, pick: u64 },
        /// A host removes a member.
        Remove { host: Host, pick: u64 },
        /// A host withdraws what it invited a member to.
        Withdraw { host: Host, pick: u64 },
        /// A host makes a checkpoint, if it founded the group.
        Checkpoint { host: Host },
        /// A host opens a direct connection to another member.
        Open { host: Host, pick: u64 },
        /// A host sends on one of its direct connections.
        Send { host: Host, pick: u64, size: usize },
        /// The network falls into two parts.
        Partition { pick: u64 },
        /// The network is whole again.
        Heal,
        /// A link breaks.
        Break,
        /// A host crashes.
        Crash { host: Host },
        /// A host that crashed starts again.
        Restart { host: Host },
        /// A host does what no honest node does, and is a rogue from then on. The first never does.
        Mischief { host: Host, pick: u64 },
        /// A host's clock goes wrong, by less than five minutes.
        Skew { host: Host, ms: i64 },
        /// The network falls into two parts, and nobody is told.
        Silence { pick: u64 },
        /// Nothing arrives at one host from another any more.
        Block { from: Host, to: Host },
        /// The network falls into two parts and is whole again, over and over, each for so long.
        Flap { pick: u64, ms: u64 },
        /// A host's calendar clock jumps.
        Jump { host: Host, ms: i64 },
        /// A host's clocks run fast, or slow, by so many millionths.
        Drift { host: Host, ppm: i64 },
        /// A host crashes while it writes.
        TornCrash { host: Host },
        /// A bit on a host's disk is flipped.
        BitRot { host: Host, pick: u64 },
        /// A copy of a host's disk is kept.
        Backup { host: Host },
        /// A host starts again on the copy of its disk that was kept last.
        Restore { host: Host },
        /// A host's disk is full, or fails.
        FillDisk { host: Host, pick: u64 },
        /// The weather changes to one that follows from a number.
        Weather { number: u64 },
    }
}

impl Op {
    /// Draws what happens next among so many hosts. The first host's disk keeps what it holds, so
    /// that the group's creator is there in the end.
    // dispatch: one arm per op
    pub fn draw(rng: &mut Rng, hosts: usize) -> Self {
        let host = Host(rng.size(&(0..=hosts.saturating_sub(1))));
        let other = Host(rng.size(&(1..=hosts.saturating_sub(1).max(1))));
        // one who may, half of the time
        let senior = if rng.one_in(2) { Host(0) } else { host };
        let (pick, size) = (rng.number(), rng.size(&(0..=2000)));
        match rng.below(1000) {
            // some are large, and travel by themselves
            0..290 if pick.is_multiple_of(16) => {
                Self::Publish { host, size: size.saturating_mul(100) }
            }
            0..290 => Self::Publish { host, size },
            290..472 => Self::Edit { host, pick },
            472..480 => Self::Checkpoint { host: senior },
            480..540 => Self::Delete { host, pick },
            540..630 => Self::Join { host, pick },
            630..645 => Self::Leave { host },
            645..675 => Self::Promote { host: senior, pick },
            675..695 => Self::Demote { host: senior, pick },
            695..705 => Self::Remove { host: senior, pick },
            705..710 => Self::Withdraw { host, pick },
            710..755 => Self::Open { host, pick },
            755..800 => Self::Send { host, pick, size: size.saturating_mul(32) },
            800..815 => Self::Partition { pick },
            815..825 => Self::Silence { pick },
            825..835 => Self::Block { from: host, to: other },
            835..840 => Self::Flap { pick, ms: rng.between(&(500..=60_000)) },
            840..870 => Self::Heal,
            870..890 => Self::Break,
            890..910 => Self::Crash { host },
            910..920 => Self::TornCrash { host: other },
            920..955 => Self::Restart { host },
            955..962 => Self::Skew { host, ms: either_way(rng, 300_000) },
            962..966 => Self::Jump { host: other, ms: either_way(rng, 3 * 24 * 3_600_000) },
            966..970 => Self::Drift { host, ppm: either_way(rng, 10_000) },
            970..973 => Self::BitRot { host: other, pick },
            973..981 => Self::Backup { host: other },
            981..985 => Self::Restore { host: other },
            985..990 => Self::FillDisk { host, pick },
            990..995 => {
                // the last ones, so that most stay honest
                let last = Rng::new(pick).size(&(1..=hosts.div_ceil(4)));
                Self::Mischief { host: Host(hosts.saturating_sub(last)), pick }
            }
            _ => Self::Weather { number: pick },
        }
    }
}

/// A number whose amount is below a bound, positive or negative.
fn either_way(rng: &mut Rng, bound: u64) -> i64 {
    let amount = i64::try_from(rng.below(bound)).unwrap_or(0);
    if rng.one_in(2) { amount.saturating_neg() } else { amount }
}

impl World {
    /// Lets something happen in a group. False if it does not apply, or a node refused.
    // dispatch: one arm per op
    pub fn perform(&mut self, group: GroupId, op: &Op) -> bool {
        match *op {
            Op::Join { host, pick } => self.admit(host, group, pick).is_some(),
            Op::Leave { host } => self.leave(host, group),
            Op::Publish { host, size } => self.try_publish(host, group, size),
            Op::Edit { host, pick } => self.edit(host, group, pick),
            Op::Delete { host, pick } => self.delete(host, group, pick),
            Op::Promote { host, pick } => {
                self.on_member(host, group, pick, |node, now, seat, peer| {
                    let receipt = node.grant(now, seat, peer, Terms::role(Role::Admin)).ok()?;
                    Some((Deed::Granted(peer, Role::Admin), receipt.ticket))
                })
            }
            Op::Demote { host, pick } => {
                self.on_member(host, group, pick, |node, now, seat, peer| {
                    let receipt = node.demote(now, seat, peer, Role::Member).ok()?;
                    Some((Deed::Demoted(peer, Role::Member), receipt.ticket))
                })
            }
            Op::Remove { host, pick } => {
                self.on_member(host, group, pick, |node, now, seat, peer| {
                    let mode = match pick.checked_rem(5) {
                        Some(0) => Removal::Cascade,
                        Some(1) => Removal::KeepRecords,
                        _ => Removal::Keep,
                    };
                    let receipt = node.remove(now, seat, peer, mode).ok()?;
                    Some((Deed::Removed(peer), receipt.ticket))
                })
            }
            Op::Withdraw { host, pick } => self.withdraw(host, group, pick),
            Op::Checkpoint { host } => self.deed(host, group, |node, now, seat| {
                Some((Deed::Checkpointed, node.checkpoint(now, seat).ok()?.ticket))
            }),
            Op::Open { host, pick } => self.open_somewhere(host, group, pick),
            Op::Send { host, pick, size } => self.send_somewhere(host, group, pick, size).is_some(),
            Op::Mischief { host, pick } => self.misbehave(host, group, pick),
            fault => self.go_wrong(fault),
        }
    }

    /// Ends everything that is wrong: the network is whole, the weather fair, the clocks are right,
    /// disks that failed are mended, links that are half open or were tampered with break, every
    /// host runs. Everybody who is offline tries to connect once more: whoever was let go may have
    /// been taken in again, and hears of it only so.
    pub fn calm(&mut self) {
        self.heal();
        let outputs_per_turn = self.weather().outputs_per_turn;
        *self.weather() = Weather { outputs_per_turn, ..Weather::fair() };
        self.break_bad_links();
        for host in self.hosts() {
            self.make_sound(host);
        }
        self.leap();
        for host in self.hosts() {
            if self.mend_disk(host) {
                continue;
            }
            if self.is_running(host) {
                self.connect_all(host);
            } else {
                self.restart(host);
            }
        }
    }

    /// The honest hosts that are members of a group as `judge` sees it, and have it open. A host
    /// whose disk gave back other bytes than it was given may have lost what it needs to find
    /// anybody: it counts once it has synchronised, and while it is linked to somebody.
    pub fn members(&self, judge: Host, group: GroupId) -> Vec<Host> {
        let seat = self.seat(judge, group);
        let is_member = |host: &Host| {
            let peer = self.peer(*host);
            let listed = self.node(judge).member(seat, peer);
            let is_listed = listed.is_ok_and(|member| member.is_some());
            let own = self.seat(*host, group);
            let has_found = |status: Status| status.ready && status.neighbours > 0;
            let is_whole = |status: Status| self.has_sound_disk(*host) || has_found(status);
            is_listed
                && !self.is_rogue(*host)
                && self.is_running(*host)
                && self.node(*host).status(own).is_ok_and(is_whole)
        };
        self.hosts().filter(is_member).collect()
    }
}
