//! When the windows of members' grants begin and end: the moments at which roles change though no
//! statement came.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::key::PeerId;
use crate::time::UnixTime;

/// The moments to come, of every peer's windows. A change of one peer costs nothing for others.
#[derive(Debug, Default)]
pub(super) struct Windows {
    moments: BTreeSet<(UnixTime, PeerId)>,
    of: BTreeMap<PeerId, BTreeSet<UnixTime>>,
}

impl Windows {
    /// The peer's windows begin and end at these moments, and at no other that was known before.
    pub(super) fn set(&mut self, peer: PeerId, moments: BTreeSet<UnixTime>) {
        for moment in self.of.remove(&peer).into_iter().flatten() {
            self.moments.remove(&(moment, peer));
        }
        if !moments.is_empty() {
            self.moments.extend(moments.iter().map(|&moment| (moment, peer)));
            self.of.insert(peer, moments);
        }
    }

    /// The next moment.
    pub(super) fn next(&self) -> Option<UnixTime> {
        self.moments.first().map(|(moment, _)| *moment)
    }

    /// Takes out what is past, and gives whose moments these were.
    pub(super) fn take_past(&mut self, wall: UnixTime) -> BTreeSet<PeerId> {
        let mut peers = BTreeSet::new();
        while let Some(&(moment, peer)) = self.moments.first().filter(|(at, _)| *at <= wall) {
            self.moments.remove(&(moment, peer));
            if let Some(left) = self.of.get_mut(&peer) {
                left.remove(&moment);
                if left.is_empty() {
                    self.of.remove(&peer);
                }
            }
            peers.insert(peer);
        }
        peers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::key;

    fn at(moments: &[u64]) -> BTreeSet<UnixTime> {
        moments.iter().map(|&moment| UnixTime::from_millis(moment)).collect()
    }

    #[test]
    fn moments_are_given_once_and_only_of_windows_that_still_hold() {
        let (one, other) = (key(1).peer(), key(2).peer());
        let mut windows = Windows::default();
        windows.set(one, at(&[5, 9]));
        windows.set(other, at(&[7]));
        assert_eq!(windows.take_past(UnixTime::from_millis(5)), BTreeSet::from([one]));
        assert_eq!(windows.next(), Some(UnixTime::from_millis(7)));
        windows.set(other, at(&[]));
        assert_eq!(windows.next(), Some(UnixTime::from_millis(9)));
        windows.set(one, at(&[11]));
        assert_eq!(windows.take_past(UnixTime::from_millis(10)), BTreeSet::new());
        assert_eq!(windows.take_past(UnixTime::from_millis(11)), BTreeSet::from([one]));
        assert!(windows.next().is_none() && windows.of.is_empty());
    }
}
