//! What holds of every set, whoever signed what.

use super::oracle::Oracle;
use super::random::{Care, Form, Rng, World};
use super::*;

const CASES: u64 = 300;

/// Every peer's role and every live statement.
fn outcome(world: &World<'_>, authority: &Authority) -> (Vec<Option<Role>>, Vec<StatementId>) {
    let roles = world.cast.peers.iter().map(|&peer| authority.role(peer, NOW)).collect();
    let ids = world.signed.iter().map(|(one, _)| one.id());
    (roles, ids.filter(|id| authority.is_live(id)).collect())
}

fn each_world(mut check: impl FnMut(&World<'_>, &mut Rng, u64)) {
    let cast = Cast::new(12);
    for seed in 1..=CASES {
        let world = World::random(&cast, seed, 35);
        check(&world, &mut Rng::new(seed ^ 0xABCD), seed);
    }
}

/// Whoever has no grant left that a live removal does not hit.
fn removed(world: &World<'_>) -> Vec<usize> {
    let held = world.held();
    let authority = world.authority();
    let mut oracle = Oracle::new(&held, authority.creator(), authority.bound);
    let at = |id: &StatementId| held.iter().position(|one| one.id() == *id);
    let is_gone = |oracle: &mut Oracle<'_>, peer: usize| {
        let grants: Vec<usize> = world.grants_to(peer).iter().filter_map(at).collect();
        grants.into_iter().all(|grant| oracle.is_removed(grant))
    };
    (1..world.peers).filter(|&peer| is_gone(&mut oracle, peer)).collect()
}

#[test]
fn the_creator_is_immune() {
    each_world(|world, _, seed| {
        let authority = world.authority();
        let creator = authority.creator();
        assert_eq!(authority.role(creator, NOW), Some(Role::Admin));
        let mut own = authority.statements().filter(|one| one.author() == creator);
        assert!(own.all(|one| authority.is_live(&one.id())), "seed {seed}");
    });
}

#[test]
fn a01_what_removed_authors_withheld_or_sign_later_changes_nothing() {
    let mut tried = 0;
    each_world(|world, rng, seed| {
        let gone = removed(world);
        let before = outcome(world, &world.authority());
        for coalition in [gone.get(..1).unwrap_or_default(), &gone[..]] {
            if coalition.is_empty() {
                continue;
            }
            let mut later = world.clone();
            for _ in 0..14 {
                later.sign_any(rng, Some(coalition), Care::None);
            }
            for (one, form) in &mut later.signed {
                if coalition.contains(&world.cast.number(one.author())) {
                    *form = Form::Full;
                }
            }
            let after = outcome(&later, &later.authority());
            assert_eq!(before, after, "seed {seed}, {coalition:?}");
            tried += usize::from(later.signed.len() > world.signed.len());
        }
    });
    assert!(tried > 100, "{tried}");
}

#[test]
fn a_removed_author_displaces_nothing_by_flooding() {
    let mut tried = 0;
    each_world(|world, _, seed| {
        let Some(&peer) = removed(world).first() else { return };
        let Some(&cred) = world.grants_to(peer).first() else { return };
        let before = outcome(world, &world.authority());
        let mut later = world.clone();
        for until in 1..9 {
            let body = world.cast.grant_in(1 + peer % (world.peers - 1), Role::Member, until);
            later.sign(peer, Some(cred), act(1, &[], &[], body), Form::Full);
        }
        assert_eq!(before, outcome(&later, &later.authority()), "seed {seed}");
        tried += 1;
    });
    assert!(tried > 20, "{tried}");
}

#[test]
fn what_juniors_sign_changes_nothing_that_their_seniors_signed() {
    each_world(|world, rng, seed| {
        let before = world.authority();
        let least = 1 + rng.below(3);
        let mut later = world.clone();
        for _ in 0..16 {
            let old = later.signed.len();
            later.sign_any(rng, None, Care::WholeOnly);
            let Some((new, _)) = later.signed.get(old) else { continue };
            let signer = new.cred().map_or(0, |cred| number(&later.authority(), &cred));
            if signer < least {
                later.signed.pop();
            }
        }
        let after = later.authority();
        let new = later.signed.iter().skip(world.signed.len());
        let used: Vec<_> = new.filter_map(|(one, _)| one.cred()).collect();
        for one in before.statements() {
            let signer = one.cred().map_or(0, |cred| number(&before, &cred));
            let is_own = one.cred().is_some_and(|cred| used.contains(&cred));
            if signer <= least && !is_own {
                let id = one.id();
                assert_eq!(before.is_live(&id), after.is_live(&id), "seed {seed}: {one:?}");
            }
        }
    });
}

/// The standing of a grant's holder as a number.
fn number(authority: &Authority, grant: &StatementId) -> usize {
    match authority.standing_of(grant) {
        Standing::INFINITE => usize::MAX,
        _ => authority.chain(Some(grant)).len(),
    }
}

