//! Invitations: withdrawn, open, dead with their issuer, handed over, and misused.

use core::time::Duration;

use crate::world::{TIMEOUT, World};
use peergroup_core::{
    ConnectFailure, Denial, Ending, Event, Invitation, InviteError, JoinError, MemberChange, Node,
    PeerId, RecordDraft, Removal, RemoveError, Role, Seat, Terms, TypeId, UnixTime, Withdrawn,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A founder and others that have these roles by it.
fn group(roles: &[Role], strangers: usize) -> (World, Vec<Seat>) {
    let mut world = World::new(1 + roles.len() + strangers);
    let mut seats = vec![world.found(0)];
    for (index, role) in (1..).zip(roles) {
        let invitation = world.invite(0, seats[0], index, *role);
        seats.push(world.join(index, &invitation));
    }
    world.run(MINUTE);
    (world, seats)
}

fn invite_until(
    world: &mut World,
    by: usize,
    seat: Seat,
    index: usize,
    terms: Terms,
) -> Result<Invitation, InviteError> {
    let peer = world.peer(index);
    let card = world.node(index).identity_info(peer).unwrap();
    let invited = world.act(by, move |node, now| node.invite(now, seat, &card, terms))?.value;
    world.pump();
    Ok(invited)
}

fn withdraw(
    world: &mut World,
    by: usize,
    seat: Seat,
    peer: PeerId,
) -> Result<Withdrawn, RemoveError> {
    let withdrawn = world.act(by, move |node, now| node.withdraw(now, seat, peer))?.value;
    world.pump();
    Ok(withdrawn)
}

fn remove(world: &mut World, by: usize, seat: Seat, peer: PeerId, mode: Removal) {
    world.act(by, move |node, now| node.remove(now, seat, peer, mode)).unwrap();
    world.run(MINUTE);
}

fn join(world: &mut World, index: usize, invitation: &Invitation) -> Result<Seat, JoinError> {
    let invitation = invitation.clone();
    let joined = world.act(index, move |node, now| node.join(now, &invitation));
    joined.map(|receipt| receipt.value)
}

/// Joins and connects. Gives why that failed, if it did.
fn come(world: &mut World, index: usize, invitation: &Invitation) -> Option<ConnectFailure> {
    let seat = join(world, index, invitation).unwrap();
    world.register_all(index, seat);
    world.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(TIMEOUT * 2);
    world.events(index).into_iter().find_map(|event| match event {
        Event::ConnectFailed(failure) => Some(failure),
        _ => None,
    })
}

fn open(world: &mut World, index: usize, seat: Seat) -> Vec<PeerId> {
    world.node(index).invitations(seat).unwrap().map(|invited| invited.peer).collect()
}

fn role(world: &mut World, at: usize, seat: Seat, of: usize) -> Option<Role> {
    let peer = world.peer(of);
    world.node(at).member(seat, peer).unwrap().map(|member| member.role)
}

/// Starts the node of this host anew on what it has stored, and opens its group, offline.
fn restart(world: &mut World, index: usize, seat: Seat) {
    let store = world.hosts[index].store.clone();
    world.boot(index, store, 100);
    world.act(index, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    world.register_all(index, seat);
}

fn go_online(world: &mut World, index: usize, seat: Seat) {
    world.act(index, move |node, now| node.connect(now, seat, TIMEOUT)).unwrap();
    world.run(MINUTE);
}

// ---- withdrawn ----

#[test]
fn misuse_05_an_invitation_withdrawn_before_it_was_used_lets_nobody_in() {
    let (mut world, seats) = group(&[Role::Admin, Role::Member], 1);
    let invitation = world.invite(1, seats[1], 3, Role::Member);
    let withdrawn = withdraw(&mut world, 1, seats[1], invitation.subject()).unwrap();
    assert_eq!(withdrawn, Withdrawn::default(), "it was not used, and nothing falls");
    assert_eq!(open(&mut world, 1, seats[1]), []);
    world.run(MINUTE);
    let failure = come(&mut world, 3, &invitation);
    assert_eq!(failure, Some(ConnectFailure::NotAuthorized(Denial::Removed)));
}

#[test]
fn an_invitation_withdrawn_offline_after_it_was_used_elsewhere_ends_once_that_is_heard() {
    let (mut world, seats) = group(&[Role::Admin, Role::Member], 1);
    let (issuer, invitee) = (world.peer(1), world.peer(3));
    let invitation = world.invite(1, seats[1], 3, Role::Member);
    world.run(MINUTE);
    restart(&mut world, 1, seats[1]);
    let withdrawn = withdraw(&mut world, 1, seats[1], invitee).unwrap();
    assert!(!withdrawn.was_used, "as far as is known there");
    assert_eq!(come(&mut world, 3, &invitation), None, "nobody has heard of it");
    assert_eq!(role(&mut world, 2, seats[2], 3), Some(Role::Member));
    world.events(2);
    go_online(&mut world, 1, seats[1]);
    let ended = Event::MembershipEnded(Ending::Removed { by: issuer });
    assert!(world.events(3).contains(&ended));
    for (index, seat) in [(0, seats[0]), (1, seats[1]), (2, seats[2])] {
        assert_eq!(role(&mut world, index, seat, 3), None, "{index}");
    }
    let left = Event::MemberChanged { peer: invitee, change: MemberChange::Left };
    assert!(world.events(2).contains(&left));
    let status = world.node(3).status(Seat { identity: invitee, ..seats[0] }).unwrap();
    assert!(!status.online && status.neighbours == 0);
}

#[test]
fn a_late_withdrawal_says_what_falls_and_whom_the_invitee_brought_in_stays() {
    let (mut world, seats) = group(&[], 2);
    let (founded, invitee, third) = (seats[0], world.peer(1), world.peer(2));
    let invitation = world.invite(0, founded, 1, Role::Admin);
    let seat = world.join(1, &invitation);
    let invitation = world.invite(1, seat, 2, Role::Member);
    world.join(2, &invitation);
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), world.now().wall.after(HOUR));
    let record = world.act(1, move |node, now| node.publish(now, seat, draft.clone()));
    let record = record.unwrap().value;
    world.run(MINUTE);
    let withdrawn = withdraw(&mut world, 0, founded, invitee).unwrap();
    assert!(withdrawn.was_used);
    assert_eq!(withdrawn.removed.members_kept, [third]);
    assert_eq!(withdrawn.removed.members_lost, []);
    assert_eq!(withdrawn.removed.records_void, [record]);
    world.run(MINUTE);
    assert_eq!(world.node(1).role(seat), Ok(None));
    assert_eq!(role(&mut world, 0, founded, 2), Some(Role::Member));
    world.invite(0, founded, 1, Role::Member);
    assert_eq!(open(&mut world, 0, founded), [invitee], "whatever it has done before");
}

