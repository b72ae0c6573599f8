//! Renewal: asked for and by itself; and what becomes of an Admin whose time is over.

use core::time::Duration;

use crate::world::World;
use peergroup_core::{
    Closed, Event, InviteError, NeighbourChange, Node, RecordDraft, Role, Seat, Terms, TypeId,
    UnixTime, Window,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Host `by` invites host `index` for so long; it joins.
fn join_for(world: &mut World, by: usize, seat: Seat, index: usize, terms: Terms) -> Seat {
    let peer = world.peer(index);
    let card = world.node(index).identity_info(peer).unwrap();
    let invite = move |node: &mut Node, now| node.invite(now, seat, &card, terms);
    let invitation = world.act(by, invite).unwrap().value;
    world.pump();
    world.join(index, &invitation)
}

fn window(world: &mut World, at: Seat, index: usize) -> Window {
    let peer = world.peer(index);
    world.node(0).member(at, peer).unwrap().unwrap().window
}

fn renew(
    world: &mut World,
    at: Seat,
    index: usize,
    until: Option<UnixTime>,
) -> Result<(), InviteError> {
    let peer = world.peer(index);
    world.act(0, move |node, now| node.renew(now, at, peer, until).map(|_| ()))
}

/// The founder's group without renewal by itself.
fn found_still(world: &mut World) -> Seat {
    let founded = world.found(0);
    let mut properties = world.node(0).properties(founded).unwrap();
    properties.renew_members = false;
    world.act(0, move |node, now| node.set_properties(now, founded, properties.clone())).unwrap();
    founded
}

#[test]
fn a_renewal_is_as_long_as_what_it_renews_and_starts_later() {
    let mut world = World::new(2);
    let founded = found_still(&mut world);
    let terms = Terms::role(Role::Inviter).until(world.now().wall.after(HOUR));
    join_for(&mut world, 0, founded, 1, terms);
    let before = window(&mut world, founded, 1);
    world.run(HOUR / 2);
    renew(&mut world, founded, 1, None).unwrap();
    let after = window(&mut world, founded, 1);
    assert!(after.from > before.from);
    assert_eq!(after.until.since(after.from), before.until.since(before.from));
    let until = world.now().wall.after(HOUR * 9);
    renew(&mut world, founded, 1, Some(until)).unwrap();
    assert_eq!(window(&mut world, founded, 1).until, until);
}

#[test]
fn a_renewal_closes_no_link_and_records_stay() {
    let mut world = World::new(2);
    let founded = found_still(&mut world);
    let terms = Terms::role(Role::Member).until(world.now().wall.after(HOUR));
    let seat = join_for(&mut world, 0, founded, 1, terms);
    let expires = world.now().wall.after(HOUR / 2);
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), expires);
    let record = world.act(1, move |node, now| node.publish(now, seat, draft.clone()));
    let record = record.unwrap().value;
    world.run(MINUTE);
    world.events(1);
    renew(&mut world, founded, 1, None).unwrap();
    world.run(MINUTE);
    let told = |event: &Event| {
        matches!(event, Event::NeighbourChanged { .. } | Event::CredentialsChanged { .. })
    };
    assert_eq!(world.events(1).into_iter().filter(told).collect::<Vec<_>>(), []);
    assert!(world.node(0).record(founded, record).unwrap().is_some());
    assert_eq!(world.node(1).role(seat), Ok(Some(Role::Member)));
}

#[test]
fn a_renewal_is_refused_rather_than_cut_short() {
    let mut world = World::new(3);
    let founded = found_still(&mut world);
    let end = world.now().wall.after(HOUR);
    let admin = join_for(&mut world, 0, founded, 1, Terms::role(Role::Admin).until(end));
    let member = join_for(&mut world, 1, admin, 2, Terms::role(Role::Member).until(end));
    world.run(MINUTE);
    let (creator, one, peer) = (world.peer(0), world.peer(1), world.peer(2));
    let renew = |world: &mut World, host: usize, seat, peer, until| {
        world.act(host, move |node, now| node.renew(now, seat, peer, until).map(|_| ()))
    };
    let too_long = Err(InviteError::InvalidTimePeriod);
    assert_eq!(renew(&mut world, 1, admin, peer, None), too_long, "beyond the issuer's own");
    let past = Some(world.now().wall);
    assert_eq!(renew(&mut world, 1, admin, peer, past), too_long);
    let denied = Err(InviteError::NotAuthorized);
    assert_eq!(renew(&mut world, 2, member, one, Some(end)), denied);
    let circular = Err(InviteError::CircularChain);
    assert_eq!(renew(&mut world, 1, admin, creator, None), circular);
    assert_eq!(renew(&mut world, 1, admin, one, None), circular);
    let stranger = peergroup_core::SecretKey::from_bytes([9; 32]).peer();
    assert_eq!(renew(&mut world, 0, founded, stranger, None), Err(InviteError::NotFound));
}

