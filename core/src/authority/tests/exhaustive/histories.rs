//! Every history of a small group.
//!
//! The group as founded: a creator, two Admins by it (the elder and the other), a junior Admin and
//! a Member by the elder, a Member by the creator. Then up to four more statements, each anything
//! that one of these, or a peer granted a role meanwhile, can validly sign: under each grant it
//! ever got; after any part of what it signed before, or after nothing (backdated, forked); a
//! Grant of each role to anybody, citing any part of the removals of that peer; a Remove, or a
//! Demote to either role, of anybody, pinning any part of what that peer signed (so: known to
//! colluders and not to the remover); a Resign.
//!
//! A history is a set. Of the orders in which it may have been signed, one is walked.

use alloc::vec;
use alloc::vec::Vec;

use super::facts::{Act, Deed, Facts, INFINITE, Mask, Rank, bit, each};

pub(crate) const CREATOR: u8 = 0;
pub(crate) const ELDER: u8 = 1;
pub(crate) const OTHER: u8 = 2;
pub(crate) const JUNIOR: u8 = 3;
pub(crate) const GUEST: u8 = 4;
pub(crate) const MEMBER: u8 = 5;
pub(crate) const NEWCOMER: u8 = 6;
pub(crate) const PEERS: u8 = NEWCOMER + 1;

/// Statements of the group as founded.
pub(crate) const FOUNDING: usize = 5;

/// When what is granted at the founding ends, and what is granted further: so that none of these
/// is one of those once more.
const FOUNDING_UNTIL: u64 = 10;
const UNTIL: u64 = 9;

/// Whether histories that differ from another only in what nothing looks at are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reduced {
    /// Every one is walked.
    No,
    /// Left out is a history in which one of the further statements
    ///
    /// - has a `prev` though nothing looks through it: no cut, citation or Resign reaches it, and
    ///   it inherits no citation (the same without `prev` is walked);
    /// - pins something, but nothing signed under a grant that it concerns (the same with the
    ///   empty cut is walked);
    /// - cites a removal that does not concern it or that it cannot overcome, or that another of
    ///   its citations covers (the same without is walked);
    /// - removes or demotes, but concerns no grant, and nothing names it (the same without it,
    ///   which is shorter, is walked).
    Yes,
}

/// A walk over all histories of up to `length` further statements.
pub(crate) struct Walk {
    pub(crate) length: usize,
    pub(crate) reduced: Reduced,
    /// Of how many walkers it is the how-manieth.
    pub(crate) share: (usize, usize),
}

impl Walk {
    /// Shows each history once.
    pub(crate) fn run(&self, mut visit: impl FnMut(&Facts)) {
        let mut path = Path { facts: founded(), keys: Vec::new(), turn: 0 };
        for founding in 0..FOUNDING {
            let key = path.key(&path.facts.all[founding].act);
            path.keys.push(key);
        }
        if self.share.0 == 0 {
            visit(&path.facts);
        }
        self.extend(&mut path, &mut visit);
    }

    fn extend(&self, path: &mut Path, visit: &mut impl FnMut(&Facts)) {
        let further = path.facts.len() - FOUNDING;
        if further == 1 && self.length > 1 {
            path.turn += 1;
            if path.turn % self.share.1 != self.share.0 {
                return;
            }
        }
        let is_last = further + 1 == self.length;
        let reduces = self.reduced == Reduced::Yes;
        let thin = is_last && reduces;
        let open = if thin { Open::of(&path.facts) } else { Open::default() };
        for act in moves(&path.facts, thin) {
            let key = path.key(&act);
            let is_new = open.may_be_closed_by(&path.facts, &act) && path.is_least(&act, key);
            if !is_new || !path.facts.push(act) {
                continue;
            }
            let is_mine = further > 0 || self.share.0 == 0;
            let number = u8::try_from(path.facts.len() - 1).unwrap_or_default();
            if !reduces || is_to_the_point(&path.facts, number) {
                path.keys.push(key);
                if is_mine && (!reduces || Open::of(&path.facts).is_none()) {
                    visit(&path.facts);
                }
                if !is_last {
                    self.extend(path, visit);
                }
                path.keys.pop();
            }
            path.facts.pop();
        }
    }
}

struct Path {
    facts: Facts,
    /// Names each statement by its content, whatever its number here.
    keys: Vec<u64>,
    turn: usize,
}

