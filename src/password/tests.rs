use super::*;

fn group(number: u8) -> GroupId {
    GroupId::from_bytes([number; 32])
}

#[test]
fn a_password_is_refused_that_is_empty_or_too_long() {
    assert_eq!(harden("", group(1)).err(), Some(HardenError::Empty));
    let long = "x".repeat(PASSWORD_BYTES_MAX + 1);
    assert_eq!(harden(&long, group(1)).err(), Some(HardenError::TooLong));
}

#[test]
fn a_generated_password_has_sixty_bits_and_is_easily_read() {
    assert_eq!(spell(&[0, 31, 32, 255, 1, 2, 3, 4, 5, 6, 7, 8]), "0z0z-1234-5678");
    let (one, other) = (generate_password().unwrap(), generate_password().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.len(), GENERATED + 2);
    assert_eq!(SIGNS.iter().collect::<std::collections::BTreeSet<_>>().len(), 32);
}
