//! What the network and malicious members try on a link.

use super::wire::{Answer, ConfirmedAnswer, SignedGreeting, SignedProof, TaggedHello};
use super::*;
use crate::codec::encode;
use crate::hash::Label;

/// A member between two ends: it knows the link secret, so it can make every tag, and every
/// confirmation whose transcript it knows. It lacks the ends' secret keys.
pub(super) struct Insider {
    pub(super) end: End,
}

impl Insider {
    pub(super) fn new() -> Self {
        Self { end: End::member(66) }
    }

    fn keys(&self, place: Place) -> keys::Keys {
        keys::Keys::new(&self.end.secret, self.end.genesis.id(), &[place; 32])
    }

    /// The hello, changed and tagged for a link.
    pub(super) fn hello(
        &self,
        body: &[u8],
        place: Place,
        change: impl FnOnce(&mut wire::Hello),
    ) -> Vec<u8> {
        let TaggedHello { mut hello, .. } = wire::open(body).unwrap();
        change(&mut hello);
        let digest = keys::after_hello(&encode(&hello));
        let tag = self.keys(place).hello_tag(&[place; 32], &digest, None);
        super::body(&wire::seal(&TaggedHello { hello, tag }))
    }

    /// The greeting, changed and tagged for a link on which `hello` was said; signed anew only by
    /// a key that is given.
    pub(super) fn greeting(
        &self,
        body: &[u8],
        place: Place,
        hello: &[u8],
        signer: Option<&SecretKey>,
        change: impl FnOnce(&mut wire::Greeting),
    ) -> Vec<u8> {
        let TaggedHello { hello, tag: hello_tag } = wire::open(hello).unwrap();
        let SignedGreeting { mut greeting, mut signature, .. } = wire::open(body).unwrap();
        change(&mut greeting);
        let digest = keys::after_hello(&encode(&hello));
        let bytes = encode(&greeting);
        let binding = [place; 32];
        let tag = self.keys(place).greeting_tag(&binding, &digest, &hello_tag, &bytes);
        if let Some(key) = signer {
            let group = self.end.genesis.id();
            let tags = [&hello_tag, &tag];
            let transcript = keys::after_greeting(group, &binding, &digest, tags, &bytes);
            signature = key.sign(Label::LinkResponder, group.as_bytes(), &transcript);
        }
        super::body(&wire::seal(&SignedGreeting { greeting, tag, signature }))
    }

    /// The proof, changed and confirmed for a link on which `hello` and `greeting` were said;
    /// signed anew only by a key that is given.
    pub(super) fn proof(
        &self,
        body: &[u8],
        place: Place,
        before: [&[u8]; 2],
        signer: Option<&SecretKey>,
        change: impl FnOnce(&mut wire::Proof),
    ) -> Vec<u8> {
        let SignedProof { mut proof, mut signature, .. } = wire::open(body).unwrap();
        change(&mut proof);
        let transcript = self.transcript(place, before);
        let greeting: SignedGreeting = wire::open(before[1]).unwrap();
        let transcript = keys::after_proof(&transcript, &greeting.signature, &encode(&proof));
        if let Some(key) = signer {
            signature =
                key.sign(Label::LinkInitiator, self.end.genesis.id().as_bytes(), &transcript);
        }
        let confirmation =
            self.keys(place).confirmation(Side::Initiator, &transcript, Some(&signature));
        super::body(&wire::seal(&SignedProof { proof, signature, confirmation }))
    }

    fn transcript(&self, place: Place, [hello, greeting]: [&[u8]; 2]) -> keys::Transcript {
        let hello: TaggedHello = wire::open(hello).unwrap();
        let greeting: SignedGreeting = wire::open(greeting).unwrap();
        let digest = keys::after_hello(&encode(&hello.hello));
        let tags = [&hello.tag, &greeting.tag];
        let bytes = encode(&greeting.greeting);
        keys::after_greeting(self.end.genesis.id(), &[place; 32], &digest, tags, &bytes)
    }
}

#[test]
fn l01_a_relay_between_two_links_gets_no_answer() {
    let (dialler, member) = (End::member(1), End::creator());
    let (_, hello) = dialler.dial(1, None);
    assert!(member.hear(2, &hello).unwrap().is_none());
}

#[test]
fn l01_a_greeting_for_one_link_is_refused_on_another() {
    let (dialler, member) = (End::member(1), End::creator());
    let (initiator, _) = dialler.dial(1, None);
    let (_, hello) = dialler.dial(2, None);
    let (_, greeting) = member.greet(2, &hello);
    assert_eq!(initiator.on_greeting(&greeting).unwrap_err(), Fault::InvalidProof);
}

