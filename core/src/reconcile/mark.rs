//! What two ends remember of their last comparison.

use alloc::vec::Vec;

use super::comparison::count;
use super::talk::Bookmark;
use crate::limits::{ARRIVALS_CODED_MAX, TRUSTED_ROUNDS_MAX};
use crate::log::Without;

/// How two ends stood when they had compared a set: where both logs were, and what has been sent
/// since. It holds as long as both ends run, and for the next link between them as well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark {
    /// Whatever the two sets differ in has come since, at one end or the other.
    bookmark: Option<Bookmark>,
    /// Positions of items that were sent in that comparison: they came to the other end since, and
    /// to this one before.
    sent: Vec<u64>,
    /// Comparisons in a row that did not find the roots equal.
    rounds: u32,
}

impl Mark {
    /// The mark of two ends that had the same.
    pub(crate) const fn equal(bookmark: Bookmark) -> Self {
        Self { bookmark: Some(bookmark), sent: Vec::new(), rounds: 0 }
    }

    /// The mark after a comparison in which these items were sent. Without a bookmark, or if they
    /// are too many, it is none.
    pub(crate) fn after(&self, bookmark: Option<Bookmark>, sent: Vec<u64>) -> Self {
        match bookmark.filter(|_| sent.len() <= ARRIVALS_CODED_MAX) {
            None => Self::default(),
            bookmark => Self { bookmark, sent, rounds: self.rounds.saturating_add(1) },
        }
    }

    /// Where the logs stood.
    pub(crate) const fn bookmark(&self) -> Option<Bookmark> {
        self.bookmark
    }

    /// The same, for a new comparison. After many without equal roots something may differ from
    /// before.
    pub(crate) fn trusted(&self) -> Option<Bookmark> {
        self.bookmark.filter(|_| self.rounds < TRUSTED_ROUNDS_MAX)
    }

    /// How many items came since, or were sent to the other end then: no more are counted than can
    /// be coded, and one.
    pub(super) fn came(&self, log: &Without<'_>, since: Bookmark) -> u64 {
        let most = ARRIVALS_CODED_MAX.saturating_add(1);
        let came = log.since(since.here).take(most).count();
        count(came.saturating_add(self.sent.len()).min(most))
    }

    /// Positions of items that were sent.
    pub(crate) fn sent(&self) -> &[u64] {
        &self.sent
    }
}
