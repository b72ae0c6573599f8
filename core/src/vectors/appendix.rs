//! The worked values at the end of the protocol's page, computed by this code.
#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::{Json, hex};
use crate::beacon::Beacon;
use crate::codec::{decode, encode};
use crate::fixture::{found, grant, key, no_lists, year};
use crate::hash::{Label, hash, mac};
use crate::id::{StatementId, TypeId};
use crate::invitation::text;
use crate::log::Log;
use crate::record::{
    Attribute, Checked, IdFields, Lineage, Rest, Value, leaf_digest, payload_root, root_over,
};
use crate::stamp::Stamp;
use crate::statement::{Body, Role, Statement};
use crate::time::UnixTime;

const PAGE: &str = "../PROTOCOL.md";
const ADDED: u64 = 1_700_000_000_000;
const SECRET: [u8; 32] = [3; 32];

/// A row of the page, by what its first cell begins with, and what stands in it.
type Row = (&'static str, Vec<String>);

#[test]
fn the_worked_values_of_the_protocol_are_those_of_this_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(path).unwrap();
    let appendix = page.split_once("## Appendix").unwrap().1;
    let mut rows: Vec<&str> = appendix.lines().filter(|line| line.starts_with("| ")).collect();
    rows.retain(|line| !line.starts_with("| what"));
    for (begins, values) in group().into_iter().chain(record()).chain(link()) {
        let at = rows.iter().position(|row| row[2..].starts_with(begins));
        let row = rows.remove(at.unwrap_or_else(|| panic!("no row {begins}")));
        let plain: String = row.split('`').skip(1).step_by(2).collect();
        for value in values {
            assert!(row.contains(&value) || plain.contains(&value), "{begins}: {value}\n{row}");
        }
    }
    // a description, bytes that repeat what is above, and what the suites of other crates hold
    let left: Vec<&str> = rows.iter().map(|row| row.split(" | ").next().unwrap()).collect();
    assert_eq!(left, ["| its content"]);
}

fn word(bytes: &[u8]) -> String {
    match hex(bytes) {
        Json::Text(text) => text,
        _ => String::new(),
    }
}

fn member() -> Statement {
    let body = Body::Grant(grant(key(1).peer(), Role::Member, year()));
    Statement::sign(&key(0), found(2).id(), None, 1, body, no_lists())
}

fn group() -> Vec<Row> {
    let genesis = found(2);
    let encoded = encode(&genesis.unchecked());
    let (content, signature) = encoded.split_at(encoded.len() - 64);
    assert_eq!(content.len(), 78);
    let (creator, granted) = (key(0).peer(), member());
    let core = encode(&(creator, None::<StatementId>, 1_u32, 0_u32, granted.body()));
    let [digest, full] = granted.items();
    vec![
        ("creator", vec![word(creator.as_bytes()), creator.to_string()]),
        ("member", vec![word(key(1).peer().as_bytes())]),
        ("genesis content", vec![word(&content[65..])]),
        ("G, the group id", vec![word(genesis.id().as_bytes()), genesis.id().to_string()]),
        ("signature of the genesis", vec![word(signature)]),
        ("digest of two", vec![word(&hash(Label::StatementLists, &[&[0, 0]]))]),
        ("core of a grant", vec![word(&core[32..36]), word(&core[68..])]),
        ("its id, of", vec![word(granted.id().as_bytes())]),
        ("its signature", vec![word(granted.signature().as_bytes())]),
        ("its items", vec![word(&digest), word(&full)]),
    ]
}

