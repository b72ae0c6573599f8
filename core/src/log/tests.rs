#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use alloc::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::trie::nibble;
use super::*;
use crate::hash::{Label, hash};
use crate::limits::LEAF_ITEMS_MAX;

fn item(byte: u8) -> Item {
    [byte; 32]
}

/// An item as they are in life.
fn usual(number: u32) -> Item {
    hash(Label::StatementItem, &[&number.to_le_bytes()])
}

fn log_of(items: impl IntoIterator<Item = Item>) -> Log {
    let mut log = Log::new();
    for item in items {
        assert!(log.insert(item));
    }
    log
}

/// The root as the trie's own words define it, from nothing but the set.
fn defined(items: &[Item], depth: usize) -> NodeHash {
    if items.len() <= LEAF_ITEMS_MAX {
        let parts: Vec<&[u8]> = items.iter().map(Item::as_slice).collect();
        return hash(Label::SetLeaf, &parts);
    }
    let children: Vec<NodeHash> = (0..16)
        .map(|step| {
            let of: Vec<Item> =
                items.iter().filter(|item| nibble(*item, depth) == step).copied().collect();
            if of.is_empty() { [0; 32] } else { defined(&of, depth + 1) }
        })
        .collect();
    let parts: Vec<&[u8]> = children.iter().map(NodeHash::as_slice).collect();
    hash(Label::SetNode, &parts)
}

#[test]
fn the_root_tells_the_set_and_not_the_order() {
    let (mut one, mut two) = (Log::new(), Log::new());
    for byte in [1, 2, 3] {
        one.insert(item(byte));
    }
    for byte in [3, 1, 9, 2] {
        two.insert(item(byte));
    }
    assert_ne!(one.root(), two.root());
    two.remove(&item(9));
    assert_eq!(one.root(), two.root());
}

#[test]
fn pages_give_every_item_once_in_the_order_of_arrival() {
    let mut log = Log::new();
    for byte in [5, 3, 4, 1] {
        log.insert(item(byte));
    }
    log.remove(&item(4));
    assert!(!log.insert(item(3)));
    let (first, next) = log.page(0, 2);
    assert_eq!(first, [item(5), item(3)]);
    assert_eq!(log.page(next.unwrap(), 2), (alloc::vec![item(1)], None));
    assert!(log.contains(&item(1)) && !log.contains(&item(4)));
}

#[test]
fn positions_outlast_whatever_goes_before_them() {
    let mut log = log_of((0..3000).map(usual));
    for number in (0..3000).filter(|number| number % 7 != 0) {
        log.remove(&usual(number));
    }
    for number in (0..3000).step_by(7) {
        assert_eq!(log.position(&usual(number)), Some(u64::from(number)));
    }
    let since: Vec<u64> = log.since(1500).map(|(position, _)| position).collect();
    assert_eq!(since, (0..3000).step_by(7).filter(|at| *at >= 1500).collect::<Vec<u64>>());
    let view = log.without(&[]);
    assert_eq!((view.at(7), view.at(8), log.next()), (Some(usual(7)), None, 3000));
}

#[test]
fn a_child_that_is_alike_has_the_same_hash_in_both() {
    let one = log_of((0..500).map(usual));
    let two = log_of((0..501).map(usual));
    let (Shape::Many(mine), Shape::Many(theirs)) =
        (one.without(&[]).shape(&[]), two.without(&[]).shape(&[]))
    else {
        panic!("both have many");
    };
    let differ: Vec<usize> = (0..16).filter(|step| mine[*step] != theirs[*step]).collect();
    assert_eq!(differ, [nibble(&usual(500), 0)]);
}

#[test]
fn sixty_five_items_that_begin_alike_cost_depth_and_nothing_else() {
    let alike = (0..=u8::try_from(LEAF_ITEMS_MAX).unwrap()).map(|last| {
        let mut item = [0x77; 32];
        item[31] = last;
        item
    });
    let mut log = log_of(alike);
    let items: Vec<Item> = log.since(0).map(|(_, item)| *item).collect();
    assert_eq!(log.root(), defined(&items, 0));
    log.remove(&items[0]);
    assert_eq!(log.root(), defined(&items[1..], 0));
}

