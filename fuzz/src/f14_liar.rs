//! A replica that compares with a liar: it stays within its bounds and comes to an end.

use std::collections::VecDeque;

use peergroup_core::simulation::Listener;
use peergroup_core::simulation::forge::frames::{self, ForgedSet};

use crate::Tape;
use crate::f13_compare::item;
use crate::tape::run;

/// Frames that may follow from one.
const SAID_MAX: usize = 20_000;

/// Tells a replica whatever the bytes say.
pub fn f14_liar(data: &[u8]) {
    let mut tape = Tape::new(data);
    let count = u32::from(tape.byte());
    let items: Vec<[u8; 32]> = (0..count).map(item).collect();
    let since = tape.flag().then(|| (tape.number(1), tape.number(1)));
    let mut listener = Listener::new(&items, [9; 32], since);
    while !tape.is_over() {
        let body = match tape.below(8) {
            0 => {
                let _ = listener.open();
                continue;
            }
            1 => {
                let number = u32::from(tape.byte()) | u32::from(tape.byte()) << 8;
                listener.change(item(number));
                continue;
            }
            2 => frames::compare(ForgedSet::Records, [tape.byte(); 32], tape.number(2), true),
            3 => frames::compared(ForgedSet::Records, tape.number(3), true),
            4 => frames::probes(ForgedSet::Records, &tags(&mut tape)),
            5 => frames::want(ForgedSet::Records, &tags(&mut tape)),
            6 => frames::lacking(ForgedSet::Records, &tags(&mut tape)),
            _ => frames::raw(tape.run()),
        };
        let body = { body }.split_off(4);
        let Ok(said) = listener.hear(&body) else { return };
        assert!(said.len() < SAID_MAX, "{} frames follow from one", said.len());
        let usage = listener.usage();
        let exceeded: Vec<_> = usage.exceeded().collect();
        assert!(exceeded.is_empty(), "{exceeded:?}");
    }
}

fn tags(tape: &mut Tape<'_>) -> Vec<[u8; 4]> {
    tape.run().as_chunks::<4>().0.to_vec()
}

/// What two honest ends say to each other, in order: so many items that both have, and so many
/// that one of them has.
pub(crate) fn conversation(shared: u32, mine: u32, theirs: u32) -> Vec<Vec<u8>> {
    let of_end = |from: u32, own: u32| -> Vec<[u8; 32]> {
        (0..shared).chain(from..from + own).map(item).collect()
    };
    let since = Some((u64::from(shared), u64::from(shared))).filter(|_| mine.is_multiple_of(2));
    let mut ends = [of_end(1000, mine), of_end(2000, theirs)]
        .map(|items| Listener::new(&items, [9; 32], since));
    let mut said = Vec::new();
    let mut inbox: VecDeque<(usize, Vec<u8>)> = VecDeque::new();
    inbox.extend(ends[0].open().map(|hello| (1, hello)));
    while let Some((end, body)) = inbox.pop_front() {
        let next = ends[end].hear(&body).expect("both are honest");
        inbox.extend(next.into_iter().map(|body| (1 - end, body)));
        said.push(body);
    }
    said
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (shared, mine, theirs) in [(100_u8, 4_u32, 4), (100, 5, 4), (20, 0, 200), (200, 30, 30)] {
        let bookmark = if mine.is_multiple_of(2) { vec![1, shared, shared] } else { vec![0] };
        let bodies = conversation(u32::from(shared), mine, theirs);
        for opens in [true, false] {
            let mut seed = [&[shared][..], &bookmark].concat();
            if opens {
                seed.push(0);
            }
            // all that either end said: what is not for the listener is a fault or a lie
            let heard = bodies.iter().skip(usize::from(opens)).take(30);
            seed.extend(heard.flat_map(|body| [&[7], &run(body)[..]].concat()));
            seeds.push(seed);
        }
    }
    let tags: Vec<u8> = (0..64).collect();
    let lists = [4, 5, 6].map(|kind| [&[kind], &run(&tags)[..]].concat()).concat();
    seeds.push([&[50, 0, 0, 3, 200, 1, 0][..], &lists].concat());
    seeds.push([&[50, 0, 2, 5, 9, 0][..], &lists].concat());
    seeds
}
