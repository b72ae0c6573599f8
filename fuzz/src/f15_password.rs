//! The exchange of a password with somebody in the middle: it proves nothing but that both ends
//! know one password, on one link, and heard what the other said.

use peergroup_core::simulation::guess::exchange;

use crate::Tape;
use crate::tape::run;

/// Lets two ends exchange a password, and does to each flight what the bytes say.
pub fn f15_password(data: &[u8]) {
    let mut tape = Tape::new(data);
    let same = [0; 2].map(|_| tape.below(4) != 3);
    let passwords = [1, if same[0] { 1 } else { 2 }];
    let bindings = [3, if same[1] { 3 } else { 4 }];
    // nought is no secret
    let randoms = [0; 2].map(|_| 1 + tape.byte() % 255);
    let mut said: Vec<Vec<u8>> = Vec::new();
    let mut is_changed = [false; 4];
    let guessed = exchange(passwords, bindings, randoms, |number, flight| {
        said.push(flight);
        let given = give(&mut tape, &said);
        is_changed[number] = given != said[number];
        given
    });
    let is_one = same == [true; 2];
    let is_honest = is_one && is_changed[..3] == [false; 3];
    assert_eq!(guessed.proven, is_honest, "{is_changed:?}");
    assert_eq!(guessed.admitted, is_honest && !is_changed[3], "{is_changed:?}");
}

/// What goes on in place of the last flight.
fn give(tape: &mut Tape<'_>, said: &[Vec<u8>]) -> Vec<u8> {
    let mut flight = said.last().cloned().unwrap_or_default();
    match tape.below(8) {
        0..=3 => {}
        4 => {
            let at = tape.size(2) % flight.len().max(1);
            if let Some(byte) = flight.get_mut(at) {
                *byte ^= 1 << tape.below(8);
            }
        }
        5 => flight.truncate(tape.size(2)),
        // one that was said before
        6 => flight.clone_from(&said[tape.below(said.len())]),
        _ => flight = tape.run().to_vec(),
    }
    flight
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut share = vec![0, 32];
    share.resize(512, 0);
    let mut seeds = vec![vec![], vec![3], vec![0, 3], vec![0, 0, 5, 5]];
    for flight in 0..4 {
        for ploy in [&[4, 3, 0, 1][..], &[4, 0xff, 1, 0], &[5, 16, 0], &[6, 0]] {
            seeds.push([&[0, 0, 7, 8][..], &vec![0; flight], ploy].concat());
        }
        seeds.push([&[0, 0, 7, 8][..], &vec![0; flight], &[7], &run(&share)].concat());
    }
    seeds
}
