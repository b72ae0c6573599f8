//! The key of a file, and why a file is not read.

use core::fmt;
use std::io;

use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::vault::{Cost, Passphrase, SALT_BYTES, VaultError};

/// What each of the two values that are made of the key is hashed under.
const KEY: &[u8] = b"\x17peergroup/1 capture-key";
const COMMITMENT: &[u8] = b"\x1epeergroup/1 capture-commitment";

/// What seals a capture: a passphrase, or 32 bytes. Wiped on drop; shown by no `Debug`.
pub struct Key(Source);

enum Source {
    Passphrase(Passphrase, Cost),
    Bytes([u8; 32]),
}

impl Drop for Source {
    fn drop(&mut self) {
        if let Self::Bytes(bytes) = self {
            bytes.zeroize();
        }
    }
}

impl Key {
    /// A passphrase, and what a guess at it is to cost. A file that is opened says itself what it
    /// cost.
    pub fn passphrase(passphrase: Passphrase, cost: Cost) -> Self {
        Self(Source::Passphrase(passphrase, cost))
    }

    /// 32 secret random bytes. One key may seal many files.
    pub fn bytes(bytes: [u8; 32]) -> Self {
        Self(Source::Bytes(bytes))
    }

    /// What a new file says of its key.
    pub(super) fn cost(&self) -> Option<Cost> {
        match &self.0 {
            Source::Passphrase(_, cost) => Some(*cost),
            Source::Bytes(_) => None,
        }
    }

    /// The key of one file and the commitment to it. `cost` is what the file says.
    pub(super) fn derive(
        &self,
        cost: Option<Cost>,
        salt: &[u8; SALT_BYTES],
    ) -> Result<(Zeroizing<[u8; 32]>, [u8; 32]), CaptureError> {
        let root = match (&self.0, cost) {
            (Source::Passphrase(passphrase, _), Some(cost)) => cost.stretch(passphrase, salt)?,
            (Source::Bytes(bytes), None) => Zeroizing::new(*bytes),
            _ => return Err(CaptureError::WrongKey),
        };
        let of = |label: &[u8]| -> [u8; 32] {
            let labelled = Sha256::new_with_prefix(label).chain_update(salt);
            labelled.chain_update(root.as_slice()).finalize().into()
        };
        Ok((Zeroizing::new(of(KEY)), of(COMMITMENT)))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why nothing is recorded, or a capture is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaptureError {
    /// Not a capture.
    Malformed,
    /// Of a version that this software does not know.
    UnsupportedVersion,
    /// Another key sealed it, or a passphrase did where a key is given, or the other way round.
    WrongKey,
    /// It asks for more memory or time than [`Cost`] allows, or for less than there is.
    CostOutOfBounds,
    /// The machine has not the memory, or the thread, that it takes.
    NoResources,
    /// The operating system gives no random bytes.
    NoRandomness,
    /// What is in it is not what is logged of a node, though its key sealed it: by another version
    /// of this software.
    Incomprehensible,
    /// After this call the node said something other than it had said: another version of this
    /// software, or a mistake in it, which is the very thing to look for.
    Differs {
        /// The number of the call, counted from 1.
        call: u64,
    },
    /// The file could not be read or written.
    Io(io::ErrorKind),
}

impl From<VaultError> for CaptureError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NoResources => Self::NoResources,
            VaultError::NoRandomness => Self::NoRandomness,
            _ => Self::CostOutOfBounds,
        }
    }
}

impl From<io::Error> for CaptureError {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Malformed => "not a capture",
            Self::UnsupportedVersion => "a capture of an unknown version",
            Self::WrongKey => "wrong key or passphrase",
            Self::CostOutOfBounds => "the capture asks for more than may be spent on it",
            Self::NoResources => "not enough memory or threads",
            Self::NoRandomness => "the operating system gives no random bytes",
            Self::Incomprehensible => "a capture by another version",
            Self::Differs { call } => {
                return write!(f, "after call {call} the node said something else");
            }
            Self::Io(kind) => return write!(f, "the file: {kind}"),
        };
        f.write_str(text)
    }
}

impl core::error::Error for CaptureError {}
