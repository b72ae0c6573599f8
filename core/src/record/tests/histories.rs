//! Random histories of a group's records, judged by a model of the rules and by what they promise:
//!
//! - **agreement**: replicas that exchange what stands come to show the same;
//! - **rest**: they stop moving versions within a few rounds, though their clocks differ;
//! - **right**: nothing is shown or hidden by whoever may not, whatever it backdates;
//! - **finality**: nothing deleted is seen again while the deletion has a right to stand, and
//!   nothing after its ceiling;
//! - **fairness**: whoever keeps within its quota loses nothing to those who do not;
//! - **completeness**: what stands in the end is what all versions ever made come to.
//!
//! The same histories drive the record set as it is built, which has to agree with the model after
//! every step. And each sentence of the rules is needed: without it some promise is broken.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "small numbers, and what overflows fails a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::String;
use std::vec::Vec;

use super::Checked;

mod draw;
mod law;
mod real;

use draw::Dice;
use law::{AHEAD, Authority, HOUR, Law, PEERS, Record, Replica, Room, Sentence};
use law::{Tally, Version};
use real::{Keys, Real, id_of};

/// When histories begin: a thousand hours after 1970 began.
const START: u64 = 1000 * HOUR;
/// Rounds of exchanges between all pairs after which nothing moves any more; in the last nothing
/// does.
const ROUNDS_MAX: usize = 5;

/// What to run.
#[derive(Clone, Copy, Debug, Default)]
struct Setup {
    /// A sentence to leave out.
    without: Option<Sentence>,
    /// Whether the set as it is built is driven beside the model.
    mirrored: bool,
}

/// What happened in many histories.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    histories: u64,
    versions: u64,
    tombstones: u64,
    foreign_tombstones: u64,
    twins: u64,
    beside: u64,
    deliveries: u64,
    moved: u64,
    authority_changes: u64,
    restores: u64,
    tenures_ended_with_records: u64,
    shown_again: u64,
    dormant_seen: u64,
    crowded_records: u64,
    crowded_deletions: u64,
    rests_with_skew: u64,
    rounds_most: u64,
    complete: u64,
    tally: Tally,
}

/// A copy that may be brought back.
struct Backup {
    model: Replica,
    real: Option<Real>,
    at: usize,
    deleted: Memory,
}

/// The deletions seen of each record.
type Memory = BTreeMap<u128, BTreeMap<u128, Version>>;

struct History {
    dice: Dice,
    keys: Option<Keys>,
    room: Room,
    /// Whether all that was signed under a tenure counts, or nothing, and there is room for all.
    is_whole: bool,
    replicas: Vec<Replica>,
    reals: Vec<Real>,
    /// Every version made, with its signed form if the real set is driven.
    versions: Vec<Version>,
    signed: Vec<Checked>,
    /// Every record made.
    records: Vec<(Record, u64)>,
    timeline: Vec<Authority>,
    /// How much of that each replica knows.
    at: Vec<usize>,
    deleted: Vec<Memory>,
    backups: Vec<Option<Backup>>,
    was_restored: bool,
    counts: Counts,
}

impl History {
    fn new(seed: u64, setup: Setup, keys: &Keys) -> Self {
        let mut dice = Dice::new(seed);
        let is_whole = dice.one_in(2);
        let room = Room {
            records: 2,
            deletions: 1,
            dormant: if is_whole { 1000 } else { 1 + dice.index(4) },
            parked: if is_whole || setup.mirrored { 1000 } else { 4 },
            parked_per_peer: if is_whole || setup.mirrored { 1000 } else { 2 },
        };
        let law = Law { room, without: setup.without };
        let beginning = draw::beginning();
        let count = 3 + dice.index(2);
        let replica = Replica::new(law, START, &beginning);
        let replicas: Vec<Replica> = core::iter::repeat_n(replica, count).collect();
        let keys = setup.mirrored.then(|| keys.clone());
        let reals = keys.iter().flat_map(|keys| replicas.iter().map(|it| Real::new(keys, it)));
        Self {
            reals: reals.collect(),
            dice,
            keys,
            room,
            is_whole,
            versions: Vec::new(),
            signed: Vec::new(),
            records: Vec::new(),
            timeline: [beginning].into(),
            at: core::iter::repeat_n(0, count).collect(),
            deleted: core::iter::repeat_n(Memory::new(), count).collect(),
            backups: (0..count).map(|_| None).collect(),
            was_restored: false,
            counts: Counts { histories: 1, ..Counts::default() },
            replicas,
        }
    }

