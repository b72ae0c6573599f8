#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use alloc::format;
use alloc::string::String;
use alloc::vec;
use core::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::codec::{decode, encode};
use crate::fixture::{admins, found, genesis, grant, key, no_lists, statement_id, year};
use crate::key::SecretKey;
use crate::statement::{Role, Window};
use crate::time::UnixTime;

const MINUTE: Duration = Duration::from_secs(60);

/// How one grant is made; the honest way, unless something in it is changed.
#[derive(Clone)]
struct Plan {
    signer: SecretKey,
    group: u8,
    cred: Option<StatementId>,
    depth: u32,
    grant: Grant,
}

/// A chain of Admin grants, the one at `at` made after `change`, everything else as it should be:
/// each grant names the one before it, whatever that has become.
fn chain_with(length: u8, at: u8, change: impl Fn(&mut Plan)) -> Chain {
    let home = genesis().id();
    let window = year();
    let mut grants: Vec<Statement> = Vec::new();
    for number in 0..length {
        let mut plan = Plan {
            signer: key(number),
            group: 0,
            cred: grants.last().map(Statement::id),
            depth: 1,
            grant: grant(key(number + 1).peer(), Role::Admin, window),
        };
        if number == at {
            change(&mut plan);
        }
        let group = if plan.group == 0 { home } else { found(plan.group).id() };
        let Plan { signer, cred, depth, grant, .. } = plan;
        let body = Body::Grant(grant);
        grants.push(Statement::sign(&signer, group, cred, depth, body, no_lists()));
    }
    Chain::new(&grants, grants.len())
}

fn honest(length: u8) -> Chain {
    Chain::new(&admins(length), 1)
}

type Change = fn(&mut Plan);

/// What can be wrong with a grant that is signed as it stands.
const CHANGES: [(&str, Change); 12] = [
    ("signed by a stranger", |plan| plan.signer = key(200)),
    ("signed by the holder of the next grant", |plan| {
        let holder = (0..30).find(|number| key(*number).peer() == plan.grant.subject);
        plan.signer = key(holder.unwrap());
    }),
    ("signed for another group", |plan| plan.group = 1),
    ("signed under no grant, or by the creator under one", |plan| {
        plan.cred = if plan.cred.is_some() { None } else { Some(statement_id(9)) };
    }),
    ("signed under a grant that is not the one before", |plan| plan.cred = Some(statement_id(9))),
    ("of depth zero", |plan| plan.depth = 0),
    ("to the creator", |plan| plan.grant.subject = key(0).peer()),
    ("to its own author", |plan| plan.grant.subject = plan.signer.peer()),
    ("for an empty window", |plan| plan.grant.window.until = plan.grant.window.from),
    ("for a window that ends before it begins", |plan| {
        plan.grant.window.until = plan.grant.window.from.before(MINUTE);
    }),
    ("to somebody other than the next author", |plan| plan.grant.subject = key(200).peer()),
    ("to the next author but one", |plan| {
        let holder = (0..30).find(|number| key(*number).peer() == plan.grant.subject);
        plan.grant.subject = key(holder.unwrap() + 1).peer();
    }),
];

/// The last two only show at the grant that follows.
const CHANGES_OF_ANY_LINK: usize = CHANGES.len() - 2;

/// What can be wrong with a grant beside the one before it: not the first's, whose author is the
/// creator, and who may grant anything.
const WIDENINGS: [(&str, Change); 3] = [
    ("beginning earlier", |plan| plan.grant.window.from = plan.grant.window.from.before(MINUTE)),
    ("ending later", |plan| plan.grant.window.until = plan.grant.window.until.after(MINUTE)),
    ("without end", |plan| plan.grant.window = Window::INFINITE),
];

