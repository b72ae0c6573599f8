//! Every course that a few handshakes can take with somebody in the middle who owns the network:
//! explored to the end, over the code as it is.
//!
//! There are *actors*: ends of links that run the handshake as it stands here, each once. What each
//! has heard so far is a local state; one of each actor together are a state. From there whoever is
//! in the middle gives any actor any *term* that it can make: every message that was ever said, to
//! whomever and in whatever group (replayed, reflected, in another order or on another link), every
//! message put together of the parts of others, and, if it knows the link secret, each of these
//! tagged or confirmed anew as the actor expects it, with a field changed or not. It may be a
//! member too: then actors of its own sign as itself on any link, and what they say is its to use.
//! It has no key of anybody else, and hashes and signatures hold.
//!
//! What must be so in every state that can be reached:
//!
//! - *agreement*: whoever is up with an honest peer, that peer ran the other role in the same run,
//!   on a link with that binding, in that group, for that purpose, with it and nobody else; and if
//!   both are up, they share a key. (Whoever dials is up when it hears an answer. Where somebody
//!   knows the link secret *and* the inside of the link, it can say that in the responder's place:
//!   then the responder has proved itself, and is yet to hear of whom.)
//! - *injective*: nobody else is up with that run
//! - *roles*: whoever dials is up only with somebody who accepted
//! - *channel binding*: two ends of links with different bindings are never up with each other
//! - *secrecy of identities*: nobody who has not the link secret gets to see an identity or the
//!   group; whoever dials shows itself to members alone, and to its target alone if it has one
//! - *liveness*: there is a state in which every honest actor that can be up is up

mod actors;
mod terms;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::rc::Rc;
use alloc::vec;

use actors::{Actor, Local, Role as Part};

use super::*;

/// What whoever is in the middle knows from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Insight {
    /// Nothing.
    Nothing,
    /// The link secret of the first group.
    Secret,
}

/// A scene: who is there, and who is in the middle.
struct Scene {
    actors: Vec<Actor>,
    insight: Insight,
    /// Whether an honest actor may come to be up with an honest peer at all.
    is_open: bool,
}

/// What was found in a scene.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// States that can be reached.
    states: usize,
    /// Messages that were ever said.
    messages: usize,
    /// Terms that were given to an actor in some state of its, and how many it took.
    given: (usize, usize),
    /// Honest actors that are up at once, at most.
    up: usize,
}

type LocalId = usize;
type Message = Rc<Vec<u8>>;

/// The search: what is known of local states and of terms, and the states that were reached.
struct Search<'a> {
    scene: &'a Scene,
    locals: Vec<Local>,
    /// What each local state makes of a term: the next one, or nothing.
    answers: BTreeMap<(LocalId, Message), Option<LocalId>>,
    /// What can follow a local state, given what is known.
    moves: BTreeMap<(LocalId, BTreeSet<Message>), Vec<LocalId>>,
    seen: BTreeSet<Vec<LocalId>>,
    messages: BTreeSet<Message>,
    up: usize,
}

impl Scene {
    /// Goes through all of it.
    fn explore(&self) -> Found {
        let locals: Vec<Local> =
            (0..self.actors.len()).map(|actor| self.actors[actor].begin(actor)).collect();
        let start: Vec<LocalId> = (0..locals.len()).collect();
        let mut search = Search {
            scene: self,
            locals,
            answers: BTreeMap::new(),
            moves: BTreeMap::new(),
            seen: BTreeSet::from([start.clone()]),
            messages: BTreeSet::new(),
            up: 0,
        };
        let mut waiting = VecDeque::from([start]);
        while let Some(state) = waiting.pop_front() {
            search.judge(&state);
            for next in search.next(&state) {
                if search.seen.insert(next.clone()) {
                    waiting.push_back(next);
                }
            }
        }
        let taken = search.answers.values().flatten().count();
        Found {
            states: search.seen.len(),
            messages: search.messages.len(),
            given: (search.answers.len(), taken),
            up: search.up,
        }
    }
}

