//! Sets with checkpoints, each judged three times: by the evaluator, by the recursive oracle, and
//! as a fixed point. The two oracles read the checkpoint themselves and share no line of code with
//! the evaluator, nor with each other.
//!
//! At random: a group, a checkpoint of what one replica knows, sometimes another one of what
//! another replica knows, at the same height or above, and more statements signed under the one or
//! the other. Some manifests are wrong: a creator may sign any. And every history of a small group
//! (see [`histories`]) of up to two further statements, of which each was signed before the
//! checkpoint and known to the creator, or before it and not known, or since.

use std::println;

use super::super::oracle::Oracle;
use super::super::random::{Care, Rng, World};
use super::sets::facts_of;
use super::*;
use crate::authority::InUse;
use crate::checkpoint::{Survivor, Worth, parts};

/// Statements in a random set at first, and signed since each checkpoint.
const BEFORE: usize = 22;
const SINCE: usize = 14;

#[test]
fn the_evaluator_agrees_with_two_oracles_on_random_sets_with_checkpoints() {
    let judged: Judged = judge_sets(4_000);
    assert!(judged.live > 20_000 && judged.dead > 15_000, "{judged:?}");
    assert!(judged.void > 20_000 && judged.ended > 1_000, "{judged:?}");
    assert!(judged.bounded > 50 && judged.unmade > 100, "{judged:?}");
}

#[test]
#[ignore = "takes minutes"]
fn the_evaluator_agrees_with_two_oracles_on_a_million_random_sets_with_checkpoints() {
    let judged: Judged = judge_sets(1_000_000);
    assert_eq!(judged.sets, 1_000_000);
}

#[test]
fn every_reduced_history_of_two_statements_more_keeps_the_rule_over_a_checkpoint() {
    let kept = walk_kept(2, Reduced::Yes);
    assert_eq!(kept.histories, 1 + 99 + 7_555);
    assert!(kept.sets > 30_000 && kept.lost > 3_000, "{kept:?}");
}

#[test]
#[ignore = "takes minutes"]
fn every_history_of_two_statements_more_keeps_the_rule_over_a_checkpoint() {
    let kept = walk_kept(2, Reduced::No);
    assert_eq!(kept.histories, 1 + 286 + 69_990);
}

#[derive(Debug, Default)]
struct Judged {
    sets: u64,
    statements: u64,
    live: u64,
    dead: u64,
    /// Those signed before the checkpoint that counts and not kept.
    void: u64,
    /// Grants that are kept and worth less than they say.
    ended: u64,
    /// Sets in which the bound ends something.
    bounded: u64,
    /// Sets in which a checkpoint does not count, because it is not shown whole.
    unmade: u64,
}

impl Judge for Judged {
    fn add(&mut self, other: &Self) {
        self.sets += other.sets;
        self.statements += other.statements;
        self.live += other.live;
        self.dead += other.dead;
        self.void += other.void;
        self.ended += other.ended;
        self.bounded += other.bounded;
        self.unmade += other.unmade;
    }

    fn judge(&mut self, cast: &Cast, seed: u64) {
        let mut rng = Rng::new(seed ^ 0xC8EC_0000_0000);
        let mut world = World::random(cast, seed ^ 0x4B1D_0000_0000, BEFORE);
        world.bound = 1 + usize::try_from(seed % 4).unwrap();
        let mut made = checkpoint(&world, &[], 1, &mut rng);
        if rng.one_in(2) {
            let is_beside = rng.one_in(2);
            since(&mut world, usize::from(!is_beside), &mut rng);
            let (known, height) = if is_beside { (&[][..], 1) } else { (&made[..], 2) };
            let next = checkpoint(&world, known, height, &mut rng);
            made.extend(next);
        }
        let height = made.iter().map(Statement::height).max().unwrap();
        since(&mut world, usize::try_from(height).unwrap(), &mut rng);
        if rng.one_in(16) {
            made.remove(rng.below(made.len()));
            self.unmade += 1;
        }
        let mut held = made;
        held.extend(world.held());
        self.sets += 1;
        self.statements += held.len() as u64;
        let authority = arrived(&world, &held, &mut rng);
        let judgement = agree(cast, &held, &authority, world.bound, &seed);
        self.live += judgement.live;
        self.dead += judgement.dead;
        self.bounded += u64::from(judgement.is_bounded);
        let is_void = |one: &&Statement| one.height() < authority.height();
        self.void += held.iter().filter(is_void).count() as u64;
        let kept = authority.set.entries().filter_map(|(_, entry)| entry.worth());
        self.ended += kept.filter(|worth| *worth != Worth::Full).count() as u64;
    }
}

/// Lets everybody sign under the checkpoint of this height, if it was made, or go on below it.
fn since(world: &mut World<'_>, height: usize, rng: &mut Rng) {
    for _ in 0..SINCE {
        let under = if rng.one_in(5) { rng.below(height + 1) } else { height };
        world.height = u32::try_from(under).unwrap();
        world.sign_any(rng, None, Care::None);
    }
}

