//! Vaults as vectors: see `tests/vectors/README.md`.
#![cfg(feature = "xml")]
#![allow(clippy::arithmetic_side_effects, reason = "a test")]

use core::fmt::Write as _;
use std::path::PathBuf;

use peergroup_core::SecretKey;
use sha2::{Digest as _, Sha256};

use super::{Cost, Passphrase, SealedGroup, SealedIdentity, VaultError};

const WORDS: &str = "correct horse battery staple";
/// An export of a group as it was made once.
const GROUP: &str = include_str!("../../tests/vault/group-1.xml");

fn words() -> Passphrase {
    Passphrase::new(WORDS)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn identity() -> SealedIdentity {
    let key = SecretKey::from_bytes([1; 32]);
    let cost = Cost::new(32, 2, 2).unwrap();
    let mut draw = [0; 40];
    (0..).zip(&mut draw).for_each(|(number, byte)| *byte = number);
    SealedIdentity::seal_with(&key, &"Ada".parse().unwrap(), &words(), cost, &draw).unwrap()
}

/// The file with this byte in place of another, and a checksum that fits.
fn forged(bytes: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut content = bytes[..bytes.len() - 32].to_vec();
    content[at] = byte;
    let checksum = Sha256::digest(&content);
    [content.as_slice(), &checksum].concat()
}

fn open_identity(bytes: &[u8]) -> Result<String, VaultError> {
    let (key, name) = SealedIdentity::from_bytes(bytes)?.open(&words())?;
    let (secret, peer) = (hex(key.expose()), hex(key.peer().as_bytes()));
    Ok(format!("{{\"secret key\": \"{secret}\", \"peer\": \"{peer}\", \"name\": \"{name}\"}}"))
}

fn open_group(bytes: &[u8]) -> Result<String, VaultError> {
    let export = SealedGroup::from_bytes(bytes)?.open(&words())?;
    // a seat begins with its key
    let key = SecretKey::from_bytes(*export.encode().first_chunk().unwrap());
    let (secret, peer) = (hex(key.expose()), hex(key.peer().as_bytes()));
    let group = hex(export.seat().group.as_bytes());
    let (name, group_name) = (export.name(), export.group_name());
    Ok(format!(
        "{{\"secret key\": \"{secret}\", \"peer\": \"{peer}\", \"name\": \"{name}\", \
         \"group\": \"{group}\", \"group-name\": \"{group_name}\"}}"
    ))
}

/// One vector: what the bytes open to, or the name of the refusal, as expected.
fn vector(
    what: &str,
    name: &str,
    bytes: &[u8],
    open: impl Fn(&[u8]) -> Result<String, VaultError>,
    refused: Option<VaultError>,
) -> String {
    let outcome = open(bytes);
    assert_eq!(outcome.as_ref().err(), refused.as_ref(), "{what}, {name}");
    let says = match outcome {
        Ok(fields) => format!("\"fields\": {fields}"),
        Err(error) => format!("\"refused\": \"{error:?}\""),
    };
    let bytes = hex(bytes);
    let head = format!("  {{\n   \"name\": \"{name}\",\n   \"what\": \"{what}\",");
    format!("{head}\n   \"bytes\": \"{bytes}\",\n   {says}\n  }}")
}

fn vectors() -> Vec<String> {
    let good = identity().to_bytes();
    let group = SealedGroup::from_xml(GROUP).unwrap().to_bytes();
    let last = good.len() - 33;
    let bad =
        |name, bytes: &[u8], why| vector("sealed identity", name, bytes, open_identity, Some(why));
    vec![
        vector("sealed identity", "of Ada", &good, open_identity, None),
        vector("sealed group", "of a member", &group, open_group, None),
        bad("of another kind", &group, VaultError::Malformed),
        bad("no vault", &good[1..], VaultError::Malformed),
        bad("of another version", &forged(&good, 7, 2), VaultError::UnsupportedVersion),
        bad("cut short", &good[..last], VaultError::Damaged),
        bad("with another checksum", &[&good[..=last], &[0; 32]].concat(), VaultError::Damaged),
        bad("with 17 lanes", &forged(&good, 17, 17), VaultError::CostOutOfBounds),
        bad("with no passes", &forged(&good, 13, 0), VaultError::CostOutOfBounds),
        bad("with another salt", &forged(&good, 21, 9), VaultError::WrongPassphrase),
        bad("with another ciphertext", &forged(&good, last, 0), VaultError::Damaged),
        bad("with another nonce", &forged(&good, 37, 9), VaultError::Damaged),
    ]
}

#[test]
fn the_vectors_of_vaults_are_as_made() {
    let mut text = String::new();
    let vectors = vectors().join(",\n");
    writeln!(text, "{{\n \"given\": {{\"passphrase\": \"{WORDS}\"}},\n \"vectors\": [").unwrap();
    writeln!(text, "{vectors}\n ]\n}}").unwrap();
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests", "vectors", "vault.json"].iter().collect();
    if std::env::var_os("PEERGROUP_WRITE_VECTORS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    assert!(text == std::fs::read_to_string(&path).unwrap_or_default(), "not as made");
}
