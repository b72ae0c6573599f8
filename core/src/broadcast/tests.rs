#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that overflows fails"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::limits::{
    ARRIVALS_MAX, AWAITED_MAX, AWAITED_PER_NEIGHBOUR_MAX, NEIGHBOURS_MAX, TREES_FOUNDED_MAX,
    TREES_MAX,
};

mod world;

const OWN: TreeId = TreeId::from_u64(1);
const TREE: TreeId = TreeId::from_u64(2);
const STEM: Stem = Stem { tree: TREE, hops: 3 };

fn at(millis: u64) -> Instant {
    Instant::from_micros(1000 * millis)
}

fn item(number: u32) -> Item {
    let mut item = [0; 32];
    item[..4].copy_from_slice(&number.to_be_bytes());
    item
}

/// A node with neighbours 1 to 4.
fn node() -> Broadcast<u32> {
    let mut node = Broadcast::new(OWN);
    for neighbour in 1..=4 {
        node.on_up(neighbour);
    }
    node
}

/// The same, with a tree that comes from 1 and goes to 2.
fn node_in_tree() -> Broadcast<u32> {
    let mut node = node();
    assert_eq!(node.on_pushed(1, STEM, &item(0), true, at(0)), None);
    node.on_graft(2, TREE);
    node
}

/// Whom it asks at a moment, and for the link to become one of which tree.
fn asks(node: &mut Broadcast<u32>, now: Instant) -> Vec<(u32, Option<TreeId>)> {
    core::iter::from_fn(|| node.take_due(now)).map(|ask| (ask.to, ask.tree)).collect()
}

#[test]
fn the_first_item_of_a_source_is_announced_at_once_and_pushed_to_nobody() {
    let route = node().publish(item(1), false, at(0));
    assert_eq!(route.stem, Some(Stem { tree: OWN, hops: 0 }));
    assert_eq!((route.push, route.announce), (vec![], vec![1, 2, 3, 4]));
    assert!(route.is_urgent);
}

#[test]
fn where_no_tree_leads_whoever_announces_first_is_asked_at_once() {
    let mut node = node();
    assert!(node.on_announced(2, Some(STEM), &item(1), false, at(0)));
    assert!(node.on_announced(1, Some(STEM), &item(1), false, at(1)));
    assert_eq!(asks(&mut node, at(1)), [(2, Some(TREE))]);
}

#[test]
fn what_was_asked_for_is_announced_at_once_with_its_tree() {
    let mut node = node();
    node.on_announced(2, Some(STEM), &item(1), false, at(0));
    asks(&mut node, at(0));
    assert_eq!(node.on_sent(2, &item(1), true, at(50)), None);
    let route = node.forward(&item(1), false);
    assert_eq!(route.stem, Some(Stem { tree: TREE, hops: 4 }));
    assert_eq!((route.push, route.announce), (vec![], vec![1, 3, 4]));
    assert!(route.is_urgent);
}

#[test]
fn an_item_goes_along_its_tree_and_is_announced_on_the_other_links() {
    let mut node = node_in_tree();
    node.on_pushed(1, STEM, &item(1), true, at(1));
    let route = node.forward(&item(1), false);
    assert_eq!((route.push, route.announce), (vec![2], vec![3, 4]));
    assert!(!route.is_urgent);
    assert_eq!(route.stem, Some(Stem { tree: TREE, hops: 4 }));
}

#[test]
fn trees_lead_both_ways() {
    let mut node = node_in_tree();
    node.on_pushed(2, STEM, &item(1), true, at(1));
    assert_eq!(node.forward(&item(1), false).push, [1]);
}

#[test]
fn a_link_that_brings_what_is_here_leaves_the_tree() {
    let mut node = node_in_tree();
    node.on_pushed(1, STEM, &item(1), true, at(1));
    assert_eq!(node.on_pushed(2, STEM, &item(1), false, at(2)), Some(TREE));
    node.on_pushed(1, STEM, &item(2), true, at(3));
    assert_eq!(node.forward(&item(2), false).push, []);
}

