//! Whatever a rogue does, honest hosts keep agreeing and nothing forbidden takes effect.

use core::time::Duration;
use std::collections::BTreeSet;

use peergroup_core::simulation::forge::frames;
use peergroup_core::{Event, Fault, GroupId, PeerId, Properties, Removal, Role};
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

/// Acts of authority.
const ACTS: [Mischief; 11] = [
    Mischief::Usurp,
    Mischief::Backdate,
    Mischief::Overthrow,
    Mischief::Purge,
    Mischief::Degrade,
    Mischief::PinUnheld,
    Mischief::Decree,
    Mischief::ResignAndAct,
    Mischief::Revolve,
    Mischief::Promote,
    Mischief::FloodStatements,
];
/// Records and presence.
const RECORDS: [Mischief; 12] = [
    Mischief::Equivocate,
    Mischief::Postdate,
    Mischief::Predate,
    Mischief::Steal,
    Mischief::Destroy,
    Mischief::Impersonate,
    Mischief::FloodRecords,
    Mischief::FloodParked,
    Mischief::Replay,
    Mischief::FakePresence,
    Mischief::FloodPresence,
    Mischief::Lure,
];
/// Frames.
const FRAMES: [Mischief; 11] = [
    Mischief::LieAboutRoots,
    Mischief::ListWithoutEnd,
    Mischief::WantEverything,
    Mischief::DenyEverything,
    Mischief::Overdraw,
    Mischief::Overpay,
    Mischief::Nonsense,
    Mischief::HugeFrame,
    Mischief::HalfFrame,
    Mischief::DialBacks,
    Mischief::Dismiss,
];
/// Broadcast trees.
const TREES: [Mischief; 6] = [
    Mischief::Promise,
    Mischief::FetchEverything,
    Mischief::GraftEverything,
    Mischief::PruneEverything,
    Mischief::PushAgain,
    Mischief::WithholdTrees,
];
/// What is not said.
const SILENCES: [Mischief; 4] =
    [Mischief::WithholdItems, Mischief::WithholdLists, Mischief::WithholdPresence, Mischief::Mute];

#[test]
fn every_mischief_is_tried() {
    let tried: BTreeSet<Mischief> =
        ACTS.into_iter().chain(RECORDS).chain(FRAMES).chain(TREES).chain(SILENCES).collect();
    assert_eq!(tried, Mischief::ALL.into_iter().collect());
}

/// What honest hosts find wrong with whoever does this, if it is wrong whatever its role; none if
/// it is only in vain.
fn due(mischief: Mischief) -> Option<Fault> {
    match mischief {
        Mischief::Overthrow | Mischief::Decree => Some(Fault::InvalidStatement),
        Mischief::Impersonate | Mischief::FakePresence => Some(Fault::InvalidSignature),
        // what is listed is not paid for before it is looked into
        Mischief::ListWithoutEnd | Mischief::Overdraw | Mischief::Overpay => {
            Some(Fault::CreditExceeded)
        }
        Mischief::Nonsense => Some(Fault::Malformed),
        Mischief::HugeFrame => Some(Fault::TooLarge),
        Mischief::WithholdLists | Mischief::HalfFrame | Mischief::Mute => Some(Fault::Silent),
        _ => None,
    }
}

/// Honest hosts agree after it, hold no more than they may, and name what was wrong.
fn endure(stage: &mut Stage, mischief: Mischief) {
    stage.suffer(mischief);
    let honest = stage.world.members(stage.hosts[0], stage.group);
    let differences = stage.world.differences(&honest, stage.group);
    assert!(differences.is_empty(), "{mischief:?}: {differences:?}");
    stage.assert_bounded();
    let faults = stage.faults();
    match due(mischief) {
        Some(due) => assert!(faults.contains(&due), "{mischief:?}: {faults:?}"),
        None => assert!(faults.is_empty(), "{mischief:?}: {faults:?}"),
    }
}

/// A plain member can change nothing: who is a member, what they published, what the group is like.
fn in_vain(role: Role, kinds: &[Mischief]) {
    for mischief in kinds {
        let mut stage = Stage::new(1, role);
        let (mut members, records) = (stage.members(), stage.records());
        let properties = stage.properties();
        endure(&mut stage, *mischief);
        if *mischief == Mischief::ResignAndAct {
            let rogue = stage.world.peer(stage.rogue);
            members.retain(|(peer, _)| *peer != rogue);
        }
        assert_eq!(stage.world.members(stage.hosts[0], stage.group).len(), 4, "{mischief:?}");
        assert_eq!(stage.members(), members, "{mischief:?}");
        assert_eq!(stage.records(), records, "{mischief:?}");
        assert_eq!(stage.properties(), properties, "{mischief:?}");
    }
}

