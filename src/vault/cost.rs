//! What a guess at a passphrase costs.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize as _, Zeroizing};

use super::Passphrase;
use super::error::VaultError;

/// Bytes of a salt, drawn afresh for every file.
pub(crate) const SALT_BYTES: usize = 16;

/// What Argon2id spends on one passphrase: to seal, to open, and on every guess.
///
/// A file says itself what it cost, so whoever hands one over could ask for all memory and all
/// time there is. Bounds stand against that: [`Cost::MEMORY_KIB_MAX`], [`Cost::PASSES_MAX`],
/// [`Cost::LANES_MAX`], and [`Cost::WORK_KIB_MAX`] for memory times passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// The most memory, in KiB: 1 GiB.
    pub const MEMORY_KIB_MAX: u32 = 1024 * 1024;
    /// The most passes over the memory.
    pub const PASSES_MAX: u32 = 16;
    /// The most lanes.
    pub const LANES_MAX: u32 = 16;
    /// The most memory times passes, in KiB: four passes over 1 GiB, 21 times the default's.
    pub const WORK_KIB_MAX: u32 = 4 * 1024 * 1024;
    /// The least there is: a guess costs next to nothing. For tests alone.
    pub const LEAST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// So much memory in KiB, so many passes and lanes. None if one is out of bounds, or if the
    /// memory is less than 8 KiB for each lane.
    ///
    /// What protects anything takes 19 MiB (19,456 KiB) and two passes at least.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let is_within = 0 < passes
            && passes <= Self::PASSES_MAX
            && 0 < lanes
            && lanes <= Self::LANES_MAX
            && lanes.saturating_mul(8) <= memory_kib
            && memory_kib <= Self::MEMORY_KIB_MAX
            && memory_kib.saturating_mul(passes) <= Self::WORK_KIB_MAX;
        if is_within { Some(Self { memory_kib, passes, lanes }) } else { None }
    }

    /// The memory, in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// The passes over the memory.
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// The lanes. They make it no faster here: one thread computes them all.
    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    /// The 32 bytes that Argon2id makes of a passphrase. Its memory is wiped after.
    pub(crate) fn stretch(
        self,
        passphrase: &Passphrase,
        salt: &[u8; SALT_BYTES],
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| VaultError::CostOutOfBounds)?;
        let mut memory: Vec<Block> = Vec::new();
        let count = params.block_count();
        memory.try_reserve_exact(count).map_err(|_| VaultError::NoResources)?;
        memory.resize(count, Block::new());
        let mut out = Zeroizing::new([0; 32]);
        let outcome = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(passphrase.expose(), salt, &mut *out, &mut memory);
        memory.iter_mut().for_each(Block::zeroize);
        // All that is left to refuse is a passphrase of 4 GiB.
        outcome.map_err(|_| VaultError::TooLarge)?;
        Ok(out)
    }
}

impl Default for Cost {
    /// 64 MiB, three passes, four lanes: the second recommendation of RFC 9106, §4.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 }
    }
}
