use core::time::Duration;

use super::*;
use crate::key::SecretKey;

fn peer(number: u8) -> PeerId {
    SecretKey::from_bytes([number; 32]).peer()
}

fn from(address: &str) -> Source {
    Source::of(Some(&address.parse().unwrap()), peer(1))
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_millis(1_800_000_000_000).after(Duration::from_secs(seconds))
}

#[test]
fn a_host_is_one_source_whatever_its_port_and_whoever_asks() {
    assert_eq!(from("tcp:192.0.2.1:1"), from("tcp:192.0.2.1:2"));
    assert_ne!(from("tcp:192.0.2.1:1"), from("tcp:192.0.2.2:1"));
    assert_eq!(from("tcp:192.0.2.1:1"), from("tcp:[::ffff:192.0.2.1]:9"));
    assert_eq!(from("tcp:[2001:db8::1]:1"), from("tcp:[2001:db8::ffff:2]:9"), "one /64");
    assert_ne!(from("tcp:[2001:db8::1]:1"), from("tcp:[2001:db8:0:1::1]:1"));
    assert_eq!(from("tcp:example.org:1"), from("tcp:example.org:2"));
    let remote = "tcp:192.0.2.1:1".parse().unwrap();
    assert_eq!(Source::of(Some(&remote), peer(1)), Source::of(Some(&remote), peer(2)));
}

#[test]
fn where_no_host_is_known_an_identity_is_a_source() {
    assert_eq!(Source::of(None, peer(1)), Source::of(None, peer(1)));
    assert_ne!(Source::of(None, peer(1)), Source::of(None, peer(2)));
}

#[test]
fn five_failures_from_one_source_stop_it_for_ten_minutes_and_no_other() {
    let (one, other) = (from("tcp:192.0.2.1:1"), from("tcp:192.0.2.2:1"));
    let mut attempts = Attempts::default();
    for second in 0..5 {
        assert!(attempts.allow(at(second), one));
        attempts.note(at(second), one);
    }
    assert!(!attempts.allow(at(5), one));
    assert!(attempts.allow(at(5), other));
    assert!(!attempts.allow(at(599), one));
    assert!(attempts.allow(at(600), one), "the first is ten minutes old");
}

#[test]
fn fifty_failures_in_a_day_stop_everybody_until_the_first_is_a_day_old() {
    let mut attempts = Attempts::default();
    for minute in 0..50 {
        let source = Source::of(None, peer(u8::try_from(minute).unwrap() + 1));
        assert!(attempts.allow(at(minute * 60), source));
        attempts.note(at(minute * 60), source);
    }
    let fresh = Source::of(None, peer(200));
    assert!(!attempts.allow(at(50 * 60), fresh));
    assert!(!attempts.allow(at(24 * 3600 - 1), fresh));
    assert!(attempts.allow(at(24 * 3600), fresh));
    assert_eq!(attempts.len(), 49, "what is older than a day is forgotten");
}

#[test]
fn a_clock_that_was_ahead_and_is_set_back_locks_nobody_out_for_longer() {
    let source = from("tcp:192.0.2.1:1");
    let mut attempts = Attempts::default();
    for _ in 0..5 {
        attempts.note(at(1_000_000), source);
    }
    assert!(!attempts.allow(at(0), source));
    assert!(attempts.allow(at(600), source));
}
