//! Removing: what is kept, what falls, and how each is told.

use core::time::Duration;

use crate::world::World;
use peergroup_core::{
    Ending, Event, Node, Now, PeerId, RecordDraft, RecordId, Removal, RemoveError, Role, Seat,
    Terms, TypeId,
};

const MINUTE: Duration = Duration::from_secs(60);

/// A founder, an Admin, a member that the Admin invited and one that the founder invited. The
/// Admin has published a record.
fn brought_in() -> (World, Vec<Seat>, RecordId) {
    let mut world = World::new(4);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Admin);
    let admin = world.join(1, &invitation);
    let invitation = world.invite(1, admin, 2, Role::Member);
    let member = world.join(2, &invitation);
    let invitation = world.invite(0, founded, 3, Role::Member);
    let other = world.join(3, &invitation);
    let expires = world.now().wall.after(MINUTE * 60);
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), expires);
    let record = world.act(1, move |node, now| node.publish(now, admin, draft.clone()));
    let record = record.unwrap().value;
    world.run(MINUTE);
    (world, vec![founded, admin, member, other], record)
}

fn endings(world: &mut World, index: usize) -> Vec<Ending> {
    let ending = |event| match event {
        Event::MembershipEnded(ending) => Some(ending),
        _ => None,
    };
    world.events(index).into_iter().filter_map(ending).collect()
}

fn members(world: &mut World, index: usize, seat: Seat) -> Vec<PeerId> {
    world.node(index).members(seat).unwrap().map(|member| member.peer).collect()
}

#[test]
fn a_report_says_beforehand_exactly_what_a_removal_does() {
    for mode in [Removal::Keep, Removal::Cascade] {
        let (mut world, seats, record) = brought_in();
        let (founded, gone, member) = (seats[0], world.peer(1), world.peer(2));
        let before = members(&mut world, 0, founded);
        let report = world.node(0).removal_report(founded, gone, mode).unwrap();
        assert_eq!(members(&mut world, 0, founded), before, "nothing is done yet");
        let (kept, lost) = match mode {
            Removal::Keep => (vec![member], vec![]),
            _ => (vec![], vec![member]),
        };
        assert_eq!(report.members_kept, kept);
        assert_eq!(report.members_lost, lost);
        assert_eq!((report.kept.len(), report.lost.len()), (kept.len(), lost.len()));
        assert_eq!(report.records_void, [record]);
        let remove =
            move |node: &mut Node, now| node.remove(now, founded, gone, mode).unwrap().value;
        assert_eq!(world.act(0, remove), report, "it is as foretold");
        let after = members(&mut world, 0, founded);
        let left: Vec<PeerId> = before.into_iter().filter(|peer| !after.contains(peer)).collect();
        let mut expected = lost;
        expected.push(gone);
        expected.sort_unstable();
        assert_eq!(left, expected);
        assert_eq!(world.node(0).record(founded, record).unwrap(), None);
    }
}

#[test]
fn records_of_a_removed_member_are_kept_as_those_of_whoever_removes_if_so_asked() {
    let (mut world, seats, record) = brought_in();
    let (founded, gone) = (seats[0], world.peer(1));
    let before = world.node(0).record(founded, record).unwrap().unwrap();
    let remove = move |node: &mut Node, now| {
        node.remove(now, founded, gone, Removal::KeepRecords).unwrap().value
    };
    let report = world.node(0).removal_report(founded, gone, Removal::KeepRecords).unwrap();
    assert_eq!((&report.records_kept[..], &report.records_void[..]), (&[record][..], &[][..]));
    assert_eq!(world.act(0, remove), report);
    world.run(MINUTE);
    for index in [0, 2, 3] {
        let after = world.node(index).record(seats[index], record).unwrap().expect("it is kept");
        assert_eq!((after.creator, after.modifier), (gone, world.peer(0)));
        assert_eq!(after.payload, before.payload);
        assert_eq!(after.expires, before.expires);
    }
}

#[test]
fn a_record_that_lasts_longer_than_the_remover_may_publish_is_void_whatever_was_asked() {
    let mut world = World::new(3);
    let founded = world.found(0);
    let soon = world.now().wall.after(MINUTE * 30);
    let peer = world.peer(1);
    let card = world.node(1).identity_info(peer).unwrap();
    let terms = Terms::role(Role::Admin).until(soon);
    let invite = move |node: &mut Node, now| node.invite(now, founded, &card, terms);
    let invitation = world.act(0, invite).unwrap().value;
    let admin = world.join(1, &invitation);
    let invitation = world.invite(0, founded, 2, Role::Member);
    let member = world.join(2, &invitation);
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), soon.after(MINUTE));
    let publish = move |node: &mut Node, now| node.publish(now, member, draft.clone());
    let record = world.act(2, publish).unwrap().value;
    world.run(MINUTE);
    let gone = world.peer(2);
    let remove = move |node: &mut Node, now| {
        node.remove(now, admin, gone, Removal::KeepRecords).unwrap().value
    };
    let removed = world.act(1, remove);
    assert_eq!((&removed.records_kept[..], &removed.records_void[..]), (&[][..], &[record][..]));
    world.run(MINUTE);
    assert_eq!(world.node(0).record(founded, record).unwrap(), None);
}

