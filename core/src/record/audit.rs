//! A look at a record set from outside.

use alloc::collections::BTreeSet;

use crate::limits::LOST_MAX;
use crate::record::quota::Quota;
use crate::record::set::Records;
use crate::simulation::{AuditedVersion, Place, Usage};

impl Records {
    /// Every version that is held: by record, then those that are parked.
    pub(crate) fn audited(&self) -> impl Iterator<Item = AuditedVersion> {
        let held = self.entries.values().flat_map(|entry| {
            entry.all.iter().map(|held| {
                let place = match (held.is_seen, held.stands) {
                    (true, _) => Place::Visible,
                    (false, true) => Place::Standing,
                    (false, false) => Place::Dormant,
                };
                AuditedVersion::new(&held.version, place)
            })
        });
        let parked = self.parked.versions();
        held.chain(parked.map(|version| AuditedVersion::new(version, Place::Parked)))
    }

    /// Counts what is held.
    pub(crate) fn gauge(&self, usage: &mut Usage) {
        let records = self.creators.values().map(Quota::held).max();
        let deletions = self.deletions.values().map(Quota::held).max();
        let dormant = self.dormant.values().map(BTreeSet::len).max();
        let bounds = &self.bounds;
        usage.note("records of one creator", records.unwrap_or_default(), bounds.records);
        usage.note("deletions by one signer", deletions.unwrap_or_default(), bounds.deletions);
        usage.note("dormant versions of one author", dormant.unwrap_or_default(), bounds.dormant);
        usage.note("parked versions of one group", self.parked.len(), bounds.parked);
        usage.note("lost versions of one group", self.lost.len(), LOST_MAX);
        usage.note("parked versions of one author", self.parked.most(), bounds.parked_per_peer);
    }
}
