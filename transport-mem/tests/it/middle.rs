//! Somebody in the middle does everything it can to every flight of a handshake.
//!
//! Each test is a table of scripts. After each script: no link is up unless nothing was done to
//! its handshake; whoever was handed anything but the flight it awaits says nothing more; both
//! ends have given up when their deadline has passed, and keep nothing.

use core::time::Duration;
use std::collections::BTreeMap;

use peergroup_core::limits::HANDSHAKE_TIMEOUT;
use peergroup_core::{ConnectionInfo, Event, GroupId, NeighbourChange, PeerId, Role};
use peergroup_mem::{Flight, Host, Middle, Overheard, Ploy, Stand, World};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A member, who dials, and the creator, who accepts; the one in the middle between them.
struct Stage {
    world: World,
    creator: Host,
    member: Host,
    group: GroupId,
    /// How many scripts have been played.
    played: usize,
}

/// What a script has brought about.
struct Outcome {
    /// Whether the two are linked, and each says so.
    is_up: bool,
    overheard: Vec<Overheard>,
}

impl Stage {
    fn new(seed: u64) -> Self {
        let mut world = World::from_seed(seed);
        world.config().mock_identities = true;
        let (creator, member) = (world.add("creator"), world.add("member"));
        let group = world.create_group(creator, "the group");
        let mut stage = Self { world, creator, member, group, played: 0 };
        stage.bring_in(member, group);
        stage
    }

    /// A member that tells nobody where it is: so it is the one that dials.
    fn bring_in(&mut self, host: Host, group: GroupId) {
        self.world.act(host, |node, now| node.listening_at(now, &[]));
        let invitation = self.world.invite(self.creator, group, host, Role::Member);
        self.world.join(host, &invitation);
        let hosts = [self.creator, host];
        self.world.demand_agreement(&hosts, group, seconds(60));
    }

    fn hosts(&self) -> [Host; 2] {
        [self.creator, self.member]
    }

    fn close(&mut self, host: Host, group: GroupId) {
        let seat = self.world.seat(host, group);
        self.world.act(host, |node, now| node.close(now, seat)).unwrap();
        self.world.run_for(seconds(1));
    }

    /// A member that has closed its group opens it again, and its application dials the creator.
    fn dial(&mut self, host: Host, group: GroupId) {
        let seat = self.world.seat(host, group);
        self.world.act(host, |node, now| node.open(now, seat)).unwrap();
    }

    /// The links to another host that a host says are up.
    fn up(&self, host: Host, other: Host) -> Vec<ConnectionInfo> {
        let (seat, other) = (self.world.seat(host, self.group), self.world.peer(other));
        let links = self.world.node(host).connections(seat).unwrap_or_default();
        links.into_iter().filter(|info| info.is_up && info.peer == other).collect()
    }

    /// Plays a script on a handshake of the two from its beginning to past its deadline.
    fn play(&mut self, middle: &Middle) -> Outcome {
        self.played += 1;
        let (member, group) = (self.member, self.group);
        self.close(member, group);
        self.world.take_overheard();
        self.world.put_between(self.creator, member, Some(middle.clone()));
        for host in self.hosts() {
            self.world.take_events(host);
        }
        self.dial(member, group);
        self.world.run_for(HANDSHAKE_TIMEOUT + seconds(2));
        let [creator, member] = self.hosts();
        let is_mutual =
            |stage: &Self| stage.up(creator, member).len() == stage.up(member, creator).len();
        // whoever has hung up, or is to hang up, is soon heard by the other; whoever dialled again
        // meanwhile and awaits what does not come gives up at its deadline
        let steps = (HANDSHAKE_TIMEOUT + seconds(1)).as_millis() / 50;
        let mut waited = 0;
        while !is_mutual(self) {
            waited += 1;
            assert!(waited < steps, "{middle:?}: one has a link that the other has not");
            self.world.run_for(Duration::from_millis(50));
        }
        self.assert_right_peers(middle);
        Outcome {
            is_up: !self.up(member, creator).is_empty(),
            overheard: self.world.take_overheard(),
        }
    }

