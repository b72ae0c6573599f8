//! Reading neighbours' calendars, and what the group's common time is by them.

use alloc::collections::BTreeSet;
use core::time::Duration;

use crate::cx::Cx;
use crate::event::Event;
use crate::group::Group;
use crate::id::LinkId;
use crate::key::PeerId;
use crate::limits::CHAIN_MAX;
use crate::message::{Call, Message};
use crate::time::{Now, UnixTime};

impl Group {
    /// Peer time.
    pub(crate) fn peer_time(&self, now: Now) -> UnixTime {
        self.clock.time(now)
    }

    /// What peer time is when this node's calendar shows `local`.
    pub(crate) fn to_peer_time(&self, local: UnixTime, now: Now) -> UnixTime {
        self.clock.to_peer(local, now)
    }

    /// What this node's calendar shows when peer time is `peer`.
    pub(crate) fn to_local_time(&self, peer: UnixTime, now: Now) -> UnixTime {
        self.clock.to_local(peer, now)
    }

    /// Asks a neighbour what its calendar shows.
    pub(super) fn ask_for_clock(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        self.call(cx, link, Call::Ask);
    }

    fn call(&mut self, cx: &mut Cx<'_>, link: LinkId, call: Call) {
        let is_sent = self.send_to(cx, link, &Message::Clock { call, time: cx.now.wall });
        if is_sent
            && call != Call::Echo
            && let Some(neighbour) = self.neighbours.get_mut(&link)
        {
            neighbour.clock_asked = Some(cx.now.mono);
        }
    }

    /// A neighbour said what its calendar shows.
    pub(super) fn on_clock(&mut self, cx: &mut Cx<'_>, link: LinkId, call: Call, time: UnixTime) {
        if call == Call::Ask {
            self.call(cx, link, Call::Answer);
            return;
        }
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let (peer, asked) = (neighbour.peer, neighbour.clock_asked.take());
        if call == Call::Answer {
            self.call(cx, link, Call::Echo);
        }
        let Some(asked) = asked else { return };
        let vote = self.vote_of(peer);
        if self.clock.hear(link, vote, time, asked, cx.now) {
            self.on_expiry(cx);
        }
        self.tell_if_off();
    }

    /// Tells once that peer time cannot follow what the others' calendars show.
    pub(super) fn tell_if_off(&mut self) {
        let is_off = self.clock.off.is_some();
        if is_off
            && !self.told_off
            && let Some(ahead) = self.clock.off
        {
            let by = Duration::from_millis(ahead.unsigned_abs());
            self.tell(Event::ClockDiffers { by, is_behind: ahead > 0 });
        }
        self.told_off = is_off;
    }

    /// Who has the vote of a peer: the first on the way down to it, from whoever brought in this
    /// identity as well. So whatever somebody else brings in has one vote together.
    pub(super) fn vote_of(&self, peer: PeerId) -> PeerId {
        let own: BTreeSet<PeerId> = self.way_up(self.seat.identity).collect();
        let foreign = self.way_up(peer).take_while(|it| !own.contains(it));
        foreign.last().unwrap_or(peer)
    }

    /// A peer, who brought it in, and so on up to the creator.
    fn way_up(&self, peer: PeerId) -> impl Iterator<Item = PeerId> {
        let issuer = |peer: &PeerId| {
            let issuer = self.authority.membership(*peer)?.issuer;
            (issuer != *peer).then_some(issuer)
        };
        core::iter::successors(Some(peer), issuer).take(CHAIN_MAX.saturating_add(1))
    }
}
