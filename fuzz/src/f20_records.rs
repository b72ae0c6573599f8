//! The record set against a model of it that is a map from records to what was delivered.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use peergroup_core::simulation::forge::{self, Forge, ForgedVersion};
use peergroup_core::simulation::{Archive, Place};
use peergroup_core::{PeerId, RecordId, Role, Stamp, UnixTime, VersionId};

use crate::Tape;
use crate::rig::dawn;
use crate::scene::{NOTE, key, scene};

/// Whoever signs.
const PEERS: u8 = 3;
const MINUTE: u64 = 60_000;
/// How far ahead stamps may be.
const AHEAD: u64 = 10 * MINUTE;
/// Records leave at whole multiples of this.
const EPOCH: u64 = 60 * MINUTE;
/// Things that happen in one run, at most.
const STEPS_MAX: usize = 200;

/// Versions, roles and time as the bytes say.
pub fn f20_records(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut pair = Pair::new();
    for _ in 0..STEPS_MAX {
        if tape.is_over() {
            break;
        }
        pair.step(&mut tape);
        pair.compare();
    }
}

/// What the model knows of a version.
#[derive(Clone, Debug)]
struct Known {
    record: RecordId,
    creator: PeerId,
    author: PeerId,
    order: (Stamp, VersionId),
    deleted: bool,
    expires: u64,
    ceiling: u64,
}

struct Pair {
    archive: Archive,
    now: u64,
    roles: BTreeMap<PeerId, Option<Role>>,
    known: BTreeMap<VersionId, Known>,
    items: Vec<Vec<u8>>,
}

impl Pair {
    fn new() -> Self {
        let now = dawn().wall.as_millis();
        let archive = Archive::new(scene().seat.group, dawn().wall);
        let mut pair = Self {
            archive,
            now,
            roles: BTreeMap::new(),
            known: BTreeMap::new(),
            items: Vec::new(),
        };
        for number in 1..=PEERS {
            pair.appoint(number, Some(Role::Admin));
        }
        pair
    }

    fn appoint(&mut self, number: u8, role: Option<Role>) {
        self.archive.appoint(key(number).peer(), role);
        self.roles.insert(key(number).peer(), role);
    }

    fn step(&mut self, tape: &mut Tape<'_>) {
        match tape.below(8) {
            0 => {
                let number = 1 + tape.byte() % PEERS;
                let role = [None, Some(Role::Member), Some(Role::Admin)][tape.below(3)];
                self.appoint(number, role);
            }
            1 => {
                self.now += u64::from(tape.byte()) * MINUTE / 4;
                self.archive.pass(UnixTime::from_millis(self.now));
            }
            2 => {
                let Some(item) = self.items.get(tape.below(self.items.len())) else { return };
                let _ = self.archive.insert(item);
            }
            _ => self.sign(tape),
        }
    }

    fn sign(&mut self, tape: &mut Tape<'_>) {
        let forge = Forge::new(key(1 + tape.byte() % PEERS), scene().seat.group);
        let tenure = peergroup_core::StatementId::from_bytes(*forge.peer().as_bytes());
        let time = self.now + u64::from(tape.byte()) * MINUTE / 8;
        let stamp = forge::stamp(UnixTime::from_millis(time - 15 * MINUTE), 0, tape.number(1) % 3);
        let (nonce, width, kind) = (tape.byte() % 3, tape.byte(), tape.byte());
        let ceiling = self.now - self.now % EPOCH + (1 + u64::from(nonce)) * EPOCH;
        let expires = UnixTime::from_millis(ceiling - u64::from(width) * MINUTE / 8);
        let base = (kind & 3 != 0).then(|| self.items.get(tape.below(self.items.len()))).flatten();
        let after = base.and_then(|item| ForgedVersion::after(forge.group, item));
        let mut version = after.unwrap_or_else(|| {
            let mut first = ForgedVersion::first(forge.peer(), None, NOTE, stamp, expires);
            first.ceiling = UnixTime::from_millis(ceiling);
            first.nonce = [nonce; 16];
            first
        });
        version.cred = Some(tenure);
        if kind & 4 == 0 {
            version.stamp = stamp;
        }
        version.created = version.created.min(version.stamp.time);
        version.payload = Bytes::from(vec![kind; usize::from(kind / 32)]);
        version.deleted = false;
        let version = if kind & 0x18 == 0x18 { version.tombstone() } else { version };
        let item = forge.version(&version);
        let Ok(id) = forge.version_id(&item).ok_or(()) else { return };
        if self.archive.insert(&item).is_err() {
            return;
        }
        let known = Known {
            record: forge.record(&version),
            creator: version.creator,
            author: forge.peer(),
            order: (version.stamp, id),
            deleted: version.deleted,
            expires: version.expires.as_millis(),
            ceiling: version.ceiling.as_millis(),
        };
        self.known.insert(id, known);
        self.items.push(item);
    }

