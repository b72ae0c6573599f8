//! Credentials that do not hold, in both messages that carry one.

use super::*;
use crate::limits::CHAIN_POLICY;

/// What an honest end says to one that shows these grants under this key, as responder and as
/// initiator, with the signatures that it checked.
fn shown(end: &End) -> [(Result<(), Fault>, usize); 2] {
    let honest = End::member(50);
    let (initiator, hello) = honest.dial(1, None);
    let (_, greeting) = end.greet(1, &hello);
    let as_responder = checks::during(|| initiator.on_greeting(&greeting).map(|_| ()));

    let (initiator, hello) = end.dial(1, None);
    let (responder, greeting) = honest.greet(1, &hello);
    let (_, proof) = end.prove(initiator.on_greeting(&greeting).unwrap());
    let as_initiator = checks::during(|| responder.on_proof(&proof).map(|_| ()));
    [as_responder, as_initiator]
}

fn assert_refused(end: &End, fault: Fault) {
    for (outcome, spent) in shown(end) {
        assert_eq!(outcome, Err(fault));
        assert!(spent <= CHAIN_MAX + 1);
    }
}

#[test]
fn c11_no_handshake_costs_more_than_25_signature_checks() {
    for (depth, checks) in [(0, 1), (1, 2), (8, 9), (24, 25)] {
        let end = if depth == 0 { End::creator() } else { End::admin(depth) };
        assert_eq!(shown(&end), [(Ok(()), checks), (Ok(()), checks)]);
    }
}

#[test]
fn c11_a_chain_of_25_grants_is_refused_before_any_of_them_is_checked() {
    for (outcome, spent) in shown(&End::admin(25)) {
        assert_eq!((outcome, spent), (Err(Fault::InvalidCredential), 1));
    }
}

#[test]
fn the_chain_of_another_is_refused() {
    let mut end = End::member(1);
    end.grants = End::member(2).grants;
    assert_refused(&end, Fault::InvalidCredential);
    end.grants = Vec::new();
    assert_refused(&end, Fault::InvalidCredential);
    let mut creator = End::creator();
    creator.grants = End::member(2).grants;
    assert_refused(&creator, Fault::InvalidCredential);
}

#[test]
fn the_key_of_another_is_of_no_use_without_its_secret() {
    // the seat says who it is; the signature is of another key
    let mut end = End::member(1);
    let named = End::member(2);
    end.grants.clone_from(&named.grants);
    let honest = End::member(50);
    let (initiator, hello) = honest.dial(1, None);
    let seat = named.seat();
    let ((), proven) = end.accept(1).on_hello(&hello, [((), seat)]).unwrap().unwrap();
    let (_, greeting) = proven.greet(&end.introduction());
    let outcome = checks::during(|| initiator.on_greeting(&body(&greeting)).map(|_| ()));
    assert_eq!(outcome, (Err(Fault::InvalidSignature), 1));
}

#[test]
fn a_truncated_chain_is_refused() {
    let whole = End::admin(4);
    for from in 0..=4 {
        for to in from..=4 {
            if (from, to) == (0, 4) {
                continue;
            }
            let mut end = whole.clone();
            end.grants = whole.grants[from..to].to_vec();
            for (outcome, _) in shown(&end) {
                let refused =
                    [Fault::InvalidCredential, Fault::InvalidSignature, Fault::InvalidStatement];
                assert!(outcome.is_err_and(|fault| refused.contains(&fault)), "{from}..{to}");
            }
        }
    }
}

#[test]
fn c01_a_chain_that_a_member_extends_is_refused() {
    for (roles, from_role) in [
        ([Role::Member, Role::Member], "a member admits nobody"),
        ([Role::Inviter, Role::Admin], "an inviter makes no admin"),
    ] {
        let mut end = End::admin(2);
        end.grants = chain(&end.genesis, &roles);
        for (outcome, _) in shown(&end) {
            assert_eq!(outcome, Err(Fault::InvalidCredential), "{from_role}");
        }
    }
}

#[test]
fn c09_a_chain_of_another_group_is_refused() {
    let mut end = End::admin(3);
    end.grants = chain(&genesis(2), &[Role::Admin; 3]);
    assert_refused(&end, Fault::InvalidSignature);
}

#[test]
fn a_chain_as_long_as_the_policy_allows_keeps_its_lists() {
    let depth = u8::try_from(CHAIN_POLICY).unwrap();
    let run = run(&End::creator(), &End::admin(depth), 1, Purpose::Group);
    assert!(run.initiator.counterpart.grants.iter().all(|grant| grant.lists().are_full()));
}

#[test]
fn whoever_dials_for_a_password_shows_no_grant() {
    let (dialler, member) = (End::member(1), End::creator());
    for (purpose, shown) in [(Purpose::Password, 0), (Purpose::Group, 1)] {
        let Run { responder, .. } = run(&dialler, &member, 1, purpose);
        assert_eq!(responder.counterpart.grants.len(), shown);
    }
}
