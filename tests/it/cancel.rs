//! Futures of verbs that are dropped while they wait: the node goes on, and keeps its word.

use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::io::Cursor;
use peergroup::limits::UPLOADS_MAX;
use peergroup::store::{MemoryStore, RedbStore, Store};
use peergroup::transport::MemoryNetwork;
use peergroup::{
    Charter, Config, Connection, EventKind, Group, Handle, Interest, PeerId, Properties,
    RecordDraft, RecordId, RecordUpdate, Removal, Role, SecretKey, Stopped, Terms, TypeId, runtime,
    unix_now,
};

const NOTE: TypeId = TypeId::from_u128(0x0064_726f_7070_6564_2065_6172_6c79_0001);
const PATIENCE: Duration = Duration::from_secs(20);
/// More than goes with one call.
const LARGE: usize = 1024 * 1024 + 1;

async fn soon<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, awaited).await.unwrap()
}

/// What comes of it, unless it has to wait more often than that: then it is dropped.
async fn unless_it_waits<T>(waits: usize, verb: impl Future<Output = T>) -> Option<T> {
    let (mut verb, mut left) = (pin!(verb), waits);
    poll_fn(|cx| match verb.as_mut().poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Drops a verb at its first wait, again at its second, and so on until it is done. Whatever it
/// has done before, the node answers.
async fn at_every_wait<T, E: Display>(
    node: &Handle,
    mut verb: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut waits = 0;
    loop {
        let outcome = soon(unless_it_waits(waits, verb())).await;
        soon(node.identities()).await.unwrap();
        if let Some(outcome) = outcome {
            let is_gone = |error: &E| error.to_string() == Stopped.to_string();
            assert!(!outcome.as_ref().is_err_and(is_gone), "the driver is gone");
            return outcome;
        }
        waits += 1;
    }
}

fn start(network: &MemoryNetwork, store: impl Store) -> Handle {
    let runtime = runtime::Tokio::new();
    let (node, driver) = peergroup::new(Config::default(), runtime, network.bind(), store).unwrap();
    tokio::spawn(driver.run());
    node
}

fn note() -> RecordDraft {
    RecordDraft::new(NOTE, unix_now().after(Duration::from_secs(3600)))
}

async fn peer(node: &Handle, name: &str) -> PeerId {
    node.create_identity(name.parse().unwrap()).await.unwrap()
}

async fn found(node: &Handle) -> Group {
    let founder = peer(node, "Ada").await;
    let mut properties = Properties::named("Friends".parse().unwrap());
    properties.payload_bytes_max = 2 * 1024 * 1024;
    let group = node.create_group(founder, Charter::default(), properties).await.unwrap();
    group.connect(PATIENCE).await.unwrap();
    group
}

async fn join(group: &Group, node: &Handle) -> Group {
    let guest = peer(node, "Ben").await;
    let card = node.identity_info(guest).await.unwrap().unwrap();
    let invitation = group.invite(card, Terms::role(Role::Member)).await.unwrap();
    let there = node.join(invitation).await.unwrap();
    there.connect(PATIENCE).await.unwrap();
    there
}

/// Each must be done in the end.
macro_rules! each_is_done {
    ($node:expr; $($verb:expr;)+) => {$(
        if let Err(error) = at_every_wait($node, async || $verb.await).await {
            panic!("{}: {error}", stringify!($verb));
        }
    )+};
}

#[tokio::test]
async fn a_verb_of_a_node_may_be_dropped_at_any_wait() {
    let network = MemoryNetwork::new();
    let node = start(&network, MemoryStore::new());
    let one = peer(&node, "One").await;
    let spare = peer(&node, "Spare").await;
    let name = || "Another".parse().unwrap();
    each_is_done! { &node;
        node.create_identity(name());
        node.identities();
        node.identity_info(one);
        node.identity_key(one);
        node.default_identity();
        node.set_default_identity(one);
        node.rename_identity(one, name());
        node.create_group(one, Charter::default(), Properties::default());
        node.groups(one);
        node.listening_at(vec![]);
    }
    // What was done although its future was dropped is not done again: it is refused.
    let key = || SecretKey::from_bytes([7; 32]);
    at_every_wait(&node, async || node.import_identity(key(), name()).await).await.ok();
    assert!(node.identity_info(key().peer()).await.unwrap().is_some());
    at_every_wait(&node, async || node.delete_identity(spare).await).await.ok();
    assert!(node.identity_info(spare).await.unwrap().is_none());
    let seat = node.groups(one).await.unwrap().first().unwrap().seat;
    at_every_wait(&node, async || node.group(seat).close().await).await.ok();
    at_every_wait(&node, async || node.open(seat).await).await.ok();
    assert_eq!(node.group(seat).role().await.unwrap(), Some(Role::Admin));
    node.group(seat).close().await.unwrap();
    at_every_wait(&node, async || node.delete_group(seat).await).await.ok();
    assert!(node.groups(one).await.unwrap().iter().all(|group| group.seat != seat));
    let host = start(&network, MemoryStore::new());
    let theirs = found(&host).await;
    let card = node.identity_info(one).await.unwrap().unwrap();
    let invitation = theirs.invite(card, Terms::role(Role::Member)).await.unwrap();
    at_every_wait(&node, async || node.join(invitation.clone()).await).await.ok();
    let here = node.groups(one).await.unwrap();
    let here = node.group(here.iter().find(|it| it.seat.group == theirs.id()).unwrap().seat);
    at_every_wait(&node, async || here.connect(PATIENCE).await).await.ok();
    until("it is ready", async || here.status().await.unwrap().ready).await;
    each_is_done! { &node; node.take_credentials(invitation.clone()); }
    // The first to be dropped ends the node all the same.
    assert!(unless_it_waits(0, node.shutdown()).await.is_none());
    soon(node.shutdown()).await;
    assert_eq!(node.identities().await, Err(Stopped));
}

#[tokio::test]
async fn a_verb_of_a_group_may_be_dropped_at_any_wait() {
    let network = MemoryNetwork::new();
    let (node, other) = (start(&network, MemoryStore::new()), start(&network, MemoryStore::new()));
    let group = found(&node).await;
    let there = join(&group, &other).await;
    let (ada, ben) = (group.identity(), there.identity());
    let record = group.publish(note().payload(vec![7; 100_000])).await.unwrap();
    let seen = group.record(record).await.unwrap().unwrap();
    let large = seen.large.unwrap().id;
    let card = node.identity_info(peer(&node, "Cleo").await).await.unwrap().unwrap();
    let cleo = card.peer;
    let terms = Terms::role(Role::Member);
    let interests = [Interest::from(EventKind::Record)];
    let now = unix_now();
    each_is_done! { &node;
        group.status();
        group.register(&interests);
        group.members();
        group.member(ben);
        group.role();
        group.properties();
        group.set_properties(Properties::named("Others".parse().unwrap()));
        group.invite(card.clone(), terms);
        group.invitations();
        group.invitation_for(cleo);
        group.grant(cleo, Terms::role(Role::Inviter));
        group.renew(cleo, None);
        group.removal_report(cleo, Removal::Keep);
        group.why_member(ada);
        group.publish(note());
        group.update(record, RecordUpdate::new().payload("new"));
        group.to_peer_time(now);
        group.to_local_time(now);
        group.record(record);
        group.version(seen.version);
        group.why_record(record);
        group.records(None);
        group.connections();
        group.digest();
        group.checkpoint();
    }
    let kept = group.publish(note().payload(vec![8; 100_000])).await.unwrap();
    let kept = group.record(kept).await.unwrap().unwrap();
    let kept_id = kept.large.unwrap().id;
    assert_ne!(kept_id, large);
    each_is_done! { &node;
        group.read_payload(kept_id, 0);
        group.payload(&kept);
    }
    at_every_wait(&node, async || group.demote(cleo, Role::Member).await).await.ok();
    at_every_wait(&node, async || group.withdraw(cleo).await).await.ok();
    at_every_wait(&node, async || group.remove(cleo, Removal::Keep).await).await.ok();
    assert!(group.member(cleo).await.unwrap().is_none());
    at_every_wait(&node, async || group.delete(record).await).await.ok();
    assert!(group.record(record).await.unwrap().is_none());
    at_every_wait(&other, async || there.leave().await).await.ok();
    at_every_wait(&node, async || group.close().await).await.ok();
    assert!(group.status().await.is_err(), "it is closed");
}

/// The direct connections that a group has or is making.
async fn direct(group: &Group) -> usize {
    let all = group.connections().await.unwrap();
    all.iter().filter(|one| one.connection.is_some()).count()
}

async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !is_true().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waited).await.is_ok(), "never: {what}");
}

