use peergroup_core::Role;

use super::*;

/// Two hosts, a record of the second, and what the first makes of it all.
fn scene() -> (World, Host, Ruling, Vec<AuditedVersion>) {
    let mut world = World::unwatched(6);
    let (hosts, group) = world.group(2, Role::Member);
    world.publish(hosts[1], group, "a note");
    world.run_for(Duration::from_secs(60));
    let ruling = Court::default().ruling(&world, hosts[0], group).unwrap();
    let versions = world.node(hosts[0]).versions(ruling.seat).unwrap().collect();
    (world, hosts[0], ruling, versions)
}

fn view<'a>(world: &World, host: Host, ruling: &'a Ruling) -> View<'a> {
    let now = world.now(host).wall;
    View { law: &ruling.law, defers: false, from: now, to: now }
}

#[test]
fn what_is_as_it_must_be_is_found_so() {
    let (world, host, ruling, versions) = scene();
    let view = view(&world, host, &ruling);
    let found = Shelf::of(&ruling.law, &versions);
    view.held(&versions).unwrap();
    view.standing(&found, &versions).unwrap();
    assert_eq!(view.shown(&found, &versions), Ok(versions[0].expires));
    assert_eq!(
        Records::new(&Court::default()).check(&world, host, &ruling),
        Ok(versions[0].expires)
    );
}

#[test]
fn a_record_that_is_missing_or_shown_and_dead_is_told_of() {
    let (world, host, ruling, mut versions) = scene();
    let found = Shelf::of(&ruling.law, &versions);
    versions[0].place = Place::Standing;
    let view = view(&world, host, &ruling);
    assert!(view.shown(&found, &versions).unwrap_err().contains("shows None"));
    versions[0].place = Place::Dormant;
    assert!(view.standing(&found, &versions).unwrap_err().contains("should stand"));
    versions[0].place = Place::Visible;
    let nothing = Shelf::default();
    assert!(view.shown(&nothing, &versions).unwrap_err().contains("none counts"));
    assert!(view.standing(&nothing, &versions).unwrap_err().contains("should not"));
    let missing = same_as_audited(&BTreeSet::new(), &versions);
    assert!(missing.unwrap_err().contains("not shown"));
}

#[test]
fn what_has_expired_is_not_to_be_shown_unless_a_calendar_jumped() {
    let (world, host, ruling, versions) = scene();
    let found = Shelf::of(&ruling.law, &versions);
    let expired = versions[0].expires;
    let late = View { from: expired, to: expired, ..view(&world, host, &ruling) };
    assert!(late.shown(&found, &versions).is_err());
    assert!(View { defers: true, ..late }.shown(&found, &versions).is_ok());
    let jumped = View { to: expired, ..view(&world, host, &ruling) };
    assert!(jumped.shown(&found, &versions).is_ok());
}

#[test]
fn what_is_held_without_right_or_parked_for_nothing_is_told_of() {
    let (world, host, ruling, versions) = scene();
    let view = view(&world, host, &ruling);
    let with = |change: fn(&mut AuditedVersion)| {
        let mut version = versions[0].clone();
        change(&mut version);
        view.held(&[version]).unwrap_err()
    };
    assert!(with(|it| it.place = Place::Parked).contains("could be judged"));
    assert!(with(|it| it.cred = None).contains("not by the holder"));
    assert!(with(|it| it.ceiling = UnixTime::default()).contains("beyond its ceiling"));
    let mut early = versions[0].clone();
    early.place = Place::Parked;
    early.stamp.time = view.to.after(STAMP_AHEAD_MAX + PAUSE);
    assert!(view.held(&[early]).is_ok(), "it waits for its time");
}
