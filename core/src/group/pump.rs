//! Sending what there is to send, as far as credit allows.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::authority::Authority;
use crate::cx::Cx;
use crate::event::Seat;
use crate::group::Group;
use crate::group::neighbour::Neighbour;
use crate::id::{LinkId, StatementId, VersionId};
use crate::limits::{
    ANSWER_TIMEOUT, FLIGHTS_MAX, FRAME_BYTES_MAX, ITEMS_PER_FRAME_MAX, WANTED_MAX,
};
use crate::log::Log;
use crate::message::{Blob, Class, Item, Message, Set};
use crate::record::Records;
use crate::time::Why;
use crate::timers::TimerKey;

/// What a frame of items weighs besides the items.
const FRAME_OVERHEAD: usize = 16;

impl Group {
    /// Offers a new item to every neighbour.
    pub(super) fn spread(&mut self, set: Set, item: Item) {
        for neighbour in self.neighbours.values_mut() {
            neighbour.offer(set, item);
        }
    }

    /// Sends whatever credit allows to every neighbour.
    pub(super) fn pump_all(&mut self, cx: &mut Cx<'_>) {
        let store_keeps_up = self.flights.len() < FLIGHTS_MAX;
        let stock = Stock {
            authority: &self.authority,
            records: &self.records,
            statements: &self.statements,
            versions: &self.versions,
        };
        for (link, neighbour) in &mut self.neighbours {
            if neighbour.has_work() {
                stock.pump(cx, *link, neighbour, store_keeps_up);
            }
        }
        self.pump_payloads(cx);
        for (link, neighbour) in &mut self.neighbours {
            rearm_answer(cx, self.seat, *link, neighbour);
        }
    }
}

/// What there is to send from.
struct Stock<'a> {
    authority: &'a Authority,
    records: &'a Records,
    statements: &'a Log<StatementId>,
    versions: &'a Log<()>,
}

impl Stock<'_> {
    /// Sends whatever credit allows: what is new, what is lacking here, what was asked for, and
    /// the list. Each loop ends with its credit, a window at most.
    fn pump(&self, cx: &mut Cx<'_>, link: LinkId, neighbour: &mut Neighbour, store_keeps_up: bool) {
        while let Some((set, _)) = neighbour.live.front().copied() {
            let run = neighbour.live.iter().take_while(|(of, _)| *of == set).count();
            let mut queue: VecDeque<Item> =
                neighbour.live.drain(..run).map(|(_, item)| item).collect();
            let is_stuck = self.send_items(cx, link, neighbour, set, &mut queue);
            for item in queue.into_iter().rev() {
                neighbour.live.push_front((set, item));
            }
            if is_stuck {
                break;
            }
        }
        for set in [Set::Authority, Set::Records] {
            send_wants(cx, link, neighbour, set);
            let mut answers = core::mem::take(&mut neighbour.exchange(set).answers);
            self.send_items(cx, link, neighbour, set, &mut answers);
            neighbour.exchange(set).answers = answers;
            self.send_lists(cx, link, neighbour, set);
        }
        neighbour.rest();
        while let Some(credit) = neighbour.repay(store_keeps_up) {
            cx.send(link, &credit);
        }
    }

    /// Sends items until they or the credit end; true if it was the credit.
    fn send_items(
        &self,
        cx: &mut Cx<'_>,
        link: LinkId,
        neighbour: &mut Neighbour,
        set: Set,
        queue: &mut VecDeque<Item>,
    ) -> bool {
        while !queue.is_empty() {
            let room = neighbour.room(Class::Items).min(FRAME_BYTES_MAX);
            let (mut size, mut blobs, mut lacking) = (FRAME_OVERHEAD, Vec::new(), Vec::new());
            while let Some(item) = queue.front().copied() {
                match self.item_bytes(set, &item) {
                    Some(bytes) => {
                        size = size.saturating_add(bytes.len()).saturating_add(4);
                        if size > room {
                            break;
                        }
                        neighbour.knows(item);
                        blobs.push(Blob(bytes));
                    }
                    None if lacking.len() < ITEMS_PER_FRAME_MAX => lacking.push(item),
                    None => break,
                }
                queue.pop_front();
            }
            let is_stuck = blobs.is_empty() && lacking.is_empty();
            if !lacking.is_empty() {
                let message = Message::Lacking { set, items: lacking.clone() };
                if !spend_and_send(cx, link, neighbour, &message) {
                    lacking.into_iter().rev().for_each(|item| queue.push_front(item));
                    return true;
                }
            }
            if !blobs.is_empty() {
                spend_and_send(cx, link, neighbour, &Message::Items { set, items: blobs });
            }
            if is_stuck {
                return true;
            }
        }
        false
    }

    fn send_lists(&self, cx: &mut Cx<'_>, link: LinkId, neighbour: &mut Neighbour, set: Set) {
        while let Some(position) = neighbour.exchange(set).listing {
            let full_page = ITEMS_PER_FRAME_MAX.saturating_mul(32).saturating_add(FRAME_OVERHEAD);
            if neighbour.room(Class::Lists) < full_page {
                return;
            }
            let (items, next) = match set {
                Set::Authority => self.statements.page(position, ITEMS_PER_FRAME_MAX),
                Set::Records => self.versions.page(position, ITEMS_PER_FRAME_MAX),
            };
            neighbour.exchange(set).listing = next;
            let message = Message::List { set, items, last: next.is_none() };
            spend_and_send(cx, link, neighbour, &message);
        }
    }

    fn item_bytes(&self, set: Set, item: &Item) -> Option<bytes::Bytes> {
        match set {
            Set::Authority => {
                // the form that is listed: one that has come since may not be durable yet
                let id = self.statements.key(item)?;
                self.authority.statement(&id)?.encode_form(item).map(Into::into)
            }
            Set::Records if self.versions.contains(item) => {
                let id = VersionId::from_bytes(*item);
                self.records.item_bytes(&id).map(Into::into)
            }
            Set::Records => None,
        }
    }
}

/// Asks for what is lacking here, as far as the bound on what is asked for at once allows.
fn send_wants(cx: &mut Cx<'_>, link: LinkId, neighbour: &mut Neighbour, set: Set) {
    loop {
        let exchange = neighbour.exchange(set);
        let room = WANTED_MAX.saturating_sub(exchange.wanted.len());
        let count = exchange.to_want.len().min(ITEMS_PER_FRAME_MAX).min(room);
        if count == 0 {
            return;
        }
        let items: Vec<Item> = exchange.to_want.iter().take(count).copied().collect();
        let message = Message::Want { set, items: items.clone() };
        if !spend_and_send(cx, link, neighbour, &message) {
            return;
        }
        let exchange = neighbour.exchange(set);
        exchange.to_want.drain(..count);
        exchange.wanted.extend(items);
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
