use super::*;

#[test]
fn the_seeds_give_roles_to_four_and_take_some_away() {
    let mut given = [0; 8];
    for seed in seeds() {
        let mut tape = Tape::new(&seed);
        tape.byte();
        let mut signed: Vec<Signed> = Vec::new();
        while !tape.is_over() {
            let next = sign(&mut tape, &signed);
            signed.extend(next);
        }
        assert!(signed.len() >= 4, "the first four are signed");
        let (ledger, held) = stepwise(&signed);
        assert!(held.len() >= 4);
        for (number, count) in (0..).zip(&mut given) {
            let role = ledger.role(peer(number), UnixTime::from_millis(5));
            *count += usize::from(role.is_some());
        }
    }
    let all = seeds().len();
    assert!(given[2..6].iter().all(|count| *count > all / 2), "{given:?}");
    assert!(given[2..6].iter().any(|count| *count < all), "nobody lost anything: {given:?}");
}
