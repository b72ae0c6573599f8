//! The password-authenticated key exchange, behind a trait so that it can be replaced.

mod cpace;

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::fault::Fault;
use crate::hash::{Label, hash};

pub(crate) use cpace::Cpace;

/// The first byte of what makes a key.
const KEY: &[u8] = &[1];

/// What an end sends to the other: a group element.
pub(crate) type Share = [u8; 32];

/// What both ends of an exchange know besides the password. They reach the same key only if they
/// agree on all of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The parties, their roles and the channel between them.
    pub(crate) channel: &'a [u8],
    /// Of this exchange alone.
    pub(crate) session: &'a [u8],
    /// Goes with the share of the end that begins.
    pub(crate) first: &'a [u8],
    /// Goes with the share of the end that answers.
    pub(crate) second: &'a [u8],
}

/// The key of an exchange: the same at both ends if they used the same password.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The key made of what an exchange agreed on.
    fn new(agreed: &[u8]) -> Self {
        Self(hash(Label::Password, &[KEY, agreed]))
    }

    /// The bytes themselves, to confirm the key with.
    pub(crate) const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A balanced exchange in two messages. `random` is fresh at every call and used once.
pub(crate) trait Pake {
    /// What the end that begins keeps until the answer.
    type Begun;

    /// Begins: gives what to keep and what to send.
    fn begin(
        password: &[u8],
        context: Context<'_>,
        random: [u8; 64],
    ) -> Result<(Self::Begun, Share), Fault>;

    /// Answers a share: gives what to send and the key.
    fn answer(
        password: &[u8],
        context: Context<'_>,
        theirs: &Share,
        random: [u8; 64],
    ) -> Result<(Share, Key), Fault>;

    /// The answer arrived.
    fn end(begun: Self::Begun, context: Context<'_>, theirs: &Share) -> Result<Key, Fault>;
}
