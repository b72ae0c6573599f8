#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use core::future::ready;
use core::ops::RangeInclusive;
use std::sync::{Arc, Mutex};

use peergroup_core::Change;

use super::*;
use crate::store::conformance::{CHECKS, breaches, breaches_blocking};

#[test]
fn a_store_in_memory_conforms() {
    smol::block_on(conformance::run(MemoryStore::new, |store| store));
    conformance::run_blocking(MemoryStore::new, |store| store);
}

#[cfg(feature = "redb")]
mod in_a_file {
    use std::path::PathBuf;

    use super::*;

    /// A place for one store after the other, each of which knows its own.
    fn places() -> (tempfile::TempDir, impl FnMut() -> PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let within = directory.path().to_owned();
        let mut number = 0;
        let next = move || {
            number += 1;
            within.join(number.to_string())
        };
        (directory, next)
    }

    #[test]
    fn a_store_in_a_file_conforms() {
        let (_directory, mut next) = places();
        let path = Mutex::new(PathBuf::new());
        let fresh = || {
            *path.lock().unwrap() = next();
            RedbStore::open(&*path.lock().unwrap()).unwrap()
        };
        smol::block_on(conformance::run(fresh, |store| {
            drop(store);
            RedbStore::open(&*path.lock().unwrap()).unwrap()
        }));
    }

    #[test]
    fn a_store_in_a_file_conforms_from_the_calling_thread() {
        let (_directory, mut next) = places();
        let path = Mutex::new(PathBuf::new());
        let fresh = || {
            *path.lock().unwrap() = next();
            RedbFile::open(&*path.lock().unwrap()).unwrap()
        };
        conformance::run_blocking(fresh, |store| {
            drop(store);
            RedbFile::open(&*path.lock().unwrap()).unwrap()
        });
    }
}

// ---- stores that are wrong, each in one way ----

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// Applies the operations of a call in another order.
    LosesOrderOfOperations,
    /// Applies the changes of an operation in another order.
    LosesOrderOfChanges,
    /// When it is closed, half of the last operation is lost.
    TearsBatches,
    /// When it is closed, everything since it was opened is lost.
    Forgets,
    /// Answers with everything that there is.
    IgnoresLimits,
    /// Never says that there is more.
    HidesMore,
    /// Says that there is more whenever there is something.
    PromisesMore,
    /// Answers as if the last call had not been made.
    AnswersStale,
    /// Answers with the key that it was to continue after.
    RepeatsAfter,
    /// Answers with what follows the prefix, too.
    OverrunsPrefix,
    /// Removes the key behind a prefix, too.
    RemovesTooMuch,
    /// Removes only the first key of a prefix.
    RemovesTooLittle,
    /// Answers with the greatest keys first.
    Descends,
    /// Answers with nothing rather than with an entry beyond the limit.
    SkipsLarge,
    /// Fails to remove what is absent.
    InsistsOnKeys,
    /// Keeps the first value of a key.
    KeepsFirst,
    /// Has no place for a value of no bytes.
    DropsEmpty,
}

/// A store in memory that is wrong in one way.
#[derive(Clone, Debug)]
struct Faulty {
    wrong: Wrong,
    now: MemoryStore,
    /// Before the last call.
    before: MemoryStore,
    /// As it was opened.
    opened: MemoryStore,
    last: Vec<StoreOp>,
}

impl Faulty {
    fn new(wrong: Wrong) -> Self {
        let [now, before, opened] = [(); 3].map(|()| MemoryStore::new());
        Self { wrong, now, before, opened, last: Vec::new() }
    }

    fn reopened(mut self) -> Self {
        match self.wrong {
            Wrong::TearsBatches => {
                if let Some(op) = self.last.pop() {
                    let half = op.changes[..op.changes.len() / 2].to_vec();
                    self.now = self.before.clone();
                    self.last.push(StoreOp { changes: half });
                    self.now.apply_blocking(&self.last).unwrap();
                }
            }
            Wrong::Forgets => self.now = self.opened,
            _ => {}
        }
        self.opened = self.now.clone();
        self
    }

    fn everything(&mut self) -> Vec<(Bytes, Bytes)> {
        let all = LoadQuery { prefix: Bytes::new(), after: Bytes::new(), limit: usize::MAX };
        self.now.load_blocking(&all).unwrap().entries
    }

