//! Presence: who is online and where, as signed soft state outside every replicated set.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
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

    /// The bytes behind its key.
    fn rest(&self) -> &[u8] {
        self.bytes.get(encode(&self.key()).len()..).unwrap_or_default()
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
    shown: BTreeMap<Key, Shown>,
    /// None of them lapses earlier.
    soonest: Option<Instant>,
    /// Of peers that are not known to be members yet: an announcement may overtake the grant.
    early: BTreeMap<Key, Heard>,
    /// Those that have lapsed, with their serials, and in which order they did, at most
    /// [`PRESENCES_MAX`]: a copy that is late brings nobody back.
    over: BTreeMap<Key, u32>,
    over_since: VecDeque<Key>,
    /// Renewals that wait to be passed on, and the neighbours that have each already.
    renewed: BTreeMap<Key, Vec<LinkId>>,
    /// The hash over who is online, unless that has changed since it was last asked for.
    root: Option<[u8; 32]>,
}

/// Which instance of which peer.
type Key = (PeerId, Instance);

/// What is kept of an announcement. Most members are idle most of the time: what they say of
/// themselves is decoded when somebody asks.
#[derive(Debug)]
struct Shown {
    lapses: Instant,
    /// Its bytes behind those of its key.
    rest: Box<[u8]>,
}

impl Shown {
    fn serial(&self) -> u32 {
        peek(&self.rest).unwrap_or_default() // it was read when it came
    }

    /// Whether the instance has left.
    fn leaving(&self) -> bool {
        // serial, moment and lifetime stand before it
        peek::<(u32, UnixTime, u32, bool)>(&self.rest).is_ok_and(|(.., leaving)| leaving)
    }
}

/// An announcement that is in force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presence<'a> {
    pub(crate) peer: PeerId,
    pub(crate) instance: Instance,
    shown: &'a Shown,
}

impl<'a> Presence<'a> {
    fn of((key, shown): (&Key, &'a Shown)) -> Self {
        Self { peer: key.0, instance: key.1, shown }
    }

    /// Whether the instance has left.
    pub(crate) fn leaving(&self) -> bool {
        self.shown.leaving()
    }

    /// As it goes into a message.
    pub(crate) fn blob(&self) -> Blob {
        let key = encode(&(self.peer, self.instance));
        Blob([&*key, &*self.shown.rest].concat().into())
    }

    /// What the instance says of itself.
    pub(crate) fn draft(&self) -> Option<Draft> {
        peek(&[&*encode(&self.instance), &*self.shown.rest].concat()).ok()
    }

    /// Where it says that it listens.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        self.draft().map(|draft| draft.addresses).unwrap_or_default()
    }
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
        match self.shown.get(&key) {
            Some(shown) => {
                let serial = shown.serial();
                if news.serial == serial
                    && let (Some(link), Some(known_to)) = (from, self.renewed.get_mut(&key))
                    && !known_to.contains(&link)
                {
                    known_to.push(link);
                }
                news.serial > serial
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
    pub(crate) fn insert(&mut self, announcement: &Heard, lapses: Instant) {
        let key = announcement.key();
        let was_online = self.shown.get(&key).is_some_and(|before| !before.leaving());
        if was_online == announcement.leaving {
            self.root = None;
        }
        self.make_room(key);
        self.renewed.remove(&key);
        self.put(announcement, lapses);
    }

    fn put(&mut self, announcement: &Heard, lapses: Instant) {
        let shown = Shown { lapses, rest: announcement.rest().into() };
        self.shown.insert(announcement.key(), shown);
        self.soonest = Some(self.soonest.map_or(lapses, |soonest| soonest.min(lapses)));
    }

    /// Takes an announcement that is news, whose signature holds and that says nothing but that
    /// what its instance said before still holds. False if it says more, and was not taken. One
    /// that a neighbour sent waits to be passed on.
    pub(crate) fn renew(&mut self, news: &Heard, lapses: Instant, from: Option<LinkId>) -> bool {
        let key = news.key();
        let before = self.get(key).and_then(|before| before.draft());
        if !before.is_some_and(|before| news.renews(&before)) {
            return false;
        }
        match from {
            Some(link) => self.renewed.insert(key, [link].into()),
            None => self.renewed.remove(&key),
        };
        self.put(news, lapses);
        true
    }

    /// How many renewals wait to be passed on.
    pub(crate) fn renewed(&self) -> usize {
        self.renewed.len()
    }

    /// Takes the renewals that wait to be passed on, with the neighbours that have each already.
    pub(crate) fn take_renewed(&mut self) -> Vec<(Blob, Vec<LinkId>)> {
        let renewed = core::mem::take(&mut self.renewed).into_iter();
        renewed.filter_map(|(key, known_to)| Some((self.get(key)?.blob(), known_to))).collect()
    }

    /// Keeps an announcement whose signature holds until its peer is known to be a member. Of more
    /// than [`PRESENCES_EARLY_MAX`] the oldest is dropped: the peer's next one will be heard.
    pub(crate) fn keep_early(&mut self, announcement: Heard) {
        self.early.insert(announcement.key(), announcement);
        if self.early.len() > PRESENCES_EARLY_MAX {
            let oldest = self.early.iter().min_by_key(|(_, early)| early.at);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                self.early.remove(&key);
            }
        }
    }

    /// Takes those that came early and whose peers are members now.
    pub(crate) fn take_early(&mut self, is_member: impl Fn(PeerId) -> bool) -> Vec<Heard> {
        let (ready, early) = core::mem::take(&mut self.early)
            .into_iter()
            .partition(|((peer, _), _)| is_member(*peer));
        self.early = early;
        let ready: BTreeMap<_, _> = ready;
        ready.into_values().collect()
    }

    /// One of the peer's own that have left makes room for another instance of it.
    fn make_room(&mut self, (peer, instance): Key) {
        let held = self.shown.range(all_of(peer));
        if held.clone().count() < INSTANCES_PER_PEER_MAX
            || self.shown.contains_key(&(peer, instance))
        {
            return;
        }
        let have_left = held.filter(|(_, shown)| shown.leaving());
        let first = have_left.min_by_key(|(_, shown)| shown.lapses).map(|(key, _)| *key);
        if let Some(key) = first {
            self.renewed.remove(&key);
            self.shown.remove(&key);
        }
    }

    /// Takes those that have lapsed at `now`, and gives each peer and whether it was shown. All are
    /// looked at, but only once one may have: most are renewed long before.
    pub(crate) fn take_lapsed(&mut self, now: Instant) -> Vec<(PeerId, bool)> {
        if self.soonest.is_none_or(|soonest| soonest > now) {
            return Vec::new();
        }
        let lapsed = self.shown.iter().filter(|(_, shown)| shown.lapses <= now);
        let lapsed: Vec<Key> = lapsed.map(|(key, _)| *key).collect();
        let peers = lapsed.into_iter().filter_map(|key| {
            let shown = self.shown.remove(&key)?;
            self.root = None;
            self.renewed.remove(&key);
            self.remember_over(key, shown.serial());
            Some((key.0, !shown.leaving()))
        });
        let peers = peers.collect();
        self.soonest = self.shown.values().map(|shown| shown.lapses).min();
        peers
    }

    /// Remembers one that has lapsed, each key once.
    fn remember_over(&mut self, key: Key, serial: u32) {
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
        self.renewed.retain(|(of, _), _| *of != peer);
        self.over.retain(|(of, _), _| *of != peer);
        self.over_since.retain(|(of, _)| *of != peer);
    }

    /// When to look whether any has lapsed: not later than the first does.
    pub(crate) fn next_lapse(&self) -> Option<Instant> {
        self.soonest
    }

    /// How many announcements are in force, leaving ones included.
    pub(crate) fn len(&self) -> usize {
        self.shown.len()
    }

    /// What an instance said last.
    pub(crate) fn get(&self, key: Key) -> Option<Presence<'_>> {
        self.shown.get_key_value(&key).map(Presence::of)
    }

