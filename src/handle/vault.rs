//! Exports and imports under a passphrase.

use std::thread;

use futures_channel::oneshot;
use peergroup_core::{ExportError, IdentityError, ImportError, PeerId, Seat};

use super::{Group, Handle};
use crate::error::Error;
use crate::vault::{Cost, Passphrase, Refusal, SealedGroup, SealedIdentity, VaultError};

/// Keys at rest.
///
/// What a passphrase costs is spent on a thread of its own: neither the driver nor the runtime
/// waits for it.
impl Handle {
    /// Seals an identity under a passphrase (`PeerIdentityExport`). It stays here.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], or what [`SealedIdentity::seal`] says.
    pub async fn export_identity(
        &self,
        peer: PeerId,
        passphrase: Passphrase,
        cost: Cost,
    ) -> Result<SealedIdentity, Error<Refusal<IdentityError>>> {
        let found = self
            .ask(move |desk| {
                let key = desk.node.identity_key(peer).cloned()?;
                Some((key, desk.node.identity_info(peer)?.name))
            })
            .await?;
        let (key, name) = found.ok_or(Error::Refused(Refusal::Node(IdentityError::NotFound)))?;
        aside(move || SealedIdentity::seal(&key, &name, &passphrase, cost)).await
    }

    /// Opens an identity and takes it in (`PeerIdentityImport`).
    ///
    /// # Errors
    /// What [`SealedIdentity::open`] says, [`IdentityError::AlreadyExists`],
    /// [`IdentityError::TooMany`].
    pub async fn import_sealed_identity(
        &self,
        sealed: SealedIdentity,
        passphrase: Passphrase,
    ) -> Result<PeerId, Error<Refusal<IdentityError>>> {
        let (key, name) = aside(move || sealed.open(&passphrase)).await?;
        self.import_identity(key, name).await.map_err(|error| error.map(Refusal::Node))
    }

    /// Opens a place in a group and prepares it here (`PeerGroupImportConfig`):
    /// [`open`](Self::open) opens it. An identity that is not here yet is made along with it; one
    /// that is here keeps its name.
    ///
    /// A member is ready once it has connected. A creator is ready at once, even if nobody else is
    /// left; yet what it does not know, such as whom it has removed, it does not heed until it has
    /// synchronised.
    ///
    /// # Errors
    /// What [`SealedGroup::open`] says, [`ImportError::AlreadyExists`], [`ImportError::TooMany`].
    pub async fn import_group(
        &self,
        sealed: SealedGroup,
        passphrase: Passphrase,
    ) -> Result<Seat, Error<Refusal<ImportError>>> {
        let export = aside(move || sealed.open(&passphrase)).await?;
        let imported = self.change(move |node, now| node.import_group(now, &export)).await;
        imported.map_err(|error| error.map(Refusal::Node))
    }
}

impl Group {
    /// Seals this identity's place in the group under a passphrase (`PeerGroupExportConfig`): the
    /// secret key, the credential, and where others may be found. It stays here; several machines
    /// may be one member.
    ///
    /// # Errors
    /// [`ExportError`], or what [`SealedGroup::seal`] says.
    pub async fn export(
        &self,
        passphrase: Passphrase,
        cost: Cost,
    ) -> Result<SealedGroup, Error<Refusal<ExportError>>> {
        let seat = self.seat();
        let exported = self.handle.try_ask(move |desk| desk.node.export_group(seat)).await;
        let export = exported.map_err(|error| error.map(Refusal::Node))?;
        aside(move || SealedGroup::seal(&export, &passphrase, cost)).await
    }
}

/// Has something done on a thread of its own.
async fn aside<A: Send + 'static, E>(
    work: impl FnOnce() -> Result<A, VaultError> + Send + 'static,
) -> Result<A, Error<Refusal<E>>> {
    let (answer, answered) = oneshot::channel();
    let started = thread::Builder::new().name("passphrase".into()).spawn(move || {
        // Who dropped the future does not want to know.
        answer.send(work()).ok();
    });
    let outcome = match started {
        Ok(_) => answered.await.unwrap_or(Err(VaultError::NoResources)),
        Err(_) => Err(VaultError::NoResources),
    };
    outcome.map_err(|error| Error::Refused(Refusal::Vault(error)))
}