#[test]
fn a05_the_order_of_arrival_does_not_matter() {
    each_world(|world, rng, seed| {
        let before = outcome(world, &world.authority());
        let mut shuffled = world.held();
        // some come first with their lists as a hash
        let some = world.held().into_iter().filter(|_| rng.one_in(3));
        let short = some.map(|one| one.without_lists());
        shuffled.extend(short.collect::<Vec<_>>());
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, rng.below(at + 1));
        }
        let mut authority = world.authority_of(shuffled.clone());
        // an evaluation between two insertions leaves nothing behind
        let mut stepwise = world.authority_of(Vec::new());
        for one in authority.statements() {
            stepwise.insert(one.clone()).unwrap();
            stepwise.evaluate();
        }
        authority.evaluate();
        assert_eq!(before, outcome(world, &authority), "seed {seed}");
        assert_eq!(before, outcome(world, &stepwise), "seed {seed}");
    });
}

#[test]
fn a03_the_creator_restores_whom_it_will_by_citing_every_removal() {
    let mut tried = 0;
    each_world(|world, rng, seed| {
        let peer = 1 + rng.below(world.peers - 1);
        let removals = world.removals_of(peer);
        let body = world.cast.grant(peer, Role::Admin);
        let id = world.cast.peers[peer];
        let mut at_once = world.clone();
        at_once.sign_as_creator(&removals, body.clone());
        assert_eq!(at_once.authority().role(id, NOW), Some(Role::Admin), "seed {seed}");
        let mut by_two = world.clone();
        for cites in removals.chunks(2) {
            by_two.sign_as_creator(cites, body.clone());
        }
        if !removals.is_empty() {
            assert_eq!(by_two.authority().role(id, NOW), Some(Role::Admin), "seed {seed}");
            tried += 1;
        }
    });
    assert!(tried > 50, "{tried}");
}

#[test]
fn an_empty_cut_by_the_creator_is_as_if_the_peer_never_signed() {
    each_world(|world, rng, seed| {
        let peer = 1 + rng.below(world.peers - 1);
        let mut removed = world.clone();
        removed.sign_as_creator(&[], world.cast.remove(peer, &[]));
        let mut never = removed.clone();
        for (one, form) in &mut never.signed {
            if one.author() == world.cast.peers[peer] {
                *form = Form::Withheld;
            }
        }
        let after = outcome(&removed, &removed.authority());
        assert_eq!(after, outcome(&never, &never.authority()), "seed {seed}");
        assert_eq!(after.0[peer], None, "seed {seed}");
    });
}

#[test]
fn a_removal_that_pins_the_cut_changes_the_role_of_its_subject_alone() {
    let (mut whole, mut part) = (0, 0);
    each_world(|world, rng, seed| {
        let peer = 1 + rng.below(world.peers - 1);
        let mut world = world.clone();
        if rng.one_in(2) {
            world.signed.iter_mut().for_each(|(_, form)| *form = Form::Full);
        }
        let before = world.authority();
        let cut = before.cut(world.cast.peers[peer]);
        let mut later = world.clone();
        later.sign_as_creator(&[], world.cast.remove(peer, &cut.heads));
        let after = later.authority();
        for one in before.statements().filter(|one| one.author() == world.cast.peers[peer]) {
            let is_kept = before.is_live(&one.id()) && !cut.lost.contains(&one.id());
            assert_eq!(after.is_live(&one.id()), is_kept, "seed {seed}: {one:?}");
        }
        if cut.lost.is_empty() {
            let (mut before, after) = (outcome(&world, &before).0, outcome(&world, &after).0);
            before[peer] = None;
            assert_eq!(before, after, "seed {seed}");
            whole += usize::from(!cut.heads.is_empty());
        } else {
            part += 1;
        }
    });
    assert!(whole > 20 && part > 10, "{whole} {part}");
}

#[test]
fn a_role_that_is_shown_can_be_used() {
    each_world(|world, _, seed| {
        let authority = world.authority();
        for peer in 1..world.peers {
            let id = world.cast.peers[peer];
            let Some(acting) = authority.acting_grant(id, NOW) else {
                assert_eq!(authority.role(id, NOW), None);
                continue;
            };
            assert_eq!(authority.role_under(acting.cred, id, NOW), Some(acting.role));
            if acting.role == Role::Member {
                continue;
            }
            let mut later = world.clone();
            let body = world.cast.grant_in(11, Role::Member, 6);
            let prev = authority.heads(id);
            // no deeper than the rest, so that the bound does not end it
            let Some(new) = later.sign(peer, acting.cred, act(1, &prev, &[], body), Form::Full)
            else {
                continue;
            };
            let mut after = later.authority();
            after.bound = usize::MAX;
            after.evaluate_anew();
            assert!(after.is_live(&new), "seed {seed}: {peer}");
        }
    });
}
