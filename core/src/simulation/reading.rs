//! What the core reads out of bytes, written again: for whoever holds the one against the other.
//!
//! Every reader is canonical: what it takes is written again as the same bytes. Those that check
//! signatures check them here as well; mocks sign for everybody.

use alloc::vec::Vec;

use crate::codec::decode;
use crate::credential::Chain;
use crate::database::{Head, Kind, Writer};
use crate::event::Seat;
use crate::fault::Fault;
use crate::frame::{Deframer, append_frame};
use crate::genesis::{Genesis, UncheckedGenesis};
use crate::handshake::wire;
use crate::id::GroupId;
use crate::key::{PeerId, SecretKey};
use crate::message::{Blob, Direct, Message};
use crate::presence::Heard;
use crate::record::Checked;
use crate::statement::Statement;
use crate::time::UnixTime;

/// The bodies of the whole frames in pieces of a stream, none longer than `body_max`, and what
/// ended it, if anything is wrong with it.
pub fn frames<'a>(
    body_max: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Vec<u8>>, Option<Fault>) {
    let mut deframer = Deframer::new(body_max);
    let mut bodies = Vec::new();
    for mut piece in pieces {
        loop {
            match deframer.next(&mut piece) {
                Ok(Some(body)) => bodies.push(body.into_owned()),
                Ok(None) => break,
                Err(fault) => return (bodies, Some(fault)),
            }
        }
    }
    (bodies, None)
}

/// The frame with this body, which is not empty and no longer than one may be.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    append_frame(&mut out, body);
    out
}

/// The body of a group link's frame, read and written again.
///
/// # Errors
/// What is wrong with it.
pub fn message(body: &[u8]) -> Result<Vec<u8>, Fault> {
    Message::decode(body).map(|message| message.encode())
}

/// The body of a direct connection's frame, read and written again.
///
/// # Errors
/// What is wrong with it.
pub fn direct(body: &[u8]) -> Result<Vec<u8>, Fault> {
    let (message, part) = Direct::decode(body)?;
    Ok([message.encode().as_slice(), part].concat())
}

/// The body of a handshake's flight, the first being 0, read and written again as a whole frame.
///
/// # Errors
/// What is wrong with it; [`Fault::Unexpected`] beyond the fourth flight.
pub fn flight(number: usize, body: &[u8]) -> Result<Vec<u8>, Fault> {
    wire::reread(number, body)
}

/// An announcement of who is online, read, its signature unchecked, and written again.
///
/// # Errors
/// What is wrong with it.
pub fn announcement(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let heard = Heard::decode(Blob(bytes.to_vec().into()))?;
    Ok(Heard::own((*heard).clone()).blob().0.to_vec())
}

/// A statement of a group with this creator, checked but for authority.
///
/// # Errors
/// What is wrong with it.
pub fn statement(group: GroupId, creator: PeerId, bytes: &[u8]) -> Result<Statement, Fault> {
    Statement::decode(group, creator, bytes)
}

/// The same statement with its lists as their hash.
pub fn without_lists(statement: &Statement) -> Statement {
    statement.without_lists()
}

/// The item of a version, checked but for authority, and written again.
///
/// # Errors
/// What is wrong with it.
pub fn version(group: GroupId, item: &[u8]) -> Result<Vec<u8>, Fault> {
    Checked::decode(group, item).map(|version| version.item())
}

/// A genesis, checked.
///
/// # Errors
/// What is wrong with it.
pub fn genesis(bytes: &[u8]) -> Result<Genesis, Fault> {
    let unchecked: UncheckedGenesis = decode(bytes).map_err(|_| Fault::Malformed)?;
    unchecked.check().ok_or(Fault::InvalidSignature)
}

/// The bytes of a genesis as they travel.
pub fn genesis_bytes(genesis: &Genesis) -> Vec<u8> {
    crate::codec::encode(&genesis.unchecked())
}

/// A group founded by the holder of this key at this moment.
pub fn found(key: &SecretKey, nonce: [u8; 32], created: UnixTime) -> Genesis {
    Genesis::found(key, nonce, created, crate::genesis::Charter::default())
}

/// The credential chain of these grants, as it travels: with the lists of the last `full`.
pub fn chain_bytes(grants: &[Statement], full: usize) -> Vec<u8> {
    crate::codec::encode(&Chain::new(grants, full))
}

/// The grants of a chain and who holds the last of them, checked from the genesis down.
///
/// # Errors
/// What is wrong with it.
pub fn chain(genesis: &Genesis, bytes: &[u8]) -> Result<(Vec<Statement>, PeerId), Fault> {
    decode::<Chain>(bytes).map_err(|_| Fault::Malformed)?.check(genesis)
}

/// The file of a database with these counts of statements, versions and parts, and these frames, by
/// their kinds and contents: true or not, with hashes that fit.
pub fn database(seat: Seat, counts: [u64; 3], frames: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let Seat { identity, group } = seat;
    let [statements, versions, parts] = counts;
    let mut out = Vec::new();
    let head = Head { group, identity, statements, versions, parts };
    let mut writer = Writer::begin(&head, &mut out);
    for (kind, content) in frames {
        match kind {
            1 => writer.put(Kind::Statement, content, &mut out),
            2 => writer.put(Kind::Version, content, &mut out),
            3 => writer.put(Kind::Part, content, &mut out),
            _ => writer.put(Kind::Head, content, &mut out),
        }
    }
    writer.end(&mut out);
    out
}
