//! Password invitations: how to reach a group whose password one is told otherwise.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::codec::{decode, encode};
use crate::genesis::{Genesis, UncheckedGenesis};
use crate::id::GroupId;
use crate::invitation::{InvitationError, LinkSecret, text};
use crate::limits::ADDRESSES_MAX;
use crate::name::Name;
use crate::statement::Role;
use crate::time::UnixTime;

/// Begins the text form.
const TEXT: &str = "PEERGROUP-PASSWORD-INVITATION";

/// How to reach a group, for whoever is told its password: the same for everybody, bound to no key.
///
/// It is worth nothing without the password, and nothing in it is derived from that; it tells
/// names, addresses and the link secret. The creator's signature covers the group itself; all
/// else is a hint by whoever handed the document over: a member that admits must show its
/// credential and know the password, whatever the document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordInvitation {
    genesis: Genesis,
    content: Content,
}

/// As it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    version: u8,
    genesis: UncheckedGenesis,
    role: Role,
    until: UnixTime,
    addresses: Vec<Address>,
    link_secret: LinkSecret,
    group_name: Name,
    issuer_name: Name,
}

/// What goes into a password invitation besides the group.
#[derive(Clone, Debug)]
pub(crate) struct PasswordInvitationParts {
    pub(crate) role: Role,
    pub(crate) until: UnixTime,
    pub(crate) addresses: Vec<Address>,
    pub(crate) link_secret: [u8; 32],
    pub(crate) group_name: Name,
    pub(crate) issuer_name: Name,
}

impl PasswordInvitation {
    /// An invitation to a group.
    pub(crate) fn new(genesis: &Genesis, parts: PasswordInvitationParts) -> Self {
        let mut addresses = parts.addresses;
        addresses.truncate(ADDRESSES_MAX);
        let content = Content {
            version: 1,
            genesis: genesis.unchecked(),
            role: parts.role,
            until: parts.until,
            addresses,
            link_secret: LinkSecret(parts.link_secret),
            group_name: parts.group_name,
            issuer_name: parts.issuer_name,
        };
        Self { genesis: genesis.clone(), content }
    }

    /// Reads the canonical bytes and checks the creator's signature of the group.
    ///
    /// # Errors
    /// [`InvitationError`]; nothing changed.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvitationError> {
        let content: Content = decode(bytes).map_err(|_| InvitationError::Malformed)?;
        if content.version != 1 {
            return Err(InvitationError::UnsupportedVersion);
        }
        if content.addresses.len() > ADDRESSES_MAX || content.role == Role::Admin {
            return Err(InvitationError::Malformed);
        }
        let genesis = content.genesis.clone().check().ok_or(InvitationError::NotTrusted)?;
        Ok(Self { genesis, content })
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(&self.content)
    }

    /// The invitation as one line of text for a QR code, a chat or a link: the same bytes in
    /// capital letters and digits.
    pub fn to_text(&self) -> String {
        text::write(TEXT, &self.encode())
    }

    /// Reads what [`PasswordInvitation::to_text`] wrote, in letters of either case and with white
    /// space anywhere.
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

    /// The role that is given. A hint: the group's properties decide.
    pub fn role(&self) -> Role {
        self.content.role
    }

    /// Until when it is meant to be used. A hint, which an honest newcomer keeps: to stop others,
    /// change the password.
    pub fn until(&self) -> UnixTime {
        self.content.until
    }

    /// Where members may be reached.
    pub fn addresses(&self) -> &[Address] {
        &self.content.addresses
    }

    /// The group's friendly name when the invitation was made. A hint.
    pub fn group_name(&self) -> &Name {
        &self.content.group_name
    }

    /// The friendly name of whoever made it. A hint.
    pub fn issuer_name(&self) -> &Name {
        &self.content.issuer_name
    }

    /// The group's link secret.
    pub(crate) fn link_secret(&self) -> [u8; 32] {
        self.content.link_secret.0
    }
}

#[cfg(test)]
mod tests;
