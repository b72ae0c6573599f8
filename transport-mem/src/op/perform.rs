//! How ops are done: as an application would, giving up where a node refuses.

use core::time::Duration;

use peergroup_core::{
    ConnectionId, GroupId, IdentityInfo, Node, Now, PeerId, RecordDraft, RecordId, RecordUpdate,
    Role, Seat, Terms, Ticket,
};

use crate::host::Host;
use crate::op::Op;
use crate::oracle::Deed;
use crate::rng::Rng;
use crate::weather::Weather;
use crate::world::{NOTE, World};

/// One of the members that a node knows, its own identity excepted.
fn some_member(node: &Node, seat: Seat, pick: u64) -> Option<PeerId> {
    let members = node.members(seat).ok()?.map(|member| member.peer);
    let others: Vec<PeerId> = members.filter(|peer| *peer != seat.identity).collect();
    Rng::new(pick).pick(&others).copied()
}

/// How long most of the records live that ops make.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long the others live: one out of so many, told by its size.
const SHORT_LIFETIME: Duration = Duration::from_secs(90);
const SHORT_ONE_IN: usize = 8;

/// So many bytes, of which no two leaves are alike.
fn text(size: usize) -> Vec<u8> {
    (0..size).map(|at| at.to_be_bytes().get(6).copied().unwrap_or_default()).collect()
}

impl World {
    /// A verb of a host that is running and has the group open.
    pub(super) fn verb(
        &mut self,
        host: Host,
        group: GroupId,
        verb: impl FnOnce(&mut Node, Now, Seat) -> bool,
    ) -> bool {
        if !self.is_running(host) {
            return false;
        }
        let seat = self.seat(host, group);
        self.act(host, |node, now| node.status(seat).is_ok() && verb(node, now, seat))
    }

    /// A verb that changes a replicated set: what it did is shown to the oracles.
    pub(crate) fn deed(
        &mut self,
        host: Host,
        group: GroupId,
        verb: impl FnOnce(&mut Node, Now, Seat) -> Option<(Deed, Ticket)>,
    ) -> bool {
        let mut done = None;
        self.verb(host, group, |node, now, seat| {
            done = verb(node, now, seat);
            done.is_some()
        });
        if let Some((deed, ticket)) = done {
            self.did(host, self.seat(host, group), deed, ticket);
        }
        done.is_some()
    }

    /// A deed about one of the members that the host knows, itself excepted.
    pub(super) fn on_member(
        &mut self,
        host: Host,
        group: GroupId,
        pick: u64,
        verb: impl FnOnce(&mut Node, Now, Seat, PeerId) -> Option<(Deed, Ticket)>,
    ) -> bool {
        self.deed(host, group, |node, now, seat| {
            let peer = some_member(node, seat, pick)?;
            verb(node, now, seat, peer)
        })
    }

    /// Withdraws what a host gave to one of the members that it invited.
    pub(super) fn withdraw(&mut self, host: Host, group: GroupId, pick: u64) -> bool {
        self.deed(host, group, |node, now, seat| {
            let members = node.members(seat).ok()?;
            let own = members.filter(|it| it.issuer == seat.identity && it.peer != seat.identity);
            let own: Vec<PeerId> = own.map(|member| member.peer).collect();
            let peer = *Rng::new(pick).pick(&own)?;
            let receipt = node.withdraw(now, seat, peer).ok()?;
            Some((Deed::Removed(peer), receipt.ticket))
        })
    }

    /// Opens a direct connection to one of the members that the host knows.
    pub(super) fn open_somewhere(&mut self, host: Host, group: GroupId, pick: u64) -> bool {
        self.verb(host, group, |node, now, seat| {
            some_member(node, seat, pick)
                .is_some_and(|peer| node.open_connection(now, seat, peer).is_ok())
        })
    }

    /// The first host from this one on that is no member joins: invited by somebody who may, after
    /// it has deleted what it held of an earlier membership that is over.
    pub(super) fn admit(&mut self, from: Host, group: GroupId, pick: u64) -> Option<()> {
        let from_there = self.hosts().cycle().skip(from.number()).take(self.hosts().count());
        let mut outside = from_there.filter(|host| self.is_outside(*host, group));
        let host = outside.next()?;
        let may_invite = |other: &Host| {
            *other != host && self.is_running(*other) && {
                let role = self.node(*other).role(self.seat(*other, group));
                role.is_ok_and(|role| role > Some(Role::Member))
            }
        };
        let inviters: Vec<Host> = self.hosts().filter(may_invite).collect();
        let inviter = *Rng::new(pick).pick(&inviters)?;
        let role = if pick.is_multiple_of(4) { Role::Inviter } else { Role::Member };
        let card: IdentityInfo = self.node(host).identity_info(self.peer(host))?;
        let seat = self.seat(inviter, group);
        let terms = Terms::role(role);
        let receipt = self.act(inviter, |node, now| node.invite(now, seat, &card, terms)).ok()?;
        self.forget(host, group);
        let invitation = receipt.value;
        self.did(inviter, seat, Deed::Granted(card.peer, role), receipt.ticket);
        let receipt = self.act(host, |node, now| node.join(now, &invitation)).ok()?;
        self.did(host, receipt.value, Deed::Joined, receipt.ticket);
        self.settle_in(host, &invitation);
        Some(())
    }

