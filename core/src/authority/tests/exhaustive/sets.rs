//! Larger sets at random, each judged three times: by the evaluator, by the recursive oracle, and
//! as a fixed point.

use alloc::collections::BTreeMap;

use super::super::oracle::Oracle;
use super::super::random::World;
use super::facts::Said;
use super::*;
use crate::checkpoint::Worth;

/// Moments at which roles are compared: some windows end between them.
const MOMENTS: [u64; 2] = [5, 7];

#[test]
fn the_evaluator_agrees_with_two_oracles_on_random_sets() {
    let judged: Judged = judge_sets(3_000);
    assert!(judged.live > 20_000 && judged.dead > 15_000, "{judged:?}");
    assert!(judged.bounded > 100, "{judged:?}");
}

#[test]
#[ignore = "takes minutes"]
fn the_evaluator_agrees_with_two_oracles_on_a_million_random_sets() {
    let judged: Judged = judge_sets(1_000_000);
    assert_eq!(judged.sets, 1_000_000);
}

#[derive(Debug, Default)]
struct Judged {
    sets: u64,
    statements: u64,
    live: u64,
    dead: u64,
    /// Sets in which the bound ends something.
    bounded: u64,
    /// Roles compared, by role: none, Member, Inviter, Admin.
    roles: [u64; 4],
}

impl Judge for Judged {
    fn add(&mut self, other: &Self) {
        self.sets += other.sets;
        self.statements += other.statements;
        self.live += other.live;
        self.dead += other.dead;
        self.bounded += other.bounded;
        for (sum, more) in self.roles.iter_mut().zip(other.roles) {
            *sum += more;
        }
    }

    fn judge(&mut self, cast: &Cast, seed: u64) {
        // not the seeds of the other tests
        let mut world = World::random(cast, seed ^ 0x5E75_0000_0000, 40);
        world.bound = 2 + usize::try_from(seed % 6).unwrap();
        let held = world.held();
        let authority = world.authority();
        let (facts, numbers) = facts_of(&held, cast, world.bound);
        let model = facts.solve();
        let mut oracle = Oracle::new(&held, authority.creator(), world.bound);
        for (n, one) in held.iter().enumerate() {
            let lives = authority.is_live(&one.id());
            assert_eq!(lives, oracle.live(n), "seed {seed}: {one:?}");
            let number = numbers[n];
            let entered = authority.statement(&one.id()).is_some();
            assert_eq!(entered, number.is_some(), "seed {seed}: {one:?}");
            let in_model = number.is_some_and(|number| model.live & bit(number) != 0);
            assert_eq!(lives, in_model, "seed {seed}: {one:?}");
            *(if lives { &mut self.live } else { &mut self.dead }) += 1;
        }
        self.sets += 1;
        self.statements += held.len() as u64;
        self.bounded += u64::from(model.is_bounded());
        for (number, &peer) in (0..).zip(&cast.peers) {
            for at in MOMENTS {
                let role = authority.role(peer, UnixTime::from_millis(at));
                let found = facts.role(number, at, &model).map(super::role);
                assert_eq!(role, found, "seed {seed}, at {at}: {peer}");
                self.roles[role.map_or(0, |role| 1 + role as usize)] += 1;
            }
            let role = authority.role(peer, NOW);
            assert_eq!(role, oracle.role(peer), "seed {seed}: {peer}");
        }
    }
}

/// Statements as facts, and the number of each; none if it has no right to be there.
pub(super) fn facts_of(held: &[Statement], cast: &Cast, bound: usize) -> (Facts, Vec<Option<u8>>) {
    let mut order: Vec<_> = held.iter().map(|one| (one.depth(), one.id())).collect();
    order.sort_unstable();
    let mut facts = Facts::new(u32::try_from(bound).unwrap());
    let mut numbers: Vec<Option<u8>> = vec![None; held.len()];
    let past = past_of(held);
    let (old, new): (Vec<usize>, Vec<usize>) =
        (0..held.len()).partition(|&n| held[n].height() < past.height);
    for n in old.into_iter().chain(new) {
        let one = &held[n];
        let Some(said) = said_of(one, &past) else { continue };
        let known = |id: &StatementId| {
            let at = held.iter().position(|other| other.id() == *id);
            at.and_then(|at| numbers[at])
        };
        let rank = order.binary_search(&(one.depth(), one.id())).unwrap();
        let cred = one.cred().map(|cred| known(&cred));
        let act = act_of(one, cast, known);
        // a grant that is not here gives no right
        let has_cred = cred != Some(None);
        let mut act = Fact { cred: cred.flatten(), order: u32::try_from(rank).unwrap(), ..act };
        if said.is_some() {
            act = Fact { said, prev: 0, names: 0, ..act };
        }
        let number = u8::try_from(facts.len()).unwrap();
        let entered = has_cred && facts.push(act);
        numbers[n] = entered.then_some(number);
    }
    (facts, numbers)
}