#[test]
fn the_link_over_which_an_item_came_stays_when_it_comes_again() {
    let mut node = node_in_tree();
    node.on_pushed(1, STEM, &item(1), true, at(1));
    assert_eq!(node.on_pushed(1, STEM, &item(1), false, at(2)), None);
}

#[test]
fn what_is_here_and_long_forgotten_prunes_nothing() {
    let mut node = node_in_tree();
    assert_eq!(node.on_pushed(2, STEM, &item(1), false, at(2)), None);
}

#[test]
fn who_does_not_want_a_tree_is_pushed_nothing_of_it() {
    let mut node = node_in_tree();
    node.on_prune(2, TREE);
    node.on_pushed(1, STEM, &item(1), true, at(1));
    let route = node.forward(&item(1), false);
    assert_eq!((route.push, route.announce), (vec![], vec![2, 3, 4]));
}

#[test]
fn what_its_tree_may_still_bring_is_waited_for_and_then_asked_for() {
    let mut node = node_in_tree();
    node.on_announced(3, Some(STEM), &item(1), false, at(0));
    assert_eq!(asks(&mut node, at(299)), []);
    assert_eq!(node.next_due(), Some(at(300)));
    assert_eq!(asks(&mut node, at(300)), [(3, Some(TREE))]);
}

#[test]
fn what_came_meanwhile_is_not_asked_for() {
    let mut node = node_in_tree();
    node.on_announced(3, Some(STEM), &item(1), false, at(0));
    node.on_pushed(1, STEM, &item(1), true, at(1));
    assert_eq!(node.next_due(), None);
    assert_eq!(node.forward(&item(1), false).announce, [3, 4]);
}

#[test]
fn who_announced_what_came_later_is_not_told_of_it() {
    let mut node = node_in_tree();
    node.on_pushed(1, STEM, &item(1), true, at(1));
    node.on_announced(3, Some(STEM), &item(1), false, at(2));
    assert!(node.is_held_by(3, &item(1)) && node.is_held_by(1, &item(1)));
    assert_eq!(node.forward(&item(1), false).announce, [4]);
}

#[test]
fn who_was_asked_in_vain_is_followed_by_the_next_who_announced_it() {
    let mut node = node();
    for (neighbour, millis) in [(2, 0), (1, 1), (4, 1)] {
        node.on_announced(neighbour, Some(STEM), &item(1), false, at(millis));
    }
    assert_eq!(asks(&mut node, at(1)), [(2, Some(TREE))]);
    assert_eq!(asks(&mut node, at(1000)), []);
    assert_eq!(asks(&mut node, at(1001)), [(1, Some(TREE))]);
    node.on_down(1, at(1500));
    assert_eq!(asks(&mut node, at(1500)), [(4, Some(TREE))]);
    assert_eq!(asks(&mut node, at(2500)), []);
    assert_eq!((node.next_due(), node.held()[2]), (None, 0));
}

#[test]
fn when_a_trunk_is_gone_the_next_announcement_is_followed_at_once() {
    let mut node = node_in_tree();
    node.on_down(1, at(1));
    node.on_announced(3, Some(STEM), &item(1), false, at(2));
    assert_eq!(asks(&mut node, at(2)), [(3, Some(TREE))]);
    node.on_sent(3, &item(1), true, at(3));
    assert_eq!(node.forward(&item(1), false).push, [2]);
}

#[test]
fn a_link_that_was_asked_in_vain_leaves_the_tree_when_it_answers_late() {
    let mut node = node_in_tree();
    node.on_announced(3, Some(STEM), &item(1), false, at(0));
    asks(&mut node, at(300));
    node.on_pushed(1, STEM, &item(1), true, at(301));
    assert_eq!(node.on_sent(3, &item(1), false, at(302)), Some(TREE));
}