#[test]
fn l01_a_member_between_two_links_cannot_pass_for_the_responder() {
    let (dialler, member, insider) = (End::member(1), End::creator(), Insider::new());
    let (initiator, hello) = dialler.dial(1, None);
    let relayed = insider.hello(&hello, 2, |_| ());
    let (_, greeting) = member.greet(2, &relayed);
    let relayed = insider.greeting(&greeting, 1, &hello, None, |_| ());
    assert_eq!(initiator.on_greeting(&relayed).unwrap_err(), Fault::InvalidSignature);
}

#[test]
fn l01_a_member_between_two_links_cannot_pass_for_the_initiator() {
    let (dialler, member, insider) = (End::member(1), End::creator(), Insider::new());
    let (initiator, hello) = dialler.dial(1, None);
    // to the dialler it is itself; to the member it wants to be the dialler
    let (_, own_greeting) = insider.end.greet(1, &hello);
    let (_, proof) = dialler.prove(initiator.on_greeting(&own_greeting).unwrap());
    let relayed = insider.hello(&hello, 2, |_| ());
    let (responder, greeting) = member.greet(2, &relayed);
    let before = [relayed.as_slice(), greeting.as_slice()];
    let relayed = insider.proof(&proof, 2, before, None, |_| ());
    assert_eq!(responder.on_proof(&relayed).unwrap_err(), Fault::InvalidSignature);
}

#[test]
fn l02_a_member_cannot_put_its_name_to_anothers_signature() {
    let (dialler, member, insider) = (End::member(1), End::creator(), Insider::new());
    let own = |end: &End| {
        party::Party::new(
            end.seat(),
            LinkEnd { binding: &[1; 32], instance: end.instance, nonce: [0; 32] },
        )
        .identify(&end.introduction())
    };
    let (initiator, hello) = dialler.dial(1, None);
    let (responder, greeting) = member.greet(1, &hello);
    let renamed = insider.greeting(&greeting, 1, &hello, None, |greeting| {
        greeting.identification = own(&insider.end);
    });
    assert_eq!(initiator.on_greeting(&renamed).unwrap_err(), Fault::InvalidSignature);

    let (initiator, _) = dialler.dial(1, None);
    let (_, proof) = dialler.prove(initiator.on_greeting(&greeting).unwrap());
    let before = [hello.as_slice(), greeting.as_slice()];
    let renamed =
        insider.proof(&proof, 1, before, None, |proof| proof.identification = own(&insider.end));
    assert_eq!(responder.on_proof(&renamed).unwrap_err(), Fault::InvalidSignature);
}

#[test]
fn l02_the_signer_of_a_greeting_is_the_peer_it_names() {
    let (dialler, member, insider) = (End::member(1), End::creator(), Insider::new());
    let (initiator, hello) = dialler.dial(1, None);
    let (_, greeting) = member.greet(1, &hello);
    let signed = insider.greeting(&greeting, 1, &hello, Some(&insider.end.key), |_| ());
    assert_eq!(initiator.on_greeting(&signed).unwrap_err(), Fault::InvalidSignature);
}

#[test]
fn l02_a_message_of_another_run_fits_into_none() {
    let (dialler, member) = (End::member(1), End::creator());
    let other = run(&End::member(2), &member, 1, Purpose::Group).messages;
    let (initiator, hello) = dialler.dial(1, None);
    assert!(initiator.on_greeting(&other[1]).is_err());
    let (responder, greeting) = member.greet(1, &hello);
    assert_eq!(responder.on_proof(&other[2]).unwrap_err(), Fault::InvalidProof);
    let (initiator, _) = dialler.dial(1, None);
    let (waiting, _) = dialler.prove(initiator.on_greeting(&greeting).unwrap());
    assert_eq!(waiting.on_answer(&other[3]).unwrap_err(), Fault::InvalidProof);
}

#[test]
fn l02_whoever_expects_a_peer_reveals_itself_to_no_other() {
    let (dialler, member, insider) = (End::member(1), End::creator(), Insider::new());
    let (initiator, hello) = dialler.dial(1, Some(member.key.peer()));
    assert!(insider.end.hear(1, &hello).unwrap().is_none());
    // it guesses whom the tag is for and answers all the same
    let seat = Entrance { peer: member.key.peer(), ..insider.end.seat() };
    let ((), proven) = insider.end.accept(1).on_hello(&hello, [((), seat)]).unwrap().unwrap();
    let (_, greeting) = proven.greet(&insider.end.introduction());
    let signed =
        insider.greeting(&body(&greeting), 1, &hello, Some(&insider.end.key), |greeting| {
            greeting.identification.peer = *insider.end.key.peer().as_bytes();
        });
    assert_eq!(initiator.on_greeting(&signed).unwrap_err(), Fault::InvalidProof);
}

