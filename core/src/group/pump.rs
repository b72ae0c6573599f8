//! Sending what there is to send, as far as credit allows.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::authority::Authority;
use crate::broadcast::Broadcast;
use crate::cx::Cx;
use crate::event::Seat;
use crate::group::Group;
use crate::group::neighbour::{Neighbour, Offer};
use crate::id::{LinkId, StatementId, VersionId};
use crate::limits::{ANSWER_TIMEOUT, FLIGHTS_MAX, FRAME_BYTES_MAX, ITEMS_PER_FRAME_MAX};
use crate::log::{Log, Without};
use crate::message::{Blob, Class, Item, Message, Set};
use crate::reconcile::Over;
use crate::record::Records;
use crate::time::Why;
use crate::timers::TimerKey;

/// What a frame of items weighs besides the items.
const FRAME_OVERHEAD: usize = 16;

impl Group {
    /// Sends whatever credit allows to every neighbour.
    pub(super) fn pump_all(&mut self, cx: &mut Cx<'_>) {
        self.ask_for_announced(cx);
        let store_keeps_up = self.flights.len() < FLIGHTS_MAX;
        let stock = Stock {
            authority: &self.authority,
            records: &self.records,
            statement_ids: &self.statement_ids,
            statements: &self.statements,
            versions: &self.versions,
            broadcast: &self.broadcast,
        };
        let mut ended = Vec::new();
        let in_flight = self.shares_in_flight();
        let mut shares: Vec<u16> = self.neighbours.values().map(|of| of.shares()).collect();
        for (at, (link, neighbour)) in self.neighbours.iter_mut().enumerate() {
            if neighbour.has_work() {
                let others = shares.iter().enumerate().filter(|(of, _)| *of != at);
                let taken = others.fold(in_flight, |bits, (_, shares)| bits | shares);
                stock.pump(cx, *link, neighbour, store_keeps_up, taken, &mut ended);
                if let Some(own) = shares.get_mut(at) {
                    *own = neighbour.shares();
                }
            }
        }
        for (link, set, over) in ended {
            self.on_over(cx, link, set, Some(over));
        }
        self.pump_payloads(cx);
        for (link, neighbour) in &mut self.neighbours {
            rearm_answer(cx, self.seat, *link, neighbour);
        }
        self.arm_spread(cx);
    }
}

/// What there is to send from.
struct Stock<'a> {
    authority: &'a Authority,
    records: &'a Records,
    statement_ids: &'a BTreeMap<Item, StatementId>,
    statements: &'a Log,
    versions: &'a Log,
    broadcast: &'a Broadcast<LinkId>,
}

/// Items that fill a frame, as far as credit allows.
struct Parcel {
    room: usize,
    items: Vec<Blob>,
}

impl Parcel {
    fn new(neighbour: &mut Neighbour) -> Self {
        let room = neighbour.room(Class::Items).min(FRAME_BYTES_MAX);
        Self { room: room.saturating_sub(FRAME_OVERHEAD), items: Vec::new() }
    }

    /// Puts an item in; false if it does not fit.
    fn put(&mut self, bytes: Bytes) -> bool {
        let Some(room) = self.room.checked_sub(bytes.len().saturating_add(4)) else { return false };
        self.room = room;
        self.items.push(Blob(bytes));
        true
    }
}