    /// The changes that it makes in place of one.
    fn instead(&mut self, change: &Change) -> Result<Vec<Change>, StoreFailure> {
        let all = self.everything();
        let has = |key: &Bytes| all.iter().any(|(found, _)| found == key);
        let behind =
            |prefix: &Bytes| all.iter().find(|(key, _)| key > prefix && !key.starts_with(prefix));
        let delete = |(key, _): &(Bytes, Bytes)| Change::Delete { key: key.clone() };
        Ok(match (self.wrong, change) {
            (Wrong::KeepsFirst, Change::Put { key, .. }) if has(key) => Vec::new(),
            (Wrong::DropsEmpty, Change::Put { value, .. }) if value.is_empty() => Vec::new(),
            (Wrong::InsistsOnKeys, Change::Delete { key }) if !has(key) => {
                return Err(StoreFailure::Failed);
            }
            (Wrong::RemovesTooMuch, Change::DeletePrefix { prefix }) => {
                [change.clone()].into_iter().chain(behind(prefix).map(delete)).collect()
            }
            (Wrong::RemovesTooLittle, Change::DeletePrefix { prefix }) => all
                .iter()
                .find(|(key, _)| key.starts_with(prefix))
                .map(delete)
                .into_iter()
                .collect(),
            _ => vec![change.clone()],
        })
    }
}

impl BlockingStore for Faulty {
    fn apply_blocking(&mut self, ops: &[StoreOp]) -> Result<(), StoreFailure> {
        let mut ops = ops.to_vec();
        match self.wrong {
            Wrong::LosesOrderOfOperations => ops.reverse(),
            Wrong::LosesOrderOfChanges => ops.iter_mut().for_each(|op| op.changes.reverse()),
            _ => {}
        }
        self.before = self.now.clone();
        for change in ops.iter().flat_map(|op| &op.changes) {
            let changes = self.instead(change)?;
            self.now.apply_blocking(&[StoreOp { changes }])?;
        }
        self.last = ops;
        Ok(())
    }

    fn load_blocking(&mut self, query: &LoadQuery) -> Result<Entries, StoreFailure> {
        let mut query = query.clone();
        match self.wrong {
            Wrong::AnswersStale => return self.before.load_blocking(&query),
            Wrong::IgnoresLimits => query.limit = usize::MAX,
            Wrong::OverrunsPrefix => {
                query.after = query.after.max(query.prefix.clone());
                query.prefix.clear();
            }
            Wrong::RepeatsAfter => {
                query.after.truncate(query.after.len().saturating_sub(1));
            }
            _ => {}
        }
        let mut answer = self.now.load_blocking(&query)?;
        match self.wrong {
            Wrong::HidesMore => answer.more = false,
            Wrong::PromisesMore => answer.more = !answer.entries.is_empty(),
            Wrong::Descends => answer.entries.reverse(),
            Wrong::SkipsLarge => {
                answer.entries.retain(|(key, value)| key.len() + value.len() <= query.limit);
            }
            _ => {}
        }
        Ok(answer)
    }
}

/// Each mistake, and the check that is there to find it.
const MISTAKES: [(Wrong, &str); 17] = [
    (Wrong::LosesOrderOfOperations, "the_operations_of_a_call_take_effect_in_their_order"),
    (Wrong::LosesOrderOfChanges, "the_changes_of_an_operation_take_effect_in_their_order"),
    (Wrong::TearsBatches, "an_operation_that_nobody_awaited_is_there_whole_or_not_at_all"),
    (Wrong::Forgets, "what_was_acknowledged_is_there_when_it_is_opened_again"),
    (Wrong::IgnoresLimits, "an_answer_keeps_within_its_limit_and_fills_it"),
    (Wrong::HidesMore, "more_is_said_when_there_is_more_and_only_then"),
    (Wrong::PromisesMore, "more_is_said_when_there_is_more_and_only_then"),
    (Wrong::AnswersStale, "a_question_sees_what_was_submitted_before_it_and_nothing_later"),
    (Wrong::RepeatsAfter, "only_keys_greater_than_after_are_found"),
    (Wrong::OverrunsPrefix, "a_prefix_is_answered_with_all_that_begins_with_it_and_nothing_else"),
    (Wrong::RemovesTooMuch, "a_prefix_is_removed_with_all_that_begins_with_it_and_nothing_else"),
    (Wrong::RemovesTooLittle, "a_prefix_is_removed_with_all_that_begins_with_it_and_nothing_else"),
    (Wrong::Descends, "entries_come_in_ascending_order_of_their_keys"),
    (Wrong::SkipsLarge, "an_entry_beyond_the_limit_comes_alone"),
    (Wrong::InsistsOnKeys, "a_key_is_removed_whether_it_is_there_or_not"),
    (Wrong::KeepsFirst, "a_later_value_replaces_an_earlier_one"),
    (Wrong::DropsEmpty, "what_was_put_is_found_byte_for_byte"),
];

