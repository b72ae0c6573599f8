//! The world: hosts, the network between them, and virtual time.

mod agree;
mod app;
mod carry;
mod course;
mod faults;
mod happen;
mod machines;
mod meddle;
mod middle;
#[cfg(feature = "password")]
mod password;
mod verbs;
mod work;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::limits::OUTPUTS_MAX;
use peergroup_core::{
    Config, Input, Instant, LinkId, Node, Now, PeerId, Seat, Seed, UnixTime, Why,
};

use crate::failure::Failure;
use crate::host::{Host, Machine};
use crate::middle::Overheard;
use crate::mishap::Mishap;
use crate::oracle::{Oracle, Seen, standard};
use crate::pipe::{End, Pipe, far};
use crate::plant::Plant;
use crate::queue::{Due, Happening, Queue};
use crate::rng::Rng;
use crate::routes::Routes;
use crate::trace::Trace;
use crate::weather::Weather;

use work::Work;

pub(crate) use course::SETTLE_MAX;

pub use verbs::NOTE;

/// When virtual time begins, in milliseconds since 1970: 2027-01-15T08:00:00Z.
pub const EPOCH_MS: u64 = 1_800_000_000_000;
/// Inputs and verbs of one host at one moment, at most: beyond it the host spins.
const TURNS_MAX: u32 = 100_000;
/// How long a host may take to read its disk when it starts.
const START_MAX: Duration = Duration::from_secs(60);

/// A network of hosts in virtual time, all of it decided by one number.
///
/// Time passes only in `run_for`, `run_until` and `add`; it jumps from one thing that happens to
/// the next. Whatever breaks the contract of the core panics: a world is for tests.
#[derive(Debug)]
pub struct World {
    seed: u64,
    now: Instant,
    weather: Weather,
    config: Config,
    hosts: Vec<Machine>,
    pipes: BTreeMap<End, Pipe>,
    routes: Routes,
    queue: Queue,
    /// The deadlines of all nodes.
    wakes: BTreeSet<(Instant, usize)>,
    trace: Trace,
    tally: Tally,
    /// Draws faults.
    fates: Rng,
    /// Draws how many bytes are pulled at once.
    pulls: Rng,
    pub(crate) oracles: Vec<Box<dyn Oracle>>,
    failure: Option<Failure>,
    /// The host whose node is at work.
    busy: Option<Host>,
    /// How far all calendars have been set forth.
    leap: Duration,
    /// The latest moment that the calendar of an honest host has shown to its node.
    latest: UnixTime,
    work: Work,
    /// How long applications try to connect, if they do so but once.
    patience: Option<Duration>,
    /// What is wrong with this world on purpose.
    pub(crate) plant: Option<Plant>,
    /// What those in the middle of links have seen, and of how many links.
    overheard: Vec<Overheard>,
    passages: usize,
}

/// How often things have happened in a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Inputs given to nodes.
    pub inputs: u64,
    /// Links that came up.
    pub links: u64,
    /// Dials that failed.
    pub failed_dials: u64,
    /// Links that broke.
    pub broken: u64,
    /// Bytes delivered.
    pub bytes: u64,
    /// Batches that were made durable.
    pub batches: u64,
    /// Batches that were lost in a crash, none of them acknowledged.
    pub lost_batches: u64,
    /// Hosts that crashed.
    pub crashes: u64,
    /// Events handed to applications.
    pub events: u64,
    /// Links that nodes closed because the peer broke the protocol, though nothing had gone wrong
    /// with them: none among honest nodes.
    pub faults: u64,
    /// The same where one of the two is a rogue or a stranger.
    pub faults_caught: u64,
    /// Links that nodes closed because the peer seemed to break the protocol, whose bytes had been
    /// altered, held up or passed on by somebody in the middle.
    pub faults_tampered: u64,
    /// Nodes or groups that would not open, because what lay on the disk was damaged.
    pub refused_stores: u64,
    /// What went wrong, by kind, in the order of `Mishap::ALL`.
    pub mishaps: [u64; Mishap::ALL.len()],
}

impl World {
    /// An empty world, watched by all oracles. Everything in it follows from `seed`.
    pub fn from_seed(seed: u64) -> Self {
        Self { oracles: standard(), ..Self::unwatched(seed) }
    }

