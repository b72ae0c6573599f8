//! Groups under a passphrase.

use core::fmt;

use peergroup_core::{GroupExport, GroupId, PeerId, Seat};

use super::error::VaultError;
use super::sealed::{About, Draw, Kind, Sealed, draw};
use super::{Cost, Passphrase};

/// One identity's place in one group under a passphrase, the identity's secret key included
/// (Windows: what `PeerGroupExportConfig` gives).
///
/// Whoever has it and the passphrase *is* that member; if that is the creator, the group is in its
/// hands.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedGroup {
    sealed: Sealed,
    seat: Seat,
}

impl SealedGroup {
    /// Seals a place in a group with random bytes of the operating system. This takes as long as
    /// `cost` says: a tenth of a second and more.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`], [`VaultError::NoResources`].
    pub fn seal(
        export: &GroupExport,
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<Self, VaultError> {
        Self::seal_with(export, passphrase, cost, &draw()?)
    }

    pub(super) fn seal_with(
        export: &GroupExport,
        passphrase: &Passphrase,
        cost: Cost,
        draw: &Draw,
    ) -> Result<Self, VaultError> {
        let seat = export.seat();
        let (identity, group) = (*seat.identity.as_bytes(), *seat.group.as_bytes());
        let about = About { kind: Kind::Group, identity, group };
        Ok(Self { sealed: Sealed::seal(about, export.encode(), passphrase, cost, draw)?, seat })
    }

    /// Opens it, and checks every signature in it. This takes as long as it took to seal.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::Damaged`], [`VaultError::NoResources`].
    pub fn open(&self, passphrase: &Passphrase) -> Result<GroupExport, VaultError> {
        let plain = self.sealed.open(passphrase)?;
        let export = GroupExport::decode(&plain).map_err(|_| VaultError::Damaged)?;
        if export.seat() == self.seat { Ok(export) } else { Err(VaultError::Damaged) }
    }

    /// The identity and the group.
    pub fn seat(&self) -> Seat {
        self.seat
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
        let sealed = Sealed::from_bytes(bytes, Kind::Group)?;
        let About { identity, group, .. } = *sealed.about();
        let identity = PeerId::from_bytes(identity).map_err(|_| VaultError::Damaged)?;
        Ok(Self { sealed, seat: Seat { identity, group: GroupId::from_bytes(group) } })
    }
}

impl fmt::Debug for SealedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedGroup").field("seat", &self.seat).finish_non_exhaustive()
    }
}
