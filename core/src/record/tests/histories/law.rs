//! The rules of records as they are written down, in code of their own that shares nothing with
//! what it judges: peers and tenures are numbers, time is seconds, and everything is worked out
//! anew from what is held.
//!
//! Each sentence of the rules can be left out, to see that something breaks without it.

use std::collections::{BTreeMap, BTreeSet};
use std::vec::Vec;

pub(super) type Peer = usize;

pub(super) const PEERS: usize = 5;
pub(super) const TENURES: usize = 2;
pub(super) const HOUR: u64 = 3600;
pub(super) const AHEAD: u64 = 600;

/// What a record's id commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) id: u128,
    pub(super) creator: Peer,
    pub(super) ceiling: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) id: u128,
    pub(super) record: Record,
    pub(super) author: Peer,
    pub(super) tenure: usize,
    /// Time and instance.
    pub(super) stamp: (u64, u64),
    pub(super) expires: u64,
    pub(super) deleted: bool,
}

impl Version {
    pub(super) fn is_own(&self) -> bool {
        self.author == self.record.creator
    }

    /// Somebody else's deletion.
    pub(super) fn is_foreign_tombstone(&self) -> bool {
        self.deleted && !self.is_own()
    }

    fn claim(&self) -> (u64, u128) {
        (self.record.ceiling, self.record.id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tenure {
    pub(super) live: bool,
    pub(super) admin: bool,
    pub(super) counts: bool,
    pub(super) until: u64,
    pub(super) resigned: Option<(u64, u64)>,
}

/// What is known of everybody's tenures; none: not known yet.
pub(super) type Authority = [[Option<Tenure>; TENURES]; PEERS];

/// The sentences of the rules, each of which can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sentence {
    /// A version counts while its tenure is live.
    CountsWhileTheTenureLives,
    /// The creator of the record or an Admin updates and deletes.
    TheCreatorOrAnAdmin,
    /// A stamp more than ten minutes ahead waits.
    AheadWaits,
    /// The least tombstone of a lane is kept, not the latest.
    TheLeastTombstone,
    /// A lane is one author's under one tenure.
    ALanePerAuthorAndTenure,
    /// A tombstone's stamp must not exceed its tenure's end.
    DeletedWithinTheTenure,
    /// A version expires within its tenure.
    ExpiresWithinTheTenure,
    /// After a resignation versions of others' records are void.
    ResigningVoidsWhatIsOthers,
    /// After a resignation own versions count if stamped no later than it.
    ResigningBoundsWhatIsOwn,
    /// Equal stamps are ordered by hash.
    EqualStampsByHash,
    /// Any counting tombstone deletes, whatever is stamped later.
    DeletingIsFinal,
    /// A tombstone lives to the ceiling.
    TombstonesLiveToTheCeiling,
    /// Nothing is taken in after its ceiling.
    LateIsRefused,
    /// Of too many records the top by (ceiling, id) are kept.
    TheTopByCeiling,
    /// A tombstone on another's record counts to its signer.
    DeletionsCountToTheirSigner,
    /// What waits is tried again.
    WhatWaitsIsTriedAgain,
    /// What was declined stays out on a link that lasts.
    DeclinedStaysOut,
    /// It is asked for again once authority changed or something stands no longer.
    DeclinedIsAskedForAgain,
}

/// How much is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) records: usize,
    pub(super) deletions: usize,
    pub(super) dormant: usize,
    pub(super) parked: usize,
    pub(super) parked_per_peer: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Law {
    pub(super) room: Room,
    pub(super) without: Option<Sentence>,
}

/// What became of a version that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Known,
    Kept,
    Parked,
    Dropped,
}

/// What happened, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) dormant_evicted: u64,
    pub(super) parked: u64,
    pub(super) parked_evicted: u64,
    pub(super) retried: u64,
    pub(super) superseded: u64,
    pub(super) late: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Replica {
    pub(super) law: Law,
    pub(super) now: u64,
    pub(super) authority: Authority,
    /// In the order of arrival.
    pub(super) held: Vec<Version>,
    pub(super) parked: Vec<Version>,
    pub(super) standing: BTreeSet<u128>,
    /// What was offered and not kept; links last.
    pub(super) declined: BTreeSet<u128>,
    pub(super) tally: Tally,
}

enum Verdict {
    Admitted,
    Waits,
    Late,
}

impl Law {
    fn says(&self, sentence: Sentence) -> bool {
        self.without != Some(sentence)
    }

