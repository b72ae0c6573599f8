use alloc::vec;

use proptest::prelude::*;

use super::*;

const STEM: Stem = Stem { tree: TreeId::from_u64(u64::MAX), hops: 3 };

#[test]
fn a_message_survives_the_wire() {
    for message in [
        Message::Compare {
            set: Set::Records,
            ready: true,
            hello: Hello { root: [1; 32], count: 7, next: 9, since: None },
        },
        Message::Declined { set: Set::Authority, items: vec![[2; 32]; 3] },
        Message::Items { set: Set::Records, items: vec![Blob(Bytes::from_static(b"abc"))] },
        Message::Credit { class: Class::Items, bytes: 9 },
        Message::Goodbye(Goodbye::Leaving),
        Message::Push { stem: STEM, items: vec![Blob(Bytes::from_static(b"abc"))] },
        Message::Have { stem: Some(STEM), items: vec![[2; 32]; 3] },
        Message::Fetch { items: vec![[2; 32]; 3] },
        Message::Graft { tree: STEM.tree },
        Message::Prune { tree: STEM.tree },
    ] {
        assert_eq!(Message::decode(&message.encode()), Ok(message));
    }
}

#[test]
fn a_list_longer_than_a_frame_may_name_is_refused() {
    let items = vec![[0; 32]; ITEMS_PER_FRAME_MAX + 1];
    for message in [
        Message::Declined { set: Set::Records, items: items.clone() },
        Message::Have { stem: None, items: items.clone() },
        Message::Fetch { items },
    ] {
        assert_eq!(Message::decode(&message.encode()), Err(Fault::TooLarge));
    }
}

#[test]
fn a_message_as_long_as_a_frame_is_read_and_one_byte_longer_is_not() {
    let of_length = |length: usize| {
        let item = Blob(Bytes::from(vec![7; length - 6]));
        Message::Items { set: Set::Records, items: vec![item] }
    };
    let longest = of_length(FRAME_BYTES_MAX);
    assert_eq!(longest.encode().len(), FRAME_BYTES_MAX);
    assert_eq!(Message::decode(&longest.encode()), Ok(longest));
    let longer = of_length(FRAME_BYTES_MAX + 1);
    assert_eq!(Message::decode(&longer.encode()), Err(Fault::TooLarge));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_a_message_or_a_fault(
        bytes in proptest::collection::vec(any::<u8>(), 0..256),
    ) {
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
    }
}
