use alloc::format;

use super::*;
use crate::entropy::Entropy;
use crate::key::SecretKey;

fn at(number: usize) -> Address {
    format!("tcp:192.0.2.{}:{number}", number % 200).parse().unwrap()
}

fn liar() -> Word {
    Word::Member(SecretKey::from_bytes([66; 32]).peer())
}

#[test]
fn n03_hints_displace_neither_what_the_application_named_nor_what_ever_answered() {
    let mut entropy = Entropy::new(&crate::Seed::from_bytes([1; 32]));
    let (mut book, now) = (Book::default(), Instant::default());
    let owner = (SecretKey::from_bytes([1; 32]).peer(), Instance::from_u64(1));
    for number in 0..REMEMBERED_ADDRESSES_MAX / 2 {
        book.remember(&at(number));
        book.hint(&at(100 + number), liar());
        book.dialled(&at(100 + number), liar());
        assert!(book.succeeded(&at(100 + number), owner).is_new);
    }
    let known: Vec<Address> = book.known().cloned().collect();
    assert_eq!(known.len(), REMEMBERED_ADDRESSES_MAX);
    // nobody is there at the moment, and a liar names a thousand others
    for address in &known {
        book.failed(address, now, &mut entropy.mesh);
    }
    for number in 1000..2000 {
        book.hint(&at(number), liar());
        book.failed(&at(number), now, &mut entropy.mesh);
    }
    assert!(book.known().eq(&known));
    assert_eq!(book.addresses().count(), REMEMBERED_ADDRESSES_MAX);
}

#[test]
fn n03_hints_are_neither_kept_nor_passed_on_before_somebody_answers() {
    let mut book = Book::default();
    book.remember(&at(1));
    book.hint(&at(2), liar());
    book.hint(&at(3), Word::Anybody);
    let owner = (SecretKey::from_bytes([1; 32]).peer(), Instance::from_u64(1));
    book.succeeded(&at(3), owner);
    let again = Book::decode(&book.encode()).unwrap();
    assert!(again.addresses().map(|(address, _)| address).eq([&at(1), &at(3)]));
    assert!(again.known().eq(book.known()));
}

#[test]
fn what_the_application_names_is_a_hint_no_longer() {
    let mut book = Book::default();
    book.hint(&at(1), liar());
    assert_eq!(book.word(&at(1), Word::Anybody), Word::Anybody);
    book.remember(&at(1));
    assert_eq!(book.word(&at(1), liar()), Word::Trusted);
}

#[test]
fn a_dial_at_what_is_more_than_a_hint_is_not_counted() {
    let mut book = Book::default();
    let owner = (SecretKey::from_bytes([1; 32]).peer(), Instance::from_u64(1));
    book.dialled(&at(1), liar());
    assert_eq!(book.succeeded(&at(1), owner).hint, Some(liar()));
    book.dialled(&at(1), liar());
    assert_eq!(book.succeeded(&at(1), owner).hint, None);
}

#[test]
fn n03_of_what_a_neighbour_says_of_itself_only_the_last_address_is_kept() {
    let peer = SecretKey::from_bytes([66; 32]).peer();
    let mut book = Book::default();
    for number in 0..100 {
        assert!(book.told(&at(number), peer));
    }
    let again = Book::decode(&book.encode()).unwrap();
    for book in [book, again] {
        assert_eq!(book.addresses().collect::<Vec<_>>(), [(&at(99), liar())]);
        assert_eq!(book.known().count(), 0);
    }
}

#[test]
fn an_address_that_answered_stays_whatever_a_neighbour_says() {
    let peer = SecretKey::from_bytes([66; 32]).peer();
    let mut book = Book::default();
    book.told(&at(1), peer);
    book.succeeded(&at(1), (peer, Instance::from_u64(1)));
    book.told(&at(2), peer);
    assert!(!book.told(&at(1), peer), "it is known");
    assert!(book.known().eq([&at(1)]));
    assert_eq!(book.addresses().count(), 2);
}
