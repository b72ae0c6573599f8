//! Records are what the versions say: at every host, as its sets or the time change, and in the
//! end.
//!
//! Promised, by a model of its own ([`crate::oracle::shelf`]) over the versions that a node holds
//! and the model of authority:
//! - I5: every version held was signed by the holder of the tenure it names, about a record of
//!   somebody who was a member, and none is held beyond its ceiling;
//! - every record that is shown is the version that the model says, none is missing, none that was
//!   deleted or has expired is shown;
//! - what the node counts to the reconciled set is what the model counts to it;
//! - nothing is parked that could be judged;
//! - what a search finds by the index is what it finds by looking at everything.
//!
//! Records go by peer time, which is looked at with every input and every judgement: anything
//! between that and the calendar is taken. Looked at no more often than once a second of each
//! host's time. Excused: nodes of rogues; who has made or deleted more records than there is room
//! for, since which of them stand depends on all that were ever seen; expiry where a calendar
//! jumped ([`crate::oracle::clocks`]) or where the group defers it. Not excused: unsound disks,
//! since what is held is judged and not what was.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::limits::STAMP_AHEAD_MAX;
use peergroup_core::simulation::{AuditedVersion, Place};
use peergroup_core::{
    GroupId, Instant, Output, Query, Record, RecordId, Seat, Subject, UnixTime, VersionId,
};

use crate::host::Host;
use crate::oracle::clocks::{Clocks, peer_span};
use crate::oracle::court::{Court, Docket, Ruling, id_number};
use crate::oracle::law::Law;
use crate::oracle::shelf::{Shelf, leaves_at};
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// How often a host is looked at, at most.
const PAUSE: Duration = Duration::from_secs(1);

/// Watches records.
#[derive(Debug)]
pub(crate) struct Records {
    court: Court,
    clocks: Clocks,
    /// How far peer time has been behind and ahead of the calendar.
    peer: BTreeMap<Seat, (Duration, Duration)>,
    hosts: BTreeMap<Host, Looked>,
    /// The set that was last found good, of whichever host: most hosts hold the same.
    good: BTreeMap<Docket, Good>,
}

/// When and at what a host was looked at last.
#[derive(Clone, Copy, Debug, Default)]
struct Looked {
    at: Instant,
    /// Something was stored since.
    is_stale: bool,
    /// The statements that it held.
    docket: Option<Docket>,
    /// When something expires next.
    until: UnixTime,
}

/// Versions that were found good, and from when until when they stay so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Good {
    versions: u128,
    from: UnixTime,
    to: UnixTime,
}

impl Records {
    pub(crate) fn new(court: &Court) -> Self {
        Self {
            court: court.clone(),
            clocks: Clocks::default(),
            peer: BTreeMap::new(),
            hosts: BTreeMap::new(),
            good: BTreeMap::new(),
        }
    }

    fn look_at_peer_time(&mut self, world: &World, host: Host) {
        let wall = world.now(host).wall;
        for seat in world.open_seats(host) {
            let (least, most) = peer_span(world, host, seat);
            let (behind, ahead) = self.peer.entry(seat).or_default();
            *behind = wall.since(least).max(*behind);
            *ahead = most.since(wall).max(*ahead);
        }
    }

