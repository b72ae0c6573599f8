//! A stranger cannot make a node send much.
//!
//! Promised (I7, attack R09): on a link that was accepted and is not authenticated, a node sends at
//! most four times the bytes that came in on it, and beyond that only its last word, a denial: at
//! most [`LAST_WORD`] bytes, with which the link ends.
//!
//! Not watched: links that the node dialled, where it speaks first. Excused: nodes of rogues.

use std::collections::BTreeMap;

use peergroup_core::limits::HANDSHAKE_FRAME_BYTES_MAX;
use peergroup_core::{Input, LinkId, Output};

use crate::host::Host;
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// How many times the bytes that came in may go out.
const RATIO: usize = 4;
/// Bytes of a denial with its evidence: one frame of a handshake.
const LAST_WORD: usize = HANDSHAKE_FRAME_BYTES_MAX + 4;

/// Watches links before they are authenticated.
#[derive(Debug, Default)]
pub(crate) struct Amplification(BTreeMap<(Host, LinkId), Account>);

/// What went over a link.
#[derive(Debug, Default)]
struct Account {
    received: usize,
    sent: usize,
    /// Of what was sent, how much was beyond the ratio when it was.
    beyond: usize,
    is_hung_up: bool,
}

impl Account {
    /// Whether so much may be sent.
    fn send(&mut self, bytes: usize) -> bool {
        self.sent = self.sent.saturating_add(bytes);
        let allowed = self.received.saturating_mul(RATIO).saturating_add(self.beyond);
        self.beyond = self.beyond.saturating_add(self.sent.saturating_sub(allowed));
        self.beyond == 0 || (self.is_hung_up && self.beyond <= LAST_WORD)
    }
}

impl Oracle for Amplification {
    fn name(&self) -> &'static str {
        "amplification"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Accepted(link) => {
                self.0.insert((host, *link), Account::default());
            }
            Seen::Input(Input::Received { link, bytes }) => {
                if let Some(account) = self.0.get_mut(&(host, *link)) {
                    account.received = account.received.saturating_add(bytes.len());
                }
            }
            Seen::Output(Output::Hangup { link }) => {
                if let Some(account) = self.0.get_mut(&(host, *link)) {
                    account.is_hung_up = true;
                }
            }
            Seen::Input(Input::LinkDown { link, .. }) => {
                self.0.remove(&(host, *link));
            }
            Seen::Crashed => self.0.retain(|(of, _), _| *of != host),
            Seen::Sent { link, bytes } => return self.sent(world, host, *link, bytes.len()),
            _ => {}
        }
        Ok(())
    }
}

impl Amplification {
    fn sent(
        &mut self,
        world: &World,
        host: Host,
        link: LinkId,
        bytes: usize,
    ) -> Result<(), String> {
        let Some(account) = self.0.get_mut(&(host, link)) else { return Ok(()) };
        if world.is_rogue(host) || world.node(host).is_authenticated(link) == Some(true) {
            self.0.remove(&(host, link));
            return Ok(());
        }
        if account.send(bytes) {
            return Ok(());
        }
        Err(format!("I7: {link:?} is not authenticated, and {bytes} more bytes leave: {account:?}"))
    }
}

#[cfg(test)]
mod tests;
