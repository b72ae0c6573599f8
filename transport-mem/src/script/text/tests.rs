use core::time::Duration;

use proptest::prelude::*;

use super::{SCRIPT_BYTES_MAX, SCRIPT_STEPS_MAX, ScriptErrorKind as Kind};
use crate::{Script, Signatures, Size};

const HEAD: &str = "peergroup script 1\nseed 7\nsignatures mock\nhosts 3\n";

fn error(text: &str) -> (usize, Kind, String) {
    let error = Script::from_text(text).unwrap_err();
    (error.line, error.kind, error.word)
}

/// What is wrong with one line behind a good header, and with which word.
fn wrong(line: &str) -> (Kind, String) {
    let (number, kind, word) = error(&format!("{HEAD}{line}\n1s Heal\n"));
    assert_eq!(number, 5, "{line}");
    (kind, word)
}

#[test]
fn a_script_reads_like_minutes() {
    let text = "peergroup script 1\n\
                seed 7\n\
                signatures real\n\
                hosts 3\n\
                weather break_one_in=2000\n\
                weather latency=5ms..1.5s\n\
                3.214s Publish host=2 size=100\n\
                80ms Heal\n\
                0s Skew host=0 ms=-5\n";
    let script = Script::from_text(text).unwrap();
    assert_eq!(script.signatures, Signatures::Real);
    assert_eq!(script.weather.latency, Duration::from_millis(5)..=Duration::from_millis(1500));
    assert_eq!(script.steps.len(), 3);
    let written = script.to_text();
    let mut lines: Vec<&str> = written.lines().collect();
    lines[4..6].sort_unstable();
    assert_eq!(lines.join("\n"), text.trim_end());
}

#[test]
fn comments_and_blank_lines_say_nothing() {
    let bare = Script::from_text(&format!("{HEAD}1s Heal\n")).unwrap();
    let text = format!("{HEAD}\n  # what now\n\t1s   Heal # well again\n\n");
    assert_eq!(Script::from_text(&text).unwrap(), bare);
    assert_eq!(Script::from_text(&text.replace('\n', "\r\n")).unwrap(), bare);
}

#[test]
fn a_text_that_is_no_script_of_this_version_is_refused_at_its_first_line() {
    assert_eq!(error(""), (1, Kind::NoScript, String::new()));
    assert_eq!(error("seed 7\n"), (1, Kind::NoScript, "seed 7".to_owned()));
    assert_eq!(error("peergroup script 2\n"), (1, Kind::OtherVersion, "2".to_owned()));
    let long = " ".repeat(SCRIPT_BYTES_MAX + 1);
    assert_eq!(error(&long), (1, Kind::TooLong, String::new()));
}

#[test]
fn a_header_must_be_whole_and_say_nothing_twice() {
    let without = |name| {
        let kept: String =
            HEAD.split_inclusive('\n').filter(|line| !line.starts_with(name)).collect();
        error(&kept)
    };
    assert_eq!(without("seed"), (3, Kind::Missing("seed"), String::new()));
    assert_eq!(without("signatures"), (3, Kind::Missing("signatures"), String::new()));
    assert_eq!(without("hosts"), (3, Kind::Missing("hosts"), String::new()));
    assert_eq!(wrong("seed 8"), (Kind::Malformed, "8".to_owned()));
    assert_eq!(wrong("hosts 3"), (Kind::Malformed, "3".to_owned()));
    let early = HEAD.replace("hosts 3", "1s Heal");
    assert_eq!(error(&early), (4, Kind::Missing("hosts"), String::new()));
    let late = format!("{HEAD}1s Heal\nweather break_one_in=1\n");
    assert_eq!(error(&late), (6, Kind::Malformed, "weather".to_owned()));
    for hosts in ["0", "1", "1001"] {
        let text = HEAD.replace("hosts 3", &format!("hosts {hosts}"));
        assert_eq!(error(&text), (4, Kind::OutOfRange, hosts.to_owned()));
    }
    let text = HEAD.replace("mock", "forged");
    assert_eq!(error(&text), (3, Kind::Malformed, "forged".to_owned()));
}

