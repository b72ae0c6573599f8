//! Presence: who is online and where, as signed soft state outside every replicated set.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::{Deref, RangeInclusive};
use core::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::codec::{decode, encode, peek};
use crate::fault::Fault;
use crate::genesis::Charter;
use crate::hash::{Label, hash};
use crate::id::{GroupId, Instance, LinkId};
use crate::key::{PeerId, SecretKey, Signature};
use crate::limits::{
    ADDRESSES_MAX, INSTANCES_PER_PEER_MAX, PRESENCE_INTERVAL_EACH, PRESENCE_LIFETIME_MAX,
    PRESENCES_EARLY_MAX, PRESENCES_MAX, STAMP_AHEAD_MAX,
};
use crate::message::Blob;
use crate::name::Name;
use crate::time::{Instant, UnixTime};

/// What an instance says of itself, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announcement {
    pub(crate) peer: PeerId,
    pub(crate) draft: Draft,
    signature: Signature,
}

/// What an instance says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) instance: Instance,
    /// Grows with every announcement of the instance.
    pub(crate) serial: u32,
    /// When it was signed, by the peer's clock: an old one is not shown as new.
    pub(crate) at: UnixTime,
    /// How long it holds, in seconds, from when it is heard: as few announce themselves often, and
    /// many seldom, each says by when it will be heard again.
    pub(crate) lifetime_s: u32,
    /// The instance is leaving: the last of its announcements.
    pub(crate) leaving: bool,
    pub(crate) name: Name,
    pub(crate) addresses: Vec<Address>,
}

impl Deref for Announcement {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.draft
    }
}

/// An announcement, with the bytes that it came in and goes on in.
#[derive(Debug)]
pub(crate) struct Heard {
    announcement: Announcement,
    bytes: Bytes,
}

impl Deref for Heard {
    type Target = Announcement;

    fn deref(&self) -> &Announcement {
        &self.announcement
    }
}

impl Heard {
    /// What this node says itself.
    pub(crate) fn own(announcement: Announcement) -> Self {
        let bytes = Bytes::from(encode(&announcement).into_boxed_slice());
        Self { announcement, bytes }
    }

    /// What is in a message.
    pub(crate) fn decode(blob: Blob) -> Result<Self, Fault> {
        let announcement = decode(&blob.0).map_err(|_| Fault::Malformed)?;
        Ok(Self { announcement, bytes: blob.0 })
    }

    /// As it goes into a message.
    pub(crate) fn blob(&self) -> Blob {
        Blob(self.bytes.clone())
    }
}

/// What an announcement begins with: enough to tell whether it is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Heading {
    peer: PeerId,
    instance: Instance,
    pub(crate) serial: u32,
    at: UnixTime,
    lifetime_s: u32,
}

impl Heading {
    /// The heading of what is in a message.
    pub(crate) fn peek(blob: &Blob) -> Result<Self, Fault> {
        peek(&blob.0).map_err(|_| Fault::Malformed)
    }

    /// Which instance of which peer it is of.
    pub(crate) fn key(&self) -> (PeerId, Instance) {
        (self.peer, self.instance)
    }

    fn lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.lifetime_s))
    }
}

impl Announcement {
    /// Which instance of which peer it is of.
    pub(crate) fn key(&self) -> (PeerId, Instance) {
        (self.peer, self.instance)
    }

    /// What it begins with.
    pub(crate) fn heading(&self) -> Heading {
        let Draft { instance, serial, at, lifetime_s, .. } = self.draft;
        Heading { peer: self.peer, instance, serial, at, lifetime_s }
    }

    /// Signs an announcement.
    pub(crate) fn sign(key: &SecretKey, group: GroupId, draft: Draft) -> Self {
        let peer = key.peer();
        let signature = key.sign(Label::Presence, group.as_bytes(), &draft.id(peer));
        Self { peer, draft, signature }
    }

    /// Whether the peer signed it for this group, and its lifetime is one of these.
    pub(crate) fn check(&self, group: GroupId, lifetimes: &Lifetimes) -> Result<(), Fault> {
        if self.addresses.len() > ADDRESSES_MAX || !lifetimes.allow(self.lifetime()) {
            return Err(Fault::InvalidPresence);
        }
        let id = self.draft.id(self.peer);
        if self.peer.signed(Label::Presence, group.as_bytes(), &id, &self.signature) {
            Ok(())
        } else {
            Err(Fault::InvalidSignature)
        }
    }
}

