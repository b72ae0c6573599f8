//! The record set as it is built, driven beside the model.

use std::collections::{BTreeMap, BTreeSet};
use std::vec::Vec;

use super::law::{self, PEERS, Replica, TENURES, Version};
use crate::authority::Tenure;
use crate::key::SecretKey;
use crate::record::lineage::Lineage;
use crate::record::set::Bounds;
use crate::record::tests::{Authority, GROUP, TYPE, cred};
use crate::record::version::{IdFields, Origin, Rest};
use crate::record::{Checked, Records, payload};
use crate::stamp::Stamp;
use crate::statement::Window;
use crate::time::UnixTime;

fn time(seconds: u64) -> UnixTime {
    UnixTime::from_millis(seconds.saturating_mul(1000))
}

fn stamp((seconds, instance): (u64, u64)) -> Stamp {
    Stamp { time: time(seconds), count: 0, instance }
}

fn number(id: &[u8]) -> u128 {
    id.first_chunk().copied().map(u128::from_be_bytes).unwrap()
}

/// Those who sign.
#[derive(Clone, Debug)]
pub(super) struct Keys([SecretKey; PEERS]);

impl Keys {
    pub(super) fn new() -> Self {
        Self(core::array::from_fn(|peer| {
            // where mock keys are known they are used: they sign as fast as they hash
            #[cfg(feature = "simulation")]
            return SecretKey::mock(peer as u128 + 1);
            #[cfg(not(feature = "simulation"))]
            return crate::record::tests::key(peer as u8 + 1);
        }))
    }

    fn fields(&self, record: &law::Record, nonce: u64) -> IdFields {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&nonce.to_be_bytes());
        let creator = self.0[record.creator].peer();
        IdFields { type_id: TYPE, creator, nonce: bytes, ceiling: time(record.ceiling) }
    }

    /// The id of the record with this nonce.
    pub(super) fn record(&self, record: &law::Record, nonce: u64) -> u128 {
        number(self.fields(record, nonce).record(GROUP).as_bytes())
    }

    /// The version that the model has, signed.
    pub(super) fn sign(&self, version: &Version, nonce: u64) -> Checked {
        let key = &self.0[version.author];
        let rest = Rest {
            modifier: key.peer(),
            cred: cred(version.author as u8 + 1, version.tenure as u8),
            stamp: stamp(version.stamp),
            lineage: Lineage::default(),
            number: version.id as u32 | 1,
            created: UnixTime::default(),
            expires: time(version.expires),
            deleted: version.deleted,
            attributes: Vec::new(),
            payload_root: payload::root(&[]),
            payload_len: 0,
        };
        let fields = self.fields(&version.record, nonce);
        let signature = key.sign(crate::hash::Label::Version, GROUP.as_bytes(), &[0; 32]);
        let origin = (!version.is_own()).then_some(Origin { rest: [0; 32], signature });
        Checked::sign(key, GROUP, fields, rest, origin, &[])
    }

    fn authority(&self, model: &law::Authority) -> Authority {
        let mut authority = Authority::default();
        for (peer, tenures) in model.iter().enumerate() {
            for (tenure, state) in tenures.iter().enumerate().take(TENURES) {
                let Some(state) = state else { continue };
                let holder = self.0[peer].peer();
                let is = Tenure {
                    holder,
                    live: state.live,
                    admin: state.admin,
                    window: Window { from: UnixTime::default(), until: time(state.until) },
                    resigned: state.resigned.map(stamp),
                    counts: state.counts,
                };
                let first = cred(peer as u8 + 1, tenure as u8);
                authority.tenures.insert(first, is);
                authority.members.insert(holder);
            }
        }
        authority
    }
}

pub(super) fn id_of(version: &Checked) -> u128 {
    number(version.id().as_bytes())
}

#[derive(Clone, Debug)]
pub(super) struct Real {
    records: Records,
    authority: Authority,
    now: UnixTime,
}

impl Real {
    pub(super) fn new(keys: &Keys, model: &Replica) -> Self {
        let room = model.law.room;
        let bounds = Bounds {
            records: room.records,
            deletions: room.deletions,
            dormant: room.dormant,
            parked: room.parked,
            parked_per_peer: room.parked_per_peer,
        };
        let records = Records::bounded(GROUP, bounds);
        Self { records, authority: keys.authority(&model.authority), now: time(model.now) }
    }

    pub(super) fn take(&mut self, version: &Checked) {
        self.records.insert(version.clone(), &self.authority, self.now);
    }

    pub(super) fn learn(&mut self, keys: &Keys, model: &law::Authority) {
        let before = core::mem::replace(&mut self.authority, keys.authority(model));
        let changed = self.authority.changed_since(&before);
        self.records.reevaluate(&self.authority, &changed, self.now);
        self.records.tick(&self.authority, self.now, false);
    }

    pub(super) fn pass(&mut self, now: u64) {
        self.now = time(now);
        self.records.tick(&self.authority, self.now, false);
    }

    /// Where it differs from the model.
    pub(super) fn differs(&self, model: &Replica) -> Option<&'static str> {
        let standing: BTreeSet<u128> =
            self.records.standing().map(|id| number(id.as_bytes())).collect();
        let shown = self.records.records(None);
        let seen: BTreeMap<u128, u128> =
            shown.map(|it| (number(it.id.as_bytes()), number(it.version.as_bytes()))).collect();
        let held: BTreeSet<u128> =
            self.records.versions.keys().map(|id| number(id.as_bytes())).collect();
        let parked: BTreeSet<u128> = self.records.parked.versions().map(id_of).collect();
        let model_seen = model.seen().into_iter().map(|(record, it)| (record, it.id)).collect();
        if standing != model.standing {
            Some("what stands")
        } else if seen != model_seen {
            Some("what is seen")
        } else if held != model.held.iter().map(|version| version.id).collect() {
            Some("what is held")
        } else if parked != model.parked.iter().map(|version| version.id).collect() {
            Some("what waits")
        } else {
            let due = self.records.next_due();
            due.is_some_and(|due| due <= self.now).then_some("what is due")
        }
    }
}
