//! What a role may do, and how much: every verb of authority at its edges, and the quotas.

use core::time::Duration;

use crate::world::World;
use peergroup_core::limits::{CHAIN_POLICY, RECORDS_PER_CREATOR_MAX};
use peergroup_core::{
    Event, InviteError, Node, PeerId, PublishError, RecordDraft, RecordId, RecordUpdate, Removal,
    RemoveError, Role, Seat, SecretKey, Terms, TypeId,
};

const NOTE: TypeId = TypeId::from_u128(0xfeed);
const HOUR: Duration = Duration::from_secs(3600);

fn publish(world: &mut World, index: usize, seat: Seat) -> Result<RecordId, PublishError> {
    let draft = RecordDraft::new(NOTE, world.now().wall.after(HOUR)).payload("something");
    let publish = move |node: &mut Node, now| node.publish(now, seat, draft.clone());
    let id = world.act(index, publish)?.value;
    world.pump();
    Ok(id)
}

fn grant(
    world: &mut World,
    index: usize,
    seat: Seat,
    peer: PeerId,
    terms: Terms,
) -> Result<(), InviteError> {
    world.act(index, move |node, now| node.grant(now, seat, peer, terms).map(|_| ()))
}

fn remove(world: &mut World, index: usize, seat: Seat, peer: PeerId) -> Result<(), RemoveError> {
    world.act(index, move |node, now| node.remove(now, seat, peer, Removal::Keep).map(|_| ()))
}

/// Somebody who is no member.
fn stranger(number: u8) -> PeerId {
    SecretKey::from_bytes([number; 32]).peer()
}

#[test]
fn a_role_brings_in_no_more_than_it_may() {
    let rules = [
        (Role::Member, [false, false, false]),
        (Role::Inviter, [true, true, false]),
        (Role::Admin, [true, true, true]),
    ];
    for (own, allowed) in rules {
        let (mut world, seats) = World::group(2, own);
        for (given, may) in [Role::Member, Role::Inviter, Role::Admin].into_iter().zip(allowed) {
            let newcomer = stranger(100 + given as u8);
            let outcome = grant(&mut world, 1, seats[1], newcomer, Terms::role(given));
            let expected = if may { Ok(()) } else { Err(InviteError::NotAuthorized) };
            assert_eq!(outcome, expected, "{own:?} gives {given:?}");
            world.pump();
            let listed = world.node(0).member(seats[0], newcomer).unwrap();
            assert_eq!(listed.map(|member| member.role), may.then_some(given), "{own:?}");
        }
    }
}

#[test]
fn nobody_gives_longer_than_it_has_nor_an_empty_or_past_time() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let mut still = world.node(0).properties(founded).unwrap();
    still.renew_members = false;
    world.act(0, move |node, now| node.set_properties(now, founded, still.clone())).unwrap();
    let until = world.now().wall.after(HOUR);
    let peer = world.peer(1);
    let card = world.node(1).identity_info(peer).unwrap();
    let terms = Terms::role(Role::Inviter).until(until);
    let invite = move |node: &mut Node, now| node.invite(now, founded, &card, terms);
    let invitation = world.act(0, invite).unwrap().value;
    world.pump();
    let seat = world.join(1, &invitation);
    let now = world.now().wall;
    let (peer, member) = (stranger(100), Terms::role(Role::Member));
    for wrong in [until.after(Duration::from_millis(1)), now, now.before(HOUR)] {
        let refused = grant(&mut world, 1, seat, peer, member.until(wrong));
        assert_eq!(refused, Err(InviteError::InvalidTimePeriod), "{wrong:?}");
    }
    assert_eq!(grant(&mut world, 1, seat, peer, member), Ok(()));
    let listed = world.node(1).member(seat, peer).unwrap().unwrap();
    assert_eq!(listed.window.until, until, "as long as the issuer's own");
    world.run(HOUR);
    for (index, seat) in [(0, founded), (1, seat)] {
        assert_eq!(world.node(index).member(seat, peer).unwrap(), None, "{index}");
        assert_eq!(world.node(index).members(seat).unwrap().count(), 1, "{index}");
    }
    assert!(!world.node(1).status(seat).unwrap().online);
}

