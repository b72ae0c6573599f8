//! Histories of one group, signed beforehand, for measuring what a ledger makes of them.

use peergroup_core::simulation::Ledger;
use peergroup_core::simulation::forge::{Forge, grant};
use peergroup_core::{Body, PeerId, Role, SecretKey, Statement, StatementId, Window};

/// The shape of a history.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// The creator grants to everybody.
    Star,
    /// Each Admin or Inviter grants to a few, these to a few more, and so on.
    Tree,
    /// Members are granted to, removed with a cut, and granted to again, by one Admin.
    Churn,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 3] = [Self::Star, Self::Tree, Self::Churn];

    /// The first so many statements of the history, in the order in which they were signed.
    pub fn history(self, count: usize) -> Vec<Statement> {
        let mut script = Script::new();
        match self {
            Self::Star => {
                for number in 1..=count {
                    script.grant(0, None, number, Role::Member, &[]);
                }
            }
            Self::Tree => script.tree(count),
            Self::Churn => script.churn(count),
        }
        script.signed.truncate(count);
        script.signed
    }
}

/// An empty ledger of the group of all histories, with room for so many statements.
pub fn ledger(statements: usize) -> Ledger {
    let mut ledger = Ledger::found(&key(0));
    ledger.make_room(statements + 8192);
    ledger
}

fn key(number: usize) -> SecretKey {
    SecretKey::mock(number as u128)
}

fn peer(number: usize) -> PeerId {
    key(number).peer()
}

/// What was signed, and each author's last.
struct Script {
    signed: Vec<Statement>,
    last: std::collections::BTreeMap<usize, (StatementId, u32)>,
    group: peergroup_core::GroupId,
}

impl Script {
    fn new() -> Self {
        let (signed, last) = (Vec::new(), std::collections::BTreeMap::new());
        Self { signed, last, group: ledger(0).group() }
    }

    fn sign(
        &mut self,
        author: usize,
        cred: Option<StatementId>,
        body: Body,
        cites: &[StatementId],
    ) -> StatementId {
        let forge = Forge::new(key(author), self.group);
        let (prev, depth) = match self.last.get(&author) {
            Some(&(id, depth)) => (vec![id], depth + 1),
            None => (Vec::new(), 1),
        };
        let one = forge.statement(cred, depth, body, &prev, cites);
        let id = one.id();
        self.last.insert(author, (id, depth));
        self.signed.push(one);
        id
    }

    fn grant(
        &mut self,
        author: usize,
        cred: Option<StatementId>,
        subject: usize,
        role: Role,
        cites: &[StatementId],
    ) -> StatementId {
        let body = Body::Grant(grant(peer(subject), role, Window::INFINITE, None));
        self.sign(author, cred, body, cites)
    }

    /// Eight grants by each: three levels of Admins, then Inviters, then Members.
    fn tree(&mut self, count: usize) {
        let mut open = std::collections::VecDeque::from([(0, None, 0)]);
        let mut next = 1;
        while self.signed.len() < count {
            let Some((author, cred, level)) = open.pop_front() else { break };
            let role = match level {
                0..3 => Role::Admin,
                3..7 => Role::Inviter,
                _ => Role::Member,
            };
            for _ in 0..8 {
                let id = self.grant(author, cred, next, role, &[]);
                if role != Role::Member {
                    open.push_back((next, Some(id), level + 1));
                }
                next += 1;
            }
        }
    }

    /// Rounds over a thousand Inviters, each of whom invites one in between.
    fn churn(&mut self, count: usize) {
        let mut creds = Vec::new();
        let mut admin = self.grant(0, None, 1, Role::Admin, &[]);
        let mut removals: Vec<Option<StatementId>> = vec![None; 1000];
        let mut invited = 2000;
        while self.signed.len() < count {
            creds.clear();
            for (n, removal) in removals.iter().enumerate() {
                let cites: Vec<_> = removal.iter().copied().collect();
                creds.push(self.grant(1, Some(admin), 2 + n, Role::Inviter, &cites));
            }
            for (n, &cred) in creds.iter().enumerate() {
                self.grant(2 + n, Some(cred), invited, Role::Member, &[]);
                invited += 1;
            }
            for (n, removal) in removals.iter_mut().enumerate() {
                let cut = self.last.get(&(2 + n)).map(|(id, _)| *id).into_iter().collect();
                let body = Body::Remove { subject: peer(2 + n), cut };
                *removal = Some(self.sign(1, Some(admin), body, &[]));
            }
            // a grant bounds what counts under it, so that a busy Admin needs a new one
            admin = self.grant(0, None, 1, Role::Admin, &[]);
        }
    }
}