impl Draft {
    /// How long it holds from when it is heard.
    pub(crate) fn lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.lifetime_s))
    }

    /// Whether it says nothing but that what was said before still holds.
    fn renews(&self, before: &Self) -> bool {
        let is_there = !self.leaving && !before.leaving;
        is_there && self.name == before.name && self.addresses == before.addresses
    }

    /// What the peer that says this signs.
    fn id(&self, peer: PeerId) -> [u8; 32] {
        hash(Label::Presence, &[&encode(&(peer, self))])
    }
}

/// How long the announcements of a group may hold: at least as long as its charter says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    least: Duration,
}

impl Lifetimes {
    /// Those of a group with this charter.
    pub(crate) fn of(charter: &Charter) -> Self {
        Self { least: charter.presence_lifetime() }
    }

    /// What an instance announces that knows of so many online: it announces itself again after
    /// half of it, give or take half of that.
    pub(crate) fn among(self, online: usize) -> Duration {
        let count = u32::try_from(online).unwrap_or(u32::MAX);
        self.clamp(PRESENCE_INTERVAL_EACH.saturating_mul(count).saturating_mul(2))
    }

    /// The nearest lifetime that is allowed.
    pub(crate) fn clamp(self, lifetime: Duration) -> Duration {
        lifetime.clamp(self.least, self.least.max(PRESENCE_LIFETIME_MAX))
    }

    fn allow(self, lifetime: Duration) -> bool {
        self.clamp(lifetime) == lifetime
    }
}

/// The announcements that are in force: at most [`PRESENCES_MAX`], and
/// [`INSTANCES_PER_PEER_MAX`] of each peer.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    shown: BTreeMap<(PeerId, Instance), Shown>,
    lapses: BTreeSet<(Instant, (PeerId, Instance))>,
    /// Of peers that are not known to be members yet: an announcement may overtake the grant.
    early: BTreeMap<(PeerId, Instance), Arc<Heard>>,
    /// Those that have lapsed, with their serials, and in which order they did, at most
    /// [`PRESENCES_MAX`]: a copy that is late brings nobody back.
    over: BTreeMap<(PeerId, Instance), u32>,
    over_since: VecDeque<(PeerId, Instance)>,
    /// Renewals that wait to be passed on.
    renewed: BTreeSet<(PeerId, Instance)>,
    /// The hash over who is online, unless that has changed since it was last asked for.
    root: Option<[u8; 32]>,
}

#[derive(Debug)]
struct Shown {
    serial: u32,
    lapses: Instant,
    /// The neighbours that have it, while it waits to be passed on; else nobody.
    known_to: Vec<LinkId>,
    announcement: Arc<Heard>,
}

impl Presences {
    /// Whether an announcement that a neighbour sent would say anything new at `now`: cheap,
    /// before its signature is checked.
    pub(crate) fn is_news(&mut self, news: &Heading, now: UnixTime, from: Option<LinkId>) -> bool {
        let oldest = now.before(news.lifetime()).before(STAMP_AHEAD_MAX);
        let latest = now.after(news.lifetime()).after(STAMP_AHEAD_MAX);
        if news.at < oldest || news.at > latest {
            return false;
        }
        let key = news.key();
        match self.shown.get_mut(&key) {
            Some(shown) => {
                let link = from.filter(|_| news.serial == shown.serial);
                if let Some(link) = link.filter(|link| !shown.known_to.contains(link))
                    && !shown.known_to.is_empty()
                {
                    shown.known_to.push(link);
                }
                news.serial > shown.serial
            }
            None => {
                self.over.get(&key).is_none_or(|serial| news.serial > *serial)
                    && self.early.get(&key).is_none_or(|early| news.serial > early.serial)
                    && self.has_room(news.peer)
            }
        }
    }

    fn has_room(&self, peer: PeerId) -> bool {
        self.shown.len() < PRESENCES_MAX && self.instances(peer).count() < INSTANCES_PER_PEER_MAX
    }

