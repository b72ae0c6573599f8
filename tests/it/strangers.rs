//! Strangers who come to the door without end, and say nothing once they are through it.

use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use peergroup::limits::HALF_OPEN_MAX;
use peergroup::store::MemoryStore;
use peergroup::transport::Transport;
use peergroup::{
    Address, Charter, Config, Group, Handle, Properties, Role, Terms, quic, runtime, tcp,
};

const PATIENCE: Duration = Duration::from_secs(40);
/// Strangers who dial at the same time.
const STRANGERS: usize = 8;
/// Links that each of them holds on to.
const HELD: usize = 40;

async fn soon<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, awaited).await.unwrap()
}

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn start(transport: impl Transport) -> Handle {
    let runtime = runtime::Tokio::new();
    let (node, driver) =
        peergroup::new(Config::default(), runtime, transport, MemoryStore::new()).unwrap();
    tokio::spawn(driver.run());
    node
}

/// Dials again and again, and never says anything. Counts the links that it got.
async fn come_without_end(by: impl Transport, door: Address, got: Arc<AtomicUsize>) {
    let mut held = VecDeque::new();
    loop {
        if let Ok(opened) = by.dial(&door).await {
            got.fetch_add(1, Ordering::Relaxed);
            held.push_back(opened);
        }
        if held.len() > HELD {
            held.pop_front();
        }
        tokio::task::yield_now().await;
    }
}

async fn join(group: &Group, node: &Handle) -> Group {
    let guest = node.create_identity("Ben".parse().unwrap()).await.unwrap();
    let card = node.identity_info(guest).await.unwrap().unwrap();
    let invitation = group.invite(card, Terms::role(Role::Member)).await.unwrap();
    let there = node.join(invitation).await.unwrap();
    there.connect(PATIENCE).await.unwrap();
    there
}

async fn a_member_is_let_in_amid_strangers<T: Transport>(
    bind: impl Fn() -> T,
    dial_only: impl Fn() -> T,
) {
    let transport = bind();
    let door = transport.listening_at().remove(0);
    let (host, guest) = (start(transport), start(bind()));
    let founder = host.create_identity("Ada".parse().unwrap()).await.unwrap();
    let group = host.create_group(founder, Charter::default(), Properties::default());
    let group = soon(group).await.unwrap();
    soon(group.connect(PATIENCE)).await.unwrap();

    let got = Arc::<AtomicUsize>::default();
    let strangers: Vec<_> = (0..STRANGERS)
        .map(|_| tokio::spawn(come_without_end(dial_only(), door.clone(), Arc::clone(&got))))
        .collect();
    soon(async {
        while got.load(Ordering::Relaxed) < 2 * HALF_OPEN_MAX {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let there = soon(join(&group, &guest)).await;
    assert!(soon(there.status()).await.unwrap().ready);
    assert_eq!(soon(group.members()).await.unwrap().len(), 2, "and nobody else");
    for stranger in strangers {
        stranger.abort();
    }
    soon(guest.shutdown()).await;
    soon(host.shutdown()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_let_in_amid_strangers_over_tcp() {
    a_member_is_let_in_amid_strangers(
        || tcp::TcpTransport::<tcp::Tokio>::bind(loopback()).unwrap(),
        || tcp::TcpTransport::<tcp::Tokio>::dial_only().unwrap(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_let_in_amid_strangers_over_quic() {
    a_member_is_let_in_amid_strangers(
        || quic::QuicTransport::<quic::Tokio>::bind(loopback()).unwrap(),
        || quic::QuicTransport::<quic::Tokio>::dial_only().unwrap(),
    )
    .await;
}
