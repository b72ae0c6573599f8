//! The four messages as they travel: canonical values, padded with zeros.
//!
//! Keys of peers and chains stay bytes until the cheap check has passed, because reading them
//! costs work with public keys.

use crate::address::Address;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Purpose;
use super::keys::{Confirmation, Tag};
use crate::codec::encode;
use crate::fault::Fault;
use crate::frame::frame;
use crate::id::Instance;
use crate::key::Signature;
use crate::limits::{
    ADDRESSES_MAX, EVIDENCE_BYTES_MAX, EVIDENCE_MAX, HANDSHAKE_FRAME_BYTES_MAX, HANDSHAKE_PADDING,
    VERSIONS_MAX,
};
use crate::time::UnixTime;

/// The versions of the protocol that this software speaks, the best first.
pub(super) const VERSIONS: [u16; 1] = [1];

/// The first message, without what proves it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) versions: Vec<u16>,
    pub(super) nonce: [u8; 32],
    pub(super) instance: Instance,
}

/// The first message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TaggedHello {
    pub(super) hello: Hello,
    pub(super) tag: Tag,
}

/// Who an end is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Identification {
    pub(super) peer: [u8; 32],
    pub(super) chain: Vec<u8>,
    pub(super) time: UnixTime,
    pub(super) digest: [u8; 32],
}

/// The second message, without what proves it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Greeting {
    pub(super) versions: Vec<u16>,
    pub(super) version: u16,
    pub(super) nonce: [u8; 32],
    pub(super) instance: Instance,
    pub(super) identification: Identification,
}

/// The second message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SignedGreeting {
    pub(super) greeting: Greeting,
    pub(super) tag: Tag,
    pub(super) signature: Signature,
}

/// The third message, without what proves it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) identification: Identification,
    pub(super) purpose: Purpose,
}

/// The third message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SignedProof {
    pub(super) proof: Proof,
    pub(super) signature: Signature,
    pub(super) confirmation: Confirmation,
}

/// The fourth message, without what proves it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Welcome,
    Denied { reason: u8, evidence: Vec<Vec<u8>>, referrals: Vec<Address> },
}

/// The fourth message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ConfirmedAnswer {
    pub(super) answer: Answer,
    pub(super) confirmation: Confirmation,
}

/// Our versions as they are offered.
pub(super) fn offer() -> Vec<u16> {
    VERSIONS.to_vec()
}

/// The best version that both offers name. Both ends compute it alike (attack L05).
pub(super) fn agree(ours: &[u16], theirs: &[u16]) -> Result<u16, Fault> {
    let descending = theirs.iter().zip(theirs.iter().skip(1)).all(|(one, next)| one > next);
    if theirs.len() > VERSIONS_MAX || !descending {
        return Err(Fault::Malformed);
    }
    ours.iter().copied().find(|one| theirs.contains(one)).ok_or(Fault::UnsupportedVersion)
}

impl Answer {
    /// A denial with as much of the evidence and the referrals, in order, as its bounds allow.
    pub(super) fn denied(reason: u8, evidence: Vec<Vec<u8>>, mut referrals: Vec<Address>) -> Self {
        let mut room = EVIDENCE_BYTES_MAX;
        let fits = |statement: &Vec<u8>| match room.checked_sub(statement.len()) {
            Some(rest) => {
                room = rest;
                true
            }
            None => false,
        };
        let evidence = evidence.into_iter().take(EVIDENCE_MAX).take_while(fits).collect();
        referrals.truncate(ADDRESSES_MAX);
        Self::Denied { reason, evidence, referrals }
    }

    /// Whether evidence and referrals keep their bounds.
    pub(super) fn is_bounded(&self) -> bool {
        match self {
            Self::Welcome => true,
            Self::Denied { evidence, referrals, .. } => {
                let bytes: usize = evidence.iter().map(Vec::len).sum();
                evidence.len() <= EVIDENCE_MAX
                    && bytes <= EVIDENCE_BYTES_MAX
                    && referrals.len() <= ADDRESSES_MAX
            }
        }
    }
}

/// A message as a frame: its canonical bytes and zeros up to a multiple of the padding.
pub(crate) fn seal<T: Serialize>(message: &T) -> Vec<u8> {
    let mut body = encode(message);
    body.resize(body.len().next_multiple_of(HANDSHAKE_PADDING), 0);
    debug_assert!(body.len() <= HANDSHAKE_FRAME_BYTES_MAX, "every field is bounded");
    frame(&body)
}

/// Reads a message from the body of a frame: canonical, with zeros and no more of them than
/// needed behind it.
pub(crate) fn open<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    if body.len() > HANDSHAKE_FRAME_BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    let (message, padding) = postcard::take_from_bytes::<T>(body).map_err(|_| Fault::Malformed)?;
    let encoded = encode(&message);
    let canonical = body.starts_with(&encoded)
        && encoded.len().saturating_add(padding.len()) == body.len()
        && encoded.len().next_multiple_of(HANDSHAKE_PADDING) == body.len()
        && padding.iter().all(|byte| *byte == 0);
    if canonical { Ok(message) } else { Err(Fault::Malformed) }
}

/// A flight, the first being 0, read and written again.
#[cfg(feature = "simulation")]
pub(crate) fn reread(number: usize, body: &[u8]) -> Result<Vec<u8>, Fault> {
    match number {
        0 => open::<TaggedHello>(body).map(|message| seal(&message)),
        1 => open::<SignedGreeting>(body).map(|message| seal(&message)),
        2 => open::<SignedProof>(body).map(|message| seal(&message)),
        3 => open::<ConfirmedAnswer>(body).map(|message| seal(&message)),
        _ => Err(Fault::Unexpected),
    }
}