#[test]
fn a_plain_members_acts_of_authority_are_in_vain() {
    in_vain(Role::Member, &ACTS);
}

#[test]
fn a_member_changes_no_record_and_no_presence_but_its_own() {
    in_vain(Role::Member, &RECORDS);
}

#[test]
fn a_member_that_keeps_no_rule_of_the_protocol_loses_its_own_link_alone() {
    in_vain(Role::Member, &FRAMES);
}

#[test]
fn a_member_that_misuses_the_trees_moves_nothing_of_others() {
    in_vain(Role::Member, &TREES);
}

#[test]
fn what_is_new_reaches_everybody_at_once_whatever_a_member_does_to_the_trees() {
    for mischief in TREES {
        let mut stage = Stage::new(1, Role::Member);
        stage.suffer(mischief);
        for author in stage.honest() {
            stage.world.publish(author, stage.group, format!("later, of {author}"));
            stage.world.demand_agreement(&stage.honest(), stage.group, Duration::from_secs(2));
        }
    }
}

#[test]
fn a_rogue_says_what_its_node_is_still_storing_and_no_oracle_takes_that_for_the_nodes_word() {
    let mut stage = Stage::new(1, Role::Member);
    stage.world.publish(stage.rogue, stage.group, "not stored yet");
    stage.world.rogue(stage.rogue, stage.group).does(Mischief::Replay, 0);
    stage.world.demand_agreement(&stage.honest(), stage.group, minutes(1));
}

#[test]
fn a_member_that_withholds_what_it_should_say_keeps_nothing_from_anybody() {
    in_vain(Role::Member, &SILENCES);
}

#[test]
fn an_inviter_brings_in_members_and_does_nothing_else() {
    let is_its_right = |it: &Mischief| matches!(it, Mischief::FloodStatements | Mischief::Revolve);
    let others: Vec<Mischief> = ACTS.into_iter().filter(|it| !is_its_right(it)).collect();
    in_vain(Role::Inviter, &others);
    undone(Role::Inviter, &[Mischief::FloodStatements, Mischief::Revolve]);
}

/// What has an effect while one has the right to it.
const EFFECTIVE: [Mischief; 7] = [
    Mischief::Backdate,
    Mischief::Purge,
    Mischief::PinUnheld,
    Mischief::Promote,
    Mischief::FloodStatements,
    Mischief::Steal,
    Mischief::Destroy,
];

/// While it has the right it does what others in its role may do as well; once the creator has
/// removed it with everything it ever signed, all is as it was, whatever it does from then on.
fn undone(role: Role, kinds: &[Mischief]) {
    for mischief in kinds {
        let mut stage = Stage::new(2, role);
        let before = (stage.members(), stage.records(), stage.properties());
        endure(&mut stage, *mischief);
        let now = (stage.members(), stage.records(), stage.properties());
        let is_special = *mischief == Mischief::ResignAndAct;
        let has_effect = is_special || EFFECTIVE.contains(mischief);
        assert_eq!(now != before, has_effect, "{mischief:?}");
        for senior in &stage.hosts[..2] {
            let expected = (stage.world.peer(*senior), Role::Admin);
            assert!(now.0.contains(&expected), "{mischief:?}: {senior}");
        }
        expel(&mut stage, *mischief);
        stage.world.rogue(stage.rogue, stage.group).does(*mischief, 7);
        stage.world.run_for(minutes(2));
        let honest = stage.honest();
        let differences = stage.world.differences(&honest, stage.group);
        assert!(differences.is_empty(), "{mischief:?}: {differences:?}");
        let (mut members, rogue) = (before.0, stage.world.peer(stage.rogue));
        members.retain(|(peer, _)| *peer != rogue);
        assert_eq!(stage.members(), members, "{mischief:?}");
        assert_eq!((stage.records(), stage.properties()), (before.1, before.2), "{mischief:?}");
    }
}

