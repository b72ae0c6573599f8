//! A store beside a map that is right: what both are told, and what both answer.

use core::pin::Pin;
use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::FutureExt as _;
use peergroup_core::{Change, LoadQuery, StoreFailure, StoreOp};

use super::{Subject, bytes};
use crate::conformance::Verdict;
use crate::store::{Entries, Store};

/// A store and the map that it is compared with.
pub(super) struct Course<S> {
    pub(super) store: S,
    map: BTreeMap<Bytes, Bytes>,
}

/// An answer that is still to come.
pub(super) type Pending<T> = Pin<Box<dyn Future<Output = Result<T, StoreFailure>> + Send>>;

impl<S: Store> Course<S> {
    pub(super) fn begin(subject: &mut Subject<'_, S>) -> Self {
        Self { store: (subject.fresh)(), map: BTreeMap::new() }
    }

    /// Applies operations and waits until they are durable.
    pub(super) async fn apply(&mut self, ops: Vec<StoreOp>) -> Verdict {
        self.submit(ops).await.map_err(|failure| format!("an operation failed: {failure}"))
    }

    /// Applies one operation of these changes.
    pub(super) async fn change(&mut self, changes: Vec<Change>) -> Verdict {
        self.apply(vec![StoreOp { changes }]).await
    }

    /// Submits operations.
    pub(super) fn submit(&mut self, ops: Vec<StoreOp>) -> Pending<()> {
        ops.iter().flat_map(|op| &op.changes).for_each(|change| apply(&mut self.map, change));
        self.store.apply(ops).boxed()
    }

    /// Submits a question. Gives the answer to come beside the right one.
    pub(super) fn ask(&mut self, query: LoadQuery) -> Asked {
        let expected = answer(&self.map, &query);
        Asked { answer: self.store.load(query.clone()).boxed(), query, expected }
    }

    /// Asks and compares.
    pub(super) async fn compare(&mut self, query: LoadQuery) -> Verdict {
        self.ask(query).compare().await
    }

    /// Compares everything that is stored.
    pub(super) async fn compare_all(&mut self) -> Verdict {
        self.compare(everything()).await
    }

    /// Closes the store and opens it again.
    pub(super) fn reopen(self, subject: &mut Subject<'_, S>) -> Self {
        Self { store: (subject.reopen)(self.store), map: self.map }
    }
}

/// A question, the answer to come, and the right one.
pub(super) struct Asked {
    query: LoadQuery,
    answer: Pending<Entries>,
    expected: Entries,
}

impl Asked {
    pub(super) async fn compare(self) -> Verdict {
        let found = self.answer.await.map_err(|failure| format!("a question failed: {failure}"))?;
        if found == self.expected {
            return Ok(());
        }
        let (found, expected) = (shown(&found), shown(&self.expected));
        Err(format!("{:?} is answered with {found}, not with {expected}", self.query))
    }
}

/// An answer in few words: keys, and the lengths of values.
fn shown(entries: &Entries) -> String {
    let of = |(key, value): &(Bytes, Bytes)| format!("{key:?} ({} bytes)", value.len());
    let first: Vec<_> = entries.entries.iter().take(8).map(of).collect();
    let more = if entries.more { ", and more beyond" } else { "" };
    format!("{} entries [{}]{more}", entries.entries.len(), first.join(", "))
}

/// Everything that is stored, in one answer.
pub(super) fn everything() -> LoadQuery {
    query("", "", usize::MAX)
}

pub(super) fn query(prefix: impl AsRef<[u8]>, after: impl AsRef<[u8]>, limit: usize) -> LoadQuery {
    LoadQuery { prefix: bytes(prefix), after: bytes(after), limit }
}

pub(super) fn put(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Change {
    Change::Put { key: bytes(key), value: bytes(value) }
}

pub(super) fn delete(key: impl AsRef<[u8]>) -> Change {
    Change::Delete { key: bytes(key) }
}

pub(super) fn delete_prefix(prefix: impl AsRef<[u8]>) -> Change {
    Change::DeletePrefix { prefix: bytes(prefix) }
}

fn apply(map: &mut BTreeMap<Bytes, Bytes>, change: &Change) {
    match change {
        Change::Put { key, value } => drop(map.insert(key.clone(), value.clone())),
        Change::Delete { key } => drop(map.remove(key)),
        Change::DeletePrefix { prefix } => map.retain(|key, _| !key.starts_with(prefix)),
    }
}

/// What a query asks for, word by word; slow, and not the way in which any store goes about it.
fn answer(map: &BTreeMap<Bytes, Bytes>, query: &LoadQuery) -> Entries {
    let mut answer = Entries::default();
    let mut size = 0_usize;
    for (key, value) in map {
        let is_asked = query.after.is_empty() || key > &query.after;
        if !is_asked || !key.starts_with(&query.prefix) {
            continue;
        }
        size = size.saturating_add(key.len()).saturating_add(value.len());
        if size > query.limit && !answer.entries.is_empty() {
            answer.more = true;
            break;
        }
        answer.entries.push((key.clone(), value.clone()));
    }
    answer
}

/// Draws what happens next: the same from the same seed (`SplitMix64`).
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let drawn = (mixed ^ (mixed >> 31)).checked_rem(bound).unwrap_or(0);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// Few different bytes, so that keys meet; among them those where prefixes end.
    pub(super) fn key(&mut self, least: usize, most: usize) -> Vec<u8> {
        const BYTES: [u8; 5] = [0, 1, 0x7f, 0xfe, 0xff];
        let length = least.saturating_add(self.below(most.saturating_sub(least).saturating_add(1)));
        (0..length).filter_map(|_| BYTES.get(self.below(BYTES.len())).copied()).collect()
    }

    pub(super) fn op(&mut self) -> StoreOp {
        let changes = (0..self.below(6)).map(|_| match self.below(9) {
            0..6 => put(self.key(0, 4), vec![7; self.below(40)]),
            6..8 => delete(self.key(0, 4)),
            _ => delete_prefix(self.key(1, 2)),
        });
        StoreOp { changes: changes.collect() }
    }

    pub(super) fn query(&mut self) -> LoadQuery {
        query(self.key(0, 2), self.key(0, 4), self.below(200))
    }
}
