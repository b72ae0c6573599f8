//! Passwords of groups, as people type them: experimental, behind the feature `password`.
//!
//! The creator sets one with [`Group::set_password`](crate::Group::set_password), tells it to those
//! who are to admit by it, and makes a document with
//! [`Group::password_invitation`](crate::Group::password_invitation). Whoever has both joins with
//! [`Handle::join_with_password`](crate::Handle::join_with_password).
//!
//! Every guess must be made at a member's node, and each node looks at fifty wrong ones a day at
//! most. That is enough against a stranger if the password comes from [`generate_password`], and
//! not if it is a word. Whoever steals the store of a node that holds it can guess as fast as
//! [`harden`] is.

use core::fmt;
use std::io;

use argon2::{Algorithm, Argon2, Params, Version};
use peergroup_core::{GroupId, PasswordSecret};
use zeroize::Zeroizing;

/// RFC 9106, second recommendation: 64 MiB, three passes, four lanes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// Bytes of a password.
const PASSWORD_BYTES_MAX: usize = 1024;

/// What a generated password is written in: 32 signs, none of which is easily taken for another.
const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Signs of a generated password, five bits each.
const GENERATED: usize = 12;

/// Makes a password slow to guess: Argon2id with the group's id as the salt, 64 MiB and three
/// passes.
///
/// It keeps one processor busy for a good part of a second: call it where that is allowed, not in
/// the middle of an async task. The password counts as it is typed, byte by byte.
///
/// # Errors
/// [`HardenError`].
pub fn harden(password: &str, group: GroupId) -> Result<PasswordSecret, HardenError> {
    if password.is_empty() {
        return Err(HardenError::Empty);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(HardenError::TooLong);
    }
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(32));
    let params = params.map_err(|_| HardenError::OutOfMemory)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = Zeroizing::new([0; 32]);
    argon2
        .hash_password_into(password.as_bytes(), group.as_bytes(), out.as_mut_slice())
        .map_err(|_| HardenError::OutOfMemory)?;
    Ok(PasswordSecret::from_bytes(*out))
}

/// A password that nobody guesses: 60 bits, drawn from the operating system, as three groups of
/// four signs.
///
/// # Errors
/// The operating system has no random numbers.
pub fn generate_password() -> io::Result<String> {
    let mut drawn = Zeroizing::new([0_u8; GENERATED]);
    getrandom::fill(drawn.as_mut_slice()).map_err(io::Error::other)?;
    Ok(spell(&drawn))
}

/// Each byte as one of the signs, a hyphen behind every fourth but the last.
fn spell(drawn: &[u8; GENERATED]) -> String {
    let sign = |byte: &u8| SIGNS.get(usize::from(byte & 31)).copied().map(char::from);
    let groups = drawn.chunks(4).map(|group| group.iter().filter_map(sign).collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}

/// Why a password was not hardened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HardenError {
    /// It is empty (`PEER_E_PASSWORD_DOES_NOT_MEET_POLICY`).
    Empty,
    /// It has more than 1,024 bytes.
    TooLong,
    /// There is no memory for it: it takes 64 MiB.
    OutOfMemory,
}

impl fmt::Display for HardenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the password is empty",
            Self::TooLong => "the password is too long",
            Self::OutOfMemory => "there is no memory to harden the password",
        })
    }
}

impl core::error::Error for HardenError {}

#[cfg(test)]
mod tests;
