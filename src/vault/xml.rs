//! Exports as XML documents.

use peergroup_core::sheet::{Field, Sheet, SheetError, write};

use super::error::VaultError;
use super::group::SealedGroup;
use super::identity::SealedIdentity;

const IDENTITY: &str = "peergroup-identity-export";
const GROUP: &str = "peergroup-group-export";

impl SealedIdentity {
    /// As an XML document (Windows: `PeerIdentityExport`): the peer id in the clear, and the file
    /// in base64.
    pub fn to_xml(&self) -> String {
        write(IDENTITY, &self.fields(), &self.to_bytes())
    }

    /// Reads an XML document of UTF-8 text (Windows: `PeerIdentityImport`).
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), and [`VaultError::Contradictory`].
    pub fn from_xml(document: &(impl AsRef<[u8]> + ?Sized)) -> Result<Self, VaultError> {
        let sheet = Sheet::read(document.as_ref(), IDENTITY)?;
        let sealed = Self::from_bytes(&sheet.data)?;
        sheet.must_show(&sealed.fields())?;
        Ok(sealed)
    }

    fn fields(&self) -> [Field; 1] {
        [("peer", self.peer().to_string())]
    }
}

impl SealedGroup {
    /// As an XML document (Windows: `PeerGroupExportConfig`): the two ids in the clear, and the
    /// file in base64.
    pub fn to_xml(&self) -> String {
        write(GROUP, &self.fields(), &self.to_bytes())
    }

    /// Reads an XML document of UTF-8 text (Windows: `PeerGroupImportConfig`).
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), and [`VaultError::Contradictory`].
    pub fn from_xml(document: &(impl AsRef<[u8]> + ?Sized)) -> Result<Self, VaultError> {
        let sheet = Sheet::read(document.as_ref(), GROUP)?;
        let sealed = Self::from_bytes(&sheet.data)?;
        sheet.must_show(&sealed.fields())?;
        Ok(sealed)
    }

    fn fields(&self) -> [Field; 2] {
        let seat = self.seat();
        [("identity", seat.identity.to_string()), ("group", seat.group.to_string())]
    }
}

impl From<SheetError> for VaultError {
    fn from(error: SheetError) -> Self {
        match error {
            SheetError::UnsupportedVersion => Self::UnsupportedVersion,
            SheetError::Contradictory => Self::Contradictory,
            _ => Self::Malformed,
        }
    }
}
