use core::sync::atomic::AtomicU64;

use super::*;
use crate::{Host, World};

fn pool(threads: usize) -> Pool<'static> {
    Pool::new(threads, &|beat| panic!("stuck: {beat:?}"))
}

#[test]
fn outcomes_are_taken_in_the_order_of_their_seeds() {
    for threads in [0, 1, 5] {
        let mut taken = Vec::new();
        pool(threads).run(
            100..200,
            |seed, _| seed * 2,
            |seed, outcome| {
                taken.push((seed, outcome));
                ControlFlow::Continue(())
            },
        );
        let want: Vec<(u64, u64)> = (100..200).map(|seed| (seed, seed * 2)).collect();
        assert_eq!(taken, want);
    }
}

#[test]
fn nothing_is_taken_after_a_break_and_no_more_is_begun() {
    let begun = AtomicU64::new(0);
    let mut taken = Vec::new();
    pool(3).run(
        0..u64::MAX,
        |_, _| begun.fetch_add(1, Ordering::Relaxed),
        |seed, _| {
            taken.push(seed);
            if seed == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    assert_eq!(taken, (0..=10).collect::<Vec<u64>>());
    assert!(begun.into_inner() >= 11);
}

#[test]
fn a_call_that_does_not_come_back_is_noticed_with_its_seed_host_and_work() {
    let (free, freed) = mpsc::channel();
    let freed = Mutex::new(freed);
    let noticed = Mutex::new(None);
    let stuck = |beat: Beat| {
        *noticed.lock().unwrap() = Some(beat);
        free.send(()).unwrap();
    };
    let tick = Duration::from_millis(1);
    let pool = Pool { threads: 2, tick, patience: 3, stuck: &stuck };
    pool.run(
        [7].into_iter(),
        |seed, pulse| {
            let mut world = World::from_seed(seed);
            world.feel(Arc::clone(pulse));
            let host = world.add("a peer");
            world.act(host, |_, _| freed.lock().unwrap().recv().unwrap());
        },
        |_, ()| ControlFlow::Continue(()),
    );
    let beat = noticed.into_inner().unwrap().unwrap();
    assert_eq!((beat.seed, beat.host.map(Host::number)), (Some(7), Some(0)));
    assert_eq!(beat.doing, "a verb");
}