/// A checkpoint by a replica at the one before that lacks some of what is shown; now and then a
/// wrong one, which keeps no statement without its chain.
fn checkpoint(
    world: &World<'_>,
    before: &[Statement],
    height: u32,
    rng: &mut Rng,
) -> Vec<Statement> {
    let lacks = 1 + rng.below(8);
    let mut known = world.held();
    known.retain(|one| one.height() < height && (lacks > 4 || !rng.one_in(4 * lacks)));
    let authority = world.authority_of([before, &known].concat());
    let in_use = if rng.one_in(2) { all_in_use(&authority) } else { InUse::default() };
    let mut survivors = authority.survivors(NOW, &in_use);
    if rng.one_in(4) {
        for survivor in &mut survivors {
            if rng.one_in(3) {
                survivor.worth = WORTHS[rng.below(WORTHS.len())];
            }
        }
        survivors.retain(|_| !rng.one_in(8));
        let worth = |rng: &mut Rng| WORTHS[rng.below(WORTHS.len())];
        // of another checkpoint nothing: this one would wait for it
        for id in authority.statements().filter(|one| !is_of_checkpoint(one)).map(Statement::id) {
            let worth = worth(rng);
            if rng.one_in(6) && survivors.iter().all(|it| it.id != id) {
                survivors.push(Survivor { id, worth, begins: false });
            }
        }
        let mut count = usize::MAX;
        while count != survivors.len() {
            count = survivors.len();
            let kept: Vec<StatementId> = survivors.iter().map(|survivor| survivor.id).collect();
            let cred = |survivor: &Survivor| authority.statement(&survivor.id)?.cred();
            survivors.retain(|survivor| cred(survivor).is_none_or(|cred| kept.contains(&cred)));
        }
        survivors.sort_unstable_by_key(|survivor| survivor.id);
    }
    signed(world.cast, height, &survivors, rng.below(3) + 1)
}

fn is_of_checkpoint(one: &Statement) -> bool {
    matches!(one.body(), Body::Checkpoint { .. } | Body::Survivors(_))
}

/// Records that hang on every tenure, so that grants are kept though they have ended.
fn all_in_use(authority: &Authority) -> InUse {
    let grants = authority.statements().filter(|one| one.grant().is_some());
    InUse { tenures: grants.map(Statement::id).collect(), ..InUse::default() }
}

const WORTHS: [Worth; 5] =
    [Worth::Full, Worth::Demoted, Worth::Removed, Worth::GivenUp, Worth::Dead];

fn signed(cast: &Cast, height: u32, survivors: &[Survivor], count: usize) -> Vec<Statement> {
    let length = survivors.len().div_ceil(count).max(1);
    let parts = survivors.chunks(length).flat_map(|part| parts(part).unwrap());
    let say = |body| cast.unsigned_at(height, 0, None, act(1, &[], &[], body));
    let mut made: Vec<Statement> = parts.map(|part| say(Body::Survivors(part))).collect();
    let parts = made.iter().map(Statement::id).collect();
    made.push(say(Body::Checkpoint { at: NOW, parts }));
    made
}

/// A replica to which everything was offered, in an order of chance, until nothing more enters.
fn arrived(world: &World<'_>, held: &[Statement], rng: &mut Rng) -> Authority {
    let mut authority = world.cast.authority();
    authority.bound = world.bound;
    let mut all = held.to_vec();
    let mut has_changed = true;
    while has_changed {
        has_changed = false;
        for at in (1..all.len()).rev() {
            all.swap(at, rng.below(at + 1));
        }
        for one in &all {
            has_changed |= authority.insert(one.clone()) == Ok(Inserted::New);
            if rng.one_in(6) {
                authority.evaluate();
            }
        }
    }
    authority.evaluate();
    authority
}

struct Judgement {
    live: u64,
    dead: u64,
    is_bounded: bool,
}

/// Whether all three judge the same to live, and everybody's role alike.
fn agree(
    cast: &Cast,
    held: &[Statement],
    authority: &Authority,
    bound: usize,
    what: &dyn core::fmt::Debug,
) -> Judgement {
    let (facts, numbers) = facts_of(held, cast, bound);
    let model = facts.solve();
    let mut oracle = Oracle::new(held, authority.creator(), bound);
    let (mut live, mut dead) = (0, 0);
    for (n, one) in held.iter().enumerate() {
        let lives = authority.is_live(&one.id());
        assert_eq!(lives, oracle.live(n), "{what:?}: {one:?}");
        if !is_of_checkpoint(one) {
            let in_model = numbers[n].is_some_and(|number| model.live & bit(number) != 0);
            assert_eq!(lives, in_model, "{what:?}: {one:?}");
        }
        *(if lives { &mut live } else { &mut dead }) += 1;
    }
    for (number, &peer) in (0..).zip(&cast.peers) {
        let role = authority.role(peer, NOW);
        assert_eq!(role, oracle.role(peer), "{what:?}: {peer}");
        let found = facts.role(number, NOW.as_millis(), &model).map(super::role);
        assert_eq!(role, found, "{what:?}: {peer}");
    }
    Judgement { live, dead, is_bounded: model.is_bounded() }
}

