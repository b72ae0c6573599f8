//! Why a peer has the role that it has: finds the reasons for what the evaluation found.

mod inquiry;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Authority;
use super::set::Standing;
use crate::key::PeerId;
use crate::limits::REASON_STEPS_MAX;
use crate::time::UnixTime;
use crate::why::{Involved, MemberReason};
use inquiry::Inquiry;

impl Authority {
    /// Why the peer has its role at a moment of peer time, or none.
    pub(crate) fn why_member(&self, peer: PeerId, at: UnixTime) -> MemberReason {
        let mut left = REASON_STEPS_MAX;
        self.why_member_within(&mut left, peer, at)
    }

    /// The same of several peers, in the order of their keys, all within the bound of one answer.
    pub(crate) fn why_members(&self, peers: &BTreeSet<PeerId>, at: UnixTime) -> Vec<MemberReason> {
        let mut left = REASON_STEPS_MAX;
        peers.iter().map(|peer| self.why_member_within(&mut left, *peer, at)).collect()
    }

    /// The same of one peer, if no more than `left` statements need to be looked at.
    pub(super) fn why_member_within(
        &self,
        left: &mut usize,
        peer: PeerId,
        at: UnixTime,
    ) -> MemberReason {
        let mut inquiry = Inquiry::new(self, *left);
        let held = self.set.file_of(&peer).map_or(&[][..], |file| &file.grants);
        let mut held: Vec<_> = self.set.all(held).collect();
        held.sort_unstable_by_key(|(_, entry)| entry.rank());
        let grants = held.into_iter().map_while(|(slot, _)| inquiry.grant(slot, at));
        let mut grants: Vec<_> = grants.collect();
        grants.sort_by_key(|reason| (Reverse(reason.worth), reason.grant));
        *left = inquiry.left();
        let is_whole = *left > 0;
        if !is_whole {
            grants.clear();
        }
        let steps = if is_whole { inquiry.into_steps() } else { Vec::new() };
        let (role, involved) = (self.role(peer, at), Vec::new());
        let mut reason = MemberReason { peer, at, role, grants, steps, involved, is_whole };
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
