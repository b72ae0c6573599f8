//! A seat that is taken to another machine.

use core::time::Duration;
use std::rc::Rc;

use crate::world::{TIMEOUT, World, name};
use peergroup_core::{
    Change, ExportError, GroupExport, ImportError, Input, Loaded, Node, Properties, RecordDraft,
    RecordId, Role, Seat, SecretKey, Seed, StoreOp, Ticket, TypeId,
    limits::{EXPORT_BYTES_MAX, IDENTITIES_MAX},
};

const MINUTE: Duration = Duration::from_secs(60);

/// What goes from one machine to the other: bytes.
fn export(world: &mut World, index: usize, seat: Seat) -> GroupExport {
    let bytes = world.node(index).export_group(seat).unwrap().encode();
    assert!(bytes.len() <= EXPORT_BYTES_MAX);
    GroupExport::decode(&bytes).unwrap()
}

fn import(world: &mut World, index: usize, export: GroupExport) -> Result<Seat, ImportError> {
    let export = Rc::new(export);
    let imported =
        world.act(index, move |node, now| node.import_group(now, &export).map(|it| it.value));
    world.pump();
    imported
}

fn open(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
}

/// Imports, opens and connects.
fn settle_in(world: &mut World, index: usize, export: GroupExport) -> Seat {
    let seat = import(world, index, export).unwrap();
    open(world, index, seat);
    world.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(MINUTE);
    seat
}

fn publish(world: &mut World, index: usize, seat: Seat) -> RecordId {
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), world.now().wall.after(60 * MINUTE));
    let publish = move |node: &mut Node, now| node.publish(now, seat, draft.clone());
    let id = world.act(index, publish).unwrap().value;
    world.run(MINUTE);
    id
}

#[test]
fn a_member_goes_on_from_another_machine_with_all_that_it_had() {
    let mut world = World::new(3);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Inviter);
    let joined = world.join(1, &invitation);
    world.run(MINUTE);
    let before = publish(&mut world, 1, joined);
    let export = export(&mut world, 1, joined);
    assert_eq!((export.seat(), export.is_creator()), (joined, false));
    assert_eq!(*export.group_name(), name("the group"));

    let seat = settle_in(&mut world, 2, export);
    assert_eq!(seat, joined);
    assert!(world.node(2).status(seat).unwrap().ready);
    assert!(world.node(2).record(seat, before).unwrap().is_some());
    assert!(world.agree(&[founded, joined, seat]));

    let after = publish(&mut world, 2, seat);
    let record = world.node(0).record(founded, after).unwrap();
    assert_eq!(record.map(|record| record.creator), Some(joined.identity));
    assert_eq!(world.node(2).role(seat), Ok(Some(Role::Inviter)));
}

#[test]
fn a_member_is_not_ready_on_another_machine_before_it_has_synchronised() {
    let (mut world, seats) = World::group(2, Role::Member);
    let export = export(&mut world, 1, seats[1]);
    world.boot(1, std::collections::BTreeMap::new(), 61);
    let seat = import(&mut world, 1, export).unwrap();
    open(&mut world, 1, seat);
    assert!(!world.node(1).status(seat).unwrap().ready);
    let listed = world.node(1).groups(seat.identity).next().unwrap();
    assert_eq!(listed.name, name("the group"), "but it knows the name");
}

#[test]
fn a_creator_whose_machine_is_lost_administers_its_group_from_another_one() {
    let mut world = World::new(3);
    let founded = world.found(0);
    let mut newest = Properties::named(name("renamed"));
    newest.comment = "since then".parse().unwrap();
    let change = move |node: &mut Node, now| node.set_properties(now, founded, newest.clone());
    world.act(0, change).unwrap();
    let export = export(&mut world, 0, founded);
    assert!(export.is_creator());
    // nobody else is in the group, and the machine never comes back
    world.deaf.insert(0);
    world.act(0, move |node, now| node.close(now, founded)).unwrap();
    let seat = settle_in(&mut world, 1, export);
    assert_eq!(world.node(1).role(seat), Ok(Some(Role::Admin)));

    let invitation = world.invite(1, seat, 2, Role::Admin);
    let joined = world.join(2, &invitation);
    world.run(MINUTE);
    assert!(world.node(2).status(joined).unwrap().ready);
    assert_eq!(world.node(2).role(joined), Ok(Some(Role::Admin)));
    let there = world.node(1).digest(seat).unwrap();
    assert_eq!(world.node(2).digest(joined).unwrap(), there);
    let known = world.node(2).properties(joined).unwrap();
    assert_eq!((known.name, known.comment.as_str()), (name("renamed"), "since then"));
}

#[test]
fn a_creator_on_two_machines_invites_and_removes_from_both() {
    let mut world = World::new(4);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    let joined = world.join(1, &invitation);
    world.run(MINUTE);
    let export = export(&mut world, 0, founded);
    let seat = settle_in(&mut world, 2, export);
    assert!(world.agree_among(&[founded, joined, seat], 0..3));

    let invitation = world.invite(2, seat, 3, Role::Member);
    let late = world.join(3, &invitation);
    let gone = joined.identity;
    world
        .act(2, move |node, now| node.remove(now, seat, gone, peergroup_core::Removal::Cascade))
        .unwrap();
    world.run(MINUTE);
    let members = |world: &mut World, index: usize, seat| -> Vec<_> {
        world.node(index).members(seat).unwrap().map(|member| member.peer).collect()
    };
    let mut expected = vec![founded.identity, late.identity];
    expected.sort_unstable();
    for (index, seat) in [(0, founded), (2, seat), (3, late)] {
        assert_eq!(members(&mut world, index, seat), expected, "host {index}");
    }
}

