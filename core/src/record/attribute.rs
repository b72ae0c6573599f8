//! Attributes: named values by which records are found.

use alloc::boxed::Box;
use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::{ATTRIBUTE_NAME_MAX, ATTRIBUTE_TEXT_BYTES_MAX};
use crate::name::Text;
use crate::time::UnixTime;

/// Names that searches use for what a record tells of itself.
const RESERVED: [&str; 6] = [
    "peerlastmodifiedby",
    "peercreatorid",
    "peerlastmodificationtime",
    "peerrecordid",
    "peerrecordtype",
    "peercreationtime",
];

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
    /// [`InvalidAttribute`] if the name is not fit for one.
    pub fn new(name: &str, value: Value) -> Result<Self, InvalidAttribute> {
        Ok(Self { name: name.parse()?, value })
    }

    /// The attribute of this name with a text.
    ///
    /// # Errors
    /// [`InvalidAttribute`] if the name or the text is not fit for one.
    pub fn text(name: &str, text: &str) -> Result<Self, InvalidAttribute> {
        Self::new(name, Value::Text(text.parse().map_err(|_| InvalidAttribute)?))
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
        let fits = !name.is_empty()
            && name.len() <= ATTRIBUTE_NAME_MAX
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved));
        if fits { Ok(Self(name.into())) } else { Err(InvalidAttribute) }
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

/// A name or text that no attribute may have. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidAttribute;

impl fmt::Display for InvalidAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an attribute of a record")
    }
}

impl core::error::Error for InvalidAttribute {}
