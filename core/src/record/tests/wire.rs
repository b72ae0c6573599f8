use proptest::prelude::*;

use super::version::Version;
use super::*;
use crate::codec::{decode, encode};
use crate::fault::Fault;
use crate::hash::{Label, hash};
use crate::limits::{PAYLOAD_INLINE_MAX, VERSION_BYTES_MAX};

fn parts(item: &Checked) -> (Version, Vec<u8>) {
    (item.version().clone(), item.payload().to_vec())
}

fn joined(version: &Version, payload: &[u8]) -> Vec<u8> {
    let mut bytes = encode(version);
    bytes.extend_from_slice(payload);
    bytes
}

/// Signs again after a change, so that only the form can be at fault.
fn forged(spec: Spec, change: impl FnOnce(&mut IdFields, &mut Rest)) -> Result<Checked, Fault> {
    let (mut fields, mut rest) = (spec.fields(), spec.rest());
    change(&mut fields, &mut rest);
    let origin = (spec.author != spec.creator).then(|| spec.origin());
    let payload: &[u8] = if spec.deleted { &[] } else { &[spec.payload] };
    let made = Checked::sign(&key(spec.author), GROUP, fields, rest, origin, payload);
    Checked::decode(GROUP, &made.item())
}

#[test]
fn an_item_survives_the_wire() {
    for spec in [Spec::new(2, 0), Spec::new(2, 0).by(3), Spec::new(2, 0).tombstone()] {
        assert_eq!(Checked::decode(GROUP, &spec.make().item()), Ok(spec.make()));
    }
}

#[test]
fn c09_an_item_of_another_group_is_refused() {
    let item = Spec::new(2, 0).make();
    let other = GroupId::from_bytes([8; 32]);
    assert_eq!(Checked::decode(other, &item.item()), Err(Fault::InvalidSignature));
}

#[test]
fn r02_a_change_of_any_byte_is_refused() {
    for spec in [Spec::new(2, 0), Spec::new(2, 0).by(3), Spec::new(2, 0).tombstone()] {
        let item = spec.make();
        for at in 0..item.item().len() {
            let mut altered = item.item();
            altered[at] ^= 1;
            assert!(Checked::decode(GROUP, &altered).is_err(), "byte {at} of {spec:?}");
        }
    }
}

#[test]
fn r02_a_change_of_any_field_is_refused() {
    let changes: [fn(&mut Version); 12] = [
        |version| version.fields.type_id = TypeId::from_bytes([8; 16]),
        |version| version.fields.nonce = [8; 16],
        |version| version.fields.ceiling = UnixTime::MAX,
        |version| version.fields.creator = key(4).peer(),
        |version| version.rest.modifier = key(4).peer(),
        |version| version.rest.cred = None,
        |version| version.rest.stamp.count += 1,
        |version| version.rest.number += 1,
        |version| version.rest.expires = at_hour(1),
        |version| version.rest.attributes.push(Attribute::text("a", "b").unwrap()),
        |version| version.rest.payload_root = [0; 32],
        |version| version.origin.as_mut().unwrap().rest = [0; 32],
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let (mut version, payload) = parts(&Spec::new(2, 0).by(3).make());
        change(&mut version);
        assert!(Checked::decode(GROUP, &joined(&version, &payload)).is_err(), "change {index}");
    }
}

#[test]
fn r07_a_version_of_a_record_that_its_creator_never_signed_is_refused() {
    let spec = Spec::new(2, 0).by(3);
    for origin in [None, Some(Spec::new(2, 1).by(3).origin())] {
        let made = Checked::sign(&key(3), GROUP, spec.fields(), spec.rest(), origin, &[0]);
        assert!(Checked::decode(GROUP, &made.item()).is_err());
    }
}

#[test]
fn forms_that_no_author_may_choose_are_refused() {
    let spec = Spec::new(2, 0);
    let invalid = Err(Fault::InvalidVersion);
    let attribute = Attribute::text("a", "b").unwrap();
    let reserved = TypeId::from_bytes([0; 16]);
    assert!(forged(spec, |_, _| ()).is_ok());
    assert_eq!(forged(spec, |fields, _| fields.type_id = reserved), invalid);
    assert_eq!(forged(spec, |_, rest| rest.expires = at_hour(3001)), invalid);
    assert_eq!(forged(spec, |_, rest| rest.number = 0), invalid);
    assert_eq!(forged(spec, |_, rest| rest.created = at_hour(901)), invalid);
    assert_eq!(forged(spec, |_, rest| rest.deleted = true), invalid);
    assert_eq!(forged(spec, |_, rest| rest.payload_len = 0), invalid);
    let large = u32::try_from(PAYLOAD_INLINE_MAX).unwrap() + 1;
    assert_eq!(forged(spec, |_, rest| rest.payload_len = large), invalid, "bytes of a large one");
    assert_eq!(
        forged(spec, |_, rest| rest.attributes = alloc::vec![attribute.clone(); 65]),
        invalid
    );
    let tombstone = spec.tombstone();
    assert!(forged(tombstone, |_, _| ()).is_ok());
    assert_eq!(forged(tombstone, |_, rest| rest.expires = at_hour(5)), invalid);
    assert_eq!(forged(tombstone, |_, rest| rest.attributes.push(attribute)), invalid);
}

