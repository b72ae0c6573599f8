//! What simulators have besides: mock identities, a look inside, forged statements and frames.

use core::time::Duration;

use crate::world::{EPOCH_MS, World, name};
use peergroup_core::limits::{CLASS_WINDOW, FLIGHTS_MAX};
use peergroup_core::simulation::forge::frames::{self, ForgedClass, ForgedSet};
use peergroup_core::simulation::forge::{self, Forge, ForgedPresence, ForgedVersion};
use peergroup_core::simulation::{AuditedVersion, Ledger, Place};
use peergroup_core::{
    Body, Config, Event, Fault, Input, LinkId, LinkInfo, RecordDraft, RecordUpdate, Removal, Role,
    Seat, SecretKey, StatementId, TypeId, UnixTime, Window,
};

const NOTE: TypeId = TypeId::from_u128(0xfeed);

fn mocks(count: usize) -> World {
    let mut config = Config::default();
    config.mock_identities = true;
    World::with(count, config, false)
}

fn in_an_hour() -> UnixTime {
    UnixTime::from_millis(EPOCH_MS + 3_600_000)
}

fn note(text: &str) -> RecordDraft {
    RecordDraft::new(NOTE, in_an_hour()).payload(text.as_bytes().to_vec())
}

#[test]
fn a_node_with_mock_identities_founds_a_group_and_another_joins_and_publishes() {
    let mut world = mocks(3);
    let seats = world.gather(Role::Admin);
    assert!(seats.iter().all(|seat| seat.identity.is_mock()));
    let (now, draft) = (world.now(), note("hello"));
    let id = world.node(1).publish(now, seats[1], draft).unwrap().value;
    world.pump();
    assert!(world.node(2).record(seats[2], id).unwrap().is_some());
    world.node(0).remove(now, seats[0], seats[2].identity, Removal::Keep).unwrap();
    world.pump();
    assert_eq!(world.node(1).members(seats[1]).unwrap().count(), 2);
    assert!(world.agree_among(&seats, 0..2));
}

#[test]
fn a_group_of_mock_identities_is_opened_again_from_its_store() {
    let mut world = mocks(2);
    let seats = world.gather(Role::Member);
    let store = world.hosts[1].store.clone();
    world.boot(1, store, 77);
    world.pump();
    let now = world.now();
    world.node(1).open(now, seats[1]).unwrap();
    world.pump();
    assert_eq!(world.node(1).members(seats[1]).unwrap().count(), 2);
}

#[test]
fn a_real_key_and_a_mock_one_sit_in_one_group() {
    let mut world = World::new(2);
    let (now, key) = (world.now(), SecretKey::mock(5));
    let mock = world.node(1).import_identity(now, key, name("mock")).unwrap().value;
    world.hosts[1].peer = Some(mock);
    world.pump();
    let seats = world.gather(Role::Member);
    assert!(seats[1].identity.is_mock() && !seats[0].identity.is_mock());
    assert!(world.agree(&seats));
}

#[test]
fn identities_are_real_unless_mocks_are_asked_for_and_the_draws_are_the_same() {
    let (real, mock) = (World::new(1), mocks(1));
    assert!(!real.peer(0).is_mock() && mock.peer(0).is_mock());
    let again = |mut world: World| {
        let now = world.now();
        let key = world.node(0).create_identity(now, name("second")).unwrap().value;
        key.is_mock()
    };
    assert_eq!((again(real), again(mock)), (false, true));
}

// ---- audit ----

fn versions(world: &mut World, index: usize, seat: Seat) -> Vec<AuditedVersion> {
    world.node(index).versions(seat).unwrap().collect()
}

fn assert_within_bounds(world: &mut World) {
    for index in 0..world.hosts.len() {
        let usage = world.node(index).usage();
        let exceeded: Vec<_> = usage.exceeded().collect();
        assert!(exceeded.is_empty(), "host {index}: {exceeded:?}");
    }
}

