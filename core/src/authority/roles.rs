//! Who is a member, with what role, and under what grant it acts.

use core::cmp::Reverse;

use super::Authority;
use super::set::{Entry, Slot, Standing};
use crate::id::StatementId;
use crate::key::PeerId;
#[cfg(feature = "password")]
use crate::statement::Body;
use crate::statement::{Grant, Role, Statement, Window};
use crate::time::UnixTime;

/// A member as it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) peer: PeerId,
    /// The greatest role that a grant of it is worth, whatever its window.
    pub(crate) role: Role,
    /// The grant that gives the role; none for the creator.
    pub(crate) grant: Option<StatementId>,
    /// Who issued the grant; the creator itself, for the creator.
    pub(crate) issuer: PeerId,
    /// When the grant holds.
    pub(crate) window: Window,
}

/// What a node signs under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Acting {
    /// The grant; none for the creator.
    pub(crate) cred: Option<StatementId>,
    /// What it is worth.
    pub(crate) role: Role,
    /// When it holds.
    pub(crate) window: Window,
}

/// A live grant that was neither removed nor given up.
#[derive(Clone, Copy)]
pub(super) struct Valid<'a> {
    pub(super) entry: &'a Entry,
    pub(super) grant: &'a Grant,
    /// What it is worth.
    pub(super) role: Role,
}

impl Valid<'_> {
    /// Its holder's standing as long as it is worth what it says.
    fn standing(&self) -> Standing {
        if self.role == Role::Admin { self.entry.holder() } else { Standing::INFINITE }
    }

    fn id(&self) -> StatementId {
        self.entry.statement.id()
    }
}

impl Authority {
    /// The peer's role at a moment of peer time; none if it is no member then.
    pub(crate) fn role(&self, peer: PeerId, at: UnixTime) -> Option<Role> {
        if peer == self.creator() {
            return Some(Role::Admin);
        }
        self.valid_at(peer, at).map(|valid| valid.role).max()
    }

    /// What exactly this grant (none: the creator's right) is worth to the peer at a moment.
    pub(crate) fn role_under(
        &self,
        cred: Option<StatementId>,
        peer: PeerId,
        at: UnixTime,
    ) -> Option<Role> {
        let Some(cred) = cred else { return (peer == self.creator()).then_some(Role::Admin) };
        let valid = self.valid(self.set.slot(&cred)?)?;
        let holds = valid.grant.subject == peer && valid.grant.window.contains(at);
        holds.then_some(valid.role)
    }

    /// Whether the peer holds a valid grant, whatever its window.
    pub(crate) fn is_member_ever(&self, peer: PeerId) -> bool {
        peer == self.creator() || self.valid_grants(peer).next().is_some()
    }

    /// Whether a removal of the peer by an Admin lives, whatever it hits.
    #[cfg(feature = "password")]
    pub(crate) fn is_removed(&self, peer: PeerId) -> bool {
        let file = self.set.file_of(&peer);
        let mut removals = file.into_iter().flat_map(|file| self.set.all(&file.removals));
        removals.any(|(_, entry)| self.is_removal_by_admin(&entry.statement))
    }

    /// Whether a statement is a live removal that takes more than its author has given.
    #[cfg(feature = "password")]
    pub(crate) fn is_removal_by_admin(&self, one: &Statement) -> bool {
        matches!(one.body(), Body::Remove { .. })
            && self.standing_under(one.cred().as_ref()) != Standing::INFINITE
            && self.is_live(&one.id())
    }

    /// Whether there is a grant to the peer, whatever it is worth now.
    pub(crate) fn knows_grant_to(&self, peer: PeerId) -> bool {
        self.set.file_of(&peer).is_some_and(|file| !file.grants.is_empty())
    }

    /// All members, in the order of their keys.
    pub(crate) fn members(&self) -> impl Iterator<Item = Membership> {
        self.set.peers().filter_map(|peer| self.membership(peer))
    }

    /// The windows of the peer's valid grants.
    pub(crate) fn windows_of(&self, peer: PeerId) -> impl Iterator<Item = Window> {
        self.valid_grants(peer).map(|valid| valid.grant.window)
    }

    /// The peer as it is listed.
    pub(crate) fn membership(&self, peer: PeerId) -> Option<Membership> {
        if peer == self.creator() {
            let (role, window) = (Role::Admin, Window::INFINITE);
            return Some(Membership { peer, role, grant: None, issuer: peer, window });
        }
        let best = self.valid_grants(peer).min_by_key(|valid| {
            let until = valid.grant.window.until;
            (Reverse(valid.role), Reverse(until), valid.standing(), valid.id())
        })?;
        let (grant, issuer) = (Some(best.id()), best.entry.statement.author());
        Some(Membership { peer, role: best.role, grant, issuer, window: best.grant.window })
    }

    /// What the peer's node signs under at a moment: the grant of the most senior standing, then
    /// that of the greatest role. One that was demoted is worth no more than a Member's.
    pub(crate) fn acting_grant(&self, peer: PeerId, at: UnixTime) -> Option<Acting> {
        if peer == self.creator() {
            return Some(Acting { cred: None, role: Role::Admin, window: Window::INFINITE });
        }
        let best = self.valid_at(peer, at).min_by_key(|valid| {
            let demoted = valid.role != valid.grant.role;
            let until = Reverse(valid.grant.window.until);
            (valid.standing(), Reverse(valid.role), demoted, until, valid.id())
        })?;
        Some(Acting { cred: Some(best.id()), role: best.role, window: best.grant.window })
    }

    /// The live grants to the peer, removed, given up or not.
    pub(crate) fn grants_to(&self, peer: PeerId) -> impl Iterator<Item = &Statement> {
        let file = self.set.file_of(&peer);
        let grants = file.into_iter().flat_map(|file| self.live(&file.grants));
        grants.map(|(_, entry)| &entry.statement)
    }

    /// The live grants to the peer that were neither removed nor given up.
    pub(super) fn valid_grants(&self, peer: PeerId) -> impl Iterator<Item = Valid<'_>> {
        let file = self.set.file_of(&peer);
        file.into_iter().flat_map(|file| &file.grants).filter_map(|&slot| self.valid(slot))
    }

    fn valid_at(&self, peer: PeerId, at: UnixTime) -> impl Iterator<Item = Valid<'_>> {
        self.valid_grants(peer).filter(move |valid| valid.grant.window.contains(at))
    }

    /// The grant in this slot, if it is worth anything.
    pub(super) fn valid(&self, slot: Slot) -> Option<Valid<'_>> {
        let entry = self.set.entry(slot)?;
        let grant = entry.statement.grant()?;
        let role = self.verdict(slot).effective(grant.role)?;
        Some(Valid { entry, grant, role })
    }
}
