//! The wire between hosts: packets go through it, later, in another order, or not at all.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::net::Ipv4Addr;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::host::PACKET_MAX;

/// The wire's socket in the folder that all share.
pub(crate) const NAME: &str = "wire";
/// How long it looks at nothing else than packets that come.
const LOOK: Duration = Duration::from_millis(1);
/// Packets that are under way at most: more are lost.
const UNDER_WAY_MAX: usize = 4096;

/// What happens to packets.
#[derive(Default)]
pub(crate) struct Rules {
    /// What a packet takes, and by how much that varies: those that take less overtake others.
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
    /// How many of a hundred packets are lost.
    pub(crate) lost: u64,
    /// Those between whom nothing goes.
    cut: BTreeSet<[Ipv4Addr; 2]>,
    /// Those whom nothing reaches but answers.
    shielded: BTreeSet<Ipv4Addr>,
    /// What the shielded ones have sent, for which answers may come.
    asked: BTreeSet<Flow>,
    /// How many packets did not go through.
    pub(crate) dropped: u64,
}

impl Rules {
    pub(crate) fn cut(&mut self, one: Ipv4Addr, other: Ipv4Addr) {
        self.cut.extend([[one, other], [other, one]]);
    }

    pub(crate) fn shield(&mut self, host: Ipv4Addr) {
        self.shielded.insert(host);
    }

    fn lets_through(&mut self, flow: Flow) -> bool {
        if self.shielded.contains(&flow.from) {
            self.asked.insert(flow);
        }
        let is_answer = || self.asked.contains(&flow.reversed());
        let may_enter = !self.shielded.contains(&flow.to) || is_answer();
        may_enter && !self.cut.contains(&[flow.from, flow.to])
    }
}

/// Between which ends of which protocol a packet goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Flow {
    protocol: u8,
    from: Ipv4Addr,
    to: Ipv4Addr,
    ports: [u16; 2],
}

impl Flow {
    /// None if it is no packet of IPv4 that has ports.
    fn of(packet: &[u8]) -> Option<Self> {
        let first = *packet.first()?;
        let address =
            |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
        let header = usize::from(first & 0x0f) * 4;
        let port = |at: usize| Some(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?]));
        (first >> 4 == 4).then_some(())?;
        Some(Self {
            protocol: *packet.get(9)?,
            from: address(12)?,
            to: address(16)?,
            ports: [port(header)?, port(header + 2)?],
        })
    }

    fn reversed(self) -> Self {
        let Self { protocol, from, to, ports: [mine, theirs] } = self;
        Self { protocol, from: to, to: from, ports: [theirs, mine] }
    }
}

/// A wire to which every host in a folder is plugged.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<Rules>>);

impl Wire {
    pub(crate) fn new(folder: &Path) -> Self {
        let rules = Arc::<Mutex<Rules>>::default();
        let carrier = Carrier {
            socket: UnixDatagram::bind(folder.join(NAME)).unwrap(),
            folder: folder.to_owned(),
            under_way: BinaryHeap::new(),
            // The same in every run.
            random: 0x9e37_79b9_7f4a_7c15,
            rules: Arc::clone(&rules),
        };
        thread::spawn(move || carrier.carry());
        Self(rules)
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Rules) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }
}

struct Carrier {
    socket: UnixDatagram,
    folder: PathBuf,
    /// When to hand over what to whom.
    under_way: BinaryHeap<Reverse<(Instant, Ipv4Addr, Vec<u8>)>>,
    random: u64,
    rules: Arc<Mutex<Rules>>,
}

impl Carrier {
    /// Until the folder is gone.
    fn carry(mut self) {
        self.socket.set_read_timeout(Some(LOOK)).unwrap();
        let mut packet = [0; PACKET_MAX];
        while self.folder.exists() {
            if let Ok(length) = self.socket.recv(&mut packet) {
                self.take(&packet[..length]);
            }
            self.hand_over();
        }
    }

    fn take(&mut self, packet: &[u8]) {
        let Some(flow) = Flow::of(packet) else { return };
        let (chance, haste) = (self.draw(100), self.draw(1000));
        let mut rules = self.rules.lock().unwrap();
        let is_lost = chance < rules.lost || self.under_way.len() >= UNDER_WAY_MAX;
        if !rules.lets_through(flow) || is_lost {
            rules.dropped += 1;
            return;
        }
        let varied = rules.jitter * u32::try_from(haste).unwrap() / 1000;
        let due = Instant::now() + rules.delay + varied;
        self.under_way.push(Reverse((due, flow.to, packet.to_owned())));
    }

    fn hand_over(&mut self) {
        while let Some(Reverse((due, ..))) = self.under_way.peek()
            && *due <= Instant::now()
            && let Some(Reverse((_, to, packet))) = self.under_way.pop()
        {
            // Nobody may be there (any more).
            self.socket.send_to(&packet, self.folder.join(to.to_string())).ok();
        }
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }
}
