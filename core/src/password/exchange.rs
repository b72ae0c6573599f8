//! Proving to each other that both know the password: four flights behind the handshake.
//!
//! ```text
//! newcomer                       admitter
//!    share        ─────────────▶
//!                 ◀─────────────  share
//!    confirmation ─────────────▶            wrong: the failure is durable before the answer
//!                 ◀─────────────  verdict   right: the grant is durable before the answer
//! ```
//!
//! The newcomer confirms first: whoever does not know the password learns nothing before it has
//! spent a guess that the admitter counts. The verdict carries the admitter's own confirmation,
//! which covers the credential. Each state consumes itself: a flight out of turn cannot be given
//! to it. Padding, and the refusal of anything that is not canonical, are the handshake's.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::pake::{Context, Cpace, Key, Pake, Share};
use super::secret::PasswordSecret;
use crate::fault::Fault;
use crate::handshake::Denial;
use crate::handshake::keys::equal;
use crate::handshake::wire::{open, seal};
use crate::hash::{Label, mac};
use crate::id::GroupId;
use crate::key::PeerId;

/// The exchange in use.
type Chosen = Cpace;

/// The first bytes of what the two confirmations cover.
const NEWCOMER: &[u8] = &[2];
const ADMITTER: &[u8] = &[3];

/// Proves knowledge of the key.
type Confirmation = [u8; 32];

/// Who takes part, on which link, in which group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parties {
    /// The link's channel binding: differs if somebody sits between the two.
    pub(crate) binding: [u8; 32],
    /// The group.
    pub(crate) group: GroupId,
    /// Who wants to be admitted.
    pub(crate) newcomer: PeerId,
    /// Who admits.
    pub(crate) admitter: PeerId,
}

impl Parties {
    /// Everything that both must agree on. Every part has a fixed length.
    fn channel(&self) -> Vec<u8> {
        let Self { binding, group, newcomer, admitter } = self;
        let parts: [&[u8]; 7] = [
            Label::Password.prefix(),
            binding,
            group.as_bytes(),
            NEWCOMER,
            newcomer.as_bytes(),
            ADMITTER,
            admitter.as_bytes(),
        ];
        parts.concat()
    }

    fn context<'a>(&'a self, channel: &'a [u8]) -> Context<'a> {
        let (first, second) = (self.newcomer.as_bytes(), self.admitter.as_bytes());
        Context { channel, session: &self.binding, first, second }
    }
}

/// What travels.
#[derive(Debug, Serialize, Deserialize)]
enum Flight {
    /// The first and the second.
    Share(Share),
    /// The third.
    Confirmation(Confirmation),
    /// The fourth, for whoever is a member now.
    Admitted { confirmation: Confirmation, chain: Vec<u8> },
    /// The fourth, for whoever is not.
    Denied { reason: u8 },
}

/// The share in a flight that must bring one.
fn read_share(body: &[u8]) -> Result<Share, Fault> {
    match open(body)? {
        Flight::Share(share) => Ok(share),
        _ => Err(Fault::Unexpected),
    }
}

/// What both ends hold once they have exchanged shares.
#[derive(Debug)]
struct Agreed {
    key: Key,
    shares: [Share; 2],
}

impl Agreed {
    fn newcomer_confirms(&self) -> Confirmation {
        let [first, second] = &self.shares;
        mac(self.key.expose(), Label::Password, &[NEWCOMER, first, second])
    }

    fn admitter_confirms(&self, chain: &[u8]) -> Confirmation {
        let [first, second] = &self.shares;
        mac(self.key.expose(), Label::Password, &[ADMITTER, first, second, chain])
    }
}

/// Has offered a share and awaits the other's.
pub(crate) struct Newcomer {
    parties: Parties,
    begun: <Chosen as Pake>::Begun,
    share: Share,
}

impl fmt::Debug for Newcomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Newcomer").field("parties", &self.parties).finish_non_exhaustive()
    }
}

impl Newcomer {
    /// Begins. Gives the first flight.
    pub(crate) fn begin(
        parties: Parties,
        secret: &PasswordSecret,
        random: [u8; 64],
    ) -> Result<(Self, Vec<u8>), Fault> {
        let channel = parties.channel();
        let (begun, share) = Chosen::begin(secret.expose(), parties.context(&channel), random)?;
        Ok((Self { parties, begun, share }, seal(&Flight::Share(share))))
    }

