//! Ops: what can happen in a group, as data, so that a script can be drawn, kept and run again.

mod perform;

use peergroup_core::{GroupId, Role, Terms};

use crate::host::Host;
use crate::oracle::Deed;
use crate::rng::Rng;
use crate::world::World;

/// Something that happens in a world: a verb of one host, or a fault.
///
/// `pick` chooses among whatever there is to choose from when it happens: a record, a peer, a side.
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
}

impl Op {
    /// Draws what happens next among so many hosts. The first host never crashes, so that the
    /// group's creator is there in the end.
    pub fn draw(rng: &mut Rng, hosts: usize) -> Self {
        let host = Host(rng.size(&(0..=hosts.saturating_sub(1))));
        let other = Host(rng.size(&(1..=hosts.saturating_sub(1).max(1))));
        // one who may, half of the time
        let senior = if rng.one_in(2) { Host(0) } else { host };
        let (pick, size) = (rng.number(), rng.size(&(0..=2000)));
        match rng.below(100) {
            0..30 => Self::Publish { host, size },
            30..50 => Self::Edit { host, pick },
            50..56 => Self::Delete { host, pick },
            56..65 => Self::Join { host, pick },
            65..67 => Self::Leave { host },
            67..70 => Self::Promote { host: senior, pick },
            70..72 => Self::Demote { host: senior, pick },
            72..74 => Self::Remove { host: senior, pick },
            74..79 => Self::Open { host, pick },
            79..84 => Self::Send { host, pick, size: size.saturating_mul(32) },
            84..86 => Self::Partition { pick },
            86..89 => Self::Heal,
            89..92 => Self::Break,
            92..95 => Self::Crash { host: other },
            95..98 => Self::Restart { host: other },
            98 => {
                // the last ones, so that most stay honest
                let last = Rng::new(pick).size(&(1..=hosts.div_ceil(4)));
                Self::Mischief { host: Host(hosts.saturating_sub(last)), pick }
            }
            _ => {
                let ms = i64::try_from(rng.below(600_000)).unwrap_or(0);
                Self::Skew { host, ms: ms.saturating_sub(300_000) }
            }
        }
    }

    /// The op's name, for counting.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Join { .. } => "join",
            Self::Leave { .. } => "leave",
            Self::Publish { .. } => "publish",
            Self::Edit { .. } => "edit",
            Self::Delete { .. } => "delete",
            Self::Promote { .. } => "promote",
            Self::Demote { .. } => "demote",
            Self::Remove { .. } => "remove",
            Self::Open { .. } => "open",
            Self::Send { .. } => "send",
            Self::Partition { .. } => "partition",
            Self::Heal => "heal",
            Self::Break => "break",
            Self::Crash { .. } => "crash",
            Self::Restart { .. } => "restart",
            Self::Mischief { .. } => "mischief",
            Self::Skew { .. } => "skew",
        }
    }
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
                    let receipt = node.remove(now, seat, peer, pick.is_multiple_of(5)).ok()?;
                    Some((Deed::Removed(peer), receipt.ticket))
                })
            }
            Op::Open { host, pick } => self.open_somewhere(host, group, pick),
            Op::Send { host, pick, size } => self.send_somewhere(host, group, pick, size).is_some(),
            Op::Partition { pick } => self.split(pick),
            Op::Heal => {
                self.heal();
                true
            }
            Op::Break => self.break_some_link(),
            Op::Crash { host } => {
                let runs = self.is_running(host);
                if runs {
                    self.crash(host);
                }
                runs
            }
            Op::Restart { host } => {
                let runs = self.is_running(host);
                if !runs {
                    self.restart(host);
                }
                !runs
            }
            Op::Mischief { host, pick } => self.misbehave(host, group, pick),
            Op::Skew { host, ms } => {
                self.skew(host, ms);
                true
            }
        }
    }

    /// Heals the network, sets the clocks right, starts every host again, takes the faults out of
    /// the weather, and lets everybody who is offline try to connect once more: whoever was let go
    /// may have been taken in again, and hears of it only so.
    pub fn calm(&mut self) {
        self.heal();
        self.weather().break_one_in = 0;
        for host in self.hosts() {
            self.skew(host, 0);
            if self.is_running(host) {
                self.connect_all(host);
            } else {
                self.restart(host);
            }
        }
    }

    /// The honest hosts that are members of a group as `judge` sees it, and have it open.
    pub fn members(&self, judge: Host, group: GroupId) -> Vec<Host> {
        let seat = self.seat(judge, group);
        let is_member = |host: &Host| {
            let peer = self.peer(*host);
            let listed = self.node(judge).member(seat, peer);
            let is_listed = listed.is_ok_and(|member| member.is_some());
            let own = self.seat(*host, group);
            is_listed
                && !self.is_rogue(*host)
                && self.is_running(*host)
                && self.node(*host).status(own).is_ok()
        };
        self.hosts().filter(is_member).collect()
    }
}
