//! A node whose store is not what it wrote.

use super::*;
use crate::error::OpenError;

/// Starts a node on a store and opens its group. How that ended.
fn open(store: &BTreeMap<Bytes, Bytes>, seat: Seat) -> Result<(), OpenError> {
    let now = Now { mono: Instant::from_micros(1), wall: UnixTime::from_millis(WALL + 1000) };
    let node = Node::new(Config::default(), &Seed::from_bytes([2; 32]), now);
    let mut rig = Rig { node, store: store.clone(), seat, ..Rig::blank() };
    rig.drain();
    if rig.notices != [Notice::Started(Ok(()))] {
        assert_eq!(rig.notices, [Notice::Started(Err(StoreFailure::Corrupt))]);
        return Err(OpenError::Corrupt);
    }
    rig.node.open(now, seat)?;
    rig.drain();
    match rig.notices.pop() {
        Some(Notice::Opened { outcome, .. }) => outcome,
        other => panic!("open was never answered: {other:?}"),
    }
}

fn written() -> (BTreeMap<Bytes, Bytes>, Seat) {
    let mut rig = Rig::new();
    let admin = rig.peer(7, Role::Admin);
    rig.peer(8, Role::Member);
    let now = rig.now();
    let expires = UnixTime::from_millis(WALL + 36_000_000);
    let type_id = crate::id::TypeId::from_u128(0xfeed);
    let draft = crate::record::RecordDraft::new(type_id, expires).payload(&b"kept"[..]);
    rig.node.publish(now, rig.seat, draft).unwrap();
    rig.node.remove(now, rig.seat, admin.key.peer(), crate::group::Removal::Keep).unwrap();
    rig.drain();
    (rig.store, rig.seat)
}

#[test]
fn what_was_written_is_opened() {
    let (store, seat) = written();
    assert_eq!(open(&store, seat), Ok(()));
}

#[test]
fn k01_a_damaged_value_is_never_a_panic_nor_an_open_without_an_answer() {
    let (store, seat) = written();
    let mut refused = 0;
    for (key, value) in &store {
        for at in (0..value.len()).step_by(5) {
            let mut damaged = store.clone();
            let mut bytes = value.to_vec();
            bytes[at] ^= 1 << (at % 8);
            damaged.insert(key.clone(), bytes.into());
            refused += usize::from(open(&damaged, seat).is_err());
        }
        for length in [0, 1, value.len() / 2, value.len() - 1] {
            let mut damaged = store.clone();
            damaged.insert(key.clone(), value.slice(..length));
            refused += usize::from(open(&damaged, seat).is_err());
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn k01_a_damaged_key_or_a_missing_row_is_never_a_panic_nor_an_open_without_an_answer() {
    let (store, seat) = written();
    for (key, value) in &store {
        let mut less = store.clone();
        less.remove(key);
        let _ = open(&less, seat);
        for at in 0..key.len() {
            let mut damaged = less.clone();
            let mut bytes = key.to_vec();
            bytes[at] ^= 1;
            damaged.insert(bytes.into(), value.clone());
            let _ = open(&damaged, seat);
        }
    }
}

#[test]
fn k01_an_identity_whose_secret_is_damaged_is_not_silently_another_one() {
    let (store, seat) = written();
    let key = crate::layout::identity_key(seat.identity);
    let mut damaged = store.clone();
    let mut bytes = store[&key].to_vec();
    bytes[3] ^= 1;
    damaged.insert(key, bytes.into());
    assert_eq!(open(&damaged, seat), Err(OpenError::Corrupt));
}

#[test]
fn k01_a_seat_whose_row_is_another_groups_is_corrupt() {
    let (store, seat) = written();
    let group = crate::id::GroupId::from_bytes([5; 32]);
    let wrong = Seat { group, ..seat };
    let mut damaged = store.clone();
    let row = store[&crate::layout::seat_key(seat)].clone();
    damaged.insert(crate::layout::seat_key(wrong), row);
    assert_eq!(open(&damaged, wrong), Err(OpenError::Corrupt));
}

#[test]
fn k01_a_statement_whose_grant_is_missing_is_corrupt() {
    let mut rig = Rig::new();
    let admin = rig.peer(7, Role::Admin);
    let link = rig.neighbour(&admin);
    let grant = crate::statement::Grant {
        subject: SecretKey::from_bytes([9; 32]).peer(),
        role: Role::Member,
        window: admin.grants[0].grant().unwrap().window,
        continues: None,
    };
    let lists = crate::statement::Lists::Full { prev: vec![], cites: vec![] };
    let cred = admin.grants.last().map(Statement::id);
    let body = crate::statement::Body::Grant(grant);
    let more = Statement::sign(&admin.key, rig.seat.group, cred, 1, body, lists);
    let items = vec![crate::message::Blob(more.encode().into())];
    rig.say(link, &Message::Items { set: crate::message::Set::Authority, items });
    let lost = admin.grants[0].encode();
    rig.store.retain(|_, value| **value != lost[..]);
    assert_eq!(open(&rig.store, rig.seat), Err(OpenError::Corrupt));
}