impl Search<'_> {
    /// Everything that has been said in this state.
    fn known(&self, state: &[LocalId]) -> BTreeSet<Message> {
        state.iter().flat_map(|local| self.locals[*local].said.iter().cloned()).collect()
    }

    fn next(&mut self, state: &[LocalId]) -> Vec<Vec<LocalId>> {
        let known = self.known(state);
        self.messages.extend(known.iter().cloned());
        let mut next = Vec::new();
        for (actor, local) in state.iter().enumerate() {
            for moved in self.moves(*local, &known) {
                let mut state = state.to_vec();
                state[actor] = moved;
                next.push(state);
            }
        }
        next
    }

    /// The local states that whoever is in the middle can bring an actor to.
    fn moves(&mut self, local: LocalId, known: &BTreeSet<Message>) -> Vec<LocalId> {
        if self.locals[local].is_over() {
            return Vec::new();
        }
        let place = (local, known.clone());
        if let Some(moves) = self.moves.get(&place) {
            return moves.clone();
        }
        let actor = &self.scene.actors[self.locals[local].actor];
        let terms = terms::for_actor(actor, &self.locals[local], known, self.scene.insight);
        let mut moves: Vec<LocalId> =
            terms.into_iter().filter_map(|term| self.hear(local, Rc::new(term))).collect();
        moves.sort_unstable();
        moves.dedup();
        self.moves.insert(place, moves.clone());
        moves
    }

    /// What comes of a term.
    fn hear(&mut self, local: LocalId, term: Message) -> Option<LocalId> {
        let place = (local, term);
        if let Some(answer) = self.answers.get(&place) {
            return *answer;
        }
        let before = &self.locals[local];
        let next = self.scene.actors[before.actor].hear(before, &place.1);
        let answer = next.map(|next| {
            let id = self.locals.len();
            self.locals.push(next);
            id
        });
        self.answers.insert(place, answer);
        answer
    }

    // ---- what must be so ----

    fn judge(&mut self, state: &[LocalId]) {
        let locals: Vec<&Local> = state.iter().map(|local| &self.locals[*local]).collect();
        let is_honest = |local: &&&Local| self.scene.actors[local.actor].is_honest;
        let up = locals.iter().filter(|local| local.up.is_some()).filter(is_honest);
        self.up = self.up.max(up.clone().count());
        for local in up.clone() {
            self.judge_up(local, &locals);
        }
        for local in locals.iter().filter(is_honest) {
            self.judge_shown(local);
        }
    }

    /// Whoever is up with an honest peer has a counterpart, and nobody else has the same one.
    fn judge_up(&self, local: &Local, locals: &[&Local]) {
        let actors = &self.scene.actors;
        let (actor, up) = (&actors[local.actor], local.up.as_ref().expect("it is up"));
        let is_of = |other: &&Actor| other.is_honest && other.peer() == up.peer;
        if !actors.iter().any(|other| is_of(&other)) {
            assert!(self.scene.is_a_member_in_the_middle(up.peer), "up with a stranger");
            return;
        }
        assert!(self.scene.is_open, "{} is up with an honest peer", actor.name);
        let fits = |other: &&&Local| {
            let another = &actors[other.actor];
            is_of(&another)
                && another.part.is_dialler() != actor.part.is_dialler()
                && another.binding == actor.binding
                && another.end.genesis.id() == actor.end.genesis.id()
                && local.is_with(other)
        };
        let partners: Vec<_> = locals.iter().filter(fits).collect();
        let [partner] = partners[..] else {
            panic!("{} is up and {} ran with it", actor.name, partners.len());
        };
        let other = &actors[partner.actor];
        let dialler = if actor.part.is_dialler() { actor } else { other };
        assert_eq!(Some(up.purpose), dialler.part.purpose(), "what it is for");
        // whoever answers learns late who dials
        let meant = partner.counterpart();
        assert!(meant.is_none_or(|it| it == actor.peer()), "{} means another", other.name);
        let must_know = !actor.part.is_dialler() || partner.up.is_some();
        assert!(meant.is_some() || !must_know, "{} means nobody", other.name);
        if let Some(there) = &partner.up {
            assert_eq!((there.key, there.purpose), (up.key, up.purpose), "they share it all");
        }
        let rivals = locals.iter().filter(|rival| rival.actor != local.actor);
        for rival in rivals.filter(|rival| rival.up.is_some() && rival.is_with(partner)) {
            assert_eq!(rival.actor, partner.actor, "{} is up twice", other.name);
        }
    }

    /// Nobody shows itself to whom it must not.
    fn judge_shown(&self, local: &Local) {
        let actor = &self.scene.actors[local.actor];
        if self.scene.insight == Insight::Nothing && !self.scene.is_open {
            let identity = actor.peer();
            let group = actor.end.genesis.id();
            for said in &local.said {
                let shows = |bytes: &[u8]| said.windows(bytes.len()).any(|part| part == bytes);
                assert!(!shows(identity.as_bytes()), "{} shows itself", actor.name);
                assert!(!shows(group.as_bytes()), "{} shows the group", actor.name);
            }
        }
        if let (Part::Dialler { target, .. }, Some(heard)) = (actor.part, local.counterpart()) {
            assert!(target.is_none_or(|target| target == heard), "shown to no target");
            let is_member = |other: &Actor| {
                other.peer() == heard && other.end.genesis.id() == actor.end.genesis.id()
            };
            assert!(self.scene.actors.iter().any(is_member), "shown to no member");
        }
    }
}

impl Scene {
    fn is_a_member_in_the_middle(&self, peer: PeerId) -> bool {
        self.actors.iter().any(|actor| !actor.is_honest && actor.peer() == peer)
    }
}

