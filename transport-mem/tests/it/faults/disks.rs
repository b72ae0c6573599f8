//! What goes wrong with disks.

use peergroup_mem::Rng;

use super::*;

#[test]
fn a_batch_that_is_torn_takes_nothing_of_other_groups_with_it() {
    let mut torn = 0;
    for seed in 0..12 {
        let mut world = World::from_seed(seed);
        let (hosts, group) = world.group(3, Role::Member);
        let (kept, _) = world.publish(hosts[1], group, "kept");
        world.run_for(MINUTE);
        world.tear_next_batch(hosts[1]);
        // a group that is joined writes several rows at once
        let other = world.create_group(hosts[0], "another");
        let invitation = world.invite(hosts[0], other, hosts[1], Role::Member);
        world.join(hosts[1], &invitation);
        world.run_for(Duration::from_secs(5));
        assert!(!world.is_running(hosts[1]), "it crashed as it wrote");
        torn += count(&world.tally(), Mishap::TornWrite);
        world.restart(hosts[1]);
        world.run_for(MINUTE);
        assert!(!world.has_sound_disk(hosts[1]), "a store applies a batch whole or not at all");
        assert!(world.read(hosts[1], group, kept).is_some(), "seed {seed}");
        end_well(&mut world, &hosts, group);
    }
    assert_eq!(torn, 12);
}

#[test]
fn a_disk_that_lied_loses_what_was_acknowledged_and_the_host_learns_it_again() {
    let mut lost = 0;
    for seed in 0..6 {
        let mut world = World::from_seed(seed);
        let (hosts, group) = world.group(3, Role::Member);
        world.weather().lost_fsync_one_in = 3;
        work(&mut world, &hosts, group, 3);
        let (note, ticket) = world.publish(hosts[1], group, "told to be durable");
        world.run_for(MINUTE);
        assert!(world.is_durable(hosts[1], ticket));
        assert!(world.has_sound_disk(hosts[1]));
        world.crash(hosts[1]);
        lost += count(&world.tally(), Mishap::LostFsync);
        assert_eq!(world.has_sound_disk(hosts[1]), count(&world.tally(), Mishap::LostFsync) == 0);
        end_well(&mut world, &hosts, group);
        assert!(world.read(hosts[1], group, note).is_some(), "others had it");
    }
    assert!(lost > 0);
}

#[test]
fn a_rotten_bit_is_refused_or_harmless_and_the_others_agree() {
    let (mut refused, mut opened) = (0, 0);
    for seed in 0..20 {
        let mut world = World::from_seed(seed);
        let (hosts, group) = world.group(3, Role::Member);
        work(&mut world, &hosts, group, 1);
        world.crash(hosts[1]);
        assert!(world.rot(hosts[1], Rng::new(seed).number()));
        assert_eq!(count(&world.tally(), Mishap::BitRot), 1);
        assert!(!world.has_sound_disk(hosts[1]));
        world.restart(hosts[1]);
        world.run_for(MINUTE);
        let said = world.take_notices(hosts[1]).into_iter().any(|notice| match notice {
            Notice::Started(outcome) => outcome.is_err(),
            Notice::Opened { outcome, .. } => outcome.is_err(),
            _ => false,
        });
        assert_eq!(said, world.tally().refused_stores > 0, "what is refused is said");
        refused += u64::from(said);
        opened += u64::from(!said);
        world.calm();
        world.run_for(minutes(5));
        let members = world.members(hosts[0], group);
        assert!(said || members.len() == 3, "seed {seed}: a host is gone that said nothing");
        end_well(&mut world, &members, group);
    }
    assert!(refused > 0 && opened > 0, "{refused} refused, {opened} opened");
}

#[test]
fn a_host_on_an_old_copy_of_its_disk_learns_what_it_missed() {
    let mut world = World::from_seed(4);
    let (hosts, group) = world.group(3, Role::Member);
    assert!(!world.restore(hosts[1]), "there is no copy yet");
    world.back_up(hosts[1]);
    let (note, _) = world.publish(hosts[1], group, "since the copy");
    work(&mut world, &hosts, group, 3);
    world.partition(&[&hosts[1..2]]);
    assert!(world.restore(hosts[1]));
    world.run_for(MINUTE);
    assert_eq!(count(&world.tally(), Mishap::OldBackup), 1);
    assert!(!world.has_sound_disk(hosts[1]));
    assert_eq!(world.read(hosts[1], group, note), None);
    end_well(&mut world, &hosts, group);
    assert!(world.read(hosts[1], group, note).is_some());
}

#[test]
fn a_full_disk_closes_the_group_and_a_mended_one_opens_it_again() {
    for (fill, failure) in [
        (World::fill_disk as fn(&mut World, Host), StoreFailure::Full),
        (World::fail_disk, StoreFailure::Failed),
    ] {
        let mut world = World::from_seed(5);
        let (hosts, group) = world.group(3, Role::Member);
        let (kept, _) = world.publish(hosts[2], group, "kept");
        world.run_for(MINUTE);
        fill(&mut world, hosts[2]);
        let (lost, _) = world.publish(hosts[2], group, "lost");
        world.run_for(MINUTE);
        let events = world.take_events(hosts[2]);
        assert!(events.iter().any(|(_, event)| *event == Event::StoreFailed(failure)));
        assert!(count(&world.tally(), Mishap::DiskFailure) > 0);
        assert_eq!(world.read(hosts[0], group, lost), None, "never shown before it was durable");
        end_well(&mut world, &hosts, group);
        assert!(world.read(hosts[2], group, kept).is_some());
        assert!(world.has_sound_disk(hosts[2]));
    }
}

#[test]
fn a_host_whose_disk_cannot_be_read_starts_once_it_is_mended() {
    let mut world = World::from_seed(6);
    let (hosts, group) = world.group(3, Role::Member);
    world.crash(hosts[1]);
    world.fail_disk(hosts[1]);
    world.restart(hosts[1]);
    world.run_for(MINUTE);
    let notices = world.take_notices(hosts[1]);
    assert!(notices.contains(&Notice::Started(Err(StoreFailure::Failed))), "{notices:?}");
    end_well(&mut world, &hosts, group);
}
