//! What nodes want done.

use core::time::Duration;

use bytes::Bytes;
use peergroup_core::{Address, Change, LinkDown, LinkId, LoadQuery, Output, StoreOp, Ticket};

use crate::host::Host;
use crate::oracle::Seen;
use crate::pipe::{End, Pipe, far};
use crate::queue::{Due, Happening};
use crate::world::World;

/// The least time that anything takes.
pub(super) const MOMENT: Duration = Duration::from_micros(1);

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
        let mut pipe = Pipe::new(self.seed, end, to);
        let latency = pipe.lane(1).latency.span(&self.weather.latency).max(MOMENT);
        self.pipes.insert(end, pipe);
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
    pub(super) fn send_bytes(&mut self, host: Host, link: LinkId, bytes: Vec<u8>) {
        self.tape_bytes(host, link, true, &bytes);
        self.trace.fold(self.now, host.0, "sent", &[&link.as_u64().to_le_bytes(), &bytes]);
        self.show(host, &Seen::Sent { link, bytes: &bytes });
        let Some((name, side)) = self.machine(host).links.get(&link).copied() else { return };
        let (now, range) = (self.now, self.weather.latency.clone());
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let Some(end) = pipe.end(far(side)).filter(|_| !bytes.is_empty()) else { return };
        let lane = pipe.lane(far(side));
        let Some(bytes) = lane.join(now, bytes) else { return };
        let due = now.after(lane.latency.span(&range).max(MOMENT)).max(lane.last);
        lane.send(now, due, bytes);
        let what = Happening::Deliver(name, far(side));
        self.queue.push(due, Due { host: end.run.host, start: Some(end.run.start), what });
    }

    /// Sends what waits and closes this end; the other end hears of it behind the bytes.
    pub(super) fn hang_up(&mut self, host: Host, link: LinkId) {
        self.transmit(host, link);
        let own = self.end(host, link);
        let flush = self.fates.span(&self.weather.latency).max(MOMENT);
        self.down_later(own, flush, LinkDown::Closed);
        let Some((name, side)) = self.machine(host).links.get(&link).copied() else { return };
        let (now, range) = (self.now, self.weather.latency.clone());
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        pipe.set_end(side, None);
        let Some(end) = pipe.end(far(side)) else {
            self.pipes.remove(&name);
            return;
        };
        let lane = pipe.lane(far(side));
        let due = now.after(lane.latency.span(&range).max(MOMENT)).max(lane.last);
        lane.last = due;
        let what = Happening::Down(end, LinkDown::Closed);
        self.queue.push(due, Due { host: end.run.host, start: Some(end.run.start), what });
    }

    fn store(&mut self, host: Host, ticket: Ticket, op: StoreOp) {
        let (now, range) = (self.now, self.weather.disk.clone());
        let machine = self.machine_mut(host);
        let at = now.after(machine.disk_rng.span(&range).max(MOMENT)).max(machine.disk.busy_until);
        machine.disk.busy_until = at;
        if !machine.disk.write(ticket, op) {
            self.fail("ticket order", Some(host), format!("C6: stores {ticket} out of order"));
        }
        self.schedule_at(host, at, Happening::Stored(ticket));
    }

    fn load(&mut self, host: Host, ticket: Ticket, query: &LoadQuery) {
        let (now, range) = (self.now, self.weather.disk.clone());
        let machine = self.machine_mut(host);
        let at = now.after(machine.disk_rng.span(&range).max(MOMENT)).max(machine.disk.busy_until);
        machine.disk.busy_until = at;
        if !machine.disk.take_ticket(ticket) {
            self.fail("ticket order", Some(host), format!("C6: loads {ticket} out of order"));
        }
        let machine = self.machine(host);
        let (entries, more) = machine.disk.load(&query.prefix, &query.after, query.limit);
        self.schedule_at(host, at, Happening::Loaded { ticket, entries, more });
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
            other => {
                let text = Bytes::from(format!("{other:?}"));
                self.trace.fold(at, host.0, "output", &[&text]);
            }
        }
    }
}
