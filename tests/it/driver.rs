//! How a driver holds replies back, how it fails, and how it ends.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_channel::oneshot;
use peergroup::limits::REGISTRATIONS_MAX;
use peergroup::store::{BlockingStore as _, Entries, MemoryStore, Store};
use peergroup::tcp::{Link, TcpTransport, Tls, Tokio};
use peergroup::{
    Charter, Config, DriveError, Error, Event, EventKind, Events, Group, Handle, LoadQuery,
    MemberChange, PeerId, Properties, RecordDraft, Role, Stopped, StoreFailure, StoreOp, Terms,
    TypeId, runtime, unix_now,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

const NOTE: TypeId = TypeId::from_u128(0x0064_7269_7665_7220_7465_7300_0000_0001);
const PATIENCE: Duration = Duration::from_secs(20);

/// A store in memory whose answers can be held back, and made failures. Clones are the same one.
#[derive(Clone, Default)]
struct Gate {
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    store: MemoryStore,
    is_shut: bool,
    waiting: Vec<oneshot::Sender<()>>,
    failure: Option<StoreFailure>,
}

impl Gate {
    fn shut(&self) {
        self.inside.lock().unwrap().is_shut = true;
    }

    fn open(&self) {
        let mut inside = self.inside.lock().unwrap();
        inside.is_shut = false;
        for waiting in inside.waiting.drain(..) {
            waiting.send(()).ok();
        }
    }

    fn fail(&self, failure: StoreFailure) {
        self.inside.lock().unwrap().failure = Some(failure);
    }
}

impl Store for Gate {
    fn apply(
        &mut self,
        ops: Vec<StoreOp>,
    ) -> impl Future<Output = Result<(), StoreFailure>> + Send + 'static + use<> {
        let mut inside = self.inside.lock().unwrap();
        let outcome = match inside.failure {
            Some(failure) => Err(failure),
            None => inside.store.apply_blocking(&ops),
        };
        let (open, opened) = oneshot::channel();
        if inside.is_shut {
            inside.waiting.push(open);
        } else {
            open.send(()).unwrap();
        }
        async move {
            opened.await.ok();
            outcome
        }
    }

    fn load(
        &mut self,
        query: LoadQuery,
    ) -> impl Future<Output = Result<Entries, StoreFailure>> + Send + 'static + use<> {
        let mut inside = self.inside.lock().unwrap();
        let outcome = match inside.failure {
            Some(failure) => Err(failure),
            None => inside.store.load_blocking(&query),
        };
        async { outcome }
    }
}

type Driving = JoinHandle<Result<(), DriveError>>;

fn start(store: impl Store) -> (Handle, Driving) {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    start_on(transport, store)
}

fn start_on(transport: TcpTransport<Tokio>, store: impl Store) -> (Handle, Driving) {
    let runtime = runtime::Tokio::new();
    let (node, driver) = peergroup::new(Config::default(), runtime, transport, store).unwrap();
    (node, tokio::spawn(driver.run()))
}

async fn found(node: &Handle) -> Group {
    let identity = node.create_identity("Ada".parse().unwrap()).await.unwrap();
    node.create_group(identity, Charter::default(), Properties::default()).await.unwrap()
}

fn note() -> RecordDraft {
    RecordDraft::new(NOTE, unix_now().after(Duration::from_secs(3600)))
}

async fn soon<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, awaited).await.unwrap()
}

#[tokio::test]
async fn a_reply_is_held_back_until_what_it_says_is_durable() {
    let gate = Gate::default();
    let (node, _driving) = start(gate.clone());
    let group = soon(found(&node)).await;
    let mut events = soon(group.register(&[EventKind::Record.into()])).await.unwrap();
    gate.shut();
    let mut published = tokio::spawn({
        let group = group.clone();
        async move { group.publish(note()).await }
    });
    let early = tokio::time::timeout(Duration::from_millis(100), &mut published).await;
    assert!(early.is_err(), "it is not durable yet");
    assert_eq!(soon(group.status()).await.map(|status| status.ready), Ok(true), "others go on");
    assert_eq!(events.try_next(), None, "what is not durable is told to nobody");
    gate.open();
    let id = soon(published).await.unwrap().unwrap();
    assert!(soon(group.record(id)).await.unwrap().is_some());
    let told = soon(events.next()).await;
    assert!(matches!(told, Some(Event::RecordChanged { record, .. }) if record == id), "{told:?}");
}

#[tokio::test]
async fn a_creator_asks_why_and_fixes_what_its_group_amounts_to() {
    let (node, _driving) = start(MemoryStore::new());
    let group = found(&node).await;
    let record = soon(group.publish(note())).await.unwrap();
    let seen = soon(group.why_record(record)).await.unwrap();
    assert!(seen.to_string().contains("version"), "{seen}");
    let creator = group.identity();
    let held = soon(group.why_member(creator)).await.unwrap();
    assert!(held.to_string().contains("it founded the group"), "{held}");
    let fixed = soon(group.checkpoint()).await.unwrap();
    assert_eq!((fixed.height, fixed.void), (1, 0), "there is nothing to lose");
    let again = soon(group.record(record)).await.unwrap();
    assert!(again.is_some(), "records stay");
}

