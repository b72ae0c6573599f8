use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::limits::HANDSHAKE_FRAME_BYTES_MAX;

fn drain(deframer: &mut Deframer) -> Result<Vec<Vec<u8>>, Fault> {
    let mut bodies = Vec::new();
    while let Some(body) = deframer.next()? {
        bodies.push(body);
    }
    Ok(bodies)
}

#[test]
fn a_body_of_the_greatest_size_passes_and_one_byte_more_does_not() {
    for max in [HANDSHAKE_FRAME_BYTES_MAX, FRAME_BYTES_MAX] {
        let mut deframer = Deframer::new(max);
        deframer.push(&frame(&vec![7; max])).unwrap();
        assert_eq!(deframer.next(), Ok(Some(vec![7; max])));
        assert_eq!(deframer.next(), Ok(None));
        let prefix = u32::try_from(max + 1).unwrap().to_le_bytes();
        deframer.push(&prefix).unwrap();
        assert_eq!(deframer.next(), Err(Fault::TooLarge), "from the prefix alone");
    }
}

#[test]
fn p04_a_huge_declared_length_is_refused_and_stays_refused() {
    let mut deframer = Deframer::new(FRAME_BYTES_MAX);
    deframer.push(&[0xff; 4]).unwrap();
    assert_eq!(deframer.next(), Err(Fault::TooLarge));
    deframer.push(&frame(b"later")).unwrap();
    assert_eq!(deframer.next(), Err(Fault::TooLarge));
}

#[test]
fn an_empty_frame_is_refused() {
    let mut deframer = Deframer::new(FRAME_BYTES_MAX);
    deframer.push(&[0; 4]).unwrap();
    assert_eq!(deframer.next(), Err(Fault::Malformed));
}

#[test]
fn a_raised_bound_counts_for_what_waits_already() {
    let mut stream = frame(&[1; 100]);
    append_frame(&mut stream, &[2; 101]);
    let mut deframer = Deframer::new(100);
    deframer.push(&stream).unwrap();
    assert_eq!(deframer.next(), Ok(Some(vec![1; 100])));
    deframer.set_body_max(101);
    assert_eq!(deframer.next(), Ok(Some(vec![2; 101])));
}

#[test]
fn l08_a_deframer_holds_one_frame_and_one_read_and_no_more() {
    let mut deframer = Deframer::new(HANDSHAKE_FRAME_BYTES_MAX);
    let most = HANDSHAKE_FRAME_BYTES_MAX + PREFIX_BYTES + RECEIVED_BYTES_MAX;
    while deframer.waiting() + 100 <= most {
        deframer.push(&[1; 100]).unwrap();
    }
    let held = deframer.waiting();
    assert_eq!(deframer.push(&[1; 100]), Err(Fault::TooLarge));
    assert_eq!(deframer.waiting(), held);
}

#[test]
fn whoever_takes_all_frames_before_each_push_never_meets_the_bound() {
    let stream = frame(&vec![3; FRAME_BYTES_MAX]).repeat(5);
    let mut deframer = Deframer::new(FRAME_BYTES_MAX);
    let mut count = 0;
    for read in stream.chunks(RECEIVED_BYTES_MAX) {
        deframer.push(read).unwrap();
        count += drain(&mut deframer).unwrap().len();
    }
    assert_eq!((count, deframer.waiting()), (5, 0));
}

#[test]
fn an_empty_deframer_gives_its_memory_back() {
    let mut deframer = Deframer::new(FRAME_BYTES_MAX);
    deframer.push(&frame(&vec![3; FRAME_BYTES_MAX])).unwrap();
    drain(&mut deframer).unwrap();
    assert!(deframer.received.capacity() <= IDLE_BYTES);
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
            deframer.push(read).unwrap();
            taken.extend(drain(&mut deframer).unwrap());
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
            for read in stream.chunks(size) {
                deframer.push(read).unwrap();
                loop {
                    match deframer.next() {
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
