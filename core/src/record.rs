//! Records: the replicated database of a group, as a set that only authority and time decide.
//!
//! What stands is a function of the versions held, of the authority set and of peer time, never of
//! the order in which they arrived:
//!
//! 1. A *lane* is what one author made of one record under one tenure. It offers its least
//!    tombstone that counts, or else its greatest version that counts, by (stamp, id).
//! 2. Of the deletions that one signer offers on others' records, the top by (ceiling, record)
//!    stand.
//! 3. A tombstone that stands hides every other author's version of the record, never a tombstone.
//! 4. Of the records of one creator with anything left, the top by (ceiling, record) stand.
//!
//! No step looks back at a later one, so that replicas which exchange what stands agree. What is
//! held and does not stand is dormant: it stands again as soon as nothing speaks against it.

mod attribute;
mod compose;
mod delta;
mod entry;
mod lane;
mod parked;
mod payload;
mod quota;
mod set;
mod tenure;
mod turn;
mod version;
mod view;

pub use attribute::{Attribute, AttributeName, AttributeText, InvalidAttribute, Value};
pub use compose::PublishError;
pub use delta::ChangeKind;
pub use view::{Record, RecordDraft, RecordUpdate};

#[allow(unused_imports, reason = "what a group needs of its record set")]
pub(crate) use {
    compose::Publisher,
    delta::{Delta, Equivocation, Outcome, RecordChange, Refusal},
    set::{Bounds, Records},
    tenure::{Tenure, Tenures},
    version::Checked,
};

#[cfg(test)]
mod tests;
