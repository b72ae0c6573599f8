use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;

use super::initiator::Greeting;
use super::responder::Proven;
use super::*;
use crate::fault::Fault;
use crate::frame::Deframer;
use crate::genesis::Charter;
use crate::id::StatementId;
use crate::key::checks;
use crate::limits::{
    CHAIN_MAX, CITES_MAX, EVIDENCE_BYTES_MAX, HANDSHAKE_FRAME_BYTES_MAX, HANDSHAKE_PADDING,
    PREV_MAX,
};
use crate::statement::{Body, Grant, Lists, Role, Window};

mod attacks;
mod credentials;
mod explorer;
mod middle;
mod noise;
mod transcript;
mod vectors;

pub(crate) use vectors::worked;

const SECRET: [u8; 32] = [0x5e; 32];
const OLD_SECRET: [u8; 32] = [0x01; 32];

/// A peer at one end, with all that it brings.
#[derive(Clone)]
struct End {
    genesis: Genesis,
    secret: [u8; 32],
    key: SecretKey,
    grants: Vec<Statement>,
    instance: Instance,
    digest: [u8; 32],
}

/// Where and when a handshake happens: binding and nonces follow from the number.
type Place = u8;

fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes([number; 32])
}

fn genesis(number: u8) -> Genesis {
    Genesis::found(&key(100), [number; 32], UnixTime::from_millis(1), Charter::default())
}

fn ids(count: usize, salt: u8) -> Vec<StatementId> {
    (salt..).take(count).map(|mark| StatementId::from_bytes([mark; 32])).collect()
}

/// A chain of `roles`, to the peers 1, 2, 3 …, with lists as full as they get.
fn chain(genesis: &Genesis, roles: &[Role]) -> Vec<Statement> {
    let mut grants: Vec<Statement> = Vec::new();
    let mut author = key(100);
    for (number, role) in (1..).zip(roles) {
        let grant = Grant {
            subject: key(number).peer(),
            role: *role,
            window: Window { from: UnixTime::from_millis(0), until: UnixTime::MAX },
            continues: Some(StatementId::from_bytes([9; 32])),
        };
        let cred = grants.last().map(Statement::id);
        let lists = Lists::Full { prev: ids(PREV_MAX, 0), cites: ids(CITES_MAX, 1) };
        let body = Body::Grant(grant);
        grants.push(Statement::sign(&author, genesis.id(), cred, u32::MAX, body, lists));
        author = key(number);
    }
    grants
}

impl End {
    fn of(genesis: Genesis, key: SecretKey, grants: Vec<Statement>) -> Self {
        let mark = key.peer().as_bytes()[0];
        let instance = Instance::from_u64(u64::from(mark));
        Self { genesis, secret: SECRET, key, grants, instance, digest: [mark; 32] }
    }

    fn creator() -> Self {
        Self::of(genesis(1), key(100), Vec::new())
    }

    /// The peer at the end of a chain of `depth` Admins.
    fn admin(depth: u8) -> Self {
        let grants = chain(&genesis(1), &vec![Role::Admin; usize::from(depth)]);
        Self::of(genesis(1), key(depth), grants)
    }

    /// A member that the creator itself admitted.
    fn member(number: u8) -> Self {
        let mut member = Self::admin(1);
        let subject = key(number).peer();
        let grant =
            Grant { subject, role: Role::Member, window: Window::INFINITE, continues: None };
        let lists = Lists::Full { prev: Vec::new(), cites: Vec::new() };
        let group = member.genesis.id();
        let statement = Statement::sign(&key(100), group, None, 1, Body::Grant(grant), lists);
        member.grants = vec![statement];
        Self::of(member.genesis, key(number), member.grants)
    }

    fn seat(&self) -> Entrance<'_> {
        Entrance { genesis: &self.genesis, peer: self.key.peer(), secret: &self.secret }
    }

    fn introduction(&self) -> Introduction<'_> {
        Introduction {
            key: &self.key,
            grants: &self.grants,
            time: UnixTime::from_millis(77),
            digest: self.digest,
        }
    }

    fn dial(&self, place: Place, target: Option<PeerId>) -> (Initiator, Vec<u8>) {
        let nonce = [place ^ 0x40; 32];
        let end = LinkEnd { binding: &[place; 32], instance: self.instance, nonce };
        let (state, frame) = Initiator::new(self.seat(), end, target);
        (state, body(&frame))
    }

    fn accept(&self, place: Place) -> Responder {
        let nonce = [place ^ 0x80; 32];
        Responder::new(LinkEnd { binding: &[place; 32], instance: self.instance, nonce })
    }

    /// What the responder makes of a hello.
    fn hear(&self, place: Place, hello: &[u8]) -> Result<Option<Proven>, Fault> {
        let heard = self.accept(place).on_hello(hello, [((), self.seat())])?;
        Ok(heard.map(|((), proven)| proven))
    }

    fn greet(&self, place: Place, hello: &[u8]) -> (AwaitProof, Vec<u8>) {
        let proven = self.hear(place, hello).unwrap().expect("the tag fits");
        let (state, frame) = proven.greet(&self.introduction());
        (state, body(&frame))
    }

    fn prove(&self, greeting: Greeting) -> (AwaitAnswer, Vec<u8>) {
        let (state, frame) = greeting.proceed(&self.introduction(), Purpose::Group);
        (state, body(&frame))
    }
}

