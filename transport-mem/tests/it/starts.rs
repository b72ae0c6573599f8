//! Every order in which four peers start, stop and are parted from each other settles by itself.
//!
//! The application of each peer connects once and never again. A story is an order of steps: each
//! peer starts, and what else the row says. Each row holds every story there is, but for the names
//! of the three members besides the creator, who start for the first time in one order.
//!
//! | besides the starts | orders | who, which parts | stories |
//! |---|---|---|---|
//! | the network parts, and is whole again | 6! / 2 = 360 | 7 | 360 × 7 / 3! = 420 |
//! | a peer stops, and starts again | 6! / 3! = 120 | 4 | 120 × 4 / 3! = 80 |
//! | two peers do | 8! / 3! / 3! = 1,120 | 6 | 1,120 × 6 / 3! = 1,120 |
//! | a peer stops, and the network parts | 8! / 3! / 2 = 3,360 | 28 | 3,360 × 28 / 3! = 15,680 |
//!
//! Each story is told in several manners. By default 9,094 worlds are run; all of the last row, in
//! 24 manners, are 376,320.

use core::num::NonZero;
use core::time::Duration;
use std::thread;

use peergroup_core::{GroupId, Invitation, Role};
use peergroup_mem::{Host, World};

/// The creator, and three members.
const PEERS: usize = 4;
/// How long after the last step all must have found each other and hold the same.
const SETTLED: Duration = Duration::from_secs(600);
/// How long the one call to connect may take, which is as good as for ever.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// How often it is looked whether all is well.
const LOOK: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Start(usize),
    Stop(usize),
    Again(usize),
    /// The members of a set of bits are parted from the others.
    Part(usize),
    Heal,
}

/// How everything in an order of steps is done.
#[derive(Clone, Copy, Debug)]
struct Manner {
    /// The members have been in the group before the first step; else they are invited only.
    known: bool,
    /// Who stops says goodbye.
    polite: bool,
    /// Links between the parts stay, and what is sent on them waits.
    silent: bool,
    /// From one step to the next.
    gap: Duration,
}

const PLAIN: Manner =
    Manner { known: false, polite: false, silent: false, gap: Duration::from_secs(20) };

/// Every order of these steps in which nobody stops before it starts, or is back before it stops,
/// and the members start for the first time in the order of their numbers.
fn orders(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    extend(&mut Vec::new(), steps, &mut all);
    all
}

fn extend(done: &mut Vec<Step>, rest: &[Step], all: &mut Vec<Vec<Step>>) {
    if rest.is_empty() {
        all.push(done.clone());
    }
    for (place, step) in rest.iter().enumerate() {
        if may_follow(done, *step) {
            let others = [&rest[..place], &rest[place + 1..]].concat();
            done.push(*step);
            extend(done, &others, all);
            done.pop();
        }
    }
}

fn may_follow(done: &[Step], step: Step) -> bool {
    match step {
        Step::Start(host) => host < 2 || done.contains(&Step::Start(host - 1)),
        Step::Stop(host) => done.contains(&Step::Start(host)),
        Step::Again(host) => done.contains(&Step::Stop(host)),
        Step::Part(_) => true,
        Step::Heal => done.iter().any(|step| matches!(step, Step::Part(_))),
    }
}

fn starts() -> Vec<Step> {
    (0..PEERS).map(Step::Start).collect()
}

/// Everybody starts; the network parts in any way, and joins.
fn parted() -> Vec<Vec<Step>> {
    let parts = 1..1 << (PEERS - 1);
    parts
        .flat_map(|part| orders(&[starts(), vec![Step::Part(part), Step::Heal]].concat()))
        .collect()
}

fn stop(host: usize) -> Vec<Step> {
    vec![Step::Stop(host), Step::Again(host)]
}

/// Everybody starts; one or two stop, and start again.
fn stopped() -> Vec<Vec<Step>> {
    let one = (0..PEERS).map(stop);
    let two = (0..PEERS)
        .flat_map(|host| (host + 1..PEERS).map(move |other| [stop(host), stop(other)].concat()));
    one.chain(two).flat_map(|stops| orders(&[starts(), stops].concat())).collect()
}

