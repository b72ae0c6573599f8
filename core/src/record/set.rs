//! The record set of one group.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use crate::authority::{InUse, Tenure};
use crate::fault::Fault;
use crate::id::{GroupId, RecordId, StatementId, TypeId, VersionId};
use crate::key::PeerId;
use crate::limits::{
    CEILING_EPOCH, DORMANT_PER_PEER_MAX, PARKED_MAX, PARKED_PER_PEER_MAX, RECORDS_PER_CREATOR_MAX,
    STAMP_AHEAD_MAX,
};
use crate::record::delta::{Delta, Outcome, Refusal};
use crate::record::entry::Entry;
use crate::record::foreign::Foreign;
use crate::record::index::Index;
use crate::record::lost::Lost;
use crate::record::parked::Parked;
use crate::record::quota::Quota;
use crate::record::tenure::Tenures;
use crate::record::turn::{Rank, Turn, first_after};
use crate::record::version::Checked;
use crate::record::view::Record;
use crate::stamp::Stamp;
use crate::time::UnixTime;

/// How much is held. All replicas must agree on the first two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Records of one creator that stand.
    pub(crate) records: usize,
    /// Deletions by one signer of others' records that stand.
    pub(crate) deletions: usize,
    /// Versions by one author that are held and do not stand.
    pub(crate) dormant: usize,
    /// Parked versions.
    pub(crate) parked: usize,
    /// Parked versions by one author.
    pub(crate) parked_per_peer: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            records: RECORDS_PER_CREATOR_MAX,
            deletions: RECORDS_PER_CREATOR_MAX,
            dormant: DORMANT_PER_PEER_MAX,
            parked: PARKED_MAX,
            parked_per_peer: PARKED_PER_PEER_MAX,
        }
    }
}

/// A tenure as last looked up, and the records with a lane under it.
#[derive(Clone, Debug)]
pub(crate) struct KnownTenure {
    pub(crate) tenure: Tenure,
    pub(crate) records: BTreeSet<RecordId>,
}

/// What a version is by what is known now.
enum Verdict {
    Admitted(Tenure),
    /// Until its time comes; it may be admitted before if it waits for authority.
    Parked(UnixTime),
    Refused(Refusal),
}

/// All versions held of one group's records.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    pub(crate) group: GroupId,
    pub(crate) bounds: Bounds,
    pub(crate) entries: BTreeMap<RecordId, Entry>,
    /// Where the versions held are; without the parked.
    pub(crate) versions: BTreeMap<VersionId, RecordId>,
    pub(crate) tenures: BTreeMap<Option<StatementId>, KnownTenure>,
    /// Which of those each peer holds.
    pub(crate) held_tenures: BTreeMap<PeerId, BTreeSet<Option<StatementId>>>,
    pub(crate) creators: BTreeMap<PeerId, Quota>,
    pub(crate) deletions: BTreeMap<PeerId, Quota>,
    pub(crate) dormant: BTreeMap<PeerId, BTreeSet<Rank>>,
    /// When the effective version of each record expires.
    pub(crate) expiries: BTreeSet<(UnixTime, RecordId)>,
    /// When each record leaves.
    pub(crate) ceilings: BTreeSet<(UnixTime, RecordId)>,
    pub(crate) parked: Parked,
    /// What depends on whether creators are known.
    pub(crate) foreign: Foreign,
    /// By what records are found.
    pub(crate) index: Index,
    /// What lost and is held nowhere else.
    pub(crate) lost: Lost,
    /// How often each peer was found to have used one stamp twice.
    pub(crate) equivocators: BTreeMap<PeerId, usize>,
    /// What expires no later has expired.
    pub(crate) horizon: UnixTime,
    /// Whether expiry waits until the node is connected.
    pub(crate) deferred: bool,
    /// The last stamp that this node made.
    pub(crate) last_stamp: Stamp,
}

impl Records {
    /// The empty set of a group.
    pub(crate) fn new(group: GroupId) -> Self {
        Self::bounded(group, Bounds::default())
    }

