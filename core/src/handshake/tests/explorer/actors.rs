//! Ends that run the handshake as it is, and how far each has come.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use super::super::wire::{self, SignedGreeting, SignedProof};
use super::super::{
    AwaitAnswer, AwaitProof, End, Established, Initiator, LinkEnd, Responder, body,
};
use super::Message;
use crate::handshake::{Answered, Purpose};
use crate::key::PeerId;

/// What an actor does.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Dialler { target: Option<PeerId>, purpose: Purpose },
    Answerer,
}

impl Role {
    pub(super) fn is_dialler(self) -> bool {
        matches!(self, Self::Dialler { .. })
    }

    pub(super) fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Dialler { purpose, .. } => Some(purpose),
            Self::Answerer => None,
        }
    }
}

/// One end of one link.
pub(super) struct Actor {
    pub(super) name: &'static str,
    pub(super) end: End,
    pub(super) binding: u8,
    pub(super) part: Role,
    pub(super) is_honest: bool,
}

/// How far an actor has come: all that it took, and all that it said to that.
pub(super) struct Local {
    pub(super) actor: usize,
    dials: bool,
    pub(super) heard: Vec<Message>,
    pub(super) said: Vec<Message>,
    pub(super) up: Option<Up>,
}

/// A link that is up, as one end has it.
pub(super) struct Up {
    pub(super) peer: PeerId,
    pub(super) purpose: Purpose,
    pub(super) key: [u8; 32],
}

impl From<Established> for Up {
    fn from(established: Established) -> Self {
        let Established { counterpart, purpose, key, .. } = established;
        Self { peer: counterpart.peer, purpose, key: *key.as_bytes() }
    }
}

impl Actor {
    pub(super) fn new(name: &'static str, end: End, binding: u8, part: Role) -> Self {
        Self { name, end, binding, part, is_honest: true }
    }

    pub(super) fn dishonest(self) -> Self {
        Self { is_honest: false, ..self }
    }

    pub(super) fn peer(&self) -> PeerId {
        self.end.key.peer()
    }

    fn link(&self, number: usize) -> ([u8; 32], [u8; 32]) {
        let mut nonce = [0; 32];
        nonce[0] = u8::try_from(number).unwrap();
        nonce[1] = if self.part.is_dialler() { 0x40 } else { 0x80 };
        ([self.binding; 32], nonce)
    }

    /// Whoever dials says hello at once.
    pub(super) fn begin(&self, number: usize) -> Local {
        let said = match self.part {
            Role::Dialler { target, .. } => vec![Rc::new(self.dial(number, target).1)],
            Role::Answerer => Vec::new(),
        };
        let dials = self.part.is_dialler();
        Local { actor: number, dials, heard: Vec::new(), said, up: None }
    }

    /// What comes of it if it is given this now; none if it does not take it.
    pub(super) fn hear(&self, local: &Local, term: &Message) -> Option<Local> {
        let number = local.actor;
        let (answer, up) = match (self.part, local.heard.first()) {
            (Role::Dialler { target, purpose }, None) => {
                let (_, proof) = self.prove(number, target, purpose, term)?;
                (Some(proof), None)
            }
            (Role::Dialler { target, purpose }, Some(greeting)) => {
                let (waiting, _) = self.prove(number, target, purpose, greeting)?;
                let Ok(Answered::Welcome(up)) = waiting.on_answer(term) else { return None };
                (None, Some(up.into()))
            }
            (Role::Answerer, None) => (Some(self.greet(number, term)?.1), None),
            (Role::Answerer, Some(hello)) => {
                let claim = self.greet(number, hello)?.0.on_proof(term).ok()?;
                let (up, answer) = claim.welcome();
                (Some(body(&answer)), Some(up.into()))
            }
        };
        let mut heard = local.heard.clone();
        heard.push(Rc::clone(term));
        let mut said = local.said.clone();
        said.extend(answer.map(Rc::new));
        Some(Local { actor: number, dials: local.dials, heard, said, up })
    }

    fn dial(&self, number: usize, target: Option<PeerId>) -> (Initiator, Vec<u8>) {
        let (binding, nonce) = self.link(number);
        let end = LinkEnd { binding: &binding, instance: self.end.instance, nonce };
        let (state, frame) = Initiator::new(self.end.seat(), end, target);
        (state, body(&frame))
    }

    fn prove(
        &self,
        number: usize,
        target: Option<PeerId>,
        purpose: Purpose,
        greeting: &[u8],
    ) -> Option<(AwaitAnswer, Vec<u8>)> {
        let greeted = self.dial(number, target).0.on_greeting(greeting).ok()?;
        let (waiting, frame) = greeted.proceed(&self.end.introduction(), purpose);
        Some((waiting, body(&frame)))
    }

    fn greet(&self, number: usize, hello: &[u8]) -> Option<(AwaitProof, Vec<u8>)> {
        let (binding, nonce) = self.link(number);
        let end = LinkEnd { binding: &binding, instance: self.end.instance, nonce };
        let heard = Responder::new(end).on_hello(hello, [((), self.end.seat())]).ok()??;
        let (waiting, frame) = heard.1.greet(&self.end.introduction());
        Some((waiting, body(&frame)))
    }
}

impl Local {
    pub(super) fn is_over(&self) -> bool {
        self.up.is_some()
    }

    /// The greeting, here said or heard: its signature names the run, for each end draws a nonce.
    fn greeting(&self) -> Option<SignedGreeting> {
        let place = if self.dials { self.heard.first() } else { self.said.first() };
        wire::open(place?).ok()
    }

    /// The proof, here said or heard.
    fn proof(&self) -> Option<SignedProof> {
        let place = if self.dials { self.said.get(1) } else { self.heard.get(1) };
        wire::open(place?).ok()
    }

    /// Whom it has taken for its counterpart; none if it knows of none yet.
    pub(super) fn counterpart(&self) -> Option<PeerId> {
        let named = if self.dials {
            self.greeting().map(|it| it.greeting.identification.peer)
        } else {
            self.proof().map(|it| it.proof.identification.peer)
        };
        PeerId::from_bytes(named?).ok()
    }

    /// Whether the two are in one run: of one greeting, and of one proof if both have one.
    pub(super) fn is_with(&self, other: &Self) -> bool {
        let signature = |local: &Self| local.greeting().map(|it| it.signature);
        let proven = |local: &Self| local.proof().map(|it| it.signature);
        let is_one_run = signature(self).is_some() && signature(self) == signature(other);
        is_one_run && proven(self).zip(proven(other)).is_none_or(|(one, two)| one == two)
    }
}
