//! What an admitted neighbour can do wrong.

use super::*;
use crate::authority::Tenure;
use crate::genesis::Genesis;
use crate::id::{StatementId, TypeId};
use crate::limits::{
    ANSWER_TIMEOUT, CLASS_WINDOW, INSTANCES_PER_PEER_MAX, ITEMS_PER_FRAME_MAX, link_queue,
};
use crate::message::{Blob, Class, Set};
use crate::presence::{Announcement, Draft, Heard};
use crate::reconcile::prefix::Prefix;
use crate::reconcile::talk::{Hello, Probe, Talk};
use crate::record::{Publisher, RecordDraft, Records, Tenures};
use crate::statement::{Body, Grant, Lists, Window};

pub(super) const NOTE: TypeId = TypeId::from_u128(0xfeed);

/// Tags of items that nobody has.
fn tags(first: usize, count: usize) -> Blob {
    let tags = (first..first + count).map(|number| u32::try_from(number).unwrap());
    Blob(tags.flat_map(u32::to_le_bytes).collect::<Vec<u8>>().into())
}

/// Opens a comparison of a set that is not the node's.
fn compare(set: Set) -> Message {
    let hello = Hello { root: [9; 32], count: 9, next: 9, since: None };
    Message::Compare { set, ready: true, hello }
}

/// Says to have leaves of so many such items each, of the records.
fn leaves(first: usize, count: usize, each: usize) -> Message {
    let leaf = |at| Probe::Leaf { prefix: Prefix::ROOT, tags: tags(first + at * each, each) };
    let talk = Talk::Probes { answered: 0, probes: (0..count).map(leaf).collect() };
    Message::Talk { set: Set::Records, talk }
}

fn statements(of: &[Statement]) -> Message {
    let items = of.iter().map(|statement| Blob(statement.encode().into())).collect();
    Message::Items { set: Set::Authority, items }
}

/// Whoever asks has all rights for ever.
pub(super) struct Everything(pub(super) PeerId);

impl Tenures for Everything {
    fn tenure(&self, _: Option<StatementId>) -> Option<Tenure> {
        Some(Tenure {
            holder: self.0,
            live: true,
            admin: true,
            window: Window::INFINITE,
            resigned: None,
            counts: true,
        })
    }

    fn was_member(&self, _: PeerId) -> bool {
        true
    }
}

/// A record that a peer makes by itself, `ahead` of the node's clock.
pub(super) fn record(rig: &Rig, peer: &Peer, ahead: Duration, payload: &[u8]) -> Message {
    let now = rig.now().wall.after(ahead);
    let publisher = Publisher {
        key: &peer.key,
        cred: peer.grants.last().map(Statement::id),
        instance: Instance::from_u64(peer.instance),
        now,
        payload_max: 1000,
        large: None,
    };
    let mut records = Records::new(rig.seat.group);
    let expires = UnixTime::from_millis(WALL + 36_000_000);
    let draft = RecordDraft::new(NOTE, expires).payload(payload.to_vec());
    let tenures = Everything(peer.key.peer());
    let made = records.compose_add(&publisher, &tenures, draft, [7; 16]).unwrap();
    Message::Items { set: Set::Records, items: vec![Blob(made.item().into())] }
}

fn visible(rig: &Rig) -> usize {
    rig.node.records(rig.seat, None).unwrap().count()
}

fn guest() -> (Rig, Peer, LinkId) {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let link = rig.neighbour(&peer);
    (rig, peer, link)
}

#[test]
fn r11_endless_lists_exceed_the_credit_that_nobody_fetches_for() {
    let (mut rig, _, link) = guest();
    rig.say(link, &compare(Set::Records));
    for said in 0.. {
        rig.say(link, &leaves(said * 64 * 64, 64, 64));
        if !rig.hung_up.is_empty() {
            break;
        }
        assert!(said < 100, "an endless list");
    }
    assert_eq!(rig.faults(), [Fault::CreditExceeded]);
}

#[test]
fn r09_wishes_bring_no_more_than_a_window_of_each_class() {
    let (mut rig, _, link) = guest();
    for _ in 0..40 {
        rig.say(link, &compare(Set::Authority));
        rig.say(link, &compare(Set::Records));
        let talk = Talk::Want { under: Some(Prefix::ROOT), tags: tags(0, ITEMS_PER_FRAME_MAX) };
        rig.say(link, &Message::Talk { set: Set::Records, talk });
    }
    let sent = rig.bytes.get(&link).map_or(0, Vec::len);
    assert!(sent < 4 * CLASS_WINDOW as usize, "{sent}");
}

