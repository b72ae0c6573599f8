//! The end that dialled: hello, then its proof once it knows who answers.

use crate::address::Address;
use alloc::vec::Vec;

use super::keys::{self, Confirmation, Tag, Transcript, equal};
use super::party::Party;
use super::wire::{self, Answer, ConfirmedAnswer, Hello, SignedGreeting, SignedProof, TaggedHello};
use super::{Counterpart, Denial, Entrance, Established, Introduction, LinkEnd, Purpose, Side};
use crate::codec::encode;
use crate::fault::Fault;
use crate::hash::Label;
use crate::key::{PeerId, Signature};

/// Has said hello and awaits the greeting.
#[derive(Debug)]
pub(crate) struct Initiator {
    party: Party,
    target: Option<PeerId>,
    hello: Transcript,
    tag: Tag,
}

/// Knows who is at the other end and has revealed nothing yet. Drop it to leave it at that.
#[derive(Debug)]
pub(crate) struct Greeting {
    party: Party,
    counterpart: Counterpart,
    transcript: Transcript,
    responder_signature: Signature,
}

/// Has proved who it is and awaits the answer.
#[derive(Debug)]
pub(crate) struct AwaitAnswer {
    party: Party,
    counterpart: Counterpart,
    purpose: Purpose,
    transcript: Transcript,
    signature: Signature,
    confirmation: Confirmation,
}

/// The responder's answer.
#[derive(Debug)]
pub(crate) enum Answered {
    /// The link is up.
    Welcome(Established),
    /// The responder does not admit this peer; it closes the link.
    Denied {
        /// Who denies.
        counterpart: Counterpart,
        /// Why.
        reason: Denial,
        /// Statements that show it, encoded, unchecked.
        evidence: Vec<Vec<u8>>,
        /// Where others may be found: hints, if the responder had no room.
        referrals: Vec<Address>,
    },
}

impl Initiator {
    /// Begins a handshake. With a target, nobody else can answer. Gives the first frame.
    pub(crate) fn new(
        seat: Entrance<'_>,
        end: LinkEnd<'_>,
        target: Option<PeerId>,
    ) -> (Self, Vec<u8>) {
        let party = Party::new(seat, end);
        let hello = Hello { versions: wire::offer(), nonce: end.nonce, instance: end.instance };
        let digest = keys::after_hello(&encode(&hello));
        let tag = party.keys.hello_tag(&party.binding, &digest, target);
        let frame = wire::seal(&TaggedHello { hello, tag });
        (Self { party, target, hello: digest, tag }, frame)
    }

    /// The body of the second frame arrived: who answers, if it is of the group.
    pub(crate) fn on_greeting(self, body: &[u8]) -> Result<Greeting, Fault> {
        let Self { party, target, hello, tag: hello_tag } = self;
        let SignedGreeting { greeting, tag, signature } = wire::open(body)?;
        let bytes = encode(&greeting);
        let expected = party.keys.greeting_tag(&party.binding, &hello, &hello_tag, &bytes);
        if !equal(&tag, &expected) {
            return Err(Fault::InvalidProof);
        }
        let version = wire::agree(&wire::VERSIONS, &greeting.versions)?;
        let is_target = target.is_none_or(|peer| *peer.as_bytes() == greeting.identification.peer);
        if version != greeting.version || !is_target {
            return Err(Fault::InvalidProof);
        }
        let tags = [&hello_tag, &tag];
        let transcript = keys::after_greeting(party.group(), &party.binding, &hello, tags, &bytes);
        let counterpart = party.verify(
            greeting.identification,
            greeting.instance,
            Label::LinkResponder,
            &transcript,
            &signature,
        )?;
        party.check_holder(&counterpart)?;
        Ok(Greeting { party, counterpart, transcript, responder_signature: signature })
    }
}

impl Greeting {
    /// Who answers.
    pub(crate) const fn counterpart(&self) -> &Counterpart {
        &self.counterpart
    }

    /// Reveals this end. Gives the third frame.
    pub(crate) fn proceed(
        self,
        introduction: &Introduction<'_>,
        purpose: Purpose,
    ) -> (AwaitAnswer, Vec<u8>) {
        let Self { party, counterpart, transcript, responder_signature } = self;
        let grants = if purpose == Purpose::Password { &[] } else { introduction.grants };
        let introduction = &Introduction { grants, ..*introduction };
        let proof = wire::Proof { identification: party.identify(introduction), purpose };
        let transcript = keys::after_proof(&transcript, &responder_signature, &encode(&proof));
        let signature = party.sign(introduction, Label::LinkInitiator, &transcript);
        let confirmation = party.keys.confirmation(Side::Initiator, &transcript, Some(&signature));
        let frame = wire::seal(&SignedProof { proof, signature, confirmation });
        let next = AwaitAnswer { party, counterpart, purpose, transcript, signature, confirmation };
        (next, frame)
    }
}

impl AwaitAnswer {
    /// The body of the fourth frame arrived.
    pub(crate) fn on_answer(self, body: &[u8]) -> Result<Answered, Fault> {
        let ConfirmedAnswer { answer, confirmation } = wire::open(body)?;
        let transcript = keys::after_answer(
            &self.transcript,
            &self.signature,
            &self.confirmation,
            &encode(&answer),
        );
        let keys = &self.party.keys;
        let expected = keys.confirmation(Side::Responder, &transcript, None);
        if !equal(&confirmation, &expected) {
            return Err(Fault::InvalidProof);
        }
        if !answer.is_bounded() {
            return Err(Fault::TooLarge);
        }
        let counterpart = self.counterpart;
        Ok(match answer {
            Answer::Welcome => Answered::Welcome(Established {
                counterpart,
                side: Side::Initiator,
                purpose: self.purpose,
                key: keys.link_key(&transcript),
                #[cfg(feature = "password")]
                binding: self.party.binding,
            }),
            Answer::Denied { reason, evidence, referrals } => Answered::Denied {
                counterpart,
                reason: Denial::from_code(reason),
                evidence,
                referrals,
            },
        })
    }
}
