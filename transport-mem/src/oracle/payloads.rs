//! Nothing is left of a payload that nothing names, and of one that is here nothing lacks.
//!
//! Promised: in the end the rows of large payloads on a host's disk are those of payloads that
//! versions held there name, and of each that is said to be here there are all parts. That whoever
//! can have a payload has it is part of what hosts agree on.
//!
//! Excused: rogues, and disks that gave back other bytes than they were given.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use peergroup_core::limits::PAYLOAD_LEAF_BYTES;
use peergroup_core::{GroupId, LargePayload, PayloadId, Seat};

use crate::host::Host;
use crate::oracle::Oracle;
use crate::world::World;

/// The table in which payloads lie, and that of their parts: the first letters of the keys.
const PAYLOADS: u8 = b'l';
const PARTS: u8 = b'm';
/// Bytes of a key before its number: the table and the seat.
const SEAT_END: usize = 1 + 32 + 32;

/// Looks at disks in the end.
#[derive(Debug, Default)]
pub(crate) struct Payloads;

impl Oracle for Payloads {
    fn name(&self) -> &'static str {
        "payloads"
    }

    fn in_the_end(
        &mut self,
        world: &mut World,
        group: GroupId,
        members: &[Host],
    ) -> Result<(), String> {
        let honest = |host: &&Host| !world.is_rogue(**host) && world.has_sound_disk(**host);
        for host in members.iter().filter(honest) {
            let rows = Rows::of(world, *host, world.seat(*host, group));
            rows.check().map_err(|text| format!("in the end, {host}: {text}"))?;
        }
        Ok(())
    }
}

/// What one host's disk holds of large payloads, and what it should.
#[derive(Debug)]
struct Rows {
    /// By number: what a row begins with.
    payloads: BTreeMap<Vec<u8>, Bytes>,
    /// By number: how many parts there are.
    parts: BTreeMap<Vec<u8>, usize>,
    /// The payloads that are named, and whether each is said to be here.
    named: BTreeMap<PayloadId, bool>,
}

impl Rows {
    fn of(world: &World, host: Host, seat: Seat) -> Self {
        let rows = |table: u8| {
            let seat = [&[table][..], seat.identity.as_bytes(), seat.group.as_bytes()].concat();
            world.machine(host).disk.load(&seat, &[], usize::MAX).0
        };
        let number = |key: &Bytes| key.get(SEAT_END..SEAT_END + 8).unwrap_or_default().to_vec();
        let mut parts = BTreeMap::new();
        for (key, _) in rows(PARTS) {
            let count: &mut usize = parts.entry(number(&key)).or_default();
            *count = count.saturating_add(1);
        }
        let versions = world.node(host).versions(seat).into_iter().flatten();
        let mut named: BTreeMap<PayloadId, bool> =
            versions.filter_map(|version| version.large).map(|id| (id, false)).collect();
        let records = world.node(host).records(seat, None).into_iter().flatten();
        let here = records.filter_map(|record| record.large).filter(LargePayload::is_here);
        named.extend(here.map(|large| (large.id, true)));
        let payloads = rows(PAYLOADS).into_iter().map(|(key, value)| (number(&key), value));
        Self { payloads: payloads.collect(), parts, named }
    }

    fn check(&self) -> Result<(), String> {
        if let Some(number) = self.parts.keys().find(|number| !self.payloads.contains_key(*number))
        {
            return Err(format!("parts of no payload: {number:?}"));
        }
        let mut whole = BTreeSet::new();
        for (number, row) in &self.payloads {
            // an option that is there, and then the root
            let root = row.get(1..33).unwrap_or_default();
            let found = self.named.keys().find(|id| id.root() == root);
            let Some(id) = found else {
                return Err(format!("a payload that no version names: {number:?}"));
            };
            if self.parts.get(number).copied().unwrap_or_default() == parts_of(*id) {
                whole.insert(*id);
            }
        }
        let said = self.named.iter().filter(|(_, is_here)| **is_here).map(|(id, _)| *id);
        match said.into_iter().find(|id| !whole.contains(id)) {
            Some(id) => Err(format!("said to be here, and is not: {id:?}")),
            None => Ok(()),
        }
    }
}

/// How many rows a payload has that is whole: its leaves, and their hashes if there are several.
fn parts_of(id: PayloadId) -> usize {
    let leaves = usize::try_from(id.size()).unwrap_or(usize::MAX).div_ceil(PAYLOAD_LEAF_BYTES);
    if leaves > 1 { leaves.saturating_add(1) } else { leaves }
}

#[cfg(test)]
mod tests;
