//! A few nodes in one process: bytes are carried by hand, stores are maps, time is virtual.
#![allow(
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    reason = "shared by tests, each using a part"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::std_instead_of_core,
    reason = "a harness fails loudly"
)]

pub mod tamper;
pub mod trace;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use peergroup_core::{
    Address, Beacon, Change, Charter, Config, Deadline, Event, EventKind, Input, Instant,
    Invitation, LinkDown, LinkId, LinkInfo, Loaded, Name, Node, Notice, Now, Output, PeerId,
    Properties, ReadError, RecordId, RegistrationId, Role, Seat, Seed, StoreFailure, StoreOp,
    Terms, Ticket, UnixTime,
};

use tamper::Tamper;
use trace::{Call, What};

pub const EPOCH_MS: u64 = 1_800_000_000_000;
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// One end of a stream.
type End = (usize, LinkId);

/// A node and what surrounds it.
pub struct Host {
    pub node: Node,
    pub store: BTreeMap<Bytes, Bytes>,
    pub events: Vec<(RegistrationId, Event)>,
    pub notices: Vec<Notice>,
    pub peer: Option<PeerId>,
    /// Store operations are held back while this is set.
    pub hold_stores: bool,
    pub held: VecDeque<(Ticket, StoreOp)>,
    /// Every byte this host sent, by link.
    pub sent: BTreeMap<LinkId, Vec<u8>>,
    /// Outputs but for `Transmit` edges, in order.
    pub outputs: Vec<String>,
    /// Everything that was ever said to the node, if the world is traced.
    pub trace: Vec<Call>,
    /// When the node was last called.
    called: Instant,
}

/// All hosts and the streams between them.
pub struct World {
    pub hosts: Vec<Host>,
    pub micros: u64,
    streams: BTreeMap<End, End>,
    /// Addresses at which nobody answers.
    pub deaf: BTreeSet<usize>,
    /// Pairs that cannot reach each other, both ways round.
    apart: BTreeSet<(usize, usize)>,
    dialled: u64,
    /// What is shown on the local network, and where who shows it listens.
    pub beacons: BTreeMap<(usize, Seat), (Beacon, Vec<Address>)>,
    /// How nodes that are started from now on are set.
    pub config: Config,
    /// At most so many bytes are pulled and delivered at once.
    pub chunk: usize,
    /// Who damages a stream, if anybody.
    pub tamper: Option<Tamper>,
    /// Somebody terminates every channel that is dialled, and passes on what is inside.
    pub is_intercepted: bool,
    /// Streams that are up from the start and never carry anything, to these hosts.
    pub mute: BTreeSet<usize>,
    /// So many more bytes are carried, and then every stream breaks.
    pub fuse: Option<usize>,
    /// How far the wall clock of a host is ahead.
    pub ahead: BTreeMap<usize, Duration>,
    /// Whether every call is written down.
    is_traced: bool,
    /// How often it was seen that outputs mean now and none means later.
    pub timeouts_checked: u64,
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

impl World {
    pub fn new(count: usize) -> Self {
        Self::with(count, Config::default(), false)
    }

    /// The same, and every call of a node is written down.
    pub fn traced(count: usize) -> Self {
        Self::with(count, Config::default(), true)
    }

    /// Hosts that are set like this.
    pub fn with(count: usize, config: Config, is_traced: bool) -> Self {
        let mut world = Self {
            hosts: Vec::new(),
            micros: 1_000_000,
            streams: BTreeMap::new(),
            deaf: BTreeSet::new(),
            apart: BTreeSet::new(),
            dialled: 0,
            beacons: BTreeMap::new(),
            config,
            chunk: 64 * 1024,
            tamper: None,
            is_intercepted: false,
            mute: BTreeSet::new(),
            fuse: None,
            ahead: BTreeMap::new(),
            is_traced,
            timeouts_checked: 0,
        };
        for index in 0..count {
            world.boot(index, BTreeMap::new(), u8::try_from(index).unwrap() + 1);
            let label = name(&format!("peer {index}"));
            let create = move |node: &mut Node, now| node.create_identity(now, label.clone());
            let peer = world.act(index, create).unwrap().value;
            world.hosts[index].peer = Some(peer);
        }
        world.pump();
        world
    }

