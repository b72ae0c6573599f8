#![allow(clippy::arithmetic_side_effects, reason = "a test")]

use super::*;

fn at(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

#[test]
fn a_clock_that_is_right_shows_the_time_of_the_world() {
    let clock = Clock::default();
    let now = clock.now(at(5));
    assert_eq!(now.mono, at(5));
    assert_eq!(now.wall.as_millis(), EPOCH_MS + 5000);
    assert_eq!(clock.when(at(7)), at(7));
}

#[test]
fn a_fast_clock_gains_and_keeps_what_it_gained_when_it_is_right_again() {
    let mut clock = Clock::default();
    clock.set_drift(at(100), 10_000);
    assert_eq!(clock.now(at(200)).mono, at(201));
    assert_eq!(clock.skew(at(200)), 1000);
    clock.set_drift(at(200), 0);
    clock.set_skew(at(200), 0);
    assert_eq!(clock.now(at(300)).mono, at(301));
    assert_eq!(clock.skew(at(300)), 0);
}

#[test]
fn a_deadline_comes_when_the_hosts_own_clock_shows_it_and_not_before() {
    for ppm in [-100_000, -333, -1, 1, 777, 100_000] {
        let mut clock = Clock::default();
        clock.set_drift(Instant::from_micros(12_345), ppm);
        for micros in [12_346, 99_999, 1_000_003, 86_400_000_001] {
            let mono = Instant::from_micros(micros);
            let when = clock.when(mono);
            let before = Instant::from_micros(when.as_micros() - 1);
            assert!(clock.now(when).mono >= mono, "{ppm}: {micros}");
            assert!(clock.now(before).mono < mono, "{ppm}: {micros}");
        }
    }
}