    /// Whether the host runs, has its identity, and holds nothing of the group, or knows that it is
    /// no member any more.
    fn is_outside(&self, host: Host, group: GroupId) -> bool {
        if !self.is_running(host) {
            return false;
        }
        let seat = self.seat(host, group);
        let node = self.node(host);
        if node.identity_info(seat.identity).is_none() {
            return false;
        }
        let holds = node.groups(seat.identity).any(|info| info.seat == seat);
        !holds || node.member(seat, seat.identity).is_ok_and(|member| member.is_none())
    }

    pub(super) fn try_publish(&mut self, host: Host, group: GroupId, size: usize) -> bool {
        self.deed(host, group, |node, now, seat| {
            let is_short = size % SHORT_ONE_IN == 1;
            let lifetime = if is_short { SHORT_LIFETIME } else { LIFETIME };
            let draft = RecordDraft::new(NOTE, now.wall.after(lifetime)).payload(text(size));
            let receipt = node.publish(now, seat, draft).ok()?;
            Some((Deed::Published(receipt.value), receipt.ticket))
        })
    }

    /// A record that the host may change: its own, or any if it is an Admin.
    fn some_record(&self, host: Host, group: GroupId, pick: u64) -> Option<RecordId> {
        if !self.is_running(host) {
            return None;
        }
        let (node, seat) = (self.node(host), self.seat(host, group));
        let is_admin = node.role(seat).ok()? == Some(Role::Admin);
        let records = node.records(seat, None).ok()?;
        let ids: Vec<RecordId> = records
            .filter(|record| is_admin || record.creator == seat.identity)
            .map(|record| record.id)
            .collect();
        Rng::new(pick).pick(&ids).copied()
    }

    pub(super) fn edit(&mut self, host: Host, group: GroupId, pick: u64) -> bool {
        let Some(record) = self.some_record(host, group, pick) else { return false };
        let update = RecordUpdate::new().payload(pick.to_le_bytes().to_vec());
        self.deed(host, group, |node, now, seat| {
            let receipt = node.update(now, seat, record, update).ok()?;
            Some((Deed::Updated(record), receipt.ticket))
        })
    }

    pub(super) fn delete(&mut self, host: Host, group: GroupId, pick: u64) -> bool {
        let Some(record) = self.some_record(host, group, pick) else { return false };
        self.deed(host, group, |node, now, seat| {
            let receipt = node.delete_record(now, seat, record).ok()?;
            Some((Deed::Deleted(record), receipt.ticket))
        })
    }

    pub(super) fn send_somewhere(
        &mut self,
        host: Host,
        group: GroupId,
        pick: u64,
        size: usize,
    ) -> Option<()> {
        if !self.is_running(host) {
            return None;
        }
        let listed = self.node(host).connections(self.seat(host, group)).ok()?;
        let ids: Vec<ConnectionId> =
            listed.iter().filter(|info| info.is_up).filter_map(|info| info.connection).collect();
        let connection = *Rng::new(pick).pick(&ids)?;
        let data = vec![b'y'; size];
        self.act(host, |node, now| node.send(now, connection, NOTE, data.into())).ok()
    }

    /// Lets something go wrong. False if it does not apply.
    // dispatch: one arm per fault
    pub(super) fn go_wrong(&mut self, fault: Op) -> bool {
        match fault {
            Op::Partition { pick } => self.split(pick, Self::partition),
            Op::Silence { pick } => self.split(pick, Self::partition_silently),
            Op::Flap { pick, ms } => {
                let period = Duration::from_millis(ms);
                self.split(pick, |world, sets| world.flap(sets, period))
            }
            Op::Block { from, to } => {
                self.block(from, to);
                from != to
            }
            Op::Heal => self.always(Self::heal),
            Op::Break => self.break_some_link(),
            Op::Crash { host } => self.if_running(host, true, |world| world.crash(host)),
            Op::TornCrash { host } => {
                self.if_running(host, true, |world| world.tear_next_batch(host))
            }
            Op::Restart { host } => {
                self.mend_disk(host) || self.if_running(host, false, |world| world.restart(host))
            }
            Op::Skew { host, ms } => self.always(|world| world.skew(host, ms)),
            Op::Jump { host, ms } => self.always(|world| world.jump(host, ms)),
            Op::Drift { host, ppm } => self.always(|world| world.drift(host, ppm)),
            Op::BitRot { host, pick } => self.rot(host, pick),
            Op::Backup { host } => self.always(|world| world.back_up(host)),
            Op::Restore { host } => self.restore(host),
            Op::FillDisk { host, pick } => self.always(|world| {
                if pick.is_multiple_of(2) { world.fill_disk(host) } else { world.fail_disk(host) }
            }),
            Op::Weather { number } => self.always(|world| {
                let outputs_per_turn = world.weather().outputs_per_turn;
                let drawn = Weather::draw(&mut Rng::new(number));
                *world.weather() = Weather { outputs_per_turn, ..drawn };
            }),
            _ => false,
        }
    }

    fn always(&mut self, fault: impl FnOnce(&mut Self)) -> bool {
        fault(self);
        true
    }

    fn if_running(&mut self, host: Host, runs: bool, fault: impl FnOnce(&mut Self)) -> bool {
        let applies = self.is_running(host) == runs;
        if applies {
            fault(self);
        }
        applies
    }

    /// Every host falls to one of two sides.
    fn split(&mut self, pick: u64, part: impl FnOnce(&mut Self, &[&[Host]])) -> bool {
        let mut rng = Rng::new(pick);
        let (left, right): (Vec<Host>, Vec<Host>) = self.hosts().partition(|_| rng.one_in(2));
        part(self, &[&left, &right]);
        !left.is_empty() && !right.is_empty()
    }
}
