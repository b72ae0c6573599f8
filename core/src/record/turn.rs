//! One change of the set: from what arrived, changed or ended to all that follows from it.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::id::{RecordId, StatementId, TypeId, VersionId};
use crate::key::PeerId;
use crate::limits::EQUIVOCATIONS_PER_PEER_MAX;
use crate::record::delta::{ChangeKind, Conflict, Delta, RecordChange, Twins};
use crate::record::entry::Entry;
use crate::record::equivocation::Equivocation;
use crate::record::lanes::LaneKey;
use crate::record::quota::Claim;
use crate::record::set::{Records, leaves_at};
use crate::record::version::Checked;
use crate::time::UnixTime;

/// What a record was when the turn came to it.
#[derive(Debug)]
struct Before {
    type_id: TypeId,
    standing: Vec<VersionId>,
    visible: Option<VersionId>,
    effective: Option<VersionId>,
}

/// What has been changed so far and what has yet to be looked at.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    queue: BTreeSet<RecordId>,
    before: BTreeMap<RecordId, Before>,
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
    /// The record must be settled again.
    pub(crate) fn touch(&mut self, record: RecordId) {
        self.queue.insert(record);
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
        let (record, id) = (version.record(), version.id());
        let key = (version.author(), version.cred());
        let fields = version.version().fields;
        let entry = self.entries.entry(record).or_insert_with(|| Entry::new(fields));
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
        self.ceilings.insert((leaves_at(fields.ceiling), record));
        self.versions.insert(id, record);
        turn.put.insert((record, id));
        self.sort_lane(record, key, Some(Box::new(version)), turn);
    }

    /// Sorts a lane by what its tenure supports now, with one more version.
    fn sort_lane(
        &mut self,
        record: RecordId,
        key: LaneKey,
        more: Option<Box<Checked>>,
        turn: &mut Turn,
    ) {
        let Some(known) = self.tenures.get_mut(&key.1) else { return };
        let Some(entry) = self.entries.get_mut(&record) else { return };
        known.records.insert(record);
        let Some(lane) = entry.lanes.lane(key) else { return };
        let dropped = lane.settle(&known.tenure, more);
        for version in dropped {
            self.forget_version(record, &version, turn);
            turn.gone.push(version);
        }
        turn.touch(record);
    }

    /// Sorts the lanes under a tenure that has changed.
    pub(crate) fn sort_tenure(&mut self, cred: Option<StatementId>, turn: &mut Turn) {
        let Some(known) = self.tenures.get(&cred) else { return };
        let holder = known.tenure.holder;
        for record in known.records.clone() {
            self.sort_lane(record, (holder, cred), None, turn);
        }
    }

    /// Forgets all of a record: its ceiling has passed.
    pub(crate) fn end_record(&mut self, record: RecordId, turn: &mut Turn) {
        let Some(entry) = self.entries.get_mut(&record) else { return };
        let mut ended = Vec::new();
        for lane in entry.lanes.iter_mut() {
            ended.extend(core::mem::take(lane).into_held());
        }
        for version in ended {
            self.forget_version(record, &version, turn);
        }
        turn.touch(record);
    }

    /// Removes what is known of a version that is held no longer.
    fn forget_version(&mut self, record: RecordId, version: &Checked, turn: &mut Turn) {
        self.versions.remove(&version.id());
        self.unindex(record, version);
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
        for (record, before) in turn.before {
            self.compare(record, &before, &mut delta);
        }
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
        let counts = tenure.is_some_and(|tenure| tenure.supports(lost.version()));
        let is_told = self.lost.version(&lost.id()).is_some();
        if lost.is_tombstone() || !counts || is_told || kept.knows(lost) || lost.knows(kept) {
            return None;
        }
        let type_id = entry.fields.type_id;
        let conflict = Conflict { record, type_id, kept: kept.id(), lost: lost.id() };
        if entry.version(lost.id()).is_none() {
            self.lost.insert(lost.clone());
        }
        Some(conflict)
    }

    fn compare(&self, record: RecordId, before: &Before, delta: &mut Delta) {
        let entry = self.entries.get(&record);
        let standing = entry.map_or(&[][..], |entry| &entry.standing);
        delta.entered.extend(beyond(standing, &before.standing));
        delta.left.extend(beyond(&before.standing, standing));
        let has_expired = entry.is_none_or(|entry| entry.effective.is_some());
        let kind = match (before.visible, entry.and_then(|entry| entry.visible)) {
            (None, Some(_)) => ChangeKind::Added,
            (Some(old), Some(new)) if old != new => ChangeKind::Updated,
            (Some(_), None) if has_expired => ChangeKind::Expired,
            (Some(_), None) => ChangeKind::Deleted,
            (None, None) | (Some(_), Some(_)) => return,
        };
        delta.changes.push(RecordChange { record, type_id: before.type_id, kind });
    }

    fn settle(&mut self, record: RecordId, turn: &mut Turn) {
        // out of the map meanwhile, so that the quotas can be changed beside it
        let Some(mut entry) = self.entries.remove(&record) else { return };
        turn.before.entry(record).or_insert_with(|| Before {
            type_id: entry.fields.type_id,
            standing: entry.standing.clone(),
            visible: entry.visible,
            effective: entry.effective.map(|(_, id)| id),
        });
        self.drop_empty_lanes(record, &mut entry);
        self.claim_deletions(record, &mut entry, turn);
        self.stand(record, &mut entry, turn);
        self.show(record, &mut entry);
        self.rest(&entry, turn);
        if entry.lanes.is_empty() {
            self.ceilings.remove(&(leaves_at(entry.fields.ceiling), record));
        } else {
            self.entries.insert(record, entry);
        }
    }

    fn drop_empty_lanes(&mut self, record: RecordId, entry: &mut Entry) {
        for (_, cred) in entry.lanes.drop_empty() {
            let Some(known) = self.tenures.get_mut(&cred) else { continue };
            known.records.remove(&record);
            if known.records.is_empty() {
                let holder = known.tenure.holder;
                self.tenures.remove(&cred);
                self.forget_tenure(holder, cred);
            }
        }
    }

    fn forget_tenure(&mut self, holder: PeerId, cred: Option<StatementId>) {
        let Some(held) = self.held_tenures.get_mut(&holder) else { return };
        held.remove(&cred);
        if held.is_empty() {
            self.held_tenures.remove(&holder);
        }
    }

    /// Brings the claims of other peers' deletions of this record up to what the lanes offer.
    fn claim_deletions(&mut self, record: RecordId, entry: &mut Entry, turn: &mut Turn) {
        let claim: Claim = (entry.fields.ceiling, record);
        let offered = entry.offered_deleters();
        for signer in entry.deleters.difference(&offered) {
            let Some(quota) = self.deletions.get_mut(signer) else { continue };
            let moved = quota.remove(&claim);
            turn.queue.extend(moved.map(|(_, record)| record));
            if quota.is_empty() {
                self.deletions.remove(signer);
            }
        }
        for signer in offered.difference(&entry.deleters) {
            let quota = self.deletions.entry(*signer).or_default();
            let moved = quota.insert(claim, self.bounds.deletions);
            turn.queue.extend(moved.map(|(_, record)| record));
        }
        entry.deleters = offered;
    }

    /// Decides what stands.
    fn stand(&mut self, record: RecordId, entry: &mut Entry, turn: &mut Turn) {
        let claim: Claim = (entry.fields.ceiling, record);
        let deletes = |version: &Checked| {
            let quota = self.deletions.get(&version.author());
            entry.is_foreign_tombstone(version) && quota.is_some_and(|quota| quota.holds(&claim))
        };
        let mut standing: Vec<VersionId> =
            entry.offers().filter(|version| deletes(version)).map(Checked::id).collect();
        let own_deletion = entry
            .offers()
            .any(|version| version.is_tombstone() && !entry.is_foreign_tombstone(version));
        let hidden = own_deletion || !standing.is_empty();
        let remains = |version: &&Checked| {
            if version.is_tombstone() { !entry.is_foreign_tombstone(version) } else { !hidden }
        };
        let remaining: Vec<VersionId> = entry.offers().filter(remains).map(Checked::id).collect();

        let claims_record = !remaining.is_empty();
        if claims_record != entry.claims_record {
            self.claim_record(entry, claim, claims_record, turn);
        }
        let has_place =
            self.creators.get(&entry.fields.creator).is_some_and(|quota| quota.holds(&claim));
        if has_place {
            standing.extend(remaining);
        }
        standing.sort_unstable();
        standing.shrink_to_fit();
        entry.standing = standing;
    }

    fn claim_record(&mut self, entry: &mut Entry, claim: Claim, claims: bool, turn: &mut Turn) {
        let creator = entry.fields.creator;
        let quota = self.creators.entry(creator).or_default();
        let moved =
            if claims { quota.insert(claim, self.bounds.records) } else { quota.remove(&claim) };
        if quota.is_empty() {
            self.creators.remove(&creator);
        }
        turn.queue.extend(moved.map(|(_, record)| record));
        entry.claims_record = claims;
    }

    /// Decides what the application sees.
    fn show(&mut self, record: RecordId, entry: &mut Entry) {
        let greatest = entry.winner().filter(|version| !version.is_tombstone());
        let effective = greatest.map(|version| (version.version().rest.expires, version.id()));
        if let Some((expires, _)) = entry.effective {
            self.expiries.remove(&(expires, record));
        }
        self.expiries.extend(effective.map(|(expires, _)| (expires, record)));
        entry.effective = effective;
        let visible = effective.filter(|(expires, _)| *expires > self.horizon).map(|it| it.1);
        self.index(entry, visible);
    }

    /// Lists what is held and does not stand as dormant.
    fn rest(&mut self, entry: &Entry, turn: &mut Turn) {
        for version in entry.held() {
            if entry.stands(&version.id()) {
                self.wake(version);
                continue;
            }
            let dormant = self.dormant.entry(version.author()).or_default();
            dormant.insert(rank(version));
            if dormant.len() > self.bounds.dormant {
                turn.crowded.insert(version.author());
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
        if let Some(entry) = self.entries.get_mut(&record) {
            entry.lanes.iter_mut().for_each(|lane| lane.forget(version));
        }
        self.versions.remove(&version);
        turn.drop_version(record, version);
        turn.touch(record);
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
