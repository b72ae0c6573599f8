//! Nothing that was acknowledged is lost.
//!
//! An act is acknowledged once the store operation of its ticket is done. Promised from then on:
//! - I9: after every restart the host has its groups and can open them, and holds every statement
//!   that it held when it acted and the version that it made, or one that took its place: a later
//!   one of the same lane, or a deletion by the record's creator;
//! - I11: in the end every member holds the statements and, as far as they count, the versions
//!   that members were told are acknowledged.
//!
//! Excused: rogues; hosts whose disk once lost what it had acknowledged, since then; what an
//! application deleted with its group; versions whose tenure no longer supports them, that a
//! deletion which counts hides, or whose ceiling has passed; with others, versions made by a
//! calendar that was far ahead, until their time comes; and resignations of others, of which few
//! are kept under one grant.

use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::limits::STAMP_AHEAD_MAX;
use peergroup_core::simulation::AuditedVersion;
use peergroup_core::{
    Body, Change, GroupId, Input, Notice, OpenError, Output, RecordId, Seat, Statement,
    StatementId, StoreFailure, Ticket, UnixTime,
};

use crate::host::Host;
use crate::oracle::clocks::peer_span;
use crate::oracle::court::Court;
use crate::oracle::law::{Law, Past};
use crate::oracle::shelf::{counts, leaves_at};
use crate::oracle::{Deed, Oracle, Seen};
use crate::world::World;

/// Watches what hosts keep.
#[derive(Debug)]
pub(crate) struct Durability {
    court: Court,
    hosts: BTreeMap<Host, Kept>,
}

/// What one host is to keep.
#[derive(Debug, Default)]
struct Kept {
    /// Of acts that are not acknowledged.
    pending: BTreeMap<Ticket, (Seat, Promise)>,
    promised: BTreeMap<Seat, Promise>,
    /// Seats that have not been looked at since the last start.
    unseen: BTreeSet<Seat>,
    has_started: bool,
    /// The store was told to delete whole groups.
    deletes: bool,
}

/// Statements and versions that are to be held.
#[derive(Clone, Debug, Default)]
struct Promise {
    statements: BTreeMap<StatementId, u32>,
    versions: BTreeMap<RecordId, Vec<AuditedVersion>>,
}

impl Durability {
    pub(crate) fn new(court: &Court) -> Self {
        Self { court: court.clone(), hosts: BTreeMap::new() }
    }

    fn did(&mut self, world: &World, host: Host, seat: Seat, deed: Deed, ticket: Ticket) {
        let kept = self.hosts.entry(host).or_default();
        if matches!(deed, Deed::Founded | Deed::Joined) {
            kept.promised.remove(&seat);
            kept.pending.retain(|_, (of, _)| *of != seat);
        }
        let promise = Promise::of(world, host, seat, deed);
        kept.pending.insert(ticket, (seat, promise));
    }

    /// A host has a group open, for the first time since it started.
    fn opened(&self, world: &World, host: Host, seat: Seat) -> Result<(), String> {
        let Some(kept) = self.hosts.get(&host) else { return Ok(()) };
        let Some(promise) = kept.promised.get(&seat) else { return Ok(()) };
        let held = Held::of(world, host, seat);
        let now = peer_span(world, host, seat);
        promise.check_statements(&held).map_err(|text| format!("I9: {text}"))?;
        for version in promise.versions.values().flatten() {
            if !held.has(version, None, now) {
                return Err(format!("I9: acknowledged and lost: {version:?}"));
            }
        }
        Ok(())
    }
}

impl Oracle for Durability {
    fn name(&self) -> &'static str {
        "durability"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        let is_sound = world.has_sound_disk(host) && !world.is_rogue(host);
        let kept = self.hosts.entry(host).or_default();
        if !is_sound {
            *kept = Kept::default();
            return Ok(());
        }
        match seen {
            Seen::Did { seat, deed, ticket } => self.did(world, host, *seat, *deed, *ticket),
            Seen::Input(Input::Stored { ticket, outcome: Ok(()) }) => kept.acknowledge(*ticket),
            Seen::Crashed => kept.crash(),
            Seen::Output(Output::Store { op, .. }) => {
                let is_deletion = |it: &Change| matches!(it, Change::DeletePrefix { .. });
                kept.deletes |= op.changes.iter().any(is_deletion);
            }
            Seen::Output(Output::Notice(Notice::Started(outcome))) => {
                kept.has_started = outcome.is_ok();
                // a disk that cannot be read loses nothing: it says so
                if *outcome == Err(StoreFailure::Corrupt) && !kept.promised.is_empty() {
                    return Err("I9: it does not start: the store is damaged".to_owned());
                }
            }
            Seen::Output(Output::Notice(Notice::Opened { seat, outcome: Err(error) }))
                if *error == OpenError::Corrupt && kept.promised.contains_key(seat) =>
            {
                return Err(format!("I9: {seat:?} does not open: {error}"));
            }
            _ => {}
        }
        Ok(())
    }

    fn at_rest(&mut self, world: &World, host: Host) -> Result<(), String> {
        let Some(kept) = self.hosts.get_mut(&host) else { return Ok(()) };
        if kept.deletes {
            kept.deletes = false;
            let listed = listed(world, host);
            kept.promised.retain(|seat, _| listed.contains(seat));
            kept.unseen.retain(|seat| listed.contains(seat));
        }
        if kept.unseen.is_empty() || !kept.has_started {
            return Ok(());
        }
        let listed = listed(world, host);
        if let Some(lost) = kept.unseen.iter().find(|seat| !listed.contains(seat)) {
            return Err(format!("I9: {lost:?} is acknowledged and lost"));
        }
        let open: Vec<Seat> = world.open_seats(host);
        let seen: Vec<Seat> = open.into_iter().filter(|seat| kept.unseen.remove(seat)).collect();
        seen.into_iter().try_for_each(|seat| self.opened(world, host, seat))
    }

    fn in_the_end(
        &mut self,
        world: &mut World,
        group: GroupId,
        members: &[Host],
    ) -> Result<(), String> {
        let honest = |host: &&Host| !world.is_rogue(**host);
        for host in members.iter().filter(honest) {
            let Some(ruling) = self.court.ruling(world, *host, group) else { continue };
            let held = Held::of(world, *host, ruling.seat);
            let now = peer_span(world, *host, ruling.seat);
            for author in members.iter().filter(|author| world.has_sound_disk(**author)) {
                let kept = self.hosts.get(author);
                let seat = world.seat(*author, group);
                let Some(promise) = kept.and_then(|kept| kept.promised.get(&seat)) else {
                    continue;
                };
                promise
                    .check_statements(&held)
                    .map_err(|text| format!("I11: {author} knows, {host} not: {text}"))?;
                for version in promise.versions.values().flatten() {
                    if !held.has(version, Some(&ruling.law), now) {
                        return Err(format!("I11: {author} made, {host} lacks: {version:?}"));
                    }
                }
            }
        }
        Ok(())
    }
}

