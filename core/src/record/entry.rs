//! All that is held of one record.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::id::{StatementId, VersionId};
use crate::key::PeerId;
use crate::record::lane::Lane;
use crate::record::version::{Checked, IdFields};
use crate::stamp::Stamp;
use crate::time::UnixTime;

/// An author and the tenure under which it signed.
pub(crate) type LaneKey = (PeerId, Option<StatementId>);

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) fields: IdFields,
    pub(crate) lanes: BTreeMap<LaneKey, Lane>,
    /// Whether the record claims a place among its creator's.
    pub(crate) claims_record: bool,
    /// Who claims a place for a deletion of this record.
    pub(crate) deleters: BTreeSet<PeerId>,
    /// The versions that stand.
    pub(crate) standing: BTreeSet<VersionId>,
    /// The greatest version that stands, unless a tombstone does, and when it expires.
    pub(crate) effective: Option<(UnixTime, VersionId)>,
    /// The effective version, unless it has expired: what the application sees.
    pub(crate) visible: Option<VersionId>,
    /// Whether the index has the rows of what is visible.
    pub(crate) indexed: bool,
}

impl Entry {
    pub(crate) fn new(fields: IdFields) -> Self {
        Self {
            fields,
            lanes: BTreeMap::new(),
            claims_record: false,
            deleters: BTreeSet::new(),
            standing: BTreeSet::new(),
            effective: None,
            visible: None,
            indexed: false,
        }
    }

    pub(crate) fn held(&self) -> impl Iterator<Item = &Checked> {
        self.lanes.values().flat_map(Lane::held)
    }

    /// What the lanes offer.
    pub(crate) fn offers(&self) -> impl Iterator<Item = &Checked> {
        self.lanes.values().flat_map(Lane::offers)
    }

    pub(crate) fn version(&self, id: VersionId) -> Option<&Checked> {
        self.held().find(|version| version.id() == id)
    }

    /// The version that the application sees.
    pub(crate) fn seen(&self) -> Option<&Checked> {
        self.version(self.visible?)
    }

    /// Whether this is somebody else's deletion of the record: it counts to its signer.
    pub(crate) fn is_foreign_tombstone(&self, version: &Checked) -> bool {
        version.is_tombstone() && version.author() != self.fields.creator
    }

    /// Who offers a deletion of the record, other than its creator.
    pub(crate) fn offered_deleters(&self) -> BTreeSet<PeerId> {
        let tombstones = self.offers().filter(|version| self.is_foreign_tombstone(version));
        tombstones.map(Checked::author).collect()
    }

    /// A version of the same author and stamp but other content.
    pub(crate) fn twin(&self, version: &Checked) -> Option<VersionId> {
        let is_twin = |other: &&Checked| {
            other.author() == version.author()
                && other.order().0 == version.order().0
                && other.id() != version.id()
        };
        self.held().find(is_twin).map(Checked::id)
    }

    /// The greatest stamp held.
    pub(crate) fn last_stamp(&self) -> Stamp {
        self.held().map(|version| version.order().0).max().unwrap_or_default()
    }
}
