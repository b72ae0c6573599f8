//! Histories as certificates of keyline.
//!
//! The creator's key is the subject of all: it is the root and can, by axiom, not be lost. A Grant
//! is a delegation by its author, of `Admin` or, for a Member, of `Edit`. A Remove is a revocation
//! by its author of each delegation to its subject that it had seen. A Grant that cites a removal
//! cites one of these revocations.

use std::collections::{BTreeSet, HashMap};

use ed25519_dalek::SigningKey;
use keyhive_crypto::digest::Digest;
use keyhive_crypto::identifier::Identifier;
use keyhive_crypto::verified::Verified;
use keyline::certificate::VerifiedCertificate;
use keyline::delegation::Delegation;
use keyline::power::Power;
use keyline::revocation::{Revocation, RevocationId};
use keyline_memory::state::State;

use crate::facts::{Deed, Mask, Rank, each};
use crate::histories::PEERS;
use crate::view::History;
use crate::{Roles, System};

type Retained = Vec<u8>;

/// A statement as it is said here.
enum Said {
    Grant(Digest<Delegation>, VerifiedCertificate<Retained>),
    Remove(Vec<(Digest<RevocationId>, VerifiedCertificate<Retained>)>),
}

pub(crate) struct Told {
    keys: Vec<SigningKey>,
    /// Signing takes longer than all else.
    delegations: HashMap<(u8, Delegation), Verified<Delegation>>,
    revocations: HashMap<(u8, Digest<Delegation>), Verified<Revocation<Retained>>>,
}

impl Told {
    pub(crate) fn new() -> Self {
        let keys = (1..=PEERS).map(|number| SigningKey::from_bytes(&[number; 32])).collect();
        Self { keys, delegations: HashMap::new(), revocations: HashMap::new() }
    }

    fn id(&self, peer: u8) -> Identifier {
        Identifier::from(&self.keys[usize::from(peer)])
    }

    fn say(&mut self, history: &History<'_>) -> Option<Vec<Said>> {
        let mut said: Vec<Said> = Vec::new();
        let mut known = BTreeSet::new();
        for (at, fact) in history.facts.all.iter().enumerate() {
            let act = &fact.act;
            let next = match act.deed {
                Deed::Grant(rank) => {
                    let power = if rank == Rank::Admin { Power::Admin } else { Power::Edit };
                    let cited = each(act.names).find_map(|cite| match &said[usize::from(cite)] {
                        Said::Remove(all) => all.first().map(|(id, _)| *id),
                        Said::Grant(..) => None,
                    });
                    let plain = Delegation::new(self.id(act.subject), self.id(0), power);
                    let delegation = cited.map_or(plain, |cited| plain.reissue(cited));
                    let verified = self.delegation(act.author, delegation);
                    if !known.insert(verified.digest()) {
                        return None;
                    }
                    Said::Grant(verified.digest(), verified.into())
                }
                Deed::Remove => {
                    let seen = history.views[at] & history.facts.grants_to(act.subject);
                    let targets: Vec<_> = each(seen)
                        .filter_map(|grant| match &said[usize::from(grant)] {
                            Said::Grant(id, _) => Some(*id),
                            Said::Remove(_) => None,
                        })
                        .collect();
                    if targets.is_empty() {
                        return None;
                    }
                    let all = targets.into_iter().map(|target| {
                        let verified = self.revocation(act.author, target);
                        (verified.digest().coerce(), verified.into())
                    });
                    Said::Remove(all.collect())
                }
                Deed::Demote(_) | Deed::Resign => return None,
            };
            said.push(next);
        }
        Some(said)
    }

    fn delegation(&mut self, author: u8, delegation: Delegation) -> Verified<Delegation> {
        let key = &self.keys[usize::from(author)];
        let sign = || Verified::sign_sync(&delegation, key).expect("any key signs");
        self.delegations.entry((author, delegation)).or_insert_with(sign).clone()
    }

    fn revocation(
        &mut self,
        author: u8,
        target: Digest<Delegation>,
    ) -> Verified<Revocation<Retained>> {
        let key = &self.keys[usize::from(author)];
        let sign = || Verified::sign_sync(&Revocation::new(target), key).expect("any key signs");
        self.revocations.entry((author, target)).or_insert_with(sign).clone()
    }
}

impl System for Told {
    fn roles(&mut self, history: &History<'_>, some: Mask, backwards: bool) -> Option<Roles> {
        let said = self.say(history)?;
        let mut order: Vec<u8> = each(some).collect();
        if backwards {
            order.reverse();
        }
        let mut state: State<Retained> = State::new();
        for number in order {
            match &said[usize::from(number)] {
                Said::Grant(_, one) => state.insert_all([one.clone()]),
                Said::Remove(all) => state.insert_all(all.iter().map(|(_, one)| one.clone())),
            };
        }
        let group = self.id(0);
        let role = |power| if power == Power::Admin { Rank::Admin } else { Rank::Member };
        Some(core::array::from_fn(|peer| {
            let peer = u8::try_from(peer).expect("few peers");
            state.effective_power(group, self.id(peer)).map(role)
        }))
    }
}
