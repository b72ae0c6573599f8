//! Everything at once.

use peergroup_mem::{Rng, Script, Size};

use super::*;

fn script(seed: u64) -> Script {
    let size = Size { hosts: 5, span: minutes(6), pause: Duration::from_secs(3) };
    let weather = Weather::draw(&mut Rng::new(seed));
    Script { weather, ..Script::draw(seed, size) }
}

#[test]
fn in_whatever_weather_all_members_hold_the_same_in_the_end() {
    let mut mishaps = [0; Mishap::ALL.len()];
    for seed in 0..40 {
        let course = script(seed).verdict().unwrap_or_else(|failure| {
            panic!("seed {seed}: {failure}");
        });
        assert_eq!(course.tally.faults, 0, "seed {seed}: honest nodes break no rule");
        for (count, new) in mishaps.iter_mut().zip(course.tally.mishaps) {
            *count += new;
        }
    }
    // what never happened was not tested
    for (mishap, count) in Mishap::ALL.into_iter().zip(mishaps) {
        let is_for_rogues = matches!(mishap, Mishap::RogueMember | Mishap::RogueAdmin);
        assert!(count > 0 || is_for_rogues, "{mishap:?} never happened");
    }
}

#[test]
fn c8_the_same_seed_gives_the_same_trace_whatever_goes_wrong() {
    for seed in 0..4 {
        let [first, again] = [(); 2].map(|()| script(seed).verdict().unwrap());
        assert_eq!(first.trace, again.trace, "seed {seed}");
        assert_eq!(first.tally, again.tally, "seed {seed}");
    }
}

#[test]
fn weather_is_mixed_at_random_and_mostly_fair() {
    let drawn: Vec<Weather> = (0..200).map(|seed| Weather::draw(&mut Rng::new(seed))).collect();
    let rates: [fn(&Weather) -> u64; 12] = [
        |weather| weather.stall_one_in,
        |weather| weather.bandwidth,
        |weather| u64::from(!weather.gather.is_zero()),
        |weather| weather.break_one_in,
        |weather| weather.half_open_one_in,
        |weather| weather.drop_one_in,
        |weather| weather.duplicate_one_in,
        |weather| weather.reorder_one_in,
        |weather| weather.corrupt_one_in,
        |weather| weather.truncate_one_in,
        |weather| weather.relay_one_in,
        |weather| weather.lost_fsync_one_in,
    ];
    for (number, rate) in rates.into_iter().enumerate() {
        let on = drawn.iter().filter(|weather| rate(weather) > 0).count();
        assert!((5..100).contains(&on), "setting {number} is on in {on} of 200");
    }
    assert_eq!(Weather::draw(&mut Rng::new(7)), Weather::draw(&mut Rng::new(7)));
    assert_eq!(Weather::default(), Weather::fair());
}
