//! What rogues and strangers do to the bytes of their links.

use std::collections::BTreeSet;

use peergroup_core::LinkId;
use peergroup_core::simulation::forge::frames;

use crate::host::{Host, Machine};
use crate::pipe::{End, MOMENT, Side};
use crate::queue::{Due, Happening};
use crate::rogue::{Line, Lines, Meddling, Stranger, Taped};
use crate::world::World;

/// Bytes of one tape, at most.
const TAPE_MAX: usize = 16 * 1024 * 1024;

impl World {
    /// What of these bytes, whole frames that a node wants sent, its host lets out.
    pub(super) fn sieve_sent(&self, host: Host, link: LinkId, bytes: Vec<u8>) -> Vec<u8> {
        let meddling = &self.machine(host).meddling;
        if meddling.cut.contains(&link) {
            return Vec::new();
        }
        self.sieve(host, link, bytes, &meddling.withheld)
    }

    /// What of these bytes, whole frames that arrived, a host lets reach its node.
    pub(super) fn sieve_received(&self, host: Host, link: LinkId, bytes: Vec<u8>) -> Vec<u8> {
        self.sieve(host, link, bytes, &self.machine(host).meddling.ignored)
    }

    fn sieve(
        &self,
        host: Host,
        link: LinkId,
        bytes: Vec<u8>,
        kinds: &BTreeSet<&'static str>,
    ) -> Vec<u8> {
        let node = self.machine(host).node.as_ref();
        let is_up = node.is_some_and(|node| node.is_authenticated(link) == Some(true));
        if kinds.is_empty() || !is_up {
            return bytes;
        }
        let (mut rest, mut kept) = (bytes, Vec::new());
        while let Some(body) = frames::deframe(&mut rest) {
            if !kinds.contains(frames::kind_of(&body)) {
                kept.extend(frames::raw(&body));
            }
        }
        kept.extend(rest);
        kept
    }

    /// The host is a rogue from now on.
    pub(crate) fn turn_rogue(&mut self, host: Host) {
        self.machine_mut(host).is_rogue = true;
    }

    pub(crate) fn meddling(&mut self, host: Host) -> &mut Meddling {
        &mut self.machine_mut(host).meddling
    }

    /// Lets a host send on a link what its node never said, after whole frames of the node's.
    pub(crate) fn inject(&mut self, host: Host, link: LinkId, bytes: &[u8]) {
        if !self.machine(host).meddling.cut.contains(&link) {
            self.send_bytes(host, link, bytes.to_vec());
        }
    }

    /// Records from now on what goes over the links of a host, at most 16 MiB of it.
    pub fn tape(&mut self, host: Host) {
        self.machine_mut(host).meddling.tape.get_or_insert_default();
    }

    /// Takes what was recorded of a host's links, in its order.
    pub fn take_tape(&mut self, host: Host) -> Vec<Taped> {
        self.machine_mut(host).meddling.tape.as_mut().map(core::mem::take).unwrap_or_default()
    }

    /// From now on somebody in the middle flips a bit of this byte of whatever the host sends on
    /// each link that is new, or of none. The link is the same to both ends.
    pub fn tamper(&mut self, host: Host, byte: Option<usize>) {
        let meddling = self.meddling(host);
        meddling.tampered = byte;
        meddling.sent.clear();
    }

    /// What becomes of bytes on their way. True if they were changed.
    pub(super) fn tamper_with(&mut self, host: Host, link: LinkId, bytes: &mut [u8]) -> bool {
        let meddling = self.meddling(host);
        let Some(place) = meddling.tampered else { return false };
        let before = meddling.sent.entry(link).or_default();
        let at = place.checked_sub(*before);
        *before = before.saturating_add(bytes.len());
        at.and_then(|at| bytes.get_mut(at)).map(|byte| *byte ^= 1).is_some()
    }

    pub(super) fn tape_bytes(&mut self, host: Host, link: LinkId, sent: bool, bytes: &[u8]) {
        let Some(tape) = self.machine_mut(host).meddling.tape.as_mut() else { return };
        let taped = tape.iter().map(|taped| taped.bytes.len()).sum::<usize>();
        if taped.saturating_add(bytes.len()) <= TAPE_MAX {
            tape.push(Taped { link, sent, bytes: bytes.to_vec() });
        }
    }

    /// Whether one of the two ends of a link is a rogue or a stranger.
    pub(super) fn is_of_a_rogue(&self, host: Host, link: LinkId) -> bool {
        self.is_rogue(host) || self.other_end(host, link).is_some_and(|other| self.is_rogue(other))
    }

    /// Whether the disk of the host at the other end of a link gave back other bytes than it was
    /// given.
    pub(super) fn is_of_a_bad_disk(&self, host: Host, link: LinkId) -> bool {
        self.other_end(host, link).is_some_and(|other| !self.has_sound_disk(other))
    }

    fn other_end(&self, host: Host, link: LinkId) -> Option<Host> {
        let (name, side) = self.machine(host).links.get(&link).copied()?;
        let other = match side {
            1 => name.run.host,
            _ => self.pipes.get(&name)?.host(1),
        };
        Some(Host(other))
    }

