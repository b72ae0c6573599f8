//! The versions of records as a node holds them.

use crate::id::{RecordId, StatementId, TypeId, VersionId};
use crate::key::PeerId;
use crate::record::{Checked, PayloadId};
use crate::stamp::Stamp;
use crate::time::UnixTime;
use crate::why::HeldVersion;

/// A version of a record that a node holds, and what the node makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditedVersion {
    /// The version.
    pub id: VersionId,
    /// The record.
    pub record: RecordId,
    /// The record's type.
    pub type_id: TypeId,
    /// Who made the record.
    pub creator: PeerId,
    /// The latest moment at which the record can matter.
    pub ceiling: UnixTime,
    /// Who signed this version.
    pub modifier: PeerId,
    /// The first grant of the tenure it is signed under; none for the group's creator.
    pub cred: Option<StatementId>,
    /// Orders it among the versions of the record.
    pub stamp: Stamp,
    /// One more than the version it was made from, as the modifier claims.
    pub number: u32,
    /// When the record was added, as the modifier claims.
    pub created: UnixTime,
    /// The first moment at which it is no longer to be seen.
    pub expires: UnixTime,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// Bytes of its payload.
    pub payload_len: usize,
    /// Its payload, if that is large.
    pub large: Option<PayloadId>,
    /// What the node makes of it.
    pub place: Place,
}

/// What a node makes of a version that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Place {
    /// It is in the reconciled set, and the application sees it.
    Visible,
    /// It is in the reconciled set.
    Standing,
    /// It is held, and something speaks against it.
    Dormant,
    /// It waits for authority or for its time.
    Parked,
}

impl AuditedVersion {
    /// The version as reasons name it.
    pub fn held(&self) -> HeldVersion {
        HeldVersion {
            id: self.id,
            creator: self.creator,
            author: self.modifier,
            tenure: self.cred,
            stamp: self.stamp,
            expires: self.expires,
            deletes: self.deleted,
        }
    }

    pub(crate) fn new(version: &Checked, place: Place) -> Self {
        let (fields, rest) = (&version.version().fields, &version.version().rest);
        Self {
            id: version.id(),
            record: version.record(),
            type_id: fields.type_id,
            creator: fields.creator,
            ceiling: fields.ceiling,
            modifier: rest.modifier,
            cred: rest.cred,
            stamp: rest.stamp,
            number: rest.number,
            created: rest.created,
            expires: rest.expires,
            deleted: rest.deleted,
            payload_len: usize::try_from(rest.payload_len).unwrap_or(usize::MAX),
            large: version.large(),
            place,
        }
    }
}
