//! A node among peers that keep no rule: they pass the handshake and then say what they like.
#![allow(clippy::arithmetic_side_effects, reason = "a test")]

mod calendar;
mod chores;
mod database;
mod links;
mod memory;
mod mesh;
mod parked;
#[cfg(feature = "password")]
mod password;
mod payloads;
mod presence;
mod spread;
mod store;
mod traffic;

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;

use super::*;
use crate::address::Address;
use crate::event::{Event, EventKind, Notice};
use crate::fault::Fault;
use crate::frame::{Deframer, frame};
use crate::genesis::Charter;
use crate::group::Terms;
use crate::handshake::{Answered, AwaitAnswer, Denial, Entrance, Initiator, Introduction, Purpose};
use crate::key::SecretKey;
use crate::limits::FRAME_BYTES_MAX;
use crate::message::Message;
use crate::name::Name;
use crate::property::Properties;
use crate::statement::{Role, Statement};
use crate::storage::Change;
use crate::time::{Instant, UnixTime};

const WALL: u64 = 1_800_000_000_000;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// A node that founded a group, its driver, and all that came out.
struct Rig {
    node: Node,
    seat: Seat,
    micros: u64,
    links: u8,
    store: BTreeMap<Bytes, Bytes>,
    /// The store forgets the parts of payloads.
    drops_parts: bool,
    /// Nothing is pulled from links any more.
    reads_no_more: bool,
    events: Vec<Event>,
    notices: Vec<Notice>,
    hung_up: Vec<LinkId>,
    dialled: Vec<(LinkId, Address)>,
    /// Where those that dial in are.
    remote: Option<Address>,
    /// A link of which one byte is pulled a second, when time passes.
    slow: Option<LinkId>,
    bytes: BTreeMap<LinkId, Vec<u8>>,
}

/// Somebody with a key and a chain of grants.
#[derive(Clone)]
struct Peer {
    key: SecretKey,
    grants: Vec<Statement>,
    instance: u64,
}

/// The answer to a peer that dialled in.
#[derive(Debug)]
enum Entry {
    Welcome,
    Denied(Denial, Vec<Vec<u8>>),
    Silence,
}

impl Rig {
    /// A node that has not begun to read its store.
    fn blank() -> Self {
        let now = Now { mono: Instant::from_micros(1), wall: UnixTime::from_millis(WALL) };
        let node = Node::new(Config::default(), &Seed::from_bytes([1; 32]), now);
        let group = crate::id::GroupId::from_bytes([0; 32]);
        let seat = Seat { identity: SecretKey::from_bytes([1; 32]).peer(), group };
        Self {
            node,
            seat,
            micros: 1,
            links: 0,
            store: BTreeMap::new(),
            drops_parts: false,
            reads_no_more: false,
            events: Vec::new(),
            notices: Vec::new(),
            hung_up: Vec::new(),
            dialled: Vec::new(),
            remote: None,
            slow: None,
            bytes: BTreeMap::new(),
        }
    }

    fn new() -> Self {
        let mut rig = Self::blank();
        rig.drain();
        let now = rig.now();
        let me = rig.node.create_identity(now, name("founder")).unwrap().value;
        let properties = Properties::named(name("group"));
        let created = rig.node.create_group(now, me, Charter::default(), properties);
        rig.seat = created.unwrap().value;
        rig.register(&[
            EventKind::Record,
            EventKind::Fault,
            EventKind::Member,
            EventKind::Neighbour,
            EventKind::Status,
        ]);
        rig.node.connect(now, rig.seat, Duration::from_secs(30)).unwrap();
        rig.drain();
        rig
    }

    fn register(&mut self, kinds: &[EventKind]) {
        let interests: Vec<_> = kinds.iter().map(|kind| (*kind).into()).collect();
        self.node.register(self.now(), self.seat, &interests).unwrap();
    }

    fn now(&self) -> Now {
        let wall = UnixTime::from_millis(WALL + self.micros / 1000);
        Now { mono: Instant::from_micros(self.micros), wall }
    }

    fn input(&mut self, input: Input<'_>) {
        let now = self.now();
        self.node.handle_input(now, input).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.node.poll_output() {
            let now = self.now();
            match output {
                Output::Load { ticket, query } => {
                    let entries: Vec<_> = self
                        .store
                        .iter()
                        .filter(|(key, _)| key.starts_with(&query.prefix) && **key > query.after)
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect();
                    let outcome = Ok(Loaded { entries: &entries, more: false });
                    self.node.handle_input(now, Input::Loaded { ticket, outcome }).unwrap();
                }
                Output::Store { ticket, op } => {
                    for change in op.changes {
                        match change {
                            Change::Put { key, .. } if self.drops_parts && key[0] == b'm' => {}
                            Change::Put { key, value } => drop(self.store.insert(key, value)),
                            Change::Delete { key } => drop(self.store.remove(&key)),
                            Change::DeletePrefix { prefix } => {
                                self.store.retain(|key, _| !key.starts_with(&prefix));
                            }
                        }
                    }
                    let stored = Input::Stored { ticket, outcome: Ok(()) };
                    self.node.handle_input(now, stored).unwrap();
                }
                Output::Transmit { .. } if self.reads_no_more => {}
                Output::Transmit { link } if self.slow == Some(link) => {}
                Output::Transmit { link } => {
                    let out = self.bytes.entry(link).or_default();
                    while self.node.poll_transmit(link, 1 << 16, out) > 0 {}
                }
                Output::Hangup { link } => self.hung_up.push(link),
                Output::Event { event, .. } => self.events.push(event),
                Output::Notice(notice) => self.notices.push(notice),
                Output::Dial { link, to } => self.dialled.push((link, to)),
                Output::Advertise { .. } | Output::Conceal { .. } => {}
            }
        }
    }

