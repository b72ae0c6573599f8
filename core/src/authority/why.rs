//! Why a peer has the role that it has: finds the reasons for what the evaluation found.

mod inquiry;

use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Authority;
use super::set::Standing;
use crate::key::PeerId;
use crate::time::UnixTime;
use crate::why::{Involved, MemberReason};
use inquiry::Inquiry;

impl Authority {
    /// Why the peer has its role at a moment of peer time, or none.
    pub(crate) fn why_member(&self, peer: PeerId, at: UnixTime) -> MemberReason {
        let mut inquiry = Inquiry::new(self);
        let held = self.set.file_of(&peer).map_or(&[][..], |file| &file.grants);
        let mut held: Vec<_> = self.set.all(held).collect();
        held.sort_unstable_by_key(|(_, entry)| entry.rank());
        let grants = held.into_iter().filter_map(|(slot, _)| inquiry.grant(slot, at));
        let mut grants: Vec<_> = grants.collect();
        grants.sort_by_key(|reason| (Reverse(reason.worth), reason.grant));
        let (role, steps) = (self.role(peer, at), inquiry.into_steps());
        let mut reason = MemberReason { peer, at, role, grants, steps, involved: Vec::new() };
        let named = reason.named().into_iter().filter_map(|id| self.set.find(&id));
        reason.involved =
            named.map(|(_, entry)| Involved::of(&entry.statement, number(entry.signer))).collect();
        reason
    }
}

/// A standing as answers tell it.
fn number(standing: Standing) -> Option<u8> {
    (standing != Standing::INFINITE).then_some(standing.rank())
}
