//! Our machine in virtual time.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use peergroup_core::Instant;
use peergroup_core::simulation::{Broadcast, Route, Stem, TreeId};

use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;

use crate::overlay::{self, Overlay};
use crate::round::{Group, Round};

/// Announcements that are not urgent are gathered for so long, in microseconds.
const GATHER: u64 = 100_000;

/// What goes over a link, with the links it has come over since its source.
#[derive(Clone, Copy)]
enum Message {
    Push(u32, Stem, u32),
    Sent(u32, u32),
    Have(u32, Option<Stem>),
    Fetch(u32),
    Graft(TreeId),
    Prune(TreeId),
}

enum What {
    Message(u32, Message),
    Timer,
    Flush,
    Down(u32),
    /// It looks after its neighbours.
    Mend,
}

struct Event {
    at: u64,
    serial: u64,
    node: u32,
    what: What,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}
impl Eq for Event {}
impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.serial).cmp(&(other.at, other.serial))
    }
}

struct Node {
    machine: Broadcast<u32>,
    links: Vec<(u32, u64)>,
    is_dead: bool,
    /// Items that are here, and over how many links each came.
    items: Vec<(u32, u32)>,
    to_tell: Vec<(u32, u32, Option<Stem>)>,
    flush_is_set: bool,
    timer: Option<u64>,
}

/// A group in virtual time.
pub struct World {
    now: u64,
    serial: u64,
    queue: BinaryHeap<Reverse<Event>>,
    nodes: Vec<Node>,
    last_item: u32,
    round: Round,
    rng: ChaCha12Rng,
}

fn id(item: u32) -> [u8; 32] {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&item.to_be_bytes());
    id
}

fn number(id: &[u8; 32]) -> u32 {
    u32::from_be_bytes(id[..4].try_into().expect("four bytes"))
}

impl World {
    /// Nodes with these links.
    pub fn new(overlay: Overlay, seed: u64) -> Self {
        let nodes = (0_u64..).zip(overlay).map(|(number, links)| {
            let mut machine = Broadcast::new(TreeId::from_u64(number));
            for (other, _) in &links {
                machine.on_up(*other);
            }
            Node {
                machine,
                links,
                is_dead: false,
                items: Vec::new(),
                to_tell: Vec::new(),
                flush_is_set: false,
                timer: None,
            }
        });
        Self {
            now: 0,
            serial: 0,
            queue: BinaryHeap::new(),
            nodes: nodes.collect(),
            last_item: 0,
            round: Round::default(),
            rng: ChaCha12Rng::seed_from_u64(seed),
        }
    }

    fn push(&mut self, after: u64, node: u32, what: What) {
        self.serial += 1;
        let event = Event { at: self.now + after, serial: self.serial, node, what };
        self.queue.push(Reverse(event));
    }

    fn send(&mut self, from: u32, to: u32, message: Message) {
        let sender = &self.nodes[from as usize];
        if sender.is_dead {
            return;
        }
        let Some((_, latency)) = sender.links.iter().find(|(of, _)| *of == to) else { return };
        self.push(*latency, to, What::Message(from, message));
    }

    fn run_until(&mut self, until: u64) {
        while let Some(Reverse(event)) = self.queue.peek()
            && event.at <= until
            && let Some(Reverse(event)) = self.queue.pop()
        {
            self.now = event.at;
            self.handle(event);
        }
        self.now = until;
    }

    fn handle(&mut self, event: Event) {
        let number = event.node;
        if self.nodes[number as usize].is_dead {
            return;
        }
        match event.what {
            What::Message(from, message) => self.on_message(number, from, message),
            What::Timer => {
                if self.nodes[number as usize].timer == Some(event.at) {
                    self.nodes[number as usize].timer = None;
                }
            }
            What::Flush => self.flush(number),
            What::Mend => self.mend(number),
            What::Down(other) => {
                let now = Instant::from_micros(self.now);
                let node = &mut self.nodes[number as usize];
                node.links.retain(|(of, _)| *of != other);
                node.machine.on_down(other, now);
            }
        }
        self.ask(number);
    }

    /// Dials others that live until it has half of the links that a node may have.
    fn mend(&mut self, number: u32) {
        let alive: Vec<u32> =
            (0_u32..).zip(&self.nodes).filter(|(_, of)| !of.is_dead).map(|(at, _)| at).collect();
        for _ in 0..100 {
            let links = &self.nodes[number as usize].links;
            let other = alive[self.rng.random_range(0..alive.len())];
            let is_full = self.nodes[other as usize].links.len() >= overlay::LINKS_MAX;
            if links.len() >= overlay::LINKS_MAX / 2 {
                return;
            }
            if other == number || is_full || links.iter().any(|(of, _)| *of == other) {
                continue;
            }
            let latency = overlay::latency(&mut self.rng);
            for (here, there) in [(number, other), (other, number)] {
                let node = &mut self.nodes[here as usize];
                node.links.push((there, latency));
                node.machine.on_up(there);
            }
        }
    }

