//! Whether one statement of an author links, over others of its own, to another.
//!
//! An honest author signs each statement after its last, so its statements form one chain and
//! their places in it answer the question at once. Where they fork there are several chains, and a
//! search goes from chain to chain over the links between them, never along one. Chains grow at
//! both ends and join, in whatever order their statements come: the shorter one moves, so no
//! statement moves more often than there are doublings.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::set::{Person, Set, Slot};

/// Where in which chain a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    chain: u32,
    /// Greater than of whatever it reaches in the chain.
    at: i32,
}

/// Statements of which each links to the one before it.
#[derive(Debug, Default)]
struct Chain {
    first: i32,
    members: VecDeque<Slot>,
    /// Where members link into other chains.
    exits: BTreeSet<i32>,
}

impl Chain {
    fn last(&self) -> i32 {
        let length = i32::try_from(self.members.len()).unwrap_or(i32::MAX);
        self.first.saturating_add(length).saturating_sub(1)
    }

    fn member(&self, at: i32) -> Option<Slot> {
        let index = usize::try_from(at.checked_sub(self.first)?).ok()?;
        self.members.get(index).copied()
    }
}

/// How far along each chain some statements reach.
#[derive(Debug, Default)]
pub(super) struct Reach(BTreeMap<u32, i32>);

impl Reach {
    fn last(&self, chain: u32) -> Option<i32> {
        self.0.get(&chain).copied()
    }

    /// Those of `places` about a peer that are within reach, chain by chain, the last first.
    pub(super) fn of<'a>(
        &'a self,
        places: &'a Places,
        peer: Person,
    ) -> impl Iterator<Item = impl Iterator<Item = Slot> + 'a> + 'a {
        self.0.iter().map(move |(&chain, &last)| {
            let within = places.range((peer, chain, i32::MIN)..=(peer, chain, last));
            within.rev().map(|(_, &slot)| slot)
        })
    }

    /// Whether it holds any of these.
    pub(super) fn meets(&self, firsts: &Firsts) -> bool {
        let mut ends = self.0.iter();
        ends.any(|(chain, last)| firsts.0.get(chain).is_some_and(|first| first <= last))
    }
}

/// Statements about peers, by the peer and where they stand: about each peer those of one chain in
/// a row.
pub(super) type Places = BTreeMap<(Person, u32, i32), Slot>;

/// The first in each chain of some statements.
#[derive(Debug, Default)]
pub(super) struct Firsts(BTreeMap<u32, i32>);

impl Firsts {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The chains of all authors.
#[derive(Debug, Default)]
pub(super) struct Chains {
    all: Vec<Chain>,
    /// Those without members.
    free: Vec<u32>,
}

impl Chains {
    /// The number of a chain without members.
    fn begin(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
            self.all.push(Chain::default());
            next
        })
    }

    fn get(&self, chain: u32) -> Option<&Chain> {
        self.all.get(chain as usize)
    }

    fn get_mut(&mut self, chain: u32) -> Option<&mut Chain> {
        self.all.get_mut(chain as usize)
    }
}

impl Set {
    /// Whether `from` is `to` or links to it over statements of the same author. Costs one look if
    /// they are in one chain, and at worst a look at each link between chains of the author.
    pub(super) fn reaches(&self, from: Slot, to: Slot) -> bool {
        let (Some(high), Some(low)) = (self.spot(from), self.spot(to)) else { return false };
        if high.chain == low.chain {
            return low.at <= high.at;
        }
        let author = |slot: Slot| self.entry(slot).map(|entry| entry.author);
        author(from) == author(to) && self.is_in(&self.reach([from]), to)
    }

    /// Whatever these statements link to over statements of the same author, and they themselves.
    /// Costs a look at each, and at each link between chains that is met.
    pub(super) fn reach(&self, from: impl IntoIterator<Item = Slot>) -> Reach {
        let mut reach = Reach::default();
        let mut open: Vec<Spot> = from.into_iter().filter_map(|slot| self.spot(slot)).collect();
        while let Some(spot) = open.pop() {
            self.step();
            let known = reach.0.get(&spot.chain).copied().unwrap_or(i32::MIN);
            if known < spot.at {
                reach.0.insert(spot.chain, spot.at);
                self.leave(spot, known, &mut open);
            }
        }
        reach
    }

    /// Whether a statement is among those.
    pub(super) fn is_in(&self, reach: &Reach, slot: Slot) -> bool {
        self.spot(slot).is_some_and(|spot| reach.last(spot.chain).is_some_and(|at| spot.at <= at))
    }

    /// The first in each chain of these statements.
    pub(super) fn firsts(&self, slots: impl IntoIterator<Item = Slot>) -> Firsts {
        let mut firsts = Firsts::default();
        for spot in slots.into_iter().filter_map(|slot| self.spot(slot)) {
            let first = firsts.0.entry(spot.chain).or_insert(spot.at);
            *first = spot.at.min(*first);
        }
        firsts
    }

