//! Versions of records and the hashes of payloads.
#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use alloc::vec;
use alloc::vec::Vec;

use super::statements::with;
use super::{Json, Read, Sheet, hex, map, show};
use crate::codec::{decode, encode};
use crate::fault::Fault;
use crate::fixture::{genesis, key, statement_id};
use crate::hash::{Label, hash};
use crate::id::TypeId;
use crate::record::{
    Attribute, Checked, IdFields, Lineage, Origin, Rest, Value, leaf_digest, payload_root,
    root_over,
};
use crate::stamp::Stamp;
use crate::time::UnixTime;

const NOTE: TypeId = TypeId::from_u128(0x5f3e_8d1c_90ab_4c1e_9d52_7b0e_6a44_1c11);
const ADDED: u64 = 1_700_000_000_000;
const OWNER: u8 = 2;
const EDITOR: u8 = 1;

#[test]
fn the_vectors_of_records_are_as_made() {
    let given = map(vec![("genesis", hex(&encode(&genesis().unchecked())))]);
    let mut sheet = Sheet::new("records.json", given);
    for (name, version) in valid_versions() {
        sheet.valid("version", name, &version.item(), read_version);
    }
    bad_forms(&mut sheet);
    bad_attributes(&mut sheet);
    bad_bytes(&mut sheet);
    payloads(&mut sheet);
    sheet.close();
}

fn read_version(bytes: &[u8]) -> Result<Read, Fault> {
    let checked = Checked::decode(genesis().id(), bytes)?;
    let Json::Map(mut fields) = show(checked.version()) else { panic!("a structure") };
    fields.push(("payload".into(), hex(&checked.payload())));
    let derived = vec![
        ("record", hex(checked.record().as_bytes())),
        ("id", hex(checked.id().as_bytes())),
        ("rest", hex(&hash(Label::VersionRest, &[&encode(&checked.version().rest)]))),
    ];
    Ok(Read { derived, ..Read::new(Json::Map(fields), checked.item()) })
}

/// What a version is made of.
#[derive(Clone)]
struct Draft {
    fields: IdFields,
    rest: Rest,
    origin: Option<Origin>,
    payload: Vec<u8>,
}

impl Draft {
    /// A note by a member.
    fn note() -> Self {
        let ceiling = UnixTime::from_millis(ADDED + 7_200_000);
        let fields =
            IdFields { type_id: NOTE, creator: key(OWNER).peer(), nonce: [3; 16], ceiling };
        let rest = Rest {
            modifier: key(OWNER).peer(),
            cred: Some(statement_id(OWNER)),
            stamp: stamp(ADDED, 7),
            lineage: Lineage::default(),
            number: 1,
            created: UnixTime::from_millis(ADDED),
            expires: UnixTime::from_millis(ADDED + 3_600_000),
            deleted: false,
            attributes: vec![],
            payload_root: payload_root(b"hello"),
            payload_len: 5,
        };
        Self { fields, rest, origin: None, payload: b"hello".to_vec() }
    }

    /// The same note as an Admin leaves it.
    fn edited() -> Self {
        let first = Self::note();
        let origin = Some(first.sign(OWNER).origin());
        let mut edited = Self { origin, ..first };
        edited.rest.modifier = key(EDITOR).peer();
        edited.rest.cred = Some(statement_id(EDITOR));
        edited.rest.number = 2;
        edited.rest.stamp = stamp(ADDED + 60_000, 8);
        edited.rest.lineage = lineage(&[stamp(ADDED, 7)]);
        edited.saying(b"hello, all")
    }

    fn saying(mut self, payload: &[u8]) -> Self {
        self.rest.payload_root = payload_root(payload);
        self.rest.payload_len = payload.len().try_into().unwrap();
        self.payload = payload.to_vec();
        self
    }

    fn deleted(mut self) -> Self {
        self.rest.deleted = true;
        self.rest.expires = self.fields.ceiling;
        self.rest.attributes.clear();
        self.saying(b"")
    }

    fn but(mut self, change: impl FnOnce(&mut Rest)) -> Self {
        change(&mut self.rest);
        self
    }

    fn sign(&self, by: u8) -> Checked {
        let Self { fields, rest, origin, payload } = self.clone();
        Checked::sign(&key(by), genesis().id(), fields, rest, origin, &payload)
    }
}

