//! What calendar a host may reasonably have gone by.
//!
//! A node reads the calendar when it is called. Its deadlines run on the other clock, so that after
//! a jump of the calendar they come earlier or later by as much. Between the earliest and the
//! latest that the calendar has been, against the other clock, an oracle takes either answer. What
//! goes by peer time goes by something between the calendar and ten minutes beside it.

use core::time::Duration;
use std::collections::BTreeMap;

use peergroup_core::limits::PEER_TIME_OFFSET_MAX;
use peergroup_core::{Seat, UnixTime};

use crate::host::Host;
use crate::world::World;

/// Deadlines are in whole milliseconds: they may be so much late.
const GRAIN: Duration = Duration::from_millis(2);

/// How far the calendars of hosts have been from the clock that never jumps, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks(BTreeMap<Host, (u64, u64)>);

impl Clocks {
    /// Looks at a host's clocks. Call it for whatever happens there.
    pub(crate) fn look(&mut self, world: &World, host: Host) {
        let offset = offset(world, host);
        let (least, most) = self.0.entry(host).or_insert((offset, offset));
        *least = offset.min(*least);
        *most = offset.max(*most);
    }

    /// The node has started anew, on the clocks as they are.
    pub(crate) fn restart(&mut self, host: Host) {
        self.0.remove(&host);
    }

    /// The earliest and the latest that a host may take for now.
    pub(crate) fn span(&self, world: &World, host: Host) -> (UnixTime, UnixTime) {
        let now = offset(world, host);
        let (least, most) = self.0.get(&host).copied().unwrap_or((now, now));
        let mono = millis(world, host);
        let at = |offset: u64| UnixTime::from_millis(mono.saturating_add(offset));
        (at(least.min(now)).before(GRAIN), at(most.max(now)))
    }
}

fn millis(world: &World, host: Host) -> u64 {
    world.now(host).mono.as_micros().checked_div(1000).unwrap_or(0)
}

fn offset(world: &World, host: Host) -> u64 {
    world.now(host).wall.as_millis().saturating_sub(millis(world, host))
}

/// The earliest and the latest of a host's calendar and its peer time in a group, which is no
/// further from it than it may be.
pub(crate) fn peer_span(world: &World, host: Host, seat: Seat) -> (UnixTime, UnixTime) {
    let wall = world.now(host).wall;
    let (least, most) = (wall.before(PEER_TIME_OFFSET_MAX), wall.after(PEER_TIME_OFFSET_MAX));
    let peer = world.node(host).peer_time(seat).unwrap_or(wall).clamp(least, most);
    (peer.min(wall), peer.max(wall))
}
