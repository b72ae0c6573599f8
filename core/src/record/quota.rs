//! The top of what counts to one peer. The top of a union is the top of the union of the tops,
//! so that replicas which evict agree (attack R08).

use alloc::collections::BTreeSet;

use crate::id::RecordId;
use crate::time::UnixTime;

/// What a claim is ordered by: the ceiling first, so that what was evicted ends first.
pub(crate) type Claim = (UnixTime, RecordId);

/// How much of a quota a node fills itself: a sixteenth stays free, so that two devices of one peer
/// do not push out what each other adds.
pub(crate) const fn own_share(max: u64) -> u64 {
    max.saturating_sub(max / 16)
}

/// The claims of one peer, parted at the bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quota {
    within: BTreeSet<Claim>,
    beyond: BTreeSet<Claim>,
}

impl Quota {
    /// Adds a claim. Gives the one that fell out for it, if one did.
    pub(crate) fn insert(&mut self, claim: Claim, max: usize) -> Option<Claim> {
        if self.beyond.contains(&claim) || !self.within.insert(claim) || self.within.len() <= max {
            return None;
        }
        let out = self.within.pop_first()?;
        self.beyond.insert(out);
        (out != claim).then_some(out)
    }

    /// Withdraws a claim. Gives the one that came in for it, if one did.
    pub(crate) fn remove(&mut self, claim: &Claim) -> Option<Claim> {
        if !self.within.remove(claim) {
            self.beyond.remove(claim);
            return None;
        }
        let next = self.beyond.pop_last()?;
        self.within.insert(next);
        Some(next)
    }

    pub(crate) fn holds(&self, claim: &Claim) -> bool {
        self.within.contains(claim)
    }

    /// How many claims there are, those beyond the bound too.
    pub(crate) fn len(&self) -> usize {
        self.within.len().saturating_add(self.beyond.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.within.is_empty() && self.beyond.is_empty()
    }

    /// How many claims hold.
    #[cfg(feature = "simulation")]
    pub(crate) fn held(&self) -> usize {
        self.within.len()
    }

    /// The records of the claims that hold, in order.
    pub(crate) fn records(&self) -> impl Iterator<Item = RecordId> {
        self.within.iter().map(|(_, record)| *record)
    }
}