/// What makes the grant that follows one too many.
const NARROWINGS: [(&str, Change); 4] = [
    ("for a member", |plan| plan.grant.role = Role::Member),
    ("for an inviter", |plan| plan.grant.role = Role::Inviter),
    ("beginning later", |plan| plan.grant.window.from = plan.grant.window.from.after(MINUTE)),
    ("ending earlier", |plan| plan.grant.window.until = plan.grant.window.until.before(MINUTE)),
];

type Alteration = fn(&mut Link);

/// What can be altered in a grant after it was signed.
const ALTERATIONS: [(&str, Alteration); 8] = [
    ("depth", |link| link.depth += 1),
    ("subject", |link| link.grant.subject = key(201).peer()),
    ("role", |link| link.grant.role = Role::Member),
    ("beginning", |link| link.grant.window.from = link.grant.window.from.after(MINUTE)),
    ("end", |link| link.grant.window.until = link.grant.window.until.before(MINUTE)),
    ("tenure", |link| link.grant.continues = Some(statement_id(9))),
    ("lists", |link| link.lists = Lists::Full { prev: vec![statement_id(1)], cites: vec![] }),
    ("hash of the lists", |link| link.lists = Lists::Digest([9; 32])),
];

/// Every chain of this length in which one thing is wrong with the grant at `at`.
fn forged(length: u8, at: u8) -> Vec<(String, Chain)> {
    let is_last = at + 1 == length;
    let honest = honest(length);
    let changes = CHANGES.iter().take(if is_last { CHANGES_OF_ANY_LINK } else { CHANGES.len() });
    let widenings = WIDENINGS.iter().filter(|_| at > 0);
    let narrowings = NARROWINGS.iter().filter(|_| !is_last);
    let mut forged: Vec<(String, Chain)> = changes
        .chain(widenings)
        .chain(narrowings)
        .map(|(what, change)| (String::from(*what), chain_with(length, at, change)))
        .collect();
    let place = usize::from(at);
    for (what, alter) in ALTERATIONS {
        let mut chain = honest.clone();
        alter(&mut chain.0[place]);
        forged.push((format!("altered in {what}"), chain));
    }
    let mut signature = encode(&honest.0[place].signature);
    signature[40] ^= 1;
    let mut chain = honest.clone();
    chain.0[place].signature = decode(&signature).unwrap();
    forged.push((String::from("altered in signature"), chain));
    let mut doubled = honest.clone();
    doubled.0.insert(place, doubled.0[place].clone());
    forged.push((String::from("doubled"), doubled));
    if !is_last {
        let (mut skipped, mut swapped) = (honest.clone(), honest);
        skipped.0.remove(place);
        swapped.0.swap(place, place + 1);
        forged.push((String::from("skipped"), skipped));
        forged.push((String::from("swapped with the next"), swapped));
    }
    forged
}

#[test]
fn a_chain_of_any_length_leads_to_its_holder() {
    for length in 0..=24 {
        let (grants, holder) = honest(length).check(&genesis()).unwrap();
        assert_eq!(grants.len(), usize::from(length));
        assert_eq!(holder, key(length).peer());
        assert_eq!(
            chain_with(length, 99, |_| ()).check(&genesis()).unwrap(),
            (admins(length), holder)
        );
    }
}

#[test]
fn c01_every_chain_with_one_wrong_link_is_refused() {
    let every_link =
        [1, 2, 3, 5, 9].into_iter().flat_map(|length| (0..length).map(move |at| (length, at)));
    let (genesis, mut count) = (genesis(), 0);
    let every_depth = (1..=24).map(|length| (length, length - 1));
    for (length, at) in every_link.chain(every_depth).chain([(24, 0), (24, 11)]) {
        for (what, chain) in forged(length, at) {
            assert!(chain.check(&genesis).is_err(), "grant {at} of {length}: {what}");
            count += 1;
        }
    }
    assert!(count >= 800, "{count}");
}