    /// When a record leaves the set: at the next whole hour.
    pub(super) fn leaves(&self, version: &Version) -> u64 {
        let end = if self.says(Sentence::TombstonesLiveToTheCeiling) || !version.deleted {
            version.record.ceiling
        } else {
            version.stamp.0 + AHEAD
        };
        end.div_ceil(HOUR) * HOUR
    }

    fn counts(&self, authority: &Authority, version: &Version) -> bool {
        let Some(tenure) = authority[version.author][version.tenure] else { return false };
        let own = version.is_own();
        let may = if tenure.live || !self.says(Sentence::CountsWhileTheTenureLives) {
            own || tenure.admin || !self.says(Sentence::TheCreatorOrAnAdmin)
        } else {
            let in_time = tenure.resigned.is_some_and(|resigned| {
                version.stamp <= resigned || !self.says(Sentence::ResigningBoundsWhatIsOwn)
            });
            in_time && (own || !self.says(Sentence::ResigningVoidsWhatIsOthers))
        };
        let in_window = if version.deleted {
            version.stamp.0 <= tenure.until || !self.says(Sentence::DeletedWithinTheTenure)
        } else {
            version.expires <= tenure.until || !self.says(Sentence::ExpiresWithinTheTenure)
        };
        tenure.counts && may && in_window
    }

    fn is_before(&self, one: &Version, other: &Version) -> bool {
        if self.says(Sentence::EqualStampsByHash) {
            (one.stamp, one.id) < (other.stamp, other.id)
        } else {
            one.stamp < other.stamp
        }
    }
}

impl Replica {
    pub(super) fn new(law: Law, now: u64, authority: &Authority) -> Self {
        Self {
            law,
            now,
            authority: *authority,
            held: Vec::new(),
            parked: Vec::new(),
            standing: BTreeSet::new(),
            declined: BTreeSet::new(),
            tally: Tally::default(),
        }
    }

    pub(super) fn holds(&self, id: u128) -> bool {
        self.held.iter().chain(&self.parked).any(|version| version.id == id)
    }

    pub(super) fn take(&mut self, version: Version) -> Fate {
        if self.holds(version.id) {
            return Fate::Known;
        }
        match self.judge(&version) {
            Verdict::Late => {
                self.tally.late += 1;
                Fate::Dropped
            }
            Verdict::Waits => {
                self.park(version);
                Fate::Parked
            }
            Verdict::Admitted => {
                self.held.push(version);
                self.settle();
                let is_held = self.held.iter().any(|it| it.id == version.id);
                if is_held {
                    Fate::Kept
                } else {
                    self.tally.superseded += 1;
                    Fate::Dropped
                }
            }
        }
    }

    /// Authority is known to be so now.
    pub(super) fn learn(&mut self, authority: &Authority) {
        self.authority = *authority;
        self.ask_again();
        self.retry();
        self.settle();
    }

    /// It is so late now.
    pub(super) fn pass(&mut self, now: u64) {
        self.now = now;
        self.retry();
        self.settle();
    }

    pub(super) fn stands(&self) -> impl Iterator<Item = Version> {
        self.held.iter().copied().filter(|version| self.standing.contains(&version.id))
    }

    /// What each record is seen as.
    pub(super) fn seen(&self) -> BTreeMap<u128, Version> {
        let mut records: BTreeMap<u128, Vec<Version>> = BTreeMap::new();
        for version in self.stands() {
            records.entry(version.record.id).or_default().push(version);
        }
        let effective = records.into_values().filter_map(|all| {
            let is_hidden =
                |version: &Version| all.iter().any(|it| it.deleted && self.hides(it, version));
            let others = all.iter().filter(|it| !it.deleted && !is_hidden(it));
            others.copied().reduce(
                |one, other| {
                    if self.law.is_before(&one, &other) { other } else { one }
                },
            )
        });
        let shown = effective.filter(|version| version.expires > self.now);
        shown.map(|version| (version.record.id, version)).collect()
    }