    /// The same world watched by none: it takes less time, and only what every world checks is
    /// checked.
    pub fn unwatched(seed: u64) -> Self {
        Self {
            seed,
            now: Instant::default(),
            weather: Weather::default(),
            config: Config::default(),
            hosts: Vec::new(),
            pipes: BTreeMap::new(),
            routes: Routes::default(),
            queue: Queue::default(),
            wakes: BTreeSet::new(),
            trace: Trace::default(),
            tally: Tally::default(),
            fates: Rng::of(seed, "fates", &[]),
            pulls: Rng::of(seed, "pulls", &[]),
            oracles: Vec::new(),
            failure: None,
            busy: None,
            leap: Duration::ZERO,
            latest: UnixTime::default(),
            work: Work::default(),
            patience: None,
            plant: None,
            overheard: Vec::new(),
            passages: 0,
        }
    }

    /// The host whose node was at work last.
    pub(crate) fn busy(&self) -> Option<Host> {
        self.busy
    }

    /// The check that failed, if one has: the world has panicked with it, and is good for nothing
    /// more.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Ends this world: a check has failed.
    pub(crate) fn fail(&mut self, check: &'static str, host: Option<Host>, text: String) -> ! {
        let failure = Failure { check, host, at: self.elapsed(), text };
        self.failure = Some(failure.clone());
        panic!("{failure} (in the world of seed {})", self.seed)
    }

    /// Something goes wrong at a host, or with its links: it is counted and shown.
    pub(crate) fn befall(&mut self, host: Host, mishap: Mishap) {
        let place = Mishap::ALL.iter().position(|kind| *kind == mishap);
        if let Some(count) = place.and_then(|place| self.tally.mishaps.get_mut(place)) {
            *count = count.saturating_add(1);
        }
        self.show(host, &Seen::Befell(mishap));
    }

    /// Whether the host has done what no honest node does: nothing is promised to it.
    pub fn is_rogue(&self, host: Host) -> bool {
        self.machine(host).is_rogue
    }

    /// Whether the host's disk has always kept what it said was durable.
    pub fn has_sound_disk(&self, host: Host) -> bool {
        self.machine(host).has_sound_disk
    }

    /// What the network and the disks are like: change it at any time.
    pub fn weather(&mut self) -> &mut Weather {
        &mut self.weather
    }

