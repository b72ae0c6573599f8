//! Nobody is admitted who has no right to be.
//!
//! Promised (I1), whenever a node is at rest: whoever is at the other end of an established link or
//! a direct connection is a member by what the node itself holds, as the node says and as the model
//! of authority says; it is the very peer that the transport leads to; no link through somebody in
//! the middle was ever established; and a node that was removed itself has none of the links left
//! that it had before. It may ask anew whether its removal holds.
//!
//! That no new statement or version of somebody removed counts is what `authority` and `records`
//! watch: what counts by their models is all that the node may show.
//!
//! Excused: nodes of rogues; a node that resigned and stays until a neighbour knows; one that has a
//! grant whose window is closed by its own calendar alone, since the other end judges; and where a
//! host's calendar has jumped, a member at any moment in between will do.

use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::{ConnectionInfo, GroupId, LinkId, PeerId, UnixTime};

use crate::host::Host;
use crate::oracle::clocks::Clocks;
use crate::oracle::court::{Court, Docket, Ruling};
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// Watches links.
#[derive(Debug)]
pub(crate) struct Admission {
    court: Court,
    clocks: Clocks,
    hosts: BTreeMap<Host, Door>,
}

/// Who comes to a host, and where it goes.
#[derive(Debug, Default)]
struct Door {
    /// What was found good.
    good: Vec<(Docket, Vec<ConnectionInfo>, UnixTime, UnixTime)>,
    /// The links of each group that were up when the host was last a member.
    as_member: BTreeMap<GroupId, BTreeSet<LinkId>>,
}

impl Door {
    fn keeps_none_when_removed(
        &mut self,
        ruling: &Ruling,
        links: &[ConnectionInfo],
    ) -> Result<(), String> {
        let up = links.iter().filter(|info| info.is_up).filter_map(|info| info.link);
        let as_member = self.as_member.entry(ruling.seat.group).or_default();
        if !is_out(ruling) {
            *as_member = up.collect();
            return Ok(());
        }
        let kept = up.into_iter().find(|link| as_member.contains(link));
        kept.map_or(Ok(()), |link| Err(format!("I1: is no member and keeps a link: {link:?}")))
    }
}

impl Admission {
    pub(crate) fn new(court: &Court) -> Self {
        Self { court: court.clone(), clocks: Clocks::default(), hosts: BTreeMap::new() }
    }

    fn check(&mut self, world: &World, host: Host, ruling: &Ruling) -> Result<(), String> {
        let Ok(links) = world.node(host).connections(ruling.seat) else { return Ok(()) };
        let now = world.now(host).wall;
        let door = self.hosts.entry(host).or_default();
        let is_good = door.good.iter().any(|(docket, good, from, to)| {
            *docket == ruling.docket && *good == links && *from <= now && now < *to
        });
        if is_good {
            return Ok(());
        }
        let span = self.clocks.span(world, host);
        for link in links.iter().filter(|link| link.is_up) {
            is_welcome(world, host, ruling, link, span)?;
        }
        door.keeps_none_when_removed(ruling, &links)?;
        let stays = ruling.law.stays_until(span.0).min(ruling.law.stays_until(now));
        door.good.retain(|(docket, ..)| docket.0 != ruling.docket.0);
        door.good.push((ruling.docket, links, now, stays));
        Ok(())
    }
}

impl Oracle for Admission {
    fn name(&self) -> &'static str {
        "admission"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        let door = self.hosts.entry(host).or_default();
        match seen {
            Seen::Started => {
                *door = Door::default();
                self.clocks.restart(host);
            }
            Seen::Input(_) => self.clocks.look(world, host),
            _ => {}
        }
        Ok(())
    }

    fn at_rest(&mut self, world: &World, host: Host) -> Result<(), String> {
        if world.is_rogue(host) {
            return Ok(());
        }
        for ruling in self.court.rulings(world, host).iter() {
            self.check(world, host, ruling)?;
        }
        Ok(())
    }
}

type Span = (UnixTime, UnixTime);

fn may_be_member(ruling: &Ruling, peer: PeerId, (from, to): Span) -> bool {
    [from, to].iter().any(|at| ruling.law.role(peer, *at).is_some())
}

/// Whether the peer at the other end of a link that is up may be there.
fn is_welcome(
    world: &World,
    host: Host,
    ruling: &Ruling,
    info: &ConnectionInfo,
    span: Span,
) -> Result<(), String> {
    let member = world.node(host).member(ruling.seat, info.peer);
    let is_steady = ruling.law.role(info.peer, span.0) == ruling.law.role(info.peer, span.1);
    if is_steady && member.is_ok_and(|member| member.is_none()) {
        return Err(format!("I1: linked to whom it lists as no member: {info:?}"));
    }
    if !may_be_member(ruling, info.peer, span) {
        return Err(format!("I1: linked to somebody who is no member: {info:?}"));
    }
    if info.link.is_some_and(|link| world.is_relayed(host, link)) {
        return Err(format!("I1: somebody in the middle is let through: {info:?}"));
    }
    let end = info.link.and_then(|link| world.far_end(host, link));
    match end {
        Some(end) if !world.is_rogue(end) && world.peer(end) != info.peer => {
            Err(format!("I1: takes {end} for somebody else: {info:?}"))
        }
        _ => Ok(()),
    }
}

/// Whether the host was removed, by what it holds itself. Who is outside of its window may still
/// look for somebody whose clock says otherwise.
fn is_out(ruling: &Ruling) -> bool {
    let me = ruling.seat.identity;
    let is_member_ever = me == ruling.law.creator() || !ruling.law.worths(me).is_empty();
    !is_member_ever && !ruling.law.has_resigned(me)
}

#[cfg(test)]
mod tests;
