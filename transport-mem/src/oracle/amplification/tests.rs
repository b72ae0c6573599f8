use super::*;

const LINK: LinkId = LinkId::from_u64(99);

/// What an oracle says when so much came in on a link, and so much goes out.
fn exchange(received: usize, sent: &[usize], hangs_up: bool) -> Result<(), String> {
    let mut world = World::unwatched(14);
    let host = world.add("one");
    let mut oracle = Amplification::default();
    oracle.see(&world, host, &Seen::Accepted(LINK))?;
    let received = vec![0; received];
    oracle.see(&world, host, &Seen::Input(&Input::Received { link: LINK, bytes: &received }))?;
    if hangs_up {
        oracle.see(&world, host, &Seen::Output(&Output::Hangup { link: LINK }))?;
    }
    sent.iter().try_for_each(|size| {
        oracle.see(&world, host, &Seen::Sent { link: LINK, bytes: &vec![0; *size] })
    })
}

#[test]
fn a_stranger_gets_no_more_than_four_times_what_it_sends() {
    assert_eq!(exchange(100, &[400], false), Ok(()));
    assert!(exchange(100, &[401], false).unwrap_err().contains("I7"));
    assert!(exchange(100, &[200, 201], false).is_err());
    assert!(exchange(0, &[1], false).is_err(), "nobody has said anything");
}

#[test]
fn a_last_word_may_be_longer_and_is_the_last() {
    assert_eq!(exchange(100, &[400, LAST_WORD], true), Ok(()));
    assert!(exchange(100, &[400, LAST_WORD + 1], true).is_err());
    assert!(exchange(100, &[400, LAST_WORD, 1], true).is_err());
}
