use super::*;

#[test]
fn the_same_seed_draws_the_same_and_another_seed_does_not() {
    let draw = |byte| Stream::new(&Seed::from_bytes([byte; 32]), "x").bytes32();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn a_draw_in_one_stream_moves_no_other() {
    let seed = Seed::from_bytes([5; 32]);
    let (mut one, mut two) = (Entropy::new(&seed), Entropy::new(&seed));
    one.keys.number();
    assert_eq!(one.records.number(), two.records.number());
    assert_ne!(one.keys.number(), two.keys.number());
}

#[test]
fn a_number_below_a_bound_is_below_it() {
    let mut stream = Stream::new(&Seed::from_bytes([5; 32]), "x");
    assert!((0..1000).all(|_| stream.below(7) < 7));
    assert_eq!(stream.below(0), 0);
    assert!((0..1000).all(|_| stream.index(7).is_some_and(|index| index < 7)));
    assert_eq!(stream.index(0), None);
}
