//! Verbs that renew, end or lower memberships.

use crate::error::{InviteError, RemoveError};
use crate::event::Seat;
use crate::group::{Removal, Removed};
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
