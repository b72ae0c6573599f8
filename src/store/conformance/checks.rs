//! The checks.

use peergroup_core::StoreOp;

use super::Subject;
use super::course::{Course, Draw, Pending, delete, delete_prefix, everything, put, query};
use crate::conformance::Verdict;
use crate::store::Store;

/// Courses of calls that are drawn, and calls in each.
const COURSES: u64 = 24;
const STEPS: usize = 24;
/// The greatest value that the core stores.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// The longest key that the core stores.
const KEY_BYTES_MAX: usize = 160;
/// More than any limit, in bytes.
const NO_LIMIT: usize = usize::MAX;

type Of<'a, 'b, S> = &'a mut Subject<'b, S>;

pub(super) async fn a_new_store_is_empty<S: Store>(of: Of<'_, '_, S>) -> Verdict {
    let mut course = Course::begin(of);
    course.compare_all().await?;
    course.apply(Vec::new()).await?;
    course.change(Vec::new()).await?;
    course.compare(query("a", "b", 0)).await
}

pub(super) async fn what_was_put_is_found_byte_for_byte<S: Store>(of: Of<'_, '_, S>) -> Verdict {
    let mut course = Course::begin(of);
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let long_key = vec![0xff; KEY_BYTES_MAX];
    let changes = [
        put("", "the value of the shortest key"),
        put("nothing", ""),
        put("bytes", &every_byte),
        put(&long_key, "the value of the longest key"),
        put("large", every_byte.repeat(VALUE_BYTES_MAX / 256)),
    ];
    course.change(changes.into()).await?;
    course.compare_all().await
}

pub(super) async fn a_later_value_replaces_an_earlier_one<S: Store>(of: Of<'_, '_, S>) -> Verdict {
    let mut course = Course::begin(of);
    course.change(vec![put("k", "a long first value"), put("other", "1")]).await?;
    course.change(vec![put("k", "2")]).await?;
    course.compare_all().await?;
    course.change(vec![put("k", "")]).await?;
    course.compare_all().await
}

pub(super) async fn a_key_is_removed_whether_it_is_there_or_not<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    course.change(vec![put("a", "1"), put("ab", "2"), put("b", "3")]).await?;
    course.change(vec![delete("a"), delete("absent")]).await?;
    course.compare_all().await
}

pub(super) async fn a_prefix_is_removed_with_all_that_begins_with_it_and_nothing_else<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    // the byte behind a prefix carries over, or has nothing to carry to
    let keys: [&[u8]; 12] = [
        b"",
        b"a",
        b"a\0",
        b"a\xff",
        b"a\xff\xff",
        b"b",
        b"b\0",
        b"\xfe",
        b"\xff",
        b"\xff\0",
        b"\xff\xff",
        b"\xff\xff\xff",
    ];
    let prefixes: [&[u8]; 5] = [b"a", b"a\xff", b"\xff", b"\xff\xff", b"absent"];
    for prefix in prefixes {
        let mut course = Course::begin(of);
        course.change(keys.map(|key| put(key, key)).into()).await?;
        course.change(vec![delete_prefix(prefix)]).await?;
        course.compare_all().await?;
    }
    Ok(())
}

pub(super) async fn the_changes_of_an_operation_take_effect_in_their_order<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    let changes = [
        put("a", "1"),
        delete("a"), // is not there
        delete("b"),
        put("b", "1"),
        put("b", "2"), // is 2
        put("c1", "1"),
        put("c2", "1"),
        delete_prefix("c"),
        put("c3", "1"), // is c3
    ];
    course.change(changes.into()).await?;
    course.compare_all().await
}

pub(super) async fn the_operations_of_a_call_take_effect_in_their_order<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    let steps = [put("a", "1"), put("a", "2"), put("b", "1"), delete("b"), delete("c")];
    let last = [delete_prefix("c"), put("c", "1")];
    let ops = steps.into_iter().chain(last).map(|change| StoreOp { changes: vec![change] });
    course.apply(ops.collect()).await?;
    course.compare_all().await
}