    /// Lets time pass, deadline by deadline.
    fn run(&mut self, span: Duration) {
        let end = self.micros + u64::try_from(span.as_micros()).unwrap();
        while let Some(due) = self.node.poll_timeout().filter(|due| due.at.as_micros() <= end) {
            self.micros = due.at.as_micros();
            self.input(Input::Tick);
        }
        self.micros = end;
        self.input(Input::Tick);
    }

    /// A peer whom the founder gives a role.
    fn peer(&mut self, number: u8, role: Role) -> Peer {
        let key = SecretKey::from_bytes([number; 32]);
        let card = crate::card::IdentityInfo::new(key.peer(), name("guest"));
        let now = self.now();
        let invited = self.node.invite(now, self.seat, &card, Terms::role(role)).unwrap().value;
        self.drain();
        Peer { key, grants: invited.grants().to_vec(), instance: number.into() }
    }

    fn accept(&mut self) -> (LinkId, [u8; 32]) {
        self.links += 1;
        let binding = [self.links; 32];
        let now = self.now();
        let link =
            self.node.accept(now, LinkInfo { binding: &binding, remote: self.remote.as_ref() });
        self.drain();
        (link, binding)
    }

    fn receive(&mut self, link: LinkId, bytes: &[u8]) {
        for bytes in bytes.chunks(RECEIVED_BYTES_MAX) {
            self.input(Input::Received { link, bytes });
        }
    }

    /// The bodies of the frames that the node sent on a link since the last time.
    fn bodies(&mut self, link: LinkId) -> Vec<Vec<u8>> {
        let mut deframer = Deframer::new(FRAME_BYTES_MAX);
        let mut bodies = Vec::new();
        let sent = self.bytes.remove(&link).unwrap_or_default();
        let mut rest = sent.as_slice();
        while let Some(body) = deframer.next(&mut rest).unwrap() {
            bodies.push(body.into_owned());
        }
        bodies
    }

    fn group(&self) -> &Group {
        self.node.groups.get(&self.seat).unwrap()
    }

    /// Says hello; gives the frame and what waits for the greeting.
    fn hello(&mut self, peer: &Peer, binding: &[u8; 32]) -> (Initiator, Vec<u8>) {
        let secret = self.group().link_secrets()[0];
        let genesis = self.group().genesis().clone();
        let entrance = Entrance { genesis: &genesis, peer: peer.key.peer(), secret: &secret };
        let instance = Instance::from_u64(peer.instance);
        let end = LinkEnd { binding, instance, nonce: [self.links ^ 0x55; 32] };
        Initiator::new(entrance, end, None)
    }

    /// Goes through the handshake as far as it goes.
    fn enter(&mut self, peer: &Peer, purpose: Purpose) -> (LinkId, Entry) {
        let (link, binding) = self.accept();
        let (initiator, hello) = self.hello(peer, &binding);
        self.receive(link, &hello);
        let Some(greeting) = self.bodies(link).pop() else { return (link, Entry::Silence) };
        let greeting = initiator.on_greeting(&greeting).unwrap();
        let wall = self.now().wall;
        let introduction =
            Introduction { key: &peer.key, grants: &peer.grants, time: wall, digest: [0; 32] };
        let (waiting, proof): (AwaitAnswer, _) = greeting.proceed(&introduction, purpose);
        self.receive(link, &proof);
        let sent = self.bytes.get(&link).cloned().unwrap_or_default();
        let mut bodies = self.bodies(link);
        if bodies.is_empty() {
            return (link, Entry::Silence);
        }
        let answer = bodies.remove(0);
        self.bytes.insert(link, sent[answer.len() + 4..].to_vec());
        match waiting.on_answer(&answer).unwrap() {
            Answered::Welcome(_) => (link, Entry::Welcome),
            Answered::Denied { reason, evidence, .. } => (link, Entry::Denied(reason, evidence)),
        }
    }

    /// A neighbour that is up.
    fn neighbour(&mut self, peer: &Peer) -> LinkId {
        let (link, entry) = self.enter(peer, Purpose::Group);
        assert!(matches!(entry, Entry::Welcome), "{entry:?}");
        link
    }

    fn say(&mut self, link: LinkId, message: &Message) {
        self.receive(link, &frame(&message.encode()));
    }

    /// The faults that the application was told of, and that the links of the guilty are closed.
    fn faults(&mut self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for event in core::mem::take(&mut self.events) {
            if let Event::PeerFaulted { link, fault, .. } = event {
                assert!(self.hung_up.contains(&link), "the link is closed");
                faults.push(fault);
            }
        }
        faults
    }
}
