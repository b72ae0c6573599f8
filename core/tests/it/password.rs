//! Joining by a password, from the first byte to the first record.

use core::time::Duration;

use crate::world::{EPOCH_MS, TIMEOUT, World, name};
use peergroup_core::limits::{PASSWORD_FAILURES_MAX, PASSWORD_FAILURES_WINDOW};
use peergroup_core::{
    ConnectFailure, Denial, Event, Node, Notice, PasswordError, PasswordInvitation, PasswordSecret,
    Properties, PropertyError, Role, Seat, UnixTime,
};

const RIGHT: [u8; 32] = [0xa7; 32];
const NEW: [u8; 32] = [0xb8; 32];
const WRONG: [u8; 32] = [0xc9; 32];

fn secret(bytes: [u8; 32]) -> PasswordSecret {
    PasswordSecret::from_bytes(bytes)
}

fn later() -> UnixTime {
    UnixTime::from_millis(EPOCH_MS).after(Duration::from_secs(30 * 24 * 3600))
}

fn set(world: &mut World, seat: Seat, bytes: [u8; 32], role: Role) {
    let verb = move |node: &mut Node, now| node.set_password(now, seat, secret(bytes), role);
    world.act(0, verb).unwrap();
    world.run(Duration::from_secs(2));
}

fn hold(world: &mut World, index: usize, seat: Seat, bytes: [u8; 32]) -> Result<(), PasswordError> {
    let verb = move |node: &mut Node, now| node.hold_password(now, seat, secret(bytes));
    let held = world.act(index, verb).map(|_| ());
    world.pump();
    held
}

fn invitation(world: &mut World, index: usize, seat: Seat) -> PasswordInvitation {
    let verb = move |node: &mut Node, now| node.password_invitation(now, seat, later());
    let made = world.act(index, verb).unwrap();
    PasswordInvitation::decode(&made.encode()).unwrap()
}

/// Host `index` prepares to join.
fn join(world: &mut World, index: usize, by: &PasswordInvitation, bytes: [u8; 32]) -> Seat {
    let (peer, by) = (world.peer(index), by.clone());
    let verb = move |node: &mut Node, now| node.join_with_password(now, peer, &by, secret(bytes));
    let seat = world.act(index, verb).unwrap().value;
    world.register_all(index, seat);
    world.pump();
    seat
}

/// Host `index` connects, and has this long. Gives why that failed, if it did.
fn connect(world: &mut World, index: usize, seat: Seat) -> Option<ConnectFailure> {
    world.events(index);
    world.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(TIMEOUT + Duration::from_secs(1));
    world.events(index).into_iter().find_map(|event| match event {
        Event::ConnectFailed(failure) => Some(failure),
        _ => None,
    })
}

fn retry(world: &mut World, index: usize, seat: Seat, bytes: [u8; 32]) -> Option<ConnectFailure> {
    let verb = move |node: &mut Node, now| node.retry_password(now, seat, secret(bytes));
    world.act(index, verb).unwrap();
    connect(world, index, seat)
}

fn role(world: &mut World, index: usize, seat: Seat) -> Option<Role> {
    let peer = world.peer(index);
    world.node(0).member(seat, peer).unwrap().map(|member| member.role)
}

/// The first `members` of `count` hosts are a group whose password the creator has set.
fn group(count: usize, members: usize, given: Role) -> (World, Vec<Seat>) {
    let mut world = World::new(count);
    let mut seats = vec![world.found(0)];
    for index in 1..members {
        let invited = world.invite(0, seats[0], index, given);
        seats.push(world.join(index, &invited));
    }
    set(&mut world, seats[0], RIGHT, Role::Member);
    (world, seats)
}

