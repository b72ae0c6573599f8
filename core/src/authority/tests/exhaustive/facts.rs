//! The rule a third time, as a fixed point: neither by strata nor by recursion.
//!
//! A statement is an [`Act`] that names others by number. [`Facts`] keeps what holds of each
//! whatever else is signed: rights, standings, closures, what a removal concerns and pins. What
//! lives is then the one solution of the rule, read as a set of equations: assume that nothing
//! lives, derive what would, assume that, derive again, until nothing changes. Both bounds meet,
//! or else the rule had no or several solutions: that they meet is asserted for every set.

use alloc::vec::Vec;

/// One bit for each statement.
pub(crate) type Mask = u64;

pub(crate) const CHAIN_MAX: u8 = 24;
pub(crate) const INFINITE: u8 = u8::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Member,
    Inviter,
    Admin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Grant(Rank),
    Remove,
    Demote(Rank),
    Resign,
}

/// What a checkpoint says of a statement that was signed before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Full,
    Lowered,
    Out,
    Left,
    Dead,
}

/// A statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) author: u8,
    /// The number of the grant that it is signed under; none for the creator.
    pub(crate) cred: Option<u8>,
    /// Whom it concerns; of a Resign, its author.
    pub(crate) subject: u8,
    pub(crate) deed: Deed,
    /// What it names of its author's.
    pub(crate) prev: Mask,
    /// What it pins, or, of a grant, cites.
    pub(crate) names: Mask,
    pub(crate) from: u64,
    pub(crate) until: u64,
    /// Its place in the order in which statements count.
    pub(crate) order: u32,
    /// What the checkpoint says, if it was signed before. Such come first and name nothing.
    pub(crate) said: Option<Said>,
}

impl Act {
    pub(crate) fn is_grant(&self) -> bool {
        matches!(self.deed, Deed::Grant(_))
    }

    pub(crate) fn is_removal(&self) -> bool {
        matches!(self.deed, Deed::Remove | Deed::Demote(_))
    }

    /// Everything that it names.
    pub(crate) fn depends(&self) -> Mask {
        self.prev | self.names | self.cred.map_or(0, bit)
    }
}

/// A statement and what holds of it for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub(crate) act: Act,
    /// Grants in the chain that it is signed under.
    pub(crate) chain: u8,
    /// The standing that it is signed with.
    pub(crate) signer: u8,
    /// The standing that it gives, if it is a grant.
    pub(crate) holder: u8,
    /// Itself and what it reaches of its author's.
    pub(crate) reach: Mask,
    /// What a removal pins.
    pub(crate) pins: Mask,
    /// What a grant covers by citation, its issuer's earlier citations included.
    pub(crate) covers: Mask,
    /// The removals that concern a grant and that it does not overcome.
    pub(crate) hit_by: Mask,
    /// What is signed under a grant.
    pub(crate) under: Mask,
}

/// What lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    /// What no removal ends.
    passes: Mask,
    /// What no Resign ends either.
    eligible: Mask,
    pub(crate) live: Mask,
}

#[cfg(test)]
impl Model {
    /// Whether a bound ends something.
    pub(crate) fn is_bounded(&self) -> bool {
        self.eligible & !self.live != 0
    }
}

/// Statements, each after those that it names.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) all: Vec<Fact>,
    grants: Mask,
    pub(crate) removes: Mask,
    removals: Mask,
    resigns: Mask,
    /// What a checkpoint has weighed, and of it what is not dead.
    weighed: Mask,
    kept: Mask,
    bound: u32,
}

