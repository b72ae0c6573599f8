//! Groups come into being.

use core::time::Duration;

use peergroup_core::limits::CHAIN_POLICY;
use peergroup_core::{Event, Invitation, InviteError, Role};
use peergroup_mem::{Host, Op, Rng};

use super::common::{MINUTE, assert_role, bring_in, count, grant, minutes, world};

#[test]
fn s01_two_hosts_found_and_join_and_hold_the_same() {
    let mut world = world(1);
    let (hosts, group) = world.group(2, Role::Member);
    for host in hosts {
        let seat = world.seat(host, group);
        let status = world.node(host).status(seat).unwrap();
        assert!(status.online && status.ready && status.neighbours == 1, "{host}: {status:?}");
        assert_eq!(world.node(host).members(seat).unwrap().count(), 2);
    }
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn s02_sixteen_hosts_that_look_for_two_neighbours_each_hold_what_each_published() {
    let mut world = world(2);
    world.config().neighbours = 2;
    let (hosts, group) = world.group(16, Role::Member);
    let notes: Vec<_> =
        hosts.iter().map(|host| world.publish(*host, group, format!("of {host}")).0).collect();
    world.demand_agreement(&hosts, group, minutes(10));
    for host in &hosts {
        let neighbours = world.node(*host).status(world.seat(*host, group)).unwrap().neighbours;
        assert!(neighbours < 15, "{host}: far from a full mesh");
        assert!(notes.iter().all(|note| world.read(*host, group, *note).is_some()), "{host}");
    }
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn what_one_publishes_is_with_everybody_within_seconds() {
    let mut world = world(2);
    let (hosts, group) = world.group(12, Role::Member);
    world.run_for(minutes(5));
    for publisher in &hosts {
        let (note, _) = world.publish(*publisher, group, format!("of {publisher}"));
        world.run_for(Duration::from_secs(3));
        for host in &hosts {
            assert!(world.read(*host, group, note).is_some(), "{host}: of {publisher}");
        }
    }
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn a_newcomer_has_everything_once_when_it_is_ready_though_several_bring_it() {
    const RECORDS: usize = 2400;
    const PAYLOAD: usize = 300;
    let mut world = world(13);
    let (hosts, group) = world.group(5, Role::Member);
    for number in 0..RECORDS {
        world.publish(hosts[number % 5], group, vec![7; PAYLOAD]);
        if number % 100 == 0 {
            world.run_for(Duration::from_secs(1));
        }
    }
    world.demand_agreement(&hosts, group, minutes(10));
    world.weather().bandwidth = 200_000;
    let before = world.tally().bytes;
    let newcomer = bring_in(&mut world, hosts[0], group, Role::Member);
    let bytes = world.tally().bytes - before;
    assert_eq!(count(&world, newcomer, group), RECORDS);
    // a record is some 570 bytes with its header and signature
    let once = u64::try_from(RECORDS * (PAYLOAD + 270)).unwrap();
    assert!(bytes < once * 5 / 4, "{bytes} bytes for {once}");
}

#[test]
fn a_newcomer_is_told_how_far_it_has_come_and_reads_what_is_there() {
    let mut world = world(12);
    let (hosts, group) = world.group(3, Role::Member);
    for number in 0..400 {
        world.publish(hosts[number % 3], group, vec![7; 3000]);
    }
    world.demand_agreement(&hosts, group, minutes(10));
    world.weather().bandwidth = 64 * 1024;
    let guest = world.add("newcomer");
    let invitation = world.invite(hosts[0], group, guest, Role::Member);
    let seat = world.join(guest, &invitation);
    let (mut told, mut read) = (Vec::new(), Vec::new());
    while !world.node(guest).status(seat).unwrap().ready {
        world.run_for(Duration::from_millis(100));
        for (_, event) in world.take_events(guest) {
            if let Event::Synchronising { here, of } = event {
                told.push((here, of));
                read.push(world.node(guest).records(seat, None).unwrap().count());
            }
        }
        assert!(world.elapsed() < minutes(60));
    }
    assert!(told.len() > 20, "{told:?}");
    assert!(told.is_sorted() && told.iter().all(|(here, of)| here <= of && *of == 400), "{told:?}");
    assert!(read.iter().any(|count| (1..400).contains(count)), "{read:?}");
}

#[test]
fn a_newcomer_has_neighbours_enough_within_seconds() {
    let mut world = world(13);
    let (hosts, group) = world.group(9, Role::Member);
    let guest = world.add("newcomer");
    let invitation = world.invite(hosts[0], group, guest, Role::Member);
    let seat = world.join(guest, &invitation);
    world.run_for(Duration::from_secs(5));
    let neighbours = world.node(guest).status(seat).unwrap().neighbours;
    assert!(neighbours >= 4, "{neighbours}");
}

#[test]
fn s03_of_sixty_four_hosts_that_come_and_go_those_that_stay_agree() {
    let mut world = world(3);
    let (hosts, group) = world.group(64, Role::Member);
    let mut rng = Rng::new(3);
    for round in 0..40_u64 {
        let host = hosts[rng.size(&(1..=63))];
        let op = match round % 5 {
            0 => Op::Crash { host },
            1 => Op::Restart { host },
            2 => Op::Leave { host },
            3 => Op::Join { host, pick: round },
            _ => Op::Publish { host, size: 100 },
        };
        world.perform(group, &op);
        world.run_for(Duration::from_secs(2));
    }
    world.calm();
    world.run_for(minutes(2));
    let members = world.members(hosts[0], group);
    assert!(members.len() >= 56, "{}", members.len());
    assert!(world.tally().crashes >= 7);
    world.demand_agreement(&members, group, minutes(30));
    assert_eq!(world.tally().faults, 0);
}

#[test]
fn s04_a_chain_grows_to_the_policy_and_by_one_member_and_no_further() {
    let mut world = world(4);
    let first = world.add("creator");
    let group = world.create_group(first, "a chain");
    let mut chain = vec![first];
    for _ in 0..CHAIN_POLICY {
        let last = chain[chain.len() - 1];
        chain.push(bring_in(&mut world, last, group, Role::Inviter));
    }
    let last = chain[chain.len() - 1];
    let newcomer = world.add("one too many");
    let refused = grant(&mut world, last, group, newcomer, Role::Inviter);
    assert_eq!(refused, Err(InviteError::ChainTooLong));
    chain.push(bring_in(&mut world, last, group, Role::Member));
    world.demand_agreement(&chain, group, minutes(10));
    assert_role(&world, &chain, group, chain[CHAIN_POLICY + 1], Some(Role::Member));
    assert_role(&world, &chain, group, newcomer, None);
}

#[test]
fn members_see_each_other_online_soon_after_one_joins() {
    // an announcement may arrive before the grant that makes its peer a member
    for seed in 0..10 {
        let mut world = world(seed);
        let (hosts, group) = world.group(5, Role::Member);
        for host in &hosts {
            let seat = world.seat(*host, group);
            let mut members = world.node(*host).members(seat).unwrap();
            assert!(members.all(|member| member.is_online()), "seed {seed}, {host}");
        }
    }
}

#[test]
fn members_of_two_branches_of_invitations_read_each_other() {
    // two branches of the tree of invitations: none of the newest was invited by the creator
    let mut world = world(5);
    let (hosts, group) = world.group(2, Role::Inviter);
    let mut branches: [Host; 2] = [hosts[0], hosts[1]];
    let mut all = hosts.clone();
    for _ in 0..3 {
        for branch in &mut branches {
            *branch = bring_in(&mut world, *branch, group, Role::Inviter);
            all.push(*branch);
        }
    }
    world.demand_agreement(&all, group, minutes(10));
    let (note, _) = world.publish(branches[0], group, "from one branch");
    world.run_for(MINUTE);
    assert!(world.read(branches[1], group, note).is_some());
}

#[test]
fn an_invitation_can_be_handed_over_as_xml() {
    let mut world = world(6);
    let (first, second) = (world.add("first"), world.add("second"));
    let group = world.create_group(first, "a group");
    let invitation = world.invite(first, group, second, Role::Admin);
    let xml = invitation.to_xml();
    world.join(second, &Invitation::from_xml(&xml).unwrap());
    world.demand_agreement(&[first, second], group, MINUTE);
    let role = world.node(second).role(world.seat(second, group)).unwrap();
    assert_eq!(role, Some(Role::Admin));
}
