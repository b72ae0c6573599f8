use core::time::Duration;

use peergroup_core::Role;

use super::*;

/// A group of two: the same in every world of this seed.
fn scene() -> (World, Vec<Host>, GroupId) {
    let mut world = World::unwatched(9);
    let (hosts, group) = world.group(2, Role::Admin);
    (world, hosts, group)
}

/// What an oracle is shown of a host that publishes, and is told that it is durable.
fn shown(world: &mut World, host: Host, group: GroupId) -> (Durability, RecordId) {
    let mut oracle = Durability::new(&Court::default());
    let (record, ticket) = world.publish(host, group, "kept");
    let seat = world.seat(host, group);
    let deed = Deed::Published(record);
    oracle.see(world, host, &Seen::Did { seat, deed, ticket }).unwrap();
    let stored = Input::Stored { ticket, outcome: Ok(()) };
    oracle.see(world, host, &Seen::Input(&stored)).unwrap();
    (oracle, record)
}

fn restart(oracle: &mut Durability, world: &World, host: Host) -> Result<(), String> {
    oracle.see(world, host, &Seen::Crashed)?;
    let started = Output::Notice(Notice::Started(Ok(())));
    oracle.see(world, host, &Seen::Output(&started))?;
    oracle.at_rest(world, host)
}

#[test]
fn what_was_acknowledged_is_missed_when_it_is_not_there_after_a_restart() {
    let (mut world, hosts, group) = scene();
    let (mut oracle, record) = shown(&mut world, hosts[1], group);
    assert_eq!(restart(&mut oracle, &world, hosts[1]), Ok(()));
    // the same host, had its disk lost what it acknowledged
    let (other, ..) = scene();
    let lost = restart(&mut oracle, &other, hosts[1]).unwrap_err();
    assert!(lost.contains("I9") && lost.contains(&record.to_string()), "{lost}");
}

#[test]
fn what_was_not_acknowledged_may_be_lost() {
    let (mut world, hosts, group) = scene();
    let mut oracle = Durability::new(&Court::default());
    let (record, ticket) = world.publish(hosts[1], group, "lost");
    let (seat, deed) = (world.seat(hosts[1], group), Deed::Published(record));
    oracle.see(&world, hosts[1], &Seen::Did { seat, deed, ticket }).unwrap();
    let (other, ..) = scene();
    assert_eq!(restart(&mut oracle, &other, hosts[1]), Ok(()));
}

#[test]
fn a_group_that_is_gone_or_does_not_open_is_told_of() {
    let (world, hosts, group) = scene();
    let seat = world.seat(hosts[1], group);
    let mut oracle = Durability::new(&Court::default());
    let (deed, ticket) = (Deed::Joined, Ticket::from_u64(1));
    oracle.see(&world, hosts[1], &Seen::Did { seat, deed, ticket }).unwrap();
    let stored = Input::Stored { ticket, outcome: Ok(()) };
    oracle.see(&world, hosts[1], &Seen::Input(&stored)).unwrap();
    let closed = OpenError::Corrupt;
    let notice = Output::Notice(Notice::Opened { seat, outcome: Err(closed) });
    let lost = oracle.see(&world, hosts[1], &Seen::Output(&notice)).unwrap_err();
    assert!(lost.contains("does not open"), "{lost}");
    let mut empty = World::unwatched(9);
    for host in 0..2 {
        empty.add(&format!("peer {host}"));
    }
    let lost = restart(&mut oracle, &empty, hosts[1]).unwrap_err();
    assert!(lost.contains("acknowledged and lost"), "{lost}");
}

#[test]
fn in_the_end_every_member_holds_what_each_was_told() {
    let (mut world, hosts, group) = scene();
    let (mut oracle, record) = shown(&mut world, hosts[1], group);
    let lacks = oracle.in_the_end(&mut world, group, &hosts).unwrap_err();
    assert!(lacks.contains("I11") && lacks.contains(&record.to_string()), "{lacks}");
    world.run_for(Duration::from_secs(120));
    assert_eq!(oracle.in_the_end(&mut world, group, &hosts), Ok(()));
}

#[test]
fn a_deleted_record_need_not_be_held_and_its_deletion_must() {
    let (mut world, hosts, group) = scene();
    let (mut oracle, record) = shown(&mut world, hosts[1], group);
    world.run_for(Duration::from_secs(120));
    let seat = world.seat(hosts[0], group);
    let deleted = world.act(hosts[0], |node, now| node.delete_record(now, seat, record)).unwrap();
    let (deed, ticket) = (Deed::Deleted(record), deleted.ticket);
    oracle.see(&world, hosts[0], &Seen::Did { seat, deed, ticket }).unwrap();
    let stored = Input::Stored { ticket, outcome: Ok(()) };
    oracle.see(&world, hosts[0], &Seen::Input(&stored)).unwrap();
    let lacks = oracle.in_the_end(&mut world, group, &hosts).unwrap_err();
    assert!(lacks.contains("deleted: true"), "{lacks}");
    world.run_for(Duration::from_secs(120));
    assert_eq!(oracle.in_the_end(&mut world, group, &hosts), Ok(()));
}
