//! Which versions name large payloads.

use alloc::vec::Vec;

use crate::id::{RecordId, TypeId, VersionId};
use crate::key::PeerId;
use crate::record::entry::Held;
use crate::record::payload::PayloadId;
use crate::record::set::Records;
use crate::record::version::Checked;
use crate::stamp::Stamp;

/// A version that is held and names a large payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) version: VersionId,
    pub(crate) payload: PayloadId,
    pub(crate) type_id: TypeId,
    pub(crate) author: PeerId,
    pub(crate) stamp: Stamp,
    /// Whether the version stands: then the payload is to be fetched.
    pub(crate) is_wanted: bool,
}

impl Records {
    /// The versions of a record that name large payloads which are to be kept: none while a
    /// deletion of the record stands.
    pub(crate) fn named(&self, record: RecordId) -> Vec<Named> {
        let Some(entry) = self.entries.get(&record) else { return Vec::new() };
        if entry.standing().any(Checked::is_tombstone) {
            return Vec::new();
        }
        let named = entry.all.iter().filter_map(|Held { version, stands, .. }| {
            Some(Named {
                version: version.id(),
                payload: version.large()?,
                type_id: version.version().fields.type_id,
                author: version.author(),
                stamp: version.order().0,
                is_wanted: *stands,
            })
        });
        named.collect()
    }

    /// Every record of which anything is held.
    pub(crate) fn ids(&self) -> impl Iterator<Item = RecordId> {
        self.entries.keys().copied()
    }
}