fn stamp(millis: u64, instance: u64) -> Stamp {
    Stamp { time: UnixTime::from_millis(millis), count: 0, instance }
}

fn lineage(stamps: &[Stamp]) -> Lineage {
    decode(&encode(stamps)).unwrap()
}

fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::new("year", Value::Int(-5)).unwrap(),
        Attribute::new("least", Value::Int(i64::MIN)).unwrap(),
        Attribute::text("title", "Tea & cake").unwrap(),
        Attribute::new("held", Value::Date(UnixTime::MAX)).unwrap(),
    ]
}

fn valid_versions() -> Vec<(&'static str, Checked)> {
    let note = Draft::note();
    let mut by_creator = note.clone().but(|rest| rest.cred = None);
    by_creator.fields.creator = key(0).peer();
    by_creator.rest.modifier = key(0).peer();
    let large = Checked::decode(genesis().id(), &a_large_version()).unwrap();
    vec![
        ("a note", note.sign(OWNER)),
        ("with attributes", note.clone().but(|rest| rest.attributes = attributes()).sign(OWNER)),
        ("without a payload", note.clone().saying(b"").sign(OWNER)),
        ("with the longest payload inside", note.clone().saying(&[7; 4096]).sign(OWNER)),
        ("with a large payload", large),
        ("by the group's creator", by_creator.sign(0)),
        ("edited by an Admin", Draft::edited().sign(EDITOR)),
        ("deleted by its creator", note.deleted().sign(OWNER)),
        ("deleted by an Admin", Draft::edited().deleted().sign(EDITOR)),
    ]
}

/// One version, as an item.
pub(super) fn a_version() -> Vec<u8> {
    Draft::note().sign(OWNER).item()
}

/// The version whose large payload is 150,000 times 0x2a, as an item.
pub(super) fn a_large_version() -> Vec<u8> {
    let large = Draft { payload: vec![], ..Draft::note().saying(&vec![0x2a; 150_000]) };
    large.sign(OWNER).item()
}

fn bad_forms(sheet: &mut Sheet) {
    let mut bad = |name, draft: &Draft, by| {
        let bytes = draft.sign(by).item();
        sheet.refused("version", name, "InvalidVersion", &bytes, read_version);
    };
    let note = Draft::note();
    let reserved = TypeId::from_u128(0x5f3e_8d1c_0000_0000_0000_0000_0000_0000);
    let fields = IdFields { type_id: reserved, ..note.fields };
    bad("a type that is reserved", &Draft { fields, ..note.clone() }, OWNER);
    bad("number 0", &note.clone().but(|rest| rest.number = 0), OWNER);
    let later = UnixTime::from_millis(ADDED + 1);
    bad("created after its stamp", &note.clone().but(|rest| rest.created = later), OWNER);
    let over = UnixTime::from_millis(ADDED + 7_200_001);
    bad("expiring beyond the ceiling", &note.clone().but(|rest| rest.expires = over), OWNER);
    let early = note.clone().deleted().but(|rest| rest.expires = UnixTime::from_millis(ADDED));
    bad("a tombstone that ends early", &early, OWNER);
    let loud = note.clone().deleted().saying(b"bye");
    bad("a tombstone with a payload", &loud, OWNER);
    let shown = note.clone().deleted().but(|rest| rest.attributes = attributes());
    bad("a tombstone with attributes", &shown, OWNER);
    let orphan = Draft { origin: None, ..Draft::edited() };
    bad("by another without an origin", &orphan, EDITOR);
    let origin = Some(note.sign(OWNER).origin());
    bad("by its creator with an origin", &Draft { origin, ..note.clone() }, OWNER);
    let one = stamp(1, 1);
    let mut lines = |name, stamps: &[Stamp]| {
        bad(name, &note.clone().but(|rest| rest.lineage = lineage(stamps)), OWNER);
    };
    lines("a lineage that descends", &[stamp(2, 2), one]);
    lines("a lineage of one instance twice", &[one, stamp(2, 1)]);
    lines("a lineage of its own instance", &[stamp(1, 7)]);
    lines("a lineage that is not before it", &[stamp(ADDED, 9)]);
    let many: Vec<Stamp> = (1..=17).map(|number| stamp(number, 100 + number)).collect();
    lines("a lineage of seventeen", &many);
    let root = payload_root(b"other");
    bad("a payload of another root", &note.clone().but(|rest| rest.payload_root = root), OWNER);
    bad("a payload of another length", &note.clone().but(|rest| rest.payload_len = 4), OWNER);
    let huge = note.saying(b"").but(|rest| rest.payload_len = 62_914_561);
    bad("a payload beyond 60 MiB", &huge, OWNER);
}