#[test]
fn items_beyond_their_bound_are_refused() {
    let bytes = alloc::vec![0; VERSION_BYTES_MAX + PAYLOAD_INLINE_MAX + 1];
    assert_eq!(Checked::decode(GROUP, &bytes), Err(Fault::TooLarge));
    let (version, _) = parts(&Spec::new(2, 0).make());
    let payload = alloc::vec![0; PAYLOAD_INLINE_MAX + 1];
    assert_eq!(Checked::decode(GROUP, &joined(&version, &payload)), Err(Fault::TooLarge));
    let long = Attribute::text("a", &"x".repeat(VERSION_BYTES_MAX / 3)).unwrap();
    let larger = forged(Spec::new(2, 0), |_, rest| rest.attributes = alloc::vec![long; 3]);
    assert_eq!(larger, Err(Fault::TooLarge), "though the payload leaves room");
}

const LEAF: usize = crate::limits::PAYLOAD_LEAF_BYTES;

/// The root by the recursive definition of RFC 6962, section 2.1.
fn expected_root(payload: &[u8]) -> [u8; 32] {
    let leaves = payload.len().div_ceil(LEAF);
    if leaves <= 1 {
        return hash(Label::PayloadLeaf, &[payload]);
    }
    let (left, right) = payload.split_at((leaves.next_power_of_two() / 2).saturating_mul(LEAF));
    hash(Label::PayloadNode, &[&expected_root(left), &expected_root(right)])
}

#[test]
fn a_payload_has_the_root_of_its_tree() {
    for len in [0, 1, LEAF, LEAF + 1, 3 * LEAF, 5 * LEAF + 7, 7 * LEAF] {
        let payload: Vec<u8> = (0..=250).cycle().take(len).collect();
        assert_eq!(payload::root(&payload), expected_root(&payload), "{len} bytes");
    }
}

#[test]
fn names_of_attributes_are_short_alphanumeric_and_not_reserved() {
    for good in ["a", "Z9", &"x".repeat(40)] {
        assert!(good.parse::<AttributeName>().is_ok(), "{good}");
    }
    for (bad, error) in [
        ("", InvalidAttribute::Name),
        ("a-b", InvalidAttribute::Name),
        ("a_b", InvalidAttribute::Name),
        ("ä", InvalidAttribute::Name),
        (&"x".repeat(41), InvalidAttribute::Name),
        ("PeerCreatorId", InvalidAttribute::ReservedName),
        ("peerrecordtype", InvalidAttribute::ReservedName),
    ] {
        assert_eq!(bad.parse::<AttributeName>(), Err(error), "{bad}");
        assert!(decode::<AttributeName>(&encode(bad)).is_err(), "{bad}");
    }
    for bad in ["a\tb", "\u{7f}", "\u{ffff}", &"x".repeat(4033)] {
        assert_eq!(Attribute::text("a", bad), Err(InvalidAttribute::Text), "{bad:?}");
    }
}

#[test]
fn p03_attributes_that_no_author_may_choose_are_no_item() {
    let attribute = Attribute::text("abcdefghijklm", "some text").unwrap();
    let item = forged(Spec::new(2, 0), |_, rest| rest.attributes.push(attribute)).unwrap();
    let with = |from: &[u8], to: &[u8]| {
        let bytes = item.item();
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        let (head, tail) = bytes.split_at(at);
        Checked::decode(GROUP, &[head, to, &tail[from.len()..]].concat())
    };
    let invalid = Err(Fault::InvalidSignature);
    assert_eq!(with(b"some text", b"same text"), invalid, "well formed, and not what was signed");
    for (from, to) in [
        (&b"abcdefghijklm"[..], &b"peercreatorid"[..]),
        (b"abcdefghijklm", b"abcdefghijkl-"),
        (b"some text", b"some\ttext"),
        (b"some text", b"some\xfftext"),
        (b"\x0dabc", b"\x29abc"),
        (b"\x09some", b"\xff\xff\xff\xff\x0fsome"),
    ] {
        assert_eq!(with(from, to), Err(Fault::Malformed), "{to:?}");
    }
}

#[test]
fn several_attributes_may_share_a_name_and_survive_the_wire() {
    let spec = Spec::new(2, 0);
    let attributes = Vec::from([
        Attribute::text("keyword", "one").unwrap(),
        Attribute::text("keyword", "two").unwrap(),
        Attribute::new("size", Value::Int(-5)).unwrap(),
        Attribute::new("day", Value::Date(NOW)).unwrap(),
    ]);
    let checked = forged(spec, |_, rest| rest.attributes.clone_from(&attributes)).unwrap();
    assert_eq!(Record::of(&checked).attributes, attributes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn p03_arbitrary_bytes_are_no_item(bytes in proptest::collection::vec(any::<u8>(), 0..1024)) {
        prop_assert!(Checked::decode(GROUP, &bytes).is_err());
    }

    #[test]
    fn p03_an_item_with_bytes_changed_is_refused(
        from in 0..300_usize, to in 0..400_usize, with: Vec<u8>,
    ) {
        let item = Spec::new(2, 0).by(3).make().item();
        let mut altered = item.clone();
        let from = from.min(item.len());
        altered.splice(from..to.clamp(from, item.len()), with);
        if altered != item {
            prop_assert!(Checked::decode(GROUP, &altered).is_err());
        }
    }
}
