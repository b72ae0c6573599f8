//! What nodes want done.

use core::time::Duration;

use peergroup_core::{
    Address, Change, Instant, LinkDown, LinkId, LoadQuery, Output, StoreFailure, StoreOp, Ticket,
};

use crate::host::Host;
use crate::middle::Middle;
use crate::oracle::Seen;
use crate::pipe::{End, Excuse, MOMENT, Pipe, far};
use crate::queue::{Due, Happening};
use crate::world::World;

impl World {
    // dispatch: one arm per output
    pub(super) fn carry_out(&mut self, host: Host, output: Output) {
        self.fold_output(host, &output);
        self.show(host, &Seen::Output(&output));
        match output {
            Output::Dial { link, to } => self.dial(host, link, to),
            Output::Transmit { link } => self.transmit(host, link),
            Output::Hangup { link } => self.hang_up(host, link),
            Output::Store { ticket, op } => self.store(host, ticket, op),
            Output::Load { ticket, query } => self.load(host, ticket, &query),
            Output::Event { to, event } => self.on_event(host, to, event),
            Output::Notice(notice) => self.on_notice(host, notice),
            other => panic!("{host} wants what no driver knows: {other:?}"),
        }
    }

    pub(super) fn end(&self, host: Host, link: LinkId) -> End {
        End { run: self.machine(host).run(host.0), link }
    }

    pub(super) fn dial(&mut self, host: Host, link: LinkId, to: Address) {
        let end = self.end(host, link);
        self.machine_mut(host).links.insert(link, (end, 0));
        let target = Some(&to).filter(|to| to.scheme() == "mem");
        let target = target.and_then(|to| to.rest().parse::<usize>().ok());
        let number = target.unwrap_or(usize::MAX);
        let mut pipe = Pipe::new(self.seed, end, number, to);
        let lane = pipe.lane(1);
        let latency = lane.latency.span(&self.weather.latency).max(MOMENT);
        let drawn = lane.fate.one_in(self.weather.relay_one_in);
        let passage = self.passage(host, Host(number));
        let is_relayed = drawn
            || self.routes.is_relayed(host, Host(number))
            || self.routes.middle(host, Host(number)).is_some_and(Middle::ends_streams);
        if is_relayed {
            pipe.relay(self.seed, end);
        }
        pipe.passage = passage;
        self.pipes.insert(end, pipe);
        if is_relayed {
            self.excuse(end, Excuse::Relayed);
        }
        match target {
            Some(number) if number < self.hosts.len() => {
                let due = Due { host: number, start: None, what: Happening::Arrive(end) };
                self.queue.push(self.now.after(latency), due);
            }
            Some(_) => self.fail_dial(end, latency, LinkDown::Unreachable),
            None => self.fail_dial(end, MOMENT, LinkDown::Unsupported),
        }
    }

    /// The dialler hears after a while that nothing came of it.
    pub(super) fn fail_dial(&mut self, dialler: End, after: Duration, cause: LinkDown) {
        self.tally.failed_dials = self.tally.failed_dials.saturating_add(1);
        self.pipes.remove(&dialler);
        self.down_later(dialler, after, cause);
    }

    /// An end hears after a while that its link is down.
    pub(super) fn down_later(&mut self, end: End, after: Duration, cause: LinkDown) {
        let what = Happening::Down(end, cause);
        let due = Due { host: end.run.host, start: Some(end.run.start), what };
        self.queue.push(self.now.after(after), due);
    }

    /// Pulls everything that waits on a link, and sends it.
    fn transmit(&mut self, host: Host, link: LinkId) {
        let mut bytes = Vec::new();
        loop {
            let limit = self.pulls.size(&self.weather.pulled).max(1);
            let Some(node) = self.machine_mut(host).node.as_mut() else { return };
            if node.poll_transmit(link, limit, &mut bytes) == 0 {
                break;
            }
        }
        let bytes = self.sieve_sent(host, link, bytes);
        self.send_bytes(host, link, bytes);
    }

    /// Sends bytes on a link.
    pub(super) fn send_bytes(&mut self, host: Host, link: LinkId, mut bytes: Vec<u8>) {
        self.tape_bytes(host, link, true, &bytes);
        self.trace.fold(self.now, host.0, "sent", &[&link.as_u64().to_le_bytes(), &bytes]);
        self.show(host, &Seen::Sent { link, bytes: &bytes });
        let Some((name, side)) = self.machine(host).links.get(&link).copied() else { return };
        if self.tamper_with(host, link, &mut bytes) {
            self.excuse(name, Excuse::Altered);
        }
        let Some(pipe) = self.pipes.get_mut(&name).filter(|_| !bytes.is_empty()) else { return };
        if pipe.is_dead {
            return self.begin_giving_up(name, side);
        }
        self.dispatch(name, side, bytes);
    }

