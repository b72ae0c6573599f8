//! Identities under a passphrase.

use core::fmt;

use peergroup_core::{Name, PeerId, SecretKey};
use zeroize::{Zeroize as _, Zeroizing};

use super::error::VaultError;
use super::sealed::{About, Draw, Kind, Sealed, draw};
use super::{Cost, Passphrase};

/// An identity under a passphrase: its secret key and its friendly name, none of its groups
/// (Windows: what `PeerIdentityExport` gives).
///
/// Whoever has it and the passphrase *is* that identity. Several machines may be.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedIdentity {
    sealed: Sealed,
    peer: PeerId,
}

impl SealedIdentity {
    /// Seals an identity with random bytes of the operating system. This takes as long as `cost`
    /// says: a tenth of a second and more.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`], [`VaultError::NoResources`].
    pub fn seal(
        key: &SecretKey,
        name: &Name,
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<Self, VaultError> {
        Self::seal_with(key, name, passphrase, cost, &draw()?)
    }

    pub(super) fn seal_with(
        key: &SecretKey,
        name: &Name,
        passphrase: &Passphrase,
        cost: Cost,
        draw: &Draw,
    ) -> Result<Self, VaultError> {
        let parts: [&[u8]; 2] = [key.expose(), name.as_str().as_bytes()];
        let plain = Zeroizing::new(parts.concat());
        let peer = key.peer();
        let about = About { kind: Kind::Identity, identity: *peer.as_bytes(), group: [0; 32] };
        Ok(Self { sealed: Sealed::seal(about, plain, passphrase, cost, draw)?, peer })
    }

    /// Opens it: the secret key and the friendly name. This takes as long as it took to seal.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::Damaged`], [`VaultError::NoResources`].
    pub fn open(&self, passphrase: &Passphrase) -> Result<(SecretKey, Name), VaultError> {
        let plain = self.sealed.open(passphrase)?;
        let (bytes, name) = plain.split_first_chunk::<32>().ok_or(VaultError::Damaged)?;
        let mut bytes = *bytes;
        let key = SecretKey::from_bytes(bytes);
        bytes.zeroize();
        let name = core::str::from_utf8(name).ok().and_then(|name| name.parse().ok());
        let name = name.filter(|_| key.peer() == self.peer).ok_or(VaultError::Damaged)?;
        Ok((key, name))
    }

    /// The identity.
    pub fn peer(&self) -> PeerId {
        self.peer
    }

    /// What opening it costs.
    pub fn cost(&self) -> Cost {
        self.sealed.cost()
    }

    /// As a file: the bytes of the [format](super#the-format).
    pub fn to_bytes(&self) -> Vec<u8> {
        self.sealed.to_bytes()
    }

    /// Reads a file. Nobody vouches for what it shows until it is opened.
    ///
    /// # Errors
    /// [`VaultError::TooLarge`], [`VaultError::Malformed`], [`VaultError::UnsupportedVersion`],
    /// [`VaultError::Damaged`], [`VaultError::CostOutOfBounds`]; nothing was spent on it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        let sealed = Sealed::from_bytes(bytes, Kind::Identity)?;
        let about = sealed.about();
        let peer = PeerId::from_bytes(about.identity).map_err(|_| VaultError::Damaged)?;
        if about.group != [0; 32] {
            return Err(VaultError::Damaged);
        }
        Ok(Self { sealed, peer })
    }
}

impl fmt::Debug for SealedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedIdentity").field("peer", &self.peer).finish_non_exhaustive()
    }
}
