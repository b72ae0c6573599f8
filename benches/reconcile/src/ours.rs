//! Ours.

use cpu_time::ProcessTime;
use peergroup_core::simulation::{Met, Replica, meet};

use crate::{Cost, Id, Pair, SINCE, id, least};

const LINK: [u8; 32] = [7; 32];

/// Both replicas, with the positions at which they had the same.
struct Both {
    replicas: [Replica; 2],
    since: (u64, u64),
}

fn both(pair: &Pair, with_since: bool) -> Both {
    let mut replicas = [Replica::default(), Replica::default()];
    let since = if with_since { &pair.since[..] } else { &[] };
    let mut at = [0, 0];
    for (end, (replica, own)) in replicas.iter_mut().zip([&pair.mine, &pair.theirs]).enumerate() {
        insert(replica, &pair.shared);
        at[end] = replica.position();
        insert(replica, since);
        insert(replica, own);
        replica.root();
    }
    Both { replicas, since: (at[0], at[1]) }
}

fn insert(replica: &mut Replica, ids: &[Id]) {
    for id in ids {
        replica.insert(*id);
    }
}

/// What it takes to send the whole difference, and to take it in.
fn cost(make: impl FnMut() -> Both, has_met: bool, differ: usize) -> Cost {
    let know = |both: &mut Both| {
        let [one, two] = &mut both.replicas;
        one.keep_apart();
        two.keep_apart();
        let met: Met = meet([one, two], LINK, has_met.then_some(both.since));
        assert_eq!(met.items, differ, "the whole difference was sent");
        (met.bytes, met.flights)
    };
    least(make, know, Some(take_in))
}

fn take_in(both: &mut Both) {
    let known = both.replicas.iter_mut().map(Replica::take_in).sum::<usize>();
    assert_eq!(known, 0, "nothing was sent that was there");
}

fn differ(pair: &Pair) -> usize {
    pair.mine.len() + pair.theirs.len()
}

/// They have met, and 1,000 items came to both since.
pub fn newest(pair: &Pair) -> Cost {
    cost(|| both(pair, true), true, differ(pair))
}

/// They have met, and nothing came to both since.
pub fn newest_alone(pair: &Pair) -> Cost {
    cost(|| both(pair, false), true, differ(pair))
}

/// They have not met.
pub fn scattered(pair: &Pair) -> Cost {
    cost(|| both(pair, true), false, differ(pair))
}

/// One end is empty.
pub fn cold(size: u32) -> Cost {
    let make = || {
        let mut full = Replica::default();
        (0..size).for_each(|number| assert!(full.insert(id(number))));
        full.root();
        Both { replicas: [Replica::default(), full], since: (0, 0) }
    };
    cost(make, false, size as usize)
}

/// What an item costs: when a set comes about from nothing and its root is taken in the end, when
/// some come to a set that is there and the root is taken after every 1,000th, and in memory.
pub fn print_upkeep(size: u32) {
    let ids: Vec<Id> = (0..size).map(id).collect();
    let more: Vec<Id> = (size..size + 10 * SINCE).map(id).collect();
    let mut kept = None;
    let began = ProcessTime::now();
    let memory = allocation_counter::measure(|| {
        let mut replica = Replica::default();
        insert(&mut replica, &ids);
        replica.root();
        kept = Some(replica);
    });
    let built = began.elapsed().as_nanos() / ids.len() as u128;
    let mut replica = kept.expect("it was made");
    let began = ProcessTime::now();
    for some in more.chunks(SINCE as usize) {
        insert(&mut replica, some);
        replica.root();
    }
    let nanos = began.elapsed().as_nanos() / more.len() as u128;
    let bytes = memory.bytes_current as f64 / f64::from(size);
    println!("  ours: built in {built} ns an item, later {nanos} ns, {bytes:.1} bytes");
}