    /// Whoever was ever linked was linked to the very peer at the other end.
    fn assert_right_peers(&mut self, middle: &Middle) {
        for (host, other) in [(self.creator, self.member), (self.member, self.creator)] {
            let other = self.world.peer(other);
            let met: Vec<PeerId> = connected(self.world.take_events(host));
            assert!(met.iter().all(|peer| *peer == other), "{middle:?}: {host} met {met:?}");
        }
    }

    /// The two hang up, and nothing of any handshake is left on either side.
    fn assert_nothing_left(&mut self) {
        self.close(self.member, self.group);
        self.world.run_for(HANDSHAKE_TIMEOUT + seconds(2));
        for host in self.hosts() {
            let usage = self.world.node(host).usage();
            assert_eq!(usage.exceeded().count(), 0);
            for gauge in ["links", "half-open links", "bytes received"] {
                assert_eq!(usage.get(gauge).unwrap().now, 0, "{host}: {gauge}");
            }
        }
        self.dial(self.member, self.group);
    }

    /// Nobody is in the middle any more: the two find each other, and nobody is blamed.
    fn assert_recovers(mut self) -> usize {
        self.assert_nothing_left();
        self.world.put_between(self.creator, self.member, None);
        let hosts = self.hosts();
        self.world.publish(self.creator, self.group, "after all that");
        self.world.demand_agreement(&hosts, self.group, seconds(300));
        assert_eq!(self.world.tally().faults, 0);
        self.played
    }

    /// The frames of an honest handshake of the two.
    fn record(&mut self) -> Vec<Overheard> {
        let outcome = self.play(&Middle::new(Stand::Within));
        assert!(outcome.is_up);
        let handshake =
            |it: &Overheard| it.flight.is_some_and(|it| Flight::HANDSHAKE.contains(&it));
        let frames: Vec<_> = outcome.overheard.into_iter().filter(handshake).collect();
        assert_eq!(frames.len(), 4, "one handshake");
        frames
    }
}

fn connected<S>(events: Vec<(S, Event)>) -> Vec<PeerId> {
    let met = |event| match event {
        Event::NeighbourChanged { change: NeighbourChange::Connected, peer, .. } => Some(peer),
        _ => None,
    };
    events.into_iter().filter_map(|(_, event)| met(event)).collect()
}

/// How many frames each end of each passage has said, whoever dialled first.
fn said(overheard: &[Overheard]) -> BTreeMap<usize, [usize; 2]> {
    let mut said = BTreeMap::<usize, [usize; 2]>::new();
    for frame in overheard {
        said.entry(frame.passage).or_default()[usize::from(!frame.is_dialled)] += 1;
    }
    said
}

/// What each end may have said at most when somebody kept this flight from it: whoever awaits it
/// says nothing more, so that its next flight, and who it is, stays with it.
fn most_said(flight: Flight) -> [usize; 2] {
    match flight {
        Flight::Hello => [1, 0],
        Flight::Greeting => [1, 1],
        Flight::Proof => [2, 1],
        // whoever accepted may go on until it hears that the other does not
        Flight::Answer => [2, usize::MAX],
        Flight::FirstDialled | Flight::FirstAccepted => [usize::MAX; 2],
    }
}

/// Plays a script that keeps a flight from whoever awaits it, and demands that it comes to nothing.
fn assert_in_vain(stage: &mut Stage, stand: Stand, flight: Flight, ploy: Ploy) {
    let middle = Middle::new(stand).on(flight, ploy);
    let outcome = stage.play(&middle);
    assert!(!outcome.is_up, "{middle:?}: a link is up");
    let said = said(&outcome.overheard);
    let is_of = |it: &Overheard| stand == Stand::Between || it.flight == Some(flight);
    assert!(outcome.overheard.iter().any(is_of), "{middle:?}: it is never said");
    let [dialled, accepted] = if stand == Stand::Between { [1, 0] } else { most_said(flight) };
    for [by_dialler, by_acceptor] in said.into_values() {
        let is_silent = by_dialler <= dialled && by_acceptor <= accepted;
        assert!(is_silent, "{middle:?}: they go on: {by_dialler}, {by_acceptor}");
    }
}

