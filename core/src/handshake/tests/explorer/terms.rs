//! What whoever is in the middle can say to an actor, by what it knows.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::super::keys::{self, Confirmation, Keys, Tag};
use super::super::wire::{
    self, Answer, ConfirmedAnswer, Greeting, Hello, Proof, SignedGreeting, SignedProof, TaggedHello,
};
use super::super::{SECRET, body};
use super::actors::{Actor, Local};
use super::{Insight, Message};
use crate::codec::encode;
use crate::handshake::{Purpose, Side};
use crate::id::Instance;
use crate::key::Signature;

/// The parts of all that is known.
#[derive(Default)]
struct Parts {
    hellos: Vec<Vec<u8>>,
    greetings: Vec<Vec<u8>>,
    proofs: Vec<Vec<u8>>,
    tags: Vec<Tag>,
    signatures: Vec<Signature>,
    confirmations: Vec<Confirmation>,
}

impl Parts {
    fn of(known: &BTreeSet<Message>) -> Self {
        let mut parts = Self::default();
        for message in known {
            if let Ok(TaggedHello { hello, tag }) = wire::open(message) {
                parts.hellos.push(encode(&hello));
                parts.tags.push(tag);
            } else if let Ok(SignedGreeting { greeting, tag, signature }) = wire::open(message) {
                parts.greetings.push(encode(&greeting));
                parts.tags.push(tag);
                parts.signatures.push(signature);
            } else if let Ok(SignedProof { proof, signature, confirmation }) = wire::open(message) {
                parts.proofs.push(encode(&proof));
                parts.signatures.push(signature);
                parts.confirmations.push(confirmation);
            } else if let Ok(ConfirmedAnswer { confirmation, .. }) = wire::open(message) {
                parts.confirmations.push(confirmation);
            }
        }
        parts
    }
}

/// Everything that can be said to an actor in this state of its.
pub(super) fn for_actor(
    actor: &Actor,
    local: &Local,
    known: &BTreeSet<Message>,
    insight: Insight,
) -> Vec<Vec<u8>> {
    let parts = Parts::of(known);
    let mut terms: Vec<Vec<u8>> = known.iter().map(|message| message.to_vec()).collect();
    let keys = (insight == Insight::Secret)
        .then(|| Keys::new(&SECRET, actor.end.genesis.id(), &[actor.binding; 32]));
    let place = Place { actor, local, keys };
    match (actor.part.is_dialler(), local.heard.len()) {
        (false, 0) => place.hellos(&parts, &mut terms),
        (true, 0) => place.greetings(&parts, &mut terms),
        (false, _) => place.proofs(&parts, &mut terms),
        (true, _) => place.answers(&parts, &mut terms),
    }
    terms
}

/// An actor, and the keys that its link has if they are known.
struct Place<'a> {
    actor: &'a Actor,
    local: &'a Local,
    keys: Option<Keys>,
}

