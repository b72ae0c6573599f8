//! The set against a reference that knows every version ever delivered and computes everything
//! anew, and replicas against each other.

use proptest::collection::vec;
use proptest::prelude::*;

use super::set::leaves_at;
use super::*;
use crate::limits::STAMP_AHEAD_MAX;

pub(super) const BOUNDS: Bounds =
    Bounds { records: 2, deletions: 1, dormant: 10_000, parked: 10_000, parked_per_peer: 10_000 };

/// Versions of few records by few peers, so that they meet. Stamps reach hours beyond `NOW`.
pub(super) fn spec() -> impl Strategy<Value = Spec> {
    let who = (1..4_u8, 0..4_u8, 1..4_u8, 0..2_u8);
    (who, 0..3_usize, 995..1004_u64, 1001..1010_u64, prop::bool::weighted(0.3), 0..2_u8).prop_map(
        |((creator, nonce, author, tenure), ceiling, stamp, expires, deleted, payload)| {
            let spec = Spec::new(creator, nonce).by(author).ceiling([1005, 1010, 1015][ceiling]);
            let spec = spec.under(tenure).stamped(stamp).until(expires).saying(payload);
            Spec { deleted, ..spec }
        },
    )
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Deliver(prop::sample::Index),
    Authority(u8, u8, State),
    Time(Duration),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    Dead,
    Member,
    Admin,
    Uncounted,
    /// A resignation at this hour.
    Resigned(u64),
    /// An Admin until this hour.
    Until(u64),
}

impl State {
    fn of(self, peer: u8) -> Tenure {
        let ended = live(peer, false).ended();
        match self {
            Self::Dead => ended,
            Self::Member => live(peer, false),
            Self::Admin => live(peer, true),
            Self::Uncounted => Tenure { counts: false, ..live(peer, true) },
            Self::Resigned(hour) => Tenure { counts: true, resigned: Some(stamp(hour)), ..ended },
            Self::Until(hour) => {
                let window = Window { from: UnixTime::default(), until: at_hour(hour) };
                Tenure { window, ..live(peer, true) }
            }
        }
    }
}

/// States in which all that one author made of one record under one tenure counts, or nothing.
fn whole_state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Dead),
        Just(State::Member),
        Just(State::Admin),
        Just(State::Uncounted),
        Just(State::Resigned(9000)),
    ]
}

pub(super) fn any_state() -> impl Strategy<Value = State> {
    let resigned = (995..1004_u64).prop_map(State::Resigned);
    let until = (995..1010_u64).prop_map(State::Until);
    prop_oneof![whole_state(), resigned, until]
}

pub(super) fn steps(state: impl Strategy<Value = State>) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => any::<prop::sample::Index>().prop_map(Step::Deliver),
        2 => (2..4_u8, 0..2_u8, state)
            .prop_map(|(peer, tenure, is)| Step::Authority(peer, tenure, is)),
        1 => (0..3600_u64).prop_map(|seconds| Step::Time(Duration::from_secs(seconds))),
    ];
    vec(step, 1..60)
}

/// Everything anew from every version delivered.
struct Reference<'a> {
    versions: &'a [Checked],
    authority: &'a Authority,
    now: UnixTime,
}

