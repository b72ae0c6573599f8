//! Hosts: a node and everything around it.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use peergroup_core::{
    Address, Event, Instant, Invitation, LinkId, Node, Notice, PeerId, RegistrationId, Seat,
};

use crate::clock::Clock;
use crate::disk::{Disk, Rows};
use crate::pipe::{End, Excuse, Run, Side};
use crate::rng::Rng;
use crate::rogue::{Lines, Meddling};

/// A host of a world, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(pub(crate) usize);

impl Host {
    /// The host's number: the first one added is 0.
    pub const fn number(self) -> usize {
        self.0
    }

    /// Where the host listens.
    ///
    /// # Panics
    /// Never: a number makes an address.
    #[expect(clippy::expect_used, reason = "a number makes an address")]
    pub fn address(self) -> Address {
        format!("mem:{}", self.0).parse().expect("a number makes an address")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host {}", self.0)
    }
}

/// Events and notices kept of a host until they are taken; older ones are dropped.
pub(crate) const KEPT_MAX: usize = 65_536;

/// A node, its disk, its links and its application.
#[derive(Debug)]
pub(crate) struct Machine {
    /// None after a crash.
    pub(crate) node: Option<Node>,
    /// How often it has started.
    pub(crate) start: u64,
    pub(crate) peer: Option<PeerId>,
    pub(crate) disk: Disk,
    pub(crate) disk_rng: Rng,
    /// Draws what goes wrong with the disk.
    pub(crate) disk_fate: Rng,
    /// An old copy of what is on the disk.
    pub(crate) backup: Option<Rows>,
    pub(crate) links: BTreeMap<LinkId, (End, Side)>,
    /// Links of the present run whose other ends may seem to break the protocol.
    pub(crate) excuses: BTreeMap<LinkId, Excuse>,
    pub(crate) clock: Clock,
    /// Hosts of other islands cannot be reached.
    pub(crate) island: usize,
    pub(crate) app: App,
    /// The moment of the last input or verb, and how many there were at it.
    pub(crate) turns: (Instant, u32),
    /// When the node is in the index of deadlines.
    pub(crate) wake: Option<Instant>,
    /// Has done what no honest node does.
    pub(crate) is_rogue: bool,
    /// Has never lost what it said was durable.
    pub(crate) has_sound_disk: bool,
    /// Crashes in the midst of the next batch of several changes.
    pub(crate) is_doomed: bool,
    /// What becomes of the bytes of its links, if it meddles with them.
    pub(crate) meddling: Meddling,
    /// It has no node: whatever arrives is heard by a script.
    pub(crate) stranger: Option<Lines>,
}

impl Machine {
    pub(crate) fn new(seed: u64, number: usize) -> Self {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            node: None,
            start: 0,
            peer: None,
            disk: Disk::default(),
            disk_rng: Rng::of(seed, "disk", &[number]),
            disk_fate: Rng::of(seed, "disk fate", &[number]),
            backup: None,
            links: BTreeMap::new(),
            excuses: BTreeMap::new(),
            clock: Clock::default(),
            island: 0,
            app: App::default(),
            turns: (Instant::default(), 0),
            wake: None,
            is_rogue: false,
            has_sound_disk: true,
            is_doomed: false,
            meddling: Meddling::default(),
            stranger: None,
        }
    }

    /// The run of this machine's node.
    pub(crate) fn run(&self, host: usize) -> Run {
        Run { host, start: self.start }
    }
}

/// What a person or program on the host wants and has heard.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) is_started: bool,
    /// Says at once that it has dealt with what arrives on direct connections.
    pub(crate) reads: bool,
    /// Groups that it wants to be connected: opened again after a restart.
    pub(crate) wants: BTreeSet<Seat>,
    /// By which it joined last: whoever was handed one still has it when the disk has forgotten.
    pub(crate) invitations: BTreeMap<Seat, Invitation>,
    /// Has not tried an invitation again since it started.
    pub(crate) may_rejoin: bool,
    pub(crate) registrations: BTreeMap<RegistrationId, Seat>,
    pub(crate) events: VecDeque<(Seat, Event)>,
    pub(crate) notices: VecDeque<Notice>,
}

impl Default for App {
    fn default() -> Self {
        Self {
            is_started: false,
            reads: true,
            wants: BTreeSet::new(),
            invitations: BTreeMap::new(),
            may_rejoin: false,
            registrations: BTreeMap::new(),
            events: VecDeque::new(),
            notices: VecDeque::new(),
        }
    }
}
