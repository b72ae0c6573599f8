//! Somebody in the middle of two handshakes at once, who mixes their flights, or knows the link
//! secret and alters what it passes on with every tag as it should be.

use super::attacks::Insider;
use super::wire::{Greeting, Hello, Proof};
use super::*;
use alloc::format;

/// Two ends, what they want, and where: the binding and the nonces.
struct Scene {
    what: &'static str,
    initiator: End,
    responder: End,
    target: bool,
    purpose: Purpose,
    binding: u8,
    nonce: u8,
}

impl Scene {
    /// A member dials the creator.
    fn plain() -> Self {
        Self {
            what: "itself",
            initiator: End::member(1),
            responder: End::creator(),
            target: true,
            purpose: Purpose::Group,
            binding: 1,
            nonce: 1,
        }
    }

    /// What else the two, or others, may be saying to each other at the same time.
    fn others() -> [Self; 8] {
        let plain = || Self { nonce: 2, binding: 2, ..Self::plain() };
        let other_group = genesis(2);
        let of_other_group = |end: End, grants| End { grants, genesis: other_group.clone(), ..end };
        let mut again = End::member(1);
        again.instance = Instance::from_u64(99);
        [
            Self { what: "another link", ..plain() },
            Self { what: "no target", target: false, ..plain() },
            Self { what: "another purpose", purpose: Purpose::Connection { nonce: 7 }, ..plain() },
            Self { what: "another initiator", initiator: End::member(2), ..plain() },
            Self { what: "another responder", responder: End::member(3), ..plain() },
            Self { what: "another node of the initiator", initiator: again, ..plain() },
            Self {
                what: "roles exchanged",
                initiator: End::creator(),
                responder: End::member(1),
                ..plain()
            },
            Self {
                what: "another group",
                initiator: of_other_group(End::creator(), Vec::new()),
                responder: of_other_group(End::admin(1), chain(&genesis(2), &[Role::Admin])),
                ..plain()
            },
        ]
    }

    fn end<'a>(&self, of: &End, binding: &'a [u8; 32], mark: u8) -> LinkEnd<'a> {
        LinkEnd { binding, instance: of.instance, nonce: [self.nonce ^ mark; 32] }
    }

    fn dial(&self) -> (Initiator, Vec<u8>) {
        let binding = [self.binding; 32];
        let target = self.target.then(|| self.responder.key.peer());
        let end = self.end(&self.initiator, &binding, 0x40);
        let (machine, frame) = Initiator::new(self.initiator.seat(), end, target);
        (machine, body(&frame))
    }

    fn greet(&self, hello: &[u8]) -> Option<(AwaitProof, Vec<u8>)> {
        let binding = [self.binding; 32];
        let machine = Responder::new(self.end(&self.responder, &binding, 0x80));
        let heard = machine.on_hello(hello, [((), self.responder.seat())]).ok()??;
        let (machine, frame) = heard.1.greet(&self.responder.introduction());
        Some((machine, body(&frame)))
    }

    /// The whole of it, undisturbed.
    fn messages(&self) -> [Vec<u8>; 4] {
        let given = |_, own: Vec<u8>| own;
        let (messages, ends) = self.play(&given);
        assert_eq!(ends, [true, true], "{}", self.what);
        messages
    }

    /// Plays with somebody in the middle, who gives on what it likes in place of each flight.
    /// Gives the flights said, empty where none was, and which ends came up.
    fn play(&self, give: &dyn Fn(usize, Vec<u8>) -> Vec<u8>) -> ([Vec<u8>; 4], [bool; 2]) {
        let mut said: [Vec<u8>; 4] = Default::default();
        let (machine, hello) = self.dial();
        said[0].clone_from(&hello);
        let Some((responder, greeting)) = self.greet(&give(0, hello)) else {
            return (said, [false; 2]);
        };
        said[1].clone_from(&greeting);
        let Ok(greeted) = machine.on_greeting(&give(1, greeting)) else {
            return (said, [false; 2]);
        };
        let (waiting, proof) = greeted.proceed(&self.initiator.introduction(), self.purpose);
        said[2] = body(&proof);
        let Ok(claim) = responder.on_proof(&give(2, said[2].clone())) else {
            return (said, [false; 2]);
        };
        assert_eq!(claim.purpose(), self.purpose);
        assert_is(claim.counterpart(), &self.initiator);
        let (_, answer) = claim.welcome();
        said[3] = body(&answer);
        let answered = waiting.on_answer(&give(3, said[3].clone()));
        let is_up = matches!(answered, Ok(Answered::Welcome(up)) if {
            assert_is(&up.counterpart, &self.responder);
            up.purpose == self.purpose
        });
        (said, [is_up, true])
    }
}

