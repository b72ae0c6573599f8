#![allow(clippy::arithmetic_side_effects, reason = "a test")]

use super::*;

fn payload(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

fn id(payload: &[u8]) -> PayloadId {
    PayloadId::new(root(payload), u32::try_from(payload.len()).unwrap())
}

#[test]
fn the_parts_of_a_payload_are_all_of_it() {
    for leaves in [1, 2, 3, 7] {
        for odd in [0, 1, PAYLOAD_LEAF_BYTES - 1] {
            let payload = payload(leaves * PAYLOAD_LEAF_BYTES - odd);
            let id = id(&payload);
            let lens = (0..id.leaves()).map(|leaf| id.part_len(Part::Leaf(leaf)).unwrap());
            assert_eq!(lens.sum::<usize>(), payload.len());
            assert_eq!(id.part_len(Part::Leaf(id.leaves())), None);
            assert_eq!(id.part_len(Part::Digests), Some(leaves * 32));
        }
    }
}

#[test]
fn the_hashes_of_the_leaves_are_taken_only_if_the_root_follows_from_them() {
    let payload = payload(3 * PAYLOAD_LEAF_BYTES - 5);
    let id = id(&payload);
    let digests: Vec<Digest> = payload.chunks(PAYLOAD_LEAF_BYTES).map(leaf_digest).collect();
    let mut bytes = digests.concat();
    assert_eq!(id.digests(&bytes), Some(digests));
    assert_eq!(id.digests(bytes.get(..64).unwrap()), None, "too few");
    bytes.push(0);
    assert_eq!(id.digests(&bytes), None, "too many bytes");
    bytes.pop();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(id.digests(&bytes), None, "others");
}

#[test]
fn the_root_of_a_payload_of_one_leaf_is_its_hash() {
    let payload = payload(PAYLOAD_LEAF_BYTES);
    assert_eq!(id(&payload).only_digest(), Some(alloc::vec![leaf_digest(&payload)]));
    let payload = self::payload(PAYLOAD_LEAF_BYTES + 1);
    assert_eq!(id(&payload).only_digest(), None);
}

#[test]
fn a_part_is_where_its_place_says() {
    for part in [Part::Digests, Part::Leaf(0), Part::Leaf(959)] {
        assert_eq!(Part::at(part.place()), part);
    }
}

#[test]
fn only_what_is_too_long_to_travel_inside_lies_by_itself() {
    let inline = u32::try_from(PAYLOAD_INLINE_MAX).unwrap();
    let most = u32::try_from(PAYLOAD_BYTES_MAX).unwrap();
    let is_valid = |len| PayloadId::new([0; 32], len).is_valid();
    assert!(!is_valid(0) && !is_valid(inline) && is_valid(inline + 1));
    assert!(is_valid(most) && !is_valid(most + 1));
}
