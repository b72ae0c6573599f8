//! The handshake's symmetric half: tags, confirmations and the transcript.
//!
//! Every part that varies in length comes last in what is hashed, and at most one does.

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Side;
use crate::hash::{Label, hash, mac};
use crate::id::GroupId;
use crate::key::{PeerId, Signature};

/// Proves knowledge of the group's link secret.
pub(super) type Tag = [u8; 16];
/// Proves that an end has seen the whole transcript.
pub(super) type Confirmation = [u8; 32];
/// A hash of the messages so far.
pub(super) type Transcript = [u8; 32];

/// The first byte of what each transcript hash covers.
const HELLO: &[u8] = &[1];
const GREETING: &[u8] = &[2];
const PROOF: &[u8] = &[3];
const ANSWER: &[u8] = &[4];

/// The byte that separates the two ends' tags and confirmations, and the key that follows.
const INITIATOR: &[u8] = b"I";
const RESPONDER: &[u8] = b"R";

/// The keys of one handshake.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Keys {
    tag: [u8; 32],
    confirm: [u8; 32],
}

/// A key that only the two ends of one established link know.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct LinkKey([u8; 32]);

impl LinkKey {
    /// The key with these bytes.
    #[cfg(any(test, feature = "simulation"))]
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key's bytes.
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    pub(super) fn new(secret: &[u8; 32], group: GroupId, binding: &[u8; 32]) -> Self {
        Self {
            tag: mac(secret, Label::LinkTag, &[group.as_bytes()]),
            confirm: mac(binding, Label::LinkConfirm, &[group.as_bytes(), secret]),
        }
    }

    /// The initiator's tag over its hello. Whom it expects to reach is in the tag alone.
    pub(super) fn hello_tag(
        &self,
        binding: &[u8; 32],
        hello: &Transcript,
        target: Option<PeerId>,
    ) -> Tag {
        // no peer's key is all zeros: that point is of small order
        let target = target.map_or([0; 32], |peer| *peer.as_bytes());
        short(mac(&self.tag, Label::LinkTag, &[INITIATOR, binding, hello, &target]))
    }

    /// The responder's tag over both messages.
    pub(super) fn greeting_tag(
        &self,
        binding: &[u8; 32],
        hello: &Transcript,
        hello_tag: &Tag,
        greeting: &[u8],
    ) -> Tag {
        let parts: [&[u8]; 5] = [RESPONDER, binding, hello, hello_tag, greeting];
        short(mac(&self.tag, Label::LinkTag, &parts))
    }

    /// The confirmation of one end over the transcript and its signature, if it made one.
    pub(super) fn confirmation(
        &self,
        side: Side,
        transcript: &Transcript,
        signature: Option<&Signature>,
    ) -> Confirmation {
        let role = match side {
            Side::Initiator => INITIATOR,
            Side::Responder => RESPONDER,
        };
        let signature = signature.map_or(&[][..], |signature| signature.as_bytes());
        mac(&self.confirm, Label::LinkConfirm, &[role, transcript, signature])
    }

    /// The key of the link, once the whole transcript is known.
    pub(super) fn link_key(&self, transcript: &Transcript) -> LinkKey {
        LinkKey(mac(&self.confirm, Label::LinkKey, &[transcript]))
    }
}

/// The transcript up to the hello without its tag.
pub(super) fn after_hello(hello: &[u8]) -> Transcript {
    hash(Label::LinkTranscript, &[HELLO, hello])
}

/// The transcript up to the greeting without its signature.
pub(super) fn after_greeting(
    group: GroupId,
    binding: &[u8; 32],
    hello: &Transcript,
    tags: [&Tag; 2],
    greeting: &[u8],
) -> Transcript {
    let [hello_tag, greeting_tag] = tags;
    let parts: [&[u8]; 7] =
        [GREETING, group.as_bytes(), binding, hello, hello_tag, greeting_tag, greeting];
    hash(Label::LinkTranscript, &parts)
}

/// The transcript up to the proof without its signature and confirmation.
pub(super) fn after_proof(
    before: &Transcript,
    responder_signature: &Signature,
    proof: &[u8],
) -> Transcript {
    hash(Label::LinkTranscript, &[PROOF, before, responder_signature.as_bytes(), proof])
}

/// The transcript up to the answer without its confirmation.
pub(super) fn after_answer(
    before: &Transcript,
    initiator_signature: &Signature,
    confirmation: &Confirmation,
    answer: &[u8],
) -> Transcript {
    let parts: [&[u8]; 5] = [ANSWER, before, initiator_signature.as_bytes(), confirmation, answer];
    hash(Label::LinkTranscript, &parts)
}

/// Whether two secrets are equal, in time that does not depend on where they differ.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// The first half of a tag is tag enough: a guess on line succeeds once in 2^128.
fn short(tag: [u8; 32]) -> Tag {
    let mut out = [0; 16];
    for (to, from) in out.iter_mut().zip(tag) {
        *to = from;
    }
    out
}
