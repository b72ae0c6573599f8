//! What a simulator needs of the core and an application does not: identities that cost no curve
//! arithmetic, a look inside a node, and the means to say things that no node would say.
//!
//! All of it is behind the feature `simulation`, which only simulators enable. It changes nothing
//! that a node does: see [`crate::PeerId::is_mock`] for the one risk.

mod archive;
pub(crate) mod audit;
mod calendar;
pub mod forge;
#[cfg(feature = "password")]
pub mod guess;
pub(crate) mod ledger;
mod listener;
pub(crate) mod mock;
pub mod reading;
mod replica;

pub use crate::broadcast::{Ask, Broadcast, Route, Stem, TreeId};
pub use archive::Archive;
pub use audit::{AuditedVersion, Gauge, Place, Usage};
pub use calendar::Calendar;
pub use ledger::Ledger;
pub use listener::Listener;
pub use replica::{Met, Replica, meet};
