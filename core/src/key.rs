//! Keys: who a peer is, what it signs with, and the one way to check a signature.

use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature as DalekSignature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::hash::{Label, order, signed_bytes};
use crate::id::{ParseIdError, parse_base32};
#[cfg(feature = "simulation")]
use crate::simulation::mock;

pub(crate) use keyring::Keyring;

/// A peer: an Ed25519 public key (RFC 8032).
///
/// [`PeerId::from_bytes`] and parsing check that the key is sound: canonically encoded, not of
/// small order and free of torsion, so that all peers agree on every signature (attacks C03 and
/// C04). That costs as much as a signature check, so what arrives from the network is decoded
/// without it and checked once, where a key is taken in: in a genesis, in a grant, in a card.
/// Whoever acts in a group is named by one of these.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeerId([u8; 32]);

impl Ord for PeerId {
    fn cmp(&self, other: &Self) -> Ordering {
        order(&self.0, &other.0)
    }
}

impl PartialOrd for PeerId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PeerId {
    /// The peer with this public key.
    ///
    /// # Errors
    /// [`InvalidPeerId`] if the bytes are not a canonical key, or one of small order, or one with
    /// a torsion component.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, InvalidPeerId> {
        let peer = Self(bytes);
        if peer.is_sound() { Ok(peer) } else { Err(InvalidPeerId) }
    }

    /// Whether the key is canonical, not of small order and free of torsion.
    pub(crate) fn is_sound(&self) -> bool {
        #[cfg(feature = "simulation")]
        if self.is_mock() {
            return true;
        }
        let Ok(key) = VerifyingKey::from_bytes(&self.0) else { return false };
        let point = key.to_edwards();
        let is_canonical = point.compress().to_bytes() == self.0;
        is_canonical && !key.is_weak() && point.is_torsion_free()
    }

    /// The 32 bytes of the public key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `signature` is this peer's over the id of something in a group, under a label.
    pub(crate) fn signed(
        &self,
        label: Label,
        group: &[u8; 32],
        id: &[u8; 32],
        signature: &Signature,
    ) -> bool {
        #[cfg(test)]
        checks::count();
        #[cfg(feature = "simulation")]
        if self.is_mock() {
            return signature.0 == mock::sign(&self.0, label, group, id);
        }
        let Ok(key) = VerifyingKey::from_bytes(&self.0) else { return false };
        verifies(&key, label, group, id, signature)
    }
}

/// The one way in which a signature is checked.
fn verifies(
    key: &VerifyingKey,
    label: Label,
    group: &[u8; 32],
    id: &[u8; 32],
    signature: &Signature,
) -> bool {
    let signature = DalekSignature::from_bytes(&signature.0);
    key.verify_strict(&signed_bytes(label, group, id), &signature).is_ok()
}

impl fmt::Display for PeerId {
    /// Lower-case base32 without padding.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "simulation")]
        if let Some(number) = self.mock_number() {
            return write!(f, "PeerId(mock {number:x})");
        }
        let text = BASE32_NOPAD.encode(&self.0).to_ascii_lowercase();
        write!(f, "PeerId({})", text.get(..10).unwrap_or_default())
    }
}

impl FromStr for PeerId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        Self::from_bytes(parse_base32(text)?).map_err(|_| ParseIdError)
    }
}

impl Serialize for PeerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Whether the key is sound is for whoever takes it in to check.
impl<'de> Deserialize<'de> for PeerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <[u8; 32]>::deserialize(deserializer).map(Self)
    }
}

/// Bytes that are not the key of a peer. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidPeerId;

impl fmt::Display for InvalidPeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the public key of a peer")
    }
}

impl core::error::Error for InvalidPeerId {}

/// A peer's secret key. Wiped on drop; shown by no `Debug`, and neither printed nor serialised:
///
/// ```compile_fail,E0277
/// let key = peergroup_core::SecretKey::from_bytes([7; 32]);
/// println!("{key}");
/// ```
///
/// ```compile_fail,E0277
/// fn is_serialised<T: serde::Serialize>(_: &T) {}
/// is_serialised(&peergroup_core::SecretKey::from_bytes([7; 32]));
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// The secret key with these 32 bytes (the seed of RFC 8032, §5.1.5).
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes. Keep them as you keep the key.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The peer that this key belongs to.
    pub fn peer(&self) -> PeerId {
        #[cfg(feature = "simulation")]
        if mock::is_mock(&self.0) {
            return PeerId(self.0);
        }
        PeerId(SigningKey::from_bytes(&self.0).verifying_key().to_bytes())
    }

    /// This key's signature over the id of something in a group, under a label.
    pub(crate) fn sign(&self, label: Label, group: &[u8; 32], id: &[u8; 32]) -> Signature {
        #[cfg(feature = "simulation")]
        if mock::is_mock(&self.0) {
            return Signature(mock::sign(&self.0, label, group, id));
        }
        let key = SigningKey::from_bytes(&self.0);
        Signature(key.sign(&signed_bytes(label, group, id)).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// An Ed25519 signature. What is signed is told apart by its id, never by its signature (C06).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(…)")
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut halves = ([0; 32], [0; 32]);
        for (to, from) in halves.0.iter_mut().chain(&mut halves.1).zip(&self.0) {
            *to = *from;
        }
        halves.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (left, right) = <([u8; 32], [u8; 32])>::deserialize(deserializer)?;
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(left.iter().chain(&right)) {
            *to = *from;
        }
        Ok(Self(bytes))
    }
}

mod keyring;

#[cfg(test)]
pub(crate) use tests::{checks, unsound};

#[cfg(test)]
mod tests;
