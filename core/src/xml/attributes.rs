//! Attributes of records as XML, as Windows applications wrote them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use quick_xml::escape::partial_escape;

use super::calendar::{iso_8601, parse_iso_8601};
use super::number;
use super::reader::{Element, read};
use crate::limits::ATTRIBUTES_MAX;
use crate::record::{Attribute, Value, attributes_fit};

const ROOT: &str = "attributes";
const ITEM: &str = "attribute";

impl Attribute {
    /// Attributes as an XML document (Windows: `pwzAttributes` of `PEER_RECORD`): an element
    /// `attributes` that holds an `attribute` for each, with a name, a type (`int`, `string` or
    /// `date`), and the value as text. Dates are in ISO 8601, in UTC.
    pub fn list_to_xml(attributes: &[Self]) -> String {
        let items = attributes.iter().map(|attribute| {
            let (kind, text) = shown(&attribute.value);
            let (name, text) = (&attribute.name, partial_escape(text.as_str()));
            format!("  <{ITEM} name=\"{name}\" type=\"{kind}\">{text}</{ITEM}>\n")
        });
        let items: Vec<String> = items.collect();
        let items = items.concat();
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{ROOT}>\n{items}</{ROOT}>\n")
    }

    /// Reads attributes from such a document, in the order in which they stand there. A name may
    /// occur more than once. Unlike in Windows a number may be negative; a date without a time is
    /// the beginning of that day, and one without a time zone is in UTC.
    ///
    /// # Errors
    /// [`AttributesError`]; nothing changed.
    pub fn list_from_xml(
        document: &(impl AsRef<[u8]> + ?Sized),
    ) -> Result<Vec<Self>, AttributesError> {
        let elements = read(document.as_ref()).map_err(|_| AttributesError::Malformed)?;
        let (root, items) = elements.split_first().ok_or(AttributesError::Malformed)?;
        let is_blank = root.text.trim().is_empty();
        if root.name != ROOT || !root.attributes.is_empty() || !is_blank {
            return Err(AttributesError::Malformed);
        }
        if items.len() > ATTRIBUTES_MAX {
            return Err(AttributesError::TooMany);
        }
        let attributes: Vec<Self> = items.iter().map(attribute).collect::<Result<_, _>>()?;
        if attributes_fit(&attributes) { Ok(attributes) } else { Err(AttributesError::TooLarge) }
    }
}

fn shown(value: &Value) -> (&'static str, String) {
    match value {
        Value::Int(number) => ("int", number.to_string()),
        Value::Text(text) => ("string", text.to_string()),
        Value::Date(moment) => ("date", iso_8601(*moment)),
    }
}

fn attribute(element: &Element) -> Result<Attribute, AttributesError> {
    let of = |name| element.attributes.iter().find(|(known, _)| known == name).map(|it| &it.1);
    let (Some(name), Some(kind), 2) = (of("name"), of("type"), element.attributes.len()) else {
        return Err(AttributesError::Malformed);
    };
    if element.depth != 2 || element.name != ITEM {
        return Err(AttributesError::Malformed);
    }
    let name = name.parse().map_err(|_| AttributesError::InvalidName)?;
    let text = &element.text;
    let value = match kind.as_str() {
        "int" => number(text).map(Value::Int),
        "string" => text.parse().ok().map(Value::Text),
        "date" => parse_iso_8601(text).map(Value::Date),
        _ => return Err(AttributesError::Malformed),
    };
    Ok(Attribute { name, value: value.ok_or(AttributesError::InvalidValue)? })
}

/// Why a document does not hold attributes that a record may have. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributesError {
    /// Not such a document, a type that there is not, or beyond a bound of XML documents
    /// (`PEER_E_INVALID_ATTRIBUTES`).
    Malformed,
    /// A name that no attribute may have, or that is reserved (`PEER_E_INVALID_ATTRIBUTES`).
    InvalidName,
    /// A value that is not of its type, or too long (`PEER_E_INVALID_ATTRIBUTES`).
    InvalidValue,
    /// More attributes than a record may have (`PEER_E_TOO_MANY_ATTRIBUTES`).
    TooMany,
    /// More bytes of them than a record may have (`PEER_E_MAX_RECORD_SIZE_EXCEEDED`).
    TooLarge,
}

impl fmt::Display for AttributesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a document of attributes",
            Self::InvalidName => "a name that no attribute may have",
            Self::InvalidValue => "a value that is not of its type",
            Self::TooMany => "more attributes than a record may have",
            Self::TooLarge => "attributes larger than a record may have",
        })
    }
}

impl core::error::Error for AttributesError {}

#[cfg(test)]
mod tests;