fn listed(world: &World, host: Host) -> BTreeSet<Seat> {
    let groups = world.node(host).groups(world.peer(host));
    groups.map(|info| info.seat).collect()
}

impl Kept {
    fn acknowledge(&mut self, through: Ticket) {
        while let Some(first) = self.pending.first_entry()
            && *first.key() <= through
        {
            let (seat, promise) = first.remove();
            self.promised.entry(seat).or_default().add(promise);
        }
    }

    fn crash(&mut self) {
        self.pending.clear();
        self.has_started = false;
        self.deletes = false;
        self.unseen = self.promised.keys().copied().collect();
    }
}

impl Promise {
    /// What a host is to keep because of an act that it has just done.
    fn of(world: &World, host: Host, seat: Seat, deed: Deed) -> Self {
        let mut promise = Self::default();
        let node = world.node(host);
        match deed {
            Deed::Published(record) | Deed::Updated(record) | Deed::Deleted(record) => {
                let is_deletion = matches!(deed, Deed::Deleted(_));
                let versions = node.versions(seat).into_iter().flatten();
                let own = versions.filter(|version| {
                    let is_own = version.modifier == seat.identity;
                    version.record == record && is_own && version.deleted == is_deletion
                });
                let made = own.max_by_key(|version| (version.stamp, version.id));
                promise.versions.entry(record).or_default().extend(made);
            }
            _ => {
                let statements = node.statements(seat).into_iter().flatten();
                let kept = statements.filter(|statement| {
                    let is_resign = matches!(statement.body(), Body::Resign { .. });
                    !is_resign || statement.author() == seat.identity
                });
                promise.statements = kept.map(|it| (it.id(), it.height())).collect();
            }
        }
        promise
    }

    /// Adds what was acknowledged. Of what one host made of a record, the last suffices.
    fn add(&mut self, more: Self) {
        self.statements.extend(more.statements);
        self.versions.extend(more.versions);
    }

    fn check_statements(&self, held: &Held) -> Result<(), String> {
        let is_lost = |(id, height): &(&StatementId, &u32)| {
            !held.statements.contains(id) && !held.past.ends(id, **height)
        };
        match self.statements.iter().find(is_lost) {
            None => Ok(()),
            Some((lost, _)) => Err(format!("the statement {lost} is lost")),
        }
    }
}

/// What a host holds.
struct Held {
    statements: BTreeSet<StatementId>,
    /// What need not be held because of a checkpoint.
    past: Past,
    versions: BTreeMap<RecordId, Vec<AuditedVersion>>,
}

impl Held {
    fn of(world: &World, host: Host, seat: Seat) -> Self {
        let node = world.node(host);
        let statements = node.statements(seat).into_iter().flatten();
        let mut versions: BTreeMap<RecordId, Vec<AuditedVersion>> = BTreeMap::new();
        for version in node.versions(seat).into_iter().flatten() {
            versions.entry(version.record).or_default().push(version);
        }
        let statements: Vec<&Statement> = statements.collect();
        let creator = node.genesis(seat).map(peergroup_core::Genesis::creator);
        let past = creator.map(|creator| Past::of(creator, &statements)).unwrap_or_default();
        let statements = statements.into_iter().map(Statement::id).collect();
        Self { statements, past, versions }
    }

    /// Whether a version is held, or there is a good reason why not; by a law, reasons that
    /// concern others too.
    fn has(
        &self,
        version: &AuditedVersion,
        law: Option<&Law>,
        (earliest, latest): (UnixTime, UnixTime),
    ) -> bool {
        if leaves_at(version.ceiling) <= latest {
            return true;
        }
        let others = self.versions.get(&version.record).into_iter().flatten();
        let replaces = |other: &AuditedVersion| {
            let is_same = other.id == version.id;
            let is_lane = (other.modifier, other.cred) == (version.modifier, version.cred);
            let by_creator = other.deleted && other.modifier == other.creator;
            let is_later = other.stamp > version.stamp;
            let takes_place = if version.deleted {
                is_lane && other.deleted
            } else {
                is_lane && !other.deleted && is_later || by_creator
            };
            is_same || takes_place
        };
        if others.clone().any(replaces) {
            return true;
        }
        law.is_some_and(|law| {
            let is_early = version.stamp.time > earliest.after(STAMP_AHEAD_MAX);
            let mut deletions = others.filter(|other| other.deleted);
            is_early
                || !counts(law, version)
                || !version.deleted && deletions.any(|it| counts(law, it))
        })
    }
}

#[cfg(test)]
mod tests;
