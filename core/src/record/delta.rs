//! What a change of the record set comes to.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::id::{RecordId, TypeId, VersionId};
use crate::key::PeerId;
use crate::record::equivocation::Equivocation;

/// What happened to a record, as the application sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It can be seen now.
    Added,
    /// It has other content.
    Updated,
    /// It was deleted, or fell away with the rights of whoever made it.
    Deleted,
    /// Its time is up.
    Expired,
}

/// A change of one record that the application can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordChange {
    pub(crate) record: RecordId,
    pub(crate) type_id: TypeId,
    pub(crate) kind: ChangeKind,
}

/// Two versions of one record with one stamp by one author: its key is in use twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Twins {
    pub(crate) record: RecordId,
    pub(crate) author: PeerId,
    pub(crate) versions: [VersionId; 2],
    pub(crate) proof: Equivocation,
}

/// Two versions of one record that both count, neither made from the other: one of them is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) record: RecordId,
    pub(crate) type_id: TypeId,
    pub(crate) kept: VersionId,
    pub(crate) lost: VersionId,
}

/// All that a call changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    /// The records that were looked at, in order: what is held of others is as it was.
    pub(crate) records: Vec<RecordId>,
    /// Versions that stand now: new in the reconciled set.
    pub(crate) entered: BTreeSet<VersionId>,
    /// Versions that no longer stand.
    pub(crate) left: BTreeSet<VersionId>,
    /// What the application sees, in the order of record ids.
    pub(crate) changes: Vec<RecordChange>,
    /// Stamps used twice.
    pub(crate) equivocations: Vec<Twins>,
    /// Edits made beside each other.
    pub(crate) conflicts: Vec<Conflict>,
    /// What to store: the value is `item_bytes` of the version.
    pub(crate) put: BTreeSet<(RecordId, VersionId)>,
    /// What to delete from the store.
    pub(crate) delete: BTreeSet<(RecordId, VersionId)>,
}

/// What became of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is held. It stands if it is in `entered`, else it is dormant.
    Kept(Delta),
    /// It was held or parked already.
    Known,
    /// What is held makes it void, or there is no room for it. The delta says whether its stamp
    /// was used twice.
    Superseded(Delta),
    /// It waits for authority or for its time.
    Parked,
    /// It is not kept.
    Refused(Refusal),
}

/// Why a version is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Its ceiling has passed here. Nobody's fault: clocks differ.
    Late,
    /// It is signed under somebody else's tenure: whoever sent it did not check.
    NotHolder,
}
