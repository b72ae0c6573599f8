//! The checkpoint that a group is at: what survived it, what is void since, and what the next one
//! lets survive.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::coming::{self, Coming, Rank};
use super::evaluate::Verdicts;
use super::set::{Entry, Set, Slot, is_resign, rank};
use super::{Authority, Inserted};
use crate::checkpoint::{Survivor, Worth};
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::STATEMENTS_MAX;
use crate::statement::{Body, Statement};
use crate::time::UnixTime;

/// Properties that survive a checkpoint: those in force, and those of the link secret before.
const PROPERTIES_KEPT: usize = 2;

/// A statement that did not survive a checkpoint.
#[derive(Debug)]
pub(crate) struct Void {
    pub(crate) statement: Statement,
    /// Whether it was a grant in force: the creator did not know it.
    pub(crate) mattered: bool,
}

/// What records need of the statements.
#[derive(Debug, Default)]
pub(crate) struct InUse {
    /// The tenures under which versions stand.
    pub(crate) tenures: BTreeSet<StatementId>,
    /// The creators of the records.
    pub(crate) creators: BTreeSet<PeerId>,
}

/// What the checkpoint that counts says. Before the first, everything counts.
#[derive(Debug, Default)]
pub(super) struct Horizon {
    /// Of several the greatest counts.
    rank: Option<Rank>,
    survivors: BTreeMap<StatementId, Survivor>,
    coming: Coming,
    /// Heights up to this one are taken on trust: a newcomer's chain shows that they exist.
    trusted: u32,
}

/// What is said of a statement that was signed before the checkpoint that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survived {
    pub(super) worth: Worth,
    /// Whether it is a grant that begins a tenure.
    pub(super) begins: bool,
    /// It did not survive, and is held because a checkpoint that is to come names it. It says
    /// nothing before.
    pub(super) waits: bool,
}

/// Whether a statement has a place beyond the horizon.
pub(super) enum Admission {
    /// It has, and if it was signed before, this is said of it.
    Granted(Option<Survived>),
    /// It was signed before, and did not survive.
    Void,
    /// It says that it was signed under a checkpoint that is not known here.
    Unknown,
}

impl Horizon {
    /// The height of the checkpoint that counts; 0 before the first.
    pub(super) fn height(&self) -> u32 {
        self.rank.map_or(0, |(height, _)| height)
    }

    /// The checkpoint that counts; none before the first.
    pub(super) fn checkpoint(&self) -> Option<StatementId> {
        self.rank.map(|(_, checkpoint)| checkpoint)
    }

    /// What becomes of a statement of good form.
    pub(super) fn judge(&self, statement: &Statement) -> Admission {
        let (id, height) = (statement.id(), statement.height());
        let (now, known) = (self.height(), self.height().max(self.trusted));
        let is_awaited = self.coming.names(&id);
        if height >= now {
            let counts = height <= known || is_awaited || is_of_checkpoint(statement);
            return if counts { Admission::Granted(None) } else { Admission::Unknown };
        }
        if let Some(&Survivor { worth, begins, .. }) = self.survivors.get(&id) {
            let worth = if self.can_survive(statement) { worth } else { Worth::Dead };
            Admission::Granted(Some(Survived { worth, begins, waits: false }))
        } else if is_awaited {
            Admission::Granted(Some(Survived { worth: Worth::Dead, begins: false, waits: true }))
        } else {
            Admission::Void
        }
    }

    /// Whether a survivor can be worth anything: what removals and demotions left is said of each
    /// grant, and a Resign says no more than until when records count.
    fn can_survive(&self, statement: &Statement) -> bool {
        match statement.body() {
            Body::Grant(_) | Body::Property(_) => true,
            Body::Resign { .. } => {
                let grant = statement.cred().and_then(|cred| self.survivors.get(&cred));
                grant.is_some_and(|grant| grant.worth == Worth::GivenUp)
            }
            _ => false,
        }
    }

    /// Whether the checkpoint that counts or one that is to come names a statement.
    pub(super) fn fixes(&self, id: &StatementId) -> bool {
        self.survivors.contains_key(id) || self.coming.names(id)
    }
}