#[test]
fn a_renewal_by_another_admin_does_not_shield_an_invitation() {
    let (mut world, seats) = group(&[Role::Admin, Role::Admin], 1);
    let (one, other, invitee) = (seats[1], seats[2], world.peer(3));
    let until = world.now().wall.after(HOUR);
    let invitation =
        invite_until(&mut world, 1, one, 3, Terms::role(Role::Member).until(until)).unwrap();
    assert_eq!(come(&mut world, 3, &invitation), None);
    let later = world.now().wall.after(HOUR * 5);
    world.act(2, move |node, now| node.renew(now, other, invitee, Some(later))).unwrap();
    world.run(MINUTE);
    assert!(withdraw(&mut world, 1, one, invitee).unwrap().was_used);
    world.run(MINUTE);
    assert_eq!(role(&mut world, 2, other, 3), None);
}

#[test]
fn only_who_issued_it_withdraws_an_invitation_and_never_what_others_gave() {
    let (mut world, seats) = group(&[Role::Admin, Role::Inviter, Role::Member], 2);
    let (founded, admin, inviter) = (seats[0], seats[1], seats[2]);
    let (member, stranger, guest) = (world.peer(3), world.peer(4), world.peer(5));
    assert_eq!(withdraw(&mut world, 1, admin, stranger), Err(RemoveError::NotFound));
    assert_eq!(withdraw(&mut world, 1, admin, member), Err(RemoveError::NotIssuer));
    let creator = world.peer(0);
    assert_eq!(withdraw(&mut world, 1, admin, creator), Err(RemoveError::NotAuthorized));
    assert_eq!(withdraw(&mut world, 3, seats[3], stranger), Err(RemoveError::NotAuthorized));
    assert_eq!(withdraw(&mut world, 2, inviter, stranger), Err(RemoveError::NotFound));
    assert_eq!(withdraw(&mut world, 2, inviter, member), Err(RemoveError::NotIssuer));
    world.invite(2, inviter, 4, Role::Member);
    world.run(MINUTE);
    remove(&mut world, 1, admin, stranger, Removal::Keep);
    assert_eq!(role(&mut world, 2, inviter, 4), None, "but an Admin removes whom it invited");
    // the creator gives another role to whom the Admin has invited
    world.invite(1, admin, 5, Role::Member);
    world.run(MINUTE);
    let grant = move |node: &mut Node, now, role| node.grant(now, founded, guest, role);
    world.act(0, move |node, now| grant(node, now, Terms::role(Role::Inviter))).unwrap();
    world.run(MINUTE);
    assert_eq!(withdraw(&mut world, 1, admin, guest), Err(RemoveError::NotIssuer));
    world.act(0, move |node, now| grant(node, now, Terms::role(Role::Admin))).unwrap();
    world.run(MINUTE);
    assert_eq!(withdraw(&mut world, 1, admin, guest), Err(RemoveError::Senior));
    assert_eq!(role(&mut world, 0, founded, 5), Some(Role::Admin), "nothing was done");
}