/// When a further statement was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Before the checkpoint, and its creator knew it.
    Known,
    /// Before it, and it did not.
    Hidden,
    Since,
}

#[derive(Debug, Default)]
struct Kept {
    histories: u64,
    sets: u64,
    /// Sets in which the checkpoint voids something that was signed.
    lost: u64,
}

fn walk_kept(length: usize, reduced: Reduced) -> Kept {
    let walkers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all = Kept::default();
    std::thread::scope(|scope| {
        let walks: Vec<_> = (0..walkers)
            .map(|share| {
                scope.spawn(move || {
                    let cast = Cast::new(PEERS);
                    let mut kept = Kept::default();
                    let walk = Walk { length, reduced, share: (share, walkers) };
                    walk.run(|facts| kept.check(&cast, facts));
                    kept
                })
            })
            .collect();
        for walk in walks {
            let Kept { histories, sets, lost } = walk.join().unwrap();
            all.histories += histories;
            all.sets += sets;
            all.lost += lost;
        }
    });
    println!("up to {length} further statements and a checkpoint, reduced: {reduced:?}: {all:?}");
    all
}

impl Kept {
    fn check(&mut self, cast: &Cast, facts: &Facts) {
        self.histories += 1;
        let further = facts.len() - FOUNDING;
        for code in 0..3_usize.pow(u32::try_from(further).unwrap()) {
            let whens = (0..further).scan(code, |rest, _| {
                let when = [When::Known, When::Hidden, When::Since][*rest % 3];
                *rest /= 3;
                Some(when)
            });
            let whens: Vec<When> = [When::Known; FOUNDING].into_iter().chain(whens).collect();
            if can_be(facts, &whens) {
                self.check_set(cast, facts, &whens);
            }
        }
    }

    fn check_set(&mut self, cast: &Cast, facts: &Facts, whens: &[When]) {
        let mut made: Vec<Statement> = Vec::new();
        for (fact, when) in facts.all.iter().zip(whens) {
            let height = u32::from(*when == When::Since);
            let one = statement(cast, |one| &made[usize::from(one)], &fact.act, height);
            made.push(one);
        }
        let mut known = cast.authority();
        for (one, _) in made.iter().zip(whens).filter(|(_, when)| **when == When::Known) {
            assert_eq!(known.insert(one.clone()), Ok(Inserted::New), "{whens:?}: {facts:?}");
        }
        known.evaluate();
        for in_use in [InUse::default(), all_in_use(&known)] {
            let checkpoint = signed(cast, 1, &known.survivors(NOW, &in_use), 1);
            self.check_kept(cast, facts, whens, (&made, &known, &checkpoint));
        }
    }

    /// Whether all agree on what a checkpoint keeps, in three orders of arrival.
    fn check_kept(
        &mut self,
        cast: &Cast,
        facts: &Facts,
        whens: &[When],
        (made, known, checkpoint): (&[Statement], &Authority, &[Statement]),
    ) {
        let of = |wanted: &[When]| -> Vec<Statement> {
            let all = made.iter().zip(whens).filter(|(_, when)| wanted.contains(when));
            all.map(|(one, _)| one.clone()).collect()
        };
        let checkpoint = checkpoint.to_vec();
        let orders = [
            [of(&[When::Known, When::Hidden]), checkpoint.clone(), of(&[When::Since])],
            [of(&[When::Known]), checkpoint.clone(), of(&[When::Since, When::Hidden])],
            [checkpoint, of(&[When::Since, When::Known]), of(&[When::Hidden])],
        ];
        let mut live = Vec::new();
        for order in orders {
            let held = order.concat();
            let mut authority = cast.authority();
            while held.iter().any(|one| authority.insert(one.clone()) == Ok(Inserted::New)) {
                authority.evaluate();
            }
            authority.evaluate();
            let what = (whens, facts);
            agree(cast, &held, &authority, usize::MAX >> 40, &what);
            let mut ids: Vec<StatementId> = authority.statements().map(Statement::id).collect();
            ids.sort_unstable();
            live.push(ids);
            if !whens.contains(&When::Since) {
                for &peer in &cast.peers {
                    assert_eq!(authority.role(peer, NOW), known.role(peer, NOW), "{what:?}");
                }
            }
        }
        assert!(live.iter().all(|one| *one == live[0]), "{whens:?}: {facts:?}");
        self.sets += 1;
        let lost = made
            .iter()
            .zip(whens)
            .any(|(one, when)| *when != When::Since && live[0].binary_search(&one.id()).is_err());
        self.lost += u64::from(lost);
    }
}

/// Whether nobody signs anything before what it names, nor does the creator know what is signed
/// under a grant that it does not know.
fn can_be(facts: &Facts, whens: &[When]) -> bool {
    facts.all.iter().zip(whens).all(|(fact, when)| {
        let names_later = each(fact.act.depends())
            .any(|one| *when != When::Since && whens[usize::from(one)] == When::Since);
        let is_orphan = fact
            .act
            .cred
            .is_some_and(|cred| *when == When::Known && whens[usize::from(cred)] == When::Hidden);
        !names_later && !is_orphan
    })
}