#[test]
fn whoever_knows_the_password_becomes_a_member_as_any_other() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    assert_eq!((by.role(), by.until(), by.group()), (Role::Member, later(), seats[0].group));
    let seat = join(&mut world, 1, &by, RIGHT);
    assert_eq!(connect(&mut world, 1, seat), None);
    let status = world.node(1).status(seat).unwrap();
    assert!(status.online && status.ready && status.neighbours == 1, "{status:?}");
    assert_eq!(role(&mut world, 1, seats[0]), Some(Role::Member));
    assert_eq!(world.node(1).role(seat).unwrap(), Some(Role::Member));
    assert!(world.agree(&[seats[0], seat]));
    // it closes, starts anew and connects as a member, without any password
    let store = core::mem::take(&mut world.hosts[1].store);
    world.boot(1, store, 77);
    world.act(1, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    world.register_all(1, seat);
    assert_eq!(connect(&mut world, 1, seat), None);
    assert_eq!(world.node(1).status(seat).unwrap().neighbours, 1);
}

#[test]
fn the_role_that_the_creator_chose_is_given_and_it_is_never_admin() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let seat = seats[0];
    let admin = move |node: &mut Node, now| node.set_password(now, seat, secret(NEW), Role::Admin);
    assert_eq!(world.act(0, admin).err(), Some(PasswordError::InvalidRole));
    set(&mut world, seat, NEW, Role::Inviter);
    let by = invitation(&mut world, 0, seat);
    let joined = join(&mut world, 1, &by, NEW);
    assert_eq!(connect(&mut world, 1, joined), None);
    assert_eq!(role(&mut world, 1, seat), Some(Role::Inviter));
}

#[test]
fn a_wrong_password_is_said_to_be_wrong_and_the_right_one_can_be_given_then() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 1, &by, WRONG);
    assert_eq!(connect(&mut world, 1, seat), Some(ConnectFailure::WrongPassword));
    assert!(!world.node(1).status(seat).unwrap().online, "it is not tried over and over");
    assert_eq!(role(&mut world, 1, seats[0]), None);
    assert_eq!(retry(&mut world, 1, seat, RIGHT), None);
    assert_eq!(role(&mut world, 1, seats[0]), Some(Role::Member));
    let again = move |node: &mut Node, now| node.retry_password(now, seat, secret(NEW));
    assert_eq!(world.act(1, again).err(), Some(PasswordError::NotJoining));
}

#[test]
fn members_that_cannot_admit_are_another_reason_than_a_wrong_password() {
    // a plain member, an Admin who was not told the password, and nobody at all
    for given in [Role::Member, Role::Admin] {
        let (mut world, seats) = group(3, 2, given);
        let by = invitation(&mut world, 1, seats[1]);
        world.part(0, 2);
        let seat = join(&mut world, 2, &by, RIGHT);
        assert_eq!(connect(&mut world, 2, seat), Some(ConnectFailure::NobodyAdmits), "{given:?}");
        world.deaf.insert(1);
        let failure = connect(&mut world, 2, seat);
        assert!(matches!(failure, Some(ConnectFailure::NoMembersFound(_))), "{failure:?}");
    }
}

#[test]
fn a_wrong_clock_is_another_reason_than_a_wrong_password() {
    for ahead in [Duration::from_secs(3600), Duration::from_secs(2 * 24 * 3600)] {
        let (mut world, seats) = group(2, 1, Role::Member);
        let by = invitation(&mut world, 0, seats[0]);
        world.ahead.insert(1, ahead);
        let seat = join(&mut world, 1, &by, RIGHT);
        assert_eq!(connect(&mut world, 1, seat), Some(ConnectFailure::WrongClock), "{ahead:?}");
        world.ahead.clear();
        assert_eq!(connect(&mut world, 1, seat), None);
    }
}

