//! What travels: whatever is read is written again as the same bytes.

use peergroup_core::simulation::forge::frames::{
    self, ForgedClass, ForgedGoodbye, ForgedSet, deframe,
};
use peergroup_core::simulation::forge::{Forge, ForgedPresence, ForgedVersion, statement_bytes};
use peergroup_core::simulation::{forge, reading};
use peergroup_core::{Attribute, Body, Fault, StatementId, UnixTime, Value};

use crate::f14_liar;
use crate::rig::dawn;
use crate::scene::{NOTE, key, peer, scene};
use crate::{Tape, f16_handshake};

/// Reads a group link's message, a direct connection's, an announcement, a version, or one of the
/// four flights of a handshake.
pub fn f02_message(data: &[u8]) {
    let mut tape = Tape::new(data);
    let kind = tape.below(8);
    let bytes = tape.rest();
    let group = scene().seat.group;
    let again: Result<Vec<u8>, Fault> = match kind {
        0 => reading::message(bytes),
        1 => reading::direct(bytes),
        2 => reading::announcement(bytes),
        3 => reading::version(group, bytes),
        flight => {
            let framed = reading::flight(flight - 4, bytes);
            framed.map(|mut framed| deframe(&mut framed).expect("a whole frame"))
        }
    };
    if let Ok(again) = again {
        assert_eq!(again, bytes, "C02: not canonical");
    }
    if kind == 0 {
        let is_known = frames::kind_of(bytes) != "unknown";
        assert_eq!(is_known, reading::message(bytes).is_ok());
    }
}

fn seed(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind], bytes].concat()
}

/// The body of a whole frame.
fn body(mut frame: Vec<u8>) -> Vec<u8> {
    deframe(&mut frame).expect("a whole frame")
}

/// Messages of a group link, of all kinds that somebody without a replica can say.
pub(crate) fn messages() -> Vec<Vec<u8>> {
    let forge = Forge::new(key(7), scene().seat.group);
    let tags = [[1, 2, 3, 4], [5, 6, 7, 8]];
    let mut all = Vec::new();
    for set in [ForgedSet::Authority, ForgedSet::Records] {
        all.extend([
            frames::items(set, &[b"an item".to_vec(), Vec::new()]),
            frames::compare(set, [3; 32], 9, true),
            frames::compared(set, 700, false),
            frames::probes(set, &tags),
            frames::want(set, &tags),
            frames::lacking(set, &tags),
        ]);
    }
    let version = version(&forge);
    let removal = Body::Remove { subject: peer(8), cut: Vec::new() };
    let statement = forge.statement(Some(StatementId::from_bytes([5; 32])), 1, removal, &[], &[]);
    all.push(frames::items(ForgedSet::Authority, &[statement_bytes(&statement)]));
    all.push(frames::items(ForgedSet::Records, &[version]));
    for class in [ForgedClass::Control, ForgedClass::Lists, ForgedClass::Items] {
        all.push(frames::credit(class, 70_000));
    }
    for goodbye in [ForgedGoodbye::Leaving, ForgedGoodbye::NotAMember] {
        all.push(frames::goodbye(goodbye));
    }
    all.push(frames::presence(&[forge.presence(ForgedPresence::default())]));
    all.extend([frames::dial_back(77), frames::online([4; 32])]);
    all.into_iter().map(body).collect()
}

/// A version with everything in it.
fn version(forge: &Forge) -> Vec<u8> {
    let expires = UnixTime::from_millis(dawn().wall.as_millis() + 1_000_000);
    let stamp = forge::stamp(dawn().wall, 3, 9);
    let mut version = ForgedVersion::first(forge.peer(), None, NOTE, stamp, expires);
    version.payload = bytes::Bytes::from_static(b"a payload");
    version.attributes = vec![
        Attribute::text("keyword", "a word").expect("an attribute"),
        Attribute::new("year", Value::Int(-7)).expect("an attribute"),
    ];
    forge.version(&version)
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let forge = Forge::new(key(7), scene().seat.group);
    let mut seeds: Vec<Vec<u8>> = messages().iter().map(|body| seed(0, body)).collect();
    seeds.extend(f14_liar::conversation(12, 9, 30).iter().map(|body| seed(0, body)));
    // a part that begins a message, one that goes on, credit, the end, a window that opens
    let begun = [&[0, 1][..], NOTE.as_bytes(), &[0xac, 2, 3], b"abc"].concat();
    for direct in [&begun[..], &[0, 0, 2, 9, 9], &[1, 0x80, 1], &[2], &[3, 0xff, 0xff, 3]] {
        seeds.push(seed(1, direct));
    }
    let announced = frames::presence(&[forge.presence(ForgedPresence::default())]);
    let announced = body(announced);
    // behind the message's number, the count of announcements and the length of the one
    seeds.push(seed(2, announced.get(4..).unwrap_or_default()));
    seeds.push(seed(2, announced.get(3..).unwrap_or_default()));
    seeds.push(seed(3, &version(&forge)));
    for (number, flight) in (4..).zip(f16_handshake::flights()) {
        seeds.push(seed(number, &flight));
    }
    seeds
}