    fn run(mut self) -> Result<Counts, String> {
        for _ in 0..20 + self.dice.index(40) {
            self.step()?;
        }
        self.heal_with_skew()?;
        self.heal("healed")?;
        self.collude()?;
        self.agree("after what was withheld")?;
        self.is_complete()?;
        for replica in &self.replicas {
            let (sum, one) = (&mut self.counts.tally, replica.tally);
            sum.dormant_evicted += one.dormant_evicted;
            sum.parked += one.parked;
            sum.parked_evicted += one.parked_evicted;
            sum.retried += one.retried;
            sum.superseded += one.superseded;
            sum.late += one.late;
        }
        Ok(self.counts)
    }

    fn step(&mut self) -> Result<(), String> {
        let replica = self.dice.index(self.replicas.len());
        match self.dice.below(20) {
            0..6 => self.act(replica),
            6..9 => {
                let made = self.make_anything();
                self.deliver(replica, made)
            }
            9..12 if !self.versions.is_empty() => {
                let again = self.dice.index(self.versions.len());
                self.deliver(replica, again)
            }
            12..14 => self.change_authority(replica),
            14 | 15 => {
                let now = self.replicas[replica].now + self.dice.below(HOUR);
                self.pass(replica, now)
            }
            16 => self.back_up_or_restore(replica),
            _ => {
                let other = self.dice.index(self.replicas.len());
                if other == replica { Ok(()) } else { self.sync((replica, other)).map(|_| ()) }
            }
        }
    }

    /// The peer of a replica adds, changes or deletes a record, as it may.
    fn act(&mut self, at: usize) -> Result<(), String> {
        let (author, replica) = (at % PEERS, &self.replicas[at]);
        let now = replica.now;
        let tenures = replica.authority[author];
        let may = |tenure: &law::Tenure| tenure.live && tenure.counts && tenure.until > now;
        let Some(tenure) = tenures.iter().position(|it| it.as_ref().is_some_and(may)) else {
            return Ok(());
        };
        let state = tenures[tenure].unwrap();
        let seen: Vec<Version> = replica.seen().into_values().collect();
        let changes = seen.iter().filter(|it| it.record.creator == author || state.admin);
        let changes: Vec<Version> = changes.copied().collect();
        let (record, deleted) = if changes.is_empty() || self.dice.one_in(3) {
            (self.new_record(author, now), false)
        } else {
            let index = self.dice.index(changes.len());
            (changes[index].record, self.dice.one_in(3))
        };
        let of_record = self.replicas[at].held.iter().filter(|it| it.record == record);
        let last = of_record.map(|it| it.stamp.0 + 1).max().unwrap_or(0);
        let stamp = (now.max(last), 10 + at as u64);
        let until = state.until.min(record.ceiling);
        let expires =
            if deleted { record.ceiling } else { self.dice.between(now, until.max(now + 1)) };
        if deleted && stamp.0 > state.until || stamp.0 > now + AHEAD || expires > until {
            return Ok(());
        }
        let made = self.make(Version { id: 0, record, author, tenure, stamp, expires, deleted });
        self.deliver(at, made)
    }

    /// Anybody signs anything, as those do who break the rules.
    fn make_anything(&mut self) -> usize {
        let now = self.replicas[0].now;
        let author = self.dice.index(PEERS);
        if !self.versions.is_empty() && self.dice.one_in(3) {
            return self.make_another(now);
        }
        let record = if self.records.is_empty() || self.dice.one_in(3) {
            let creator = self.dice.index(PEERS);
            self.new_record(creator, now)
        } else {
            self.records[self.dice.index(self.records.len())].0
        };
        let twin = self.versions.iter().rev().find(|it| it.author == author);
        let stamp = match twin {
            Some(twin) if self.dice.one_in(5) => twin.stamp,
            _ => {
                let edge = [now + AHEAD, now + AHEAD + 1, now];
                let edge = edge[self.dice.index(3)];
                let any = self.dice.between(now - 2 * HOUR, now + HOUR);
                (if self.dice.one_in(4) { edge } else { any }, self.dice.below(3))
            }
        };
        let deleted = self.dice.one_in(3);
        let expires = if deleted {
            record.ceiling
        } else {
            self.dice.between(now - HOUR, now + 6 * HOUR).min(record.ceiling)
        };
        let tenure = if author == 0 { 0 } else { self.dice.index(law::TENURES) };
        self.make(Version { id: 0, record, author, tenure, stamp, expires, deleted })
    }