impl Place<'_> {
    fn binding(&self) -> [u8; 32] {
        [self.actor.binding; 32]
    }

    fn hellos(&self, parts: &Parts, terms: &mut Vec<Vec<u8>>) {
        for hello in parts.hellos.iter().flat_map(|bytes| changed(bytes, &HELLO)) {
            let digest = keys::after_hello(&encode(&hello));
            let fresh = self.keys.iter().flat_map(|keys| {
                let targets = [None, Some(self.actor.peer())];
                targets.map(|target| keys.hello_tag(&self.binding(), &digest, target))
            });
            let again = parts.tags.iter().copied().filter(|_| self.keys.is_none());
            for tag in fresh.chain(again) {
                let hello = Hello { versions: hello.versions.clone(), ..hello };
                terms.push(body(&wire::seal(&TaggedHello { hello, tag })));
            }
        }
    }

    fn greetings(&self, parts: &Parts, terms: &mut Vec<Vec<u8>>) {
        let Some(own) = self.local.said.first() else { return };
        let Ok(TaggedHello { hello, tag: hello_tag }) = wire::open(own) else { return };
        let digest = keys::after_hello(&encode(&hello));
        for greeting in parts.greetings.iter().flat_map(|bytes| changed(bytes, &GREETING)) {
            let bytes = encode(&greeting);
            let fresh = self
                .keys
                .iter()
                .map(|keys| keys.greeting_tag(&self.binding(), &digest, &hello_tag, &bytes));
            let again = parts.tags.iter().copied().filter(|_| self.keys.is_none());
            for tag in fresh.chain(again) {
                for signature in &parts.signatures {
                    let greeting: Greeting = reread(&bytes);
                    let signed = SignedGreeting { greeting, tag, signature: *signature };
                    terms.push(body(&wire::seal(&signed)));
                }
            }
        }
    }

    fn proofs(&self, parts: &Parts, terms: &mut Vec<Vec<u8>>) {
        let (Some(hello), Some(own)) = (self.local.heard.first(), self.local.said.first()) else {
            return;
        };
        let (Ok(hello), Ok(own)) = (wire::open(hello), wire::open(own)) else { return };
        let before = self.after_greeting(&hello, &own);
        for proof in parts.proofs.iter().flat_map(|bytes| changed(bytes, &PROOF)) {
            let bytes = encode(&proof);
            let transcript = keys::after_proof(&before, &own.signature, &bytes);
            for signature in &parts.signatures {
                let side = Side::Initiator;
                let fresh = self
                    .keys
                    .iter()
                    .map(|keys| keys.confirmation(side, &transcript, Some(signature)));
                let again = parts.confirmations.iter().copied().filter(|_| self.keys.is_none());
                for confirmation in fresh.chain(again) {
                    let proof: Proof = reread(&bytes);
                    let signed = SignedProof { proof, signature: *signature, confirmation };
                    terms.push(body(&wire::seal(&signed)));
                }
            }
        }
    }

    fn answers(&self, parts: &Parts, terms: &mut Vec<Vec<u8>>) {
        let (Some(hello), Some(proof)) = (self.local.said.first(), self.local.said.get(1)) else {
            return;
        };
        let Some(greeting) = self.local.heard.first() else { return };
        let (Ok(hello), Ok(greeting)) = (wire::open(hello), wire::open(greeting)) else { return };
        let Ok(proof) = wire::open::<SignedProof>(proof) else { return };
        let before = self.after_greeting(&hello, &greeting);
        let transcript = keys::after_proof(&before, &greeting.signature, &encode(&proof.proof));
        let answer = encode(&Answer::Welcome);
        let transcript =
            keys::after_answer(&transcript, &proof.signature, &proof.confirmation, &answer);
        let fresh =
            self.keys.iter().map(|keys| keys.confirmation(Side::Responder, &transcript, None));
        for confirmation in fresh.chain(parts.confirmations.iter().copied()) {
            let answer = ConfirmedAnswer { answer: Answer::Welcome, confirmation };
            terms.push(body(&wire::seal(&answer)));
        }
    }

    fn after_greeting(&self, hello: &TaggedHello, greeting: &SignedGreeting) -> keys::Transcript {
        let digest = keys::after_hello(&encode(&hello.hello));
        let tags = [&hello.tag, &greeting.tag];
        let bytes = encode(&greeting.greeting);
        keys::after_greeting(self.actor.end.genesis.id(), &self.binding(), &digest, tags, &bytes)
    }
}

/// What may be changed of a message's content, one thing at a time.
type Change<T> = fn(&mut T);

const HELLO: [Change<Hello>; 3] =
    [|_| (), |it| it.versions.insert(0, 2), |it| it.instance = Instance::from_u64(5)];

const GREETING: [Change<Greeting>; 3] =
    [|_| (), |it| it.versions.insert(0, 2), |it| it.identification.digest[0] ^= 1];

const PROOF: [Change<Proof>; 3] = [
    |_| (),
    |it| it.purpose = Purpose::Connection { nonce: 9 },
    |it| it.identification.digest[0] ^= 1,
];

/// The content with each of the changes.
fn changed<T: serde::de::DeserializeOwned>(bytes: &[u8], changes: &[Change<T>]) -> Vec<T> {
    let apply = |change: &Change<T>| {
        let mut content = reread(bytes);
        change(&mut content);
        content
    };
    changes.iter().map(apply).collect()
}

fn reread<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).unwrap()
}
