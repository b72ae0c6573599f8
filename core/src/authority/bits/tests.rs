#![expect(clippy::arithmetic_side_effects, reason = "sets are taken from each other, not numbers")]

use alloc::collections::BTreeSet;

use proptest::collection::btree_set;
use proptest::prelude::*;

use super::*;

/// Numbers in the first three words, those at the ends of words among them more often than not.
fn numbers() -> impl Strategy<Value = BTreeSet<usize>> {
    let edges = prop::sample::select(&[0_usize, 1, 62, 63, 64, 65, 127, 128, 191][..]);
    btree_set(prop_oneof![edges, 0_usize..192], 0..8)
}

/// A set as the code gets to it, number by number; long first, so that it may end in empty words.
fn bits(numbers: &BTreeSet<usize>, longest: usize) -> Bits {
    let mut bits = Bits::default();
    bits.insert(longest);
    bits.remove(longest);
    for number in numbers {
        bits.insert(*number);
    }
    bits
}

fn numbers_of(bits: &Bits) -> BTreeSet<usize> {
    (0..256).filter(|number| bits.contains(*number)).collect()
}

proptest! {
    #[test]
    fn numbers_come_and_go(mut model in numbers(), number in 0_usize..192, long in 0_usize..192) {
        let mut bits = bits(&model, long);
        prop_assert_eq!(numbers_of(&bits), model.clone());
        prop_assert_eq!(bits.is_empty(), model.is_empty());
        prop_assert_eq!(bits.first(), model.first().copied());
        prop_assert_eq!(bits.insert(number), model.insert(number));
        prop_assert!(!bits.insert(number));
        prop_assert_eq!(numbers_of(&bits), model.clone());
        bits.remove(number);
        model.remove(&number);
        prop_assert_eq!(numbers_of(&bits), model);
    }

    #[test]
    fn sets_are_joined_and_taken_apart_as_any_sets_are(
        (some, others) in (numbers(), numbers()),
        (first, long) in (0_usize..200, 0_usize..192),
    ) {
        let (mine, theirs) = (bits(&some, long), bits(&others, 0));
        let from_first: BTreeSet<usize> = others.range(first..).copied().collect();
        let mut joined = mine.clone();
        prop_assert_eq!(joined.absorb(&theirs), !others.is_subset(&some));
        prop_assert_eq!(numbers_of(&joined), &some | &others);
        let mut joined = mine.clone();
        joined.absorb_from(&theirs, first);
        prop_assert_eq!(numbers_of(&joined), &some | &from_first);
        let mut rest = mine.clone();
        rest.subtract(&theirs);
        prop_assert_eq!(numbers_of(&rest), &some - &others);
        prop_assert_eq!(mine.is_within(&theirs), some.is_subset(&others));
        prop_assert!(rest.is_within(&mine) && mine.is_within(&joined));
        prop_assert_eq!(mine == theirs, some == others);
        prop_assert_eq!(&mine, &bits(&some, 191));
    }

    #[test]
    fn what_is_beyond_two_sets_is_in_neither(
        (all, some, others) in (numbers(), numbers(), numbers()),
        first in 0_usize..200,
    ) {
        let from_first: BTreeSet<usize> = others.range(first..).copied().collect();
        let rest = &(&all - &some) - &from_first;
        let [bits, some, others] = [&all, &some, &others].map(|numbers| bits(numbers, 0));
        prop_assert_eq!(numbers_of(&bits.beyond(&some, &others, first)), rest.clone());
        prop_assert_eq!(bits.is_within_either(&some, &others, first), rest.is_empty());
    }
}

#[test]
fn numbers_below_sixty_four_take_no_memory() {
    for (longest, weight) in [(0, 0), (63, 0), (64, 2), (127, 2), (128, 3)] {
        assert_eq!(bits(&BTreeSet::new(), longest).weight(), weight);
    }
}
