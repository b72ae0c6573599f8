//! Attributes: named values by which records are found.

use alloc::boxed::Box;
use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::{ATTRIBUTE_NAME_MAX, ATTRIBUTE_TEXT_BYTES_MAX};
use crate::name::Text;
use crate::search::Subject;
use crate::time::UnixTime;

/// The text of an attribute.
pub type AttributeText = Text<ATTRIBUTE_TEXT_BYTES_MAX>;

/// One attribute of a record. Several attributes of a record may share a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attribute {
    /// The name.
    pub name: AttributeName,
    /// The value.
    pub value: Value,
}

impl Attribute {
    /// The attribute of this name and value.
    ///
    /// # Errors
    /// [`InvalidAttribute::Name`], [`InvalidAttribute::ReservedName`].
    pub fn new(name: &str, value: Value) -> Result<Self, InvalidAttribute> {
        Ok(Self { name: name.parse()?, value })
    }

    /// The attribute of this name with a text.
    ///
    /// # Errors
    /// [`InvalidAttribute`].
    pub fn text(name: &str, text: &str) -> Result<Self, InvalidAttribute> {
        Self::new(name, Value::Text(text.parse().map_err(|_| InvalidAttribute::Text)?))
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "searches compare values of exactly these kinds")]
pub enum Value {
    /// A number.
    Int(i64),
    /// A text.
    Text(AttributeText),
    /// A moment.
    Date(UnixTime),
}

/// The name of an attribute: 1 to 40 characters of `0-9a-zA-Z`, none of the reserved names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeName(Box<str>);

impl FromStr for AttributeName {
    type Err = InvalidAttribute;

    fn from_str(name: &str) -> Result<Self, InvalidAttribute> {
        let fits = (1..=ATTRIBUTE_NAME_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match Subject::reserved(name) {
            Some(_) => Err(InvalidAttribute::ReservedName),
            None if fits => Ok(Self(name.into())),
            None => Err(InvalidAttribute::Name),
        }
    }
}

impl Deref for AttributeName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for AttributeName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AttributeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Why no attribute may be like this (`PEER_E_INVALID_ATTRIBUTES`). Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidAttribute {
    /// The name has no character, too many, or one beside `0-9a-zA-Z`.
    Name,
    /// Under this name searches find what a record tells of itself.
    ReservedName,
    /// The text is too long or holds control characters.
    Text,
}

impl fmt::Display for InvalidAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "a name that no attribute may have",
            Self::ReservedName => "a name for what records tell of themselves",
            Self::Text => "a text that no attribute may have",
        })
    }
}

impl core::error::Error for InvalidAttribute {}
