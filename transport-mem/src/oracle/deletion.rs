//! Nothing that was deleted returns.
//!
//! Promised (I12): a record that a host has shown as deleted is not shown there again while the
//! tenure under which it was deleted supports the deletion, over restarts too; and in the end no
//! member shows a record that a member has deleted and was told so.
//!
//! Excused: rogues, and hosts whose disk once lost what it had acknowledged; what an application
//! deleted with its group; a signer who has deleted more records of others than there is room for;
//! and a deletion made by a calendar that was far ahead, until its time comes.

use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::limits::{RECORDS_PER_CREATOR_MAX, STAMP_AHEAD_MAX};
use peergroup_core::simulation::AuditedVersion;
use peergroup_core::{
    Change, ChangeKind, Event, GroupId, Input, Notice, Output, PeerId, RecordId, Seat, Ticket,
};

use crate::host::Host;
use crate::oracle::clocks::peer_span;
use crate::oracle::court::{Court, Ruling};
use crate::oracle::law::Law;
use crate::oracle::shelf::counts;
use crate::oracle::{Deed, Oracle, Seen};
use crate::world::World;

/// Watches deleted records.
#[derive(Debug)]
pub(crate) struct Deletion {
    court: Court,
    hosts: BTreeMap<Host, Graveyard>,
}

/// What one host knows to be deleted.
#[derive(Debug, Default)]
struct Graveyard {
    /// The deletions that were known when it was told of them.
    deletions: BTreeMap<(GroupId, RecordId), Vec<AuditedVersion>>,
    /// Its own, until they are acknowledged.
    pending: BTreeMap<Ticket, (Seat, RecordId)>,
    acknowledged: BTreeSet<(GroupId, RecordId)>,
    /// Records that it has just been told are deleted, and such as have just been shown.
    gone: BTreeSet<RecordId>,
    shown: BTreeSet<RecordId>,
    /// All records are to be looked at.
    is_new: bool,
    /// The store was told to delete whole groups.
    deletes: bool,
}

impl Deletion {
    pub(crate) fn new(court: &Court) -> Self {
        Self { court: court.clone(), hosts: BTreeMap::new() }
    }
}

impl Oracle for Deletion {
    fn name(&self) -> &'static str {
        "deletion"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        let yard = self.hosts.entry(host).or_default();
        if world.is_rogue(host) || !world.has_sound_disk(host) {
            *yard = Graveyard::default();
            return Ok(());
        }
        match seen {
            Seen::Output(Output::Event {
                event: Event::RecordChanged { kind, record, .. },
                ..
            }) => {
                let shown = matches!(kind, ChangeKind::Added | ChangeKind::Updated);
                if *kind == ChangeKind::Deleted {
                    yard.gone.insert(*record);
                } else if shown {
                    yard.shown.insert(*record);
                }
            }
            Seen::Output(Output::Store { op, .. }) => {
                let is_deletion = |it: &Change| matches!(it, Change::DeletePrefix { .. });
                yard.deletes |= op.changes.iter().any(is_deletion);
            }
            Seen::Output(Output::Notice(Notice::Opened { .. })) => yard.is_new = true,
            Seen::Did { seat, deed: Deed::Deleted(record), ticket } => {
                yard.pending.insert(*ticket, (*seat, *record));
            }
            Seen::Did { seat, deed: Deed::Joined, .. } => yard.forget(seat.group),
            Seen::Input(Input::Stored { ticket, outcome: Ok(()) }) => yard.acknowledge(*ticket),
            Seen::Crashed => {
                yard.pending.clear();
                yard.gone.clear();
                yard.shown.clear();
            }
            _ => {}
        }
        Ok(())
    }

    fn at_rest(&mut self, world: &World, host: Host) -> Result<(), String> {
        let Some(yard) = self.hosts.get_mut(&host) else { return Ok(()) };
        if yard.deletes {
            yard.deletes = false;
            let open = world.open_seats(host);
            let is_held = |group: GroupId| open.iter().any(|seat| seat.group == group);
            let known: Vec<GroupId> = yard.deletions.keys().map(|(group, _)| *group).collect();
            known.into_iter().filter(|it| !is_held(*it)).for_each(|it| yard.forget(it));
        }
        if yard.gone.is_empty() && yard.shown.is_empty() && !yard.is_new {
            return Ok(());
        }
        for ruling in self.court.rulings(world, host).iter() {
            yard.bury(world, host, ruling.seat);
            yard.check(world, host, ruling)?;
        }
        yard.gone.clear();
        yard.shown.clear();
        yard.is_new = false;
        Ok(())
    }

    fn in_the_end(
        &mut self,
        world: &mut World,
        group: GroupId,
        members: &[Host],
    ) -> Result<(), String> {
        for host in members.iter().filter(|host| !world.is_rogue(**host)) {
            let Some(ruling) = self.court.ruling(world, *host, group) else { continue };
            let yards = self.hosts.iter().filter(|(deleter, _)| members.contains(deleter));
            for (deleter, yard) in yards {
                let ended = yard.acknowledged.iter().filter(|(of, _)| *of == group);
                for (_, record) in ended {
                    yard.must_hide(world, *host, &ruling, *record).map_err(|text| {
                        format!("in the end {host} shows what {deleter} deleted: {text}")
                    })?;
                }
            }
        }
        Ok(())
    }
}

