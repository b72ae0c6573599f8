//! Password invitations as XML.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::calendar::iso_8601;
use super::invitation::word;
use super::sheet::{Field, Sheet, write};
use crate::address::Address;
use crate::invitation::InvitationError;
use crate::password::PasswordInvitation;

const ROOT: &str = "peergroup-password-invitation";

impl PasswordInvitation {
    /// The invitation as an XML document (Windows: `PeerGroupCreatePasswordInvitation`).
    pub fn to_xml(&self) -> String {
        write(ROOT, &self.fields(), &self.encode())
    }

    /// Reads a password invitation from an XML document of UTF-8 text.
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
            ("role", String::from(word(self.role()))),
            ("valid-until", iso_8601(self.until())),
            ("addresses", addresses.join(" ")),
        ]
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::genesis;
    use crate::password::PasswordInvitationParts;
    use crate::statement::Role;
    use crate::time::UnixTime;

    fn made() -> PasswordInvitation {
        let parts = PasswordInvitationParts {
            role: Role::Member,
            until: UnixTime::from_millis(1_900_000_000_000),
            addresses: Vec::from(["tcp:192.0.2.1:3587".parse().unwrap()]),
            link_secret: [7; 32],
            group_name: "Tom & Ayşe".parse().unwrap(),
            issuer_name: "Ada".parse().unwrap(),
        };
        PasswordInvitation::new(&genesis(), parts)
    }

    #[test]
    fn a_password_invitation_reads_well_and_is_read_back() {
        let xml = made().to_xml();
        for shown in ["Tom &amp; Ayşe", "<role>member</role>", "2030-03-17T17:46:40.000Z"] {
            assert!(xml.contains(shown), "{shown}: {xml}");
        }
        assert_eq!(PasswordInvitation::from_xml(&xml), Ok(made()));
    }

    #[test]
    fn a_document_that_shows_another_role_than_it_says_is_refused() {
        let xml = made().to_xml().replace(">member<", ">inviter<");
        assert_eq!(PasswordInvitation::from_xml(&xml), Err(InvitationError::Contradictory));
    }

    #[test]
    fn an_invitation_of_the_other_kind_is_refused() {
        let other = crate::fixture::invitation(2).to_xml();
        assert_eq!(PasswordInvitation::from_xml(&other), Err(InvitationError::Malformed));
    }
}
