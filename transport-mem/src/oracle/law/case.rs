//! One set of statements on trial: every question about it, each answered once.

use std::collections::BTreeMap;

use peergroup_core::limits::{CHAIN_MAX, STATEMENTS_PER_GRANT_MAX};
use peergroup_core::{Body, Grant, PeerId, Role, Statement, StatementId, Survivor, Worth};

use super::past::Past;

/// How senior somebody is: 0 is the creator, `NOBODY` whoever is no Admin.
pub(super) type Standing = usize;
const NOBODY: Standing = usize::MAX;

/// A set of statements by their numbers.
#[derive(Clone, Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn has(&self, at: usize) -> bool {
        let (word, bit) = place(at);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// False if it was there.
    fn add(&mut self, at: usize) -> bool {
        let (word, bit) = place(at);
        if self.0.len() <= word {
            self.0.resize(word.saturating_add(1), 0);
        }
        let Some(word) = self.0.get_mut(word) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

fn place(at: usize) -> (usize, u64) {
    (at >> 6, 1 << (at & 63))
}

/// What is asked of each statement, once it is known.
#[derive(Clone, Debug, Default)]
struct Answers {
    /// How many grants are above it, if it is lawful.
    above: Option<usize>,
    passes: Option<bool>,
    lives: Option<bool>,
    resigns: Option<Vec<usize>>,
    against: Option<Vec<usize>>,
    pinned: Option<Bits>,
    overcome: Option<Bits>,
}

/// A set of statements, numbered.
#[derive(Debug)]
pub(super) struct Case<'a> {
    creator: PeerId,
    statements: Vec<&'a Statement>,
    places: BTreeMap<StatementId, usize>,
    answers: Vec<Answers>,
    past: Past,
    /// What each peer signed before the checkpoint that counts, and survived it.
    survivors: BTreeMap<PeerId, Vec<usize>>,
    /// The removals and demotions of each peer.
    removals: BTreeMap<PeerId, Vec<usize>>,
    /// What is signed under each grant.
    under: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        creator: PeerId,
        statements: impl IntoIterator<Item = &'a Statement>,
    ) -> Self {
        let statements: Vec<&Statement> = statements.into_iter().collect();
        let places: BTreeMap<_, _> =
            statements.iter().enumerate().map(|(at, statement)| (statement.id(), at)).collect();
        let mut case = Self {
            creator,
            answers: vec![Answers::default(); statements.len()],
            past: Past::of(creator, &statements),
            statements,
            places,
            survivors: BTreeMap::new(),
            removals: BTreeMap::new(),
            under: BTreeMap::new(),
        };
        for at in case.all() {
            if let Some((subject, ..)) = removal(case.statement(at)) {
                case.removals.entry(subject).or_default().push(at);
            }
            if let Some(grant) = case.cred(at) {
                case.under.entry(grant).or_default().push(at);
            }
            if case.said(at).is_some() {
                case.survivors.entry(case.statement(at).author()).or_default().push(at);
            }
        }
        case.measure();
        case
    }

    pub(super) fn all(&self) -> impl Iterator<Item = usize> + use<> {
        0..self.statements.len()
    }

    #[expect(clippy::expect_used, reason = "numbers are handed out here alone")]
    pub(super) fn statement(&self, at: usize) -> &'a Statement {
        self.statements.get(at).expect("a number of this case")
    }

    pub(super) fn id(&self, at: usize) -> StatementId {
        self.statement(at).id()
    }

    #[expect(clippy::expect_used, reason = "numbers are handed out here alone")]
    fn answers(&mut self, at: usize) -> &mut Answers {
        self.answers.get_mut(at).expect("a number of this case")
    }

    fn find(&self, id: &StatementId) -> Option<usize> {
        self.places.get(id).copied()
    }

    fn cred(&self, at: usize) -> Option<usize> {
        self.find(&self.statement(at).cred()?)
    }

    fn grant(&self, at: usize) -> Option<&'a Grant> {
        self.statement(at).grant()
    }

    /// Finds how long the credential of each statement is, as far as it holds.
    fn measure(&mut self) {
        for at in self.all() {
            let mut path = vec![at];
            let mut next = self.cred(at);
            while let Some(grant) = next
                && path.len() <= CHAIN_MAX
            {
                path.push(grant);
                next = self.cred(grant);
            }
            let root = path.last().is_some_and(|root| self.statement(*root).cred().is_none());
            let links = path.windows(2).all(|pair| match pair {
                [act, grant] => self.may_sign(Some(*grant), *act),
                _ => false,
            });
            let by_creator = path.last().is_some_and(|root| self.may_sign(None, *root));
            let above = path.len().saturating_sub(1);
            let fits = above.saturating_add(usize::from(self.grant(at).is_some())) <= CHAIN_MAX;
            let is_lawful = root && links && by_creator && fits;
            self.answers(at).above = is_lawful.then_some(above);
        }
    }

    /// Whether the holder of a grant, or the creator, may sign this.
    fn may_sign(&self, grant: Option<usize>, act: usize) -> bool {
        let statement = self.statement(act);
        let author = statement.author();
        let own = match grant {
            None => None,
            Some(grant) => match self.grant(grant) {
                Some(grant) if grant.subject == author => Some(grant),
                _ => return false,
            },
        };
        if own.is_none() && author != self.creator || own.is_some() && author == self.creator {
            return false;
        }
        let role = own.map_or(Role::Admin, |grant| grant.role);
        match statement.body() {
            Body::Grant(given) => {
                let within = own.is_none_or(|own| {
                    own.window.from <= given.window.from && given.window.until <= own.window.until
                });
                let may = role == Role::Admin || role == Role::Inviter && given.role != Role::Admin;
                within && may && given.subject != author && given.subject != self.creator
            }
            Body::Remove { subject, .. } => role != Role::Member && *subject != self.creator,
            Body::Demote { subject, .. } => role == Role::Admin && *subject != self.creator,
            Body::Resign { .. } => own.is_some(),
            Body::Property(_) | Body::Checkpoint { .. } | Body::Survivors(_) => own.is_none(),
            _ => false,
        }
    }

    /// Whether it may be there: its author had the right to sign it, by its credential alone, and
    /// no checkpoint has ended it.
    pub(super) fn is_lawful(&self, at: usize) -> bool {
        self.above(at).is_some() && (!self.is_ended(at) || self.past.awaits(&self.id(at)))
    }

    /// Whether a checkpoint has ended it.
    fn is_ended(&self, at: usize) -> bool {
        self.past.ends(&self.id(at), self.statement(at).height())
    }

    /// What the checkpoint that counts says of a statement that survived it.
    fn said(&self, at: usize) -> Option<Survivor> {
        self.past.says_of(&self.id(at))
    }

    /// What a grant that survived is worth by that.
    fn worth_before(&self, at: usize) -> Option<Worth> {
        self.said(at).map(|survivor| survivor.worth)
    }

    fn rank(&self, at: usize) -> (u32, StatementId) {
        (self.statement(at).depth(), self.id(at))
    }

    fn above(&self, at: usize) -> Option<usize> {
        self.answers.get(at)?.above
    }

    /// The standing with which a statement is signed.
    pub(super) fn signer(&self, at: usize) -> Standing {
        self.cred(at).map_or(0, |grant| self.holder(grant))
    }

    /// The standing of who holds a grant.
    fn holder(&self, at: usize) -> Standing {
        match (self.grant(at), self.above(at)) {
            (Some(grant), Some(above)) if grant.role == Role::Admin => above.saturating_add(1),
            _ => NOBODY,
        }
    }

    /// Everything of the same author that these statements name, directly or not, and themselves.
    fn closure(&self, heads: impl IntoIterator<Item = usize>, author: PeerId) -> Bits {
        let mut closure = Bits::default();
        let mut open: Vec<usize> = heads.into_iter().collect();
        while let Some(at) = open.pop() {
            let statement = self.statement(at);
            if statement.author() != author || !closure.add(at) {
                continue;
            }
            // what survived is one line, by rank, and all that was signed since comes after it
            let before = self.survivors.get(&author).into_iter().flatten().copied();
            if self.said(at).is_some() {
                open.extend(before.filter(|other| self.rank(*other) < self.rank(at)));
            } else {
                open.extend(before);
                open.extend(statement.lists().prev().iter().filter_map(|id| self.find(id)));
            }
        }
        closure
    }

    /// Whether a removal or demotion pins a statement, or a resignation has seen it.
    fn pins(&mut self, act: usize, at: usize) -> bool {
        if self.answers(act).pinned.is_none() {
            let statement = self.statement(act);
            let pinned = match removal(statement) {
                Some((subject, _, cut)) => {
                    self.closure(cut.iter().filter_map(|id| self.find(id)), subject)
                }
                None => self.closure([act], statement.author()),
            };
            self.answers(act).pinned = Some(pinned);
        }
        self.answers(act).pinned.as_ref().is_some_and(|pinned| pinned.has(at))
    }

    /// Whether a grant names a removal: itself, or by what its issuer granted the subject before.
    fn cites(&mut self, grant: usize, removal: usize) -> bool {
        if self.answers(grant).overcome.is_none() {
            let subject = self.grant(grant).map(|grant| grant.subject);
            let earlier = self.closure([grant], self.statement(grant).author());
            let mut overcome = Bits::default();
            let grants = self.all().filter(|at| earlier.has(*at));
            let cited = grants.filter(|at| self.grant(*at).map(|grant| grant.subject) == subject);
            let cited: Vec<usize> = cited
                .flat_map(|at| self.statement(at).lists().cites())
                .filter_map(|id| self.find(id))
                .collect();
            for head in cited {
                let reached = self.closure([head], self.statement(head).author());
                for at in self.all().filter(|at| reached.has(*at)) {
                    overcome.add(at);
                }
            }
            self.answers(grant).overcome = Some(overcome);
        }
        self.answers(grant).overcome.as_ref().is_some_and(|overcome| overcome.has(removal))
    }

    /// Whether a removal or demotion, if it lives, applies to a grant.
    fn hits(&mut self, removal: usize, grant: usize) -> bool {
        let (Some(given), Some((subject, to, _))) =
            (self.grant(grant), self::removal(self.statement(removal)))
        else {
            return false;
        };
        let is_about = given.subject == subject && to.is_none_or(|to| given.role > to);
        // an Inviter takes back what it gave under the same grant
        let signer = self.signer(removal);
        let is_its_own = signer == NOBODY && self.cred(removal) == self.cred(grant);
        is_about
            && self.is_lawful(removal)
            && self.is_lawful(grant)
            && (signer < self.holder(grant) || is_its_own)
            && !(self.signer(grant) <= self.signer(removal) && self.cites(grant, removal))
    }

    /// The living removals and demotions that hit a grant.
    fn against(&mut self, grant: usize) -> Vec<usize> {
        if let Some(known) = &self.answers(grant).against {
            return known.clone();
        }
        let subject = self.grant(grant).map(|grant| grant.subject);
        let known = subject.and_then(|subject| self.removals.get(&subject));
        let mut against = known.cloned().unwrap_or_default();
        against.retain(|removal| self.hits(*removal, grant) && self.lives(*removal));
        self.answers(grant).against = Some(against.clone());
        against
    }

    /// Whether the grant that it is signed under lives, and no removal speaks against it.
    fn passes(&mut self, at: usize) -> bool {
        if let Some(known) = self.answers(at).passes {
            return known;
        }
        let passes = self.is_lawful(at)
            && !self.is_ended(at)
            && self.worth_before(at) != Some(Worth::Dead)
            && self.cred(at).is_none_or(|grant| {
                let is_open = self.worth_before(grant).is_none_or(|worth| worth == Worth::Full);
                (is_open || self.said(at).is_some())
                    && self.lives(grant)
                    && self.against(grant).into_iter().all(|removal| self.pins(removal, at))
            });
        self.answers(at).passes = Some(passes);
        passes
    }

    /// The resignations that give up a grant.
    pub(super) fn resigns(&mut self, grant: usize) -> Vec<usize> {
        if let Some(known) = &self.answers(grant).resigns {
            return known.clone();
        }
        let under = self.under.get(&grant).cloned().unwrap_or_default();
        let is_resign = |case: &Self, at| matches!(case.statement(at).body(), Body::Resign { .. });
        let resigns: Vec<usize> =
            under.into_iter().filter(|at| is_resign(self, *at) && self.passes(*at)).collect();
        self.answers(grant).resigns = Some(resigns.clone());
        resigns
    }

    /// Who gives up a grant by a statement, if it is about that.
    pub(super) fn resigner(&self, at: usize) -> Option<PeerId> {
        let statement = self.statement(at);
        matches!(statement.body(), Body::Resign { .. }).then(|| statement.author())
    }

    /// Whether every resignation under its grant has seen it.
    fn precedes_resigns(&mut self, at: usize) -> bool {
        let Some(grant) = self.cred(at) else { return true };
        let mut new = self.resigns(grant);
        new.retain(|resign| self.said(*resign).is_none());
        new.into_iter().all(|resign| self.pins(resign, at))
    }

    /// Whether a statement lives.
    pub(super) fn lives(&mut self, at: usize) -> bool {
        if let Some(known) = self.answers(at).lives {
            return known;
        }
        let is_resign = matches!(self.statement(at).body(), Body::Resign { .. });
        let lives =
            self.passes(at) && (is_resign || self.precedes_resigns(at) && self.is_within_bound(at));
        self.answers(at).lives = Some(lives);
        lives
    }

    /// Whether it is among the least under its grant that count.
    fn is_within_bound(&mut self, at: usize) -> bool {
        let Some(grant) = self.cred(at) else { return true };
        let under = self.under.get(&grant).cloned().unwrap_or_default();
        if under.len() <= STATEMENTS_PER_GRANT_MAX {
            return true;
        }
        let mine = self.rank(at);
        let before = under.into_iter().filter(|other| {
            let is_resign = matches!(self.statement(*other).body(), Body::Resign { .. });
            !is_resign
                && self.rank(*other) < mine
                && self.passes(*other)
                && self.precedes_resigns(*other)
        });
        before.count() < STATEMENTS_PER_GRANT_MAX
    }

    /// What a grant is worth.
    pub(super) fn worth(&mut self, grant: usize) -> Option<Role> {
        let given = self.grant(grant)?.role;
        if !self.lives(grant) || self.is_given_up(grant) {
            return None;
        }
        let before = self.worth_before(grant);
        let against = self.against(grant);
        let demotes = |case: &Self, at| matches!(case.statement(at).body(), Body::Demote { .. });
        let is_removed = against.iter().any(|at| !demotes(self, *at));
        let is_demoted = !against.is_empty() || before == Some(Worth::Demoted);
        let worth = if is_demoted { Role::Member } else { given };
        (!is_removed && before != Some(Worth::Removed)).then_some(worth)
    }

    /// Whether its holder gave a grant up.
    pub(super) fn is_given_up(&mut self, grant: usize) -> bool {
        self.worth_before(grant) == Some(Worth::GivenUp) || !self.resigns(grant).is_empty()
    }

    /// The first grant of the tenure that a grant belongs to.
    pub(super) fn first_of_tenure(&self, grant: usize) -> usize {
        let mut first = grant;
        while let Some(before) = self.continued(first) {
            first = before;
        }
        first
    }

    /// The grant to the same subject that this one continues, unless it came after a removal.
    fn continued(&self, at: usize) -> Option<usize> {
        let grant = self.grant(at)?;
        let before = self.find(&grant.continues?)?;
        let is_ended = self.said(at).is_none() && self.worth_before(before) == Some(Worth::Removed);
        if is_ended || self.said(at).is_some_and(|survivor| survivor.begins) {
            return None;
        }
        let cited = self.statement(at).lists().cites().iter().filter_map(|id| self.find(id));
        let mut removals = cited.filter_map(|cited| removal(self.statement(cited)));
        let is_new = removals.any(|(subject, to, _)| subject == grant.subject && to.is_none());
        let is_same = self.grant(before).is_some_and(|other| other.subject == grant.subject);
        (is_same && !is_new).then_some(before)
    }
}

/// Whom a statement removes or demotes, to what, and which heads it pins.
fn removal(statement: &Statement) -> Option<(PeerId, Option<Role>, &[StatementId])> {
    match statement.body() {
        Body::Remove { subject, cut } => Some((*subject, None, cut)),
        Body::Demote { subject, to, cut } => Some((*subject, Some(*to), cut)),
        _ => None,
    }
}