    /// Starts a node on a store, as host `index` or as a new one.
    pub fn boot(&mut self, index: usize, store: BTreeMap<Bytes, Bytes>, seed: u8) {
        let node = Node::new(self.config.clone(), &Seed::from_bytes([seed; 32]), self.now());
        let host = Host {
            node,
            store,
            events: Vec::new(),
            notices: Vec::new(),
            peer: None,
            hold_stores: false,
            held: VecDeque::new(),
            sent: BTreeMap::new(),
            outputs: Vec::new(),
            trace: Vec::new(),
            called: self.now().mono,
        };
        if index < self.hosts.len() {
            let peer = self.hosts[index].peer;
            self.hosts[index] = Host { peer, ..host };
            let ends: Vec<(End, End)> = self.streams.iter().map(|(a, b)| (*a, *b)).collect();
            for (one, other) in ends {
                if one.0 == index {
                    self.streams.remove(&one);
                    self.streams.remove(&other);
                    self.input(other.0, Input::LinkDown { link: other.1, cause: LinkDown::Broken });
                }
            }
        } else {
            self.hosts.push(host);
        }
        let at = [Self::address(index)];
        self.act(index, move |node, now| node.listening_at(now, &at));
        self.pump();
    }

    /// A verb of the application.
    pub fn act<T>(&mut self, index: usize, verb: impl Fn(&mut Node, Now) -> T + 'static) -> T {
        let now = self.now_at(index);
        let host = &mut self.hosts[index];
        host.called = now.mono;
        let value = verb(&mut host.node, now);
        if self.is_traced {
            let what = What::Verb(Box::new(move |node, now| drop(verb(node, now))));
            host.trace.push(Call { now, what });
        }
        value
    }

    pub fn address(index: usize) -> Address {
        format!("mem:{index}").parse().unwrap()
    }

    pub fn now(&self) -> Now {
        Now {
            mono: Instant::from_micros(self.micros),
            wall: UnixTime::from_millis(EPOCH_MS + self.micros / 1000),
        }
    }

    pub fn peer(&self, index: usize) -> PeerId {
        self.hosts[index].peer.unwrap()
    }

    /// The time by a host's own clock.
    pub fn now_at(&self, index: usize) -> Now {
        let Now { mono, wall } = self.now();
        let ahead = self.ahead.get(&index).copied().unwrap_or_default();
        Now { mono, wall: wall.after(ahead) }
    }

    /// A host's node, to be called now.
    pub fn node(&mut self, index: usize) -> &mut Node {
        let called = self.now().mono;
        let host = &mut self.hosts[index];
        if host.called < called && host.node.poll_timeout().is_none_or(|due| due.at > called) {
            host.called = called;
        }
        &mut host.node
    }

    pub fn input(&mut self, index: usize, input: Input<'_>) {
        let now = self.now_at(index);
        let host = &mut self.hosts[index];
        host.called = now.mono;
        if self.is_traced {
            host.trace.push(Call { now, what: What::of(input) });
        }
        host.node.handle_input(now, input).expect("a driver without faults");
    }

    /// Carries everything until nothing moves.
    pub fn pump(&mut self) {
        for _ in 0..200_000 {
            if !(0..self.hosts.len()).any(|index| self.step(index)) {
                return;
            }
        }
        panic!("the nodes never come to rest");
    }

    /// Lets a host see everything that is shown on the local network.
    pub fn look_around(&mut self, index: usize) {
        let shown: Vec<_> = self.beacons.values().cloned().collect();
        for (beacon, addresses) in shown {
            self.input(index, Input::Found { beacon, addresses: &addresses });
        }
    }