#[tokio::test]
async fn a_connection_that_nobody_waits_for_is_given_up() {
    let network = MemoryNetwork::new();
    let (node, other) = (start(&network, MemoryStore::new()), start(&network, MemoryStore::new()));
    let group = found(&node).await;
    let there = join(&group, &other).await;
    let kinds = [EventKind::Connection, EventKind::Data].map(Interest::from);
    let mut events = there.register(&kinds).await.unwrap();
    let opened = at_every_wait(&node, async || group.open_connection(there.identity()).await);
    let connection: Connection = opened.await.unwrap();
    until("only the one that was waited for is left", async || {
        (direct(&group).await, direct(&there).await) == (1, 1)
    })
    .await;
    each_is_done! { &node;
        connection.try_send(NOTE, "whole");
        connection.send(NOTE, "whole");
    }
    let closed = at_every_wait(&node, async || connection.close().await);
    closed.await.unwrap();
    until("it is closed", async || direct(&there).await == 0).await;
    while let Some(event) = events.try_next() {
        if let peergroup::Event::Data { data, .. } = event {
            assert_eq!(&data[..], b"whole");
        }
    }
}

#[tokio::test]
async fn an_upload_that_nobody_waits_for_is_given_up() {
    let node = start(&MemoryNetwork::new(), MemoryStore::new());
    let group = found(&node).await;
    let large = vec![5; LARGE];
    let digest = group.digest().await.unwrap();
    for _ in 0..=UPLOADS_MAX {
        let published = group.publish(note().payload(large.clone()));
        assert!(soon(unless_it_waits(2, published)).await.is_none());
        let uploaded = group.upload(Cursor::new(&large));
        assert!(soon(unless_it_waits(2, uploaded)).await.is_none());
    }
    assert_eq!(group.digest().await.unwrap(), digest, "there is nothing more than before");
    let uploaded = at_every_wait(&node, async || group.upload(Cursor::new(&large)).await);
    let uploaded = uploaded.await.unwrap();
    each_is_done! { &node; group.publish(note().payload(large.clone())); }
    let record = group.publish(note().upload(uploaded)).await.unwrap();
    each_is_done! { &node; group.update(record, RecordUpdate::new().payload(large.clone())); }
    let spare = group.upload(Cursor::new(&large)).await.unwrap();
    at_every_wait(&node, async || group.abandon_upload(spare).await).await.ok();
    assert!(group.abandon_upload(spare).await.is_err(), "it is gone");
}