    /// One more of what there is, with another stamp.
    fn make_another(&mut self, now: u64) -> usize {
        let like = self.versions[self.dice.index(self.versions.len())];
        let stamp = (self.dice.between(now - HOUR, now + AHEAD), self.dice.below(3));
        self.make(Version { stamp, ..like })
    }

    fn new_record(&mut self, creator: usize, now: u64) -> Record {
        let ceiling = now + [HOUR / 2, 2 * HOUR, 3 * HOUR, 9 * HOUR][self.dice.index(4)];
        let ceiling = if self.dice.one_in(2) { ceiling / HOUR * HOUR } else { ceiling };
        let nonce = self.records.len() as u64;
        let mut record = Record { id: self.dice.id(), creator, ceiling };
        if let Some(keys) = &self.keys {
            record.id = keys.record(&record, nonce);
        }
        self.records.push((record, nonce));
        record
    }

    fn make(&mut self, mut version: Version) -> usize {
        version.id = self.dice.id();
        if let Some(keys) = &self.keys {
            let nonce = self.records.iter().find(|(it, _)| *it == version.record).unwrap().1;
            let signed = keys.sign(&version, nonce);
            version.id = id_of(&signed);
            self.signed.push(signed);
        }
        let is_twin = |it: &&Version| it.record == version.record && it.stamp == version.stamp;
        let is_beside = |it: &&Version| it.record == version.record && it.author != version.author;
        self.counts.versions += 1;
        self.counts.tombstones += u64::from(version.deleted);
        self.counts.foreign_tombstones += u64::from(version.is_foreign_tombstone());
        self.counts.twins += u64::from(self.versions.iter().any(|it| is_twin(&it)));
        self.counts.beside += u64::from(self.versions.iter().any(|it| is_beside(&it)));
        self.versions.push(version);
        self.versions.len() - 1
    }

    fn deliver(&mut self, at: usize, version: usize) -> Result<(), String> {
        self.counts.deliveries += 1;
        self.replicas[at].take(self.versions[version]);
        if let Some(real) = self.reals.get_mut(at) {
            real.take(&self.signed[version]);
        }
        self.check(at, "a delivery")
    }

    fn change_authority(&mut self, at: usize) -> Result<(), String> {
        if self.dice.one_in(2) || self.at[at] + 1 == self.timeline.len() {
            let mut next = *self.timeline.last().unwrap();
            let (peer, tenure) = (1 + self.dice.index(PEERS - 1), self.dice.index(law::TENURES));
            let now = self.replicas[at].now;
            next[peer][tenure] = Some(draw::tenure(&mut self.dice, now, self.is_whole));
            self.timeline.push(next);
            self.counts.authority_changes += 1;
        }
        let know = self.at[at] + 1 + self.dice.index(self.timeline.len() - self.at[at] - 1);
        self.learn(at, know)
    }

    fn learn(&mut self, at: usize, know: usize) -> Result<(), String> {
        self.at[at] = know;
        let before = self.replicas[at].standing.len();
        self.replicas[at].learn(&self.timeline[know]);
        let after = self.replicas[at].standing.len();
        self.counts.tenures_ended_with_records += u64::from(after < before);
        self.counts.shown_again += u64::from(after > before);
        if let (Some(real), Some(keys)) = (self.reals.get_mut(at), &self.keys) {
            real.learn(keys, &self.timeline[know]);
        }
        self.check(at, "a change of authority")
    }

    fn pass(&mut self, at: usize, now: u64) -> Result<(), String> {
        self.replicas[at].pass(now);
        if let Some(real) = self.reals.get_mut(at) {
            real.pass(now);
        }
        self.check(at, "time that passed")
    }

    fn back_up_or_restore(&mut self, at: usize) -> Result<(), String> {
        let Some(backup) = self.backups[at].take() else {
            self.backups[at] = Some(Backup {
                model: self.replicas[at].clone(),
                real: self.reals.get(at).cloned(),
                at: self.at[at],
                deleted: self.deleted[at].clone(),
            });
            return Ok(());
        };
        let now = self.replicas[at].now;
        self.counts.restores += 1;
        self.was_restored = true;
        self.replicas[at] = backup.model;
        self.replicas[at].declined.clear();
        if let (Some(real), Some(old)) = (self.reals.get_mut(at), backup.real) {
            *real = old;
        }
        self.at[at] = backup.at;
        self.deleted[at] = backup.deleted;
        self.pass(at, now)
    }