    /// Takes an announcement that is news and whose signature holds. One that is leaving stays,
    /// unshown, until it lapses, so that an older one does not bring it back.
    pub(crate) fn insert(&mut self, announcement: Arc<Heard>, lapses: Instant) {
        let key = announcement.key();
        let was_online = self.get(key).is_some_and(|before| !before.leaving);
        if was_online == announcement.leaving {
            self.root = None;
        }
        self.make_room(key);
        let serial = announcement.serial;
        let shown = Shown { serial, lapses, known_to: Vec::new(), announcement };
        self.renewed.remove(&key);
        if let Some(before) = self.shown.insert(key, shown) {
            self.lapses.remove(&(before.lapses, key));
        }
        self.lapses.insert((lapses, key));
    }

    /// Takes an announcement that is news, whose signature holds and that says nothing but that
    /// what its instance said before still holds. False if it says more, and was not taken. One
    /// that a neighbour sent waits to be passed on.
    pub(crate) fn renew(
        &mut self,
        news: &Arc<Heard>,
        lapses: Instant,
        from: Option<LinkId>,
    ) -> bool {
        let key = news.key();
        let Some(shown) = self.shown.get_mut(&key) else { return false };
        if !news.renews(&shown.announcement) {
            return false;
        }
        if from.is_some() && shown.known_to.is_empty() {
            self.renewed.insert(key);
        }
        self.lapses.remove(&(shown.lapses, key));
        self.lapses.insert((lapses, key));
        let known_to = from.into_iter().collect();
        *shown = Shown { serial: news.serial, lapses, known_to, announcement: news.clone() };
        true
    }

    /// How many renewals wait to be passed on.
    pub(crate) fn renewed(&self) -> usize {
        self.renewed.len()
    }

    /// Takes the renewals that wait to be passed on, with the neighbours that have each already.
    pub(crate) fn take_renewed(&mut self) -> Vec<(Arc<Heard>, Vec<LinkId>)> {
        let mut taken = Vec::new();
        for key in core::mem::take(&mut self.renewed) {
            if let Some(shown) = self.shown.get_mut(&key)
                && !shown.known_to.is_empty()
            {
                let known_to = core::mem::take(&mut shown.known_to);
                taken.push((shown.announcement.clone(), known_to));
            }
        }
        taken
    }

