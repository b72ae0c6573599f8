//! One change of the set: from what arrived, changed or ended to all that follows from it.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::mem;

use crate::id::{RecordId, StatementId, VersionId};
use crate::key::PeerId;
use crate::limits::EQUIVOCATIONS_PER_PEER_MAX;
use crate::record::delta::{ChangeKind, Conflict, Delta, RecordChange, Twins};
use crate::record::entry::{Entry, Held};
use crate::record::equivocation::Equivocation;
use crate::record::lane::LaneKey;
use crate::record::quota::Claim;
use crate::record::set::{Records, leaves_at};
use crate::record::version::{Checked, IdFields};
use crate::time::UnixTime;

/// What a record was when the turn came to it.
#[derive(Debug)]
struct Before {
    fields: IdFields,
    standing: Vec<VersionId>,
    visible: Option<VersionId>,
    effective: Option<VersionId>,
    /// Who claimed a place for a deletion of it when it was settled last.
    deleters: BTreeSet<PeerId>,
    /// When it was to expire when it was settled last.
    expires: Option<UnixTime>,
}

impl Before {
    fn of(fields: IdFields, entry: &Entry) -> Self {
        let effective = entry.effective();
        Self {
            fields,
            standing: entry.standing_ids(),
            visible: entry.seen().map(Checked::id),
            effective: effective.map(Checked::id),
            deleters: entry.deleters(),
            expires: effective.map(Checked::expires),
        }
    }
}

/// What has been changed so far and what has yet to be looked at.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    queue: BTreeSet<RecordId>,
    before: BTreeMap<RecordId, Box<Before>>,
    put: BTreeSet<(RecordId, VersionId)>,
    delete: BTreeSet<(RecordId, VersionId)>,
    equivocations: Vec<Twins>,
    /// What came in.
    arrived: Vec<(RecordId, VersionId)>,
    /// What is held no longer.
    gone: Vec<Checked>,
    /// Authors of whom more may lie dormant than there is room for.
    crowded: BTreeSet<PeerId>,
}

impl Turn {
    /// The record is about to change and must be settled again. `more` is a version that comes in.
    fn touch(&mut self, record: RecordId, entry: &Entry, more: Option<&Checked>) {
        self.note(record, entry, more);
        self.queue.insert(record);
    }

    /// Remembers what a record is, unless the turn has come to it before.
    fn note(&mut self, record: RecordId, entry: &Entry, more: Option<&Checked>) {
        let Some(version) = entry.held().next().or(more) else { return };
        let before = || Box::new(Before::of(version.version().fields, entry));
        self.before.entry(record).or_insert_with(before);
    }

    fn drop_version(&mut self, record: RecordId, version: VersionId) {
        if !self.put.remove(&(record, version)) {
            self.delete.insert((record, version));
        }
    }
}

impl Records {
    /// Puts a version where it belongs. Its tenure is known.
    pub(crate) fn place(&mut self, version: Checked, turn: &mut Turn) {
        let (record, id, key) = (version.record(), version.id(), version.lane());
        let entry = self.entries.entry(record).or_default();
        if let Some(twin) = entry.twin(&version) {
            let told = self.equivocators.entry(version.author()).or_default();
            if *told < EQUIVOCATIONS_PER_PEER_MAX {
                *told = told.saturating_add(1);
                turn.equivocations.push(Twins {
                    record,
                    author: version.author(),
                    versions: [twin.id(), id],
                    proof: Equivocation::of(twin, &version),
                });
            }
        }
        turn.arrived.push((record, id));
        self.ceilings.insert((leaves_at(version.version().fields.ceiling), record));
        self.versions.insert(id, record);
        turn.put.insert((record, id));
        self.sort_lane(record, key, Some(version), turn);
    }

    /// Sorts a lane by what its tenure supports now, with one more version.
    fn sort_lane(
        &mut self,
        record: RecordId,
        key: LaneKey,
        more: Option<Checked>,
        turn: &mut Turn,
    ) {
        let Some(known) = self.tenures.get_mut(&key.1) else { return };
        let Some(entry) = self.entries.get_mut(&record) else { return };
        known.records.insert(record);
        turn.touch(record, entry, more.as_ref());
        let fields = turn.before.get(&record).map(|before| before.fields);
        let is_unknown = fields.is_some_and(|IdFields { creator, .. }| {
            creator != key.0 && self.foreign.is_known(creator) == Some(false)
        });
        let tenure = if is_unknown { known.tenure.ended() } else { known.tenure };
        for lost in entry.sort_lane(key, &tenure, more) {
            self.forget_version(record, &lost, turn);
            turn.gone.push(lost.version);
        }
    }