/// Everybody starts; one stops, and starts again; the network parts in any way, and joins.
fn stopped_and_parted() -> Vec<Vec<Step>> {
    let parts = || 1..1 << (PEERS - 1);
    (0..PEERS)
        .flat_map(|host| parts().map(move |part| (host, part)))
        .flat_map(|(host, part)| {
            orders(&[starts(), stop(host), vec![Step::Part(part), Step::Heal]].concat())
        })
        .collect()
}

/// A story that is told: names itself if it goes wrong.
struct Told<'a>(&'a [Step], Manner);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("in the story {:?}, {:?}", self.0, self.1);
        }
    }
}

struct Stage {
    world: World,
    hosts: Vec<Host>,
    group: GroupId,
    invitations: Vec<Invitation>,
    /// How many notes all of them are to hold in the end.
    notes: usize,
    started: [bool; PEERS],
}

impl Stage {
    /// The creator has invited everybody, and nobody runs.
    fn set(manner: Manner) -> Self {
        let mut world = World::unwatched(1);
        world.config().mock_identities = true;
        let hosts: Vec<Host> =
            (0..PEERS).map(|number| world.add(&format!("peer {number}"))).collect();
        let group = world.create_group(hosts[0], "the group");
        let invitations: Vec<Invitation> = hosts[1..]
            .iter()
            .map(|host| world.invite(hosts[0], group, *host, Role::Member))
            .collect();
        world.connect_once(DAY);
        if manner.known {
            for (host, invitation) in hosts[1..].iter().zip(&invitations) {
                world.join(*host, invitation);
            }
        }
        let mut stage =
            Self { world, hosts, group, invitations, notes: 0, started: [false; PEERS] };
        if manner.known {
            stage.started = [true; PEERS];
            assert!(stage.settles().is_some(), "a group comes about");
        }
        stage.world.run_for(Duration::from_secs(5));
        for host in stage.hosts.clone() {
            stage.world.crash(host);
        }
        stage
    }

    /// Takes a step, and lets everybody who can publish something.
    fn take(&mut self, step: Step, manner: Manner) {
        match step {
            Step::Start(host) => self.start(host),
            Step::Stop(host) => self.stop(host, manner.polite),
            Step::Again(host) => self.world.restart(self.hosts[host]),
            Step::Part(set) => {
                let is_in = |host: &&Host| set & (1 << host.number()) >> 1 != 0;
                let apart: Vec<Host> = self.hosts.iter().filter(is_in).copied().collect();
                if manner.silent {
                    self.world.partition_silently(&[&apart]);
                } else {
                    self.world.partition(&[&apart]);
                }
            }
            Step::Heal => self.world.heal(),
        }
        self.world.run_for(manner.gap / 2);
        for host in self.hosts.clone() {
            if self.is_ready(host) {
                self.world.publish(host, self.group, format!("after {step:?}"));
                self.notes += 1;
            }
        }
        self.world.run_for(manner.gap / 2);
    }

    fn start(&mut self, number: usize) {
        let host = self.hosts[number];
        self.world.restart(host);
        let is_first = !core::mem::replace(&mut self.started[number], true);
        if let Some(invitation) = self.invitations.get(number.wrapping_sub(1)).filter(|_| is_first)
        {
            // it has read its disk by then
            self.world.run_for(Duration::from_secs(1));
            self.world.join(host, invitation);
        }
    }

    fn stop(&mut self, number: usize, polite: bool) {
        let host = self.hosts[number];
        if polite {
            let seat = self.world.seat(host, self.group);
            self.world.act(host, |node, now| node.close(now, seat)).unwrap();
            self.world.run_for(Duration::from_secs(1));
        }
        self.world.crash(host);
    }

    fn is_ready(&self, host: Host) -> bool {
        let seat = self.world.seat(host, self.group);
        self.world.is_running(host)
            && self.world.node(host).status(seat).is_ok_and(|status| status.ready)
    }

    /// How long it takes until each is linked to every other and all hold the same, if not too
    /// long.
    fn settles(&mut self) -> Option<Duration> {
        let mut span = Duration::ZERO;
        while !self.is_settled() {
            if span >= SETTLED {
                return None;
            }
            self.world.run_for(LOOK);
            span += LOOK;
        }
        Some(span)
    }