#[test]
fn the_root_over_many_leaves_is_the_one_defined() {
    let mut log = log_of((0..5000).map(usual));
    let mut items: Vec<Item> = (0..5000).map(usual).collect();
    items.sort_unstable();
    assert_eq!(log.root(), defined(&items, 0));
    log.insert(usual(5000));
    items.push(usual(5000));
    items.sort_unstable();
    assert_eq!(log.root(), defined(&items, 0));
}

proptest! {
    #[test]
    fn whatever_comes_and_goes_the_root_is_the_one_defined(
        steps in prop::collection::vec((any::<bool>(), 0_u32..400), 0..600),
        asked in 1_usize..50,
    ) {
        let (mut log, mut model) = (Log::new(), BTreeSet::new());
        for (index, (comes, number)) in steps.into_iter().enumerate() {
            let item = usual(number);
            if comes || number % 3 == 0 {
                prop_assert_eq!(log.insert(item), model.insert(item));
            } else {
                log.remove(&item);
                model.remove(&item);
            }
            if index % asked == 0 {
                log.root();
            }
        }
        let items: Vec<Item> = model.iter().copied().collect();
        prop_assert_eq!((log.root(), log.len()), (defined(&items, 0), items.len()));
    }

    #[test]
    fn whatever_comes_and_goes_each_is_found_where_it_came(
        steps in prop::collection::vec((0_u8..4, any::<prop::sample::Index>()), 0..1500),
        from in 0_u64..1200,
    ) {
        let (mut log, mut model) = (Log::new(), BTreeMap::new());
        for (kind, which) in steps {
            let here: Vec<u64> = model.keys().copied().collect();
            if kind > 0 || here.is_empty() {
                let item = usual(u32::try_from(log.next()).unwrap());
                model.insert(log.next(), item);
                log.insert(item);
            } else if which.index(8) == 0 {
                // all that is here goes: also where more is still to come
                for item in core::mem::take(&mut model).values() {
                    log.remove(item);
                }
            } else {
                log.remove(&model.remove(which.get(&here)).unwrap());
            }
        }
        let found: Vec<(u64, Item)> = log.since(from).map(|(at, item)| (at, *item)).collect();
        let there: Vec<(u64, Item)> = model.range(from..).map(|(at, item)| (*at, *item)).collect();
        prop_assert_eq!(found, there);
        for position in 0..log.next() {
            prop_assert_eq!(log.without(&[]).at(position), model.get(&position).copied());
        }
    }

    #[test]
    fn a_log_without_some_items_is_as_one_that_never_had_them(
        count in 0_u32..400, gone in prop::collection::btree_set(0_u32..400, 0..80), cold: bool,
    ) {
        let gone: Vec<u32> = gone.into_iter().filter(|number| *number < count).collect();
        let mut log = log_of((0..count).map(usual));
        if !cold {
            log.root();
        }
        let mut without: Vec<Item> = gone.iter().copied().map(usual).collect();
        without.sort_unstable();
        let left = (0..count).filter(|number| !gone.contains(number));
        let mut other = log_of(left.map(usual));
        let view = log.without(&without);
        prop_assert_eq!((view.root(), view.len()), (other.root(), other.len()));
        for prefix in [&[][..], &[3], &[3, 7]] {
            let bare = |shape| match shape {
                Shape::Few(items) => {
                    Ok(items.into_iter().map(|(_, item)| item).collect::<Vec<Item>>())
                }
                Shape::Many(hashes) => Err(hashes),
            };
            prop_assert_eq!(bare(view.shape(prefix)), bare(other.without(&[]).shape(prefix)));
        }
    }

    #[test]
    fn pages_under_a_prefix_give_every_item_once_ascending(
        count in 0_u32..600, first in 0_u8..16, length in 0_usize..3,
    ) {
        let log = log_of((0..count).map(usual));
        let view = log.without(&[]);
        let prefix = &[first, 9][..length];
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = view.page(prefix, after.as_ref());
            let Some((_, last)) = page.last() else { break };
            prop_assert!(page.len() <= LEAF_ITEMS_MAX);
            after = Some(*last);
            found.extend(page.into_iter().map(|(_, item)| item));
        }
        let mut expected: Vec<Item> = (0..count).map(usual).collect();
        let begins = |item: &Item| {
            prefix.iter().enumerate().all(|(at, step)| nibble(item, at) == usize::from(*step))
        };
        expected.retain(begins);
        expected.sort_unstable();
        prop_assert!(view.count(prefix) >= found.len());
        prop_assert_eq!(found, expected);
    }
}
