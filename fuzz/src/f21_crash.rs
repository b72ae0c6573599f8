//! A node that crashes between any two writes, or whose rows rot: what was acknowledged is there
//! when it starts again; on rotten rows it starts or fails, and does not panic.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use peergroup_core::{Notice, RecordDraft, RecordId, RecordUpdate, Removal, Role, Terms};

use crate::Tape;
use crate::rig::{Rig, Rows, apply};
use crate::scene::{NOTE, peer, scene};

/// Things that are done before the crash, at most.
const ACTS_MAX: usize = 40;

/// Lets a node act, crash and start again, as the bytes say.
pub fn f21_crash(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut life = Life::begin();
    let is_rotten = tape.flag();
    let (crash, tail) = (tape.byte(), tape.run());
    for _ in 0..ACTS_MAX {
        if tape.is_over() {
            break;
        }
        life.act(&mut tape);
    }
    // batches are whole or not there at all, and none before those that are there is missing
    let kept = usize::from(crash).min(life.rig.batches.len());
    let mut rows = scene().rows.clone();
    for op in &life.rig.batches[..kept] {
        apply(&mut rows, op);
    }
    if is_rotten {
        rot(&mut rows, &mut Tape::new(tail));
    }
    let mut rig = Rig::boot(rows, 9, life.rig.now);
    let opened = rig.act(|node, now| node.open(now, scene().seat));
    if is_rotten {
        survive(&mut rig);
    } else {
        assert_eq!(opened, Ok(()));
        life.check(&rig, kept);
    }
    rig.check_bounds();
}

/// What happened before the crash, with how many batches had been written by then.
struct Life {
    rig: Rig,
    /// What each record was at last, by when: none once it was deleted.
    records: BTreeMap<RecordId, Vec<(usize, Option<u8>)>>,
    /// Roles that were given, by when.
    roles: BTreeMap<u8, Vec<(usize, Option<Role>)>>,
}

impl Life {
    fn begin() -> Self {
        let mut rig = scene().creator(6);
        // what restoring writes belongs to the state that everything begins with
        rig.batches.clear();
        Self { rig, records: BTreeMap::new(), roles: BTreeMap::new() }
    }

    // dispatch: one arm per act
    fn act(&mut self, tape: &mut Tape<'_>) {
        let (seat, kind, value) = (scene().seat, tape.below(8), tape.byte());
        let known: Vec<RecordId> = self.records.keys().copied().collect();
        let record = known.get(usize::from(value).checked_rem(known.len()).unwrap_or(0)).copied();
        let content = vec![value; 1 + usize::from(value) * 40];
        match (kind, record) {
            (0 | 1, _) => {
                let expires = self.rig.now.wall.after(Duration::from_secs(24 * 3600));
                let draft = RecordDraft::new(NOTE, expires).payload(content);
                let made = self.rig.act(|node, now| node.publish(now, seat, draft));
                if let Ok(receipt) = made {
                    self.note(receipt.value, Some(value));
                }
            }
            (2, Some(record)) => {
                let update = RecordUpdate::new().payload(content);
                let done = self.rig.act(|node, now| node.update(now, seat, record, update));
                if done.is_ok() {
                    self.note(record, Some(value));
                }
            }
            (3, Some(record)) => {
                let done = self.rig.act(|node, now| node.delete_record(now, seat, record));
                if done.is_ok() {
                    self.note(record, None);
                }
            }
            (4 | 5, _) => self.grant(value),
            (6, _) => {
                let who = 10 + value % 4;
                let remove = |rig: &mut Rig| {
                    rig.act(|node, now| node.remove(now, seat, peer(who), Removal::Keep))
                };
                if remove(&mut self.rig).is_ok() {
                    let at = self.rig.batches.len();
                    self.roles.entry(who).or_default().push((at, None));
                }
            }
            _ => self.rig.pass(Duration::from_secs(u64::from(value) * 10)),
        }
    }

    fn grant(&mut self, value: u8) {
        let who = 10 + value % 4;
        let role = [Role::Member, Role::Inviter, Role::Admin][usize::from(value / 4 % 3)];
        let seat = scene().seat;
        let given = self.rig.act(|node, now| node.grant(now, seat, peer(who), Terms::role(role)));
        if given.is_ok() {
            let at = self.rig.batches.len();
            let member = self.rig.node.member(seat, peer(who)).expect("it is open");
            let role = member.map(|member| member.role);
            self.roles.entry(who).or_default().push((at, role));
        }
    }

