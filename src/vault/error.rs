//! Why something was not sealed, or not opened.

use core::fmt;

/// Why something was not sealed, or not opened. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VaultError {
    /// Not such a file or document, or one of another kind.
    Malformed,
    /// It was such a file once: bytes are missing, or not as they were.
    Damaged,
    /// Of a version that this software does not know (`PEER_E_UNSUPPORTED_VERSION`).
    UnsupportedVersion,
    /// Larger than anything that is sealed here.
    TooLarge,
    /// It asks for more memory or time than [`Cost`](super::Cost) allows, or for less than there
    /// is. Neither was spent.
    CostOutOfBounds,
    /// What the document shows is not what its data says.
    Contradictory,
    /// Another passphrase sealed it.
    WrongPassphrase,
    /// The machine has not the memory, or the thread, that the passphrase takes.
    NoResources,
    /// The operating system gives no random bytes.
    NoRandomness,
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not such an export",
            Self::Damaged => "the export is damaged",
            Self::UnsupportedVersion => "an export of an unknown version",
            Self::TooLarge => "too large for an export",
            Self::CostOutOfBounds => "the export asks for more than may be spent on it",
            Self::Contradictory => "an export that shows something other than it says",
            Self::WrongPassphrase => "wrong passphrase",
            Self::NoResources => "not enough memory for the passphrase",
            Self::NoRandomness => "the operating system gives no random bytes",
        })
    }
}

impl core::error::Error for VaultError {}

/// Why an export or an import was refused. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal<E> {
    /// The node refused.
    Node(E),
    /// It was not sealed, or not opened.
    Vault(VaultError),
}

impl<E> From<VaultError> for Refusal<E> {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl<E: fmt::Display> fmt::Display for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(refusal) => refusal.fmt(f),
            Self::Vault(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for Refusal<E> {}