    /// Carries out one output of a host; false if there is none.
    pub fn step(&mut self, index: usize) -> bool {
        let due = self.hosts[index].node.poll_timeout();
        let output = self.hosts[index].node.poll_output();
        self.check_timeout(index, due, output.is_some());
        let Some(output) = output else { return false };
        if !matches!(output, Output::Transmit { .. }) {
            self.hosts[index].outputs.push(format!("{output:?}"));
        }
        match output {
            Output::Dial { link, to } => self.dial(index, link, &to),
            Output::Transmit { link } => self.transmit(index, link),
            Output::Hangup { link } => self.hang_up(index, link),
            Output::Store { ticket, op } => {
                self.hosts[index].held.push_back((ticket, op));
                if !self.hosts[index].hold_stores {
                    self.store(index);
                }
            }
            Output::Load { ticket, query } => self.load(index, ticket, &query),
            Output::Event { to, event } => self.hosts[index].events.push((to, event)),
            Output::Notice(notice) => self.hosts[index].notices.push(notice),
            Output::Advertise { seat, beacon, addresses } => {
                self.beacons.insert((index, seat), (beacon, addresses));
            }
            Output::Conceal { seat } => drop(self.beacons.remove(&(index, seat))),
            other => panic!("an output nobody knows: {other:?}"),
        }
        true
    }

    /// Queued means now, drained means later (C3).
    fn check_timeout(&mut self, index: usize, due: Option<Deadline>, is_queued: bool) {
        let called = self.hosts[index].called;
        if is_queued {
            assert_eq!(due.map(|due| due.at), Some(called), "queued means now: {due:?}");
        } else {
            assert!(due.is_none_or(|due| due.at > called), "drained means later: {due:?}");
        }
        self.timeouts_checked += 1;
    }

    fn dial(&mut self, index: usize, link: LinkId, to: &Address) {
        let other: usize = to.rest().parse().expect("mem:<host>");
        let is_cut_off = self.deaf.contains(&other)
            || self.deaf.contains(&index)
            || self.apart.contains(&(index, other));
        if other >= self.hosts.len() || is_cut_off {
            return self.input(index, Input::LinkDown { link, cause: LinkDown::Refused });
        }
        self.dialled += 1;
        let mut binding = [7; 32];
        binding[..8].copy_from_slice(&self.dialled.to_le_bytes());
        let now = self.now_at(other);
        let info = LinkInfo { binding: &binding, remote: None };
        let host = &mut self.hosts[other];
        host.called = now.mono;
        let theirs = host.node.accept(now, info);
        if self.is_traced {
            host.trace.push(Call { now, what: What::Accepted(binding) });
        }
        self.streams.insert((index, link), (other, theirs));
        self.streams.insert((other, theirs), (index, link));
        if self.is_intercepted {
            binding[31] ^= 1;
        }
        let info = LinkInfo { binding: &binding, remote: None };
        self.input(index, Input::LinkUp { link, info });
    }

    fn transmit(&mut self, index: usize, link: LinkId) {
        loop {
            let mut bytes = Vec::new();
            if self.hosts[index].node.poll_transmit(link, self.chunk, &mut bytes) == 0 {
                return;
            }
            self.hosts[index].sent.entry(link).or_default().extend(&bytes);
            if self.burns(bytes.len()) {
                return self.break_all();
            }
            let other = self.streams.get(&(index, link)).map(|(other, _)| *other);
            if other.is_some_and(|other| self.mute.contains(&other)) {
                continue;
            }
            if let Some((other, theirs)) = self.streams.get(&(index, link)).copied() {
                if let Some(tamper) = &mut self.tamper {
                    bytes = tamper.pass(index, other, bytes);
                }
                for bytes in bytes.chunks(64 * 1024) {
                    self.input(other, Input::Received { link: theirs, bytes });
                }
            }
        }
    }

    fn hang_up(&mut self, index: usize, link: LinkId) {
        self.transmit(index, link);
        self.input(index, Input::LinkDown { link, cause: LinkDown::Closed });
        if let Some((other, theirs)) = self.streams.remove(&(index, link)) {
            self.streams.remove(&(other, theirs));
            self.input(other, Input::LinkDown { link: theirs, cause: LinkDown::Closed });
        }
    }

