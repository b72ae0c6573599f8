//! What became of each version of a record.

use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::authority::Tenure;
use crate::id::{RecordId, VersionId};
use crate::record::entry::Entry;
use crate::record::set::Records;
use crate::record::tenure::Tenures;
use crate::record::version::{Checked, Version};
use crate::why::{Fate, HeldVersion, VersionReason, Void, Wait};

impl Records {
    /// What became of each version of a record, the greatest first.
    pub(crate) fn why(&self, record: RecordId, tenures: &impl Tenures) -> Vec<VersionReason> {
        let entry = self.entries.get(&record);
        let held = entry.into_iter().flat_map(|entry| {
            let deletion = deletion(entry);
            entry.held().map(move |version| reason(version, self.fate(entry, deletion, version)))
        });
        let parked = self.parked.versions().filter(|version| version.record() == record);
        let parked =
            parked.map(|version| reason(version, Fate::Waits(self.wait(version, tenures))));
        let mut reasons: Vec<_> = held.chain(parked).collect();
        reasons.sort_by_key(|reason| Reverse((reason.version.stamp, reason.version.id)));
        reasons
    }

    fn fate(&self, entry: &Entry, deletion: Option<VersionId>, version: &Checked) -> Fate {
        let Some(known) = self.tenures.get(&version.cred()) else {
            return Fate::Waits(Wait::UnknownTenure);
        };
        if !known.tenure.supports(version.version()) {
            return Fate::Void(void(&known.tenure, version.version()));
        }
        if !self.supports(&known.tenure, version) {
            return Fate::Waits(Wait::UnknownCreator);
        }
        let id = version.id();
        if version.is_tombstone() {
            return if entry.stands(&id) { Fate::Deletes } else { Fate::Crowded };
        }
        match (deletion, entry.effective().map(Checked::id)) {
            (Some(by), _) => Fate::Deleted { by },
            (None, Some(by)) if by != id => Fate::Outdone { by },
            (None, Some(_)) if entry.seen().is_some() => Fate::Shown,
            (None, Some(_)) => Fate::Expired,
            (None, None) => Fate::Crowded,
        }
    }

    fn wait(&self, version: &Checked, tenures: &impl Tenures) -> Wait {
        if self.tenure(version.cred(), tenures).is_none() {
            Wait::UnknownTenure
        } else if self.lacks_creator(version, tenures) {
            Wait::UnknownCreator
        } else {
            Wait::Ahead
        }
    }
}

/// The first deletion that hides a record's other versions: one that stands, or its creator's own,
/// which gives way to other records only together with what it hides.
fn deletion(entry: &Entry) -> Option<VersionId> {
    let hides = |version: &&Checked| {
        let is_own = version.is_tombstone() && !version.is_foreign_tombstone();
        is_own || version.is_tombstone() && entry.stands(&version.id())
    };
    let first = entry.offers().filter(hides).min_by_key(|version| version.order());
    first.map(Checked::id)
}

/// Why a tenure does not support a version.
fn void(tenure: &Tenure, version: &Version) -> Void {
    let own = version.is_by_creator();
    match tenure.resigned {
        _ if !tenure.live && tenure.resigned.is_none() => Void::TenureEnded,
        _ if !tenure.counts => Void::TenureCrowded,
        _ if !(own || tenure.live && tenure.admin) => Void::NotAllowed,
        Some(resigned) if !tenure.live && version.rest.stamp > resigned => Void::AfterResign,
        _ => Void::PastWindow,
    }
}

fn reason(version: &Checked, fate: Fate) -> VersionReason {
    let rest = &version.version().rest;
    let version = HeldVersion {
        id: version.id(),
        creator: version.version().fields.creator,
        author: rest.modifier,
        tenure: rest.cred,
        stamp: rest.stamp,
        expires: rest.expires,
        deletes: rest.deleted,
    };
    VersionReason { version, fate }
}