/// What a member sees of a record that an Admin deleted, once that one has lost its right by this.
fn after_losing(lose: impl Fn(&mut Node, Now, Seat, PeerId) + 'static) -> bool {
    let (mut world, seats, _) = brought_in();
    let (founded, admin, owner, gone) = (seats[0], seats[1], seats[3], world.peer(1));
    let expires = world.now().wall.after(MINUTE * 60);
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), expires);
    let publish = move |node: &mut Node, now| node.publish(now, owner, draft.clone());
    let record = world.act(3, publish).unwrap().value;
    world.run(MINUTE);
    world.act(1, move |node, now| node.delete_record(now, admin, record)).unwrap();
    world.run(MINUTE);
    assert_eq!(world.node(3).record(owner, record).unwrap(), None);
    world.act(0, move |node, now| lose(node, now, founded, gone));
    world.run(MINUTE);
    let seen: Vec<bool> = [0, 2, 3]
        .map(|index| world.node(index).record(seats[index], record).unwrap().is_some())
        .to_vec();
    assert!(seen.iter().all(|is_seen| *is_seen == seen[0]), "{seen:?}");
    seen[0]
}

#[test]
fn what_an_admin_deleted_stays_deleted_when_it_is_removed_or_demoted() {
    for mode in [Removal::Keep, Removal::KeepRecords] {
        assert!(!after_losing(move |node, now, seat, peer| {
            node.remove(now, seat, peer, mode).unwrap();
        }));
    }
    assert!(!after_losing(|node, now, seat, peer| {
        node.demote(now, seat, peer, Role::Member).unwrap();
    }));
}

#[test]
fn what_an_admin_deleted_is_back_when_nothing_of_it_is_to_stay() {
    assert!(after_losing(|node, now, seat, peer| {
        node.remove(now, seat, peer, Removal::Cascade).unwrap();
    }));
}

#[test]
fn a_report_is_refused_to_whoever_may_not_remove() {
    let (mut world, seats, _) = brought_in();
    let (creator, member) = (world.peer(0), world.peer(2));
    let report = world.node(1).removal_report(seats[1], creator, Removal::Keep);
    assert_eq!(report, Err(RemoveError::NotAuthorized));
    let report = world.node(3).removal_report(seats[3], member, Removal::Keep);
    assert_eq!(report, Err(RemoveError::NotAuthorized));
}

#[test]
fn a_member_works_on_when_whoever_invited_it_is_removed_and_pinned() {
    let (mut world, seats, _) = brought_in();
    let (founded, gone, member) = (seats[0], world.peer(1), seats[2]);
    world.events(2);
    world.act(0, move |node, now| node.remove(now, founded, gone, Removal::Keep)).unwrap();
    world.run(MINUTE);
    assert_eq!(endings(&mut world, 2), []);
    assert_eq!(world.node(2).role(member), Ok(Some(Role::Member)));
    let expires = world.now().wall.after(MINUTE * 60);
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), expires);
    let record = world.act(2, move |node, now| node.publish(now, member, draft.clone()));
    let record = record.unwrap().value;
    world.run(MINUTE);
    assert!(world.node(0).record(founded, record).unwrap().is_some());
}

#[test]
fn who_falls_with_its_issuer_is_told_that_and_not_that_it_was_removed() {
    let (mut world, seats, _) = brought_in();
    let (founded, gone, creator) = (seats[0], world.peer(1), world.peer(0));
    for index in 1..4 {
        world.events(index);
    }
    world.act(0, move |node, now| node.remove(now, founded, gone, Removal::Cascade)).unwrap();
    world.run(MINUTE);
    assert_eq!(endings(&mut world, 1), [Ending::Removed { by: creator }]);
    let fell = Ending::IssuerFell { issuer: gone, by: Some(creator) };
    assert_eq!(endings(&mut world, 2), [fell]);
    assert_eq!(endings(&mut world, 3), []);
}

#[test]
fn who_leaves_and_whose_time_is_over_are_told_so() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Member);
    let seat = world.join(1, &invitation);
    world.run(MINUTE);
    world.events(1);
    world.act(1, move |node, now| node.leave(now, seat)).unwrap();
    world.run(MINUTE);
    assert_eq!(endings(&mut world, 1), [Ending::Left]);

    let mut world = World::new(2);
    let founded = world.found(0);
    let peer = world.peer(1);
    let card = world.node(1).identity_info(peer).unwrap();
    let terms = Terms::role(Role::Member).until(world.now().wall.after(MINUTE));
    let invite = move |node: &mut Node, now| node.invite(now, founded, &card, terms);
    let invitation = world.act(0, invite).unwrap().value;
    world.pump();
    world.join(1, &invitation);
    world.run(MINUTE * 3);
    assert_eq!(endings(&mut world, 1), [Ending::Expired]);
}

#[test]
fn an_admin_that_is_made_an_inviter_is_one_everywhere_and_keeps_what_it_published() {
    let (mut world, seats, record) = brought_in();
    let (founded, admin) = (seats[0], world.peer(1));
    world.act(0, move |node, now| node.demote(now, founded, admin, Role::Inviter)).unwrap();
    world.run(MINUTE);
    for (index, seat) in seats.iter().enumerate() {
        let node = world.node(index);
        assert!(node.record(*seat, record).unwrap().is_some(), "{index}");
        let mut members = node.members(*seat).unwrap();
        let role = members.find(|member| member.peer == admin).map(|member| member.role);
        assert_eq!(role, Some(Role::Inviter), "{index}");
    }
    assert!(world.agree(&seats));
}