/// The creator removes the rogue and all it ever signed; whoever had been cut off returns.
fn expel(stage: &mut Stage, mischief: Mischief) {
    let creator = stage.hosts[0];
    let (rogue, seat) = (stage.world.peer(stage.rogue), stage.world.seat(creator, stage.group));
    let removal =
        stage.world.act(creator, |node, now| node.remove(now, seat, rogue, Removal::Cascade));
    // one that resigned is gone already
    assert_eq!(removal.is_ok(), mischief != Mischief::ResignAndAct, "{mischief:?}");
    stage.world.run_for(minutes(1));
    for host in stage.honest() {
        let seat = stage.world.seat(host, stage.group);
        if stage.world.node(host).role(seat).unwrap().is_none() {
            // it knows that it was removed, and not that the removal is void: it joins again
            stage.world.act(host, |node, now| node.close(now, seat)).unwrap();
            stage.world.act(host, |node, now| node.delete_group(now, seat)).unwrap();
            let invitation = stage.world.invite(creator, stage.group, host, Role::Member);
            stage.world.join(host, &invitation);
        }
    }
    stage.world.run_for(minutes(2));
}

#[test]
fn an_admins_acts_reach_no_senior_and_no_equal_and_are_undone_with_its_removal() {
    undone(Role::Admin, &ACTS);
}

#[test]
fn what_an_admin_does_to_records_is_undone_with_its_removal() {
    undone(Role::Admin, &RECORDS);
}

#[test]
fn an_admin_is_bound_by_the_protocol_like_a_member() {
    undone(Role::Admin, &FRAMES);
    undone(Role::Admin, &SILENCES);
}

/// A member says such frames for a minute. What others publish meanwhile reaches everybody honest
/// within seconds, nobody is blamed who is honest, and nothing grows beyond its bound.
fn chatters(frame: impl Fn(u64) -> Vec<u8>) -> BTreeSet<Fault> {
    let mut stage = Stage::new(4, Role::Member);
    let honest = stage.honest();
    for round in 0..30 {
        for part in 0..4 {
            stage.world.rogue(stage.rogue, stage.group).say(&frame(4 * round + part));
        }
        stage.world.run_for(Duration::from_secs(1));
        let publisher = honest[usize::try_from(round).unwrap() % honest.len()];
        stage.world.publish(publisher, stage.group, format!("note {round}"));
        stage.world.demand_agreement(&honest, stage.group, Duration::from_secs(5));
        stage.assert_bounded();
    }
    stage.faults()
}

/// Ids of versions that nobody has.
fn nothing(round: u64) -> Vec<[u8; 32]> {
    let id = |number: u64| {
        let mut id = [7; 32];
        id[..8].copy_from_slice(&round.to_be_bytes());
        id[8..16].copy_from_slice(&number.to_be_bytes());
        id
    };
    (0..200).map(id).collect()
}

#[test]
fn r11_a_member_that_announces_what_it_never_sends_delays_nobody() {
    assert_eq!(chatters(|round| frames::have(round % 100, 0, &nothing(round))), BTreeSet::new());
}

#[test]
fn n05_a_member_that_grafts_and_prunes_without_end_delays_nobody() {
    let graft = |round: u64| (0..100).flat_map(|tree| frames::graft(100 * round + tree)).collect();
    assert_eq!(chatters(graft), BTreeSet::new());
    let prune = |round: u64| (0..100).flat_map(|tree| frames::prune(100 * round + tree)).collect();
    assert_eq!(chatters(prune), BTreeSet::new());
}

#[test]
fn r09_a_member_that_fetches_what_nobody_has_is_sent_nothing() {
    assert_eq!(chatters(|round| frames::fetch(&nothing(round))), BTreeSet::new());
}

#[test]
fn n05_a_member_that_is_near_every_root_and_passes_nothing_on_keeps_nothing_back() {
    let mut stage = Stage::new(5, Role::Member);
    let honest = stage.honest();
    stage.world.rogue(stage.rogue, stage.group).withhold(&["push", "items", "have"]);
    for round in 0..20 {
        let (rogue, group) = (stage.rogue, stage.group);
        for peer in honest.iter().map(|host| stage.world.peer(*host)).collect::<Vec<_>>() {
            let first = peer.as_bytes().first_chunk().copied().unwrap();
            let tree = u64::from_le_bytes(first);
            stage.world.rogue(rogue, group).say(&frames::graft(tree));
        }
        let publisher = honest[round % honest.len()];
        stage.world.publish(publisher, group, format!("note {round}"));
        stage.world.demand_agreement(&honest, group, Duration::from_secs(5));
    }
    assert_eq!(stage.faults(), BTreeSet::new());
}