    /// What counts now.
    fn counts(&self, known: &Known) -> bool {
        let is_own = known.author == known.creator;
        let may = match self.roles.get(&known.author).copied().flatten() {
            Some(Role::Admin) => true,
            Some(_) => is_own,
            None => false,
        };
        may && known.order.0.time.as_millis() <= self.now + AHEAD
    }

    /// What is to be seen, by the model.
    fn expected(&self) -> BTreeMap<RecordId, VersionId> {
        let mut records: BTreeMap<RecordId, Vec<&Known>> = BTreeMap::new();
        let stays = |known: &&Known| known.ceiling.next_multiple_of(EPOCH) > self.now;
        for known in self.known.values().filter(stays).filter(|known| self.counts(known)) {
            records.entry(known.record).or_default().push(known);
        }
        records.retain(|_, versions| !versions.iter().any(|version| version.deleted));
        let greatest = |versions: Vec<&Known>| {
            let known = versions.into_iter().max_by_key(|version| version.order);
            known.filter(|known| known.expires > self.now).map(|known| known.order.1)
        };
        records.into_iter().filter_map(|(id, all)| Some((id, greatest(all)?))).collect()
    }

    fn compare(&self) {
        let seen: BTreeMap<RecordId, VersionId> =
            self.archive.records(None).map(|record| (record.id, record.version)).collect();
        assert_eq!(seen, self.expected(), "other records are seen than by the model");
        let visible = self.archive.versions().filter(|version| version.place == Place::Visible);
        let visible: BTreeSet<VersionId> = visible.map(|version| version.id).collect();
        assert_eq!(visible, seen.into_values().collect(), "what is seen is what is visible");
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // an author, the stamp, the instance, which record, how early it expires, which kind, on what
    let version = |author: u8, time: u8, nonce: u8, kind: u8, base: u8| {
        [3, author - 1, time, 1, nonce, 8, kind, base]
    };
    let (first, edit, deletion) = (0_u8, 1, 0x19);
    let stories: [&[[u8; 8]]; 6] = [
        &[version(1, 100, 0, first, 0), version(1, 110, 0, edit, 0)],
        &[version(1, 100, 0, first, 0), version(2, 110, 0, edit, 0), version(3, 105, 0, edit, 0)],
        &[version(1, 100, 0, first, 0), version(2, 90, 0, deletion, 0)],
        &[version(1, 100, 1, first, 0), version(2, 119, 1, edit, 0), version(2, 119, 1, 33, 0)],
        &[version(1, 100, 0, first, 0), version(1, 250, 0, edit, 0), version(2, 240, 0, edit, 0)],
        &[version(2, 100, 2, first, 0), version(1, 110, 2, deletion, 0), version(2, 115, 2, 1, 0)],
    ];
    let endings: [&[u8]; 6] =
        [&[], &[1, 200], &[0, 1, 0], &[0, 1, 1], &[0, 1, 0, 0, 1, 2], &[2, 0]];
    let mut seeds = Vec::new();
    for story in stories {
        for ending in endings {
            seeds.push([story.as_flattened(), ending].concat());
        }
    }
    seeds
}
