//! Sheets: the one shape that cards, invitations and exports share. A root with a version, elements
//! that show what the document holds, in a fixed order, and last the canonical bytes in base64.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use data_encoding::BASE64;
use quick_xml::escape::partial_escape;

use super::reader::{Element, Malformed, is_white, read};

/// Bytes that one line of base64 shows: 76 characters, which mail programs leave alone (RFC 2045).
const LINE_BYTES: usize = 57;

/// One readable element: its name and what it shows.
pub type Field = (&'static str, String);

/// The document with these readable elements and these canonical bytes.
pub fn write(root: &str, fields: &[Field], data: &[u8]) -> String {
    let shown = fields
        .iter()
        .map(|(name, text)| format!("  <{name}>{}</{name}>\n", partial_escape(text.as_str())));
    let folded = data.chunks(LINE_BYTES).map(|line| format!("{}\n", BASE64.encode(line)));
    let (shown, folded): (Vec<String>, Vec<String>) = (shown.collect(), folded.collect());
    let (shown, folded) = (shown.concat(), folded.concat());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <{root} version=\"1\">\n{shown}  <data>\n{folded}  </data>\n</{root}>\n"
    )
}

/// A sheet as it was read: nothing in it has been believed yet.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sheet {
    fields: Vec<Element>,
    /// The canonical bytes.
    pub data: Vec<u8>,
}

/// Why a document is not the sheet that was expected. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SheetError {
    /// Not such a document, or beyond a bound.
    Malformed,
    /// Of a version that this software does not know (`PEER_E_UNSUPPORTED_VERSION`).
    UnsupportedVersion,
    /// What the document shows is not what its data says.
    Contradictory,
}

impl From<Malformed> for SheetError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Sheet {
    /// Reads a document with this root.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn read(document: &[u8], root: &str) -> Result<Self, SheetError> {
        let mut elements = read(document)?.into_iter();
        let top = elements.next().filter(|top| top.name == root).ok_or(Malformed)?;
        let [(name, version)] = top.attributes.as_slice() else {
            return Err(SheetError::Malformed);
        };
        if name != "version" {
            return Err(SheetError::Malformed);
        }
        if version != "1" {
            return Err(SheetError::UnsupportedVersion);
        }
        let mut fields: Vec<Element> = elements.collect();
        let are_plain = fields.iter().all(|field| field.depth == 2 && field.attributes.is_empty());
        let data = fields.pop().filter(|last| are_plain && last.name == "data").ok_or(Malformed)?;
        let base64: String = data.text.chars().filter(|c| !is_white(*c)).collect();
        let data = BASE64.decode(base64.as_bytes()).map_err(|_| Malformed)?;
        Ok(Self { fields, data })
    }

    /// Whether the readable elements are these, in this order, and show this, white space aside.
    ///
    /// # Errors
    /// [`SheetError::Malformed`] or [`SheetError::Contradictory`].
    pub fn must_show(&self, fields: &[Field]) -> Result<(), SheetError> {
        let names = fields.iter().map(|(name, _)| *name);
        if !self.fields.iter().map(|shown| shown.name.as_str()).eq(names) {
            return Err(SheetError::Malformed);
        }
        let agree = self
            .fields
            .iter()
            .zip(fields)
            .all(|(shown, (_, text))| words(&shown.text).eq(words(text)));
        if agree { Ok(()) } else { Err(SheetError::Contradictory) }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_white).filter(|word| !word.is_empty())
}
