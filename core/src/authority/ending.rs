//! Why a peer is no member any more, and which Admins' right ends by itself.

use alloc::vec::Vec;

use super::Authority;
use super::set::{Slot, Standing};
use crate::event::Ending;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::CHAIN_MAX;
use crate::statement::{Body, Role};
use crate::time::UnixTime;

/// An Admin whose right ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lapsed {
    pub(crate) peer: PeerId,
    /// When its last window ends, or when it resigned.
    pub(crate) since: UnixTime,
    /// The most senior standing that it had.
    pub(crate) standing: Standing,
}

impl Authority {
    /// Why the peer, who holds no grant that is worth anything now, lost its membership. None if
    /// it never had one.
    pub(crate) fn ending(&self, peer: PeerId) -> Option<Ending> {
        let grants = &self.set.file_of(&peer)?.grants;
        if self.valid_grants(peer).next().is_some() {
            return Some(Ending::Expired);
        }
        let live = || self.live(grants).map(|(slot, _)| self.verdict(slot));
        let mut removed = self.live(grants).filter(|(slot, _)| self.verdict(*slot).is_removed());
        if let Some(by) = removed.find_map(|(slot, _)| self.remover_of(slot)) {
            return Some(Ending::Removed { by });
        }
        if live().any(|verdict| verdict.is_removed()) {
            // who did is not held any more: the creator's checkpoint says that it happened
            return Some(Ending::Removed { by: self.creator() });
        }
        if live().any(|verdict| verdict.given_up) {
            return Some(Ending::Left);
        }
        grants.iter().find_map(|&grant| self.fallen_above(grant))
    }

    /// The Admins whose time is over or has an end, and whom nobody has removed since.
    pub(crate) fn lapsed_admins(&self) -> Vec<Lapsed> {
        self.set.peers().filter_map(|peer| self.lapsed_admin(peer)).collect()
    }

    fn lapsed_admin(&self, peer: PeerId) -> Option<Lapsed> {
        let grants = &self.set.file_of(&peer)?.grants;
        let open = self.live(grants).filter(|(slot, _)| !self.verdict(*slot).is_removed());
        let standing = open
            .filter(|(_, entry)| entry.statement.grant().is_some_and(|it| it.role == Role::Admin))
            .map(|(_, entry)| entry.holder())
            .min()?;
        let ends = self.valid_grants(peer).map(|valid| valid.grant.window.until);
        let under = self.live(grants).flat_map(|(_, grant)| self.live(&grant.under));
        let left = under.filter_map(|(_, entry)| match entry.statement.body() {
            Body::Resign { at } => Some(at.time),
            _ => None,
        });
        let since = ends.chain(left).max()?;
        (since < UnixTime::MAX).then_some(Lapsed { peer, since, standing })
    }

    /// The standing of what is signed under this grant; the creator's for none.
    pub(crate) fn standing_under(&self, cred: Option<&StatementId>) -> Standing {
        cred.map_or(Standing::CREATOR, |cred| self.standing_of(cred))
    }

    /// Whose standing the dead grant fell with: the holder of the nearest live grant above it.
    fn fallen_above(&self, grant: Slot) -> Option<Ending> {
        let mut at = self.set.entry(grant)?.cred;
        for _ in 0..CHAIN_MAX {
            let slot = at?;
            let entry = self.set.entry(slot)?;
            if self.verdict(slot).live {
                let issuer = entry.statement.grant()?.subject;
                let by = self.remover_of(slot);
                return Some(Ending::IssuerFell { issuer, by });
            }
            at = entry.cred;
        }
        None
    }

    /// Who signed the most senior removal that hits a grant.
    fn remover_of(&self, grant: Slot) -> Option<PeerId> {
        let removal = self.verdicts.cause(&self.set, grant)?;
        self.set.entry(removal).map(|entry| entry.statement.author())
    }
}
