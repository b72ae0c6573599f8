//! Which removals and demotions of each peer live, and which of them hit a grant.
//!
//! They are kept by the standing that they are signed with and by what they lower to, so that
//! however many there are, a grant is compared with a few sets of them and not with each.

use alloc::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::set::{Entry, Person, Set, Slot, Standing};
use crate::id::StatementId;
use crate::statement::{Body, Role};

/// The live removals and demotions of all peers.
#[derive(Debug, Default)]
pub(super) struct Removals(BTreeMap<Person, BTreeMap<Class, Alike>>);

/// The standing that a removal or demotion is signed with, and the role that it leaves, if any.
type Class = (Standing, Option<Role>);

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
    /// The most senior removal.
    pub(super) removed_by: Option<Slot>,
    /// Whether there is a demotion.
    pub(super) demoted: bool,
}

impl Removals {
    /// Notes that a removal or demotion of this peer lives, or no longer.
    pub(super) fn note(&mut self, subject: Person, (slot, removal): (Slot, &Entry), live: bool) {
        let to = match removal.statement.body() {
            Body::Demote { to, .. } => Some(*to),
            _ => None,
        };
        let classes = self.0.entry(subject).or_default();
        let alike = classes.entry((removal.signer, to)).or_default();
        let named = (removal.statement.id(), slot);
        if live {
            alike.anchors.insert(removal.anchor);
            alike.all.insert(named);
        } else {
            alike.anchors.remove(removal.anchor);
            alike.all.remove(&named);
        }
    }

    /// The live removals and demotions of the grant's subject that hit it: those senior to what it
    /// gives that lower it, and that no citation by an issuer senior enough covers. Costs a look at
    /// each class and, to name the cause, at those that come before it and are covered.
    pub(super) fn hits(&self, set: &Set, grant: &Entry) -> Hits {
        let mut hits = Hits::default();
        let classes = grant.subject.and_then(|subject| self.0.get(&subject));
        let (Some(classes), Some(given)) = (classes, grant.statement.grant()) else { return hits };
        for (&(signer, to), alike) in classes.range(..(grant.holder(), None)) {
            set.step();
            if to.is_some_and(|to| to >= given.role) {
                continue;
            }
            let mut anchors = alike.anchors.clone();
            if grant.signer <= signer {
                anchors.subtract(&grant.cover);
            }
            if anchors.is_empty() {
                continue;
            }
            hits.demoted |= to.is_some();
            if to.is_none() && hits.removed_by.is_none() {
                let mut all = alike.all.iter().map(|&(_, slot)| slot);
                hits.removed_by = all.find(|&slot| {
                    set.step();
                    set.entry(slot).is_some_and(|removal| anchors.contains(removal.anchor))
                });
            }
            hits.anchors.absorb(&anchors);
        }
        hits
    }
}
