//! What happens to nodes.

use peergroup_core::{Input, LinkDown, LinkId, LinkInfo, Loaded};

use crate::host::Host;
use crate::mishap::Mishap;
use crate::oracle::Seen;
use crate::pipe::{End, Excuse, MOMENT, Side, far};
use crate::queue::{Due, Happening};
use crate::world::World;

impl World {
    // dispatch: one arm per happening
    pub(super) fn happen(&mut self, due: Due) {
        let host = Host(due.host);
        let machine = self.machine(host);
        let is_for_another = due.start.is_some_and(|start| start != machine.start);
        if machine.stranger.is_some() {
            return self.happen_to_stranger(host, &due.what);
        }
        let is_for_none = due.start.is_some() && machine.node.is_none();
        if is_for_another || is_for_none {
            return;
        }
        match due.what {
            Happening::Arrive(name) => self.arrive(host, name),
            Happening::Up(name) => self.up(host, name),
            Happening::Deliver(name, side) => self.deliver(host, name, side),
            Happening::Down(end, cause) => self.down(host, end, cause),
            Happening::Stored(ticket) => self.stored(host, ticket),
            Happening::Loaded { ticket, entries, more } => {
                let loaded = Loaded { entries: &entries, more };
                self.input(host, Input::Loaded { ticket, outcome: Ok(loaded) });
            }
            Happening::NotStored(ticket, failure) => {
                self.befall(host, Mishap::DiskFailure);
                self.input(host, Input::Stored { ticket, outcome: Err(failure) });
            }
            Happening::NotLoaded(ticket, failure) => {
                self.befall(host, Mishap::DiskFailure);
                self.input(host, Input::Loaded { ticket, outcome: Err(failure) });
            }
            Happening::Connect(seat) => {
                self.count_turn(host);
                self.connect_again(host, seat);
                self.turn(host);
            }
            Happening::GiveUp(name, side) => self.give_up(name, side),
            Happening::Flap(number) => self.flap_on(number),
            Happening::Tear(ticket) => self.tear(host, ticket),
            Happening::Replace => self.replace(host),
        }
    }

    /// A dial reaches a host: its node takes the link in, if it runs and can be reached, and can
    /// answer.
    fn arrive(&mut self, host: Host, name: End) {
        let from = Host(name.run.host);
        let obstacle = self.in_the_way(from, host).or_else(|| self.in_the_way(host, from));
        let now = self.now(host);
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let back = pipe.lane(0).latency.span(&self.weather.latency).max(MOMENT);
        if let Some(mishap) = obstacle {
            let after = pipe.lane(0).fate.span(&self.weather.dial_timeout).max(MOMENT);
            self.befall(from, mishap);
            return self.fail_dial(name, after, LinkDown::TimedOut);
        }
        let Some(machine) = self.hosts.get_mut(host.0) else { return };
        let run = machine.run(host.0);
        let Some(node) = machine.node.as_mut() else {
            return self.fail_dial(name, back, LinkDown::Refused);
        };
        let up_at = self.now.after(back);
        let binding = pipe.binding(1);
        let remote = from.address();
        let link = node.accept(now, LinkInfo { binding: &binding, remote: Some(&remote) });
        machine.links.insert(link, (name, 1));
        pipe.set_end(1, Some(End { run, link }));
        pipe.lane(0).last = up_at;
        let is_relayed = pipe.excuse == Some(Excuse::Relayed);
        self.trace.fold(self.now, host.0, "accept", &[&binding]);
        self.show(host, &Seen::Accepted(link));
        let start = Some(name.run.start);
        self.queue.push(up_at, Due { host: from.0, start, what: Happening::Up(name) });
        if is_relayed {
            self.excuse(name, Excuse::Relayed);
            self.befall(host, Mishap::Relay);
        }
        self.count_turn(host);
        self.turn(host);
    }

