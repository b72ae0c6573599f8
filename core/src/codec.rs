//! Canonical postcard: one value, one byte string.
//!
//! postcard alone accepts over-long integers and trailing bytes. Here a decoder consumes every
//! byte, encodes the value again and compares; anything else is refused. Attack C02.
//!
//! postcard itself takes a length prefix only as a capacity hint that it bounds, so no allocation
//! exceeds a small constant times the input; types on the wire are not recursive and hold no
//! zero-sized elements, so decoding ends after at most one step per input byte (P03, P04).

use alloc::vec::Vec;

use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that are not the canonical encoding of a value of the expected type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError;

impl core::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("not the canonical encoding of what is expected")
    }
}

impl core::error::Error for DecodeError {}

/// The canonical encoding of `value`.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    encode_within(FIRST_BYTES, value)
}

/// The same, in room that is made at once: what fits leaves no copy behind that nobody wipes.
pub(crate) fn encode_within<T: Serialize + ?Sized>(room: usize, value: &T) -> Vec<u8> {
    let encoded = postcard::serialize_with_flavor(value, Written(Vec::with_capacity(room)));
    debug_assert!(encoded.is_ok(), "every type on the wire has a known length");
    encoded.unwrap_or_default()
}

/// The value whose canonical encoding is exactly `bytes`.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (value, rest) = decode_prefix(bytes)?;
    if rest.is_empty() { Ok(value) } else { Err(DecodeError) }
}

/// The value whose canonical encoding `bytes` begins with, and the bytes after it.
pub(crate) fn decode_prefix<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
) -> Result<(T, &[u8]), DecodeError> {
    let (value, rest) = postcard::take_from_bytes::<T>(bytes).map_err(|_| DecodeError)?;
    let unread = postcard::serialize_with_flavor(&value, Same(bytes)).map_err(|_| DecodeError)?;
    if unread.len() == rest.len() { Ok((value, rest)) } else { Err(DecodeError) }
}

/// The value that `bytes` begin with, canonical or not: to see whether the rest is worth a look.
pub(crate) fn peek<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    postcard::take_from_bytes::<T>(bytes).map(|(value, _)| value).map_err(|_| DecodeError)
}

/// Room that is made for an encoding at once: most need no more.
const FIRST_BYTES: usize = 256;

/// Writes an encoding.
struct Written(Vec<u8>);

impl Flavor for Written {
    type Output = Vec<u8>;

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// Compares an encoding with bytes that it is to begin; ends as the bytes that follow.
struct Same<'a>(&'a [u8]);

impl<'a> Flavor for Same<'a> {
    type Output = &'a [u8];

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        let rest = self.0.strip_prefix(data).ok_or(postcard::Error::SerializeBufferFull)?;
        self.0 = rest;
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        match self.0.split_first() {
            Some((first, rest)) if *first == data => self.0 = rest,
            _ => return Err(postcard::Error::SerializeBufferFull),
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<&'a [u8]> {
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests;
