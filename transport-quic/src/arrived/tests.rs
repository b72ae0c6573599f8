use super::*;

/// What a source of so many bytes gives in reads of at most so many, and how much room was made
/// for each.
fn read_all(length: usize, most: usize, at_once: usize) -> (Vec<u8>, Vec<usize>) {
    let left: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    let mut left = left.as_slice();
    let (mut arrived, mut read, mut rooms) = (Arrived::default(), Vec::new(), Vec::new());
    loop {
        let filled = arrived.poll_fill(|room| {
            rooms.push(room.len());
            let within = most.min(room.len());
            Poll::Ready(io::Read::read(&mut left, &mut room[..within]))
        });
        let Poll::Ready(Ok(bytes)) = filled else { panic!("the source gives at once") };
        if bytes.is_empty() {
            return (read, rooms);
        }
        let count = bytes.len().min(at_once);
        read.extend_from_slice(&bytes[..count]);
        arrived.consume(count);
    }
}

#[test]
fn what_is_read_is_what_arrived_however_much_comes_and_is_taken_at_once() {
    let sent: Vec<u8> = (0..=u8::MAX).cycle().take(300_000).collect();
    for (most, at_once) in [(1_400, 1_000), (100_000, 100_000), (2_048, 1), (20_000, 3_000)] {
        assert_eq!(read_all(sent.len(), most, at_once).0, sent, "{most} {at_once}");
    }
}

#[test]
fn much_room_is_made_while_much_arrives_and_given_back_after() {
    let (_, rooms) = read_all(LITTLE_BYTES + MUCH_BYTES + 100, usize::MAX, usize::MAX);
    assert_eq!(rooms, [LITTLE_BYTES, MUCH_BYTES, MUCH_BYTES, LITTLE_BYTES]);
}

#[test]
fn a_stream_with_nothing_to_read_waits() {
    let mut arrived = Arrived::default();
    assert!(arrived.poll_fill(|_| Poll::Pending).is_pending());
    assert!(matches!(arrived.poll_fill(|_| Poll::Ready(Ok(0))), Poll::Ready(Ok([]))));
}
