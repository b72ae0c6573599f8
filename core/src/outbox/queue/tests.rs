use alloc::vec;

use proptest::prelude::*;

use super::*;

#[test]
fn a_long_run_is_kept_as_it_is_and_short_ones_are_gathered() {
    let mut queue = Queue::default();
    let run = Bytes::from(vec![7; RUN_BYTES_MIN]);
    queue.push(b"ab");
    queue.push_run(Bytes::from_static(b"c"));
    queue.push_run(run.clone());
    queue.push(b"d");
    assert_eq!(queue.runs.back().map(|last| last.as_ptr()), Some(run.as_ptr()));
    let mut out = Vec::new();
    assert_eq!(queue.pull(3, &mut out), 3);
    assert_eq!(out, b"abc");
    assert_eq!(queue.pull(usize::MAX, &mut out), RUN_BYTES_MIN + 1);
    assert!(queue.is_empty());
}

#[test]
fn an_empty_queue_gives_its_memory_back() {
    let mut queue = Queue::default();
    queue.push(&vec![1; 100_000]);
    queue.push_run(Bytes::from(vec![7; RUN_BYTES_MIN]));
    queue.pull(usize::MAX, &mut Vec::new());
    queue.rest();
    assert!(queue.tail.capacity() <= IDLE_BYTES);
    assert_eq!(queue.runs.capacity(), 0);
}

proptest! {
    #[test]
    fn bytes_come_out_in_the_order_in_which_they_went_in(
        steps in proptest::collection::vec((0_u8..5, 0_usize..2 * RUN_BYTES_MIN), 0..40),
    ) {
        let mut queue = Queue::default();
        let (mut pushed, mut pulled) = (Vec::new(), Vec::new());
        for (number, (step, size)) in steps.into_iter().enumerate() {
            let bytes = vec![u8::try_from(number).unwrap(); size];
            match step {
                0 => queue.push(&bytes),
                1 => queue.push_run(bytes.clone().into()),
                2 => {
                    queue.pull(size, &mut pulled);
                }
                3 => pulled.extend(queue.take_run().into_iter().flatten()),
                _ => {
                    let mut out = Vec::new();
                    queue.pull(size, &mut out);
                    pulled.extend(out);
                }
            }
            if step < 2 {
                pushed.extend(bytes);
            }
            prop_assert_eq!(queue.len(), pushed.len().saturating_sub(pulled.len()));
        }
        queue.pull(usize::MAX, &mut pulled);
        prop_assert_eq!(pulled, pushed);
    }
}
