//! The set of statements that a replica holds of one group, indexed for evaluation.
//!
//! A statement enters only if the grant that it is signed under is here and gives the right to
//! sign it, so every statement here has a whole credential chain to the genesis.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::Inserted;
use super::admit::Place;
use super::bits::Bits;
use super::chains::{Chains, Places, Spot};
use super::checkpoint::Survived;
use super::room::Room;
use super::slots::Slots;
use crate::checkpoint::Worth;
use crate::fault::Fault;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::{ANCHOR_WORDS_MAX, STATEMENTS_MAX};
use crate::statement::{Body, Role, Statement};

/// Where a statement is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(u32);

impl Slot {
    pub(super) fn new(index: usize) -> Self {
        Self(number(index))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A peer that signed a statement or is the subject of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Person(u32);

impl Person {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// How senior the holder of a grant, or the author of a statement, is. Less is more senior.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Standing(u8);

impl Standing {
    /// The creator's.
    pub(crate) const CREATOR: Self = Self(0);
    /// Of whoever is no Admin.
    pub(crate) const INFINITE: Self = Self(u8::MAX);

    /// The number of it.
    pub(super) fn rank(self) -> u8 {
        self.0
    }

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
    pub(super) under: Slots,
    /// The statements of the same author that this one links to.
    pub(super) prev: Slots,
    /// What a grant cites, as far as held.
    pub(super) cites: Slots,
    /// Whatever names it in its `prev`, its citations or its cut.
    pub(super) named_by: Slots,
    /// How many of the things that its wholeness depends on are missing.
    pub(super) lacks: u32,
    /// Where among its author's statements it stands.
    pub(super) spot: Option<Spot>,
    /// The number of a removal or demotion among the anchors of its subject, of a Resign among
    /// those of its author.
    pub(super) anchor: usize,
    /// The anchors of its author that reach it, but for those in [`File::full`] that came later.
    pub(super) anchors: Bits,
    /// How many anchors its author had when it came.
    pub(super) born: u32,
    /// The anchors of a grant's subject that the grant covers.
    pub(super) cover: Bits,
    /// What the checkpoint that counts says of it, if it was signed before.
    pub(super) survivor: Option<Survived>,
}

impl Entry {
    fn new(statement: Statement, place: Place, author: Person, subject: Option<Person>) -> Self {
        let Place { cred, chain, signer } = place;
        Self {
            statement,
            author,
            subject,
            cred,
            chain,
            signer,
            under: Slots::NONE,
            prev: Slots::NONE,
            cites: Slots::NONE,
            named_by: Slots::NONE,
            survivor: None,
            lacks: 0,
            spot: None,
            anchor: 0,
            anchors: Bits::default(),
            born: 0,
            cover: Bits::default(),
        }
    }

    /// The standing of who holds this grant.
    pub(super) fn holder(&self) -> Standing {
        match self.statement.grant() {
            Some(grant) if grant.role == Role::Admin => {
                Standing::of_admin(self.chain.saturating_add(1))
            }
            _ => Standing::INFINITE,
        }
    }

    /// Where in the order of evaluation the statements under this grant come.
    pub(super) fn stratum(&self) -> Stratum {
        (self.holder(), self.chain)
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

    /// The grant that a grant says it continues.
    fn continues(&self) -> Option<StatementId> {
        self.statement.grant()?.continues
    }

    pub(super) fn is_resign(&self) -> bool {
        is_resign(&self.statement)
    }
}

pub(super) fn is_resign(statement: &Statement) -> bool {
    matches!(statement.body(), Body::Resign { .. })
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

pub(super) fn rank(statement: &Statement) -> (u32, StatementId) {
    (statement.depth(), statement.id())
}

/// What the set holds about one peer, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct File {
    /// What it signed.
    pub(super) signed: Slots,
    /// The grants to it.
    pub(super) grants: Slots,
    /// The removals and demotions of it.
    pub(super) removals: Slots,
    /// Those and its Resigns.
    pub(super) anchors: Slots,
    /// Those of the anchors that reach all that it had signed when they came.
    pub(super) full: Bits,
    /// What it signed that nothing else that it signed links to.
    pub(super) heads: BTreeSet<(u32, StatementId)>,
    /// The last of what it signed before the checkpoint that counts.
    pub(super) line: Option<Slot>,
}

/// What changed in a set since it was last asked.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Statements that came.
    pub(super) fresh: BTreeSet<Slot>,
    /// Statements that other anchors reach.
    pub(super) reached: BTreeSet<Slot>,
    /// Grants that cover others.
    pub(super) covered: BTreeSet<Slot>,
    /// Peers among whose grants an older one may continue another.
    pub(super) retenured: BTreeSet<Person>,
}

/// Where in the order of evaluation the statements under a grant come: Admin grants by standing,
/// then all others by the depth of their chain.
pub(super) type Stratum = (Standing, u8);

/// The statements, by id and by peer, and how they hang together.
#[derive(Debug)]
pub(super) struct Set {
    entries: Vec<Entry>,
    pub(super) slots: BTreeMap<StatementId, Slot>,
    people: BTreeMap<PeerId, Person>,
    pub(super) files: Vec<File>,
    /// What the creator said of the group's properties.
    pub(super) properties: Slots,
    /// What is named and not held, and by whom.
    pub(super) awaited: BTreeMap<StatementId, Slots>,
    /// Grants, not held, that others continue.
    pub(super) continued: BTreeSet<StatementId>,
    pub(super) chains: Chains,
    /// The grants to each peer, and its removals and demotions, by where their authors signed them.
    pub(super) grants_at: Places,
    pub(super) removals_at: Places,
    pub(super) news: News,
    /// Statements that it holds at most.
    pub(super) capacity: usize,
    /// Words that the anchors of all peers may take, and that they take at most.
    pub(super) anchor_words: usize,
    pub(super) anchor_capacity: usize,
    /// How often anything looked at a statement because another came.
    #[cfg(test)]
    pub(super) steps: core::cell::Cell<u64>,
}

impl Set {
    /// The empty set of a group.
    pub(super) fn new(creator: PeerId) -> Self {
        let mut set = Self {
            entries: Vec::new(),
            slots: BTreeMap::new(),
            people: BTreeMap::new(),
            files: Vec::new(),
            properties: Slots::NONE,
            awaited: BTreeMap::new(),
            continued: BTreeSet::new(),
            chains: Chains::default(),
            grants_at: Places::new(),
            removals_at: Places::new(),
            news: News::default(),
            capacity: STATEMENTS_MAX,
            anchor_words: 0,
            anchor_capacity: ANCHOR_WORDS_MAX,
            #[cfg(test)]
            steps: core::cell::Cell::new(0),
        };
        set.enrol(creator);
        set
    }

    /// Lets the set hold so many statements.
    #[cfg(feature = "simulation")]
    pub(super) fn make_room(&mut self, capacity: usize) {
        self.capacity = capacity;
    }

    /// Puts a statement that has a place into the set; always, if a checkpoint fixes it.
    pub(super) fn insert(
        &mut self,
        statement: Statement,
        survivor: Option<Survived>,
        is_fixed: impl Fn(&StatementId) -> bool,
    ) -> Result<Inserted, Fault> {
        if let Some((slot, held)) = self.find(&statement.id()) {
            if held.statement.lists().are_full() || !statement.lists().are_full() {
                return Ok(Inserted::Known);
            }
            self.upgrade(slot, statement);
            return Ok(Inserted::Upgraded);
        }
        let Some(place) = self.place(&statement)? else { return Ok(Inserted::Orphan) };
        if survivor.is_none() && place.cred.is_some_and(|cred| self.only_waits(cred)) {
            return Ok(Inserted::Orphan);
        }
        match self.room(&place, &statement, &is_fixed) {
            Room::Free => self.push(place, statement, survivor),
            Room::InsteadOf(slot) => return Ok(self.replace(slot, statement)),
            Room::None => return Ok(Inserted::Full),
        }
        Ok(Inserted::New)
    }

    /// Whether a statement is held only for a checkpoint that is to come.
    pub(super) fn only_waits(&self, slot: Slot) -> bool {
        self.entry(slot).and_then(|entry| entry.survivor).is_some_and(|survivor| survivor.waits)
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
        self.entries.get(slot.index())
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
        self.entries.iter().enumerate().map(|(at, entry)| (Slot::new(at), entry))
    }

    pub(super) fn person(&self, peer: &PeerId) -> Option<Person> {
        self.people.get(peer).copied()
    }

    /// Every peer named, in the order of their keys.
    pub(super) fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.people.keys().copied().inspect(|_| self.step())
    }

    pub(super) fn file(&self, person: Person) -> &File {
        const NONE: &File = &File {
            signed: Slots::NONE,
            grants: Slots::NONE,
            removals: Slots::NONE,
            anchors: Slots::NONE,
            full: Bits::NONE,
            heads: BTreeSet::new(),
            line: None,
        };
        self.files.get(person.index()).unwrap_or(NONE)
    }

    /// What the set holds about a peer.
    pub(super) fn file_of(&self, peer: &PeerId) -> Option<&File> {
        self.person(peer).map(|person| self.file(person))
    }

    /// What changed since this was last asked.
    pub(super) fn take_news(&mut self) -> News {
        core::mem::take(&mut self.news)
    }

    /// Counts a look at a statement.
    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "only tests count"))]
    pub(super) fn step(&self) {
        #[cfg(test)]
        self.steps.set(self.steps.get().saturating_add(1));
    }

    pub(super) fn entry_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.entries.get_mut(slot.index())
    }

    fn push(&mut self, place: Place, statement: Statement, survivor: Option<Survived>) {
        let more = self.more_anchor_words(&statement);
        self.anchor_words = self.anchor_words.saturating_add(more);
        let slot = Slot::new(self.entries.len());
        let author = self.enrol(statement.author());
        let subject = subject_of(&statement).map(|peer| self.enrol(peer));
        let is_grant = statement.grant().is_some();
        if let Body::Property(_) = statement.body() {
            self.properties.push(slot);
        }
        self.slots.insert(statement.id(), slot);
        let cred = place.cred;
        let born = number(self.file(author).anchors.len());
        let entry = Entry { born, survivor, ..Entry::new(statement, place, author, subject) };
        self.entries.push(entry);
        if let Some(file) = self.files.get_mut(author.index()) {
            file.signed.push(slot);
        }
        if let Some(file) = subject.and_then(|person| self.files.get_mut(person.index())) {
            if is_grant { file.grants.push(slot) } else { file.removals.push(slot) }
        }
        if let Some(grant) = cred.and_then(|cred| self.entry_mut(cred)) {
            grant.under.push(slot);
        }
        self.anchor(slot);
        self.connect(slot);
    }

    /// Connects a new statement with those held. At the head of what its author signed, as almost
    /// all are, it costs what it names and, as a grant, the removals and grants of its subject.
    fn connect(&mut self, slot: Slot) {
        self.news.fresh.insert(slot);
        let is_late = self.link(slot);
        self.enchain(slot);
        self.sink(slot);
        self.note_continued(slot, is_late);
        if is_late {
            self.cover_more(slot);
        } else {
            self.cover(slot);
        }
    }

    /// Learns the lists of a statement.
    fn upgrade(&mut self, slot: Slot, statement: Statement) {
        let Some(entry) = self.entry_mut(slot) else { return };
        entry.statement = statement;
        if entry.survivor.is_some() {
            return;
        }
        self.link_lists(slot);
        self.enchain(slot);
        self.sink(slot);
        self.note_continued(slot, true);
        self.cover_more(slot);
    }

    /// Notes whose grants may continue one another otherwise because of a statement: other than at
    /// the end of what there was.
    fn note_continued(&mut self, slot: Slot, is_late: bool) {
        let Some(entry) = self.entry(slot) else { return };
        let mut late = BTreeSet::new();
        if is_late {
            late.extend(entry.subject.filter(|_| entry.continues().is_some()));
            let citing = self.citing(slot).filter(|grant| grant.continues().is_some());
            late.extend(citing.filter_map(|grant| grant.subject));
        }
        let (id, continues) = (entry.statement.id(), entry.continues());
        if entry.is_grant() && self.continued.contains(&id) {
            late.extend(entry.subject);
        }
        self.continued.remove(&id);
        self.continued.extend(continues.filter(|before| self.slot(before).is_none()));
        self.news.retenured.extend(late);
    }

    /// Puts a Resign in the place of another under the same grant. Costs a look at all that its
    /// author signed.
    fn replace(&mut self, slot: Slot, statement: Statement) -> Inserted {
        let Some(entry) = self.entry(slot) else { return Inserted::Full };
        let (displaced, author, id) = (entry.statement.id(), entry.author, statement.id());
        let mut concerned = self.concerned(slot);
        self.unlink(slot);
        if let Some(entry) = self.entry_mut(slot) {
            entry.statement = statement;
        }
        self.slots.insert(id, slot);
        let signed = self.file(author).signed.clone();
        self.unchain(&signed);
        self.connect(slot);
        for &slot in &signed {
            self.enchain(slot);
        }
        self.sink_anew(author);
        concerned.extend(self.concerned(slot));
        self.cover_anew(&concerned);
        Inserted::InsteadOf(displaced)
    }

    fn enrol(&mut self, peer: PeerId) -> Person {
        let next = Person(number(self.files.len()));
        let person = *self.people.entry(peer).or_insert(next);
        if person == next {
            self.files.push(File::default());
        }
        person
    }
}

/// An index as it is kept: no set holds as many statements as there are such numbers.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