    /// Sends what waits and closes this end; the other end hears of it behind the bytes.
    pub(super) fn hang_up(&mut self, host: Host, link: LinkId) {
        self.transmit(host, link);
        let own = self.end(host, link);
        let (now, least) = (self.now, (*self.weather.latency.start()).max(MOMENT));
        let Some((name, side)) = self.machine(host).links.get(&link).copied() else {
            return self.down_later(own, least, LinkDown::Closed);
        };
        let Some(pipe) = self.pipes.get_mut(&name) else {
            return self.down_later(own, least, LinkDown::Closed);
        };
        pipe.set_end(side, None);
        let lane = pipe.lane(far(side));
        let flush = lane.latency.span(&self.weather.latency).max(MOMENT);
        if let Some(end) = pipe.end(far(side))
            && !pipe.is_dead
        {
            let due = pipe.lane(far(side)).close(now, &self.weather);
            let what = Happening::Deliver(name, far(side));
            self.queue.push(due, Due { host: end.run.host, start: Some(end.run.start), what });
        }
        if pipe.is_over() {
            self.end_pipe(name);
        }
        self.down_later(own, flush, LinkDown::Closed);
    }

    /// Nothing of a pipe is left to happen.
    pub(super) fn end_pipe(&mut self, name: End) -> Option<Pipe> {
        if !self.routes.held.is_empty() {
            self.routes.held.remove(&(name, 0));
            self.routes.held.remove(&(name, 1));
        }
        self.pipes.remove(&name)
    }

    /// When the host's disk is done with the next thing that it is asked to do.
    fn disk_done_at(&mut self, host: Host) -> Instant {
        let now = self.now;
        let Some(machine) = self.hosts.get_mut(host.0) else { return now };
        let span = machine.disk_rng.span(&self.weather.disk).max(MOMENT);
        let at = now.after(span).max(machine.disk.busy_until);
        machine.disk.busy_until = at;
        at
    }

    fn store(&mut self, host: Host, ticket: Ticket, op: StoreOp) {
        let at = self.disk_done_at(host);
        let machine = self.machine_mut(host);
        let failure = machine.disk.failure;
        let is_torn = machine.is_doomed && failure.is_none() && op.changes.len() > 1;
        machine.is_doomed &= !is_torn;
        let is_in_order = match failure {
            None => machine.disk.write(ticket, op),
            Some(_) => machine.disk.take_ticket(ticket),
        };
        if !is_in_order {
            self.fail("ticket order", Some(host), format!("C6: stores {ticket} out of order"));
        }
        let what = match failure {
            None if is_torn => Happening::Tear(ticket),
            None => Happening::Stored(ticket),
            Some(failure) => Happening::NotStored(ticket, failure),
        };
        self.schedule_at(host, at, what);
    }

    fn load(&mut self, host: Host, ticket: Ticket, query: &LoadQuery) {
        let at = self.disk_done_at(host);
        if !self.machine_mut(host).disk.take_ticket(ticket) {
            self.fail("ticket order", Some(host), format!("C6: loads {ticket} out of order"));
        }
        let disk = &self.machine(host).disk;
        // what is full can still be read
        let failure = disk.failure.filter(|failure| *failure != StoreFailure::Full);
        let what = match failure {
            None => {
                let (entries, more) = disk.load(&query.prefix, &query.after, query.limit);
                Happening::Loaded { ticket, entries, more }
            }
            Some(failure) => Happening::NotLoaded(ticket, failure),
        };
        self.schedule_at(host, at, what);
    }

    fn fold_output(&mut self, host: Host, output: &Output) {
        let at = self.now;
        match output {
            Output::Store { ticket, op } => {
                let ticket = ticket.as_u64().to_le_bytes();
                let mut parts: Vec<&[u8]> = vec![&ticket];
                for change in &op.changes {
                    match change {
                        Change::Put { key, value } => parts.extend([b"put", key.as_ref(), value]),
                        Change::Delete { key } => parts.extend([b"del".as_slice(), key]),
                        Change::DeletePrefix { prefix } => {
                            parts.extend([b"all".as_slice(), prefix]);
                        }
                    }
                }
                self.trace.fold(at, host.0, "store", &parts);
            }
            Output::Load { ticket, query } => {
                let ticket = ticket.as_u64().to_le_bytes();
                self.trace.fold(at, host.0, "load", &[&ticket, &query.prefix, &query.after]);
            }
            Output::Transmit { .. } => {} // its bytes are folded
            other => self.trace.fold_value(at, host.0, "output", other),
        }
    }
}