impl Path {
    fn key(&self, act: &Act) -> u64 {
        let all = |mask: Mask| {
            each(mask).fold(0, |sum: u64, one| sum.wrapping_add(mix(self.keys[usize::from(one)])))
        };
        let deed = match act.deed {
            Deed::Grant(role) => role as u64,
            Deed::Remove => 3,
            Deed::Demote(to) => 4 + to as u64,
            Deed::Resign => 6,
        };
        let words = [
            u64::from(act.author) << 16 | u64::from(act.subject) << 8 | deed,
            act.cred.map_or(0, |cred| self.keys[usize::from(cred)]),
            all(act.prev),
            all(act.names),
        ];
        words.iter().fold(1, |key, word| mix(key ^ mix(*word)))
    }

    /// Whether no other order of signing, in which `act` came sooner, is less.
    fn is_least(&self, act: &Act, key: u64) -> bool {
        let named = act.depends() >> FOUNDING << FOUNDING;
        let after = (Mask::BITS - named.leading_zeros()) as usize;
        self.keys[after.max(FOUNDING)..].iter().all(|&other| other < key)
    }
}

fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 31).wrapping_mul(0x7FB5_D329_728E_A185);
    (word ^ word >> 27).wrapping_mul(0x81DA_DEF4_BC2D_D44D) ^ word >> 33
}

fn founded() -> Facts {
    let mut facts = Facts::new(u32::MAX);
    let grant = |author, cred, subject, role, prev| Act {
        cred,
        prev,
        until: FOUNDING_UNTIL,
        ..act(author, subject, Deed::Grant(role))
    };
    for one in [
        grant(CREATOR, None, ELDER, Rank::Admin, 0),
        grant(CREATOR, None, OTHER, Rank::Admin, bit(0)),
        grant(CREATOR, None, MEMBER, Rank::Member, bit(1)),
        grant(ELDER, Some(0), JUNIOR, Rank::Admin, 0),
        grant(ELDER, Some(0), GUEST, Rank::Member, bit(3)),
    ] {
        assert!(facts.push(one), "the founding is in order");
    }
    facts
}

fn act(author: u8, subject: u8, deed: Deed) -> Act {
    Act {
        author,
        cred: None,
        subject,
        deed,
        prev: 0,
        names: 0,
        from: 0,
        until: UNTIL,
        order: 0,
        said: None,
    }
}

/// Everything that anybody can sign next. `thin` leaves out what [`Reduced::Yes`] would if it is
/// the last statement.
fn moves(facts: &Facts, thin: bool) -> Vec<Act> {
    let mut moves = Vec::with_capacity(512);
    for author in 0..PEERS {
        let creds: Vec<Option<u8>> = match author {
            CREATOR => vec![None],
            _ => each(facts.grants_to(author)).map(Some).collect(),
        };
        if creds.is_empty() {
            continue;
        }
        let prevs = prevs(facts, author);
        for cred in creds {
            let first = moves.len();
            deeds(facts, author, cred, thin, &mut moves);
            let signed = moves.len();
            for at in first..signed {
                let one = moves[at];
                if thin && !(one.deed == Deed::Resign || inherits(facts, &one)) {
                    continue;
                }
                let others = prevs.iter().filter(|&&prev| prev != 0);
                moves.extend(others.map(|&prev| Act { prev, ..one }));
            }
        }
    }
    moves
}

/// What one may say under a grant, all of it after nothing.
fn deeds(facts: &Facts, author: u8, cred: Option<u8>, thin: bool, moves: &mut Vec<Act>) {
    let role = match cred.map(|cred| facts.fact(cred).act.deed) {
        Some(Deed::Grant(role)) => role,
        _ => Rank::Admin,
    };
    let say = |subject, deed, names| Act { cred, names, ..act(author, subject, deed) };
    if author != CREATOR {
        moves.push(say(author, Deed::Resign, 0));
    }
    if role == Rank::Member {
        return;
    }
    for subject in (1..PEERS).filter(|&subject| subject != author) {
        let removals = facts.removals_of(subject);
        for given in [Rank::Member, Rank::Inviter, Rank::Admin] {
            if role == Rank::Inviter && given == Rank::Admin {
                continue;
            }
            let cites = antichains(facts, removals);
            moves.extend(cites.map(|cites| say(subject, Deed::Grant(given), cites)));
        }
    }
    let lowering = [Deed::Remove, Deed::Demote(Rank::Member), Deed::Demote(Rank::Inviter)];
    let lowering = if role == Rank::Admin { &lowering[..] } else { &lowering[..1] };
    for subject in 1..PEERS {
        let signed = facts.signed_by(subject);
        for &deed in lowering {
            if thin && !concerns_any(facts, &say(subject, deed, 0)) {
                continue;
            }
            let cuts = antichains(facts, signed);
            moves.extend(cuts.map(|cut| say(subject, deed, cut)));
        }
    }
}

