//! Whether a set has room for a statement.

use super::admit::Place;
use super::set::{Set, Slot, rank};
use crate::id::StatementId;
use crate::limits::{RESIGNS_PER_GRANT_MAX, STATEMENTS_FOR_CREATOR};
use crate::statement::{Body, Statement};

/// Where a statement could go.
pub(super) enum Room {
    Free,
    InsteadOf(Slot),
    None,
}

impl Set {
    /// Whether there is room for a statement that has its place. There always is for what a
    /// checkpoint fixes, which is bounded itself.
    pub(super) fn room(
        &self,
        place: &Place,
        statement: &Statement,
        is_fixed: &impl Fn(&StatementId) -> bool,
    ) -> Room {
        if is_fixed(&statement.id()) {
            return Room::Free;
        }
        if let (Body::Resign { .. }, Some(grant)) = (statement.body(), place.cred) {
            match self.room_for_resign(grant, statement, is_fixed) {
                Room::Free => {}
                other @ (Room::InsteadOf(_) | Room::None) => return other,
            }
        }
        let kept_free = if place.cred.is_some() { STATEMENTS_FOR_CREATOR } else { 0 };
        let has_room = self.len().saturating_add(kept_free) < self.capacity;
        if has_room { Room::Free } else { Room::None }
    }

    /// Of the Resigns under a grant that no cut, no other act of their author and no checkpoint
    /// names, the least are held. Those named are links of what others rely on and displace
    /// nothing.
    fn room_for_resign(
        &self,
        grant: Slot,
        statement: &Statement,
        is_fixed: &impl Fn(&StatementId) -> bool,
    ) -> Room {
        let Some(entry) = self.entry(grant) else { return Room::None };
        let resigns = self.all(&entry.under).filter(|(_, entry)| entry.is_resign());
        if resigns.clone().count() < RESIGNS_PER_GRANT_MAX {
            return Room::Free;
        }
        let author = entry.statement.grant().and_then(|grant| self.person(&grant.subject));
        let relied_on =
            |id: &StatementId| is_fixed(id) || author.is_some_and(|who| self.is_relied_on(id, who));
        let loose = resigns.filter(|(_, entry)| !relied_on(&entry.statement.id()));
        if relied_on(&statement.id()) || loose.clone().count() < RESIGNS_PER_GRANT_MAX {
            return Room::Free;
        }
        match loose.max_by_key(|(_, entry)| entry.rank()) {
            Some((slot, last)) if rank(statement) < last.rank() => Room::InsteadOf(slot),
            _ => Room::None,
        }
    }
}
