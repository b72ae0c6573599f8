//! What it costs two replicas to find out what they differ in: ours, and the published crates for
//! the same, on the same sets in one run.
//!
//! Half of what differs is lacking at either end. `scattered`: nothing but the items is known.
//! `newest`: what differs came last, and the two ends have met before; 1,000 more items have come
//! to both since. For `negentropy`, which orders by time, that is a time of its own; `rbsr` knows
//! no time. Each has to name the whole difference; items themselves are not counted. The time of
//! ours is for both ends, and for taking in what came as well.

mod negentropy;
mod ours;
mod rbsr;

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
    cpu: std::time::Duration,
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

/// Runs something until it is worth believing, and gives the least that it took.
fn least<T>(mut make: impl FnMut() -> T, mut run: impl FnMut(&mut T) -> (usize, usize)) -> Cost {
    let mut best: Option<Cost> = None;
    for _ in 0..RUNS {
        let mut subject = make();
        let began = ProcessTime::now();
        let (bytes, messages) = run(&mut subject);
        let cost = Cost { bytes, messages, cpu: began.elapsed() };
        best = match best {
            Some(best) if best.cpu <= cost.cpu => Some(best),
            _ => Some(cost),
        };
    }
    best.expect("it ran")
}

fn print(what: &str, cost: &Cost) {
    let micros = cost.cpu.as_secs_f64() * 1e6;
    println!("  {what:34} {:>10} B {:>4} messages {micros:>12.1} us", cost.bytes, cost.messages);
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
