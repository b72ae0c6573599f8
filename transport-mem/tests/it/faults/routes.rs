//! What goes wrong with who reaches whom.

use super::*;

#[test]
fn a_blocked_direction_holds_bytes_back_until_it_is_free() {
    let mut world = World::from_seed(1);
    let (hosts, group) = world.group(2, Role::Member);
    world.weather().give_up = minutes(30)..=minutes(30);
    world.block(hosts[0], hosts[1]);
    let (note, _) = world.publish(hosts[0], group, "held up");
    let (other, _) = world.publish(hosts[1], group, "passes");
    world.run_for(Duration::from_secs(20));
    assert_eq!(world.read(hosts[1], group, note), None);
    assert!(world.read(hosts[0], group, other).is_some(), "the other way is free");
    assert!(count(&world.tally(), Mishap::OneWay) > 0);
    let broken = world.tally().broken;
    world.unblock(hosts[0], hosts[1]);
    world.run_for(Duration::from_secs(2));
    assert!(world.read(hosts[1], group, note).is_some(), "it was on its way all the time");
    assert_eq!(world.tally().broken, broken);
    end_well(&mut world, &hosts, group);
}

#[test]
fn a_transport_gives_up_what_does_not_arrive_and_nobody_can_dial() {
    let mut world = World::from_seed(2);
    let (hosts, group) = world.group(2, Role::Member);
    world.weather().give_up = MINUTE..=MINUTE;
    world.block(hosts[0], hosts[1]);
    world.run_for(minutes(15));
    for host in &hosts {
        let status = world.node(*host).status(world.seat(*host, group)).unwrap();
        assert_eq!(status.neighbours, 0, "{host}");
    }
    assert!(world.tally().failed_dials > 3);
    end_well(&mut world, &hosts, group);
}

#[test]
fn the_network_parts_with_a_crash_or_in_silence() {
    for is_silent in [false, true] {
        let mut world = World::from_seed(3);
        let (hosts, group) = world.group(4, Role::Member);
        let broken = world.tally().broken;
        let sets = [&hosts[..2], &hosts[2..]];
        if is_silent {
            world.partition_silently(&sets);
        } else {
            world.partition(&sets);
        }
        assert_eq!(world.tally().broken > broken, !is_silent, "links break at once or not at all");
        let (note, _) = world.publish(hosts[0], group, "on one side");
        world.run_for(minutes(5));
        assert!(world.read(hosts[1], group, note).is_some());
        assert_eq!(world.read(hosts[3], group, note), None);
        assert!(count(&world.tally(), Mishap::Partition) > 0);
        end_well(&mut world, &hosts, group);
    }
}

#[test]
fn a_network_that_flaps_parts_and_joins_until_it_is_healed() {
    let mut world = World::from_seed(4);
    let (hosts, group) = world.group(4, Role::Member);
    let broken = world.tally().broken;
    world.flap(&[&hosts[..2], &hosts[2..]], Duration::from_secs(45));
    work(&mut world, &hosts, group, 30);
    assert!(count(&world.tally(), Mishap::Flap) > 2);
    assert!(world.tally().broken > broken + 4, "it parted more than once");
    end_well(&mut world, &hosts, group);
    let broken = world.tally().broken;
    world.run_for(minutes(5));
    assert_eq!(world.tally().broken, broken, "it parts no more");
}