    fn sync(&mut self, pair: (usize, usize)) -> Result<Vec<(usize, Version)>, String> {
        let moved = law::sync(&mut self.replicas, pair);
        self.counts.moved += moved.len() as u64;
        for (to, version) in &moved {
            if let Some(real) = self.reals.get_mut(*to) {
                let index = self.versions.iter().position(|it| it.id == version.id).unwrap();
                real.take(&self.signed[index]);
            }
        }
        self.check(pair.0, "an exchange")?;
        self.check(pair.1, "an exchange")?;
        Ok(moved)
    }

    /// Lets all pairs exchange until nothing moves.
    fn rest(&mut self, when: &str) -> Result<(), String> {
        let mut last = Vec::new();
        for round in 1..=ROUNDS_MAX {
            let mut moved = Vec::new();
            for one in 0..self.replicas.len() {
                for other in one + 1..self.replicas.len() {
                    moved.extend(self.sync((one, other))?);
                }
            }
            if moved.is_empty() {
                self.counts.rounds_most = self.counts.rounds_most.max(round as u64);
                return Ok(());
            }
            last = moved;
        }
        let clocks: Vec<u64> = self.replicas.iter().map(|replica| replica.now).collect();
        Err(format!("rest: {last:?} still move, {when}, at {clocks:?}"))
    }

    /// All know the same of authority; their clocks are up to ten minutes off.
    fn heal_with_skew(&mut self) -> Result<(), String> {
        let last = self.timeline.len() - 1;
        let latest = self.replicas.iter().map(|replica| replica.now).max().unwrap();
        // often close to the hour at which records leave
        let middle = if self.dice.one_in(2) {
            (latest + AHEAD).div_ceil(HOUR) * HOUR
        } else {
            latest + AHEAD + self.dice.below(HOUR)
        };
        for at in 0..self.replicas.len() {
            let now = self.dice.between(middle - AHEAD / 2, middle + AHEAD / 2 + 1);
            self.pass(at, now)?;
            self.learn(at, last)?;
        }
        self.counts.rests_with_skew += 1;
        self.rest("with clocks apart")
    }

    /// All have the same time as well: then they agree.
    fn heal(&mut self, when: &str) -> Result<(), String> {
        let latest = self.replicas.iter().map(|replica| replica.now).max().unwrap();
        let now = latest + 2 * AHEAD + self.dice.below(2 * HOUR);
        for at in 0..self.replicas.len() {
            self.pass(at, now)?;
        }
        self.agree(when)
    }

    fn agree(&mut self, when: &str) -> Result<(), String> {
        self.rest(when)?;
        let (first, others) = self.replicas.split_first().unwrap();
        for other in others {
            if first.standing != other.standing || first.seen() != other.seen() {
                return Err(format!("agreement: replicas differ, {when}"));
            }
        }
        Ok(())
    }

    /// What was ever signed is shown to anybody once more.
    fn collude(&mut self) -> Result<(), String> {
        for version in 0..self.versions.len() {
            if self.dice.one_in(2) {
                let at = self.dice.index(self.replicas.len());
                self.deliver(at, version)?;
            }
        }
        Ok(())
    }

    /// If there was room for all, what stands is what all that was made comes to.
    fn is_complete(&mut self) -> Result<(), String> {
        if !self.is_whole || self.was_restored {
            return Ok(());
        }
        self.counts.complete += 1;
        let last = &self.replicas[0];
        let mut fresh = Replica::new(last.law, last.now, &last.authority);
        let delivered = self.versions.iter().filter(|version| last.law.leaves(version) > last.now);
        let mut delivered: Vec<Version> = delivered.copied().collect();
        for at in (1..delivered.len()).rev() {
            delivered.swap(at, self.dice.index(at + 1));
        }
        for version in delivered {
            fresh.take(version);
        }
        let missing = fresh.standing.difference(&last.standing).next();
        match missing {
            Some(missing) => Err(format!("completeness: {missing:x} should stand")),
            None if fresh.standing != last.standing => {
                Err("completeness: what stands should not".into())
            }
            None => Ok(()),
        }
    }

