//! The published machine of `iroh-gossip` (HyParView and Plumtree) in virtual time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use bytes::Bytes;
use iroh_gossip::proto::state::MessageKind;
use iroh_gossip::proto::{
    Command, Config, Event as Told, InEvent, Message, OutEvent, PeerData, Scope, State, Timer,
    TopicId,
};
use n0_future::time::Instant;
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;

use crate::overlay;
use crate::round::{Group, Round};

type Machine = State<u32, ChaCha12Rng>;

enum What {
    /// A message, and over how many links what it brings has come.
    Message(u32, Box<Message<u32>>, u32),
    Timer(Timer<u32>),
    Down(u32),
}

struct Due {
    at: u64,
    serial: u64,
    node: u32,
    what: What,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.serial).cmp(&(other.at, other.serial))
    }
}

struct Node {
    machine: Machine,
    is_dead: bool,
    neighbours: BTreeSet<u32>,
    /// Over how many links the item of this round came, if it did.
    hops: Option<u32>,
}

/// A group in virtual time.
pub struct World {
    began: Instant,
    now: u64,
    serial: u64,
    queue: BinaryHeap<Reverse<Due>>,
    nodes: Vec<Node>,
    latencies: BTreeMap<(u32, u32), u64>,
    rng: ChaCha12Rng,
    topic: TopicId,
    items: u32,
    round: Round,
}

impl World {
    /// Nodes that join one after the other, each through one that is there, or all at once through
    /// a few.
    pub fn new(nodes: u32, at_once: bool, seed: u64) -> Self {
        use rand::RngExt;
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        let mut world = Self {
            began: Instant::now(),
            now: 0,
            serial: 0,
            queue: BinaryHeap::new(),
            nodes: Vec::new(),
            latencies: BTreeMap::new(),
            topic: TopicId::from([7; 32]),
            items: 0,
            round: Round::default(),
            rng: ChaCha12Rng::from_rng(&mut rng),
        };
        for number in 0..nodes {
            let own = ChaCha12Rng::from_rng(&mut rng);
            let machine = State::new(number, PeerData::default(), Config::default(), own);
            let neighbours = BTreeSet::new();
            world.nodes.push(Node { machine, is_dead: false, neighbours, hops: None });
        }
        let pause = if nodes > 1000 { 20_000 } else { 100_000 };
        for number in 0..nodes {
            let contact = match number {
                0 => None,
                _ if at_once => Some(rng.random_range(0..number.min(10))),
                _ => Some(rng.random_range(0..number)),
            };
            let join = Command::Join(contact.into_iter().collect());
            world.give(number, InEvent::Command(world.topic, join), 0);
            if !at_once {
                world.run_until(world.now + pause);
            }
        }
        world.run_until(world.now + 60_000_000);
        world
    }

    fn push(&mut self, after: u64, node: u32, what: What) {
        self.serial += 1;
        self.queue.push(Reverse(Due { at: self.now + after, serial: self.serial, node, what }));
    }

    fn latency(&mut self, one: u32, other: u32) -> u64 {
        let rng = &mut self.rng;
        let pair = (one.min(other), one.max(other));
        *self.latencies.entry(pair).or_insert_with(|| overlay::latency(rng))
    }

    fn give(&mut self, number: u32, event: InEvent<u32>, hops: u32) {
        let now = self.began + Duration::from_micros(self.now);
        let node = &mut self.nodes[number as usize];
        let mut out: Vec<_> = node.machine.handle(event, now, None).collect();
        // what came is counted before it goes on
        out.sort_by_key(|event| !matches!(event, OutEvent::EmitEvent(..)));
        for event in out {
            match event {
                OutEvent::SendMessage(to, message) => {
                    let latency = self.latency(number, to);
                    let hops = self.nodes[number as usize].hops.map_or(hops, |own| own + 1);
                    self.push(latency, to, What::Message(number, Box::new(message), hops));
                }
                OutEvent::ScheduleTimer(after, timer) => {
                    let after = u64::try_from(after.as_micros()).expect("not for ever");
                    self.push(after, number, What::Timer(timer));
                }
                OutEvent::DisconnectPeer(to) => {
                    let latency = self.latency(number, to);
                    self.push(latency + 1, to, What::Down(number));
                }
                OutEvent::EmitEvent(_, Told::Received(event)) => {
                    let item = u32::from_le_bytes(event.content[..4].try_into().expect("four"));
                    if item == self.items {
                        self.nodes[number as usize].hops = Some(hops);
                        self.round.last = self.now - self.round.began;
                        self.round.hops = self.round.hops.max(hops);
                        self.round.reached += 1;
                    }
                }
                OutEvent::EmitEvent(_, Told::NeighborUp(of)) => {
                    self.nodes[number as usize].neighbours.insert(of);
                }
                OutEvent::EmitEvent(_, Told::NeighborDown(of)) => {
                    self.nodes[number as usize].neighbours.remove(&of);
                }
                OutEvent::PeerData(..) => {}
            }
        }
    }

    fn run_until(&mut self, until: u64) {
        while let Some(Reverse(due)) = self.queue.peek()
            && due.at <= until
            && let Some(Reverse(due)) = self.queue.pop()
        {
            self.now = due.at;
            if self.nodes[due.node as usize].is_dead {
                continue;
            }
            let mut hops = 0;
            let event = match due.what {
                What::Message(from, message, over) => {
                    match message.kind() {
                        MessageKind::Data => self.round.copies += 1,
                        MessageKind::Control => self.round.control += 1,
                    }
                    hops = over;
                    InEvent::RecvMessage(from, *message)
                }
                What::Timer(timer) => InEvent::TimerExpired(timer),
                What::Down(other) => InEvent::PeerDisconnected(other),
            };
            self.give(due.node, event, hops);
        }
        self.now = until;
    }
}

impl Group for World {
    fn round(&mut self, source: u32, span: u64) -> Round {
        for node in &mut self.nodes {
            node.hops = None;
        }
        self.items += 1;
        self.round = Round { began: self.now, reached: 1, ..Round::default() };
        self.nodes[source as usize].hops = Some(0);
        let mut content = vec![0; 300];
        content[..4].copy_from_slice(&self.items.to_le_bytes());
        let command = Command::Broadcast(Bytes::from(content), Scope::Swarm);
        self.give(source, InEvent::Command(self.topic, command), 0);
        self.run_until(self.now + span);
        self.round.alive = self.nodes.iter().filter(|node| !node.is_dead).count();
        self.round.clone()
    }

    fn kill(&mut self, dead: &BTreeSet<u32>, notice: u64) {
        for number in dead {
            self.nodes[*number as usize].is_dead = true;
            for other in self.nodes[*number as usize].neighbours.clone() {
                self.push(notice, other, What::Down(*number));
            }
        }
    }

    fn degrees(&self) -> Vec<usize> {
        let alive = self.nodes.iter().filter(|node| !node.is_dead);
        alive.map(|node| node.neighbours.len()).collect()
    }
}
