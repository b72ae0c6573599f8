//! Who may do what, when acts cross each other.

use peergroup_core::{Event, InviteError, PublishError, RecordDraft, Removal, RemoveError, Role};
use peergroup_mem::{NOTE, World};

use super::common::{
    DAY, MINUTE, assert_role, bring_in, grant, leave, minutes, remove, remove_with, text, world,
};

#[test]
fn s09_of_two_equal_admins_that_fall_out_neither_removes_the_other_and_the_creator_decides() {
    let mut world = world(9);
    let (hosts, group) = world.group(4, Role::Admin);
    world.partition(&[&[hosts[0]], &[hosts[1], hosts[3]], &[hosts[2]]]);
    world.run_for(MINUTE);
    for (one, other) in [(1, 2), (2, 1)] {
        let refused = remove(&mut world, hosts[one], group, hosts[other]);
        assert_eq!(refused, Err(RemoveError::Senior));
    }
    remove(&mut world, hosts[0], group, hosts[2]).unwrap();
    world.heal();
    let left = [hosts[0], hosts[1], hosts[3]];
    world.demand_agreement(&left, group, minutes(30));
    assert_role(&world, &left, group, hosts[2], None);
    assert_role(&world, &left, group, hosts[1], Some(Role::Admin));
}

#[test]
fn s10_whom_a_removed_admin_invited_stays_if_its_remover_had_seen_it_and_not_otherwise() {
    let mut world = world(10);
    let (hosts, group) = world.group(3, Role::Admin);
    let seen = bring_in(&mut world, hosts[1], group, Role::Member);
    world.demand_agreement(&[hosts[0], hosts[1], hosts[2], seen], group, minutes(5));
    world.partition(&[&[hosts[0], hosts[2]], &[hosts[1], seen]]);
    world.run_for(MINUTE);
    let unseen = world.add("unseen");
    world.partition(&[&[hosts[0], hosts[2]], &[hosts[1], seen, unseen]]);
    let invitation = world.invite(hosts[1], group, unseen, Role::Member);
    world.join(unseen, &invitation);
    remove(&mut world, hosts[0], group, hosts[1]).unwrap();
    world.run_for(MINUTE);
    assert_role(&world, &[hosts[1], seen], group, unseen, Some(Role::Member));
    let (note, _) = world.publish(unseen, group, "by one who is not known");
    world.run_for(MINUTE);
    assert!(text(&world, seen, group, note).is_some());
    world.heal();
    world.run_for(minutes(5));
    let left = [hosts[0], hosts[2], seen];
    world.demand_agreement(&left, group, minutes(30));
    assert_role(&world, &left, group, seen, Some(Role::Member));
    for gone in [hosts[1], unseen] {
        assert_role(&world, &left, group, gone, None);
        let seat = world.seat(gone, group);
        assert!(!world.node(gone).status(seat).unwrap().online, "{gone} is told");
    }
    assert!(left.iter().all(|host| text(&world, *host, group, note).is_none()));
}

/// Creator 0, its Admins 1 and 2, the Admin 3 that 1 brought in, and a member 4.
fn ranks(world: &mut World) -> (Vec<peergroup_mem::Host>, peergroup_core::GroupId) {
    let (mut hosts, group) = world.group(3, Role::Admin);
    hosts.push(bring_in(world, hosts[1], group, Role::Admin));
    hosts.push(bring_in(world, hosts[0], group, Role::Member));
    world.demand_agreement(&hosts, group, minutes(5));
    (hosts, group)
}

#[test]
fn s13_who_was_removed_returns_through_an_equal_or_a_senior_of_its_remover_and_not_a_junior() {
    for (by, returns) in [(3, false), (2, true), (1, true), (0, true)] {
        let mut world = world(13);
        let (hosts, group) = ranks(&mut world);
        remove(&mut world, hosts[1], group, hosts[4]).unwrap();
        world.demand_agreement(&hosts[..4], group, minutes(5));
        grant(&mut world, hosts[by], group, hosts[4], Role::Member).unwrap();
        world.demand_agreement(&hosts[..4], group, minutes(5));
        let role = returns.then_some(Role::Member);
        assert_role(&world, &hosts[..4], group, hosts[4], role);
        assert_eq!(world.members(hosts[0], group).contains(&hosts[4]), returns, "by {by}");
    }
}