#[test]
fn every_gauge_of_busy_nodes_is_within_its_bound_at_every_step_and_many_move() {
    let mut world = mocks(5);
    let seats = world.gather(Role::Admin);
    let mut moved = std::collections::BTreeSet::new();
    for round in 0..30_u64 {
        let now = world.now();
        for (index, seat) in seats.iter().enumerate() {
            for _ in 0..4 {
                let draft = note(&"x".repeat(usize::try_from(round).unwrap() * 500));
                world.node(index).publish(now, *seat, draft).unwrap();
            }
        }
        for _ in 0..4 {
            for index in 0..world.hosts.len() {
                world.step(index);
                let usage = world.node(index).usage();
                moved.extend(usage.gauges().filter(|gauge| gauge.now > 0).map(|gauge| gauge.name));
            }
            assert_within_bounds(&mut world);
        }
        world.run(Duration::from_secs(5));
        assert_within_bounds(&mut world);
    }
    let total = world.node(0).usage().gauges().count();
    assert!(total >= 35, "{total}");
    for name in ["links", "deadlines", "records of one creator", "neighbours of one group"] {
        assert!(moved.contains(name), "{name} never moved; {moved:?}");
    }
    assert!(moved.len() >= 20, "{moved:?}");
}

#[test]
fn links_that_are_not_authenticated_are_told_from_those_that_are() {
    let mut world = mocks(2);
    let seats = world.gather(Role::Member);
    let up = world.node(0).connections(seats[0]).unwrap()[0].link.unwrap();
    assert_eq!(world.node(0).is_authenticated(up), Some(true));
    let now = world.now();
    let info = LinkInfo { binding: &[9; 32], remote: None };
    let fresh = world.node(0).accept(now, info);
    assert_eq!(world.node(0).is_authenticated(fresh), Some(false));
    assert_eq!(world.node(0).usage().get("half-open links").map(|gauge| gauge.now), Some(1));
    assert_eq!(world.node(0).is_authenticated(LinkId::from_u64(999)), None);
}

#[test]
fn an_audit_shows_every_statement_and_every_version_and_what_became_of_it() {
    let mut world = mocks(3);
    let seats = world.gather(Role::Member);
    let creator = world.peer(0);
    assert_eq!(world.node(1).genesis(seats[1]).unwrap().creator(), creator);
    let grants = world.node(1).statements(seats[1]).unwrap().filter_map(|it| it.grant().copied());
    let subjects: Vec<_> = grants.map(|grant| grant.subject).collect();
    assert_eq!(subjects, [world.peer(1), world.peer(2)]);
    let now = world.now();
    let kept = world.node(0).publish(now, seats[0], note("kept")).unwrap().value;
    let gone = world.node(1).publish(now, seats[1], note("gone")).unwrap().value;
    world.pump();
    world.node(0).update(now, seats[0], kept, RecordUpdate::new().payload("new")).unwrap();
    world.node(0).remove(now, seats[0], seats[1].identity, Removal::Keep).unwrap();
    world.pump();
    let held = versions(&mut world, 2, seats[2]);
    let of = |record| held.iter().find(|version| version.record == record).unwrap();
    assert_eq!((of(kept).place, of(kept).number, of(kept).payload_len), (Place::Visible, 2, 3));
    assert_eq!((of(kept).creator, of(kept).modifier, of(kept).cred), (creator, creator, None));
    assert_eq!((of(gone).place, of(gone).type_id), (Place::Dormant, NOTE));
    assert!(world.node(2).genesis(seats[0]).is_err(), "a seat that is not open here");
}

// ---- forge ----

/// A world in which host 1 is a member whose key everybody knows, and the link it has to host 0.
struct Script {
    world: World,
    seat: Seat,
    link: LinkId,
    forge: Forge,
    cred: Option<StatementId>,
}

impl Script {
    fn new(role: Role) -> Self {
        let mut world = mocks(3);
        let seats = world.gather(role);
        let (seat, liar) = (seats[0], seats[1].identity);
        let connections = world.node(0).connections(seat).unwrap();
        let link = connections.iter().find(|it| it.peer == liar).unwrap().link.unwrap();
        let forge = Forge::new(SecretKey::from_bytes(*liar.as_bytes()), seat.group);
        let mut statements = world.node(0).statements(seat).unwrap();
        let grant = statements.find(|it| it.grant().is_some_and(|grant| grant.subject == liar));
        let cred = grant.map(peergroup_core::Statement::id);
        drop(statements);
        world.events(0);
        Self { world, seat, link, forge, cred }
    }

