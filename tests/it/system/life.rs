//! The life of a group, from its founding to its end.

use std::time::Duration;

use futures_util::future::join4;

use peergroup::runtime::Runtime;
use peergroup::transport::Transport;
use peergroup::{
    Charter, Connection, ConnectionChange, Error, Event, EventKind, Events, Group, Handle,
    IdentityInfo, Interest, Invitation, InviteError, PeerId, Properties, PublishError, RecordDraft,
    RecordUpdate, Role, Terms, TypeId, unix_now,
};

use super::lab::{Lab, PATIENCE};

const NOTE: TypeId = TypeId::from_u128(0x0067_726f_7570_206e_6f74_6500_0000_0001);
const BULK: TypeId = TypeId::from_u128(0x0067_726f_7570_2062_756c_6b00_0000_0001);
const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn note(text: &str) -> RecordDraft {
    RecordDraft::new(NOTE, unix_now().after(HOUR)).payload(text.to_owned())
}

pub(crate) async fn live<R: Runtime + Clone, T: Transport>(lab: &Lab<R, T>) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cleo.redb");
    let (ada, ada_peer) = lab.in_memory("Ada").await;
    let (ben, ben_peer) = lab.in_memory("Ben").await;
    let cleo = lab.on_disk(&file);
    let cleo_peer = lab.soon(cleo.create_identity("Cleo".parse().unwrap())).await.unwrap();

    let properties = Properties::named("Friends".parse().unwrap());
    let founded = ada.create_group(ada_peer, Charter::default(), properties);
    let adas = lab.soon(founded).await.unwrap();
    lab.soon(adas.connect(PATIENCE)).await.unwrap();
    let bens = join(lab, &adas, &ben, ben_peer).await;
    let cleos = join(lab, &adas, &cleo, cleo_peer).await;

    records_go_both_ways(lab, &adas, &bens).await;
    a_promoted_member_invites(lab, &adas, &bens, &cleo).await;
    bulk_goes_both_ways(lab, &adas, &bens).await;
    it_is_closed_and_opened_again(lab, &adas, &ben, &bens).await;
    it_survives_a_restart(lab, &adas, cleo, &cleos, &file).await;

    lab.soon(ben.shutdown()).await;
    lab.soon(ada.shutdown()).await;
    assert!(matches!(lab.soon(adas.status()).await, Err(Error::Stopped)));
}

/// By documents, as two people would.
pub(crate) async fn join<R: Runtime + Clone, T: Transport>(
    lab: &Lab<R, T>,
    by: &Group,
    node: &Handle,
    peer: PeerId,
) -> Group {
    let card = lab.soon(node.identity_info(peer)).await.unwrap().unwrap().to_xml();
    let card = IdentityInfo::from_xml(&card).unwrap();
    let invited = lab.soon(by.invite(card, Terms::role(Role::Member))).await.unwrap();
    let invitation = Invitation::from_xml(&invited.to_xml()).unwrap();
    let group = lab.soon(node.join(invitation)).await.unwrap();
    lab.soon(group.connect(PATIENCE)).await.unwrap();
    assert!(lab.soon(group.status()).await.unwrap().ready);
    group
}

async fn records_go_both_ways<R: Runtime + Clone, T: Transport>(
    lab: &Lab<R, T>,
    adas: &Group,
    bens: &Group,
) {
    let from_ada = lab.soon(adas.publish(note("from Ada"))).await.unwrap();
    let from_ben = lab.soon(bens.publish(note("from Ben"))).await.unwrap();
    for group in [adas, bens] {
        lab.until("both records are everywhere", async || {
            let records = group.records(Some(NOTE)).await.unwrap();
            [from_ada, from_ben].iter().all(|id| records.iter().any(|record| record.id == *id))
        })
        .await;
    }
    let refused = lab.soon(bens.update(from_ada, RecordUpdate::new().payload("mine"))).await;
    assert_eq!(refused, Err(Error::Refused(PublishError::NotAuthorized)));
    lab.soon(adas.delete(from_ben)).await.unwrap();
    lab.until("the deletion is everywhere", async || {
        bens.record(from_ben).await.unwrap().is_none()
    })
    .await;
}