    /// What is promised at every moment.
    fn check(&mut self, at: usize, after: &str) -> Result<(), String> {
        if let Some(real) = self.reals.get(at)
            && let Some(what) = real.differs(&self.replicas[at])
        {
            return Err(format!("the set differs from the model in {what}, after {after}"));
        }
        let replica = &self.replicas[at];
        let seen = replica.seen();
        for version in seen.values() {
            if !may(replica, version) {
                return Err(format!("right: {version:?} is shown, after {after}"));
            }
        }
        let has_left = |it: &Version| it.record.ceiling.div_ceil(HOUR) * HOUR <= replica.now;
        if let Some(late) = replica.held.iter().find(|it| has_left(it)) {
            return Err(format!("finality: {late:?} outlives its ceiling, after {after}"));
        }
        let tombstones: Vec<Version> = replica.stands().filter(|it| it.deleted).collect();
        if let Some(odd) = tombstones.iter().find(|it| !may(replica, it)) {
            return Err(format!("right: {odd:?} hides a record, after {after}"));
        }
        self.is_final(at, &seen, &tombstones).map_err(|it| it + ", after " + after)?;
        self.is_fair(at).map_err(|it| it + ", after " + after)
    }

    fn is_final(
        &mut self,
        at: usize,
        seen: &BTreeMap<u128, Version>,
        tombstones: &[Version],
    ) -> Result<(), String> {
        let (replica, memory) = (&self.replicas[at], &mut self.deleted[at]);
        for tombstone in tombstones {
            memory.entry(tombstone.record.id).or_default().insert(tombstone.id, *tombstone);
        }
        for (record, deletions) in memory.iter_mut() {
            deletions.retain(|_, it| may(replica, it) && it.record.ceiling > replica.now);
            let within = deletions.values().filter(|it| {
                if it.is_own() {
                    is_modest(&self.records, self.room, it.record.creator)
                } else {
                    deletes_modestly(&self.versions, self.room, it.author)
                }
            });
            if let (Some(back), true) = (seen.get(record), within.count() > 0) {
                return Err(format!("finality: {back:?} was deleted"));
            }
        }
        Ok(())
    }

    fn is_fair(&mut self, at: usize) -> Result<(), String> {
        let replica = &self.replicas[at];
        self.counts.dormant_seen += u64::from(replica.held.len() > replica.standing.len());
        for version in replica.held.iter().filter(|version| replica.counts(version)) {
            if replica.standing.contains(&version.id) {
                continue;
            }
            if version.is_foreign_tombstone() {
                if deletes_modestly(&self.versions, self.room, version.author) {
                    return Err(format!("fairness: {version:?} found no place"));
                }
                self.counts.crowded_deletions += 1;
                continue;
            }
            let is_of_record = |it: &Version| it.record == version.record && it.deleted;
            if version.deleted || !replica.stands().any(|it| is_of_record(&it)) {
                if is_modest(&self.records, self.room, version.record.creator) {
                    return Err(format!("fairness: {version:?} found no place"));
                }
                self.counts.crowded_records += 1;
            }
        }
        Ok(())
    }
}

/// Whether whoever signed a version may say so, by what a replica knows: the promise, not the rule.
fn may(replica: &Replica, version: &Version) -> bool {
    let Some(tenure) = replica.authority[version.author][version.tenure] else { return false };
    let has_right = match (tenure.live, version.is_own()) {
        (true, true) => true,
        (true, false) => tenure.admin,
        (false, true) => tenure.resigned.is_some_and(|resigned| version.stamp <= resigned),
        (false, false) => false,
    };
    let last = if version.deleted { version.stamp.0 } else { version.expires };
    has_right && tenure.counts && last <= tenure.until && version.stamp.0 <= replica.now + AHEAD
}

/// Whether a peer never made more records than it may have.
fn is_modest(records: &[(Record, u64)], room: Room, creator: usize) -> bool {
    records.iter().filter(|(record, _)| record.creator == creator).count() <= room.records
}

/// Whether a peer never deleted more of others' records than it may.
fn deletes_modestly(versions: &[Version], room: Room, author: usize) -> bool {
    let deleted = versions.iter().filter(|it| it.author == author && it.is_foreign_tombstone());
    let deleted: BTreeSet<u128> = deleted.map(|it| it.record.id).collect();
    deleted.len() <= room.deletions
}