/// Everything that needs no other bytes than the flight's own, and keeps it from who awaits it.
fn plain_ploys(length: usize) -> Vec<Ploy> {
    let cuts = [0, 1, 3, 4, 5, length / 2, length - 1];
    let mut ploys = vec![Ploy::Drop, Ploy::Reflect, Ploy::Swap];
    ploys.push(Ploy::Delay(HANDSHAKE_TIMEOUT + seconds(1)));
    ploys.extend(cuts.map(|keep| Ploy::Cut { keep }));
    ploys
}

#[test]
fn whoever_passes_everything_on_or_a_little_late_changes_nothing() {
    let mut stage = Stage::new(1);
    stage.record();
    for flight in Flight::HANDSHAKE {
        for ploy in [Ploy::Pass, Ploy::Delay(seconds(1)), Ploy::Delay(seconds(8))] {
            let middle = Middle::new(Stand::Within).on(flight, ploy);
            assert!(stage.play(&middle).is_up, "{middle:?}");
        }
    }
    assert_eq!(stage.assert_recovers(), 13);
}

#[test]
fn l01_whoever_ends_both_streams_is_told_nothing_whatever_it_does() {
    let mut stage = Stage::new(2);
    let recorded = stage.record();
    for flight in Flight::HANDSHAKE {
        let mut ploys = plain_ploys(512);
        ploys.extend([Ploy::Pass, Ploy::Double, Ploy::Delay(seconds(1))]);
        ploys.extend(recorded.iter().map(|it| Ploy::Replace(it.bytes.clone())));
        ploys.extend(recorded.iter().map(|it| Ploy::Precede(it.bytes.clone())));
        for ploy in ploys {
            assert_in_vain(&mut stage, Stand::Between, flight, ploy);
        }
    }
    println!("{} scripts", stage.assert_recovers());
}

#[test]
fn l03_a_flight_that_is_dropped_cut_reflected_swapped_or_late_brings_no_link_about() {
    let mut stage = Stage::new(3);
    let recorded = stage.record();
    for frame in &recorded {
        for ploy in plain_ploys(frame.bytes.len()) {
            assert_in_vain(&mut stage, Stand::Within, frame.flight.unwrap(), ploy);
        }
    }
    println!("{} scripts", stage.assert_recovers());
}

#[test]
fn l03_a_flight_that_comes_twice_ends_the_link() {
    let mut stage = Stage::new(4);
    for flight in Flight::HANDSHAKE {
        let middle = Middle::new(Stand::Within).on(flight, Ploy::Double);
        assert!(!stage.play(&middle).is_up, "{flight:?}");
    }
    stage.assert_recovers();
}

/// Flights that were said elsewhere: on an earlier link of the two, before and after the creator
/// started anew, for a direct connection, in another group of the two, and by another member.
fn elsewhere(stage: &mut Stage) -> Vec<Overheard> {
    let (creator, member, group) = (stage.creator, stage.member, stage.group);
    let mut frames = stage.record();
    stage.world.crash(creator);
    stage.world.restart(creator);
    stage.world.run_for(seconds(60));
    frames.extend(stage.record());
    // another group
    let other_group = stage.world.create_group(creator, "another group");
    stage.bring_in(member, other_group);
    stage.group = other_group;
    frames.extend(stage.record());
    stage.close(member, other_group);
    stage.group = group;
    // another member
    let third = stage.world.add("third");
    stage.bring_in(third, group);
    stage.member = third;
    frames.extend(stage.record());
    stage.close(third, group);
    stage.world.put_between(creator, third, None);
    stage.member = member;
    // a direct connection
    frames.extend(record_connection(stage));
    frames
}

/// The frames of the handshake of a direct connection that the member opens.
fn record_connection(stage: &mut Stage) -> Vec<Overheard> {
    let (creator, member, group) = (stage.creator, stage.member, stage.group);
    stage.play(&Middle::new(Stand::Within));
    stage.world.open_connection(member, group, creator);
    stage.world.run_for(seconds(5));
    let direct = stage.up(creator, member).into_iter().filter(|info| info.connection.is_some());
    assert_eq!(direct.count(), 1);
    let frames = stage.world.take_overheard();
    let last = frames.last().unwrap().passage;
    let handshake = |it: &Overheard| it.flight.is_some_and(|it| Flight::HANDSHAKE.contains(&it));
    let frames: Vec<_> =
        frames.into_iter().filter(|it| it.passage == last && handshake(it)).collect();
    assert_eq!(frames.len(), 4);
    frames
}