impl Stock<'_> {
    /// Sends whatever credit allows: what is new, and what a comparison has to say and to send.
    /// Each loop ends with its credit, a window at most.
    fn pump(
        &self,
        cx: &mut Cx<'_>,
        link: LinkId,
        neighbour: &mut Neighbour,
        store_keeps_up: bool,
        taken: u16,
        ended: &mut Vec<(LinkId, Set, Over)>,
    ) {
        self.send_live(cx, link, neighbour);
        self.announce(cx, link, neighbour);
        for set in [Set::Authority, Set::Records] {
            let over = self.reconcile(cx, link, neighbour, set, taken);
            ended.extend(over.map(|over| (link, set, over)));
        }
        neighbour.rest();
        while let Some(credit) = neighbour.repay(store_keeps_up) {
            cx.send(link, &credit);
        }
    }

    /// Sends what is new. What has gone again, or is there by now, is passed over.
    fn send_live(&self, cx: &mut Cx<'_>, link: LinkId, neighbour: &mut Neighbour) {
        while let Some(Offer { set, stem, .. }) = neighbour.live.front().copied() {
            let mut parcel = Parcel::new(neighbour);
            let mut is_full = false;
            while let Some(offer) = neighbour.live.front().copied()
                && (offer.set, offer.stem) == (set, stem)
                && !is_full
            {
                if !self.broadcast.is_held_by(link, &offer.item) {
                    let bytes = self.item_bytes(set, &offer.item);
                    is_full = bytes.is_some_and(|bytes| !parcel.put(bytes));
                }
                if !is_full {
                    neighbour.live.pop_front();
                }
            }
            if parcel.items.is_empty() && is_full {
                return;
            }
            match stem {
                Some(stem) if !parcel.items.is_empty() => {
                    let items = parcel.items;
                    spend_and_send(cx, link, neighbour, &Message::Push { stem, items });
                }
                _ => send_parcel(cx, link, neighbour, set, parcel),
            }
        }
    }

    /// Announces what is new, if it is time. What is there by now is passed over.
    fn announce(&self, cx: &mut Cx<'_>, link: LinkId, neighbour: &mut Neighbour) {
        while neighbour.tells && has_room(neighbour, Class::Control) {
            let Some((_, stem)) = neighbour.to_tell.front().copied() else {
                neighbour.tells = false;
                return;
            };
            let mut items = Vec::new();
            while let Some((item, of)) = neighbour.to_tell.front().copied()
                && of == stem
                && items.len() < ITEMS_PER_FRAME_MAX
            {
                neighbour.to_tell.pop_front();
                if !self.broadcast.is_held_by(link, &item) {
                    items.push(item);
                }
            }
            if !items.is_empty() {
                spend_and_send(cx, link, neighbour, &Message::Have { stem, items });
            }
        }
    }

    /// Goes on with the comparison of a set. Gives how it ended, if it did.
    fn reconcile(
        &self,
        cx: &mut Cx<'_>,
        link: LinkId,
        neighbour: &mut Neighbour,
        set: Set,
        taken: u16,
    ) -> Option<Over> {
        if !neighbour.exchange(set).has_work() {
            return None;
        }
        say_first(cx, link, neighbour, set);
        if neighbour.exchange(set).answer.is_some() {
            return None;
        }
        let refused = neighbour.exchange(set).refused().to_vec();
        let log = match set {
            Set::Authority => self.statements.without(&refused),
            Set::Records => self.versions.without(&refused),
        };
        loop {
            // whatever the credit to talk: what comes lets the other end go on, and pay for talk
            self.send_found(cx, link, neighbour, set, &log);
            if !has_room(neighbour, Class::Control) {
                return None;
            }
            let may_list = has_room(neighbour, Class::Lists);
            let session = &mut neighbour.exchange(set).session;
            let Some(talk) = session.next_talk(&log, may_list, taken) else { break };
            spend_and_send(cx, link, neighbour, &Message::Talk { set, talk });
        }
        let (talk, over) = neighbour.exchange(set).session.next_end()?;
        spend_and_send(cx, link, neighbour, &Message::Talk { set, talk });
        over
    }

    /// Sends what a comparison found to be lacking there.
    fn send_found(
        &self,
        cx: &mut Cx<'_>,
        link: LinkId,
        neighbour: &mut Neighbour,
        set: Set,
        log: &Without<'_>,
    ) {
        while neighbour.exchange(set).session.next_items(log) {
            let mut parcel = Parcel::new(neighbour);
            while let Some((position, item)) = neighbour.exchange(set).session.next_item(log) {
                let bytes = self.item_bytes(set, &item);
                let is_here = bytes.is_some();
                if bytes.is_some_and(|bytes| !parcel.put(bytes)) {
                    break;
                }
                neighbour.exchange(set).session.sent(position, is_here);
            }
            if parcel.items.is_empty() {
                return;
            }
            send_parcel(cx, link, neighbour, set, parcel);
        }
    }

    fn item_bytes(&self, set: Set, item: &Item) -> Option<Bytes> {
        match set {
            Set::Authority => {
                // the form that is listed: one that has come since may not be durable yet
                let id = self.statement_ids.get(item)?;
                self.authority.statement(id)?.encode_form(item).map(Into::into)
            }
            Set::Records if self.versions.contains(item) => {
                let id = VersionId::from_bytes(*item);
                self.records.item_bytes(&id).map(Into::into)
            }
            Set::Records => None,
        }
    }
}

/// Says what comes before all else of a comparison: the answer, and what is not kept here.
fn say_first(cx: &mut Cx<'_>, link: LinkId, neighbour: &mut Neighbour, set: Set) {
    while has_room(neighbour, Class::Control) {
        let exchange = neighbour.exchange(set);
        let answer = exchange.answer.take().map(|answer| *answer);
        let first = answer.or_else(|| exchange.next_verdict(set));
        let Some(message) = first else { return };
        spend_and_send(cx, link, neighbour, &message);
    }
}

/// Whether there is the credit for whatever a comparison has to say next in a class.
fn has_room(neighbour: &mut Neighbour, class: Class) -> bool {
    neighbour.room(class) >= FRAME_BYTES_MAX
}

fn send_parcel(cx: &mut Cx<'_>, link: LinkId, neighbour: &mut Neighbour, set: Set, parcel: Parcel) {
    if !parcel.items.is_empty() {
        spend_and_send(cx, link, neighbour, &Message::Items { set, items: parcel.items });
    }
}

/// Sends a message if its class has the credit.
pub(super) fn spend_and_send(
    cx: &mut Cx<'_>,
    link: LinkId,
    neighbour: &mut Neighbour,
    message: &Message,
) -> bool {
    let body = message.encode();
    let may_send = message.class().is_none_or(|class| neighbour.spend(class, body.len()));
    if may_send {
        cx.send_body(link, &body);
    }
    may_send
}

/// Keeps the deadline of what a neighbour owes: it moves on as long as something comes.
pub(super) fn rearm_answer(cx: &mut Cx<'_>, seat: Seat, link: LinkId, neighbour: &mut Neighbour) {
    let key = TimerKey::Neighbour(seat, link, Why::Answer);
    let is_set = neighbour.has_deadline;
    neighbour.has_deadline = neighbour.owes();
    if !neighbour.has_deadline {
        if is_set {
            cx.shared.timers.disarm(key);
        }
    } else if core::mem::take(&mut neighbour.progressed) || !is_set {
        cx.arm(key, ANSWER_TIMEOUT);
    }
}
