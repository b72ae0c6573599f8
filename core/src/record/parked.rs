//! Versions that cannot be judged yet: signed under a tenure that is not known here, or stamped
//! too far ahead (attacks R04 and R12).
//!
//! Bounded for each author and in all. The version parked longest makes room: what is dropped is
//! not in the set, so that a neighbour offers it again. Parked versions are not stored.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::id::VersionId;
use crate::key::PeerId;
use crate::record::version::Checked;
use crate::time::UnixTime;

#[derive(Clone, Debug, Default)]
pub(crate) struct Parked {
    /// In the order of arrival, with the time at which they are to be judged again at the latest.
    versions: BTreeMap<u64, (Checked, UnixTime)>,
    places: BTreeMap<VersionId, u64>,
    authors: BTreeMap<PeerId, BTreeSet<u64>>,
    due: BTreeSet<(UnixTime, u64)>,
    arrivals: u64,
}

impl Parked {
    pub(crate) fn contains(&self, id: &VersionId) -> bool {
        self.places.contains_key(id)
    }

    /// Every parked version, in the order of arrival.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &Checked> {
        self.versions.values().map(|(version, _)| version)
    }

    /// The most that are parked of one author.
    #[cfg(feature = "simulation")]
    pub(crate) fn most(&self) -> usize {
        self.authors.values().map(BTreeSet::len).max().unwrap_or_default()
    }

    #[cfg(any(test, feature = "simulation"))]
    pub(crate) fn len(&self) -> usize {
        self.versions.len()
    }

    /// Parks a version, until `due` or until what it waits for is known.
    pub(crate) fn insert(&mut self, version: Checked, due: UnixTime, max: usize, per_peer: usize) {
        let place = self.arrivals;
        self.arrivals = place.saturating_add(1);
        let places = self.authors.entry(version.author()).or_default();
        places.insert(place);
        let crowded = if places.len() > per_peer { places.first().copied() } else { None };
        self.due.insert((due, place));
        self.places.insert(version.id(), place);
        self.versions.insert(place, (version, due));
        if let Some(oldest) = crowded {
            self.remove(oldest);
        } else if self.versions.len() > max
            && let Some(oldest) = self.versions.keys().next().copied()
        {
            self.remove(oldest);
        }
    }

    /// When the next version's time comes.
    pub(crate) fn next_due(&self) -> Option<UnixTime> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes out the versions whose time has come.
    pub(crate) fn take_due(&mut self, now: UnixTime) -> Vec<Checked> {
        let places: Vec<u64> =
            self.due.iter().take_while(|(due, _)| *due <= now).map(|(_, place)| *place).collect();
        places.into_iter().filter_map(|place| self.remove(place)).collect()
    }

    /// Takes out the versions that one of these peers has signed or whose record one has created:
    /// what they wait for, if not for their time.
    pub(crate) fn take_of(&mut self, peers: &BTreeSet<PeerId>) -> Vec<Checked> {
        let concerns = |version: &Checked| {
            let creator = version.version().fields.creator;
            peers.contains(&version.author()) || peers.contains(&creator)
        };
        let all = self.versions.iter().filter(|(_, (version, _))| concerns(version));
        let places: Vec<u64> = all.map(|(place, _)| *place).collect();
        places.into_iter().filter_map(|place| self.remove(place)).collect()
    }

    fn remove(&mut self, place: u64) -> Option<Checked> {
        let (version, due) = self.versions.remove(&place)?;
        self.places.remove(&version.id());
        self.due.remove(&(due, place));
        if let Some(places) = self.authors.get_mut(&version.author()) {
            places.remove(&place);
            if places.is_empty() {
                self.authors.remove(&version.author());
            }
        }
        Some(version)
    }
}