    fn is_settled(&mut self) -> bool {
        let is_linked = |host: &Host| {
            let seat = self.world.seat(*host, self.group);
            let status = self.world.node(*host).status(seat);
            status.is_ok_and(|status| status.ready && status.neighbours == PEERS - 1)
        };
        self.hosts.iter().all(is_linked)
            && self.world.agree(&self.hosts, self.group)
            && self.world.holds(self.hosts[0], self.group).1 == self.notes
    }
}

/// Tells a story to its end. Gives how long it took to settle.
fn tell(steps: &[Step], manner: Manner) -> Duration {
    let _told = Told(steps, manner);
    let mut stage = Stage::set(manner);
    for step in steps {
        stage.take(*step, manner);
    }
    let settled = stage.settles();
    let differences = stage.world.differences(&stage.hosts, stage.group);
    assert_eq!(stage.world.tally().faults, 0);
    settled.unwrap_or_else(|| panic!("it does not settle: {differences:?}"))
}

/// Tells all of these stories, on all cores, and prints how long they took to settle.
fn tell_all(name: &str, stories: &[(Vec<Step>, Manner)]) {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut spans: Vec<Duration> = thread::scope(|scope| {
        let tellers: Vec<_> = (0..cores)
            .map(|core| {
                let own = stories.iter().skip(core).step_by(cores);
                scope.spawn(move || own.map(|(steps, manner)| tell(steps, *manner)).collect())
            })
            .collect();
        let spans = tellers.into_iter().map(|teller| teller.join().expect("every story settles"));
        spans.collect::<Vec<Vec<Duration>>>().concat()
    });
    spans.sort_unstable();
    let at = |part: usize| spans[(spans.len() - 1) * part / 1000];
    println!(
        "{name}: {} stories settle within {:?} (half), {:?} (99 %), {:?} (all)",
        spans.len(),
        at(500),
        at(990),
        at(1000)
    );
}

fn in_manners(orders: &[Vec<Step>], manners: &[Manner]) -> Vec<(Vec<Step>, Manner)> {
    let each = |manner: &Manner| {
        let manner = *manner;
        orders.iter().map(move |order| (order.clone(), manner)).collect::<Vec<_>>()
    };
    manners.iter().flat_map(each).collect()
}

/// Members that are new and that are known already; roughly, and as is said.
fn manners(gently: Manner) -> Vec<Manner> {
    let new = [PLAIN, gently];
    new.iter().flat_map(|manner| [*manner, Manner { known: true, ..*manner }]).collect()
}

#[test]
fn every_order_of_starts_and_a_partition_settles_by_itself() {
    let orders = parted();
    assert_eq!(orders.len(), 420);
    let manners = manners(Manner { silent: true, ..PLAIN });
    tell_all("starts and a part", &in_manners(&orders, &manners));
}

#[test]
fn every_order_of_starts_and_one_or_two_stops_settles_by_itself() {
    let orders = stopped();
    assert_eq!(orders.len(), 80 + 1120);
    let manners = manners(Manner { polite: true, ..PLAIN });
    tell_all("starts and stops", &in_manners(&orders, &manners));
}

#[test]
fn one_in_six_orders_of_starts_a_stop_and_a_partition_settle_by_themselves() {
    let orders: Vec<Vec<Step>> = stopped_and_parted().into_iter().step_by(6).collect();
    assert_eq!(orders.len(), 2614);
    tell_all("starts, a stop and a part", &in_manners(&orders, &[PLAIN]));
}

/// `cargo test --release -p peergroup-mem --test it -- --ignored --nocapture every_order`
#[test]
#[ignore = "376,320 worlds: half an hour"]
fn every_order_of_starts_a_stop_and_a_partition_settles_by_itself() {
    let orders = stopped_and_parted();
    assert_eq!(orders.len(), 15_680);
    for known in [false, true] {
        for (polite, silent) in [(false, false), (false, true), (true, false), (true, true)] {
            for seconds in [2, 20, 400] {
                let gap = Duration::from_secs(seconds);
                let manner = Manner { known, polite, silent, gap };
                tell_all(&format!("{manner:?}"), &in_manners(&orders, &[manner]));
            }
        }
    }
}
