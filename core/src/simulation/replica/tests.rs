#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

mod attacks;
mod shares;

use alloc::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::hash::{Label, hash};

fn item(number: u32) -> Item {
    hash(Label::StatementItem, &[&number.to_le_bytes()])
}

/// Two replicas that share so many items, in another order; their bookmark; and then each gets
/// items of its own, and some more that both get.
fn parted(shared: u32, mine: u32, theirs: u32, common: u32) -> ([Replica; 2], (u64, u64)) {
    let mut pair = [Replica::default(), Replica::default()];
    for number in 0..shared {
        assert!(pair[0].insert(item(number)));
        assert!(pair[1].insert(item(shared - 1 - number)));
    }
    let bookmark = (pair[0].position(), pair[1].position());
    for (end, range) in [(0, 0..mine), (1, 0..theirs)] {
        let start = 1 << (30 - end);
        for number in range {
            assert!(pair[end].insert(item(start + number)));
        }
        for number in 0..common {
            pair[end].insert(item(u32::MAX - number));
        }
    }
    (pair, bookmark)
}

fn meet_all(pair: &mut [Replica; 2], since: Option<(u64, u64)>) -> Met {
    let [one, two] = pair;
    meet([one, two], [7; 32], since)
}

/// Brings them together, by as many comparisons as that takes.
fn converge(pair: &mut [Replica; 2], since: Option<(u64, u64)>) -> Vec<Met> {
    let [one, two] = pair;
    let mut meeting = Meeting::new([one, two], [7; 32]);
    if let Some((here, there)) = since {
        meeting.met_at(here, there);
    }
    let mut all = Vec::new();
    while all.len() < 5 && !all.last().is_some_and(|met: &Met| met.equal) {
        all.push(meeting.compare());
        assert_eq!(meeting.fault, None);
    }
    assert_eq!(pair[0].root(), pair[1].root(), "{all:?}");
    all
}

#[test]
fn equal_sets_are_found_equal_in_one_round_trip_and_120_bytes() {
    let (mut pair, since) = parted(5000, 0, 0, 50);
    for since in [None, Some(since)] {
        let met = meet_all(&mut pair, since);
        assert!(met.equal && met.flights == 2 && met.bytes <= 120, "{met:?}");
    }
}

#[test]
fn what_came_to_one_end_alone_is_sent_without_being_named() {
    for (mine, theirs) in [(700, 0), (0, 700)] {
        let (mut pair, since) = parted(5000, mine, theirs, 0);
        let met = converge(&mut pair, Some(since))[0];
        assert!(met.bytes <= 120 && (met.items, met.known) == (700, 0), "{met:?}");
    }
}

#[test]
fn ends_that_tell_more_than_is_paid_for_at_once_go_on_until_all_is_said() {
    let (mut pair, _) = parted(20_000, 60_000, 60_000, 0);
    converge(&mut pair, None);
}

#[test]
fn what_nearly_all_is_new_is_sent_without_being_named() {
    let (mut pair, since) = parted(5000, 500, 500, 0);
    let met = converge(&mut pair, Some(since))[0];
    assert!(met.bytes <= 500 && (met.items, met.known) == (1000, 0), "{met:?}");
}

#[test]
fn with_a_bookmark_the_cost_follows_the_difference() {
    for (differ, bytes, flights) in [(1, 240, 3), (10, 300, 5), (100, 3_000, 5), (1000, 25_000, 7)]
    {
        let (mut pair, since) = parted(5000, differ / 2, differ - differ / 2, 1000);
        let met = converge(&mut pair, Some(since))[0];
        assert!(met.bytes <= bytes && met.flights <= flights, "{differ}: {met:?}");
        assert_eq!((met.items, met.known), (differ as usize, 0));
    }
}

#[test]
fn without_a_bookmark_the_cost_follows_the_difference_and_the_depth() {
    for (differ, bytes) in [(1, 700), (10, 4_000), (100, 16_000)] {
        let (mut pair, _) = parted(20_000, differ / 2, differ - differ / 2, 0);
        let met = converge(&mut pair, None)[0];
        assert!(met.bytes <= bytes, "{differ}: {met:?}");
        assert_eq!((met.items, met.known), (differ as usize, 0));
    }
}

#[test]
fn a_leaf_that_grows_into_a_branch_meanwhile_is_served_all_the_same() {
    // about sixty items in each of sixteen leaves, and some more than that at the other end
    let (mut pair, _) = parted(900, 200, 200, 0);
    let met = converge(&mut pair, None)[0];
    assert_eq!((met.items, met.known), (400, 0), "{met:?}");
}

#[test]
fn who_has_nothing_is_sent_everything_and_names_nothing() {
    for cold in [0, 1] {
        let (mut pair, _) = parted(0, if cold == 0 { 0 } else { 9000 }, 9000 * (1 - cold), 0);
        let met = converge(&mut pair, None)[0];
        assert!(met.bytes <= 500 && (met.items, met.known) == (9000, 0), "{met:?}");
    }
}

#[test]
fn a_cold_end_whose_link_is_lost_goes_on_from_where_it_stopped() {
    let mut full = Replica::default();
    for number in 0..9000 {
        assert!(full.insert(item(number)));
    }
    let mut all: Vec<Item> = (0..9000).map(item).collect();
    all.sort_unstable();
    for kept in [3000, 8000] {
        let mut part = Replica::default();
        for item in &all[..kept] {
            assert!(part.insert(*item));
        }
        let met = meet([&mut part, &mut full], [7; 32], None);
        assert!(met.bytes <= 1500 && met.known == 0, "{met:?}");
        assert_eq!(met.items, 9000 - kept);
    }
}

#[test]
fn what_differs_before_the_bookmark_is_found_all_the_same() {
    let (mut pair, since) = parted(5000, 3, 3, 100);
    pair[0].remove(&item(17));
    let rounds = converge(&mut pair, Some(since));
    let known: usize = rounds.iter().map(|met| met.known).sum();
    assert!(rounds.len() <= 3 && known == 0, "{rounds:?}");
}

#[test]
fn an_end_that_has_little_is_not_told_what_it_lacks_one_by_one() {
    let (mut pair, _) = parted(1000, 0, 20_000, 0);
    let met = converge(&mut pair, None)[0];
    assert!(met.bytes <= 6_000 && met.items >= 20_000 && met.known <= 1000, "{met:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn two_replicas_come_together_whatever_they_differ_in(
        sizes in (0_u32..3000, 0_u32..300, 0_u32..300, 0_u32..100),
        gone in prop::collection::btree_set(0_u32..3000, 0..20),
        has_bookmark: bool, swapped: bool, far: bool,
    ) {
        let (shared, mine, theirs, common) = sizes;
        let (mut pair, since) = parted(shared, mine * if far { 10 } else { 1 }, theirs, common);
        for number in gone.iter().filter(|number| **number < shared) {
            pair[0].remove(&item(*number));
        }
        let mut since = has_bookmark.then_some(since);
        if swapped {
            pair.swap(0, 1);
            since = since.map(|(here, there)| (there, here));
        }
        let before: BTreeSet<Item> =
            pair.iter().flat_map(|of| of.log.since(0).map(|(_, item)| *item)).collect();
        converge(&mut pair, since);
        let after: BTreeSet<Item> = pair[0].log.since(0).map(|(_, item)| *item).collect();
        prop_assert_eq!(after, before);
    }
}