#[test]
fn a_step_is_refused_by_what_is_wrong_with_it() {
    let word = |text: &str| text.to_owned();
    assert_eq!(wrong("1s"), (Kind::Missing("the op"), word("")));
    assert_eq!(wrong("soon Heal"), (Kind::Malformed, word("soon")));
    assert_eq!(wrong("1s Dance"), (Kind::UnknownOp, word("Dance")));
    assert_eq!(wrong("1s heal"), (Kind::UnknownOp, word("heal")));
    assert_eq!(wrong("1s Publish host=3 size=1"), (Kind::NoSuchHost, word("3")));
    assert_eq!(wrong("1s Publish host=x size=1"), (Kind::Malformed, word("x")));
    assert_eq!(wrong("1s Publish host=0"), (Kind::Missing("size"), word("")));
    assert_eq!(wrong("1s Publish host=0 size"), (Kind::Malformed, word("size")));
    assert_eq!(wrong("1s Publish host=0 host=0 size=1"), (Kind::Malformed, word("host=0")));
    assert_eq!(wrong("1s Publish host=0 size=1 pick=1"), (Kind::UnknownSetting, word("pick")));
    assert_eq!(wrong("1s Publish host=0 size=16777217"), (Kind::OutOfRange, word("16777217")));
    assert_eq!(wrong("1s Publish host=0 size=unlimited"), (Kind::OutOfRange, word("unlimited")));
    assert_eq!(wrong("99999999s Heal"), (Kind::OutOfRange, word("99999999s")));
    let shown = error(&format!("{HEAD}1s {}", "é".repeat(100))).2;
    assert_eq!(shown.chars().count(), 40);
}

#[test]
fn weather_is_refused_by_what_is_wrong_with_it() {
    let word = |text: &str| text.to_owned();
    assert_eq!(wrong("weather"), (Kind::Malformed, word("")));
    assert_eq!(wrong("weather rain=1"), (Kind::UnknownSetting, word("rain")));
    assert_eq!(wrong("weather break_one_in=often"), (Kind::Malformed, word("often")));
    assert_eq!(wrong("weather latency=2s..1s"), (Kind::OutOfRange, word("2s..1s")));
    let twice = format!("{HEAD}weather break_one_in=1\nweather break_one_in=1\n");
    assert_eq!(error(&twice), (6, Kind::Malformed, word("break_one_in")));
}

#[test]
fn a_script_has_a_bounded_number_of_steps() {
    let text = format!("{HEAD}{}", "0s Heal\n".repeat(SCRIPT_STEPS_MAX));
    assert_eq!(Script::from_text(&text).unwrap().steps.len(), SCRIPT_STEPS_MAX);
    let line = 4 + SCRIPT_STEPS_MAX + 1;
    assert_eq!(error(&format!("{text}0s Heal")), (line, Kind::TooManySteps, String::new()));
}

proptest! {
    #[test]
    fn a_drawn_script_is_read_as_it_was_written(seed: u64, hosts in 2_usize..9) {
        let span = Duration::from_secs(600);
        let script = Script::draw(seed, Size { hosts, span, pause: Duration::from_secs(5) });
        prop_assert_eq!(Script::from_text(&script.to_text()).unwrap(), script);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text: String) {
        prop_assert!(Script::from_text(&text).is_err());
    }

    #[test]
    fn no_damage_makes_the_reader_panic(seed: u64, at: prop::sample::Index, put: String) {
        let span = Duration::from_secs(60);
        let script = Script::draw(seed, Size { hosts: 4, span, pause: Duration::from_secs(5) });
        let text: Vec<char> = script.to_text().chars().collect();
        let at = at.index(text.len());
        let (before, behind) = (&text[..at], text[at..].iter().skip(1));
        let damaged = before.iter().copied().chain(put.chars()).chain(behind.copied());
        let damaged: String = damaged.collect();
        if let Ok(script) = Script::from_text(&damaged) {
            prop_assert_eq!(Script::from_text(&script.to_text()).unwrap(), script);
        }
    }
}