    pub(super) fn counts(&self, version: &Version) -> bool {
        self.law.counts(&self.authority, version)
    }

    fn was_member(&self, peer: Peer) -> bool {
        self.authority[peer].iter().any(Option::is_some)
    }

    fn judge(&self, version: &Version) -> Verdict {
        if self.law.says(Sentence::LateIsRefused) && self.law.leaves(version) <= self.now {
            return Verdict::Late;
        }
        let is_known = self.authority[version.author][version.tenure].is_some();
        let is_ahead = version.stamp.0 > self.now + AHEAD && self.law.says(Sentence::AheadWaits);
        if is_known && self.was_member(version.record.creator) && !is_ahead {
            Verdict::Admitted
        } else {
            Verdict::Waits
        }
    }

    fn park(&mut self, version: Version) {
        self.tally.parked += 1;
        self.parked.push(version);
        let room = self.law.room;
        let by_author = self.parked.iter().filter(|it| it.author == version.author).count();
        if by_author > room.parked_per_peer {
            let oldest = self.parked.iter().position(|it| it.author == version.author);
            self.parked.remove(oldest.unwrap());
            self.tally.parked_evicted += 1;
        } else if self.parked.len() > room.parked {
            self.parked.remove(0);
            self.tally.parked_evicted += 1;
        }
    }

    fn retry(&mut self) {
        if !self.law.says(Sentence::WhatWaitsIsTriedAgain) {
            return;
        }
        for version in core::mem::take(&mut self.parked) {
            match self.judge(&version) {
                Verdict::Admitted => {
                    self.tally.retried += 1;
                    self.held.push(version);
                }
                Verdict::Waits => self.parked.push(version),
                Verdict::Late => {}
            }
        }
    }

    /// Brings what is held and what stands up to what the rules say.
    fn settle(&mut self) {
        if self.law.says(Sentence::LateIsRefused) {
            self.let_go();
        }
        self.keep_lanes();
        let standing = self.all_that_stands();
        if !self.standing.is_subset(&standing) {
            self.ask_again();
        }
        self.standing = standing;
        while let Some(crowded) = self.crowded() {
            self.held.retain(|version| version.id != crowded);
            self.tally.dormant_evicted += 1;
        }
    }

    fn ask_again(&mut self) {
        if self.law.says(Sentence::DeclinedIsAskedForAgain) {
            self.declined.clear();
        }
    }

    /// Lets go of what has come to its ceiling.
    fn let_go(&mut self) {
        let (law, now) = (self.law, self.now);
        self.held.retain(|version| law.leaves(version) > now);
    }

    /// Of every lane: the least tombstone, the greatest version that counts and the greatest that
    /// does not; the tombstone alone, if it counts and is the creator's own.
    fn keep_lanes(&mut self) {
        let mut lanes: BTreeMap<(u128, Peer, usize), Vec<Version>> = BTreeMap::new();
        for version in &self.held {
            let lane = if self.law.says(Sentence::ALanePerAuthorAndTenure) {
                (version.record.id, version.author, version.tenure)
            } else {
                (version.record.id, 0, 0)
            };
            lanes.entry(lane).or_default().push(*version);
        }
        let mut kept = BTreeSet::new();
        for lane in lanes.values() {
            let greatest = |counting: bool| {
                let of_kind = lane.iter().filter(|it| !it.deleted && self.counts(it) == counting);
                of_kind.copied().reduce(
                    |one, other| {
                        if self.law.is_before(&one, &other) { other } else { one }
                    },
                )
            };
            let tombstones = lane.iter().filter(|it| it.deleted).copied();
            let tombstone = if self.law.says(Sentence::TheLeastTombstone) {
                tombstones
                    .reduce(|one, other| if self.law.is_before(&other, &one) { other } else { one })
            } else {
                tombstones
                    .reduce(|one, other| if self.law.is_before(&one, &other) { other } else { one })
            };
            kept.extend(tombstone.map(|it| it.id));
            let ends = tombstone.is_some_and(|it| it.is_own() && self.counts(&it));
            if !ends || !self.law.says(Sentence::DeletingIsFinal) {
                kept.extend(greatest(true).map(|it| it.id));
                kept.extend(greatest(false).map(|it| it.id));
            }
        }
        self.held.retain(|version| kept.contains(&version.id));
    }