fn bad_attributes(sheet: &mut Sheet) {
    let note = Draft::note();
    let number = Attribute::new("n", Value::Int(0)).unwrap();
    let many = note.clone().but(|rest| rest.attributes = vec![number.clone(); 65]);
    let bytes = many.sign(OWNER).item();
    sheet.refused("version", "65 attributes", "InvalidVersion", &bytes, read_version);
    let long = Attribute::text("text", &"a".repeat(4032)).unwrap();
    let heavy = note.clone().but(|rest| rest.attributes = vec![long.clone(), long, number.clone()]);
    sheet.valid(
        "version",
        "attributes of nearly 8,192 bytes",
        &heavy.sign(OWNER).item(),
        read_version,
    );
    let all = Attribute::text("text", &"a".repeat(2730)).unwrap();
    let heavy = note.clone().but(|rest| rest.attributes = vec![all; 3]);
    let bytes = heavy.sign(OWNER).item();
    sheet.refused("version", "attributes of 8,200 bytes", "InvalidVersion", &bytes, read_version);
    let named = note.but(|rest| rest.attributes = vec![number]).sign(OWNER).item();
    let at = named.windows(4).position(|it| it == [1, b'n', 0, 0]).unwrap() + 1;
    let bytes = with(&named, at, b'-');
    sheet.refused("version", "an attribute named -", "Malformed", &bytes, read_version);
    let bytes = [&named[..at - 1], &[0], &named[at + 1..]].concat();
    sheet.refused("version", "an attribute without a name", "Malformed", &bytes, read_version);
    let reserved: &[u8] = b"\x0dPeerCreatorId";
    let bytes = [&named[..at - 1], reserved, &named[at + 1..]].concat();
    sheet.refused("version", "a reserved attribute", "Malformed", &bytes, read_version);
}

fn bad_bytes(sheet: &mut Sheet) {
    let good = Draft::note().sign(OWNER).item();
    let mut bad = |name, why, bytes: &[u8]| {
        sheet.refused("version", name, why, bytes, read_version);
    };
    bad("a payload cut short", "InvalidVersion", &good[..good.len() - 1]);
    bad("a payload with a byte too many", "InvalidVersion", &[&good[..], &[0]].concat());
    bad("cut short", "Malformed", &good[..good.len() - 6]);
    bad("another payload", "InvalidVersion", &with(&good, good.len() - 1, b'a'));
    bad("another signature", "InvalidSignature", &with(&good, good.len() - 6, 0x7f));
    bad("another nonce", "InvalidSignature", &with(&good, 48, 4));
    let twice = [&good[..64], &[0x80, 0x80, 0x00], &good[64..]].concat();
    bad("a ceiling that is not canonical", "Malformed", &twice);
    let long = Draft::note().saying(&[1; 4097]).sign(OWNER).item();
    bad("4,097 bytes of payload inside", "TooLarge", &long);
    let mut edited = Draft::edited();
    edited.origin = edited.origin.map(|origin| Origin { rest: [0; 32], ..origin });
    let bytes = edited.sign(EDITOR).item();
    bad("an origin that its creator did not sign", "InvalidSignature", &bytes);
}

fn payloads(sheet: &mut Sheet) {
    let lengths = [0, 1, 5, 4096, 65_535, 65_536, 65_537, 131_072, 131_073, 400_000];
    for length in lengths {
        let bytes: Vec<u8> = (0..251).cycle().take(length).collect();
        let leaves: Vec<[u8; 32]> = if bytes.is_empty() {
            vec![leaf_digest(&[])]
        } else {
            bytes.chunks(65_536).map(leaf_digest).collect()
        };
        assert_eq!(root_over(&leaves), payload_root(&bytes));
        let values = vec![
            ("length", length.into()),
            ("leaves", Json::List(leaves.iter().map(|leaf| hex(leaf)).collect())),
            ("root", hex(&payload_root(&bytes))),
        ];
        sheet.computed("payload", "byte i is i mod 251", values);
    }
}
