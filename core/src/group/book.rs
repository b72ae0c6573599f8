//! Addresses at which somebody of the group may be found.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::codec::{decode, encode};
use crate::cx::half;
use crate::entropy::Stream;
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

#[derive(Debug, Default)]
struct Entry {
    failures: u32,
    /// Not to be tried before.
    not_before: Instant,
    /// This node itself listens there.
    is_own: bool,
    /// Who answered there last.
    owner: Option<(PeerId, Instance)>,
    /// Which neighbour said that it listens there.
    told_by: Option<PeerId>,
}

impl Book {
    /// Remembers an address that may or may not be good. In a full book it takes the place of one
    /// that failed and never answered, or none. True if the address is new.
    pub(super) fn remember(&mut self, address: &Address) -> bool {
        self.insert(address, |entry| entry.owner.is_none())
    }

    /// Remembers where a neighbour says that it listens. Of each peer one address that has not
    /// answered is remembered, the last: no peer fills a book by what it says. True if the address
    /// is new.
    pub(super) fn told(&mut self, address: &Address, by: PeerId) -> bool {
        if self.entries.contains_key(address) {
            return false;
        }
        self.entries.retain(|_, entry| entry.owner.is_some() || entry.told_by != Some(by));
        let is_new = self.remember(address);
        if let Some(entry) = self.entries.get_mut(address) {
            entry.told_by = Some(by);
        }
        is_new
    }

    /// Adds an address, if need be in place of the one that failed most of those that may go.
    fn insert(&mut self, address: &Address, may_go: impl Fn(&Entry) -> bool) -> bool {
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
        self.entries.insert(address.clone(), Entry::default());
        true
    }

    /// An attempt failed: the address rests, longer each time, with jitter.
    pub(super) fn failed(&mut self, address: &Address, now: Instant, jitter: &mut Stream) {
        let Some(entry) = self.entries.get_mut(address) else { return };
        let doublings = entry.failures.min(BACK_OFF_DOUBLINGS_MAX);
        entry.failures = entry.failures.saturating_add(1);
        let wait = BACK_OFF_FIRST.saturating_mul(1 << doublings);
        let spread = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        entry.not_before = now.after(half(wait)).after(Duration::from_micros(jitter.below(spread)));
    }

    /// An attempt succeeded: this is who answered. True if the address is new.
    pub(super) fn succeeded(&mut self, address: &Address, owner: (PeerId, Instance)) -> bool {
        let is_new = self.insert(address, |_| true);
        if let Some(entry) = self.entries.get_mut(address) {
            entry.failures = 0;
            entry.not_before = Instant::default();
            entry.owner = Some(owner);
        }
        is_new
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

    /// The addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.entries.iter().filter(|(_, entry)| !entry.is_own).map(|(address, _)| address)
    }

    /// Counts the addresses.
    #[cfg(feature = "simulation")]
    pub(super) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        let held = self.entries.len();
        usage.note("remembered addresses of one group", held, REMEMBERED_ADDRESSES_MAX);
    }

    /// As it lies in the store.
    pub(super) fn encode(&self) -> Vec<u8> {
        encode(&self.addresses().collect::<Vec<_>>())
    }

    /// From the store.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let addresses: Vec<Address> = decode(bytes).ok()?;
        let mut book = Self::default();
        for address in addresses.iter().take(REMEMBERED_ADDRESSES_MAX) {
            book.remember(address);
        }
        Some(book)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::key::SecretKey;

    fn at(number: usize) -> Address {
        format!("mem:{number}").parse().unwrap()
    }

    #[test]
    fn of_what_a_peer_tells_only_the_last_address_is_remembered() {
        let peer = SecretKey::from_bytes([1; 32]).peer();
        let mut book = Book::default();
        for number in 0..100 {
            assert!(book.told(&at(number), peer));
        }
        assert_eq!(book.addresses().collect::<Vec<_>>(), [&at(99)]);
    }

    #[test]
    fn an_address_that_answered_stays_whatever_a_peer_tells() {
        let peer = SecretKey::from_bytes([1; 32]).peer();
        let mut book = Book::default();
        book.told(&at(1), peer);
        book.succeeded(&at(1), (peer, Instance::from_u64(1)));
        book.told(&at(2), peer);
        assert!(!book.told(&at(1), peer), "it is there");
        assert_eq!(book.addresses().collect::<Vec<_>>(), [&at(1), &at(2)]);
    }
}
