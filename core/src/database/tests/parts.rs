//! Parts of large payloads in a file that says of itself that it is whole.

use super::*;
use crate::limits::{PAYLOAD_BYTES_MAX, PAYLOAD_INLINE_MAX, PAYLOAD_LEAF_BYTES};
use crate::record::{Digest, leaf_digest, root_over};

/// What of a file's frames is altered.
type Frames = Vec<Vec<u8>>;

/// The parts of a payload: the hashes of the leaves, if there are several, and the leaves.
fn parts_of(len: usize, salt: u8) -> Frames {
    let bytes: Vec<u8> = (salt..=250).cycle().take(len).collect();
    let digests: Vec<Digest> = bytes.chunks(PAYLOAD_LEAF_BYTES).map(leaf_digest).collect();
    let payload = PayloadId::new(root_over(&digests), u32::try_from(len).unwrap());
    let leaves = (0..).map(Part::Leaf).zip(bytes.chunks(PAYLOAD_LEAF_BYTES).map(<[u8]>::to_vec));
    let known = (digests.len() > 1).then(|| (Part::Digests, digests.concat()));
    let parts = known.into_iter().chain(leaves);
    parts.map(|(part, bytes)| FilePart { payload, part, bytes: bytes.into() }.encode()).collect()
}

/// Two payloads, of three leaves and of one, in order.
fn two_payloads() -> Frames {
    let mut payloads = [parts_of(2 * PAYLOAD_LEAF_BYTES + 7, 0), parts_of(5000, 1)];
    payloads.sort();
    payloads.concat()
}

/// A file of these parts, which are as many as its head says.
fn file_of(seat: Seat, parts: &Frames) -> Vec<u8> {
    let head = Head { parts: u64::try_from(parts.len()).unwrap(), ..head(seat, 0, 0) };
    let frames: Vec<(Kind, &[u8])> = parts.iter().map(|part| (Kind::Part, &part[..])).collect();
    file(&head, &frames)
}

fn outcome(parts: &Frames) -> Result<Progress, DatabaseError> {
    let Scene { seat, .. } = scene(1);
    check(seat, &file_of(seat, parts), 50_000)
}

/// Whether a frame holds hashes.
fn is_digests(part: &[u8]) -> bool {
    part[36..40] == [0; 4]
}

#[test]
fn parts_of_payloads_are_read_as_they_were_written() {
    let parts = two_payloads();
    assert_eq!(parts.len(), 5);
    assert_eq!(outcome(&parts), Ok(Progress::new(5, 5)));
    let Scene { seat, .. } = scene(1);
    let bytes = file_of(seat, &parts);
    let mut reader = Reader::default();
    let mut read = Vec::new();
    for piece in bytes.chunks(999) {
        reader.push(piece);
        while let Some(frame) = reader.next().unwrap() {
            read.extend(match frame {
                Frame::Part(part) => Some(part.encode()),
                _ => None,
            });
        }
    }
    assert_eq!(read, parts);
}

#[test]
fn of_a_payload_any_leaves_will_do_if_their_hashes_come_first() {
    let parts = two_payloads();
    for gone in 0..parts.len() {
        let mut some = parts.clone();
        let is_needed = is_digests(&some.remove(gone));
        let expected =
            if is_needed { Err(DatabaseError::Damaged) } else { Ok(Progress::new(4, 4)) };
        assert_eq!(outcome(&some), expected, "without {gone}");
    }
    let only_hashes: Frames = parts.into_iter().filter(|part| is_digests(part)).collect();
    assert_eq!(outcome(&only_hashes), Ok(Progress::new(1, 1)));
}

#[test]
fn k01_a_part_that_is_altered_repeated_or_out_of_order_is_refused_although_the_hash_is_right() {
    let parts = two_payloads();
    for at in 0..parts.len() {
        let mut twice = parts.clone();
        twice.insert(at, parts[at].clone());
        assert_eq!(outcome(&twice), Err(DatabaseError::Damaged), "{at} twice");
        for other in at + 1..parts.len() {
            let mut swapped = parts.clone();
            swapped.swap(at, other);
            assert_eq!(outcome(&swapped), Err(DatabaseError::Damaged), "{at} and {other}");
        }
        // the root, the length, the place, the first byte, one in between and the last
        let last = parts[at].len() - 1;
        for byte in [0, 31, 32, 35, 36, 39, 40, last / 2, last] {
            let mut altered = parts.clone();
            altered[at][byte] ^= 0x10;
            assert_eq!(outcome(&altered), Err(DatabaseError::Damaged), "byte {byte} of {at}");
        }
        for length in [0, 39, 40, last] {
            let mut cut = parts.clone();
            cut[at].truncate(length);
            assert_eq!(outcome(&cut), Err(DatabaseError::Damaged), "{at} cut to {length}");
        }
        let mut longer = parts.clone();
        longer[at].push(0);
        assert_eq!(outcome(&longer), Err(DatabaseError::Damaged), "{at} longer");
    }
}

#[test]
fn p07_what_is_no_part_of_a_large_payload_is_refused() {
    let part = |bytes: Vec<u8>, len: usize, part: Part| {
        let payload = PayloadId::new(leaf_digest(&bytes), u32::try_from(len).unwrap());
        FilePart { payload, part, bytes: bytes.into() }.encode()
    };
    let short = vec![7; PAYLOAD_INLINE_MAX];
    let leaf = vec![7; PAYLOAD_LEAF_BYTES];
    let root = leaf_digest(&leaf).to_vec();
    let of_one_leaf = FilePart {
        payload: PayloadId::new(leaf_digest(&leaf), u32::try_from(leaf.len()).unwrap()),
        part: Part::Digests,
        bytes: root.into(),
    };
    let cases = [
        ("so short that it goes with its version", part(short, PAYLOAD_INLINE_MAX, Part::Leaf(0))),
        ("too long", part(leaf.clone(), PAYLOAD_BYTES_MAX + 1, Part::Leaf(0))),
        ("behind the last leaf", part(leaf.clone(), leaf.len(), Part::Leaf(1))),
        ("the hash of a single leaf", of_one_leaf.encode()),
        ("a leaf of a payload whose hashes did not come", part(leaf, 70_000, Part::Leaf(0))),
    ];
    for (what, part) in cases {
        assert_eq!(outcome(&vec![part]), Err(DatabaseError::Damaged), "{what}");
    }
}

#[test]
fn as_many_parts_come_as_the_head_says_and_behind_all_else() {
    let Scene { seat, statement } = scene(1);
    let part = parts_of(5000, 0).remove(0);
    let with = |parts| Head { parts, ..head(seat, 1, 0) };
    let (statement, part) = ((Kind::Statement, &statement[..]), (Kind::Part, &part[..]));
    let outcome = |parts, frames: &[_]| check(seat, &file(&with(parts), frames), 5000);
    assert_eq!(outcome(1, &[statement, part]), Ok(Progress::new(2, 2)));
    assert_eq!(outcome(0, &[statement, part]), Err(DatabaseError::Damaged), "more");
    assert_eq!(outcome(2, &[statement, part]), Err(DatabaseError::Damaged), "less");
    assert_eq!(outcome(1, &[part, statement]), Err(DatabaseError::Damaged), "before");
}
