//! Joining a group by a password: experimental, behind the feature `password`.
//!
//! Whoever is told the password and how to reach the group (a [`PasswordInvitation`]) is admitted
//! by any Inviter or Admin whose node holds the password. Both ends prove to each other that they
//! know it, without showing it to anybody who does not: a balanced password-authenticated key
//! exchange ([`pake`]) whose key both ends confirm ([`exchange`]). Nothing derived from the
//! password is ever in a record, a statement, a property or an invitation.
//!
//! The exchange runs on a link of its own, behind the ordinary handshake, in which the admitting
//! end shows its credential and the newcomer its key. The link's channel binding, the group and
//! both identities with their roles are part of what the password is mixed with, so that an
//! exchange is worth nothing on another link, in another group, for another peer or turned around.
//!
//! # Which password is in force
//!
//! The creator sets the password, and the role it gives, and tells it out of band to whoever is to
//! admit by it. A group property says only which one it is, by a number, and which live removals
//! the creator knew then, as one hash. A node admits only by the password of that number, and only
//! while it knows exactly those removals. So a change of the password stops the old one on every
//! node that hears of it, and any removal suspends admission, on every node that hears of it, until
//! the creator sets a new one: whoever was removed may have known the old. Who was removed itself
//! is not admitted by any password: it needs a grant that cites its removal.
//!
//! # How often it can be guessed
//!
//! A guess costs a newcomer a confirmation, which the admitting node counts, durably, before it
//! answers ([`attempts`]): five wrong ones per host in ten minutes and fifty a day in all. Whoever
//! attacks has that many guesses a day at every node that holds the password, so the password is
//! better made by a machine; the driver hardens it against whoever steals a store.

mod attempts;
mod exchange;
mod invitation;
mod keep;
mod link;
mod pake;
mod secret;

pub use invitation::PasswordInvitation;
pub use secret::PasswordSecret;

pub(crate) use attempts::Source;
pub(crate) use exchange::{Admitter, AwaitVerdict, Newcomer, Parties, Proven, Verdict, deny};
pub(crate) use invitation::PasswordInvitationParts;
pub(crate) use keep::{Held, Keep};
pub(crate) use link::{Admitting, Exchange, Joining};
