//! Addresses at which somebody of the group may be found.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::codec::{decode, encode};
use crate::cx::half;
use crate::entropy::Stream;
use crate::group::dials::Word;
use crate::id::Instance;
use crate::key::PeerId;
use crate::limits::REMEMBERED_ADDRESSES_MAX;
use crate::time::Instant;

/// The wait after the first failure at an address; it doubles with each further one.
const BACK_OFF_FIRST: Duration = Duration::from_secs(2);
/// The longest wait between two tries of one address: 2 s × 2^7.
const BACK_OFF_DOUBLINGS_MAX: u32 = 7;

/// Remembered addresses, at most [`REMEMBERED_ADDRESSES_MAX`], and how they did.
#[derive(Debug, Default)]
pub(super) struct Book {
    entries: BTreeMap<Address, Entry>,
}

#[derive(Debug)]
struct Entry {
    word: Word,
    failures: u32,
    /// Not to be tried before.
    not_before: Instant,
    /// This node itself listens there.
    is_own: bool,
    /// Who answered there last.
    owner: Option<(PeerId, Instance)>,
    /// On whose word it is being dialled, while it is a hint.
    tried: Option<Word>,
    /// The neighbour that said to listen there.
    home_of: Option<PeerId>,
}

impl Entry {
    const fn new(word: Word) -> Self {
        Self {
            word,
            failures: 0,
            not_before: Instant::from_micros(0),
            is_own: false,
            owner: None,
            tried: None,
            home_of: None,
        }
    }

    /// Whether it is more than a hint.
    fn is_known(&self) -> bool {
        self.owner.is_some() || self.word == Word::Trusted
    }
}

/// What came of an attempt that succeeded.
#[derive(Debug, Default)]
pub(super) struct Success {
    /// So far it was no more than a hint.
    pub(super) is_new: bool,
    /// Whose hint was followed.
    pub(super) hint: Option<Word>,
}

impl Book {
    /// Remembers an address that the application or an invitation names. In a full book it takes
    /// the place of one that failed and never answered, or none.
    pub(super) fn remember(&mut self, address: &Address) {
        self.insert(address, Word::Trusted, |entry| entry.owner.is_none());
        if let Some(entry) = self.entries.get_mut(address) {
            entry.word = Word::Trusted;
        }
    }

    /// Remembers an address that may or may not be good. In a full book it takes the place of
    /// another hint that failed, or none (attack N03).
    pub(super) fn hint(&mut self, address: &Address, word: Word) {
        self.insert(address, word, |entry| !entry.is_known());
    }

    /// Remembers where a neighbour says that it listens: a hint, but kept. Of each peer one is kept
    /// until it answers there, the last: no peer fills a book by what it says. True if it is new.
    pub(super) fn told(&mut self, address: &Address, by: PeerId) -> bool {
        let is_home = |entry: &Entry| entry.is_known() || entry.home_of.is_some();
        if self.entries.get(address).is_some_and(is_home) {
            return false;
        }
        self.entries.retain(|_, entry| entry.is_known() || entry.home_of != Some(by));
        self.hint(address, Word::Member(by));
        let Some(entry) = self.entries.get_mut(address) else { return false };
        entry.home_of = Some(by);
        true
    }

    /// Adds an address, if need be in place of the one that failed most of those that may go. True
    /// if it is new.
    fn insert(&mut self, address: &Address, word: Word, may_go: impl Fn(&Entry) -> bool) -> bool {
        if self.entries.contains_key(address) {
            return false;
        }
        if self.entries.len() >= REMEMBERED_ADDRESSES_MAX {
            let failed = |entry: &Entry| entry.failures > 0 && may_go(entry);
            let worst = self
                .entries
                .iter()
                .filter(|(_, entry)| failed(entry))
                .max_by_key(|(_, entry)| entry.failures)
                .map(|(at, _)| at.clone());
            let Some(worst) = worst else { return false };
            self.entries.remove(&worst);
        }
        self.entries.insert(address.clone(), Entry::new(word));
        true
    }