#[test]
fn an_inviter_withdraws_what_it_gave_used_or_not_and_whom_that_brought_in_stays() {
    let (mut world, seats) = group(&[Role::Inviter, Role::Member], 3);
    let (inviter, guest, third) = (seats[1], world.peer(3), world.peer(4));
    let used = world.invite(1, inviter, 3, Role::Inviter);
    let unused = world.invite(1, inviter, 5, Role::Member);
    let seat = world.join(3, &used);
    let invitation = world.invite(3, seat, 4, Role::Member);
    world.join(4, &invitation);
    world.run(MINUTE);
    let withdrawn = withdraw(&mut world, 1, inviter, guest).unwrap();
    assert!(withdrawn.was_used);
    assert_eq!((withdrawn.removed.members_kept, withdrawn.removed.spared), (vec![third], 0));
    assert!(!withdraw(&mut world, 1, inviter, unused.subject()).unwrap().was_used);
    world.run(MINUTE);
    let denied = ConnectFailure::NotAuthorized(Denial::Removed);
    assert_eq!(come(&mut world, 5, &unused), Some(denied));
    assert_eq!(world.node(3).role(seat), Ok(None));
    for (index, seat) in [(0, seats[0]), (1, inviter), (2, seats[2])] {
        assert_eq!(role(&mut world, index, seat, 3), None, "{index}");
        assert_eq!(role(&mut world, index, seat, 4), Some(Role::Member), "{index}");
    }
    world.invite(1, inviter, 5, Role::Member);
    go_online(&mut world, 5, Seat { identity: unused.subject(), ..inviter });
    assert_eq!(role(&mut world, 2, seats[2], 5), Some(Role::Member), "it changed its mind");
    assert!(world.node(5).status(Seat { identity: unused.subject(), ..inviter }).unwrap().online);
}

#[test]
fn an_inviter_withdraws_under_every_grant_that_it_gave_by_and_not_what_an_admin_gave() {
    let (mut world, seats) = group(&[Role::Inviter], 1);
    let (founded, inviter, guest) = (seats[0], seats[1], world.peer(2));
    let grant = move |node: &mut Node, now, seat, peer, role| {
        node.grant(now, seat, peer, Terms::role(role)).unwrap();
    };
    let invitation = world.invite(1, inviter, 2, Role::Member);
    assert_eq!(come(&mut world, 2, &invitation), None);
    // another grant to the Inviter, under which it acts once it connects again
    let later = world.now().wall.after(HOUR * 24 * 700);
    world.act(0, move |node, now| node.renew(now, founded, inviter.identity, Some(later))).unwrap();
    world.run(MINUTE);
    restart(&mut world, 1, inviter);
    go_online(&mut world, 1, inviter);
    world.act(1, move |node, now| grant(node, now, inviter, guest, Role::Inviter));
    world.act(0, move |node, now| grant(node, now, founded, guest, Role::Member));
    world.run(MINUTE);
    assert_eq!(role(&mut world, 0, founded, 2), Some(Role::Inviter));
    let withdrawn = withdraw(&mut world, 1, inviter, guest).unwrap();
    world.run(MINUTE);
    assert_eq!(withdrawn.removed.spared, 1);
    assert_eq!(role(&mut world, 0, founded, 2), Some(Role::Member), "by the founder");
    assert_eq!(withdraw(&mut world, 1, inviter, guest), Err(RemoveError::NotIssuer));
}

