//! Nothing leaves before it is durable.
//!
//! Promised (C6): between a store operation and the `Stored` that answers it, no statement and no
//! version in it is in the bytes that the node sends on an established link: neither what its
//! application published nor what it passes on. That a whole value is sent at once, and in the
//! bytes in which it is stored, follows from the formats; that this oracle finds any is tested.
//!
//! Excused: rogues; handshakes, in which a peer shows the chain of grants by which it is a member:
//! an invitation is good before it is stored; and an item under whose key an item is durable
//! already: a statement that was held with its lists as a hash is written again once they are
//! known, and what was promised by having it was promised before.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use peergroup_core::{Change, Input, LinkId, Output, StoreOp, Ticket};

use crate::host::Host;
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// The tables of the store in which signed items lie: the first letters of their keys, and how long
/// the sum is that follows each item.
const ITEMS: [(u8, usize); 2] = [(b's', 0), (b'r', 8)];

/// Watches what leaves.
#[derive(Debug, Default)]
pub(crate) struct DurableFirst {
    hosts: BTreeMap<Host, Stored>,
}

/// What one host has written.
#[derive(Debug, Default)]
struct Stored {
    /// Operations that are not durable yet.
    pending: VecDeque<(Ticket, StoreOp)>,
    /// The keys of items that are.
    durable: BTreeSet<Bytes>,
}

impl Stored {
    /// Operations up to a ticket have ended.
    fn end(&mut self, through: Ticket, is_durable: bool) {
        while self.pending.front().is_some_and(|(of, _)| *of <= through) {
            let Some((_, op)) = self.pending.pop_front() else { return };
            for change in op.changes.iter().filter(|_| is_durable) {
                match change {
                    Change::Put { key, .. } if is_item(key) => {
                        self.durable.insert(key.clone());
                    }
                    Change::Put { .. } => {}
                    Change::Delete { key } => {
                        self.durable.remove(key);
                    }
                    Change::DeletePrefix { prefix } => {
                        self.durable.retain(|key| !key.starts_with(prefix));
                    }
                }
            }
        }
    }

    /// Items that nothing durable stands for yet.
    fn items(&self) -> impl Iterator<Item = (Ticket, &[u8])> {
        self.pending.iter().flat_map(|(ticket, op)| {
            let items = op.changes.iter().filter_map(item);
            let new = items.filter(|(key, _)| !self.durable.contains(*key));
            new.map(|(_, item)| (*ticket, item))
        })
    }
}

impl DurableFirst {
    fn sent(&self, world: &World, host: Host, link: LinkId, bytes: &[u8]) -> Result<(), String> {
        if world.is_rogue(host) {
            return Ok(());
        }
        let Some(stored) = self.hosts.get(&host) else { return Ok(()) };
        let leaves = stored.items().find(|(_, item)| contains(bytes, item));
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
            Seen::Output(Output::Store { ticket, op }) => {
                let stored = self.hosts.entry(host).or_default();
                stored.pending.push_back((*ticket, op.clone()));
            }
            Seen::Input(Input::Stored { ticket, outcome }) => {
                self.hosts.entry(host).or_default().end(*ticket, outcome.is_ok());
            }
            Seen::Input(Input::Loaded { outcome: Ok(loaded), .. }) => {
                let keys = loaded.entries.iter().map(|(key, _)| key);
                let keys = keys.filter(|key| is_item(key)).cloned();
                self.hosts.entry(host).or_default().durable.extend(keys);
            }
            Seen::Crashed => {
                self.hosts.remove(&host);
            }
            Seen::Sent { link, bytes } => return self.sent(world, host, *link, bytes),
            _ => {}
        }
        Ok(())
    }
}

fn is_item(key: &Bytes) -> bool {
    sum_after(key).is_some()
}

/// How long the sum behind the item under this key is; none if no item lies there.
fn sum_after(key: &Bytes) -> Option<usize> {
    let (_, sum) = ITEMS.iter().find(|(table, _)| key.first() == Some(table))?;
    Some(*sum)
}

/// The signed item that a change of the store writes, and its key, if it writes one.
fn item(change: &Change) -> Option<(&Bytes, &[u8])> {
    let Change::Put { key, value } = change else { return None };
    let end = value.len().checked_sub(sum_after(key)?)?;
    Some((key, value.get(..end)?))
}

/// Whether `part` is in `whole`.
fn contains(whole: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && whole.len() >= part.len() && whole.windows(part.len()).any(|it| it == part)
}

#[cfg(test)]
mod tests;