const CONNECTION: Purpose = Purpose::Connection { nonce: 7 };

/// Ada, who is the creator, and Ben; and the same two in another group, with a secret of its own.
fn ada() -> End {
    End::creator()
}

fn ben() -> End {
    End::member(1)
}

fn elsewhere(end: End) -> End {
    let grants = if end.grants.is_empty() { vec![] } else { chain(&genesis(2), &[Role::Admin]) };
    End { genesis: genesis(2), secret: [0x77; 32], grants, ..end }
}

fn mallory() -> End {
    End::member(66)
}

fn dialler(name: &'static str, end: End, binding: u8, purpose: Purpose) -> Actor {
    Actor::new(name, end, binding, Part::Dialler { target: None, purpose })
}

fn answerer(name: &'static str, end: End, binding: u8) -> Actor {
    Actor::new(name, end, binding, Part::Answerer)
}

/// Every link leads to whoever is in the middle: no two have one binding.
fn apart() -> Vec<Actor> {
    vec![
        dialler("Ada dials", ada(), 1, Purpose::Group),
        answerer("Ben answers", ben(), 2),
        dialler("Ben dials", ben(), 3, CONNECTION),
        answerer("Ada answers", ada(), 4),
    ]
}

/// Two pairs of ends, each with one binding, as if the transport's encryption were broken.
fn joined() -> Vec<Actor> {
    vec![
        dialler("Ada dials", ada(), 1, Purpose::Group),
        answerer("Ben answers", ben(), 1),
        dialler("Ada dials again", ada(), 2, CONNECTION),
        answerer("Ben answers again", ben(), 2),
    ]
}

#[test]
fn a_network_that_knows_nothing_gets_nothing() {
    let mut actors = apart();
    actors.push(answerer("Ben answers elsewhere", elsewhere(ben()), 5));
    actors.push(dialler("Ada dials elsewhere", elsewhere(ada()), 6, Purpose::Group));
    let scene = Scene { actors, insight: Insight::Nothing, is_open: false };
    assert_eq!(scene.explore(), Found { states: 1, messages: 3, given: (90, 0), up: 0 });
}

#[test]
fn on_links_that_are_not_private_a_stranger_can_only_pass_on_what_is_said() {
    let mut actors = joined();
    actors.push(dialler("Ada dials elsewhere", elsewhere(ada()), 1, Purpose::Group));
    actors.push(answerer("Ben answers elsewhere", elsewhere(ben()), 1));
    let scene = Scene { actors, insight: Insight::Nothing, is_open: true };
    assert_eq!(scene.explore(), Found { states: 125, messages: 12, given: (1587, 12), up: 6 });
}

#[test]
fn whoever_knows_the_link_secret_and_owns_the_network_is_up_with_nobody_and_joins_nobody() {
    let scene = Scene { actors: apart(), insight: Insight::Secret, is_open: false };
    assert_eq!(scene.explore(), Found { states: 169, messages: 26, given: (752, 24), up: 0 });
}

#[test]
fn whoever_knows_the_link_secret_and_breaks_the_links_cannot_part_what_belongs_together() {
    let scene = Scene { actors: joined(), insight: Insight::Secret, is_open: true };
    assert_eq!(scene.explore(), Found { states: 289, messages: 30, given: (1174, 30), up: 4 });
}

#[test]
#[should_panic(expected = "is up with an honest peer")]
fn what_must_not_be_is_found() {
    // in truth these are ends of the same links
    Scene { actors: joined(), insight: Insight::Secret, is_open: false }.explore();
}

/// A member in the middle, who answers whoever dials and dials whoever answers, as itself.
fn with_mallory(mut actors: Vec<Actor>, links: &[u8]) -> Vec<Actor> {
    let mut own = Vec::new();
    for actor in actors.iter().filter(|actor| links.contains(&actor.binding)) {
        own.push(if actor.part.is_dialler() {
            answerer("Mallory answers", mallory(), actor.binding).dishonest()
        } else {
            dialler("Mallory dials", mallory(), actor.binding, Purpose::Group).dishonest()
        });
    }
    actors.append(&mut own);
    actors
}

#[test]
fn a_member_in_the_middle_is_up_as_itself_alone() {
    let actors = with_mallory(apart(), &[1, 2]);
    let scene = Scene { actors, insight: Insight::Secret, is_open: false };
    assert_eq!(scene.explore(), Found { states: 10051, messages: 61, given: (9152, 60), up: 2 });
}

#[test]
#[ignore = "takes minutes"]
fn a_member_inside_a_link_of_two_others_is_up_as_itself_and_parts_nobody() {
    let actors = with_mallory(joined(), &[1]);
    let scene = Scene { actors, insight: Insight::Secret, is_open: true };
    assert_eq!(scene.explore(), Found { states: 13915, messages: 65, given: (14044, 66), up: 4 });
}
