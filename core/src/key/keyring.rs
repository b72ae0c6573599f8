//! Keys that are at hand: finding the point of a key costs a tenth of a signature check.

use alloc::collections::BTreeMap;

use ed25519_dalek::VerifyingKey;

use super::verifies;
use crate::hash::Label;
use crate::key::{PeerId, Signature};
use crate::limits::KEYS_MAX;

/// The points of the keys whose signatures were checked of late. It changes what a check costs,
/// never what it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keyring {
    keys: BTreeMap<PeerId, VerifyingKey>,
}

impl Keyring {
    /// Keeps a peer's key at hand. Give only members: others could fill it with anything.
    pub(crate) fn keep(&mut self, peer: PeerId) {
        #[cfg(feature = "simulation")]
        if peer.is_mock() {
            return;
        }
        if self.keys.contains_key(&peer) {
            return;
        }
        let Ok(key) = VerifyingKey::from_bytes(peer.as_bytes()) else { return };
        if self.keys.len() >= KEYS_MAX {
            self.keys.clear();
        }
        self.keys.insert(peer, key);
    }

    /// Whether `signature` is this peer's over the id of something in a group, under a label.
    pub(crate) fn signed(
        &self,
        peer: PeerId,
        label: Label,
        group: &[u8; 32],
        id: &[u8; 32],
        signature: &Signature,
    ) -> bool {
        let Some(key) = self.keys.get(&peer) else {
            return peer.signed(label, group, id, signature);
        };
        #[cfg(test)]
        super::checks::count();
        verifies(key, label, group, id, signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    #[test]
    fn a_key_at_hand_says_what_the_peer_says() {
        let (one, other) = (SecretKey::from_bytes([1; 32]), SecretKey::from_bytes([2; 32]));
        let signature = one.sign(Label::Version, &[3; 32], &[4; 32]);
        let mut keys = Keyring::default();
        for _ in 0..2 {
            let signed = |by: &SecretKey, id: u8| {
                keys.signed(by.peer(), Label::Version, &[3; 32], &[id; 32], &signature)
            };
            assert!(signed(&one, 4));
            assert!(!signed(&one, 5) && !signed(&other, 4));
            keys.keep(one.peer());
            keys.keep(other.peer());
        }
    }

    #[test]
    fn it_holds_no_more_keys_than_its_bound() {
        let mut keys = Keyring::default();
        for number in 0..u16::try_from(KEYS_MAX).unwrap().saturating_add(9) {
            let mut seed = [0; 32];
            seed[..2].copy_from_slice(&number.to_le_bytes());
            keys.keep(SecretKey::from_bytes(seed).peer());
            assert!(keys.keys.len() <= KEYS_MAX);
        }
    }
}
