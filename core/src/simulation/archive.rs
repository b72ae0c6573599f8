//! The record set alone: what is kept of versions, and what searches find.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::authority::Tenure;
use crate::fault::Fault;
use crate::id::{GroupId, StatementId, TypeId};
use crate::key::PeerId;
use crate::record::{Checked, Outcome, Record, Records, Tenures};
use crate::search::Query;
use crate::simulation::AuditedVersion;
use crate::statement::{Role, Window};
use crate::time::UnixTime;

/// The records of one group without a node around them: for whoever measures what they cost, or
/// holds another model of them against this one. Each peer has one tenure, for ever unless it is
/// ended.
#[derive(Debug)]
pub struct Archive {
    records: Records,
    members: Members,
    now: UnixTime,
}

/// Each holds the tenure that bears its own bytes.
#[derive(Debug, Default)]
struct Members(BTreeMap<StatementId, (PeerId, Option<Role>)>);

impl Tenures for Members {
    fn tenure(&self, cred: Option<StatementId>) -> Option<Tenure> {
        let (holder, role) = *self.0.get(&cred?)?;
        let admin = role == Some(Role::Admin);
        let live = role.is_some();
        let window = Window::INFINITE;
        Some(Tenure { holder, live, admin, window, resigned: None, counts: live })
    }

    fn was_member(&self, peer: PeerId) -> bool {
        self.0.contains_key(&StatementId::from_bytes(*peer.as_bytes()))
    }
}

impl Archive {
    /// The archive of a group at a moment, without records.
    pub fn new(group: GroupId, now: UnixTime) -> Self {
        Self { records: Records::new(group), members: Members::default(), now }
    }

    /// Lets a peer in. Gives the tenure that it signs under.
    pub fn admit(&mut self, peer: PeerId) -> StatementId {
        self.appoint(peer, Some(Role::Admin))
    }

    /// Gives a peer's tenure another role, or ends it. Gives the tenure.
    pub fn appoint(&mut self, peer: PeerId, role: Option<Role>) -> StatementId {
        let tenure = StatementId::from_bytes(*peer.as_bytes());
        self.members.0.insert(tenure, (peer, role));
        self.records.reevaluate(&self.members, &BTreeSet::from([peer]), self.now);
        tenure
    }

    /// Lets time pass.
    pub fn pass(&mut self, now: UnixTime) {
        self.now = now;
        self.records.tick(&self.members, now, false);
    }

    /// Every version that is held, and what is made of it.
    pub fn versions(&self) -> impl Iterator<Item = AuditedVersion> {
        self.records.audited()
    }

    /// Takes in the item of a version. Whether it is kept.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn insert(&mut self, item: &[u8]) -> Result<bool, Fault> {
        let version = Checked::decode(self.records.group, item)?;
        let outcome = self.records.insert(version, &self.members, self.now);
        Ok(matches!(outcome, Outcome::Kept(_)))
    }

    /// The records that can be seen, of one type or of all, in the order of their ids.
    pub fn records(&self, type_id: Option<TypeId>) -> impl Iterator<Item = Record> {
        self.records.records(type_id)
    }

    /// Those of which a query holds.
    pub fn search<'a>(&'a self, query: &'a Query) -> impl Iterator<Item = Record> + use<'a> {
        self.records.search(query)
    }

    /// How many records a search looks at; none if at all of them.
    pub fn looked_at(&self, query: &Query) -> Option<usize> {
        self.records.candidates(query).map(|found| found.len())
    }
}
