//! Passwords of groups. Experimental.

use peergroup_core::{
    GroupError, JoinError, PasswordError, PasswordInvitation, PasswordSecret, PeerId, Role,
    UnixTime,
};

use super::{Group, Handle};
use crate::drive::Node;
use crate::error::Error;

/// Joining by a password.
impl Handle {
    /// Prepares to be admitted to a group by its password (`PeerGroupPasswordJoin`). It is open and
    /// offline; only connecting tells whether the password is right. Experimental.
    ///
    /// # Errors
    /// [`JoinError`].
    pub async fn join_with_password(
        &self,
        identity: PeerId,
        invitation: PasswordInvitation,
        secret: PasswordSecret,
    ) -> Result<Group, Error<JoinError>> {
        let join =
            move |node: &mut Node, now| node.join_with_password(now, identity, &invitation, secret);
        self.opened(self.change(join).await?).await
    }
}

/// The group's password. Experimental.
impl Group {
    /// Sets the group's password, in place of an earlier one, and the role that whoever knows it is
    /// given: Member or Inviter. The creator alone may.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn set_password(
        &self,
        secret: PasswordSecret,
        role: Role,
    ) -> Result<(), Error<PasswordError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.set_password(now, seat, secret, role)).await
    }

    /// Holds the password that the creator has set last, so that this node, of an Admin or Inviter,
    /// admits by it.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hold_password(&self, secret: PasswordSecret) -> Result<(), Error<PasswordError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.hold_password(now, seat, secret)).await
    }

    /// Forgets the password. On the creator's node it ends admission by password in the group.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn forget_password(&self) -> Result<(), Error<PasswordError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.forget_password(now, seat)).await
    }

    /// Another password to be admitted by, after the first was wrong: connect again then.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn retry_password(&self, secret: PasswordSecret) -> Result<(), Error<PasswordError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.retry_password(now, seat, secret)).await
    }

    /// Whether this node would admit somebody who knows the password.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub async fn admits_by_password(&self) -> Result<bool, Error<GroupError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.admits_by_password(seat)).await
    }

    /// How to reach the group, for everybody who is told its password
    /// (`PeerGroupCreatePasswordInvitation`).
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn password_invitation(
        &self,
        until: UnixTime,
    ) -> Result<PasswordInvitation, Error<PasswordError>> {
        let seat = self.seat;
        self.handle.try_ask(move |desk| desk.node.password_invitation(desk.now, seat, until)).await
    }
}
