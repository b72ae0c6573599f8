use peergroup_core::simulation::forge::stamp;
use peergroup_core::{GroupId, RecordUpdate, Role, SecretKey};

use super::*;
use crate::host::Host;
use crate::oracle::court::Court;
use crate::world::World;

/// The versions that a host holds, and the law by which it judges.
fn held(world: &World, host: Host, group: GroupId) -> (std::rc::Rc<Law>, Vec<AuditedVersion>) {
    let ruling = Court::default().ruling(world, host, group).unwrap();
    let versions = world.node(host).versions(ruling.seat).unwrap().collect();
    (ruling.law, versions)
}

/// A record of the second host, and what the first made of it.
fn edited() -> (std::rc::Rc<Law>, AuditedVersion, AuditedVersion) {
    let mut world = World::unwatched(5);
    let (hosts, group) = world.group(2, Role::Member);
    let (note, _) = world.publish(hosts[1], group, "first");
    world.run_for(Duration::from_secs(60));
    let seat = world.seat(hosts[0], group);
    let update = RecordUpdate::new().payload("second");
    world.act(hosts[0], |node, now| node.update(now, seat, note, update)).unwrap();
    world.run_for(Duration::from_secs(60));
    let (law, versions) = held(&world, hosts[1], group);
    let of = |peer| versions.iter().find(|it| it.modifier == peer).unwrap().clone();
    (law, of(world.peer(hosts[1])), of(world.peer(hosts[0])))
}

#[test]
fn the_greatest_version_that_counts_is_what_a_record_is() {
    let (law, own, other) = edited();
    let shelf = Shelf::of(&law, &[own.clone(), other.clone()]);
    assert_eq!(shelf.effective[&own.record], (other.id, other.expires));
    assert_eq!(shelf.standing, BTreeSet::from([own.id, other.id]));
    let mut later = own.clone();
    later.stamp = stamp(other.stamp.time, other.stamp.count + 1, 0);
    let shelf = Shelf::of(&law, &[later.clone(), other.clone()]);
    assert_eq!(shelf.effective[&own.record].0, later.id);
}

#[test]
fn a_deletion_that_counts_hides_a_record_whatever_its_stamp() {
    let (law, own, other) = edited();
    let mut deletion = own.clone();
    (deletion.deleted, deletion.stamp) = (true, stamp(UnixTime::from_millis(1), 0, 0));
    let shelf = Shelf::of(&law, &[other.clone(), deletion.clone()]);
    assert!(shelf.effective.is_empty());
    assert_eq!(shelf.standing, BTreeSet::from([deletion.id]));
    deletion.place = Place::Parked;
    let shelf = Shelf::of(&law, &[other.clone(), deletion]);
    assert_eq!(shelf.effective[&own.record].0, other.id, "what is parked says nothing");
}

#[test]
fn who_is_no_admin_says_nothing_of_the_records_of_others() {
    let (law, own, other) = edited();
    let mut meddling = own.clone();
    meddling.creator = other.modifier;
    assert!(Shelf::of(&law, &[meddling]).effective.is_empty());
    let mut stolen = own;
    stolen.modifier = other.modifier;
    assert!(Shelf::of(&law, &[stolen]).effective.is_empty(), "not the holder of its tenure");
}

#[test]
fn what_others_made_of_a_record_counts_while_its_creator_is_known() {
    let (law, own, other) = edited();
    assert!(counts(&law, &other));
    let mut stray = other;
    stray.creator = SecretKey::mock(9).peer();
    assert!(Shelf::of(&law, &[stray]).standing.is_empty());
    assert!(counts(&law, &own));
}

#[test]
fn a_version_counts_no_longer_than_its_tenure() {
    let (law, own, _) = edited();
    let tenure = law.tenure(own.cred).unwrap();
    assert!(supports(&tenure, &own));
    assert!(!supports(
        &Tenure { until: own.expires.before(Duration::from_millis(1)), ..tenure },
        &own
    ));
    assert!(!supports(&Tenure { counts: false, ..tenure }, &own));
    let ended = Tenure { live: false, ..tenure };
    assert!(!supports(&ended, &own));
    assert!(supports(&Tenure { resigned: Some(own.stamp), ..ended }, &own));
    let before = stamp(own.stamp.time.before(Duration::from_millis(1)), 0, 0);
    assert!(!supports(&Tenure { resigned: Some(before), ..ended }, &own));
}

#[test]
fn a_ceiling_is_rounded_up_to_a_whole_epoch() {
    let hour = u64::try_from(CEILING_EPOCH.as_millis()).unwrap();
    for (ceiling, leaves) in [(0, 0), (1, hour), (hour, hour), (hour + 1, 2 * hour)] {
        let leaves = UnixTime::from_millis(leaves);
        assert_eq!(leaves_at(UnixTime::from_millis(ceiling)), leaves);
    }
    assert_eq!(leaves_at(UnixTime::MAX), UnixTime::MAX);
}
