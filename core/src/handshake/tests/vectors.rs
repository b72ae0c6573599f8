//! The handshake as vectors: flight by flight, with every tag, transcript and key.
#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use super::attacks::Insider;
use super::wire::{ConfirmedAnswer, SignedGreeting, SignedProof, TaggedHello};
use super::*;
use crate::codec::encode;
use crate::hash::Label;
use crate::vectors::{Json, Read, Sheet, hex, map, show};

/// The link on which all of it happens: its number makes its binding and the nonces.
const PLACE: Place = 3;

#[test]
fn the_vectors_of_the_handshake_are_as_made() {
    let (dialler, member) = (End::admin(2), End::creator());
    let given = map(vec![
        ("genesis", hex(&encode(&member.genesis.unchecked()))),
        ("link secret", hex(&SECRET)),
        ("binding", hex(&[PLACE; 32])),
        ("initiator", end(&dialler)),
        ("responder", end(&member)),
        ("target", hex(member.key.peer().as_bytes())),
    ]);
    let mut sheet = Sheet::new("handshake.json", given);
    let run = run(&dialler, &member, PLACE, Purpose::Group);
    welcome(&mut sheet, &run);
    denial(&mut sheet, &dialler, &member, &run);
    let purposes =
        [("a connection", Purpose::Connection { nonce: 99 }), ("a password", Purpose::Password)];
    for (name, purpose) in purposes {
        let initiator = if purpose == Purpose::Password { End::admin(0) } else { dialler.clone() };
        let run = super::run(&initiator, &member, PLACE, purpose);
        sheet.valid("proof", name, &run.messages[2], read::<SignedProof>);
    }
    let (_, anybody) = dialler.dial(PLACE, None);
    sheet.valid("hello", "for anybody", &anybody, read::<TaggedHello>);
    bad_hellos(&mut sheet, &member, &run);
    bad_greetings(&mut sheet, &dialler, &run);
    bad_proofs(&mut sheet, &member, &run);
    bad_answers(&mut sheet, &dialler, &run);
    sheet.close();
}

fn end(end: &End) -> Json {
    map(vec![
        ("secret key", hex(end.key.expose())),
        ("peer", hex(end.key.peer().as_bytes())),
        ("chain", hex(&party::pack(&end.grants))),
        ("instance", end.instance.as_u64().into()),
        ("time", 77_u64.into()),
        ("digest", hex(&end.digest)),
    ])
}

fn read<T: Serialize + serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<Read, Fault> {
    let message: T = wire::open(bytes)?;
    Ok(Read::new(show(&message), body(&wire::seal(&message))))
}

fn welcome(sheet: &mut Sheet, run: &Run) {
    let [hello, greeting, proof, answer] = &run.messages;
    sheet.valid("hello", "the first message", hello, read::<TaggedHello>);
    sheet.valid("greeting", "the second message", greeting, read::<SignedGreeting>);
    sheet.valid("proof", "the third message", proof, read::<SignedProof>);
    sheet.valid("answer", "the fourth message", answer, read::<ConfirmedAnswer>);
    let hello: TaggedHello = wire::open(hello).unwrap();
    let greeting: SignedGreeting = wire::open(greeting).unwrap();
    let proof: SignedProof = wire::open(proof).unwrap();
    let answer: ConfirmedAnswer = wire::open(answer).unwrap();
    let t1 = keys::after_hello(&encode(&hello.hello));
    let (group, bytes) = (genesis(1).id(), encode(&greeting.greeting));
    let t2 = keys::after_greeting(group, &[PLACE; 32], &t1, [&hello.tag, &greeting.tag], &bytes);
    let t3 = keys::after_proof(&t2, &greeting.signature, &encode(&proof.proof));
    let confirmation = &proof.confirmation;
    let t4 = keys::after_answer(&t3, &proof.signature, confirmation, &encode(&answer.answer));
    assert_eq!(run.initiator.key.as_bytes(), run.responder.key.as_bytes());
    sheet.computed(
        "transcript",
        "of the four messages",
        vec![
            ("t1", hex(&t1)),
            ("t2", hex(&t2)),
            ("t3", hex(&t3)),
            ("t4", hex(&t4)),
            ("link key", hex(run.initiator.key.as_bytes())),
        ],
    );
}

