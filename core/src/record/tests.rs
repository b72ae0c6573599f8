use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use super::delta::Refusal;
use super::entry::Entry;
use super::lineage::Lineage;
use super::set::Bounds;
use super::version::{IdFields, Origin, Rest};
use super::*;
use crate::authority::Tenure;
use crate::id::{GroupId, Instance, RecordId, StatementId, TypeId, VersionId};
use crate::key::{PeerId, SecretKey};
use crate::stamp::Stamp;
use crate::statement::Window;
use crate::time::UnixTime;

mod conflict;
mod expiry;
mod held;
mod histories;
mod model;
mod publish;
mod quota;
mod rules;
mod search;
mod texts;
mod why;
mod wire;

const GROUP: GroupId = GroupId::from_bytes([7; 32]);
const TYPE: TypeId = TypeId::from_bytes([9; 16]);
const HOUR: u64 = 3_600_000;
/// The present of tests that do not move it: a thousand hours after 1970 began.
const NOW: UnixTime = UnixTime::from_millis(1000 * HOUR);
/// Who founded the group: `key(CREATOR)`.
const CREATOR: u8 = 1;

fn key(peer: u8) -> SecretKey {
    SecretKey::from_bytes([peer; 32])
}

fn at_hour(hour: u64) -> UnixTime {
    UnixTime::from_millis(hour.saturating_mul(HOUR))
}

fn stamp(hour: u64) -> Stamp {
    Stamp { time: at_hour(hour), ..Stamp::default() }
}

/// The tenure of a peer with this number; the creator's is none.
fn cred(peer: u8, tenure: u8) -> Option<StatementId> {
    (peer != CREATOR).then(|| {
        let mut bytes = [0; 32];
        bytes[0] = peer;
        bytes[1] = tenure;
        StatementId::from_bytes(bytes)
    })
}

fn live(peer: u8, admin: bool) -> Tenure {
    Tenure {
        holder: key(peer).peer(),
        live: true,
        admin,
        window: Window::INFINITE,
        resigned: None,
        counts: true,
    }
}

/// What a group would tell of its tenures.
#[derive(Clone, Debug, Default)]
struct Authority {
    tenures: BTreeMap<Option<StatementId>, Tenure>,
    members: BTreeSet<PeerId>,
}

impl Authority {
    /// The creator, a member 2 and an Admin 3.
    fn usual() -> Self {
        let mut authority = Self::default();
        authority.set(CREATOR, 0, live(CREATOR, true));
        authority.set(2, 0, live(2, false));
        authority.set(3, 0, live(3, true));
        authority
    }

    fn set(&mut self, peer: u8, tenure: u8, is: Tenure) {
        self.tenures.insert(cred(peer, tenure), is);
        self.members.insert(key(peer).peer());
    }

    /// Whose tenures are otherwise than before, and who came.
    fn changed_since(&self, before: &Self) -> BTreeSet<PeerId> {
        let all = self.tenures.iter().chain(&before.tenures);
        let changed = all.filter(|(cred, _)| self.tenures.get(cred) != before.tenures.get(cred));
        let holders = changed.map(|(_, tenure)| tenure.holder);
        holders.chain(self.members.difference(&before.members).copied()).collect()
    }

    fn end(&mut self, peer: u8) {
        let tenure = self.tenures.get_mut(&cred(peer, 0)).unwrap();
        *tenure = tenure.ended();
    }
}

impl Tenures for Authority {
    fn tenure(&self, cred: Option<StatementId>) -> Option<Tenure> {
        self.tenures.get(&cred).copied()
    }

    fn was_member(&self, peer: PeerId) -> bool {
        self.members.contains(&peer)
    }
}

/// What to make a version of.
#[derive(Clone, Copy, Debug)]
struct Spec {
    creator: u8,
    nonce: u8,
    ceiling: UnixTime,
    author: u8,
    tenure: u8,
    stamp: Stamp,
    expires: UnixTime,
    deleted: bool,
    payload: u8,
}

impl Spec {
    /// The first version of the record of `creator` with this nonce.
    fn new(creator: u8, nonce: u8) -> Self {
        Self {
            creator,
            nonce,
            ceiling: at_hour(3000),
            author: creator,
            tenure: 0,
            stamp: stamp(900),
            expires: at_hour(2000),
            deleted: false,
            payload: 0,
        }
    }

    fn by(self, author: u8) -> Self {
        Self { author, ..self }
    }

    fn under(self, tenure: u8) -> Self {
        Self { tenure, ..self }
    }

    fn stamped(self, hour: u64) -> Self {
        Self { stamp: stamp(hour), ..self }
    }

    fn until(self, hour: u64) -> Self {
        Self { expires: at_hour(hour), ..self }
    }

    fn ceiling(self, hour: u64) -> Self {
        Self { ceiling: at_hour(hour), ..self }
    }

    fn saying(self, payload: u8) -> Self {
        Self { payload, ..self }
    }

    fn tombstone(self) -> Self {
        Self { deleted: true, ..self }
    }

    fn fields(&self) -> IdFields {
        IdFields {
            type_id: TYPE,
            creator: key(self.creator).peer(),
            nonce: [self.nonce; 16],
            ceiling: self.ceiling,
        }
    }

    fn record(&self) -> RecordId {
        self.fields().record(GROUP)
    }

    fn rest(&self) -> Rest {
        let payload: &[u8] = if self.deleted { &[] } else { &[self.payload] };
        Rest {
            modifier: key(self.author).peer(),
            cred: cred(self.author, self.tenure),
            stamp: self.stamp,
            lineage: Lineage::default(),
            number: 1,
            created: UnixTime::default(),
            expires: if self.deleted { self.ceiling } else { self.expires.min(self.ceiling) },
            deleted: self.deleted,
            attributes: Vec::new(),
            payload_root: payload::root(payload),
            payload_len: u32::try_from(payload.len()).unwrap(),
        }
    }

    /// What the record's creator has signed of it.
    fn origin(&self) -> Origin {
        Self { author: self.creator, tenure: 0, deleted: false, ..*self }.make().origin()
    }

    fn make(&self) -> Checked {
        let payload: &[u8] = if self.deleted { &[] } else { &[self.payload] };
        let origin = (self.author != self.creator).then(|| self.origin());
        Checked::sign(&key(self.author), GROUP, self.fields(), self.rest(), origin, payload)
    }
}

/// Inserts and gives the delta of a version that is kept.
fn kept(records: &mut Records, spec: Spec, authority: &Authority) -> Delta {
    match records.insert(spec.make(), authority, NOW) {
        Outcome::Kept(delta) => delta,
        other => panic!("{spec:?}: {other:?}"),
    }
}

/// The first byte of the payload of a record that can be seen.
fn says(records: &Records, record: RecordId) -> Option<u8> {
    records.get(record).map(|record| record.payload[0])
}

fn kinds(delta: &Delta) -> Vec<ChangeKind> {
    delta.changes.iter().map(|change| change.kind).collect()
}

fn standing(records: &Records) -> BTreeSet<VersionId> {
    records.standing().collect()
}
