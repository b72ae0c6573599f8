//! Whether a set has room for a statement.

use super::admit::Place;
use super::set::{File, Set, Slot, rank};
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::{ANCHOR_WORDS_FOR_CREATOR, RESIGNS_PER_GRANT_MAX, STATEMENTS_FOR_CREATOR};
use crate::statement::{Body, Statement};

/// What a file has more of with a statement.
#[derive(Clone, Copy, Default)]
struct More {
    signed: usize,
    grants: usize,
    anchors: usize,
}

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
        if has_room && self.has_anchor_room(place, statement) { Room::Free } else { Room::None }
    }

    fn has_anchor_room(&self, place: &Place, statement: &Statement) -> bool {
        let more = self.more_anchor_words(statement);
        let kept_free = if place.cred.is_some() { ANCHOR_WORDS_FOR_CREATOR } else { 0 };
        let free = self.anchor_capacity.saturating_sub(kept_free);
        more == 0 || self.anchor_words.saturating_add(more) <= free
    }

    /// By how many words of anchors there may be more with a statement.
    pub(super) fn more_anchor_words(&self, statement: &Statement) -> usize {
        let (grants, anchors) =
            (More { grants: 1, ..More::default() }, More { anchors: 1, ..More::default() });
        let (subject, about) = match statement.body() {
            Body::Grant(grant) => (grant.subject, grants),
            Body::Remove { subject, .. } | Body::Demote { subject, .. } => (*subject, anchors),
            Body::Resign { .. } => (statement.author(), anchors),
            _ => (statement.author(), More::default()),
        };
        let own = More { signed: 1, ..More::default() };
        if subject == statement.author() {
            return self.growth(&subject, More { signed: 1, ..about });
        }
        self.growth(&statement.author(), own).saturating_add(self.growth(&subject, about))
    }

    fn growth(&self, peer: &PeerId, more: More) -> usize {
        let Some(file) = self.file_of(peer) else { return 0 };
        file.anchor_words(more).saturating_sub(file.anchor_words(More::default()))
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

impl File {
    /// The words that anchors may take: none as long as they fit where one is kept in any case.
    fn anchor_words(&self, more: More) -> usize {
        let length = |slots: &[Slot], more: usize| slots.len().saturating_add(more);
        let anchors = length(&self.anchors, more.anchors);
        let words = if anchors > 64 { anchors.div_ceil(64) } else { 0 };
        let grants = length(&self.grants, more.grants).saturating_mul(3);
        length(&self.signed, more.signed).saturating_add(grants).saturating_mul(words)
    }
}
