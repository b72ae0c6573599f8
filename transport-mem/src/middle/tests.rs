use super::*;

/// What reaches whom of these frames of one end.
fn played(side: Side, flight: Flight, ploy: Ploy, said: &[&[u8]]) -> Vec<(Side, Vec<u8>)> {
    let middle = Middle::new(Stand::Within).on(flight, ploy);
    let mut passage = Passage::new(middle, 0);
    let bytes: Vec<u8> = said.iter().flat_map(|body| frames::raw(body)).collect();
    // the frames are found however the bytes come
    let mut partings = Vec::new();
    for bytes in bytes.chunks(3) {
        let (_, more) = passage.pass(side, bytes);
        partings.extend(more.into_iter().map(|it| (it.to, it.bytes)));
    }
    partings
}

#[test]
fn every_ploy_does_what_it_says_and_the_rest_goes_on() {
    let (one, two, three) = (frames::raw(b"one"), frames::raw(b"two"), frames::raw(b"three"));
    let said: [&[u8]; 3] = [b"one", b"two", b"three"];
    let of = |ploy| played(0, Flight::Proof, ploy, &said);
    let on = |frames: &[&Vec<u8>]| frames.iter().map(|it| (1, (*it).clone())).collect::<Vec<_>>();
    assert_eq!(of(Ploy::Pass), on(&[&one, &two, &three]));
    assert_eq!(of(Ploy::Drop), on(&[&one, &three]));
    assert_eq!(of(Ploy::Delay(Duration::from_secs(1))), on(&[&one, &two, &three]));
    assert_eq!(of(Ploy::Double), on(&[&one, &two, &two, &three]));
    assert_eq!(of(Ploy::Swap), on(&[&one, &three, &two]));
    let flipped = frames::raw(b"tso");
    assert_eq!(of(Ploy::Flip { byte: 5, bit: 2 }), on(&[&one, &flipped, &three]));
    assert_eq!(of(Ploy::Flip { byte: 99, bit: 2 }), on(&[&one, &two, &three]));
    assert_eq!(of(Ploy::Cut { keep: 2 }), on(&[&one, &two[..2].to_vec(), &three]));
    assert_eq!(of(Ploy::Replace(b"x".to_vec())), on(&[&one, &b"x".to_vec(), &three]));
    assert_eq!(of(Ploy::Precede(b"x".to_vec())), on(&[&one, &b"x".to_vec(), &two, &three]));
    assert_eq!(of(Ploy::Reflect), [(1, one), (0, two), (1, three)]);
}

#[test]
fn a_flight_is_the_frame_of_one_end_and_of_one_number() {
    let said: [&[u8]; 4] = [b"a", b"b", b"c", b"d"];
    for (flight, side, number) in [
        (Flight::Hello, 0, 0),
        (Flight::Greeting, 1, 0),
        (Flight::Proof, 0, 1),
        (Flight::Answer, 1, 1),
        (Flight::FirstDialled, 0, 2),
        (Flight::FirstAccepted, 1, 2),
    ] {
        let left = played(side, flight, Ploy::Drop, &said);
        let mut rest: Vec<_> = said.iter().map(|body| (far(side), frames::raw(body))).collect();
        rest.remove(number);
        assert_eq!(left, rest, "{flight:?}");
        assert_eq!(played(far(side), flight, Ploy::Drop, &said).len(), 4, "{flight:?}");
    }
}

#[test]
fn what_is_overheard_is_what_was_said_and_not_what_went_on() {
    let middle = Middle::new(Stand::Between).on(Flight::Hello, Ploy::Drop);
    let mut passage = Passage::new(middle, 7);
    let frame = frames::raw(b"hello");
    let (overheard, partings) = passage.pass(0, &frame);
    assert!(partings.is_empty());
    let flight = Some(Flight::Hello);
    assert_eq!(overheard, [Overheard { passage: 7, is_dialled: true, flight, bytes: frame }]);
}
