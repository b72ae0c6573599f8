use core::time::Duration;

use alloc::string::ToString as _;

use super::*;
use crate::fixture::found;

const SECRET: [u8; 32] = [3; 32];

fn noon() -> UnixTime {
    UnixTime::from_millis(1_700_006_400_000)
}

fn beacon() -> Beacon {
    Beacon::new(&SECRET, found(1).id(), noon(), [5; 16])
}

#[test]
fn who_holds_the_secret_knows_a_beacon_for_the_groups() {
    assert!(beacon().is_of(&SECRET, found(1).id(), noon()));
}

#[test]
fn another_group_another_secret_and_another_beacon_do_not_fit() {
    assert!(!beacon().is_of(&SECRET, found(2).id(), noon()));
    assert!(!beacon().is_of(&[4; 32], found(1).id(), noon()));
    for byte in 0..32 {
        let mut bytes = *beacon().as_bytes();
        bytes[byte] ^= 1;
        assert!(!Beacon::from_bytes(bytes).is_of(&SECRET, found(1).id(), noon()));
    }
}

#[test]
fn a_beacon_is_good_for_clocks_an_hour_apart_and_not_for_ever() {
    let group = found(1).id();
    assert!(beacon().is_of(&SECRET, group, noon().after(PERIOD)));
    assert!(beacon().is_of(&SECRET, group, noon().before(PERIOD)));
    assert!(!beacon().is_of(&SECRET, group, noon().after(2 * PERIOD)));
    assert!(!beacon().is_of(&SECRET, group, noon().before(2 * PERIOD)));
}

#[test]
fn two_beacons_of_one_group_have_nothing_in_common() {
    let other = Beacon::new(&SECRET, found(1).id(), noon(), [6; 16]);
    assert_ne!(beacon().halves().1, other.halves().1);
    let later = noon().after(PERIOD + Duration::from_millis(1));
    let later = Beacon::new(&SECRET, found(1).id(), later, [5; 16]);
    assert_ne!(beacon().halves().1, later.halves().1);
}

#[test]
fn its_text_fits_a_label_of_the_dns_and_is_read_again() {
    let text = beacon().to_string();
    assert!(text.len() <= 63 && text.bytes().all(|b| b.is_ascii_alphanumeric()));
    assert_eq!(text.parse(), Ok(beacon()));
    assert!("".parse::<Beacon>().is_err());
}
