//! Invitations after they were issued: withdrawn, listed, written out once more, taken in by who
//! is a member already.

use crate::cx::Cx;
use crate::error::{InviteError, RemoveError};
use crate::event::Member;
use crate::group::removal::Warrant;
use crate::group::{Group, Removal, Removed};
use crate::id::Ticket;
use crate::invitation::Invitation;
use crate::key::PeerId;
use crate::layout::seen_key;
use crate::statement::Role;
use crate::storage::Change;
use crate::time::UnixTime;

/// What the withdrawal of an invitation did, as far as is known here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withdrawn {
    /// Whether the invitee had come already: then it was a member, and has lost that.
    pub was_used: bool,
    /// What ended with it. Of an invitation that nobody has used, nothing.
    pub removed: Removed,
}

impl Group {
    /// Withdraws what this identity has invited a peer to: a removal that pins what the peer did.
    pub(crate) fn withdraw(
        &mut self,
        cx: &mut Cx<'_>,
        peer: PeerId,
    ) -> Result<(Withdrawn, Ticket), RemoveError> {
        let warrant = self.warrant_to_withdraw(cx.now.wall, peer)?;
        let was_used = self.has_joined(peer);
        let (removed, ticket) = self.remove_by(cx, peer, Removal::Keep, &warrant)?;
        Ok((Withdrawn { was_used, removed }, ticket))
    }

    fn warrant_to_withdraw(&self, wall: UnixTime, peer: PeerId) -> Result<Warrant, RemoveError> {
        let me = self.seat.identity;
        if self.check_may_remove(wall, peer, Role::Inviter)?.role == Role::Inviter {
            let (creds, spared) = self.authority.given_by_inviter(peer, me);
            let warrant = Warrant { creds: creds.into_iter().map(Some).collect(), spared };
            return if warrant.creds.is_empty() {
                Err(RemoveError::NotIssuer)
            } else {
                Ok(warrant)
            };
        }
        let warrant = self.warrant(wall, peer, None)?;
        let cred = self.acting.as_ref().and_then(|acting| acting.cred);
        let is_issuer = self.authority.is_invited_by(peer, me, cred.as_ref());
        if is_issuer { Ok(warrant) } else { Err(RemoveError::NotIssuer) }
    }

    /// Whom this identity has invited, and who has not come yet.
    pub(crate) fn invitations(&self, at: UnixTime) -> impl Iterator<Item = Member> {
        let me = self.seat.identity;
        self.members(at).filter(move |member| member.issuer == me && !member.has_joined)
    }

    /// The document for what a peer has been given already.
    pub(crate) fn invitation_for(
        &self,
        cx: &Cx<'_>,
        peer: PeerId,
    ) -> Result<Invitation, InviteError> {
        if self.may_issue_to(cx.now.wall, peer)?.role < Role::Inviter {
            return Err(InviteError::NotAuthorized);
        }
        let membership = self.authority.membership(peer).ok_or(InviteError::NotFound)?;
        if membership.window.until <= cx.now.wall {
            return Err(InviteError::InvalidTimePeriod);
        }
        let name = self.acquaintances.name(peer).cloned().unwrap_or_default();
        let document = membership.grant.and_then(|grant| self.invitation(cx, &grant, name));
        document.ok_or(InviteError::NotFound)
    }

    /// Takes in what this identity was given and handed over: it acts by it once it connects again.
    pub(crate) fn take_credentials(&mut self, cx: &mut Cx<'_>, invitation: &Invitation) -> Ticket {
        for grant in invitation.grants() {
            self.take_statement(grant.clone());
        }
        for address in invitation.addresses() {
            self.book.remember(address);
        }
        self.stage_book();
        self.commit_act(cx)
    }

    /// Whether a member has shown itself since it became one.
    pub(super) fn has_joined(&self, peer: PeerId) -> bool {
        peer == self.seat.identity
            || peer == self.authority.creator()
            || self.acquaintances.has_shown_itself(peer)
            || self.authority.has_acted(peer)
            || self.records.has_any_of(peer)
    }

    /// A member has shown itself.
    pub(super) fn note_seen(&mut self, cx: &mut Cx<'_>, peer: PeerId) {
        let is_new = peer != self.seat.identity && self.acquaintances.note_shown(peer);
        if is_new {
            let (key, value) = (seen_key(self.seat, peer), bytes::Bytes::new());
            self.staged.changes.push(Change::Put { key, value });
            self.renew_who_came_late(cx, peer);
        }
    }

    /// Its membership ended: if it is given another one, that is an invitation again.
    pub(super) fn forget_seen(&mut self, peer: PeerId) {
        if self.acquaintances.forget_shown(peer) {
            self.staged.changes.push(Change::Delete { key: seen_key(self.seat, peer) });
        }
    }
}
