#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use alloc::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::handshake::LinkKey;
use crate::hash::{Label, hash};
use crate::message::Set;
use crate::reconcile::short::Namer;

fn name(number: u64) -> Short {
    mix(number.wrapping_mul(STEP)) & NAME
}

/// The first cells that a name is in.
fn places(name: Short) -> Vec<usize> {
    let mut walk = Walk::of(name);
    core::iter::from_fn(|| walk.next_below(16)).collect()
}

/// How many cells it takes to tell two sets apart that share so much.
fn cells_needed(common: u64, mine: u64, theirs: u64) -> usize {
    let here = (0..common + mine).map(name);
    let there: Vec<Short> = (0..common).chain(1 << 32..(1 << 32) + theirs).map(name).collect();
    let mut decoder = Decoder::new(here.collect());
    loop {
        let from = decoder.len();
        decoder.extend(&cells(there.iter().copied(), from, from + 1));
        if let Some(difference) = decoder.difference() {
            let found = (difference.mine.len() as u64, difference.theirs.len() as u64);
            assert_eq!(found, (mine, theirs));
            return decoder.len();
        }
    }
}

#[test]
fn equal_sets_are_told_by_one_cell() {
    assert_eq!(cells_needed(1000, 0, 0), 1);
}

#[test]
fn cells_follow_the_difference_and_not_the_sets() {
    let needed = [(10, 500), (100, 5000)].map(|(differ, common)| {
        let sum: usize =
            (0..10).map(|more| cells_needed(common + more, differ / 2, differ / 2)).sum();
        sum / 10
    });
    assert!(needed[0] <= 20 && needed[1] <= 165, "{needed:?}");
}

#[test]
fn cells_that_no_set_has_end_undecoded() {
    let mut decoder = Decoder::new((0..100).map(name).collect());
    for round in 0..20 {
        let noise: Vec<Cell> = (0..64).map(|at| mix(at + 64 * round) >> 8).collect();
        decoder.extend(&noise);
        assert_eq!(decoder.difference(), None);
        assert!(decoder.found.len() <= decoder.len());
    }
}

#[test]
fn two_names_in_one_place_for_a_long_time_come_apart_in_the_end() {
    // whoever takes part in the link can look for such a pair, and delays itself
    let one = name(0);
    let two = (1..1 << 32).map(name).find(|two| places(*two) == places(one)).unwrap();
    let mut decoder = Decoder::new(Vec::new());
    decoder.extend(&cells([one, two].into_iter(), 0, 16));
    assert_eq!(decoder.difference(), None);
    decoder.extend(&cells([one, two].into_iter(), 16, 4096));
    let theirs = [one, two].into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(decoder.difference(), Some(Difference { mine: Vec::new(), theirs }));
}

#[test]
fn a_name_that_was_misread_is_put_back() {
    let (misread, names) = (0..)
        .map(|number| [0, 1, 2].map(|more| name(3 * number + more)))
        .find_map(|names| {
            let sum = names.into_iter().fold(0, |sum, name| sum ^ checked(name));
            is_alone(sum).then_some((sum & NAME, names))
        })
        .unwrap();
    let theirs = |decoder: &Decoder| decoder.difference().map(|difference| difference.theirs);
    let mut decoder = Decoder::new(Vec::new());
    decoder.extend(&cells(names.into_iter(), 0, 1));
    assert_eq!(theirs(&decoder), Some(alloc::vec![misread]));
    decoder.extend(&cells(names.into_iter(), 1, 64));
    let names = names.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(theirs(&decoder), Some(names));
}

#[test]
fn r10_items_that_delay_one_link_delay_no_other() {
    let item = |number: u32| hash(Label::StatementItem, &[&number.to_le_bytes()]);
    let [one, two] = [1, 2].map(|key| Namer::new(&LinkKey::from_bytes([key; 32]), Set::Records, 1));
    let mut seen = BTreeMap::new();
    let pair = (0_u32..)
        .find_map(|number| {
            let item = item(number);
            Some([seen.insert(places(one.short(&item)), item)?, item])
        })
        .unwrap();
    let decodes = |namer: &Namer| {
        let mut decoder = Decoder::new(Vec::new());
        decoder.extend(&cells(pair.iter().map(|item| namer.short(item)), 0, 16));
        decoder.difference().is_some()
    };
    assert!(!decodes(&one) && decodes(&two));
}

#[test]
fn the_difference_is_estimated_within_a_third() {
    for differ in [50_u64, 200, 1000, 8000] {
        let here = Tally::of((0..1000 + differ / 2).map(name));
        let there = Tally::of((0..1000).chain(1 << 32..(1 << 32) + differ / 2).map(name));
        let estimate = Tally::from_bytes(&there.to_bytes()).unwrap().apart(&here) as u64;
        assert!(estimate * 3 > differ * 2 && estimate * 3 < differ * 4, "{differ}: {estimate}");
    }
    assert_eq!(Tally::from_bytes(&[0; 127]), None);
}

proptest! {
    #[test]
    fn what_is_decoded_is_the_difference(
        common in 0_u64..300, mine in 0_u64..60, theirs in 0_u64..60,
        chunk in 1_usize..50, salt: u64,
    ) {
        // by chance some names cannot be told apart: then others can
        let decoded = (0..2).any(|round| {
            let salted = |number| name(number ^ (salt.wrapping_add(round) << 40));
            let here: BTreeSet<Short> = (0..common + mine).map(salted).collect();
            let there: BTreeSet<Short> =
                (0..common).chain(1000..1000 + theirs).map(salted).collect();
            let mut decoder = Decoder::new(here.iter().copied().collect());
            let all = cells(there.iter().copied(), 0, 2048);
            assert_eq!(from_bytes(&to_bytes(&all)), Some(all.clone()));
            for part in all.chunks(chunk) {
                decoder.extend(part);
                if let Some(difference) = decoder.difference() {
                    let mine = here.difference(&there).copied().collect();
                    let theirs = there.difference(&here).copied().collect();
                    assert_eq!(difference, Difference { mine, theirs });
                    return true;
                }
            }
            false
        });
        prop_assert!(decoded);
    }

    #[test]
    fn the_cells_of_a_stream_are_the_same_however_it_is_cut(
        numbers in prop::collection::btree_set(any::<u64>(), 0..50), at in 0_usize..100,
    ) {
        let names = || numbers.iter().copied().map(name);
        let mut parts = cells(names(), 0, at);
        parts.append(&mut cells(names(), at, 100));
        prop_assert_eq!(parts, cells(names(), 0, 100));
    }
}
