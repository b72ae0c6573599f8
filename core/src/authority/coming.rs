//! The creator's checkpoints above the one that counts, and what each of them waits for.
//!
//! Every one whose parts are here is waited for, however many there are: of those that one replica
//! would leave out, another might have gone on to one. What is kept of them is as much as the
//! statements that are held name.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::set::{Set, Slot};
use super::slots::Slots;
use crate::checkpoint::Survivor;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::statement::{Body, Statement};

/// The height of a checkpoint, and its id.
pub(super) type Rank = (u32, StatementId);

/// The checkpoints that are to come.
#[derive(Debug, Default)]
pub(super) struct Coming {
    lacking: BTreeMap<Rank, Lacking>,
    /// The checkpoints that a part is of, whether it is here or not.
    checkpoints_of: BTreeMap<StatementId, Vec<Rank>>,
    /// How many survivors that it names are not here, of each part of a complete checkpoint.
    missing: BTreeMap<Slot, usize>,
    /// The parts of complete checkpoints that name a statement.
    naming: BTreeMap<StatementId, Slots>,
    /// Those of which everything is here.
    whole: BTreeSet<Rank>,
}

/// What a checkpoint lacks.
#[derive(Debug)]
struct Lacking {
    /// Parts that are not here. It is complete if there are none.
    parts: usize,
    /// Of one that is complete the parts that name a survivor that is not here.
    open: usize,
}

impl Coming {
    /// The creator's checkpoints in a set, above the one that counts.
    pub(super) fn new(set: &Set, creator: PeerId, counting: Option<Rank>) -> Self {
        let mut coming = Self::default();
        let file = set.file_of(&creator);
        for (_, entry) in file.into_iter().flat_map(|file| set.all(&file.signed)) {
            coming.note_checkpoint(set, &entry.statement, counting);
        }
        coming
    }

    /// A statement came into the set.
    pub(super) fn on_inserted(&mut self, set: &Set, slot: Slot, counting: Option<Rank>) {
        let Some(statement) = set.entry(slot).map(|entry| &entry.statement) else { return };
        self.note_survivor(set, &statement.id());
        self.note_part(set, statement);
        self.note_checkpoint(set, statement, counting);
    }

    /// Whether a complete one names a statement.
    pub(super) fn names(&self, id: &StatementId) -> bool {
        self.naming.contains_key(id)
    }

    /// The greatest of which everything is here; each is given once.
    pub(super) fn take_whole(&mut self) -> Option<Rank> {
        self.whole.pop_last()
    }

    fn note_checkpoint(&mut self, set: &Set, statement: &Statement, counting: Option<Rank>) {
        let Body::Checkpoint { parts, .. } = statement.body() else { return };
        let rank = (statement.height(), statement.id());
        if Some(rank) <= counting {
            return;
        }
        let parts: BTreeSet<StatementId> = parts.iter().copied().collect();
        for part in &parts {
            self.checkpoints_of.entry(*part).or_default().push(rank);
        }
        let absent = parts.iter().filter(|part| part_at(set, part, rank.0).is_none());
        self.lacking.insert(rank, Lacking { parts: absent.count(), open: 0 });
        self.wait_if_complete(set, rank);
    }

    /// A part that is of another height than its checkpoint is none of its.
    fn note_part(&mut self, set: &Set, statement: &Statement) {
        if !matches!(statement.body(), Body::Survivors(_)) {
            return;
        }
        let of = self.checkpoints_of.get(&statement.id()).cloned().unwrap_or_default();
        for rank in of.into_iter().filter(|(height, _)| *height == statement.height()) {
            if let Some(lacking) = self.lacking.get_mut(&rank) {
                lacking.parts = lacking.parts.saturating_sub(1);
                self.wait_if_complete(set, rank);
            }
        }
    }

    fn note_survivor(&mut self, set: &Set, id: &StatementId) {
        let Some(parts) = self.naming.get(id) else { return };
        for part in parts {
            let Some(missing) = self.missing.get_mut(part) else { continue };
            *missing = missing.saturating_sub(1);
            if *missing > 0 {
                continue;
            }
            let part = set.entry(*part).map(|entry| entry.statement.id());
            let of = part.and_then(|part| self.checkpoints_of.get(&part));
            for rank in of.into_iter().flatten() {
                let Some(lacking) = self.lacking.get_mut(rank) else { continue };
                lacking.open = lacking.open.saturating_sub(1);
                if (lacking.parts, lacking.open) == (0, 0) {
                    self.whole.insert(*rank);
                }
            }
        }
    }

    /// Waits for the survivors of a checkpoint whose parts are all here.
    fn wait_if_complete(&mut self, set: &Set, rank: Rank) {
        let Some(lacking) = self.lacking.get_mut(&rank).filter(|lacking| lacking.parts == 0) else {
            return;
        };
        let mut open = 0_usize;
        for (slot, named) in parts_of(set, rank).into_iter().flatten() {
            let missing = self.missing.entry(slot).or_insert_with(|| {
                for survivor in named {
                    self.naming.entry(survivor.id).or_default().push(slot);
                }
                named.iter().filter(|survivor| set.slot(&survivor.id).is_none()).count()
            });
            open = open.saturating_add(usize::from(*missing > 0));
        }
        lacking.open = open;
        if open == 0 {
            self.whole.insert(rank);
        }
    }
}

/// All that survives a checkpoint; none while a part is missing, and none if it names a statement
/// without the grant that it is signed under. Whoever held that would lose it by such a checkpoint,
/// and whoever comes later would never have it.
pub(super) fn manifest(set: &Set, rank: Rank) -> Option<BTreeMap<StatementId, Survivor>> {
    let named = parts_of(set, rank)?.into_iter().flat_map(|(_, named)| named);
    let survivors: BTreeMap<_, _> = named.map(|survivor| (survivor.id, *survivor)).collect();
    let hangs_on_one = |id: &StatementId| {
        let cred = set.find(id).and_then(|(_, entry)| entry.statement.cred());
        cred.is_none_or(|cred| survivors.contains_key(&cred))
    };
    let is_closed = survivors.keys().all(hangs_on_one);
    is_closed.then_some(survivors)
}

/// The parts of a checkpoint, each once; none while one of them is missing.
fn parts_of(set: &Set, rank: Rank) -> Option<Vec<(Slot, &[Survivor])>> {
    let Body::Checkpoint { parts, .. } = set.find(&rank.1)?.1.statement.body() else { return None };
    let mut seen = BTreeSet::new();
    parts.iter().filter(|part| seen.insert(**part)).map(|part| part_at(set, part, rank.0)).collect()
}

/// A part of a checkpoint of some height.
fn part_at<'a>(set: &'a Set, part: &StatementId, height: u32) -> Option<(Slot, &'a [Survivor])> {
    let (slot, entry) = set.find(part)?;
    match entry.statement.body() {
        Body::Survivors(named) if entry.statement.height() == height => Some((slot, named)),
        _ => None,
    }
}
