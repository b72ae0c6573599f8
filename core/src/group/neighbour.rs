//! One neighbour: what it may send, what it may be sent, and how far the two sets have come.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use crate::address::Network;
use crate::broadcast::Stem;
use crate::event::Seat;
use crate::fault::Fault;
use crate::group::differences::Exchange;
use crate::group::payload::Side;
use crate::handshake::{self, LinkKey};
use crate::id::Instance;
use crate::key::PeerId;
use crate::limits::{AWAITED_PER_NEIGHBOUR_MAX, CLASS_WINDOW, LIVE_MAX, TO_TELL_MAX};
use crate::message::{Class, Item, Message, Set};
use crate::reconcile::Session;
use crate::statement::Role;
use crate::time::Instant;

/// What stays allocated for a queue of items while it is empty.
const IDLE_ITEMS: usize = 16;

/// A new item that waits for the credit to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) set: Set,
    pub(super) item: Item,
    /// The tree that it goes along.
    pub(super) stem: Option<Stem>,
}

/// A member at the other end of an established group link.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Neighbour {
    pub(super) peer: PeerId,
    pub(super) instance: Instance,
    /// Its role when the link was made.
    pub(super) role: Role,
    pub(super) side: handshake::Side,
    /// The network in which it is, if that is public and the transport tells.
    pub(super) network: Option<Network>,
    pub(super) since: Instant,
    /// When it last said anything.
    pub(super) heard: Instant,
    /// Whether it has synchronised itself, so that its word makes another ready.
    pub(super) ready: bool,
    /// Whether it has said who is online, as far as it knew.
    pub(super) has_said_online: bool,
    /// The deadline of what it owes is set.
    pub(super) has_deadline: bool,
    /// Something owed came since the deadline was set.
    pub(super) progressed: bool,
    /// When its calendar was asked for.
    pub(super) clock_asked: Option<Instant>,
    pub(super) authority: Box<Exchange>,
    pub(super) records: Box<Exchange>,
    pub(super) live: VecDeque<Offer>,
    /// New versions to be announced, in the order in which they came.
    pub(super) to_tell: VecDeque<(Item, Option<Stem>)>,
    /// They are to be announced now.
    pub(super) tells: bool,
    /// Something new was dropped: a comparison is due.
    pub(super) is_behind: bool,
    pub(super) payloads: Side,
    control: Account,
    lists: Account,
    items: Account,
}

/// Credit of one class of traffic, both ways.
#[derive(Debug)]
struct Account {
    may_send: u32,
    may_receive: u32,
    owed: u32,
}

impl Account {
    const fn new() -> Self {
        Self { may_send: CLASS_WINDOW, may_receive: CLASS_WINDOW, owed: 0 }
    }
}

impl Neighbour {
    pub(super) fn new(
        peer: PeerId,
        instance: Instance,
        role: Role,
        side: handshake::Side,
        key: LinkKey,
        now: Instant,
    ) -> Self {
        Self {
            peer,
            instance,
            role,
            side,
            network: None,
            since: now,
            heard: now,
            ready: false,
            has_said_online: false,
            has_deadline: false,
            progressed: false,
            clock_asked: None,
            authority: Box::new(Exchange::new(Session::new(key.clone(), Set::Authority))),
            records: Box::new(Exchange::new(Session::new(key, Set::Records))),
            live: VecDeque::new(),
            to_tell: VecDeque::new(),
            tells: false,
            is_behind: false,
            payloads: Side::default(),
            control: Account::new(),
            lists: Account::new(),
            items: Account::new(),
        }
    }

    /// The exchange of a set.
    pub(super) fn exchange(&mut self, set: Set) -> &mut Exchange {
        match set {
            Set::Authority => &mut self.authority,
            Set::Records => &mut self.records,
        }
    }

    /// The shares of the records that the neighbour was asked for: a bit for each.
    pub(super) fn shares(&self) -> u16 {
        self.records.session.shares()
    }

    fn account(&mut self, class: Class) -> &mut Account {
        match class {
            Class::Control => &mut self.control,
            Class::Lists => &mut self.lists,
            Class::Items => &mut self.items,
        }
    }

    /// Bytes that may be sent of a class.
    pub(super) fn room(&mut self, class: Class) -> usize {
        usize::try_from(self.account(class).may_send).unwrap_or(usize::MAX)
    }

    /// Charges a message that is to be sent; false if its class has not that much credit.
    pub(super) fn spend(&mut self, class: Class, bytes: usize) -> bool {
        let account = self.account(class);
        let left = u32::try_from(bytes).ok().and_then(|bytes| account.may_send.checked_sub(bytes));
        match left {
            Some(left) => {
                account.may_send = left;
                true
            }
            None => false,
        }
    }