    /// Sorts the lanes under a tenure that has changed.
    pub(crate) fn sort_tenure(&mut self, cred: Option<StatementId>, turn: &mut Turn) {
        let Some(known) = self.tenures.get(&cred) else { return };
        let holder = known.tenure.holder;
        for record in known.records.clone() {
            self.sort_lane(record, (holder, cred), None, turn);
        }
    }

    /// Sorts the lanes of others than a record's creator: of that one something else is known.
    pub(crate) fn sort_foreign(&mut self, record: RecordId, turn: &mut Turn) {
        let Some(entry) = self.entries.get(&record) else { return };
        let foreign = entry.held().filter(|version| version.is_foreign());
        for key in foreign.map(Checked::lane).collect::<BTreeSet<LaneKey>>() {
            self.sort_lane(record, key, None, turn);
        }
    }

    /// Forgets all of a record: its ceiling has passed.
    pub(crate) fn end_record(&mut self, record: RecordId, turn: &mut Turn) {
        let Some(entry) = self.entries.get_mut(&record) else { return };
        turn.touch(record, entry, None);
        for ended in mem::take(&mut entry.all) {
            self.forget_version(record, &ended, turn);
            self.leave_lane(record, ended.version.lane());
        }
    }

    /// Removes what is known of a version that is held no longer.
    fn forget_version(&mut self, record: RecordId, held: &Held, turn: &mut Turn) {
        let version = &held.version;
        self.versions.remove(&version.id());
        if held.is_seen {
            self.index.remove(version);
        }
        self.wake(version);
        turn.drop_version(record, version.id());
    }

    /// A version is not dormant, or no longer.
    fn wake(&mut self, version: &Checked) {
        let Some(dormant) = self.dormant.get_mut(&version.author()) else { return };
        dormant.remove(&rank(version));
        if dormant.is_empty() {
            self.dormant.remove(&version.author());
        }
    }

    /// Nothing of a record is held in a lane any more.
    fn leave_lane(&mut self, record: RecordId, (holder, cred): LaneKey) {
        let Some(known) = self.tenures.get_mut(&cred) else { return };
        known.records.remove(&record);
        if !known.records.is_empty() {
            return;
        }
        self.tenures.remove(&cred);
        let Some(held) = self.held_tenures.get_mut(&holder) else { return };
        held.remove(&cred);
        if held.is_empty() {
            self.held_tenures.remove(&holder);
        }
    }

    /// Settles every record that was touched, and those that follow, and tells what changed.
    ///
    /// It ends: deletions move by what lanes offer alone, records' places by deletions and offers,
    /// and each drop of a dormant version leaves fewer.
    pub(crate) fn finish(&mut self, mut turn: Turn) -> Delta {
        loop {
            while let Some(record) = turn.queue.pop_first() {
                self.settle(record, &mut turn);
            }
            // before all is settled some lie dormant that are about to stand
            let Some((record, version)) = self.crowded(&mut turn) else { break };
            self.evict(record, version, &mut turn);
        }
        let mut delta = Delta {
            put: turn.put,
            delete: turn.delete,
            equivocations: turn.equivocations,
            ..Delta::default()
        };
        for (record, id) in turn.arrived {
            let before = turn.before.get(&record).and_then(|before| before.effective);
            delta.conflicts.extend(self.conflict(record, id, before, &turn.gone));
        }
        for (record, before) in &turn.before {
            self.compare(*record, before, &mut delta);
        }
        delta.records = turn.before.into_keys().collect();
        delta
    }

