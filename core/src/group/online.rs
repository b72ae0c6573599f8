//! Going online and offline.

use core::time::Duration;

use crate::address::Address;
use crate::cx::Cx;
use crate::error::ConnectError;
use crate::event::{Closed, ConnectFailure, Event};
use crate::group::beacon::Near;
use crate::group::{Attempt, Group, Leaving};
use crate::handshake::Denial;
use crate::key::PeerId;
use crate::layout::Readiness;
use crate::message::Goodbye;
use crate::presence::Presences;
use crate::time::Why;
use crate::timers::TimerKey;

impl Group {
    /// Goes online: lets others in, and looks for them at the given addresses and at those that
    /// are known.
    pub(crate) fn connect(
        &mut self,
        cx: &mut Cx<'_>,
        addresses: &[Address],
        timeout: Duration,
    ) -> Result<(), ConnectError> {
        if self.online {
            return Err(ConnectError::AlreadyConnected);
        }
        let acting = self.authority.acting_grant(self.seat.identity, cx.now.wall);
        let me = self.seat.identity;
        let is_out =
            acting.is_none() && !self.authority.is_member_ever(me) && !self.seeks_admission();
        if self.failed.is_some() || (is_out && !self.authority.knows_grant_to(me)) {
            return Err(ConnectError::NotAMember);
        }
        if is_out {
            // others may not have heard that it resigned, or know that its removal was void
            self.leaving.get_or_insert(Leaving::Spreading);
        }
        self.acting = acting;
        self.online = true;
        self.look_for_chores_soon(cx);
        for address in addresses {
            self.book.remember(address);
        }
        self.book.forgive();
        let has_where = self.book.addresses().next().is_some();
        if has_where || !self.row.ready.is_ready() {
            let failure = if has_where {
                ConnectFailure::NoMembersFound(crate::input::LinkDown::TimedOut)
            } else {
                ConnectFailure::NoAddresses
            };
            self.attempt = Some(Attempt { failure });
            cx.arm(TimerKey::Group(self.seat, Why::Connect), timeout);
        }
        self.tell_status();
        self.announce(cx, false);
        self.advertise(cx);
        self.maintain(cx);
        self.on_expiry(cx);
        Ok(())
    }

    /// This identity is no member: an attempt to connect that is under way has failed.
    pub(super) fn fail_attempt(&mut self) {
        let Some(Attempt { failure }) = self.attempt.take() else { return };
        let is_explained = matches!(failure, ConnectFailure::NotAuthorized(_));
        let plain = ConnectFailure::NotAuthorized(Denial::NotAMember);
        self.tell(Event::ConnectFailed(if is_explained { failure } else { plain }));
    }

    /// Somebody knows that this identity is no member.
    pub(super) fn note_known(&mut self) {
        if self.leaving == Some(Leaving::Spreading) {
            self.leaving = Some(Leaving::Known);
        }
    }

    /// If this identity is out, somebody knows, and nobody else can be told or asked at the moment,
    /// it is gone now.
    pub(super) fn end_leaving(&mut self, cx: &mut Cx<'_>) {
        let is_alone = |group: &Self| group.neighbours.is_empty() && group.dialling(cx).is_empty();
        if self.leaving == Some(Leaving::Known) && is_alone(self) {
            self.fail_attempt();
            self.go_offline(cx);
        }
    }

    /// The time to connect is over.
    pub(crate) fn on_connect_timeout(&mut self, cx: &mut Cx<'_>) {
        let Some(attempt) = self.attempt.take() else { return };
        let failure = if self.neighbours.is_empty() {
            attempt.failure
        } else {
            ConnectFailure::NotSynchronised
        };
        self.tell(Event::ConnectFailed(failure));
        if !self.row.ready.is_ready() {
            self.part_all(cx, Goodbye::Leaving, Closed::Here);
            self.go_offline(cx);
        }
    }

    /// Both sets are as complete as those of a neighbour that was ready.
    pub(super) fn on_synchronised(&mut self, cx: &mut Cx<'_>, peer: PeerId) {
        if self.attempt.take().is_some() {
            cx.shared.timers.disarm(TimerKey::Group(self.seat, Why::Connect));
        }
        let was_ready = self.row.ready;
        if was_ready != Readiness::Ready && self.has_from_others(peer) {
            self.row.ready = Readiness::Ready;
            self.stage_row();
        }
        if !was_ready.is_ready() {
            self.tell_status();
        }
    }

    /// Goes offline: says goodbye and lets everybody go.
    pub(crate) fn close(&mut self, cx: &mut Cx<'_>) {
        if self.online {
            self.announce(cx, true);
        }
        self.part_all(cx, Goodbye::Leaving, Closed::Here);
        self.go_offline(cx);
    }

    /// Ends everything that needs the network.
    pub(super) fn go_offline(&mut self, cx: &mut Cx<'_>) {
        let was_online = core::mem::replace(&mut self.online, false);
        self.leaving.take_if(|leaving| !matches!(leaving, Leaving::Storing(_)));
        self.attempt = None;
        self.part_all(cx, Goodbye::Leaving, Closed::Here);
        self.close_connections(cx);
        self.advertise_no_more(cx);
        for link in cx.shared.links.of_seat(self.seat) {
            cx.cut_off(link);
        }
        let seat = self.seat;
        for why in [Why::Connect, Why::Maintain, Why::Presence, Why::Relay, Why::Lapse, Why::Spread]
        {
            cx.shared.timers.disarm(TimerKey::Group(seat, why));
        }
        self.tell_at = None;
        self.presences = Presences::default();
        self.near = Near::default();
        if was_online {
            self.tell_status();
        }
    }

    /// Tells of the status as it is now.
    pub(super) fn tell_status(&mut self) {
        let status = self.status();
        self.tell(Event::StatusChanged(status));
    }
}