impl Facts {
    /// No statement yet; of those under one grant, `bound` count.
    pub(crate) fn new(bound: u32) -> Self {
        Self {
            all: Vec::new(),
            grants: 0,
            removes: 0,
            removals: 0,
            resigns: 0,
            weighed: 0,
            kept: 0,
            bound,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn fact(&self, number: u8) -> &Fact {
        &self.all[usize::from(number)]
    }

    /// What one peer signed.
    pub(crate) fn signed_by(&self, author: u8) -> Mask {
        self.select(|fact| fact.act.author == author)
    }

    pub(crate) fn grants_to(&self, subject: u8) -> Mask {
        self.grants & self.select(|fact| fact.act.subject == subject)
    }

    pub(crate) fn removals_of(&self, subject: u8) -> Mask {
        self.removals & self.select(|fact| fact.act.subject == subject)
    }

    fn select(&self, wanted: impl Fn(&Fact) -> bool) -> Mask {
        let bits = self.all.iter().enumerate().filter(|(_, fact)| wanted(fact));
        bits.fold(0, |mask, (at, _)| mask | 1 << at)
    }

    /// What these and whatever they reach are.
    pub(crate) fn closure(&self, heads: Mask) -> Mask {
        each(heads).fold(0, |mask, head| mask | self.fact(head).reach)
    }

    /// Whether a removal would concern a grant that cites nothing.
    pub(crate) fn concerns(&self, removal: u8, grant: u8) -> bool {
        let (removal, grant) = (self.fact(removal), self.fact(grant));
        let Deed::Grant(role) = grant.act.deed else { return false };
        let lowers = match removal.act.deed {
            Deed::Remove => true,
            Deed::Demote(to) => to < role,
            Deed::Grant(_) | Deed::Resign => false,
        };
        let takes_back = removal.signer == INFINITE && removal.act.cred == grant.act.cred;
        let is_over = removal.signer < grant.holder || takes_back;
        lowers && removal.act.subject == grant.act.subject && is_over
    }

    /// The grants that a removal would concern, did they cite nothing.
    pub(crate) fn concerned_by(&self, removal: u8) -> Mask {
        let grants = each(self.grants_to(self.fact(removal).act.subject));
        let concerned = grants.filter(|&grant| self.concerns(removal, grant));
        concerned.fold(0, |mask, grant| mask | bit(grant))
    }

    /// Whether a grant overcomes a removal by citing it.
    pub(crate) fn overcomes(&self, grant: u8, removal: u8) -> bool {
        let cited = self.fact(grant).covers & bit(removal) != 0;
        cited && self.fact(grant).signer <= self.fact(removal).signer
    }

    /// Adds a statement. False, and nothing is added, if nobody would take it.
    pub(crate) fn push(&mut self, act: Act) -> bool {
        let Some((chain, signer)) = self.rights(&act) else { return false };
        let new = u8::try_from(self.all.len()).unwrap_or(u8::MAX);
        assert!(u32::from(new) < Mask::BITS, "too many statements");
        let own = each(act.prev).filter(|&prev| self.fact(prev).act.author == act.author);
        let reach = own.fold(bit(new), |mask, prev| mask | self.fact(prev).reach);
        let reach = reach | self.line_up(new, &act);
        let holder = match act.deed {
            Deed::Grant(Rank::Admin) => chain + 1,
            _ => INFINITE,
        };
        let (pins, covers, hit_by, under) = (0, 0, 0, 0);
        self.all.push(Fact { act, chain, signer, holder, reach, pins, covers, hit_by, under });
        if let Some(cred) = act.cred {
            self.all[usize::from(cred)].under |= bit(new);
        }
        if act.said.is_some() {
            self.weighed |= bit(new);
        }
        match act.deed {
            Deed::Grant(_) => self.settle_grant(new),
            Deed::Remove | Deed::Demote(_) => self.settle_removal(new),
            Deed::Resign => self.resigns |= bit(new),
        }
        true
    }

    /// What one follows by what a checkpoint left of its author's: of that each follows those that
    /// count before it, and what was signed since all.
    fn line_up(&mut self, new: u8, act: &Act) -> Mask {
        let of_author = |kept: Mask| if kept == 0 { 0 } else { kept & self.signed_by(act.author) };
        let line = of_author(self.kept);
        let Some(said) = act.said else { return line };
        if said == Said::Dead {
            return 0;
        }
        self.kept |= bit(new);
        let order = |one: u8| self.fact(one).act.order;
        let (later, before): (Vec<u8>, Vec<u8>) =
            each(line).partition(|&one| act.order < order(one));
        for one in later {
            self.all[usize::from(one)].reach |= bit(new);
        }
        before.into_iter().fold(0, |mask, one| mask | bit(one))
    }

    /// Takes the latest statement away.
    pub(crate) fn pop(&mut self) {
        let Some(last) = self.all.pop() else { return };
        let keep = !(1 << self.all.len());
        let Self { grants, removes, removals, resigns, weighed, kept, .. } = self;
        for mask in [grants, removes, removals, resigns, weighed, kept] {
            *mask &= keep;
        }
        if let Some(cred) = last.act.cred {
            self.all[usize::from(cred)].under &= keep;
        }
        if last.act.is_removal() {
            for fact in &mut self.all {
                fact.hit_by &= keep;
            }
        }
    }

    /// The length of the chain and the standing that it is signed with, if the chain allows it.
    fn rights(&self, act: &Act) -> Option<(u8, u8)> {
        let Some(cred) = act.cred else { return (act.author == 0).then_some((0, 0)) };
        let above = self.all.get(usize::from(cred))?;
        let Deed::Grant(role) = above.act.deed else { return None };
        let allowed = match act.deed {
            Deed::Grant(other) => {
                let is_within = above.act.from <= act.from && act.until <= above.act.until;
                is_within && role > Rank::Member && (role == Rank::Admin || other < Rank::Admin)
            }
            Deed::Remove => role > Rank::Member,
            Deed::Demote(_) => role == Rank::Admin,
            Deed::Resign => true,
        };
        let chain = above.chain + 1;
        let length = chain + u8::from(act.is_grant());
        let fits = above.act.subject == act.author && length <= CHAIN_MAX;
        (allowed && fits).then_some((chain, above.holder))
    }

    fn settle_grant(&mut self, new: u8) {
        self.grants |= bit(new);
        let Fact { act, reach, .. } = *self.fact(new);
        let earlier = each(reach & self.grants_to(act.subject));
        let covers = earlier.fold(0, |mask, one| mask | self.closure(self.fact(one).act.names));
        self.all[usize::from(new)].covers = covers;
        let hits = each(self.removals)
            .filter(|&removal| self.concerns(removal, new) && !self.overcomes(new, removal));
        self.all[usize::from(new)].hit_by = hits.fold(0, |mask, one| mask | bit(one));
    }

    fn settle_removal(&mut self, new: u8) {
        self.removals |= bit(new);
        let act = self.fact(new).act;
        if act.deed == Deed::Remove {
            self.removes |= bit(new);
        }
        let own = each(act.names).filter(|&head| self.fact(head).act.author == act.subject);
        let pins = own.fold(0, |mask, head| mask | self.fact(head).reach);
        self.all[usize::from(new)].pins = pins;
        for grant in each(self.grants) {
            if self.concerns(new, grant) {
                self.all[usize::from(grant)].hit_by |= bit(new);
            }
        }
    }

    /// What lives.
    pub(crate) fn solve(&self) -> Model {
        let mut least = Model::default();
        loop {
            let most = self.derive(least);
            let next = self.derive(most);
            if next == least {
                assert_eq!(least, most, "the rule has one solution: {self:?}");
                return least;
            }
            least = next;
        }
    }

    /// What would live if of all that ends others exactly what is assumed did. The more is
    /// assumed, the less would.
    fn derive(&self, assumed: Model) -> Model {
        let mut derived = Model::default();
        for (at, fact) in self.all.iter().enumerate() {
            let own = 1 << at;
            let Some(cred) = fact.act.cred else {
                if fact.act.said != Some(Said::Dead) {
                    derived.passes |= own;
                    derived.eligible |= own;
                    derived.live |= own;
                }
                continue;
            };
            let grant = self.fact(cred);
            let hits = grant.hit_by & assumed.live;
            let is_pinned = each(hits).all(|removal| self.fact(removal).pins & own != 0);
            let is_carried = match (fact.act.said, grant.act.said) {
                (None, None) => true,
                (None, Some(said)) => said == Said::Full,
                (Some(said), _) => said != Said::Dead,
            };
            if derived.live & bit(cred) == 0 || !is_pinned || !is_carried {
                continue;
            }
            derived.passes |= own;
            let is_resign = fact.act.deed == Deed::Resign;
            let quits = grant.under & self.resigns & !self.weighed & assumed.passes;
            if is_resign {
                derived.live |= own;
            } else if each(quits).all(|resign| self.fact(resign).reach & own != 0) {
                derived.eligible |= own;
                let rivals = each(grant.under & assumed.eligible & !self.resigns);
                let before = |&one: &u8| self.fact(one).act.order < fact.act.order;
                let has_room = grant.under.count_ones() <= self.bound
                    || rivals.filter(before).count() < self.bound as usize;
                derived.live |= if has_room { own } else { 0 };
            }
        }
        derived
    }

    /// What a grant is worth, whatever its window.
    pub(crate) fn worth(&self, grant: u8, model: &Model) -> Option<Rank> {
        let fact = self.fact(grant);
        let Deed::Grant(role) = fact.act.deed else { return None };
        let is_given_up = fact.under & self.resigns & !self.weighed & model.live != 0;
        let hits = fact.hit_by & model.live;
        let has_ended = matches!(fact.act.said, Some(Said::Out | Said::Left | Said::Dead));
        if model.live & bit(grant) == 0 || is_given_up || has_ended || hits & self.removes != 0 {
            return None;
        }
        let is_lowered = hits != 0 || fact.act.said == Some(Said::Lowered);
        Some(if is_lowered { Rank::Member } else { role })
    }

    /// Of what removed keys signed, what their removals do not pin, and what others signed under
    /// that, as far as nothing else depends on it.
    pub(crate) fn late(&self, live: Mask) -> Mask {
        let hits = |grant: u8| self.fact(grant).hit_by & self.removes & live;
        let mut late: Mask = 0;
        for (at, fact) in self.all.iter().enumerate() {
            let Some(cred) = fact.act.cred else { continue };
            let is_out = each(self.grants_to(fact.act.author)).all(|grant| hits(grant) != 0);
            let is_pinned = each(hits(cred)).all(|hit| self.fact(hit).pins >> at & 1 == 1);
            if is_out && !is_pinned || late & bit(cred) != 0 {
                late |= 1 << at;
            }
        }
        // what others depend on stays; it comes before them
        for (at, fact) in self.all.iter().enumerate().rev() {
            if late >> at & 1 == 0 {
                late &= !fact.act.depends();
            }
        }
        late
    }

    /// A peer's role at a moment.
    pub(crate) fn role(&self, peer: u8, at: u64, model: &Model) -> Option<Rank> {
        if peer == 0 {
            return Some(Rank::Admin);
        }
        let holds = |grant: &u8| {
            let act = self.fact(*grant).act;
            act.from <= at && at < act.until
        };
        let grants = each(self.grants_to(peer)).filter(holds);
        grants.filter_map(|grant| self.worth(grant, model)).max()
    }
}

pub(crate) fn bit(number: u8) -> Mask {
    1 << number
}

/// The numbers of the bits that are set, from the least up.
pub(crate) fn each(mut mask: Mask) -> impl Iterator<Item = u8> {
    core::iter::from_fn(move || {
        let next = u8::try_from(mask.trailing_zeros()).ok().filter(|_| mask != 0)?;
        mask &= mask - 1;
        Some(next)
    })
}
