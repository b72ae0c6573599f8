//! What a checkpoint says of what was signed before it.

use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::{Body, PeerId, Statement, StatementId, Survivor};

/// The checkpoint that counts in a set of statements.
#[derive(Debug, Default)]
pub(crate) struct Past {
    height: u32,
    survivors: BTreeMap<StatementId, Survivor>,
}

impl Past {
    /// Of the checkpoints whose parts and survivors are all there the greatest.
    pub(crate) fn of(creator: PeerId, statements: &[&Statement]) -> Self {
        let own = statements.iter().filter(|statement| statement.author() == creator);
        let mut best: Option<((u32, StatementId), &[StatementId])> = None;
        for statement in own {
            let Body::Checkpoint { parts, .. } = statement.body() else { continue };
            let rank = (statement.height(), statement.id());
            let held: BTreeSet<StatementId> = statements.iter().map(|it| it.id()).collect();
            let is_whole = parts.iter().all(|part| {
                let survivors = named(statements, *part, rank.0);
                survivors.is_some_and(|all| all.iter().all(|one| held.contains(&one.id)))
            });
            if is_whole && best.is_none_or(|(other, _)| other < rank) {
                best = Some((rank, parts));
            }
        }
        let Some(((height, _), parts)) = best else { return Self::default() };
        let all = parts.iter().filter_map(|part| named(statements, *part, height)).flatten();
        Self { height, survivors: all.map(|survivor| (survivor.id, *survivor)).collect() }
    }

    /// What it says of a statement; none of what was signed since.
    pub(super) fn says_of(&self, id: &StatementId) -> Option<Survivor> {
        self.survivors.get(id).copied()
    }

    /// Whether it ended a statement that was signed at a height.
    pub(crate) fn ends(&self, id: &StatementId, height: u32) -> bool {
        height < self.height && !self.survivors.contains_key(id)
    }
}

fn named<'a>(statements: &[&'a Statement], part: StatementId, at: u32) -> Option<&'a [Survivor]> {
    let statement = statements.iter().find(|it| it.id() == part && it.height() == at)?;
    match statement.body() {
        Body::Survivors(survivors) => Some(survivors),
        _ => None,
    }
}
