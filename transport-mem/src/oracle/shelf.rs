//! A model of records: what a set of versions amounts to under a law, worked out anew.
//!
//! A version *counts* while its tenure allows it and the record's creator is known. Of what one author made of a record under one
//! tenure, the least deletion and the greatest other version that count are offered. Any deletion
//! offered hides the record; else the greatest version offered is what it is, until it expires.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::limits::{CEILING_EPOCH, RECORDS_PER_CREATOR_MAX};
use peergroup_core::simulation::{AuditedVersion, Place};
use peergroup_core::{PeerId, RecordId, Stamp, StatementId, UnixTime, VersionId};

use crate::oracle::law::{Law, Tenure};

/// What versions amount to.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// What each record is, unless it is deleted, and until when it is shown.
    pub(crate) effective: BTreeMap<RecordId, (VersionId, UnixTime)>,
    /// What is in the reconciled set.
    pub(crate) standing: BTreeSet<VersionId>,
    /// Who has made, or deleted of others, more records than there is room for: which of them
    /// stand is not judged here.
    pub(crate) crowded: BTreeSet<PeerId>,
}

/// An author and the tenure it signed under.
type Lane = (PeerId, Option<StatementId>);

impl Shelf {
    /// What these versions amount to. Those that are parked amount to nothing.
    pub(crate) fn of(law: &Law, versions: &[AuditedVersion]) -> Self {
        let mut shelf = Self::default();
        let mut tenures: BTreeMap<Option<StatementId>, Option<Tenure>> = BTreeMap::new();
        let mut counting: BTreeMap<RecordId, Vec<&AuditedVersion>> = BTreeMap::new();
        let mut claims: BTreeMap<PeerId, BTreeSet<RecordId>> = BTreeMap::new();
        for version in versions.iter().filter(|version| version.place != Place::Parked) {
            let tenure = *tenures.entry(version.cred).or_insert_with(|| law.tenure(version.cred));
            let counts = tenure.is_some_and(|tenure| supports(&tenure, version));
            if counts && is_of_member(law, version) {
                counting.entry(version.record).or_default().push(version);
                let owner = if version.deleted { version.modifier } else { version.creator };
                claims.entry(owner).or_default().insert(version.record);
            }
        }
        for (record, versions) in counting {
            shelf.place(record, &versions);
        }
        let is_crowd = |claims: &BTreeSet<RecordId>| claims.len() > RECORDS_PER_CREATOR_MAX;
        shelf.crowded = claims.into_iter().filter(|it| is_crowd(&it.1)).map(|it| it.0).collect();
        shelf
    }

    /// Decides what one record is, by the versions of it that count.
    fn place(&mut self, record: RecordId, counting: &[&AuditedVersion]) {
        let mut lanes: BTreeMap<Lane, Vec<&AuditedVersion>> = BTreeMap::new();
        for version in counting {
            lanes.entry((version.modifier, version.cred)).or_default().push(version);
        }
        let lanes = || lanes.values().map(|lane| lane.iter().copied());
        let deletions =
            lanes().filter_map(|lane| lane.filter(|it| it.deleted).min_by_key(|it| order(it)));
        let deletions: Vec<&AuditedVersion> = deletions.collect();
        if deletions.is_empty() {
            let others = lanes().filter_map(|lane| lane.max_by_key(|it| order(it)));
            let others: Vec<&AuditedVersion> = others.collect();
            self.standing.extend(others.iter().map(|version| version.id));
            let greatest = others.into_iter().max_by_key(|it| order(it));
            self.effective.extend(greatest.map(|it| (record, (it.id, it.expires))));
        } else {
            self.standing.extend(deletions.iter().map(|version| version.id));
        }
    }
}

/// What orders the versions of a record.
fn order(version: &AuditedVersion) -> (Stamp, VersionId) {
    (version.stamp, version.id)
}

/// Whether a version counts under a law.
pub(crate) fn counts(law: &Law, version: &AuditedVersion) -> bool {
    let tenure = law.tenure(version.cred);
    is_of_member(law, version) && tenure.is_some_and(|tenure| supports(&tenure, version))
}

/// Whether a version is of a record by its author, or by somebody who is known to have been a
/// member.
fn is_of_member(law: &Law, version: &AuditedVersion) -> bool {
    version.modifier == version.creator || law.was_member(version.creator)
}

/// Whether a version counts by its tenure.
fn supports(tenure: &Tenure, version: &AuditedVersion) -> bool {
    let is_own = version.modifier == version.creator;
    let may = if tenure.live {
        is_own || tenure.admin
    } else {
        is_own && tenure.resigned.is_some_and(|resigned| version.stamp <= resigned)
    };
    let last = if version.deleted { version.stamp.time } else { version.expires };
    tenure.counts && tenure.holder == version.modifier && may && last <= tenure.until
}

/// When a record of this ceiling leaves: at the next whole epoch.
pub(crate) fn leaves_at(ceiling: UnixTime) -> UnixTime {
    let epoch = CEILING_EPOCH.as_millis();
    let past = u128::from(ceiling.as_millis()).checked_rem(epoch).unwrap_or(0);
    let rest = if past == 0 { 0 } else { epoch.saturating_sub(past) };
    ceiling.after(Duration::from_millis(u64::try_from(rest).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests;
