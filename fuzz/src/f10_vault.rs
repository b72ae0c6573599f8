//! Keys at rest: a container is read, and opened, only as what was sealed.

use peergroup::vault::{Cost, Passphrase, SealedGroup, SealedIdentity};
use peergroup_core::GroupExport;

use crate::Tape;
use crate::scene::scene;

/// What a guess may cost here, in KiB times passes.
const WORK_MAX: u32 = 64;
/// What the first containers were sealed under.
const WORDS: &str = "correct horse battery staple";
/// Bytes of the hash at the end of a container.
const HASH: usize = 32;

/// Reads a container of an identity or a group, as bytes or XML, or what is sealed in one.
pub fn f10_vault(data: &[u8]) {
    let mut tape = Tape::new(data);
    match tape.below(6) {
        0 => identity(tape.rest()),
        1 => group(tape.rest()),
        2 => {
            if let Ok(sealed) = SealedIdentity::from_xml(tape.rest()) {
                identity(&sealed.to_bytes());
                assert!(SealedIdentity::from_xml(&sealed.to_xml()).is_ok());
            }
        }
        3 => {
            if let Ok(sealed) = SealedGroup::from_xml(tape.rest()) {
                group(&sealed.to_bytes());
                assert!(SealedGroup::from_xml(&sealed.to_xml()).is_ok());
            }
        }
        4 => {
            let bytes = tape.rest();
            if let Ok(export) = GroupExport::decode(bytes) {
                assert_eq!(&export.encode()[..], bytes, "C02: not canonical");
            }
        }
        _ => damaged(&mut tape),
    }
}

fn identity(bytes: &[u8]) {
    let Ok(sealed) = SealedIdentity::from_bytes(bytes) else { return };
    assert_eq!(sealed.to_bytes(), bytes);
    if is_cheap(sealed.cost())
        && let Ok((key, _)) = sealed.open(&passphrase())
    {
        assert_eq!(key.peer(), sealed.peer());
    }
}

fn group(bytes: &[u8]) {
    let Ok(sealed) = SealedGroup::from_bytes(bytes) else { return };
    assert_eq!(sealed.to_bytes(), bytes);
    if is_cheap(sealed.cost())
        && let Ok(export) = sealed.open(&passphrase())
    {
        assert_eq!(export.seat(), sealed.seat());
    }
}

fn is_cheap(cost: Cost) -> bool {
    cost.memory_kib() * cost.passes() <= WORK_MAX
}

fn passphrase() -> Passphrase {
    Passphrase::new(WORDS)
}

/// The container with some of its bytes changed, and with a hash that fits all the same.
fn damaged(tape: &mut Tape<'_>) {
    let whole = container();
    let mut bytes = whole[..whole.len() - HASH].to_vec();
    while !tape.is_over() {
        let at = tape.size(2) % bytes.len();
        bytes[at] ^= tape.byte();
    }
    let is_changed = whole[..bytes.len()] != bytes[..];
    bytes.extend(sha256(&bytes));
    let Ok(sealed) = SealedIdentity::from_bytes(&bytes) else {
        assert!(is_changed, "what was sealed is not read");
        return;
    };
    if is_cheap(sealed.cost()) {
        let opened = sealed.open(&passphrase());
        assert_eq!(opened.is_err(), is_changed, "what was changed is opened");
    }
}

/// The first identity that was ever sealed.
fn container() -> Vec<u8> {
    let document = include_str!("../../tests/vault/identity-1.xml");
    SealedIdentity::from_xml(document).expect("it is read for ever").to_bytes()
}

fn sha256(bytes: &[u8]) -> [u8; HASH] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let seed = |kind: u8, bytes: &[u8]| [&[kind], bytes].concat();
    let group = SealedGroup::from_xml(include_str!("../../tests/vault/group-1.xml"));
    let group = group.expect("it is read for ever");
    let rig = scene().creator(2);
    let export = rig.node.export_group(scene().seat).expect("it is open").encode().to_vec();
    vec![
        seed(0, &container()),
        seed(1, &container()),
        seed(2, include_bytes!("../../tests/vault/identity-1.xml")),
        seed(3, include_bytes!("../../tests/vault/group-1.xml")),
        seed(1, &group.to_bytes()),
        seed(4, &export),
        seed(4, &export[..export.len() - 1]),
        // nothing changed; the version; the kind; the cost; the salt; the tag
        vec![5],
        vec![5, 7, 0, 1],
        vec![5, 8, 0, 3],
        vec![5, 10, 0, 1],
        vec![5, 24, 0, 1],
        seed(5, &[200, 0, 1]),
        seed(0, &reseal(|bytes| bytes[9..13].copy_from_slice(&u32::MAX.to_le_bytes()))),
    ]
}

/// The container, changed, with a hash that fits.
fn reseal(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut bytes = container();
    bytes.truncate(bytes.len() - HASH);
    change(&mut bytes);
    let hash = sha256(&bytes);
    bytes.extend(hash);
    bytes
}
