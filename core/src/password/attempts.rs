//! How often a password may be guessed: failures are counted, and the count outlives a restart.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::hash::{Label, hash};
use crate::key::PeerId;
use crate::limits::{
    PASSWORD_FAILURES_DAY, PASSWORD_FAILURES_MAX, PASSWORD_FAILURES_PER_DAY_MAX,
    PASSWORD_FAILURES_WINDOW,
};
use crate::time::UnixTime;

/// The first byte of what makes a source.
const SOURCE: &[u8] = &[4];

/// Whence an attempt comes: the host that dialled, of IPv6 its /64; or the identity, when the
/// transport does not say where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Source([u8; 32]);

impl Source {
    /// Whence a peer at a remote address comes.
    pub(crate) fn of(remote: Option<&Address>, peer: PeerId) -> Self {
        let Some(remote) = remote else { return Self::named(b"peer", peer.as_bytes()) };
        let Ok(at) = remote.rest().parse::<SocketAddr>() else {
            return Self::named(b"host", remote.host().as_bytes());
        };
        match at.ip().to_canonical() {
            IpAddr::V4(ip) => Self::named(b"ip4", &ip.octets()),
            IpAddr::V6(ip) => {
                Self::named(b"ip6", ip.octets().first_chunk::<8>().unwrap_or(&[0; 8]))
            }
        }
    }

    fn named(kind: &[u8], name: &[u8]) -> Self {
        Self(hash(Label::Password, &[SOURCE, kind, &[0], name]))
    }
}

/// A wrong password.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Failure {
    at: UnixTime,
    source: Source,
}

/// The failures of the last day at one node, at most [`PASSWORD_FAILURES_PER_DAY_MAX`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Attempts {
    failures: Vec<Failure>,
}

impl Attempts {
    /// Whether one more guess from a source may be checked now. Failures older than a day are
    /// forgotten; one that a clock since corrected put into the future counts as of now.
    pub(crate) fn allow(&mut self, now: UnixTime, source: Source) -> bool {
        for failure in &mut self.failures {
            failure.at = failure.at.min(now);
        }
        self.failures.retain(|failure| now.since(failure.at) < PASSWORD_FAILURES_DAY);
        let is_recent = |failure: &&Failure| {
            failure.source == source && now.since(failure.at) < PASSWORD_FAILURES_WINDOW
        };
        self.failures.len() < PASSWORD_FAILURES_PER_DAY_MAX
            && self.failures.iter().filter(is_recent).count() < PASSWORD_FAILURES_MAX
    }

    /// Counts a wrong guess. Only a guess that was allowed is ever checked, so there is room.
    pub(crate) fn note(&mut self, now: UnixTime, source: Source) {
        debug_assert!(self.len() < PASSWORD_FAILURES_PER_DAY_MAX, "it was allowed");
        self.failures.push(Failure { at: now, source });
    }

    /// How many failures are remembered.
    pub(crate) fn len(&self) -> usize {
        self.failures.len()
    }
}

#[cfg(test)]
mod tests;