    /// Whether the fuse burns down with these bytes.
    fn burns(&mut self, bytes: usize) -> bool {
        let Some(left) = self.fuse else { return false };
        self.fuse = left.checked_sub(bytes);
        self.fuse.is_none()
    }

    /// How many streams there are.
    pub fn streams(&self) -> usize {
        self.streams.len() / 2
    }

    /// Breaks every stream.
    fn break_all(&mut self) {
        for (index, link) in std::mem::take(&mut self.streams).into_keys() {
            self.input(index, Input::LinkDown { link, cause: LinkDown::Broken });
        }
    }

    /// Puts a wall between two hosts.
    pub fn part(&mut self, one: usize, other: usize) {
        self.apart.extend([(one, other), (other, one)]);
        self.sever(one, other);
    }

    /// Lets nobody be dialled by one host at another one; the other way round is free.
    pub fn block(&mut self, from: usize, to: usize) {
        self.apart.insert((from, to));
    }

    /// Takes all walls away.
    pub fn mend(&mut self) {
        self.apart.clear();
    }

    /// Breaks every stream between two hosts.
    pub fn sever(&mut self, one: usize, other: usize) {
        let ends: Vec<(End, End)> = self.streams.iter().map(|(a, b)| (*a, *b)).collect();
        for (a, b) in ends {
            if a.0 == one && b.0 == other {
                self.streams.remove(&a);
                self.streams.remove(&b);
                self.input(a.0, Input::LinkDown { link: a.1, cause: LinkDown::Broken });
                self.input(b.0, Input::LinkDown { link: b.1, cause: LinkDown::Broken });
            }
        }
        self.pump();
    }

    /// Makes held store operations durable.
    pub fn store(&mut self, index: usize) {
        while let Some((ticket, op)) = self.hosts[index].held.pop_front() {
            let store = &mut self.hosts[index].store;
            for change in op.changes {
                match change {
                    Change::Put { key, value } => {
                        store.insert(key, value);
                    }
                    Change::Delete { key } => {
                        store.remove(&key);
                    }
                    Change::DeletePrefix { prefix } => {
                        store.retain(|key, _| !key.starts_with(&prefix));
                    }
                }
            }
            self.input(index, Input::Stored { ticket, outcome: Ok(()) });
        }
    }

    /// Fails every held store operation.
    pub fn fail_store(&mut self, index: usize, failure: StoreFailure) {
        while let Some((ticket, _)) = self.hosts[index].held.pop_front() {
            self.input(index, Input::Stored { ticket, outcome: Err(failure) });
        }
    }

    fn load(&mut self, index: usize, ticket: Ticket, query: &peergroup_core::LoadQuery) {
        let store = &self.hosts[index].store;
        let mut found: Vec<(Bytes, Bytes)> = store
            .iter()
            .filter(|(key, _)| key.starts_with(&query.prefix) && **key > query.after)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let more = found.len() > 3;
        found.truncate(3);
        let loaded = Loaded { entries: &found, more };
        self.input(index, Input::Loaded { ticket, outcome: Ok(loaded) });
    }

    /// Lets time pass, from deadline to deadline.
    pub fn run(&mut self, span: Duration) {
        let end = self.micros + u64::try_from(span.as_micros()).unwrap();
        for _ in 0..1_000_000 {
            self.pump();
            let next = self
                .hosts
                .iter()
                .filter_map(|host| host.node.poll_timeout())
                .map(|deadline| deadline.at.as_micros())
                .min();
            match next {
                Some(at) if at <= end => {
                    assert!(at > self.micros, "C3: drained means later");
                    self.micros = at;
                    for index in 0..self.hosts.len() {
                        let due = self.hosts[index].node.poll_timeout();
                        if due.is_some_and(|due| due.at.as_micros() <= at) {
                            self.input(index, Input::Tick);
                        }
                    }
                }
                _ => {
                    self.micros = end;
                    return;
                }
            }
        }
        panic!("time does not pass");
    }