    /// It was acknowledged with the last batch.
    fn note(&mut self, record: RecordId, content: Option<u8>) {
        let at = self.rig.batches.len();
        self.records.entry(record).or_default().push((at, content));
    }

    /// Whatever was acknowledged by a batch that was kept is there (I9).
    fn check(&self, rig: &Rig, kept: usize) {
        let seat = scene().seat;
        let last = |of: &[(usize, Option<u8>)]| of.iter().rfind(|it| it.0 <= kept).map(|it| it.1);
        for (record, history) in &self.records {
            let Some(content) = last(history) else { continue };
            let there = rig.node.record(seat, *record).expect("it is open");
            let is_later = history.iter().any(|it| it.0 > kept);
            assert!(there.is_some() == content.is_some() || is_later, "I9: {record:?}");
        }
        for (who, history) in &self.roles {
            let Some((at, role)) = history.iter().rfind(|it| it.0 <= kept) else { continue };
            let there = rig.node.member(seat, peer(*who)).expect("it is open");
            let is_later = history.iter().any(|it| it.0 > *at);
            assert!(there.map(|member| member.role) == *role || is_later, "I9: {who}");
        }
    }
}

/// Rows lose bits, ends, or themselves, or change places.
fn rot(rows: &mut Rows, tape: &mut Tape<'_>) {
    while !tape.is_over() && !rows.is_empty() {
        let at = tape.size(2) % rows.len();
        let (key, value) = rows.iter().nth(at).map(|(k, v)| (k.clone(), v.to_vec())).unwrap();
        let mut changed = value.clone();
        match tape.below(6) {
            0 | 1 => {
                let place = tape.size(2) % value.len().max(1);
                let damage = tape.byte();
                if let Some(byte) = changed.get_mut(place) {
                    *byte ^= damage;
                }
            }
            2 => changed.truncate(tape.size(2)),
            3 => {
                rows.remove(&key);
                continue;
            }
            4 => {
                let other = tape.size(2) % rows.len();
                changed = rows.values().nth(other).unwrap().to_vec();
            }
            _ => {
                let mut other = key.to_vec();
                let place = tape.size(1) % other.len().max(1);
                if let Some(byte) = other.get_mut(place) {
                    *byte ^= tape.byte();
                }
                rows.insert(Bytes::from(other), Bytes::from(value));
                continue;
            }
        }
        rows.insert(key, Bytes::from(changed));
    }
}

/// On rows that are not what was written a node does what it can, or says that it cannot.
fn survive(rig: &mut Rig) {
    let seat = scene().seat;
    let has_said = rig.notices.iter().any(|notice| matches!(notice, Notice::Started(_)));
    assert!(has_said, "it neither starts nor says why not: {:?}", rig.notices);
    let expires = rig.now.wall.after(Duration::from_secs(3600));
    let draft = RecordDraft::new(NOTE, expires).payload(vec![1]);
    let _ = rig.act(|node, now| node.publish(now, seat, draft));
    let _ = rig.act(|node, now| node.remove(now, seat, peer(7), Removal::Cascade));
    rig.pass(Duration::from_secs(3600));
    if let Ok(members) = rig.node.members(seat) {
        let creator = members.into_iter().find(|member| member.peer == seat.identity);
        assert_eq!(creator.map(|member| member.role), Some(Role::Admin), "I3");
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let acts = [0_u8, 3, 1, 200, 2, 3, 4, 1, 4, 9, 3, 1, 6, 1, 7, 60, 0, 9, 2, 9];
    let mut seeds = Vec::new();
    for crash in [0, 1, 2, 3, 5, 8, 255] {
        seeds.push([&[0, crash, 0, 0][..], &acts].concat());
    }
    let rows = u16::try_from(scene().rows.len()).expect("a few rows");
    for row in 0..rows {
        let [low, high] = row.to_le_bytes();
        for ploy in [&[0, 5, 0, 1][..], &[0, 40, 0, 0x80], &[2, 3, 0], &[3], &[4, 0, 0], &[5, 1, 1]]
        {
            let tail = [&[low, high][..], ploy].concat();
            seeds.push([&[1, 255][..], &crate::tape::run(&tail), &acts[..4]].concat());
        }
    }
    seeds
}