    /// Says to host 0 what host 1 never said.
    fn say(&mut self, frame: &[u8]) {
        self.world.input(0, Input::Received { link: self.link, bytes: frame });
        self.world.pump();
    }

    fn faults(&mut self) -> Vec<Fault> {
        let events = self.world.events(0).into_iter();
        let fault = |event| match event {
            Event::PeerFaulted { fault, .. } => Some(fault),
            _ => None,
        };
        events.filter_map(fault).collect()
    }

    fn first(&self) -> ForgedVersion {
        let stamp = forge::stamp(self.world.now().wall, 0, 7);
        ForgedVersion::first(self.forge.peer(), self.cred, NOTE, stamp, in_an_hour())
    }
}

#[test]
fn a_forged_version_is_taken_by_a_node_and_spreads_if_it_keeps_the_rules() {
    let mut script = Script::new(Role::Member);
    let version = script.first();
    let record = script.forge.record(&version);
    let item = script.forge.version(&version);
    script.say(&frames::items(ForgedSet::Records, core::slice::from_ref(&item)));
    assert_eq!(script.faults(), []);
    // it came along no tree: it is announced after a while
    script.world.run(Duration::from_secs(1));
    let seat = Seat { identity: script.world.peer(2), ..script.seat };
    assert!(script.world.node(2).record(seat, record).unwrap().is_some(), "it was passed on");
    let id = script.forge.version_id(&item).unwrap();
    let held = versions(&mut script.world, 2, seat);
    assert!(held.iter().any(|version| version.id == id));
}

#[test]
fn a_forged_version_from_the_future_is_parked() {
    let mut script = Script::new(Role::Member);
    let later = UnixTime::from_millis(script.world.now().wall.as_millis() + 1_800_000);
    let mut version = script.first();
    version.stamp = forge::stamp(later, 0, 7);
    let item = script.forge.version(&version);
    script.say(&frames::items(ForgedSet::Records, &[item]));
    let seat = script.seat;
    let held = versions(&mut script.world, 0, seat);
    assert_eq!(held.iter().map(|version| version.place).collect::<Vec<_>>(), [Place::Parked]);
    let usage = script.world.node(0).usage();
    assert_eq!(usage.get("parked versions of one author").map(|gauge| gauge.now), Some(1));
}

#[test]
fn a_forged_statement_reaches_a_node_and_gives_nobody_a_role_that_it_may_not_give() {
    let give = |script: &Script| {
        let now = script.world.now().wall;
        let subject = SecretKey::mock(99).peer();
        let window = Window { from: now, until: in_an_hour() };
        Body::Grant(forge::grant(subject, Role::Member, window, None))
    };
    for (role, members) in [(Role::Member, 3), (Role::Admin, 4)] {
        let mut script = Script::new(role);
        let forged = script.forge.statement(script.cred, 1, give(&script), &[], &[]);
        let bytes = forge::statement_bytes(&forged);
        script.say(&frames::items(ForgedSet::Authority, &[bytes]));
        assert_eq!(script.faults(), []);
        let (seat, id) = (script.seat, forged.id());
        assert_eq!(script.world.node(0).members(seat).unwrap().count(), members, "{role:?}");
        let is_held = script.world.node(0).statements(seat).unwrap().any(|it| it.id() == id);
        assert_eq!(is_held, role == Role::Admin);
    }
}

#[test]
fn a_forged_presence_shows_another_device_of_its_peer() {
    let mut script = Script::new(Role::Member);
    let at = script.world.now().wall;
    let draft = ForgedPresence { instance: 5, serial: 1, at, ..ForgedPresence::default() };
    let signed = script.forge.presence(draft);
    script.say(&frames::presence(&[signed]));
    let (seat, liar) = (script.seat, script.forge.peer());
    let member = script.world.node(0).member(seat, liar).unwrap().unwrap();
    assert_eq!(member.instances.len(), 2);
}

