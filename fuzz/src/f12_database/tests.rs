use super::*;

#[test]
fn a_file_of_the_groups_own_frames_is_found_good_and_taken_in() {
    let seeds = seeds();
    for seed in [&seeds[0], &seeds[3]] {
        let mut tape = Tape::new(seed);
        tape.run();
        let bytes = if tape.flag() { made(&mut tape) } else { tape.rest().to_vec() };
        let checked = check(&scene().creator(2), &bytes, &[]).unwrap();
        assert!(checked.items() > 6, "{checked:?}");
    }
}
