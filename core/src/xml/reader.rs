//! A strict reader for a small, plain part of XML 1.0.
//!
//! The tokenizer below it takes much that is not XML and much that we have no use for. Accepted
//! here are UTF-8, one declaration at the start, one root, elements that hold either text or
//! elements, attributes, the five predefined entities and numeric references. Refused is all else:
//! document types, processing instructions, comments, CDATA, other entities, namespace prefixes,
//! control characters, names beyond ASCII, and whatever exceeds a bound (attacks P01 and P02).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use quick_xml::Reader;
use quick_xml::escape::unescape_with;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use crate::limits::{XML_ATTRIBUTES_MAX, XML_BYTES_MAX, XML_DEPTH_MAX};

/// Not a document that this reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// One element. It holds either text or elements: beside children its text is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// 1 for the root.
    pub(super) depth: usize,
    pub(super) name: String,
    /// In the order of the document; no name twice.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
}

/// The elements of a document in the order in which they open; the first is the root. They are no
/// more than a quarter of [`XML_BYTES_MAX`], and no deeper than [`XML_DEPTH_MAX`].
pub(super) fn read(document: &[u8]) -> Result<Vec<Element>, Malformed> {
    read_within(document, XML_DEPTH_MAX)
}

/// The same of a document in which elements may be so deep.
pub(super) fn read_within(document: &[u8], depth: usize) -> Result<Vec<Element>, Malformed> {
    if document.len() > XML_BYTES_MAX {
        return Err(Malformed);
    }
    let text = core::str::from_utf8(document).map_err(|_| Malformed)?;
    if text.chars().any(is_unfit) {
        return Err(Malformed);
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut builder = Builder { depth, ..Builder::default() };
    loop {
        match reader.read_event().map_err(|_| Malformed)? {
            Event::Eof => return builder.finish(),
            event => builder.take(event)?,
        }
    }
}

/// What XML calls white space.
pub(super) fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Characters that no document may hold: control characters but for white space, and the two code
/// points that XML excludes.
fn is_unfit(c: char) -> bool {
    (c.is_control() && !is_white(c)) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn is_blank(text: &str) -> bool {
    text.chars().all(is_white)
}

/// Names begin with a letter and go on with letters, digits, `-` and `_`, all ASCII. Without a
/// colon there are no namespaces.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[derive(Default)]
struct Builder {
    /// How deep an element may be.
    depth: usize,
    elements: Vec<Element>,
    /// Where the open elements are, from the root inwards.
    open: Vec<usize>,
    is_declared: bool,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), Malformed> {
        match event {
            Event::Decl(declaration) => self.declare(&declaration),
            Event::Start(tag) => self.open(&tag),
            Event::End(_) => {
                self.open.pop();
                Ok(())
            }
            Event::Text(text) if text.contains("]]>") => Err(Malformed),
            Event::Text(text) => self.append(&text.xml10_content()),
            Event::GeneralRef(reference) if !self.open.is_empty() => {
                self.append(&resolved(&reference)?)
            }
            Event::GeneralRef(_)
            | Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::Eof => Err(Malformed),
        }
    }

    fn declare(&mut self, declaration: &BytesDecl<'_>) -> Result<(), Malformed> {
        if self.is_declared || !self.elements.is_empty() {
            return Err(Malformed);
        }
        self.is_declared = true;
        let content: &str = declaration;
        let attributes = attributes(content.strip_prefix("xml").ok_or(Malformed)?)?;
        let (version, rest) = attributes.split_first().ok_or(Malformed)?;
        let rest_is_good = match rest {
            [] => true,
            [(name, value)] => name == "encoding" && value.eq_ignore_ascii_case("UTF-8"),
            _ => false,
        };
        let version_is_good = version.0 == "version" && version.1 == "1.0";
        if version_is_good && rest_is_good { Ok(()) } else { Err(Malformed) }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Malformed> {
        let name = tag.name().0;
        if self.open.len() >= self.depth || !is_name(name) {
            return Err(Malformed);
        }
        let is_root = self.elements.is_empty();
        match self.innermost() {
            Some(parent) if is_blank(&parent.text) => parent.text.clear(),
            None if is_root => {}
            Some(_) | None => return Err(Malformed),
        }
        self.open.push(self.elements.len());
        self.elements.push(Element {
            depth: self.open.len(),
            name: name.to_owned(),
            attributes: attributes(tag.attributes_raw())?,
            text: String::new(),
        });
        Ok(())
    }

    fn append(&mut self, text: &str) -> Result<(), Malformed> {
        let is_leaf =
            self.open.last().is_some_and(|at| at.saturating_add(1) == self.elements.len());
        match self.innermost() {
            Some(element) if is_leaf => element.text.push_str(text),
            Some(_) | None if is_blank(text) => {}
            Some(_) | None => return Err(Malformed),
        }
        Ok(())
    }

    fn innermost(&mut self) -> Option<&mut Element> {
        self.open.last().and_then(|at| self.elements.get_mut(*at))
    }

    fn finish(self) -> Result<Vec<Element>, Malformed> {
        let is_whole = self.open.is_empty() && !self.elements.is_empty();
        if is_whole { Ok(self.elements) } else { Err(Malformed) }
    }
}

/// The attributes of a tag, from what stands between its name and its end.
fn attributes(mut rest: &str) -> Result<Vec<(String, String)>, Malformed> {
    let mut attributes: Vec<(String, String)> = Vec::new();
    while !is_blank(rest) {
        let trimmed = rest.trim_start_matches(is_white);
        let (name, after) = trimmed.split_once('=').ok_or(Malformed)?;
        let name = name.trim_end_matches(is_white);
        let after = after.trim_start_matches(is_white);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(Malformed)?;
        let (value, after) =
            after.strip_prefix(quote).and_then(|after| after.split_once(quote)).ok_or(Malformed)?;
        let is_apart = trimmed.len() < rest.len();
        let is_new = attributes.iter().all(|(known, _)| known != name);
        if !is_apart || !is_new || !is_name(name) || attributes.len() >= XML_ATTRIBUTES_MAX {
            return Err(Malformed);
        }
        attributes.push((name.to_owned(), attribute_value(value)?));
        rest = after;
    }
    Ok(attributes)
}

/// The value of an attribute, with references resolved. It holds no line breaks or tabs.
fn attribute_value(raw: &str) -> Result<String, Malformed> {
    let value = unescape_with(raw, predefined).map_err(|_| Malformed)?;
    let is_good = !raw.contains('<') && !value.chars().any(|c| c.is_control() || is_unfit(c));
    if is_good { Ok(value.into_owned()) } else { Err(Malformed) }
}

/// The text of a reference: one of the five entities, or a character by its number.
fn resolved(reference: &BytesRef<'_>) -> Result<String, Malformed> {
    if let Some(text) = predefined(reference) {
        return Ok(text.to_owned());
    }
    let by_number = reference.resolve_char_ref().ok().flatten();
    by_number.filter(|c| !c.is_control() && !is_unfit(*c)).map(String::from).ok_or(Malformed)
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
