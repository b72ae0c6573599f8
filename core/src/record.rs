//! Records: the replicated database of a group, as a set that only authority and time decide.
//!
//! What stands is a function of the versions held, of the authority set and of peer time, never of
//! the order in which they arrived:
//!
//! 1. A *lane* is what one author made of one record under one tenure. It offers its least
//!    tombstone that counts and its greatest other version that counts, by (stamp, id); the latter
//!    not if the record's creator signed both.
//! 2. Of the deletions that one signer offers on others' records, the top by (ceiling, record)
//!    stand.
//! 3. A deletion that stands, or the creator's own, hides every version of the record but
//!    tombstones.
//! 4. Of the records of one creator with anything left, the top by (ceiling, record) stand.
//!
//! Nothing is hidden by what may itself give way to another record, unless it gives way together
//! with what it hides. That is why replicas which exchange what stands agree.
//!
//! Versions say what they were made from, which orders nothing: it tells an edit that replaces
//! another from one made beside it, so that whoever holds both can say what was lost.
//!
//! What is held and does not stand is dormant: it stands again as soon as nothing speaks against
//! it.

mod attribute;
#[cfg(feature = "simulation")]
mod audit;
mod compose;
mod delta;
mod entry;
mod equivocation;
mod foreign;
mod index;
mod lane;
mod lineage;
mod lost;
mod named;
mod parked;
mod payload;
mod quota;
mod set;
mod tenure;
mod turn;
mod version;
mod view;
mod why;

pub use attribute::{Attribute, AttributeName, AttributeText, InvalidAttribute, Value};
pub use compose::PublishError;
pub use delta::ChangeKind;
pub use equivocation::{Equivocated, Equivocation, NotProven};
pub use payload::{LargePayload, PayloadId};
pub use view::{Record, RecordDraft, RecordUpdate};

pub(crate) use {
    compose::Publisher,
    delta::{Conflict, Delta, Outcome, RecordChange},
    named::Named,
    payload::{Digest, Part, digest_of, leaf_digest, root_over},
    quota::own_share,
    set::Records,
    tenure::Tenures,
    version::{Checked, Unchecked},
};

#[cfg(feature = "xml")]
pub(crate) use version::attributes_fit;
#[cfg(any(test, feature = "simulation"))]
pub(crate) use {
    lineage::Lineage,
    payload::root as payload_root,
    version::{IdFields, Origin, Rest},
};

#[cfg(test)]
mod tests;
