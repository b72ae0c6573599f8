//! The end that accepted: silent until the hello's tag fits, then the first to prove who it is.

use crate::address::Address;
use alloc::vec::Vec;

use super::keys::{self, Confirmation, Keys, Tag, Transcript, equal};
use super::party::Party;
use super::wire::{
    self, Answer, ConfirmedAnswer, Greeting, SignedGreeting, SignedProof, TaggedHello,
};
use super::{Counterpart, Denial, Entrance, Established, Introduction, LinkEnd, Purpose, Side};
use crate::codec::encode;
use crate::fault::Fault;
use crate::hash::Label;
use crate::id::Instance;
use crate::key::Signature;
use crate::limits::SEATS_MAX;

/// Awaits the hello.
#[derive(Debug)]
pub(crate) struct Responder {
    binding: [u8; 32],
    instance: Instance,
    nonce: [u8; 32],
}

/// Knows that the other end has been told of the group, and has said nothing yet.
#[derive(Debug)]
pub(crate) struct Proven {
    party: Party,
    nonce: [u8; 32],
    hello: Transcript,
    tag: Tag,
    version: u16,
    initiator: Instance,
}

/// Has proved who it is and awaits the initiator's proof.
#[derive(Debug)]
pub(crate) struct AwaitProof {
    party: Party,
    initiator: Instance,
    transcript: Transcript,
    signature: Signature,
}

/// Knows who is at the other end and what it wants. Answer it one way or the other.
#[derive(Debug)]
pub(crate) struct Claim {
    party: Party,
    counterpart: Counterpart,
    purpose: Purpose,
    transcript: Transcript,
    initiator_signature: Signature,
    initiator_confirmation: Confirmation,
}

impl Responder {
    /// Begins a handshake on an accepted link.
    pub(crate) const fn new(end: LinkEnd<'_>) -> Self {
        Self { binding: *end.binding, instance: end.instance, nonce: end.nonce }
    }

    /// The body of the first frame arrived. Tries every seat, and gives the name of the first
    /// whose tag fits; a seat with two link secrets comes twice under one name.
    ///
    /// None, or an error: close the link in silence, at once. Whoever does not know a link secret
    /// sees the same in every case (attack L06).
    pub(crate) fn on_hello<'a, N>(
        self,
        body: &[u8],
        seats: impl IntoIterator<Item = (N, Entrance<'a>)>,
    ) -> Result<Option<(N, Proven)>, Fault> {
        let TaggedHello { hello, tag } = wire::open(body)?;
        let digest = keys::after_hello(&encode(&hello));
        // all of them, so that the time does not tell which one fits
        let mut found = None;
        for (name, seat) in seats.into_iter().take(SEATS_MAX.saturating_mul(2)) {
            if self.fits(seat, &digest, &tag) && found.is_none() {
                found = Some((name, seat));
            }
        }
        let Some((name, seat)) = found else { return Ok(None) };
        let version = wire::agree(&wire::VERSIONS, &hello.versions)?;
        let Self { binding, instance, nonce } = self;
        let party = Party::new(seat, LinkEnd { binding: &binding, instance, nonce });
        let initiator = hello.instance;
        Ok(Some((name, Proven { party, nonce, hello: digest, tag, version, initiator })))
    }

    /// Whether the tag was made for this seat: for whoever answers, or for its peer.
    fn fits(&self, seat: Entrance<'_>, hello: &Transcript, tag: &Tag) -> bool {
        let keys = Keys::new(seat.secret, seat.genesis.id(), &self.binding);
        let anyone = equal(tag, &keys.hello_tag(&self.binding, hello, None));
        let this = equal(tag, &keys.hello_tag(&self.binding, hello, Some(seat.peer)));
        anyone | this
    }
}

impl Proven {
    /// Reveals this end. Gives the second frame.
    pub(crate) fn greet(self, introduction: &Introduction<'_>) -> (AwaitProof, Vec<u8>) {
        let Self { party, nonce, hello, tag: hello_tag, version, initiator } = self;
        let greeting = Greeting {
            versions: wire::offer(),
            version,
            nonce,
            instance: party.instance,
            identification: party.identify(introduction),
        };
        let bytes = encode(&greeting);
        let tag = party.keys.greeting_tag(&party.binding, &hello, &hello_tag, &bytes);
        let tags = [&hello_tag, &tag];
        let transcript = keys::after_greeting(party.group(), &party.binding, &hello, tags, &bytes);
        let signature = party.sign(introduction, Label::LinkResponder, &transcript);
        let frame = wire::seal(&SignedGreeting { greeting, tag, signature });
        (AwaitProof { party, initiator, transcript, signature }, frame)
    }
}

impl AwaitProof {
    /// The body of the third frame arrived: who dials, if it is of the group.
    pub(crate) fn on_proof(self, body: &[u8]) -> Result<Claim, Fault> {
        let Self { party, initiator, transcript, signature: own_signature } = self;
        let SignedProof { proof, signature, confirmation } = wire::open(body)?;
        let transcript = keys::after_proof(&transcript, &own_signature, &encode(&proof));
        let expected = party.keys.confirmation(Side::Initiator, &transcript, Some(&signature));
        if !equal(&confirmation, &expected) {
            return Err(Fault::InvalidProof);
        }
        let counterpart = party.verify(
            proof.identification,
            initiator,
            Label::LinkInitiator,
            &transcript,
            &signature,
        )?;
        if proof.purpose != Purpose::Password {
            party.check_holder(&counterpart)?;
        }
        Ok(Claim {
            party,
            counterpart,
            purpose: proof.purpose,
            transcript,
            initiator_signature: signature,
            initiator_confirmation: confirmation,
        })
    }
}

impl Claim {
    /// Who dials.
    pub(crate) const fn counterpart(&self) -> &Counterpart {
        &self.counterpart
    }

    /// What for.
    pub(crate) const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Admits the peer. Gives the fourth frame.
    pub(crate) fn welcome(self) -> (Established, Vec<u8>) {
        let (frame, transcript) = self.answer(Answer::Welcome);
        let established = Established {
            counterpart: self.counterpart,
            side: Side::Responder,
            purpose: self.purpose,
            key: self.party.keys.link_key(&transcript),
            #[cfg(feature = "password")]
            binding: self.party.binding,
        };
        (established, frame)
    }

    /// Denies the peer, with encoded statements that show why and addresses of others, as many as
    /// fit. Gives the fourth frame; close the link behind it.
    pub(crate) fn deny(
        self,
        reason: Denial,
        evidence: Vec<Vec<u8>>,
        referrals: Vec<Address>,
    ) -> Vec<u8> {
        self.answer(Answer::denied(reason.code(), evidence, referrals)).0
    }

    fn answer(&self, answer: Answer) -> (Vec<u8>, Transcript) {
        let transcript = keys::after_answer(
            &self.transcript,
            &self.initiator_signature,
            &self.initiator_confirmation,
            &encode(&answer),
        );
        let confirmation = self.party.keys.confirmation(Side::Responder, &transcript, None);
        (wire::seal(&ConfirmedAnswer { answer, confirmation }), transcript)
    }
}
