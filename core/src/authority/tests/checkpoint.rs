//! Checkpoints: what survives is worth what it was, and nothing else comes back.

use super::random::{Care, Form, Rng, World};
use super::why::why;
use super::*;
use crate::authority::InUse;
use crate::checkpoint::{Survivor, Worth, parts};
use Role::{Admin, Inviter, Member};

const CASES: u64 = 400;

/// The checkpoint of a replica that the creator makes now, and its parts.
pub(super) fn checkpoint_of(cast: &Cast, authority: &Authority, height: u32) -> Vec<Statement> {
    let survivors = authority.survivors(NOW, &InUse::default());
    checkpoint(cast, height, &survivors, NOW)
}

pub(super) fn checkpoint(
    cast: &Cast,
    height: u32,
    survivors: &[Survivor],
    at: UnixTime,
) -> Vec<Statement> {
    let mut statements: Vec<Statement> = parts(survivors)
        .unwrap()
        .into_iter()
        .map(|part| cast.signed_at(height, 0, None, act(1, &[], &[], Body::Survivors(part))))
        .collect();
    let parts = statements.iter().map(Statement::id).collect();
    let body = Body::Checkpoint { at, parts };
    statements.push(cast.signed_at(height, 0, None, act(1, &[], &[], body)));
    statements
}

/// Inserts until nothing more finds its place, in an order of chance.
fn insert_all(authority: &mut Authority, mut all: Vec<Statement>, rng: &mut Rng) {
    let mut before = usize::MAX;
    while before != all.len() {
        before = all.len();
        for at in (1..all.len()).rev() {
            all.swap(at, rng.below(at + 1));
        }
        all.retain(|one| {
            if rng.one_in(8) {
                authority.evaluate();
            }
            authority.insert(one.clone()) == Ok(Inserted::Orphan)
        });
    }
    authority.evaluate();
}

fn put_all(stage: &mut Stage, statements: &[Statement]) {
    for statement in statements {
        stage.put(statement);
    }
}

fn roles(cast: &Cast, authority: &Authority) -> Vec<Option<Role>> {
    cast.peers.iter().map(|&peer| authority.role(peer, NOW)).collect()
}

fn outcome(world: &World<'_>, authority: &Authority) -> (Vec<Option<Role>>, Vec<StatementId>) {
    let roles = roles(world.cast, authority);
    let live = authority.statements().map(Statement::id).filter(|id| authority.is_live(id));
    let mut live: Vec<StatementId> = live.collect();
    live.sort_unstable();
    (roles, live)
}

fn held(authority: &Authority) -> Vec<StatementId> {
    let mut ids: Vec<StatementId> = authority.statements().map(Statement::id).collect();
    ids.sort_unstable();
    ids
}

