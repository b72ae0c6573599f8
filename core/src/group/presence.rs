//! Who is online: announcing, forwarding, forgetting.

use alloc::vec::Vec;
use core::time::Duration;

use crate::cx::{Cx, half};
use crate::event::{Event, MemberChange};
use crate::fault::Fault;
use crate::group::Group;
use crate::group::neighbour::Neighbour;
use crate::group::pump::spend_and_send;
use crate::id::{Instance, LinkId};
use crate::key::PeerId;
use crate::limits::{ADDRESSES_MAX, PRESENCE_GATHER_PART, PRESENCE_SNAPSHOT_MAX, STAMP_AHEAD_MAX};
use crate::message::{Blob, Class, Message};
use crate::presence::{Announcement, Draft, Heading, Heard, Lifetimes};
use crate::time::Why;
use crate::timers::TimerKey;

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
        let lifetime = self.lifetimes().among(self.presences.online().count());
        let shared = &mut *cx.shared;
        shared.announced_for = shared.announced_for.max(lifetime);
        // what is leaving is remembered for as long as anything said before may hold
        let holds = if leaving { self.lifetimes().clamp(shared.announced_for) } else { lifetime };
        let draft = Draft {
            instance: self.me.instance,
            serial: cx.shared.announcements,
            at: cx.now.wall,
            lifetime_s: u32::try_from(holds.as_secs()).unwrap_or(u32::MAX),
            leaving,
            name: self.me.name.clone(),
            addresses,
        };
        let announcement = Announcement::sign(&self.me.key, self.seat.group, draft);
        let wait = cx.jittered(half(lifetime));
        cx.arm(TimerKey::Group(self.seat, Why::Presence), wait);
        self.show(cx, &Heard::own(announcement), None);
    }

    /// Somebody has not announced itself in time.
    pub(crate) fn on_lapse(&mut self, cx: &mut Cx<'_>) {
        for (peer, was_shown) in self.presences.take_lapsed(cx.now.mono) {
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
        announcements: Vec<Blob>,
    ) -> Result<(), Fault> {
        let lifetimes = self.lifetimes();
        for announcement in announcements {
            let heading = Heading::peek(&announcement)?;
            if heading.key() == (self.seat.identity, self.me.instance) {
                continue;
            }
            if !self.presences.is_news(&heading, cx.now.wall, Some(link)) {
                continue;
            }
            let announcement = Heard::decode(announcement)?;
            announcement.check(self.seat.group, &lifetimes)?;
            if self.roles.contains_key(&announcement.peer) {
                self.show(cx, &announcement, Some(link));
            } else {
                self.presences.keep_early(announcement);
            }
        }
        Ok(())
    }

    fn lifetimes(&self) -> Lifetimes {
        Lifetimes::of(self.genesis().charter())
    }

    /// Peers became members: what was heard of them before counts now.
    pub(super) fn show_early(&mut self, cx: &mut Cx<'_>) {
        let (authority, wall) = (&self.authority, cx.now.wall);
        let early = self.presences.take_early(|peer| authority.role(peer, wall).is_some());
        for announcement in early {
            if self.presences.is_news(&announcement.heading(), wall, None) {
                self.show(cx, &announcement, None);
            }
        }
    }

    /// Remembers where an instance says that it listens, if it is a neighbour: a node that was
    /// always dialled finds it there when all links are gone and nobody dials any more.
    pub(super) fn note_home(&mut self, peer: PeerId, instance: Instance) {
        if self.is_neighbour(peer, instance)
            && let Some(presence) = self.presences.get((peer, instance))
            && let Some(address) = presence.addresses().first()
            && self.book.told(address, peer)
        {
            self.stage_book();
        }
    }

    /// Shows an announcement and passes it on: at once, unless it only renews another's.
    fn show(&mut self, cx: &mut Cx<'_>, announcement: &Heard, from: Option<LinkId>) {
        // one that has left is remembered as long as an older one could bring it back
        let grace = if announcement.leaving { STAMP_AHEAD_MAX } else { Duration::ZERO };
        let lapses = cx.now.mono.after(announcement.lifetime().saturating_add(grace));
        let (peer, instance) = announcement.key();
        let waited = self.presences.renewed();
        if self.presences.renew(announcement, lapses, from) {
            if from.is_none() {
                self.pass_on(cx, announcement, None);
            } else if waited == 0 {
                self.arm_relay(cx);
            }
        } else {
            self.note_seen(cx, peer);
            let was_online = self.presences.instances(peer).next().is_some();
            self.acquaintances.call(peer, &announcement.name);
            self.pass_on(cx, announcement, from);
            self.presences.insert(announcement, lapses);
            self.tell_presence(peer, was_online);
            self.note_home(peer, instance);
        }
        self.arm_lapse(cx);
    }

    fn arm_relay(&mut self, cx: &mut Cx<'_>) {
        let lifetime = self.lifetimes().among(self.presences.len());
        let part = lifetime.checked_div(PRESENCE_GATHER_PART).unwrap_or_default();
        cx.arm(TimerKey::Group(self.seat, Why::Relay), part);
    }

    fn pass_on(&mut self, cx: &mut Cx<'_>, announcement: &Heard, from: Option<LinkId>) {
        let message = Message::Presence([announcement.blob()].into());
        let body = message.encode();
        for (link, neighbour) in &mut self.neighbours {
            if Some(*link) != from && neighbour.spend(Class::Control, body.len()) {
                cx.send_body(*link, &body);
            }
        }
    }

    /// Tells every neighbour of the presences that were renewed since this was last done, but for
    /// those it told of itself.
    pub(super) fn pass_on_renewals(&mut self, cx: &mut Cx<'_>) {
        let waiting = self.presences.take_renewed();
        for (link, neighbour) in &mut self.neighbours {
            let is_new = |(_, known_to): &&(_, Vec<LinkId>)| !known_to.contains(link);
            let renewed: Vec<Blob> =
                waiting.iter().filter(is_new).map(|(blob, _)| blob.clone()).collect();
            send_presences(cx, *link, neighbour, &renewed);
        }
    }

    /// Tells that a member came online, went offline or is shown otherwise.
    fn tell_presence(&mut self, peer: PeerId, was_online: bool) {
        let is_online = self.presences.instances(peer).next().is_some();
        let change = match (was_online, is_online) {
            (false, false) => return,
            (false, true) => MemberChange::Online,
            (true, false) => MemberChange::Offline,
            (true, true) => MemberChange::Updated,
        };
        self.tell(Event::MemberChanged { peer, change });
    }

    /// Tells a new neighbour who is known to be online, in a few bytes.
    pub(super) fn tell_who_is_online(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        let root = self.presences.root();
        self.send_to(cx, link, &Message::Online { root });
    }

    /// A new neighbour knows of others than those known here: it is told of these.
    pub(super) fn on_online(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        root: [u8; 32],
    ) -> Result<(), Fault> {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        if core::mem::replace(&mut neighbour.has_said_online, true) {
            return Err(Fault::Unexpected);
        }
        if root != self.presences.root() {
            let all = self.presences.all().take(PRESENCE_SNAPSHOT_MAX);
            let all: Vec<Blob> = all.map(|presence| presence.blob()).collect();
            send_presences(cx, link, neighbour, &all);
        }
        Ok(())
    }
}

fn send_presences(
    cx: &mut Cx<'_>,
    link: LinkId,
    neighbour: &mut Neighbour,
    announcements: &[Blob],
) {
    for some in announcements.chunks(PER_MESSAGE) {
        spend_and_send(cx, link, neighbour, &Message::Presence(some.to_vec()));
    }
}