    /// Whether a version that came in and another one of its record were made beside each other,
    /// so that one of them is lost. Of those the application has not been told of before.
    fn conflict(
        &mut self,
        record: RecordId,
        id: VersionId,
        before: Option<VersionId>,
        gone: &[Checked],
    ) -> Option<Conflict> {
        let entry = self.entries.get(&record)?;
        let find = |id| entry.version(id).or_else(|| gone.iter().find(|it| it.id() == id));
        let kept = entry.winner()?;
        let lost = find(if kept.id() == id { before? } else { id })?;
        let tenure = self.tenures.get(&lost.cred()).map(|known| known.tenure);
        let counts = tenure.is_some_and(|tenure| self.supports(&tenure, lost));
        let is_told = self.lost.version(&lost.id()).is_some();
        if lost.is_tombstone() || !counts || is_told || kept.knows(lost) || lost.knows(kept) {
            return None;
        }
        let type_id = lost.version().fields.type_id;
        let conflict = Conflict { record, type_id, kept: kept.id(), lost: lost.id() };
        if entry.version(lost.id()).is_none() {
            self.lost.insert(lost.clone());
        }
        Some(conflict)
    }

    fn compare(&self, record: RecordId, before: &Before, delta: &mut Delta) {
        let entry = self.entries.get(&record);
        let standing = entry.map(Entry::standing_ids).unwrap_or_default();
        delta.entered.extend(beyond(&standing, &before.standing));
        delta.left.extend(beyond(&before.standing, &standing));
        let has_expired = entry.is_none_or(|entry| entry.effective().is_some());
        let visible = entry.and_then(Entry::seen).map(Checked::id);
        let kind = match (before.visible, visible) {
            (None, Some(_)) => ChangeKind::Added,
            (Some(old), Some(new)) if old != new => ChangeKind::Updated,
            (Some(_), None) if has_expired => ChangeKind::Expired,
            (Some(_), None) => ChangeKind::Deleted,
            (None, None) | (Some(_), Some(_)) => return,
        };
        delta.changes.push(RecordChange { record, type_id: before.fields.type_id, kind });
    }

    fn settle(&mut self, record: RecordId, turn: &mut Turn) {
        let Some(place) = self.entries.get_mut(&record) else { return };
        turn.note(record, place, None);
        let Turn { queue, before, crowded, .. } = turn;
        let Some(before) = before.get_mut(&record) else { return };
        // out of its place meanwhile, so that the quotas can be changed beside it
        let mut entry = mem::take(place);
        let claim = (before.fields.ceiling, record);
        self.claim_deletions(claim, before, &entry, queue);
        self.stand(claim, before.fields.creator, &mut entry, queue);
        self.show(record, before, &mut entry);
        let is_changed = entry.held().any(Checked::is_foreign);
        self.foreign.note(before.fields.creator, record, is_changed);
        self.rest(&entry, crowded);
        if entry.all.is_empty() {
            self.ceilings.remove(&(leaves_at(before.fields.ceiling), record));
            self.entries.remove(&record);
        } else {
            self.entries.insert(record, entry);
        }
    }

    /// Brings the claims of other peers' deletions of this record up to what the lanes offer.
    fn claim_deletions(
        &mut self,
        claim: Claim,
        before: &mut Before,
        entry: &Entry,
        queue: &mut BTreeSet<RecordId>,
    ) {
        let offered = entry.deleters();
        for signer in before.deleters.difference(&offered) {
            let Some(quota) = self.deletions.get_mut(signer) else { continue };
            let moved = quota.remove(&claim);
            queue.extend(moved.map(|(_, record)| record));
            if quota.is_empty() {
                self.deletions.remove(signer);
            }
        }
        for signer in offered.difference(&before.deleters) {
            let quota = self.deletions.entry(*signer).or_default();
            let moved = quota.insert(claim, self.bounds.deletions);
            queue.extend(moved.map(|(_, record)| record));
        }
        before.deleters = offered;
    }

    /// Decides what stands.
    fn stand(
        &mut self,
        claim: Claim,
        creator: PeerId,
        entry: &mut Entry,
        queue: &mut BTreeSet<RecordId>,
    ) {
        for held in &mut entry.all {
            let quota = self.deletions.get(&held.version.author());
            let has_place = quota.is_some_and(|quota| quota.holds(&claim));
            held.stands = held.counts && held.version.is_foreign_tombstone() && has_place;
        }
        let is_own_deletion =
            |version: &Checked| version.is_tombstone() && !version.is_foreign_tombstone();
        let hidden = entry.offers().any(is_own_deletion) || entry.standing().next().is_some();
        let remains = |held: &Held| {
            let version = &held.version;
            held.counts && if hidden { is_own_deletion(version) } else { !version.is_tombstone() }
        };
        let claims_record = entry.all.iter().any(remains);
        if claims_record != entry.claims_record {
            self.claim_record(claim, creator, claims_record, queue);
            entry.claims_record = claims_record;
        }
        if self.creators.get(&creator).is_some_and(|quota| quota.holds(&claim)) {
            for held in entry.all.iter_mut().filter(|held| remains(held)) {
                held.stands = true;
            }
        }
    }