pub(super) async fn calls_take_effect_in_their_order_whatever_is_awaited_first<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    let op = |number: u8| StoreOp { changes: vec![put("k", [number]), put([number], "")] };
    let mut outcomes: Vec<_> = (0..40).map(|number| course.submit(vec![op(number)])).collect();
    outcomes.reverse();
    all_applied(outcomes).await?;
    course.compare_all().await
}

pub(super) async fn a_question_sees_what_was_submitted_before_it_and_nothing_later<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    let (mut outcomes, mut answers) = (Vec::new(), Vec::new());
    for number in 0..40_u8 {
        let op = StoreOp { changes: vec![put("k", [number]), put([number], "")] };
        outcomes.push(course.submit(vec![op]));
        answers.push(course.ask(everything()));
    }
    for answer in answers.into_iter().rev() {
        answer.compare().await?;
    }
    all_applied(outcomes).await
}

pub(super) async fn a_future_that_is_dropped_revokes_nothing<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    for number in 0..40_u8 {
        drop(course.submit(vec![StoreOp { changes: vec![put([number], [number])] }]));
        drop(course.ask(everything()));
    }
    course.compare_all().await
}

pub(super) async fn entries_come_in_ascending_order_of_their_keys<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    // by unsigned bytes; what begins another key comes before it, whatever their lengths
    let keys: [&[u8]; 10] =
        [b"\xff", b"b", b"ab", b"\x7f", b"a\xff", b"\x80", b"a", b"abc", b"", b"\0"];
    for key in keys {
        course.change(vec![put(key, "")]).await?;
    }
    course.compare_all().await
}

pub(super) async fn a_prefix_is_answered_with_all_that_begins_with_it_and_nothing_else<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    let keys = ["a", "ab", "ab1", "ab2", "ac", "b", "\u{0}"];
    course.change(keys.map(|key| put(key, key)).into()).await?;
    course.change(vec![put([0xff], "1"), put([0xff, 0xff], "2")]).await?;
    let prefixes: [&[u8]; 8] = [b"a", b"ab", b"ab1", b"abc", b"b", b"\xff", b"\xff\xff", b"z"];
    for prefix in prefixes {
        course.compare(query(prefix, "", NO_LIMIT)).await?;
    }
    Ok(())
}

pub(super) async fn only_keys_greater_than_after_are_found<S: Store>(of: Of<'_, '_, S>) -> Verdict {
    let mut course = Course::begin(of);
    course.change(["a", "b1", "b2", "b3", "c"].map(|key| put(key, key)).into()).await?;
    // a key that is there, one that is not, before and beyond what the prefix allows
    for after in ["b1", "b11", "b2", "b3", "a", "aa", "b", "c", "z"] {
        course.compare(query("b", after, NO_LIMIT)).await?;
        course.compare(query("", after, NO_LIMIT)).await?;
    }
    Ok(())
}

pub(super) async fn an_answer_keeps_within_its_limit_and_fills_it<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    let of_ten_bytes = |number: u8| put([b'k', number], [number; 8]);
    course.change((0..10).map(of_ten_bytes).collect()).await?;
    for limit in [10, 11, 19, 20, 21, 95, 99, 100, 101] {
        course.compare(query("k", "", limit)).await?;
    }
    Ok(())
}

pub(super) async fn an_entry_beyond_the_limit_comes_alone<S: Store>(of: Of<'_, '_, S>) -> Verdict {
    let mut course = Course::begin(of);
    course.change(vec![put("a", [1; 500]), put("b", "2"), put("c", [3; 500])]).await?;
    for (after, limit) in [("", 0), ("", 1), ("", 500), ("a", 0), ("b", 0), ("b", 10)] {
        course.compare(query("", after, limit)).await?;
    }
    Ok(())
}

