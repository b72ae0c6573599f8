//! What a checkpoint says of what was signed before it.

use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::{Body, PeerId, Statement, StatementId, Survivor, Worth};

/// The checkpoint that counts in a set of statements.
#[derive(Debug, Default)]
pub(crate) struct Past {
    height: u32,
    survivors: BTreeMap<StatementId, Survivor>,
    /// What checkpoints name of which not everything is there.
    awaited: BTreeSet<StatementId>,
}

impl Past {
    /// Of the checkpoints whose parts and survivors are all there, and that name no survivor
    /// without the grant above it, the greatest.
    pub(crate) fn of(creator: PeerId, statements: &[&Statement]) -> Self {
        let own = statements.iter().filter(|statement| statement.author() == creator);
        let held: BTreeMap<StatementId, Option<StatementId>> =
            statements.iter().map(|it| (it.id(), it.cred())).collect();
        let mut whole: Option<((u32, StatementId), Vec<Survivor>)> = None;
        let mut awaited = BTreeSet::new();
        for statement in own {
            let Body::Checkpoint { parts, .. } = statement.body() else { continue };
            let rank = (statement.height(), statement.id());
            let named: Option<Vec<&[Survivor]>> =
                parts.iter().map(|part| named(statements, *part, rank.0)).collect();
            let Some(survivors) = named.map(|named| named.concat()) else { continue };
            let ids: BTreeSet<StatementId> = survivors.iter().map(|it| it.id).collect();
            // a survivor counts for something only beside the grant that it is signed under
            let is_whole = ids.iter().all(|id| match held.get(id) {
                Some(Some(cred)) => ids.contains(cred),
                Some(None) => true,
                None => false,
            });
            if !is_whole {
                awaited.extend(ids);
            } else if whole.as_ref().is_none_or(|(other, _)| *other < rank) {
                whole = Some((rank, survivors));
            }
        }
        let Some(((height, _), survivors)) = whole else { return Self::default() };
        let named: BTreeMap<StatementId, Survivor> =
            survivors.into_iter().map(|survivor| (survivor.id, survivor)).collect();
        let mut survivors = named.clone();
        for statement in statements {
            if statement.height() >= height {
                // it was signed since, whatever its creator says
                survivors.remove(&statement.id());
            } else if let Some(survivor) = survivors.get_mut(&statement.id())
                && !can_survive(statement, &named)
            {
                survivor.worth = Worth::Dead;
            }
        }
        Self { height, survivors, awaited }
    }

    /// What it says of a statement; none of what was signed since.
    pub(super) fn says_of(&self, id: &StatementId) -> Option<Survivor> {
        self.survivors.get(id).copied()
    }

    /// Whether it ended a statement that was signed at a height.
    pub(crate) fn ends(&self, id: &StatementId, height: u32) -> bool {
        height < self.height && !self.survivors.contains_key(id)
    }

    /// Whether it may be held though it is ended: a greater checkpoint names it.
    pub(super) fn awaits(&self, id: &StatementId) -> bool {
        self.awaited.contains(id)
    }
}

/// Whether it can be worth anything, whatever its creator says.
fn can_survive(statement: &Statement, named: &BTreeMap<StatementId, Survivor>) -> bool {
    match statement.body() {
        Body::Grant(_) | Body::Property(_) => true,
        Body::Resign { .. } => {
            let grant = statement.cred().and_then(|cred| named.get(&cred));
            grant.is_some_and(|grant| grant.worth == Worth::GivenUp)
        }
        _ => false,
    }
}

fn named<'a>(statements: &[&'a Statement], part: StatementId, at: u32) -> Option<&'a [Survivor]> {
    let statement = statements.iter().find(|it| it.id() == part && it.height() == at)?;
    match statement.body() {
        Body::Survivors(survivors) => Some(survivors),
        _ => None,
    }
}
