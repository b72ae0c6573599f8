//! What adding members costs, in peergroup and in p2panda-auth.
//!
//! `cargo run --release --ignore-rust-version --bin adds`
//!
//! A creator adds so many members, one after the other, each add after the one before. A replica
//! takes them one by one and knows everybody's role after each. All are signed beforehand, and
//! neither checks a signature here. Of peergroup the least of three runs counts; of p2panda-auth
//! there is one, since the last takes minutes.

use std::time::{Duration, Instant};

use p2panda_auth::Access;
use p2panda_auth::group::resolver::StrongRemove;
use p2panda_auth::group::{GroupAction, GroupCrdt, GroupCrdtState, GroupMember};
use p2panda_auth::traits::Operation;
use p2panda_core::traits::{Author, OperationId};
use peergroup_core::simulation::Ledger;
use peergroup_core::simulation::forge::{Forge, grant};
use peergroup_core::{Body, Role, SecretKey, Statement, StatementId, Window};
use serde::{Deserialize, Serialize};

const SIZES: [u32; 3] = [800, 1_600, 3_200];
const RUNS: usize = 3;

fn main() {
    println!(
        "{:>8}{:>16}{:>10}{:>18}{:>10}{:>8}",
        "adds", "peergroup", "each", "p2panda-auth", "each", "ratio"
    );
    for adds in SIZES {
        let ours = (0..RUNS).map(|_| peergroup(adds)).min().unwrap_or_default();
        let theirs = p2panda(adds);
        let each = |all: Duration| all / adds;
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        let (one, other) = (each(ours), each(theirs));
        println!("{adds:>8}{ours:>16.3?}{one:>10.1?}{theirs:>18.3?}{other:>10.1?}{ratio:>8.0}");
    }
}

fn key(number: u32) -> SecretKey {
    SecretKey::mock(1 + u128::from(number))
}

fn peergroup(adds: u32) -> Duration {
    let mut ledger = Ledger::found(&key(0));
    let forge = Forge::new(key(0), ledger.group());
    let mut last: Option<StatementId> = None;
    let mut sign = |number: u32| -> Statement {
        let added = grant(key(number).peer(), Role::Member, Window::INFINITE, None);
        let before: Vec<_> = last.into_iter().collect();
        let one = forge.statement(None, number, Body::Grant(added), &before, &[]);
        last = Some(one.id());
        one
    };
    let signed: Vec<Statement> = (1..=adds).map(&mut sign).collect();
    let start = Instant::now();
    for one in signed {
        assert_eq!(ledger.insert(one), Ok(true), "has its place");
        ledger.evaluate();
    }
    let took = start.elapsed();
    let now = peergroup_core::UnixTime::from_millis(5);
    assert_eq!(ledger.role(key(adds).peer(), now), Some(Role::Member));
    took
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Peer(u32);

impl Author for Peer {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Number(u32);

impl OperationId for Number {}

impl core::fmt::Display for Peer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl core::fmt::Display for Number {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

const CREATOR: Peer = Peer(0);
const GROUP: Peer = Peer(u32::MAX);

#[derive(Clone, Debug)]
struct Said {
    id: Number,
    dependencies: Vec<Number>,
    action: GroupAction<Peer>,
}

impl Operation<Peer, Number> for Said {
    fn id(&self) -> Number {
        self.id
    }

    fn author(&self) -> Peer {
        CREATOR
    }

    fn dependencies(&self) -> Vec<Number> {
        self.dependencies.clone()
    }

    fn group_id(&self) -> Peer {
        GROUP
    }

    fn action(&self) -> GroupAction<Peer> {
        self.action.clone()
    }
}

type Resolver = StrongRemove<Peer, Number, Said, ()>;
type Group = GroupCrdt<Peer, Number, Said, (), Resolver>;
type Replica = GroupCrdtState<Peer, Number, Said, ()>;

fn p2panda(adds: u32) -> Duration {
    let creator = (GroupMember::Individual(CREATOR), Access::manage());
    let action = GroupAction::Create { initial_members: vec![creator] };
    let create = Said { id: Number(0), dependencies: Vec::new(), action };
    let add = |number: u32| {
        let member = GroupMember::Individual(Peer(number));
        let action = GroupAction::Add { member, access: Access::write() };
        Said { id: Number(number), dependencies: vec![Number(number - 1)], action }
    };
    let said: Vec<Said> = core::iter::once(create).chain((1..=adds).map(add)).collect();
    let mut replica: Replica = Group::init();
    let start = Instant::now();
    for one in &said {
        replica = match Group::process(replica, one) {
            Ok(replica) => replica,
            Err(why) => panic!("{why}"),
        };
    }
    let took = start.elapsed();
    assert_eq!(replica.members(GROUP).len(), 1 + adds as usize);
    took
}
