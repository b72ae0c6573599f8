//! What a seat keeps of passwords: its row in the store.
//!
//! The hardened password lies there as plain as the identity's secret key and the link secret lie
//! beside it: whoever reads the store can act as the identity anyway. It is in no record, no
//! statement and no property, and never leaves the node.

use serde::{Deserialize, Serialize};

use super::attempts::Attempts;
use super::secret::PasswordSecret;

/// A password by which this node admits others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) secret: PasswordSecret,
    /// Which of the group's passwords it was when it was given to this node.
    pub(crate) number: u32,
}

/// All that a seat keeps of passwords.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Keep {
    /// What it admits others by.
    pub(crate) held: Option<Held>,
    /// What it is itself to be admitted by, until it is.
    pub(crate) joining: Option<PasswordSecret>,
    /// Wrong guesses of others.
    pub(crate) attempts: Attempts,
}