    pub(crate) fn bounded(group: GroupId, bounds: Bounds) -> Self {
        Self {
            group,
            bounds,
            entries: BTreeMap::new(),
            versions: BTreeMap::new(),
            tenures: BTreeMap::new(),
            held_tenures: BTreeMap::new(),
            creators: BTreeMap::new(),
            deletions: BTreeMap::new(),
            dormant: BTreeMap::new(),
            expiries: BTreeSet::new(),
            ceilings: BTreeSet::new(),
            parked: Parked::default(),
            foreign: Foreign::default(),
            index: Index::default(),
            lost: Lost::default(),
            equivocators: BTreeMap::new(),
            horizon: UnixTime::default(),
            deferred: false,
            last_stamp: Stamp::default(),
        }
    }

    /// Takes in a version, from a neighbour or from this node.
    pub(crate) fn insert(
        &mut self,
        version: Checked,
        tenures: &impl Tenures,
        now: UnixTime,
    ) -> Outcome {
        let id = version.id();
        if self.holds(&id) {
            return Outcome::Known;
        }
        let tenure = match self.judge(&version, tenures, now) {
            Verdict::Admitted(tenure) => tenure,
            Verdict::Parked(due) => {
                self.park(version, due);
                return Outcome::Parked;
            }
            Verdict::Refused(refusal) => return Outcome::Refused(refusal),
        };
        let mut turn = Turn::default();
        self.advance(now, &mut turn);
        self.admit(version, tenure, &mut turn);
        let delta = self.finish(turn);
        if self.versions.contains_key(&id) {
            Outcome::Kept(delta)
        } else {
            Outcome::Superseded(delta)
        }
    }

    /// Takes in an item that was checked before it was stored, when a group is opened, after
    /// authority. The delta says what to drop from the store; its other parts are of no interest
    /// then.
    ///
    /// # Errors
    /// The item is no version of the group.
    pub(crate) fn restore(
        &mut self,
        item: &[u8],
        tenures: &impl Tenures,
        now: UnixTime,
    ) -> Result<Delta, Fault> {
        let version = Checked::stored(self.group, item)?;
        let key = (version.record(), version.id());
        let mut delta = match self.insert(version, tenures, now) {
            Outcome::Kept(delta) | Outcome::Superseded(delta) => delta,
            Outcome::Known | Outcome::Parked => return Ok(Delta::default()),
            Outcome::Refused(_) => Delta::default(),
        };
        if !self.versions.contains_key(&key.1) {
            delta.delete.insert(key);
        }
        Ok(delta)
    }

    /// Looks at the tenures of these peers again: call it after every change of authority, with
    /// those that it concerns. Costs nothing for the records of anybody else.
    pub(crate) fn reevaluate(
        &mut self,
        tenures: &impl Tenures,
        peers: &BTreeSet<PeerId>,
        now: UnixTime,
    ) -> Delta {
        let mut turn = Turn::default();
        self.advance(now, &mut turn);
        let held = peers.iter().filter_map(|peer| self.held_tenures.get(peer));
        for cred in held.flatten().copied().collect::<Vec<_>>() {
            let Some(known) = self.tenures.get_mut(&cred) else { continue };
            let tenure = tenures.tenure(cred).unwrap_or_else(|| known.tenure.ended());
            if tenure != known.tenure {
                known.tenure = tenure;
                self.sort_tenure(cred, &mut turn);
            }
        }
        for peer in peers {
            for record in self.foreign.look(*peer, || tenures.was_member(*peer)) {
                self.sort_foreign(record, &mut turn);
            }
        }
        let parked = self.parked.take_of(peers);
        self.retry(parked, tenures, now, &mut turn);
        self.finish(turn)
    }

    /// Lets time pass. `deferred`: records neither expire nor leave while the node is not
    /// connected and the group's properties say so; call it again before links are served.
    pub(crate) fn tick(&mut self, tenures: &impl Tenures, now: UnixTime, deferred: bool) -> Delta {
        self.deferred = deferred;
        let mut turn = Turn::default();
        self.advance(now, &mut turn);
        let due = self.parked.take_due(now);
        self.retry(due, tenures, now, &mut turn);
        self.finish(turn)
    }

