//! Presence: who is online and where, as signed soft state outside every replicated set.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::{Deref, RangeInclusive};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::codec::encode;
use crate::fault::Fault;
use crate::hash::{Label, hash};
use crate::id::{GroupId, Instance};
use crate::key::{PeerId, SecretKey, Signature};
use crate::limits::{
    ADDRESSES_MAX, INSTANCES_PER_PEER_MAX, PRESENCES_EARLY_MAX, PRESENCES_MAX, STAMP_AHEAD_MAX,
};
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

impl Announcement {
    /// Signs an announcement.
    pub(crate) fn sign(key: &SecretKey, group: GroupId, draft: Draft) -> Self {
        let peer = key.peer();
        let signature = key.sign(Label::Presence, group.as_bytes(), &draft.id(peer));
        Self { peer, draft, signature }
    }

    /// Whether the peer signed it for this group.
    pub(crate) fn check(&self, group: GroupId) -> Result<(), Fault> {
        if self.addresses.len() > ADDRESSES_MAX {
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
    /// What the peer that says this signs.
    fn id(&self, peer: PeerId) -> [u8; 32] {
        hash(Label::Presence, &[&encode(&(peer, self))])
    }
}

/// The announcements that are in force: at most [`PRESENCES_MAX`], and
/// [`INSTANCES_PER_PEER_MAX`] of each peer.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    shown: BTreeMap<(PeerId, Instance), Shown>,
    lapses: BTreeSet<(Instant, (PeerId, Instance))>,
    /// Of peers that are not known to be members yet: an announcement may overtake the grant.
    early: BTreeMap<(PeerId, Instance), Announcement>,
}

#[derive(Debug)]
struct Shown {
    announcement: Announcement,
    lapses: Instant,
}

impl Presences {
    /// Whether an announcement would say anything new at `now`: cheap, before its signature is
    /// checked.
    pub(crate) fn is_news(&self, news: &Announcement, now: UnixTime, lifetime: Duration) -> bool {
        let oldest = now.before(lifetime).before(STAMP_AHEAD_MAX);
        let latest = now.after(lifetime).after(STAMP_AHEAD_MAX);
        if news.at < oldest || news.at > latest {
            return false;
        }
        let key = (news.peer, news.instance);
        match self.shown.get(&key) {
            Some(shown) => news.serial > shown.announcement.serial,
            None => {
                self.early.get(&key).is_none_or(|early| news.serial > early.serial)
                    && self.has_room(news.peer)
            }
        }
    }

    fn has_room(&self, peer: PeerId) -> bool {
        self.shown.len() < PRESENCES_MAX && self.instances(peer).count() < INSTANCES_PER_PEER_MAX
    }

    /// Takes an announcement that is news and whose signature holds. One that is leaving stays,
    /// unshown, until it lapses, so that an older one does not bring it back.
    pub(crate) fn insert(&mut self, announcement: Announcement, lapses: Instant) {
        let key = (announcement.peer, announcement.instance);
        self.make_room(key);
        if let Some(before) = self.shown.insert(key, Shown { announcement, lapses }) {
            self.lapses.remove(&(before.lapses, key));
        }
        self.lapses.insert((lapses, key));
    }

    /// Keeps an announcement whose signature holds until its peer is known to be a member. Of more
    /// than [`PRESENCES_EARLY_MAX`] the oldest is dropped: the peer's next one will be heard.
    pub(crate) fn keep_early(&mut self, announcement: Announcement) {
        self.early.insert((announcement.peer, announcement.instance), announcement);
        if self.early.len() > PRESENCES_EARLY_MAX {
            let oldest = self.early.iter().min_by_key(|(_, early)| early.at);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                self.early.remove(&key);
            }
        }
    }

    /// Takes those that came early and whose peers are members now.
    pub(crate) fn take_early(&mut self, is_member: impl Fn(PeerId) -> bool) -> Vec<Announcement> {
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
            self.shown.remove(&key);
        }
    }

    /// Takes one that has lapsed at `now`, and gives the peer and whether it was shown.
    pub(crate) fn pop_lapsed(&mut self, now: Instant) -> Option<(PeerId, bool)> {
        let (at, key) = self.lapses.first().copied().filter(|(at, _)| *at <= now)?;
        self.lapses.remove(&(at, key));
        let shown = self.shown.remove(&key)?;
        Some((key.0, !shown.announcement.leaving))
    }

    /// Drops all of a peer's.
    pub(crate) fn remove(&mut self, peer: PeerId) {
        self.shown.retain(|(of, _), _| *of != peer);
        self.lapses.retain(|(_, (of, _))| *of != peer);
    }

    /// When the next one lapses.
    pub(crate) fn next_lapse(&self) -> Option<Instant> {
        self.lapses.first().map(|(at, _)| *at)
    }

    /// What the instances of a peer that are online say of themselves.
    pub(crate) fn instances(&self, peer: PeerId) -> impl Iterator<Item = &Announcement> {
        self.shown
            .range(all_of(peer))
            .map(|(_, shown)| &shown.announcement)
            .filter(|announcement| !announcement.leaving)
    }

    /// Everything that is known, leaving ones included.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Announcement> {
        self.shown.values().map(|shown| &shown.announcement)
    }
}

/// The places of all of a peer's instances.
fn all_of(peer: PeerId) -> RangeInclusive<(PeerId, Instance)> {
    (peer, Instance::from_u64(0))..=(peer, Instance::from_u64(u64::MAX))
}