#[test]
fn the_creator_and_oneself_need_no_invitation() {
    let (mut world, seats) = World::group(2, Role::Admin);
    for peer in [world.peer(0), world.peer(1)] {
        let refused = grant(&mut world, 1, seats[1], peer, Terms::role(Role::Member));
        assert_eq!(refused, Err(InviteError::CircularChain));
    }
}

#[test]
fn a_chain_that_is_too_long_grows_no_further_but_by_members() {
    let length = CHAIN_POLICY + 1;
    let mut world = World::new(length);
    let mut seat = world.found(0);
    for index in 1..length {
        let invitation = world.invite(index - 1, seat, index, Role::Inviter);
        seat = world.join(index, &invitation);
        assert!(world.node(index).status(seat).unwrap().ready, "{index}");
    }
    let (last, terms) = (length - 1, Terms::role(Role::Inviter));
    let refused = grant(&mut world, last, seat, stranger(100), terms);
    assert_eq!(refused, Err(InviteError::ChainTooLong));
    let terms = Terms::role(Role::Member);
    assert_eq!(grant(&mut world, last, seat, stranger(100), terms), Ok(()));
}

#[test]
fn an_admin_is_told_once_when_three_quarters_of_what_its_grant_bears_are_signed() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Admin);
    let admin = world.join(1, &invitation);
    world.part(0, 1);
    world.events(1);
    let told = |world: &mut World| {
        let filling = |event| match event {
            Event::GrantFilling { left } => Some(left),
            _ => None,
        };
        world.events(1).into_iter().filter_map(filling).collect::<Vec<_>>()
    };
    let limit = peergroup_core::limits::STATEMENTS_PER_GRANT_MAX;
    for count in 1..=limit / 4 * 3 + 2 {
        grant(&mut world, 1, admin, stranger(7), Terms::role(Role::Member)).unwrap();
        if count % 1024 == 0 {
            world.pump();
            let expected = if count == limit / 4 * 3 { &[limit / 4][..] } else { &[] };
            assert_eq!(told(&mut world), expected, "after {count}");
        }
    }
    assert_eq!(told(&mut world), [], "once");
}

#[test]
fn who_has_never_synchronised_invites_and_publishes_nothing() {
    let mut world = World::new(2);
    let founded = world.found(0);
    let invitation = world.invite(0, founded, 1, Role::Admin);
    let seat = world.act(1, move |node, now| node.join(now, &invitation)).unwrap().value;
    let refused = grant(&mut world, 1, seat, stranger(100), Terms::role(Role::Member));
    assert_eq!(refused, Err(InviteError::NotReady));
    assert_eq!(publish(&mut world, 1, seat), Err(PublishError::GroupNotReady));
    let creator = world.peer(0);
    assert_eq!(remove(&mut world, 1, seat, creator), Err(RemoveError::NotReady));
}

#[test]
fn a_removal_reaches_juniors_and_nobody_else() {
    let mut world = World::new(4);
    let founded = world.found(0);
    let mut seats = vec![founded];
    // two equal Admins, and one whom the first of them brought in
    for (by, index) in [(0, 1), (0, 2), (1, 3)] {
        let invitation = world.invite(by, seats[by], index, Role::Admin);
        seats.push(world.join(index, &invitation));
    }
    world.run(Duration::from_secs(30));
    let peers = [0, 1, 2, 3].map(|index| world.peer(index));
    let mut refused = |by: usize, of: usize| remove(&mut world, by, seats[by], peers[of]).err();
    assert_eq!(refused(1, 2), Some(RemoveError::Senior), "an equal");
    assert_eq!(refused(2, 1), Some(RemoveError::Senior), "an equal");
    assert_eq!(refused(3, 1), Some(RemoveError::Senior), "a senior");
    assert_eq!(refused(3, 0), Some(RemoveError::NotAuthorized), "the creator");
    assert_eq!(refused(0, 0), Some(RemoveError::NotAuthorized), "the creator itself");
    let nobody = remove(&mut world, 0, founded, stranger(100));
    assert_eq!(nobody, Err(RemoveError::NotFound));
    assert_eq!(remove(&mut world, 2, seats[2], peers[3]), Ok(()), "a junior of an equal");
    world.run(Duration::from_secs(30));
    for (index, seat) in seats.iter().copied().enumerate().take(3) {
        let gone = world.node(index).member(seat, peers[3]).unwrap();
        assert_eq!(gone, None, "{index}");
    }
    assert!(world.agree_among(&seats, 0..3));
}

