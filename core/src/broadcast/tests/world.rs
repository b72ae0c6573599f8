//! Many of them in a graph, with links that take different times.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{at, item};
use crate::broadcast::{Broadcast, Item, Route, Stem, TreeId};

#[derive(Clone, Copy)]
enum Said {
    Push(Item, Stem),
    Sent(Item),
    Have(Item, Option<Stem>),
    Fetch(Item),
    Graft(TreeId),
    Prune(TreeId),
}

/// Nodes, what each has, and what is under way, by the millisecond at which it arrives.
struct World {
    nodes: Vec<Broadcast<usize>>,
    has: Vec<BTreeSet<Item>>,
    links: BTreeMap<(usize, usize), u64>,
    under_way: BTreeMap<(u64, usize), (usize, usize, Said)>,
    said: usize,
    copies: usize,
    now: u64,
}

impl World {
    fn new(size: usize, links: &BTreeMap<(usize, usize), u64>) -> Self {
        let mut nodes: Vec<_> =
            (0..size as u64).map(|number| Broadcast::new(TreeId::from_u64(number))).collect();
        for (one, other) in links.keys() {
            nodes[*one].on_up(*other);
            nodes[*other].on_up(*one);
        }
        let both = links.iter().flat_map(|(&(a, b), &takes)| [((a, b), takes), ((b, a), takes)]);
        Self {
            nodes,
            has: (0..size).map(|_| BTreeSet::new()).collect(),
            links: both.collect(),
            under_way: BTreeMap::new(),
            said: 0,
            copies: 0,
            now: 0,
        }
    }

    fn say(&mut self, from: usize, to: usize, said: Said) {
        if let Some(takes) = self.links.get(&(from, to)) {
            self.said += 1;
            self.under_way.insert((self.now + takes, self.said), (from, to, said));
        }
    }

    fn follow(&mut self, from: usize, item: Item, route: &Route<usize>) {
        for to in &route.push {
            self.say(from, *to, Said::Push(item, route.stem.unwrap()));
        }
        for to in &route.announce {
            self.say(from, *to, Said::Have(item, route.stem));
        }
    }

    fn hear(&mut self, from: usize, to: usize, said: Said) {
        let now = at(self.now);
        let node = &mut self.nodes[to];
        let prune = match said {
            Said::Push(item, stem) => {
                self.copies += 1;
                let is_new = self.has[to].insert(item);
                let prune = node.on_pushed(from, stem, &item, is_new, now);
                if is_new {
                    let route = node.forward(&item, false);
                    self.follow(to, item, &route);
                }
                prune
            }
            Said::Sent(item) => {
                self.copies += 1;
                let is_new = self.has[to].insert(item);
                let prune = node.on_sent(from, &item, is_new, now);
                if is_new {
                    let route = node.forward(&item, false);
                    self.follow(to, item, &route);
                }
                prune
            }
            Said::Have(item, stem) => {
                let is_here = self.has[to].contains(&item);
                node.on_announced(from, stem, &item, is_here, now);
                None
            }
            Said::Fetch(item) => {
                self.say(to, from, Said::Sent(item));
                None
            }
            Said::Graft(tree) => {
                node.on_graft(from, tree);
                None
            }
            Said::Prune(tree) => {
                node.on_prune(from, tree);
                None
            }
        };
        if let Some(tree) = prune {
            self.say(to, from, Said::Prune(tree));
        }
    }

    /// Lets a millisecond after the other pass until nothing is under way or due. Each wait ends.
    fn settle(&mut self) {
        let until = self.now + 60_000;
        while self.now < until {
            while let Some(entry) = self.under_way.first_entry()
                && entry.key().0 <= self.now
            {
                let (from, to, said) = entry.remove();
                self.hear(from, to, said);
            }
            for number in 0..self.nodes.len() {
                while let Some(ask) = self.nodes[number].take_due(at(self.now)) {
                    if let Some(tree) = ask.tree {
                        self.say(number, ask.to, Said::Graft(tree));
                    }
                    self.say(number, ask.to, Said::Fetch(ask.item));
                }
            }
            let is_idle = self.nodes.iter().all(|node| node.next_due().is_none());
            if is_idle && self.under_way.is_empty() {
                return;
            }
            self.now += 1;
        }
        panic!("something waits for ever");
    }

    /// One node sends an item. Gives how often it arrived anywhere.
    fn send(&mut self, source: usize, item: Item) -> usize {
        self.copies = 0;
        self.has[source].insert(item);
        let route = self.nodes[source].publish(item, false, at(self.now));
        self.follow(source, item, &route);
        self.settle();
        self.copies
    }

    fn cut(&mut self, one: usize, other: usize) {
        self.links.remove(&(one, other));
        self.links.remove(&(other, one));
        self.nodes[one].on_down(other, at(self.now));
        self.nodes[other].on_down(one, at(self.now));
    }
}

const SIZE: usize = 24;

/// A ring, with some links across it.
fn links() -> impl Strategy<Value = BTreeMap<(usize, usize), u64>> {
    let ring = proptest::collection::vec(1..80_u64, SIZE);
    let across = proptest::collection::vec((0..SIZE, 0..SIZE, 1..80_u64), 12);
    (ring, across).prop_map(|(ring, across)| {
        let ring = (0..SIZE).map(|at| (at, (at + 1) % SIZE)).zip(ring);
        let across = across.into_iter().filter(|(a, b, _)| a != b).map(|(a, b, t)| ((a, b), t));
        let ordered = |((a, b), takes): ((usize, usize), u64)| ((a.min(b), a.max(b)), takes);
        ring.chain(across).map(ordered).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_anybody_sends_comes_to_all_once_whatever_the_links(
        links in links(),
        sources in proptest::collection::vec(0..SIZE, 12),
    ) {
        let mut world = World::new(SIZE, &links);
        for (number, source) in (0..).zip(sources) {
            let copies = world.send(source, item(number));
            prop_assert!(world.has.iter().all(|has| has.contains(&item(number))));
            prop_assert_eq!(copies, SIZE - 1);
        }
    }

    #[test]
    fn a_small_group_floods_the_first_item_of_a_source_and_no_other(
        links in links(),
        source in 0..SIZE,
    ) {
        let mut world = World::new(SIZE, &links);
        for node in &mut world.nodes {
            node.set_small(true);
        }
        world.send(source, item(0));
        prop_assert!(world.has.iter().all(|has| has.contains(&item(0))));
        prop_assert_eq!(world.send(source, item(1)), SIZE - 1);
    }

    #[test]
    fn where_links_are_lost_trees_mend_themselves(
        links in links(),
        source in 0..SIZE,
        lost in proptest::collection::vec(0..SIZE, 1),
    ) {
        let mut world = World::new(SIZE, &links);
        world.send(source, item(0));
        for at in lost {
            let (a, b) = (at, (at + 1) % SIZE);
            world.cut(a.min(b), a.max(b));
        }
        world.send(source, item(1));
        prop_assert!(world.has.iter().all(|has| has.contains(&item(1))));
        world.send(source, item(2));
        let copies = world.send(source, item(3));
        prop_assert_eq!(copies, SIZE - 1);
    }
}
