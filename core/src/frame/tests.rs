use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::limits::{FRAME_BYTES_MAX, HANDSHAKE_FRAME_BYTES_MAX, RECEIVED_BYTES_MAX};

/// All frames that are whole once these bytes are there.
fn drain(deframer: &mut Deframer, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let mut bodies = Vec::new();
    while let Some(body) = deframer.next(&mut bytes)? {
        bodies.push(body.into_owned());
    }
    Ok(bodies)
}

#[test]
fn a_body_of_the_greatest_size_passes_and_one_byte_more_does_not() {
    for max in [HANDSHAKE_FRAME_BYTES_MAX, FRAME_BYTES_MAX] {
        let mut deframer = Deframer::new(max);
        assert_eq!(drain(&mut deframer, &frame(&vec![7; max])), Ok(vec![vec![7; max]]));
        let prefix = u32::try_from(max + 1).unwrap().to_le_bytes();
        assert_eq!(drain(&mut deframer, &prefix), Err(Fault::TooLarge), "from the prefix alone");
    }
}

#[test]
fn p04_a_huge_declared_length_is_refused_and_stays_refused() {
    let mut deframer = Deframer::new(FRAME_BYTES_MAX);
    assert_eq!(drain(&mut deframer, &[0xff; 4]), Err(Fault::TooLarge));
    assert_eq!(drain(&mut deframer, &frame(b"later")), Err(Fault::TooLarge));
}

#[test]
fn an_empty_frame_is_refused() {
    let mut deframer = Deframer::new(FRAME_BYTES_MAX);
    assert_eq!(drain(&mut deframer, &[0; 4]), Err(Fault::Malformed));
}

#[test]
fn a_raised_bound_counts_for_what_has_come_already() {
    let mut stream = frame(&[1; 100]);
    append_frame(&mut stream, &[2; 101]);
    let mut bytes = stream.as_slice();
    let mut deframer = Deframer::new(100);
    assert_eq!(deframer.next(&mut bytes), Ok(Some(vec![1; 100].into())));
    deframer.set_body_max(101);
    assert_eq!(deframer.next(&mut bytes), Ok(Some(vec![2; 101].into())));
}

#[test]
fn l08_a_deframer_holds_one_frame_and_no_more() {
    let stream = frame(&vec![3; FRAME_BYTES_MAX]).repeat(5);
    let mut deframer = Deframer::new(FRAME_BYTES_MAX);
    let mut count = 0;
    for read in stream.chunks(RECEIVED_BYTES_MAX) {
        count += drain(&mut deframer, read).unwrap().len();
        assert!(deframer.waiting() < FRAME_BYTES_MAX + PREFIX_BYTES);
        assert!(deframer.body.capacity() <= FRAME_BYTES_MAX);
    }
    assert_eq!((count, deframer.waiting()), (5, 0));
}

#[test]
fn a_deframer_without_a_frame_begun_holds_no_memory() {
    let stream = frame(&vec![3; FRAME_BYTES_MAX]);
    let (left, right) = stream.split_at(1000);
    let mut deframer = Deframer::new(FRAME_BYTES_MAX);
    assert_eq!(drain(&mut deframer, left), Ok(vec![]));
    assert_eq!(deframer.waiting(), 1000);
    assert_eq!(drain(&mut deframer, right).unwrap().len(), 1);
    assert_eq!(deframer.body.capacity(), 0);
}

proptest! {
    #[test]
    fn c10_any_split_gives_the_same_frames(
        bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..12),
        cuts in proptest::collection::vec(1_usize..30, 1..40),
    ) {
        let mut stream = Vec::new();
        for body in &bodies {
            append_frame(&mut stream, body);
        }
        let mut deframer = Deframer::new(40);
        let mut taken = Vec::new();
        let mut rest = stream.as_slice();
        for cut in cuts.iter().cycle() {
            let (read, later) = rest.split_at((*cut).min(rest.len()));
            taken.extend(drain(&mut deframer, read).unwrap());
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(taken, bodies);
        prop_assert_eq!(deframer.waiting(), 0);
    }

    #[test]
    fn c10_any_split_of_arbitrary_bytes_gives_the_same_frames_and_fault(
        mut stream in proptest::collection::vec(0_u8..3, 0..200),
        cut in 1_usize..20,
    ) {
        // make small lengths likely: three high bytes of zero after each low one
        for (at, byte) in stream.iter_mut().enumerate() {
            if at % 4 != 0 {
                *byte = 0;
            }
        }
        let run = |size: usize| {
            let mut deframer = Deframer::new(2);
            let mut bodies = Vec::new();
            for mut read in stream.chunks(size) {
                loop {
                    match deframer.next(&mut read) {
                        Ok(Some(body)) => bodies.push(body),
                        Ok(None) => break,
                        Err(fault) => return (bodies, Some(fault)),
                    }
                }
            }
            (bodies, None)
        };
        prop_assert_eq!(run(cut), run(200));
    }
}
