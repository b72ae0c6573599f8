//! Where a node keeps its state: an ordered map from bytes to bytes, changed in durable batches.
//!
//! [`MemoryStore`] forgets everything when it is dropped; [`RedbStore`] is one file that survives
//! a crash at any byte. Any other keeper implements [`Store`] for the asynchronous driver, or
//! [`BlockingStore`] for a driver of threads and for simulations; the feature `conformance` has
//! the tests that it must pass.

use core::future::Future;
use core::ops::Bound;

use bytes::Bytes;
use peergroup_core::{LoadQuery, Loaded, StoreFailure, StoreOp};

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod memory;
#[cfg(feature = "redb")]
mod redb;

pub use memory::MemoryStore;
#[cfg(feature = "redb")]
pub use redb::{OpenError, RedbFile, RedbStore};

/// A store that never blocks its caller.
///
/// The order of *calls* is the order of effects, whatever the order in which the futures are
/// polled: a call submits, the future only tells the outcome, and dropping it revokes nothing.
/// A load sees everything that was submitted before it and nothing that was submitted later.
///
/// A store fails closed: once it has answered with a failure, it answers every later call with
/// a failure too, until it is opened again.
pub trait Store: Send + 'static {
    /// Applies the operations in order, as one atomic and durable change.
    ///
    /// The outcome is that of all of them. Operations of several calls that wait together may be
    /// made durable together.
    fn apply(
        &mut self,
        ops: Vec<StoreOp>,
    ) -> impl Future<Output = Result<(), StoreFailure>> + Send + 'static + use<Self>;

    /// Answers a question. What it answers is durable.
    fn load(
        &mut self,
        query: LoadQuery,
    ) -> impl Future<Output = Result<Entries, StoreFailure>> + Send + 'static + use<Self>;
}

/// A store whose calls return when they are done: for drivers of threads and for simulations.
///
/// It fails closed as [`Store`] does.
pub trait BlockingStore: Send + 'static {
    /// Applies the operations in order, as one atomic change, durable on return.
    fn apply_blocking(&mut self, ops: &[StoreOp]) -> Result<(), StoreFailure>;

    /// Answers a question.
    fn load_blocking(&mut self, query: &LoadQuery) -> Result<Entries, StoreFailure>;
}

/// What a store answers to a [`LoadQuery`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built by every store")]
pub struct Entries {
    /// Keys and values, in ascending order of keys.
    pub entries: Vec<(Bytes, Bytes)>,
    /// Whether there are more entries beyond these.
    pub more: bool,
}

impl Entries {
    /// The answer as the core takes it.
    pub fn as_loaded(&self) -> Loaded<'_> {
        Loaded { entries: &self.entries, more: self.more }
    }

    /// Takes entries, given in ascending order, for as long as they fit in `limit` bytes; at
    /// least one if there is one.
    fn gather<F>(
        limit: usize,
        entries: impl Iterator<Item = Result<(Bytes, Bytes), F>>,
    ) -> Result<Self, F> {
        let mut gathered = Self::default();
        let mut room = limit;
        for entry in entries {
            let (key, value) = entry?;
            let size = key.len().saturating_add(value.len());
            let fits = room.checked_sub(size);
            if fits.is_none() && !gathered.entries.is_empty() {
                gathered.more = true;
                break;
            }
            room = fits.unwrap_or(0);
            gathered.entries.push((key, value));
        }
        Ok(gathered)
    }
}

/// From where on the keys lie that a query asks for. They end where the prefix ends.
fn beginning(query: &LoadQuery) -> Bound<&[u8]> {
    if query.after.is_empty() || query.after < query.prefix {
        Bound::Included(&query.prefix)
    } else {
        Bound::Excluded(&query.after)
    }
}

#[cfg(test)]
mod tests;