/// Which of its own an author may name: anything, or nothing; the creator names all or nothing,
/// since nobody cuts it.
fn prevs(facts: &Facts, author: u8) -> Vec<Mask> {
    let own = facts.signed_by(author);
    if author != CREATOR {
        return antichains(facts, own).collect();
    }
    let below = each(own).fold(0, |mask, one| mask | facts.fact(one).act.prev);
    vec![0, own & !below]
}

/// The sets of statements none of which reaches another: each closure once.
fn antichains(facts: &Facts, among: Mask) -> impl Iterator<Item = Mask> {
    subsets(among)
        .filter(move |&some| each(some).all(|one| facts.fact(one).reach & some == bit(one)))
}

fn subsets(of: Mask) -> impl Iterator<Item = Mask> {
    let mut next = Some(0);
    core::iter::from_fn(move || {
        let some: Mask = next?;
        let more = some.wrapping_sub(of) & of;
        next = (more != 0).then_some(more);
        Some(some)
    })
}

fn concerns_any(facts: &Facts, removal: &Act) -> bool {
    let signer = removal.cred.map_or(0, |cred| facts.fact(cred).holder);
    each(facts.grants_to(removal.subject)).any(|grant| {
        let fact = facts.fact(grant);
        let lowers = match (removal.deed, fact.act.deed) {
            (Deed::Demote(to), Deed::Grant(role)) => to < role,
            _ => true,
        };
        let takes_back = signer == INFINITE && removal.cred == fact.act.cred;
        lowers && (signer < fact.holder || takes_back)
    })
}

/// Whether a grant's `prev` may give it its issuer's earlier citations.
fn inherits(facts: &Facts, act: &Act) -> bool {
    let earlier = facts.grants_to(act.subject) & facts.signed_by(act.author);
    act.is_grant() && each(earlier).any(|grant| facts.fact(grant).act.names != 0)
}

/// Whether what a further statement pins or cites is of use: no later statement changes that.
fn is_to_the_point(facts: &Facts, number: u8) -> bool {
    let fact = facts.fact(number);
    match fact.act.deed {
        Deed::Grant(_) => each(fact.act.names).all(|cite| {
            let others = facts.closure(fact.act.names & !bit(cite));
            let counts = facts.concerns(cite, number) && facts.overcomes(number, cite);
            others & bit(cite) == 0 && counts
        }),
        Deed::Remove | Deed::Demote(_) => {
            let concerned = each(facts.concerned_by(number));
            let under = concerned.fold(0, |all, one| all | facts.fact(one).under);
            fact.act.names == 0 || fact.pins & under != 0
        }
        Deed::Resign => true,
    }
}

/// What still wants another statement to look at it: see [`Reduced::Yes`].
#[derive(Clone, Copy, Default)]
struct Open {
    /// Further statements through whose `prev` nothing looks.
    unseen: Mask,
    /// Further removals that concern nothing and that nothing names.
    idle: Mask,
}

impl Open {
    fn of(facts: &Facts) -> Self {
        let (mut named, mut seen) = (0, 0);
        for fact in &facts.all {
            named |= fact.act.depends();
            seen |= facts.closure(fact.act.names);
            if fact.act.deed == Deed::Resign {
                seen |= fact.reach;
            }
        }
        let mut open = Self::default();
        for (at, fact) in facts.all.iter().enumerate().skip(FOUNDING) {
            let (own, number) = (1 << at, u8::try_from(at).unwrap_or_default());
            let inherited = fact.act.is_grant() && fact.covers != facts.closure(fact.act.names);
            if fact.act.prev != 0 && seen & own == 0 && !inherited {
                open.unseen |= own;
            }
            let is_removal = fact.act.is_removal();
            if is_removal && named & own == 0 && facts.concerned_by(number) == 0 {
                open.idle |= own;
            }
        }
        open
    }

    fn is_none(self) -> bool {
        self.unseen | self.idle == 0
    }

    /// Whether `act` alone may close it all.
    fn may_be_closed_by(self, facts: &Facts, act: &Act) -> bool {
        if self.is_none() {
            return true;
        }
        let through = if act.deed == Deed::Resign { act.prev } else { act.names };
        let is_used = |&removal: &u8| {
            let subject = facts.fact(removal).act.subject;
            act.is_grant() && act.subject == subject || act.depends() & bit(removal) != 0
        };
        self.unseen & !facts.closure(through) == 0 && each(self.idle).all(|one| is_used(&one))
    }
}
