//! The set of statements that a replica holds of one group, indexed for evaluation.
//!
//! A statement enters only if the grant that it is signed under is here and gives the right to
//! sign it, so every statement here has a whole credential chain to the genesis.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::Inserted;
use super::admit::Place;
use crate::checkpoint::{Survivor, Worth};
use crate::fault::Fault;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::{RESIGNS_PER_GRANT_MAX, STATEMENTS_FOR_CREATOR, STATEMENTS_MAX};
use crate::statement::{Body, Role, Statement};

/// Where a statement is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(pub(super) usize);

/// A peer that signed a statement or is the subject of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Person(usize);

/// How senior the holder of a grant, or the author of a statement, is. Less is more senior.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Standing(u8);

impl Standing {
    /// The creator's.
    pub(crate) const CREATOR: Self = Self(0);
    /// Of whoever is no Admin.
    pub(crate) const INFINITE: Self = Self(u8::MAX);

    /// Of an Admin whose credential chain has this many grants.
    fn of_admin(chain: u8) -> Self {
        Self(chain)
    }
}

/// One statement of the set.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) statement: Statement,
    pub(super) author: Person,
    /// Whom it grants a role, removes or demotes.
    pub(super) subject: Option<Person>,
    pub(super) cred: Option<Slot>,
    /// Grants in the chain that it is signed under.
    pub(super) chain: u8,
    /// The standing that it is signed with.
    pub(super) signer: Standing,
    /// What is signed under it, if it is a grant.
    pub(super) under: Vec<Slot>,
    /// What the checkpoint that counts says of it, if it was signed before.
    pub(super) survivor: Option<Survivor>,
}

impl Entry {
    /// The standing of who holds this grant.
    pub(super) fn holder(&self) -> Standing {
        match self.statement.grant() {
            Some(grant) if grant.role == Role::Admin => {
                Standing::of_admin(self.chain.saturating_add(1))
            }
            _ => Standing::INFINITE,
        }
    }

    /// The order in which statements count: by the author's claim, then by id.
    pub(super) fn rank(&self) -> (u32, StatementId) {
        rank(&self.statement)
    }

    /// The order in which removals are named as the cause: the most senior first.
    pub(super) fn seniority(&self) -> (Standing, StatementId) {
        (self.signer, self.statement.id())
    }

    /// What it is worth by the checkpoint that counts, if it was signed before.
    pub(super) fn worth(&self) -> Option<Worth> {
        self.survivor.map(|survivor| survivor.worth)
    }

    pub(super) fn is_resign(&self) -> bool {
        matches!(self.statement.body(), Body::Resign { .. })
    }
}

/// The heads that a removal or demotion pins; nothing for any other statement.
pub(super) fn cut_of(statement: &Statement) -> &[StatementId] {
    match statement.body() {
        Body::Remove { cut, .. } | Body::Demote { cut, .. } => cut,
        _ => &[],
    }
}

fn subject_of(statement: &Statement) -> Option<PeerId> {
    match statement.body() {
        Body::Grant(grant) => Some(grant.subject),
        Body::Remove { subject, .. } | Body::Demote { subject, .. } => Some(*subject),
        _ => None,
    }
}

fn rank(statement: &Statement) -> (u32, StatementId) {
    (statement.depth(), statement.id())
}

/// What the set holds about one peer, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct File {
    /// What it signed.
    pub(super) signed: Vec<Slot>,
    /// The grants to it.
    pub(super) grants: Vec<Slot>,
    /// The removals and demotions of it.
    pub(super) removals: Vec<Slot>,
}

/// Where in the order of evaluation the statements under a grant come: Admin grants by standing,
/// then all others by the depth of their chain.
pub(super) type Stratum = (Standing, u8);

/// The statements, by id, by peer and by stratum.
#[derive(Debug, Default)]
pub(super) struct Set {
    entries: Vec<Entry>,
    slots: BTreeMap<StatementId, Slot>,
    people: BTreeMap<PeerId, Person>,
    files: Vec<File>,
    strata: BTreeMap<Stratum, Vec<Slot>>,
}

impl Set {
    /// The empty set of a group.
    pub(super) fn new(creator: PeerId) -> Self {
        let mut set = Self::default();
        set.enrol(creator);
        set
    }

    pub(super) fn insert(
        &mut self,
        statement: Statement,
        survivor: Option<Survivor>,
    ) -> Result<Inserted, Fault> {
        if let Some(held) = self.slot(&statement.id()).and_then(|slot| self.entry_mut(slot)) {
            if held.statement.lists().are_full() || !statement.lists().are_full() {
                return Ok(Inserted::Known);
            }
            held.statement = statement;
            return Ok(Inserted::Upgraded);
        }
        let Some(place) = self.place(&statement)? else { return Ok(Inserted::Orphan) };
        match self.room(&place, &statement) {
            Room::Free => self.push(place, statement, survivor),
            Room::InsteadOf(slot) => return Ok(self.replace(slot, statement)),
            Room::None => return Ok(Inserted::Full),
        }
        Ok(Inserted::New)
    }

    /// All statements, each after the grant that it is signed under.
    pub(super) fn into_statements(self) -> impl Iterator<Item = Statement> {
        self.entries.into_iter().map(|entry| entry.statement)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn slot(&self, id: &StatementId) -> Option<Slot> {
        self.slots.get(id).copied()
    }

    pub(super) fn entry(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot.0)
    }

