//! What is known of peers beside their membership: how each is called, and whether it has shown
//! itself since it became a member.

use alloc::collections::BTreeMap;

use crate::key::PeerId;
use crate::name::Name;

/// Peers that are or were members.
#[derive(Debug, Default)]
pub(super) struct Acquaintances(BTreeMap<PeerId, Acquaintance>);

#[derive(Debug, Default)]
struct Acquaintance {
    name: Option<Name>,
    has_shown_itself: bool,
}

impl Acquaintances {
    /// How a peer is called.
    pub(super) fn name(&self, peer: PeerId) -> Option<&Name> {
        self.0.get(&peer)?.name.as_ref()
    }

    /// A peer says how it is called.
    pub(super) fn call(&mut self, peer: PeerId, name: &Name) {
        let known = self.0.entry(peer).or_default();
        if known.name.as_ref() != Some(name) {
            known.name = Some(name.clone());
        }
    }

    /// Somebody else says how a peer is called: only what the peer says counts for more.
    pub(super) fn suggest(&mut self, peer: PeerId, name: &Name) {
        self.0.entry(peer).or_default().name.get_or_insert_with(|| name.clone());
    }

    /// Whether a peer has shown itself.
    pub(super) fn has_shown_itself(&self, peer: PeerId) -> bool {
        self.0.get(&peer).is_some_and(|known| known.has_shown_itself)
    }

    /// A peer has shown itself; true if it had not before.
    pub(super) fn note_shown(&mut self, peer: PeerId) -> bool {
        let known = self.0.entry(peer).or_default();
        !core::mem::replace(&mut known.has_shown_itself, true)
    }

    /// That a peer has shown itself counts no more; true if it had.
    pub(super) fn forget_shown(&mut self, peer: PeerId) -> bool {
        let known = self.0.get_mut(&peer);
        known.is_some_and(|known| core::mem::take(&mut known.has_shown_itself))
    }

    /// How many there are.
    #[cfg(feature = "simulation")]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
