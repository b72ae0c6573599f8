#![allow(clippy::arithmetic_side_effects, reason = "a test")]

use peergroup_core::SecretKey;

use super::*;
use crate::vault::SealedIdentity;

const ABOUT: About = About { kind: Kind::Group, identity: [1; 32], group: [2; 32] };
const DRAW: Draw = [3; SALT_BYTES + NONCE_BYTES];

fn passphrase() -> Passphrase {
    Passphrase::new("open sesame")
}

fn sealed(plain: &[u8]) -> Sealed {
    let plain = Zeroizing::new(plain.to_vec());
    Sealed::seal(ABOUT, plain, &passphrase(), Cost::LEAST, &DRAW).unwrap()
}

/// The file with its checksum made good again: what somebody makes who changes it on purpose.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - CHECKSUM_BYTES);
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

fn read(bytes: &[u8]) -> Result<Sealed, VaultError> {
    Sealed::from_bytes(bytes, Kind::Group)
}

#[test]
fn what_is_sealed_opens_under_the_same_passphrase_alone() {
    let sealed = sealed(b"treasure");
    let read = read(&sealed.to_bytes()).unwrap();
    assert_eq!(read.open(&passphrase()).unwrap().as_slice(), b"treasure");
    for wrong in ["", "open sesame ", "Open sesame"] {
        let outcome = read.open(&Passphrase::new(wrong));
        assert_eq!(outcome.err(), Some(VaultError::WrongPassphrase), "{wrong:?}");
    }
}

#[test]
fn nothing_sealed_shows_in_the_file() {
    let bytes = sealed(b"treasure").to_bytes();
    assert!(!bytes.windows(8).any(|window| window == b"treasure"));
    assert!(!bytes.windows(11).any(|window| window == b"open sesame"));
}

#[test]
fn any_bit_that_changes_by_accident_is_noticed_before_anything_is_spent() {
    let bytes = sealed(b"treasure").to_bytes();
    for at in 0..bytes.len() * 8 {
        let mut bent = bytes.clone();
        bent[at / 8] ^= 1 << (at % 8);
        let expected = match at / 8 {
            0..7 => VaultError::Malformed,
            7 => VaultError::UnsupportedVersion,
            _ => VaultError::Damaged,
        };
        assert_eq!(read(&bent).err(), Some(expected), "bit {at}");
    }
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "cut to {length}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(read(&longer).err(), Some(VaultError::Damaged));
}

#[test]
fn any_byte_that_is_changed_on_purpose_is_noticed() {
    let bytes = sealed(b"treasure").to_bytes();
    for at in 0..bytes.len() - CHECKSUM_BYTES {
        let mut forged = bytes.clone();
        forged[at] ^= 1;
        let outcome = read(&resealed(forged)).and_then(|sealed| sealed.open(&passphrase()));
        let expected = match at {
            0..7 | 8 => VaultError::Malformed,
            7 => VaultError::UnsupportedVersion,
            // the salt, and the commitment
            21..37 | 125..157 => VaultError::WrongPassphrase,
            // the cost: another one, or one that is out of bounds
            9..21 => {
                assert!(matches!(
                    outcome.err(),
                    Some(VaultError::WrongPassphrase | VaultError::CostOutOfBounds)
                ));
                continue;
            }
            _ => VaultError::Damaged,
        };
        assert_eq!(outcome.err(), Some(expected), "byte {at}");
    }
}

#[test]
fn a_file_that_asks_for_too_much_is_refused_before_any_of_it_is_spent() {
    let bytes = sealed(b"treasure").to_bytes();
    let bombs: [[u32; 3]; 10] = [
        [4 * 1024 * 1024, 3, 4],
        [u32::MAX, 1, 1],
        [64 * 1024, u32::MAX, 1],
        [64 * 1024, 17, 1],
        [64 * 1024, 3, u32::MAX],
        [64 * 1024, 3, 17],
        [1024 * 1024, 5, 1],
        [8, 0, 1],
        [8, 1, 0],
        [15, 1, 2],
    ];
    for numbers in bombs {
        let mut bomb = bytes.clone();
        let le = numbers.map(u32::to_le_bytes);
        bomb[9..21].copy_from_slice(le.as_flattened());
        let outcome = read(&resealed(bomb));
        assert_eq!(outcome.err(), Some(VaultError::CostOutOfBounds), "{numbers:?}");
    }
}

/// A cipher text that two keys open would let a guesser try two passphrases at once.
#[test]
fn a_file_made_for_another_key_is_refused_by_its_commitment_whatever_its_tag_says() {
    let mut forged = sealed(b"treasure");
    let other = Passphrase::new("another");
    let keys = Keys::derive(&other, Cost::LEAST, &forged.salt).unwrap();
    let mut text = b"poisoned".to_vec();
    let header = forged.header();
    let nonce = XNonce::from(forged.nonce);
    let text_and_tag = keys
        .cipher
        .encrypt_inout_detached(&nonce, &header, text.as_mut_slice().into())
        .map(|tag| [text.as_slice(), tag.as_slice()].concat());
    forged.body = text_and_tag.unwrap();
    assert_eq!(forged.open(&other).err(), Some(VaultError::WrongPassphrase));
    assert_eq!(forged.open(&passphrase()).err(), Some(VaultError::Damaged));
}

#[test]
fn a_file_that_is_too_large_is_neither_written_nor_read() {
    let plain = Zeroizing::new(vec![0; FILE_BYTES_MAX]);
    let outcome = Sealed::seal(ABOUT, plain, &passphrase(), Cost::LEAST, &DRAW);
    assert_eq!(outcome.err(), Some(VaultError::TooLarge));
    let bytes = vec![0; FILE_BYTES_MAX + 1];
    assert_eq!(read(&bytes).err(), Some(VaultError::TooLarge));
}

#[test]
fn one_kind_is_not_taken_for_the_other() {
    let bytes = sealed(b"treasure").to_bytes();
    assert_eq!(SealedIdentity::from_bytes(&bytes).err(), Some(VaultError::Malformed));
}

#[test]
fn a_file_that_shows_another_identity_than_it_holds_is_damaged() {
    let plain = Zeroizing::new([&[7; 32], &b"Ada"[..]].concat());
    let identity = *SecretKey::from_bytes([8; 32]).peer().as_bytes();
    let about = About { kind: Kind::Identity, identity, group: [0; 32] };
    let sealed = Sealed::seal(about, plain, &passphrase(), Cost::LEAST, &DRAW).unwrap();
    let read = SealedIdentity::from_bytes(&sealed.to_bytes()).unwrap();
    assert_eq!(read.open(&passphrase()).err(), Some(VaultError::Damaged));
}

#[test]
fn two_sealings_of_one_thing_have_nothing_in_common() {
    let key = SecretKey::from_bytes([7; 32]);
    let seal = || {
        let name = "Ada".parse().unwrap();
        SealedIdentity::seal(&key, &name, &passphrase(), Cost::LEAST).unwrap().to_bytes()
    };
    let (one, other) = (seal(), seal());
    assert_ne!(one[21..61], other[21..61], "salt and nonce");
    assert_ne!(one[125..], other[125..], "commitment and text");
}
