use super::*;

#[test]
fn c07_every_label_is_length_prefixed_and_none_begins_another() {
    for one in Label::ALL {
        let prefix = one.prefix();
        assert_eq!(usize::from(prefix[0]), prefix.len() - 1, "{one:?}");
        for other in Label::ALL {
            assert!(one == other || !other.prefix().starts_with(prefix), "{one:?} {other:?}");
        }
    }
}

#[test]
fn c07_the_same_content_under_two_labels_has_two_hashes() {
    for one in Label::ALL {
        for other in Label::ALL {
            assert_eq!(hash(one, &[b"x"]) == hash(other, &[b"x"]), one == other);
            assert_eq!(mac(&[7; 32], one, &[b"x"]) == mac(&[7; 32], other, &[b"x"]), one == other);
        }
    }
}

proptest::proptest! {
    #[test]
    fn the_order_by_words_is_that_of_the_bytes(
        one: [u8; 32],
        other: [u8; 32],
        same in 0..=32_usize,
    ) {
        let mut other = other;
        other[..same].copy_from_slice(&one[..same]);
        proptest::prop_assert_eq!(order(&one, &other), one.cmp(&other));
    }
}