/// Whether it is a checkpoint, or a part of one: the creator's own, whatever its height.
fn is_of_checkpoint(statement: &Statement) -> bool {
    matches!(statement.body(), Body::Checkpoint { .. } | Body::Survivors(_))
}

impl Authority {
    /// The height that the next statement bears.
    pub(crate) fn height(&self) -> u32 {
        self.horizon.height().max(self.horizon.trusted)
    }

    /// Takes statements signed under checkpoints up to this height for what they say, though no
    /// such checkpoint is known yet: for a newcomer, whose chain shows that there is one, and for
    /// what was taken in before and lies in the store.
    pub(crate) fn trust(&mut self, height: u32) {
        self.horizon.trusted = height;
    }

    /// Takes no less on trust than before.
    pub(crate) fn trust_from(&mut self, height: u32) {
        self.trust(height.max(self.horizon.trusted));
    }

    /// What did not survive since this was last asked: it is in the set no more.
    pub(crate) fn take_void(&mut self) -> Vec<Void> {
        core::mem::take(&mut self.void)
    }

    /// Whether so many statements more of the creator's find room.
    pub(crate) fn has_room(&self, count: usize) -> bool {
        self.set.len().saturating_add(count) <= STATEMENTS_MAX
    }

    /// Whether a statement has not survived the checkpoint that counts.
    pub(crate) fn is_void(&self, statement: &Statement) -> bool {
        matches!(self.horizon.judge(statement), Admission::Void)
    }

    /// Looks at what a statement that came in makes of the checkpoints that are to come, and goes
    /// on to the greatest that is whole.
    pub(super) fn on_inserted(&mut self, id: &StatementId) {
        let Some(slot) = self.set.slot(id) else { return };
        self.horizon.coming.on_inserted(&self.set, slot, self.horizon.rank);
        while let Some(rank) = self.horizon.coming.take_whole() {
            if let Some(survivors) = coming::manifest(&self.set, rank) {
                return self.adopt(rank, survivors);
            }
        }
    }

    fn adopt(&mut self, checkpoint: Rank, survivors: BTreeMap<StatementId, Survivor>) {
        let mattering = self.mattering(&checkpoint.1);
        self.horizon.rank = Some(checkpoint);
        self.horizon.survivors = survivors;
        // what only lesser ones name is waited for no more
        self.horizon.coming = Coming::new(&self.set, self.creator(), self.horizon.rank);
        let old = core::mem::replace(&mut self.set, Set::new(self.genesis.creator()));
        self.set.capacity = old.capacity;
        self.set.anchor_capacity = old.anchor_capacity;
        let (survivors, mut others): (Vec<_>, Vec<_>) = old
            .into_statements()
            .map(|statement| (self.horizon.judge(&statement), statement))
            .partition(|(admission, _)| matches!(admission, Admission::Granted(Some(_))));
        self.resettle(survivors, &mattering);
        self.set.align();
        // none that comes later displaces one, once all that may name them is here
        others.sort_by_key(|(_, one)| is_resign(one).then(|| rank(one)));
        self.resettle(others, &mattering);
        self.horizon.coming = Coming::new(&self.set, self.creator(), self.horizon.rank);
        self.verdicts = Verdicts::default();
        self.tenures.clear();
        self.stale = true;
    }

    /// Puts statements of the set before into the set again; those that have no place in it any
    /// more, or are signed under such, are void.
    fn resettle(
        &mut self,
        statements: Vec<(Admission, Statement)>,
        mattering: &BTreeSet<StatementId>,
    ) {
        for (admission, statement) in statements {
            let placed = match admission {
                Admission::Granted(survivor) => {
                    self.set.insert(statement.clone(), survivor, |id| self.horizon.fixes(id))
                }
                Admission::Void | Admission::Unknown => Ok(Inserted::Void),
            };
            if placed != Ok(Inserted::New) {
                self.bereft.extend(statement.grant().map(|grant| grant.subject));
                let mattered = mattering.contains(&statement.id());
                self.void.push(Void { statement, mattered });
            }
        }
    }