#[test]
fn an_admin_and_an_inviter_admit_once_they_hold_the_password_and_a_member_never() {
    for (given, outcome) in [
        (Role::Admin, Ok(())),
        (Role::Inviter, Ok(())),
        (Role::Member, Err(PasswordError::NotAuthorized)),
    ] {
        let (mut world, seats) = group(3, 2, given);
        assert_eq!(hold(&mut world, 1, seats[1], RIGHT), outcome, "{given:?}");
        assert_eq!(world.node(1).admits_by_password(seats[1]), Ok(outcome.is_ok()));
        let by = invitation(&mut world, 1, seats[1]);
        world.deaf.insert(0);
        let seat = join(&mut world, 2, &by, RIGHT);
        let failure = outcome.err().map(|_| ConnectFailure::NobodyAdmits);
        assert_eq!(connect(&mut world, 2, seat), failure, "{given:?}");
    }
}

#[test]
fn whoever_holds_the_wrong_password_can_admit_nobody_who_knows_the_right_one() {
    let (mut world, seats) = group(3, 2, Role::Admin);
    hold(&mut world, 1, seats[1], WRONG).unwrap();
    let by = invitation(&mut world, 1, seats[1]);
    world.deaf.insert(0);
    let seat = join(&mut world, 2, &by, RIGHT);
    assert_eq!(connect(&mut world, 2, seat), Some(ConnectFailure::WrongPassword));
    assert!(world.node(2).members(seat).unwrap().count() <= 2, "no more than it was shown");
}

#[test]
fn guesses_are_limited_and_a_restart_forgives_none() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 1, &by, WRONG);
    assert_eq!(connect(&mut world, 1, seat), Some(ConnectFailure::WrongPassword));
    for guess in 1..PASSWORD_FAILURES_MAX {
        let guess = [u8::try_from(guess).unwrap(); 32];
        assert_eq!(retry(&mut world, 1, seat, guess), Some(ConnectFailure::WrongPassword));
    }
    assert_eq!(retry(&mut world, 1, seat, RIGHT), Some(ConnectFailure::TooManyAttempts));
    let store = core::mem::take(&mut world.hosts[0].store);
    world.boot(0, store, 55);
    let founded = seats[0];
    world.act(0, move |node, now| node.open(now, founded)).unwrap();
    world.pump();
    world.act(0, move |node, now| node.connect(now, founded, TIMEOUT)).unwrap();
    assert_eq!(connect(&mut world, 1, seat), Some(ConnectFailure::TooManyAttempts));
    world.run(PASSWORD_FAILURES_WINDOW);
    assert_eq!(connect(&mut world, 1, seat), None);
}

#[test]
fn no_guess_is_answered_before_its_failure_is_durable() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 1, &by, WRONG);
    world.hosts[0].hold_stores = true;
    world.act(1, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(Duration::from_secs(3));
    assert!(!world.hosts[0].held.is_empty(), "the failure is on its way to the store");
    let is_told = |event: &Event| matches!(event, Event::ConnectFailed(_));
    assert!(!world.events(1).iter().any(is_told), "nobody knows what became of the guess");
    // the power fails before the store had it: the guess was never answered
    world.fail_store(0, peergroup_core::StoreFailure::Failed);
    world.pump();
    assert!(!world.events(1).iter().any(is_told));
    let _ = seats;
}

#[test]
fn nobody_is_told_of_its_membership_before_that_is_durable() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 1, &by, RIGHT);
    world.hosts[0].hold_stores = true;
    world.act(1, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(Duration::from_secs(3));
    assert_eq!(world.node(1).role(seat).unwrap(), None);
    world.hosts[0].hold_stores = false;
    world.store(0);
    world.run(Duration::from_secs(5));
    assert_eq!(world.node(1).role(seat).unwrap(), Some(Role::Member));
    assert!(world.node(1).status(seat).unwrap().ready);
}

#[test]
fn somebody_in_the_middle_who_relays_admits_nobody_and_learns_of_no_guess() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 1, &by, RIGHT);
    world.is_intercepted = true;
    assert!(connect(&mut world, 1, seat).is_some());
    assert_eq!(role(&mut world, 1, seats[0]), None);
    world.is_intercepted = false;
    assert_eq!(connect(&mut world, 1, seat), None);
}