#[test]
fn forged_frames_that_break_the_protocol_are_the_faults_they_are() {
    let cases = [
        (frames::credit(ForgedClass::Items, 200_000), Fault::CreditExceeded),
        (frames::raw(b"\xff nonsense"), Fault::Malformed),
        (frames::raw(b""), Fault::Malformed),
        (frames::items(ForgedSet::Authority, &[b"no statement".to_vec()]), Fault::Malformed),
    ];
    for (frame, fault) in cases {
        let mut script = Script::new(Role::Member);
        script.say(&frame);
        assert_eq!(script.faults(), [fault]);
    }
}

#[test]
fn what_a_node_says_comes_apart_into_frames_of_known_kinds() {
    let mut script = Script::new(Role::Member);
    let (now, seat) = (script.world.now(), script.seat);
    script.world.hosts[0].sent.clear();
    script.world.node(0).publish(now, seat, note("hello")).unwrap();
    script.world.pump();
    let mut stream = script.world.hosts[0].sent.remove(&script.link).unwrap();
    let mut kinds = Vec::new();
    while let Some(body) = frames::deframe(&mut stream) {
        kinds.push(frames::kind_of(&body));
    }
    assert!(kinds.contains(&"push") && !kinds.contains(&"unknown"), "{kinds:?}");
    assert_eq!(stream, b"");
}

#[test]
fn while_the_store_stands_still_a_link_brings_no_more_than_its_window() {
    let mut script = Script::new(Role::Member);
    script.world.hosts[0].hold_stores = true;
    let mut version = script.first();
    let mut sent = 0_usize;
    for number in 0..3000_u32 {
        version.nonce[..4].copy_from_slice(&number.to_le_bytes());
        let frame = frames::items(ForgedSet::Records, &[script.forge.version(&version)]);
        sent += frame.len();
        script.world.input(0, Input::Received { link: script.link, bytes: &frame });
        let usage = script.world.node(0).usage();
        assert!(usage.exceeded().next().is_none(), "{usage:?}");
        let connections = script.world.node(0).connections(script.seat).unwrap();
        if connections.iter().all(|it| it.link != Some(script.link)) {
            break;
        }
    }
    let window = CLASS_WINDOW as usize;
    assert!((window..2 * window).contains(&sent), "it was cut off after {sent} bytes");
    let flights = script.world.node(0).usage().get("flights of one group").unwrap().now;
    assert!(flights > FLIGHTS_MAX && flights < 2 * window / 128, "{flights}");
}

#[test]
fn a_ledger_tells_the_roles_that_follow_from_statements() {
    let keys = [1, 2, 3].map(SecretKey::mock);
    let [creator, admin, member] = [0, 1, 2].map(|number| keys[number].peer());
    let mut ledger = Ledger::found(&keys[0]);
    let signer = |number: usize| Forge::new(keys[number].clone(), ledger.group());
    let grant = |subject, role| Body::Grant(forge::grant(subject, role, Window::INFINITE, None));
    let (founding, junior) = (signer(0), signer(1));
    let first = founding.statement(None, 1, grant(admin, Role::Admin), &[], &[]);
    let second = junior.statement(Some(first.id()), 1, grant(member, Role::Member), &[], &[]);
    let at = UnixTime::from_millis(1);
    assert_eq!(ledger.insert(second.clone()), Ok(false), "its author is not known yet");
    assert_eq!(ledger.insert(first.clone()), Ok(true));
    assert_eq!(ledger.insert(second.clone()), Ok(true));
    assert_eq!(ledger.insert(second.clone()), Ok(false));
    assert_eq!(ledger.role(member, at), None, "it is not evaluated yet");
    assert!(ledger.evaluate() && !ledger.evaluate());
    assert_eq!(ledger.role(creator, at), Some(Role::Admin));
    assert_eq!(ledger.role(member, at), Some(Role::Member));
    assert_eq!((ledger.len(), ledger.is_empty()), (2, false));
    assert_eq!(ledger.heads(admin), [second.id()]);
    let removal = Body::Remove { subject: admin, cut: ledger.cut(admin) };
    ledger.insert(founding.statement(None, 2, removal, &[first.id()], &[])).unwrap();
    ledger.evaluate();
    assert_eq!(ledger.role(admin, at), None);
    assert_eq!(ledger.role(member, at), Some(Role::Member), "it is pinned");
}