    /// The grants that are worth something and whose window has not ended at the moment of a
    /// checkpoint.
    fn mattering(&self, checkpoint: &StatementId) -> BTreeSet<StatementId> {
        let at = match self.statement(checkpoint).map(Statement::body) {
            Some(Body::Checkpoint { at, .. }) => *at,
            _ => UnixTime::MAX,
        };
        let valid = self.set.entries().filter_map(|(slot, _)| self.valid(slot));
        let lasting = valid.filter(|valid| valid.grant.window.until > at);
        lasting.map(|valid| valid.entry.statement.id()).collect()
    }

    /// What a checkpoint at this moment lets survive; ascending. The grants that are worth
    /// something and have not ended, those of tenures `in_use`, whatever these hang on, and the
    /// properties.
    pub(crate) fn survivors(&self, at: UnixTime, in_use: &InUse) -> Vec<Survivor> {
        let mut kept: BTreeSet<Slot> = BTreeSet::new();
        for (slot, entry) in self.set.entries() {
            let Some(grant) = entry.statement.grant() else { continue };
            let first = self.tenures.get(&slot).copied().unwrap_or(slot);
            let lasts = self.valid(slot).is_some() && grant.window.until > at;
            let is_used = || {
                let first = self.set.entry(first).map(|first| first.statement.id());
                first.is_some_and(|id| in_use.tenures.contains(&id)) && self.verdict(slot).live
            };
            if lasts || is_used() {
                self.keep(&mut kept, slot);
                self.keep(&mut kept, first);
                self.keep_resigns(&mut kept, slot);
            }
        }
        for file in in_use.creators.iter().filter_map(|peer| self.set.file_of(peer)) {
            // that its creator was ever a member is what a record needs
            if let Some((slot, _)) = self.live(&file.grants).next() {
                self.keep(&mut kept, slot);
            }
        }
        let creator = self.set.file_of(&self.creator());
        let signed = creator.into_iter().flat_map(|file| self.live(&file.signed));
        let properties =
            signed.filter(|(_, entry)| matches!(entry.statement.body(), Body::Property(_)));
        let mut properties: Vec<_> = properties.map(|(slot, entry)| (entry.rank(), slot)).collect();
        properties.sort_unstable();
        kept.extend(properties.iter().rev().take(PROPERTIES_KEPT).map(|(_, slot)| *slot));
        let survivor = |slot| {
            let entry = self.set.entry(slot)?;
            let begins = entry.statement.grant().is_some()
                && self.tenures.get(&slot).is_none_or(|first| *first == slot);
            Some(Survivor { id: entry.statement.id(), worth: self.worth(slot, entry), begins })
        };
        let mut survivors: Vec<Survivor> = kept.into_iter().filter_map(survivor).collect();
        survivors.sort_unstable_by_key(|survivor| survivor.id);
        survivors
    }

    /// Keeps a grant and those that it is signed under.
    fn keep(&self, kept: &mut BTreeSet<Slot>, slot: Slot) {
        let mut next = Some(slot);
        while let Some(slot) = next.filter(|slot| kept.insert(*slot)) {
            next = self.set.entry(slot).and_then(|entry| entry.cred);
        }
    }

    /// Keeps what says until when the records of a tenure that was given up count.
    fn keep_resigns(&self, kept: &mut BTreeSet<Slot>, grant: Slot) {
        let Some(entry) = self.set.entry(grant).filter(|_| self.verdict(grant).given_up) else {
            return;
        };
        let resigns = self.live(&entry.under).filter(|(_, under)| under.is_resign());
        kept.extend(resigns.map(|(slot, _)| slot));
    }

    fn worth(&self, slot: Slot, entry: &Entry) -> Worth {
        let verdict = self.verdict(slot);
        let Some(grant) = entry.statement.grant() else { return Worth::Full };
        match verdict.effective(grant.role) {
            _ if !verdict.live => Worth::Dead,
            Some(role) if role == grant.role => Worth::Full,
            Some(_) => Worth::Demoted,
            None if verdict.given_up => Worth::GivenUp,
            None => Worth::Removed,
        }
    }
}