impl Graveyard {
    fn acknowledge(&mut self, through: Ticket) {
        while let Some(first) = self.pending.first_entry()
            && *first.key() <= through
        {
            let (seat, record) = first.remove();
            self.acknowledged.insert((seat.group, record));
        }
    }

    fn forget(&mut self, group: GroupId) {
        self.deletions.retain(|(of, _), _| *of != group);
        self.acknowledged.retain(|(of, _)| *of != group);
    }

    /// Remembers the deletions of the records that have just been deleted.
    fn bury(&mut self, world: &World, host: Host, seat: Seat) {
        if self.gone.is_empty() {
            return;
        }
        for version in world.node(host).versions(seat).into_iter().flatten() {
            if version.deleted && self.gone.contains(&version.record) {
                let known = self.deletions.entry((seat.group, version.record)).or_default();
                if !known.contains(&version) {
                    known.push(version);
                }
            }
        }
    }

    /// Whether none of the records that are shown was deleted.
    fn check(&self, world: &World, host: Host, ruling: &Ruling) -> Result<(), String> {
        let known = self.deletions.keys().filter(|(of, _)| *of == ruling.seat.group);
        let touched = known.filter(|(_, record)| self.is_new || self.shown.contains(record));
        for (_, record) in touched {
            self.must_hide(world, host, ruling, *record)?;
        }
        Ok(())
    }

    fn must_hide(
        &self,
        world: &World,
        host: Host,
        ruling: &Ruling,
        record: RecordId,
    ) -> Result<(), String> {
        let Some(deletions) = self.deletions.get(&(ruling.seat.group, record)) else {
            return Ok(());
        };
        let shown = world.node(host).record(ruling.seat, record).ok().flatten();
        let Some(shown) = shown else { return Ok(()) };
        let latest = peer_span(world, host, ruling.seat).0.after(STAMP_AHEAD_MAX);
        let mut due = deletions.iter().filter(|it| it.stamp.time <= latest);
        let still = due.find(|it| self.binds(&ruling.law, it));
        still.map_or(Ok(()), |it| Err(format!("I12: {:?} is back in spite of {it:?}", shown.id)))
    }

    /// Whether a deletion still speaks against its record.
    fn binds(&self, law: &Law, deletion: &AuditedVersion) -> bool {
        counts(law, deletion)
            && (deletion.modifier == deletion.creator || self.has_room(deletion.modifier))
    }

    /// Whether all of a signer's deletions find room.
    fn has_room(&self, signer: PeerId) -> bool {
        let all = self.deletions.values();
        let own = all.filter(|it| it.iter().any(|deletion| deletion.modifier == signer)).count();
        own < RECORDS_PER_CREATOR_MAX
    }
}

#[cfg(test)]
mod tests;
