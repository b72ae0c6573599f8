//! A few nodes in a simulated world in which everything goes wrong, members that break the rules
//! among it: whatever happens, no oracle objects, and all honest members agree in the end.
//!
//! What happens are the simulator's own ops, drawn by its own rule from the numbers that the bytes
//! give: a failing input is shown as a script that the simulator runs.

use core::time::Duration;

use peergroup_mem::{Op, Rng, Script, Signatures, Size, Step, Weather};

use crate::Tape;

/// Things that happen in one run, at most.
const STEPS_MAX: usize = 24;

/// Runs a world in which happens what the bytes say.
pub fn f18_world(data: &[u8]) {
    let script = script(&mut Tape::new(data));
    if let Err(failure) = script.verdict() {
        panic!("{failure}\n{}", script.to_text());
    }
}

fn script(tape: &mut Tape<'_>) -> Script {
    let hosts = 2 + tape.below(3);
    let seed = tape.number(1);
    let weather = match tape.byte() {
        0..128 => Weather::fair(),
        number => Weather::draw(&mut Rng::new(u64::from(number))),
    };
    let mut steps = Vec::new();
    while !tape.is_over() && steps.len() < STEPS_MAX {
        let after = Duration::from_millis(tape.number(1) * 100);
        // who, another, a senior, pick, size, which op, and how much of it
        let numbers = [1, 1, 1, 1, 2, 2, 3, 1].map(|bytes| tape.number(bytes));
        let op = Op::draw(&mut Rng::telling(numbers.to_vec(), seed), hosts);
        steps.push(Step { after, op });
    }
    Script { seed, signatures: Signatures::Mock, hosts, weather, steps }
}

/// A few scripts of the simulator's own.
pub(crate) fn scripts() -> Vec<Script> {
    let size = |hosts| Size { hosts, span: Duration::from_secs(40), pause: Duration::from_secs(4) };
    vec![Script::draw(1, size(2)), Script::draw(2, size(5)), Script::of_seed(3)]
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let step = |host: u8, pick: u8, op: u16| {
        let [low, high] = op.to_le_bytes();
        // a second later, and 5,000 of whatever there is an amount of
        [10, host, 1, host & 1, pick, 40, 0, low, high, 0x88, 0x13, 0, 1]
    };
    // an op of each kind in the middle of its share
    let kinds = [
        100, 400, 475, 500, 600, 640, 650, 680, 700, 707, 730, 780, 805, 820, 830, 837, 850, 880,
        900, 915, 930, 958, 964, 968, 971, 975, 983, 987, 993, 997,
    ];
    let mut seeds = vec![vec![0], vec![2, 7, 200]];
    for kind in kinds {
        let around = [step(0, 3, 100), step(1, 5, kind), step(1, 9, 120), step(0, 2, 400)];
        seeds.push([&[1, 1, 0][..], around.as_flattened()].concat());
    }
    // every kind of mischief by the last host, and what follows
    for pick in 0..32 {
        let around = [step(1, 3, 100), step(1, pick, 993), step(0, 1, 700), step(2, 4, 110)];
        seeds.push([&[1, 2, 0][..], around.as_flattened()].concat());
    }
    // admins that are made, promote, remove and are removed, in bad weather and in parts
    let acts = [650, 805, 650, 700, 600, 850, 707, 680, 475, 640];
    for (seed, weather) in [(3, 0), (4, 130), (5, 131), (6, 255)] {
        let steps: Vec<u8> =
            (0..).zip(acts).flat_map(|(number, op)| step(number, 3 * number, op)).collect();
        seeds.push([&[2, seed, weather], &steps[..]].concat());
    }
    seeds
}
