//! The container: a header in the clear, and what is sealed under a passphrase.

use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::Passphrase;
use super::cost::{Cost, SALT_BYTES};
use super::error::VaultError;

const MAGIC: &[u8] = b"pgvault";
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 32;
/// Bytes of a file: what one XML document holds in base64.
const FILE_BYTES_MAX: usize = 40 * 1024;

/// What each of the two values that are made of the stretched passphrase is hashed under.
const KEY: &[u8] = b"\x15peergroup/1 vault-key";
const COMMITMENT: &[u8] = b"\x1cpeergroup/1 vault-commitment";

/// Random bytes that one sealing takes: the salt and the nonce.
pub(super) type Draw = [u8; SALT_BYTES + NONCE_BYTES];

/// What a container holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Identity = 1,
    Group = 2,
}

/// Whose container it is: in the clear, and sealed with the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct About {
    pub(super) kind: Kind,
    pub(super) identity: [u8; 32],
    /// Zeros for an identity.
    pub(super) group: [u8; 32],
}

/// Something sealed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    about: About,
    cost: Cost,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
    commitment: [u8; 32],
    /// The ciphertext and its tag.
    body: Vec<u8>,
}

/// What a passphrase is made into.
struct Keys {
    cipher: XChaCha20Poly1305,
    commitment: [u8; 32],
}

/// Random bytes of the operating system.
pub(super) fn draw() -> Result<Draw, VaultError> {
    let mut draw = [0; SALT_BYTES + NONCE_BYTES];
    getrandom::fill(&mut draw).map_err(|_| VaultError::NoRandomness)?;
    Ok(draw)
}

impl Sealed {
    /// Seals `plain`, which is overwritten by what it becomes.
    pub(super) fn seal(
        about: About,
        mut plain: Zeroizing<Vec<u8>>,
        passphrase: &Passphrase,
        cost: Cost,
        draw: &Draw,
    ) -> Result<Self, VaultError> {
        let mut random = Reader(draw);
        let (salt, nonce) = (random.take()?, random.take()?);
        let keys = Keys::derive(passphrase, cost, &salt)?;
        let commitment = keys.commitment;
        let mut sealed = Self { about, cost, salt, nonce, commitment, body: Vec::new() };
        let header = sealed.header();
        let tag = keys
            .cipher
            .encrypt_inout_detached(&XNonce::from(nonce), &header, plain.as_mut_slice().into())
            .map_err(|_| VaultError::TooLarge)?;
        sealed.body = [plain.as_slice(), tag.as_slice()].concat();
        if sealed.to_bytes().len() > FILE_BYTES_MAX {
            return Err(VaultError::TooLarge);
        }
        Ok(sealed)
    }

    /// Opens it: whether the passphrase is right is known before anything is deciphered.
    pub(super) fn open(&self, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let keys = Keys::derive(passphrase, self.cost, &self.salt)?;
        if !bool::from(keys.commitment.ct_eq(&self.commitment)) {
            return Err(VaultError::WrongPassphrase);
        }
        let (text, tag) = self.body.split_last_chunk::<TAG_BYTES>().ok_or(VaultError::Damaged)?;
        let mut plain = Zeroizing::new(text.to_vec());
        let (nonce, tag) = (XNonce::from(self.nonce), Tag::from(*tag));
        keys.cipher
            .decrypt_inout_detached(&nonce, &self.header(), plain.as_mut_slice().into(), &tag)
            .map_err(|_| VaultError::Damaged)?;
        Ok(plain)
    }

    /// Whose it is.
    pub(super) fn about(&self) -> &About {
        &self.about
    }

    /// What opening it costs.
    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.header();
        bytes.extend_from_slice(&self.body);
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    /// Reads a container of this kind. Nothing in it is believed yet but for its checksum.
    pub(super) fn from_bytes(bytes: &[u8], kind: Kind) -> Result<Self, VaultError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(VaultError::TooLarge);
        }
        let versioned = bytes.strip_prefix(MAGIC).ok_or(VaultError::Malformed)?;
        if versioned.first().is_some_and(|version| *version != VERSION) {
            return Err(VaultError::UnsupportedVersion);
        }
        let (content, checksum) =
            bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(VaultError::Damaged)?;
        if Sha256::digest(content).as_slice() != checksum {
            return Err(VaultError::Damaged);
        }
        let mut rest = Reader(content.get(MAGIC.len().saturating_add(1)..).unwrap_or_default());
        if rest.take()? != [kind as u8] {
            return Err(VaultError::Malformed);
        }
        let [memory_kib, passes, lanes] = [rest.number()?, rest.number()?, rest.number()?];
        let cost = Cost::new(memory_kib, passes, lanes).ok_or(VaultError::CostOutOfBounds)?;
        let (salt, nonce) = (rest.take()?, rest.take()?);
        let about = About { kind, identity: rest.take()?, group: rest.take()? };
        let commitment = rest.take()?;
        Ok(Self { about, cost, salt, nonce, commitment, body: rest.0.to_vec() })
    }

    /// All that comes before what is sealed.
    fn header(&self) -> Vec<u8> {
        let Self { about, cost, salt, nonce, commitment, body: _ } = self;
        let numbers = [cost.memory_kib(), cost.passes(), cost.lanes()].map(u32::to_le_bytes);
        let start = [VERSION, about.kind as u8];
        let parts: [&[u8]; 8] = [
            MAGIC,
            &start,
            numbers.as_flattened(),
            salt,
            nonce,
            &about.identity,
            &about.group,
            commitment,
        ];
        parts.concat()
    }
}

impl Keys {
    fn derive(
        passphrase: &Passphrase,
        cost: Cost,
        salt: &[u8; SALT_BYTES],
    ) -> Result<Self, VaultError> {
        let root = cost.stretch(passphrase, salt)?;
        let of = |label: &[u8]| -> [u8; 32] {
            Sha256::new_with_prefix(label).chain_update(root.as_slice()).finalize().into()
        };
        let key = Zeroizing::new(of(KEY));
        Ok(Self { cipher: XChaCha20Poly1305::new((&*key).into()), commitment: of(COMMITMENT) })
    }
}

/// Bytes that are taken from the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], VaultError> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(VaultError::Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u32, VaultError> {
        self.take().map(u32::from_le_bytes)
    }
}

#[cfg(test)]
mod tests;