fn each_world(mut check: impl FnMut(World<'_>, &mut Rng, u64)) {
    let cast = Cast::new(12);
    for seed in 1..=CASES {
        check(World::random(&cast, seed, 35), &mut Rng::new(seed ^ 0xC4EC), seed);
    }
}

#[test]
fn a_checkpoint_changes_no_role_and_no_tenure() {
    each_world(|world, _, seed| {
        let mut authority = world.authority();
        let (roles, _) = outcome(&world, &authority);
        let grants: Vec<StatementId> =
            authority.survivors(NOW, &InUse::default()).iter().map(|one| one.id).collect();
        let tenures = |authority: &Authority| -> Vec<_> {
            let grants = grants.iter().filter(|id| authority.statement(id).is_some());
            grants.map(|id| authority.tenure_of(id)).collect()
        };
        let before = tenures(&authority);
        let size = authority.len();
        let checkpoint = checkpoint_of(world.cast, &authority, 1);
        for statement in &checkpoint {
            assert_eq!(authority.insert(statement.clone()), Ok(Inserted::New));
        }
        authority.evaluate();
        assert_eq!(outcome(&world, &authority).0, roles, "seed {seed}");
        assert_eq!(tenures(&authority), before, "seed {seed}");
        let gone = authority.take_void();
        assert_eq!(authority.len() + gone.len(), size + checkpoint.len(), "seed {seed}");
        assert!(gone.iter().all(|void| !void.mattered), "seed {seed}: its creator knew everything");
        let again = authority.survivors(NOW, &InUse::default());
        assert_eq!(again.len(), grants.len(), "seed {seed}: nothing more falls the next time");
    });
}

/// All that anybody signs in a world with a checkpoint in the midst, shown or not.
pub(super) fn with_checkpoint(world: &mut World<'_>, rng: &mut Rng) -> Vec<Statement> {
    let mut authority = world.authority();
    let checkpoint = checkpoint_of(world.cast, &authority, 1);
    for statement in &checkpoint {
        authority.insert(statement.clone()).unwrap();
    }
    world.height = 1;
    for _ in 0..30 {
        world.sign_any(rng, None, Care::None);
    }
    world.signed.iter().map(|(one, _)| one.clone()).chain(checkpoint).collect()
}

#[test]
fn roles_after_a_checkpoint_do_not_depend_on_the_order_of_arrival() {
    each_world(|mut world, rng, seed| {
        let all = with_checkpoint(&mut world, rng);
        let mut outcomes = (0..4).map(|_| {
            let mut authority = Authority { bound: 6, ..world.cast.authority() };
            insert_all(&mut authority, all.clone(), rng);
            (held(&authority), outcome(&world, &authority))
        });
        let first = outcomes.next().unwrap();
        assert!(outcomes.all(|other| other == first), "seed {seed}");
    });
}

#[test]
fn who_comes_after_a_checkpoint_needs_nothing_of_what_is_void() {
    each_world(|mut world, rng, seed| {
        let all = with_checkpoint(&mut world, rng);
        let mut one = Authority { bound: 6, ..world.cast.authority() };
        insert_all(&mut one, all.clone(), rng);
        let mut newcomer = Authority { bound: 6, ..world.cast.authority() };
        let needed = one.statements().cloned().collect();
        insert_all(&mut newcomer, needed, rng);
        assert_eq!(outcome(&world, &newcomer), outcome(&world, &one), "seed {seed}");
        insert_all(&mut newcomer, all, rng);
        assert_eq!(held(&newcomer), held(&one), "seed {seed}: nothing void comes in");
    });
}

#[test]
fn what_was_withheld_until_a_checkpoint_changes_nothing_any_more() {
    each_world(|world, _, seed| {
        let mut authority = world.authority();
        for statement in checkpoint_of(world.cast, &authority, 1) {
            authority.insert(statement).unwrap();
        }
        authority.evaluate();
        let before = outcome(&world, &authority);
        for (one, form) in &world.signed {
            if *form == Form::Withheld {
                assert_eq!(authority.insert(one.clone()), Ok(Inserted::Void), "seed {seed}");
            }
        }
        authority.evaluate();
        assert_eq!(outcome(&world, &authority), before, "seed {seed}");
    });
}

#[test]
fn nobody_who_was_removed_before_a_checkpoint_acts_after_it() {
    each_world(|mut world, rng, seed| {
        let mut authority = world.authority();
        let removed: Vec<usize> = (1..world.peers)
            .filter(|&peer| authority.role(world.cast.peers[peer], NOW).is_none())
            .collect();
        for statement in checkpoint_of(world.cast, &authority, 1) {
            authority.insert(statement).unwrap();
        }
        authority.evaluate();
        let before = outcome(&world, &authority).0;
        world.height = 1;
        let first = world.signed.len();
        for _ in 0..20 {
            if !removed.is_empty() {
                world.sign_any(rng, Some(&removed), Care::None);
            }
        }
        let new: Vec<Statement> = world.signed[first..].iter().map(|one| one.0.clone()).collect();
        insert_all(&mut authority, new, rng);
        assert_eq!(outcome(&world, &authority).0, before, "seed {seed}");
    });
}

/// A stage at its first checkpoint.
pub(super) fn go_on(stage: &mut Stage) -> Vec<Statement> {
    let statements = checkpoint_of(&stage.cast, &stage.authority, stage.authority.height() + 1);
    for statement in &statements {
        stage.put(statement);
    }
    statements
}

#[test]
fn a_removal_after_a_checkpoint_pins_what_survived_it() {
    for cascade in [false, true] {
        let mut stage = Stage::new();
        let admin = stage.grant(0, None, 1, Admin);
        for member in 2..8 {
            stage.grant(1, Some(admin), member, Member);
        }
        // what lay between is gone
        stage.remove(0, None, 4, &[]);
        stage.remove(1, Some(admin), 6, &[]);
        go_on(&mut stage);
        assert_eq!(stage.authority.take_void().len(), 4);
        stage.grant(1, Some(admin), 8, Member);
        let cut = stage.authority.cut(stage.peer(1));
        assert_eq!(cut.lost, vec![]);
        assert_eq!(cut.heads.len(), 1, "one line");
        let heads = if cascade { vec![] } else { cut.heads };
        stage.remove(0, None, 1, &heads);
        let expected = |member| (!cascade && ![4, 6].contains(&member)).then_some(Member);
        assert_eq!(stage.role(1), None);
        for member in 2..9 {
            assert_eq!(stage.role(member), expected(member), "{member}");
        }
    }
}

#[test]
fn who_was_removed_can_be_taken_in_again_and_who_was_demoted_stays_so() {
    let mut stage = Stage::new();
    let senior = stage.grant(0, None, 1, Admin);
    let junior = stage.grant(1, Some(senior), 2, Admin);
    stage.grant(2, Some(junior), 3, Member);
    let cut = stage.authority.cut(stage.peer(2)).heads;
    stage.say(1, Some(senior), stage.cast.demote(2, Member, &cut));
    let gone = stage.grant(0, None, 4, Admin);
    let kept = stage.grant(4, Some(gone), 5, Inviter);
    stage.remove(0, None, 4, &[kept]);
    // why is asked too, and each answer checked
    let roles = |stage: &Stage| [1, 2, 3, 4, 5].map(|peer| why(stage, peer).role);
    let before = [Some(Admin), Some(Member), Some(Member), None, Some(Inviter)];
    assert_eq!(roles(&stage), before);
    go_on(&mut stage);
    assert_eq!(roles(&stage), before);
    // under what they held before nobody gives anything
    stage.grant(2, Some(junior), 6, Member);
    stage.grant(4, Some(gone), 7, Member);
    assert_eq!([stage.role(6), stage.role(7)], [None, None]);
    let again = stage.grant(1, Some(senior), 4, Admin);
    stage.grant(4, Some(again), 7, Member);
    assert_eq!([stage.role(4), stage.role(7)], [Some(Admin), Some(Member)]);
    go_on(&mut stage);
    assert_eq!([stage.role(4), stage.role(7), stage.role(6)], [Some(Admin), Some(Member), None]);
}

#[test]
fn of_two_checkpoints_of_one_height_the_same_counts_everywhere() {
    let cast = Cast::new(4);
    let mut one = cast.authority();
    for subject in [1, 2, 3] {
        let body = cast.grant(subject, Member);
        one.insert(cast.unsigned(0, None, act(1, &[], &[], body))).unwrap();
    }
    one.evaluate();
    let survivors = one.survivors(NOW, &InUse::default());
    let first = checkpoint(&cast, 1, &survivors[..2], NOW);
    let second = checkpoint(&cast, 1, &survivors[1..], NOW);
    let mut outcomes = Vec::new();
    for order in [[&first, &second], [&second, &first]] {
        let mut authority = cast.authority();
        insert_all(&mut authority, one.statements().cloned().collect(), &mut Rng::new(1));
        // what one lets fall the other may name: it is shown again
        for statements in order {
            insert_all(&mut authority, statements.clone(), &mut Rng::new(2));
            insert_all(&mut authority, one.statements().cloned().collect(), &mut Rng::new(3));
        }
        outcomes.push((held(&authority), roles(&cast, &authority)));
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0].1.iter().flatten().count(), 1 + 2);
}

