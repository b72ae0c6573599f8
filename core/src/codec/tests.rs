use alloc::string::ToString;

use proptest::prelude::*;

use super::*;

#[test]
fn c02_an_over_long_integer_is_refused() {
    assert_eq!(decode::<u32>(&[0x80, 0x00]), Err(DecodeError));
    assert_eq!(decode::<u32>(&[0x00]), Ok(0));
}

#[test]
fn c02_trailing_bytes_are_refused() {
    assert_eq!(decode::<u32>(&[0x01, 0x00]), Err(DecodeError));
}

#[test]
fn p04_a_huge_declared_length_is_refused_without_allocating_it() {
    assert_eq!(decode::<Vec<u64>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3]), Err(DecodeError));
}

proptest! {
    #[test]
    fn c02_what_decodes_encodes_to_the_same_bytes(
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        if let Ok(value) = decode::<(u64, Vec<(u16, bool)>)>(&bytes) {
            prop_assert_eq!(encode(&value), bytes);
        }
    }

    #[test]
    fn what_is_encoded_decodes_to_itself(a: u64, b: Vec<(u16, bool)>) {
        let value = (a, b);
        prop_assert_eq!(decode::<(u64, Vec<(u16, bool)>)>(&encode(&value)), Ok(value));
    }
}

#[test]
fn an_empty_input_is_no_value() {
    assert_eq!(decode::<u8>(&[]), Err(DecodeError));
}

#[test]
fn c02_an_encoding_that_differs_in_a_byte_is_not_the_same() {
    let after = |bytes: &'static [u8], byte| {
        let mut same = Same(bytes);
        same.try_push(byte).ok().map(|()| same.0)
    };
    assert_eq!(after(&[1, 2], 1), Some(&[2][..]));
    assert_eq!(after(&[1, 2], 2), None);
    assert_eq!(after(&[], 0), None);
    assert_eq!(Same(&[1, 2]).try_extend(&[1, 3]), Err(postcard::Error::SerializeBufferFull));
}

#[test]
fn the_error_says_what_is_wrong() {
    assert_eq!(DecodeError.to_string(), "not the canonical encoding of what is expected");
}
