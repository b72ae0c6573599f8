//! How often a node dials on the word of others: a member that sends everybody to a victim costs
//! the victim little (attacks N03, N04).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use core::time::Duration;

use crate::address::Address;
use crate::key::PeerId;
use crate::limits::{DIALS_HINTED_MAX, DIALS_PER_SOURCE_MAX, DIALS_PER_TARGET_MAX, DIALS_WINDOW};
use crate::time::Instant;

/// Who says that somebody of the group is at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// The application, an invitation, or somebody who answered there.
    Trusted,
    /// A member: of itself, or of others.
    Member(PeerId),
    /// Somebody on the local network, or whoever it was.
    Anybody,
}

impl Word {
    fn member(self) -> Option<PeerId> {
        if let Self::Member(peer) = self { Some(peer) } else { None }
    }
}

/// Dials at addresses where nobody of the group has ever answered.
#[derive(Debug)]
pub(super) struct Dials {
    targets: Allowances<Box<str>>,
    sources: Allowances<PeerId>,
}

impl Default for Dials {
    fn default() -> Self {
        Self {
            targets: Allowances::of(DIALS_PER_TARGET_MAX),
            sources: Allowances::of(DIALS_PER_SOURCE_MAX),
        }
    }
}

impl Dials {
    /// Whether an address may be dialled on this word.
    pub(super) fn may(&self, now: Instant, address: &Address, word: Word) -> bool {
        let target = address.target().into();
        word == Word::Trusted
            || self.targets.has_left(now, &target)
                && word.member().is_none_or(|source| self.sources.has_left(now, &source))
    }

    /// It is dialled.
    pub(super) fn take(&mut self, now: Instant, address: &Address, word: Word) {
        if word != Word::Trusted {
            self.targets.take(now, address.target().into());
            if let Some(source) = word.member() {
                self.sources.take(now, source);
            }
        }
    }

    /// Somebody of the group answered: that dial troubled nobody.
    pub(super) fn give_back(&mut self, address: &Address, word: Word) {
        self.targets.give_back(&address.target().into());
        if let Some(source) = word.member() {
            self.sources.give_back(&source);
        }
    }

    /// Counts what is remembered.
    #[cfg(feature = "simulation")]
    pub(super) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        usage.note("hosts dialled on others' word", self.targets.whole.len(), DIALS_HINTED_MAX);
        let sources = self.sources.whole.len();
        usage.note("members on whose word was dialled", sources, DIALS_HINTED_MAX);
    }
}

/// What has been taken of so many in a window, of each of several: it comes back one by one,
/// evenly.
#[derive(Debug)]
struct Allowances<K> {
    most: u32,
    /// When all of it will have come back.
    whole: BTreeMap<K, Instant>,
}

impl<K: Ord> Allowances<K> {
    const fn of(most: u32) -> Self {
        Self { most, whole: BTreeMap::new() }
    }

    /// How long it takes one to come back.
    fn each(&self) -> Duration {
        DIALS_WINDOW.checked_div(self.most).unwrap_or_default()
    }

    fn has_left(&self, now: Instant, of: &K) -> bool {
        match self.whole.get(of) {
            Some(whole) => whole.since(now).saturating_add(self.each()) <= DIALS_WINDOW,
            None => {
                self.whole.len() < DIALS_HINTED_MAX
                    || self.whole.values().filter(|whole| **whole > now).count() < DIALS_HINTED_MAX
            }
        }
    }

    fn take(&mut self, now: Instant, of: K) {
        self.whole.retain(|_, whole| *whole > now);
        let each = self.each();
        let whole = self.whole.entry(of).or_default();
        *whole = (*whole).max(now).after(each);
    }

    fn give_back(&mut self, of: &K) {
        let each = self.each();
        if let Some(whole) = self.whole.get_mut(of) {
            let until = whole.since(Instant::default()).saturating_sub(each);
            *whole = Instant::default().after(until);
        }
    }
}

#[cfg(test)]
mod tests;
