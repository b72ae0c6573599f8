//! Passphrases.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A passphrase. Wiped on drop; shown by no `Debug`; not to be copied.
///
/// Any bytes will do, none at all included. Two ways to write one letter are two passphrases:
/// whoever takes them from a keyboard normalises them first.
///
/// ```compile_fail,E0599
/// let passphrase = peergroup::vault::Passphrase::new("secret");
/// let copy = passphrase.clone();
/// ```
///
/// ```compile_fail,E0277
/// let passphrase = peergroup::vault::Passphrase::new("secret");
/// println!("{passphrase}");
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(Vec<u8>);

impl Passphrase {
    /// The passphrase of these bytes. A `String` or a `Vec` is taken over, not copied.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}