pub(super) async fn more_is_said_when_there_is_more_and_only_then<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    course.change(["a1", "a2", "b1"].map(|key| put(key, "")).into()).await?;
    // what lies beyond the prefix is not more of it
    for (prefix, limit) in [("a", 3), ("a", 4), ("a", 5), ("", 4), ("", 6), ("b", 1)] {
        course.compare(query(prefix, "", limit)).await?;
    }
    Ok(())
}

pub(super) async fn a_question_is_continued_until_nothing_is_left<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    course.change((0..100).map(|number: u8| put([7, number], [number; 10])).collect()).await?;
    let (mut found, mut query) = (0_usize, query([7], "", 40));
    loop {
        course.compare(query.clone()).await?;
        let page = course.store.load(query.clone()).await;
        let page = page.map_err(|failure| format!("a question failed: {failure}"))?;
        found = found.saturating_add(page.entries.len());
        match page.entries.last() {
            Some((last, _)) if page.more => query.after = last.clone(),
            _ if found == 100 => return Ok(()),
            _ => return Err(format!("{found} of 100 entries are found page by page")),
        }
    }
}

pub(super) async fn what_was_acknowledged_is_there_when_it_is_opened_again<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    let mut course = Course::begin(of);
    for round in 0..4_u8 {
        let put = |number: u8| put([number % 30, round], vec![number; usize::from(number)]);
        course.change((0..60).map(put).collect()).await?;
        course.change(vec![delete_prefix([round]), delete([9, 0])]).await?;
        course = course.reopen(of);
        course.compare_all().await?;
    }
    Ok(())
}

pub(super) async fn an_operation_that_nobody_awaited_is_there_whole_or_not_at_all<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    const KEYS: u8 = 50;
    for submitted in 1..6_u8 {
        let mut course = Course::begin(of);
        course.change(vec![put([0, 0], "")]).await?;
        for number in 1..=submitted {
            let changes = (0..KEYS).map(|key| put([number, key], "")).collect();
            drop(course.submit(vec![StoreOp { changes }]));
        }
        course = course.reopen(of);
        let found = course.store.load(everything()).await;
        let found = found.map_err(|failure| format!("a question failed: {failure}"))?.entries;
        let found: Vec<_> = found.iter().skip(1).map(|(key, _)| key.to_vec()).collect();
        let keys_of = |number| (0..KEYS).map(move |key| vec![number, key]);
        let mut whole = (0..=submitted).map(|last| (1..=last).flat_map(keys_of));
        if !whole.any(|keys| keys.eq(found.iter().cloned())) {
            let found = found.len();
            return Err(format!(
                "of {submitted} operations of {KEYS} keys, {found} keys are there"
            ));
        }
    }
    Ok(())
}

pub(super) async fn any_course_of_calls_is_answered_as_a_map_would<S: Store>(
    of: Of<'_, '_, S>,
) -> Verdict {
    for seed in 0..COURSES {
        let (mut draw, mut course) = (Draw(seed), Course::begin(of));
        let (mut outcomes, mut answers) = (Vec::new(), Vec::new());
        for _ in 0..STEPS {
            match draw.below(9) {
                0..4 => {
                    let ops = (0..draw.below(4)).map(|_| draw.op()).collect();
                    outcomes.push(course.submit(ops));
                }
                4..8 => answers.push(course.ask(draw.query())),
                _ => {
                    all_applied(outcomes.drain(..)).await?;
                    course = course.reopen(of);
                }
            }
        }
        answers.push(course.ask(everything()));
        for answer in answers.into_iter().rev() {
            answer.compare().await.map_err(|what| format!("course {seed}: {what}"))?;
        }
        all_applied(outcomes).await?;
    }
    Ok(())
}

/// Waits for what was submitted.
async fn all_applied(outcomes: impl IntoIterator<Item = Pending<()>>) -> Verdict {
    for outcome in outcomes {
        outcome.await.map_err(|failure| format!("an operation failed: {failure}"))?;
    }
    Ok(())
}