    /// Where the links go that leave a chain above `known` and not above `spot`.
    fn leave(&self, spot: Spot, known: i32, open: &mut Vec<Spot>) {
        let Some(chain) = self.chains.get(spot.chain) else { return };
        for &at in chain.exits.range(known.saturating_add(1)..=spot.at) {
            let member = chain.member(at).and_then(|slot| self.entry(slot));
            let links = member.into_iter().flat_map(|entry| &entry.prev);
            let spots = links.filter_map(|&slot| self.spot(slot));
            open.extend(spots.filter(|other| other.chain != spot.chain));
            self.step();
        }
    }

    /// Puts a statement whose links are known into a chain, and joins what it connects.
    pub(super) fn enchain(&mut self, slot: Slot) {
        if self.spot(slot).is_none() {
            self.begin_chain(slot);
        }
        let below = self.entry(slot).and_then(|entry| {
            let mut links = entry.prev.iter().copied();
            links.find(|&prev| self.is_last(prev))
        });
        if let Some(below) = below.filter(|_| self.is_first(slot)) {
            self.join(below, slot);
        }
        let above = self.next(slot).find(|&next| self.is_first(next));
        if let Some(above) = above.filter(|_| self.is_last(slot)) {
            self.join(slot, above);
        }
        self.note_exit(slot);
        let next: Vec<Slot> = self.next(slot).collect();
        for slot in next {
            self.note_exit(slot);
        }
    }

    /// Forgets where the statements of a peer stand.
    pub(super) fn unchain(&mut self, slots: &[Slot]) {
        for &slot in slots {
            let spot = self.move_to(slot, None);
            let chain = spot.and_then(|spot| Some((spot.chain, self.chains.get_mut(spot.chain)?)));
            if let Some((at, chain)) = chain
                && !core::mem::take(chain).members.is_empty()
            {
                self.chains.free.push(at);
            }
        }
    }

    fn begin_chain(&mut self, slot: Slot) {
        let chain = self.chains.begin();
        if let Some(new) = self.chains.get_mut(chain) {
            *new = Chain { first: 0, members: VecDeque::from([slot]), exits: BTreeSet::new() };
        }
        self.put(slot, Spot { chain, at: 0 });
    }

    /// Makes one chain of that which ends in `below` and that which begins with `above`.
    fn join(&mut self, below: Slot, above: Slot) {
        let (Some(low), Some(high)) = (self.spot(below), self.spot(above)) else { return };
        let length = |spot: Spot| self.chains.get(spot.chain).map(|chain| chain.members.len());
        let moves_up = length(low) < length(high);
        let (from, to) = if moves_up { (low.chain, high.chain) } else { (high.chain, low.chain) };
        let Some(moved) = self.chains.get_mut(from).map(core::mem::take) else { return };
        self.chains.free.push(from);
        let Some(chain) = self.chains.get_mut(to) else { return };
        let shift = if moves_up {
            chain.first.saturating_sub(1).saturating_sub(moved.last())
        } else {
            chain.last().saturating_add(1).saturating_sub(moved.first)
        };
        chain.exits.extend(moved.exits.iter().map(|at| at.saturating_add(shift)));
        if moves_up {
            chain.first = moved.first.saturating_add(shift);
            moved.members.iter().rev().for_each(|&slot| chain.members.push_front(slot));
        } else {
            chain.members.extend(moved.members.iter().copied());
        }
        for (slot, at) in moved.members.into_iter().zip(moved.first.saturating_add(shift)..) {
            self.put(slot, Spot { chain: to, at });
        }
    }

    /// Notes whether a statement links into another chain.
    fn note_exit(&mut self, slot: Slot) {
        let Some((place, entry)) = self.spot(slot).zip(self.entry(slot)) else { return };
        let mut others = entry.prev.iter().filter_map(|&prev| self.spot(prev));
        let leaves = others.any(|other| other.chain != place.chain);
        let Some(chain) = self.chains.get_mut(place.chain) else { return };
        if leaves {
            chain.exits.insert(place.at);
        } else {
            chain.exits.remove(&place.at);
        }
    }

    fn is_first(&self, slot: Slot) -> bool {
        let place = self.spot(slot);
        let chain = place.and_then(|place| self.chains.get(place.chain));
        chain.zip(place).is_some_and(|(chain, place)| chain.first == place.at)
    }

    fn is_last(&self, slot: Slot) -> bool {
        let place = self.spot(slot);
        let chain = place.and_then(|place| self.chains.get(place.chain));
        chain.zip(place).is_some_and(|(chain, place)| chain.last() == place.at)
    }

    fn spot(&self, slot: Slot) -> Option<Spot> {
        self.entry(slot)?.spot
    }

    fn put(&mut self, slot: Slot, place: Spot) {
        self.step();
        self.move_to(slot, Some(place));
    }

    /// Notes where a statement stands. Gives where it stood.
    fn move_to(&mut self, slot: Slot, place: Option<Spot>) -> Option<Spot> {
        let entry = self.entry_mut(slot)?;
        let before = core::mem::replace(&mut entry.spot, place);
        let (subject, is_grant) = (entry.subject, entry.is_grant());
        if let Some(peer) = subject {
            let places = if is_grant { &mut self.grants_at } else { &mut self.removals_at };
            let key = |spot: Spot| (peer, spot.chain, spot.at);
            before.and_then(|spot| places.remove(&key(spot)));
            places.extend(place.map(|spot| (key(spot), slot)));
        }
        before
    }
}
