//! Keys at rest: identities and groups, sealed under a passphrase.
//!
//! [`SealedIdentity`] is one identity, its secret key included. [`SealedGroup`] is one identity's
//! place in one group, with all that the identity needs to take that place on another machine;
//! for the group's creator, that is all that it needs to go on administering the group. Both are
//! made and taken in by the verbs of a [`Handle`](crate::Handle) and a [`Group`](crate::Group).
//!
//! ```
//! use peergroup::vault::{Cost, Passphrase, SealedIdentity, VaultError};
//! use peergroup::SecretKey;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SecretKey::from_bytes([7; 32]);
//! let passphrase = Passphrase::new("correct horse battery staple");
//! # let cost = Cost::LEAST;
//! # /*
//! let cost = Cost::default(); // 64 MiB, three passes
//! # */
//! let sealed = SealedIdentity::seal(&key, &"Ada".parse()?, &passphrase, cost)?;
//! let file = sealed.to_bytes();
//!
//! let (opened, name) = SealedIdentity::from_bytes(&file)?.open(&passphrase)?;
//! assert_eq!((opened.peer(), name.as_str()), (key.peer(), "Ada"));
//! let wrong = SealedIdentity::from_bytes(&file)?.open(&Passphrase::new("guess"));
//! assert_eq!(wrong.err(), Some(VaultError::WrongPassphrase));
//! # Ok(())
//! # }
//! ```
//!
//! # The format
//!
//! Integers are little-endian; nothing may follow.
//!
//! | bytes | what |
//! |---|---|
//! | 7 | `pgvault` |
//! | 1 | the version: 1 |
//! | 1 | what it is: 1 an identity, 2 a group |
//! | 12 | the cost: KiB of memory, passes, lanes, 4 bytes each |
//! | 16 | the salt |
//! | 24 | the nonce |
//! | 32 | the identity |
//! | 32 | the group, or zeros |
//! | 32 | the commitment to the key |
//! | n + 16 | what is sealed, and its tag |
//! | 32 | SHA-256 of all before it |
//!
//! Argon2id (RFC 9106) makes 32 bytes of passphrase, salt and cost. Of these, SHA-256 under two
//! labels makes the key and the commitment. XChaCha20-Poly1305 seals, with all that comes before
//! as associated data. The commitment is there because that cipher alone does not bind a file to
//! one key: files can be made that open under many, and tell by their opening which was guessed.
//!
//! A file is first looked at, then believed: its size, its checksum and its cost are judged before
//! a byte of memory is spent on it. The checksum tells an accident from a wrong passphrase; against
//! whoever changes a file on purpose stands the tag.
//!
//! What is not hidden: the identity's and the group's public names, the size, and that it is one of
//! these files. What a passphrase is worth is for its owner to judge: here none is refused.

mod cost;
mod error;
mod group;
mod identity;
mod passphrase;
mod sealed;
#[cfg(test)]
mod vectors;
#[cfg(feature = "xml")]
mod xml;

pub use cost::Cost;
#[cfg(feature = "recorder")]
pub(crate) use cost::SALT_BYTES;
pub use error::{Refusal, VaultError};
pub use group::SealedGroup;
pub use identity::SealedIdentity;
pub use passphrase::Passphrase;
