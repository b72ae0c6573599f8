//! Identity cards: what a peer hands to whoever is to invite it.

use serde::{Deserialize, Serialize};

use crate::key::PeerId;
use crate::name::Name;

/// The public card of an identity (Windows: the identity XML of `PeerIdentityGetXML`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdentityInfo {
    /// The identity's key.
    pub peer: PeerId,
    /// Its friendly name.
    pub name: Name,
}

impl IdentityInfo {
    /// The card of `peer`.
    pub fn new(peer: PeerId, name: Name) -> Self {
        Self { peer, name }
    }
}
