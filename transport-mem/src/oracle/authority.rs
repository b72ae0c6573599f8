//! Roles are what the statements say: at every host, whenever its set or the time has changed.
//!
//! Promised, by a model of its own ([`crate::oracle::law`]):
//! - I2: every statement held is signed under a chain of grants to the genesis that allows it, and
//!   nobody has a role without a grant in force that is worth it;
//! - I3: the creator is an Admin, for ever;
//! - I4: properties are those that the creator set last;
//! - nobody who is a member is missing, and every role is the one that follows from the set;
//! - a node acts in no greater role than it has.
//!
//! Excused: nodes of rogues. Not excused: unsound disks, since roles follow from whatever is held.
//! Where a host's calendar has jumped, the role of any moment in between will do.

use std::collections::BTreeMap;

use peergroup_core::{PeerId, Role, Seat, UnixTime};

use crate::host::Host;
use crate::oracle::clocks::Clocks;
use crate::oracle::court::{Court, Docket, Ruling};
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// Watches roles and properties.
#[derive(Debug)]
pub(crate) struct Authority {
    court: Court,
    clocks: Clocks,
    /// What was found good, and from when until when it stays so.
    good: BTreeMap<(Host, Seat), (Docket, UnixTime, UnixTime)>,
}

impl Authority {
    pub(crate) fn new(court: &Court) -> Self {
        Self { court: court.clone(), clocks: Clocks::default(), good: BTreeMap::new() }
    }

    fn check(&mut self, world: &World, host: Host, ruling: &Ruling) -> Result<(), String> {
        let key = (host, ruling.seat);
        let now = world.now(host).wall;
        let known = self.good.get(&key);
        if known
            .is_some_and(|(docket, from, to)| *docket == ruling.docket && *from <= now && now < *to)
        {
            return Ok(());
        }
        chains(ruling)?;
        let span = self.clocks.span(world, host);
        roles(world, host, ruling, span)?;
        properties(world, host, ruling)?;
        let stays = ruling.law.stays_until(span.0).min(ruling.law.stays_until(now));
        self.good.insert(key, (ruling.docket, now, stays));
        Ok(())
    }
}

impl Oracle for Authority {
    fn name(&self) -> &'static str {
        "authority"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Started => self.clocks.restart(host),
            Seen::Input(_) => self.clocks.look(world, host),
            Seen::Crashed => self.good.retain(|(of, _), _| *of != host),
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

fn chains(ruling: &Ruling) -> Result<(), String> {
    match ruling.law.unlawful().first() {
        None => Ok(()),
        Some(id) => Err(format!("I2: holds {id}, which its author had no right to sign")),
    }
}

fn roles(
    world: &World,
    host: Host,
    ruling: &Ruling,
    (from, to): (UnixTime, UnixTime),
) -> Result<(), String> {
    let (node, law, seat) = (world.node(host), &ruling.law, ruling.seat);
    let Ok(members) = node.members(seat) else { return Ok(()) };
    let mut expected = law.members(to);
    for member in members {
        let (peer, role) = (member.peer, member.role);
        expected.remove(&peer);
        let at = [to, from, world.now(host).wall];
        if !at.iter().any(|at| law.role(peer, *at) == Some(role)) {
            let says = law.role(peer, to);
            return Err(format!("I2: {peer:?} is listed as {role:?}, and should be {says:?}"));
        }
        let is_creator = peer == law.creator();
        if is_creator != member.is_creator || is_creator && role != Role::Admin {
            return Err(format!("I3: the creator is not listed as what it is: {member:?}"));
        }
        let by = law.worths(peer).iter();
        if !is_creator && !by.clone().any(|worth| worth.issuer == member.issuer) {
            return Err(format!("I2: {peer:?} is listed with an issuer who gave it no role"));
        }
    }
    let is_missing = |(peer, _): &(&PeerId, &Role)| {
        [from, world.now(host).wall].iter().all(|at| law.role(**peer, *at).is_some())
    };
    if let Some((peer, role)) = expected.iter().find(is_missing) {
        return Err(format!("{peer:?} should be {role:?}, and is not listed"));
    }
    own_role(world, host, ruling, [from, to, world.now(host).wall])
}

/// A newer role takes effect when the node connects again, a lesser one at once.
fn own_role(world: &World, host: Host, ruling: &Ruling, at: [UnixTime; 3]) -> Result<(), String> {
    let Ok(acting) = world.node(host).role(ruling.seat) else { return Ok(()) };
    let most = at.iter().map(|at| ruling.law.role(ruling.seat.identity, *at)).max().flatten();
    if acting <= most {
        return Ok(());
    }
    Err(format!("I2: acts as {acting:?} with the role {most:?}"))
}

fn properties(world: &World, host: Host, ruling: &Ruling) -> Result<(), String> {
    let Ok(properties) = world.node(host).properties(ruling.seat) else { return Ok(()) };
    match ruling.law.properties() {
        Some(expected) if *expected != properties => {
            Err(format!("I4: shows {properties:?}, and the creator set {expected:?}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
