//! The index of what can be seen: which records to look at for a search.
//!
//! A *row* says that a record has a value; all rows lie in one ordered set, so that a range of
//! values is a range of rows. Names and long texts are shortened in it. So it names too many
//! records at times, never too few, and whoever asks looks at each record itself.

mod plan;
mod row;

use alloc::collections::BTreeSet;

use crate::id::VersionId;
use crate::record::entry::Entry;
use crate::record::set::Records;
use crate::record::version::Checked;
use crate::record::view::Record;
use crate::search::{Facts, Query};

use row::Row;

/// The rows of the versions that can be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    rows: BTreeSet<Row>,
}

impl Index {
    pub(crate) fn insert(&mut self, version: &Checked) {
        self.rows.extend(row::rows(&Facts::from(version)));
    }

    pub(crate) fn remove(&mut self, version: &Checked) {
        for row in row::rows(&Facts::from(version)) {
            self.rows.remove(&row);
        }
    }
}

impl Records {
    /// The records that can be seen of which a query holds, in the order of their ids. Looks at no
    /// more of them than it must, and at each when it is asked for.
    pub(crate) fn search<'a>(&'a self, query: &'a Query) -> impl Iterator<Item = Record> + use<'a> {
        let candidates = self.candidates(query);
        let rest = candidates.is_none().then(|| self.entries.values().filter_map(Entry::seen));
        let listed = candidates.into_iter().flatten().filter_map(|id| self.visible(id));
        let seen = listed.chain(rest.into_iter().flatten());
        seen.filter(|version| query.holds_of(&Facts::from(*version))).map(Record::of)
    }

    /// Brings the rows of a record up to what is seen of it now.
    pub(crate) fn index(&mut self, entry: &mut Entry, visible: Option<VersionId>) {
        let before = entry.seen();
        if before.map(Checked::id) == visible {
            return;
        }
        if let Some(version) = before {
            self.index.remove(version);
        }
        for held in &mut entry.all {
            held.is_seen = Some(held.version.id()) == visible;
        }
        if let Some(version) = entry.seen() {
            self.index.insert(version);
        }
    }
}