    /// Keeps an announcement whose signature holds until its peer is known to be a member. Of more
    /// than [`PRESENCES_EARLY_MAX`] the oldest is dropped: the peer's next one will be heard.
    pub(crate) fn keep_early(&mut self, announcement: Arc<Heard>) {
        self.early.insert(announcement.key(), announcement);
        if self.early.len() > PRESENCES_EARLY_MAX {
            let oldest = self.early.iter().min_by_key(|(_, early)| early.at);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                self.early.remove(&key);
            }
        }
    }

    /// Takes those that came early and whose peers are members now.
    pub(crate) fn take_early(&mut self, is_member: impl Fn(PeerId) -> bool) -> Vec<Arc<Heard>> {
        let (ready, early) = core::mem::take(&mut self.early)
            .into_iter()
            .partition(|((peer, _), _)| is_member(*peer));
        self.early = early;
        let ready: BTreeMap<_, _> = ready;
        ready.into_values().collect()
    }

    /// One of the peer's own that have left makes room for another instance of it.
    fn make_room(&mut self, (peer, instance): (PeerId, Instance)) {
        let held = self.shown.range(all_of(peer)).count();
        if held < INSTANCES_PER_PEER_MAX || self.shown.contains_key(&(peer, instance)) {
            return;
        }
        let of_peer = |key: &(PeerId, Instance)| key.0 == peer;
        let has_left = |key| self.shown.get(key).is_some_and(|it| it.announcement.leaving);
        let first = self.lapses.iter().find(|(_, key)| of_peer(key) && has_left(key)).copied();
        if let Some((lapses, key)) = first {
            self.lapses.remove(&(lapses, key));
            self.renewed.remove(&key);
            self.shown.remove(&key);
        }
    }

    /// Takes one that has lapsed at `now`, and gives the peer and whether it was shown.
    pub(crate) fn pop_lapsed(&mut self, now: Instant) -> Option<(PeerId, bool)> {
        let (at, key) = self.lapses.first().copied().filter(|(at, _)| *at <= now)?;
        self.lapses.remove(&(at, key));
        self.renewed.remove(&key);
        self.root = None;
        let shown = self.shown.remove(&key)?;
        self.remember_over(key, shown.serial);
        Some((key.0, !shown.announcement.leaving))
    }

    /// Remembers one that has lapsed, each key once.
    fn remember_over(&mut self, key: (PeerId, Instance), serial: u32) {
        if self.over.insert(key, serial).is_some() {
            return;
        }
        self.over_since.push_back(key);
        if self.over_since.len() > PRESENCES_MAX
            && let Some(first) = self.over_since.pop_front()
        {
            self.over.remove(&first);
        }
    }

    /// Drops all of a peer's.
    pub(crate) fn remove(&mut self, peer: PeerId) {
        self.root = None;
        self.shown.retain(|(of, _), _| *of != peer);
        self.lapses.retain(|(_, (of, _))| *of != peer);
        self.renewed.retain(|(of, _)| *of != peer);
        self.over.retain(|(of, _), _| *of != peer);
        self.over_since.retain(|(of, _)| *of != peer);
    }

    /// When the next one lapses.
    pub(crate) fn next_lapse(&self) -> Option<Instant> {
        self.lapses.first().map(|(at, _)| *at)
    }

    /// How many announcements are in force, leaving ones included.
    pub(crate) fn len(&self) -> usize {
        self.shown.len()
    }

    /// What an instance said last.
    pub(crate) fn get(&self, key: (PeerId, Instance)) -> Option<&Arc<Heard>> {
        self.shown.get(&key).map(|shown| &shown.announcement)
    }

    /// Everybody who is online.
    pub(crate) fn online(&self) -> impl Iterator<Item = &Arc<Heard>> {
        self.all().filter(|announcement| !announcement.leaving)
    }

    /// The hash over who is online: equal where the same instances are.
    pub(crate) fn root(&mut self) -> [u8; 32] {
        if let Some(root) = self.root {
            return root;
        }
        let mut names: Vec<u8> = Vec::new();
        for announcement in self.online() {
            names.extend_from_slice(announcement.peer.as_bytes());
            names.extend_from_slice(&announcement.instance.as_u64().to_le_bytes());
        }
        let root = hash(Label::OnlineRoot, &[&names]);
        self.root = Some(root);
        root
    }

    /// What the instances of a peer that are online say of themselves.
    pub(crate) fn instances(&self, peer: PeerId) -> impl Iterator<Item = &Arc<Heard>> {
        self.shown
            .range(all_of(peer))
            .map(|(_, shown)| &shown.announcement)
            .filter(|announcement| !announcement.leaving)
    }

    /// Counts the announcements. This node's own always has room.
    #[cfg(feature = "simulation")]
    pub(crate) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        let mut of_peers: BTreeMap<PeerId, usize> = BTreeMap::new();
        for (peer, _) in self.shown.keys() {
            let count = of_peers.entry(*peer).or_default();
            *count = count.saturating_add(1);
        }
        let most = of_peers.into_values().max().unwrap_or_default();
        usage.note("presences of one group", self.shown.len(), PRESENCES_MAX + 1);
        usage.note("lapses of one group", self.lapses.len(), PRESENCES_MAX + 1);
        usage.note("presences of one peer", most, INSTANCES_PER_PEER_MAX + 1);
        usage.note("presences of one group that lapsed", self.over_since.len(), PRESENCES_MAX);
        usage.note("presences to pass on", self.renewed.len(), PRESENCES_MAX + 1);
        usage.note("early presences of one group", self.early.len(), PRESENCES_EARLY_MAX);
    }

    /// Everything that is known, leaving ones included.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Heard>> {
        self.shown.values().map(|shown| &shown.announcement)
    }
}

/// The places of all of a peer's instances.
fn all_of(peer: PeerId) -> RangeInclusive<(PeerId, Instance)> {
    (peer, Instance::from_u64(0))..=(peer, Instance::from_u64(u64::MAX))
}