fn version() -> Checked {
    let fields = IdFields {
        type_id: TypeId::from_u128(0x5f3e_8d1c_90ab_4c1e_9d52_7b0e_6a44_1c11),
        creator: key(1).peer(),
        nonce: [3; 16],
        ceiling: UnixTime::from_millis(ADDED + 7_200_000),
    };
    let rest = Rest {
        modifier: key(1).peer(),
        cred: Some(member().id()),
        stamp: Stamp { time: UnixTime::from_millis(ADDED), count: 0, instance: 7 },
        lineage: Lineage::default(),
        number: 1,
        created: UnixTime::from_millis(ADDED),
        expires: UnixTime::from_millis(ADDED + 3_600_000),
        deleted: false,
        attributes: vec![Attribute::new("year", Value::Int(-5)).unwrap()],
        payload_root: payload_root(b"hello"),
        payload_len: 5,
    };
    Checked::sign(&key(1), found(2).id(), fields, rest, None, b"hello")
}

fn record() -> Vec<Row> {
    let version = version();
    let rest = encode(&version.version().rest);
    assert_eq!(rest.len(), 129);
    let leaves = [leaf_digest(b"hello"), leaf_digest(b"")];
    let mut log = Log::new();
    let empty = log.root();
    assert!(log.insert(member().item()));
    let signature = version.version().signature;
    vec![
        ("record id", vec![word(version.record().as_bytes())]),
        ("rest of its first version", vec![word(&rest[65..88])]),
        ("and on", vec![word(&rest[88..96])]),
        ("leaf of `hello`", vec![word(&leaves[0])]),
        ("version id", vec![word(version.id().as_bytes())]),
        ("its signature", vec![word(signature.as_bytes())]),
        ("root of an empty payload", vec![word(&payload_root(b""))]),
        ("node over those", vec![word(&root_over(&leaves))]),
        ("root of the empty set", vec![word(&empty)]),
        ("root of the set", vec![word(&log.root())]),
    ]
}

fn link() -> Vec<Row> {
    let (group, genesis) = (found(2).id(), found(2));
    let names = mac(&[9; 32], Label::ShortNames, &[&[0], &1_u32.to_le_bytes()]);
    let names = vec![word(&names[..16])];
    let worked = crate::reconcile::worked(&member().item());
    let at = UnixTime::from_millis(472_224 * 3_600_000);
    let beacon = Beacon::new(&SECRET, group, at, [5; 16]).to_string();
    let hello: Vec<u8> = [&[1, 1][..], &[8; 32], &[7]].concat();
    let (keys, tagged) = crate::handshake::worked(&genesis, &SECRET, &[6; 32]);
    let [t1, tag_key, confirm_key] = keys.map(|key| word(&key));
    assert_eq!(tagged[4..4 + hello.len()], hello);
    let tag = word(&tagged[4 + hello.len()..][..16]);
    let online = hash(Label::OnlineRoot, &[]);
    let instance = 7_u64.to_le_bytes();
    let one = hash(Label::OnlineRoot, &[key(0).peer().as_bytes(), &instance]);
    let card: Vec<u8> = encode(&(1_u8, key(1).peer(), "Ben"));
    let note = version().version().fields.type_id;
    let part = crate::message::Direct::Part { start: Some((note, 300)), length: 300 };
    let part = part.encode();
    let part = part.as_slice();
    assert!(decode::<(u8, crate::key::PeerId, crate::name::Name)>(&card).is_ok());
    vec![
        ("short names", names),
        ("short; tag", vec![worked[0].clone(), worked[1].clone()]),
        ("its first cells", vec![worked[2].clone()]),
        ("a cell with it alone", vec![worked[3].clone(), worked[4].clone()]),
        ("beacon", vec![beacon]),
        ("hello:", vec![word(&hello[..2])]),
        ("t1", vec![t1]),
        ("tag key", vec![tag_key]),
        ("confirm key", vec![confirm_key]),
        ("hello tag", vec![tag]),
        ("its frame begins", vec![word(&tagged[..4]), format!("({} bytes)", tagged.len())]),
        ("text form", vec![text::write("PEERGROUP-INVITATION", &[1, 2, 3])]),
        ("`data` of", vec![data_encoding::BASE64.encode(&card)]),
        ("root of nobody", vec![word(&online)]),
        ("root of the creator's", vec![word(&one)]),
        ("first part, and last", vec![word(&part[..2]), word(&part[18..])]),
    ]
}