    fn ask(&mut self, number: u32) {
        let now = Instant::from_micros(self.now);
        while let Some(ask) = self.nodes[number as usize].machine.take_due(now) {
            if let Some(tree) = ask.tree {
                self.send(number, ask.to, Message::Graft(tree));
            }
            self.send(number, ask.to, Message::Fetch(self::number(&ask.item)));
        }
        let node = &mut self.nodes[number as usize];
        let due = node.machine.next_due().map(Instant::as_micros);
        if let Some(due) = due
            && node.timer.is_none_or(|timer| timer > due)
        {
            node.timer = Some(due);
            let after = due.saturating_sub(self.now);
            self.push(after, number, What::Timer);
        }
    }

    fn on_message(&mut self, number: u32, from: u32, message: Message) {
        let now = Instant::from_micros(self.now);
        let node = &mut self.nodes[number as usize];
        let holds = |item: u32| node.items.iter().rev().any(|(of, _)| *of == item);
        match message {
            Message::Push(item, _, hops) | Message::Sent(item, hops) => {
                let is_new = !holds(item);
                self.round.copies += 1;
                let prune = match message {
                    Message::Push(_, stem, _) => {
                        node.machine.on_pushed(from, stem, &id(item), is_new, now)
                    }
                    _ => node.machine.on_sent(from, &id(item), is_new, now),
                };
                if is_new {
                    node.items.push((item, hops));
                    if item == self.last_item {
                        self.round.last = self.now - self.round.began;
                        self.round.hops = self.round.hops.max(hops);
                    }
                    let route = node.machine.forward(&id(item), false);
                    self.follow(number, item, hops, route);
                }
                if let Some(tree) = prune {
                    self.send(number, from, Message::Prune(tree));
                }
            }
            Message::Have(item, stem) => {
                let is_here = holds(item);
                node.machine.on_announced(from, stem, &id(item), is_here, now);
            }
            Message::Fetch(item) => {
                let hops = node.items.iter().rev().find(|(of, _)| *of == item);
                if let Some((_, hops)) = hops.copied() {
                    self.send(number, from, Message::Sent(item, hops + 1));
                }
            }
            Message::Graft(tree) => node.machine.on_graft(from, tree),
            Message::Prune(tree) => node.machine.on_prune(from, tree),
        }
        if !matches!(message, Message::Push(..) | Message::Sent(..)) {
            self.round.control += 1;
        }
    }

    fn follow(&mut self, number: u32, item: u32, hops: u32, route: Route<u32>) {
        for to in &route.push {
            let stem = route.stem.expect("what is pushed goes along a tree");
            self.send(number, *to, Message::Push(item, stem, hops + 1));
        }
        let node = &mut self.nodes[number as usize];
        node.to_tell.extend(route.announce.iter().map(|to| (*to, item, route.stem)));
        if route.is_urgent {
            self.flush(number);
        } else if !node.flush_is_set {
            node.flush_is_set = true;
            self.push(GATHER, number, What::Flush);
        }
    }

    fn flush(&mut self, number: u32) {
        let node = &mut self.nodes[number as usize];
        node.flush_is_set = false;
        for (to, item, stem) in std::mem::take(&mut node.to_tell) {
            if !self.nodes[number as usize].machine.is_held_by(to, &id(item)) {
                self.send(number, to, Message::Have(item, stem));
            }
        }
    }
}

impl Group for World {
    fn round(&mut self, source: u32, span: u64) -> Round {
        self.last_item += 1;
        let item = self.last_item;
        self.round = Round { began: self.now, ..Round::default() };
        let now = Instant::from_micros(self.now);
        let node = &mut self.nodes[source as usize];
        node.items.push((item, 0));
        let route = node.machine.publish(id(item), false, now);
        self.follow(source, item, 0, route);
        self.run_until(self.now + span);
        let alive = || self.nodes.iter().filter(|node| !node.is_dead);
        let has = |node: &&Node| node.items.last().is_some_and(|(of, _)| *of == item);
        self.round.alive = alive().count();
        self.round.reached = alive().filter(has).count();
        self.round.clone()
    }

    fn kill(&mut self, dead: &BTreeSet<u32>, notice: u64) {
        for node in dead {
            self.nodes[*node as usize].is_dead = true;
            for (other, _) in self.nodes[*node as usize].links.clone() {
                self.push(notice, other, What::Down(*node));
            }
        }
        // as a group looks after its neighbours: every 20 s, give or take half of it
        for number in 0..u32::try_from(self.nodes.len()).expect("a number of nodes") {
            let after = self.rng.random_range(0..30_000_000);
            self.push(notice + after, number, What::Mend);
        }
    }

    fn degrees(&self) -> Vec<usize> {
        let alive = self.nodes.iter().filter(|node| !node.is_dead);
        alive.map(|node| node.links.len()).collect()
    }
}
