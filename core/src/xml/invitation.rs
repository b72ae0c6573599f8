//! Invitations as XML.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::calendar::iso_8601;
use super::sheet::{Field, Sheet, SheetError, write};
use crate::address::Address;
use crate::invitation::{Invitation, InvitationError};
use crate::statement::Role;

const ROOT: &str = "peergroup-invitation";

impl Invitation {
    /// The invitation as an XML document (Windows: `PeerGroupCreateInvitation`).
    pub fn to_xml(&self) -> String {
        write(ROOT, &self.fields(), &self.encode())
    }

    /// Reads an invitation from an XML document of UTF-8 text and checks every signature in it
    /// (Windows: `PeerGroupParseInvitation`).
    ///
    /// # Errors
    /// [`InvitationError`]; nothing changed.
    pub fn from_xml(document: &(impl AsRef<[u8]> + ?Sized)) -> Result<Self, InvitationError> {
        let sheet = Sheet::read(document.as_ref(), ROOT)?;
        let invitation = Self::decode(&sheet.data)?;
        sheet.must_show(&invitation.fields())?;
        Ok(invitation)
    }

    fn fields(&self) -> Vec<Field> {
        let addresses: Vec<&str> = self.addresses().iter().map(Address::as_str).collect();
        [
            ("group-name", self.group_name().to_string()),
            ("group", self.group().to_string()),
            ("issuer-name", self.issuer_name().to_string()),
            ("issuer", self.issuer().to_string()),
            ("subject-name", self.subject_name().to_string()),
            ("subject", self.subject().to_string()),
            ("role", String::from(word(self.role()))),
            ("valid-from", iso_8601(self.window().from)),
            ("valid-until", iso_8601(self.window().until)),
            ("addresses", addresses.join(" ")),
        ]
        .into()
    }
}

pub(super) fn word(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Inviter => "inviter",
        Role::Admin => "admin",
    }
}

impl From<SheetError> for InvitationError {
    fn from(error: SheetError) -> Self {
        match error {
            SheetError::Malformed => Self::Malformed,
            SheetError::UnsupportedVersion => Self::UnsupportedVersion,
            SheetError::Contradictory => Self::Contradictory,
        }
    }
}

#[cfg(test)]
mod tests;
