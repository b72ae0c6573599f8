//! Why a peer is no member: what to show it, or whoever asks.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Authority;
use super::set::{Entry, Slot};
use crate::key::PeerId;
use crate::limits::EVIDENCE_MAX;
use crate::statement::Statement;

impl Authority {
    /// The removals and Resigns that ended the peer's grants or those that they are signed under,
    /// each after the chain of grants that gave its author the right. Empty for a member and for
    /// one whom nothing ended.
    pub(crate) fn evidence(&self, peer: PeerId) -> Vec<Statement> {
        if self.is_member_ever(peer) {
            return Vec::new();
        }
        let mut shown = BTreeSet::new();
        let mut evidence = Vec::new();
        let grants = self.set.file_of(&peer).into_iter().flat_map(|file| &file.grants);
        for (_, end) in grants.filter_map(|&grant| self.end_of(grant)) {
            let chain = self.chain(end.statement.cred().as_ref());
            let new = chain.into_iter().chain([&end.statement]);
            let new: Vec<&Statement> = new.filter(|one| !shown.contains(&one.id())).collect();
            if evidence.len().saturating_add(new.len()) <= EVIDENCE_MAX {
                shown.extend(new.iter().map(|one| one.id()));
                evidence.extend(new.into_iter().cloned());
            }
        }
        evidence
    }

    /// What ended a grant: the removal or a Resign of it, or of the nearest grant above.
    fn end_of(&self, grant: Slot) -> Option<(Slot, &Entry)> {
        let mut next = Some(grant);
        while let Some((slot, entry)) = next.and_then(|slot| Some((slot, self.set.entry(slot)?))) {
            let verdict = self.verdict(slot);
            let resign = || self.live(&entry.under).find(|(_, under)| under.is_resign());
            let end = match verdict.removed_by {
                Some(removal) => self.set.entry(removal).map(|entry| (removal, entry)),
                None => resign(),
            };
            if verdict.live && end.is_some() {
                return end;
            }
            next = entry.cred;
        }
        None
    }
}