#[test]
fn a_seat_that_is_here_already_is_not_imported_over_it() {
    let mut world = World::new(1);
    let seat = world.found(0);
    let first = export(&mut world, 0, seat);
    assert_eq!(import(&mut world, 0, first), Err(ImportError::AlreadyExists));
    let second = export(&mut world, 0, seat);
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    assert_eq!(import(&mut world, 0, second), Err(ImportError::AlreadyExists));
    open(&mut world, 0, seat);
    let third = export(&mut world, 0, seat);
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    world.act(0, move |node, now| node.delete_group(now, seat)).unwrap();
    assert_eq!(import(&mut world, 0, third), Ok(seat));
}

#[test]
fn an_identity_comes_along_unless_it_is_here_and_then_keeps_its_name() {
    let mut world = World::new(3);
    let seat = world.found(0);
    let old = world.node(0).identity_info(seat.identity).unwrap().name;
    let first = export(&mut world, 0, seat);
    import(&mut world, 1, first).unwrap();
    assert_eq!(world.node(1).identity_info(seat.identity).unwrap().name, old);
    assert_eq!(world.node(1).default_identity(), Some(world.peer(1)), "not the new one");

    let second = export(&mut world, 0, seat);
    let key = world.node(0).identity_key(seat.identity).unwrap().clone();
    let import_key =
        move |node: &mut Node, now| node.import_identity(now, key.clone(), name("other"));
    world.act(2, import_key).unwrap();
    import(&mut world, 2, second).unwrap();
    assert_eq!(world.node(2).identity_info(seat.identity).unwrap().name, name("other"));
    // and all of that is durable
    let store = world.hosts[1].store.clone();
    world.boot(1, store, 62);
    assert_eq!(world.node(1).identity_info(seat.identity).unwrap().name, old);
    assert_eq!(world.node(1).groups(seat.identity).count(), 1);
}

#[test]
fn where_no_identity_fits_none_comes_along() {
    let mut world = World::new(2);
    let seat = world.found(0);
    let create = |node: &mut Node, now| node.create_identity(now, name("one of many")).map(|_| ());
    for _ in 1..IDENTITIES_MAX {
        world.act(1, create).unwrap();
    }
    let export = export(&mut world, 0, seat);
    assert_eq!(import(&mut world, 1, export), Err(ImportError::TooMany));
    assert_eq!(world.node(1).groups(seat.identity).count(), 0);
}

#[test]
fn a_group_that_is_not_open_is_not_exported() {
    let mut world = World::new(1);
    let seat = world.found(0);
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    assert_eq!(world.node(0).export_group(seat).err(), Some(ExportError::NotOpen));
}

#[test]
fn what_is_not_this_key_s_credential_is_no_export() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    let joined = world.join(1, &invitation);
    world.run(MINUTE);
    for (index, seat) in [(0, founded), (1, joined)] {
        let bytes = world.node(index).export_group(seat).unwrap().encode();
        let mut stolen = bytes.to_vec();
        stolen[..32].copy_from_slice(SecretKey::from_bytes([9; 32]).expose());
        assert!(GroupExport::decode(&stolen).is_err(), "another key");
        for length in 0..bytes.len() {
            assert!(GroupExport::decode(&bytes[..length]).is_err(), "cut to {length}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(GroupExport::decode(&longer).is_err());
    }
    assert!(GroupExport::decode(&vec![0; EXPORT_BYTES_MAX + 1]).is_err());
}

/// The bytes as any `Debug` that is derived would write them.
fn is_in(shown: &str, secret: &[u8]) -> bool {
    let listed = format!("{secret:?}");
    let escaped = format!("{:?}", bytes::Bytes::copy_from_slice(secret));
    let escaped = escaped.trim_start_matches("b\"").trim_end_matches('"');
    shown.contains(listed.trim_matches(['[', ']'])) || shown.contains(escaped)
}

#[test]
fn no_secret_is_shown_by_what_holds_one() {
    let mut world = World::new(1);
    let seat = world.found(0);
    let key = world.node(0).identity_key(seat.identity).unwrap().clone();
    let link_secret: [u8; 32] = {
        let export = world.node(0).export_group(seat).unwrap().encode();
        export[32..64].try_into().unwrap()
    };
    let (secret, peer) = (*key.expose(), key.peer());
    let properties = world.node(0).properties(seat).unwrap();
    let card = world.node(0).identity_info(peer).unwrap();
    let export = world.node(0).export_group(seat).unwrap();
    let entries: Vec<_> =
        world.hosts[0].store.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let loaded = Loaded { entries: &entries, more: false };
    let changes: Vec<_> = entries
        .iter()
        .map(|(key, value)| Change::Put { key: key.clone(), value: value.clone() })
        .collect();
    let shown = [
        format!("{key:?}"),
        format!("{properties:?} {card:?} {export:?}"),
        format!("{:?}", Input::Loaded { ticket: Ticket::from_u64(0), outcome: Ok(loaded) }),
        format!("{:?}", StoreOp { changes }),
        format!("{:?}", world.hosts[0].outputs),
        format!("{:?}", world.node(0)),
        format!("{:?}", Seed::from_bytes(secret)),
    ];
    assert!(is_in(&format!("{entries:?}"), &secret), "the store has it: a search that can find");
    for (index, text) in shown.iter().enumerate() {
        assert!(!is_in(text, &secret), "the key, in {index}");
        assert!(!is_in(text, &link_secret), "the link secret, in {index}");
    }
}