    fn up(&mut self, host: Host, name: End) {
        let Some(pipe) = self.pipes.get(&name).filter(|pipe| pipe.end(0).is_some()) else { return };
        let (binding, remote) = (pipe.binding(0), pipe.to.clone());
        self.tally.links = self.tally.links.saturating_add(1);
        let info = LinkInfo { binding: &binding, remote: Some(&remote) };
        self.input(host, Input::LinkUp { link: name.link, info });
    }

    /// Bytes arrive, unless something is in the way; or what was to happen to them happens.
    fn deliver(&mut self, host: Host, name: End, side: Side) {
        let now = self.now;
        let Some(pipe) = self.pipes.get(&name) else { return };
        let Some(end) = pipe.end(side) else { return };
        if let Some(mishap) = self.in_the_way(Host(pipe.host(far(side))), host) {
            return self.hold(name, side, mishap);
        }
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let lane = pipe.lane(side);
        let (mut bytes, mut parcels) = (Vec::new(), 0_usize);
        let (mut altered, mut ended) = (Vec::new(), None);
        while let Some(mut parcel) = lane.take_arrived(now) {
            if let Some(harm) = parcel.harm {
                if self.weather.integrity || harm.ends_the_link() {
                    ended = Some(harm);
                    break;
                }
                if harm.alter(&mut parcel.bytes) {
                    altered.push(harm.mishap);
                }
            }
            parcels = parcels.saturating_add(1);
            if bytes.is_empty() {
                bytes = parcel.bytes;
            } else {
                bytes.append(&mut parcel.bytes);
            }
        }
        for mishap in altered {
            self.befall(host, mishap);
            self.excuse(name, Excuse::Altered);
        }
        self.tape_bytes(host, end.link, false, &bytes);
        let bytes = self.sieve_received(host, end.link, bytes);
        self.hand_over(host, (name, side), end.link, &bytes, parcels);
        if let Some(harm) = ended {
            return self.harm(host, name, harm);
        }
        let has_closed =
            self.pipes.get_mut(&name).is_some_and(|pipe| pipe.lane(side).has_closed(now));
        if has_closed {
            self.down(host, end, LinkDown::Closed);
        }
    }

    /// A host is handed bytes, in pieces.
    fn hand_over(
        &mut self,
        host: Host,
        lane: (End, Side),
        link: LinkId,
        bytes: &[u8],
        parcels: usize,
    ) {
        let (name, side) = lane;
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let rng = &mut pipe.lane(side).pieces;
        // all of them are drawn before the node sees any: it may end the pipe
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = rng.size(&self.weather.handed).clamp(1, rest.len());
            let (piece, behind) = rest.split_at(length);
            pieces.push(piece);
            rest = behind;
        }
        if parcels > 1 || pieces.len() > 1 {
            self.befall(host, Mishap::Split);
        }
        for piece in pieces {
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            self.tally.bytes = self.tally.bytes.saturating_add(length);
            self.input(host, Input::Received { link, bytes: piece });
        }
    }

    /// A link is down: its end hears of it once.
    pub(super) fn down(&mut self, host: Host, end: End, cause: LinkDown) {
        if !self.let_go(host, end) {
            return;
        }
        self.input(host, Input::LinkDown { link: end.link, cause });
    }

    /// Forgets an end of a pipe. False if it was forgotten before.
    pub(super) fn let_go(&mut self, host: Host, end: End) -> bool {
        let Some((name, side)) = self.machine_mut(host).links.remove(&end.link) else {
            return false;
        };
        if let Some(pipe) = self.pipes.get_mut(&name) {
            pipe.set_end(side, None);
            if pipe.is_over() {
                self.end_pipe(name);
            }
        }
        true
    }

    pub(super) fn fold_input(&mut self, host: Host, input: &Input<'_>) {
        let at = self.now;
        match input {
            Input::Received { link, bytes } => {
                let link = link.as_u64().to_le_bytes();
                self.trace.fold(at, host.0, "received", &[&link, bytes]);
            }
            Input::Loaded { ticket, .. } => {
                // the answer follows from what was stored
                self.trace.fold(at, host.0, "loaded", &[&ticket.as_u64().to_le_bytes()]);
            }
            other => self.trace.fold_value(at, host.0, "input", other),
        }
    }
}
