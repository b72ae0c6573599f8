//! Applications of others can be tested in simulated worlds.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::Mutex;

use peergroup_core::Role;

use crate::board::{Boards, Bug};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn every_board_shows_what_its_node_holds_whatever_happens() {
    peergroup_mem::check(0..16, |world| {
        world.watch(Boards::new(Bug::None));
        let (_, group) = world.group(4, Role::Member);
        world.turn_bad();
        world.stir(group, 3 * MINUTE);
        world.settle(group);
    });
}

#[test]
fn counters_that_only_grow_sum_up_to_the_same_everywhere() {
    peergroup_mem::check(0..8, |world| {
        let (hosts, group) = world.group(4, Role::Member);
        let mut rng = world.rng("who counts");
        world.turn_bad();
        for _ in 0..20 {
            let host = hosts[rng.size(&(0..=3))];
            world.publish(host, group, "one more");
            world.run_for(rng.span(&(Duration::ZERO..=MINUTE)));
        }
        assert_eq!(world.settle(group), hosts);
        assert!(hosts.iter().all(|host| world.holds(*host, group).1 == 20));
    });
}

#[test]
fn a_test_that_fails_names_the_first_seed_the_check_and_how_to_run_it_alone() {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        peergroup_mem::check(3..40, |world| {
            let number = world.rng("a number").below(4);
            let host = world.add("somebody");
            assert!(number < 3, "it came to {number} for {host}");
        });
    }));
    let first =
        (3..40).find(|seed| peergroup_mem::World::from_seed(*seed).rng("a number").below(4) == 3);
    let text = *outcome.unwrap_err().downcast::<String>().unwrap();
    let begin = format!("seed {}: [panic] after ", first.unwrap());
    assert!(text.starts_with(&begin), "{text}");
    assert!(text.contains("it came to 3 for host 0"), "{text}");
    let seed = first.unwrap();
    let name =
        "application::a_test_that_fails_names_the_first_seed_the_check_and_how_to_run_it_alone";
    let end = format!("run it alone: PEERGROUP_SEED={seed} cargo test {name}");
    assert!(text.ends_with(&end), "{text}");
}

#[test]
fn the_same_seed_goes_the_same_way_in_every_check() {
    let traces = Mutex::new(BTreeMap::<u64, Vec<[u8; 32]>>::new());
    for _ in 0..2 {
        peergroup_mem::check(0..3, |world| {
            let (_, group) = world.group(3, Role::Member);
            world.turn_bad();
            world.stir(group, MINUTE);
            world.settle(group);
            let seed = world.seed();
            traces.lock().unwrap().entry(seed).or_default().push(world.trace_hash());
        });
    }
    let traces = traces.into_inner().unwrap();
    assert_eq!(traces.len(), 3);
    assert!(traces.values().all(|traces| traces[0] == traces[1]), "{traces:?}");
    assert_ne!(traces[&0], traces[&1]);
}