async fn a_promoted_member_invites<R: Runtime + Clone, T: Transport>(
    lab: &Lab<R, T>,
    adas: &Group,
    bens: &Group,
    stranger: &Handle,
) {
    let peer = lab.soon(stranger.create_identity("Dora".parse().unwrap())).await.unwrap();
    let card = lab.soon(stranger.identity_info(peer)).await.unwrap().unwrap();
    let terms = Terms::role(Role::Member);
    let refused = lab.soon(bens.invite(card.clone(), terms)).await;
    assert_eq!(refused.err(), Some(Error::Refused(InviteError::NotAuthorized)));
    lab.soon(adas.grant(bens.identity(), Terms::role(Role::Admin))).await.unwrap();
    lab.until("Ben acts as an Admin", async || {
        bens.role().await.unwrap() == Some(Role::Admin)
            && bens.status().await.unwrap().neighbours > 0
    })
    .await;
    let invitation = lab.soon(bens.invite(card, terms)).await.unwrap();
    assert_eq!(invitation.issuer(), bens.identity());
}

async fn bulk_goes_both_ways<R: Runtime + Clone, T: Transport>(
    lab: &Lab<R, T>,
    adas: &Group,
    bens: &Group,
) {
    let kinds = [EventKind::Connection, EventKind::Data].map(Interest::from);
    let mut at_ada = lab.soon(adas.register(&[EventKind::Data.into()])).await.unwrap();
    let mut at_ben = lab.soon(bens.register(&kinds)).await.unwrap();
    let hers = lab.soon(adas.open_connection(bens.identity())).await.unwrap();
    let Some(Event::ConnectionChanged { connection, peer, change, .. }) =
        lab.soon(at_ben.next()).await
    else {
        panic!("Ben is told of the connection first");
    };
    assert_eq!((peer, change), (adas.identity(), ConnectionChange::Connected));
    let his = bens.connection(connection);
    let exchange =
        async { join4(send(&hers), send(&his), receive(&mut at_ada), receive(&mut at_ben)).await };
    lab.soon(exchange).await;
    assert!(lab.soon(hers.close()).await.unwrap());
    let closed = async {
        loop {
            if let Some(Event::ConnectionChanged { change, .. }) = at_ben.next().await {
                return change;
            }
        }
    };
    assert!(matches!(lab.soon(closed).await, ConnectionChange::Disconnected(_)));
}

const MESSAGES: usize = 20;
const MESSAGE: usize = 256 * 1024;

async fn send(connection: &Connection) {
    for number in 0..MESSAGES {
        let message = vec![u8::try_from(number).unwrap(); MESSAGE];
        connection.send(BULK, message).await.unwrap();
    }
}

async fn receive(events: &mut Events) {
    for number in 0..MESSAGES {
        let data = loop {
            if let Some(Event::Data { data, type_id: BULK, .. }) = events.next().await {
                break data;
            }
        };
        assert_eq!(data, vec![u8::try_from(number).unwrap(); MESSAGE], "message {number}");
    }
}

async fn it_is_closed_and_opened_again<R: Runtime + Clone, T: Transport>(
    lab: &Lab<R, T>,
    adas: &Group,
    ben: &Handle,
    bens: &Group,
) {
    let mut events = lab.soon(bens.register(&[EventKind::Status.into()])).await.unwrap();
    lab.soon(bens.close()).await.unwrap();
    while lab.soon(events.next()).await.is_some() {}
    let missed = lab.soon(adas.publish(note("while Ben was away"))).await.unwrap();
    let bens = lab.soon(ben.open(bens.seat())).await.unwrap();
    lab.soon(bens.connect(PATIENCE)).await.unwrap();
    lab.until("Ben catches up", async || bens.record(missed).await.unwrap().is_some()).await;
}

async fn it_survives_a_restart<R: Runtime + Clone, T: Transport>(
    lab: &Lab<R, T>,
    adas: &Group,
    cleo: Handle,
    cleos: &Group,
    file: &std::path::Path,
) {
    let kept = lab.soon(cleos.publish(note("kept"))).await.unwrap();
    lab.soon(cleo.shutdown()).await;
    let cleo = lab.on_disk(file);
    assert_eq!(lab.soon(cleo.identities()).await.unwrap().len(), 2);
    let cleos = lab.soon(cleo.open(cleos.seat())).await.unwrap();
    assert!(lab.soon(cleos.record(kept)).await.unwrap().is_some());
    lab.soon(cleos.connect(PATIENCE)).await.unwrap();
    lab.until("all hold the same", async || {
        cleos.digest().await.unwrap() == adas.digest().await.unwrap()
    })
    .await;
    lab.soon(cleo.shutdown()).await;
}