#[test]
fn l02_of_two_handshakes_no_mixture_of_flights_goes_past_the_first_that_is_not_its_own() {
    let scene = Scene::plain();
    let mut played = 0;
    // a transport that gave two links one binding would break its contract: nonces are left
    let with_binding = |binding| Scene::others().map(|other| Scene { binding, ..other });
    for other in with_binding(2).into_iter().chain(with_binding(1)) {
        let foreign = other.messages();
        for mixture in 0_u32..16 {
            let is_foreign = |index: usize| mixture >> index & 1 == 1;
            let give = |index: usize, said: Vec<u8>| {
                if is_foreign(index) { foreign[index].clone() } else { said }
            };
            let (said, ends) = scene.play(&give);
            let what = format!("{}, {}, {mixture:04b}", other.what, other.binding);
            let first = (0..4).find(|index| is_foreign(*index));
            // a responder is up once it has answered; whether it is heard it learns later
            assert_eq!(ends, [first.is_none(), first.is_none_or(|it| it == 3)], "{what}");
            let spoken = said.iter().take_while(|flight| !flight.is_empty()).count();
            let is_hello_known = other.binding == scene.binding && first == Some(0);
            let most = first.map_or(4, |it| it + 1 + usize::from(is_hello_known));
            assert!(spoken <= most, "{what}: somebody goes on after {spoken}");
            played += 1;
        }
    }
    assert_eq!(played, 2 * 8 * 16);
}

#[test]
fn l02_a_member_in_the_middle_that_tags_foreign_flights_anew_gains_nothing() {
    let (scene, insider) = (Scene::plain(), Insider::new());
    let (_, hello) = scene.dial();
    let (_, greeting) = scene.greet(&hello).unwrap();
    for other in &Scene::others() {
        let foreign = other.messages();
        let tagged = insider.greeting(&foreign[1], 1, &hello, None, |_| ());
        let fault = scene.dial().0.on_greeting(&tagged).unwrap_err();
        // a greeting of another peer than the one it is to reach is not even looked at
        let expected = [Fault::InvalidSignature, Fault::InvalidProof];
        assert!(expected.contains(&fault), "{}: {fault}", other.what);
        let confirmed = insider.proof(&foreign[2], 1, [&hello, &greeting], None, |_| ());
        let (responder, _) = scene.greet(&hello).unwrap();
        let fault = responder.on_proof(&confirmed).unwrap_err();
        assert_eq!(fault, Fault::InvalidSignature, "{}", other.what);
    }
}

