//! Bringing two replicas together.
//!
//! The end that dialled compares: first the authority sets, and once both ends have had all of the
//! other's, the records ([`crate::reconcile`]). The sets are compared again until their roots are
//! equal, and from time to time afterwards. Whatever is new is pushed besides.
//!
//! What an end is sent and does not keep it declines, and the other leaves it out on this link: two
//! replicas that rightly differ are equal then.

use alloc::boxed::Box;
use core::time::Duration;

use crate::cx::Cx;
use crate::fault::Fault;
use crate::group::Group;
use crate::group::neighbour::Neighbour;
use crate::handshake::Side;
use crate::id::LinkId;
use crate::limits::FRAME_BYTES_MAX;
use crate::log::Log;
use crate::message::{Class, Item, Message, Set};
use crate::reconcile::Over;
use crate::reconcile::talk::{Answer, Hello, Talk};
use crate::time::Why;
use crate::timers::TimerKey;

/// The first wait after a comparison that ended unequal; it doubles up to the regular interval.
const WAIT_FIRST: Duration = Duration::from_secs(1);

impl Group {
    fn log_and_neighbour(&mut self, link: LinkId, set: Set) -> Option<(&mut Log, &mut Neighbour)> {
        let log = match set {
            Set::Authority => &mut self.statements,
            Set::Records => &mut self.versions,
        };
        Some((log, self.neighbours.get_mut(&link)?))
    }

    fn readiness(&self, link: LinkId) -> bool {
        self.neighbours.get(&link).is_some_and(|neighbour| self.is_ready_for(neighbour.peer))
    }

    /// Begins the comparison of a set with a neighbour.
    pub(super) fn compare(&mut self, cx: &mut Cx<'_>, link: LinkId, set: Set) {
        let ready = self.readiness(link);
        let key = TimerKey::Neighbour(self.seat, link, Why::Compare);
        let Some((log, neighbour)) = self.log_and_neighbour(link, set) else { return };
        let has_room = neighbour.room(Class::Control) >= FRAME_BYTES_MAX;
        let exchange = neighbour.exchange(set);
        if !has_room || exchange.session.is_under_way() {
            cx.arm(key, WAIT_FIRST);
            return;
        }
        log.root();
        let next = log.next();
        let refused = exchange.refused().to_vec();
        let hello = exchange.session.open(&log.without(&refused), next);
        neighbour.progressed = true;
        self.send_to(cx, link, &Message::Compare { set, ready, hello });
        self.rearm_answer(cx, link);
    }

    /// A neighbour compares: one comparison of a set at a time. Another one is passed over, for it
    /// would let a liar put off what it owes (attack R11).
    pub(super) fn on_compare(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        ready: bool,
        hello: &Hello,
    ) {
        let is_ready = self.readiness(link);
        let others = self.neighbours.iter().filter(|(of, _)| **of != link);
        let taken = others.fold(self.shares_in_flight(), |bits, (_, of)| bits | of.shares());
        let Some((log, neighbour)) = self.log_and_neighbour(link, set) else { return };
        if neighbour.exchange(set).session.is_under_way() {
            return;
        }
        neighbour.ready = ready;
        log.root();
        let next = log.next();
        let exchange = neighbour.exchange(set);
        let refused = exchange.refused().to_vec();
        let (answer, over) = exchange.session.on_hello(&log.without(&refused), next, hello, taken);
        exchange.answer = Some(Box::new(Message::Compared { set, ready: is_ready, answer }));
        self.on_over(cx, link, set, over);
    }

    /// A neighbour answers a comparison.
    pub(super) fn on_compared(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        ready: bool,
        answer: Answer,
    ) -> Result<(), Fault> {
        let Some((log, neighbour)) = self.log_and_neighbour(link, set) else { return Ok(()) };
        neighbour.ready = ready;
        neighbour.progressed = true;
        log.root();
        let exchange = neighbour.exchange(set);
        let refused = exchange.refused().to_vec();
        let over = exchange.session.on_answer(&log.without(&refused), answer)?;
        self.on_over(cx, link, set, over);
        Ok(())
    }

