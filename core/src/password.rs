//! Joining a group by a password: experimental, behind the feature `password`.
//!
//! Whoever is told the password and how to reach the group (a [`PasswordInvitation`]) is admitted
//! by any Inviter or Admin whose node holds the password. Both ends prove to each other that they
//! know it, without showing it to anybody who does not: a balanced password-authenticated key
//! exchange ([`pake`]) whose key is confirmed by both ends ([`exchange`]). Nothing derived from
//! the password is ever in a record, a statement, a property or an invitation.
//!
//! The exchange runs on a link of its own, behind the ordinary handshake, in which the admitting
//! end shows its credential and the newcomer its key. The link's channel binding, the group and
//! both identities with their roles are part of what the password is mixed with, so that an
//! exchange is worth nothing on another link, in another group, for another peer or turned around.
//!
//! A low guess is only as slow as the members make it: see [`keep`] for how attempts are limited.

pub(crate) mod pake;
mod secret;

pub use secret::PasswordSecret;
