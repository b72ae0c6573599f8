//! A store that forgets everything when it is dropped.

use core::convert::Infallible;
use core::future::{Future, ready};
use core::ops::Bound;
use std::collections::BTreeMap;

use bytes::Bytes;
use peergroup_core::{Change, LoadQuery, StoreFailure, StoreOp};

use super::{BlockingStore, Entries, Store, beginning};

/// A store in memory: for tests, for simulations, and for groups that need not be remembered.
///
/// A clone is a copy of what is stored at that moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStore {
    map: BTreeMap<Bytes, Bytes>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Put { key, value } => {
                self.map.insert(key.clone(), value.clone());
            }
            Change::Delete { key } => {
                self.map.remove(key);
            }
            Change::DeletePrefix { prefix } => {
                let from = (Bound::Included(&**prefix), Bound::Unbounded);
                let keys = self.map.range::<[u8], _>(from).map(|(key, _)| key.clone());
                let doomed: Vec<_> = keys.take_while(|key| key.starts_with(prefix)).collect();
                for key in doomed {
                    self.map.remove(&key);
                }
            }
        }
    }

    fn answer(&self, query: &LoadQuery) -> Entries {
        let found = self
            .map
            .range::<[u8], _>((beginning(query), Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(&query.prefix))
            .map(|(key, value)| Ok((key.clone(), value.clone())));
        Entries::gather(query.limit, found).unwrap_or_else(|never: Infallible| match never {})
    }
}

impl BlockingStore for MemoryStore {
    fn apply_blocking(&mut self, ops: &[StoreOp]) -> Result<(), StoreFailure> {
        ops.iter().flat_map(|op| &op.changes).for_each(|change| self.change(change));
        Ok(())
    }

    fn load_blocking(&mut self, query: &LoadQuery) -> Result<Entries, StoreFailure> {
        Ok(self.answer(query))
    }
}

impl Store for MemoryStore {
    fn apply(
        &mut self,
        ops: Vec<StoreOp>,
    ) -> impl Future<Output = Result<(), StoreFailure>> + Send + 'static + use<> {
        ready(self.apply_blocking(&ops))
    }

    fn load(
        &mut self,
        query: LoadQuery,
    ) -> impl Future<Output = Result<Entries, StoreFailure>> + Send + 'static + use<> {
        ready(self.load_blocking(&query))
    }
}
