use core::time::Duration;

use peergroup_core::{RegistrationId, Role};

use super::*;
use crate::world::NOTE;

/// A group of two and a record of its second host, the same in every world of this seed.
fn scene() -> (World, Vec<Host>, GroupId, RecordId) {
    let mut world = World::unwatched(10);
    let (hosts, group) = world.group(2, Role::Member);
    let (record, _) = world.publish(hosts[1], group, "soon gone");
    world.run_for(Duration::from_secs(60));
    (world, hosts, group, record)
}

fn changed(record: RecordId, kind: ChangeKind) -> Output {
    let event = Event::RecordChanged { kind, record, type_id: NOTE };
    Output::Event { to: RegistrationId::from_u64(1), event }
}

/// The first host deletes the record; an oracle watches both.
fn deleted() -> (World, Vec<Host>, GroupId, RecordId, Deletion) {
    let (mut world, hosts, group, record) = scene();
    let mut oracle = Deletion::new(&Court::default());
    let seat = world.seat(hosts[0], group);
    let receipt = world.act(hosts[0], |node, now| node.delete_record(now, seat, record)).unwrap();
    let (deed, ticket) = (Deed::Deleted(record), receipt.ticket);
    oracle.see(&world, hosts[0], &Seen::Did { seat, deed, ticket }).unwrap();
    let stored = Input::Stored { ticket, outcome: Ok(()) };
    oracle.see(&world, hosts[0], &Seen::Input(&stored)).unwrap();
    world.run_for(Duration::from_secs(60));
    for host in &hosts {
        let event = changed(record, ChangeKind::Deleted);
        oracle.see(&world, *host, &Seen::Output(&event)).unwrap();
        assert_eq!(oracle.at_rest(&world, *host), Ok(()));
    }
    (world, hosts, group, record, oracle)
}

#[test]
fn a_record_that_is_shown_again_is_told_of() {
    let (world, hosts, _, record, mut oracle) = deleted();
    let event = changed(record, ChangeKind::Added);
    oracle.see(&world, hosts[1], &Seen::Output(&event)).unwrap();
    assert_eq!(oracle.at_rest(&world, hosts[1]), Ok(()), "it is not shown");
    // the same hosts, had the deletion been forgotten
    let (before, ..) = scene();
    oracle.see(&before, hosts[1], &Seen::Output(&event)).unwrap();
    let back = oracle.at_rest(&before, hosts[1]).unwrap_err();
    assert!(back.contains("I12") && back.contains("is back"), "{back}");
}

#[test]
fn after_a_restart_every_record_is_looked_at() {
    let (world, hosts, group, _, mut oracle) = deleted();
    let (before, ..) = scene();
    oracle.see(&before, hosts[1], &Seen::Crashed).unwrap();
    assert_eq!(oracle.at_rest(&before, hosts[1]), Ok(()));
    let seat = world.seat(hosts[1], group);
    let opened = Output::Notice(Notice::Opened { seat, outcome: Ok(()) });
    oracle.see(&before, hosts[1], &Seen::Output(&opened)).unwrap();
    assert!(oracle.at_rest(&before, hosts[1]).unwrap_err().contains("I12"));
}

#[test]
fn in_the_end_nobody_shows_what_a_member_deleted() {
    let (mut world, hosts, group, _, mut oracle) = deleted();
    assert_eq!(oracle.in_the_end(&mut world, group, &hosts), Ok(()));
    let (mut before, ..) = scene();
    let back = oracle.in_the_end(&mut before, group, &hosts).unwrap_err();
    assert!(back.contains("in the end"), "{back}");
    assert_eq!(oracle.in_the_end(&mut before, group, &hosts[1..]), Ok(()), "its deleter is gone");
}

#[test]
fn a_deletion_ends_with_its_tenure() {
    let (world, hosts, group, record, oracle) = deleted();
    let ruling = Court::default().ruling(&world, hosts[1], group).unwrap();
    let deletion = &oracle.hosts[&hosts[1]].deletions[&(group, record)][0];
    let yard = &oracle.hosts[&hosts[1]];
    assert!(yard.binds(&ruling.law, deletion));
    let stranger = Law::of(world.peer(hosts[1]), []);
    assert!(!yard.binds(&stranger, deletion));
}
