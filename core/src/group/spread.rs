//! Spreading what is new, and asking for what others announce.
//!
//! Statements are few and must not be late: they go to every neighbour, in the order in which they
//! came. Versions go along trees ([`crate::broadcast`]).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::broadcast::{Route, Stem, TreeId};
use crate::cx::Cx;
use crate::group::Group;
use crate::group::neighbour::Offer;
use crate::id::{LinkId, VersionId};
use crate::key::PeerId;
use crate::limits::{LIVE_MAX, SMALL_GROUP_MAX};
use crate::message::{Item, Message, Set};
use crate::time::Why;
use crate::timers::TimerKey;

/// How long announcements that are not urgent are gathered.
const GATHER: Duration = Duration::from_millis(100);
/// Bytes of a payload beyond which a version is never pushed where it may be one copy too many.
const HEAVY_BYTES: usize = 1024;

/// The tree of a peer.
pub(crate) fn tree_of(peer: PeerId) -> TreeId {
    let first = peer.as_bytes().first_chunk().copied().unwrap_or_default();
    TreeId::from_u64(u64::from_le_bytes(first))
}

impl Group {
    /// Sends a statement that is durable now to every neighbour that may not have it.
    pub(super) fn spread_statement(&mut self, item: Item) {
        let route = self.broadcast.forward(&item, false);
        for link in route.push.iter().chain(&route.announce) {
            self.offer(*link, Offer { set: Set::Authority, item, stem: None });
        }
    }

    /// Sends a version that is durable now on its way.
    pub(super) fn spread_version(&mut self, cx: &Cx<'_>, id: &VersionId) {
        let item = *id.as_bytes();
        let is_own = self.records.author(id) == Some(self.seat.identity);
        let is_heavy = self.records.payload_len(id) > HEAVY_BYTES;
        self.broadcast.set_small(self.is_small());
        let route = if is_own && !self.broadcast.remembers(&item) {
            self.broadcast.publish(item, is_heavy, cx.now.mono)
        } else {
            self.broadcast.forward(&item, is_heavy)
        };
        self.follow_route(cx, item, &route);
    }

    /// Whether so few are online, or could be, that trees begin with pushing to all.
    fn is_small(&self) -> bool {
        let is_hidden = self.properties.as_ref().is_some_and(|known| known.disable_presence);
        let crowd = if is_hidden { self.roles.len() } else { self.presences.len() };
        crowd.max(self.neighbours.len()) <= SMALL_GROUP_MAX
    }

    fn follow_route(&mut self, cx: &Cx<'_>, item: Item, route: &Route<LinkId>) {
        for link in &route.push {
            self.offer(*link, Offer { set: Set::Records, item, stem: route.stem });
        }
        for link in &route.announce {
            if let Some(neighbour) = self.neighbours.get_mut(link) {
                neighbour.tell(item, route.stem);
                neighbour.tells |= route.is_urgent;
            }
        }
        if !route.is_urgent && !route.announce.is_empty() {
            self.tell_at.get_or_insert(cx.now.mono.after(GATHER));
        }
    }

    fn offer(&mut self, link: LinkId, offer: Offer) {
        if let Some(neighbour) = self.neighbours.get_mut(&link) {
            neighbour.offer(offer);
        }
    }

    /// What came from a neighbour, whether that was new here and good. A link that brings what is
    /// here already leaves the tree that it brought it along.
    pub(super) fn note_came(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        stem: Option<Stem>,
        item: &Item,
        is_new: bool,
    ) {
        let now = cx.now.mono;
        let prune = match stem {
            Some(stem) => self.broadcast.on_pushed(link, stem, item, is_new, now),
            None => self.broadcast.on_sent(link, item, is_new, now),
        };
        if let Some(tree) = prune {
            self.send_to(cx, link, &Message::Prune { tree });
        }
    }

    /// A neighbour announces versions.
    pub(super) fn on_have(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        stem: Option<Stem>,
        items: &[Item],
    ) {
        let Some(neighbour) = self.neighbours.get(&link) else { return };
        let declined = items.iter().map(|item| neighbour.records.has_declined(item));
        let declined: Vec<bool> = declined.collect();
        let mut is_too_much = false;
        for (item, was_declined) in items.iter().zip(declined) {
            let is_here = was_declined || self.records.holds(&VersionId::from_bytes(*item));
            let now = cx.now.mono;
            is_too_much |= !self.broadcast.on_announced(link, stem, item, is_here, now);
        }
        if is_too_much && let Some(neighbour) = self.neighbours.get_mut(&link) {
            neighbour.is_behind = true;
        }
    }

    /// A neighbour asks for versions that it was told of. Beyond what may wait for its credit it
    /// has to ask again, or to compare.
    pub(super) fn on_fetch(&mut self, link: LinkId, items: &[Item]) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        for item in items {
            if self.versions.contains(item) && neighbour.live.len() < LIVE_MAX {
                neighbour.offer(Offer { set: Set::Records, item: *item, stem: None });
            }
        }
    }

    /// Asks for what was announced and should have come by now.
    pub(super) fn ask_for_announced(&mut self, cx: &mut Cx<'_>) {
        let mut asks: BTreeMap<LinkId, (Vec<TreeId>, Vec<Item>)> = BTreeMap::new();
        while let Some(ask) = self.broadcast.take_due(cx.now.mono) {
            let (trees, items) = asks.entry(ask.to).or_default();
            items.push(ask.item);
            if let Some(tree) = ask.tree
                && !trees.contains(&tree)
            {
                trees.push(tree);
            }
        }
        for (link, (trees, items)) in asks {
            for tree in trees {
                self.send_to(cx, link, &Message::Graft { tree });
            }
            self.send_to(cx, link, &Message::Fetch { items });
        }
    }

    /// Sets the time at which something is to be announced or asked for, and has those compared
    /// with whom something new was dropped.
    pub(super) fn arm_spread(&mut self, cx: &mut Cx<'_>) {
        let behind = self.neighbours.iter().filter(|(_, of)| of.is_behind);
        let behind: Vec<LinkId> = behind.map(|(link, _)| *link).collect();
        for link in behind {
            self.compare_soon(cx, link);
        }
        let key = TimerKey::Group(self.seat, Why::Spread);
        match self.tell_at.into_iter().chain(self.broadcast.next_due()).min() {
            Some(at) => cx.arm_at(key, at),
            None => cx.shared.timers.disarm(key),
        }
    }

    /// It is time to announce, or to ask.
    pub(super) fn on_spread(&mut self, cx: &Cx<'_>) {
        if self.tell_at.take_if(|at| *at <= cx.now.mono).is_some() {
            for neighbour in self.neighbours.values_mut() {
                neighbour.tells = true;
            }
        }
    }
}
