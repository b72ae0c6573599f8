//! Frames out of a stream: any split gives the same ones (C10), and they are what was sent.

use peergroup_core::limits::{DIRECT_FRAME_BYTES_MAX, FRAME_BYTES_MAX, HANDSHAKE_FRAME_BYTES_MAX};
use peergroup_core::simulation::forge::frames::{deframe, raw};
use peergroup_core::simulation::reading::{frame, frames};

use crate::Tape;
use crate::tape::run;

const BOUNDS: [usize; 4] = [16, HANDSHAKE_FRAME_BYTES_MAX, FRAME_BYTES_MAX, DIRECT_FRAME_BYTES_MAX];

/// Takes frames out of a stream, whole and in pieces.
pub fn f01_frame(data: &[u8]) {
    let mut tape = Tape::new(data);
    let body_max = BOUNDS[tape.below(BOUNDS.len())];
    let cuts = tape.run();
    let stream = tape.rest();
    let (bodies, fault) = frames(body_max, [stream]);
    for pieces in [stream.chunks(1).collect(), split(stream, cuts)] {
        assert_eq!(frames(body_max, pieces), (bodies.clone(), fault), "C10: a split changes it");
    }
    let sent: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
    assert!(stream.starts_with(&sent), "what is taken is what was sent");
    // another reader, that knows no bound
    let mut rest = stream.to_vec();
    for body in &bodies {
        assert_eq!(deframe(&mut rest).as_ref(), Some(body));
    }
    let length = rest.first_chunk().map(|prefix| u32::from_le_bytes(*prefix) as usize);
    let is_bad = length.is_some_and(|length| length == 0 || length > body_max);
    assert_eq!(fault.is_some(), is_bad);
    assert!(is_bad || deframe(&mut rest).is_none(), "a whole frame is left");
}

/// The stream in pieces of these lengths, over and over.
fn split<'a>(mut stream: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle().take(stream.len()) {
        let (piece, rest) = stream.split_at(usize::from(*length).min(stream.len()));
        pieces.push(piece);
        stream = rest;
    }
    pieces.push(stream);
    pieces
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let bodies: [Vec<u8>; 5] =
        [vec![1], b"a body".to_vec(), vec![7; 16], vec![8; 17], (0..=255).collect()];
    let all: Vec<u8> = bodies.iter().flat_map(|body| raw(body)).collect();
    let cut = &all[..all.len() - 3];
    let empty = [raw(b"before"), raw(b""), raw(b"behind")].concat();
    let huge = [raw(b"before"), u32::MAX.to_le_bytes().to_vec()].concat();
    let streams = [&all, cut, &empty, &huge];
    let seed =
        |(bound, stream): (u8, &[u8])| [&[bound][..], &run(&[1, 2, 3, 200]), stream].concat();
    (0..4).zip(streams).map(seed).chain([seed((0, &raw(&[9; 16])))]).collect()
}
