//! What every store must do, as a suite that any store can run.
//!
//! A check is a function named as the sentence that it holds a store to. Both traits are held to
//! the same ones: a [`BlockingStore`] is a [`Store`] whose futures are ready.
//!
//! ```
//! use peergroup::store::{MemoryStore, conformance};
//!
//! // `fresh` gives an empty store; `reopen` closes one and opens it again. A store that is meant
//! // to forget gives itself back.
//! conformance::run_blocking(MemoryStore::new, |store| store);
//! ```
//!
//! What no suite can show from outside is what a crash leaves behind: a store in a file needs a
//! test of its own with a disk that can be stopped at any write. Nor can it make a disk fail; a
//! store that has failed is looked at by [`after_a_failure_nothing_succeeds`].

use core::future::{Future, ready};

use bytes::Bytes;
use futures_util::FutureExt as _;
use peergroup_core::{LoadQuery, StoreFailure, StoreOp};

use super::{BlockingStore, Entries, Store};
pub use crate::conformance::Breach;
use crate::conformance::{checks, fail_with};

mod checks;
mod course;

/// Holds a store to every check. `fresh` gives an empty store each time; `reopen` closes one and
/// opens it again.
///
/// It is to be awaited wherever the store's own futures may be.
///
/// # Panics
/// If the store fails a check: with the names of all that it failed.
pub async fn run<S: Store>(fresh: impl FnMut() -> S, reopen: impl FnMut(S) -> S) {
    fail_with("store", &breaches(fresh, reopen).await);
}

/// Holds a blocking store to every check, as [`run`] does.
///
/// # Panics
/// If the store fails a check: with the names of all that it failed.
pub fn run_blocking<S: BlockingStore>(fresh: impl FnMut() -> S, reopen: impl FnMut(S) -> S) {
    fail_with("store", &breaches_blocking(fresh, reopen));
}

/// The checks that a store fails, in the order of [`CHECKS`].
pub async fn breaches<S: Store>(
    mut fresh: impl FnMut() -> S,
    mut reopen: impl FnMut(S) -> S,
) -> Vec<Breach> {
    all(&mut Subject { fresh: &mut fresh, reopen: &mut reopen }).await
}

/// The checks that a blocking store fails, in the order of [`CHECKS`].
#[expect(clippy::expect_used, reason = "all futures that are awaited are ready")]
#[expect(clippy::missing_panics_doc, reason = "for that reason it never does")]
pub fn breaches_blocking<S: BlockingStore>(
    mut fresh: impl FnMut() -> S,
    mut reopen: impl FnMut(S) -> S,
) -> Vec<Breach> {
    let found = breaches(|| Ready(fresh()), |Ready(store)| Ready(reopen(store)));
    found.now_or_never().expect("no future of a blocking store has to wait")
}

/// Holds a store that has answered with a failure to failing closed.
///
/// # Errors
/// What the store did instead.
pub async fn after_a_failure_nothing_succeeds<S: Store>(mut store: S) -> Result<(), String> {
    let applied = store.apply(vec![StoreOp::default()]).await;
    let loaded = store.load(course::everything()).await;
    match (applied, loaded) {
        (Err(_), Err(_)) => Ok(()),
        (Ok(()), _) => Err("an operation was applied after a failure".into()),
        (_, Ok(_)) => Err("a question was answered after a failure".into()),
    }
}

/// Where stores to be checked come from.
struct Subject<'a, S> {
    fresh: &'a mut dyn FnMut() -> S,
    reopen: &'a mut dyn FnMut(S) -> S,
}

/// A blocking store as one whose futures are ready.
struct Ready<S>(S);

impl<S: BlockingStore> Store for Ready<S> {
    fn apply(
        &mut self,
        ops: Vec<StoreOp>,
    ) -> impl Future<Output = Result<(), StoreFailure>> + Send + 'static + use<S> {
        ready(self.0.apply_blocking(&ops))
    }

    fn load(
        &mut self,
        query: LoadQuery,
    ) -> impl Future<Output = Result<Entries, StoreFailure>> + Send + 'static + use<S> {
        ready(self.0.load_blocking(&query))
    }
}

checks! {
    async fn all<S: Store>(subject: &mut Subject<'_, S>)
    a_new_store_is_empty,
    what_was_put_is_found_byte_for_byte,
    a_later_value_replaces_an_earlier_one,
    a_key_is_removed_whether_it_is_there_or_not,
    a_prefix_is_removed_with_all_that_begins_with_it_and_nothing_else,
    the_changes_of_an_operation_take_effect_in_their_order,
    the_operations_of_a_call_take_effect_in_their_order,
    calls_take_effect_in_their_order_whatever_is_awaited_first,
    a_question_sees_what_was_submitted_before_it_and_nothing_later,
    a_future_that_is_dropped_revokes_nothing,
    entries_come_in_ascending_order_of_their_keys,
    a_prefix_is_answered_with_all_that_begins_with_it_and_nothing_else,
    only_keys_greater_than_after_are_found,
    an_answer_keeps_within_its_limit_and_fills_it,
    an_entry_beyond_the_limit_comes_alone,
    more_is_said_when_there_is_more_and_only_then,
    a_question_is_continued_until_nothing_is_left,
    what_was_acknowledged_is_there_when_it_is_opened_again,
    an_operation_that_nobody_awaited_is_there_whole_or_not_at_all,
    any_course_of_calls_is_answered_as_a_map_would,
}

/// Bytes for a key or a value.
fn bytes(bytes: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(bytes.as_ref())
}
