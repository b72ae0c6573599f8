//! The database of a group as a file.
#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;

use super::records::{a_large_version, a_version};
use super::{Read, Sheet, hex, map};
use crate::codec::encode;
use crate::database::{DatabaseCheck, FilePart, Frame, Head, Kind, Reader, Writer};
use crate::error::DatabaseError;
use crate::event::Seat;
use crate::fixture::{admins, found, genesis, key};
use crate::record::{Part, PayloadId, leaf_digest, payload_root};
use crate::statement::Statement;

/// The bytes of the large payload, all alike.
const PAYLOAD: (u8, usize) = (0x2a, 150_000);
/// Bytes before the head's frame, and of that frame.
const PREAMBLE: usize = 10;
const HEAD: usize = 4 + 1 + 67;

#[test]
fn the_vectors_of_databases_are_as_made() {
    let seat = seat();
    let given = map(vec![
        ("genesis", hex(&encode(&genesis().unchecked()))),
        ("identity", hex(seat.identity.as_bytes())),
    ]);
    let mut sheet = Sheet::new("database.json", given);
    let whole = file(&head(3, 2, 4), &all());
    sheet.valid("database", "of everything that there may be", &whole, read);
    sheet.valid("database", "of nothing", &file(&head(0, 0, 0), &[]), read);
    refused_by_what_they_are(&mut sheet);
    refused_by_what_is_in_them(&mut sheet);
    sheet.close();
}

/// The seat of the second Admin, whose database it is.
fn seat() -> Seat {
    Seat { identity: key(2).peer(), group: genesis().id() }
}

fn head(statements: u64, versions: u64, parts: u64) -> Head {
    let Seat { identity, group } = seat();
    Head { group, identity, statements, versions, parts }
}

type Frames = Vec<(Kind, Vec<u8>)>;

fn statements() -> Frames {
    admins(3).iter().map(|grant| (Kind::Statement, grant.encode())).collect()
}

fn all() -> Frames {
    let versions = [a_version(), a_large_version()].map(|item| (Kind::Version, item));
    statements().into_iter().chain(versions).chain(parts()).collect()
}

fn payload() -> Vec<u8> {
    vec![PAYLOAD.0; PAYLOAD.1]
}

fn parts() -> Frames {
    let payload = payload();
    let id = PayloadId::new(payload_root(&payload), u32::try_from(payload.len()).unwrap());
    let leaves: Vec<&[u8]> = payload.chunks(65_536).collect();
    let digests: Vec<u8> = leaves.iter().flat_map(|leaf| leaf_digest(leaf)).collect();
    let part = |part, bytes: &[u8]| {
        let bytes = Bytes::copy_from_slice(bytes);
        (Kind::Part, FilePart { payload: id, part, bytes }.encode())
    };
    let leaves = (0..).zip(&leaves).map(|(number, leaf)| part(Part::Leaf(number), leaf));
    [part(Part::Digests, &digests)].into_iter().chain(leaves).collect()
}

/// A file of these frames, with an end that fits.
fn file(head: &Head, frames: &[(Kind, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::begin(head, &mut out);
    for (kind, content) in frames {
        writer.put(*kind, content, &mut out);
    }
    writer.end(&mut out);
    out
}

fn read(bytes: &[u8]) -> Result<Read, DatabaseError> {
    let mut check = DatabaseCheck::new(seat(), genesis().creator());
    check.read(bytes)?;
    check.finish()?;
    let mut reader = Reader::default();
    reader.push(bytes);
    let (mut head, mut frames) = (None, Frames::new());
    while let Some(frame) = reader.next()? {
        match frame {
            Frame::Head(read) => head = Some(read),
            Frame::Statement(bytes) => frames.push((Kind::Statement, bytes)),
            Frame::Version(bytes) => frames.push((Kind::Version, bytes)),
            Frame::Part(part) => frames.push((Kind::Part, part.encode())),
        }
    }
    let head = head.unwrap();
    let fields = map(vec![
        ("group", hex(head.group.as_bytes())),
        ("identity", hex(head.identity.as_bytes())),
        ("statements", head.statements.into()),
        ("versions", head.versions.into()),
        ("parts", head.parts.into()),
    ]);
    Ok(Read::new(fields, file(&head, &frames)))
}

fn refused_by_what_they_are(sheet: &mut Sheet) {
    let whole = file(&head(1, 0, 0), &statements()[..1]);
    let mut bad = |name, why, bytes: &[u8]| sheet.refused("database", name, why, bytes, read);
    bad("that is a letter", "NotADatabase", b"Dear Ada, how are you?");
    let newer = [&whole[..9], &[2], &whole[10..]].concat();
    bad("of another version", "Newer", &newer);
    let other_group = Head { group: found(1).id(), ..head(0, 0, 0) };
    bad("of another group", "OtherGroup", &file(&other_group, &[]));
    let other_identity = Head { identity: key(1).peer(), ..head(0, 0, 0) };
    bad("of another identity", "OtherIdentity", &file(&other_identity, &[]));
    bad("cut short", "Truncated", &whole[..whole.len() - 1]);
    bad("without an end", "Truncated", &whole[..whole.len() - 37]);
    bad("with more behind it", "Damaged", &[&whole[..], &[0]].concat());
    bad("without a head", "Damaged", &[&whole[..PREAMBLE], &whole[PREAMBLE + HEAD..]].concat());
    let at = whole.len() - 1;
    let flipped = [&whole[..at], &[whole[at] ^ 1]].concat();
    bad("with another hash", "Damaged", &flipped);
    let long = [&whole[..PREAMBLE + HEAD], &65_793_u32.to_be_bytes()].concat();
    bad("with a frame that is too long", "Damaged", &long);
    let empty = [&whole[..PREAMBLE + HEAD], &[0; 4]].concat();
    bad("with a frame of nothing", "Damaged", &empty);
}

fn refused_by_what_is_in_them(sheet: &mut Sheet) {
    let mut bad = |name, head: &Head, frames: &[(Kind, Vec<u8>)]| {
        sheet.refused("database", name, "Damaged", &file(head, frames), read);
    };
    let one = statements()[..1].to_vec();
    bad("of less than it says", &head(2, 0, 0), &one);
    bad("of more than it says", &head(0, 0, 0), &one);
    bad("of something else than it says", &head(0, 1, 0), &one);
    let version = (Kind::Version, a_version());
    bad("out of order", &head(1, 1, 0), &[version, one[0].clone()]);
    let mut forged = one.clone();
    *forged[0].1.last_mut().unwrap() ^= 1;
    bad("with a forged statement", &head(1, 0, 0), &forged);
    let lists = crate::fixture::no_lists();
    let body = crate::statement::Body::Property(crate::property::Properties::default());
    let elsewhere = Statement::sign(&key(0), found(1).id(), None, 1, body, lists);
    let foreign = [(Kind::Statement, elsewhere.encode())];
    bad("with a statement of another group", &head(1, 0, 0), &foreign);
    let mut damaged = parts();
    damaged[1].1[100] ^= 1;
    bad("with a leaf that is not what the root says", &head(0, 0, 4), &damaged);
    let mut late = parts();
    late.swap(0, 1);
    bad("with a leaf before the digests", &head(0, 0, 4), &late);
    bad("with a leaf without digests", &head(0, 0, 1), &parts()[1..2]);
    let twice = [parts()[0].clone(), parts()[0].clone()];
    bad("with a part twice", &head(0, 0, 2), &twice);
}