fn denial(sheet: &mut Sheet, dialler: &End, member: &End, run: &Run) {
    let (_, accepted) = asked(member, run);
    let claim = accepted.on_proof(&run.messages[2]).unwrap();
    let evidence = dialler.grants.iter().map(Statement::encode).collect();
    let referrals = vec!["tcp:192.0.2.17:3587".parse().unwrap()];
    let denied = body(&claim.deny(Denial::Removed, evidence, referrals));
    sheet.valid("answer", "a denial", &denied, read::<ConfirmedAnswer>);
}

/// The responder, once it has greeted as in the run.
fn asked(member: &End, run: &Run) -> (Vec<u8>, AwaitProof) {
    let (accepted, greeting) = member.greet(PLACE, &run.messages[0]);
    assert_eq!(greeting, run.messages[1]);
    (greeting, accepted)
}

/// The fault that an end meets in a flight, given as the fields of nothing if there is none.
fn outcome<T>(result: Result<T, Fault>) -> Result<Read, Fault> {
    result.map(|_| Read::new(Json::Null, Vec::new()))
}

fn bad_hellos(sheet: &mut Sheet, member: &End, run: &Run) {
    let hello = &run.messages[0];
    let insider = Insider::new();
    let hear = |bytes: &[u8]| match member.hear(PLACE, bytes) {
        Ok(None) => Err(Fault::InvalidProof),
        other => outcome(other),
    };
    let mut bad = |name, why, bytes: &[u8]| sheet.refused("heard hello", name, why, bytes, hear);
    let at = hello.len() - 1;
    bad("padding that is not zero", "Malformed", &[&hello[..at], &[1]].concat());
    bad("unpadded", "Malformed", &hello[..at]);
    bad("padded too far", "Malformed", &[&hello[..], &[0; 512]].concat());
    let mut other = hello.clone();
    other[2] ^= 1;
    bad("another nonce under the tag", "InvalidProof", &other);
    let elsewhere = insider.hello(hello, PLACE + 1, |_| ());
    bad("a tag of another link", "InvalidProof", &elsewhere);
    let unknown = insider.hello(hello, PLACE, |hello| hello.versions = vec![2]);
    bad("a version that nobody knows", "UnsupportedVersion", &unknown);
    let rising = insider.hello(hello, PLACE, |hello| hello.versions = vec![1, 2]);
    bad("versions that ascend", "Malformed", &rising);
    let many = insider.hello(hello, PLACE, |hello| hello.versions = (1..=9).rev().collect());
    bad("nine versions", "Malformed", &many);
}

fn bad_greetings(sheet: &mut Sheet, dialler: &End, run: &Run) {
    let [hello, greeting, ..] = &run.messages;
    let target = End::creator().key.peer();
    let hear = |bytes: &[u8]| outcome(dialler.dial(PLACE, Some(target)).0.on_greeting(bytes));
    let insider = Insider::new();
    let creator = End::creator().key;
    let forge = |signer, change: &dyn Fn(&mut wire::Greeting)| {
        insider.greeting(greeting, PLACE, hello, signer, change)
    };
    let mut bad = |name, why, bytes: &[u8]| {
        sheet.refused("heard greeting", name, why, bytes, hear);
    };
    let mut other = greeting.clone();
    other[3] ^= 1;
    bad("another nonce under the tag", "InvalidProof", &other);
    let newer = forge(Some(&creator), &|it| it.version = 2);
    bad("a version that was not agreed on", "InvalidProof", &newer);
    let none = forge(Some(&creator), &|it| it.versions = vec![]);
    bad("no version in common", "UnsupportedVersion", &none);
    let insiders = *insider.end.key.peer().as_bytes();
    let wrong = forge(Some(&insider.end.key), &|it| it.identification.peer = insiders);
    bad("another peer than expected", "InvalidProof", &wrong);
    let unsigned = forge(None, &|it| it.identification.time = UnixTime::from_millis(78));
    bad("other content under the signature", "InvalidSignature", &unsigned);
    let odd = forge(Some(&creator), &|it| it.identification.chain = vec![0, 0]);
    bad("a chain that is not canonical", "Malformed", &odd);
    let chain = party::pack(&dialler.grants);
    let lent = forge(Some(&creator), &|it| it.identification.chain.clone_from(&chain));
    bad("somebody else's chain", "InvalidCredential", &lent);
}