#[test]
fn whom_an_invitation_was_withdrawn_from_can_be_invited_anew() {
    let (mut world, seats) = group(&[Role::Member], 1);
    let first = world.invite(0, seats[0], 2, Role::Member);
    withdraw(&mut world, 0, seats[0], first.subject()).unwrap();
    let second = world.invite(0, seats[0], 2, Role::Member);
    assert_eq!(open(&mut world, 0, seats[0]), [second.subject()]);
    assert_eq!(come(&mut world, 2, &second), None);
    assert_eq!(open(&mut world, 0, seats[0]), []);
    assert_eq!(role(&mut world, 1, seats[1], 2), Some(Role::Member));
}

// ---- open ----

#[test]
fn an_invitation_is_open_until_its_invitee_comes_or_its_time_is_over() {
    let (mut world, seats) = group(&[Role::Admin], 3);
    let founded = seats[0];
    let until = world.now().wall.after(HOUR);
    let terms = Terms::role(Role::Inviter).until(until);
    let invitation = invite_until(&mut world, 0, founded, 2, terms).unwrap();
    invite_until(&mut world, 0, founded, 3, terms).unwrap();
    world.invite(1, seats[1], 4, Role::Member);
    world.run(MINUTE);
    let mut invited = [world.peer(2), world.peer(3)];
    invited.sort_unstable();
    assert_eq!(open(&mut world, 0, founded), invited, "its own, and not those of others");
    let shown = world.node(0).invitations(founded).unwrap().next().unwrap();
    assert_eq!((shown.role, shown.window.until), (Role::Inviter, until));
    assert!(shown.name.is_some_and(|name| name.as_str().starts_with("peer ")), "as on its card");
    assert_eq!(come(&mut world, 2, &invitation), None);
    assert_eq!(open(&mut world, 0, founded), [world.peer(3)]);
    // what has come stays known, though it is away and has signed nothing
    let seat = Seat { identity: world.peer(2), ..founded };
    world.act(2, move |node, now| node.close(now, seat)).unwrap();
    world.run(MINUTE);
    restart(&mut world, 0, founded);
    assert_eq!(open(&mut world, 0, founded), [world.peer(3)]);
    go_online(&mut world, 0, founded);
    world.run(HOUR * 2);
    assert_eq!(open(&mut world, 0, founded), []);
}

#[test]
fn who_came_and_went_while_its_issuer_was_away_has_come_if_it_has_done_anything() {
    let (mut world, seats) = group(&[Role::Admin, Role::Member], 3);
    let (issuer, group) = (seats[1], seats[1].group);
    let invitations = [3, 4, 5].map(|index| world.invite(1, issuer, index, Role::Inviter));
    world.run(MINUTE);
    restart(&mut world, 1, issuer);
    let seats = [3, 4, 5].map(|index| Seat { identity: world.peer(index), group });
    for (index, invitation) in (3..).zip(&invitations) {
        assert_eq!(come(&mut world, index, invitation), None);
    }
    let stranger = peergroup_core::SecretKey::from_bytes([9; 32]).peer();
    let (by, terms) = (seats[0], Terms::role(Role::Member));
    world.act(3, move |node, now| node.grant(now, by, stranger, terms)).unwrap();
    let (by, expires) = (seats[1], world.now().wall.after(HOUR * 9));
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), expires);
    world.act(4, move |node, now| node.publish(now, by, draft.clone())).unwrap();
    world.run(MINUTE);
    for (index, seat) in (3..).zip(seats) {
        world.act(index, move |node, now| node.close(now, seat)).unwrap();
    }
    world.run(HOUR);
    go_online(&mut world, 1, issuer);
    assert_eq!(open(&mut world, 1, issuer), [seats[2].identity], "it has left no trace");
}

#[test]
fn an_invitation_that_nobody_uses_is_not_renewed_and_one_that_is_used_late_is() {
    let (mut world, seats) = group(&[Role::Admin], 2);
    let founded = seats[0];
    let terms = Terms::role(Role::Member).until(world.now().wall.after(HOUR));
    invite_until(&mut world, 0, founded, 2, terms).unwrap();
    let late = invite_until(&mut world, 0, founded, 3, terms).unwrap();
    world.run(MINUTE * 55);
    assert_eq!(come(&mut world, 3, &late), None);
    world.run(HOUR);
    assert_eq!(role(&mut world, 0, founded, 2), None, "it ended when it said");
    assert_eq!(role(&mut world, 0, founded, 3), Some(Role::Member));
    let seat = Seat { identity: world.peer(3), ..founded };
    assert_eq!(world.node(3).role(seat), Ok(Some(Role::Member)));
}

