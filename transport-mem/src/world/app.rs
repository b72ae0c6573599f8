//! The application on each host: what it does by itself, and what it has heard.

use core::time::Duration;
use std::collections::BTreeSet;

use peergroup_core::{
    ConnectError, Event, EventKind, Fault, GroupId, Interest, Invitation, LinkId, NeighbourChange,
    Notice, OpenError, RegistrationId, Seat, StoreFailure, limits::CONNECT_TIMEOUT,
};

use crate::host::{Host, KEPT_MAX};
use crate::oracle::Deed;
use crate::pipe::Excuse;
use crate::queue::Happening;
use crate::world::World;

/// How long an application waits before it connects again after it found nobody.
const RETRY: Duration = Duration::from_secs(30);

impl World {
    /// Whether the host's application deals at once with what arrives on direct connections, as it
    /// does unless told otherwise. If not, the peer's credit runs out.
    pub fn reads(&mut self, host: Host, reads: bool) {
        self.machine_mut(host).app.reads = reads;
    }

    /// From now on applications connect once, for so long, and never again by themselves: whatever
    /// brings hosts together is the protocol's doing.
    pub fn connect_once(&mut self, timeout: Duration) {
        self.patience = Some(timeout);
    }

    /// How long an application tries to connect.
    pub(super) fn connect_timeout(&self) -> Duration {
        self.patience.unwrap_or(CONNECT_TIMEOUT)
    }

    /// Takes the events of a host since they were last taken, with the seat each is about. At most
    /// the latest 65,536 are kept.
    pub fn take_events(&mut self, host: Host) -> Vec<(Seat, Event)> {
        core::mem::take(&mut self.machine_mut(host).app.events).into()
    }

    /// Takes the notices of a host since they were last taken.
    pub fn take_notices(&mut self, host: Host) -> Vec<Notice> {
        self.machine_mut(host).app.notices.drain(..).collect()
    }

    pub(super) fn on_event(&mut self, host: Host, to: RegistrationId, event: Event) {
        self.tally.events = self.tally.events.saturating_add(1);
        let app = &mut self.machine_mut(host).app;
        let Some(seat) = app.registrations.get(&to).copied() else { return };
        let reads = app.reads;
        match &event {
            Event::Data { connection, .. } if reads => {
                let (now, connection) = (self.now(host), *connection);
                if let Some(node) = self.machine_mut(host).node.as_mut() {
                    node.received(now, connection);
                }
            }
            Event::ConnectFailed(_) if self.patience.is_none() => {
                self.schedule(host, RETRY, Happening::Connect(seat));
            }
            Event::PeerFaulted { link, fault, .. } => self.count_fault(host, *link, *fault),
            Event::NeighbourChanged { link, change: NeighbourChange::Connected, .. } => {
                self.check_neighbour(host, *link);
            }
            _ => {}
        }
        let events = &mut self.machine_mut(host).app.events;
        if events.len() >= KEPT_MAX {
            events.pop_front();
        }
        events.push_back((seat, event));
    }

    pub(super) fn on_notice(&mut self, host: Host, notice: Notice) {
        match &notice {
            Notice::Started(Ok(())) => self.on_started(host),
            Notice::Started(Err(StoreFailure::Corrupt)) => {
                self.tally.refused_stores = self.tally.refused_stores.saturating_add(1);
                self.schedule(host, RETRY, Happening::Replace);
            }
            Notice::Opened { seat, outcome: Ok(()) } => {
                self.register_all(host, *seat);
                self.connect_again(host, *seat);
            }
            Notice::Opened { seat, outcome: Err(OpenError::Corrupt) } => {
                self.tally.refused_stores = self.tally.refused_stores.saturating_add(1);
                self.give_group_up(host, *seat);
            }
            Notice::StrangerFaulted { link, fault } => self.count_fault(host, *link, *fault),
            _ => {}
        }
        let notices = &mut self.machine_mut(host).app.notices;
        if notices.len() >= KEPT_MAX {
            notices.pop_front();
        }
        notices.push_back(notice);
    }

    /// A peer broke the protocol, or seems to have.
    fn count_fault(&mut self, host: Host, link: LinkId, fault: Fault) {
        // parts of payloads are read from the disk and sent as they are
        let is_rotten = fault == Fault::InvalidPayload && self.is_of_a_bad_disk(host, link);
        let is_excused = match self.machine(host).excuses.get(&link) {
            None => is_rotten,
            Some(Excuse::Held) => fault == Fault::Silent,
            Some(Excuse::Altered | Excuse::Relayed) => true,
        };
        let count = if self.is_of_a_rogue(host, link) {
            &mut self.tally.faults_caught
        } else if is_excused {
            &mut self.tally.faults_tampered
        } else {
            &mut self.tally.faults
        };
        *count = count.saturating_add(1);
    }

    /// Whoever is in the middle of a link cannot pass for the other end.
    fn check_neighbour(&mut self, host: Host, link: LinkId) {
        if self.machine(host).excuses.get(&link) == Some(&Excuse::Relayed) {
            self.fail("relay", Some(host), format!("{link:?} is up with somebody in the middle"));
        }
    }