#[test]
fn what_a_comparison_brings_again_prunes_nothing() {
    let mut node = node_in_tree();
    node.on_pushed(1, STEM, &item(1), true, at(1));
    assert_eq!(node.on_sent(2, &item(1), false, at(2)), None);
    node.on_pushed(1, STEM, &item(2), true, at(3));
    assert_eq!(node.forward(&item(2), false).push, [2]);
}

#[test]
fn what_a_comparison_brought_belongs_to_no_tree() {
    let mut node = node_in_tree();
    node.on_sent(3, &item(1), true, at(1));
    let route = node.forward(&item(1), false);
    assert_eq!((route.stem, route.push, route.announce), (None, vec![], vec![1, 2, 4]));
    assert!(!route.is_urgent);
}

#[test]
fn what_belongs_to_no_tree_is_asked_for_at_once() {
    let mut node = node_in_tree();
    node.on_announced(3, None, &item(1), false, at(1));
    assert_eq!(asks(&mut node, at(1)), [(3, None)]);
}

#[test]
fn what_came_and_is_not_kept_is_asked_of_nobody_else() {
    let mut node = node();
    node.on_announced(3, None, &item(1), false, at(1));
    node.on_announced(4, None, &item(1), false, at(1));
    asks(&mut node, at(1));
    assert_eq!(node.on_sent(3, &item(1), false, at(2)), None);
    assert_eq!((node.next_due(), node.remembers(&item(1))), (None, false));
}

#[test]
fn a_source_near_a_root_sends_along_its_tree() {
    let mut node = node();
    node.on_pushed(1, Stem { tree: TREE, hops: 0 }, &item(0), true, at(0));
    let route = node.publish(item(1), false, at(1));
    assert_eq!((route.stem, route.push), (Some(Stem { tree: TREE, hops: 1 }), vec![1]));
}

#[test]
fn a_source_far_from_all_roots_grows_a_tree_unless_there_are_enough() {
    let mut node = node();
    for number in 0..TREES_FOUNDED_MAX as u64 {
        let route = node.publish(item(1), false, at(1));
        assert_eq!(route.push, []);
        node.trees = Trees::default();
        for tree in 0..=number {
            let stem = Stem { tree: TreeId::from_u64(100 + tree), hops: 9 };
            node.on_pushed(1, stem, &item(1000), true, at(1));
        }
    }
    let far = Stem { tree: TreeId::from_u64(100), hops: 10 };
    assert_eq!(node.publish(item(2), false, at(2)).stem, Some(far));
    let much_later = at(11 * 60 * 1000);
    assert_eq!(node.publish(item(3), false, much_later).stem.unwrap().tree, OWN);
}

#[test]
fn of_too_many_trees_the_one_used_longest_ago_goes() {
    let mut node = node_in_tree();
    for tree in 0..TREES_MAX as u64 {
        let stem = Stem { tree: TreeId::from_u64(100 + tree), hops: 1 };
        node.on_pushed(1, stem, &item(1), true, at(1 + tree));
    }
    assert_eq!(node.held()[0], TREES_MAX);
    assert!(node.trees.get(TREE).is_none());
}

#[test]
fn in_a_small_group_a_tree_begins_with_pushing_to_all_and_what_is_heavy_is_announced() {
    let mut node = node();
    node.set_small(true);
    assert_eq!(node.publish(item(0), true, at(0)).announce, [1, 2, 3, 4]);
    let route = node.publish(item(1), false, at(0));
    assert_eq!((route.push, route.announce), (vec![1, 2, 3, 4], vec![]));
    node.on_pushed(2, STEM, &item(2), true, at(1));
    assert_eq!(node.forward(&item(2), false).push, [1, 3, 4]);
    assert_eq!(node.on_pushed(3, STEM, &item(2), false, at(2)), Some(TREE));
    node.on_pushed(2, STEM, &item(3), true, at(3));
    assert_eq!(node.forward(&item(3), true).push, [1, 4]);
}

