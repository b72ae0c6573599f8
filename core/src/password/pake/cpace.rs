//! `CPace` over ristretto255 with SHA-512, as in draft-irtf-cfrg-cpace.

use core::convert::Infallible;

use pakery_cpace::{CpaceInitiator, CpaceMode, CpaceResponder, InitiatorState};
use pakery_crypto::CpaceRistretto255;
use rand_core::{TryCryptoRng, TryRng};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Context, Key, Pake, Share};
use crate::fault::Fault;

const MODE: CpaceMode = CpaceMode::InitiatorResponder;

/// `CPace` (`pakery-cpace`): young and unaudited, hence the feature's warning.
#[derive(Debug)]
pub(crate) struct Cpace;

impl Pake for Cpace {
    type Begun = InitiatorState<CpaceRistretto255>;

    fn begin(
        password: &[u8],
        context: Context<'_>,
        random: [u8; 64],
    ) -> Result<(Self::Begun, Share), Fault> {
        let Context { channel, session, first, .. } = context;
        let random = &mut Drawn::new(random);
        let begun = CpaceInitiator::start(password, channel, session, first, random);
        let (share, begun) = begun.map_err(|_| Fault::InvalidProof)?;
        Ok((begun, fixed(&share)?))
    }

    fn answer(
        password: &[u8],
        context: Context<'_>,
        theirs: &Share,
        random: [u8; 64],
    ) -> Result<(Share, Key), Fault> {
        let answered = CpaceResponder::<CpaceRistretto255>::respond(
            theirs,
            password,
            context.channel,
            context.session,
            context.first,
            context.second,
            MODE,
            &mut Drawn::new(random),
        );
        let (share, output) = answered.map_err(|_| Fault::InvalidProof)?;
        Ok((fixed(&share)?, Key::new(output.isk.as_bytes())))
    }

    fn end(begun: Self::Begun, context: Context<'_>, theirs: &Share) -> Result<Key, Fault> {
        let output = begun.finish(theirs, context.second, MODE);
        let output = output.map_err(|_| Fault::InvalidProof)?;
        Ok(Key::new(output.isk.as_bytes()))
    }
}

fn fixed(share: &[u8]) -> Result<Share, Fault> {
    share.try_into().map_err(|_| Fault::InvalidProof)
}

/// Random bytes that the node has drawn, in the shape that the crate asks for. It asks for exactly
/// these 64: one scalar, reduced.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Drawn {
    bytes: [u8; 64],
    taken: usize,
}

impl Drawn {
    const fn new(bytes: [u8; 64]) -> Self {
        Self { bytes, taken: 0 }
    }

    fn fill(&mut self, out: &mut [u8]) {
        let left = self.bytes.iter().skip(self.taken);
        debug_assert!(left.len() >= out.len(), "no more than one scalar is drawn");
        for (to, from) in out.iter_mut().zip(left) {
            *to = *from;
        }
        self.taken = self.taken.saturating_add(out.len());
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

#[cfg(test)]
mod tests;
