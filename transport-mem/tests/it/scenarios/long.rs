//! Long times.

use peergroup_core::{
    Charter, ConnectFailure, Denial, Event, GroupId, Properties, Role, Terms, UnixTime,
};
use peergroup_mem::{Deed, Host, Op, Rng, World};

use super::common::{DAY, HOUR, assert_role, count, delete, minutes, publish_for, text, world};

/// A group in which little happens: what it costs to run for a year is little too.
fn slow_group(world: &mut World, count: usize) -> (Vec<Host>, GroupId) {
    world.config().compare_interval = 10 * DAY;
    world.config().maintain_interval = 10 * DAY;
    let hosts: Vec<_> = (0..count).map(|number| world.add(&format!("peer {number}"))).collect();
    let (peer, mut properties) = (world.peer(hosts[0]), Properties::named("slow".parse().unwrap()));
    properties.renew_members = false;
    let mut charter = Charter::default();
    charter.presence_lifetime_s = 40 * 24 * 3600;
    let founded =
        world.act(hosts[0], |node, now| node.create_group(now, peer, charter, properties)).unwrap();
    let group = founded.value.group;
    world.did(hosts[0], founded.value, Deed::Founded, founded.ticket);
    world.connect(hosts[0], group);
    for host in &hosts[1..] {
        let invitation = world.invite(hosts[0], group, *host, Role::Member);
        world.join(*host, &invitation);
    }
    world.demand_agreement(&hosts, group, minutes(10));
    (hosts, group)
}

#[test]
fn s05_r05_after_four_hundred_days_offline_a_lapsed_member_is_told_and_one_for_ever_catches_up() {
    let mut world = world(5);
    let (hosts, group) = slow_group(&mut world, 4);
    for lasting in [hosts[1], hosts[3]] {
        let (seat, peer) = (world.seat(hosts[0], group), world.peer(lasting));
        let terms = Terms::role(Role::Member).until(UnixTime::MAX);
        let receipt = world.act(hosts[0], |node, now| node.grant(now, seat, peer, terms)).unwrap();
        world.did(hosts[0], seat, Deed::Granted(peer, Role::Member), receipt.ticket);
    }
    let old = publish_for(&mut world, hosts[1], group, 300 * DAY, "old");
    let deleted = publish_for(&mut world, hosts[0], group, 500 * DAY, "to be deleted");
    world.demand_agreement(&hosts, group, minutes(5));
    world.crash(hosts[2]);
    world.crash(hosts[3]);
    delete(&mut world, hosts[0], group, deleted);
    world.run_for(400 * DAY);
    let newest = publish_for(&mut world, hosts[1], group, DAY, "new");
    world.restart(hosts[2]);
    world.restart(hosts[3]);
    world.run_for(minutes(5));
    let left = [hosts[0], hosts[1], hosts[3]];
    world.demand_agreement(&left, group, minutes(10));
    assert_role(&world, &left, group, hosts[3], Some(Role::Member));
    assert_role(&world, &left, group, hosts[2], None);
    assert!(text(&world, hosts[3], group, newest).is_some());
    for gone in [old, deleted] {
        assert_eq!(text(&world, hosts[3], group, gone), None);
    }
    let failure = Event::ConnectFailed(ConnectFailure::NotAuthorized(Denial::OutsideWindow));
    let events = world.take_events(hosts[2]);
    assert!(events.iter().any(|(_, event)| *event == failure), "{events:?}");
}

#[test]
fn s40_seventy_two_hours_of_small_things_end_in_agreement() {
    let mut world = world(40);
    world.config().compare_interval = minutes(10);
    world.config().maintain_interval = minutes(10);
    let (hosts, group) = world.group(5, Role::Member);
    let mut rng = Rng::new(40);
    for _ in 0..72 * 2 {
        world.perform(group, &Op::draw(&mut rng, hosts.len()));
        world.run_for(minutes(30));
    }
    world.calm();
    world.run_for(minutes(30));
    let members = world.members(hosts[0], group);
    assert!(members.len() >= 2, "{members:?}");
    world.demand_agreement(&members, group, HOUR);
    assert_eq!(world.tally().faults, 0);
    for host in &members {
        let usage = world.node(*host).usage();
        assert_eq!(usage.exceeded().count(), 0, "{host}");
    }
    assert!(count(&world, hosts[0], group) > 0);
}
