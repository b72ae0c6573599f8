//! Bringing two replicas together: compare roots, list, ask, send.
//!
//! The end that dialled compares: first the authority sets, and once it has all of the other's, the
//! records. Where roots differ, both ends list everything in the order in which it arrived, ask for
//! what they lack and send what they are asked for. The roots are compared again until they are
//! equal, and from time to time afterwards. Whatever is new is pushed besides.

use alloc::vec::Vec;
use core::time::Duration;

use crate::cx::Cx;
use crate::event::Closed;
use crate::fault::Fault;
use crate::group::Group;
use crate::group::payload::Piece;
use crate::group::pump::{rearm_answer, spend_and_send};
use crate::group::settle::View;
use crate::handshake::Side;
use crate::id::{LinkId, StatementId, VersionId};
use crate::limits::ANSWERS_MAX;
use crate::message::{Blob, Item, Message, Set};
use crate::record::{Outcome, Unchecked};
use crate::statement::Statement;
use crate::time::Why;
use crate::timers::TimerKey;

/// The first wait after a round that ended unequal; it doubles up to the regular interval.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// Items that a neighbour may list in one round: as many as both sets together may hold, twice.
const LISTED_MAX: usize = 1 << 20;

impl Group {
    /// A frame arrived from a neighbour.
    pub(crate) fn on_frame(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        body: &[u8],
    ) -> Result<(), Fault> {
        let message = Message::decode(body)?;
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        neighbour.heard = cx.now.mono;
        if let Some(class) = message.class() {
            neighbour.charge(class, body.len())?;
        }
        self.on_message(cx, link, message)?;
        self.rearm_answer(cx, link);
        Ok(())
    }

    // dispatch: one arm per message
    fn on_message(&mut self, cx: &mut Cx<'_>, link: LinkId, message: Message) -> Result<(), Fault> {
        match message {
            Message::Compare { set, reply, ready, count: _, root } => {
                self.on_compare(cx, link, set, reply, ready, root);
                Ok(())
            }
            Message::List { set, items, last } => self.on_list(cx, link, set, &items, last),
            Message::Want { set, items } => self.on_want(link, set, items),
            Message::Lacking { set, items } => {
                self.on_lacking(cx, link, set, &items);
                Ok(())
            }
            Message::Items { set, items } => self.on_items(cx, link, set, &items),
            Message::Presence(announcements) => self.on_presence(cx, link, announcements),
            Message::Online { root } => self.on_online(cx, link, root),
            Message::Credit { class, bytes } => match self.neighbours.get_mut(&link) {
                Some(neighbour) => {
                    neighbour.on_credit(class, bytes)?;
                    cx.check_paid(link, neighbour.unpaid())
                }
                None => Ok(()),
            },
            Message::DialBack { nonce } => {
                self.on_dial_back(cx, link, nonce);
                Ok(())
            }
            Message::Clock { call, time } => {
                self.on_clock(cx, link, call, time);
                Ok(())
            }
            Message::Pull { payload, part, voucher } => self.on_pull(link, payload, part, voucher),
            Message::Piece { payload, part, offset, bytes, voucher } => {
                let piece = Piece { payload, part, offset, bytes: &bytes.0, voucher };
                self.on_piece(link, &piece)
            }
            Message::Holding { payload, part, held, voucher } => {
                self.on_holding(link, payload, part, &held.0, voucher)
            }
            Message::Whole { payload } => {
                self.on_whole(link, payload);
                Ok(())
            }
            Message::Goodbye(reason) => {
                self.on_goodbye(cx, link, reason);
                Ok(())
            }
        }
    }

    /// Begins the comparison of a set with a neighbour.
    pub(super) fn compare(&mut self, cx: &mut Cx<'_>, link: LinkId, set: Set, reply: bool) {
        let count = match set {
            Set::Authority => self.statements.len(),
            Set::Records => self.versions.len(),
        };
        let root = self.root(set);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let peer = self.neighbours.get(&link).map(|neighbour| neighbour.peer);
        let ready = peer.is_some_and(|peer| self.is_ready_for(peer));
        let is_sent = self.send_to(cx, link, &Message::Compare { set, reply, ready, count, root });
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        if is_sent && !reply {
            neighbour.asked = true;
            neighbour.progressed = true;
        } else if !is_sent {
            cx.arm(TimerKey::Neighbour(self.seat, link, Why::Compare), WAIT_FIRST);
        }
        self.rearm_answer(cx, link);
    }

