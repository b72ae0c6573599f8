#![allow(clippy::arithmetic_side_effects, reason = "a test")]

use alloc::format;

use super::*;
use crate::key::SecretKey;

fn at(text: &str) -> Address {
    text.parse().unwrap()
}

fn member(number: u8) -> Word {
    Word::Member(SecretKey::from_bytes([number; 32]).peer())
}

/// How many dials are made from `now` on within a span, a try every second.
fn dials_within(
    dials: &mut Dials,
    now: Instant,
    span: Duration,
    mut next: impl FnMut(u64) -> (Address, Word),
) -> u32 {
    let mut made = 0;
    for second in 0..span.as_secs() {
        let now = now.after(Duration::from_secs(second));
        let (address, word) = next(second);
        if dials.may(now, &address, word) {
            dials.take(now, &address, word);
            made += 1;
        }
    }
    made
}

#[test]
fn n04_a_victim_is_dialled_a_few_times_an_hour_whoever_names_it_and_at_whatever_port() {
    let mut dials = Dials::default();
    let victim = |second: u64| {
        let word = member(u8::try_from(second % 7).unwrap());
        (at(&format!("tcp:192.0.2.1:{}", second + 1)), word)
    };
    let now = Instant::default();
    let first = dials_within(&mut dials, now, DIALS_WINDOW, victim);
    assert_eq!(first, 2 * DIALS_PER_TARGET_MAX - 1, "all at once, and as they come back");
    for hour in 1..5 {
        let now = now.after(DIALS_WINDOW * hour);
        assert!(dials_within(&mut dials, now, DIALS_WINDOW, victim) <= DIALS_PER_TARGET_MAX);
    }
}

#[test]
fn n04_a_liar_that_names_one_host_after_another_is_believed_a_few_times_an_hour() {
    let mut dials = Dials::default();
    let hosts = |second: u64| {
        let (high, low) = (second / 250, second % 250);
        (at(&format!("tcp:198.51.{high}.{low}:9")), member(1))
    };
    let first = dials_within(&mut dials, Instant::default(), DIALS_WINDOW, hosts);
    assert_eq!(first, 2 * DIALS_PER_SOURCE_MAX - 1);
    let now = Instant::default().after(DIALS_WINDOW);
    assert!(dials_within(&mut dials, now, DIALS_WINDOW, hosts) <= DIALS_PER_SOURCE_MAX);
    // another member is believed
    assert!(dials.may(now, &at("tcp:203.0.113.1:9"), member(2)));
}

#[test]
fn n04_liars_together_fill_what_is_remembered_and_nothing_more() {
    let mut dials = Dials::default();
    let now = Instant::default().after(DIALS_WINDOW);
    let mut made = 0;
    for host in 0..5000_u16 {
        let [high, low] = host.to_be_bytes();
        let (address, word) = (at(&format!("tcp:198.51.{high}.{low}:9")), member(low));
        if dials.may(now, &address, word) {
            dials.take(now, &address, word);
            made += 1;
        }
    }
    assert_eq!(made, DIALS_HINTED_MAX);
    // what the application names is dialled all the same, and in time everything is
    let other = at("tcp:203.0.113.1:9");
    assert!(dials.may(now, &other, Word::Trusted));
    assert!(!dials.may(now, &other, Word::Anybody));
    assert!(dials.may(now.after(DIALS_WINDOW), &other, Word::Anybody));
}

#[test]
fn a_dial_that_a_member_answers_counts_for_nothing() {
    let mut dials = Dials::default();
    let now = Instant::default();
    for port in 1..100_u16 {
        let (address, word) = (at(&format!("tcp:192.0.2.1:{port}")), member(1));
        assert!(dials.may(now, &address, word));
        dials.take(now, &address, word);
        dials.give_back(&address, word);
    }
}
