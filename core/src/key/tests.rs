#![allow(clippy::arithmetic_side_effects, reason = "points of a curve")]
use super::*;

pub(crate) mod checks;

/// Encodings of the eight points of small order, canonical ones.
const SMALL_ORDER: [&str; 5] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
];

fn bytes(hex: &str) -> [u8; 32] {
    data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
}

#[test]
fn c03_keys_of_small_order_are_no_peers() {
    for hex in SMALL_ORDER {
        assert_eq!(PeerId::from_bytes(bytes(hex)), Err(InvalidPeerId), "{hex}");
    }
}

#[test]
fn c03_a_key_that_is_not_canonically_encoded_is_no_peer() {
    // y = p + 1, which is the identity point written another way
    let hex = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    assert_eq!(PeerId::from_bytes(bytes(hex)), Err(InvalidPeerId));
}

#[test]
fn c04_a_key_with_a_torsion_component_is_no_peer() {
    let honest = SecretKey::from_bytes([3; 32]).peer();
    let point = VerifyingKey::from_bytes(honest.as_bytes()).unwrap().to_edwards();
    let torsion = VerifyingKey::from_bytes(&bytes(SMALL_ORDER[4])).unwrap().to_edwards();
    let mixed = (point + torsion).compress().to_bytes();
    assert!(!VerifyingKey::from_bytes(&mixed).unwrap().is_weak());
    assert_eq!(PeerId::from_bytes(mixed), Err(InvalidPeerId));
}

#[test]
fn a_peer_survives_its_text_form_and_upper_case_is_refused() {
    let peer = SecretKey::from_bytes([9; 32]).peer();
    let text = alloc::string::ToString::to_string(&peer);
    assert_eq!(text.parse(), Ok(peer));
    assert_eq!(text.to_ascii_uppercase().parse::<PeerId>(), Err(ParseIdError));
}

#[test]
fn c07_a_signature_under_one_label_never_verifies_under_another() {
    let key = SecretKey::from_bytes([1; 32]);
    for one in Label::ALL {
        let signature = key.sign(one, &[2; 32], &[3; 32]);
        for other in Label::ALL {
            assert_eq!(key.peer().signed(other, &[2; 32], &[3; 32], &signature), one == other);
        }
    }
}

#[test]
fn c09_a_signature_for_one_group_never_verifies_in_another() {
    let key = SecretKey::from_bytes([1; 32]);
    let signature = key.sign(Label::Statement, &[2; 32], &[3; 32]);
    assert!(key.peer().signed(Label::Statement, &[2; 32], &[3; 32], &signature));
    assert!(!key.peer().signed(Label::Statement, &[4; 32], &[3; 32], &signature));
}

#[test]
fn c05_a_signature_whose_scalar_is_not_reduced_is_refused() {
    // s + L: the same signature equation, another byte string
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let key = SecretKey::from_bytes([1; 32]);
    let mut signature = key.sign(Label::Statement, &[2; 32], &[3; 32]);
    let mut carry = 0_u16;
    for (byte, add) in signature.0[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    assert!(!key.peer().signed(Label::Statement, &[2; 32], &[3; 32], &signature));
}

#[test]
fn k04_a_secret_key_is_not_shown() {
    assert_eq!(alloc::format!("{:?}", SecretKey::from_bytes([7; 32])), "SecretKey(…)");
}

#[cfg(not(feature = "simulation"))]
#[test]
fn a_build_that_simulates_nothing_knows_no_mock_keys() {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(b"peergroup/1 mock");
    // the last of these bytes make them no point of the curve
    let number = (0..=255_u8).find(|last| {
        bytes[31] = *last;
        VerifyingKey::from_bytes(&bytes).is_err()
    });
    assert!(number.is_some(), "about half of all byte strings are no points");
    assert_eq!(PeerId::from_bytes(bytes), Err(InvalidPeerId));
    assert_ne!(SecretKey::from_bytes(bytes).peer().as_bytes(), &bytes);
}

/// Keys that decode and are not sound: of small order, and with a torsion component.
pub(crate) fn unsound() -> [PeerId; 2] {
    let small = bytes(SMALL_ORDER[4]);
    let honest = SecretKey::from_bytes([3; 32]).peer();
    let point = VerifyingKey::from_bytes(honest.as_bytes()).unwrap().to_edwards();
    let torsion = VerifyingKey::from_bytes(&small).unwrap().to_edwards();
    [PeerId(small), PeerId((point + torsion).compress().to_bytes())]
}
