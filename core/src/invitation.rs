//! Invitations: a credential and how to reach the group, for one peer.

pub(crate) mod text;

use alloc::string::String;
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

/// Begins the text form.
const TEXT: &str = "PEERGROUP-INVITATION";

/// What is handed to one peer so that it can join. Bound to its key, expiring, and dead when its
/// issuer's standing dies. It need not be secret: nobody else can use it, but it tells names,
/// addresses and the link secret.
///
/// It travels as an XML document (feature `xml`), as a line of text that one QR code holds, or as
/// the bytes themselves. The issuer can withdraw it at any time, used or not
/// ([`Node::withdraw`](crate::Node::withdraw)).
///
/// # Misuse
///
/// What becomes of an invitation that is not used as it was meant. A test whose name begins with
/// `misuse_` and the number tries each case.
///
/// | | what is done | what becomes of it |
/// |---|---|---|
/// | 01 | another identity uses it | [`JoinError::NotForYou`] |
/// | 02 | it is used again, on the same node | [`JoinError::AlreadyJoined`] |
/// | 03 | before it begins or after it ends | [`JoinError::InvalidTimePeriod`] |
/// |    | the same, by a clock that was set | [`Denial::OutsideWindow`] |
/// | 04 | its issuer was removed with all it did | [`Denial::Removed`] |
/// | 05 | it was withdrawn | [`Denial::Removed`] |
/// | 06 | its role, end or invitee is changed | [`InvitationError::NotTrusted`] |
/// | 07 | parts of it are from another group | [`InvitationError::NotTrusted`] |
/// | 08 | to a role that its issuer may not give | [`InviteError::NotAuthorized`] |
/// | 09 | for longer than its issuer has itself | [`InviteError::InvalidTimePeriod`] |
/// | 10 | at the end of too many grants | [`InviteError::ChainTooLong`] |
/// |    | 08, 09 or 10 forged | [`InvitationError::NotTrusted`] |
/// | 11 | the document shows what it does not say | [`InvitationError::Contradictory`] |
/// | 12 | its link secret is changed, which nobody signed | [`NoMemberConnections`][nobody] |
/// | 13 | the text was cut or mistyped | [`InvitationError::Damaged`] |
/// | 14 | the invitee has more already | it keeps what it has |
///
/// [`JoinError::NotForYou`]: crate::JoinError::NotForYou
/// [`JoinError::AlreadyJoined`]: crate::JoinError::AlreadyJoined
/// [`JoinError::InvalidTimePeriod`]: crate::JoinError::InvalidTimePeriod
/// [`Denial::OutsideWindow`]: crate::Denial::OutsideWindow
/// [`Denial::Removed`]: crate::Denial::Removed
/// [`InviteError::NotAuthorized`]: crate::InviteError::NotAuthorized
/// [`InviteError::InvalidTimePeriod`]: crate::InviteError::InvalidTimePeriod
/// [`InviteError::ChainTooLong`]: crate::InviteError::ChainTooLong
/// [nobody]: crate::ConnectFailure::NoMemberConnections
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

    /// The invitation as one line of text for a QR code, a chat or a link: the same bytes in
    /// capital letters and digits. At the end of five grants it fits into a code of version 23.
    pub fn to_text(&self) -> String {
        text::write(TEXT, &self.encode())
    }

    /// Reads what [`Invitation::to_text`] wrote, in letters of either case and with white space
    /// anywhere, and checks every signature in it.
    ///
    /// # Errors
    /// [`InvitationError`]; nothing changed.
    pub fn from_text(text: &str) -> Result<Self, InvitationError> {
        Self::decode(&text::read(TEXT, text)?)
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
    /// A part of the text is missing or changed: copy all of it again.
    Damaged,
}

impl core::fmt::Display for InvitationError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an invitation",
            Self::UnsupportedVersion => "an invitation of an unknown version",
            Self::NotTrusted => "an invitation whose credential does not hold",
            Self::Contradictory => "an invitation that shows something other than it says",
            Self::Damaged => "an invitation of which a part is missing or changed",
        })
    }
}

impl core::error::Error for InvitationError {}

#[cfg(test)]
mod tests;