    fn claim_record(
        &mut self,
        claim: Claim,
        creator: PeerId,
        claims: bool,
        queue: &mut BTreeSet<RecordId>,
    ) {
        let quota = self.creators.entry(creator).or_default();
        let moved =
            if claims { quota.insert(claim, self.bounds.records) } else { quota.remove(&claim) };
        if quota.is_empty() {
            self.creators.remove(&creator);
        }
        queue.extend(moved.map(|(_, record)| record));
    }

    /// Decides what the application sees.
    fn show(&mut self, record: RecordId, before: &mut Before, entry: &mut Entry) {
        let effective = entry.effective();
        let expires = effective.map(Checked::expires);
        if let Some(at) = before.expires {
            self.expiries.remove(&(at, record));
        }
        self.expiries.extend(expires.map(|at| (at, record)));
        before.expires = expires;
        let visible = effective.filter(|version| version.expires() > self.horizon).map(Checked::id);
        self.index(entry, visible);
    }

    /// Lists what is held and does not stand as dormant.
    fn rest(&mut self, entry: &Entry, crowded: &mut BTreeSet<PeerId>) {
        for Held { version, stands, .. } in &entry.all {
            if *stands {
                self.wake(version);
                continue;
            }
            let dormant = self.dormant.entry(version.author()).or_default();
            dormant.insert(rank(version));
            if dormant.len() > self.bounds.dormant {
                crowded.insert(version.author());
            }
        }
    }

    /// Takes a dormant version for which there is no room off the list.
    fn crowded(&mut self, turn: &mut Turn) -> Option<(RecordId, VersionId)> {
        while let Some(author) = turn.crowded.first() {
            let dormant = self.dormant.get_mut(author);
            let crowded = dormant.filter(|dormant| dormant.len() > self.bounds.dormant);
            if let Some((.., record, version)) = crowded.and_then(BTreeSet::pop_first) {
                return Some((record, version));
            }
            turn.crowded.pop_first();
        }
        None
    }

    /// Forgets a dormant version.
    fn evict(&mut self, record: RecordId, version: VersionId, turn: &mut Turn) {
        let Some(entry) = self.entries.get_mut(&record) else { return };
        turn.touch(record, entry, None);
        let lane = entry.take(version).map(|version| version.lane());
        let left = lane.filter(|lane| !entry.has_lane(*lane));
        if let Some(lane) = left {
            self.leave_lane(record, lane);
        }
        self.versions.remove(&version);
        turn.drop_version(record, version);
    }

    /// Moves the horizon of expiry to `now`: what lies between comes or goes.
    pub(crate) fn advance(&mut self, now: UnixTime, turn: &mut Turn) {
        if self.deferred {
            return;
        }
        let (from, to) = (self.horizon.min(now), self.horizon.max(now));
        let between = first_after(from)..=(to, RecordId::from_bytes([0xff; 16]));
        if from < to {
            turn.queue.extend(self.expiries.range(between).map(|(_, record)| *record));
        }
        self.horizon = now;
        let ended = self.ceilings.range(..first_after(now));
        for record in ended.map(|(_, record)| *record).collect::<Vec<_>>() {
            self.end_record(record, turn);
        }
    }
}

/// What is in one ascending list and not in another.
fn beyond<'a>(
    list: &'a [VersionId],
    other: &'a [VersionId],
) -> impl Iterator<Item = &'a VersionId> {
    list.iter().filter(|id| other.binary_search(id).is_err())
}

/// What orders dormant versions: deletions are the last to go, so that whatever else fills the room
/// brings nothing back that was deleted; then what ends last.
pub(crate) type Rank = (bool, UnixTime, RecordId, VersionId);

fn rank(version: &Checked) -> Rank {
    let ceiling = version.version().fields.ceiling;
    (version.is_tombstone(), ceiling, version.record(), version.id())
}

/// The first place of an index by time that is later than `time`.
pub(crate) fn first_after(time: UnixTime) -> (UnixTime, RecordId) {
    let next = UnixTime::from_millis(time.as_millis().saturating_add(1));
    (next, RecordId::from_bytes([0; 16]))
}
