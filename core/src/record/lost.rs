//! Versions that lost against one that was not made from them, and that are held nowhere else: so
//! that an application which is told of the conflict can read what was lost.
//!
//! Bounded for each author and in all; the oldest make room. Not stored.

use alloc::collections::VecDeque;

use crate::id::VersionId;
use crate::limits::{LOST_MAX, LOST_PER_PEER_MAX};
use crate::record::version::Checked;

#[derive(Clone, Debug, Default)]
pub(crate) struct Lost(VecDeque<Checked>);

impl Lost {
    pub(crate) fn insert(&mut self, version: Checked) {
        let author = version.author();
        let mut places = self.0.iter().enumerate().filter(|(_, it)| it.author() == author);
        let first = places.next().map(|(place, _)| place);
        if places.count().saturating_add(1) >= LOST_PER_PEER_MAX
            && let Some(first) = first
        {
            self.0.remove(first);
        } else if self.0.len() >= LOST_MAX {
            self.0.pop_front();
        }
        self.0.push_back(version);
    }

    pub(crate) fn version(&self, id: &VersionId) -> Option<&Checked> {
        self.0.iter().find(|version| version.id() == *id)
    }

    #[cfg(any(test, feature = "simulation"))]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