    /// Adds a stranger: it has an address and no node, is no host of `hosts`, and does what it is
    /// told.
    pub fn stranger(&mut self) -> Stranger {
        let host = Host(self.hosts.len());
        let mut machine = Machine::new(self.seed, host.0);
        machine.stranger = Some(Lines::default());
        machine.is_rogue = true;
        self.hosts.push(machine);
        Stranger(host)
    }

    /// A stranger dials a host. The line takes bytes once it is up.
    pub fn stranger_dials(&mut self, stranger: Stranger, to: Host) -> Line {
        let link = self.lines(stranger).next_link();
        self.dial(stranger.0, link, to.address());
        Line { stranger, link }
    }

    /// What a stranger knows of a line's stream and shares with its other end alone, once the line
    /// is up.
    pub fn stranger_binding(&self, line: Line) -> Option<[u8; 32]> {
        let (name, side) = self.machine(line.stranger.0).links.get(&line.link)?;
        self.pipes.get(name).map(|pipe| pipe.binding(*side))
    }

    /// A stranger sends bytes on a line. False if it is not up.
    pub fn stranger_sends(&mut self, line: Line, bytes: &[u8]) -> bool {
        let is_up = self.lines(line.stranger).up.contains_key(&line.link);
        if is_up {
            self.send_bytes(line.stranger.0, line.link, bytes.to_vec());
        }
        is_up
    }

    /// A stranger closes a line.
    pub fn stranger_hangs_up(&mut self, line: Line) {
        self.hang_up(line.stranger.0, line.link);
    }

    /// Whatever reaches a stranger from now on is sent back to where it came from.
    pub fn stranger_echoes(&mut self, stranger: Stranger) {
        self.lines(stranger).echoes = true;
    }

    /// What a stranger has heard on a line that is up; none if it is not, or no longer.
    pub fn stranger_heard(&self, line: Line) -> Option<&[u8]> {
        let lines = self.machine(line.stranger.0).stranger.as_ref()?;
        lines.up.get(&line.link).map(Vec::as_slice)
    }

    /// The lines of a stranger that are up.
    pub fn stranger_lines(&self, stranger: Stranger) -> Vec<Line> {
        let open = self.machine(stranger.0).stranger.as_ref();
        let up = open.into_iter().flat_map(|lines| lines.up.keys());
        up.map(|link| Line { stranger, link: *link }).collect()
    }

    fn lines(&mut self, stranger: Stranger) -> &mut Lines {
        let lines = self.machine_mut(stranger.0).stranger.as_mut();
        lines.unwrap_or_else(|| panic!("{} is no stranger", stranger.0))
    }

    pub(super) fn happen_to_stranger(&mut self, host: Host, what: &Happening) {
        let stranger = Stranger(host);
        match *what {
            Happening::Arrive(name) => self.arrive_at_stranger(stranger, name),
            Happening::Up(name) => {
                self.tally.links = self.tally.links.saturating_add(1);
                self.lines(stranger).up.insert(name.link, Vec::new());
            }
            Happening::Deliver(name, side) => self.deliver_to_stranger(stranger, name, side),
            Happening::Down(end, _) => self.down_at_stranger(stranger, end),
            Happening::GiveUp(name, side) => self.give_up(name, side),
            Happening::Stored(_)
            | Happening::Loaded { .. }
            | Happening::NotStored(..)
            | Happening::NotLoaded(..)
            | Happening::Connect(_)
            | Happening::Flap(_)
            | Happening::Replace
            | Happening::Tear(_) => {}
        }
    }

    /// A stranger takes every call.
    fn arrive_at_stranger(&mut self, stranger: Stranger, name: End) {
        let host = stranger.0;
        let link = self.lines(stranger).next_link();
        let (now, end) = (self.now, self.end(host, link));
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let back = pipe.lane(0).latency.span(&self.weather.latency).max(MOMENT);
        let up_at = now.after(back);
        pipe.set_end(1, Some(end));
        pipe.lane(0).last = up_at;
        self.machine_mut(host).links.insert(link, (name, 1));
        self.lines(stranger).up.insert(link, Vec::new());
        let due =
            Due { host: name.run.host, start: Some(name.run.start), what: Happening::Up(name) };
        self.queue.push(up_at, due);
    }

    fn deliver_to_stranger(&mut self, stranger: Stranger, name: End, side: Side) {
        let now = self.now;
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let Some(end) = pipe.end(side) else { return };
        let lane = pipe.lane(side);
        let mut bytes = Vec::new();
        while let Some(parcel) = lane.take_arrived(now) {
            bytes.extend(parcel.bytes);
        }
        let has_closed = lane.has_closed(now);
        let open = self.lines(stranger);
        let echoes = open.echoes;
        if let Some(heard) = open.up.get_mut(&end.link) {
            heard.extend(&bytes);
        }
        if echoes {
            self.send_bytes(stranger.0, end.link, bytes);
        }
        if has_closed {
            self.down_at_stranger(stranger, end);
        }
    }

    fn down_at_stranger(&mut self, stranger: Stranger, end: End) {
        self.lines(stranger).up.remove(&end.link);
        self.let_go(stranger.0, end);
    }
}
