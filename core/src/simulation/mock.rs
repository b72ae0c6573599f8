//! Mock identities: a signature costs a hash in place of curve arithmetic.
//!
//! A secret key whose bytes begin with [`MAGIC`] is a mock. Its public key is those same bytes,
//! and its signature is a hash over them, the label, the group and the id. So it tells keys,
//! labels, groups and ids apart as a real one does, and everybody who sees the public key can make
//! it.
//!
//! **What that risks.** In a build with the feature `simulation`, a member with a mock identity is
//! like one who has published its secret key: anybody can act in its name, and where it founded
//! the group or is an Admin, with all its rights. Nobody with a real key is harmed otherwise: a
//! real key is taken for a mock, or drawn as one, once in 2¹²⁸. A build without the feature knows
//! no mocks. Hence only simulators enable it.

use crate::hash::{Label, hash};
use crate::key::{PeerId, SecretKey};

/// What a mock key begins with.
const MAGIC: [u8; 16] = *b"peergroup/1 mock";

impl SecretKey {
    /// The mock key with this number. Its public key tells everybody how to sign with it.
    pub fn mock(number: u128) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(MAGIC.iter().chain(&number.to_be_bytes())) {
            *to = *from;
        }
        Self::from_bytes(bytes)
    }

    /// A mock key in place of a fresh one: its number is the last 16 of the same random bytes.
    pub(crate) fn into_mock(self) -> Self {
        Self::mock(number_of(self.expose()))
    }
}

impl PeerId {
    /// Whether it is the public key of a mock, with which everybody can sign.
    pub fn is_mock(&self) -> bool {
        is_mock(self.as_bytes())
    }

    /// The number of the mock key.
    pub(crate) fn mock_number(&self) -> Option<u128> {
        self.is_mock().then(|| number_of(self.as_bytes()))
    }
}

/// Whether a key, secret or public, is a mock.
pub(crate) fn is_mock(key: &[u8; 32]) -> bool {
    key.starts_with(&MAGIC)
}

/// The signature of the mock `key`.
pub(crate) fn sign(key: &[u8; 32], label: Label, group: &[u8; 32], id: &[u8; 32]) -> [u8; 64] {
    let half = hash(label, &[key, group, id]);
    let mut signature = [0; 64];
    for (to, from) in signature.iter_mut().zip(half.iter().chain(&half)) {
        *to = *from;
    }
    signature
}

fn number_of(key: &[u8; 32]) -> u128 {
    key.last_chunk().copied().map_or(0, u128::from_be_bytes)
}

#[cfg(test)]
mod tests;