    fn root(&mut self, set: Set) -> [u8; 32] {
        match set {
            Set::Authority => self.statements.root(),
            Set::Records => self.versions.root(),
        }
    }

    fn on_compare(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        reply: bool,
        ready: bool,
        root: [u8; 32],
    ) {
        let mine = self.root(set);
        let interval = cx.shared.config.compare_interval;
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        neighbour.ready = ready;
        if reply {
            neighbour.asked = false;
        }
        let exchange = neighbour.exchange(set);
        if root == mine {
            exchange.wait = Duration::ZERO;
            exchange.settled = true;
        } else {
            exchange.wait = exchange.wait.saturating_mul(2).clamp(WAIT_FIRST, interval);
            exchange.heard_all = false;
            exchange.heard = 0;
            exchange.listing = exchange.listing.or(Some(0));
        }
        if !reply {
            self.compare(cx, link, set, true);
        }
        if root == mine {
            self.on_settled(cx, link, set);
        }
    }

    /// Everything that a neighbour has of a set is here.
    fn on_settled(&mut self, cx: &mut Cx<'_>, link: LinkId, set: Set) {
        let Some(neighbour) = self.neighbours.get(&link) else { return };
        let both = neighbour.authority.settled && neighbour.records.settled;
        let (ready, side, peer) = (neighbour.ready, neighbour.side, neighbour.peer);
        if both && ready && self.authority.role(self.seat.identity, cx.now.wall).is_some() {
            self.on_synchronised(cx, peer);
        }
        if side == Side::Initiator {
            match set {
                Set::Authority => self.compare(cx, link, Set::Records, false),
                Set::Records => self.arm_compare(cx, link),
            }
        }
    }

    /// Sets the time of the next comparison.
    fn arm_compare(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        let Some(neighbour) = self.neighbours.get(&link) else { return };
        let wait = neighbour.authority.wait.max(neighbour.records.wait);
        let interval = cx.shared.config.compare_interval;
        let wait = if wait.is_zero() { cx.jittered(interval) } else { wait };
        cx.arm(TimerKey::Neighbour(self.seat, link, Why::Compare), wait);
    }

    fn on_list(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        items: &[Item],
        last: bool,
    ) -> Result<(), Fault> {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        let mut lacking = Vec::new();
        for item in items {
            let is_here = match set {
                Set::Authority => self.statements.contains(item),
                // what waits or is dormant would come for nothing
                Set::Records => self.records.holds(&VersionId::from_bytes(*item)),
            };
            if !is_here && !neighbour.exchange(set).declined(item) {
                lacking.push(*item);
            }
        }
        let exchange = neighbour.exchange(set);
        exchange.heard = exchange.heard.saturating_add(items.len());
        if exchange.heard > LISTED_MAX {
            return Err(Fault::TooLarge);
        }
        lacking.retain(|item| !exchange.wanted.contains(item));
        exchange.to_want.extend(lacking);
        exchange.heard_all = last;
        self.check_round(cx, link, set);
        Ok(())
    }

    /// A round is over once everything that was listed has come.
    fn check_round(&mut self, cx: &mut Cx<'_>, link: LinkId, set: Set) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let exchange = neighbour.exchange(set);
        if exchange.round_is_over() {
            exchange.heard_all = false;
            exchange.settled = true;
            self.on_settled(cx, link, set);
        }
    }

    fn on_want(&mut self, link: LinkId, set: Set, items: Vec<Item>) -> Result<(), Fault> {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        let answers = &mut neighbour.exchange(set).answers;
        if answers.len().saturating_add(items.len()) > ANSWERS_MAX {
            return Err(Fault::CreditExceeded);
        }
        answers.extend(items);
        Ok(())
    }