fn bad_proofs(sheet: &mut Sheet, member: &End, run: &Run) {
    let [hello, greeting, proof, _] = &run.messages;
    let hear = |bytes: &[u8]| outcome(asked(member, run).1.on_proof(bytes));
    let insider = Insider::new();
    let forge = |signer, change: &dyn Fn(&mut wire::Proof)| {
        insider.proof(proof, PLACE, [hello, greeting], signer, change)
    };
    let mut bad = |name, why, bytes: &[u8]| sheet.refused("heard proof", name, why, bytes, hear);
    let mut other = proof.clone();
    other[0] ^= 1;
    bad("another peer under the confirmation", "InvalidProof", &other);
    let unsigned = forge(None, &|it| it.purpose = Purpose::Connection { nonce: 1 });
    bad("other content under the signature", "InvalidSignature", &unsigned);
    let small = crate::key::unsound()[0];
    let unsound = forge(None, &|it| it.identification.peer = *small.as_bytes());
    bad("a key of small order", "Malformed", &unsound);
    let stranger = key(55);
    let lone = forge(Some(&stranger), &|it| {
        it.identification.peer = *stranger.peer().as_bytes();
        it.identification.chain = vec![0];
    });
    bad("a stranger without a chain", "InvalidCredential", &lone);
}

fn bad_answers(sheet: &mut Sheet, dialler: &End, run: &Run) {
    let [_, greeting, proof, answer] = &run.messages;
    let target = End::creator().key.peer();
    let hear = |bytes: &[u8]| {
        let greeted = dialler.dial(PLACE, Some(target)).0.on_greeting(greeting).unwrap();
        let (waiting, said) = dialler.prove(greeted);
        assert_eq!(said, *proof);
        outcome(waiting.on_answer(bytes))
    };
    let mut bad = |name, why, bytes: &[u8]| sheet.refused("heard answer", name, why, bytes, hear);
    let mut other = answer.clone();
    other[1] ^= 1;
    bad("another confirmation", "InvalidProof", &other);
    bad("an answer that there is not", "Malformed", &[&[2], &answer[1..]].concat());
}

/// Of a hello for anybody with nonce 32 × 08 and instance 7: t1, the tag key and the confirm key;
/// and its frame.
pub(crate) fn worked(
    genesis: &Genesis,
    secret: &[u8; 32],
    binding: &[u8; 32],
) -> ([[u8; 32]; 3], Vec<u8>) {
    let seat = Entrance { genesis, peer: key(1).peer(), secret };
    let end = LinkEnd { binding, instance: Instance::from_u64(7), nonce: [8; 32] };
    let (_, frame) = Initiator::new(seat, end, None);
    let hello: TaggedHello = wire::open(&body(&frame)).unwrap();
    let group = genesis.id();
    let tag_key = crate::hash::mac(secret, Label::LinkTag, &[group.as_bytes()]);
    let parts: [&[u8]; 2] = [group.as_bytes(), secret];
    let confirm_key = crate::hash::mac(binding, Label::LinkConfirm, &parts);
    ([keys::after_hello(&encode(&hello.hello)), tag_key, confirm_key], frame)
}