#[test]
fn l04_a_flight_of_another_link_group_member_or_purpose_fits_nowhere() {
    let mut stage = Stage::new(5);
    let recorded = elsewhere(&mut stage);
    assert_eq!(recorded.len(), 20);
    for flight in Flight::HANDSHAKE {
        for frame in &recorded {
            let bytes = frame.bytes.clone();
            assert_in_vain(&mut stage, Stand::Within, flight, Ploy::Replace(bytes.clone()));
            assert_in_vain(&mut stage, Stand::Within, flight, Ploy::Precede(bytes));
        }
    }
    println!("{} scripts", stage.assert_recovers());
}

#[test]
fn l04_a_whole_handshake_of_another_link_group_member_or_purpose_is_refused() {
    let mut stage = Stage::new(6);
    let recorded = elsewhere(&mut stage);
    for run in recorded.chunks(4) {
        for stand in [Stand::Within, Stand::Between] {
            // all flights are of the other run, or those of one end alone
            for kept in [[true, true], [true, false], [false, true]] {
                let mut middle = Middle::new(stand);
                for frame in run.iter().filter(|it| kept[usize::from(!it.is_dialled)]) {
                    let bytes = frame.bytes.clone();
                    middle = middle.on(frame.flight.unwrap(), Ploy::Replace(bytes));
                }
                assert!(!stage.play(&middle).is_up, "{middle:?}");
            }
        }
    }
    stage.assert_recovers();
}

#[test]
fn a_direct_connection_whose_handshake_is_meddled_with_does_not_come_about() {
    let mut stage = Stage::new(9);
    let recorded = record_connection(&mut stage);
    let (creator, member, group) = (stage.creator, stage.member, stage.group);
    for frame in &recorded {
        let mut ploys = plain_ploys(frame.bytes.len());
        ploys.extend(recorded.iter().map(|it| Ploy::Replace(it.bytes.clone())));
        for ploy in ploys {
            // the group link is left alone
            assert!(stage.play(&Middle::new(Stand::Within)).is_up);
            let middle = Middle::new(Stand::Within).on(frame.flight.unwrap(), ploy);
            stage.world.put_between(creator, member, Some(middle.clone()));
            stage.world.open_connection(member, group, creator);
            stage.world.run_for(HANDSHAKE_TIMEOUT + seconds(2));
            assert_eq!(stage.up(creator, member).len(), 1, "{middle:?}");
            assert_eq!(stage.up(member, creator).len(), 1, "{middle:?}");
            assert!(stage.world.take_overheard().iter().any(|it| it.flight == frame.flight));
        }
    }
    stage.assert_recovers();
}

#[test]
fn l05_no_flipped_bit_of_any_flight_leaves_a_link_and_nobody_answers_it() {
    let mut stage = Stage::new(7);
    let recorded = stage.record();
    for frame in &recorded {
        for (byte, bit) in (0..frame.bytes.len()).flat_map(|byte| (0..8).map(move |it| (byte, it)))
        {
            let ploy = Ploy::Flip { byte, bit };
            assert_in_vain(&mut stage, Stand::Within, frame.flight.unwrap(), ploy);
        }
    }
    println!("{} scripts", stage.assert_recovers());
}

#[test]
fn whatever_becomes_of_the_first_frames_after_it_nobody_is_taken_for_another() {
    let mut stage = Stage::new(8);
    let recorded = stage.record();
    for flight in [Flight::FirstDialled, Flight::FirstAccepted] {
        let mut ploys = plain_ploys(40);
        ploys.push(Ploy::Double);
        ploys.extend((0..24).map(|byte| Ploy::Flip { byte, bit: 1 }));
        ploys.extend(recorded.iter().map(|it| Ploy::Precede(it.bytes.clone())));
        for ploy in ploys {
            stage.play(&Middle::new(Stand::Within).on(flight, ploy));
        }
    }
    stage.assert_recovers();
}
