//! Invitations: a credential and how to reach the group, for one peer.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::codec::{decode, encode};
use crate::credential::Chain;
use crate::genesis::{Genesis, UncheckedGenesis};
use crate::id::GroupId;
use crate::key::PeerId;
use crate::limits::ADDRESSES_MAX;
use crate::name::Name;
use crate::statement::{Role, Statement, Window};

/// What is handed to one peer so that it can join. Bound to its key, expiring, and dead when its
/// issuer's standing dies. It need not be secret: nobody else can use it, but it tells names,
/// addresses and the link secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    genesis: Genesis,
    grants: Vec<Statement>,
    subject: PeerId,
    content: Content,
}

/// As it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    version: u8,
    genesis: UncheckedGenesis,
    chain: Chain,
    addresses: Vec<Address>,
    link_secret: LinkSecret,
    group_name: Name,
    issuer_name: Name,
    subject_name: Name,
}

/// Proves that a stranger has been told of the group. It gives privacy and cheap refusal only.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkSecret(pub(crate) [u8; 32]);

impl core::fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

/// What goes into an invitation besides the credential.
#[derive(Clone)]
pub(crate) struct InvitationParts {
    pub(crate) addresses: Vec<Address>,
    pub(crate) link_secret: [u8; 32],
    pub(crate) group_name: Name,
    pub(crate) issuer_name: Name,
    pub(crate) subject_name: Name,
}

impl Invitation {
    /// An invitation for the holder of `grants`, which lead from the creator to it. None if they
    /// do not.
    pub(crate) fn new(
        genesis: &Genesis,
        grants: &[Statement],
        parts: InvitationParts,
    ) -> Option<Self> {
        let mut addresses = parts.addresses;
        addresses.truncate(ADDRESSES_MAX);
        let content = Content {
            version: 1,
            genesis: genesis.unchecked(),
            chain: Chain::new(grants, 1),
            addresses,
            link_secret: LinkSecret(parts.link_secret),
            group_name: parts.group_name,
            issuer_name: parts.issuer_name,
            subject_name: parts.subject_name,
        };
        content.check().ok()
    }

    /// Reads the canonical bytes and checks every signature from the genesis down.
    ///
    /// # Errors
    /// [`InvitationError`]; nothing changed.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvitationError> {
        let content: Content = decode(bytes).map_err(|_| InvitationError::Malformed)?;
        content.check()
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(&self.content)
    }

    /// The group.
    pub fn group(&self) -> GroupId {
        self.genesis.id()
    }

    /// The group's genesis.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Whom it is for: only the holder of this key can join by it.
    pub fn subject(&self) -> PeerId {
        self.subject
    }

    /// Who issued it.
    pub fn issuer(&self) -> PeerId {
        self.grants.last().map_or(self.genesis.creator(), Statement::author)
    }

    /// The role it gives.
    pub fn role(&self) -> Role {
        self.grants.last().and_then(Statement::grant).map_or(Role::Member, |grant| grant.role)
    }

    /// When the membership holds.
    pub fn window(&self) -> Window {
        self.grants.last().and_then(Statement::grant).map_or(Window::INFINITE, |grant| grant.window)
    }

    /// Where members may be reached.
    pub fn addresses(&self) -> &[Address] {
        &self.content.addresses
    }

    /// The group's friendly name when the invitation was issued. A hint: nobody signed it.
    pub fn group_name(&self) -> &Name {
        &self.content.group_name
    }

    /// The issuer's friendly name. A hint: nobody signed it.
    pub fn issuer_name(&self) -> &Name {
        &self.content.issuer_name
    }

    /// The invitee's friendly name as its card gave it.
    pub fn subject_name(&self) -> &Name {
        &self.content.subject_name
    }

    /// The grants from the creator's down to the invitee's.
    pub(crate) fn grants(&self) -> &[Statement] {
        &self.grants
    }

    /// The group's link secret.
    pub(crate) fn link_secret(&self) -> [u8; 32] {
        self.content.link_secret.0
    }
}

impl Content {
    fn check(self) -> Result<Invitation, InvitationError> {
        if self.version != 1 {
            return Err(InvitationError::UnsupportedVersion);
        }
        if self.addresses.len() > ADDRESSES_MAX {
            return Err(InvitationError::Malformed);
        }
        let genesis = self.genesis.clone().check().ok_or(InvitationError::NotTrusted)?;
        let (grants, subject) =
            self.chain.clone().check(&genesis).map_err(|_| InvitationError::NotTrusted)?;
        if grants.is_empty() {
            return Err(InvitationError::NotTrusted);
        }
        Ok(Invitation { genesis, grants, subject, content: self })
    }
}

/// Why bytes or a document are no invitation. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvitationError {
    /// Not the canonical form, or beyond a bound.
    Malformed,
    /// Of a version that this software does not know (`PEER_E_UNSUPPORTED_VERSION`).
    UnsupportedVersion,
    /// A signature or a step of the credential chain is wrong (`PEER_E_INVITATION_NOT_TRUSTED`).
    NotTrusted,
    /// What the document shows is not what the signed part says.
    Contradictory,
}

impl core::fmt::Display for InvitationError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an invitation",
            Self::UnsupportedVersion => "an invitation of an unknown version",
            Self::NotTrusted => "an invitation whose credential does not hold",
            Self::Contradictory => "an invitation that shows something other than it says",
        })
    }
}

impl core::error::Error for InvitationError {}

#[cfg(test)]
mod tests;