/// The records that were said to be published, while every other verb was dropped somewhere.
async fn publish_some(group: &Group) -> Vec<RecordId> {
    let mut kept = Vec::new();
    for number in 0..60 {
        let published = group.publish(note().payload(format!("number {number}")));
        if let Some(published) = soon(unless_it_waits(number % 4, published)).await {
            kept.push(published.unwrap());
        }
    }
    kept
}

#[tokio::test]
async fn what_was_acknowledged_is_kept_whatever_else_was_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let file: &Path = &directory.path().join("kept.redb");
    let network = MemoryNetwork::new();
    let node = start(&network, RedbStore::open(file).unwrap());
    let other = start(&network, MemoryStore::new());
    let group = found(&node).await;
    let there = join(&group, &other).await;
    let kept = publish_some(&group).await;
    assert!(kept.len() >= 15, "{}", kept.len());
    until("all that was acknowledged is at the other's", async || {
        let there = there.records(None).await.unwrap();
        kept.iter().all(|id| there.iter().any(|record| record.id == *id))
    })
    .await;
    soon(node.shutdown()).await;
    let again = start(&network, RedbStore::open(file).unwrap());
    let group = soon(again.open(group.seat())).await.unwrap();
    for id in kept {
        assert!(group.record(id).await.unwrap().is_some(), "{id}");
    }
}

/// A future that was dropped has no share in what its verb leads to: whoever waits is answered.
#[tokio::test]
async fn a_task_that_is_aborted_while_it_waits_disturbs_no_other() {
    let node = start(&MemoryNetwork::new(), MemoryStore::new());
    let group = found(&node).await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let group = group.clone();
            tokio::spawn(async move { group.publish(note()).await })
        })
        .collect();
    for (number, task) in tasks.iter().enumerate() {
        if number % 2 == 0 {
            tokio::task::yield_now().await;
            task.abort();
        }
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let outcome = soon(task).await;
        assert!(number % 2 == 0 || outcome.unwrap().is_ok());
    }
    assert!(group.records(None).await.unwrap().len() >= 25);
}
