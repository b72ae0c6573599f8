//! Neighbours as small numbers, so that a set of them is one word.

use alloc::vec::Vec;

/// Neighbours that fit into a word.
pub(super) const SLOTS_MAX: u8 = 32;

/// A set of slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots(u32);

impl Slots {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn one(slot: u8) -> Self {
        Self(1_u32.rotate_left(slot as u32))
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn contains(self, slot: u8) -> bool {
        self.0 & Self::one(slot).0 != 0
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The lowest of them.
    pub(super) fn first(self) -> Option<u8> {
        u8::try_from(self.0.trailing_zeros()).ok().filter(|slot| *slot < SLOTS_MAX)
    }
}

/// Which neighbour has which slot, and what is counted of each.
#[derive(Debug)]
pub(super) struct Neighbours<K>(Vec<Option<Place<K>>>);

#[derive(Debug)]
struct Place<K> {
    neighbour: K,
    /// What it announced and has not sent when it was asked, since it last sent anything.
    broken: usize,
}

impl<K: Copy + Eq> Neighbours<K> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Gives a neighbour a slot, unless it has one or all are taken.
    pub(super) fn add(&mut self, neighbour: K) {
        if self.slot(neighbour).is_some() {
            return;
        }
        let place = Some(Place { neighbour, broken: 0 });
        if let Some(free) = self.0.iter_mut().find(|of| of.is_none()) {
            *free = place;
        } else if self.0.len() < usize::from(SLOTS_MAX) {
            self.0.push(place);
        }
    }

    /// Takes the slot of a neighbour back.
    pub(super) fn remove(&mut self, neighbour: K) -> Option<u8> {
        let slot = self.slot(neighbour)?;
        if let Some(place) = self.0.get_mut(usize::from(slot)) {
            *place = None;
        }
        Some(slot)
    }

    pub(super) fn slot(&self, neighbour: K) -> Option<u8> {
        let is_it = |of: &Option<Place<K>>| of.as_ref().is_some_and(|of| of.neighbour == neighbour);
        self.0.iter().position(is_it).and_then(|at| u8::try_from(at).ok())
    }

    pub(super) fn at(&self, slot: u8) -> Option<K> {
        self.0.get(usize::from(slot))?.as_ref().map(|of| of.neighbour)
    }

    /// All slots that are taken.
    pub(super) fn all(&self) -> Slots {
        let taken = (0_u8..).zip(&self.0).filter(|(_, of)| of.is_some());
        taken.fold(Slots::NONE, |all, (slot, _)| all.with(Slots::one(slot)))
    }

    /// The neighbours of these slots.
    pub(super) fn of(&self, slots: Slots) -> Vec<K> {
        let listed = (0_u8..).zip(&self.0).filter(|(slot, _)| slots.contains(*slot));
        listed.filter_map(|(_, of)| of.as_ref().map(|of| of.neighbour)).collect()
    }

    /// One more, or none any more, that was announced and not sent.
    pub(super) fn note(&mut self, slot: u8, kept: bool) {
        if let Some(Some(place)) = self.0.get_mut(usize::from(slot)) {
            place.broken = if kept { 0 } else { place.broken.saturating_add(1) };
        }
    }

    /// What was announced from a slot and not sent.
    pub(super) fn broken(&self, slot: u8) -> usize {
        self.0.get(usize::from(slot)).and_then(Option::as_ref).map_or(0, |of| of.broken)
    }
}
