//! Test vectors: what the page of the protocol says, as bytes on which any implementation can be
//! tried. `tests/vectors/README.md` describes the files.
//!
//! Every file follows from constants. A test makes it anew and compares; with
//! `PEERGROUP_WRITE_VECTORS=1` in the environment it writes it instead. On the way each vector is
//! given to the decoder: a valid one must encode to the same bytes again, a refused one must be
//! refused by the name that stands beside it.

mod appendix;
mod database;
#[cfg(all(feature = "password", feature = "xml"))]
mod documents;
mod json;
mod links;
mod records;
#[cfg(feature = "xml")]
mod searches;
mod show;
mod statements;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Debug;
use std::path::PathBuf;

pub(crate) use json::{Json, hex, map};
pub(crate) use show::show;

/// What a decoder makes of bytes: what they say, what follows from that, the bytes once more.
pub(crate) struct Read {
    pub(crate) fields: Json,
    pub(crate) derived: Vec<(&'static str, Json)>,
    pub(crate) again: Vec<u8>,
}

impl Read {
    pub(crate) fn new(fields: Json, again: Vec<u8>) -> Self {
        Self { fields, derived: Vec::new(), again }
    }
}

/// One file of vectors.
pub(crate) struct Sheet {
    file: &'static str,
    given: Json,
    vectors: Vec<Json>,
}

impl Sheet {
    /// A file whose vectors share this context.
    pub(crate) fn new(file: &'static str, given: Json) -> Self {
        Self { file, given, vectors: Vec::new() }
    }

    /// Bytes that the decoder takes and writes again as they were.
    pub(crate) fn valid<E: Debug>(
        &mut self,
        what: &str,
        name: &str,
        bytes: &[u8],
        read: impl Fn(&[u8]) -> Result<Read, E>,
    ) {
        let again = |bytes: &[u8]| read(bytes).map(|read| read.again);
        assert_eq!(again(bytes).unwrap(), bytes, "{what}, {name}: not encoded as it was");
        self.taken(what, name, bytes, read);
    }

    /// Bytes that the decoder takes, though it would write others.
    pub(crate) fn taken<E: Debug>(
        &mut self,
        what: &str,
        name: &str,
        bytes: &[u8],
        read: impl Fn(&[u8]) -> Result<Read, E>,
    ) {
        let read = read(bytes).unwrap_or_else(|error| panic!("{what}, {name}: {error:?}"));
        let mut vector = vector(what, name, bytes);
        if read.again != bytes {
            vector.push(content("written as", &read.again));
        }
        vector.push(("fields".to_owned(), read.fields));
        if !read.derived.is_empty() {
            vector.push(("derived".to_owned(), map(read.derived)));
        }
        self.vectors.push(Json::Map(vector));
    }

    /// Bytes that the decoder refuses by this name.
    pub(crate) fn refused<E: Debug>(
        &mut self,
        what: &str,
        name: &str,
        why: &str,
        bytes: &[u8],
        read: impl Fn(&[u8]) -> Result<Read, E>,
    ) {
        let refusal = read(bytes).err().unwrap_or_else(|| panic!("{what}, {name}: is taken"));
        assert_eq!(format!("{refusal:?}").trim_matches('"'), why, "{what}, {name}");
        let mut vector = vector(what, name, bytes);
        vector.push(("refused".to_owned(), why.into()));
        self.vectors.push(Json::Map(vector));
    }

    /// Something that is computed, not decoded.
    pub(crate) fn computed(&mut self, what: &str, name: &str, values: Vec<(&'static str, Json)>) {
        let head = [("name", name.into()), ("what", what.into())];
        self.vectors.push(map(head.into_iter().chain(values).collect()));
    }

    /// Compares with the file, or writes it.
    pub(crate) fn close(self) {
        let path: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "..", "tests", "vectors", self.file].iter().collect();
        let document =
            map(alloc::vec![("given", self.given), ("vectors", Json::List(self.vectors))]);
        let text = format!("{document}\n");
        if std::env::var_os("PEERGROUP_WRITE_VECTORS").is_some() {
            std::fs::write(&path, text).unwrap();
            return;
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = text.lines().zip(committed.lines()).position(|(made, held)| made != held);
        assert!(text == committed, "{}: not as made, from line {:?}", self.file, differs);
    }
}

fn vector(what: &str, name: &str, bytes: &[u8]) -> Vec<(String, Json)> {
    let head = [("name", name), ("what", what)];
    let head = head.map(|(name, value)| (name.to_owned(), value.into()));
    head.into_iter().chain([content("bytes", bytes)]).collect()
}

/// A longer text is written as bytes: what makes it long is a run.
const TEXT_BYTES_MAX: usize = 16_384;

/// The bytes by this name; a document as the text that it is.
fn content(name: &str, bytes: &[u8]) -> (String, Json) {
    let is_shown = |c: char| c == '\n' || !c.is_control();
    match core::str::from_utf8(bytes) {
        Ok(text) if (3..TEXT_BYTES_MAX).contains(&text.len()) && text.chars().all(is_shown) => {
            let name = if name == "bytes" { "text" } else { name };
            (name.to_owned(), text.into())
        }
        _ => (name.to_owned(), runs(bytes)),
    }
}

/// A run of one byte that is so long is written as what it is.
const RUN_BYTES_MIN: usize = 96;

/// Hexadecimal; where one byte comes again and again, a list of parts.
fn runs(bytes: &[u8]) -> Json {
    let (mut parts, mut plain) = (Vec::new(), 0);
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| **byte == bytes[at]).count();
        if length >= RUN_BYTES_MIN {
            parts.extend((plain < at).then(|| hex(&bytes[plain..at])));
            let run = [("repeat", hex(&bytes[at..=at])), ("times", length.into())];
            parts.push(map(run.into()));
            plain = at.saturating_add(length);
        }
        at = at.saturating_add(length);
    }
    if parts.is_empty() {
        return hex(bytes);
    }
    parts.extend((plain < bytes.len()).then(|| hex(&bytes[plain..])));
    Json::List(parts)
}