    fn check(&mut self, world: &World, host: Host, ruling: &Ruling) -> Result<UnixTime, String> {
        let Ok(versions) = world.node(host).versions(ruling.seat) else {
            return Ok(UnixTime::MAX);
        };
        let versions: Vec<AuditedVersion> = versions.collect();
        let (from, to) = self.clocks.span(world, host);
        let peer = self.peer.get(&ruling.seat).copied();
        let (least, most) = peer.unwrap_or((Duration::ZERO, Duration::ZERO));
        let (from, to) = (from.before(least), to.after(most));
        let number = fingerprint(&versions);
        if let Some(good) = self.good.get(&ruling.docket)
            && good.versions == number
            && good.from <= from
            && to < good.to
        {
            return Ok(good.to);
        }
        let defers = ruling.law.properties().is_some_and(|known| known.defer_expiration);
        let view = View { law: &ruling.law, defers, from, to };
        view.held(&versions)?;
        let found = Shelf::of(&ruling.law, &versions);
        view.standing(&found, &versions)?;
        let until = view.shown(&found, &versions)?;
        let shown = world.node(host).records(ruling.seat, None);
        let shown = shown.into_iter().flatten().map(|record| (record.id, record.version));
        same_as_audited(&shown.collect(), &versions)?;
        searched(world, host, ruling.seat)?;
        let good = Good { versions: number, from, to: until };
        self.good.insert(ruling.docket, good);
        if self.good.len() > 64 {
            self.good.pop_first();
        }
        Ok(until)
    }

    fn check_host(&mut self, world: &World, host: Host) -> Result<(), String> {
        self.look_at_peer_time(world, host);
        let rulings = self.court.rulings(world, host);
        let mut until = UnixTime::MAX;
        for ruling in rulings.iter() {
            until = until.min(self.check(world, host, ruling)?);
        }
        let docket = rulings.first().map(|ruling| ruling.docket);
        let looked = Looked { at: world.now(host).mono, is_stale: false, docket, until };
        self.hosts.insert(host, looked);
        Ok(())
    }
}

impl Oracle for Records {
    fn name(&self) -> &'static str {
        "records"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Started => {
                self.clocks.restart(host);
                self.hosts.insert(host, Looked { is_stale: true, ..Looked::default() });
            }
            Seen::Input(_) => {
                self.clocks.look(world, host);
                self.look_at_peer_time(world, host);
            }
            Seen::Output(Output::Store { .. }) => {
                self.hosts.entry(host).or_default().is_stale = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn at_rest(&mut self, world: &World, host: Host) -> Result<(), String> {
        let looked = self.hosts.get(&host).copied().unwrap_or_default();
        let now = world.now(host);
        if world.is_rogue(host) || now.mono.since(looked.at) < PAUSE {
            return Ok(());
        }
        let docket = self.court.rulings(world, host).first().map(|ruling| ruling.docket);
        if looked.is_stale || looked.docket != docket || looked.until <= now.wall {
            self.check_host(world, host)?;
        }
        Ok(())
    }

    fn in_the_end(
        &mut self,
        world: &mut World,
        _group: GroupId,
        members: &[Host],
    ) -> Result<(), String> {
        for host in members.iter().filter(|host| !world.is_rogue(**host)) {
            self.check_host(world, *host).map_err(|text| format!("in the end, {host}: {text}"))?;
        }
        Ok(())
    }
}

/// One look at one host's versions.
struct View<'a> {
    law: &'a Law,
    defers: bool,
    /// The earliest and the latest that it may be.
    from: UnixTime,
    to: UnixTime,
}

