mod vectors;

use super::*;
use crate::frame::Deframer;
use crate::key::SecretKey;
use crate::limits::HANDSHAKE_FRAME_BYTES_MAX;

const RIGHT: PasswordSecret = PasswordSecret::from_bytes([1; 32]);
const WRONG: PasswordSecret = PasswordSecret::from_bytes([2; 32]);

fn peer(number: u8) -> PeerId {
    SecretKey::from_bytes([number; 32]).peer()
}

fn parties() -> Parties {
    Parties {
        binding: [3; 32],
        group: GroupId::from_bytes([4; 32]),
        newcomer: peer(5),
        admitter: peer(6),
    }
}

/// The body of a flight.
fn body(mut flight: &[u8]) -> Vec<u8> {
    let mut frames = Deframer::new(HANDSHAKE_FRAME_BYTES_MAX);
    frames.next(&mut flight).unwrap().unwrap().into_owned()
}

/// An exchange up to the confirmation.
struct Run {
    newcomer: AwaitVerdict,
    admitter: AwaitConfirmation,
    confirm: Vec<u8>,
}

fn run(
    [ours, theirs]: [Parties; 2],
    [first, second]: [&PasswordSecret; 2],
    [one, other]: [u8; 2],
) -> Run {
    let (newcomer, offer) = Newcomer::begin(ours, first, [one; 64]).unwrap();
    let (admitter, answer) =
        Admitter::new(theirs).on_share(&body(&offer), second, [other; 64]).unwrap();
    let (newcomer, confirm) = newcomer.on_share(&body(&answer)).unwrap();
    Run { newcomer, admitter, confirm: body(&confirm) }
}

fn honest(one: u8, other: u8) -> Run {
    run([parties(); 2], [&RIGHT, &RIGHT], [one, other])
}

#[test]
fn both_confirm_the_key_of_one_password() {
    let Run { newcomer, admitter, confirm } = honest(7, 8);
    let proven = admitter.on_confirmation(&confirm).unwrap().expect("it is the same password");
    let verdict = newcomer.on_verdict(&body(&proven.admit(b"a chain".to_vec())));
    assert_eq!(verdict, Ok(Verdict::Admitted(b"a chain".to_vec())));
}

#[test]
fn another_password_proves_nothing() {
    let Run { admitter, confirm, .. } = run([parties(); 2], [&WRONG, &RIGHT], [7, 8]);
    assert!(admitter.on_confirmation(&confirm).unwrap().is_none());
}

#[test]
fn l01_a_relayed_exchange_proves_nothing_whatever_the_two_ends_see_differently() {
    let other = Parties { binding: [9; 32], ..parties() };
    let group = Parties { group: GroupId::from_bytes([9; 32]), ..parties() };
    let newcomer = Parties { newcomer: peer(9), ..parties() };
    let admitter = Parties { admitter: peer(9), ..parties() };
    let turned = Parties { newcomer: peer(6), admitter: peer(5), ..parties() };
    for theirs in [other, group, newcomer, admitter, turned] {
        let Run { admitter, confirm, .. } = run([parties(), theirs], [&RIGHT, &RIGHT], [7, 8]);
        assert!(admitter.on_confirmation(&confirm).unwrap().is_none(), "{theirs:?}");
    }
}

#[test]
fn a_confirmation_of_one_exchange_is_worth_nothing_in_another() {
    let before = honest(7, 8);
    for (one, other) in [(7, 9), (9, 8)] {
        let now = honest(one, other);
        assert!(now.admitter.on_confirmation(&before.confirm).unwrap().is_none());
    }
}

#[test]
fn a_verdict_of_another_exchange_or_about_another_chain_is_a_fault() {
    let before = honest(7, 8);
    let proven = before.admitter.on_confirmation(&before.confirm).unwrap().unwrap();
    let verdict = body(&proven.admit(b"a chain".to_vec()));
    assert_eq!(honest(7, 9).newcomer.on_verdict(&verdict), Err(Fault::InvalidProof));
    let mut changed = verdict;
    let at = changed.windows(7).position(|part| part == b"a chain").unwrap();
    changed[at] = b'A';
    assert_eq!(before.newcomer.on_verdict(&changed), Err(Fault::InvalidProof));
}

#[test]
fn an_admitter_cannot_send_the_newcomers_own_confirmation_back() {
    let Run { newcomer, confirm, .. } = honest(7, 8);
    let Flight::Confirmation(confirmation) = open(&confirm).unwrap() else { unreachable!() };
    let reflected = body(&seal(&Flight::Admitted { confirmation, chain: Vec::new() }));
    assert_eq!(newcomer.on_verdict(&reflected), Err(Fault::InvalidProof));
}

#[test]
fn a_denial_says_why() {
    for reason in [Denial::WrongPassword, Denial::NoPassword, Denial::TooManyAttempts] {
        let verdict = honest(7, 8).newcomer.on_verdict(&body(&deny(reason)));
        assert_eq!(verdict, Ok(Verdict::Denied(reason)));
    }
}

#[test]
fn flights_that_are_not_canonical_or_no_group_elements_are_faults() {
    let begin = || Newcomer::begin(parties(), &RIGHT, [7; 64]).unwrap();
    let admit = |body: &[u8]| Admitter::new(parties()).on_share(body, &RIGHT, [8; 64]);
    for share in [[0; 32], [0xff; 32]] {
        let offer = body(&seal(&Flight::Share(share)));
        assert_eq!(admit(&offer).map(|_| ()), Err(Fault::InvalidProof));
        assert_eq!(begin().0.on_share(&offer).map(|_| ()), Err(Fault::InvalidProof));
    }
    let good = body(&begin().1);
    let mut padded = good.clone();
    *padded.last_mut().unwrap() = 1;
    let longer = [good.clone(), [0; 512].to_vec()].concat();
    for bad in [&padded, &longer, &good[..16].to_vec()] {
        assert_eq!(admit(bad).map(|_| ()), Err(Fault::Malformed));
        assert_eq!(begin().0.on_share(bad).map(|_| ()), Err(Fault::Malformed));
        let Run { newcomer, admitter, .. } = honest(7, 8);
        assert_eq!(admitter.on_confirmation(bad).map(|_| ()), Err(Fault::Malformed));
        assert_eq!(newcomer.on_verdict(bad), Err(Fault::Malformed));
    }
    let huge = alloc::vec![0; HANDSHAKE_FRAME_BYTES_MAX + 1];
    assert_eq!(admit(&huge).map(|_| ()), Err(Fault::TooLarge));
}

#[test]
fn a_flight_out_of_turn_is_a_fault() {
    let (newcomer, offer) = Newcomer::begin(parties(), &RIGHT, [7; 64]).unwrap();
    let denial = body(&deny(Denial::Other));
    let Run { newcomer: waiting, admitter, confirm } = honest(7, 8);
    let offer = body(&offer);
    let admitted = Admitter::new(parties()).on_share(&confirm, &RIGHT, [8; 64]);
    assert_eq!(admitted.map(|_| ()), Err(Fault::Unexpected));
    assert_eq!(newcomer.on_share(&denial).map(|_| ()), Err(Fault::Unexpected));
    assert_eq!(admitter.on_confirmation(&offer).map(|_| ()), Err(Fault::Unexpected));
    assert_eq!(waiting.on_verdict(&offer), Err(Fault::Unexpected));
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let shown = alloc::format!("{:?} {:?}", honest(7, 8).newcomer, RIGHT);
    assert!(shown.contains("Key(…)") && shown.contains("PasswordSecret(…)"), "{shown}");
}
