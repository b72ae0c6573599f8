//! What has happened, counted over many worlds: what never happened was not tested (I16).
//!
//! No judge: it never fails. [`World::coverage`] gives what was counted in a world; the counts of
//! many worlds are merged, and [`Coverage::missing`] names what did not happen often enough. What
//! nobody but a script knows, as the ops that it did, is added by [`Coverage::add`].

mod names;

use core::fmt;
use std::collections::BTreeMap;

use peergroup_core::{Event, Input, Notice, Output};

use crate::host::Host;
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// How often each thing has happened, by its kind and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<(&'static str, &'static str), u64>);

impl Coverage {
    /// Counts something so many times more.
    pub fn add(&mut self, kind: &'static str, name: &'static str, count: u64) {
        let known = self.0.entry((kind, name)).or_default();
        *known = known.saturating_add(count);
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        for ((kind, name), count) in &other.0 {
            self.add(kind, name, *count);
        }
    }

    /// How often something has happened.
    pub fn count(&self, kind: &str, name: &str) -> u64 {
        let known = self.0.iter().find(|((of, it), _)| (*of, *it) == (kind, name));
        known.map_or(0, |(_, count)| *count)
    }

    /// Everything that has happened: kind, name and how often.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        self.0.iter().map(|((kind, name), count)| (*kind, *name, *count))
    }

    /// What has not happened as often as it is to, in words.
    pub fn missing(&self, minimums: &[(&str, &str, u64)]) -> Vec<String> {
        let counted =
            minimums.iter().map(|(kind, name, min)| (kind, name, min, self.count(kind, name)));
        let few = counted.filter(|(_, _, min, count)| count < min);
        few.map(|(kind, name, min, count)| format!("{kind}: {name}: {count} of {min}")).collect()
    }

    fn one(&mut self, kind: &'static str, name: &'static str) {
        self.add(kind, name, 1);
    }

    fn input(&mut self, input: &Input<'_>) {
        self.one("input", names::input(input));
        if let Input::LinkDown { cause, .. } = input {
            self.one("link down", names::link_down(*cause));
        }
    }

    fn output(&mut self, output: &Output) {
        self.one("output", names::output(output));
        match output {
            Output::Event { event, .. } => self.event(event),
            Output::Notice(Notice::StrangerFaulted { fault, .. }) => {
                self.one("fault", names::fault(*fault));
            }
            _ => {}
        }
    }

    fn event(&mut self, event: &Event) {
        self.one("event", names::event(event));
        match event {
            Event::RecordChanged { kind, .. } => self.one("record", names::record(*kind)),
            Event::PayloadArrived { .. } => self.one("record", "payload arrived"),
            Event::MemberChanged { change, .. } => self.one("member", names::member(*change)),
            Event::NeighbourChanged { change, .. } => {
                self.one("neighbour", names::neighbour(*change));
            }
            Event::ConnectionChanged { change, .. } => {
                self.one("connection", names::connection(*change));
                if let Some(denial) = names::connection_denial(*change) {
                    self.one("denial", names::denial(denial));
                }
            }
            Event::ConnectFailed(failure) => {
                self.one("connect failed", names::connect_failure(*failure));
                if let Some(denial) = names::connect_denial(*failure) {
                    self.one("denial", names::denial(denial));
                }
            }
            Event::PeerFaulted { fault, .. } => self.one("fault", names::fault(*fault)),
            _ => {}
        }
    }
}

impl fmt::Display for Coverage {
    /// A table: a line for each thing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, name, count) in self.counts() {
            writeln!(f, "{kind:<16} {name:<24} {count:>12}")?;
        }
        Ok(())
    }
}

/// Counts what happens in a world.
#[derive(Debug, Default)]
pub(crate) struct Counter(Coverage);

impl Oracle for Counter {
    fn name(&self) -> &'static str {
        "coverage"
    }

    fn see(&mut self, _world: &World, _host: Host, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Started => self.0.one("host", "started"),
            Seen::Crashed => self.0.one("host", "crashed"),
            Seen::Input(input) => self.0.input(input),
            Seen::Accepted(_) => self.0.one("input", "accepted"),
            Seen::Output(output) => self.0.output(output),
            Seen::Sent { .. } => {}
            Seen::Did { deed, .. } => self.0.one("deed", names::deed(*deed)),
            Seen::Befell(mishap) => self.0.one("mishap", mishap.name()),
        }
        Ok(())
    }

    fn coverage(&self) -> Option<&Coverage> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests;
