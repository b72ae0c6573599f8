//! Whatever an end has said or knows changes every tag, hash and key that follows.

use alloc::collections::BTreeSet;

use super::*;
use crate::id::GroupId;
use crate::key::Signature;

const GROUPS: [GroupId; 2] = [GroupId::from_bytes([1; 32]), GroupId::from_bytes([2; 32])];
const HASHES: [[u8; 32]; 2] = [[3; 32], [4; 32]];
const TAGS: [[u8; 16]; 2] = [[5; 16], [6; 16]];
const BYTES: [&[u8]; 2] = [b"one", b"two"];

fn signatures() -> [Signature; 2] {
    [1, 2].map(|number| key(number).sign(crate::hash::Label::LinkResponder, &[0; 32], &[0; 32]))
}

/// Calls `made` with the first value of all parts, then with the second of one part after the
/// other, and checks that no two results are the same.
fn assert_every_part_counts<T: Ord>(parts: usize, made: impl Fn(&dyn Fn(usize) -> usize) -> T) {
    let results = (0..=parts).map(|changed| made(&|part| usize::from(part == changed)));
    assert_eq!(results.collect::<BTreeSet<_>>().len(), parts.saturating_add(1));
}

#[test]
fn every_part_of_the_transcript_counts() {
    let signatures = signatures();
    assert_every_part_counts(1, |pick| keys::after_hello(BYTES[pick(0)]));
    assert_every_part_counts(6, |pick| {
        let tags = [&TAGS[pick(3)], &TAGS[pick(4)]];
        let (binding, hello) = (&HASHES[pick(1)], &HASHES[pick(2)]);
        keys::after_greeting(GROUPS[pick(0)], binding, hello, tags, BYTES[pick(5)])
    });
    assert_every_part_counts(3, |pick| {
        keys::after_proof(&HASHES[pick(0)], &signatures[pick(1)], BYTES[pick(2)])
    });
    assert_every_part_counts(4, |pick| {
        let (before, confirmation) = (&HASHES[pick(0)], &HASHES[pick(2)]);
        keys::after_answer(before, &signatures[pick(1)], confirmation, BYTES[pick(3)])
    });
}

#[test]
fn every_part_of_a_tag_counts() {
    let peers = [1, 2].map(|number| key(number).peer());
    let targets = [Some(peers[0]), Some(peers[1])];
    assert_every_part_counts(5, |pick| {
        let (secret, binding) = (&HASHES[pick(0)], &HASHES[pick(2)]);
        let keys = keys::Keys::new(secret, GROUPS[pick(1)], binding);
        keys.hello_tag(binding, &HASHES[pick(3)], targets[pick(4)])
    });
    assert_every_part_counts(6, |pick| {
        let (secret, binding) = (&HASHES[pick(0)], &HASHES[pick(2)]);
        let keys = keys::Keys::new(secret, GROUPS[pick(1)], binding);
        keys.greeting_tag(binding, &HASHES[pick(3)], &TAGS[pick(4)], BYTES[pick(5)])
    });
}

#[test]
fn every_part_of_a_confirmation_counts() {
    let signatures = signatures();
    let keys = |pick: &dyn Fn(usize) -> usize| {
        keys::Keys::new(&HASHES[pick(0)], GROUPS[pick(1)], &HASHES[pick(2)])
    };
    let sides = [Side::Initiator, Side::Responder];
    assert_every_part_counts(6, |pick| {
        keys(pick).confirmation(sides[pick(3)], &HASHES[pick(4)], Some(&signatures[pick(5)]))
    });
}
