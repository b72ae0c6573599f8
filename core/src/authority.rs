//! Authority: which statements of a group live, and what they make of each peer.
//!
//! Roles are a pure function of the set of statements: of no clock, of no order of arrival. A
//! removal pins what its author accepts of the subject's statements; whatever else the subject
//! signs, with whatever date, is dead. So a removed Admin can change nothing.

mod admit;
mod bits;
mod chains;
mod checkpoint;
mod closure;
mod coming;
mod compose;
mod ending;
mod evaluate;
mod evidence;
mod hits;
mod invited;
mod line;
mod links;
mod roles;
mod room;
mod set;
mod slots;
mod tenure;
mod whole;
mod why;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

pub(crate) use checkpoint::InUse;
pub(crate) use compose::Cut;
pub(crate) use roles::{Acting, Membership};
pub(crate) use set::Standing;
pub(crate) use tenure::Tenure;

use crate::fault::Fault;
use crate::genesis::Genesis;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::STATEMENTS_PER_GRANT_MAX;
use crate::property::Properties;
use crate::statement::{Body, Statement};
use checkpoint::{Admission, Horizon, Void};
use evaluate::{Verdict, Verdicts};
use set::{Entry, Set, Slot};

/// What became of a statement that was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It is in the set.
    New,
    /// It is in the set, and this Resign under the same grant no longer is.
    InsteadOf(StatementId),
    /// It was in the set with its lists as a hash; now they are known.
    Upgraded,
    /// It was in the set, at least as fully.
    Known,
    /// The grant that it is signed under is not in the set, or the checkpoint is not known, so
    /// neither is it.
    Orphan,
    /// It was signed before the checkpoint that counts, and did not survive it.
    Void,
    /// There is no room for it.
    Full,
}

/// What may be otherwise than before an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Whose roles, and the tenures that they hold: all others' are as they were.
    pub(crate) peers: BTreeSet<PeerId>,
}

/// The statements of one group and what they amount to. Every question is answered as of the last
/// [`Authority::evaluate`]; what was inserted since is not yet live.
#[derive(Debug)]
pub(crate) struct Authority {
    genesis: Genesis,
    set: Set,
    horizon: Horizon,
    /// What was in the set and did not survive a checkpoint, until somebody asks.
    void: Vec<Void>,
    /// Whose grants these were, until the next evaluation.
    bereft: BTreeSet<PeerId>,
    verdicts: Verdicts,
    /// The first grant of the tenure that each grant belongs to.
    tenures: BTreeMap<Slot, Slot>,
    stale: bool,
    /// Statements that count under one grant.
    bound: usize,
}

impl Authority {
    /// The authority of a new group: nobody but its creator.
    pub(crate) fn new(genesis: Genesis) -> Self {
        Self {
            set: Set::new(genesis.creator()),
            genesis,
            horizon: Horizon::default(),
            void: Vec::new(),
            bereft: BTreeSet::new(),
            verdicts: Verdicts::default(),
            tenures: BTreeMap::new(),
            stale: false,
            bound: STATEMENTS_PER_GRANT_MAX,
        }
    }

    /// The group's first statement.
    pub(crate) fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The group.
    #[cfg(test)]
    pub(crate) fn group(&self) -> crate::id::GroupId {
        self.genesis.id()
    }

    /// Who founded the group.
    pub(crate) fn creator(&self) -> PeerId {
        self.genesis.creator()
    }

    /// Puts a statement of this group, checked for form and signature, into the set.
    ///
    /// # Errors
    /// [`Fault::InvalidStatement`] if the grant that it is signed under does not give the right to
    /// sign it. The set is unchanged.
    pub(crate) fn insert(&mut self, statement: Statement) -> Result<Inserted, Fault> {
        let id = statement.id();
        let survivor = match self.horizon.judge(&statement) {
            Admission::Granted(survivor) => survivor,
            Admission::Void => return Ok(Inserted::Void),
            Admission::Unknown => return Ok(Inserted::Orphan),
        };
        let inserted = self.set.insert(statement, survivor, |id| self.horizon.fixes(id))?;
        match inserted {
            Inserted::New | Inserted::Upgraded => self.stale = true,
            Inserted::InsteadOf(_) => {
                self.stale = true;
                if let Some(slot) = self.set.slot(&id) {
                    self.verdicts.forget(slot);
                }
            }
            Inserted::Known | Inserted::Orphan | Inserted::Void | Inserted::Full => {}
        }
        if matches!(inserted, Inserted::New | Inserted::InsteadOf(_)) {
            self.on_inserted(&id);
        }
        Ok(inserted)
    }

