//! Ten thousand callers that stop in the midst of a handshake: they take bounded room, and one
//! honest peer that joins in the midst of them still gets in.

use core::time::Duration;
use std::collections::BTreeMap;

use peergroup_core::simulation::forge::Caller;
use peergroup_core::{GroupId, Invitation, Role, SecretKey};
use peergroup_mem::{Host, Line, Stranger, World};

const ATTEMPTS: u64 = 10_000;
/// Attempts in every hundredth of a second: all of them within twenty seconds.
const WAVE: u64 = 5;

/// Where a caller stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// It says nothing.
    Silent,
    /// It says half of its first frame.
    HalfHello,
    /// Its first frame is of the right size and proves nothing.
    Unproven,
    /// It knows the link secret, says hello, and does not answer the greeting.
    Hello,
    /// It proves who it is, and says nothing as a neighbour.
    Proof,
}

/// A group that is flooded.
struct Siege {
    world: World,
    hosts: Vec<Host>,
    group: GroupId,
    callers: Vec<Stranger>,
    /// What they were told of the group, and the key it is for.
    told: (Invitation, SecretKey),
    open: BTreeMap<Line, Option<Caller>>,
}

impl Siege {
    /// A group of three, and callers at so many addresses.
    fn new(seed: u64, addresses: usize) -> Self {
        let mut world = World::from_seed(seed);
        world.config().mock_identities = true;
        let (hosts, group) = world.group(3, Role::Member);
        let traitor = world.add("traitor");
        let invitation = world.invite(hosts[0], group, traitor, Role::Member);
        let key = world.node(traitor).identity_key(world.peer(traitor)).unwrap().clone();
        let callers = (0..addresses).map(|_| world.stranger()).collect();
        let told = (invitation, key);
        Self { world, hosts, group, callers, told, open: BTreeMap::new() }
    }

    /// A hundredth of a second of the flood.
    fn wave(&mut self, stop: Stop, first: u64) {
        let target = self.hosts[0];
        for number in first..first + WAVE {
            let caller = self.callers[usize::try_from(number).unwrap() % self.callers.len()];
            let line = self.world.stranger_dials(caller, target);
            self.open.insert(line, None);
        }
        self.world.run_for(Duration::from_millis(10));
        for line in self.open.keys().copied().collect::<Vec<_>>() {
            self.go_on(stop, line);
        }
        let usage = self.world.node(target).usage();
        assert_eq!(usage.exceeded().count(), 0, "{:?}", usage.exceeded().next());
    }

    /// A caller says what it has to say, and tries no more once it is hung up on.
    fn go_on(&mut self, stop: Stop, line: Line) {
        let Some(heard) = self.world.stranger_heard(line).map(<[u8]>::to_vec) else { return };
        let wall = self.world.now(self.hosts[0]).wall;
        let binding = self.world.stranger_binding(line).expect("it is up");
        let number = u64::from_le_bytes(binding[..8].try_into().unwrap());
        let caller = self.open.get_mut(&line).unwrap();
        let (invitation, key) = &self.told;
        let said = match (stop, caller.as_mut()) {
            (Stop::Silent, _) => return,
            (_, Some(caller)) if stop == Stop::Proof && !heard.is_empty() => {
                caller.prove(&heard, wall)
            }
            (_, Some(_)) => None,
            (_, None) => {
                let (made, hello) = Caller::new(invitation, key, &binding, number);
                *caller = Some(made);
                Some(match stop {
                    Stop::HalfHello => hello[..hello.len() / 2].to_vec(),
                    Stop::Unproven => [&hello[..80], &[1; 436]].concat(),
                    _ => hello,
                })
            }
        };
        if let Some(said) = said {
            self.world.stranger_sends(line, &said);
        }
    }

    /// Floods, and lets an honest peer join when half of the callers have come. Gives how long it
    /// took to get in, if it got in within the time that connecting may take.
    fn lay(&mut self, stop: Stop) -> Option<Duration> {
        let newcomer = self.world.add("newcomer");
        let invitation = self.world.invite(self.hosts[0], self.group, newcomer, Role::Member);
        let seat = self.world.seat(newcomer, self.group);
        let (mut began, mut took) = (None, None);
        for first in (0..ATTEMPTS).step_by(usize::try_from(WAVE).unwrap()) {
            if first == ATTEMPTS / 4 {
                self.world.join(newcomer, &invitation);
                began = Some(self.world.elapsed());
            }
            self.wave(stop, first);
            let is_in = began.is_some()
                && self.world.node(newcomer).status(seat).is_ok_and(|status| status.ready);
            if is_in && took.is_none() {
                took = began.map(|began| self.world.elapsed().saturating_sub(began));
            }
        }
        self.hosts.push(newcomer);
        took
    }
}

/// Whoever knocks among so many gets in by luck, sooner or later: of five sieges the newcomer gets
/// in during most, within seconds.
fn assert_withstands(stop: Stop, addresses: usize) {
    let took: Vec<_> = (1..=5).filter_map(|seed| withstand(seed, stop, addresses)).collect();
    println!("{stop:?} from {addresses}: in after {took:?}");
    let soon = took.iter().filter(|took| **took < Duration::from_secs(10)).count();
    assert!(soon >= 3, "{stop:?} from {addresses}: {took:?}");
}

/// One siege, after which everybody agrees. Gives how long the newcomer took to get in meanwhile.
fn withstand(seed: u64, stop: Stop, addresses: usize) -> Option<Duration> {
    let mut siege = Siege::new(seed, addresses);
    let took = siege.lay(stop);
    siege.world.run_for(Duration::from_secs(30));
    let usage = siege.world.node(siege.hosts[0]).usage();
    assert_eq!(usage.get("half-open links").unwrap().now, 0);
    siege.world.demand_agreement(&siege.hosts, siege.group, Duration::from_secs(300));
    took
}

#[test]
fn l08_a_flood_from_one_address_keeps_nobody_out() {
    for stop in [Stop::Silent, Stop::HalfHello, Stop::Unproven, Stop::Hello, Stop::Proof] {
        assert_withstands(stop, 1);
    }
}

#[test]
fn l08_a_flood_from_a_thousand_addresses_keeps_nobody_out() {
    for stop in [Stop::Silent, Stop::HalfHello, Stop::Unproven, Stop::Hello, Stop::Proof] {
        assert_withstands(stop, 1000);
    }
}
