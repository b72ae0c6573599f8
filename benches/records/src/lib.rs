//! A group of members who sign records beforehand, and one node that takes them in.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use peergroup::store::{BlockingStore, Entries, RedbFile};
use peergroup_core::simulation::forge::frames::{self, ForgedSet};
use peergroup_core::simulation::forge::{Caller, Forge, ForgedVersion, stamp};
use peergroup_core::{
    Body, Change, Charter, Config, IdentityInfo, Input, Instant, Invitation, LinkId, LinkInfo,
    LoadQuery, Name, Node, Now, Output, PeerId, Properties, Role, Seat, SecretKey, Seed,
    StatementId, StoreOp, Terms, TypeId, UnixTime,
};

/// Records of each member: fewer than count to one creator.
pub const RECORDS_EACH: usize = 3_200;
/// Bytes of each record's payload.
pub const PAYLOAD_BYTES: usize = 300;
/// When everything begins, by the wall clock: 2027.
pub const WALL_MS: u64 = 1_800_000_000_000;
const DAY_MS: u64 = 24 * 3600 * 1000;

/// Where a node keeps what is to last.
pub trait Keeper {
    /// Makes a batch durable.
    fn apply(&mut self, op: StoreOp);

    /// The answer to a question.
    fn load(&mut self, query: &LoadQuery) -> Entries;
}

/// Keeps everything in a map.
#[derive(Clone, Debug, Default)]
pub struct Map(BTreeMap<Bytes, Bytes>);

impl Keeper for Map {
    fn apply(&mut self, op: StoreOp) {
        for change in op.changes {
            match change {
                Change::Put { key, value } => {
                    self.0.insert(key, value);
                }
                Change::Delete { key } => {
                    self.0.remove(&key);
                }
                Change::DeletePrefix { prefix } => {
                    self.0.retain(|key, _| !key.starts_with(&prefix));
                }
            }
        }
    }

    fn load(&mut self, query: &LoadQuery) -> Entries {
        let LoadQuery { prefix, after, limit } = query;
        let mut found = Entries::default();
        let mut room = *limit;
        let rows = self.0.range(prefix.max(after).clone()..);
        for (key, value) in rows.take_while(|(key, _)| key.starts_with(prefix)) {
            if key <= after {
                continue;
            }
            let size = key.len() + value.len();
            if !found.entries.is_empty() && size > room {
                found.more = true;
                break;
            }
            room = room.saturating_sub(size);
            found.entries.push((key.clone(), value.clone()));
        }
        found
    }
}

impl Map {
    /// Everything in it, as batches of a thousand entries.
    pub fn batches(&self) -> Vec<StoreOp> {
        let put =
            |(key, value): (&Bytes, &Bytes)| Change::Put { key: key.clone(), value: value.clone() };
        let all: Vec<Change> = self.0.iter().map(put).collect();
        all.chunks(1_000).map(|changes| StoreOp { changes: changes.to_vec() }).collect()
    }
}

impl Keeper for RedbFile {
    fn apply(&mut self, op: StoreOp) {
        self.apply_blocking(&[op]).expect("the disk takes it");
    }

    fn load(&mut self, query: &LoadQuery) -> Entries {
        self.load_blocking(query).expect("the disk gives it")
    }
}

/// A node, and all that it asks for.
#[derive(Debug)]
pub struct Machine<K> {
    /// The node.
    pub node: Node,
    /// Its store.
    pub keeper: K,
    link: Option<LinkId>,
    /// What it has sent and nobody has taken.
    sent: VecDeque<u8>,
}

impl<K: Keeper> Machine<K> {
    /// A node that starts on this store.
    pub fn start(keeper: K) -> Self {
        let node = Node::new(Config::default(), &Seed::from_bytes([7; 32]), now());
        let mut machine = Self { node, keeper, link: None, sent: VecDeque::new() };
        machine.run();
        machine
    }