#[test]
fn a_statement_of_a_checkpoint_that_nobody_made_has_no_place() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let ahead =
        stage.cast.signed_at(7, 1, Some(admin), act(1, &[], &[], stage.cast.grant(2, Member)));
    assert_eq!(stage.authority.insert(ahead.clone()), Ok(Inserted::Orphan));
    stage.authority.trust(7);
    assert_eq!(
        stage.authority.insert(ahead),
        Ok(Inserted::New),
        "a newcomer takes its chain's word"
    );
}

#[test]
fn a_checkpoint_counts_once_all_of_its_parts_are_here() {
    let mut stage = Stage::new();
    let member = stage.grant(0, None, 1, Member);
    stage.grant(0, None, 2, Member);
    let survivors = [Survivor { id: member, worth: Worth::Full, begins: true }];
    let statements = checkpoint(&stage.cast, 3, &survivors, NOW);
    stage.put(&statements[1]);
    assert_eq!((stage.authority.height(), stage.role(2)), (0, Some(Member)));
    stage.put(&statements[0]);
    assert_eq!((stage.authority.height(), stage.role(2)), (3, None));
    let void = stage.authority.take_void();
    assert!(void.iter().all(|void| void.mattered), "a grant in force is lost");
    assert_eq!(void.len(), 1);
}

