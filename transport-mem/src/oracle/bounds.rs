//! Nothing grows beyond its bound.
//!
//! Promised (I6):
//! - every gauge of a node is within its bound when the node is at rest; looked at every few times
//!   that it is, more often while much arrives, and in the end;
//! - what can be seen from outside is within its bound too: a read is at most 64 KiB, a frame is
//!   never empty nor longer than its kind may be, and so are keys, values and questions to the
//!   store.
//!
//! Excused: nodes of rogues, whose bytes are not their own. Not excused: whoever meets rogues.

use std::collections::BTreeMap;

use peergroup_core::limits::{
    DIRECT_FRAME_BYTES_MAX, HANDSHAKE_FRAME_BYTES_MAX, LOAD_BYTES_MAX, RECEIVED_BYTES_MAX,
};
use peergroup_core::{Change, GroupId, Input, LinkId, Output};

use crate::host::Host;
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// How often a node rests between two looks at its gauges.
const RESTS: u32 = 32;
/// How much arrives between two looks.
const ARRIVED: usize = 256 * 1024;
/// Bytes of a key of the store.
const KEY_BYTES_MAX: usize = 160;
/// Bytes of a value of the store.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// Watches bounds.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    hosts: BTreeMap<Host, Measured>,
    frames: BTreeMap<(Host, LinkId), Frames>,
}

/// What happened at a host since its gauges were looked at.
#[derive(Debug, Default)]
struct Measured {
    rests: u32,
    arrived: usize,
}

/// Takes frames apart as they are sent.
#[derive(Debug, Default)]
struct Frames {
    /// Bytes of the length that are known.
    prefix: Vec<u8>,
    /// Bytes of the body that are still to come.
    left: usize,
}

impl Frames {
    /// Reads on. Gives the first length that is out of bounds.
    fn read(&mut self, mut bytes: &[u8], max: usize) -> Result<(), usize> {
        while !bytes.is_empty() {
            let body = self.left.min(bytes.len());
            self.left = self.left.saturating_sub(body);
            bytes = bytes.get(body..).unwrap_or_default();
            while let Some((byte, rest)) = bytes.split_first()
                && self.left == 0
            {
                self.prefix.push(*byte);
                bytes = rest;
                if let Ok(length) = <[u8; 4]>::try_from(self.prefix.as_slice()) {
                    self.prefix.clear();
                    self.left = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
                    if self.left == 0 || self.left > max {
                        return Err(self.left);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Bounds {
    fn gauges(&mut self, world: &World, host: Host) -> Result<(), String> {
        self.hosts.insert(host, Measured::default());
        match world.node(host).usage().exceeded().next() {
            Some(gauge) => Err(format!("I6: {gauge:?}")),
            None => Ok(()),
        }
    }

    fn sent(
        &mut self,
        world: &World,
        host: Host,
        link: LinkId,
        bytes: &[u8],
    ) -> Result<(), String> {
        let is_up = world.node(host).is_authenticated(link) != Some(false);
        let max = if is_up { DIRECT_FRAME_BYTES_MAX } else { HANDSHAKE_FRAME_BYTES_MAX };
        let frames = self.frames.entry((host, link)).or_default();
        frames.read(bytes, max).map_err(|length| format!("I6: sends a frame of {length} bytes"))
    }
}

impl Oracle for Bounds {
    fn name(&self) -> &'static str {
        "bounds"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Input(Input::Received { bytes, .. }) => {
                let measured = self.hosts.entry(host).or_default();
                measured.arrived = measured.arrived.saturating_add(bytes.len());
                within("a read", bytes.len(), RECEIVED_BYTES_MAX)
            }
            Seen::Input(Input::LinkDown { link, .. }) => {
                self.frames.remove(&(host, *link));
                Ok(())
            }
            Seen::Crashed => {
                self.frames.retain(|(of, _), _| *of != host);
                Ok(())
            }
            Seen::Sent { link, bytes } if !world.is_rogue(host) => {
                self.sent(world, host, *link, bytes)
            }
            Seen::Output(Output::Store { op, .. }) => op.changes.iter().try_for_each(change),
            Seen::Output(Output::Load { query, .. }) => {
                within("an answer", query.limit, LOAD_BYTES_MAX)
            }
            _ => Ok(()),
        }
    }

    fn at_rest(&mut self, world: &World, host: Host) -> Result<(), String> {
        let measured = self.hosts.entry(host).or_default();
        measured.rests = measured.rests.saturating_add(1);
        let is_due = measured.rests >= RESTS || measured.arrived >= ARRIVED;
        if world.is_rogue(host) || !is_due || !world.is_running(host) {
            return Ok(());
        }
        self.gauges(world, host)
    }

    fn in_the_end(
        &mut self,
        world: &mut World,
        _group: GroupId,
        members: &[Host],
    ) -> Result<(), String> {
        let honest = members.iter().filter(|host| !world.is_rogue(**host));
        honest.copied().collect::<Vec<_>>().into_iter().try_for_each(|it| self.gauges(world, it))
    }
}

fn change(change: &Change) -> Result<(), String> {
    let (key, value) = match change {
        Change::Put { key, value } => (key, value.len()),
        Change::Delete { key } | Change::DeletePrefix { prefix: key } => (key, 0),
    };
    if key.is_empty() {
        return Err("I6: an empty key".to_owned());
    }
    within("a key", key.len(), KEY_BYTES_MAX)?;
    within("a value", value, VALUE_BYTES_MAX)
}

fn within(what: &str, size: usize, max: usize) -> Result<(), String> {
    if size <= max { Ok(()) } else { Err(format!("I6: {what} of {size} bytes, at most {max}")) }
}

#[cfg(test)]
mod tests;
