//! A large group that is left alone: what it says to itself is bounded, and all stay online.

use core::time::Duration;

use peergroup_core::{Event, MemberChange, Role};
use peergroup_mem::World;

/// Enough for announcements to become rarer than they are in small groups.
const HOSTS: usize = 155;

#[test]
fn the_presence_traffic_of_a_whole_group_is_bounded_and_nobody_online_is_shown_offline() {
    let mut world = World::unwatched(1);
    world.config().mock_identities = true;
    let (hosts, group) = world.crowd(HOSTS, Role::Member);
    // by then everybody has announced itself as one of many
    world.run_for(Duration::from_secs(300));
    for host in &hosts {
        world.take_events(*host);
    }
    let before = world.tally();
    let span = Duration::from_secs(400);
    world.run_for(span);
    let after = world.tally();
    assert_eq!(after.faults, 0);
    // an announcement is less than 200 bytes and crosses each of 8 × 300 / 2 links about once, and
    // comparisons, handshakes and all the rest are less than that again
    let per_second = (after.bytes - before.bytes) / span.as_secs();
    assert!(per_second < 2 * 200 * 4 * HOSTS as u64, "{per_second}");
    for host in &hosts {
        let offline = world.take_events(*host).into_iter().filter(|(_, event)| {
            matches!(event, Event::MemberChanged { change: MemberChange::Offline, .. })
        });
        assert_eq!(offline.count(), 0, "{host}");
        let seat = world.seat(*host, group);
        let online =
            world.node(*host).members(seat).unwrap().filter(peergroup_core::Member::is_online);
        assert_eq!(online.count(), HOSTS, "{host}");
    }
    assert_eq!(world.differences(&hosts, group), Vec::<String>::new());
}
