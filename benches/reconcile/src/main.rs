//! What it costs two replicas to find out what they differ in: ours, and the published crates for
//! the same, on the same sets in one run.
//!
//! Half of what differs is lacking at either end. `scattered`: nothing but the items is known.
//! `newest`: what differs came last, and the two ends have met before; 1,000 more items have come
//! to both since. For `negentropy`, which orders by time, that is a time of its own; `rbsr` knows
//! no time. Each has to name the whole difference; items themselves are not counted. Times are for
//! both ends together. Ours sends the items as well: what it takes to add them to the sets is told
//! beside that.

mod negentropy;
mod ours;
mod rbsr;

use std::time::Duration;

use cpu_time::ProcessTime;
use sha2::{Digest, Sha256};

/// An item: a hash.
type Id = [u8; 32];

/// Items that come to both ends after they met.
const SINCE: u32 = 1000;

/// How often each is measured: the least counts.
const RUNS: usize = 3;

/// Two sets of items, in the order in which they came.
struct Pair {
    shared: Vec<Id>,
    /// What came to both since they met.
    since: Vec<Id>,
    mine: Vec<Id>,
    theirs: Vec<Id>,
}

/// What it cost to name what differs.
struct Cost {
    bytes: usize,
    messages: usize,
    cpu: Duration,
    /// What it took to add to the sets what came.
    taking_in: Option<Duration>,
}

fn id(number: u32) -> Id {
    Sha256::digest(number.to_le_bytes()).into()
}

impl Pair {
    fn new(size: u32, differ: u32) -> Self {
        let ids = |from: u32, count: u32| (from..from + count).map(id).collect::<Vec<_>>();
        let own = u32::MAX / 2;
        Self {
            shared: ids(0, size - SINCE.min(size)),
            since: ids(size, SINCE.min(size)),
            mine: ids(own, differ / 2),
            theirs: ids(own + differ, differ - differ / 2),
        }
    }
}

/// Runs something until it is worth believing, and gives the least that it took, and the least that
/// it took then to take in what came.
fn least<T>(
    mut make: impl FnMut() -> T,
    mut run: impl FnMut(&mut T) -> (usize, usize),
    take_in: Option<fn(&mut T)>,
) -> Cost {
    let costs = (0..RUNS).map(|_| {
        let mut subject = make();
        let began = ProcessTime::now();
        let (bytes, messages) = run(&mut subject);
        let cpu = began.elapsed();
        let taking_in = take_in.map(|take_in| {
            let began = ProcessTime::now();
            take_in(&mut subject);
            began.elapsed()
        });
        Cost { bytes, messages, cpu, taking_in }
    });
    let less = |one: Cost, other: Cost| Cost {
        cpu: one.cpu.min(other.cpu),
        taking_in: one.taking_in.min(other.taking_in),
        ..other
    };
    costs.reduce(less).expect("it ran")
}

fn print(what: &str, cost: &Cost) {
    let micros = |of: Duration| of.as_secs_f64() * 1e6;
    let Cost { bytes, messages, cpu, taking_in } = cost;
    print!("  {what:34} {bytes:>10} B {messages:>4} messages {:>12.1} us", micros(*cpu));
    match taking_in {
        Some(more) => println!(", and {:.1} to take in what came", micros(*more)),
        None => println!(),
    }
}

fn main() {
    let sizes: Vec<u32> =
        std::env::args().skip(1).map(|size| size.parse().expect("a number of items")).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 100_000, 1_000_000] } else { sizes };
    for size in sizes {
        println!("{size} items");
        ours::print_upkeep(size);
        rbsr::print_upkeep(size);
        for differ in [0, 1, 10, 100, 1000] {
            let pair = Pair::new(size, differ);
            println!(" {differ} differ");
            print("ours, newest", &ours::newest(&pair));
            print("ours, newest and nothing else", &ours::newest_alone(&pair));
            print("negentropy, newest", &negentropy::cost(&pair, true));
            print("ours, scattered", &ours::scattered(&pair));
            print("negentropy, scattered", &negentropy::cost(&pair, false));
            print("rbsr, scattered", &rbsr::cost(&pair));
        }
        let cold = ours::cold(size);
        print("ours, one end empty", &cold);
    }
}