#[tokio::test]
async fn a_failed_store_is_the_answer_and_closes_the_group() {
    let gate = Gate::default();
    let (node, _driving) = start(gate.clone());
    let group = soon(found(&node)).await;
    let mut events = soon(group.register(&[EventKind::Status.into()])).await.unwrap();
    soon(group.connect(PATIENCE)).await.unwrap();
    gate.fail(StoreFailure::Full);
    assert_eq!(soon(group.publish(note())).await, Err(Error::Store(StoreFailure::Full)));
    let failed = async {
        while let Some(event) = events.next().await {
            if let Event::StoreFailed(failure) = event {
                return Some(failure);
            }
        }
        None
    };
    assert_eq!(soon(failed).await, Some(StoreFailure::Full));
    assert!(!soon(group.status()).await.unwrap().online);
}

#[tokio::test]
async fn a_store_that_cannot_be_read_ends_the_driver() {
    let gate = Gate::default();
    gate.fail(StoreFailure::Corrupt);
    let (node, driving) = start(gate);
    let outcome = soon(driving).await.unwrap();
    assert_eq!(outcome, Err(DriveError::Store(StoreFailure::Corrupt)));
    assert_eq!(soon(node.identities()).await, Err(Stopped));
}

#[tokio::test]
async fn dropping_every_handle_ends_the_driver() {
    let gate = Gate::default();
    let (node, driving) = start(gate.clone());
    let group = soon(found(&node)).await;
    let mut events = soon(group.register(&[EventKind::Status.into()])).await.unwrap();
    drop(node);
    assert!(soon(group.publish(note())).await.is_ok(), "a group is a handle too");
    drop(group);
    assert_eq!(soon(driving).await.unwrap(), Ok(()));
    while soon(events.next()).await.is_some() {}
}

#[tokio::test]
async fn dropping_the_driver_answers_whoever_waits() {
    let gate = Gate::default();
    let (node, driving) = start(gate.clone());
    let group = soon(found(&node)).await;
    let mut events = soon(group.register(&[EventKind::Record.into()])).await.unwrap();
    gate.shut();
    let published = tokio::spawn({
        let group = group.clone();
        async move { group.publish(note()).await }
    });
    while gate.inside.lock().unwrap().waiting.is_empty() {
        tokio::task::yield_now().await;
    }
    driving.abort();
    assert_eq!(soon(published).await.unwrap(), Err(Error::Stopped));
    assert_eq!(soon(events.next()).await, None);
    assert_eq!(soon(node.shutdown()).await, (), "there is nothing left to shut down");
}

