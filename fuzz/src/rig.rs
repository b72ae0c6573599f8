//! A node and a driver for it that does what it is told, in virtual time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use peergroup_core::limits::RECEIVED_BYTES_MAX;
use peergroup_core::{
    Address, Change, Config, DriverError, Event, Input, Instant, LinkDown, LinkId, LinkInfo,
    LoadQuery, Loaded, Node, Notice, Now, Output, Seed, StoreFailure, StoreOp, Ticket, UnixTime,
    Why,
};

/// Outputs without an input between them, or deadlines without an end: beyond that a node spins.
const SPIN: usize = 200_000;
/// When virtual time begins.
const EPOCH: UnixTime = UnixTime::from_millis(1_800_000_000_000);

/// What lies in a store.
pub(crate) type Rows = BTreeMap<Bytes, Bytes>;

/// A node and what surrounds it.
pub(crate) struct Rig {
    pub(crate) node: Node,
    pub(crate) rows: Rows,
    pub(crate) now: Now,
    /// Store operations wait in `held` while this is set.
    pub(crate) holds: bool,
    pub(crate) held: VecDeque<(Ticket, StoreOp)>,
    /// Every batch that was applied, in order.
    pub(crate) batches: Vec<StoreOp>,
    /// Dials that nobody has answered.
    pub(crate) dials: Vec<(LinkId, Address)>,
    /// What was pulled from each link and not taken since.
    pub(crate) sent: BTreeMap<LinkId, Vec<u8>>,
    pub(crate) hung_up: Vec<LinkId>,
    pub(crate) events: Vec<Event>,
    pub(crate) notices: Vec<Notice>,
}

/// The beginning of virtual time.
pub(crate) fn dawn() -> Now {
    Now { mono: Instant::from_micros(1_000_000), wall: EPOCH }
}

impl Rig {
    /// A node that starts on these rows.
    pub(crate) fn boot(rows: Rows, seed: u8, now: Now) -> Self {
        let mut config = Config::default();
        config.mock_identities = true;
        let mut rig = Self {
            node: Node::new(config, &Seed::from_bytes([seed; 32]), now),
            rows,
            now,
            holds: false,
            held: VecDeque::new(),
            batches: Vec::new(),
            dials: Vec::new(),
            sent: BTreeMap::new(),
            hung_up: Vec::new(),
            events: Vec::new(),
            notices: Vec::new(),
        };
        rig.drain();
        rig
    }

    /// A verb.
    pub(crate) fn act<T>(&mut self, verb: impl FnOnce(&mut Node, Now) -> T) -> T {
        let value = verb(&mut self.node, self.now);
        self.drain();
        value
    }

    /// Tells the node what happened.
    pub(crate) fn input(&mut self, input: Input<'_>) -> Result<(), DriverError> {
        let outcome = self.node.handle_input(self.now, input);
        self.drain();
        outcome
    }

    /// Bytes arrived on a link, however many.
    pub(crate) fn receive(&mut self, link: LinkId, bytes: &[u8]) {
        for bytes in bytes.chunks(RECEIVED_BYTES_MAX) {
            self.input(Input::Received { link, bytes }).expect("C4: a peer makes no call fail");
        }
    }

    /// Somebody dials this node on a link with this binding.
    pub(crate) fn accept(&mut self, binding: &[u8; 32]) -> LinkId {
        self.act(|node, now| node.accept(now, LinkInfo { binding, remote: None }))
    }

    /// Takes what was sent on a link since the last time.
    pub(crate) fn take_sent(&mut self, link: LinkId) -> Vec<u8> {
        self.sent.remove(&link).unwrap_or_default()
    }

    /// Does all that the node wants done, and holds it to the contract.
    pub(crate) fn drain(&mut self) {
        for _ in 0..SPIN {
            let Some(output) = self.node.poll_output() else {
                let due = self.node.poll_timeout();
                assert!(due.is_none_or(|due| due.at > self.now.mono), "C3: {due:?}");
                return;
            };
            self.carry_out(output);
        }
        panic!("outputs never end");
    }

    // dispatch: one arm per output
    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Dial { link, to } => self.dials.push((link, to)),
            Output::Transmit { link } => self.pull(link),
            Output::Hangup { link } => {
                self.pull(link);
                self.hung_up.push(link);
                self.tell(Input::LinkDown { link, cause: LinkDown::Closed });
            }
            Output::Store { ticket, op } => {
                self.held.push_back((ticket, op));
                if !self.holds {
                    self.store(Ok(()));
                }
            }
            Output::Load { ticket, query } => self.load(ticket, &query),
            Output::Event { event, .. } => self.events.push(event),
            Output::Notice(notice) => self.notices.push(notice),
            _ => {}
        }
    }

    /// An input that follows from an output: what comes of it is drained by whoever drains.
    fn tell(&mut self, input: Input<'_>) {
        self.node.handle_input(self.now, input).expect("what the node asked for");
    }

    fn pull(&mut self, link: LinkId) {
        let sent = self.sent.entry(link).or_default();
        while self.node.poll_transmit(link, RECEIVED_BYTES_MAX, sent) > 0 {}
    }

    /// Applies the batches that wait and says so, or only says that they failed.
    pub(crate) fn store(&mut self, outcome: Result<(), StoreFailure>) {
        while let Some((ticket, op)) = self.held.pop_front() {
            if outcome.is_ok() {
                apply(&mut self.rows, &op);
                self.batches.push(op);
            }
            self.tell(Input::Stored { ticket, outcome });
        }
    }

    fn load(&mut self, ticket: Ticket, query: &LoadQuery) {
        let mut found: Vec<(Bytes, Bytes)> = Vec::new();
        let mut room = query.limit;
        let is_asked = |key: &Bytes| {
            key.starts_with(&query.prefix) && (query.after.is_empty() || *key > query.after)
        };
        let mut more = false;
        for (key, value) in self.rows.iter().filter(|(key, _)| is_asked(key)) {
            let size = key.len() + value.len();
            if size > room && !found.is_empty() {
                more = true;
                break;
            }
            room = room.saturating_sub(size);
            found.push((key.clone(), value.clone()));
        }
        let loaded = Loaded { entries: &found, more };
        self.tell(Input::Loaded { ticket, outcome: Ok(loaded) });
    }

    /// Lets time pass, from deadline to deadline.
    pub(crate) fn pass(&mut self, span: Duration) {
        let end = Now { mono: self.now.mono.after(span), wall: self.now.wall.after(span) };
        for _ in 0..SPIN {
            let due = self.node.poll_timeout().filter(|due| due.at <= end.mono);
            let Some(due) = due else {
                self.now = end;
                return;
            };
            assert!(due.why == Why::Outputs || due.at > self.now.mono, "C3: {due:?}");
            let passed = due.at.since(self.now.mono);
            self.now = Now { mono: due.at, wall: self.now.wall.after(passed) };
            self.input(Input::Tick).expect("time passes");
        }
        panic!("time does not pass");
    }

    /// Nothing in the node is beyond its bound.
    pub(crate) fn check_bounds(&self) {
        let usage = self.node.usage();
        assert!(usage.exceeded().next().is_none(), "{:?}", usage.exceeded().collect::<Vec<_>>());
    }
}

/// Makes the changes of a batch.
pub(crate) fn apply(rows: &mut Rows, op: &StoreOp) {
    for change in &op.changes {
        match change {
            Change::Put { key, value } => drop(rows.insert(key.clone(), value.clone())),
            Change::Delete { key } => drop(rows.remove(key)),
            Change::DeletePrefix { prefix } => rows.retain(|key, _| !key.starts_with(prefix)),
        }
    }
}
