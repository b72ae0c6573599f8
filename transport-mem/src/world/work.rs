//! Work: how much nodes do, so that none does it for ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use peergroup_core::Input;

use crate::host::Host;
use crate::pulse::Pulse;
use crate::world::World;

/// What nodes do, counted.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// How many more inputs are allowed, if that is bounded.
    left: Option<u64>,
    /// The inputs of each host since the bound was set.
    inputs: BTreeMap<Host, u64>,
    /// Who looks on.
    pulse: Option<Arc<Pulse>>,
}

impl World {
    /// Bounds the work of nodes: after so many inputs more, all hosts together, the world fails in
    /// the check `budget` and names the host that had the most of them. A seed comes to an end so,
    /// whatever its nodes do.
    pub fn allow(&mut self, inputs: u64) {
        self.work.left = Some(inputs);
        self.work.inputs.clear();
    }

    /// Shows another thread what this world is at.
    pub(crate) fn feel(&mut self, pulse: Arc<Pulse>) {
        self.work.pulse = Some(pulse);
    }

    /// A host's node is about to be called.
    pub(super) fn beat(&self, host: Host, doing: &'static str) {
        if let Some(pulse) = &self.work.pulse {
            pulse.call(host, doing);
        }
    }

    /// A host's node is about to be told something.
    pub(super) fn work(&mut self, host: Host, input: &Input<'_>) {
        self.beat(host, doing(input));
        let Some(left) = self.work.left.as_mut() else { return };
        if let Some(less) = left.checked_sub(1) {
            *left = less;
            let count = self.work.inputs.entry(host).or_default();
            *count = count.saturating_add(1);
        } else {
            self.end_over_budget();
        }
    }

    fn end_over_budget(&mut self) -> ! {
        let all: u64 = self.work.inputs.values().sum();
        let busiest = self.work.inputs.iter().max_by_key(|(_, count)| **count);
        let (host, count) = busiest.map_or((None, 0), |(host, count)| (Some(*host), *count));
        self.fail("budget", host, format!("{count} of {all} inputs, and no end"))
    }
}

/// What a node does with an input.
fn doing(input: &Input<'_>) -> &'static str {
    match input {
        Input::Tick => "the time has come",
        Input::LinkUp { .. } => "a link is up",
        Input::Received { .. } => "bytes were received",
        Input::LinkDown { .. } => "a link is down",
        Input::Stored { .. } => "a batch was stored",
        Input::Loaded { .. } => "the store has answered",
        _ => "something else happened",
    }
}