    /// The body of the second flight arrived. Gives the third.
    pub(crate) fn on_share(self, body: &[u8]) -> Result<(AwaitVerdict, Vec<u8>), Fault> {
        let theirs = read_share(body)?;
        let channel = self.parties.channel();
        let key = Chosen::end(self.begun, self.parties.context(&channel), &theirs)?;
        let agreed = Agreed { key, shares: [self.share, theirs] };
        let flight = seal(&Flight::Confirmation(agreed.newcomer_confirms()));
        Ok((AwaitVerdict { agreed }, flight))
    }
}

/// Has confirmed the key and awaits the verdict.
#[derive(Debug)]
pub(crate) struct AwaitVerdict {
    agreed: Agreed,
}

/// What the admitter decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The newcomer is admitted: its credential chain, encoded and unchecked.
    Admitted(Vec<u8>),
    /// It is not.
    Denied(Denial),
}

impl AwaitVerdict {
    /// The body of the fourth flight arrived. A faulty confirmation is a fault: the admitter must
    /// prove that it knows the password too.
    pub(crate) fn on_verdict(self, body: &[u8]) -> Result<Verdict, Fault> {
        match open(body)? {
            Flight::Admitted { confirmation, chain } => {
                let expected = self.agreed.admitter_confirms(&chain);
                if equal(&confirmation, &expected) {
                    Ok(Verdict::Admitted(chain))
                } else {
                    Err(Fault::InvalidProof)
                }
            }
            Flight::Denied { reason } => Ok(Verdict::Denied(Denial::from_code(reason))),
            Flight::Share(_) | Flight::Confirmation(_) => Err(Fault::Unexpected),
        }
    }
}

/// Has welcomed a newcomer and awaits its share.
#[derive(Debug)]
pub(crate) struct Admitter {
    parties: Parties,
}

impl Admitter {
    /// Begins.
    pub(crate) const fn new(parties: Parties) -> Self {
        Self { parties }
    }

    /// The body of the first flight arrived. Gives the second.
    pub(crate) fn on_share(
        self,
        body: &[u8],
        secret: &PasswordSecret,
        random: [u8; 64],
    ) -> Result<(AwaitConfirmation, Vec<u8>), Fault> {
        let theirs = read_share(body)?;
        let channel = self.parties.channel();
        let context = self.parties.context(&channel);
        let (share, key) = Chosen::answer(secret.expose(), context, &theirs, random)?;
        let agreed = Agreed { key, shares: [theirs, share] };
        Ok((AwaitConfirmation { agreed }, seal(&Flight::Share(share))))
    }
}

/// Has offered a share and awaits the newcomer's confirmation.
#[derive(Debug)]
pub(crate) struct AwaitConfirmation {
    agreed: Agreed,
}

impl AwaitConfirmation {
    /// The body of the third flight arrived: none if the newcomer used another password.
    pub(crate) fn on_confirmation(self, body: &[u8]) -> Result<Option<Proven>, Fault> {
        let Flight::Confirmation(confirmation) = open(body)? else {
            return Err(Fault::Unexpected);
        };
        let is_right = equal(&confirmation, &self.agreed.newcomer_confirms());
        Ok(is_right.then_some(Proven { agreed: self.agreed }))
    }
}

/// Knows that the newcomer knows the password.
#[derive(Debug)]
pub(crate) struct Proven {
    agreed: Agreed,
}

impl Proven {
    /// The fourth flight for a newcomer that was granted membership by this chain.
    pub(crate) fn admit(&self, chain: Vec<u8>) -> Vec<u8> {
        let confirmation = self.agreed.admitter_confirms(&chain);
        seal(&Flight::Admitted { confirmation, chain })
    }
}

/// The fourth flight for a newcomer that is not admitted.
pub(crate) fn deny(reason: Denial) -> Vec<u8> {
    seal(&Flight::Denied { reason: reason.code() })
}

#[cfg(test)]
mod tests;
