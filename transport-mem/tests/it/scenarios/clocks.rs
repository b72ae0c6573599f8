//! Clocks are wrong.

use core::time::Duration;

use peergroup_core::{Event, GroupId, PublishError, RecordDraft, Role};
use peergroup_mem::{Host, NOTE, World};

use super::common::{
    DAY, HOUR, MINUTE, bring_in, count, grant, minutes, publish_for, reconnect, seconds, text,
    update, world,
};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

#[test]
fn s20_what_a_clock_far_ahead_stamps_waits_for_its_time_and_hinders_nobody() {
    let mut world = world(20);
    let (hosts, group) = world.group(4, Role::Admin);
    let (shared, _) = world.publish(hosts[0], group, "right");
    world.run_for(MINUTE);
    world.skew(hosts[3], 30 * MINUTE_MS);
    let note = publish_for(&mut world, hosts[3], group, DAY, "from the future");
    update(&mut world, hosts[3], group, shared, "changed in the future");
    world.run_for(minutes(5));
    let right = &hosts[..3];
    assert!(world.agree(right, group), "{:?}", world.differences(right, group));
    for host in right {
        assert_eq!(text(&world, *host, group, note), None, "{host}");
        assert_eq!(text(&world, *host, group, shared).unwrap(), "right", "{host}");
    }
    // what the others say meanwhile is not overtaken by a stamp that nobody took
    update(&mut world, hosts[1], group, shared, "changed now");
    world.run_for(MINUTE);
    assert_eq!(text(&world, hosts[0], group, shared).unwrap(), "changed now");
    world.skew(hosts[3], 0);
    world.run_for(minutes(40));
    world.demand_agreement(&hosts, group, minutes(10));
    assert!(text(&world, hosts[0], group, note).is_some(), "its time has come");
    assert_eq!(text(&world, hosts[0], group, shared).unwrap(), "changed in the future");
    assert_eq!(world.tally().faults, 0, "a wrong clock is no fault");
}

