//! What a simulator needs of the core and an application does not: identities that cost no curve
//! arithmetic, a look inside a node, and the means to say things that no node would say.
//!
//! All of it is behind the feature `simulation`, which only simulators enable. It changes nothing
//! that a node does: see [`crate::PeerId::is_mock`] for the one risk.

mod archive;
pub(crate) mod audit;
pub mod forge;
pub(crate) mod ledger;
pub(crate) mod mock;
mod replica;

pub use crate::broadcast::{Ask, Broadcast, Route, Stem, TreeId};
pub use archive::Archive;
pub use audit::{AuditedVersion, Gauge, Place, Usage};
pub use ledger::Ledger;
pub use replica::{Met, Replica, meet};
