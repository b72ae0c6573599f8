//! Why a record is shown as it is, or not.

use alloc::vec::Vec;

use crate::id::{RecordId, StatementId, VersionId};
use crate::key::PeerId;
use crate::stamp::Stamp;
use crate::time::UnixTime;
use crate::why::MemberReason;

/// Why a record is shown as it is, or not: the versions of it that are held here, what became of
/// each, and the standing of those who signed them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordReason {
    /// Which record was asked about.
    pub record: RecordId,
    /// What expires no later has expired: the moment of peer time that was asked about, or an
    /// earlier one while expiry waits until the group is online.
    pub at: UnixTime,
    /// The version that is shown.
    pub shown: Option<VersionId>,
    /// Every version of it that is held, the greatest by (stamp, id) first. Empty if none ever came
    /// here, or the record has left at its ceiling.
    pub versions: Vec<VersionReason>,
    /// What the grants of the record's creator and of those who signed the versions are worth. In
    /// the order of their keys.
    pub authors: Vec<MemberReason>,
}

/// A version of a record, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionReason {
    /// What it is.
    pub version: HeldVersion,
    /// What became of it.
    pub fate: Fate,
}

/// A version of a record, as far as it decides what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldVersion {
    /// Its id.
    pub id: VersionId,
    /// Who made the record.
    pub creator: PeerId,
    /// Who signed it.
    pub author: PeerId,
    /// The first grant of the tenure that it is signed under; none for the group's creator.
    pub tenure: Option<StatementId>,
    /// Orders it among the versions of the record.
    pub stamp: Stamp,
    /// The first moment at which it is no longer to be seen.
    pub expires: UnixTime,
    /// Whether it deletes the record.
    pub deletes: bool,
}

/// What became of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It is the greatest that counts, and is shown.
    Shown,
    /// It is the greatest that counts, and has expired; so the record has.
    Expired,
    /// A greater one counts.
    Outdone {
        /// The greatest.
        by: VersionId,
    },
    /// It counts, and deletes the record.
    Deletes,
    /// A deletion counts.
    Deleted {
        /// The deletion; of several the first.
        by: VersionId,
    },
    /// It counts, but its record has no place among those of its creator, or as a deletion among
    /// those of its author: others have a later ceiling.
    Crowded,
    /// It does not count.
    Void(Void),
    /// It cannot be judged yet.
    Waits(Wait),
}

/// Why a version does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Void {
    /// The tenure that it is signed under ended, and not by resignation alone.
    TenureEnded,
    /// The tenure that it is signed under is not among the few of its author's that count.
    TenureCrowded,
    /// It changes another's record, and its author is no Admin under the tenure, or resigned.
    NotAllowed,
    /// It is stamped later than its author's resignation.
    AfterResign,
    /// It outlives the window of its tenure, or as a deletion was made after it.
    PastWindow,
}

/// What a version waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// The tenure that it is signed under is not known here.
    UnknownTenure,
    /// Nobody is known here to have made the record's creator a member.
    UnknownCreator,
    /// It is stamped too far ahead of peer time.
    Ahead,
}