impl Counts {
    fn add(&mut self, other: &Self) {
        let Self { tally, .. } = other;
        self.histories += other.histories;
        self.versions += other.versions;
        self.tombstones += other.tombstones;
        self.foreign_tombstones += other.foreign_tombstones;
        self.twins += other.twins;
        self.beside += other.beside;
        self.deliveries += other.deliveries;
        self.moved += other.moved;
        self.authority_changes += other.authority_changes;
        self.restores += other.restores;
        self.tenures_ended_with_records += other.tenures_ended_with_records;
        self.shown_again += other.shown_again;
        self.dormant_seen += other.dormant_seen;
        self.crowded_records += other.crowded_records;
        self.crowded_deletions += other.crowded_deletions;
        self.rests_with_skew += other.rests_with_skew;
        self.rounds_most = self.rounds_most.max(other.rounds_most);
        self.complete += other.complete;
        self.tally.dormant_evicted += tally.dormant_evicted;
        self.tally.parked += tally.parked;
        self.tally.parked_evicted += tally.parked_evicted;
        self.tally.retried += tally.retried;
        self.tally.superseded += tally.superseded;
        self.tally.late += tally.late;
    }
}

/// Runs histories from these seeds. Gives what happened, or the first that breaks a promise.
fn run(seeds: core::ops::Range<u64>, setup: Setup) -> Result<Counts, (u64, String)> {
    let (keys, mut counts) = (Keys::new(), Counts::default());
    for seed in seeds {
        let one = History::new(seed, setup, &keys).run();
        counts.add(&one.map_err(|why| (seed, why))?);
    }
    Ok(counts)
}

#[test]
fn the_rules_keep_their_promises_in_random_histories() {
    let counts = run(0..2000, Setup::default()).unwrap();
    assert!(counts.complete > 100, "{counts:#?}");
}

#[test]
fn the_set_does_what_the_rules_say_in_random_histories() {
    let setup = Setup { mirrored: true, ..Setup::default() };
    let counts = run(1_000_000..1_001_000, setup).unwrap();
    assert!(counts.tally.dormant_evicted > 100, "{counts:#?}");
}

/// Each sentence, and the promises one of which is broken without it.
const NEEDED: [(Sentence, &[&str]); 18] = [
    (Sentence::CountsWhileTheTenureLives, &["right"]),
    (Sentence::TheCreatorOrAnAdmin, &["right"]),
    (Sentence::AheadWaits, &["right"]),
    (Sentence::TheLeastTombstone, &["rest", "agreement", "finality"]),
    (Sentence::ALanePerAuthorAndTenure, &["completeness", "agreement", "finality"]),
    (Sentence::DeletedWithinTheTenure, &["right"]),
    (Sentence::ExpiresWithinTheTenure, &["right"]),
    (Sentence::ResigningVoidsWhatIsOthers, &["right"]),
    (Sentence::ResigningBoundsWhatIsOwn, &["right"]),
    (Sentence::EqualStampsByHash, &["agreement", "completeness"]),
    (Sentence::DeletingIsFinal, &["finality"]),
    (Sentence::TombstonesLiveToTheCeiling, &["finality"]),
    (Sentence::LateIsRefused, &["finality"]),
    (Sentence::TheTopByCeiling, &["agreement", "completeness"]),
    (Sentence::DeletionsCountToTheirSigner, &["fairness"]),
    (Sentence::WhatWaitsIsTriedAgain, &["completeness", "agreement"]),
    (Sentence::DeclinedStaysOut, &["rest"]),
    (Sentence::DeclinedIsAskedForAgain, &["agreement", "completeness"]),
];

#[test]
fn without_any_one_sentence_a_promise_is_broken() {
    for (sentence, promises) in NEEDED {
        let setup = Setup { without: Some(sentence), ..Setup::default() };
        // two are missed seldom: begin close to where they are
        let from = match sentence {
            Sentence::TheLeastTombstone => 1750,
            Sentence::DeclinedIsAskedForAgain => 4800,
            _ => 0,
        };
        let (seed, why) = run(from..from + 50_000, setup).expect_err("the sentence is not needed");
        let is_expected = promises.iter().any(|promise| why.starts_with(promise));
        assert!(is_expected, "{sentence:?} at {seed}: {why}");
    }
}

#[test]
#[ignore = "takes minutes"]
fn a_million_histories() {
    let from = std::env::var("HISTORIES_FROM").map_or(0, |from| from.parse().unwrap());
    let count: u64 = std::env::var("HISTORIES").map_or(1_000_000, |count| count.parse().unwrap());
    for mirrored in [false, true] {
        let counts = run(from..from + count, Setup { mirrored, ..Setup::default() }).unwrap();
        std::println!("mirrored: {mirrored}, {counts:#?}");
    }
}
