//! The exchange of a password as vectors: every flight, and what follows from the draws.

use alloc::vec;

use super::*;
use crate::vectors::{Json, Read, Sheet, hex, map, show};

/// What both ends draw.
const DRAWN: [u8; 2] = [7, 8];
const CHAIN: &[u8] = b"a chain";

#[test]
fn the_vectors_of_the_password_exchange_are_as_made() {
    let Parties { binding, group, newcomer, admitter } = parties();
    let given = map(vec![
        ("hardened password", hex(RIGHT.expose())),
        ("binding", hex(&binding)),
        ("group", hex(group.as_bytes())),
        ("newcomer", hex(newcomer.as_bytes())),
        ("admitter", hex(admitter.as_bytes())),
        ("newcomer draws", hex(&[DRAWN[0]; 64])),
        ("admitter draws", hex(&[DRAWN[1]; 64])),
        ("chain", hex(CHAIN)),
    ]);
    let mut sheet = Sheet::new("password.json", given);
    flights(&mut sheet);
    bad_flights(&mut sheet);
    heard_by_the_admitter(&mut sheet);
    heard_by_the_newcomer(&mut sheet);
    sheet.close();
}

fn read(bytes: &[u8]) -> Result<Read, Fault> {
    let flight: Flight = open(bytes)?;
    Ok(Read::new(show(&flight), body(&seal(&flight))))
}

/// Both ends up to the third flight, and the bodies of the flights.
fn flown() -> (AwaitVerdict, AwaitConfirmation, [Vec<u8>; 3]) {
    let (newcomer, offer) = Newcomer::begin(parties(), &RIGHT, [DRAWN[0]; 64]).unwrap();
    let offer = body(&offer);
    let (admitter, answer) =
        Admitter::new(parties()).on_share(&offer, &RIGHT, [DRAWN[1]; 64]).unwrap();
    let answer = body(&answer);
    let (newcomer, confirm) = newcomer.on_share(&answer).unwrap();
    (newcomer, admitter, [offer, answer, body(&confirm)])
}

fn flights(sheet: &mut Sheet) {
    let (newcomer, admitter, [offer, answer, confirm]) = flown();
    let key = *newcomer.agreed.key.expose();
    let proven = admitter.on_confirmation(&confirm).unwrap().expect("it is the same password");
    let last = body(&proven.admit(CHAIN.to_vec()));
    let names = ["the newcomer's share", "the admitter's", "the confirmation", "admission"];
    for (name, flight) in names.into_iter().zip([&offer, &answer, &confirm, &last]) {
        sheet.valid("flight", name, flight, read);
    }
    sheet.valid("flight", "a denial", &body(&deny(Denial::WrongPassword)), read);
    let shares = newcomer.agreed.shares;
    sheet.computed(
        "exchange",
        "of one password",
        vec![
            ("newcomer's share", hex(&shares[0])),
            ("admitter's share", hex(&shares[1])),
            ("key", hex(&key)),
            ("newcomer's confirmation", hex(&newcomer.agreed.newcomer_confirms())),
            ("admitter's confirmation", hex(&newcomer.agreed.admitter_confirms(CHAIN))),
        ],
    );
}

fn bad_flights(sheet: &mut Sheet) {
    let (_, _, [offer, ..]) = flown();
    let mut bad = |name, why, bytes: &[u8]| sheet.refused("flight", name, why, bytes, read);
    bad("cut short", "Malformed", &offer[..20]);
    bad("of nothing", "Malformed", &[]);
    let unpadded: Vec<u8> = offer.iter().copied().chain([1]).collect();
    bad("padded with something", "Malformed", &unpadded);
}

/// What an end makes of a flight: nothing is said of it but whether it is refused.
fn outcome<T>(result: Result<T, Fault>) -> Result<Read, Fault> {
    result.map(|_| Read::new(Json::Null, Vec::new()))
}

fn heard_by_the_admitter(sheet: &mut Sheet) {
    let (_, _, [offer, answer, confirm]) = flown();
    let share =
        |bytes: &[u8]| outcome(Admitter::new(parties()).on_share(bytes, &RIGHT, [DRAWN[1]; 64]));
    let mut bad = |name, why, bytes: &[u8]| sheet.refused("heard share", name, why, bytes, share);
    bad("the neutral element", "InvalidProof", &body(&seal(&Flight::Share([0; 32]))));
    bad("no element", "InvalidProof", &body(&seal(&Flight::Share([0xff; 32]))));
    bad("a confirmation instead", "Unexpected", &confirm);
    let confirmed = |bytes: &[u8]| match flown().1.on_confirmation(bytes) {
        // a guess: it is counted, and answered by a denial
        Ok(None) => Err(Fault::InvalidProof),
        other => outcome(other),
    };
    let mut bad =
        |name, why, bytes: &[u8]| sheet.refused("heard confirmation", name, why, bytes, confirmed);
    bad("a share instead", "Unexpected", &offer);
    let other = run([parties(); 2], [&WRONG, &RIGHT], DRAWN).confirm;
    bad("of another password", "InvalidProof", &other);
    let parties_there = Parties { binding: [9; 32], ..parties() };
    let elsewhere = run([parties_there, parties()], [&RIGHT, &RIGHT], DRAWN).confirm;
    bad("of another link", "InvalidProof", &elsewhere);
    bad("the admitter's own share", "Unexpected", &answer);
}

fn heard_by_the_newcomer(sheet: &mut Sheet) {
    let (_, _, [_, answer, _]) = flown();
    let share = |bytes: &[u8]| {
        let (newcomer, _) = Newcomer::begin(parties(), &RIGHT, [DRAWN[0]; 64]).unwrap();
        outcome(newcomer.on_share(bytes))
    };
    let mut bad =
        |name, why, bytes: &[u8]| sheet.refused("heard share back", name, why, bytes, share);
    bad("the neutral element", "InvalidProof", &body(&seal(&Flight::Share([0; 32]))));
    bad("a denial instead of a share", "Unexpected", &body(&deny(Denial::NoPassword)));
    let verdict = |bytes: &[u8]| outcome(flown().0.on_verdict(bytes));
    let mut bad =
        |name, why, bytes: &[u8]| sheet.refused("heard verdict", name, why, bytes, verdict);
    bad("a share", "Unexpected", &answer);
    let admitted = |confirmation, chain: &[u8]| {
        body(&seal(&Flight::Admitted { confirmation, chain: chain.to_vec() }))
    };
    bad("confirmed by nothing", "InvalidProof", &admitted([0; 32], CHAIN));
    let right = flown().0.agreed.admitter_confirms(CHAIN);
    bad("of another chain than is confirmed", "InvalidProof", &admitted(right, b"another"));
    let echo = flown().0.agreed.newcomer_confirms();
    bad("confirmed by the newcomer's own", "InvalidProof", &admitted(echo, CHAIN));
}