#[test]
fn a_new_password_stops_the_old_one_everywhere() {
    let (mut world, seats) = group(4, 2, Role::Admin);
    hold(&mut world, 1, seats[1], RIGHT).unwrap();
    let by = invitation(&mut world, 0, seats[0]);
    set(&mut world, seats[0], NEW, Role::Member);
    assert_eq!(world.node(1).admits_by_password(seats[1]), Ok(false), "it holds the old one");
    assert_eq!(hold(&mut world, 1, seats[1], RIGHT), Err(PasswordError::Unchanged));
    let seat = join(&mut world, 2, &by, RIGHT);
    assert_eq!(connect(&mut world, 2, seat), Some(ConnectFailure::WrongPassword));
    hold(&mut world, 1, seats[1], NEW).unwrap();
    let by = invitation(&mut world, 1, seats[1]);
    world.deaf.insert(0);
    let seat = join(&mut world, 3, &by, NEW);
    assert_eq!(connect(&mut world, 3, seat), None);
}

#[test]
fn a_removal_suspends_the_password_until_the_creator_sets_a_new_one() {
    let (mut world, seats) = group(4, 2, Role::Admin);
    hold(&mut world, 1, seats[1], RIGHT).unwrap();
    let by = invitation(&mut world, 0, seats[0]);
    let guest = join(&mut world, 2, &by, RIGHT);
    assert_eq!(connect(&mut world, 2, guest), None);
    let (removed, seat) = (world.peer(2), seats[1]);
    world
        .act(1, move |node, now| node.remove(now, seat, removed, peergroup_core::Removal::Keep))
        .unwrap();
    world.run(Duration::from_secs(5));
    for (index, seat) in seats.iter().copied().enumerate() {
        assert_eq!(world.node(index).admits_by_password(seat), Ok(false), "{index}");
        let make = move |node: &mut Node, now| node.password_invitation(now, seat, later());
        assert_eq!(world.act(index, make).err(), Some(PasswordError::NoPassword), "{index}");
    }
    let last = join(&mut world, 3, &by, RIGHT);
    assert_eq!(connect(&mut world, 3, last), Some(ConnectFailure::NobodyAdmits));
    // the old password does not serve again, at the creator's nor at the Admin's
    let seat = seats[0];
    let same =
        move |node: &mut Node, now| node.set_password(now, seat, secret(RIGHT), Role::Member);
    assert_eq!(world.act(0, same).err(), Some(PasswordError::Unchanged));
    set(&mut world, seats[0], NEW, Role::Member);
    assert_eq!(hold(&mut world, 1, seats[1], RIGHT), Err(PasswordError::Unchanged));
    assert_eq!(retry(&mut world, 3, last, NEW), None);
}

#[test]
fn whoever_was_removed_does_not_come_back_by_a_password() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 1, &by, RIGHT);
    assert_eq!(connect(&mut world, 1, seat), None);
    let (removed, founded) = (world.peer(1), seats[0]);
    world
        .act(0, move |node, now| node.remove(now, founded, removed, peergroup_core::Removal::Keep))
        .unwrap();
    world.run(Duration::from_secs(5));
    set(&mut world, seats[0], NEW, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    world.act(1, move |node, now| node.close(now, seat)).unwrap();
    world.act(1, move |node, now| node.delete_group(now, seat)).unwrap();
    let seat = join(&mut world, 1, &by, NEW);
    let failure = connect(&mut world, 1, seat);
    assert_eq!(failure, Some(ConnectFailure::NotAuthorized(Denial::Removed)));
    // a grant that cites the removal takes it in again
    world.act(1, move |node, now| node.close(now, seat)).unwrap();
    world.act(1, move |node, now| node.delete_group(now, seat)).unwrap();
    let invited = world.invite(0, seats[0], 1, Role::Member);
    let seat = world.join(1, &invited);
    assert!(world.node(1).status(seat).unwrap().ready);
}