#[test]
fn l03_no_message_passes_for_another() {
    let (dialler, member) = (End::member(1), End::creator());
    let messages = run(&dialler, &member, 1, Purpose::Group).messages;
    for (index, message) in messages.iter().enumerate() {
        let (initiator, hello) = dialler.dial(1, Some(member.key.peer()));
        let (responder, greeting) = member.greet(1, &hello);
        let greeted = initiator.on_greeting(&greeting).unwrap();
        let (waiting, _) = dialler.prove(greeted);
        let (initiator, _) = dialler.dial(1, Some(member.key.peer()));
        let heard = matches!(member.hear(1, message), Ok(Some(_)));
        assert_eq!(heard, index == 0, "as hello");
        assert_eq!(initiator.on_greeting(message).is_ok(), index == 1, "as greeting");
        assert_eq!(responder.on_proof(message).is_ok(), index == 2, "as proof");
        assert_eq!(waiting.on_answer(message).is_ok(), index == 3, "as answer");
    }
}

#[test]
fn l03_a_tag_and_a_confirmation_are_of_one_role() {
    let insider = Insider::new();
    let keys = insider.keys(1);
    let transcript = [3; 32];
    let sides = [Side::Initiator, Side::Responder];
    let [one, other] = sides.map(|side| keys.confirmation(side, &transcript, None));
    assert_ne!(one, other);
    let one = keys.hello_tag(&[1; 32], &transcript, None);
    assert_ne!(one, keys.greeting_tag(&[1; 32], &transcript, &[0; 16], &[0; 16]));
}

#[test]
fn l03_a_node_that_has_reached_itself_stops() {
    let node = End::member(1);
    let (initiator, hello) = node.dial(1, None);
    let (_, greeting) = node.greet(1, &hello);
    assert_eq!(initiator.on_greeting(&greeting).unwrap_err(), Fault::Itself);
}

#[test]
fn l03_a_responder_refuses_its_own_node_even_if_the_initiator_does_not_look() {
    let (node, insider) = (End::member(1), Insider::new());
    let template = run(&node, &End::creator(), 1, Purpose::Group).messages;
    let (_, hello) = node.dial(1, None);
    let (responder, greeting) = node.greet(1, &hello);
    let before = [hello.as_slice(), greeting.as_slice()];
    let proof = insider.proof(&template[2], 1, before, Some(&node.key), |_| ());
    assert_eq!(responder.on_proof(&proof).unwrap_err(), Fault::Itself);
}

#[test]
fn l03_another_node_of_the_same_peer_is_welcome() {
    let (one, mut other) = (End::member(1), End::member(1));
    other.instance = Instance::from_u64(99);
    let run = run(&one, &other, 1, Purpose::Group);
    assert_is(&run.initiator.counterpart, &other);
    assert_is(&run.responder.counterpart, &one);
}

#[test]
fn l04_no_recorded_flight_passes_on_another_link() {
    let (dialler, member) = (End::member(1), End::creator());
    let recorded = run(&dialler, &member, 1, Purpose::Group).messages;
    assert!(member.hear(2, &recorded[0]).unwrap().is_none());
    let (initiator, hello) = dialler.dial(2, None);
    assert_eq!(initiator.on_greeting(&recorded[1]).unwrap_err(), Fault::InvalidProof);
    let (responder, greeting) = member.greet(2, &hello);
    assert_eq!(responder.on_proof(&recorded[2]).unwrap_err(), Fault::InvalidProof);
    let (initiator, _) = dialler.dial(2, None);
    let (waiting, _) = dialler.prove(initiator.on_greeting(&greeting).unwrap());
    assert_eq!(waiting.on_answer(&recorded[3]).unwrap_err(), Fault::InvalidProof);
}

