//! Records with versions by others than their creator. These count only as long as the creator is
//! known to have been a member, or an Admin could fill the places of peers that do not exist; a
//! checkpoint, or the end of whoever brought it in, can make it unknown again.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::id::RecordId;
use crate::key::PeerId;

#[derive(Clone, Debug, Default)]
pub(crate) struct Foreign(BTreeMap<PeerId, OfCreator>);

/// The records of one creator of which versions by others are held.
#[derive(Clone, Debug)]
struct OfCreator {
    is_known: bool,
    records: BTreeSet<RecordId>,
}

impl Foreign {
    /// Whether the creator was known when it was looked at last; none if nothing depends on it.
    pub(crate) fn is_known(&self, creator: PeerId) -> Option<bool> {
        self.0.get(&creator).map(|of| of.is_known)
    }

    /// Notes whether versions by others are held of a record. Whoever is new here is known.
    pub(crate) fn note(&mut self, creator: PeerId, record: RecordId, is_changed: bool) {
        if is_changed {
            let new = || OfCreator { is_known: true, records: BTreeSet::new() };
            self.0.entry(creator).or_insert_with(new).records.insert(record);
        } else if let Some(of) = self.0.get_mut(&creator) {
            of.records.remove(&record);
            if of.records.is_empty() {
                self.0.remove(&creator);
            }
        }
    }

    /// Looks whether a creator is known now. Gives the records for which that changes something.
    pub(crate) fn look(
        &mut self,
        creator: PeerId,
        is_known: impl FnOnce() -> bool,
    ) -> BTreeSet<RecordId> {
        let Some(of) = self.0.get_mut(&creator) else { return BTreeSet::new() };
        let before = core::mem::replace(&mut of.is_known, is_known());
        if before == of.is_known { BTreeSet::new() } else { of.records.clone() }
    }
}
