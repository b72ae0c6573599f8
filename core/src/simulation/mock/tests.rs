use alloc::format;
use alloc::string::ToString;

use super::*;
use crate::key::InvalidPeerId;

#[test]
fn a_mock_key_is_its_own_public_key_and_survives_its_bytes_and_its_text() {
    let key = SecretKey::mock(7);
    let peer = key.peer();
    assert_eq!(peer.as_bytes(), key.expose());
    assert!(peer.is_mock());
    assert_eq!(PeerId::from_bytes(*peer.as_bytes()), Ok(peer));
    assert_eq!(peer.to_string().parse(), Ok(peer));
    assert_eq!(SecretKey::from_bytes(*key.expose()).peer(), peer);
    assert_eq!(format!("{peer:?}"), "PeerId(mock 7)");
}

#[test]
fn mock_keys_are_told_apart_by_all_of_their_number() {
    let numbers = [0, 1, 1 << 64, u128::MAX];
    for one in numbers {
        for other in numbers {
            let peers = (SecretKey::mock(one).peer(), SecretKey::mock(other).peer());
            assert_eq!(peers.0 == peers.1, one == other);
        }
    }
}

#[test]
fn c07_a_mock_signature_verifies_under_no_other_label() {
    let key = SecretKey::mock(1);
    for one in Label::ALL {
        let signature = key.sign(one, &[2; 32], &[3; 32]);
        for other in Label::ALL {
            assert_eq!(key.peer().signed(other, &[2; 32], &[3; 32], &signature), one == other);
        }
    }
}

#[test]
fn c09_a_mock_signature_verifies_for_no_other_group_id_or_peer() {
    let key = SecretKey::mock(1);
    let signature = key.sign(Label::Version, &[2; 32], &[3; 32]);
    let verifies = |peer: PeerId, group: u8, id: u8| {
        peer.signed(Label::Version, &[group; 32], &[id; 32], &signature)
    };
    assert!(verifies(key.peer(), 2, 3));
    assert!(!verifies(key.peer(), 4, 3));
    assert!(!verifies(key.peer(), 2, 4));
    assert!(!verifies(SecretKey::mock(2).peer(), 2, 3));
    assert!(!verifies(SecretKey::from_bytes([1; 32]).peer(), 2, 3));
}

#[test]
fn a_mock_and_a_real_key_take_no_signature_of_each_other() {
    let (mock, real) = (SecretKey::mock(1), SecretKey::from_bytes([1; 32]));
    let by_mock = mock.sign(Label::Statement, &[2; 32], &[3; 32]);
    let by_real = real.sign(Label::Statement, &[2; 32], &[3; 32]);
    assert!(!real.peer().signed(Label::Statement, &[2; 32], &[3; 32], &by_mock));
    assert!(!mock.peer().signed(Label::Statement, &[2; 32], &[3; 32], &by_real));
    assert!(real.peer().signed(Label::Statement, &[2; 32], &[3; 32], &by_real));
}

#[test]
fn a_real_key_is_what_it_is_without_mocks() {
    // RFC 8032, §7.1, test 1
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let bytes = |hex: &str| -> [u8; 32] {
        data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
    };
    let peer = SecretKey::from_bytes(bytes(seed)).peer();
    assert_eq!(peer.as_bytes(), &bytes(public));
    assert!(!peer.is_mock());
}

#[test]
fn bytes_that_lack_a_bit_of_the_magic_are_no_mock() {
    let whole = *SecretKey::mock(1).expose();
    for bit in 0..128 {
        let mut bytes = whole;
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(!is_mock(&bytes), "bit {bit}");
        let sound = PeerId::from_bytes(bytes);
        assert!(matches!(sound, Err(InvalidPeerId)) || !sound.unwrap().is_mock());
    }
}