    /// A neighbour goes on with a comparison.
    pub(super) fn on_talk(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        talk: Talk,
    ) -> Result<(), Fault> {
        let Some((log, neighbour)) = self.log_and_neighbour(link, set) else { return Ok(()) };
        // what it denies to have is no answer worth more time (attack R11)
        neighbour.progressed |= !matches!(talk, Talk::Lacking { .. });
        let exchange = neighbour.exchange(set);
        let refused = exchange.refused().to_vec();
        let over = exchange.session.on_talk(&log.without(&refused), talk)?;
        let shares = exchange.session.take_shares();
        self.staged.flight.shares |= shares;
        self.on_over(cx, link, set, over);
        Ok(())
    }

    /// A comparison ended, if it did.
    pub(super) fn on_over(&mut self, cx: &mut Cx<'_>, link: LinkId, set: Set, over: Option<Over>) {
        let Some(over) = over else { return };
        let interval = cx.shared.config.compare_interval;
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let exchange = neighbour.exchange(set);
        exchange.settled |= over != Over::Left;
        exchange.wait = match over {
            Over::Equal => Duration::ZERO,
            Over::Come => exchange.wait.saturating_mul(2).clamp(WAIT_FIRST, interval),
            Over::Left => WAIT_FIRST,
        };
        self.on_settled(cx, link, set);
    }

    /// Everything that a neighbour has of a set is here, or comes from others.
    fn on_settled(&mut self, cx: &mut Cx<'_>, link: LinkId, set: Set) {
        let Some(neighbour) = self.neighbours.get(&link) else { return };
        let both = neighbour.authority.settled && neighbour.records.settled;
        let (ready, side, peer) = (neighbour.ready, neighbour.side, neighbour.peer);
        if both && ready && self.authority.role(self.seat.identity, cx.now.wall).is_some() {
            self.on_synchronised(cx, peer);
        }
        if side == Side::Initiator {
            match set {
                Set::Authority => self.compare(cx, link, Set::Records),
                Set::Records => self.arm_compare(cx, link),
            }
        }
    }

    /// Compares with a neighbour soon, if it is this end that compares.
    pub(super) fn compare_soon(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let key = TimerKey::Neighbour(self.seat, link, Why::Compare);
        // while one is under way no time is set; once it is over the next one comes soon
        let Some(due) = cx.shared.timers.due(key) else {
            neighbour.is_behind = neighbour.side == Side::Initiator;
            return;
        };
        neighbour.is_behind = false;
        if due > cx.now.mono.after(WAIT_FIRST) {
            cx.arm(key, WAIT_FIRST);
        }
    }

    /// Sets the time of the next comparison.
    fn arm_compare(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let wait = neighbour.authority.wait.max(neighbour.records.wait);
        let interval = cx.shared.config.compare_interval;
        let wait = if core::mem::take(&mut neighbour.is_behind) {
            WAIT_FIRST
        } else if wait.is_zero() {
            cx.jittered(interval)
        } else {
            wait
        };
        cx.arm(TimerKey::Neighbour(self.seat, link, Why::Compare), wait);
    }

    /// A neighbour does not keep these items.
    pub(super) fn on_declined(&mut self, link: LinkId, set: Set, items: &[Item]) {
        let Some((log, neighbour)) = self.log_and_neighbour(link, set) else { return };
        for item in items {
            // what has gone meanwhile is not compared anyway
            if log.contains(item) {
                neighbour.exchange(set).refuse(*item);
            }
        }
    }

    /// A neighbour may keep these items now.
    pub(super) fn on_reconsidered(&mut self, link: LinkId, set: Set, items: &[Item]) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        for item in items {
            neighbour.exchange(set).refuse_no_more(item);
        }
    }

    /// Whether an item is listed: it is among what is compared.
    #[cfg(test)]
    pub(crate) fn lists(&self, set: Set, item: &Item) -> bool {
        match set {
            Set::Authority => self.statements.contains(item),
            Set::Records => self.versions.contains(item),
        }
    }

    /// An item is listed no longer.
    pub(super) fn unlist(&mut self, set: Set, item: &Item) {
        match set {
            Set::Authority => {
                self.statements.remove(item);
                self.statement_ids.remove(item);
            }
            Set::Records => self.versions.remove(item),
        }
        for neighbour in self.neighbours.values_mut() {
            neighbour.exchange(set).refuse_no_more(item);
        }
    }

    /// An item is listed now: nobody need leave it out.
    pub(super) fn note_listed(&mut self, set: Set, item: &Item) {
        for neighbour in self.neighbours.values_mut() {
            neighbour.exchange(set).reconsider(item);
        }
    }
}
