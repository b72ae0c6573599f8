//! What travels on a direct connection: in each frame one of these, and after a part its bytes.
//!
//! These are the bytes that postcard would write, and it would read no others. They are written by
//! hand because every part of a message bears them: it is most of what a short message costs.

use crate::fault::Fault;
use crate::frame::{PREFIX_BYTES, prefix};
use crate::id::TypeId;

/// Bytes of a message on a direct connection without those of a part: its tag, and the type, the
/// whole length and the part's own.
pub(crate) const DIRECT_BYTES_MAX: usize = 32;

/// A message on a direct connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Direct {
    /// The next part of a message, which so many bytes follow; the first names its type and whole
    /// length.
    Part { start: Option<(TypeId, u32)>, length: u32 },
    /// The receiver may send this many bytes more.
    Credit(u32),
    /// The sender closes the connection.
    Close,
    /// The receiver may send this many bytes more from now on, before any are returned to it.
    Widen(u32),
}

impl Direct {
    /// The message that a frame's body begins with, and the bytes of the part if it is one.
    pub(crate) fn decode(body: &[u8]) -> Result<(Self, &[u8]), Fault> {
        let mut rest = body;
        let message = Self::take(&mut rest).ok_or(Fault::Malformed)?;
        let length = match message {
            Self::Part { length, .. } => length,
            Self::Credit(_) | Self::Close | Self::Widen(_) => 0,
        };
        let is_whole = u32::try_from(rest.len()) == Ok(length);
        if is_whole { Ok((message, rest)) } else { Err(Fault::Malformed) }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        match take_byte(bytes)? {
            0 => {
                let start = match take_byte(bytes)? {
                    0 => None,
                    1 => Some((take_id(bytes)?, take_number(bytes)?)),
                    _ => return None,
                };
                Some(Self::Part { start, length: take_number(bytes)? })
            }
            1 => Some(Self::Credit(take_number(bytes)?)),
            2 => Some(Self::Close),
            3 => Some(Self::Widen(take_number(bytes)?)),
            _ => None,
        }
    }

    /// The body of the message's frame, up to the bytes of the part.
    pub(crate) fn encode(&self) -> Head {
        let mut head = Head::new();
        match *self {
            Self::Part { start, length } => {
                head.push(0);
                head.push(u8::from(start.is_some()));
                if let Some((type_id, whole)) = start {
                    head.push_id(type_id);
                    head.push_number(whole);
                }
                head.push_number(length);
            }
            Self::Credit(bytes) => {
                head.push(1);
                head.push_number(bytes);
            }
            Self::Close => head.push(2),
            Self::Widen(bytes) => {
                head.push(3);
                head.push_number(bytes);
            }
        }
        head
    }
}

/// An encoded message, without the bytes of the part. Before it there is room for the prefix of its
/// frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    bytes: [u8; PREFIX_BYTES + DIRECT_BYTES_MAX],
    length: usize,
}

impl Head {
    const fn new() -> Self {
        Self { bytes: [0; PREFIX_BYTES + DIRECT_BYTES_MAX], length: PREFIX_BYTES }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(PREFIX_BYTES..self.length).unwrap_or_default()
    }

    /// The beginning of the frame in which so many bytes of a part follow.
    pub(crate) fn framed(&mut self, part: usize) -> &[u8] {
        let body = self.as_slice().len().saturating_add(part);
        if let Some(to) = self.bytes.first_chunk_mut() {
            *to = prefix(body);
        }
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(to) = self.bytes.get_mut(self.length) {
            *to = byte;
            self.length = self.length.saturating_add(1);
        }
    }

    fn push_id(&mut self, id: TypeId) {
        let room = self.bytes.get_mut(self.length..).unwrap_or_default();
        if let Some(to) = room.first_chunk_mut() {
            *to = *id.as_bytes();
            self.length = self.length.saturating_add(to.len());
        }
    }

    /// Seven bits in each byte, the lowest first; all but the last have the eighth bit set.
    fn push_number(&mut self, mut number: u32) {
        while number >= 0x80 {
            let [low, ..] = number.to_le_bytes();
            self.push(low | 0x80);
            number >>= 7;
        }
        let [low, ..] = number.to_le_bytes();
        self.push(low);
    }
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*byte)
}

fn take_id(bytes: &mut &[u8]) -> Option<TypeId> {
    let (id, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(TypeId::from_bytes(*id))
}

/// A number that is written in the shortest way.
fn take_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let byte = take_byte(bytes)?;
        let bits = u32::from(byte & 0x7f);
        number |= bits.wrapping_shl(shift);
        if byte < 0x80 {
            let is_shortest = bits > 0 || shift == 0;
            let fits = bits.leading_zeros() >= shift;
            return (is_shortest && fits).then_some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests;
