use super::*;

#[test]
fn split_mix_gives_its_published_numbers() {
    let mut state = 1_234_567;
    let drawn: [u64; 3] = core::array::from_fn(|_| split_mix(&mut state));
    let known = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
    assert_eq!(drawn, known);
}

#[test]
fn xoshiro_gives_its_published_numbers() {
    let mut rng = Rng { told: Vec::new(), state: [1, 2, 3, 4] };
    let drawn: [u64; 5] = core::array::from_fn(|_| rng.number());
    assert_eq!(
        drawn,
        [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360]
    );
}

#[test]
fn uses_are_told_apart_by_label_and_by_number() {
    let first = |label, numbers: &[u64]| Rng::of(7, label, numbers).number();
    assert_eq!(first("a", &[1]), first("a", &[1]));
    assert_ne!(first("a", &[1]), first("a", &[2]));
    assert_ne!(first("a", &[1]), first("b", &[1]));
    assert_ne!(first("a", &[97]), first("aa", &[]));
}

#[test]
fn a_stream_tells_what_it_was_told_and_then_what_its_seed_gives() {
    let mut rng = Rng::telling(vec![7, 8], 5);
    let drawn: [u64; 4] = core::array::from_fn(|_| rng.number());
    let mut of_seed = Rng::new(5);
    assert_eq!(drawn, [7, 8, of_seed.number(), of_seed.number()]);
}

#[test]
fn ranges_are_kept_and_reached_at_both_ends() {
    let mut rng = Rng::new(5);
    let drawn: Vec<u64> = (0..200).map(|_| rng.between(&(3..=6))).collect();
    assert_eq!(drawn.iter().min(), Some(&3));
    assert_eq!(drawn.iter().max(), Some(&6));
    assert_eq!(rng.below(0), 0);
    assert!(!rng.one_in(0) && rng.one_in(1));
    assert_eq!(rng.pick::<u8>(&[]), None);
}
