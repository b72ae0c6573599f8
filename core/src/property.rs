//! Properties of a group: what its creator, and only its creator, may change.

use serde::{Deserialize, Serialize};

use crate::limits::{COMMENT_BYTES_MAX, PAYLOAD_BYTES_MAX};
use crate::name::{Name, Text};
use crate::statement::Role;

/// A comment on a group.
pub type Comment = Text<COMMENT_BYTES_MAX>;

/// What the creator may change in a group (Windows: the mutable part of `PEER_GROUP_PROPERTIES`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Properties {
    /// The group's friendly name.
    pub name: Name,
    /// Free text.
    pub comment: Comment,
    /// No presence is announced: who is online and where stays unlisted.
    pub disable_presence: bool,
    /// Records do not expire on a node that is not connected.
    pub defer_expiration: bool,
    /// Memberships are renewed by any Admin's node while their members are in good standing.
    pub renew_members: bool,
    /// Bytes of a record's payload, at most.
    pub payload_bytes_max: u32,
    /// Proves that a stranger has been told of the group; never authority.
    pub(crate) link_secret: [u8; 32],
    /// On what terms who knows the password is admitted, if anybody is.
    pub(crate) password: Option<PasswordTerms>,
}

/// What the creator says of the group's password. Nothing here is derived from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PasswordTerms {
    /// Which password it is: each new one counts one up, and a node that holds an older one does
    /// not admit by it.
    pub(crate) number: u32,
    /// The role that is given.
    pub(crate) role: Role,
    /// The live removals that the creator knew when it set the password, as one hash. A node that
    /// knows of others admits nobody: whoever was removed may know the password.
    pub(crate) removals: [u8; 32],
}

impl Properties {
    /// Properties with this name and otherwise the defaults.
    pub fn named(name: Name) -> Self {
        Self { name, ..Self::default() }
    }

    /// The role that is given to whoever knows the group's password; none if it has none.
    pub fn password_role(&self) -> Option<Role> {
        self.password.map(|terms| terms.role)
    }

    /// Whether every value is within its bounds.
    pub fn is_valid(&self) -> bool {
        usize::try_from(self.payload_bytes_max).is_ok_and(|max| max <= PAYLOAD_BYTES_MAX)
    }
}

impl Default for Properties {
    /// No name, no comment, no flags but that memberships are renewed, payloads of 1 MiB.
    fn default() -> Self {
        Self {
            name: Name::default(),
            comment: Comment::default(),
            disable_presence: false,
            defer_expiration: false,
            renew_members: true,
            payload_bytes_max: 1024 * 1024,
            link_secret: [0; 32],
            password: None,
        }
    }
}

impl core::fmt::Debug for Properties {
    /// Everything but the link secret.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Properties")
            .field("name", &self.name)
            .field("comment", &self.comment)
            .field("disable_presence", &self.disable_presence)
            .field("defer_expiration", &self.defer_expiration)
            .field("renew_members", &self.renew_members)
            .field("payload_bytes_max", &self.payload_bytes_max)
            .field("password", &self.password)
            .finish_non_exhaustive()
    }
}