#[test]
fn whoever_left_may_come_back_by_the_password() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 1, &by, RIGHT);
    assert_eq!(connect(&mut world, 1, seat), None);
    world.act(1, move |node, now| node.leave(now, seat)).unwrap();
    world.run(Duration::from_secs(10));
    assert_eq!(role(&mut world, 1, seats[0]), None);
    world.act(1, move |node, now| node.close(now, seat)).unwrap();
    world.act(1, move |node, now| node.delete_group(now, seat)).unwrap();
    let seat = join(&mut world, 1, &by, RIGHT);
    assert_eq!(connect(&mut world, 1, seat), None);
    assert_eq!(role(&mut world, 1, seats[0]), Some(Role::Member));
}

#[test]
fn a_newcomer_that_starts_anew_before_it_connects_still_knows_the_password() {
    let (mut world, seats) = group(2, 1, Role::Member);
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 1, &by, RIGHT);
    let store = core::mem::take(&mut world.hosts[1].store);
    world.boot(1, store, 99);
    world.act(1, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    let opened = Notice::Opened { seat, outcome: Ok(()) };
    assert!(world.hosts[1].notices.contains(&opened));
    world.register_all(1, seat);
    assert_eq!(connect(&mut world, 1, seat), None);
}

#[test]
fn a_group_has_no_password_until_the_creator_sets_one_and_none_after_it_forgot_it() {
    let mut world = World::new(3);
    let seat = world.found(0);
    let invited = world.invite(0, seat, 1, Role::Admin);
    let admin = world.join(1, &invited);
    assert_eq!(hold(&mut world, 1, admin, RIGHT), Err(PasswordError::NoPassword));
    let set_it =
        move |node: &mut Node, now| node.set_password(now, admin, secret(RIGHT), Role::Member);
    assert_eq!(world.act(1, set_it).err(), Some(PasswordError::NotAuthorized));
    set(&mut world, seat, RIGHT, Role::Member);
    hold(&mut world, 1, admin, RIGHT).unwrap();
    assert_eq!(world.node(1).properties(admin).unwrap().password_role(), Some(Role::Member));
    // other properties leave the password as it is
    let renamed = Properties::named(name("another name"));
    let rename = move |node: &mut Node, now| node.set_properties(now, seat, renamed.clone());
    let renamed: Result<_, PropertyError> = world.act(0, rename);
    renamed.unwrap();
    world.run(Duration::from_secs(2));
    assert_eq!(world.node(1).admits_by_password(admin), Ok(true));
    world.act(0, move |node, now| node.forget_password(now, seat)).unwrap();
    world.run(Duration::from_secs(2));
    assert_eq!(world.node(1).properties(admin).unwrap().password_role(), None);
    assert_eq!(world.node(0).admits_by_password(seat), Ok(false));
    assert_eq!(world.node(1).admits_by_password(admin), Ok(false));
}

#[test]
fn the_password_is_in_no_byte_that_leaves_a_node() {
    let (mut world, seats) = group(3, 2, Role::Admin);
    hold(&mut world, 1, seats[1], RIGHT).unwrap();
    let by = invitation(&mut world, 0, seats[0]);
    let seat = join(&mut world, 2, &by, RIGHT);
    assert_eq!(connect(&mut world, 2, seat), None);
    let shows = |bytes: &[u8]| bytes.windows(RIGHT.len()).any(|part| part == RIGHT);
    assert!(!shows(&by.encode()));
    for host in &world.hosts {
        assert!(host.sent.values().all(|bytes| !shows(bytes)));
    }
    // who was admitted keeps it no longer
    assert!(!world.hosts[2].store.values().any(|value| shows(value)));
    assert!(!format!("{:?}", world.hosts[0].node).contains("167, 167"));
}
