use super::*;

#[test]
fn the_seeds_give_roles_to_four_and_take_some_away() {
    let mut given = [0; 8];
    for seed in seeds() {
        let mut tape = Tape::new(&seed);
        tape.byte();
        let signed = sign_all(&mut tape);
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

#[test]
fn the_seeds_make_checkpoints_that_count_and_end_things_and_some_that_never_do() {
    let (mut reached, mut ended, mut waits) = (0, 0, 0);
    for seed in seeds() {
        let mut tape = Tape::new(&seed);
        tape.byte();
        let signed = sign_all(&mut tape);
        let (ledger, held) = stepwise(&signed);
        let is_checkpoint = |it: &Statement| matches!(it.body(), Body::Checkpoint { .. });
        let signed: Vec<&Statement> = signed.iter().map(|it| &it.statement).collect();
        let made = signed.iter().filter(|it| is_checkpoint(it)).map(|it| it.height()).max();
        reached = reached.max(ledger.height());
        ended += usize::from(ledger.height() > 0 && held.len() < signed.len());
        waits += usize::from(made.is_some_and(|height| height > ledger.height()));
    }
    assert!(reached >= 2 && ended >= 4 && waits >= 2, "{reached}, {ended}, {waits}");
}