#[test]
fn every_mistake_of_a_store_is_found_by_the_check_that_is_there_for_it() {
    for (wrong, check) in MISTAKES {
        let found = breaches_blocking(|| Faulty::new(wrong), Faulty::reopened);
        let names: Vec<_> = found.iter().map(|breach| breach.check).collect();
        assert!(names.contains(&check), "{wrong:?} is found by {names:?}");
    }
}

/// A store that puts off what it is asked until somebody waits for it, or does it at another time.
#[derive(Clone)]
struct Lazy {
    store: Arc<Mutex<MemoryStore>>,
    /// Which of its calls take effect only when they are awaited.
    puts_off: RangeInclusive<usize>,
    calls: usize,
}

impl Lazy {
    fn new(puts_off: RangeInclusive<usize>) -> Self {
        Self { store: Arc::default(), puts_off, calls: 0 }
    }

    fn is_put_off(&mut self) -> bool {
        self.calls += 1;
        self.puts_off.contains(&self.calls)
    }
}

impl Store for Lazy {
    fn apply(
        &mut self,
        ops: Vec<StoreOp>,
    ) -> impl Future<Output = Result<(), StoreFailure>> + Send + 'static + use<> {
        let (store, is_put_off) = (Arc::clone(&self.store), self.is_put_off());
        let apply = move || store.lock().unwrap().apply_blocking(&ops);
        let done = if is_put_off { Err(apply) } else { Ok(apply()) };
        async move { done.unwrap_or_else(|apply| apply()) }
    }

    fn load(
        &mut self,
        query: LoadQuery,
    ) -> impl Future<Output = Result<Entries, StoreFailure>> + Send + 'static + use<> {
        ready(self.store.lock().unwrap().load_blocking(&query))
    }
}

#[test]
fn a_store_that_waits_until_it_is_awaited_is_found_by_the_checks_that_await_late_or_never() {
    let found = smol::block_on(breaches(|| Lazy::new(1..=usize::MAX), |store| store));
    let names: Vec<_> = found.iter().map(|breach| breach.check).collect();
    let expected = [
        "calls_take_effect_in_their_order_whatever_is_awaited_first",
        "a_question_sees_what_was_submitted_before_it_and_nothing_later",
        "a_future_that_is_dropped_revokes_nothing",
        "any_course_of_calls_is_answered_as_a_map_would",
    ];
    assert_eq!(names, expected);
    let prompt = smol::block_on(breaches(|| Lazy::new(0..=0), |store| store));
    assert_eq!(prompt, Vec::new(), "it is the waiting that is found");
}

#[test]
fn every_check_finds_some_mistake_that_a_store_may_make() {
    let mut found: Vec<_> = MISTAKES
        .iter()
        .flat_map(|(wrong, _)| breaches_blocking(|| Faulty::new(*wrong), Faulty::reopened))
        .collect();
    found.extend(smol::block_on(breaches(|| Lazy::new(1..=usize::MAX), |store| store)));
    for check in CHECKS {
        // a store that makes up what nobody put needs no suite to be found
        let is_found = found.iter().any(|breach| breach.check == *check);
        assert!(is_found || *check == "a_new_store_is_empty", "{check} finds nothing");
    }
}

#[test]
fn what_a_store_did_is_told_in_a_sentence() {
    let found = breaches_blocking(|| Faulty::new(Wrong::Descends), Faulty::reopened);
    let told = found.iter().map(ToString::to_string).find(|told| told.starts_with("entries come"));
    let told = told.unwrap();
    assert!(told.contains("is answered with 10 entries") && told.contains("not with"), "{told}");
}

#[test]
fn a_store_that_recovers_by_itself_does_not_fail_closed() {
    let outcome = conformance::after_a_failure_nothing_succeeds(MemoryStore::new());
    assert_eq!(smol::block_on(outcome), Err("an operation was applied after a failure".into()));
}