    fn hides(&self, tombstone: &Version, version: &Version) -> bool {
        self.law.says(Sentence::DeletingIsFinal) || self.law.is_before(version, tombstone)
    }

    fn all_that_stands(&self) -> BTreeSet<u128> {
        let offered: Vec<Version> =
            self.held.iter().copied().filter(|version| self.counts(version)).collect();
        let to_signer = self.law.says(Sentence::DeletionsCountToTheirSigner);
        let is_foreign = |version: &Version| version.is_foreign_tombstone() && to_signer;
        let mut deletions: BTreeMap<Peer, Vec<Version>> = BTreeMap::new();
        for version in offered.iter().filter(|version| is_foreign(version)) {
            deletions.entry(version.author).or_default().push(*version);
        }
        let deletions: Vec<Version> = deletions
            .into_values()
            .flat_map(|of_one| self.top(of_one, self.law.room.deletions))
            .collect();
        let own = offered.iter().copied().filter(|version| version.deleted && !is_foreign(version));
        let tombstones: Vec<Version> = own.chain(deletions.iter().copied()).collect();
        let is_hidden = |version: &Version| {
            tombstones.iter().any(|it| it.record.id == version.record.id && self.hides(it, version))
        };
        let mut records: BTreeMap<Peer, Vec<Version>> = BTreeMap::new();
        for version in &offered {
            if !is_foreign(version) && (version.deleted || !is_hidden(version)) {
                records.entry(version.record.creator).or_default().push(*version);
            }
        }
        let records =
            records.into_values().flat_map(|of_one| self.top(of_one, self.law.room.records));
        deletions.iter().copied().chain(records).map(|version| version.id).collect()
    }

    /// Those of these versions whose records are the top.
    fn top(&self, versions: Vec<Version>, max: usize) -> Vec<Version> {
        let mut claims: Vec<(u64, u128)> = Vec::new();
        if self.law.says(Sentence::TheTopByCeiling) {
            claims.extend(versions.iter().map(Version::claim).collect::<BTreeSet<_>>());
            claims.reverse();
        } else {
            for claim in versions.iter().map(Version::claim) {
                if !claims.contains(&claim) {
                    claims.push(claim);
                }
            }
        }
        claims.truncate(max);
        versions.into_iter().filter(|version| claims.contains(&version.claim())).collect()
    }

    /// A dormant version for which there is no room.
    fn crowded(&self) -> Option<u128> {
        let dormant = || self.held.iter().filter(|it| !self.standing.contains(&it.id));
        for author in 0..PEERS {
            let of_one = || dormant().filter(|version| version.author == author);
            if of_one().count() > self.law.room.dormant {
                let least =
                    of_one().min_by_key(|it| (it.deleted, it.record.ceiling, it.record.id, it.id));
                return least.map(|version| version.id);
            }
        }
        None
    }
}

/// Lets two replicas exchange what stands. Gives what moved, and whither.
pub(super) fn sync(replicas: &mut [Replica], pair: (usize, usize)) -> Vec<(usize, Version)> {
    let (one, other) = pair;
    let offers = [(one, other), (other, one)].map(|(from, to)| {
        let stands: Vec<Version> = replicas[from].stands().collect();
        (to, stands)
    });
    let mut moved = Vec::new();
    for (to, offered) in offers {
        for version in offered {
            let replica = &mut replicas[to];
            if replica.holds(version.id) || replica.declined.contains(&version.id) {
                continue;
            }
            moved.push((to, version));
            let fate = replica.take(version);
            if fate == Fate::Dropped && replica.law.says(Sentence::DeclinedStaysOut) {
                replica.declined.insert(version.id);
            }
        }
    }
    moved
}