#[test]
fn c01_a_chain_longer_than_the_bound_is_refused_before_any_signature_is_checked() {
    let mut chain = chain_with(25, 99, |_| ());
    assert_eq!(chain.len(), CHAIN_MAX + 1);
    assert_eq!(chain.clone().check(&genesis()), Err(Fault::InvalidCredential));
    chain.0[0].depth += 1;
    assert_eq!(chain.check(&genesis()), Err(Fault::InvalidCredential));
}

#[test]
fn c11_a_chain_is_checked_from_the_genesis_down_and_no_further_than_its_first_wrong_link() {
    let mut chain = honest(5);
    chain.0[1].depth += 1;
    chain.0[2].grant.window = Window::INFINITE;
    assert_eq!(chain.clone().check(&genesis()), Err(Fault::InvalidSignature));
    chain.0[0].grant.role = Role::Member;
    assert_eq!(chain.check(&genesis()), Err(Fault::InvalidSignature));
}

#[test]
fn c01_a_chain_from_another_creator_is_refused() {
    let charter = crate::genesis::Charter::default();
    let other = Genesis::found(&key(50), [0; 32], UnixTime::from_millis(1), charter);
    for length in 1..=5 {
        assert_eq!(honest(length).check(&other), Err(Fault::InvalidSignature));
    }
}

#[test]
fn c09_a_chain_of_one_group_is_none_of_another_by_the_same_creator() {
    for length in 1..=5 {
        assert!(honest(length).check(&genesis()).is_ok());
        assert_eq!(honest(length).check(&found(1)), Err(Fault::InvalidSignature));
    }
}

#[test]
fn c10_a_grant_gives_what_the_role_above_it_may_give() {
    let allowed = |above, below| {
        let chain = [Statement::sign(&key(0), genesis().id(), None, 1, to(1, above), no_lists())];
        let cred = Some(chain[0].id());
        let second = Statement::sign(&key(1), genesis().id(), cred, 1, to(2, below), no_lists());
        Chain::new(chain.iter().chain([&second]), 2).check(&genesis()).is_ok()
    };
    for role in [Role::Member, Role::Inviter, Role::Admin] {
        assert!(allowed(Role::Admin, role));
        assert_eq!(allowed(Role::Inviter, role), role != Role::Admin);
        assert!(!allowed(Role::Member, role));
    }
}

fn to(number: u8, role: Role) -> Body {
    Body::Grant(grant(key(number).peer(), role, year()))
}

#[test]
fn lists_travel_whole_in_the_last_grants_and_as_their_hash_in_the_others() {
    for full in 0..=4 {
        let (grants, _) = Chain::new(&admins(3), full).check(&genesis()).unwrap();
        let whole: Vec<bool> = grants.iter().map(|grant| grant.lists().are_full()).collect();
        assert_eq!(whole, [full >= 3, full >= 2, full >= 1]);
        assert!(grants.iter().map(Statement::id).eq(admins(3).iter().map(Statement::id)));
    }
}

#[test]
fn statements_that_are_no_grants_are_left_out_of_a_chain() {
    let body = Body::Remove { subject: key(5).peer(), cut: vec![] };
    let removal = Statement::sign(&key(0), genesis().id(), None, 1, body, no_lists());
    assert_eq!(Chain::new([&removal], 1).len(), 0);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(chain) = decode::<Chain>(&bytes) {
            let length = chain.len();
            prop_assert!(chain.check(&genesis()).is_err() || length == 0);
        }
    }

    #[test]
    fn c10_a_window_is_never_wider_than_the_one_above(
        from in 0_u64..4, until in 0_u64..4, outer_from in 0_u64..4, outer_until in 0_u64..4,
    ) {
        let window = |from, until| Window {
            from: UnixTime::from_millis(from),
            until: UnixTime::from_millis(until),
        };
        let above = grant(key(1).peer(), Role::Admin, window(outer_from, outer_until));
        let below = grant(key(2).peer(), Role::Member, window(from, until));
        prop_assert_eq!(above.may_issue(&below), outer_from <= from && until <= outer_until);
    }
}