#[test]
fn members_in_good_standing_are_renewed_by_themselves() {
    let mut world = World::new(4);
    let founded = world.found(0);
    let admin = join_for(&mut world, 0, founded, 1, Terms::role(Role::Admin));
    let terms = Terms::role(Role::Member).until(world.now().wall.after(HOUR));
    let seats = [2, 3].map(|index| join_for(&mut world, 0, founded, index, terms));
    world.events(2);
    for _ in 0..8 {
        world.run(HOUR / 2);
        for (index, seat) in [(2, seats[0]), (3, seats[1])] {
            assert_eq!(world.node(index).role(seat), Ok(Some(Role::Member)), "{index}");
            let ends = window(&mut world, founded, index).until.since(world.now().wall);
            assert!(ends > HOUR / 10 && ends < HOUR * 2, "not too late and not too often");
        }
    }
    let bad = |event: &Event| {
        let closed = NeighbourChange::Disconnected(Closed::CredentialsChanged);
        let is_closed =
            matches!(event, Event::NeighbourChanged { change, .. } if *change == closed);
        is_closed || matches!(event, Event::CredentialsChanged { .. })
    };
    assert!(!world.events(2).iter().any(bad), "it notices nothing");
    assert!(world.agree(&[founded, admin, seats[0], seats[1]]));
}

#[test]
fn where_the_creator_said_so_nobody_is_renewed_but_warned() {
    let mut world = World::new(2);
    let founded = found_still(&mut world);
    let until = world.now().wall.after(HOUR);
    let seat = join_for(&mut world, 0, founded, 1, Terms::role(Role::Member).until(until));
    world.events(1);
    world.run(HOUR * 2);
    let warnings = |event: &Event| matches!(event, Event::MembershipEnding { .. });
    let told: Vec<_> = world.events(1).into_iter().filter(warnings).collect();
    assert_eq!(told, [Event::MembershipEnding { until }], "once");
    assert_eq!(world.node(1).role(seat), Ok(None));
}

#[test]
fn what_an_admin_signed_is_pinned_when_its_time_is_over_and_nothing_after() {
    let mut world = World::new(3);
    let founded = found_still(&mut world);
    let until = world.now().wall.after(HOUR);
    let admin = join_for(&mut world, 0, founded, 1, Terms::role(Role::Admin).until(until));
    let member = join_for(&mut world, 1, admin, 2, Terms::role(Role::Member).until(until));
    let (one, two) = (world.peer(1), world.peer(2));
    let longer = Terms::role(Role::Member);
    world.act(0, move |node, now| node.grant(now, founded, two, longer)).unwrap();
    world.run(MINUTE);
    let expires = world.now().wall.after(HOUR * 10);
    let draft = RecordDraft::new(TypeId::from_u128(0xfeed), expires);
    let record = world.act(2, move |node, now| node.publish(now, member, draft.clone()));
    let record = record.unwrap().value;
    world.run(MINUTE);
    world.act(1, move |node, now| node.delete_record(now, admin, record)).unwrap();
    world.run(HOUR + MINUTE * 30);
    let removed = world.node(0).removal_report(founded, one, peergroup_core::Removal::Keep);
    assert_eq!(removed, Err(peergroup_core::RemoveError::NotFound), "it is removed already");
    assert_eq!(world.node(2).role(member), Ok(Some(Role::Member)), "whom it brought in stays");
    assert_eq!(world.node(0).record(founded, record).unwrap(), None, "what it deleted is gone");
    let digest = world.node(0).digest(founded).unwrap();
    world.run(HOUR * 2);
    assert_eq!(world.node(0).digest(founded).unwrap(), digest, "once");
    assert_eq!(world.node(2).digest(member).unwrap(), digest);
}

#[test]
fn an_admin_that_resigned_is_removed_by_one_senior_and_whom_it_brought_in_stays() {
    let mut world = World::new(4);
    let founded = world.found(0);
    let senior = join_for(&mut world, 0, founded, 1, Terms::role(Role::Admin));
    let junior = join_for(&mut world, 1, senior, 2, Terms::role(Role::Admin));
    let member = join_for(&mut world, 2, junior, 3, Terms::role(Role::Member));
    world.run(MINUTE);
    world.act(2, move |node, now| node.leave(now, junior)).unwrap();
    world.run(MINUTE);
    let before = world.node(0).digest(founded).unwrap();
    world.run(MINUTE * 40);
    let after = world.node(0).digest(founded).unwrap();
    assert_ne!(before, after, "a senior has removed it");
    world.run(HOUR * 2);
    assert_eq!(world.node(0).digest(founded).unwrap(), after, "once");
    assert_eq!(world.node(3).role(member), Ok(Some(Role::Member)));
    assert!(world.agree(&[founded, senior]));
}
