//! Which removals and demotions of each peer live, and which of them hit a grant.
//!
//! They are kept by which grants they may hit and by what they lower to, so that however many there
//! are, a grant is compared with a few sets of them and not with each.

use alloc::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::set::{Entry, Person, Set, Slot, Standing};
use crate::id::StatementId;
use crate::statement::{Body, Role};

/// The live removals and demotions of all peers.
#[derive(Debug, Default)]
pub(super) struct Removals(BTreeMap<Person, OfPeer>);

/// Those of one peer.
#[derive(Debug, Default)]
struct OfPeer {
    classes: BTreeMap<Class, Alike>,
    /// How often one began or ceased to live.
    changes: u64,
}

/// Which grants of its subject a removal or demotion may hit, and the role that it leaves, if any.
type Class = (Scope, Option<Role>);

/// Which of its subject's grants a removal or demotion may hit. The wider come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// An Admin's: all whose holders are junior to this standing.
    JuniorTo(Standing),
    /// An Inviter's: what was given under this grant, by the same Inviter thus.
    GivenUnder(Slot),
}

impl Scope {
    /// Whether it takes in a grant to its subject.
    pub(super) fn includes(self, grant: &Entry) -> bool {
        match self {
            Self::JuniorTo(signer) => signer < grant.holder(),
            Self::GivenUnder(cred) => grant.cred == Some(cred),
        }
    }

    /// Whether it takes in whatever another one does.
    pub(super) fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::JuniorTo(one), Self::JuniorTo(other)) => one <= other,
            // what an Inviter gives is junior to every Admin
            (Self::JuniorTo(_), Self::GivenUnder(_)) => true,
            (Self::GivenUnder(_), _) => self == other,
        }
    }

    /// The standing that it is signed with.
    fn signer(self) -> Standing {
        match self {
            Self::JuniorTo(signer) => signer,
            Self::GivenUnder(_) => Standing::INFINITE,
        }
    }
}

/// The live removals or demotions of one peer and one class.
#[derive(Debug, Default)]
struct Alike {
    anchors: Bits,
    /// In the order in which they are named as the cause.
    all: BTreeSet<(StatementId, Slot)>,
}

/// What hits a grant.
#[derive(Debug, Default)]
pub(super) struct Hits {
    /// Of its subject's anchors.
    pub(super) anchors: Bits,
    /// Some removal.
    pub(super) removed_by: Option<Slot>,
    /// Whether there is a demotion.
    pub(super) demoted: bool,
}

impl Removals {
    /// Notes that a removal or demotion of this peer lives, or no longer.
    pub(super) fn note(&mut self, subject: Person, (slot, removal): (Slot, &Entry), live: bool) {
        let of = self.0.entry(subject).or_default();
        of.changes = of.changes.saturating_add(1);
        let alike = of.classes.entry((removal.scope(), lowers_to(removal))).or_default();
        let named = (removal.statement.id(), slot);
        if live {
            alike.anchors.insert(removal.anchor);
            alike.all.insert(named);
        } else {
            alike.anchors.remove(removal.anchor);
            alike.all.remove(&named);
        }
    }

    /// How often a removal or demotion of the grant's subject began or ceased to live.
    pub(super) fn changes(&self, grant: &Entry) -> u64 {
        let of = grant.subject.and_then(|subject| self.0.get(&subject));
        of.map_or(0, |of| of.changes)
    }

    /// The live removals and demotions of the grant's subject that hit it: those senior to what it
    /// gives, or by its own issuer under the same grant, that lower it, and that no citation by an
    /// issuer senior enough covers. Costs a look at each class of the senior ones, and at one more.
    pub(super) fn hits(&self, set: &Set, grant: &Entry) -> Hits {
        let mut hits = Hits::default();
        for (to, _, anchors) in self.hitting(set, grant) {
            hits.demoted |= to.is_some();
            if to.is_none() && hits.removed_by.is_none() {
                let of = grant.subject.map(|subject| set.file(subject));
                hits.removed_by = of
                    .zip(anchors.first())
                    .and_then(|(file, number)| file.anchors.get(number).copied());
            }
            hits.anchors.absorb(&anchors);
        }
        hits
    }

    /// The most senior live removal that hits a grant. Costs, besides a look at each class, one at
    /// those that come before it and are covered.
    pub(super) fn cause(&self, set: &Set, grant: &Entry) -> Option<Slot> {
        let mut removals = self.hitting(set, grant).filter(|(to, ..)| to.is_none());
        let (_, alike, anchors) = removals.next()?;
        let mut all = alike.all.iter().map(|&(_, slot)| slot);
        all.find(|&slot| {
            set.step();
            set.entry(slot).is_some_and(|removal| anchors.contains(removal.anchor))
        })
    }

    /// What hits a grant, class by class, the most senior first.
    fn hitting(
        &self,
        set: &Set,
        grant: &Entry,
    ) -> impl Iterator<Item = (Option<Role>, &Alike, Bits)> {
        let of = grant.subject.and_then(|subject| self.0.get(&subject));
        let given = grant.statement.grant().map(|given| given.role);
        let junior_to = Scope::JuniorTo(grant.holder());
        let senior = of.into_iter().flat_map(move |of| of.classes.range(..(junior_to, None)));
        let issuer = grant.cred.map(|cred| (Scope::GivenUnder(cred), None));
        let issuer = of.zip(issuer).and_then(|(of, class)| of.classes.get_key_value(&class));
        senior.chain(issuer).filter_map(move |(&(scope, to), alike)| {
            set.step();
            if to.is_some_and(|to| Some(to) >= given) {
                return None;
            }
            let mut anchors = alike.anchors.clone();
            if grant.signer <= scope.signer() {
                anchors.subtract(&grant.cover);
            }
            (!anchors.is_empty()).then_some((to, alike, anchors))
        })
    }
}

impl Entry {
    /// Which grants of its subject this removal or demotion may hit.
    pub(super) fn scope(&self) -> Scope {
        match self.cred {
            Some(cred) if self.signer == Standing::INFINITE => Scope::GivenUnder(cred),
            _ => Scope::JuniorTo(self.signer),
        }
    }
}

/// What a demotion leaves; none of a removal.
fn lowers_to(removal: &Entry) -> Option<Role> {
    match removal.statement.body() {
        Body::Demote { to, .. } => Some(*to),
        _ => None,
    }
}