    /// When to call `tick` next.
    pub(crate) fn next_due(&self) -> Option<UnixTime> {
        let next = |index: &BTreeSet<(UnixTime, RecordId)>| {
            let first = index.range(first_after(self.horizon)..).next();
            first.map(|(at, _)| *at).filter(|at| *at < UnixTime::MAX && !self.deferred)
        };
        [self.parked.next_due(), next(&self.expiries), next(&self.ceilings)]
            .into_iter()
            .flatten()
            .min()
    }

    /// The record with this id, if it can be seen.
    pub(crate) fn get(&self, id: RecordId) -> Option<Record> {
        self.visible(id).map(Record::of)
    }

    /// The records that can be seen, of one type or of all, in the order of their ids.
    pub(crate) fn records(&self, type_id: Option<TypeId>) -> impl Iterator<Item = Record> {
        let of_type = move |version: &&Checked| {
            type_id.is_none_or(|it| it == version.version().fields.type_id)
        };
        self.entries.values().filter_map(Entry::seen).filter(of_type).map(Record::of)
    }

    /// The records of which the version that is seen would not count under these tenures; in the
    /// order of their ids.
    pub(crate) fn unsupported(&self, tenures: &impl Tenures) -> Vec<RecordId> {
        let seen = self.entries.values().filter_map(Entry::seen);
        let falls = |version: &&Checked| {
            let tenure = tenures.tenure(version.cred());
            let creator = version.version().fields.creator;
            let is_unknown = version.is_foreign() && !tenures.was_member(creator);
            is_unknown || tenure.is_none_or(|tenure| !tenure.supports(version.version()))
        };
        seen.filter(falls).map(Checked::record).collect()
    }

    /// A version that counts, whether it is the one that is seen or not: also one that was lost
    /// to another and not yet forgotten.
    pub(crate) fn version(&self, id: &VersionId, tenures: &impl Tenures) -> Option<Record> {
        let version = self.held(id).or_else(|| self.lost.version(id))?;
        let tenure = self.tenure(version.cred(), tenures)?;
        let counts = self.supports(&tenure, version) && !version.is_tombstone();
        counts.then(|| Record::of(version))
    }

    /// What travels of a version that is held: what a neighbour wants and what is stored.
    pub(crate) fn item_bytes(&self, id: &VersionId) -> Option<Vec<u8>> {
        self.held(id).map(Checked::item)
    }

    /// Bytes of the payload that travels with a version.
    pub(crate) fn payload_len(&self, id: &VersionId) -> usize {
        self.held(id).map_or(0, |version| version.payload().len())
    }

    /// Who signed a version that is held.
    pub(crate) fn author(&self, id: &VersionId) -> Option<PeerId> {
        self.held(id).map(Checked::author)
    }

    /// Whether the version stands: whether it is in the reconciled set.
    pub(crate) fn contains(&self, id: &VersionId) -> bool {
        let entry = self.versions.get(id).and_then(|record| self.entries.get(record));
        entry.is_some_and(|entry| entry.stands(id))
    }

    /// Whether the version is here, standing, dormant or parked: it need not be fetched.
    pub(crate) fn holds(&self, id: &VersionId) -> bool {
        self.versions.contains_key(id) || self.parked.contains(id)
    }

    /// The reconciled set.
    pub(crate) fn standing(&self) -> impl Iterator<Item = VersionId> {
        self.entries.values().flat_map(Entry::standing_ids)
    }

    /// What records need of the statements of the group.
    pub(crate) fn in_use(&self) -> InUse {
        let mut in_use = InUse::default();
        for version in self.entries.values().flat_map(Entry::offers) {
            in_use.tenures.extend(version.cred());
            in_use.creators.insert(version.version().fields.creator);
        }
        in_use
    }

    /// The records of others that this peer has deleted and nobody brought back.
    pub(crate) fn deletions_by(&self, signer: PeerId) -> Vec<RecordId> {
        self.deletions.get(&signer).into_iter().flat_map(Quota::records).collect()
    }

