//! What goes wrong with the bytes of a link.

use peergroup_core::{Closed, LinkDown, NeighbourChange};

use super::*;

type Rate = fn(&mut Weather) -> &mut u64;

/// Every kind of damage, and the setting that brings it about.
const DAMAGE: [(Mishap, Rate); 5] = [
    (Mishap::Drop, |weather| &mut weather.drop_one_in),
    (Mishap::Duplicate, |weather| &mut weather.duplicate_one_in),
    (Mishap::Reorder, |weather| &mut weather.reorder_one_in),
    (Mishap::Corrupt, |weather| &mut weather.corrupt_one_in),
    (Mishap::Truncate, |weather| &mut weather.truncate_one_in),
];

#[test]
fn a_link_with_integrity_breaks_when_its_bytes_are_damaged_and_nobody_is_blamed() {
    for (mishap, rate) in DAMAGE {
        let tally = weathered(1, mishap, |weather| *rate(weather) = 40);
        assert!(tally.broken >= count(&tally, mishap), "{mishap:?}: {tally:?}");
        assert_eq!(tally.faults_tampered, 0, "{mishap:?}");
    }
}

#[test]
fn without_integrity_damaged_bytes_reach_the_node_which_blames_the_peer_and_nothing_else() {
    for (mishap, rate) in DAMAGE {
        let tally = weathered(2, mishap, |weather| {
            weather.integrity = false;
            *rate(weather) = 20;
        });
        // whole messages that come twice or not at all are mostly no offence
        let is_harmless = matches!(mishap, Mishap::Duplicate | Mishap::Drop);
        assert!(tally.faults_tampered > 0 || is_harmless, "{mishap:?}: {tally:?}");
        assert_eq!(tally.faults, 0, "{mishap:?}");
    }
}

#[test]
fn what_stalls_arrives_later() {
    let tally = weathered(3, Mishap::Delay, |weather| weather.stall_one_in = 20);
    assert_eq!(tally.faults, 0);
    let delivered = |stall_one_in| {
        let mut world = World::from_seed(3);
        let (hosts, group) = world.group(2, Role::Member);
        world.weather().stall_one_in = stall_one_in;
        let (note, _) = world.publish(hosts[0], group, "late");
        world.run_until(|world| world.read(hosts[1], group, note).is_some(), minutes(5));
        world.elapsed()
    };
    assert!(delivered(1) > delivered(0) + Duration::from_secs(1));
}

#[test]
fn a_slow_link_takes_its_time() {
    let took = |bandwidth| {
        let mut world = World::from_seed(4);
        let (hosts, group) = world.group(2, Role::Member);
        world.weather().bandwidth = bandwidth;
        let begun = world.elapsed();
        let notes: Vec<_> =
            (0..50).map(|_| world.publish(hosts[0], group, vec![7; 4_000]).0).collect();
        let has_all = |world: &mut World| {
            notes.iter().all(|note| world.read(hosts[1], group, *note).is_some())
        };
        assert!(world.run_until(has_all, minutes(10)));
        let took = world.elapsed().saturating_sub(begun);
        let slow = count(&world.tally(), Mishap::Slow);
        end_well(&mut world, &hosts, group);
        (took, slow)
    };
    let ((fast, none), (slow, some)) = (took(0), took(10_000));
    // two hundred thousand bytes, less what was under way before the link was full
    assert!(slow > fast + Duration::from_secs(10), "{fast:?}, {slow:?}");
    assert!(none == 0 && some > 0);
}

#[test]
fn bytes_arrive_in_other_pieces_than_they_were_sent_in() {
    weathered(5, Mishap::Split, |weather| weather.handed = 1..=7);
    weathered(5, Mishap::Split, |weather| weather.gather = Duration::from_millis(500));
}

#[test]
fn a_link_breaks_and_both_ends_are_told() {
    let tally = weathered(6, Mishap::Reset, |weather| weather.break_one_in = 30);
    assert!(tally.broken >= count(&tally, Mishap::Reset));
    let mut world = World::from_seed(6);
    let (hosts, group) = world.group(2, Role::Member);
    for host in &hosts {
        drop(world.take_events(*host));
    }
    assert_eq!(world.break_links(hosts[0], hosts[1]), 1);
    world.run_for(Duration::from_secs(21));
    for host in &hosts {
        // both dial again, maybe at once: then one of the two links goes
        let mut losses = losses(&mut world, *host);
        losses.retain(|closed| *closed != Closed::Duplicate);
        assert_eq!(losses, [Closed::Lost(LinkDown::Broken)]);
    }
    end_well(&mut world, &hosts, group);
}

/// How links to neighbours of the host have ended.
fn losses(world: &mut World, host: Host) -> Vec<Closed> {
    let closed = |event| match event {
        Event::NeighbourChanged { change: NeighbourChange::Disconnected(closed), .. } => {
            Some(closed)
        }
        _ => None,
    };
    world.take_events(host).into_iter().filter_map(|(_, event)| closed(event)).collect()
}

#[test]
fn of_a_link_that_is_half_open_an_end_finds_out_by_itself() {
    weathered(7, Mishap::HalfOpen, |weather| weather.half_open_one_in = 60);
    // whichever end is told, the other is not, and notices
    let mut untold = 0;
    for seed in 0..6 {
        let mut world = World::from_seed(seed);
        let (hosts, group) = world.group(2, Role::Member);
        for host in &hosts {
            drop(world.take_events(*host));
        }
        world.weather().half_open_one_in = 1;
        world.publish(hosts[0], group, "into the void");
        world.run_for(Duration::from_secs(5));
        world.weather().half_open_one_in = 0;
        world.run_for(minutes(10));
        let told = Closed::Lost(LinkDown::Broken);
        let lost = [0, 1].map(|number: usize| losses(&mut world, hosts[number]));
        assert!(lost.iter().all(|lost| !lost.is_empty()), "seed {seed}: {lost:?}");
        assert!(lost.iter().any(|lost| !lost.contains(&told)), "seed {seed}: {lost:?}");
        untold += lost.iter().filter(|lost| !lost.contains(&told)).count();
        end_well(&mut world, &hosts, group);
    }
    assert!(untold < 12, "sometimes one end is told");
}

#[test]
fn no_handshake_succeeds_through_somebody_in_the_middle() {
    weathered(8, Mishap::Relay, |weather| {
        weather.relay_one_in = 2;
        weather.break_one_in = 8;
    });
    let mut world = World::from_seed(8);
    let (hosts, group) = world.group(2, Role::Member);
    world.relay(hosts[0], hosts[1], true);
    world.break_links(hosts[0], hosts[1]);
    let (note, _) = world.publish(hosts[0], group, "for one only");
    world.run_for(minutes(10));
    for host in &hosts {
        let status = world.node(*host).status(world.seat(*host, group)).unwrap();
        assert_eq!(status.neighbours, 0);
    }
    assert_eq!(world.read(hosts[1], group, note), None);
    assert!(count(&world.tally(), Mishap::Relay) > 3);
    end_well(&mut world, &hosts, group);
}
