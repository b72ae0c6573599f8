//! Identifiers: small `Copy` newtypes, one for each thing that has a name.

use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};

use crate::hash::order;

/// A 32-byte identifier that is a labelled SHA-256 (see [`crate::hash`]).
macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct $name([u8; 32]);

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                order(&self.0, &other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// The identifier with these bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            /// Lower-case base32 without padding.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
            }
        }

        impl fmt::Debug for $name {
            /// The first ten characters of the text form: enough to tell two apart in a log.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = BASE32_NOPAD.encode(&self.0).to_ascii_lowercase();
                write!(f, "{}({})", stringify!($name), text.get(..10).unwrap_or_default())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_base32(text).map(Self)
            }
        }
    };
}

digest_id! {
    /// A group: the hash of its genesis, which names the creator.
    GroupId
}
digest_id! {
    /// A statement of authority: the hash of its content, never of its signature.
    StatementId
}
digest_id! {
    /// One version of a record: the hash of its content, never of its signature.
    VersionId
}

/// Text that is not an identifier. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseIdError;

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an identifier")
    }
}

impl core::error::Error for ParseIdError {}

/// Reads exactly 32 bytes of lower-case, unpadded, canonical base32.
pub(crate) fn parse_base32(text: &str) -> Result<[u8; 32], ParseIdError> {
    if text.len() != 52 || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(ParseIdError);
    }
    let upper = text.to_ascii_uppercase();
    let bytes = BASE32_NOPAD.decode(upper.as_bytes()).map_err(|_| ParseIdError)?;
    bytes.try_into().map_err(|_| ParseIdError)
}

/// A record: the first 16 bytes of the hash that commits to group, type, creator and ceiling.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RecordId([u8; 16]);

impl Ord for RecordId {
    /// The order of the bytes, compared as one word: a record stands in many sets.
    fn cmp(&self, other: &Self) -> Ordering {
        u128::from_be_bytes(self.0).cmp(&u128::from_be_bytes(other.0))
    }
}

impl PartialOrd for RecordId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl RecordId {
    /// The record id with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId({self})")
    }
}

impl FromStr for RecordId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        parse_hex16(text).map(Self)
    }
}

/// What kind of record or message this is: a UUID chosen by the application.
///
/// Types whose last twelve bytes are zero are reserved, as the built-in record types of
/// Windows Peer Grouping were.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TypeId([u8; 16]);

impl TypeId {
    /// The type with these bytes, in the order in which a UUID is written.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The type with this number, written as a UUID would be.
    pub const fn from_u128(number: u128) -> Self {
        Self(number.to_be_bytes())
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether the type belongs to the protocol itself and is refused to applications.
    pub fn is_reserved(&self) -> bool {
        u128::from_be_bytes(self.0) & ((1 << 96) - 1) == 0
    }
}

impl fmt::Display for TypeId {
    /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypeId({self})")
    }
}

impl FromStr for TypeId {
    type Err = ParseIdError;

    /// Reads the form that `Display` writes, in lower case.
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let hyphens = text.match_indices('-').map(|(at, _)| at);
        if text.len() != 36 || !hyphens.eq([8, 13, 18, 23]) {
            return Err(ParseIdError);
        }
        parse_hex16(&text.replace('-', "")).map(Self)
    }
}

/// Reads exactly 16 bytes of lower-case hexadecimal.
fn parse_hex16(text: &str) -> Result<[u8; 16], ParseIdError> {
    if text.len() != 32 {
        return Err(ParseIdError);
    }
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| ParseIdError)?;
    bytes.try_into().map_err(|_| ParseIdError)
}

/// A number that the core hands out once and never again (contract clause C5).
macro_rules! serial_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The id with this number; only useful for one that the core has handed out.
            pub const fn from_u64(number: u64) -> Self {
                Self(number)
            }

            /// The number.
            pub const fn as_u64(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

serial_id! {
    /// One ordered, confidential byte stream to another peer.
    LinkId
}
serial_id! {
    /// A direct one-to-one connection, as this node names it (Windows: the 64-bit connection id).
    ConnectionId
}
serial_id! {
    /// A pending store operation. Tickets are handed out in the order in which to apply them.
    Ticket
}
serial_id! {
    /// A registration for events.
    RegistrationId
}
serial_id! {
    /// A large payload that is being handed over, to be published.
    UploadId
}

/// One running node of a peer: drawn afresh at each start (Windows: the node id).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instance(u64);

impl Instance {
    /// The instance with this number.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({self})")
    }
}