// ---- with the issuer ----

#[test]
fn misuse_04_an_invitation_dies_with_an_issuer_that_is_removed_with_all_it_did() {
    let (mut world, seats) = group(&[Role::Admin, Role::Member], 1);
    let invitation = world.invite(1, seats[1], 3, Role::Member);
    world.run(MINUTE);
    remove(&mut world, 0, seats[0], invitation.issuer(), Removal::Cascade);
    let failure = come(&mut world, 3, &invitation);
    assert_eq!(failure, Some(ConnectFailure::NotAuthorized(Denial::Removed)));
}

#[test]
fn an_invitation_that_a_removal_of_its_issuer_pins_can_be_used_and_one_it_does_not_know_cannot() {
    let (mut world, seats) = group(&[Role::Admin, Role::Member], 2);
    let issuer = world.peer(1);
    let known = world.invite(1, seats[1], 3, Role::Member);
    world.run(MINUTE);
    restart(&mut world, 1, seats[1]);
    let unknown = world.invite(1, seats[1], 4, Role::Member);
    remove(&mut world, 0, seats[0], issuer, Removal::Keep);
    assert_eq!(come(&mut world, 3, &known), None);
    let failure = come(&mut world, 4, &unknown);
    assert_eq!(failure, Some(ConnectFailure::NotAuthorized(Denial::NotAMember)));
    assert_eq!(role(&mut world, 2, seats[2], 3), Some(Role::Member));
    assert_eq!(role(&mut world, 2, seats[2], 4), None);
}

#[test]
fn an_invitation_by_an_issuer_that_resigned_afterwards_can_be_used() {
    let (mut world, seats) = group(&[Role::Admin, Role::Member], 1);
    let issuer = seats[1];
    let invitation = world.invite(1, issuer, 3, Role::Member);
    world.act(1, move |node, now| node.leave(now, issuer)).unwrap();
    world.run(MINUTE * 40);
    assert_eq!(role(&mut world, 0, seats[0], 1), None);
    assert_eq!(come(&mut world, 3, &invitation), None, "a Resign keeps what lies below it");
    assert_eq!(role(&mut world, 2, seats[2], 3), Some(Role::Member));
}

#[test]
fn an_invitation_ends_with_its_issuers_time_at_the_latest() {
    let (mut world, seats) = group(&[], 2);
    let until = world.now().wall.after(HOUR);
    let terms = |role| Terms::role(role).until(until);
    let admin = invite_until(&mut world, 0, seats[0], 1, terms(Role::Admin)).unwrap();
    let seat = world.join(1, &admin);
    let longer = Terms::role(Role::Member).until(until.after(MINUTE));
    let refused = invite_until(&mut world, 1, seat, 2, longer).unwrap_err();
    assert_eq!(refused, InviteError::InvalidTimePeriod);
    let invitation = invite_until(&mut world, 1, seat, 2, Terms::role(Role::Member)).unwrap();
    assert_eq!(invitation.window().until, until, "unless said otherwise, as long as its issuer");
    world.run(HOUR * 2);
    assert_eq!(join(&mut world, 2, &invitation), Err(JoinError::InvalidTimePeriod));
}

// ---- misused ----

#[test]
fn misuse_01_an_invitation_of_another_identity_joins_nothing() {
    let (mut world, seats) = group(&[], 2);
    let invitation = world.invite(0, seats[0], 1, Role::Member);
    assert_eq!(join(&mut world, 2, &invitation), Err(JoinError::NotForYou));
}

#[test]
fn misuse_02_an_invitation_joins_once_and_by_more_devices_of_one_identity() {
    let (mut world, seats) = group(&[], 2);
    let invitation = world.invite(0, seats[0], 1, Role::Member);
    assert_eq!(come(&mut world, 1, &invitation), None);
    assert_eq!(join(&mut world, 1, &invitation), Err(JoinError::AlreadyJoined));
    let key = world.node(1).identity_key(invitation.subject()).unwrap().clone();
    let name = crate::world::name("the same");
    world.act(2, move |node, now| node.import_identity(now, key.clone(), name.clone())).unwrap();
    assert_eq!(come(&mut world, 2, &invitation), None);
    let member = world.node(0).member(seats[0], invitation.subject()).unwrap().unwrap();
    assert_eq!(member.instances.len(), 2);
}