#[test]
fn a_part_of_another_height_is_none_of_a_checkpoints() {
    for part_first in [true, false] {
        let mut stage = Stage::new();
        let member = stage.grant(0, None, 1, Member);
        stage.grant(0, None, 2, Member);
        let survivors = [Survivor { id: member, worth: Worth::Full, begins: true }];
        let [part, _] = checkpoint(&stage.cast, 2, &survivors, NOW).try_into().unwrap();
        let body = Body::Checkpoint { at: NOW, parts: vec![part.id()] };
        let lower = stage.cast.signed_at(1, 0, None, act(1, &[], &[], body));
        put_all(&mut stage, &if part_first { [part, lower] } else { [lower, part] });
        assert_eq!((stage.authority.height(), stage.role(2)), (0, Some(Member)), "{part_first}");
    }
}

#[test]
fn a_checkpoint_that_names_a_statement_without_its_grant_never_counts() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    let member = stage.grant(1, Some(admin), 2, Member);
    let survivor = |id| Survivor { id, worth: Worth::Full, begins: true };
    let made = checkpoint(&stage.cast, 1, &[survivor(member)], NOW);
    put_all(&mut stage, &made);
    assert_eq!((stage.authority.height(), stage.role(2)), (0, Some(Member)));
    let mut both = [survivor(admin), survivor(member)];
    both.sort_unstable_by_key(|survivor| survivor.id);
    let made = checkpoint(&stage.cast, 1, &both, NOW);
    put_all(&mut stage, &made);
    assert_eq!((stage.authority.height(), stage.role(2)), (1, Some(Member)));
}

#[test]
fn a_checkpoint_counts_below_any_number_of_such_as_never_will() {
    let mut stage = Stage::new();
    let member = stage.grant(0, None, 1, Member);
    stage.grant(0, None, 2, Member);
    let shown_to_nobody =
        stage.cast.signed_at(0, 0, None, act(9, &[], &[], stage.cast.grant(3, Member)));
    let survivor = |id| [Survivor { id, worth: Worth::Full, begins: true }];
    for height in 2..20 {
        let named = survivor(shown_to_nobody.id());
        let made = checkpoint(&stage.cast, height, &named, NOW);
        put_all(&mut stage, &made);
    }
    assert_eq!((stage.authority.height(), stage.role(2)), (0, Some(Member)));
    let made = checkpoint(&stage.cast, 1, &survivor(member), NOW);
    put_all(&mut stage, &made);
    assert_eq!((stage.authority.height(), stage.role(2)), (1, None));
    stage.put(&shown_to_nobody);
    assert_eq!((stage.authority.height(), stage.role(3)), (19, Some(Member)));
}

#[test]
fn a_group_that_goes_on_from_time_to_time_stays_small() {
    let mut stage = Stage::new();
    let admin = stage.grant(0, None, 1, Admin);
    for _ in 0..40 {
        for _ in 0..10 {
            let member = stage.grant(1, Some(admin), 2, Member);
            stage.say(2, Some(member), resign());
            stage.grant(0, None, 3, Member);
            let removal = stage.say(0, None, stage.cast.remove(3, &[]));
            stage.say_citing(0, None, &[removal], stage.cast.grant(3, Member));
            stage.say(0, None, stage.cast.remove(3, &[]));
        }
        go_on(&mut stage);
        assert!(stage.authority.len() <= 3, "{}", stage.authority.len());
        assert_eq!([stage.role(1), stage.role(2), stage.role(3)], [Some(Admin), None, None]);
    }
}