#[test]
fn a_member_removes_and_demotes_nobody() {
    let (mut world, seats) = World::group(3, Role::Inviter);
    let (seat, other) = (seats[1], world.peer(2));
    assert_eq!(remove(&mut world, 1, seat, other), Err(RemoveError::NotAuthorized));
    let demote =
        move |node: &mut Node, now| node.demote(now, seat, other, Role::Member).map(|_| ());
    assert_eq!(world.act(1, demote), Err(RemoveError::NotAuthorized));
    let creator = seats[0];
    let raise =
        move |node: &mut Node, now| node.demote(now, creator, other, Role::Inviter).map(|_| ());
    assert_eq!(world.act(0, raise), Err(RemoveError::NotLower));
    let leave = move |node: &mut Node, now| node.leave(now, creator).map(|_| ());
    assert_eq!(world.act(0, leave), Err(RemoveError::NotAuthorized), "the creator stays");
}

#[test]
fn the_records_of_a_removed_member_are_void_and_whom_it_brought_in_stays() {
    for mode in [Removal::Keep, Removal::Cascade] {
        let (mut world, seats) = World::group(4, Role::Inviter);
        let (founded, gone) = (seats[0], world.peer(1));
        let newcomer = stranger(100);
        grant(&mut world, 1, seats[1], newcomer, Terms::role(Role::Member)).unwrap();
        let own = publish(&mut world, 1, seats[1]).unwrap();
        let others = publish(&mut world, 2, seats[2]).unwrap();
        world.act(0, move |node, now| node.remove(now, founded, gone, mode)).unwrap();
        world.run(Duration::from_secs(60));
        for index in [0, 2, 3] {
            let (node, seat) = (world.node(index), seats[index]);
            assert_eq!(node.record(seat, own).unwrap(), None, "{index}: {mode:?}");
            assert!(node.record(seat, others).unwrap().is_some(), "{index}: {mode:?}");
            let stays = node.member(seat, newcomer).unwrap().is_some();
            assert_eq!(stays, mode == Removal::Keep, "{index}");
        }
    }
}

#[test]
fn an_update_makes_no_record_expire_earlier_nor_beyond_its_ceiling() {
    let mut world = World::new(1);
    let seat = world.found(0);
    let expires = world.now().wall.after(HOUR);
    let ceiling = expires.after(HOUR);
    let draft = RecordDraft::new(NOTE, expires).ceiling(ceiling);
    let record = world.act(0, move |node, now| node.publish(now, seat, draft.clone())).unwrap();
    let record = record.value;
    let mut update = |to| {
        let update = RecordUpdate::new().expires(to);
        world.act(0, move |node, now| node.update(now, seat, record, update.clone()).map(|_| ()))
    };
    let millisecond = Duration::from_millis(1);
    let refusal = Err(PublishError::InvalidRecordExpiration);
    assert_eq!(update(expires.before(millisecond)), refusal);
    assert_eq!(update(ceiling.after(millisecond)), refusal);
    assert_eq!(update(expires), Ok(()));
    assert_eq!(update(ceiling), Ok(()));
    assert_eq!(update(expires), refusal, "it was put off");
    let missing = RecordId::from_bytes([1; 16]);
    let update = RecordUpdate::new();
    let missing = world.act(0, move |node, now| node.update(now, seat, missing, update.clone()));
    assert_eq!(missing.unwrap_err(), PublishError::RecordNotFound);
}

#[test]
fn r08_the_records_of_a_member_stop_at_its_quota() {
    let mut world = World::new(1);
    let seat = world.found(0);
    let expires = world.now().wall.after(HOUR);
    let draft = RecordDraft::new(NOTE, expires);
    let publish = move |node: &mut Node, now| node.publish(now, seat, draft.clone());
    let room = RECORDS_PER_CREATOR_MAX - RECORDS_PER_CREATOR_MAX / 16;
    for number in 0..room {
        assert!(world.act(0, publish.clone()).is_ok(), "{number}");
        world.pump();
    }
    let refused = world.act(0, publish).unwrap_err();
    assert_eq!(refused, PublishError::QuotaExceeded);
    assert_eq!(world.node(0).records(seat, None).unwrap().count(), room);
}