#[test]
fn misuse_03_an_invitation_joins_neither_before_it_begins_nor_after_it_ends() {
    let (mut world, seats) = group(&[Role::Member], 2);
    let until = world.now().wall.after(HOUR);
    let terms = Terms::role(Role::Member).until(until);
    let invitation = invite_until(&mut world, 0, seats[0], 2, terms).unwrap();
    world.ahead.insert(2, HOUR);
    assert_eq!(join(&mut world, 2, &invitation), Err(JoinError::InvalidTimePeriod));
    world.ahead.clear();
    // whoever sets its clock back is told by members whose clocks are right
    for index in [0, 1] {
        world.ahead.insert(index, HOUR * 2);
    }
    let failure = come(&mut world, 2, &invitation);
    assert_eq!(failure, Some(ConnectFailure::NotAuthorized(Denial::OutsideWindow)));
    assert_eq!(role(&mut world, 0, seats[0], 2), None);
    let early = invite_until(&mut world, 0, seats[0], 3, Terms::role(Role::Member)).unwrap();
    assert_eq!(join(&mut world, 3, &early), Err(JoinError::InvalidTimePeriod));
}

#[test]
fn misuse_12_of_an_invitation_with_other_hints_only_its_bearer_has_the_damage() {
    let (mut world, seats) = group(&[], 2);
    let original = world.invite(0, seats[0], 1, Role::Member);
    let bytes = original.encode();
    let altered = (0..bytes.len()).filter_map(|at| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        Invitation::decode(&bytes).ok()
    });
    let is_plain = |read: &Invitation| {
        read.addresses() == original.addresses()
            && read.group_name() == original.group_name()
            && read.issuer_name() == original.issuer_name()
            && read.subject_name() == original.subject_name()
    };
    let (secret, hints): (Vec<_>, Vec<_>) = altered.partition(is_plain);
    assert!(secret.len() == 32 && !hints.is_empty(), "a byte of the link secret, or of a hint");
    for read in secret.iter().chain(&hints) {
        let signed = |it: &Invitation| (it.subject(), it.role(), it.window(), it.issuer());
        assert_eq!(signed(read), signed(&original));
    }
    // without the link secret no door opens
    assert_eq!(come(&mut world, 1, &secret[0]), Some(ConnectFailure::NoMemberConnections));
    assert_eq!(role(&mut world, 0, seats[0], 1), Some(Role::Member), "it is invited still");
}

#[test]
fn misuse_14_an_invitation_to_who_has_more_already_takes_nothing() {
    let (mut world, seats) = group(&[Role::Inviter, Role::Admin], 0);
    let less = world.invite(2, seats[2], 1, Role::Member);
    world.run(MINUTE);
    assert_eq!(role(&mut world, 0, seats[0], 1), Some(Role::Inviter));
    let take = move |node: &mut Node, now| node.take_credentials(now, &less).map(|_| ());
    assert_eq!(world.act(1, take), Ok(()));
    world.run(MINUTE);
    assert_eq!(world.node(1).role(seats[1]), Ok(Some(Role::Inviter)));
}

// ---- credentials, both ways ----

fn invitation_for(
    world: &mut World,
    by: usize,
    seat: Seat,
    peer: PeerId,
) -> Result<Invitation, InviteError> {
    world.act(by, move |node, now| node.invitation_for(now, seat, peer))
}

#[test]
fn a_lost_invitation_is_written_out_once_more_and_is_the_same() {
    let (mut world, seats) = group(&[Role::Inviter, Role::Member], 1);
    let (inviter, member) = (seats[1], seats[2]);
    let invitation = world.invite(1, inviter, 3, Role::Member);
    world.run(MINUTE);
    let again = invitation_for(&mut world, 1, inviter, invitation.subject());
    assert_eq!(again.as_ref(), Ok(&invitation));
    let subject = invitation.subject();
    let refused = invitation_for(&mut world, 2, member, subject);
    assert_eq!(refused, Err(InviteError::NotAuthorized));
    let (creator, issuer) = (world.peer(0), world.peer(1));
    for circular in [creator, issuer] {
        let refused = invitation_for(&mut world, 1, inviter, circular);
        assert_eq!(refused, Err(InviteError::CircularChain));
    }
    let stranger = peergroup_core::SecretKey::from_bytes([9; 32]).peer();
    assert_eq!(invitation_for(&mut world, 1, inviter, stranger), Err(InviteError::NotFound));
    assert_eq!(come(&mut world, 3, &again.unwrap()), None);
    let until = world.now().wall.after(HOUR);
    let terms = Terms::role(Role::Member).until(until);
    world.act(1, move |node, now| node.grant(now, inviter, stranger, terms)).unwrap();
    assert_eq!(invitation_for(&mut world, 1, inviter, stranger).unwrap().window().until, until);
    world.run(HOUR);
    let refused = invitation_for(&mut world, 1, inviter, stranger);
    assert_eq!(refused, Err(InviteError::InvalidTimePeriod));
}