    /// Whether a record that this peer created counts.
    pub(crate) fn has_any_of(&self, creator: PeerId) -> bool {
        self.creators.get(&creator).is_some_and(|quota| !quota.is_empty())
    }

    /// How many versions are parked.
    #[cfg(test)]
    pub(crate) fn parked_len(&self) -> usize {
        self.parked.len()
    }

    /// The version of a record that can be seen.
    pub(crate) fn visible(&self, id: RecordId) -> Option<&Checked> {
        self.entries.get(&id)?.seen()
    }

    fn held(&self, id: &VersionId) -> Option<&Checked> {
        self.entries.get(self.versions.get(id)?)?.version(*id)
    }

    /// The tenure as it was when all tenures were looked at last, so that all records are judged
    /// by one state of authority.
    pub(crate) fn tenure(
        &self,
        cred: Option<StatementId>,
        tenures: &impl Tenures,
    ) -> Option<Tenure> {
        let known = self.tenures.get(&cred).map(|known| known.tenure);
        known.or_else(|| tenures.tenure(cred))
    }

    /// Whether a version is of the record of somebody else who is not known to have been a member,
    /// as of when that was looked at last.
    pub(crate) fn lacks_creator(&self, version: &Checked, tenures: &impl Tenures) -> bool {
        let creator = version.version().fields.creator;
        let is_known =
            || self.foreign.is_known(creator).unwrap_or_else(|| tenures.was_member(creator));
        version.is_foreign() && !is_known()
    }

    /// Whether a version that is held, or was, counts if it is signed under this tenure.
    pub(crate) fn supports(&self, tenure: &Tenure, version: &Checked) -> bool {
        let creator = version.version().fields.creator;
        let is_known = self.foreign.is_known(creator) != Some(false);
        tenure.supports(version.version()) && (!version.is_foreign() || is_known)
    }

    fn judge(&self, version: &Checked, tenures: &impl Tenures, now: UnixTime) -> Verdict {
        let fields = &version.version().fields;
        let end = leaves_at(fields.ceiling);
        if end <= now {
            return Verdict::Refused(Refusal::Late);
        }
        let Some(tenure) = self.tenure(version.cred(), tenures) else {
            return Verdict::Parked(end);
        };
        if tenure.holder != version.author() {
            return Verdict::Refused(Refusal::NotHolder);
        }
        if self.lacks_creator(version, tenures) {
            return Verdict::Parked(end);
        }
        let stamped = version.order().0.time;
        if stamped > now.after(STAMP_AHEAD_MAX) {
            return Verdict::Parked(stamped.before(STAMP_AHEAD_MAX).min(end));
        }
        Verdict::Admitted(tenure)
    }

    fn admit(&mut self, version: Checked, tenure: Tenure, turn: &mut Turn) {
        let fresh = KnownTenure { tenure, records: BTreeSet::new() };
        self.tenures.entry(version.cred()).or_insert(fresh);
        self.held_tenures.entry(tenure.holder).or_default().insert(version.cred());
        self.place(version, turn);
    }

    fn park(&mut self, version: Checked, due: UnixTime) {
        self.parked.insert(version, due, self.bounds.parked, self.bounds.parked_per_peer);
    }

    fn retry(
        &mut self,
        versions: Vec<Checked>,
        tenures: &impl Tenures,
        now: UnixTime,
        turn: &mut Turn,
    ) {
        for version in versions {
            match self.judge(&version, tenures, now) {
                Verdict::Admitted(tenure) => self.admit(version, tenure, turn),
                Verdict::Parked(due) => self.park(version, due),
                Verdict::Refused(_) => {}
            }
        }
    }
}

/// When a record of this ceiling leaves the set.
pub(crate) fn leaves_at(ceiling: UnixTime) -> UnixTime {
    let epoch = CEILING_EPOCH.max(Duration::from_millis(1)).as_millis();
    let epoch = u64::try_from(epoch).unwrap_or(u64::MAX);
    let end = ceiling.as_millis().checked_next_multiple_of(epoch);
    end.map_or(UnixTime::MAX, UnixTime::from_millis)
}
