//! The exchange of a password with somebody in the middle.

use alloc::vec::Vec;

use crate::frame::Deframer;
use crate::handshake::Denial;
use crate::id::GroupId;
use crate::key::SecretKey;
use crate::limits::HANDSHAKE_FRAME_BYTES_MAX;
use crate::password::{Admitter, Newcomer, Parties, PasswordSecret, Verdict, deny};

/// The chain that the admitter hands out.
const CHAIN: &[u8] = b"a chain";

/// How an exchange ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guessed {
    /// The admitter takes it that the newcomer knows the password.
    pub proven: bool,
    /// The newcomer takes it that it is admitted.
    pub admitted: bool,
}

/// Two ends, each with its password and its view of the link, exchange shares and confirmations.
/// `give` is shown each flight's body, the first being 0, and gives what goes on in its place.
pub fn exchange(
    passwords: [u8; 2],
    bindings: [u8; 2],
    randoms: [u8; 2],
    mut give: impl FnMut(usize, Vec<u8>) -> Vec<u8>,
) -> Guessed {
    let mut guessed = Guessed::default();
    let [ours, theirs] = passwords.map(|of| PasswordSecret::from_bytes([of; 32]));
    let [here, there] = bindings.map(parties);
    let [one, other] = randoms.map(|of| [of; 64]);
    let Ok((newcomer, offer)) = Newcomer::begin(here, &ours, one) else { return guessed };
    let admitter = Admitter::new(there).on_share(&give(0, body(&offer)), &theirs, other);
    let Ok((admitter, answer)) = admitter else { return guessed };
    let newcomer = newcomer.on_share(&give(1, body(&answer)));
    let Ok((newcomer, confirmation)) = newcomer else { return guessed };
    let proven = admitter.on_confirmation(&give(2, body(&confirmation)));
    let verdict = match &proven {
        Ok(Some(proven)) => proven.admit(CHAIN.to_vec()),
        Ok(None) | Err(_) => deny(Denial::WrongPassword),
    };
    guessed.proven = matches!(proven, Ok(Some(_)));
    let verdict = newcomer.on_verdict(&give(3, body(&verdict)));
    guessed.admitted = matches!(verdict, Ok(Verdict::Admitted(chain)) if chain == CHAIN);
    guessed
}

fn parties(binding: u8) -> Parties {
    Parties {
        binding: [binding; 32],
        group: GroupId::from_bytes([4; 32]),
        newcomer: SecretKey::mock(5).peer(),
        admitter: SecretKey::mock(6).peer(),
    }
}

/// The body of a whole frame.
fn body(mut frame: &[u8]) -> Vec<u8> {
    let mut frames = Deframer::new(HANDSHAKE_FRAME_BYTES_MAX);
    frames.next(&mut frame).ok().flatten().unwrap_or_default().into_owned()
}
