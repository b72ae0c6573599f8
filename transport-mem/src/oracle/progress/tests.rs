use peergroup_core::{Address, LinkId};

use super::*;

fn count(times: u32, seen: &Seen<'_>) -> Result<(), String> {
    let mut world = World::unwatched(13);
    let host = world.add("one");
    let mut oracle = Progress::default();
    (0..times).try_for_each(|_| oracle.see(&world, host, seen))
}

#[test]
fn who_wakes_or_dials_all_the_time_spins() {
    let tick = Seen::Input(&Input::Tick);
    assert!(count(TICKS_MAX, &tick).is_ok());
    assert!(count(TICKS_MAX + 1, &tick).unwrap_err().contains("I15"));
    let to: Address = "mem:1".parse().unwrap();
    let dial = Output::Dial { link: LinkId::from_u64(1), to };
    assert!(count(DIALS_MAX, &Seen::Output(&dial)).is_ok());
    assert!(count(DIALS_MAX + 1, &Seen::Output(&dial)).is_err());
    assert!(count(LINKS_MAX, &Seen::Accepted(LinkId::from_u64(1))).is_ok());
    assert!(count(LINKS_MAX + 1, &Seen::Accepted(LinkId::from_u64(1))).is_err());
}

#[test]
fn outputs_without_end_are_a_spin_and_every_second_begins_anew() {
    let transmit = Output::Transmit { link: LinkId::from_u64(1) };
    let output = Seen::Output(&transmit);
    assert!(count(OUTPUTS_MAX, &output).is_ok());
    assert!(count(OUTPUTS_MAX + 1, &output).is_err());
    let mut second = Second::default();
    for at in [0, 0, 1] {
        second.count(at, &output);
    }
    assert_eq!((second.at, second.outputs), (1, 1));
    second.count(1, &Seen::Accepted(LinkId::from_u64(1)));
    second.outputs = OUTPUTS_MAX + OUTPUTS_PER_INPUT;
    assert!(second.check().is_ok(), "an input may have brought them about");
}