    fn on_lacking(&mut self, cx: &mut Cx<'_>, link: LinkId, set: Set, items: &[Item]) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        for item in items {
            neighbour.progressed |= neighbour.exchange(set).wanted.remove(item);
        }
        self.check_round(cx, link, set);
    }

    fn on_items(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        blobs: &[Blob],
    ) -> Result<(), Fault> {
        let taken = blobs.iter().try_for_each(|blob| self.on_item(cx, link, set, blob));
        if set == Set::Records {
            self.arm_records(cx);
        }
        taken?;
        self.evaluate(cx);
        self.check_round(cx, link, set);
        Ok(())
    }

    /// An item arrived.
    fn on_item(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        blob: &Blob,
    ) -> Result<(), Fault> {
        let kept = match set {
            Set::Authority => self.on_statement(link, blob)?,
            Set::Records => self.keep_version(cx, &blob.0)?,
        };
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        neighbour.knows(kept.item);
        if !kept.is_here {
            neighbour.exchange(set).decline(kept.item);
        }
        // only what was asked for moves the deadline on (attack R11)
        neighbour.progressed |= neighbour.exchange(set).wanted.remove(&kept.item);
        Ok(())
    }

    /// A statement arrived.
    fn on_statement(&mut self, link: LinkId, blob: &Blob) -> Result<Kept, Fault> {
        let (id, kept) = self.keep_statement(&blob.0)?;
        // an upgraded form answers the question for the lesser one
        if kept.is_here
            && let Some(neighbour) = self.neighbours.get_mut(&link)
            && let Some(statement) = self.authority.statement(&id)
        {
            for form in statement.items() {
                neighbour.progressed |= neighbour.authority.wanted.remove(&form);
            }
        }
        Ok(kept)
    }

    /// Takes in a statement of which nothing is known, if it has a place. One that is here already
    /// costs one hash and no signature check.
    pub(super) fn keep_statement(&mut self, bytes: &[u8]) -> Result<(StatementId, Kept), Fault> {
        let (group, creator) = (self.seat.group, self.authority.creator());
        let (id, item) = Statement::peek(group, bytes)?;
        let is_known = self.authority.statement(&id).is_some_and(|known| known.item() == item);
        if !is_known {
            let statement = Statement::decode(group, creator, bytes)?;
            if self.authority.is_void(&statement) {
                return Ok((id, Kept { item, is_here: false }));
            }
            self.take_statement(statement);
        }
        // one that had no place yet is asked for again in the next round
        Ok((id, Kept { item, is_here: true }))
    }

    /// Takes in a version, with its payload, of which nothing is known. The caller sets the
    /// deadline of records anew.
    pub(super) fn keep_version(&mut self, cx: &mut Cx<'_>, bytes: &[u8]) -> Result<Kept, Fault> {
        let arrived = Unchecked::read(self.seat.group, bytes)?;
        let id = arrived.id();
        let item = *id.as_bytes();
        if self.records.holds(&id) {
            return Ok(Kept { item, is_here: true });
        }
        let version = arrived.check(self.seat.group, &self.keys)?;
        let author = version.author();
        let outcome = self.records.insert(version, &View(&self.authority), self.clock.time(cx.now));
        let is_here = match outcome {
            Outcome::Kept(delta) => {
                self.keys.keep(author);
                self.apply_arrival(delta, Some((id, bytes)));
                true
            }
            Outcome::Known => true,
            Outcome::Superseded(delta) => {
                self.apply(delta);
                false
            }
            Outcome::Parked | Outcome::Refused(_) => false,
        };
        Ok(Kept { item, is_here })
    }

    /// Sends a message if its class has the credit; false if not. What is dropped is said again
    /// later: presence before it lapses, a comparison after a while.
    pub(super) fn send_to(&mut self, cx: &mut Cx<'_>, link: LinkId, message: &Message) -> bool {
        self.neighbours
            .get_mut(&link)
            .is_some_and(|neighbour| spend_and_send(cx, link, neighbour, message))
    }

    fn rearm_answer(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        if let Some(neighbour) = self.neighbours.get_mut(&link) {
            rearm_answer(cx, self.seat, link, neighbour);
        }
    }

    /// A neighbour's deadline passed.
    pub(crate) fn on_neighbour_timer(&mut self, cx: &mut Cx<'_>, link: LinkId, why: Why) {
        if why == Why::Compare {
            self.ask_for_clock(cx, link);
            self.compare(cx, link, Set::Authority, false);
        } else if why == Why::Answer {
            self.fault_neighbour(cx, link, Fault::Silent);
        } else if why == Why::Idle {
            self.check_idle(cx, link);
        }
    }

    /// A neighbour broke the protocol.
    pub(crate) fn fault_neighbour(&mut self, cx: &mut Cx<'_>, link: LinkId, fault: Fault) {
        let peer = self.neighbours.get(&link).map(|neighbour| neighbour.peer);
        self.drop_neighbour(cx, link, Closed::Faulted(fault));
        cx.cut_off(link);
        self.tell(crate::event::Event::PeerFaulted { link, peer, fault });
    }
}

/// What became of an item that arrived.
pub(super) struct Kept {
    item: Item,
    is_here: bool,
}
