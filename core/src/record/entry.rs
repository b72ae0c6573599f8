//! All that is held of one record.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::id::VersionId;
use crate::key::PeerId;
use crate::record::version::Checked;
use crate::stamp::Stamp;

/// A version that is held, and what it is worth.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) version: Checked,
    /// Whether its tenure supports it.
    pub(crate) counts: bool,
    pub(crate) stands: bool,
    /// Whether it is what the application sees, so that the index has its rows.
    pub(crate) is_seen: bool,
}

/// The versions of one record, lane by lane. Nearly every record has one version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(super) all: Vec<Held>,
    /// Whether the record claims a place among its creator's.
    pub(crate) claims_record: bool,
}

impl Entry {
    pub(crate) fn held(&self) -> impl Iterator<Item = &Checked> {
        self.all.iter().map(|held| &held.version)
    }

    /// What the lanes offer.
    pub(crate) fn offers(&self) -> impl Iterator<Item = &Checked> {
        self.all.iter().filter(|held| held.counts).map(|held| &held.version)
    }

    /// The versions that stand.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &Checked> {
        self.all.iter().filter(|held| held.stands).map(|held| &held.version)
    }

    /// The version that the application sees.
    pub(crate) fn seen(&self) -> Option<&Checked> {
        self.all.iter().find(|held| held.is_seen).map(|held| &held.version)
    }

    /// The ids of the versions that stand, in order.
    pub(crate) fn standing_ids(&self) -> Vec<VersionId> {
        let mut ids: Vec<VersionId> = self.standing().map(Checked::id).collect();
        ids.sort_unstable();
        ids
    }

    /// Whether this version stands.
    pub(crate) fn stands(&self, id: &VersionId) -> bool {
        self.standing().any(|version| version.id() == *id)
    }

    pub(crate) fn version(&self, id: VersionId) -> Option<&Checked> {
        self.held().find(|version| version.id() == id)
    }

    /// What the record is: its least tombstone that stands, else its greatest version that does.
    pub(crate) fn winner(&self) -> Option<&Checked> {
        let tombstones = self.standing().filter(|version| version.is_tombstone());
        let deleted = tombstones.min_by_key(|version| version.order());
        deleted.or_else(|| self.standing().max_by_key(|version| version.order()))
    }

    /// The greatest version that stands, unless a tombstone does: what the application sees until
    /// it expires.
    pub(crate) fn effective(&self) -> Option<&Checked> {
        self.winner().filter(|version| !version.is_tombstone())
    }

    /// Who offers a deletion of the record, other than its creator.
    pub(crate) fn deleters(&self) -> BTreeSet<PeerId> {
        self.offers().filter(|it| it.is_foreign_tombstone()).map(Checked::author).collect()
    }

    /// A version of the same author and stamp but other content.
    pub(crate) fn twin(&self, version: &Checked) -> Option<&Checked> {
        let is_twin = |other: &&Checked| {
            other.author() == version.author()
                && other.order().0 == version.order().0
                && other.id() != version.id()
        };
        self.held().find(is_twin)
    }

    /// The greatest stamp held.
    pub(crate) fn last_stamp(&self) -> Stamp {
        self.held().map(|version| version.order().0).max().unwrap_or_default()
    }

    /// Takes out a version that does not stand.
    pub(crate) fn take(&mut self, id: VersionId) -> Option<Checked> {
        let at = self.all.iter().position(|held| held.version.id() == id)?;
        Some(self.all.remove(at).version)
    }
}
