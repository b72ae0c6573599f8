use std::sync::{Arc, Mutex};

use bytes::Bytes;
use core::task::Waker;
use futures_channel::oneshot;
use peergroup_core::Change;

use super::*;

/// A store that notes its calls and answers an operation when told to.
#[derive(Clone, Default)]
struct Slow {
    calls: Arc<Mutex<Vec<String>>>,
    pending: Arc<Mutex<Vec<Pending>>>,
}

type Pending = oneshot::Sender<Result<(), StoreFailure>>;

impl Slow {
    fn calls(&self) -> Vec<String> {
        core::mem::take(&mut *self.calls.lock().unwrap())
    }

    fn answer(&self, outcome: Result<(), StoreFailure>) {
        for answer in self.pending.lock().unwrap().drain(..) {
            answer.send(outcome).unwrap();
        }
    }
}

impl Store for Slow {
    fn apply(
        &mut self,
        ops: Vec<StoreOp>,
    ) -> impl Future<Output = Result<(), StoreFailure>> + Send + 'static + use<> {
        self.calls.lock().unwrap().push(format!("apply {}", ops.len()));
        let (answer, answered) = oneshot::channel();
        self.pending.lock().unwrap().push(answer);
        async { answered.await.unwrap() }
    }

    fn load(
        &mut self,
        _: LoadQuery,
    ) -> impl Future<Output = Result<Entries, StoreFailure>> + Send + 'static + use<> {
        self.calls.lock().unwrap().push("load".to_owned());
        core::future::ready(Ok(Entries::default()))
    }
}

fn ticket(number: u64) -> Ticket {
    Ticket::from_u64(number)
}

fn op() -> StoreOp {
    StoreOp { changes: vec![Change::Delete { key: Bytes::from_static(b"k") }] }
}

fn query() -> LoadQuery {
    LoadQuery { prefix: Bytes::new(), after: Bytes::new(), limit: 1 }
}

fn answers(storing: &mut Storing<Slow>) -> Vec<Answer> {
    let mut cx = Context::from_waker(Waker::noop());
    core::iter::from_fn(|| match storing.poll_answer(&mut cx) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    })
    .collect()
}

#[test]
fn what_waits_while_the_disk_is_busy_becomes_one_operation() {
    let store = Slow::default();
    let mut storing = Storing::new(store.clone());
    storing.apply(ticket(1), op());
    storing.submit();
    assert_eq!(store.calls(), ["apply 1"]);
    for number in 2..=4 {
        storing.apply(ticket(number), op());
        storing.submit();
    }
    assert_eq!(store.calls(), [""; 0], "one at a time");
    assert_eq!(answers(&mut storing).len(), 0);
    store.answer(Ok(()));
    assert!(
        matches!(&answers(&mut storing)[..], [Answer::Applied(done, Ok(()))] if done.len() == 1)
    );
    storing.submit();
    assert_eq!(store.calls(), ["apply 3"]);
    store.answer(Err(StoreFailure::Full));
    let told = answers(&mut storing);
    let all = [2, 3, 4].map(ticket);
    assert!(matches!(&told[..], [Answer::Applied(done, Err(StoreFailure::Full))] if *done == all));
    assert!(storing.is_idle());
}

#[test]
fn a_question_waits_for_what_it_must_see_and_for_nothing_else() {
    let store = Slow::default();
    let mut storing = Storing::new(store.clone());
    storing.apply(ticket(1), op());
    storing.load(ticket(2), query());
    storing.apply(ticket(3), op());
    storing.load(ticket(4), query());
    storing.submit();
    assert_eq!(store.calls(), ["apply 1", "load"], "the order of calls is the order of effects");
    assert!(
        matches!(answers(&mut storing)[..], [Answer::Loaded(loaded, Ok(_))] if loaded == ticket(2))
    );
    store.answer(Ok(()));
    assert_eq!(answers(&mut storing).len(), 1);
    storing.submit();
    assert_eq!(store.calls(), ["apply 1", "load"]);
}

#[test]
fn so_much_is_gathered_and_no_more_and_reading_stops_when_too_much_waits() {
    let store = Slow::default();
    let mut storing = Storing::new(store.clone());
    for number in 0..=WAITING_MAX as u64 {
        assert!(!storing.is_congested());
        storing.apply(ticket(number), op());
        if number == 0 {
            storing.submit();
        }
    }
    assert!(storing.is_congested());
    store.answer(Ok(()));
    answers(&mut storing);
    storing.submit();
    assert_eq!(store.calls(), ["apply 1".to_owned(), format!("apply {GATHERED_MAX}")]);
    assert!(!storing.is_congested());
}
