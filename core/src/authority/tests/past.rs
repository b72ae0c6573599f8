//! After checkpoints what is found step by step is what a whole evaluation finds, and every answer
//! why is confirmed.

use super::batch::{self, Wholeness};
use super::checkpoint::checkpoint_of;
use super::random::{Care, Rng, World};
use super::why::checker;
use super::*;

const WORLDS: u64 = 1_500;

fn check(world: &World<'_>, authority: &Authority, seed: u64) {
    let expected = batch::evaluate(&authority.set, authority.bound);
    let mut wholeness = Wholeness::new(&authority.set);
    for (slot, entry) in authority.set.entries() {
        let found = batch::found(authority, slot);
        assert_eq!(found, expected[slot.index()], "seed {seed}: {slot:?} {:?}", entry.statement);
        assert_eq!(authority.set.is_whole(slot), wholeness.is_whole(slot), "seed {seed}: {slot:?}");
    }
    assert_eq!(authority.tenures, batch::tenures(&authority.set), "seed {seed}");
    let checker = checker(authority);
    for &peer in &world.cast.peers {
        for at in [NOW, UnixTime::from_millis(7)] {
            let answer = authority.why_member(peer, at);
            assert_eq!(checker.confirm(peer, at, &answer), Ok(()), "seed {seed}: {answer}");
            assert_eq!(answer.role, authority.role(peer, at), "seed {seed}");
        }
    }
}

#[test]
fn statements_after_checkpoints_amount_to_what_they_do_at_once() {
    let cast = Cast::new(12);
    let (mut survivors, mut hit, mut said) = (0, 0, 0);
    for seed in 1..=WORLDS {
        let mut rng = Rng::new(seed ^ 0x9A57);
        let mut world = World::random(&cast, seed, 35);
        let mut authority = world.authority();
        for height in 1..=2 {
            for one in checkpoint_of(&cast, &authority, height) {
                assert_eq!(authority.insert(one), Ok(Inserted::New), "seed {seed}");
            }
            authority.evaluate();
            check(&world, &authority, seed);
            world.height = height;
            let first = world.signed.len();
            for _ in 0..25 {
                world.sign_any(&mut rng, None, Care::None);
            }
            let mut waiting: Vec<Statement> = world.signed[first..]
                .iter()
                .map(|(one, form)| World::in_form(one, *form))
                .collect();
            for _ in 0..3 {
                for at in (1..waiting.len()).rev() {
                    waiting.swap(at, rng.below(at + 1));
                }
                waiting.retain(|one| {
                    let inserted = authority.insert(one.clone());
                    if rng.one_in(4) {
                        authority.evaluate();
                    }
                    inserted == Ok(Inserted::Orphan)
                });
                authority.evaluate();
                check(&world, &authority, seed);
            }
        }
        let old = authority.set.entries().filter(|(_, entry)| entry.survivor.is_some());
        for (slot, _) in old {
            let verdict = authority.verdict(slot);
            survivors += 1;
            hit += usize::from(verdict.removed_by.is_some() || !verdict.live);
            said += usize::from(verdict.was_removed || verdict.demoted || verdict.given_up);
        }
    }
    std::println!("{survivors} survivors, {hit} removed since, {said} ended or demoted");
    assert!(survivors > 3_000 && hit > 500 && said > 200, "{survivors} {hit} {said}");
}