#[test]
fn a_new_neighbour_is_pushed_what_this_node_sends() {
    let mut node = node();
    node.publish(item(1), false, at(0));
    node.on_graft(1, OWN);
    node.on_up(5);
    assert_eq!(node.publish(item(2), false, at(1)).push, [1, 5]);
}

#[test]
fn r08_what_is_remembered_of_items_is_bounded() {
    let mut node = node_in_tree();
    for number in 0..2 * ARRIVALS_MAX as u32 {
        node.on_pushed(1, STEM, &item(number), true, at(1));
    }
    assert_eq!(node.held()[1], ARRIVALS_MAX);
    // how it came is forgotten: everybody is told, but nothing is pushed
    assert_eq!(node.forward(&item(1), false).announce, [1, 2, 3, 4]);
}

#[test]
fn r11_who_announces_what_it_never_sends_takes_its_share_and_is_passed_over_in_the_end() {
    let mut node = node();
    let mut asked = 0;
    for second in 0..100 {
        for number in 0..1000 {
            node.on_announced(1, Some(STEM), &item(1000 * second + number), false, at(0));
        }
        assert!(node.held()[2] <= AWAITED_PER_NEIGHBOUR_MAX);
        asked += asks(&mut node, at(2000 * u64::from(second))).len();
    }
    assert!(asked <= 2 * PROMISES_BROKEN_MAX, "asked {asked} times");
    assert_eq!((node.held()[2], node.next_due()), (0, None));
    // once it sends anything it is listened to again, and nobody else was passed over
    node.on_announced(2, Some(STEM), &item(9_000_000), false, at(300_000));
    assert_eq!(asks(&mut node, at(300_000)), [(2, Some(TREE))]);
    node.on_pushed(1, STEM, &item(9_000_001), true, at(300_000));
    node.on_announced(1, None, &item(9_000_002), false, at(300_000));
    assert_eq!(asks(&mut node, at(300_000)), [(1, None)]);
}

#[test]
fn r11_all_neighbours_together_fill_what_is_awaited_and_nothing_more() {
    let mut node = Broadcast::new(OWN);
    for neighbour in 0..NEIGHBOURS_MAX as u32 {
        node.on_up(neighbour);
        for number in 0..1000 {
            node.on_announced(neighbour, None, &item(1000 * neighbour + number), false, at(0));
        }
    }
    assert_eq!(node.held()[2], AWAITED_MAX);
    for neighbour in 0..NEIGHBOURS_MAX as u32 {
        node.on_down(neighbour, at(1));
    }
    assert_eq!((node.held()[2], node.next_due()), (0, None));
}

#[test]
fn n05_grafts_and_prunes_move_nothing_but_the_link_they_came_over() {
    let mut node = node_in_tree();
    for number in 0..10_000 {
        node.on_graft(3, TreeId::from_u64(number));
        node.on_prune(4, TreeId::from_u64(number));
    }
    assert_eq!(node.held(), [1, 1, 0]);
    node.on_pushed(1, STEM, &item(1), true, at(1));
    assert_eq!(node.forward(&item(1), false).push, [2, 3]);
}

#[test]
fn n05_who_lies_about_its_hops_moves_nobody_but_sources_that_believe_to_be_near() {
    let mut node = node_in_tree();
    let far = Stem { tree: TREE, hops: u8::MAX };
    node.on_pushed(1, far, &item(1), true, at(1));
    assert_eq!(node.forward(&item(1), false).stem, Some(far));
    let near = Stem { tree: TREE, hops: 0 };
    assert_eq!(node.on_pushed(3, near, &item(1), false, at(2)), Some(TREE));
    node.on_pushed(1, STEM, &item(2), true, at(3));
    assert_eq!(node.forward(&item(2), false).push, [2]);
}