#[test]
fn s14_whom_a_removed_admin_had_removed_is_back_if_nothing_of_that_admins_is_kept() {
    for mode in [Removal::Cascade, Removal::Keep] {
        let cascade = mode == Removal::Cascade;
        let mut world = world(14);
        let (hosts, group) = ranks(&mut world);
        let (note, _) = world.publish(hosts[4], group, "of the victim");
        world.run_for(MINUTE);
        remove(&mut world, hosts[1], group, hosts[4]).unwrap();
        world.demand_agreement(&hosts[..4], group, minutes(5));
        assert_eq!(text(&world, hosts[0], group, note), None, "void with its author's tenure");
        remove_with(&mut world, hosts[0], group, hosts[1], mode).unwrap();
        world.run_for(minutes(2));
        let left = [hosts[0], hosts[2]];
        world.demand_agreement(&left, group, minutes(10));
        let role = cascade.then_some(Role::Member);
        assert_role(&world, &left, group, hosts[4], role);
        let expected = cascade.then(|| "of the victim".to_owned());
        assert_eq!(text(&world, hosts[0], group, note), expected, "cascade: {cascade}");
    }
}

#[test]
fn s15_who_has_resigned_does_nothing_more_and_what_it_did_before_stays() {
    let mut world = world(15);
    let (hosts, group) = world.group(4, Role::Admin);
    let (note, _) = world.publish(hosts[1], group, "before");
    let newcomer = bring_in(&mut world, hosts[1], group, Role::Member);
    world.demand_agreement(&hosts, group, minutes(5));
    world.partition(&[&[hosts[0], hosts[2], hosts[3], newcomer], &[hosts[1]]]);
    leave(&mut world, hosts[1], group).unwrap();
    let (seat, expires) = (world.seat(hosts[1], group), world.wall_after(hosts[1], DAY));
    let draft = RecordDraft::new(NOTE, expires).payload("after");
    let published = world.act(hosts[1], |node, now| node.publish(now, seat, draft));
    assert_eq!(published.unwrap_err(), PublishError::NotAuthorized);
    let granted = grant(&mut world, hosts[1], group, hosts[3], Role::Admin);
    assert_eq!(granted, Err(InviteError::NotAuthorized));
    let removed = remove(&mut world, hosts[1], group, newcomer);
    assert_eq!(removed, Err(RemoveError::NotAuthorized));
    world.heal();
    world.run_for(minutes(5));
    let left = [hosts[0], hosts[2], hosts[3], newcomer];
    world.demand_agreement(&left, group, minutes(10));
    assert_role(&world, &left, group, hosts[1], None);
    assert_role(&world, &left, group, newcomer, Some(Role::Member));
    assert!(left.iter().all(|host| text(&world, *host, group, note).is_some()));
    assert!(!world.node(hosts[1]).status(seat).unwrap().online);
}

#[test]
fn s16_a_group_whose_creator_is_gone_for_ever_lives_on_under_its_admins() {
    let mut world = world(16);
    let (hosts, group) = ranks(&mut world);
    world.crash(hosts[0]);
    world.run_for(minutes(10));
    let newcomer = bring_in(&mut world, hosts[2], group, Role::Inviter);
    remove(&mut world, hosts[3], group, hosts[4]).unwrap();
    world.run_for(MINUTE);
    let refused = remove(&mut world, hosts[1], group, hosts[2]);
    assert_eq!(refused, Err(RemoveError::Senior), "nobody is above the first Admins any more");
    let refused = remove(&mut world, hosts[1], group, hosts[0]);
    assert_eq!(refused, Err(RemoveError::NotAuthorized));
    remove(&mut world, hosts[2], group, hosts[3]).unwrap();
    let left = [hosts[1], hosts[2], newcomer];
    world.demand_agreement(&left, group, minutes(10));
    assert_role(&world, &left, group, hosts[0], Some(Role::Admin));
    assert_role(&world, &left, group, hosts[3], None);
    assert_role(&world, &left, group, hosts[4], None);
    assert_role(&world, &left, group, newcomer, Some(Role::Inviter));
}

#[test]
fn a_removed_member_is_cut_off_and_told() {
    let mut world = world(17);
    let (hosts, group) = world.group(4, Role::Member);
    let (gone, peer) = (hosts[2], world.peer(hosts[2]));
    remove(&mut world, hosts[0], group, gone).unwrap();
    world.run_for(MINUTE);
    let seat = world.seat(gone, group);
    assert!(!world.node(gone).status(seat).unwrap().online);
    assert_eq!(world.node(gone).role(seat).unwrap(), None);
    let events = world.take_events(gone);
    assert!(events.contains(&(seat, Event::CredentialsChanged { role: None })), "{events:?}");
    let others = [hosts[0], hosts[1], hosts[3]];
    let (note, _) = world.publish(hosts[0], group, "without it");
    world.demand_agreement(&others, group, minutes(5));
    assert_eq!(world.read(gone, group, note), None);
    for host in others {
        let seat = world.seat(host, group);
        let linked = world.node(host).connections(seat).unwrap();
        assert!(linked.iter().all(|info| info.peer != peer), "{host} is linked to it still");
    }
}
