//! What a checkpoint says: which statements survive it, and what each is worth.
//!
//! A checkpoint is a statement of the creator's that names its parts by their ids, so their content
//! is fixed by its own id. All parts together are the manifest: every statement that survives. What
//! was signed before and is not in it is void, however late it is shown; removals and resignations
//! need not survive, since the manifest says what they left.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::StatementId;
use crate::limits::{CHECKPOINT_PARTS_MAX, SURVIVORS_PER_PART_MAX};

/// What a grant that survives a checkpoint is worth after it. For any other statement it is
/// [`Worth::Full`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "part of the wire format")]
pub enum Worth {
    /// What it says.
    Full,
    /// A Member's role: it was demoted.
    Demoted,
    /// Nothing: its holder was removed. What survives of what it signed lives.
    Removed,
    /// Nothing: its holder gave it up. What survives of what it signed lives.
    GivenUp,
    /// Nothing: it is dead, and held because others name it.
    Dead,
}

/// A statement that survives a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "part of the wire format")]
pub struct Survivor {
    /// The statement.
    pub id: StatementId,
    /// What it is worth.
    pub worth: Worth,
    /// Whether it is a grant that begins a tenure, whatever it says that it continues.
    pub begins: bool,
}

/// Splits a manifest, ascending by id, into the parts that statements carry. None if it is too
/// large for one checkpoint.
pub(crate) fn parts(survivors: &[Survivor]) -> Option<Vec<Vec<Survivor>>> {
    let parts = survivors.chunks(SURVIVORS_PER_PART_MAX);
    (parts.len() <= CHECKPOINT_PARTS_MAX).then(|| parts.map(<[_]>::to_vec).collect())
}

/// Whether survivors are strictly ascending by id and no more than a part holds: one encoding for
/// one set.
pub(crate) fn is_part(survivors: &[Survivor]) -> bool {
    let pairs = survivors.iter().zip(survivors.iter().skip(1));
    (1..=SURVIVORS_PER_PART_MAX).contains(&survivors.len())
        && pairs.into_iter().all(|(one, next)| one.id < next.id)
}
