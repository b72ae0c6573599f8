//! The header of a file, and how its chunks are sealed and opened.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use subtle::ConstantTimeEq as _;

use super::key::{CaptureError, Key};
use crate::vault::{Cost, SALT_BYTES};

const MAGIC: &[u8; 7] = b"pgflrec";
const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
/// Bytes before the first chunk.
pub(super) const HEADER_BYTES: usize = 7 + 1 + 1 + 12 + SALT_BYTES + 32;
/// Says that a chunk is the last one.
const LAST: u32 = 1 << 31;
/// Bytes of a chunk, with its tag: many times what is ever gathered.
const CHUNK_MAX: usize = 64 << 20;
/// Bytes that say how long a chunk is, and whether it is the last.
pub(super) const LENGTH_BYTES: usize = 4;

/// Seals, or opens, the chunks of one file in their order.
pub(super) struct Seal {
    /// Of this file alone, so that a nonce need but be another one in each chunk.
    cipher: LessSafeKey,
    header: [u8; HEADER_BYTES],
    next: u64,
}

/// How long the chunk is that follows, and whether it is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) bytes: usize,
    pub(super) is_last: bool,
}

impl Seal {
    /// The seal of a new file.
    pub(super) fn create(key: &Key, salt: &[u8; SALT_BYTES]) -> Result<Self, CaptureError> {
        let mut header = [0; HEADER_BYTES];
        let (cost, (key, commitment)) = (key.cost(), key.derive(key.cost(), salt)?);
        let numbers = cost.map(|cost| [cost.memory_kib(), cost.passes(), cost.lanes()]);
        let numbers = numbers.unwrap_or_default().map(u32::to_le_bytes);
        let kind = [VERSION, u8::from(cost.is_some())];
        let parts: [&[u8]; 5] = [MAGIC, &kind, numbers.as_flattened(), salt, commitment.as_slice()];
        for (to, from) in header.iter_mut().zip(parts.concat()) {
            *to = from;
        }
        Ok(Self { cipher: cipher(&key)?, header, next: 0 })
    }

    /// The seal of a file with this header: whether the key is right is known at once.
    pub(super) fn of(header: &[u8; HEADER_BYTES], key: &Key) -> Result<Self, CaptureError> {
        let mut rest = header.as_slice();
        if take::<7>(&mut rest)? != *MAGIC {
            return Err(CaptureError::Malformed);
        }
        let [version, kind] = take(&mut rest)?;
        if version != VERSION {
            return Err(CaptureError::UnsupportedVersion);
        }
        let mut number = || take(&mut rest).map(u32::from_le_bytes);
        let numbers = [number()?, number()?, number()?];
        let cost = match (kind, numbers) {
            (0, [0, 0, 0]) => None,
            (1, [memory, passes, lanes]) => {
                Some(Cost::new(memory, passes, lanes).ok_or(CaptureError::CostOutOfBounds)?)
            }
            _ => return Err(CaptureError::Malformed),
        };
        let salt = take(&mut rest)?;
        let (key, commitment) = key.derive(cost, &salt)?;
        if !bool::from(commitment.as_slice().ct_eq(rest)) {
            return Err(CaptureError::WrongKey);
        }
        Ok(Self { cipher: cipher(&key)?, header: *header, next: 0 })
    }

    /// What the file begins with.
    pub(super) fn header(&self) -> &[u8; HEADER_BYTES] {
        &self.header
    }

    /// Makes the next chunk of this, in its place: what stands in the file behind the length that
    /// is given.
    pub(super) fn seal(
        &mut self,
        chunk: &mut Vec<u8>,
        is_last: bool,
    ) -> Option<[u8; LENGTH_BYTES]> {
        let nonce = self.nonce(is_last);
        self.cipher.seal_in_place_append_tag(nonce, Aad::from(&self.header), chunk).ok()?;
        let length = u32::try_from(chunk.len()).ok().filter(|_| chunk.len() <= CHUNK_MAX)?;
        Some((length | if is_last { LAST } else { 0 }).to_le_bytes())
    }

    /// Opens the next chunk; none if it is not what was sealed there.
    pub(super) fn open(&mut self, mut chunk: Vec<u8>, is_last: bool) -> Option<Vec<u8>> {
        let nonce = self.nonce(is_last);
        let opened = self.cipher.open_in_place(nonce, Aad::from(&self.header), &mut chunk).ok()?;
        let length = opened.len();
        chunk.truncate(length);
        Some(chunk)
    }

    fn nonce(&mut self, is_last: bool) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        let (last, number) = (u32::from(is_last).to_le_bytes(), self.next.to_le_bytes());
        for (to, from) in nonce.iter_mut().zip(last.into_iter().chain(number)) {
            *to = from;
        }
        self.next = self.next.saturating_add(1);
        Nonce::assume_unique_for_key(nonce)
    }
}

impl Length {
    /// What these bytes say; none if no chunk is that long.
    pub(super) fn read(bytes: [u8; LENGTH_BYTES]) -> Option<Self> {
        let number = u32::from_le_bytes(bytes);
        let bytes = usize::try_from(number & !LAST).ok()?;
        let is_last = number & LAST != 0;
        (TAG_BYTES..=CHUNK_MAX).contains(&bytes).then_some(Self { bytes, is_last })
    }
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, CaptureError> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| CaptureError::NoResources)?;
    Ok(LessSafeKey::new(key))
}

fn take<const N: usize>(from: &mut &[u8]) -> Result<[u8; N], CaptureError> {
    let (first, rest) = from.split_first_chunk::<N>().ok_or(CaptureError::Malformed)?;
    *from = rest;
    Ok(*first)
}
