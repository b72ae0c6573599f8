//! What happens to nodes.

use peergroup_core::{Input, LinkDown, LinkInfo, Loaded};

use crate::host::Host;
use crate::oracle::Seen;
use crate::pipe::{End, Side};
use crate::queue::{Due, Happening};
use crate::world::World;
use crate::world::carry::MOMENT;

impl World {
    // dispatch: one arm per happening
    pub(super) fn happen(&mut self, due: Due) {
        let host = Host(due.host);
        let machine = self.machine(host);
        let is_for_another = due.start.is_some_and(|start| start != machine.start);
        if machine.stranger.is_some() {
            return self.happen_to_stranger(host, due.what);
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
            Happening::Stored(ticket) => {
                self.tally.batches = self.tally.batches.saturating_add(1);
                self.machine_mut(host).disk.sync(ticket);
                self.input(host, Input::Stored { ticket, outcome: Ok(()) });
            }
            Happening::Loaded { ticket, entries, more } => {
                let loaded = Loaded { entries: &entries, more };
                self.input(host, Input::Loaded { ticket, outcome: Ok(loaded) });
            }
            Happening::Connect(seat) => {
                self.count_turn(host);
                self.connect_again(host, seat);
                self.turn(host);
            }
        }
    }

    /// A dial reaches a host: its node takes the link in, if it runs and can be reached.
    fn arrive(&mut self, host: Host, name: End) {
        let weather = self.weather.clone();
        let from = Host(name.run.host);
        let is_reachable = self.machine(from).island == self.machine(host).island;
        let now = self.now(host);
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let back = pipe.lane(0).latency.span(&weather.latency).max(MOMENT);
        if !is_reachable {
            let after = pipe.lane(0).fate.span(&weather.dial_timeout).max(MOMENT);
            return self.fail_dial(name, after, LinkDown::TimedOut);
        }
        let Some(machine) = self.hosts.get_mut(host.0) else { return };
        let run = machine.run(host.0);
        let Some(node) = machine.node.as_mut() else {
            return self.fail_dial(name, back, LinkDown::Refused);
        };
        let up_at = self.now.after(back);
        let link = node.accept(now, LinkInfo { binding: &pipe.binding, remote: None });
        machine.links.insert(link, (name, 1));
        pipe.set_end(1, Some(End { run, link }));
        pipe.lane(0).last = up_at;
        self.trace.fold(self.now, host.0, "accept", &[&pipe.binding]);
        self.show(host, &Seen::Accepted(link));
        let start = Some(name.run.start);
        self.queue.push(up_at, Due { host: from.0, start, what: Happening::Up(name) });
        self.count_turn(host);
        self.turn(host);
    }

    fn up(&mut self, host: Host, name: End) {
        let Some(pipe) = self.pipes.get(&name).filter(|pipe| pipe.end(0).is_some()) else { return };
        let (binding, remote) = (pipe.binding, pipe.to.clone());
        self.tally.links = self.tally.links.saturating_add(1);
        let info = LinkInfo { binding: &binding, remote: Some(&remote) };
        self.input(host, Input::LinkUp { link: name.link, info });
    }

    /// Bytes arrive, in pieces; or the link breaks.
    fn deliver(&mut self, host: Host, name: End, side: Side) {
        let (now, weather) = (self.now, self.weather.clone());
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let Some(end) = pipe.end(side) else { return };
        let lane = pipe.lane(side);
        let bytes = lane.arrived(now);
        if lane.fate.one_in(weather.break_one_in) {
            return self.break_pipe(name);
        }
        self.tape_bytes(host, end.link, false, &bytes);
        let bytes = self.sieve_received(host, end.link, bytes);
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let lane = pipe.lane(side);
        let mut pieces = Vec::new();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (piece, behind) =
                rest.split_at(lane.pieces.size(&weather.handed).clamp(1, rest.len()));
            pieces.push(piece);
            rest = behind;
        }
        for piece in pieces {
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            self.tally.bytes = self.tally.bytes.saturating_add(length);
            self.input(host, Input::Received { link: end.link, bytes: piece });
        }
    }

    /// A link is down: its end hears of it once.
    fn down(&mut self, host: Host, end: End, cause: LinkDown) {
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
            if pipe.ends == [None, None] {
                self.pipes.remove(&name);
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
            other => self.trace.fold(at, host.0, "input", &[format!("{other:?}").as_bytes()]),
        }
    }
}
