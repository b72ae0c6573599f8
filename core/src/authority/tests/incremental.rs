//! Statements that come one by one, in any order: what is found step by step is what a whole
//! evaluation finds, and what the recursive oracle finds.

use super::batch::{self, Wholeness};
use super::oracle::Oracle;
use super::random::{Form, Rng, World};
use super::*;
use crate::authority::set::Set;

const WORLDS: u64 = 6_000;

/// All that a world shows, some of it first with its lists as a hash, in a random order; what is
/// signed under a grant more often after it than not.
fn arrivals(world: &World<'_>, rng: &mut Rng) -> Vec<Statement> {
    let mut all = world.held();
    let count = all.len();
    for at in 0..count {
        if rng.one_in(3) {
            all.push(World::in_form(&all[at], Form::Short));
        }
    }
    let reach = if rng.one_in(2) { all.len() } else { 5 };
    for at in (1..all.len()).rev() {
        all.swap(at, at - rng.below(reach.min(at + 1)));
    }
    all
}

/// A world of which one peer resigned more often than is kept.
fn with_resigns<'a>(world: &World<'a>, rng: &mut Rng) -> World<'a> {
    let mut world = world.clone();
    let peer = 1 + rng.below(world.peers - 1);
    let Some(&cred) = world.grants_to(peer).first() else { return world };
    for n in 0..26 {
        let own = world.ids_by(peer);
        let links = if rng.one_in(2) { rng.below(3) } else { 0 };
        let prev: Vec<_> =
            (0..links).filter(|_| !own.is_empty()).map(|_| own[rng.below(own.len())]).collect();
        let depth = 1 + u32::try_from(rng.below(40)).unwrap();
        let body = if rng.one_in(8) {
            world.cast.grant_in(11, Role::Member, 6 + n % 5)
        } else {
            resign_at(n)
        };
        world.sign(peer, Some(cred), act(depth, &prev, &[], body), Form::Full);
    }
    world
}

/// A world in which the creator renewed grants, some over removals.
fn with_renewals<'a>(world: &World<'a>, rng: &mut Rng) -> World<'a> {
    let mut world = world.clone();
    for until in 6..=13 {
        let subject = 1 + rng.below(2.min(world.peers - 1));
        let grants = world.grants_to(if rng.one_in(9) { 1 } else { subject });
        let removals = world.removals_of(subject);
        let window = Window { from: UnixTime::default(), until: UnixTime::from_millis(until) };
        let continues = (!grants.is_empty()).then(|| grants[rng.below(grants.len())]);
        let subject = world.cast.peers[subject];
        let body = Body::Grant(Grant { subject, role: Role::Member, window, continues });
        let few = if rng.one_in(4) { removals.len().min(1) } else { 0 };
        world.sign(0, None, act(1, &[], &removals[..few], body), Form::Full);
    }
    world
}

/// The statements held, each after what it names.
fn held(world: &World<'_>, authority: &Authority) -> Vec<Statement> {
    let all = world.signed.iter().map(|(one, _)| one.id());
    all.filter_map(|id| authority.statement(&id)).cloned().collect()
}

fn check(world: &World<'_>, authority: &Authority, seed: u64) {
    let expected = batch::evaluate(&authority.set, authority.bound);
    for (slot, entry) in authority.set.entries() {
        let found = batch::found(authority, slot);
        assert_eq!(found, expected[slot.index()], "seed {seed}: {slot:?} {:?}", entry.statement);
    }
    check_links(&authority.set, seed);
    assert_eq!(authority.tenures, batch::tenures(&authority.set), "seed {seed}");
    let mut anew = world.cast.authority();
    anew.bound = authority.bound;
    for one in authority.statements() {
        assert_eq!(anew.insert(one.clone()), Ok(Inserted::New), "seed {seed}");
    }
    anew.evaluate();
    let held = held(world, authority);
    let mut oracle = Oracle::new(&held, authority.creator(), authority.bound);
    for (n, one) in held.iter().enumerate() {
        assert_eq!(authority.is_live(&one.id()), oracle.live(n), "seed {seed}: {one:?}");
    }
    for &peer in &world.cast.peers {
        assert_eq!(authority.role(peer, NOW), oracle.role(peer), "seed {seed}: {peer}");
        assert_eq!(authority.membership(peer), anew.membership(peer), "seed {seed}: {peer}");
        assert_eq!(authority.cut(peer), anew.cut(peer), "seed {seed}: {peer}");
        for &issuer in &world.cast.peers {
            let cites = authority.removals_to_cite(peer, issuer);
            assert_eq!(cites, anew.removals_to_cite(peer, issuer), "seed {seed}: {peer}");
        }
    }
}

