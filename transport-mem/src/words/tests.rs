use core::time::Duration;

use proptest::prelude::*;

use super::{Bounds, Word};
use crate::host::Host;
use crate::script::ScriptErrorKind as Kind;

const BOUNDS: Bounds = Bounds { hosts: 3, size: usize::MAX };

fn again<T: Word>(value: &T) -> T {
    T::read(&value.write(), &BOUNDS).unwrap()
}

#[test]
fn spans_are_written_as_people_write_them() {
    for (nanos, word) in [
        (0, "0s"),
        (1, "1ns"),
        (1_500, "1.5us"),
        (80_000_000, "80ms"),
        (3_214_000_000, "3.214s"),
        (90_000_000_000, "90s"),
        (1_000_000_001, "1.000000001s"),
    ] {
        let span = Duration::from_nanos(nanos);
        assert_eq!(span.write(), word);
        assert_eq!(Duration::read(word, &BOUNDS), Ok(span));
    }
}

#[test]
fn what_is_no_span_is_refused_by_what_is_wrong_with_it() {
    for word in ["", "s", "3", "3m", "-3s", "3.s", ".3s", "3.0000000001s", "0.5ns", "3 s", "3s3"] {
        assert_eq!(Duration::read(word, &BOUNDS), Err(Kind::Malformed), "{word:?}");
    }
    for word in ["31536001s", "99999999999999999999s", "18446744073709551615s"] {
        assert_eq!(Duration::read(word, &BOUNDS), Err(Kind::OutOfRange), "{word:?}");
    }
}

#[test]
fn numbers_hosts_and_ranges_are_held_to_their_bounds() {
    assert_eq!(u64::read("18446744073709551616", &BOUNDS), Err(Kind::OutOfRange));
    assert_eq!(u64::read("+1", &BOUNDS), Err(Kind::Malformed));
    assert_eq!(i64::read("--1", &BOUNDS), Err(Kind::Malformed));
    assert_eq!(i64::read("-9223372036854775809", &BOUNDS), Err(Kind::OutOfRange));
    assert_eq!(Host::read("2", &BOUNDS), Ok(Host(2)));
    assert_eq!(Host::read("3", &BOUNDS), Err(Kind::NoSuchHost));
    assert_eq!(Host::read("99999999999999999999", &BOUNDS), Err(Kind::OutOfRange));
    let small = Bounds { hosts: 3, size: 9 };
    assert_eq!(usize::read("10", &small), Err(Kind::OutOfRange));
    assert_eq!(usize::read("unlimited", &small), Err(Kind::OutOfRange));
    assert_eq!(usize::read("unlimited", &BOUNDS), Ok(usize::MAX));
    assert_eq!(
        Word::read("5..4", &BOUNDS),
        Err::<core::ops::RangeInclusive<u64>, _>(Kind::OutOfRange)
    );
    assert_eq!(bool::read("true", &BOUNDS), Err(Kind::Malformed));
}

#[test]
fn simpler_values_end_at_nought() {
    let mut value = u64::MAX;
    while let Some(simpler) = value.simpler().pop() {
        assert!(simpler < value);
        value = simpler;
    }
    assert_eq!(value, 0);
    assert_eq!((-5_i64).simpler(), [0, -2]);
    assert_eq!(Duration::from_micros(1).simpler(), [Duration::ZERO]);
}

proptest! {
    #[test]
    fn every_value_is_read_as_it_was_written(
        number: u64,
        signed: i64,
        size: usize,
        flag: bool,
        low in 0_u64..1000,
        nanos in 0..10_u64.pow(16),
    ) {
        prop_assert_eq!(again(&number), number);
        prop_assert_eq!(again(&signed), signed);
        prop_assert_eq!(again(&size), size);
        prop_assert_eq!(again(&flag), flag);
        let span = Duration::from_nanos(nanos);
        prop_assert_eq!(again(&span), span);
        let range = low..=number.max(low);
        prop_assert_eq!(again(&range), range);
    }
}