#[test]
fn l04_nonces_alone_keep_recorded_flights_out_even_if_a_binding_came_twice() {
    let (dialler, member) = (End::member(1), End::creator());
    let recorded = run(&dialler, &member, 1, Purpose::Group).messages;
    let binding = &[1; 32];
    let fresh = |end: &End| LinkEnd { binding, instance: end.instance, nonce: [0xee; 32] };
    let responder = Responder::new(fresh(&member));
    let ((), proven) = responder.on_hello(&recorded[0], [((), member.seat())]).unwrap().unwrap();
    let (responder, _) = proven.greet(&member.introduction());
    assert_eq!(responder.on_proof(&recorded[2]).unwrap_err(), Fault::InvalidProof);
    let (initiator, hello) = Initiator::new(dialler.seat(), fresh(&dialler), None);
    let hello = body(&hello);
    assert_eq!(initiator.on_greeting(&recorded[1]).unwrap_err(), Fault::InvalidProof);
    let (initiator, _) = Initiator::new(dialler.seat(), fresh(&dialler), None);
    let (_, greeting) = member.greet(1, &hello);
    let (waiting, _) = dialler.prove(initiator.on_greeting(&greeting).unwrap());
    assert_eq!(waiting.on_answer(&recorded[3]).unwrap_err(), Fault::InvalidProof);
}

#[test]
fn l05_both_ends_pick_the_greatest_version_in_common() {
    assert_eq!(wire::agree(&[3, 2, 1], &[4, 2, 1]), Ok(2));
    assert_eq!(wire::agree(&[4, 2, 1], &[3, 2, 1]), Ok(2));
    assert_eq!(wire::agree(&[1], &[3, 2]), Err(Fault::UnsupportedVersion));
    assert_eq!(wire::agree(&[1], &[]), Err(Fault::UnsupportedVersion));
}

#[test]
fn l05_a_list_of_versions_is_short_and_descending() {
    for list in [&[1, 1][..], &[1, 2], &[9, 8, 7, 6, 5, 4, 3, 2, 1]] {
        assert_eq!(wire::agree(&[1], list), Err(Fault::Malformed));
    }
    assert_eq!(wire::agree(&[1], &[8, 7, 6, 5, 4, 3, 2, 1]), Ok(1), "as long as may be");
    assert!(wire::VERSIONS.iter().zip(&wire::VERSIONS[1..]).all(|(one, next)| one > next));
    assert!(wire::VERSIONS.len() <= crate::limits::VERSIONS_MAX);
}

#[test]
fn l05_a_changed_list_of_versions_ends_the_handshake() {
    let (dialler, member, insider) = (End::member(1), End::creator(), Insider::new());
    // the network: the tag does not fit any more
    let (initiator, hello) = dialler.dial(1, None);
    let TaggedHello { hello: mut changed, tag } = wire::open(&hello).unwrap();
    changed.versions = vec![2, 1];
    let changed = body(&wire::seal(&TaggedHello { hello: changed, tag }));
    assert!(member.hear(1, &changed).unwrap().is_none());
    // a member: the signature does not
    let changed = insider.hello(&hello, 1, |hello| hello.versions = vec![2, 1]);
    let (_, greeting) = member.greet(1, &changed);
    let greeting = insider.greeting(&greeting, 1, &hello, None, |_| ());
    assert_eq!(initiator.on_greeting(&greeting).unwrap_err(), Fault::InvalidSignature);
    let (initiator, _) = dialler.dial(1, None);
    let (_, greeting) = member.greet(1, &hello);
    let changed =
        insider.greeting(&greeting, 1, &hello, None, |greeting| greeting.versions = vec![2, 1]);
    assert_eq!(initiator.on_greeting(&changed).unwrap_err(), Fault::InvalidSignature);
}

#[test]
fn l05_a_responder_cannot_pick_a_version_of_its_own() {
    let (dialler, insider) = (End::member(1), Insider::new());
    for (versions, version, fault) in [
        (vec![2, 1], 2, Fault::InvalidProof),
        (vec![1], 7, Fault::InvalidProof),
        (vec![2], 2, Fault::UnsupportedVersion),
    ] {
        let (initiator, hello) = dialler.dial(1, None);
        let (_, greeting) = insider.end.greet(1, &hello);
        let signer = Some(&insider.end.key);
        let changed = insider.greeting(&greeting, 1, &hello, signer, |greeting| {
            greeting.versions = versions;
            greeting.version = version;
        });
        assert_eq!(initiator.on_greeting(&changed).unwrap_err(), fault);
    }
}

#[test]
fn l05_an_initiator_without_a_common_version_hears_nothing() {
    let (dialler, member, insider) = (End::member(1), End::creator(), Insider::new());
    let (_, hello) = dialler.dial(1, None);
    let newer = insider.hello(&hello, 1, |hello| hello.versions = vec![3, 2]);
    assert_eq!(member.hear(1, &newer).unwrap_err(), Fault::UnsupportedVersion);
}

