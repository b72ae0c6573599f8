use core::time::Duration;

use super::*;
use crate::{Op, Size};

fn script() -> Script {
    let span = Duration::from_secs(600);
    let mut script = Script::draw(3, Size { hosts: 6, span, pause: Duration::from_secs(3) });
    script.weather.break_one_in = 7;
    script.weather.pulled = 1..=7;
    script
}

fn failure(check: &'static str) -> Failure {
    Failure { check, host: None, at: Duration::ZERO, text: String::new() }
}

/// Fails if a publication is followed by a deletion, while links break.
fn judge(script: &Script) -> Option<Failure> {
    let publication = script.steps.iter().position(|step| matches!(step.op, Op::Publish { .. }))?;
    let deletes = |step: &&Step| matches!(step.op, Op::Delete { .. });
    let found = script.steps.iter().skip(publication).find(deletes);
    found.filter(|_| script.weather.break_one_in > 0).map(|_| failure("planted"))
}

#[test]
fn only_what_the_failure_needs_is_left() {
    let shrunk = script().shrink(&failure("planted"), 2000, judge);
    let text = shrunk.script.to_text();
    let want = "peergroup script 1\nseed 3\nsignatures mock\nhosts 2\nweather break_one_in=7\n\
                0s Publish host=0 size=0\n0s Delete host=0 pick=0\n";
    assert_eq!(text, want);
    assert!(shrunk.runs < 500, "{}", shrunk.runs);
}

#[test]
fn shrinking_keeps_to_the_check_that_failed() {
    // without deletions it fails in another way
    let run = |script: &Script| judge(script).or_else(|| Some(failure("another")));
    let shrunk = script().shrink(&failure("planted"), 2000, run);
    assert_eq!(shrunk.failure.check, "planted");
    assert_eq!(shrunk.script.steps.len(), 2);
}

#[test]
fn shrinking_ends_after_so_many_runs_with_what_it_has() {
    let mut runs = 0;
    let shrunk = script().shrink(&failure("planted"), 9, |script| {
        runs += 1;
        judge(script)
    });
    assert_eq!((runs, shrunk.runs), (9, 9));
    assert!(judge(&shrunk.script).is_some());
    assert!(shrunk.script.steps.len() < script().steps.len());
}

#[test]
fn steps_that_are_left_happen_when_they_did() {
    let script = script();
    let fewer = script.without(3, 9);
    let span = |script: &Script, count| -> Duration {
        script.steps.iter().take(count).map(|step| step.after).sum()
    };
    assert_eq!(fewer.steps.len() + 6, script.steps.len());
    assert_eq!(span(&fewer, 4), span(&script, 10));
}