/// The body of the one frame.
fn body(mut frame: &[u8]) -> Vec<u8> {
    let mut deframer = Deframer::new(HANDSHAKE_FRAME_BYTES_MAX);
    let body = deframer.next(&mut frame).unwrap().expect("a whole frame");
    assert!(frame.is_empty());
    body.into_owned()
}

/// An honest run, with the bodies of its messages.
struct Run {
    initiator: Established,
    responder: Established,
    messages: [Vec<u8>; 4],
}

fn run(initiator: &End, responder: &End, place: Place, purpose: Purpose) -> Run {
    let (dialled, hello) = initiator.dial(place, Some(responder.key.peer()));
    let (accepted, greeting) = responder.greet(place, &hello);
    let greeted = dialled.on_greeting(&greeting).unwrap();
    let (waiting, proof) = greeted.proceed(&initiator.introduction(), purpose);
    let proof = body(&proof);
    let (established, answer) = accepted.on_proof(&proof).unwrap().welcome();
    let answer = body(&answer);
    let Answered::Welcome(other) = waiting.on_answer(&answer).unwrap() else { panic!("a welcome") };
    let messages = [hello, greeting, proof, answer];
    Run { initiator: other, responder: established, messages }
}

fn assert_is(counterpart: &Counterpart, end: &End) {
    assert_eq!(counterpart.peer, end.key.peer());
    assert_eq!(counterpart.instance, end.instance);
    assert_eq!(counterpart.digest, end.digest);
    assert_eq!(counterpart.time, UnixTime::from_millis(77));
    let ids = |grants: &[Statement]| grants.iter().map(Statement::id).collect::<Vec<_>>();
    assert_eq!(ids(&counterpart.grants), ids(&end.grants));
}

#[test]
fn two_honest_ends_learn_who_the_other_is_and_share_a_key() {
    let ends = [End::creator(), End::member(1), End::member(2), End::admin(5)];
    let purpose = Purpose::Connection { nonce: u64::MAX };
    for initiator in &ends {
        for responder in &ends {
            if initiator.key.peer() == responder.key.peer() {
                continue;
            }
            let Run { initiator: i, responder: r, .. } = run(initiator, responder, 1, purpose);
            assert_is(&i.counterpart, responder);
            assert_is(&r.counterpart, initiator);
            assert_eq!((i.side, r.side), (Side::Initiator, Side::Responder));
            assert_eq!((i.purpose, r.purpose), (purpose, purpose));
        }
    }
}

#[test]
fn the_same_handshake_gives_the_same_bytes() {
    let (one, two) = (End::creator(), End::member(1));
    let messages = || run(&one, &two, 1, Purpose::Group).messages;
    assert_eq!(messages(), messages());
}

#[test]
fn a_responder_finds_the_seat_among_many_and_by_either_secret() {
    let dialler = End::member(1);
    let mut old = dialler.clone();
    old.secret = OLD_SECRET;
    let other_group = End::of(genesis(2), key(3), Vec::new());
    let here = End::member(3);
    let previous = Entrance { secret: &OLD_SECRET, ..here.seat() };
    let seats = [("other", other_group.seat()), ("here", here.seat()), ("here", previous)];
    for dialler in [dialler, old] {
        for target in [None, Some(here.key.peer())] {
            let (initiator, hello) = dialler.dial(1, target);
            let (name, proven) = here.accept(1).on_hello(&hello, seats).unwrap().unwrap();
            assert_eq!(name, "here");
            let (_, greeting) = proven.greet(&here.introduction());
            let greeting = initiator.on_greeting(&body(&greeting)).unwrap();
            assert_is(greeting.counterpart(), &here);
        }
    }
}

#[test]
fn a_target_decides_among_two_seats_of_one_group() {
    let dialler = End::creator();
    let seats = [End::member(1), End::member(2)];
    for (index, seat) in seats.iter().enumerate() {
        let (_, hello) = dialler.dial(1, Some(seat.key.peer()));
        let named = seats.iter().map(End::seat).enumerate();
        let (found, _) = seats[0].accept(1).on_hello(&hello, named).unwrap().unwrap();
        assert_eq!(found, index);
    }
}

#[test]
fn the_first_seat_answers_whoever_names_no_target() {
    let (_, hello) = End::creator().dial(1, None);
    let seats = [End::member(1), End::member(2)];
    let named = seats.iter().map(End::seat).enumerate();
    let (found, _) = seats[0].accept(1).on_hello(&hello, named).unwrap().unwrap();
    assert_eq!(found, 0);
}

