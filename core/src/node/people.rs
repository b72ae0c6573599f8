//! Verbs that renew, end or lower memberships, and those about invitations issued before.

use crate::error::{GroupError, InviteError, RemoveError};
use crate::event::{Member, Seat};
use crate::group::{Removal, Removed, Withdrawn};
use crate::invitation::Invitation;
use crate::key::PeerId;
use crate::node::Node;
use crate::node::verbs::receipt;
use crate::output::Receipt;
use crate::statement::Role;
use crate::time::{Now, UnixTime};

impl Node {
    /// Renews a membership in the role that it has, from now: for as long as its present window
    /// is, or until then. It closes no link. With [`crate::Properties::renew_members`] it happens
    /// by itself.
    ///
    /// # Errors
    /// [`InviteError`]; the node is unchanged.
    pub fn renew(
        &mut self,
        now: Now,
        seat: Seat,
        peer: PeerId,
        until: Option<UnixTime>,
    ) -> Result<Receipt<()>, InviteError> {
        self.act(now, seat, InviteError::NotOpen, |group, cx| group.renew(cx, peer, until))
            .map(receipt)
    }

    /// Whom this identity has invited and who has not come yet, as far as is known here, in the
    /// order of their keys: each with its role, and until when. Who comes is told by
    /// `Event::MemberChanged`, who was removed or came too late is not among them any more.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn invitations(&self, seat: Seat) -> Result<impl Iterator<Item = Member>, GroupError> {
        self.group(seat).map(|group| group.invitations(self.now.wall))
    }

    /// Withdraws an invitation of this identity, used or not, and what renewed it. Whoever hears
    /// of it lets the invitee in no more, and one that has come is a member no longer; whom it
    /// brought in stays, as far as that is held here. Offline, it is told once the group connects.
    ///
    /// It is a removal. An Admin's takes back all that the peer has: what others gave it as well it
    /// does not take, `NotIssuer` or `Senior` says so then. An Inviter's takes back what this
    /// identity gave, and nothing else: what an Admin gave or renewed stays, and is counted in
    /// [`Removed::spared`]; if nothing is left to take back, `NotIssuer` says so.
    ///
    /// # Errors
    /// [`RemoveError`]; the node is unchanged.
    pub fn withdraw(
        &mut self,
        now: Now,
        seat: Seat,
        peer: PeerId,
    ) -> Result<Receipt<Withdrawn>, RemoveError> {
        self.act(now, seat, RemoveError::NotOpen, |group, cx| group.withdraw(cx, peer))
            .map(|(withdrawn, ticket)| Receipt::new(withdrawn, ticket))
    }

    /// The document for what a peer has been given already (`PeerGroupIssueCredentials` without
    /// `PEER_GROUP_STORE_CREDENTIALS`): for an invitation that was lost, or to hand over what
    /// [`Node::grant`] or [`Node::renew`] has published, for [`Node::take_credentials`].
    ///
    /// # Errors
    /// [`InviteError`]; the node is unchanged.
    pub fn invitation_for(
        &mut self,
        now: Now,
        seat: Seat,
        peer: PeerId,
    ) -> Result<Invitation, InviteError> {
        self.act(now, seat, InviteError::NotOpen, |group, cx| group.invitation_for(cx, peer))
    }

    /// Removes a member, at once and everywhere that hears of it. What becomes of what it signed
    /// is for `mode` to say.
    ///
    /// # Errors
    /// [`RemoveError`]; the node is unchanged.
    pub fn remove(
        &mut self,
        now: Now,
        seat: Seat,
        peer: PeerId,
        mode: Removal,
    ) -> Result<Receipt<Removed>, RemoveError> {
        self.act(now, seat, RemoveError::NotOpen, |group, cx| group.remove(cx, peer, mode))
            .map(|(removed, ticket)| Receipt::new(removed, ticket))
    }

    /// What [`Node::remove`] would do, without doing it.
    ///
    /// # Errors
    /// [`RemoveError`], as of `remove`; the node is unchanged either way.
    pub fn removal_report(
        &self,
        seat: Seat,
        peer: PeerId,
        mode: Removal,
    ) -> Result<Removed, RemoveError> {
        let group = self.group(seat).map_err(|_| RemoveError::NotOpen)?;
        group.removal_report(self.now.wall, peer, mode)
    }

    /// Lowers a member's role. What it signed and is held here stays, and what it deleted of
    /// others' records is deleted again.
    ///
    /// # Errors
    /// [`RemoveError`]; the node is unchanged.
    pub fn demote(
        &mut self,
        now: Now,
        seat: Seat,
        peer: PeerId,
        to: Role,
    ) -> Result<Receipt<Removed>, RemoveError> {
        self.act(now, seat, RemoveError::NotOpen, |group, cx| group.demote(cx, peer, to))
            .map(|(removed, ticket)| Receipt::new(removed, ticket))
    }
}
