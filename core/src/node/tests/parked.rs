//! Records that cannot be judged yet: how many wait, and when those are asked for again for which
//! there was no room.

use alloc::collections::BTreeSet;

use super::traffic::{Everything, NOTE};
use super::*;
use crate::limits::{PARKED_PER_PEER_MAX, STAMP_AHEAD_MAX};
use crate::message::{Blob, Item, Set};
use crate::record::{Checked, Publisher, RecordDraft, Records};
use crate::statement::{Body, Grant, Lists};

/// More records than may wait of one author.
const CROWD: usize = PARKED_PER_PEER_MAX + 6;

/// Somebody to whom an Admin has given a role: the node has not heard of it.
fn unheard_of(rig: &Rig, admin: &Peer, number: u8) -> Peer {
    let key = SecretKey::from_bytes([number; 32]);
    let issuer = admin.grants.last().unwrap();
    let window = issuer.grant().unwrap().window;
    let grant = Grant { subject: key.peer(), role: Role::Member, window, continues: None };
    let cred = Some(issuer.id());
    let lists = Lists::Full { prev: vec![], cites: vec![] };
    let grant = Statement::sign(&admin.key, rig.seat.group, cred, 1, Body::Grant(grant), lists);
    Peer { key, grants: vec![grant], instance: number.into() }
}

/// Records that a peer makes by itself, one after the other, `ahead` of the node's clock.
fn records(rig: &Rig, peer: &Peer, ahead: Duration, count: usize) -> Vec<Checked> {
    let publisher = Publisher {
        key: &peer.key,
        cred: peer.grants.last().map(Statement::id),
        instance: Instance::from_u64(peer.instance),
        now: rig.now().wall.after(ahead),
        payload_max: 1000,
        large: None,
    };
    let mut records = Records::new(rig.seat.group);
    let tenures = Everything(peer.key.peer());
    let mut nonces = (0_u128..).map(u128::to_be_bytes);
    let mut make = || {
        let draft = RecordDraft::new(NOTE, UnixTime::from_millis(WALL + 36_000_000));
        let nonce = nonces.next().unwrap();
        records.compose_add(&publisher, &tenures, draft, nonce).unwrap()
    };
    (0..count).map(|_| make()).collect()
}

fn of(records: &[Checked]) -> Vec<Item> {
    records.iter().map(|record| *record.id().as_bytes()).collect()
}

impl Rig {
    fn bring(&mut self, link: LinkId, records: &[Checked]) {
        let items = records.iter().map(|record| Blob(record.item().into())).collect();
        self.say(link, &Message::Items { set: Set::Records, items });
    }

    /// Which of these records are compared as lacking at the node, by what it told on the link so
    /// far: it has not declined them, or may keep them now.
    fn wanted(
        &mut self,
        (link, declined): &mut (LinkId, BTreeSet<Item>),
        records: &[Checked],
    ) -> Vec<Item> {
        for body in self.bodies(*link) {
            match Message::decode(&body).unwrap() {
                Message::Declined { set: Set::Records, items } => declined.extend(items),
                Message::Reconsidered { set: Set::Records, items } => {
                    for item in &items {
                        assert!(declined.remove(item));
                    }
                }
                _ => {}
            }
        }
        let listed = |item: &Item| self.group().lists(Set::Records, item);
        of(records).into_iter().filter(|it| !declined.contains(it) && !listed(it)).collect()
    }

    fn learn(&mut self, link: LinkId, peer: &Peer) {
        let items = peer.grants.iter().map(|grant| Blob(grant.encode().into())).collect();
        self.say(link, &Message::Items { set: Set::Authority, items });
    }

    fn visible(&self) -> usize {
        self.node.records(self.seat, None).unwrap().count()
    }
}

/// A node with an Admin for a neighbour.
fn beside_an_admin() -> (Rig, Peer, LinkId, (LinkId, BTreeSet<Item>)) {
    let mut rig = Rig::new();
    let admin = rig.peer(7, Role::Admin);
    let link = rig.neighbour(&admin);
    (rig, admin, link, (link, BTreeSet::new()))
}

#[test]
fn r12_records_that_wait_for_a_grant_stand_once_it_is_here_and_the_rest_is_asked_for_again() {
    let (mut rig, admin, link, mut told) = beside_an_admin();
    let [loud, quiet] = [20, 21].map(|number| unheard_of(&rig, &admin, number));
    let [many, one] = [(&loud, CROWD), (&quiet, 1)]
        .map(|(peer, count)| records(&rig, peer, Duration::ZERO, count));
    rig.bring(link, &one);
    rig.bring(link, &many);
    let all = [&one[..], &many].concat();
    assert_eq!((rig.visible(), rig.wanted(&mut told, &all)), (0, vec![]), "nothing came of asking");

    rig.learn(link, &quiet);
    assert_eq!(rig.visible(), 1, "who is loud takes no place of others");
    assert_eq!(rig.wanted(&mut told, &all), of(&many[..6]), "there may be room by now");
    rig.bring(link, &many[..6]);
    assert_eq!((rig.visible(), rig.wanted(&mut told, &all)), (1, vec![]), "there was none");

    rig.learn(link, &loud);
    assert_eq!(rig.visible(), 1 + PARKED_PER_PEER_MAX, "what waited longest made room");
    assert_eq!(rig.wanted(&mut told, &all), of(&many[6..12]), "and is asked for again");
    rig.bring(link, &many[6..12]);
    assert_eq!((rig.visible(), rig.wanted(&mut told, &all)), (1 + CROWD, vec![]));
    assert_eq!(rig.faults(), []);
}

#[test]
fn r04_records_stamped_ahead_stand_when_their_time_comes_and_the_rest_is_asked_for_again() {
    let (mut rig, admin, link, mut told) = beside_an_admin();
    let ahead = STAMP_AHEAD_MAX + Duration::from_secs(30);
    let many = records(&rig, &admin, ahead, CROWD);
    rig.bring(link, &many);
    assert_eq!(
        (rig.visible(), rig.wanted(&mut told, &many)),
        (0, vec![]),
        "nothing came of asking"
    );
    rig.run(Duration::from_secs(29));
    assert_eq!((rig.visible(), rig.wanted(&mut told, &many)), (0, vec![]), "nor does it yet");
    rig.run(Duration::from_secs(2));
    assert_eq!(rig.visible(), PARKED_PER_PEER_MAX, "the last of them had room to wait");
    assert_eq!(rig.wanted(&mut told, &many), of(&many[..6]));
    rig.bring(link, &many[..6]);
    assert_eq!((rig.visible(), rig.wanted(&mut told, &many)), (CROWD, vec![]));
    assert_eq!(rig.faults(), []);
}

#[test]
fn a_record_that_was_refused_is_not_asked_for_again_on_the_link() {
    let (mut rig, admin, link, mut told) = beside_an_admin();
    let thief = Peer { key: SecretKey::from_bytes([9; 32]), ..admin.clone() };
    let stolen = records(&rig, &thief, Duration::ZERO, 1);
    assert_eq!(rig.wanted(&mut told, &stolen), of(&stolen));
    rig.bring(link, &stolen);
    assert_eq!((rig.visible(), rig.wanted(&mut told, &stolen)), (0, vec![]));
    let other = rig.peer(10, Role::Member);
    let mut again = (rig.neighbour(&other), BTreeSet::new());
    assert_eq!(rig.wanted(&mut again, &stolen), of(&stolen), "another may know better");
    assert_eq!(rig.faults(), []);
}
