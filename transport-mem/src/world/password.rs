//! Joining by a password. Experimental.

use peergroup_core::{PasswordInvitation, PasswordSecret, Seat};

use crate::host::Host;
use crate::world::World;

impl World {
    /// The host prepares to be admitted by a password: connect it then.
    ///
    /// # Panics
    /// The node refuses it.
    pub fn join_with_password(
        &mut self,
        host: Host,
        by: &PasswordInvitation,
        secret: PasswordSecret,
    ) -> Seat {
        let peer = self.peer(host);
        let joined = self.act(host, |node, now| node.join_with_password(now, peer, by, secret));
        let receipt = joined.unwrap_or_else(|error| panic!("{host} does not join: {error}"));
        self.register_all(host, receipt.value);
        receipt.value
    }
}
