//! Histories as peergroup's own statements.

use peergroup_core::simulation::Ledger;
use peergroup_core::simulation::forge::{self, Forge};
use peergroup_core::{Body, Role, SecretKey, Statement, StatementId, UnixTime, Window};

use crate::facts::{Act, Deed, Mask, Rank, each};
use crate::histories::PEERS;
use crate::view::History;
use crate::{Roles, System};

pub(crate) struct Told {
    forges: Vec<Forge>,
    made: Vec<(Act, Statement)>,
}

impl Told {
    pub(crate) fn new() -> Self {
        let keys: Vec<_> = (1..=u128::from(PEERS)).map(SecretKey::mock).collect();
        let group = Ledger::found(&keys[0]).group();
        Self { forges: keys.into_iter().map(|key| Forge::new(key, group)).collect(), made: vec![] }
    }

    fn make(&mut self, history: &History<'_>) {
        let all = &history.facts.all;
        let same =
            self.made.iter().zip(all).take_while(|((act, _), fact)| *act == fact.act).count();
        self.made.truncate(same);
        for fact in all.iter().skip(same) {
            let statement = self.statement(&fact.act);
            self.made.push((fact.act, statement));
        }
    }

    fn ids(&self, mask: Mask) -> Vec<StatementId> {
        let mut ids: Vec<_> = each(mask).map(|one| self.made[usize::from(one)].1.id()).collect();
        ids.sort_unstable();
        ids
    }

    fn statement(&self, act: &Act) -> Statement {
        let subject = self.forges[usize::from(act.subject)].peer();
        let (body, cites) = match act.deed {
            Deed::Grant(rank) => {
                let until = UnixTime::from_millis(act.until);
                let window = Window { from: UnixTime::from_millis(act.from), until };
                (Body::Grant(forge::grant(subject, role(rank), window, None)), self.ids(act.names))
            }
            Deed::Remove => (Body::Remove { subject, cut: self.ids(act.names) }, Vec::new()),
            Deed::Demote(to) => {
                (Body::Demote { subject, to: role(to), cut: self.ids(act.names) }, Vec::new())
            }
            Deed::Resign => {
                let at = forge::stamp(UnixTime::from_millis(1), 0, 0);
                (Body::Resign { at }, Vec::new())
            }
        };
        let before = each(act.prev).map(|prev| self.made[usize::from(prev)].1.depth());
        let depth = 1 + before.max().unwrap_or(0);
        let cred = act.cred.map(|cred| self.made[usize::from(cred)].1.id());
        let forge = &self.forges[usize::from(act.author)];
        forge.statement(cred, depth, body, &self.ids(act.prev), &cites)
    }
}

impl System for Told {
    fn roles(&mut self, history: &History<'_>, some: Mask, backwards: bool) -> Option<Roles> {
        self.make(history);
        let mut ledger = Ledger::found(&self.forges[0].key);
        let mut order: Vec<u8> = each(some).collect();
        if backwards {
            order.reverse();
            order.sort_by_key(|&number| history.facts.fact(number).chain);
        }
        for number in order {
            let inserted = ledger.insert(self.made[usize::from(number)].1.clone());
            assert_eq!(inserted, Ok(true), "every statement can be said");
        }
        ledger.evaluate();
        let at = UnixTime::from_millis(5);
        Some(core::array::from_fn(|peer| {
            ledger.role(self.forges[peer].peer(), at).map(|role| match role {
                Role::Member => Rank::Member,
                Role::Inviter => Rank::Inviter,
                Role::Admin => Rank::Admin,
            })
        }))
    }
}

fn role(rank: Rank) -> Role {
    match rank {
        Rank::Member => Role::Member,
        Rank::Inviter => Role::Inviter,
        Rank::Admin => Role::Admin,
    }
}