/// What a member has by its own node, once it has connected again.
fn after_reconnecting(world: &mut World, index: usize, seat: Seat) -> (Option<Role>, UnixTime) {
    world.act(index, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    world.act(index, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    go_online(world, index, seat);
    let member = world.node(index).member(seat, seat.identity).unwrap().unwrap();
    (world.node(index).role(seat).unwrap(), member.window.until)
}

#[test]
fn credentials_come_by_the_group_or_by_hand_to_who_is_apart_and_are_acted_by_after_reconnecting() {
    let (mut world, seats) = group(&[Role::Member, Role::Member], 0);
    let founded = seats[0];
    let until = world.now().wall.after(HOUR * 50);
    let terms = Terms::role(Role::Inviter).until(until);
    let (one, other) = (world.peer(1), world.peer(2));
    world.part(0, 2);
    world.part(1, 2);
    for peer in [one, other] {
        world.act(0, move |node, now| node.grant(now, founded, peer, terms)).unwrap();
    }
    world.run(MINUTE);
    let by_the_group = after_reconnecting(&mut world, 1, seats[1]);
    assert_eq!(by_the_group.0, Some(Role::Inviter));
    let before = world.node(2).role(seats[2]);
    assert_eq!(before, Ok(Some(Role::Member)), "it hears of nothing");
    let document = invitation_for(&mut world, 0, founded, other).unwrap().to_text();
    let document = Invitation::from_text(&document).unwrap();
    world.act(2, move |node, now| node.take_credentials(now, &document)).unwrap();
    world.pump();
    assert_eq!(after_reconnecting(&mut world, 2, seats[2]), by_the_group);
}

#[test]
fn a_member_whose_time_was_over_is_let_in_by_a_renewal_it_brings_to_who_has_not_heard_of_it() {
    let (mut world, seats) = group(&[Role::Member], 1);
    let founded = seats[0];
    let terms = Terms::role(Role::Member).until(world.now().wall.after(HOUR));
    let invitation = invite_until(&mut world, 0, founded, 2, terms).unwrap();
    assert_eq!(come(&mut world, 2, &invitation), None);
    let (peer, seat) = (invitation.subject(), Seat { identity: invitation.subject(), ..founded });
    world.act(2, move |node, now| node.close(now, seat)).unwrap();
    world.part(0, 1);
    world.part(0, 2);
    // alone, nobody renews by itself
    world.run(HOUR * 2);
    assert_eq!(role(&mut world, 1, seats[1], 2), None);
    let later = world.now().wall.after(HOUR * 9);
    world.act(0, move |node, now| node.renew(now, founded, peer, Some(later))).unwrap();
    let renewal = invitation_for(&mut world, 0, founded, peer).unwrap();
    let over = invitation.clone();
    let taken = move |node: &mut Node, now| node.take_credentials(now, &over).map(|_| ());
    assert_eq!(world.act(2, taken), Err(JoinError::NotOpen));
    world.act(2, move |node, now| node.open(now, seat)).unwrap();
    world.pump();
    let over = invitation;
    let taken = move |node: &mut Node, now| node.take_credentials(now, &over).map(|_| ());
    assert_eq!(world.act(2, taken), Err(JoinError::InvalidTimePeriod));
    world.act(2, move |node, now| node.take_credentials(now, &renewal)).unwrap();
    go_online(&mut world, 2, seat);
    assert_eq!(world.node(2).role(seat), Ok(Some(Role::Member)));
    assert_eq!(world.node(2).status(seat).unwrap().neighbours, 1);
    let member = world.node(1).member(seats[1], peer).unwrap().unwrap();
    assert_eq!(member.window.until, later, "and has brought it along");
}