#[test]
fn r10_who_asks_for_everything_and_reads_nothing_makes_no_more_wait_than_a_window() {
    let (mut rig, _, link) = guest();
    let draft = RecordDraft::new(NOTE, UnixTime::from_millis(WALL + 36_000_000));
    let draft = draft.payload(vec![7; 1000]);
    for _ in 0..600 {
        let (now, seat) = (rig.now(), rig.seat);
        rig.node.publish(now, seat, draft.clone()).unwrap();
    }
    rig.reads_no_more = true;
    for _ in 0..200 {
        rig.say(link, &compare(Set::Records));
        rig.say(link, &leaves(0, 1, 0));
        let waiting = rig.node.shared.outbox.waiting(link);
        assert!(waiting <= 4 * CLASS_WINDOW as usize, "{waiting}");
    }
    assert_eq!(rig.faults(), []);
}

#[test]
fn r09_credit_for_what_was_not_read_ends_the_link_before_its_queue_grows() {
    let (mut rig, _, link) = guest();
    // they are pushed: far more than a window
    let draft = RecordDraft::new(NOTE, UnixTime::from_millis(WALL + 36_000_000));
    let draft = draft.payload(vec![7; 1000]);
    for _ in 0..1000 {
        let (now, seat) = (rig.now(), rig.seat);
        rig.node.publish(now, seat, draft.clone()).unwrap();
        rig.drain();
    }
    rig.bodies(link);
    rig.reads_no_more = true;
    for _ in 0..20 {
        if rig.hung_up.is_empty() {
            let bytes = CLASS_WINDOW / 2;
            rig.say(link, &Message::Credit { class: Class::Items, bytes });
        }
        let waiting = rig.node.shared.outbox.waiting(link);
        assert!(waiting <= link_queue(3 * CLASS_WINDOW as usize), "{waiting}");
    }
    assert_eq!(rig.faults(), [Fault::CreditExceeded]);
}

#[test]
fn c01_a_statement_that_is_not_signed_or_not_of_this_group_is_a_fault() {
    let (mut base, peer, _) = guest();
    let good = base.peer(9, Role::Member).grants;
    let elsewhere = Genesis::found(&peer.key, [3; 32], UnixTime::default(), Charter::default());
    let grant = Grant {
        subject: SecretKey::from_bytes([8; 32]).peer(),
        role: Role::Admin,
        window: Window::INFINITE,
        continues: None,
    };
    let lists = || Lists::Full { prev: vec![], cites: vec![] };
    let body = || Body::Grant(grant);
    let cred = peer.grants.last().map(Statement::id);
    let foreign = Statement::sign(&peer.key, elsewhere.id(), None, 1, body(), lists());
    let other_group = Statement::sign(&peer.key, elsewhere.id(), cred, 1, body(), lists());
    let depthless = Statement::sign(&peer.key, base.seat.group, cred, 0, body(), lists());
    let mut flipped = good[0].encode();
    *flipped.last_mut().unwrap() ^= 1;
    let flipped = Message::Items { set: Set::Authority, items: vec![Blob(flipped.into())] };
    let cases = [
        (statements(&[foreign]), Fault::InvalidStatement),
        (statements(&[other_group]), Fault::InvalidSignature),
        (statements(&[depthless]), Fault::InvalidStatement),
        (flipped, Fault::InvalidSignature),
    ];
    for (message, fault) in cases {
        let (mut rig, _, link) = guest();
        rig.say(link, &message);
        assert_eq!(rig.faults(), [fault], "{message:?}");
        assert_eq!(rig.node.members(rig.seat).unwrap().count(), 2);
    }
}

#[test]
fn a_member_that_grants_what_it_may_not_grant_changes_nothing() {
    let (mut rig, peer, link) = guest();
    let grant = Grant {
        subject: SecretKey::from_bytes([8; 32]).peer(),
        role: Role::Member,
        window: Window { until: UnixTime::from_millis(WALL + 1000), ..Window::INFINITE },
        continues: None,
    };
    let cred = peer.grants.last().map(Statement::id);
    let lists = Lists::Full { prev: vec![], cites: vec![] };
    let forged = Statement::sign(&peer.key, rig.seat.group, cred, 1, Body::Grant(grant), lists);
    rig.say(link, &statements(&[forged]));
    assert_eq!(rig.node.members(rig.seat).unwrap().count(), 2);
}

#[test]
fn r04_a_record_from_the_far_future_waits_and_then_counts() {
    let (mut rig, peer, link) = guest();
    let ahead = Duration::from_secs(3000);
    let message = record(&rig, &peer, ahead, b"later");
    rig.say(link, &message);
    assert_eq!((visible(&rig), rig.faults()), (0, vec![]));
    rig.say(link, &compare(Set::Records));
    rig.run(Duration::from_secs(3000 - 600 + 5));
    assert_eq!(visible(&rig), 1);
}