#[test]
fn s21_a_clock_far_behind_finds_itself_no_member_yet_and_is_one_once_set_right() {
    let mut world = world(21);
    let (hosts, group) = world.group(3, Role::Member);
    world.skew(hosts[2], -3 * DAY_MS);
    world.run_for(MINUTE);
    let (seat, expires) = (world.seat(hosts[2], group), world.wall_after(hosts[2], DAY));
    let draft = RecordDraft::new(NOTE, expires).payload("from the past");
    let refused = world.act(hosts[2], |node, now| node.publish(now, seat, draft));
    assert_eq!(refused.unwrap_err(), PublishError::NotAuthorized);
    let (note, _) = world.publish(hosts[1], group, "meanwhile");
    world.run_for(minutes(5));
    assert!(world.agree(&hosts[..2], group));
    assert!(text(&world, hosts[0], group, note).is_some());
    world.skew(hosts[2], 0);
    reconnect(&mut world, hosts[2], group);
    world.demand_agreement(&hosts, group, minutes(10));
    assert!(text(&world, hosts[2], group, note).is_some());
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn s21_a_clock_a_little_behind_changes_records_and_its_changes_stand() {
    let mut world = world(121);
    let (hosts, group) = world.group(3, Role::Admin);
    let (note, _) = world.publish(hosts[0], group, "first");
    world.run_for(MINUTE);
    world.skew(hosts[2], -5 * MINUTE_MS);
    update(&mut world, hosts[2], group, note, "second");
    world.demand_agreement(&hosts, group, minutes(10));
    assert_eq!(text(&world, hosts[0], group, note).unwrap(), "second");
}

#[test]
fn s22_if_all_clocks_are_wrong_alike_nobody_notices() {
    for years in [-20, 3, 30] {
        let mut world = world(22);
        let hosts: Vec<_> = (0..4).map(|number| world.add(&format!("peer {number}"))).collect();
        for host in &hosts {
            world.skew(*host, years * 365 * DAY_MS);
        }
        let group = world.create_group(hosts[0], "another time");
        for host in &hosts[1..] {
            let invitation = world.invite(hosts[0], group, *host, Role::Member);
            world.join(*host, &invitation);
        }
        world.run_for(MINUTE);
        let (note, _) = world.publish(hosts[3], group, "then");
        world.demand_agreement(&hosts, group, minutes(10));
        assert!(text(&world, hosts[1], group, note).is_some(), "{years} years off");
        assert_eq!(world.tally().faults, 0);
    }
}

/// How many bytes arrive until the world is so old.
fn bytes_until(world: &mut World, age: Duration) -> u64 {
    let before = world.tally().bytes;
    world.run_for(age.saturating_sub(world.elapsed()));
    world.tally().bytes - before
}

#[test]
fn s23_r06_at_the_edge_of_an_expiry_clocks_ten_minutes_apart_move_nothing_to_and_fro() {
    let mut world = world(23);
    let (hosts, group) = world.group(4, Role::Member);
    world.skew(hosts[1], 9 * MINUTE_MS);
    world.skew(hosts[2], -9 * MINUTE_MS);
    let notes: Vec<_> = (0..20)
        .map(|_| publish_for(&mut world, hosts[0], group, HOUR, &"x".repeat(1000)))
        .collect();
    world.run_for(minutes(40));
    assert!(hosts.iter().all(|host| count(&world, *host, group) == 20));
    world.run_for(minutes(16));
    let seen = hosts.iter().map(|host| count(&world, *host, group)).collect::<Vec<_>>();
    assert_eq!(seen, [20; 4], "by the group's time, not each by its own");
    // the records leave the sets at ten o'clock, here earlier and there later
    let quiet = bytes_until(&mut world, minutes(100));
    let around = bytes_until(&mut world, minutes(130));
    let again = bytes_until(&mut world, minutes(172));
    // at most once over each of the six links, either way
    let all_notes = 20 * 1250;
    assert!(around < quiet + 12 * all_notes, "{quiet}, then {around}");
    assert!(again < quiet + all_notes, "{quiet}, then {again}");
    for host in &hosts {
        assert!(notes.iter().all(|note| text(&world, *host, group, *note).is_none()), "{host}");
    }
    world.demand_agreement(&hosts, group, minutes(10));
    assert_eq!(world.tally().faults, 0);
}

/// How far peer time at each host is apart from that at the first, in milliseconds.
fn apart(world: &World, hosts: &[Host], group: GroupId) -> Vec<u64> {
    let time = |host| world.node(host).peer_time(world.seat(host, group)).unwrap().as_millis();
    hosts.iter().map(|host| time(*host).abs_diff(time(hosts[0]))).collect()
}

#[test]
fn clocks_minutes_apart_come_to_one_peer_time_and_liars_among_them_change_it_nowhere() {
    let mut world = world(123);
    let hosts: Vec<_> = (0..6).map(|number| world.add(&format!("peer {number}"))).collect();
    for (host, minutes) in hosts.iter().zip([0, 7, -7, 0, 0, 60]) {
        world.skew(*host, minutes * MINUTE_MS);
    }
    let group = world.create_group(hosts[0], "one time");
    for host in &hosts[1..] {
        let invitation = world.invite(hosts[0], group, *host, Role::Member);
        world.join(*host, &invitation);
    }
    world.run_for(minutes(5));
    let within = apart(&world, &hosts[..5], group);
    assert!(within.iter().all(|ms| *ms < 5000), "{within:?}");
    let by_itself = apart(&world, &hosts[5..], group);
    assert_eq!(by_itself, [0]);
    let off = world.take_events(hosts[5]);
    let is_far = |by: &Duration| *by > minutes(50);
    let is_told = |(_, event): &(_, Event)| match event {
        Event::ClockDiffers { by, is_behind } => is_far(by) && !is_behind,
        _ => false,
    };
    assert!(off.iter().any(is_told), "peer time cannot follow that far: {off:?}");

    // a calendar is set while others look on
    world.skew(hosts[3], 5 * MINUTE_MS);
    world.run_for(minutes(1));
    let within = apart(&world, &hosts[..5], group);
    assert!(within.iter().all(|ms| *ms < 5000), "{within:?}");
    let (seat, wall) = (world.seat(hosts[3], group), world.wall_after(hosts[3], Duration::ZERO));
    let peer = world.node(hosts[3]).to_peer_time(seat, wall).unwrap();
    assert!(wall.since(peer) > minutes(4));
    assert_eq!(world.node(hosts[3]).to_local_time(seat, peer).unwrap(), wall);
}

#[test]
fn who_is_invited_by_a_clock_ahead_can_join_by_a_clock_behind() {
    let mut world = world(24);
    let (hosts, group) = world.group(2, Role::Admin);
    world.skew(hosts[1], 4 * MINUTE_MS);
    let late = bring_in(&mut world, hosts[1], group, Role::Member);
    world.skew(late, -4 * MINUTE_MS);
    grant(&mut world, hosts[1], group, late, Role::Inviter).unwrap();
    world.run_for(seconds(30));
    let newest = bring_in(&mut world, late, group, Role::Member);
    world.demand_agreement(&[hosts[0], hosts[1], late, newest], group, minutes(10));
}
