//! A group whose members are reached by different transports.

use futures_util::future::join_all;
use peergroup::quic::QuicTransport;
use peergroup::runtime::Runtime;
use peergroup::store::MemoryStore;
use peergroup::tcp::TcpTransport;
use peergroup::transport::{Both, Transport};
use peergroup::{Charter, Group, Handle, PeerId, Properties, quic, tcp};

use super::lab::{Lab, PATIENCE, anywhere};
use super::life::{join, note};

/// Of five members the founder and another are reached both ways, two by TCP alone, one by QUIC
/// alone; the two kinds reach each other only through those who are both.
pub(crate) async fn settle<R: Runtime + Clone, T: Transport>(lab: &Lab<R, T>) {
    let tcp = || anywhere(TcpTransport::<tcp::Tokio>::bind);
    let quic = || anywhere(QuicTransport::<quic::Tokio>::bind);
    let store = MemoryStore::new;
    let nodes = [
        lab.start_on(Both::new(tcp(), quic()), store()),
        lab.start_on(Both::new(quic(), tcp()), store()),
        lab.start_on(tcp(), store()),
        lab.start_on(tcp(), store()),
        lab.start_on(quic(), store()),
    ];
    let mut peers = Vec::new();
    for node in &nodes {
        peers.push(lab.soon(node.create_identity("One".parse().unwrap())).await.unwrap());
    }
    let founded = nodes[0].create_group(peers[0], Charter::default(), Properties::default());
    let mut groups = vec![lab.soon(founded).await.unwrap()];
    lab.soon(groups[0].connect(PATIENCE)).await.unwrap();
    let newcomers: Vec<(&Handle, PeerId)> = nodes.iter().zip(peers).skip(1).collect();
    for (node, peer) in newcomers {
        groups.push(join(lab, &groups[0], node, peer).await);
    }
    for group in &groups {
        lab.soon(group.publish(note("from everybody"))).await.unwrap();
    }
    lab.until("all hold the same", async || {
        let digests = join_all(groups.iter().map(Group::digest)).await;
        let first = digests[0].as_ref().unwrap();
        let records = groups[4].records(None).await.unwrap().len();
        records == groups.len() && digests.iter().all(|digest| digest.as_ref() == Ok(first))
    })
    .await;
    for node in nodes {
        lab.soon(node.shutdown()).await;
    }
}