/// What the set keeps of how its statements hang together is what their lists say.
fn check_links(set: &Set, seed: u64) {
    let mut wholeness = Wholeness::new(set);
    let all: Vec<_> = set.entries().collect();
    for &(slot, entry) in &all {
        assert_eq!(set.is_whole(slot), wholeness.is_whole(slot), "seed {seed}: {slot:?}");
        let mut below = vec![slot];
        let mut at = 0;
        while let Some(entry) = below.get(at).and_then(|slot| set.entry(*slot)) {
            let prev = entry.statement.lists().prev().iter().filter_map(|id| set.find(id));
            let own = prev.filter(|(_, prev)| prev.author == entry.author);
            let new: Vec<_> = own.map(|(slot, _)| slot).filter(|s| !below.contains(s)).collect();
            below.extend(new);
            at += 1;
        }
        for &(other, _) in &all {
            let reaches = below.contains(&other);
            assert_eq!(set.reaches(slot, other), reaches, "seed {seed}: {slot:?} {other:?}");
        }
        let id = entry.statement.id();
        let mut own = all.iter().filter(|(_, other)| other.author == entry.author);
        let is_head = !own.any(|(_, other)| other.statement.lists().prev().contains(&id));
        let is_listed = set.file(entry.author).heads.contains(&entry.rank());
        assert_eq!(is_listed, is_head, "seed {seed}: {slot:?}");
    }
}

#[test]
fn statements_in_any_order_one_by_one_amount_to_what_they_do_at_once() {
    let cast = Cast::new(12);
    let (mut evaluations, mut unchanged, mut displaced, mut dead) = (0, 0, 0, 0);
    for seed in 1..=WORLDS {
        let mut rng = Rng::new(seed ^ 0x5EED);
        let mut world = World::random(&cast, seed, if seed % 8 == 0 { 90 } else { 40 });
        if seed % 5 == 0 {
            world = with_resigns(&world, &mut rng);
        }
        if seed % 3 == 0 {
            world = with_renewals(&world, &mut rng);
        }
        let mut authority = world.authority_of(Vec::new());
        let mut waiting = arrivals(&world, &mut rng);
        let pace = 1 + rng.below(6);
        for _ in 0..4 {
            for one in core::mem::take(&mut waiting) {
                match authority.insert(one.clone()) {
                    Ok(Inserted::Orphan) => waiting.push(one),
                    Ok(Inserted::InsteadOf(_)) => displaced += 1,
                    _ => {}
                }
                if rng.one_in(pace) {
                    let before: Vec<_> = cast.peers.iter().map(|&p| worth(&authority, p)).collect();
                    let Some(changes) = authority.evaluate() else { continue };
                    evaluations += 1;
                    for (&peer, before) in cast.peers.iter().zip(before) {
                        let same = worth(&authority, peer) == before;
                        assert!(same || changes.peers.contains(&peer), "seed {seed}: {peer}");
                        unchanged += usize::from(!changes.peers.contains(&peer));
                    }
                    if rng.one_in(3) {
                        check(&world, &authority, seed);
                    }
                }
            }
        }
        authority.evaluate();
        check(&world, &authority, seed);
        dead +=
            authority.len() - authority.statements().filter(|s| authority.is_live(&s.id())).count();
    }
    std::println!("{evaluations} evaluations, {unchanged} {displaced} {dead}");
    assert!(evaluations > 50_000 && unchanged > 100_000 && displaced > 500 && dead > 20_000);
}

/// What a peer's role and tenures come to.
fn worth(authority: &Authority, peer: PeerId) -> (Option<Membership>, Vec<Option<Tenure>>) {
    let grants = authority.set.file_of(&peer).into_iter().flat_map(|file| &file.grants);
    let ids = grants.filter_map(|&grant| authority.set.entry(grant)).map(|e| e.statement.id());
    (authority.membership(peer), ids.map(|id| authority.tenure(&id)).collect())
}
