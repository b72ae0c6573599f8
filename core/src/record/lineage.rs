//! What a version was made from: enough to tell an edit that replaces another from one that was
//! made beside it.
//!
//! The id of the one version that was edited would not do: of what an author makes of a record only
//! the greatest version is kept, so that the links between two versions are mostly missing. Nor do
//! numbers that count the changes: two devices count alike.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::limits::LINEAGE_MAX;
use crate::record::version::Checked;
use crate::stamp::Stamp;

/// The latest stamp of each other instance whose versions a version was made from, in order: all
/// that an instance made up to it is known. Only the last few are named. Once there are so many,
/// whatever is older than all of them is taken to be known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lineage(Vec<Stamp>);

impl Lineage {
    /// The lineage of what `instance` makes from these versions.
    pub(crate) fn from_all<'a>(versions: impl Iterator<Item = &'a Checked>, instance: u64) -> Self {
        let mut latest: BTreeMap<u64, Stamp> = BTreeMap::new();
        for version in versions {
            let rest = &version.version().rest;
            for stamp in rest.lineage.0.iter().copied().chain([rest.stamp]) {
                let known = latest.entry(stamp.instance).or_default();
                *known = stamp.max(*known);
            }
        }
        latest.remove(&instance);
        let mut stamps: Vec<Stamp> = latest.into_values().collect();
        stamps.sort_unstable();
        stamps.drain(..stamps.len().saturating_sub(LINEAGE_MAX));
        Self(stamps)
    }

    /// Whether a version with this stamp may have it.
    pub(crate) fn fits(&self, stamp: Stamp) -> bool {
        let mut instances: Vec<u64> = self.0.iter().map(|it| it.instance).collect();
        instances.push(stamp.instance);
        instances.sort_unstable();
        let follows = |pair: &[Stamp]| matches!(pair, [before, after] if before < after);
        self.0.len() <= LINEAGE_MAX
            && self.0.windows(2).all(follows)
            && self.0.last().is_none_or(|last| *last < stamp)
            && instances.windows(2).all(|pair| matches!(pair, [one, other] if one != other))
    }

    /// Whether what bears this stamp is among what it names.
    pub(crate) fn covers(&self, stamp: Stamp) -> bool {
        let is_forgotten = self.0.len() >= LINEAGE_MAX;
        self.0.first().is_some_and(|first| is_forgotten && stamp < *first)
            || self.0.iter().any(|it| it.instance == stamp.instance && stamp <= *it)
    }
}