    /// Everybody who is online.
    pub(crate) fn online(&self) -> impl Iterator<Item = Presence<'_>> {
        self.all().filter(|presence| !presence.leaving())
    }

    /// The hash over who is online: equal where the same instances are.
    pub(crate) fn root(&mut self) -> [u8; 32] {
        if let Some(root) = self.root {
            return root;
        }
        let mut names: Vec<u8> = Vec::new();
        for presence in self.online() {
            names.extend_from_slice(presence.peer.as_bytes());
            names.extend_from_slice(&presence.instance.as_u64().to_le_bytes());
        }
        let root = hash(Label::OnlineRoot, &[&names]);
        self.root = Some(root);
        root
    }

    /// The instances of a peer that are online.
    pub(crate) fn instances(&self, peer: PeerId) -> impl Iterator<Item = Presence<'_>> {
        self.shown.range(all_of(peer)).map(Presence::of).filter(|presence| !presence.leaving())
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
        usage.note("presences of one peer", most, INSTANCES_PER_PEER_MAX + 1);
        usage.note("presences of one group that lapsed", self.over_since.len(), PRESENCES_MAX);
        usage.note("presences to pass on", self.renewed.len(), PRESENCES_MAX + 1);
        usage.note("early presences of one group", self.early.len(), PRESENCES_EARLY_MAX);
        let soonest = self.shown.values().map(|shown| shown.lapses).min();
        debug_assert!(soonest.is_none_or(|at| self.soonest <= Some(at)), "none lapses unseen");
    }

    /// Everything that is known, leaving ones included.
    pub(crate) fn all(&self) -> impl Iterator<Item = Presence<'_>> {
        self.shown.iter().map(Presence::of)
    }
}

/// The places of all of a peer's instances.
fn all_of(peer: PeerId) -> RangeInclusive<Key> {
    (peer, Instance::from_u64(0))..=(peer, Instance::from_u64(u64::MAX))
}