    /// Evaluates what changed in the set since the last time, and gives what that concerns; none
    /// if nothing was inserted.
    pub(crate) fn evaluate(&mut self) -> Option<Changes> {
        if !core::mem::take(&mut self.stale) {
            return None;
        }
        let news = self.set.take_news();
        let moved = tenure::update(&mut self.tenures, &self.set, &news);
        let grants = self.verdicts.evaluate(&self.set, &news, self.bound);
        let changed = grants.union(&moved).filter_map(|&grant| self.set.entry(grant));
        let grants = changed.filter_map(|entry| entry.statement.grant());
        let mut peers = core::mem::take(&mut self.bereft);
        peers.extend(grants.map(|grant| grant.subject));
        Some(Changes { peers })
    }

    /// Evaluates everything, as if nothing had been found before.
    #[cfg(test)]
    pub(crate) fn evaluate_anew(&mut self) {
        self.verdicts.touch_all(&self.set);
        self.stale = true;
        self.evaluate();
    }

    /// Lets the set hold so many statements.
    #[cfg(feature = "simulation")]
    pub(crate) fn make_room(&mut self, statements: usize) {
        self.set.make_room(statements);
    }

    /// How often a statement or a peer was looked at so far.
    #[cfg(test)]
    pub(crate) fn looks(&self) -> u64 {
        self.set.steps.get()
    }

    /// A statement of the set.
    pub(crate) fn statement(&self, id: &StatementId) -> Option<&Statement> {
        self.set.find(id).map(|(_, entry)| &entry.statement)
    }

    /// How many statements are in the set.
    pub(crate) fn len(&self) -> usize {
        self.set.len()
    }

    /// The statements, each after the grant that it is signed under.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.set.entries().map(|(_, entry)| &entry.statement)
    }

    /// Whether a statement is in the set and lives.
    #[cfg(any(test, feature = "password", feature = "simulation"))]
    pub(crate) fn is_live(&self, id: &StatementId) -> bool {
        self.set.slot(id).is_some_and(|slot| self.verdict(slot).live)
    }

    /// The standing of who holds this grant.
    pub(crate) fn standing_of(&self, grant: &StatementId) -> Standing {
        self.set.find(grant).map_or(Standing::INFINITE, |(_, entry)| entry.holder())
    }

    /// The grants from the creator's down to this one; none for the creator.
    pub(crate) fn chain(&self, grant: Option<&StatementId>) -> Vec<&Statement> {
        let mut next = grant.and_then(|id| self.set.slot(id));
        let mut chain = Vec::new();
        while let Some(entry) = next.and_then(|slot| self.set.entry(slot)) {
            chain.push(&entry.statement);
            next = entry.cred;
        }
        chain.reverse();
        chain
    }

    /// The group's properties, once its creator has set any.
    pub(crate) fn properties(&self) -> Option<&Properties> {
        self.all_properties().into_iter().next()
    }

    /// The link secrets in use: the newest and, for a while, the one before it.
    pub(crate) fn link_secrets(&self) -> Vec<[u8; 32]> {
        let mut secrets: Vec<[u8; 32]> = Vec::new();
        for properties in self.all_properties() {
            if secrets.len() < 2 && !secrets.contains(&properties.link_secret) {
                secrets.push(properties.link_secret);
            }
        }
        secrets
    }

    /// All properties there ever were, the newest first.
    fn all_properties(&self) -> Vec<&Properties> {
        let mut found: Vec<_> = self
            .live(&self.set.properties)
            .filter_map(|(_, entry)| match entry.statement.body() {
                Body::Property(properties) => Some((entry.rank(), properties)),
                _ => None,
            })
            .collect();
        found.sort_unstable_by_key(|&(rank, _)| core::cmp::Reverse(rank));
        found.into_iter().map(|(_, properties)| properties).collect()
    }

    /// Those of these statements that live.
    fn live<'a>(&'a self, slots: &'a [Slot]) -> impl Iterator<Item = (Slot, &'a Entry)> {
        self.set.all(slots).filter(|(slot, _)| self.verdict(*slot).live)
    }

    fn verdict(&self, slot: Slot) -> Verdict {
        self.verdicts.get(slot)
    }
}

#[cfg(test)]
mod tests;