impl View<'_> {
    /// Whether each version may be held where it is.
    fn held(&self, versions: &[AuditedVersion]) -> Result<(), String> {
        for version in versions {
            let tenure = self.law.tenure(version.cred);
            let is_judged = tenure.is_some() && self.law.was_member(version.creator);
            if version.place == Place::Parked {
                let is_early = version.stamp.time > self.from.after(STAMP_AHEAD_MAX);
                if is_judged && !is_early {
                    return Err(format!("parked, and could be judged: {version:?}"));
                }
                continue;
            }
            if tenure.is_some_and(|tenure| tenure.holder != version.modifier) {
                return Err(format!("I5: held, and not by the holder of its tenure: {version:?}"));
            }
            if !self.defers && leaves_at(version.ceiling) <= self.from {
                return Err(format!("held beyond its ceiling: {version:?}"));
            }
        }
        Ok(())
    }

    fn standing(&self, found: &Shelf, versions: &[AuditedVersion]) -> Result<(), String> {
        for version in versions {
            let stands = matches!(version.place, Place::Visible | Place::Standing);
            let is_crowded =
                [version.creator, version.modifier].iter().any(|peer| found.crowded.contains(peer));
            if !is_crowded && stands != found.standing.contains(&version.id) {
                let should = if stands { "stands, and should not" } else { "should stand" };
                let tenure = self.law.tenure(version.cred);
                return Err(format!("{should}: {version:?} under {tenure:?}"));
            }
        }
        Ok(())
    }

    /// Whether what is shown is what is to be shown. Gives until when that stays so.
    fn shown(&self, found: &Shelf, versions: &[AuditedVersion]) -> Result<UnixTime, String> {
        let mut until = UnixTime::MAX;
        let visible = versions.iter().filter(|version| version.place == Place::Visible);
        let mut shown: BTreeMap<RecordId, VersionId> =
            visible.map(|version| (version.record, version.id)).collect();
        if !found.crowded.is_empty() {
            return Ok(self.to);
        }
        for (record, (version, expires)) in &found.effective {
            let is_shown = shown.remove(record);
            if *expires > self.to {
                until = until.min(*expires);
            }
            let may_be_hidden = *expires <= self.to;
            let may_be_shown = *expires > self.from || self.defers;
            let is_right = match is_shown {
                Some(id) => id == *version && may_be_shown,
                None => may_be_hidden,
            };
            if !is_right {
                return Err(format!(
                    "shows {is_shown:?} of {record:?}, and should {version:?} until {expires:?}"
                ));
            }
        }
        match shown.first_key_value() {
            Some((record, version)) => {
                Err(format!("shows {version:?} of {record:?}, and none counts"))
            }
            None => Ok(until),
        }
    }
}

/// What an application is shown is what the audit says that it is.
fn same_as_audited(
    shown: &BTreeSet<(RecordId, VersionId)>,
    versions: &[AuditedVersion],
) -> Result<(), String> {
    let visible = versions.iter().filter(|version| version.place == Place::Visible);
    let audited: BTreeSet<_> = visible.map(|version| (version.record, version.id)).collect();
    match shown.symmetric_difference(&audited).next() {
        None => Ok(()),
        Some(odd) => Err(format!("{odd:?} is shown and not visible, or visible and not shown")),
    }
}

/// What a search finds by the index is what it finds by looking at all that is shown: the first
/// record by its type, and whatever was modified no earlier.
fn searched(world: &World, host: Host, seat: Seat) -> Result<(), String> {
    let node = world.node(host);
    let shown: Vec<Record> = node.records(seat, None).into_iter().flatten().collect();
    let Some(first) = shown.first() else { return Ok(()) };
    let of_type = Subject::RecordType.equal(first.type_id);
    let since = Subject::Modified.greater_or_equal(first.modified.time);
    for query in [of_type, since] {
        let query: Query = query.map_err(|error| error.to_string())?;
        let found: BTreeSet<RecordId> =
            node.search(seat, &query).into_iter().flatten().map(|record| record.id).collect();
        let meant = shown.iter().filter(|record| query.matches(record)).map(|record| record.id);
        if let Some(odd) = found.symmetric_difference(&meant.collect()).next() {
            return Err(format!("a search for {query:?} is wrong about {odd:?}"));
        }
        if !found.contains(&first.id) {
            return Err(format!("a search for {query:?} misses {:?}", first.id));
        }
    }
    Ok(())
}

/// A number for a set of versions, and for what the node makes of each.
fn fingerprint(versions: &[AuditedVersion]) -> u128 {
    versions.iter().fold(0, |sum: u128, version| {
        let turn = match version.place {
            Place::Visible => 0,
            Place::Standing => 1,
            Place::Dormant => 2,
            _ => 3,
        };
        sum.wrapping_add(id_number(version.id.as_bytes()).rotate_left(turn))
    })
}

#[cfg(test)]
mod tests;
