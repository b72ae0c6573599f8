//! What the core asks of a store: an ordered map from bytes to bytes.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// One change of the store. Values hold secret keys: `Debug` shows their length and a hash.
#[derive(Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a store must know how to make every change")]
pub enum Change {
    /// Sets the value of a key.
    Put {
        /// The key: at most 160 bytes.
        key: Bytes,
        /// The value: at most 64 KiB.
        value: Bytes,
    },
    /// Removes a key; not an error if it is absent.
    Delete {
        /// The key.
        key: Bytes,
    },
    /// Removes every key that begins with a prefix.
    DeletePrefix {
        /// The prefix: never empty.
        prefix: Bytes,
    },
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { key, value } => {
                f.debug_struct("Put").field("key", key).field("value", &Hidden(value)).finish()
            }
            Self::Delete { key } => f.debug_struct("Delete").field("key", key).finish(),
            Self::DeletePrefix { prefix } => {
                f.debug_struct("DeletePrefix").field("prefix", prefix).finish()
            }
        }
    }
}

/// A value as `Debug` shows it: enough to tell two apart.
struct Hidden<'a>(&'a [u8]);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Sha256::digest(self.0);
        let digest = digest.first_chunk::<8>().copied().unwrap_or_default();
        write!(f, "{} bytes {:016x}", self.0.len(), u64::from_be_bytes(digest))
    }
}

/// A batch of changes. Applied whole or not at all, durably, in the order of tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "built by every test of a store")]
pub struct StoreOp {
    /// The changes, in order.
    pub changes: Vec<Change>,
}

/// A question to the store: the entries whose key begins with `prefix` and is greater than
/// `after`, in ascending order of keys, as many as fit in `limit` bytes, and at least one if there
/// is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "built by every test of a store")]
pub struct LoadQuery {
    /// What the keys begin with.
    pub prefix: Bytes,
    /// Only keys greater than this; empty for all.
    pub after: Bytes,
    /// Bytes of keys and values to answer with, at most.
    pub limit: usize,
}

/// The store's answer to a [`LoadQuery`]. Values hold secret keys: `Debug` shows their length and a
/// hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "built by every driver")]
pub struct Loaded<'a> {
    /// Keys and values, in ascending order of keys.
    pub entries: &'a [(Bytes, Bytes)],
    /// Whether there are more entries beyond these.
    pub more: bool,
}

impl fmt::Debug for Loaded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_map();
        for (key, value) in self.entries {
            shown.entry(key, &Hidden(value));
        }
        shown.entry(&"more", &self.more).finish()
    }
}

/// Why a store could not do what it was asked. The core then fails closed for that group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreFailure {
    /// The disk is full.
    Full,
    /// The store is damaged.
    Corrupt,
    /// Any other failure.
    Failed,
}

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the disk is full",
            Self::Corrupt => "the store is damaged",
            Self::Failed => "the store failed",
        })
    }
}

impl core::error::Error for StoreFailure {}
