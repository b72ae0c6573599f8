//! Whatever a rogue does, honest hosts keep agreeing and nothing forbidden takes effect.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, reason = "a test")]

use core::time::Duration;
use std::collections::BTreeSet;

use peergroup_core::{Event, Fault, GroupId, PeerId, Properties, Role};
use peergroup_mem::{Host, Mischief, World};

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// A group whose last host will be the rogue: an honest creator, an Admin, two members.
struct Stage {
    world: World,
    hosts: Vec<Host>,
    group: GroupId,
    rogue: Host,
}

impl Stage {
    fn new(seed: u64, role: Role) -> Self {
        let mut world = World::from_seed(seed);
        world.config().mock_identities = true;
        let hosts: Vec<_> = (0..5).map(|number| world.add(&format!("peer {number}"))).collect();
        let group = world.create_group(hosts[0], "the group");
        let roles = [Role::Admin, Role::Member, Role::Member, role];
        for (host, role) in hosts[1..].iter().zip(roles) {
            let invitation = world.invite(hosts[0], group, *host, role);
            world.join(*host, &invitation);
        }
        world.demand_agreement(&hosts, group, minutes(5));
        for host in &hosts {
            world.publish(*host, group, format!("of {host}"));
        }
        world.demand_agreement(&hosts, group, minutes(5));
        world.run_for(minutes(1));
        for host in &hosts {
            world.take_events(*host);
        }
        let rogue = hosts[4];
        Self { world, hosts, group, rogue }
    }

    fn honest(&self) -> Vec<Host> {
        self.hosts[..4].to_vec()
    }

    /// What honest hosts say that the rogue did wrong. They say it of nobody else.
    fn faults(&mut self) -> BTreeSet<Fault> {
        let rogue = self.world.peer(self.rogue);
        let mut faults = BTreeSet::new();
        for host in self.honest() {
            for (_, event) in self.world.take_events(host) {
                if let Event::PeerFaulted { peer, fault, .. } = event {
                    assert_eq!(peer, Some(rogue), "{host} blames another: {fault}");
                    faults.insert(fault);
                }
            }
        }
        assert_eq!(self.world.tally().faults, 0);
        faults
    }

    fn members(&self) -> Vec<(PeerId, Role)> {
        let (host, seat) = (self.hosts[0], self.world.seat(self.hosts[0], self.group));
        let members = self.world.node(host).members(seat).unwrap();
        members.map(|member| (member.peer, member.role)).collect()
    }

    /// The records of honest members, as the creator sees them.
    fn records(&self) -> Vec<(PeerId, Vec<u8>)> {
        let (host, seat) = (self.hosts[0], self.world.seat(self.hosts[0], self.group));
        let records = self.world.node(host).records(seat, None).unwrap();
        let rogue = self.world.peer(self.rogue);
        let mut records: Vec<_> = records
            .filter(|record| record.creator != rogue)
            .map(|record| (record.creator, record.payload.to_vec()))
            .collect();
        records.sort();
        records
    }

    fn properties(&self) -> Properties {
        let seat = self.world.seat(self.hosts[0], self.group);
        self.world.node(self.hosts[0]).properties(seat).unwrap()
    }

    /// Does a mischief three times, and lets time pass.
    fn suffer(&mut self, mischief: Mischief) {
        for pick in 0..3 {
            let is_running = self.world.is_running(self.rogue);
            let done = is_running && self.world.rogue(self.rogue, self.group).does(mischief, pick);
            assert!(done || pick > 0, "{mischief:?} was not done at all");
            self.world.run_for(Duration::from_secs(40));
        }
        self.world.run_for(minutes(4));
    }

    fn assert_bounded(&self) {
        for host in self.honest() {
            let usage = self.world.node(host).usage();
            let exceeded: Vec<_> = usage.exceeded().collect();
            assert!(exceeded.is_empty(), "{host}: {exceeded:?}");
        }
    }
}

/// What honest hosts find wrong with a member that does this.
fn due(mischief: Mischief) -> Option<Fault> {
    match mischief {
        Mischief::Overthrow | Mischief::Decree => Some(Fault::InvalidStatement),
        Mischief::Impersonate | Mischief::FakePresence => Some(Fault::InvalidSignature),
        Mischief::Overdraw | Mischief::Overpay => Some(Fault::CreditExceeded),
        Mischief::Nonsense => Some(Fault::Malformed),
        Mischief::HugeFrame => Some(Fault::TooLarge),
        Mischief::ListWithoutEnd | Mischief::Mute => Some(Fault::Silent),
        _ => None,
    }
}

#[test]
fn whatever_a_plain_member_does_changes_nothing_for_others_and_is_told_by_name() {
    for mischief in Mischief::ALL {
        let mut stage = Stage::new(1, Role::Member);
        let before = (stage.members(), stage.records(), stage.properties());
        stage.suffer(mischief);
        let honest = stage.honest();
        let differences = stage.world.differences(&honest, stage.group);
        assert!(differences.is_empty(), "{mischief:?}: {differences:?}");
        let after = (stage.members(), stage.records(), stage.properties());
        if mischief == Mischief::ResignAndAct {
            let left = before.0.len() - 1;
            assert_eq!(after.0.len(), left, "it is gone, and nobody came");
        } else {
            assert_eq!(after.0, before.0, "{mischief:?}");
        }
        assert_eq!((&after.1, &after.2), (&before.1, &before.2), "{mischief:?}");
        stage.assert_bounded();
        let faults = stage.faults();
        eprintln!("{mischief:?}: {faults:?}");
        if let Some(due) = due(mischief) {
            assert!(faults.contains(&due), "{mischief:?}: {faults:?}");
        }
    }
}