#[test]
fn two_peers_whose_instances_happen_to_be_equal_link_all_the_same() {
    let (one, mut other) = (End::creator(), End::member(1));
    other.instance = one.instance;
    let run = run(&one, &other, 1, Purpose::Group);
    assert_is(&run.initiator.counterpart, &other);
}

#[test]
fn a_denied_peer_learns_why_and_is_given_the_evidence() {
    let (dialler, member) = (End::member(1), End::creator());
    let (initiator, hello) = dialler.dial(1, None);
    let (responder, greeting) = member.greet(1, &hello);
    let (waiting, proof) = dialler.prove(initiator.on_greeting(&greeting).unwrap());
    let claim = responder.on_proof(&proof).unwrap();
    assert_is(claim.counterpart(), &dialler);
    assert_eq!(claim.purpose(), Purpose::Group);
    let evidence = vec![member.digest.to_vec(), vec![2; 100]];
    let referrals = vec!["tcp:192.0.2.1:9".parse().unwrap()];
    let answer = claim.deny(Denial::Removed, evidence.clone(), referrals.clone());

    let Answered::Denied { counterpart, reason, evidence: given, referrals: others } =
        waiting.on_answer(&body(&answer)).unwrap()
    else {
        panic!("a denial")
    };
    assert_eq!(others, referrals);
    assert_is(&counterpart, &member);
    assert_eq!((reason, given), (Denial::Removed, evidence));
}

#[test]
fn evidence_is_cut_where_it_would_exceed_its_bounds() {
    let denied = |evidence| match wire::Answer::denied(2, evidence, Vec::new()) {
        wire::Answer::Denied { evidence, .. } => evidence,
        wire::Answer::Welcome => panic!("a denial"),
    };
    let half = vec![0; EVIDENCE_BYTES_MAX / 2];
    let evidence = vec![half.clone(), half.clone(), vec![1]];
    assert_eq!(denied(evidence), [half.clone(), half.clone()]);
    assert_eq!(denied(vec![vec![]; 100]).len(), crate::limits::EVIDENCE_MAX);
}

#[test]
fn the_largest_handshake_fits_its_frames_and_every_size_is_padded() {
    let depth = u8::try_from(CHAIN_MAX).unwrap();
    let (admin, creator) = (End::admin(depth), End::creator());
    for (initiator, responder) in [(&admin, &creator), (&creator, &admin)] {
        let Run { messages, initiator: i, responder: r } =
            run(initiator, responder, 1, Purpose::Connection { nonce: u64::MAX });
        for message in &messages {
            assert_eq!(message.len() % HANDSHAKE_PADDING, 0);
            assert!(message.len() <= HANDSHAKE_FRAME_BYTES_MAX);
        }
        let grants = [i.counterpart.grants, r.counterpart.grants].concat();
        assert_eq!(grants.len(), CHAIN_MAX);
        let full = grants.iter().rev().take_while(|grant| grant.lists().are_full()).count();
        assert_eq!(full, grants.iter().filter(|grant| grant.lists().are_full()).count());
        assert!(full >= 5, "{full}");
    }
}

#[test]
fn the_largest_denial_fits_its_frame() {
    let evidence = vec![vec![1; EVIDENCE_BYTES_MAX / 32]; 32];
    let answer = wire::Answer::denied(255, evidence, Vec::new());
    let frame = wire::seal(&wire::ConfirmedAnswer { answer, confirmation: [1; 32] });
    let read: wire::ConfirmedAnswer = wire::open(&body(&frame)).unwrap();
    assert!(read.answer.is_bounded());
}

#[test]
fn a_short_chain_keeps_all_its_lists() {
    let run = run(&End::admin(8), &End::creator(), 1, Purpose::Group);
    assert_eq!(run.responder.counterpart.grants, End::admin(8).grants);
}

#[test]
fn a_denial_keeps_its_number_and_an_unknown_one_is_another_reason() {
    for code in 0..=u8::MAX {
        let denial = Denial::from_code(code);
        assert_eq!(denial.code(), if code <= 9 { code } else { 0 });
    }
}

#[test]
fn k04_no_key_is_shown() {
    let (state, _) = End::creator().dial(1, None);
    assert!(!alloc::format!("{state:?}").contains("94, 94"));
    assert!(alloc::format!("{state:?}").contains("Keys(…)"));
    let Run { initiator, .. } = run(&End::creator(), &End::member(1), 1, Purpose::Group);
    assert_eq!(alloc::format!("{:?}", initiator.key), "LinkKey(…)");
}

#[test]
fn every_denial_reads_otherwise() {
    let texts: BTreeSet<String> = (0..=9)
        .map(|code| Denial::from_code(code).to_string())
        .filter(|it| !it.is_empty())
        .collect();
    assert_eq!(texts.len(), 10);
}
