//! Nothing leaves before it is durable.
//!
//! Promised (C6): between a store operation and the `Stored` that answers it, no statement and no
//! version in it is in the bytes that the node sends on an established link: neither what its
//! application published nor what it passes on. That a whole value is sent at once, and in the
//! bytes in which it is stored, follows from the formats; that this oracle finds any is tested.
//!
//! Excused: handshakes, in which a peer shows the chain of grants by which it is a member: an
//! invitation is good before it is stored. Rogues.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use peergroup_core::{Change, Input, LinkId, Output, Ticket};

use crate::host::Host;
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// The tables of the store in which signed items lie: the first letters of their keys.
const ITEMS: [u8; 2] = [b's', b'r'];

/// Watches what leaves.
#[derive(Debug, Default)]
pub(crate) struct DurableFirst {
    pending: BTreeMap<Host, VecDeque<(Ticket, Bytes)>>,
}

impl DurableFirst {
    fn sent(&self, world: &World, host: Host, link: LinkId, bytes: &[u8]) -> Result<(), String> {
        let Some(pending) = self.pending.get(&host) else { return Ok(()) };
        let leaves = pending.iter().find(|(_, item)| contains(bytes, item));
        match leaves {
            Some((ticket, item)) if world.node(host).is_authenticated(link) == Some(true) => {
                let size = item.len();
                Err(format!("C6: an item of {size} bytes leaves on {link:?} before {ticket}"))
            }
            _ => Ok(()),
        }
    }
}

impl Oracle for DurableFirst {
    fn name(&self) -> &'static str {
        "durable first"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Output(Output::Store { ticket, op }) if !world.is_rogue(host) => {
                let pending = self.pending.entry(host).or_default();
                let items = op.changes.iter().filter_map(item);
                pending.extend(items.map(|item| (*ticket, item.clone())));
            }
            Seen::Input(Input::Stored { ticket, .. }) => {
                if let Some(pending) = self.pending.get_mut(&host) {
                    while pending.front().is_some_and(|(of, _)| of <= ticket) {
                        pending.pop_front();
                    }
                }
            }
            Seen::Crashed => {
                self.pending.remove(&host);
            }
            Seen::Sent { link, bytes } => return self.sent(world, host, *link, bytes),
            _ => {}
        }
        Ok(())
    }
}

/// The signed item that a change of the store writes, if it writes one.
fn item(change: &Change) -> Option<&Bytes> {
    match change {
        Change::Put { key, value } if key.first().is_some_and(|it| ITEMS.contains(it)) => {
            Some(value)
        }
        _ => None,
    }
}

/// Whether `part` is in `whole`.
fn contains(whole: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && whole.len() >= part.len() && whole.windows(part.len()).any(|it| it == part)
}

#[cfg(test)]
mod tests;