    /// An address is dialled. That counts, unless it is more than a hint.
    pub(super) fn dialled(&mut self, address: &Address, word: Word) {
        self.hint(address, word);
        if let Some(entry) = self.entries.get_mut(address) {
            entry.tried = Some(word).filter(|_| !entry.is_known());
        }
    }

    /// On whose word an address is dialled that somebody names: not on a hint, if more is known.
    pub(super) fn word(&self, address: &Address, named_by: Word) -> Word {
        match self.entries.get(address) {
            Some(entry) if entry.is_known() => Word::Trusted,
            Some(_) | None => named_by,
        }
    }

    /// An attempt failed: the address rests, longer each time, with jitter.
    pub(super) fn failed(&mut self, address: &Address, now: Instant, jitter: &mut Stream) {
        let Some(entry) = self.entries.get_mut(address) else { return };
        let doublings = entry.failures.min(BACK_OFF_DOUBLINGS_MAX);
        entry.failures = entry.failures.saturating_add(1);
        entry.tried = None;
        let wait = BACK_OFF_FIRST.saturating_mul(1 << doublings);
        let spread = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        entry.not_before = now.after(half(wait)).after(Duration::from_micros(jitter.below(spread)));
    }

    /// An attempt succeeded: this is who answered.
    pub(super) fn succeeded(&mut self, address: &Address, owner: (PeerId, Instance)) -> Success {
        self.insert(address, Word::Anybody, |_| true);
        let Some(entry) = self.entries.get_mut(address) else { return Success::default() };
        let is_new = !entry.is_known();
        entry.failures = 0;
        entry.not_before = Instant::default();
        entry.owner = Some(owner);
        Success { is_new, hint: entry.tried.take() }
    }

    /// Who answered at an address last.
    pub(super) fn owner(&self, address: &Address) -> Option<(PeerId, Instance)> {
        self.entries.get(address).and_then(|entry| entry.owner)
    }

    /// This node itself answered there: never try it again.
    pub(super) fn is_own(&mut self, address: &Address) {
        if let Some(entry) = self.entries.get_mut(address) {
            entry.is_own = true;
        }
    }

    /// Lets every address be tried at once, as a new attempt to connect begins.
    pub(super) fn forgive(&mut self) {
        for entry in self.entries.values_mut() {
            entry.not_before = Instant::default();
        }
    }

    /// Whether an address may be tried now; one that is not in the book may.
    pub(super) fn may_try(&self, address: &Address, now: Instant) -> bool {
        self.entries.get(address).is_none_or(|entry| !entry.is_own && entry.not_before <= now)
    }

    /// The addresses, and who says so.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&Address, Word)> {
        let others = self.entries.iter().filter(|(_, entry)| !entry.is_own);
        others.map(|(address, entry)| (address, entry.word))
    }

    /// The addresses that are more than hints: what is kept, and passed on to others.
    pub(super) fn known(&self) -> impl Iterator<Item = &Address> {
        let known = self.entries.iter().filter(|(_, entry)| entry.is_known() && !entry.is_own);
        known.map(|(address, _)| address)
    }

    /// Counts the addresses.
    #[cfg(feature = "simulation")]
    pub(super) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        let held = self.entries.len();
        usage.note("remembered addresses of one group", held, REMEMBERED_ADDRESSES_MAX);
    }

    /// As it lies in the store: what is known, and where neighbours said that they listen.
    pub(super) fn encode(&self) -> Vec<u8> {
        let homes = self.entries.iter().filter(|(_, entry)| !entry.is_known());
        let homes = homes.filter_map(|(address, entry)| Some((address, entry.home_of?)));
        encode(&(self.known().collect::<Vec<_>>(), homes.collect::<Vec<_>>()))
    }

    /// From the store.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (known, homes): (Vec<Address>, Vec<(Address, PeerId)>) = decode(bytes).ok()?;
        let mut book = Self::default();
        for address in known.iter().take(REMEMBERED_ADDRESSES_MAX) {
            book.remember(address);
        }
        for (address, peer) in homes.iter().take(REMEMBERED_ADDRESSES_MAX) {
            book.told(address, *peer);
        }
        Some(book)
    }
}

#[cfg(test)]
mod tests;
