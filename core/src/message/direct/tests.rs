use proptest::prelude::*;

use super::*;

const TYPE: TypeId = TypeId::from_u128(7);

#[test]
fn a_part_of_a_direct_message_is_as_long_as_it_says() {
    let start = Some((TYPE, u32::MAX));
    let head = Direct::Part { start, length: 5 }.encode();
    let body = [head.as_slice(), b"bytes"].concat();
    assert_eq!(Direct::decode(&body), Ok((Direct::Part { start, length: 5 }, &b"bytes"[..])));
    for wrong in [&body[..body.len() - 1], &[&body[..], b"!"].concat()] {
        assert_eq!(Direct::decode(wrong), Err(Fault::Malformed));
    }
    let trailing = [Direct::Close.encode().as_slice(), b"!"].concat();
    assert_eq!(Direct::decode(&trailing), Err(Fault::Malformed));
    let longest = Direct::Part { start, length: u32::MAX }.encode();
    let length = longest.as_slice().len();
    assert!(length < DIRECT_BYTES_MAX, "{length}");
}

#[test]
fn c02_a_number_has_one_encoding() {
    for other in [&[1, 0x80, 0][..], &[1, 0xff, 0], &[1, 0xff, 0xff, 0xff, 0xff, 0x1f]] {
        assert_eq!(Direct::decode(other), Err(Fault::Malformed), "{other:?}");
    }
    let most = [1, 0xff, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(Direct::decode(&most), Ok((Direct::Credit(u32::MAX), &[][..])));
}

fn numbers() -> impl Strategy<Value = u32> {
    (any::<u32>(), 0_u32..32).prop_map(|(number, shift)| number >> shift)
}

fn messages() -> impl Strategy<Value = Direct> {
    let start = proptest::option::of((any::<u128>().prop_map(TypeId::from_u128), numbers()));
    prop_oneof![
        (start, numbers()).prop_map(|(start, length)| Direct::Part { start, length }),
        numbers().prop_map(Direct::Credit),
        Just(Direct::Close),
        numbers().prop_map(Direct::Widen),
    ]
}

proptest! {
    #[test]
    fn messages_are_the_bytes_that_postcard_would_write(message in messages()) {
        let head = message.encode();
        prop_assert_eq!(head.as_slice(), crate::codec::encode(&message));
    }

    #[test]
    fn c02_what_is_read_is_what_postcard_would_read_and_write_again(
        message in messages(),
        at in 0_usize..30,
        change in any::<u8>(),
        cut in 0_usize..4,
    ) {
        let mut bytes = crate::codec::encode(&message);
        bytes.truncate(bytes.len().saturating_sub(cut));
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= change;
        }
        let theirs = crate::codec::decode::<Direct>(&bytes).ok();
        let mut rest = bytes.as_slice();
        let ours = Direct::take(&mut rest).filter(|_| rest.is_empty());
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn arbitrary_bytes_are_a_direct_message_or_a_fault(
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        if let Ok((message, part)) = Direct::decode(&bytes) {
            prop_assert_eq!([message.encode().as_slice(), part].concat(), bytes);
        }
    }
}
