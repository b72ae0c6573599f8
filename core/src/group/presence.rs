//! Who is online: announcing, forwarding, forgetting.

use alloc::vec::Vec;
use core::time::Duration;

use crate::cx::{Cx, half};
use crate::event::{Event, MemberChange};
use crate::fault::Fault;
use crate::group::Group;
use crate::id::LinkId;
use crate::limits::{ADDRESSES_MAX, STAMP_AHEAD_MAX};
use crate::message::Message;
use crate::presence::{Announcement, Draft};
use crate::time::Why;
use crate::timers::TimerKey;

/// Announcements that a new neighbour is told at once.
const SNAPSHOT_MAX: usize = 256;
/// Announcements in one message: each is at most 1.5 KiB, so 32 fit in a frame.
const PER_MESSAGE: usize = 32;

impl Group {
    /// Announces this instance to all neighbours, and again before it lapses.
    pub(crate) fn announce(&mut self, cx: &mut Cx<'_>, leaving: bool) {
        let is_hidden = self.properties.as_ref().is_some_and(|known| known.disable_presence);
        if !self.is_online() || is_hidden {
            return;
        }
        cx.shared.announcements = cx.shared.announcements.saturating_add(1);
        let mut addresses = cx.shared.links.own_addresses().to_vec();
        addresses.truncate(ADDRESSES_MAX);
        let draft = Draft {
            instance: self.me.instance,
            serial: cx.shared.announcements,
            at: cx.now.wall,
            leaving,
            name: self.me.name.clone(),
            addresses,
        };
        let announcement = Announcement::sign(&self.me.key, self.seat.group, draft);
        let lifetime = self.genesis().charter().presence_lifetime();
        let wait = cx.jittered(half(lifetime));
        cx.arm(TimerKey::Group(self.seat, Why::Presence), wait);
        self.show(cx, announcement, None);
    }

    /// Somebody has not announced itself in time.
    pub(crate) fn on_lapse(&mut self, cx: &mut Cx<'_>) {
        while let Some((peer, was_shown)) = self.presences.pop_lapsed(cx.now.mono) {
            if was_shown {
                self.tell_presence(peer, true);
            }
        }
        self.arm_lapse(cx);
    }

    fn arm_lapse(&mut self, cx: &mut Cx<'_>) {
        let key = TimerKey::Group(self.seat, Why::Lapse);
        match self.presences.next_lapse() {
            Some(at) => cx.arm_at(key, at),
            None => cx.shared.timers.disarm(key),
        }
    }

    /// Announcements arrived: news is checked, shown and passed on once.
    pub(super) fn on_presence(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        announcements: Vec<Announcement>,
    ) -> Result<(), Fault> {
        let lifetime = self.genesis().charter().presence_lifetime();
        for announcement in announcements {
            let is_me = announcement.peer == self.seat.identity
                && announcement.instance == self.me.instance;
            let is_member = self.authority.role(announcement.peer, cx.now.wall).is_some();
            let is_news = self.presences.is_news(&announcement, cx.now.wall, lifetime);
            if is_me || !is_news {
                continue;
            }
            announcement.check(self.seat.group)?;
            if is_member {
                self.show(cx, announcement, Some(link));
            } else {
                self.presences.keep_early(announcement);
            }
        }
        Ok(())
    }

    /// Peers became members: what was heard of them before counts now.
    pub(super) fn show_early(&mut self, cx: &mut Cx<'_>) {
        let (authority, wall) = (&self.authority, cx.now.wall);
        let early = self.presences.take_early(|peer| authority.role(peer, wall).is_some());
        let lifetime = self.genesis().charter().presence_lifetime();
        for announcement in early {
            if self.presences.is_news(&announcement, wall, lifetime) {
                self.show(cx, announcement, None);
            }
        }
    }

    fn show(&mut self, cx: &mut Cx<'_>, announcement: Announcement, from: Option<LinkId>) {
        let peer = announcement.peer;
        let was_online = self.presences.instances(peer).next().is_some();
        let lifetime = self.genesis().charter().presence_lifetime();
        // one that has left is remembered as long as an older one could bring it back
        let grace = if announcement.leaving { STAMP_AHEAD_MAX } else { Duration::ZERO };
        let lapses = cx.now.mono.after(lifetime.saturating_add(grace));
        if self.names.get(&peer) != Some(&announcement.name) {
            self.names.insert(peer, announcement.name.clone());
        }
        self.presences.insert(announcement.clone(), lapses);
        self.arm_lapse(cx);
        self.tell_presence(peer, was_online);
        let links: Vec<LinkId> = self.neighbours.keys().copied().collect();
        let message = Message::Presence([announcement].into());
        for link in links.into_iter().filter(|link| Some(*link) != from) {
            self.send_to(cx, link, &message);
        }
    }

    /// Tells that a member came online, went offline or is shown otherwise.
    fn tell_presence(&mut self, peer: crate::key::PeerId, was_online: bool) {
        let is_online = self.presences.instances(peer).next().is_some();
        let change = match (was_online, is_online) {
            (false, false) => return,
            (false, true) => MemberChange::Online,
            (true, false) => MemberChange::Offline,
            (true, true) => MemberChange::Updated,
        };
        self.tell(Event::MemberChanged { peer, change });
    }

    /// Tells a new neighbour who is online.
    pub(super) fn introduce_presences(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        let all: Vec<Announcement> = self.presences.all().take(SNAPSHOT_MAX).cloned().collect();
        for some in all.chunks(PER_MESSAGE) {
            self.send_to(cx, link, &Message::Presence(some.to_vec()));
        }
    }
}
