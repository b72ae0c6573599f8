//! Large payloads in a file: in parts, in order, each of them what the root of its payload says.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::record::{Digest, Part, PayloadId, digest_of, leaf_digest};

/// Bytes before those of the part: the root, the length and the place, big-endian.
const PREFIX: usize = 32 + 4 + 4;

/// A part of a payload, as a file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilePart {
    pub(crate) payload: PayloadId,
    pub(crate) part: Part,
    pub(crate) bytes: Bytes,
}

impl FilePart {
    /// What a frame holds of it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (len, place) = (self.payload.size().to_be_bytes(), self.part.place().to_be_bytes());
        [&self.payload.root()[..], &len, &place, &self.bytes].concat()
    }

    /// Reads it; none if it is too short to be one.
    fn decode(content: Vec<u8>) -> Option<Self> {
        let content = Bytes::from(content);
        let (root, rest) = content.split_first_chunk::<32>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let place = rest.first_chunk::<4>()?;
        let payload = PayloadId::new(*root, u32::from_be_bytes(*len));
        let part = Part::at(u32::from_be_bytes(*place));
        Some(Self { payload, part, bytes: content.slice(PREFIX..) })
    }
}

/// The parts of a file as they come: by payload and by place, so that the hashes of the leaves come
/// before those, and no others are in memory.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    last: Option<(PayloadId, Part)>,
    /// Of the leaves of the last payload.
    digests: Vec<Digest>,
}

impl Parts {
    /// Reads the next one; none if it is not one, out of order, or not what the root says.
    pub(crate) fn read(&mut self, content: Vec<u8>) -> Option<FilePart> {
        FilePart::decode(content).filter(|part| self.take(part))
    }

    /// Takes the next one. False if it is out of order, or not what the root says.
    pub(crate) fn take(&mut self, next: &FilePart) -> bool {
        let FilePart { payload, part, bytes } = next;
        let is_next = self.last.is_none_or(|last| last < (*payload, *part));
        if !is_next || !payload.is_valid() || payload.part_len(*part) != Some(bytes.len()) {
            return false;
        }
        if self.last.is_none_or(|(last, _)| last != *payload) {
            self.digests = payload.only_digest().unwrap_or_default();
        }
        self.last = Some((*payload, *part));
        match part {
            // those of a single leaf are its root
            Part::Digests if payload.leaves() == 1 => false,
            Part::Digests => {
                self.digests = payload.digests(bytes).unwrap_or_default();
                !self.digests.is_empty()
            }
            Part::Leaf(_) => digest_of(&self.digests, *part) == Some(leaf_digest(bytes)),
        }
    }

    /// What the hash of a leaf is to be: of the last payload that came, once its hashes have.
    pub(crate) fn digest(&self, payload: PayloadId, part: Part) -> Option<Digest> {
        self.last.filter(|(last, _)| *last == payload)?;
        digest_of(&self.digests, part)
    }
}
