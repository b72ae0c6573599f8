//! What a simulator needs of the core and an application does not: identities that cost no curve
//! arithmetic.
//!
//! All of it is behind the feature `simulation`, which only simulators enable.

pub(crate) mod mock;