    /// What was read of a payload, with this ticket.
    pub fn answer(&self, index: usize, asked: Ticket) -> Result<Bytes, ReadError> {
        let answered = self.hosts[index].notices.iter().find_map(|notice| match notice {
            Notice::PayloadRead { ticket, outcome } if *ticket == asked => Some(outcome.clone()),
            _ => None,
        });
        answered.expect("an answer to every read")
    }

    /// Host `index` founds a group and goes online.
    pub fn found(&mut self, index: usize) -> Seat {
        let peer = self.peer(index);
        let found = move |node: &mut Node, now| {
            let properties = Properties::named(name("the group"));
            node.create_group(now, peer, Charter::default(), properties)
        };
        let seat = self.act(index, found).unwrap().value;
        self.register_all(index, seat);
        self.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
        self.pump();
        seat
    }

    /// Host `by` invites host `index`.
    pub fn invite(&mut self, by: usize, seat: Seat, index: usize, role: Role) -> Invitation {
        let peer = self.peer(index);
        let card = self.node(index).identity_info(peer).unwrap();
        let invite = move |node: &mut Node, now| node.invite(now, seat, &card, Terms::role(role));
        let invited = self.act(by, invite).unwrap().value;
        self.pump();
        Invitation::decode(&invited.encode()).unwrap()
    }

    /// Host `index` joins by an invitation and goes online.
    pub fn join(&mut self, index: usize, invitation: &Invitation) -> Seat {
        let invitation = invitation.clone();
        let seat = self.act(index, move |node, now| node.join(now, &invitation)).unwrap().value;
        self.register_all(index, seat);
        self.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
        self.run(Duration::from_secs(5));
        seat
    }

    /// A founded group of all hosts: the first is the creator, the others have this role.
    pub fn group(count: usize, role: Role) -> (Self, Vec<Seat>) {
        let mut world = Self::new(count);
        let seats = world.gather(role);
        (world, seats)
    }

    /// The first host founds a group, and all others join it with this role.
    pub fn gather(&mut self, role: Role) -> Vec<Seat> {
        let mut seats = vec![self.found(0)];
        for index in 1..self.hosts.len() {
            let invitation = self.invite(0, seats[0], index, role);
            seats.push(self.join(index, &invitation));
        }
        self.run(Duration::from_secs(5));
        seats
    }

    pub fn register_all(&mut self, index: usize, seat: Seat) -> RegistrationId {
        let kinds = [
            EventKind::Status,
            EventKind::Property,
            EventKind::Record,
            EventKind::Connection,
            EventKind::Data,
            EventKind::Neighbour,
            EventKind::Member,
            EventKind::ConnectFailed,
            EventKind::Credentials,
            EventKind::Fault,
        ];
        let interests = kinds.map(Into::into);
        self.act(index, move |node, now| node.register(now, seat, &interests)).unwrap()
    }

    /// The events of a host since it was last asked.
    pub fn events(&mut self, index: usize) -> Vec<Event> {
        std::mem::take(&mut self.hosts[index].events).into_iter().map(|(_, event)| event).collect()
    }

    /// The records whose payloads a host was told to have come, since it was last asked.
    pub fn arrivals(&mut self, index: usize) -> Vec<RecordId> {
        let arrived = |event| match event {
            Event::PayloadArrived { record, .. } => Some(record),
            _ => None,
        };
        self.events(index).into_iter().filter_map(arrived).collect()
    }

    /// How many rows of parts of payloads a host's store holds.
    pub fn parts(&self, index: usize) -> usize {
        self.hosts[index].store.keys().filter(|key| key[0] == b'm').count()
    }

    /// Whether all these seats hold the same.
    pub fn agree(&mut self, seats: &[Seat]) -> bool {
        self.agree_among(seats, 0..seats.len())
    }

    /// Whether the seats of these hosts hold the same.
    pub fn agree_among(&mut self, seats: &[Seat], hosts: Range<usize>) -> bool {
        let digests: BTreeSet<[u8; 32]> =
            hosts.map(|index| self.node(index).digest(seats[index]).unwrap()).collect();
        digests.len() == 1
    }
}
