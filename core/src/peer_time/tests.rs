#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use super::*;
use crate::fixture::key;

const MINUTE: i64 = 60_000;
const START: Now =
    Now { mono: Instant::from_micros(5_000_000), wall: UnixTime::from_millis(1_000_000_000_000) };

fn later(now: Now, span: Duration) -> Now {
    Now { mono: now.mono.after(span), wall: now.wall.after(span) }
}

/// A clock that has heard neighbours whose calendars are so far ahead; each by itself.
fn heard(ahead: &[i64]) -> PeerClock {
    let mut clock = PeerClock::default();
    for (number, ahead) in (1..).zip(ahead) {
        say(&mut clock, number, number, *ahead, START);
    }
    clock
}

fn say(clock: &mut PeerClock, link: u8, vote: u8, ahead: i64, now: Now) -> bool {
    let link = LinkId::from_u64(u64::from(link));
    clock.hear(link, key(vote).peer(), shifted(now.wall, ahead), now.mono, now)
}

fn offset(clock: &PeerClock, now: Now) -> i64 {
    ahead(clock.time(now), now.wall)
}

#[test]
fn alone_and_with_one_other_a_node_goes_by_its_own_calendar() {
    assert_eq!(offset(&heard(&[]), START), 0);
    assert_eq!(offset(&heard(&[5 * MINUTE]), START), 0, "nobody can tell which is right");
}

#[test]
fn a_calendar_that_is_wrong_is_set_right_by_the_others_at_once() {
    assert_eq!(offset(&heard(&[5 * MINUTE, 5 * MINUTE + 1]), START), 5 * MINUTE);
    assert_eq!(offset(&heard(&[-5 * MINUTE, -5 * MINUTE, -4 * MINUTE]), START), -4 * MINUTE);
}

#[test]
fn r06_a_minority_of_liars_moves_peer_time_nowhere() {
    for lie in [i64::MAX, i64::MIN, 9 * MINUTE, -9 * MINUTE] {
        let clock = heard(&[lie, lie, 10, -10, 20]);
        assert!(offset(&clock, START).abs() <= 20, "{lie}");
    }
}

#[test]
fn r06_whoever_surrounds_a_node_moves_peer_time_by_ten_minutes_and_it_notices() {
    for (lie, moved) in [(i64::MAX, 10 * MINUTE), (i64::MIN, -10 * MINUTE)] {
        let clock = heard(&[lie; 5]);
        assert_eq!(offset(&clock, START), moved);
        assert!(clock.off.is_some());
    }
    assert_eq!(heard(&[10 * MINUTE; 5]).off, None);
}

#[test]
fn puppets_of_one_peer_have_one_vote() {
    let mut clock = heard(&[0, 0]);
    for link in 10..20 {
        say(&mut clock, link, 9, 8 * MINUTE, START);
    }
    let long = later(START, Duration::from_secs(100 * 24 * 3600));
    assert_eq!(offset(&clock, long), 0);
}

#[test]
fn once_agreed_on_peer_time_changes_slowly_and_never_goes_back() {
    let mut clock = heard(&[5 * MINUTE, 5 * MINUTE]);
    let mut now = START;
    for link in [1, 2] {
        assert!(!say(&mut clock, link, link, -5 * MINUTE, now));
    }
    let mut before = clock.time(now);
    for _ in 0..1000 {
        now = later(now, Duration::from_secs(1));
        let time = clock.time(now);
        assert!(time > before);
        let passed = ahead(time, before);
        assert!((999..=1001).contains(&passed), "{passed}");
        before = time;
    }
    assert_eq!(offset(&clock, now), 5 * MINUTE - 500);
    let far = later(START, Duration::from_secs(100 * 24 * 3600));
    assert_eq!(offset(&clock, far), -5 * MINUTE);
}

#[test]
fn a_calendar_that_is_set_by_minutes_leaves_peer_time_as_it_was() {
    for jump in [3 * MINUTE, -3 * MINUTE] {
        let mut clock = heard(&[MINUTE, MINUTE, MINUTE]);
        let before = clock.time(START);
        let now = Now { wall: shifted(START.wall, jump), ..START };
        clock.on_calendar_set(now);
        assert_eq!(clock.time(now), before);
        assert_eq!(clock.off, None);
        let far = later(now, Duration::from_secs(100 * 24 * 3600));
        assert_eq!(offset(&clock, far), MINUTE - jump, "the others still say so");
    }
}

#[test]
fn a_calendar_that_is_set_by_a_day_is_followed_but_for_ten_minutes_and_noticed() {
    let mut clock = heard(&[0, 0, 0]);
    let jump = 24 * 60 * MINUTE;
    let now = Now { wall: shifted(START.wall, jump), ..START };
    clock.on_calendar_set(now);
    assert_eq!(offset(&clock, now), -10 * MINUTE);
    assert_eq!(clock.off, Some(-jump));
}

#[test]
fn alone_a_calendar_that_is_set_is_believed() {
    let mut clock = heard(&[2 * MINUTE, 2 * MINUTE]);
    clock.forget(LinkId::from_u64(1));
    assert_eq!(offset(&clock, START), 2 * MINUTE, "what was learned stays");
    clock.forget(LinkId::from_u64(2));
    let now = Now { wall: shifted(START.wall, 2 * MINUTE), ..START };
    clock.on_calendar_set(now);
    assert_eq!(offset(&clock, now), 0);
}

#[test]
fn an_answer_counts_from_the_middle_of_its_way_and_a_slow_one_not_at_all() {
    let mut clock = PeerClock::default();
    let now = later(START, Duration::from_secs(2));
    for (link, theirs) in [(1_u8, 6001), (2, 6001)] {
        let (link, vote) = (LinkId::from_u64(u64::from(link)), key(link).peer());
        clock.hear(link, vote, shifted(START.wall, theirs), START.mono, now);
    }
    assert_eq!(offset(&clock, now), 5001);
    let slow = later(START, Duration::from_secs(5));
    let vote = key(3).peer();
    assert!(!clock.hear(LinkId::from_u64(3), vote, UnixTime::MAX, START.mono, slow));
    assert_eq!(clock.samples.len(), 2);
}

#[test]
fn times_are_converted_both_ways_and_the_end_of_time_stays() {
    let clock = heard(&[MINUTE, MINUTE]);
    let peer = clock.to_peer(START.wall, START);
    assert_eq!(peer, clock.time(START));
    assert_eq!(clock.to_local(peer, START), START.wall);
    assert_eq!(clock.to_peer(UnixTime::MAX, START), UnixTime::MAX);
    assert_eq!(clock.to_local(UnixTime::default(), START), UnixTime::default());
}

#[test]
fn p07_no_time_and_no_moment_overflows() {
    let extremes = [0, 1, u64::MAX - 1, u64::MAX];
    for wall in extremes {
        for mono in extremes {
            for theirs in extremes {
                let mut clock = PeerClock::default();
                let wall = UnixTime::from_millis(wall);
                let now = Now { mono: Instant::from_micros(mono), wall };
                for link in 1..4_u8 {
                    let theirs = UnixTime::from_millis(theirs);
                    let (id, vote) = (LinkId::from_u64(u64::from(link)), key(link).peer());
                    clock.hear(id, vote, theirs, now.mono, now);
                }
                clock.on_calendar_set(now);
                assert!(offset(&clock, now).abs() <= 10 * MINUTE || wall == UnixTime::MAX);
            }
        }
    }
}
