//! Tenures: what a peer's records hang on, over renewals of its grant.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::Authority;
use super::set::{Entry, News, Set, Slot};
use crate::checkpoint::Worth;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::TENURES_MAX;
use crate::stamp::Stamp;
use crate::statement::{Body, Role, Window};

/// A grant and those that continue it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tenure {
    pub(crate) holder: PeerId,
    /// Whether a grant of it is valid, whatever its window.
    pub(crate) live: bool,
    /// Whether one of them is worth the role of Admin.
    pub(crate) admin: bool,
    /// From the first moment to the last of the grants that are valid; if there are none, of those
    /// given up; if there are none either, of its first grant.
    pub(crate) window: Window,
    /// If its holder ended it by resigning: the latest stamp that its own records may bear.
    pub(crate) resigned: Option<Stamp>,
    /// Whether it is among the few of its holder's tenures, live or resigned, that count.
    pub(crate) counts: bool,
}

impl Authority {
    /// The first grant of the tenure that `grant` belongs to; itself if it is not in the set.
    pub(crate) fn tenure_of(&self, grant: &StatementId) -> StatementId {
        let first = self.set.slot(grant).and_then(|slot| self.tenures.get(&slot));
        let entry = first.and_then(|&first| self.set.entry(first));
        entry.map_or(*grant, |entry| entry.statement.id())
    }

    /// The tenure that begins with the grant `first`.
    pub(crate) fn tenure(&self, first: &StatementId) -> Option<Tenure> {
        let (begin, entry) = self.set.find(first)?;
        let grant = entry.statement.grant()?;
        if self.tenures.get(&begin) != Some(&begin) {
            return None;
        }
        let all = self.set.file(entry.subject?).grants.iter().copied();
        let grants: Vec<Slot> = all.filter(|slot| self.tenures.get(slot) == Some(&begin)).collect();
        let valid = grants.iter().filter_map(|&slot| self.valid(slot));
        let given_up = self.live(&grants).filter(|(slot, _)| self.verdict(*slot).given_up);
        let live = valid.clone().next().is_some();
        let resigned = if live { None } else { self.resigned(&grants) };
        let windows = valid.clone().map(|valid| valid.grant.window);
        let left = given_up.filter_map(|(_, entry)| Some(entry.statement.grant()?.window));
        Some(Tenure {
            holder: grant.subject,
            live,
            admin: valid.clone().any(|valid| valid.role == Role::Admin),
            window: span(windows).or_else(|| span(left)).unwrap_or(grant.window),
            resigned,
            counts: (live || resigned.is_some()) && self.counts(begin, live),
        })
    }

    /// The greatest stamp of the live Resigns of these grants, if none of them ended otherwise.
    fn resigned(&self, grants: &[Slot]) -> Option<Stamp> {
        let was_removed = |slot| {
            let verdict = self.verdict(slot);
            verdict.live && !verdict.given_up && verdict.is_removed()
        };
        if grants.iter().any(|&slot| was_removed(slot)) {
            return None;
        }
        let under = self.live(grants).flat_map(|(_, grant)| self.live(&grant.under));
        let stamps = under.filter_map(|(_, entry)| match entry.statement.body() {
            Body::Resign { at } => Some(*at),
            _ => None,
        });
        stamps.max()
    }

    /// Whether a tenure is among the few of its holder's that count: live ones come before those
    /// that were resigned, then the least.
    fn counts(&self, begin: Slot, live: bool) -> bool {
        let Some(first) = self.set.entry(begin) else { return false };
        let Some(subject) = first.subject else { return false };
        let all = &self.set.file(subject).grants;
        let valid = all.iter().copied().filter(|slot| self.valid(*slot).is_some());
        let left = self.live(all).filter(|(slot, _)| self.verdict(*slot).given_up);
        let begins = |slots: Vec<Slot>| -> BTreeSet<Slot> {
            slots.iter().filter_map(|slot| self.tenures.get(slot).copied()).collect()
        };
        let live_ones = begins(valid.collect());
        let left_ones = begins(left.map(|(slot, _)| slot).collect());
        let order = |slot: Slot, live: bool| {
            self.set.entry(slot).map(|entry| (!live, entry.signer, entry.rank()))
        };
        let mine = order(begin, live);
        let before = live_ones
            .union(&left_ones)
            .filter(|slot| **slot != begin)
            .filter(|slot| order(**slot, live_ones.contains(slot)) < mine);
        before.count() < TENURES_MAX
    }
}

/// From the first moment of `windows` to the last.
fn span(windows: impl Iterator<Item = Window>) -> Option<Window> {
    windows.reduce(|one, other| Window {
        from: one.from.min(other.from),
        until: one.until.max(other.until),
    })
}

/// Finds the first grants of the tenures of new grants, and anew those of the peers whose grants
/// may continue one another otherwise. Gives the grants that belong to another tenure than before.
pub(super) fn update(firsts: &mut BTreeMap<Slot, Slot>, set: &Set, news: &News) -> BTreeSet<Slot> {
    let mut before: BTreeMap<Slot, Slot> = BTreeMap::new();
    for &person in &news.retenured {
        let grants = &set.file(person).grants;
        before.extend(grants.iter().filter_map(|grant| firsts.remove_entry(grant)));
    }
    let late = news.retenured.iter().flat_map(|&person| &set.file(person).grants);
    let mut moved = BTreeSet::new();
    for &slot in news.fresh.iter().chain(late) {
        if set.entry(slot).is_some_and(Entry::is_grant) {
            let first = find_first(firsts, set, slot);
            if before.get(&slot).is_some_and(|&known| known != first) {
                moved.insert(slot);
            }
        }
    }
    moved
}

/// The first grant of the tenure of one; it and those between are noted.
fn find_first(firsts: &mut BTreeMap<Slot, Slot>, set: &Set, slot: Slot) -> Slot {
    let mut path = Vec::new();
    let mut at = slot;
    while !firsts.contains_key(&at) {
        path.push(at);
        match continued(set, at) {
            Some(before) => at = before,
            None => break,
        }
    }
    let first = firsts.get(&at).copied().unwrap_or(at);
    firsts.extend(path.into_iter().map(|slot| (slot, first)));
    first
}

/// The grant that this one continues: to the same subject, and not after a removal.
pub(super) fn continued(set: &Set, slot: Slot) -> Option<Slot> {
    let entry = set.entry(slot)?;
    let (before, other) = set.find(&entry.statement.grant()?.continues?)?;
    let same = other.statement.grant().is_some() && other.subject == entry.subject;
    let begins = match entry.survivor {
        Some(survivor) => survivor.begins,
        // the removal that ended a tenure need not be held any more
        None => {
            other.worth() == Some(Worth::Removed)
                || set.only_waits(before)
                || is_readmission(set, entry)
        }
    };
    (same && !begins).then_some(before)
}

/// Whether a new grant cites a removal of its subject.
fn is_readmission(set: &Set, entry: &Entry) -> bool {
    let cited = entry.statement.lists().cites().iter().filter_map(|id| set.find(id));
    let new = cited.filter(|(_, cited)| cited.survivor.is_none());
    let mut removals = new.filter(|(_, it)| matches!(it.statement.body(), Body::Remove { .. }));
    removals.any(|(_, removal)| removal.subject == entry.subject)
}
