//! The only place that draws random numbers: SHA-256 in counter mode under the node's seed.
//!
//! Every use draws from a child of its own, named by a label, so that one more draw in one place
//! moves no draw in another and saved seeds stay worth something.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::hash::{Label, hash};

/// 32 secret bytes from which a node derives every key and nonce it ever draws.
///
/// A driver draws a fresh one from the operating system at each start: two nodes, or two starts,
/// with the same seed make the same keys. Tests pass a constant.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes: what whoever has them knows, the node draws.
    #[cfg(feature = "capture")]
    pub(crate) const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// A stream of random bytes.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Stream {
    key: [u8; 32],
    counter: u64,
}

impl Stream {
    /// The stream of one use.
    pub(crate) fn new(seed: &Seed, label: &'static str) -> Self {
        Self { key: hash(Label::Entropy, &[&seed.0, label.as_bytes()]), counter: 0 }
    }

    /// The next 32 bytes. The counter cannot wrap: 2^64 draws take longer than any machine lives.
    pub(crate) fn bytes32(&mut self) -> [u8; 32] {
        let block = hash(Label::Entropy, &[&self.key, &self.counter.to_le_bytes()]);
        self.counter = self.counter.wrapping_add(1);
        block
    }

    /// The next 16 bytes.
    pub(crate) fn bytes16(&mut self) -> [u8; 16] {
        let mut out = [0; 16];
        for (to, from) in out.iter_mut().zip(self.bytes32()) {
            *to = from;
        }
        out
    }

    /// The next 64 bytes.
    #[cfg(feature = "password")]
    pub(crate) fn bytes64(&mut self) -> [u8; 64] {
        let mut out = [0; 64];
        for half in out.as_chunks_mut::<32>().0 {
            *half = self.bytes32();
        }
        out
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> u64 {
        let mut out = [0; 8];
        for (to, from) in out.iter_mut().zip(self.bytes32()) {
            *to = from;
        }
        u64::from_le_bytes(out)
    }

    /// A number below `bound`, or 0 if that is 0. The bias is below `bound` in 2^64.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.number().checked_rem(bound).unwrap_or(0)
    }

    /// An index into something of this length; none if it is empty.
    pub(crate) fn index(&mut self, len: usize) -> Option<usize> {
        let pick = self.below(u64::try_from(len).unwrap_or(u64::MAX));
        usize::try_from(pick).ok().filter(|index| *index < len)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream(…)")
    }
}

/// One stream for each use.
#[derive(Debug)]
pub(crate) struct Entropy {
    /// Keys of identities.
    pub(crate) keys: Stream,
    /// Genesis nonces and link secrets.
    pub(crate) groups: Stream,
    /// Nonces of records.
    pub(crate) records: Stream,
    /// Nonces of handshakes.
    pub(crate) handshakes: Stream,
    /// Vouchers for parts of payloads.
    pub(crate) payloads: Stream,
    /// Instances.
    pub(crate) instances: Stream,
    /// Nonces of direct connections.
    pub(crate) connections: Stream,
    /// Nonces of beacons.
    pub(crate) beacons: Stream,
    /// Whom to dial, and jitter.
    pub(crate) mesh: Stream,
    /// Shares of password exchanges.
    #[cfg(feature = "password")]
    pub(crate) passwords: Stream,
}

impl Entropy {
    pub(crate) fn new(seed: &Seed) -> Self {
        Self {
            keys: Stream::new(seed, "keys"),
            groups: Stream::new(seed, "groups"),
            records: Stream::new(seed, "records"),
            handshakes: Stream::new(seed, "handshakes"),
            payloads: Stream::new(seed, "payloads"),
            instances: Stream::new(seed, "instances"),
            connections: Stream::new(seed, "connections"),
            beacons: Stream::new(seed, "beacons"),
            mesh: Stream::new(seed, "mesh"),
            #[cfg(feature = "password")]
            passwords: Stream::new(seed, "passwords"),
        }
    }
}

#[cfg(test)]
mod tests;
