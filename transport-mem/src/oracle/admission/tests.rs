use core::time::Duration;

use peergroup_core::Role;

use super::*;
use crate::oracle::law::Law;

/// A group of three; the links of its first host.
fn scene() -> (World, Vec<Host>, Ruling, Vec<ConnectionInfo>) {
    let mut world = World::unwatched(11);
    let (hosts, group) = world.group(3, Role::Member);
    world.run_for(Duration::from_secs(60));
    let ruling = Court::default().ruling(&world, hosts[0], group).unwrap();
    let links = world.node(hosts[0]).connections(ruling.seat).unwrap();
    assert_eq!(links.len(), 2);
    (world, hosts, ruling, links)
}

fn span(world: &World, host: Host) -> Span {
    let now = world.now(host).wall;
    (now, now)
}

/// The same host, if nobody but this peer were a member.
fn alone(ruling: &Ruling, creator: PeerId) -> Ruling {
    let law = std::rc::Rc::new(Law::of(creator, []));
    Ruling { law, docket: (ruling.docket.0, 0), ..ruling.clone() }
}

#[test]
fn links_of_members_are_found_good() {
    let (world, hosts, ruling, _) = scene();
    assert_eq!(Admission::new(&Court::default()).check(&world, hosts[0], &ruling), Ok(()));
}

#[test]
fn a_link_to_somebody_who_is_no_member_is_told_of() {
    let (world, hosts, ruling, _) = scene();
    let ruling = alone(&ruling, world.peer(hosts[0]));
    let found = Admission::new(&Court::default()).check(&world, hosts[0], &ruling).unwrap_err();
    assert!(found.contains("is no member"), "{found}");
}

#[test]
fn a_link_to_another_than_its_transport_leads_to_is_told_of() {
    let (world, hosts, ruling, mut links) = scene();
    let span = span(&world, hosts[0]);
    assert_eq!(is_welcome(&world, hosts[0], &ruling, &links[0], span), Ok(()));
    links[0].peer = links[1].peer;
    let found = is_welcome(&world, hosts[0], &ruling, &links[0], span).unwrap_err();
    assert!(found.contains("for somebody else"), "{found}");
    links[0].peer = peergroup_core::SecretKey::mock(3).peer();
    let found = is_welcome(&world, hosts[0], &ruling, &links[0], span).unwrap_err();
    assert!(found.contains("lists as no member"), "{found}");
}

#[test]
fn who_is_removed_keeps_no_link_and_may_ask_anew() {
    let (world, hosts, ruling, links) = scene();
    let removed = alone(&ruling, world.peer(hosts[1]));
    let mut door = Door::default();
    assert_eq!(door.keeps_none_when_removed(&removed, &links), Ok(()), "dialled since");
    assert_eq!(door.keeps_none_when_removed(&ruling, &links), Ok(()));
    let found = door.keeps_none_when_removed(&removed, &links).unwrap_err();
    assert!(found.contains("keeps a link"), "{found}");
    assert_eq!(door.keeps_none_when_removed(&removed, &[]), Ok(()));
}

#[test]
fn a_link_through_somebody_in_the_middle_that_comes_up_is_told_of() {
    let (mut world, hosts, ruling, links) = scene();
    let found = Admission::new(&Court::default()).check(&world, hosts[0], &ruling);
    assert_eq!(found, Ok(()));
    world.relay_in_secret(hosts[0], links[0].link.unwrap());
    let found = Admission::new(&Court::default()).check(&world, hosts[0], &ruling).unwrap_err();
    assert!(found.contains("in the middle"), "{found}");
}
