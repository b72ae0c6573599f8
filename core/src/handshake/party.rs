//! One end of a handshake: what it knows from the first message to the last.

use alloc::vec::Vec;

use super::keys::{Keys, Transcript};
use super::wire::Identification;
use super::{Counterpart, Entrance, Introduction, LinkEnd};
use crate::codec::{decode, encode};
use crate::credential::Chain;
use crate::fault::Fault;
use crate::genesis::Genesis;
use crate::hash::Label;
use crate::id::{GroupId, Instance};
use crate::key::{PeerId, Signature};
use crate::limits::HANDSHAKE_CHAIN_BYTES_MAX;
use crate::statement::Statement;

#[derive(Debug)]
pub(super) struct Party {
    genesis: Genesis,
    peer: PeerId,
    pub(super) instance: Instance,
    pub(super) binding: [u8; 32],
    pub(super) keys: Keys,
}

impl Party {
    pub(super) fn new(seat: Entrance<'_>, end: LinkEnd<'_>) -> Self {
        Self {
            genesis: seat.genesis.clone(),
            peer: seat.peer,
            instance: end.instance,
            binding: *end.binding,
            keys: Keys::new(seat.secret, seat.genesis.id(), end.binding),
        }
    }

    pub(super) fn group(&self) -> GroupId {
        self.genesis.id()
    }

    /// This end as it tells of itself.
    pub(super) fn identify(&self, introduction: &Introduction<'_>) -> Identification {
        Identification {
            peer: *self.peer.as_bytes(),
            chain: pack(introduction.grants),
            time: introduction.time,
            digest: introduction.digest,
        }
    }

    /// This end's signature over the transcript.
    pub(super) fn sign(
        &self,
        introduction: &Introduction<'_>,
        label: Label,
        transcript: &Transcript,
    ) -> Signature {
        introduction.key.sign(label, self.group().as_bytes(), transcript)
    }

    /// Checks who the other end is: at most one signature, and one for each grant of its chain
    /// (attack C11). Who shows no grant proves its key alone: see [`Self::check_holder`]. Refuses
    /// this very node, which has been brought to talk to itself; another node of the same peer is
    /// welcome (attack L03).
    pub(super) fn verify(
        &self,
        identification: Identification,
        instance: Instance,
        label: Label,
        transcript: &Transcript,
        signature: &Signature,
    ) -> Result<Counterpart, Fault> {
        let Identification { peer, chain, time, digest } = identification;
        let peer = PeerId::from_bytes(peer).map_err(|_| Fault::Malformed)?;
        if !peer.signed(label, self.group().as_bytes(), transcript, signature) {
            return Err(Fault::InvalidSignature);
        }
        if peer == self.peer && instance == self.instance {
            return Err(Fault::Itself);
        }
        let chain: Chain = decode(&chain).map_err(|_| Fault::Malformed)?;
        let (grants, holder) = chain.check(&self.genesis)?;
        if holder != peer && !grants.is_empty() {
            return Err(Fault::InvalidCredential);
        }
        Ok(Counterpart { peer, instance, grants, time, digest })
    }

    /// Only the creator needs no grant, and who comes to be given one.
    pub(super) fn check_holder(&self, who: &Counterpart) -> Result<(), Fault> {
        if who.grants.is_empty() && who.peer != self.genesis.creator() {
            return Err(Fault::InvalidCredential);
        }
        Ok(())
    }
}

/// The chain of these grants, with the lists of as many of the last as fit.
pub(crate) fn pack(grants: &[Statement]) -> Vec<u8> {
    let packed = |full| encode(&Chain::new(grants, full));
    let fits = |chain: &Vec<u8>| chain.len() <= HANDSHAKE_CHAIN_BYTES_MAX;
    (1..=grants.len()).rev().map(packed).find(fits).unwrap_or_else(|| packed(0))
}