    /// What the host holds of a group is damaged: the application deletes it. Somebody may invite
    /// it again.
    fn give_group_up(&mut self, host: Host, seat: Seat) {
        let now = self.now(host);
        let machine = self.machine_mut(host);
        machine.has_sound_disk = false;
        machine.app.wants.remove(&seat);
        let deleted = machine.node.as_mut().map(|node| node.delete_group(now, seat).is_ok());
        if deleted != Some(true) {
            self.fail("delete", Some(host), "a damaged group cannot be deleted".to_owned());
        }
    }

    /// The groups that the application wants are opened again. One whose founding was lost in a
    /// crash is gone; one whose joining was lost is joined again.
    fn on_started(&mut self, host: Host) {
        let now = self.now(host);
        let machine = self.machine_mut(host);
        machine.app.is_started = true;
        machine.app.may_rejoin = true;
        let Some(node) = machine.node.as_mut() else { return };
        let before = machine.app.wants.clone();
        machine.app.wants.retain(|seat| node.open(now, *seat).is_ok());
        for seat in before.difference(&machine.app.wants.clone()) {
            self.rejoin(host, *seat);
        }
    }

    /// Joins once more by the invitation at hand, if it was not tried since the host started: the
    /// disk may have forgotten that it was used.
    fn rejoin(&mut self, host: Host, seat: Seat) {
        let now = self.now(host);
        let machine = self.machine_mut(host);
        let Some(node) = machine.node.as_mut().filter(|_| machine.app.may_rejoin) else { return };
        let Some(invitation) = machine.app.invitations.get(&seat) else { return };
        machine.app.may_rejoin = false;
        // either may have nothing to do
        let was_held = node.close(now, seat).is_ok() | node.delete_group(now, seat).is_ok();
        let joined = node.join(now, invitation);
        self.trace.fold(self.now, host.0, "joins again", &[&[u8::from(was_held)]]);
        if let Ok(receipt) = joined {
            self.did(host, seat, Deed::Joined, receipt.ticket);
            self.machine_mut(host).app.wants.insert(seat);
            self.register_all(host, seat);
            self.connect_again(host, seat);
        }
    }

    /// Registers for everything, so that the application hears it.
    pub(super) fn register_all(&mut self, host: Host, seat: Seat) {
        let kinds = [
            EventKind::Status,
            EventKind::Property,
            EventKind::Record,
            EventKind::Connection,
            EventKind::Data,
            EventKind::Neighbour,
            EventKind::Member,
            EventKind::ConnectFailed,
            EventKind::Credentials,
            EventKind::Fault,
        ];
        let now = self.now(host);
        let machine = self.machine_mut(host);
        let Some(node) = machine.node.as_mut() else { return };
        if let Ok(id) = node.register(now, seat, &kinds.map(Interest::from)) {
            machine.app.registrations.insert(id, seat);
        }
    }

    /// A host has joined a group by itself: it is registered, connected and wanted.
    pub(crate) fn settle_in(&mut self, host: Host, invitation: &Invitation) {
        let seat = self.seat(host, invitation.group());
        let app = &mut self.machine_mut(host).app;
        app.wants.insert(seat);
        app.invitations.insert(seat, invitation.clone());
        self.register_all(host, seat);
        self.connect_again(host, seat);
        self.turn(host);
    }

    /// A host leaves a group. False if it may not.
    pub(crate) fn leave(&mut self, host: Host, group: GroupId) -> bool {
        let has_left = self.deed(host, group, |node, now, seat| {
            Some((Deed::Left, node.leave(now, seat).ok()?.ticket))
        });
        if has_left {
            let seat = self.seat(host, group);
            self.machine_mut(host).app.invitations.remove(&seat);
        }
        has_left
    }

    /// A host deletes whatever it holds of a group.
    pub(crate) fn forget(&mut self, host: Host, group: GroupId) {
        let seat = self.seat(host, group);
        self.machine_mut(host).app.wants.remove(&seat);
        self.act(host, |node, now| {
            // either may have nothing to do
            let was_open = node.close(now, seat).is_ok();
            let was_held = node.delete_group(now, seat).is_ok();
            (was_open, was_held)
        });
    }

    /// Connects every group that is wanted, unless it is connected; and tries once more to join
    /// those that it was invited to and is no member of.
    pub(crate) fn connect_all(&mut self, host: Host) {
        let app = &mut self.machine_mut(host).app;
        app.may_rejoin = true;
        let wanted = app.wants.iter().chain(app.invitations.keys());
        let seats: BTreeSet<Seat> = wanted.copied().collect();
        for seat in seats {
            self.schedule(host, Duration::ZERO, Happening::Connect(seat));
        }
    }

    /// Connects a group that is wanted and not connected.
    pub(super) fn connect_again(&mut self, host: Host, seat: Seat) {
        let (now, timeout) = (self.now(host), self.connect_timeout());
        let machine = self.machine_mut(host);
        let Some(node) = machine.node.as_mut() else { return };
        match node.connect(now, seat, timeout) {
            Ok(()) | Err(ConnectError::AlreadyConnected) => {}
            Err(_) => {
                // it is closed, or no membership
                self.trace.fold(self.now, host.0, "not connected", &[]);
                self.rejoin(host, seat);
            }
        }
    }
}
