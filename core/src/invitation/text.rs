//! Documents as one line of text: for a QR code, a chat, a link.
//!
//! A word that says what it is, a colon, then the canonical bytes and a checksum in base32
//! (RFC 4648, without padding). All of it is within the characters of which a QR code packs two
//! into eleven bits (alphanumeric mode), and no mail program changes more of it than where its
//! lines end.

use alloc::string::String;
use alloc::vec::Vec;

use data_encoding::BASE32_NOPAD;

use super::InvitationError;
use crate::hash::{Label, hash};
use crate::limits::TEXT_BYTES_MAX;

/// The text of these bytes, as a document of this kind: capital letters and hyphens.
pub(crate) fn write(kind: &str, bytes: &[u8]) -> String {
    let all = [bytes, &checksum(kind, bytes)].concat();
    let mut text = String::from(kind);
    text.push(':');
    BASE32_NOPAD.encode_append(&all, &mut text);
    text
}

/// The bytes in a text of this kind, in letters of either case and with white space anywhere.
pub(crate) fn read(kind: &str, text: &str) -> Result<Vec<u8>, InvitationError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(InvitationError::Malformed);
    }
    let solid = text.chars().filter(|each| !each.is_whitespace());
    let solid: String = solid.map(|each| each.to_ascii_uppercase()).collect();
    let coded = solid.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':'));
    let coded = coded.ok_or(InvitationError::Malformed)?;
    let all = BASE32_NOPAD.decode(coded.as_bytes()).map_err(|_| InvitationError::Damaged)?;
    let (bytes, sum) = all.split_last_chunk::<4>().ok_or(InvitationError::Damaged)?;
    if *sum == checksum(kind, bytes) { Ok(bytes.into()) } else { Err(InvitationError::Damaged) }
}

/// Against accidents, not against anybody: whoever changes the bytes can make another one.
fn checksum(kind: &str, bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = hash(Label::DocumentText, &[kind.as_bytes(), b":", bytes]);
    [a, b, c, d]
}

#[cfg(test)]
mod tests;
