//! Identity cards as XML.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::sheet::{Field, Sheet, SheetError, write};
use crate::card::IdentityInfo;
use crate::codec::{decode, encode};
use crate::key::PeerId;
use crate::name::Name;

const ROOT: &str = "peergroup-identity";
const VERSION: u8 = 1;

impl IdentityInfo {
    /// The card as an XML document (Windows: `PeerIdentityGetXML`).
    ///
    /// A card is not secret and not signed. It cannot be changed unnoticed by accident, but whoever
    /// carries it could put another in its place: compare the peer id when that matters.
    pub fn to_xml(&self) -> String {
        write(ROOT, &self.fields(), &encode(&(VERSION, self.peer, &self.name)))
    }

    /// Reads a card from an XML document of UTF-8 text.
    ///
    /// # Errors
    /// [`CardError`]; nothing changed.
    pub fn from_xml(document: &(impl AsRef<[u8]> + ?Sized)) -> Result<Self, CardError> {
        let sheet = Sheet::read(document.as_ref(), ROOT)?;
        let (version, peer, name): (u8, PeerId, Name) =
            decode(&sheet.data).map_err(|_| CardError::Malformed)?;
        if version != VERSION {
            return Err(CardError::UnsupportedVersion);
        }
        let peer = PeerId::from_bytes(*peer.as_bytes()).map_err(|_| CardError::Malformed)?;
        let card = Self { peer, name };
        sheet.must_show(&card.fields())?;
        Ok(card)
    }

    fn fields(&self) -> Vec<Field> {
        [("name", self.name.to_string()), ("peer", self.peer.to_string())].into()
    }
}

/// Why a document is no identity card. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardError {
    /// Not such a document, or beyond a bound.
    Malformed,
    /// Of a version that this software does not know (`PEER_E_UNSUPPORTED_VERSION`).
    UnsupportedVersion,
    /// What the document shows is not what its data says.
    Contradictory,
}

impl From<SheetError> for CardError {
    fn from(error: SheetError) -> Self {
        match error {
            SheetError::Malformed => Self::Malformed,
            SheetError::UnsupportedVersion => Self::UnsupportedVersion,
            SheetError::Contradictory => Self::Contradictory,
        }
    }
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an identity card",
            Self::UnsupportedVersion => "an identity card of an unknown version",
            Self::Contradictory => "an identity card that shows something other than it says",
        })
    }
}

impl core::error::Error for CardError {}

#[cfg(test)]
mod tests;
