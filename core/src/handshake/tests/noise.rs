//! Bytes that nobody meant: every state ends in a fault, never in a panic or an acceptance.

use proptest::prelude::*;

use super::*;

/// The messages of one honest run, and fresh states of that same run.
struct Bench {
    dialler: End,
    member: End,
    messages: [Vec<u8>; 4],
}

impl Bench {
    fn new() -> Self {
        let (dialler, member) = (End::admin(2), End::member(3));
        let messages = run(&dialler, &member, 1, Purpose::Group).messages;
        Self { dialler, member, messages }
    }

    /// Whether the state that awaits the message with this index goes on with these bytes.
    fn goes_on(&self, index: usize, bytes: &[u8]) -> bool {
        let [hello, greeting, ..] = &self.messages;
        let dial = || self.dialler.dial(1, Some(self.member.key.peer())).0;
        match index {
            0 => matches!(self.member.hear(1, bytes), Ok(Some(_))),
            1 => dial().on_greeting(bytes).is_ok(),
            2 => self.member.greet(1, hello).0.on_proof(bytes).is_ok(),
            _ => {
                let greeted = dial().on_greeting(greeting).unwrap();
                self.dialler.prove(greeted).0.on_answer(bytes).is_ok()
            }
        }
    }
}

#[test]
fn every_altered_byte_of_every_message_is_refused() {
    let bench = Bench::new();
    for (index, message) in bench.messages.iter().enumerate() {
        assert!(bench.goes_on(index, message));
        for at in 0..message.len() {
            let mut altered = message.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(!bench.goes_on(index, &altered), "message {index}, byte {at}");
        }
    }
}

/// Of all messages with one altered byte, how many still read; each must be the one encoding of
/// what was read.
fn readable<T: Serialize + serde::de::DeserializeOwned>(message: &[u8]) -> usize {
    let reads = |(at, bit): &(usize, u8)| {
        let mut altered = message.to_vec();
        altered[*at] ^= bit;
        let read = wire::open::<T>(&altered);
        read.is_ok_and(|read| {
            assert_eq!(body(&wire::seal(&read)), altered, "byte {at}");
            true
        })
    };
    let bits = |at| [(at, 1), (at, 0x80), (at, 0xff)];
    (0..message.len()).flat_map(bits).filter(reads).count()
}

#[test]
fn c02_a_message_that_reads_has_one_encoding() {
    let [hello, greeting, proof, answer] = Bench::new().messages;
    assert!(readable::<wire::TaggedHello>(&hello) > 3 * 32);
    assert!(readable::<wire::SignedGreeting>(&greeting) > 3 * 32);
    assert!(readable::<wire::SignedProof>(&proof) > 3 * 32);
    assert!(readable::<wire::ConfirmedAnswer>(&answer) > 3 * 31);
}

#[test]
fn c02_an_over_long_integer_in_a_message_is_refused() {
    let (versions, rest) = (vec![1_u16], vec![0; 200]);
    let honest = crate::codec::encode(&versions);
    assert_eq!(honest, [1, 1]);
    for start in [&[1, 1][..], &[1, 0x81, 0], &[0x81, 0, 1]] {
        let mut bytes = [start, &rest].concat();
        bytes.resize(HANDSHAKE_PADDING, 0);
        assert_eq!(wire::open::<wire::TaggedHello>(&bytes).is_ok(), start.len() == 2);
    }
}

#[test]
fn a_message_cut_short_or_padded_further_is_refused() {
    let bench = Bench::new();
    for (index, message) in bench.messages.iter().enumerate() {
        for padding in [1, HANDSHAKE_PADDING, HANDSHAKE_FRAME_BYTES_MAX] {
            let longer = [message.as_slice(), &vec![0; padding]].concat();
            assert!(!bench.goes_on(index, &longer), "message {index}");
        }
        for length in (0..message.len()).step_by(37) {
            assert!(!bench.goes_on(index, &message[..length]), "message {index}");
        }
    }
}

#[test]
fn p04_a_declared_length_beyond_the_message_is_refused() {
    let bench = Bench::new();
    for index in 0..4 {
        let mut bytes = vec![0xff; 5];
        bytes[4] = 0x0f;
        bytes.resize(HANDSHAKE_PADDING, 0);
        assert!(!bench.goes_on(index, &bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn arbitrary_bytes_are_refused_in_every_state(
        bytes in proptest::collection::vec(any::<u8>(), 0..1100),
        padded: bool,
    ) {
        let mut bytes = bytes;
        if padded {
            bytes.resize(bytes.len().next_multiple_of(HANDSHAKE_PADDING), 0);
        }
        let bench = Bench::new();
        for index in 0..4 {
            prop_assert!(!bench.goes_on(index, &bytes));
        }
    }

    #[test]
    fn several_altered_bytes_are_refused_in_every_state(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 1_u8..), 1..6),
    ) {
        let bench = Bench::new();
        for (index, message) in bench.messages.iter().enumerate() {
            let mut altered = message.clone();
            for (at, change) in &changes {
                let at = at.index(altered.len());
                altered[at] ^= change;
            }
            prop_assert!(altered == *message || !bench.goes_on(index, &altered));
        }
    }
}
