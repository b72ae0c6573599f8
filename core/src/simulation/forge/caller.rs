//! Somebody who dials, has been told of the group, and goes as far in a handshake as it likes.

use alloc::vec::Vec;

use crate::frame::Deframer;
use crate::handshake::{
    Answered, AwaitAnswer, Entrance, Initiator, Introduction, LinkEnd, Purpose,
};
use crate::id::Instance;
use crate::invitation::Invitation;
use crate::key::SecretKey;
use crate::limits::HANDSHAKE_FRAME_BYTES_MAX;
use crate::statement::Statement;
use crate::time::UnixTime;

/// The dialling end of a handshake, said flight by flight.
///
/// What it says is what an honest node of the invitation's subject would say: what is forged is
/// when it says it, and on which link.
#[derive(Debug)]
pub struct Caller {
    key: SecretKey,
    grants: Vec<Statement>,
    stage: Stage,
}

/// How far it has come.
#[derive(Debug)]
enum Stage {
    Greeting(Initiator),
    Answer(AwaitAnswer),
    Over,
}

impl Caller {
    /// Dials on a link with this binding, as the subject of an invitation. The number tells its
    /// running nodes apart and makes its nonce. Gives the first flight, a whole frame.
    pub fn new(
        invitation: &Invitation,
        key: &SecretKey,
        binding: &[u8; 32],
        number: u64,
    ) -> (Self, Vec<u8>) {
        let secret = invitation.link_secret();
        let entrance =
            Entrance { genesis: invitation.genesis(), peer: invitation.subject(), secret: &secret };
        let mut nonce = [0xca; 32];
        nonce.iter_mut().zip(number.to_le_bytes()).for_each(|(to, from)| *to = from);
        let end = LinkEnd { binding, instance: Instance::from_u64(number), nonce };
        let (machine, hello) = Initiator::new(entrance, end, None);
        let grants = invitation.grants().to_vec();
        (Self { key: key.clone(), grants, stage: Stage::Greeting(machine) }, hello)
    }

    /// The third flight, in answer to the bytes heard so far; none if they are not the second.
    pub fn prove(&mut self, heard: &[u8], time: UnixTime) -> Option<Vec<u8>> {
        let stage = core::mem::replace(&mut self.stage, Stage::Over);
        let Stage::Greeting(machine) = stage else { return None };
        let greeting = machine.on_greeting(&bodies(heard).next()?).ok()?;
        let introduction =
            Introduction { key: &self.key, grants: &self.grants, time, digest: [0; 32] };
        let (machine, proof) = greeting.proceed(&introduction, Purpose::Group);
        self.stage = Stage::Answer(machine);
        Some(proof)
    }

    /// Whether the bytes heard so far, both flights, say that it is welcome.
    pub fn is_welcome(self, heard: &[u8]) -> bool {
        let (Stage::Answer(machine), Some(body)) = (self.stage, bodies(heard).nth(1)) else {
            return false;
        };
        matches!(machine.on_answer(&body), Ok(Answered::Welcome(_)))
    }
}

/// The bodies of the whole frames of a handshake.
fn bodies(mut bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut deframer = Deframer::new(HANDSHAKE_FRAME_BYTES_MAX);
    core::iter::from_fn(move || Some(deframer.next(&mut bytes).ok().flatten()?.into_owned()))
}