type Change<T> = (&'static str, fn(&mut T));

const HELLO: [Change<Hello>; 4] = [
    ("versions added", |it| it.versions.insert(0, 2)),
    ("another nonce", |it| it.nonce[0] ^= 1),
    ("another instance", |it| it.instance = Instance::from_u64(5)),
    ("a reflected nonce", |it| it.nonce = [0x81; 32]),
];

const GREETING: [Change<Greeting>; 8] = [
    ("versions added", |it| it.versions.insert(0, 2)),
    ("another version", |it| it.version = 2),
    ("another nonce", |it| it.nonce[31] ^= 1),
    ("another instance", |it| it.instance = Instance::from_u64(5)),
    ("another peer", |it| it.identification.peer = *key(3).peer().as_bytes()),
    ("another chain", |it| it.identification.chain = vec![9]),
    ("another time", |it| it.identification.time = UnixTime::MAX),
    ("another digest", |it| it.identification.digest[0] ^= 1),
];

const PROOF: [Change<Proof>; 6] = [
    ("another peer", |it| it.identification.peer = *key(3).peer().as_bytes()),
    ("another chain", |it| it.identification.chain = vec![9]),
    ("another time", |it| it.identification.time = UnixTime::MAX),
    ("another digest", |it| it.identification.digest[0] ^= 1),
    ("another purpose", |it| it.purpose = Purpose::Connection { nonce: 1 }),
    ("another connection", |it| it.purpose = Purpose::Connection { nonce: 0 }),
];

#[test]
fn l05_a_member_in_the_middle_changes_no_field_of_any_flight_unnoticed() {
    let (scene, insider) = (Scene::plain(), Insider::new());
    let (_, hello) = scene.dial();
    let (_, greeting) = scene.greet(&hello).unwrap();
    let creator = Some(End::creator().key.peer());
    for (what, change) in HELLO {
        // the responder cannot know; the initiator sees it by the responder's signature
        let changed = insider.hello(&hello, 1, change);
        let (_, answer) = scene.greet(&changed).unwrap();
        let tagged = insider.greeting(&answer, 1, &hello, None, |_| ());
        let fault = scene.dial().0.on_greeting(&tagged).unwrap_err();
        assert_eq!(fault, Fault::InvalidSignature, "hello with {what}");
    }
    for (what, change) in GREETING {
        let changed = insider.greeting(&greeting, 1, &hello, None, change);
        let fault = scene.dial().0.on_greeting(&changed).unwrap_err();
        let expected = [Fault::InvalidSignature, Fault::InvalidProof];
        assert!(expected.contains(&fault), "greeting with {what}: {fault}");
    }
    let greeted = scene.dial().0.on_greeting(&greeting).unwrap();
    assert_eq!(Some(greeted.counterpart().peer), creator);
    let (_, proof) = greeted.proceed(&scene.initiator.introduction(), Purpose::Group);
    for (what, change) in PROOF {
        let changed = insider.proof(&body(&proof), 1, [&hello, &greeting], None, change);
        let (responder, _) = scene.greet(&hello).unwrap();
        let fault = responder.on_proof(&changed).unwrap_err();
        assert_eq!(fault, Fault::InvalidSignature, "proof with {what}");
    }
}

#[test]
fn l06_whoever_dials_reveals_itself_to_nobody_that_is_not_proven_a_member() {
    let scene = Scene { target: false, ..Scene::plain() };
    let strangers = [
        ("another secret", End { secret: OLD_SECRET, ..End::member(2) }, Fault::InvalidProof),
        ("another group", End { genesis: genesis(2), ..End::member(2) }, Fault::InvalidProof),
        ("no grant", End { grants: Vec::new(), ..End::member(2) }, Fault::InvalidCredential),
        (
            "anothers grant",
            End { grants: End::member(3).grants, ..End::member(2) },
            Fault::InvalidCredential,
        ),
        (
            "half a chain",
            End { grants: End::admin(3).grants[..2].to_vec(), ..End::admin(3) },
            Fault::InvalidCredential,
        ),
    ];
    for (what, stranger, fault) in strangers {
        let (machine, hello) = scene.dial();
        let (_, template) = scene.greet(&hello).unwrap();
        let end = LinkEnd { binding: &[1; 32], instance: stranger.instance, nonce: [0; 32] };
        let named = party::Party::new(stranger.seat(), end).identify(&stranger.introduction());
        let key = stranger.key.clone();
        let insider = Insider { end: stranger };
        let greeting = insider
            .greeting(&template, 1, &hello, Some(&key), |greeting| greeting.identification = named);
        // there is no machine left that could say who dials
        assert_eq!(machine.on_greeting(&greeting).unwrap_err(), fault, "{what}");
    }
}
