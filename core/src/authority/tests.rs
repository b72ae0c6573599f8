#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::genesis::Charter;
use crate::hash::Label;
use crate::key::{SecretKey, Signature};
use crate::stamp::Stamp;
use crate::statement::{Core, Grant, Lists, Role, Window};
use crate::time::UnixTime;

mod admission;
mod batch;
mod checkpoint;
mod churn;
mod compose;
mod contested;
mod displaced;
mod exhaustive;
mod incremental;
mod invited;
mod not_kept;
mod oracle;
mod past;
mod properties;
mod random;
mod roles;
mod room;
mod scale;
mod scenarios;
mod survivors;
mod tampered;
mod vectors;
mod why;

/// When everything in these tests happens.
const NOW: UnixTime = UnixTime::from_millis(5);

/// Peers by number; the creator is 0.
struct Cast {
    keys: Vec<SecretKey>,
    peers: Vec<PeerId>,
    genesis: Genesis,
    signature: Signature,
}

impl Cast {
    fn new(count: u8) -> Self {
        let keys: Vec<_> = (1..=count).map(|n| SecretKey::from_bytes([n; 32])).collect();
        let peers = keys.iter().map(SecretKey::peer).collect();
        let genesis = Genesis::found(&keys[0], [0; 32], UnixTime::default(), Charter::default());
        let signature = keys[0].sign(Label::Statement, &[0; 32], &[0; 32]);
        Self { keys, peers, genesis, signature }
    }

    fn authority(&self) -> Authority {
        Authority::new(self.genesis.clone())
    }

    fn number(&self, peer: PeerId) -> usize {
        self.peers.iter().position(|other| *other == peer).unwrap()
    }

    fn signed(&self, author: usize, cred: Option<StatementId>, act: Act) -> Statement {
        self.signed_at(0, author, cred, act)
    }

    /// A statement of a group that is at a checkpoint of this height.
    fn signed_at(
        &self,
        height: u32,
        author: usize,
        cred: Option<StatementId>,
        act: Act,
    ) -> Statement {
        let core = self.core(height, author, cred, act.depth, act.body);
        Statement::sign_core(&self.keys[author], self.genesis.id(), core, act.lists)
    }

    fn core(
        &self,
        height: u32,
        author: usize,
        cred: Option<StatementId>,
        depth: u32,
        body: Body,
    ) -> Core {
        Core { author: self.peers[author], cred, depth, height, body }
    }

    fn unsigned(&self, author: usize, cred: Option<StatementId>, act: Act) -> Statement {
        self.unsigned_at(0, author, cred, act)
    }

    fn unsigned_at(
        &self,
        height: u32,
        author: usize,
        cred: Option<StatementId>,
        act: Act,
    ) -> Statement {
        let core = self.core(height, author, cred, act.depth, act.body);
        Statement::unsigned(self.genesis.id(), core, act.lists, self.signature)
    }

    fn grant(&self, subject: usize, role: Role) -> Body {
        self.grant_in(subject, role, 10)
    }

    fn grant_in(&self, subject: usize, role: Role, until: u64) -> Body {
        let window = Window { from: UnixTime::default(), until: UnixTime::from_millis(until) };
        Body::Grant(Grant { subject: self.peers[subject], role, window, continues: None })
    }

    fn remove(&self, subject: usize, cut: &[StatementId]) -> Body {
        Body::Remove { subject: self.peers[subject], cut: sorted(cut) }
    }

    fn demote(&self, subject: usize, to: Role, cut: &[StatementId]) -> Body {
        Body::Demote { subject: self.peers[subject], to, cut: sorted(cut) }
    }
}

/// What a statement says besides who says it.
struct Act {
    depth: u32,
    body: Body,
    lists: Lists,
}

fn act(depth: u32, prev: &[StatementId], cites: &[StatementId], body: Body) -> Act {
    Act { depth, body, lists: Lists::Full { prev: sorted(prev), cites: sorted(cites) } }
}

fn resign() -> Body {
    resign_at(1)
}

fn resign_at(millis: u64) -> Body {
    Body::Resign { at: Stamp { time: UnixTime::from_millis(millis), ..Stamp::default() } }
}

fn sorted(ids: &[StatementId]) -> Vec<StatementId> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A replica on which everyone acts in turn, as honest nodes do.
struct Stage {
    cast: Cast,
    authority: Authority,
}

impl Stage {
    fn new() -> Self {
        let cast = Cast::new(10);
        let authority = cast.authority();
        Self { cast, authority }
    }

    fn put(&mut self, statement: &Statement) -> StatementId {
        // what enters has the form that the wire allows
        let creator = self.cast.peers[0];
        let group = self.cast.genesis.id();
        let read = Statement::decode(group, creator, &statement.encode());
        assert_eq!(self.authority.insert(read.unwrap()), Ok(Inserted::New));
        self.authority.evaluate();
        statement.id()
    }

    /// Signs after everything that the author signed before.
    fn say(&mut self, author: usize, cred: Option<StatementId>, body: Body) -> StatementId {
        self.say_citing(author, cred, &[], body)
    }

    fn say_citing(
        &mut self,
        author: usize,
        cred: Option<StatementId>,
        cites: &[StatementId],
        body: Body,
    ) -> StatementId {
        let peer = self.cast.peers[author];
        let (prev, depth) = (self.authority.heads(peer), self.authority.next_depth(peer));
        let statement = self.cast.signed_at(
            self.authority.height(),
            author,
            cred,
            act(depth, &prev, cites, body),
        );
        self.put(&statement)
    }

    /// Signs with this depth and these lists.
    fn say_raw(&mut self, author: usize, cred: Option<StatementId>, act: Act) -> StatementId {
        let statement = self.cast.signed_at(self.authority.height(), author, cred, act);
        self.put(&statement)
    }

    fn grant(
        &mut self,
        author: usize,
        cred: Option<StatementId>,
        subject: usize,
        role: Role,
    ) -> StatementId {
        let body = self.cast.grant(subject, role);
        self.say(author, cred, body)
    }

    fn remove(
        &mut self,
        author: usize,
        cred: Option<StatementId>,
        subject: usize,
        cut: &[StatementId],
    ) -> StatementId {
        let body = self.cast.remove(subject, cut);
        self.say(author, cred, body)
    }

    fn role(&self, peer: usize) -> Option<Role> {
        self.authority.role(self.cast.peers[peer], NOW)
    }

    fn peer(&self, number: usize) -> PeerId {
        self.cast.peers[number]
    }
}
