//! Which payloads are named by what is held, and which of those are missing.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::id::{RecordId, VersionId};
use crate::record::{Named, PayloadId};
use crate::stamp::Stamp;

/// The order in which payloads are fetched: those of the newest versions first.
pub(super) type Turn = (Reverse<Stamp>, PayloadId);

/// Versions that name large payloads. There are no more than versions held.
#[derive(Debug, Default)]
pub(super) struct Names {
    records: BTreeMap<RecordId, Vec<Named>>,
    uses: BTreeMap<PayloadId, BTreeSet<(RecordId, VersionId)>>,
    missing: BTreeSet<Turn>,
    turns: BTreeMap<PayloadId, Turn>,
}

impl Names {
    /// The versions of a record that name payloads are these now. Gives the payloads that this
    /// concerns.
    pub(super) fn set(&mut self, record: RecordId, named: Vec<Named>) -> BTreeSet<PayloadId> {
        let mut concerned = BTreeSet::new();
        for old in self.records.remove(&record).unwrap_or_default() {
            concerned.insert(old.payload);
            let Some(uses) = self.uses.get_mut(&old.payload) else { continue };
            uses.remove(&(record, old.version));
            if uses.is_empty() {
                self.uses.remove(&old.payload);
            }
        }
        for new in &named {
            concerned.insert(new.payload);
            self.uses.entry(new.payload).or_default().insert((record, new.version));
        }
        if !named.is_empty() {
            self.records.insert(record, named);
        }
        concerned
    }

    /// Whether a record is known to name any.
    pub(super) fn has(&self, record: RecordId) -> bool {
        self.records.contains_key(&record)
    }

    /// The versions that name a payload.
    pub(super) fn of(&self, payload: PayloadId) -> impl Iterator<Item = (RecordId, &Named)> {
        self.uses.get(&payload).into_iter().flatten().filter_map(|(record, version)| {
            let named = self.records.get(record)?;
            named.iter().find(|named| named.version == *version).map(|named| (*record, named))
        })
    }

    /// Whether anything names a payload.
    pub(super) fn is_named(&self, payload: PayloadId) -> bool {
        self.uses.contains_key(&payload)
    }

    /// The newest version that stands and names a payload: to whose author it counts.
    pub(super) fn newest(&self, payload: PayloadId) -> Option<&Named> {
        let wanted = self.of(payload).map(|(_, named)| named).filter(|named| named.is_wanted);
        wanted.max_by_key(|named| (named.stamp, named.version))
    }

    /// Lists a payload as missing if it is wanted and not whole here. True if it is newly listed.
    pub(super) fn judge(&mut self, payload: PayloadId, is_whole: bool) -> bool {
        let newest = self.newest(payload).filter(|_| !is_whole);
        let turn = newest.map(|named| (Reverse(named.stamp), payload));
        let before = match turn {
            Some(turn) => self.turns.insert(payload, turn),
            None => self.turns.remove(&payload),
        };
        if let Some(before) = before {
            self.missing.remove(&before);
        }
        self.missing.extend(turn);
        turn.is_some() && before != turn
    }

    /// The missing payload whose turn comes after `last`.
    pub(super) fn next_missing(&self, last: Option<Turn>) -> Option<Turn> {
        match last {
            None => self.missing.first().copied(),
            Some(last) => {
                use core::ops::Bound::{Excluded, Unbounded};
                self.missing.range((Excluded(last), Unbounded)).next().copied()
            }
        }
    }
}