/// The checkpoint that counts, as far as the statements show: its height, and what it says.
#[derive(Default)]
struct Past {
    height: u32,
    says: BTreeMap<StatementId, Worth>,
}

fn past_of(held: &[Statement]) -> Past {
    let find = |id: &StatementId| held.iter().find(|one| one.id() == *id);
    let mut all: Vec<&Statement> = held.iter().collect();
    all.sort_unstable_by_key(|one| core::cmp::Reverse((one.height(), one.id())));
    let says = |one: &&Statement| -> Option<Past> {
        let Body::Checkpoint { parts, .. } = one.body() else { return None };
        let mut says = BTreeMap::new();
        for part in parts {
            match find(part).filter(|part| part.height() == one.height())?.body() {
                Body::Survivors(named) => says.extend(named.iter().map(|it| (it.id, it.worth))),
                _ => return None,
            }
        }
        let is_whole = says.keys().all(|id| find(id).is_some());
        is_whole.then_some(Past { height: one.height(), says })
    };
    all.iter().find_map(says).unwrap_or_default()
}

/// What is said of a statement: nothing of one signed since. None if it is void, or if nobody here
/// knows the checkpoint that it was signed under, or if it is of a checkpoint itself.
#[expect(clippy::option_option, reason = "it has no place, or it has and nothing is said of it")]
fn said_of(one: &Statement, past: &Past) -> Option<Option<Said>> {
    if matches!(one.body(), Body::Checkpoint { .. } | Body::Survivors(_)) {
        return None;
    }
    if one.height() >= past.height {
        return (one.height() == past.height).then_some(None);
    }
    let said = match past.says.get(&one.id())? {
        Worth::Full => Said::Full,
        Worth::Demoted => Said::Lowered,
        Worth::Removed => Said::Out,
        Worth::GivenUp => Said::Left,
        Worth::Dead => Said::Dead,
    };
    let has_left = || one.cred().and_then(|cred| past.says.get(&cred)) == Some(&Worth::GivenUp);
    let can_be_kept = match one.body() {
        Body::Grant(_) => true,
        Body::Resign { .. } => has_left(),
        _ => false,
    };
    Some(Some(if can_be_kept { said } else { Said::Dead }))
}

fn act_of(one: &Statement, cast: &Cast, known: impl Fn(&StatementId) -> Option<u8>) -> Fact {
    let peer = |peer: PeerId| u8::try_from(cast.number(peer)).unwrap();
    let mask = |ids: &[StatementId]| {
        ids.iter().filter_map(&known).fold(0, |mask: Mask, one| mask | bit(one))
    };
    let author = peer(one.author());
    let fact = Fact {
        author,
        cred: None,
        subject: author,
        deed: Deed::Resign,
        prev: mask(one.lists().prev()),
        names: mask(one.lists().cites()),
        from: 0,
        until: 0,
        order: 0,
        said: None,
    };
    match one.body() {
        Body::Grant(grant) => Fact {
            subject: peer(grant.subject),
            deed: Deed::Grant(rank(grant.role)),
            from: grant.window.from.as_millis(),
            until: grant.window.until.as_millis(),
            ..fact
        },
        Body::Remove { subject, cut } => {
            Fact { subject: peer(*subject), deed: Deed::Remove, names: mask(cut), ..fact }
        }
        Body::Demote { subject, to, cut } => {
            let deed = Deed::Demote(rank(*to));
            Fact { subject: peer(*subject), deed, names: mask(cut), ..fact }
        }
        Body::Resign { .. } => fact,
        _ => panic!("nobody sets properties or makes checkpoints here"),
    }
}

fn rank(role: Role) -> Rank {
    match role {
        Role::Member => Rank::Member,
        Role::Inviter => Rank::Inviter,
        Role::Admin => Rank::Admin,
    }
}
