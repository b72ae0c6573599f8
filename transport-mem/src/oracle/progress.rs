//! No host is busy for nothing.
//!
//! Promised (I15), beside what the world itself checks (that outputs end, that a drained node wants
//! to be woken later, and that no host takes a hundred thousand turns at one moment): in no virtual
//! second does a host wake for more deadlines, dial more often, or hand out more outputs beyond
//! those that follow from its inputs, than anything needs that goes forward.
//!
//! Excused: nodes of rogues. The bounds are many times what random worlds have ever shown, and far
//! below what a host reaches that plays ball with itself or with another.

use std::collections::BTreeMap;

use peergroup_core::{Input, Output};

use crate::host::Host;
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// Deadlines that a host wakes for in a second.
const TICKS_MAX: u32 = 500;
/// Links that it dials in a second.
const DIALS_MAX: u32 = 300;
/// Links that come in or go down in a second.
const LINKS_MAX: u32 = 5_000;
/// Outputs in a second that no input brought about.
const OUTPUTS_MAX: u32 = 10_000;
/// Outputs that one input may bring about: an item may come as one byte of a frame, and make a
/// store operation, events for every registration, and bytes on every link.
const OUTPUTS_PER_INPUT: u32 = 300;

/// Watches for spinning.
#[derive(Debug, Default)]
pub(crate) struct Progress(BTreeMap<Host, Second>);

/// What a host did in one second.
#[derive(Debug, Default)]
struct Second {
    at: u64,
    ticks: u32,
    dials: u32,
    links: u32,
    inputs: u32,
    outputs: u32,
}

impl Second {
    fn count(&mut self, second: u64, seen: &Seen<'_>) {
        if self.at != second {
            *self = Self { at: second, ..Self::default() };
        }
        let add = |count: &mut u32| *count = count.saturating_add(1);
        match seen {
            Seen::Input(Input::Tick) => add(&mut self.ticks),
            Seen::Input(Input::LinkDown { .. } | Input::LinkUp { .. }) | Seen::Accepted(_) => {
                add(&mut self.links);
                add(&mut self.inputs);
            }
            Seen::Input(_) | Seen::Did { .. } => add(&mut self.inputs),
            Seen::Output(output) => {
                add(&mut self.outputs);
                if matches!(output, Output::Dial { .. }) {
                    add(&mut self.dials);
                }
            }
            _ => {}
        }
    }

    fn check(&self) -> Result<(), String> {
        let allowed = OUTPUTS_MAX.saturating_add(self.inputs.saturating_mul(OUTPUTS_PER_INPUT));
        let is_fine = self.ticks <= TICKS_MAX
            && self.dials <= DIALS_MAX
            && self.links <= LINKS_MAX
            && self.outputs <= allowed;
        if is_fine { Ok(()) } else { Err(format!("I15: it spins: {self:?}")) }
    }
}

impl Oracle for Progress {
    fn name(&self) -> &'static str {
        "progress"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        if world.is_rogue(host) {
            return Ok(());
        }
        let second = self.0.entry(host).or_default();
        second.count(world.elapsed().as_secs(), seen);
        second.check()
    }
}

#[cfg(test)]
mod tests;
