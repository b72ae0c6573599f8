//! Lists of slots that hold one or none most of the time.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Deref;

use super::set::Slot;

/// Slots in the order in which they were added. Of a hundred thousand statements nearly all name
/// one and are named by one: these take no memory of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots(Kept);

#[derive(Clone, Debug, Default)]
enum Kept {
    #[default]
    None,
    One(Slot),
    // boxed, so that the usual cases take no more than two words
    #[expect(clippy::box_collection, reason = "a list in place takes three words everywhere")]
    Many(Box<Vec<Slot>>),
}

impl Slots {
    /// No slots.
    pub(super) const NONE: Self = Self(Kept::None);

    pub(super) fn push(&mut self, slot: Slot) {
        match &mut self.0 {
            Kept::None => self.0 = Kept::One(slot),
            Kept::One(first) => self.0 = Kept::Many(Box::new(vec![*first, slot])),
            Kept::Many(all) => all.push(slot),
        }
    }

    pub(super) fn retain(&mut self, wanted: impl FnMut(&Slot) -> bool) {
        match &mut self.0 {
            Kept::None => {}
            Kept::One(_) => *self = self.iter().copied().filter(wanted).collect(),
            Kept::Many(all) => all.retain(wanted),
        }
    }
}

impl Deref for Slots {
    type Target = [Slot];

    fn deref(&self) -> &[Slot] {
        match &self.0 {
            Kept::None => &[],
            Kept::One(slot) => core::slice::from_ref(slot),
            Kept::Many(all) => all,
        }
    }
}

impl<'a> IntoIterator for &'a Slots {
    type Item = &'a Slot;
    type IntoIter = core::slice::Iter<'a, Slot>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Slot> for Slots {
    fn from_iter<I: IntoIterator<Item = Slot>>(all: I) -> Self {
        let mut slots = Self::NONE;
        all.into_iter().for_each(|slot| slots.push(slot));
        slots
    }
}