#[test]
fn l06_a_stranger_gets_no_byte_and_costs_no_signature_check() {
    let member = End::member(1);
    let mut wrong_secret = End::creator();
    wrong_secret.secret = OLD_SECRET;
    let wrong_group = End::of(genesis(2), key(100), Vec::new());
    let (_, honest) = End::creator().dial(1, None);
    let mut hellos = vec![
        wrong_secret.dial(1, None).1,
        wrong_secret.dial(1, Some(member.key.peer())).1,
        wrong_group.dial(1, None).1,
        End::creator().dial(1, Some(key(9).peer())).1,
        vec![0; HANDSHAKE_PADDING],
        vec![0xff; HANDSHAKE_PADDING],
        vec![7; 3],
        Vec::new(),
    ];
    hellos.push([honest.clone(), vec![0; HANDSHAKE_PADDING]].concat());
    hellos.push(honest[..honest.len() - 1].to_vec());
    for hello in hellos {
        // there is no state to greet from, so there is nothing to send
        let (heard, spent) = checks::during(|| member.hear(1, &hello));
        assert!(matches!(heard, Ok(None) | Err(Fault::Malformed)), "{heard:?}");
        assert_eq!(spent, 0);
    }
    let (heard, spent) = checks::during(|| member.hear(1, &honest));
    assert!(heard.unwrap().is_some());
    assert_eq!(spent, 0);
}

#[test]
fn l06_the_group_and_the_target_are_not_on_the_wire() {
    let (dialler, member) = (End::member(1), End::creator());
    let run = run(&dialler, &member, 1, Purpose::Group);
    let shown =
        |message: &[u8], secret: &[u8; 32]| message.windows(32).any(|window| window == secret);
    for message in &run.messages {
        assert!(!shown(message, dialler.genesis.id().as_bytes()));
        assert!(!shown(message, &SECRET));
    }
    assert!(!shown(&run.messages[0], member.key.peer().as_bytes()));
    assert!(!shown(&run.messages[0], dialler.key.peer().as_bytes()));
    assert!(!shown(&run.messages[1], dialler.key.peer().as_bytes()));
}

#[test]
fn l06_every_hello_has_one_size() {
    let sizes = [End::creator(), End::admin(24)].map(|end| end.dial(1, None).1.len());
    assert_eq!(sizes, [HANDSHAKE_PADDING; 2]);
}

#[test]
fn l06_an_answer_that_the_responder_did_not_confirm_is_refused() {
    let (dialler, member, insider) = (End::member(1), End::creator(), Insider::new());
    let (initiator, hello) = dialler.dial(1, None);
    let (_, greeting) = member.greet(1, &hello);
    let (waiting, _) = dialler.prove(initiator.on_greeting(&greeting).unwrap());
    let confirmation = insider.keys(1).confirmation(Side::Responder, &[0; 32], None);
    let forged = ConfirmedAnswer { answer: Answer::Welcome, confirmation };
    let forged = body(&wire::seal(&forged));
    assert_eq!(waiting.on_answer(&forged).unwrap_err(), Fault::InvalidProof);
}

#[test]
fn a_member_that_answers_with_more_evidence_than_allowed_is_refused() {
    let (dialler, insider) = (End::member(1), Insider::new());
    let bytes = EVIDENCE_BYTES_MAX;
    for (evidence, fits) in [
        (vec![vec![1; 1]; 32], true),
        (vec![vec![1; 1]; 33], false),
        (vec![vec![1; bytes]], true),
        (vec![vec![1; bytes + 1]], false),
    ] {
        let (initiator, hello) = dialler.dial(1, None);
        let (_, greeting) = insider.end.greet(1, &hello);
        let (waiting, proof) = dialler.prove(initiator.on_greeting(&greeting).unwrap());
        let signed: SignedGreeting = wire::open(&greeting).unwrap();
        let SignedProof { proof, signature, confirmation } = wire::open(&proof).unwrap();
        let before = insider.transcript(1, [&hello, &greeting]);
        let transcript = keys::after_proof(&before, &signed.signature, &encode(&proof));
        let answer = Answer::Denied { reason: 5, evidence, referrals: Vec::new() };
        let bytes = encode(&answer);
        let transcript = keys::after_answer(&transcript, &signature, &confirmation, &bytes);
        let confirmation = insider.keys(1).confirmation(Side::Responder, &transcript, None);
        let answer = body(&wire::seal(&ConfirmedAnswer { answer, confirmation }));
        let outcome = waiting.on_answer(&answer).map(|_| ());
        assert_eq!(outcome, if fits { Ok(()) } else { Err(Fault::TooLarge) });
    }
}