impl Reference<'_> {
    fn admitted(&self) -> Vec<&Checked> {
        let admitted = |version: &&Checked| {
            let fields = version.version().fields;
            leaves_at(fields.ceiling) > self.now
                && version.order().0.time <= self.now.after(STAMP_AHEAD_MAX)
                && self.authority.was_member(fields.creator)
                && self
                    .authority
                    .tenure(version.cred())
                    .is_some_and(|tenure| tenure.supports(version.version()))
        };
        self.versions.iter().filter(admitted).collect()
    }

    /// What each lane offers.
    fn offers(&self) -> Vec<&Checked> {
        let mut lanes: BTreeMap<_, Vec<&Checked>> = BTreeMap::new();
        for version in self.admitted() {
            let lane = (version.record(), version.author(), version.cred());
            lanes.entry(lane).or_default().push(version);
        }
        let offers = |lane: Vec<&'_ Checked>| {
            let (tombstones, others): (Vec<&Checked>, Vec<&Checked>) =
                lane.into_iter().partition(|it| it.is_tombstone());
            let least = tombstones.into_iter().min_by_key(|it| it.order());
            let ended = least.is_some_and(|it| it.version().is_by_creator());
            let greatest = others.into_iter().max_by_key(|it| it.order()).filter(|_| !ended);
            [least, greatest].map(|it| it.map(Checked::id))
        };
        let ids: BTreeSet<VersionId> = lanes.into_values().flat_map(offers).flatten().collect();
        let mut offers: Vec<&Checked> =
            self.versions.iter().filter(|version| ids.contains(&version.id())).collect();
        offers.dedup_by_key(|version| version.id());
        offers
    }

    fn standing(&self) -> BTreeSet<VersionId> {
        let offers = self.offers();
        let is_foreign = |it: &Checked| it.is_tombstone() && !it.version().is_by_creator();
        let place = |it: &Checked| (it.version().fields.ceiling, it.record());
        let top = |claims: BTreeSet<(UnixTime, RecordId)>, max: usize| -> BTreeSet<RecordId> {
            claims.into_iter().rev().take(max).map(|(_, record)| record).collect()
        };
        let deletes = |it: &Checked| {
            let signed = |other: &&&Checked| is_foreign(other) && other.author() == it.author();
            let claims = offers.iter().filter(signed).map(|other| place(other)).collect();
            is_foreign(it) && top(claims, BOUNDS.deletions).contains(&it.record())
        };
        let deletions: Vec<&Checked> = offers.iter().copied().filter(|it| deletes(it)).collect();
        let hidden = |it: &Checked| {
            let own = |other: &&Checked| other.is_tombstone() && !is_foreign(other);
            let mut tombstones =
                offers.iter().copied().filter(own).chain(deletions.iter().copied());
            !it.is_tombstone() && tombstones.any(|tombstone| tombstone.record() == it.record())
        };
        let remains: Vec<&Checked> =
            offers.iter().copied().filter(|it| !is_foreign(it) && !hidden(it)).collect();
        let has_place = |it: &&&Checked| {
            let creator = it.version().fields.creator;
            let same = |other: &&&Checked| other.version().fields.creator == creator;
            let claims = remains.iter().filter(same).map(|other| place(other)).collect();
            top(claims, BOUNDS.records).contains(&it.record())
        };
        let remaining = remains.iter().filter(has_place).map(|it| it.id());
        deletions.iter().map(|it| it.id()).chain(remaining).collect()
    }

    fn seen(&self) -> BTreeMap<RecordId, VersionId> {
        let standing = self.standing();
        let stand = self.versions.iter().filter(|it| standing.contains(&it.id()));
        let mut records: BTreeMap<RecordId, Vec<&Checked>> = BTreeMap::new();
        for version in stand {
            records.entry(version.record()).or_default().push(version);
        }
        records.retain(|_, versions| !versions.iter().any(|it| it.is_tombstone()));
        let effective =
            records.into_values().filter_map(|it| it.into_iter().max_by_key(|it| it.order()));
        let current = effective.filter(|it| it.version().rest.expires > self.now);
        current.map(|it| (it.record(), it.id())).collect()
    }
}

fn seen(records: &Records) -> BTreeMap<RecordId, VersionId> {
    records.records(None).map(|record| (record.id, record.version)).collect()
}

/// A replica that keeps books of what it was told.
pub(super) struct Replica {
    pub(super) records: Records,
    authority: Authority,
    now: UnixTime,
    told: BTreeSet<VersionId>,
    stored: BTreeSet<(RecordId, VersionId)>,
    shown: BTreeSet<RecordId>,
}

impl Replica {
    /// Knows the creator alone.
    pub(super) fn new(bounds: Bounds) -> Self {
        let mut authority = Authority::default();
        authority.set(CREATOR, 0, live(CREATOR, true));
        Self {
            records: Records::bounded(GROUP, bounds),
            authority,
            now: NOW,
            told: BTreeSet::new(),
            stored: BTreeSet::new(),
            shown: BTreeSet::new(),
        }
    }

    fn deliver(&mut self, version: Checked) {
        if let Outcome::Kept(delta) | Outcome::Superseded(delta) =
            self.records.insert(version, &self.authority, self.now)
        {
            self.note(&delta);
        }
    }

    fn authority(&mut self, authority: Authority) {
        let before = core::mem::replace(&mut self.authority, authority);
        let changed = self.authority.changed_since(&before);
        let delta = self.records.reevaluate(&self.authority, &changed, self.now);
        self.note(&delta);
    }

    fn time(&mut self, now: UnixTime) {
        self.now = now;
        let delta = self.records.tick(&self.authority, now, false);
        self.note(&delta);
    }

