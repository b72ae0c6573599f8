//! What a step of the group has changed and not yet handed to the store, and what follows once it
//! is durable (C6).

use alloc::vec::Vec;

use crate::cx::Cx;
use crate::event::Event;
use crate::group::{Group, Leaving};
#[cfg(feature = "password")]
use crate::id::LinkId;
use crate::id::{StatementId, Ticket, VersionId};
use crate::journal::Owner;
use crate::message::Set;
use crate::record::Part;
use crate::storage::{Change, StoreFailure};

/// Changes for the store, and what waits for them.
#[derive(Debug, Default)]
pub(super) struct Staged {
    pub(super) changes: Vec<Change>,
    pub(super) flight: Flight,
}

/// What follows once a store operation is durable.
#[derive(Debug, Default)]
pub(super) struct Flight {
    pub(super) statements: Vec<StatementId>,
    pub(super) versions: Vec<VersionId>,
    /// Parts of payloads, by the numbers of those.
    pub(super) parts: Vec<(u64, Part)>,
    /// Shares of the records that neighbours have sent whole: a bit for each.
    pub(super) shares: u16,
    pub(super) events: Vec<Event>,
    /// The last flights of links: each is closed behind it.
    #[cfg(feature = "password")]
    pub(super) verdicts: Vec<(LinkId, Vec<u8>)>,
}

impl Group {
    /// Queues an event behind everything that is not durable yet.
    pub(super) fn tell(&mut self, event: Event) {
        self.staged.flight.events.push(event);
    }

    /// Hands what is staged to the store. Always makes a store operation.
    pub(super) fn commit(&mut self, cx: &mut Cx<'_>) -> Ticket {
        let staged = core::mem::take(&mut self.staged);
        let shared = &mut *cx.shared;
        let owner = Owner::Group(self.seat);
        let ticket = shared.journal.store(&mut shared.outbox, owner, staged.changes);
        self.flights.push_back((ticket, staged.flight));
        ticket
    }

    /// Hands what is staged to the store, if it is anything. Events alone follow the operation
    /// before them, or leave at once.
    pub(super) fn flush(&mut self, cx: &mut Cx<'_>) {
        if !self.staged.changes.is_empty() {
            self.commit(cx);
            return;
        }
        let flight = core::mem::take(&mut self.staged.flight);
        match self.flights.back_mut() {
            Some((_, last)) => {
                last.events.extend(flight.events);
                last.versions.extend(flight.versions);
                last.parts.extend(flight.parts);
                last.statements.extend(flight.statements);
                last.shares |= flight.shares;
                #[cfg(feature = "password")]
                last.verdicts.extend(flight.verdicts);
            }
            None => self.land(cx, flight),
        }
    }

    /// The shares of the records that have come and are not durable yet: a bit for each. To ask
    /// another neighbour for one would bring it again.
    pub(super) fn shares_in_flight(&self) -> u16 {
        let flights = self.flights.iter().map(|(_, flight)| flight.shares);
        flights.fold(self.staged.flight.shares, |bits, shares| bits | shares)
    }

    /// A store operation of this group ended.
    pub(crate) fn on_stored(
        &mut self,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        outcome: Result<(), StoreFailure>,
    ) {
        if let Err(failure) = outcome {
            self.fail(cx, failure);
            return;
        }
        while let Some((first, _)) = self.flights.front()
            && *first <= ticket
            && let Some((_, flight)) = self.flights.pop_front()
        {
            self.land(cx, flight);
        }
        self.pump_all(cx);
        if let Some(Leaving::Storing(resignation)) = self.leaving
            && resignation <= ticket
        {
            self.leaving = Some(Leaving::Spreading);
            self.judge_self(cx);
        }
    }

    /// What was in flight is durable: it is listed, spread and told.
    fn land(&mut self, cx: &mut Cx<'_>, flight: Flight) {
        for id in flight.statements {
            let Some(statement) = self.authority.statement(&id) else { continue };
            let item = statement.item();
            let [digest, full] = statement.items();
            self.unlist(Set::Authority, if item == full { &digest } else { &full });
            if self.statements.insert(item) {
                self.statement_ids.insert(item, id);
                self.note_listed(Set::Authority, &item);
                self.spread_statement(item);
            }
        }
        for id in flight.versions {
            let item = *id.as_bytes();
            if self.records.contains(&id) && self.versions.insert(item) {
                self.note_listed(Set::Records, &item);
                self.spread_version(cx, &id);
            }
        }
        for event in flight.events {
            cx.event(self.seat, event);
        }
        self.on_parts_durable(cx, &flight.parts);
        #[cfg(feature = "password")]
        self.send_verdicts(cx, flight.verdicts);
    }

    /// The store failed: the group keeps what is acknowledged by doing nothing more.
    pub(super) fn fail(&mut self, cx: &mut Cx<'_>, failure: StoreFailure) {
        if self.failed.is_some() {
            return;
        }
        self.failed = Some(failure);
        self.staged = Staged::default();
        self.flights.clear();
        self.go_offline(cx);
        self.tell(Event::StoreFailed(failure));
        for event in core::mem::take(&mut self.staged).flight.events {
            cx.event(self.seat, event);
        }
    }
}
