//! The lanes of one record.

use alloc::vec::Vec;

use crate::id::StatementId;
use crate::key::PeerId;
use crate::record::lane::Lane;

/// An author and the tenure under which it signed.
pub(crate) type LaneKey = (PeerId, Option<StatementId>);

/// Lanes in ascending order of their keys. Nearly every record has one, so this is a list: the
/// least node of a tree has room for eleven.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes(Vec<(LaneKey, Lane)>);

impl Lanes {
    /// The lane of this key, empty if it is new.
    pub(crate) fn lane(&mut self, key: LaneKey) -> Option<&mut Lane> {
        let at = match self.0.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => at,
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (key, Lane::default()));
                at
            }
        };
        self.0.get_mut(at).map(|(_, lane)| lane)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Lane> {
        self.0.iter().map(|(_, lane)| lane)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.0.iter_mut().map(|(_, lane)| lane)
    }

    /// Takes out the lanes that hold nothing. Gives their keys, in order.
    pub(crate) fn drop_empty(&mut self) -> Vec<LaneKey> {
        self.0.extract_if(.., |(_, lane)| lane.is_empty()).map(|(key, _)| key).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