#[test]
fn r03_two_versions_with_one_stamp_are_told_of_and_one_stands() {
    let (mut rig, peer, link) = guest();
    rig.events.clear();
    for payload in [b"one", b"two"] {
        let message = record(&rig, &peer, Duration::ZERO, payload);
        rig.say(link, &message);
    }
    assert_eq!(visible(&rig), 1);
    let told = rig.events.iter().filter(|event| matches!(event, Event::RecordEquivocated { .. }));
    assert_eq!(told.count(), 1);
}

#[test]
fn r01_a_version_under_anothers_tenure_counts_for_nothing() {
    let (mut rig, peer, link) = guest();
    let other = rig.peer(9, Role::Member);
    let thief = Peer { grants: other.grants, ..peer };
    let message = record(&rig, &thief, Duration::ZERO, b"not mine");
    rig.say(link, &message);
    assert_eq!((visible(&rig), rig.faults()), (0, vec![]));
}

#[test]
fn silence_after_a_comparison_or_a_list_is_a_fault_at_its_deadline() {
    let (mut rig, _, link) = guest();
    rig.say(link, &compare(Set::Records));
    rig.say(link, &leaves(0, 1, 3));
    rig.run(ANSWER_TIMEOUT.saturating_sub(Duration::from_secs(1)));
    assert_eq!(rig.faults(), []);
    rig.run(Duration::from_secs(2));
    assert_eq!(rig.faults(), [Fault::Silent]);
}

fn announce(rig: &Rig, peer: &Peer, instance: u64, serial: u32, leaving: bool) -> Announcement {
    let draft = Draft {
        instance: Instance::from_u64(instance),
        serial,
        at: rig.now().wall,
        lifetime_s: 300,
        leaving,
        name: name("guest"),
        addresses: vec![],
    };
    Announcement::sign(&peer.key, rig.seat.group, draft)
}

fn presence(announcement: Announcement) -> Message {
    Message::Presence(vec![Heard::own(announcement).blob()])
}

fn is_online(rig: &Rig, peer: &Peer) -> bool {
    rig.node.member(rig.seat, peer.key.peer()).unwrap().unwrap().is_online()
}

#[test]
fn a_presence_is_forged_by_nobody_and_shown_once() {
    let (mut rig, peer, link) = guest();
    let other = rig.peer(9, Role::Member);
    let here = announce(&rig, &peer, 1, 5, false);
    rig.say(link, &presence(here.clone()));
    assert!(is_online(&rig, &peer));
    let gone = announce(&rig, &peer, 1, 6, true);
    rig.say(link, &presence(gone));
    assert!(!is_online(&rig, &peer));
    rig.say(link, &presence(here.clone()));
    assert!(!is_online(&rig, &peer), "an old one brings nobody back");
    rig.events.clear();
    let mut forged = here;
    forged.peer = other.key.peer();
    forged.draft.serial = 9;
    rig.say(link, &presence(forged));
    assert_eq!(rig.faults(), [Fault::InvalidSignature]);
    assert!(!is_online(&rig, &other));
}

#[test]
fn an_old_presence_brings_nobody_back_who_has_left() {
    let (mut rig, peer, link) = guest();
    let here = announce(&rig, &peer, 1, 5, false);
    let gone = announce(&rig, &peer, 1, 6, true);
    rig.say(link, &presence(gone));
    for _ in 0..30 {
        rig.run(Duration::from_secs(31));
        rig.say(link, &presence(here.clone()));
        assert!(!is_online(&rig, &peer), "at {}", rig.micros);
    }
}

#[test]
fn n05_a_peer_that_leaves_under_many_names_takes_only_its_own_places() {
    let (mut rig, peer, link) = guest();
    for instance in 0..200 {
        let gone = announce(&rig, &peer, instance, 1, true);
        rig.say(link, &presence(gone));
    }
    let held = rig.group().presences().all().count();
    assert!(held <= INSTANCES_PER_PEER_MAX + 1, "{held}");
    let here = announce(&rig, &peer, 900, 1, false);
    rig.say(link, &presence(here));
    assert!(is_online(&rig, &peer));
}

#[test]
fn a_device_that_left_before_lapses_unnoticed_while_another_is_there() {
    let (mut rig, peer, link) = guest();
    let gone = announce(&rig, &peer, 1, 1, true);
    rig.say(link, &presence(gone));
    rig.run(Duration::from_secs(50));
    for serial in 1..20 {
        let here = announce(&rig, &peer, 2, serial, false);
        rig.say(link, &presence(here));
        if serial == 1 {
            rig.events.clear();
        }
        rig.run(Duration::from_secs(60));
    }
    let change = crate::event::MemberChange::Online;
    let again = Event::MemberChanged { peer: peer.key.peer(), change };
    assert!(!rig.events.contains(&again), "it has been online all the time");
}