    /// The neighbour granted more.
    pub(super) fn on_credit(&mut self, class: Class, bytes: u32) -> Result<(), Fault> {
        // credit returns in halves of a window, so that returning it is no traffic of its own
        if bytes < CLASS_WINDOW / 2 {
            return Err(Fault::Unexpected);
        }
        let account = self.account(class);
        let credit = account.may_send.checked_add(bytes).ok_or(Fault::CreditExceeded)?;
        if credit > CLASS_WINDOW {
            return Err(Fault::CreditExceeded);
        }
        account.may_send = credit;
        Ok(())
    }

    /// Bytes that were sent and that the neighbour has not paid for.
    pub(super) fn unpaid(&self) -> usize {
        let accounts = [&self.control, &self.lists, &self.items];
        let unpaid = accounts.map(|account| CLASS_WINDOW.saturating_sub(account.may_send));
        usize::try_from(unpaid.into_iter().fold(0, u32::saturating_add)).unwrap_or(usize::MAX)
    }

    /// Charges a message that arrived (C7).
    pub(super) fn charge(&mut self, class: Class, bytes: usize) -> Result<(), Fault> {
        let account = self.account(class);
        let bytes = u32::try_from(bytes).map_err(|_| Fault::TooLarge)?;
        let left = account.may_receive.checked_sub(bytes).ok_or(Fault::CreditExceeded)?;
        account.may_receive = left;
        account.owed = account.owed.saturating_add(bytes);
        Ok(())
    }

    /// Credit to return now, if half a window of it has gathered. Lists are paid for only while
    /// they are being looked into fast enough, and items while the store keeps up.
    pub(super) fn repay(&mut self, store_keeps_up: bool) -> Option<Message> {
        let lists_wait = !(self.authority.session.keeps_up() && self.records.session.keeps_up());
        for class in [Class::Control, Class::Lists, Class::Items] {
            let account = self.account(class);
            let is_held_back = match class {
                Class::Control => false,
                Class::Lists => lists_wait || !store_keeps_up,
                Class::Items => !store_keeps_up,
            };
            if account.owed >= CLASS_WINDOW / 2 && !is_held_back {
                let bytes = core::mem::take(&mut account.owed);
                account.may_receive = account.may_receive.saturating_add(bytes);
                return Some(Message::Credit { class, bytes });
            }
        }
        None
    }

    /// Queues a new item. One too many is left to the next comparison.
    pub(super) fn offer(&mut self, offer: Offer) {
        if self.live.len() < LIVE_MAX {
            self.live.push_back(offer);
        } else {
            self.is_behind = true;
        }
    }

    /// Queues the announcement of a new version. What came along no tree is many at a time, or few:
    /// of many a comparison tells better, if it is this end that compares.
    pub(super) fn tell(&mut self, item: Item, stem: Option<Stem>) {
        let compares = stem.is_none() && self.side == handshake::Side::Initiator;
        let max = if compares { AWAITED_PER_NEIGHBOUR_MAX } else { TO_TELL_MAX };
        if self.to_tell.len() < max {
            self.to_tell.push_back((item, stem));
        } else {
            self.is_behind = true;
        }
    }

    /// Gives back what was allocated for queues that are empty now.
    pub(super) fn rest(&mut self) {
        self.live.shrink_to(IDLE_ITEMS);
        self.to_tell.shrink_to(IDLE_ITEMS);
    }

    /// Whether there is anything to send to it, were there the credit.
    pub(super) fn has_work(&self) -> bool {
        let half = CLASS_WINDOW / 2;
        let owes_credit =
            [&self.control, &self.lists, &self.items].iter().any(|of| of.owed >= half);
        let has_work = self.authority.has_work() || self.records.has_work();
        owes_credit || has_work || self.tells || !self.live.is_empty()
    }

    /// Counts what waits for a neighbour and what is remembered of it.
    #[cfg(feature = "simulation")]
    pub(super) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        usage.note("new items for one neighbour", self.live.len(), LIVE_MAX);
        usage.note("announcements for one neighbour", self.to_tell.len(), TO_TELL_MAX);
        self.payloads.gauge(usage);
        for exchange in [&self.authority, &self.records] {
            exchange.gauge(usage);
        }
    }

    /// Whether the neighbour owes an answer.
    pub(super) fn owes(&self) -> bool {
        self.authority.session.owes() || self.records.session.owes() || self.payloads.owes()
    }

    /// Which of two links between the same two instances stays: the one that the lesser of the
    /// two dialled; both ends judge alike.
    pub(super) fn was_dialled_by_lesser(&self, me: (Seat, Instance)) -> bool {
        let mine = (me.0.identity, me.1);
        let theirs = (self.peer, self.instance);
        match self.side {
            handshake::Side::Initiator => mine < theirs,
            handshake::Side::Responder => theirs < mine,
        }
    }
}

#[cfg(test)]
mod tests;