    pub(super) fn find(&self, id: &StatementId) -> Option<(Slot, &Entry)> {
        let slot = self.slot(id)?;
        Some((slot, self.entry(slot)?))
    }

    /// The statements in these slots.
    pub(super) fn all<'a>(
        &'a self,
        slots: &'a [Slot],
    ) -> impl Iterator<Item = (Slot, &'a Entry)> + Clone {
        slots.iter().filter_map(|&slot| Some((slot, self.entry(slot)?)))
    }

    /// Every statement, in the order in which they came.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Slot, &Entry)> {
        self.entries.iter().enumerate().map(|(at, entry)| (Slot(at), entry))
    }

    pub(super) fn person(&self, peer: &PeerId) -> Option<Person> {
        self.people.get(peer).copied()
    }

    /// Every peer named, in the order of their keys.
    pub(super) fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.people.keys().copied()
    }

    pub(super) fn file(&self, person: Person) -> &File {
        const NONE: &File = &File { signed: Vec::new(), grants: Vec::new(), removals: Vec::new() };
        self.files.get(person.0).unwrap_or(NONE)
    }

    /// What the set holds about a peer.
    pub(super) fn file_of(&self, peer: &PeerId) -> Option<&File> {
        self.person(peer).map(|person| self.file(person))
    }

    /// The grants in the order of evaluation.
    pub(super) fn strata(&self) -> impl Iterator<Item = (Stratum, &[Slot])> {
        self.strata.iter().map(|(&stratum, grants)| (stratum, grants.as_slice()))
    }

    fn entry_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.entries.get_mut(slot.0)
    }

    /// Whether there is room for a statement that has its place.
    fn room(&self, place: &Place, statement: &Statement) -> Room {
        if let (Body::Resign { .. }, Some(grant)) = (statement.body(), place.cred) {
            match self.room_for_resign(grant, statement) {
                Room::Free => {}
                other @ (Room::InsteadOf(_) | Room::None) => return other,
            }
        }
        let kept_free = if place.cred.is_some() { STATEMENTS_FOR_CREATOR } else { 0 };
        let has_room = self.len().saturating_add(kept_free) < STATEMENTS_MAX;
        if has_room { Room::Free } else { Room::None }
    }

    /// Of the Resigns under a grant that neither a cut nor another act of their author names, the
    /// least are held. Those named are links of what others rely on and displace nothing.
    fn room_for_resign(&self, grant: Slot, statement: &Statement) -> Room {
        let Some(entry) = self.entry(grant) else { return Room::None };
        let resigns = self.all(&entry.under).filter(|(_, entry)| entry.is_resign());
        if resigns.clone().count() < RESIGNS_PER_GRANT_MAX {
            return Room::Free;
        }
        let named = self.named(&statement.author());
        let loose = resigns.filter(|(_, entry)| !named.contains(&entry.statement.id()));
        if named.contains(&statement.id()) || loose.clone().count() < RESIGNS_PER_GRANT_MAX {
            return Room::Free;
        }
        match loose.max_by_key(|(_, entry)| entry.rank()) {
            Some((slot, last)) if rank(statement) < last.rank() => Room::InsteadOf(slot),
            _ => Room::None,
        }
    }

    /// What the cuts of a peer's removals, and its own statements but its Resigns, name.
    fn named(&self, author: &PeerId) -> BTreeSet<StatementId> {
        let Some(file) = self.file_of(author) else { return BTreeSet::new() };
        let cuts = self.all(&file.removals).flat_map(|(_, entry)| cut_of(&entry.statement));
        let acts = self.all(&file.signed).filter(|(_, entry)| !entry.is_resign());
        let prevs = acts.flat_map(|(_, entry)| entry.statement.lists().prev());
        cuts.chain(prevs).copied().collect()
    }

    fn push(&mut self, place: Place, statement: Statement, survivor: Option<Survivor>) {
        let slot = Slot(self.entries.len());
        let author = self.enrol(statement.author());
        let subject = subject_of(&statement).map(|peer| self.enrol(peer));
        let is_grant = statement.grant().is_some();
        self.slots.insert(statement.id(), slot);
        let Place { cred, chain, signer } = place;
        let under = Vec::new();
        let entry = Entry { statement, author, subject, cred, chain, signer, under, survivor };
        if is_grant {
            self.strata.entry((entry.holder(), chain)).or_default().push(slot);
        }
        self.entries.push(entry);
        if let Some(file) = self.files.get_mut(author.0) {
            file.signed.push(slot);
        }
        if let Some(file) = subject.and_then(|person| self.files.get_mut(person.0)) {
            if is_grant { file.grants.push(slot) } else { file.removals.push(slot) }
        }
        if let Some(grant) = cred.and_then(|cred| self.entry_mut(cred)) {
            grant.under.push(slot);
        }
    }

    /// Puts a Resign in the place of another under the same grant.
    fn replace(&mut self, slot: Slot, statement: Statement) -> Inserted {
        let id = statement.id();
        let Some(entry) = self.entry_mut(slot) else { return Inserted::Full };
        let displaced = entry.statement.id();
        entry.statement = statement;
        self.slots.remove(&displaced);
        self.slots.insert(id, slot);
        Inserted::InsteadOf(displaced)
    }

    fn enrol(&mut self, peer: PeerId) -> Person {
        let next = Person(self.files.len());
        let person = *self.people.entry(peer).or_insert(next);
        if person == next {
            self.files.push(File::default());
        }
        person
    }
}

/// Where a statement could go.
enum Room {
    Free,
    InsteadOf(Slot),
    None,
}
