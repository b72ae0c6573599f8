//! Lanes: what one author made of one record under one tenure.
//!
//! A lane holds at most three versions: the least tombstone, the greatest version that counts and
//! the greatest that does not.
//!
//! If any tombstone counts, so does the least: all that speaks against one speaks against the
//! later ones. A counting tombstone of the record's creator ends the lane, and the payloads in it
//! are freed. Another's may itself find no place, and then what it hid must be there again.

use alloc::vec::Vec;

use crate::authority::Tenure;
use crate::id::{StatementId, VersionId};
use crate::key::PeerId;
use crate::record::entry::{Entry, Held};
use crate::record::version::Checked;
use crate::stamp::Stamp;

/// An author and the tenure under which it signed.
pub(crate) type LaneKey = (PeerId, Option<StatementId>);

/// Of each kind a lane holds one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Tombstone,
    Counting,
    Waiting,
}

impl Held {
    fn new(version: Checked) -> Self {
        Self { version, counts: false, stands: false, is_seen: false }
    }

    fn lane(&self) -> LaneKey {
        self.version.lane()
    }

    fn kind(&self) -> Kind {
        match (self.version.is_tombstone(), self.counts) {
            (true, _) => Kind::Tombstone,
            (false, true) => Kind::Counting,
            (false, false) => Kind::Waiting,
        }
    }

    /// A tombstone that ends its lane.
    fn is_end(&self) -> bool {
        self.kind() == Kind::Tombstone && self.counts && self.version.version().is_by_creator()
    }

    fn order(&self) -> (Stamp, VersionId) {
        self.version.order()
    }
}

impl Entry {
    /// Sorts a lane, with one more version, by what the tenure supports now. Gives what is no
    /// longer held.
    pub(crate) fn sort_lane(
        &mut self,
        key: LaneKey,
        tenure: &Tenure,
        more: Option<Checked>,
    ) -> Vec<Held> {
        if let Some(version) = more {
            self.all.reserve_exact(1); // a list that grows by itself grows to four
            self.all.push(Held::new(version));
        }
        for held in self.all.iter_mut().filter(|held| held.lane() == key) {
            held.counts = tenure.supports(held.version.version());
        }
        let kept = self.kept(key);
        let is_lost = |held: &mut Held| held.lane() == key && !kept.contains(&Some(held.order()));
        let lost = self.all.extract_if(.., is_lost).collect();
        self.all.sort_unstable_by_key(|held| (held.lane(), held.kind()));
        lost
    }

    /// What is kept of a lane.
    fn kept(&self, key: LaneKey) -> [Option<(Stamp, VersionId)>; 3] {
        let lane = || self.all.iter().filter(|held| held.lane() == key);
        let of = |kind| lane().filter(move |held| held.kind() == kind).map(Held::order);
        let tombstone = of(Kind::Tombstone).min();
        let is_over = lane().any(Held::is_end);
        let counting = of(Kind::Counting).max().filter(|_| !is_over);
        let waiting = of(Kind::Waiting).max().filter(|_| !is_over);
        [tombstone, counting, waiting]
    }

    /// Whether anything of a lane is held.
    pub(crate) fn has_lane(&self, key: LaneKey) -> bool {
        self.all.iter().any(|held| held.lane() == key)
    }
}