    /// Carries out everything that the node asks for.
    pub fn run(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Store { ticket, op } => {
                    self.keeper.apply(op);
                    self.feed(Input::Stored { ticket, outcome: Ok(()) });
                }
                Output::Load { ticket, query } => {
                    let found = self.keeper.load(&query);
                    self.feed(Input::Loaded { ticket, outcome: Ok(found.as_loaded()) });
                }
                Output::Transmit { link } => {
                    let mut bytes = Vec::new();
                    while self.node.poll_transmit(link, 64 * 1024, &mut bytes) > 0 {}
                    if self.link == Some(link) {
                        self.sent.extend(bytes);
                    }
                }
                _ => {}
            }
        }
    }

    /// Receives bytes on the link, in reads of 16 KiB, and does all that follows.
    pub fn receive(&mut self, bytes: &[u8]) {
        let link = self.link.expect("a link");
        for bytes in bytes.chunks(16 * 1024) {
            self.feed(Input::Received { link, bytes });
            self.run();
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        self.node.handle_input(now(), input).expect("the contract is kept");
    }

    fn take_sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.sent).into()
    }

    /// Somebody dials and proves to be the invited member.
    pub fn let_in(&mut self, invitation: &Invitation, key: &SecretKey) {
        let binding = [9; 32];
        let info = LinkInfo { binding: &binding, remote: None };
        self.link = Some(self.node.accept(now(), info));
        let (mut caller, hello) = Caller::new(invitation, key, &binding, 1);
        self.receive(&hello);
        let mut heard = self.take_sent();
        let proof = caller.prove(&heard, now().wall).expect("a greeting");
        self.receive(&proof);
        heard.extend(self.take_sent());
        assert!(caller.is_welcome(&heard), "the member is welcome");
    }
}

/// A group, the node of its creator, and members whose keys are all here.
#[derive(Debug)]
pub struct Crew {
    /// The creator's node, as it is before the first record.
    pub store: Map,
    /// The creator's seat.
    pub seat: Seat,
    members: Vec<Recruit>,
}

/// A member as it was invited.
#[derive(Debug)]
struct Recruit {
    key: SecretKey,
    invitation: Invitation,
    grant: StatementId,
}

impl Crew {
    /// A group of a creator and so many members.
    pub fn gather(count: u8) -> Self {
        let mut machine = Machine::start(Map::default());
        let me = machine.node.create_identity(now(), name("creator")).expect("room").value;
        let properties = Properties::named(name("the group"));
        let created = machine.node.create_group(now(), me, Charter::default(), properties);
        let seat = created.expect("a group").value;
        machine.run();
        let members = (1..=count)
            .map(|number| {
                let key = SecretKey::from_bytes([number; 32]);
                let card = IdentityInfo::new(key.peer(), name("member"));
                let terms = Terms::role(Role::Member);
                let invited = machine.node.invite(now(), seat, &card, terms);
                machine.run();
                let invitation = invited.expect("an invitation").value;
                let grant = grant_to(&machine.node, seat, key.peer());
                Recruit { key, invitation, grant }
            })
            .collect();
        Self { store: machine.keeper, seat, members }
    }

    /// The creator's node, running, with a link to the first member.
    pub fn receiver(&self) -> Machine<Map> {
        let mut machine = Machine::start(self.store.clone());
        machine.node.open(now(), self.seat).expect("it was founded here");
        machine.run();
        machine.node.connect(now(), self.seat, Duration::from_secs(30)).expect("it is open");
        machine.run();
        let Recruit { key, invitation, .. } = &self.members[0];
        machine.let_in(invitation, key);
        machine
    }

    /// So many records of each member, signed: what travels of each, those of all members mixed.
    pub fn records(&self, each: usize) -> Vec<Vec<u8>> {
        let sign = |number: usize, member: &Recruit| {
            let forge = Forge::new(member.key.clone(), self.seat.group);
            let type_id = TypeId::from_bytes([0x42; 16]);
            let stamp = stamp(now().wall, 0, number as u64);
            let expires = now().wall.after(Duration::from_millis(30 * DAY_MS));
            let mut version =
                ForgedVersion::first(forge.peer(), Some(member.grant), type_id, stamp, expires);
            version.nonce[..8].copy_from_slice(&(number as u64).to_le_bytes());
            version.payload = vec![number as u8; PAYLOAD_BYTES].into();
            forge.version(&version)
        };
        (0..each)
            .flat_map(|number| self.members.iter().map(move |member| sign(number, member)))
            .collect()
    }
}

/// The frames that bring these items, 16 in each.
pub fn frames_of(items: &[Vec<u8>]) -> Vec<Vec<u8>> {
    items.chunks(16).map(|items| frames::items(ForgedSet::Records, items)).collect()
}

/// The time at which everything happens.
pub fn now() -> Now {
    Now { mono: Instant::from_micros(1_000_000), wall: UnixTime::from_millis(WALL_MS) }
}

/// The grant to a member.
fn grant_to(node: &Node, seat: Seat, subject: PeerId) -> StatementId {
    let mut statements = node.statements(seat).expect("the group is open");
    let names = |body: &Body| matches!(body, Body::Grant(grant) if grant.subject == subject);
    statements.find(|statement| names(statement.body())).expect("a grant").id()
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}
