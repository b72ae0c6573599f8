//! What goes wrong with clocks, and crashes.

use super::*;

#[test]
fn a_calendar_that_jumps_back_by_days_is_set_right_and_all_agree() {
    let mut world = World::from_seed(1);
    let (hosts, group) = world.group(3, Role::Member);
    let before = world.now(hosts[1]);
    world.jump(hosts[1], -2 * 24 * 3_600_000);
    assert!(world.now(hosts[1]).wall < before.wall);
    assert_eq!(world.now(hosts[1]).mono, before.mono);
    assert_eq!(count(&world.tally(), Mishap::ClockJump), 1);
    // by its calendar nobody is a member yet: it notices with whatever happens next
    world.run_for(minutes(1));
    assert_eq!(world.node(hosts[1]).role(world.seat(hosts[1], group)).unwrap(), None);
    work(&mut world, &hosts, group, 6);
    end_well(&mut world, &hosts, group);
}

#[test]
fn what_is_stamped_hours_ahead_is_seen_by_others_once_it_is_not() {
    let mut world = World::from_seed(2);
    let (hosts, group) = world.group(2, Role::Member);
    world.jump(hosts[1], 2 * 3_600_000);
    let (note, _) = world.publish(hosts[1], group, "from tomorrow");
    world.run_for(minutes(5));
    assert!(world.read(hosts[1], group, note).is_some());
    assert_eq!(world.read(hosts[0], group, note), None, "beyond what a stamp may be ahead");
    world.calm();
    world.demand_agreement(&hosts, group, Duration::from_secs(2 * 3600));
    assert!(world.read(hosts[0], group, note).is_some());
}

#[test]
fn a_clock_that_runs_fast_or_slow_gains_or_loses_and_nobody_spins() {
    for ppm in [10_000_i64, -10_000] {
        let mut world = World::from_seed(3);
        let (hosts, group) = world.group(3, Role::Member);
        world.drift(hosts[1], ppm);
        assert_eq!(count(&world.tally(), Mishap::ClockDrift), 1);
        let apart = |world: &World| {
            let [right, wrong] = [hosts[0], hosts[1]].map(|host| world.now(host));
            i128::from(wrong.mono.as_micros()) - i128::from(right.mono.as_micros())
        };
        work(&mut world, &hosts, group, 20);
        // one in a hundred of 200 seconds
        assert_eq!(apart(&world), i128::from(ppm) * 200);
        let [right, wrong] = [hosts[0], hosts[1]].map(|host| world.now(host).wall.as_millis());
        assert_eq!(right.abs_diff(wrong), 2000);
        end_well(&mut world, &hosts, group);
        assert_eq!(world.now(hosts[0]).wall, world.now(hosts[1]).wall);
    }
}

#[test]
fn a_calendar_that_is_wrong_by_minutes_is_counted() {
    let mut world = World::from_seed(4);
    let (hosts, group) = world.group(3, Role::Member);
    world.skew(hosts[2], 240_000);
    assert_eq!(count(&world.tally(), Mishap::ClockSkew), 1);
    work(&mut world, &hosts, group, 6);
    end_well(&mut world, &hosts, group);
}

#[test]
fn every_host_crashes_and_comes_back_the_creators_too() {
    let mut world = World::from_seed(5);
    let (hosts, group) = world.group(3, Role::Member);
    for host in &hosts {
        work(&mut world, &hosts, group, 2);
        world.crash(*host);
    }
    assert_eq!(count(&world.tally(), Mishap::Crash), 3);
    end_well(&mut world, &hosts, group);
    assert!(hosts.iter().all(|host| world.has_sound_disk(*host)));
}