/// Has a group look for members there.
async fn dial(group: &Group, to: SocketAddr) {
    let at = vec![format!("tcp:{to}").parse().unwrap()];
    soon(group.connect_at(at, PATIENCE)).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_never_answers_a_dial_keeps_nobody_from_ending() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (node, driving) = start(MemoryStore::new());
    let group = soon(found(&node)).await;
    dial(&group, silent.local_addr().unwrap()).await;
    let _held = soon(silent.accept()).await.unwrap();
    let before = Instant::now();
    soon(node.shutdown()).await;
    assert!(before.elapsed() < Duration::from_secs(2), "a dial is given up at once");
    assert_eq!(soon(driving).await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_peer_that_never_closes_keeps_nobody_from_ending() {
    use tokio_util::compat::TokioAsyncReadCompatExt as _;
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (node, driving) = start(MemoryStore::new());
    let group = soon(found(&node)).await;
    dial(&group, mute.local_addr().unwrap()).await;
    let (stream, _): (TcpStream, _) = soon(mute.accept()).await.unwrap();
    let _held = soon(Link::accept(&Tls::new().unwrap(), stream.compat())).await.unwrap();
    let before = Instant::now();
    soon(node.shutdown()).await;
    assert!(before.elapsed() < Duration::from_secs(4), "it is given a moment, no more");
    assert_eq!(soon(driving).await.unwrap(), Ok(()));
}

/// Two members of a group, each the other's neighbour, and what the first is told of members.
async fn neighbours() -> ((Handle, Group), (Handle, Group), Events) {
    let ((ada, _), (ben, _)) = (start(MemoryStore::new()), start(MemoryStore::new()));
    let adas = soon(found(&ada)).await;
    soon(adas.connect(PATIENCE)).await.unwrap();
    let mut events = soon(adas.register(&[EventKind::Member.into()])).await.unwrap();
    let guest = soon(ben.create_identity("Ben".parse().unwrap())).await.unwrap();
    let card = soon(ben.identity_info(guest)).await.unwrap().unwrap();
    let invitation = soon(adas.invite(card, Terms::role(Role::Member))).await.unwrap();
    let bens = soon(ben.join(invitation)).await.unwrap();
    soon(bens.connect(PATIENCE)).await.unwrap();
    soon(told_that(&mut events, guest, MemberChange::Online)).await;
    ((ada, adas), (ben, bens), events)
}

async fn told_that(events: &mut Events, of: PeerId, what: MemberChange) {
    loop {
        match events.next().await {
            Some(Event::MemberChanged { peer, change }) if (peer, change) == (of, what) => return,
            Some(_) => {}
            None => panic!("no more events"),
        }
    }
}

/// An announcement holds for minutes: what is told soon was said.
#[tokio::test]
async fn a_shutdown_says_goodbye() {
    assert!(Charter::default().presence_lifetime_s > 2 * 60, "long after all patience");
    let (_ada, (ben, bens), mut events) = soon(neighbours()).await;
    soon(ben.shutdown()).await;
    soon(told_that(&mut events, bens.identity(), MemberChange::Offline)).await;
}

#[tokio::test]
async fn dropping_every_handle_says_goodbye() {
    let (_ada, (ben, bens), mut events) = soon(neighbours()).await;
    let gone = bens.identity();
    drop((ben, bens));
    soon(told_that(&mut events, gone, MemberChange::Offline)).await;
}

#[tokio::test]
async fn a_shutdown_waits_for_what_is_being_made_durable() {
    let gate = Gate::default();
    let (node, driving) = start(gate.clone());
    let group = soon(found(&node)).await;
    gate.shut();
    let published = tokio::spawn({
        let group = group.clone();
        async move { group.publish(note()).await }
    });
    while gate.inside.lock().unwrap().waiting.is_empty() {
        tokio::task::yield_now().await;
    }
    let (mut ended, opened) = (pin!(node.shutdown()), gate.clone());
    let early = tokio::time::timeout(Duration::from_millis(100), &mut ended).await;
    assert!(early.is_err(), "the store is not done");
    opened.open();
    soon(ended).await;
    let id = soon(published).await.unwrap().unwrap();
    assert_eq!(soon(driving).await.unwrap(), Ok(()));
    let (again, _driving) = start(gate);
    let group = soon(again.open(group.seat())).await.unwrap();
    assert!(soon(group.record(id)).await.unwrap().is_some());
}

async fn ends_and_frees_its_address(end: impl AsyncFnOnce(Handle)) {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let at: SocketAddr = transport.local_address().unwrap().rest().parse().unwrap();
    let (node, driving) = start_on(transport, MemoryStore::new());
    let group = soon(found(&node)).await;
    soon(group.connect(PATIENCE)).await.unwrap();
    assert!(std::net::TcpListener::bind(at).is_err(), "it is taken");
    drop(group);
    end(node).await;
    assert_eq!(soon(driving).await.unwrap(), Ok(()));
    assert!(std::net::TcpListener::bind(at).is_ok(), "it is free");
}

#[tokio::test]
async fn whoever_drops_the_last_handle_or_shuts_down_frees_the_address() {
    ends_and_frees_its_address(async |node| drop(node)).await;
    ends_and_frees_its_address(async |node| soon(node.shutdown()).await).await;
}

/// Otherwise there would be no room for one more.
#[tokio::test]
async fn events_that_are_dropped_are_registered_no_more() {
    let (node, _driving) = start(MemoryStore::new());
    let group = soon(found(&node)).await;
    let interests = [EventKind::Record.into()];
    let mut held = Vec::new();
    while let Ok(events) = soon(group.register(&interests)).await {
        held.push(events);
    }
    assert_eq!(held.len(), REGISTRATIONS_MAX - 1, "the driver has one for each open group");
    held.truncate(1);
    soon(async {
        while group.register(&interests).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    soon(group.publish(note())).await.unwrap();
    assert!(soon(held[0].next()).await.is_some(), "who still holds one is told");
}

/// It takes its handles and its events with it, wherever it was.
#[tokio::test]
async fn a_task_that_panics_disturbs_no_other() {
    let (node, driving) = start(MemoryStore::new());
    let group = soon(found(&node)).await;
    let mut events = soon(group.register(&[EventKind::Record.into()])).await.unwrap();
    for _ in 0..=REGISTRATIONS_MAX {
        let (node, group) = (node.clone(), group.clone());
        let panicking = tokio::spawn(async move {
            let mut events = group.register(&[EventKind::Record.into()]).await.unwrap();
            let unfinished = (node.identities(), group.publish(note()));
            group.publish(note()).await.unwrap();
            events.next().await.unwrap();
            drop(unfinished);
            panic!("as a mistake of the application would");
        });
        assert!(soon(panicking).await.unwrap_err().is_panic());
        assert!(soon(events.next()).await.is_some());
    }
    drop((node, group));
    assert_eq!(soon(driving).await.unwrap(), Ok(()));
}