    pub(super) fn step(&mut self, step: &Step, versions: &[Checked]) -> Option<Checked> {
        match step {
            Step::Deliver(index) => {
                let version = index.get(versions).clone();
                self.deliver(version.clone());
                return Some(version);
            }
            Step::Authority(peer, tenure, state) => {
                let mut authority = self.authority.clone();
                authority.set(*peer, *tenure, state.of(*peer));
                self.authority(authority);
            }
            Step::Time(span) => self.time(self.now.after(*span)),
        }
        None
    }

    /// Follows the delta and compares the books with the set: no change goes untold, none is told
    /// that was none.
    fn note(&mut self, delta: &Delta) {
        assert!(delta.left.iter().all(|id| self.told.remove(id)));
        assert!(delta.entered.iter().all(|id| self.told.insert(*id)));
        assert!(delta.delete.iter().all(|key| self.stored.remove(key)));
        assert!(delta.put.iter().all(|key| self.stored.insert(*key)));
        for change in &delta.changes {
            assert!(match change.kind {
                ChangeKind::Added => self.shown.insert(change.record),
                ChangeKind::Updated => self.shown.contains(&change.record),
                ChangeKind::Deleted | ChangeKind::Expired => self.shown.remove(&change.record),
            });
        }
        assert_eq!(self.told, standing(&self.records));
        assert_eq!(self.shown, seen(&self.records).into_keys().collect());
        let held = self.records.versions.iter().map(|(id, record)| (*record, *id)).collect();
        assert_eq!(self.stored, held);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_stands_and_what_is_seen_is_what_every_version_ever_delivered_comes_to(
        specs in vec(spec(), 1..24),
        steps in steps(whole_state()),
    ) {
        let versions: Vec<Checked> = specs.iter().map(Spec::make).collect();
        let mut replica = Replica::new(BOUNDS);
        let mut delivered: Vec<Checked> = Vec::new();
        for step in &steps {
            delivered.extend(replica.step(step, &versions));
            delivered.sort_by_key(Checked::id);
            delivered.dedup_by_key(|version| version.id());
            let reference =
                Reference { versions: &delivered, authority: &replica.authority, now: replica.now };
            prop_assert_eq!(standing(&replica.records), reference.standing());
            prop_assert_eq!(seen(&replica.records), reference.seen());
        }
    }

    #[test]
    fn replicas_that_exchange_what_stands_agree_whatever_they_saw_in_whatever_order(
        specs in vec(spec(), 1..24),
        histories in prop::array::uniform3(steps(any_state())),
        last in vec((2..4_u8, 0..2_u8, any_state()), 4),
        rest in 0..20_000_u64,
    ) {
        let bounds = Bounds { dormant: 3, parked: 4, parked_per_peer: 2, ..BOUNDS };
        let versions: Vec<Checked> = specs.iter().map(Spec::make).collect();
        let mut replicas: Vec<Replica> = histories.iter().map(|steps| {
            let mut replica = Replica::new(bounds);
            for step in steps {
                replica.step(step, &versions);
            }
            replica
        }).collect();
        let mut authority = Authority::usual();
        for (peer, tenure, state) in last {
            authority.set(peer, tenure, state.of(peer));
        }
        // what a clock that was ahead let in would wait elsewhere, so the last moment is the latest
        let latest = replicas.iter().map(|replica| replica.now).max().unwrap();
        for replica in &mut replicas {
            replica.authority(authority.clone());
            replica.time(latest.after(Duration::from_secs(rest)));
        }
        let rounds = exchange(&mut replicas, &versions);
        prop_assert!(rounds <= 4, "{} rounds", rounds);
        for pair in replicas.windows(2) {
            prop_assert_eq!(standing(&pair[0].records), standing(&pair[1].records));
            prop_assert_eq!(seen(&pair[0].records), seen(&pair[1].records));
        }
    }
}

/// Lets every replica offer every other what stands, until nothing moves. Gives the rounds.
fn exchange(replicas: &mut [Replica], versions: &[Checked]) -> usize {
    for round in 1..20 {
        let before: Vec<_> = replicas.iter().map(|replica| standing(&replica.records)).collect();
        for from in 0..replicas.len() {
            for to in (0..replicas.len()).filter(|to| *to != from) {
                let offered = standing(&replicas[from].records);
                for version in versions.iter().filter(|it| offered.contains(&it.id())) {
                    replicas[to].deliver(version.clone());
                }
            }
        }
        let after: Vec<_> = replicas.iter().map(|replica| standing(&replica.records)).collect();
        if before == after {
            return round;
        }
    }
    20
}
