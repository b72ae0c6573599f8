//! What whoever signed a statement had seen.

use crate::FOUNDED;
use crate::facts::{Deed, Facts, Mask, bit, each};
use crate::histories::{CREATOR, ELDER, FOUNDING};

/// A history, and what had been seen at each statement of it.
pub(crate) struct History<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) views: Vec<Mask>,
}

impl<'a> History<'a> {
    /// Each author had seen the founding, what it names, and whatever was seen there: what it pins
    /// and cites of others, its own past as far as its `prev` goes. Who signs again after nothing,
    /// backdated, claims to have seen no more than its own grant and the grant of its subject. The
    /// creator is honest: it has seen all that it signed before.
    pub(crate) fn of(facts: &'a Facts) -> Self {
        let mut views: Vec<Mask> = Vec::new();
        for (at, fact) in facts.all.iter().enumerate() {
            let before: Mask = (1 << at) - 1;
            let founding = before & FOUNDED;
            let act = &fact.act;
            let mut seen = act.depends();
            let is_backdated = at >= FOUNDING && act.author == ELDER && act.prev == 0;
            if !is_backdated {
                seen |= founding;
            } else if act.deed == Deed::Remove {
                seen |= each(facts.grants_to(act.subject) & founding).next().map_or(0, bit);
            }
            if act.author == CREATOR {
                seen |= facts.signed_by(CREATOR) & before;
            }
            let view = each(seen).fold(seen, |view, one| view | views[usize::from(one)]);
            views.push(view);
        }
        Self { facts, views }
    }

    /// All its statements.
    pub(crate) fn all(&self) -> Mask {
        (1 << self.facts.len()) - 1
    }

    /// The latest of what was seen at a statement.
    pub(crate) fn heads(&self, number: u8) -> Mask {
        let view = self.views[usize::from(number)];
        let below = each(view).fold(0, |below, one| below | self.views[usize::from(one)]);
        view & !below
    }

    /// The further statements in words.
    pub(crate) fn told(&self) -> String {
        let further = self.facts.all.iter().enumerate().skip(FOUNDING);
        let told = further.map(|(at, fact)| {
            let act = &fact.act;
            let (author, subject, deed) = (act.author, act.subject, act.deed);
            let view: Vec<u8> = each(self.views[at]).collect();
            let names: Vec<u8> = each(act.names).collect();
            format!("#{at}: {author} {deed:?} {subject}, naming {names:?}, having seen {view:?}; ")
        });
        told.collect()
    }
}
