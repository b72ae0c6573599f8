//! What a checkpoint says of what was signed before it, read from the statements at hand.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::checkpoint::{Survivor, Worth};
use crate::id::StatementId;
use crate::key::PeerId;
use crate::statement::{Body, Statement};

/// The checkpoint that counts: the greatest of which all parts and survivors are at hand, none
/// without the grant that it is signed under.
#[derive(Debug, Default)]
pub(super) struct Past {
    rank: Option<(u32, StatementId)>,
    survivors: BTreeMap<StatementId, Survivor>,
    /// What survived of each author and is not dead, in order.
    lines: BTreeMap<PeerId, BTreeSet<(u32, StatementId)>>,
}

impl Past {
    pub(super) fn of(creator: PeerId, all: &BTreeMap<StatementId, &Statement>) -> Self {
        let whole = all.values().filter(|one| one.author() == creator).filter_map(|one| {
            let Body::Checkpoint { parts, .. } = one.body() else { return None };
            let mut survivors: Vec<&Survivor> = Vec::new();
            for part in parts.iter().map(|part| all.get(part)) {
                match part.map(|part| (part.height(), part.body())) {
                    Some((height, Body::Survivors(named))) if height == one.height() => {
                        survivors.extend(named);
                    }
                    _ => return None,
                }
            }
            let named: BTreeSet<StatementId> = survivors.iter().map(|it| it.id).collect();
            let hangs_on_one = |id| {
                let cred = all.get(id).map(|survivor| survivor.cred());
                cred.is_some_and(|cred| cred.is_none_or(|cred| named.contains(&cred)))
            };
            let counts = named.iter().all(hangs_on_one);
            counts.then_some(((one.height(), one.id()), survivors))
        });
        let Some((rank, survivors)) = whole.max_by_key(|(rank, _)| *rank) else {
            return Self::default();
        };
        let survivors = survivors.into_iter().map(|it| (it.id, *it)).collect();
        let mut past = Self { rank: Some(rank), survivors, lines: BTreeMap::new() };
        for one in all.values() {
            if past.said(one).is_some_and(|worth| worth != Worth::Dead) {
                past.lines.entry(one.author()).or_default().insert((one.depth(), one.id()));
            }
        }
        past
    }

    /// What is said of a statement; none of what was signed since.
    pub(super) fn said(&self, one: &Statement) -> Option<Worth> {
        self.rank.filter(|(height, _)| one.height() < *height)?;
        let worth = |id: &StatementId| self.survivors.get(id).map(|survivor| survivor.worth);
        let can_survive = match one.body() {
            Body::Grant(_) | Body::Property(_) => true,
            Body::Resign { .. } => one.cred().and_then(|it| worth(&it)) == Some(Worth::GivenUp),
            _ => false,
        };
        Some(worth(&one.id()).filter(|_| can_survive).unwrap_or(Worth::Dead))
    }

    /// Whether this is the checkpoint, and it says that a grant is worth so much.
    pub(super) fn says(&self, by: &StatementId, grant: &Statement, worth: Worth) -> bool {
        self.is_at(by) && self.said(grant) == Some(worth)
    }

    /// Whether there is a checkpoint.
    pub(super) fn has_any(&self) -> bool {
        self.rank.is_some()
    }

    /// Whether this is the checkpoint.
    pub(super) fn is_at(&self, by: &StatementId) -> bool {
        self.rank.is_some_and(|(_, id)| id == *by)
    }

    /// Whether a statement was held, or a grant had not ended, so that this can live under it.
    pub(super) fn carries(&self, grant: &Statement, one: &Statement) -> bool {
        match (self.said(one), self.said(grant)) {
            (Some(worth), _) => worth != Worth::Dead,
            (None, worth) => worth.is_none_or(|worth| worth == Worth::Full),
        }
    }

    /// What an author signed before a statement by what the checkpoint left: of survivors those
    /// that are less, and all of them of what was signed since.
    pub(super) fn before<'s>(&'s self, one: &Statement) -> impl Iterator<Item = StatementId> + 's {
        let line = self.lines.get(&one.author()).into_iter().flatten();
        let (rank, said) = ((one.depth(), one.id()), self.said(one));
        let is_before = move |it: &&(u32, StatementId)| said.is_none() || **it < rank;
        let is_dead = said == Some(Worth::Dead);
        line.filter(is_before).filter(move |_| !is_dead).map(|(_, id)| *id)
    }

    /// Whether a grant that continues another begins a tenure all the same; none if the checkpoint
    /// does not say.
    pub(super) fn begins(&self, one: &Statement, before: &Statement) -> Option<bool> {
        if self.said(one).is_some() {
            return Some(self.survivors.get(&one.id()).is_none_or(|survivor| survivor.begins));
        }
        let is_gone = self.said(before).is_some() && !self.survivors.contains_key(&before.id());
        (is_gone || self.said(before) == Some(Worth::Removed)).then_some(true)
    }
}