    /// The settings of nodes that start from now on.
    pub fn config(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Adds a host with one identity of this name, listening at `mem:<number>`. A little time
    /// passes until its node has started.
    ///
    /// # Panics
    /// If the name is not fit for an identity, or the node does not start.
    pub fn add(&mut self, name: &str) -> Host {
        let host = Host(self.hosts.len());
        self.hosts.push(Machine::new(self.seed, host.0));
        self.boot(host);
        let has_started = self.run_until(|world| world.machine(host).app.is_started, START_MAX);
        if !has_started {
            self.fail("start", Some(host), "its node does not start".to_owned());
        }
        let name = verbs::name(name);
        let receipt = self.act(host, |node, now| node.create_identity(now, name));
        let peer = verbs::sure(host, "create_identity", receipt).value;
        self.machine_mut(host).peer = Some(peer);
        host
    }

    /// Starts the host's node on what its disk holds.
    fn boot(&mut self, host: Host) {
        let seed = self.seed;
        let machine = self.machine_mut(host);
        machine.start = machine.start.saturating_add(1);
        let numbers = [u64::try_from(host.0).unwrap_or(u64::MAX), machine.start];
        let seed = Seed::from_bytes(Rng::of(seed, "node", &numbers).bytes32());
        let now = self.now(host);
        let mut node = Node::new(self.config.clone(), &seed, now);
        node.listening_at(now, &[host.address()]);
        self.machine_mut(host).node = Some(node);
        self.show(host, &Seen::Started);
        self.turn(host);
    }

    /// All hosts, running or not.
    pub fn hosts(&self) -> impl Iterator<Item = Host> + Clone + use<> {
        let is_stranger = |machine: &Machine| machine.stranger.is_some();
        let strangers: BTreeSet<usize> = self
            .hosts
            .iter()
            .enumerate()
            .filter(|(_, machine)| is_stranger(machine))
            .map(|(number, _)| number)
            .collect();
        (0..self.hosts.len()).filter(move |number| !strangers.contains(number)).map(Host)
    }

    /// The host's identity.
    ///
    /// # Panics
    /// If the host is not of this world.
    pub fn peer(&self, host: Host) -> PeerId {
        self.machine(host).peer.unwrap_or_else(|| panic!("{host} has no identity yet"))
    }

    /// Whether the host's node is running.
    pub fn is_running(&self, host: Host) -> bool {
        self.machine(host).node.is_some()
    }

    /// The host's node, to ask it things. Verbs go through `act`.
    ///
    /// # Panics
    /// If the host has crashed.
    pub fn node(&self, host: Host) -> &Node {
        let node = self.machine(host).node.as_ref();
        node.unwrap_or_else(|| panic!("{host} is not running"))
    }

    /// The groups that the host has open; none if it is not running.
    pub(crate) fn open_seats(&self, host: Host) -> Vec<Seat> {
        let machine = self.machine(host);
        let Some((node, peer)) = machine.node.as_ref().zip(machine.peer) else { return Vec::new() };
        node.groups(peer).filter(|info| info.is_open).map(|info| info.seat).collect()
    }

    /// The host to which a link leads in truth, if it is up at both ends.
    pub(crate) fn far_end(&self, host: Host, link: LinkId) -> Option<Host> {
        self.far_link(host, link).map(|(far, _)| far)
    }

    /// The same, and what the link is called there.
    pub(crate) fn far_link(&self, host: Host, link: LinkId) -> Option<(Host, LinkId)> {
        let (name, side) = self.machine(host).links.get(&link)?;
        let end = self.pipes.get(name)?.end(far(*side))?;
        Some((Host(end.run.host), end.link))
    }

    /// Whether a link of the host leads through somebody in the middle.
    pub(crate) fn is_relayed(&self, host: Host, link: LinkId) -> bool {
        let link = self.machine(host).links.get(&link);
        link.and_then(|(name, _)| self.pipes.get(name)).is_some_and(Pipe::is_relayed)
    }

    /// Puts somebody in the middle of a link that is up already.
    #[cfg(test)]
    pub(crate) fn relay_in_secret(&mut self, host: Host, link: LinkId) {
        let Some((name, _)) = self.machine(host).links.get(&link).copied() else { return };
        if let Some(pipe) = self.pipes.get_mut(&name) {
            pipe.relay(self.seed, name);
        }
    }

    /// Calls the host's node, then carries out what it wants done.
    ///
    /// # Panics
    /// If the host has crashed, or its node breaks the contract.
    pub fn act<T>(&mut self, host: Host, verb: impl FnOnce(&mut Node, Now) -> T) -> T {
        self.count_turn(host);
        self.beat(host, "a verb");
        let now = self.now(host);
        let Some(node) = self.machine_mut(host).node.as_mut() else {
            panic!("{host} is not running");
        };
        let value = verb(node, now);
        self.trace.fold(self.now, host.0, "verb", &[]);
        self.turn(host);
        value
    }

    /// How long the world has existed.
    pub fn elapsed(&self) -> Duration {
        self.now.since(Instant::default())
    }

    /// Both clocks of a host.
    pub fn now(&self, host: Host) -> Now {
        let now = self.machine(host).clock.now(self.now);
        Now { wall: now.wall.after(self.leap), ..now }
    }

    /// Sets every calendar forth to the latest moment that any has shown: nothing is stamped later
    /// than it, so that nobody waits for a moment that only a wrong clock knew.
    pub(crate) fn leap(&mut self) {
        let latest = self.latest;
        let shown = self.hosts().map(|host| self.now(host).wall).min().unwrap_or(latest);
        self.leap = self.leap.saturating_add(latest.since(shown));
    }

    /// Lets time pass.
    pub fn run_for(&mut self, span: Duration) {
        self.run_until(|_| false, span);
    }

    /// Lets time pass until something is so, at most for `limit`. Gives whether it is. It is asked
    /// after everything that happens.
    pub fn run_until(&mut self, mut is_so: impl FnMut(&mut Self) -> bool, limit: Duration) -> bool {
        let end = self.now.after(limit);
        loop {
            if is_so(self) {
                return true;
            }
            if !self.step(end) {
                self.now = end;
                return is_so(self);
            }
        }
    }

    /// A hash of everything that has happened, in its order: every input, byte, output and event.
    /// Equal for equal seeds and scripts.
    pub fn trace_hash(&self) -> [u8; 32] {
        self.trace.hash()
    }

    /// How many inputs, outputs and verbs there were.
    pub fn steps(&self) -> u64 {
        self.trace.steps()
    }

    /// How often things have happened.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Takes the next thing that happens, if it happens by `end`.
    fn step(&mut self, end: Instant) -> bool {
        let wake = self.wakes.first().copied();
        let due = self.queue.next_at();
        let is_wake = match (wake, due) {
            (None, None) => return false,
            (Some((at, _)), Some(due)) => at < due,
            (wake, None) => wake.is_some(),
            (None, Some(_)) => false,
        };
        let at = if is_wake { wake.map(|(at, _)| at) } else { due };
        let Some(at) = at.filter(|at| *at <= end) else { return false };
        assert!(at >= self.now, "time goes on");
        self.now = at;
        if is_wake {
            if let Some((_, host)) = wake {
                self.wake(Host(host));
            }
        } else if let Some(due) = self.queue.pop() {
            self.happen(due);
        }
        true
    }

    /// A host's deadline: outputs that wait are carried out, and what is due is done.
    fn wake(&mut self, host: Host) {
        let deadline = self.machine(host).node.as_ref().and_then(Node::poll_timeout);
        if deadline.is_some_and(|deadline| deadline.why == Why::Outputs) {
            self.turn(host);
        } else {
            self.input(host, Input::Tick);
        }
    }

    /// Tells a host's node what happened, if it is running.
    fn input(&mut self, host: Host, input: Input<'_>) {
        self.count_turn(host);
        self.work(host, &input);
        self.tally.inputs = self.tally.inputs.saturating_add(1);
        self.fold_input(host, &input);
        self.show(host, &Seen::Input(&input));
        let now = self.now(host);
        let Some(node) = self.machine_mut(host).node.as_mut() else { return };
        if let Err(error) = node.handle_input(now, input) {
            self.fail("refused input", Some(host), error.to_string());
        }
        self.turn(host);
    }

    /// Carries out what a host's node wants done, and notes its next deadline.
    fn turn(&mut self, host: Host) {
        let mut is_drained = false;
        for count in 0..self.weather.outputs_per_turn.max(1) {
            if count > OUTPUTS_MAX {
                self.fail("no spin", Some(host), "outputs never end".to_owned());
            }
            let output = self.machine_mut(host).node.as_mut().and_then(Node::poll_output);
            let Some(output) = output else {
                is_drained = true;
                break;
            };
            self.carry_out(host, output);
        }
        self.note_deadline(host, is_drained);
        if is_drained {
            self.rest(host);
        }
    }

    fn note_deadline(&mut self, host: Host, is_drained: bool) {
        let now = self.now(host).mono;
        let deadline = self.machine(host).node.as_ref().and_then(Node::poll_timeout);
        if let Some(deadline) = deadline {
            let is_later = deadline.at > now;
            let waits = deadline.why == Why::Outputs && !is_drained;
            if !is_later && !waits {
                let text = format!("C3: drained means later: {deadline:?} at {now:?}");
                self.fail("no spin", Some(host), text);
            }
        }
        self.note_wake(host, deadline.map(|deadline| deadline.at));
    }

    /// The host's node wants to be woken when its own clock shows this.
    fn note_wake(&mut self, host: Host, deadline: Option<Instant>) {
        let now = self.now;
        let machine = self.machine_mut(host);
        // what is due now waits for the next turn
        let after = deadline.map(|at| machine.clock.when(at).max(now));
        let before = core::mem::replace(&mut machine.wake, after);
        if before == after {
            return;
        }
        if let Some(at) = before {
            self.wakes.remove(&(at, host.0));
        }
        if let Some(at) = after {
            self.wakes.insert((at, host.0));
        }
    }

    /// No host may be busy for ever without time passing.
    fn count_turn(&mut self, host: Host) {
        self.busy = Some(host);
        self.latest = self.latest.max(self.now(host).wall);
        let now = self.now;
        let (at, count) = &mut self.machine_mut(host).turns;
        *count = if *at == now { count.saturating_add(1) } else { 1 };
        *at = now;
        if *count > TURNS_MAX {
            self.fail("no spin", Some(host), format!("busy for ever at {now:?}"));
        }
    }

    pub(crate) fn machine(&self, host: Host) -> &Machine {
        self.hosts.get(host.0).unwrap_or_else(|| panic!("there is no {host}"))
    }

    fn machine_mut(&mut self, host: Host) -> &mut Machine {
        self.hosts.get_mut(host.0).unwrap_or_else(|| panic!("there is no {host}"))
    }

    /// Schedules something for the node that runs on a host now.
    fn schedule(&mut self, host: Host, after: Duration, what: Happening) {
        self.schedule_at(host, self.now.after(after), what);
    }

    fn schedule_at(&mut self, host: Host, at: Instant, what: Happening) {
        let start = Some(self.machine(host).start);
        self.queue.push(at, Due { host: host.0, start, what });
    }
}
